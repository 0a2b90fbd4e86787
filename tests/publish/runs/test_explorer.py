"""The runs page's table and the data that it is explored with."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from publisher.model.row import Row
from publisher.publish.runs.chosen import Unreadable, chosen
from publisher.publish.runs.explorer import has_numbers, runs_script
from publisher.publish.runs.table import ALL_UP_TO, NEWEST, BrokenLine, columns_of, runs_page
from publisher.store.records import record_name


def row(number: int, **facts: Any) -> Row:
    started = f"2026-11-23T{number // 60:02d}:{number % 60:02d}:12.482913Z"
    run = f"{number:012x}"
    return Row(
        **({"id": run, "name": record_name(started, run), "status": "completed", "started": started} | facts)
    )


def script(*rows: Row, problems: tuple[Unreadable, ...] = ()) -> str:
    shown = chosen(rows, problems)
    return runs_script(shown, columns_of(shown.rows)).decode("ascii")


def column(text: str, key: str) -> dict[str, Any]:
    """A column of the script, its texts of JSON understood."""
    (line,) = [line for line in text.splitlines() if line.startswith(f'{{"key":{json.dumps(key)},')]
    found: dict[str, Any] = {}
    for name, value in re.findall(r'"(\w+)":(\'(?:[^\'\\]|\\.)*\'|"(?:[^"\\]|\\.)*"|\w+)', line):
        if value[0] == "'":
            plain = value[1:-1].replace("\\'", "'").replace("\\\\", "\\")
            found[name] = plain if name == "digits" else json.loads(plain)
        else:
            found[name] = json.loads(value)
    return found


def test_a_page_of_few_runs_holds_them_all_and_one_of_many_the_newest():
    few = runs_page(chosen([row(n) for n in range(ALL_UP_TO)], []))
    assert (len(few.lines), few.more_lines) == (ALL_UP_TO, 0)
    many = runs_page(chosen([row(n) for n in range(ALL_UP_TO + 1)], []))
    assert (len(many.lines), many.more_lines) == (NEWEST, ALL_UP_TO + 1 - NEWEST)
    assert many.lines[0].started == "2026-11-23T03:20:12.482913Z"
    assert many.summary == f"{ALL_UP_TO + 1} runs: {ALL_UP_TO + 1} completed"


def test_an_unreadable_record_among_the_newest_stands_in_its_place():
    broken = Unreadable(file="records/runs/2026-11/20261123T031930-bbbbbbbbbbbb.yml", line=3, reason="x")
    page = runs_page(chosen([row(n) for n in range(ALL_UP_TO + 1)], [broken]))
    assert [at for at, line in enumerate(page.lines) if isinstance(line, BrokenLine)] == [1]


def test_runs_stand_newest_first_with_times_to_the_microsecond():
    text = script(row(1), row(3), row(2))
    assert f'"ids":"{3:012x}{2:012x}{1:012x}"' in text
    assert column(text, "started")["steps"] == [1795392192482913, -60000000, -60000000]


def test_times_that_are_not_to_the_microsecond_are_texts():
    text = script(row(1, started="2026-11-23T00:01:12Z"), row(2))
    assert column(text, "started")["texts"] == ["2026-11-23T00:02:12.482913Z", "2026-11-23T00:01:12Z"]


def test_a_value_that_many_share_is_told_once():
    text = script(*(row(n, step="ab"[n % 2], parameters={"n": n // 12}) for n in range(24)))
    assert column(text, "step")["values"] == ["b", "a"]
    assert column(text, "step")["digits"] == "01" * 12
    assert column(text, "param.n")["values"] == [1, 0]
    assert column(text, "param.n")["digits"] == "0" * 12 + "1" * 12


def test_a_column_that_few_runs_have_names_those_alone():
    text = script(*(row(n, metrics={"late": 1.5} if n in (2, 7) else {}) for n in range(10)))
    assert column(text, "metric.late")["rows"] == [2, 5]
    assert "digits" not in column(text, "metric.late")


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, True),
        (None, None),
        ("no", "no"),
        (2**53, 2**53),
        (2**53 + 1, {"number": "9007199254740993"}),
        (float("nan"), {"number": "NaN"}),
        (float("-inf"), {"number": "-Infinity"}),
        ([1, "a", float("nan")], {"tree": [1, "a", "NaN"]}),
        ({}, {"tree": {}}),
    ],
)
def test_a_value_keeps_its_kind(value, told):
    text = script(row(1, parameters={"a": value}))
    found = column(text, "param.a")["values"]
    assert found == [told]
    assert type(found[0]) is type(told)


def test_one_is_not_true_and_minus_zero_is_not_zero():
    text = script(*(row(n, parameters={"a": a}) for n, a in enumerate([1, True, 1.0, 0.0, -0.0, "1"])))
    line = next(each for each in text.splitlines() if "param.a" in each)
    assert """"values":'["1",-0.0,0.0,1.0,true,1]'""" in line


def test_large_numbers_of_a_column_of_numbers_keep_their_digits():
    text = script(*(row(n, metrics={"a": 10**20 + n}) for n in range(4)))
    assert column(text, "metric.a")["numbers"][-1] == "100000000000000000000"


def test_a_value_is_shown_as_the_other_pages_show_it():
    text = script(
        row(1, parameters={"a": "no"}), row(2, parameters={"a": [1, 2]}), row(3, parameters={"a": "x"})
    )
    assert column(text, "param.a")["shown"] == {"1": "[1, 2]", "2": '"no"'}


def test_a_very_long_value_is_cut():
    text = script(row(1, parameters={"a": "x" * 100_000}))
    assert len(text) < 2_000
    assert column(text, "param.a")["values"][0]["long"].endswith("characters)")


def test_the_script_is_plain_letters_and_closes_no_element():
    hostile = "</script><!--\u2028\u202e'\"\\`${x}é"
    text = script(row(1, reason=hostile, parameters={hostile: hostile}, metrics={hostile: 1}, tags=[hostile]))
    assert text.isascii()
    assert "<" not in text
    assert column(text, "reason")["values"] == [hostile]
    assert column(text, "tags")["values"] == [[hostile]]


def test_the_same_runs_give_the_same_script_in_any_order():
    rows = [row(n, parameters={"a": n % 4, "b": 1}, metrics={"m": n / 7}) for n in range(30)]
    assert script(*rows) == script(*reversed(rows))


def test_only_what_varies_is_shown_at_first():
    text = script(*(row(n, parameters={"a": n, "b": 1}) for n in range(3)))
    assert column(text, "param.a")["first"] and column(text, "param.a")["varies"]
    assert "first" not in column(text, "param.b")


def test_an_unreadable_record_is_told_with_its_file_line_and_reason():
    broken = Unreadable(
        file="records/runs/2026-11/20261123T000130-bbbbbbbbbbbb.yml", line=3, reason="is no YAML"
    )
    text = script(row(1), problems=(broken,))
    assert '"line":3,"reason":"is no YAML","started":"2026-11-23T00:01:30Z"' in text


def test_numbers_are_needed_for_a_plot():
    assert not has_numbers(chosen([row(1, parameters={"scheme": "explicit"})], []))
    assert has_numbers(chosen([row(1, metrics={"a": 1})], []))
    assert has_numbers(chosen([row(1, parameters={"a": 1})], []))


def test_a_parameter_in_which_one_odd_run_differs_takes_no_column() -> None:
    rows = [row(n, parameters={"nx": n, "scheme": "a" if n < 9 else "b"}) for n in range(1, 10)]
    found = columns_of(rows)
    assert (found.varying, found.parameters) == (["nx", "scheme"], ["nx"])
