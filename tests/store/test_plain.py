"""The fast reader of our own form: what it reads, the reader that has all of YAML reads the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import UnreadableYaml
from publisher.store.plain import read_plain
from publisher.store.yaml import read, written
from tests.factory import NASTY, same
from tests.store.test_yaml import mappings

RECORDS = Path(__file__).parents[2] / "records"

#: Lines, and pieces of lines, of which a text is like ours and yet another.
PIECES = [
    "a", "b c", "no", "1", "-1", "0123", "1e5", "1.5", ".nan", "- ", "  ", ": ", ":", "\n", '"', '"x"', '"k": 1', "{}", "[]",
    "#", " #c", "'", "|", "- - 1", "? ", "&a", "*a", "!t", "---", "...", "7f3a9c1e5b02", "123456789012", "1234567890e5",
    "\t", "\r", "\x85", "\u2028", "\\u0041", "\\ud83d\\ude00", "é", "null", "true", "~", "=", "<<", "a:b", "k:",
]  # fmt: skip


def assert_both_read(text: str, found: dict[str, Any]) -> None:
    try:
        wanted = read(text)
    except UnreadableYaml as error:
        raise AssertionError(f"{text!r} is read as {found!r}, and is no YAML: {error}") from error
    assert same(found, wanted), f"{text!r} is {wanted!r}, and was read as {found!r}"


@given(mappings)
def test_what_was_written_is_read_as_it_was(value: dict[str, Any]) -> None:
    found = read_plain(written(value))
    if found is not None:
        assert same(found, value)


@pytest.mark.parametrize("text", [each for each in NASTY if len(each) < 200], ids=ascii)
def test_no_nasty_text_is_taken_for_another(text: str) -> None:
    value = {"value": text, text: 1, "list": [text, {text: text}, [text]]}
    found = read_plain(written(value))
    assert found is None or same(found, value)


@given(
    mappings, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3), st.sampled_from(PIECES)), max_size=4)
)
def test_a_text_that_was_changed_is_read_as_yaml_reads_it_or_left_to_yaml(
    value: dict[str, Any], changes: list[tuple[int, int, str]]
) -> None:
    text = written(value)
    for at, length, piece in changes:
        at %= len(text) + 1
        text = text[:at] + piece + text[at + length :]
    found = read_plain(text)
    if found is not None:
        assert_both_read(text, found)


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_soup_is_read_as_yaml_reads_it_or_left_to_yaml(text: str) -> None:
    for each in (text, f"{text}\n", f"a: 1\n{text}\n", f"a:\n  b: 1\n  {text}\n", f"a:\n- b: 1\n- {text}\n"):
        found = read_plain(each)
        if found is not None:
            assert_both_read(each, found)


def test_every_record_of_this_repository_is_in_our_own_form() -> None:
    files = sorted(RECORDS.glob("runs/*/*.yml"))
    assert len(files) >= 26
    for path in files:
        text = path.read_text("utf-8")
        found = read_plain(text)
        assert found is not None, path
        assert_both_read(text, found)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1", "a: 1\nb\n", "a: 1 # why\n", "# why\na: 1\n", "a: 1\n\n", "a:\n", "a: 'x'\n", "a: {b: 1}\n", "a: no\n", "a: 0123\n",
        "a: 1\na: 2\n", "a: x\n  y\n", 'a: "x\n', "a: |\n  x\n", "a: &x 1\n", "a:  1\n", "a : 1\n", "- 1\n", "a: 1\r\n", "a: \n", "a: -\n",
        "a:\n- 1\n  - 2\n", "a:\n  b: 1\n c: 2\n", "a: \"\\ud83d\\ude00\"\n", "a: 1e5\n", "a: 0x1f\n", "a: 1_000\n", "a: .inf.\n", "",
    ],
)  # fmt: skip
def test_another_form_is_left_to_the_other_reader(text: str) -> None:
    assert read_plain(text) is None
