"""Runs as JSON and as CSV, as other programs read them."""

from __future__ import annotations

import csv
import importlib
import json
import math
from io import StringIO
from typing import Any

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.row import Row, row_of
from publisher.standards import FORMATS
from publisher.standards.rows_csv import cell
from publisher.standards.rows_csv import export as as_csv
from publisher.standards.rows_json import export as as_json
from publisher.standards.rows_json import strict
from tests.factory import NASTY, a_record, same, with_parameters

texts = st.text() | st.sampled_from(NASTY)
numbers = st.integers(min_value=-(10**40), max_value=10**40) | st.floats()
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def row(**facts: Any) -> Row:
    return row_of(a_record(**facts), "runs/x.yml")


def strictly(text: str) -> Any:
    """JSON as RFC 8259 has it: no NaN, no infinity, no key twice."""

    def refused(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), "a key stands there twice"
        return dict(pairs)

    return json.loads(text, parse_constant=refused, object_pairs_hook=once)


def finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def test_every_format_is_a_module_that_exports() -> None:
    assert set(FORMATS) == {"json", "csv"}
    for module in FORMATS.values():
        assert importlib.import_module(module).export([]).endswith("\n")


# -- JSON ---------------------------------------------------------------------------------------------------


@given(values)
def test_any_tree_is_strict_json_and_keeps_what_json_can_say(value: Any) -> None:
    assert same(strictly(strict(value)), finite(value))


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**63, 2**64, 10**400, 0.1, 1e-05, 1e16, 5e-324, -0.0])
def test_numbers_keep_their_digits(number: float) -> None:
    found = strictly(strict({"n": [number]}))["n"][0]
    assert same(found, number)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_null(number: float) -> None:
    assert strictly(strict([number, {"a": number}])) == [None, {"a": None}]


def test_a_run_is_one_flat_object() -> None:
    rows = [
        row(
            parameters=with_parameters(mesh={"n": 128}, big=10**30, lost=math.nan),
            metrics={"exponent": 0.331},
        ),
        row(reason="other"),
    ]
    first, second = strictly(as_json(rows))
    assert first["param.mesh.n"] == 128 and first["param.big"] == 10**30 and first["param.lost"] is None
    assert first["metric.exponent"] == 0.331
    assert second["reason"] == "other" and "param.mesh.n" not in second
    assert list(first)[:3] == ["id", "status", "verdict"]


def test_json_is_set_out_in_lines() -> None:
    assert strict([{"a": 1}]).count("\n") > 1 and as_json([]) == "[]\n"


def test_pandas_reads_the_json() -> None:
    frame = pandas.read_json(StringIO(as_json([row(metrics={"m": 0.5}), row(metrics={"m": math.nan})])))
    assert list(frame["metric.m"].isna()) == [False, True]


# -- CSV ----------------------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(texts, texts, st.floats(), st.integers(min_value=-(10**40), max_value=10**40)),
        min_size=1,
        max_size=4,
    )
)
def test_every_text_as_it_is_shown_and_every_number_comes_back_from_csv(
    facts: list[tuple[str, str, float, int]],
) -> None:
    rows = [
        row(reason=reason, label=label, parameters=with_parameters(f=number, i=integer))
        for reason, label, number, integer in facts
    ]
    read = list(csv.DictReader(StringIO(as_csv(rows), newline="")))
    assert [(each["reason"], each["label"]) for each in read] == [
        (cell(reason), cell(label)) for reason, label, _, _ in facts
    ]
    assert [int(each["param.i"]) for each in read] == [integer for *_, integer in facts]
    for found, (_, _, number, _) in zip(read, facts, strict=True):
        assert same(float(found["param.f"]), number)


def test_pandas_reads_the_csv() -> None:
    rows = [
        row(
            reason='say "hi", twice\nand on',
            parameters=with_parameters(n=128, dt=1e-05, lost=math.nan, on=True),
        ),
        row(reason="a\rb", parameters=with_parameters(n=256, dt=0.1, lost=1.5, on=False)),
    ]
    frame = pandas.read_csv(StringIO(as_csv(rows), newline=""))
    assert list(frame["param.n"]) == [128, 256] and list(frame["param.dt"]) == [1e-05, 0.1]
    assert frame["param.lost"].isna().tolist() == [True, False]
    assert frame["param.on"].tolist() == [True, False]
    assert frame["reason"].tolist() == ['say "hi", twice␤and on', "a␤b"]


def test_lines_end_with_newlines_alone() -> None:
    text = as_csv([row(reason="a"), row(reason="b")])
    assert text.count("\n") == 3 and "\r" not in text


def test_a_fact_that_a_run_lacks_is_empty_and_every_fact_has_its_column() -> None:
    rows = [row(parameters=with_parameters(a=1)), row(parameters=with_parameters(b=None), metrics={"m": 2})]
    first, second = csv.DictReader(StringIO(as_csv(rows)))
    assert (first["param.a"], first["param.b"], first["metric.m"]) == ("1", "", "")
    assert (second["param.a"], second["param.b"], second["metric.m"]) == ("", "", "2")


def test_tags_are_joined_and_trees_are_json() -> None:
    from publisher.model.record import Annotations

    rows = [
        row(
            annotations=Annotations(tags=["fig3", "draft"]),
            parameters=with_parameters(a=[1, "é"], b=[True], e={}),
        )
    ]
    (first,) = csv.DictReader(StringIO(as_csv(rows)))
    assert (first["tags"], first["dirty"]) == ("fig3 draft", "false")
    assert (json.loads(first["param.a"]), first["param.b"], first["param.e"]) == ([1, "é"], "[true]", "{}")


def test_no_runs_are_a_csv_without_lines() -> None:
    assert as_csv([]).strip() == ""
