"""YAML that people wrote, changed in one place."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from ruamel.yaml import YAML

from publisher.errors import UnreadableYaml
from publisher.store.editing import LAID_OUT, as_typed, edited
from publisher.store.yaml import read

BY_HAND = """\
# what people said
tags:   # short words
- fig3   # the third
- 'in quotes'
-   "double"

outcome:    agrees with 1/3   # see notes
mine: {score:   5,b: [1,2]}   # my own key
when: 2026-11-24 09:00:00
odd: 017
also: 1e5
not: no
long: |
  as it
    stands
empty:
last: "no"
# the end
"""


def test_an_edit_changes_the_lines_that_it_is_about_and_no_other() -> None:
    def change(value: Any) -> None:
        value["outcome"] = "does not"

    before, after = BY_HAND.splitlines(), edited(BY_HAND, change).splitlines()
    at = before.index("outcome:    agrees with 1/3   # see notes")
    assert re.fullmatch("outcome: does not +# see notes", after.pop(at))
    assert after == before[:at] + before[at + 1 :]


def test_an_edit_that_changes_nothing_changes_no_byte() -> None:
    assert edited(BY_HAND, lambda value: None) == BY_HAND


def test_a_long_text_keeps_its_quotes_and_comments_as_well() -> None:
    lines = [f"k{n}: 'v{n}'  # why\n" for n in range(6000)]
    text = "".join(lines)
    assert len(text) > LAID_OUT
    changed = edited(text, lambda value: value.update(k3000="other")).splitlines(keepends=True)
    assert re.fullmatch("k3000: '?other'? +# why\n", changed.pop(3000))
    assert changed == lines[:3000] + lines[3001:]


def test_a_long_list_of_equal_lines_is_soon_edited() -> None:
    text = "a:    1   # aligned\nlist:\n" + "- 0\n" * 8000 + "b:    2\nc:  3\n"
    before = time.perf_counter()
    changed = edited(text, lambda value: value.update(a=5, b=6))
    assert time.perf_counter() - before < 10
    assert changed.splitlines()[1:-2] == text.splitlines()[1:-2]
    assert read(changed) == read(text) | {"a": 5, "b": 6}


@pytest.mark.parametrize("name", ["tags", "outcome", "last", "empty"])
def test_what_is_taken_away_is_gone_and_the_rest_stays(name: str) -> None:
    changed = edited(BY_HAND, lambda value: value.pop(name))
    assert read(changed) == {key: value for key, value in read(BY_HAND).items() if key != name}
    assert set(changed.splitlines()) <= set(BY_HAND.splitlines())


def test_a_text_of_comments_alone_keeps_them() -> None:
    assert edited("# mine\n", lambda value: value.update(a=1)) == "# mine\na: 1\n"


def test_an_empty_text_becomes_a_mapping() -> None:
    assert edited("", lambda value: value.update(a=[1])) == "a:\n- 1\n"


def test_a_list_that_is_set_in_stays_set_in() -> None:
    text = "steps:\n  - one\n  - two\nn: 1\n"
    assert edited(text, lambda value: value.update(n=2)) == text.replace("n: 1", "n: 2")


@pytest.mark.parametrize("text", ["- 1\n", "words\n", "a: [\n"], ids=["list", "text", "cut"])
def test_what_is_no_mapping_cannot_be_edited(text: str) -> None:
    with pytest.raises(UnreadableYaml):
        edited(text, lambda value: None)


@pytest.mark.parametrize(
    ("typed", "stands"),
    [
        ("3", "3"),
        ("1e-3", "1e-3"),
        ("0123", "0123"),
        ("no", "no"),
        ("null", "null"),
        ("~", "null"),
        ("[1, 2]", "[1, 2]"),
        ("two words", "two words"),
        ("1.50", "1.50"),
        (".nan", ".nan"),
        ("2026-11-24 9:30:00", "2026-11-24 9:30:00"),
    ],
)
def test_a_typed_value_stands_in_the_file_as_it_was_typed(typed: str, stands: str) -> None:
    assert edited("a: 1\nb: 2\n", lambda value: value.update(a=as_typed(typed))) == f"a: {stands}\nb: 2\n"


@pytest.mark.parametrize(
    "typed", ["a: b", "# c", "x # y", "[1", "&a 1", "*a", "", "a\nb", "- 1", "!!int 3", "{a", "%"]
)
def test_a_typed_value_that_would_not_be_one_value_is_a_text(typed: str) -> None:
    text = edited("a: 1\nb: 2\n", lambda value: value.update(a=as_typed(typed)))
    assert YAML(typ="safe", pure=True).load(text) == {"a": typed, "b": 2}
