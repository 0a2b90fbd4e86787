"""YAML that nobody can misread: what we write, two other readers read the same; what is no YAML of ours is refused."""

from __future__ import annotations

import math
import re
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
import yaml as pyyaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from publisher.errors import UnreadableYaml
from publisher.store.yaml import DEEPEST, decoded, read, scalar, written
from tests.factory import NASTY, same

READERS: dict[str, Callable[[str], Any]] = {
    "ours": read,
    "PyYAML, YAML 1.1": pyyaml.safe_load,
    "PyYAML in C, YAML 1.1": lambda text: pyyaml.load(
        text, getattr(pyyaml, "CSafeLoader", pyyaml.SafeLoader)
    ),
    "ruamel.yaml, YAML 1.2": lambda text: YAML(typ="safe", pure=True).load(text),
}

texts = st.one_of(st.text(), st.sampled_from(NASTY), st.text("0123456789abcdefxo_.:eE+-", max_size=14))
numbers = st.one_of(
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(),
    st.sampled_from(
        [math.nan, math.inf, -math.inf, -0.0, 0.0, 1e-05, 1e16, 1e22, 5e-324, 1.7976931348623157e308]
    ),
)
leaves = st.one_of(st.none(), st.booleans(), numbers, texts)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
mappings = st.dictionaries(texts, trees, min_size=1, max_size=3)


def assert_all_read(value: dict[str, Any]) -> None:
    text = written(value)
    for name, reader in READERS.items():
        found = reader(text)
        assert same(found, value), f"{name} reads {found!r} in {text!r}"


# -- writing ------------------------------------------------------------------------------------------------


@given(mappings)
def test_every_reader_reads_what_was_written(value: dict[str, Any]) -> None:
    assert_all_read(value)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_a_text_stays_the_text_that_it_is_as_value_key_and_entry(text: str) -> None:
    assert_all_read({"value": text, text: 1, "list": [text, [text], {text: text}]})


@pytest.mark.parametrize(
    "number", [0, -1, 10**30, -(10**300), 2**63, 2**64, 0.1, -0.0, 1e-05, 1e16, 1e22, 1e300]
)
def test_a_number_keeps_its_digits_and_its_kind(number: float) -> None:
    assert_all_read({"number": number, "list": [number]})


@pytest.mark.parametrize("length", [127, 128, 129, 1023, 1024, 1025, 5000])
def test_a_long_key_is_still_a_key(length: int) -> None:
    assert_all_read({"k" * length: 1, "é " * (length // 2): {"a": [1, {"b" * length: [1, [2]]}]}, "z": []})
    assert_all_read({"list": [{"k" * length: {"a": 1}}, {"k" * length: []}]})


@given(mappings)
def test_what_is_written_is_block_yaml_with_newlines_alone(value: dict[str, Any]) -> None:
    text = written(value)
    assert text.endswith("\n")
    assert not re.search(r"[\r\t\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]", text)
    outside_quotes = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
    assert not re.search(r"\[[^\]]|\{[^}]|[&*!|>'%`]", outside_quotes), "flow style, or a sign of YAML"


def test_nested_things_are_written_as_a_person_would() -> None:
    value = {"a": {"b": [1, {"c": 2, "d": []}, [3, [4]], {}]}, "e": "two words", "f": "no", "g": None}
    assert written(value) == (
        'a:\n  b:\n  - 1\n  - c: 2\n    d: []\n  - - 3\n    - - 4\n  - {}\ne: two words\nf: "no"\ng: null\n'
    )


def test_nothing_is_written_as_nothing() -> None:
    assert written({}) == ""


@pytest.mark.parametrize("value", [b"bytes", {1, 2}, object()], ids=["bytes", "set", "object"])
def test_what_has_no_place_in_a_record_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="has no place in a record"):
        written({"a": [value]})


def test_bytes_that_are_no_utf8_are_made_visible() -> None:
    name = b"caf\xe9.csv".decode("utf-8", "surrogateescape")
    assert read(written({"path": name, name: 1})) == {"path": r"caf\xe9.csv", r"caf\xe9.csv": 1}


def test_a_digest_with_a_letter_that_no_number_has_stands_bare() -> None:
    assert scalar("7f3a9c1e5b02") == "7f3a9c1e5b02"
    assert scalar("123e45678901") == '"123e45678901"'
    assert scalar("0123456789ab") == '"0123456789ab"'


# -- reading ------------------------------------------------------------------------------------------------


def refused(text: str | bytes) -> UnreadableYaml:
    with pytest.raises(UnreadableYaml) as caught:
        read(decoded(text.encode() if isinstance(text, str) else text))
    return caught.value


def bomb() -> str:
    rows = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        rows.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]")
    return "\n".join(rows) + "\n"


DEEP = 10_000
BAD: dict[str, tuple[str | bytes, int, str]] = {
    "cut within quotes": ('a: 1\nb: "never clo', 2, "end of stream"),
    "cut within a list": ("a: 1\nb: [1, 2,\n", 3, "expected"),
    "cut within a key": ("a: 1\nb", 3, "':'"),
    "merge conflict": ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> theirs\n", 2, "merge-conflict"),
    "merge conflict, CRLF": ("a: 1\r\nb: 1\r\n=======\r\nb: 2\r\n>>>>>>> theirs\r\n", 3, "merge-conflict"),
    "rest of a merge conflict": ("a: 1\nb: 2\n>>>>>>> theirs\n", 3, "merge-conflict"),
    "key twice": ("a: 1\nb: 2\na: 3\n", 3, "`a` twice"),
    "key twice, nested": ("a:\n  b: 1\n  c: 1\n  b: 2\n", 4, "`b` twice"),
    "key twice, in a list": ("a:\n- {b: 1,\n   b: 2}\n", 3, "`b` twice"),
    "key twice, once in quotes": ('1: a\n"1": b\n', 2, "`1` twice"),
    "anchor": ("a: 1\nb: &x 1\n", 2, "anchor"),
    "alias": ("a: 1\nb:\n- *x\n", 3, "anchor or an alias"),
    "bomb": (bomb(), 1, "anchor"),
    "tag of an object": ("a: 1\nb: !!python/object/apply:os.system [id]\n", 2, "tag"),
    "tag of our own": ("a: !mine x\n", 1, "tag"),
    "tag without a name": ("a: 1\nb: ! 12\n", 2, "tag"),
    "tag of an empty value": ("a: 1\nb: !\n", 2, "tag"),
    "tag on the top": ("--- !!map\na: 1\n", 1, "tag"),
    "Latin-1": ("a: 1\nb: é\n".encode("latin-1"), 2, "0xe9 is no UTF-8"),
    "BOM of UTF-16": ("a: 1\n".encode("utf-16"), 1, "byte order mark"),
    "UTF-16 without BOM": ("a: 1\n".encode("utf-16-le"), 1, "U+0000"),
    "a list": ("- 1\n- 2\n", 1, "a list where a mapping"),
    "a text": ("only words\n", 1, "a text where a mapping"),
    "a number": ("12\n", 1, "a number where a mapping"),
    "nothing": ("", 1, "nothing where a mapping"),
    "only comments": ("# nothing\n\n", 1, "nothing where a mapping"),
    "NUL": ("a: 1\nb: x\0y\n", 2, "U+0000"),
    "control character": ("a: 1\n\nb: \x1b[31m\n", 3, "U+001B"),
    "tab": ("a:\n\tb: 1\n", 2, "cannot start"),
    "two documents": ("a: 1\n---\nb: 1\n", 2, "another document"),
    "deep lists": (f"a: 1\nb: {'[' * DEEP}{']' * DEEP}\n", 2, "too deep"),
    "deep lists, never closed": (f"a: 1\nb: {'[' * DEEP}\n", 2, "too deep"),
    "deep mappings": (f"a: 1\nb: {'{x: ' * DEEP}{'}' * DEEP}\n", 2, "too deep"),
    "deep dashes": (f"a: 1\nb:\n  {'- ' * DEEP}x\n", 3, "too deep"),
    "deep blocks": ("\n".join(f"{' ' * level}a:" for level in range(300)), 61, "too deep"),
    "an integer of 5,000 digits": (f"a: 1\nb: {'1' * 5000}\n", 2, "digits"),
    "a negative one": (f"a: 1\nb: [-{'1' * 5000}]\n", 2, "digits"),
    "an integer of 5,000 hexadecimal digits": (f"a: 1\nb: 0x{'f' * 5000}\n", 2, "digits"),
    "an integer of 9,000 octal digits": (f"a: 1\nb: 0o{'7' * 9000}\n", 2, "digits"),
    "half a character": ('a: 1\nb: "\\ud800"\n', 2, "character"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_line_and_reason(name: str) -> None:
    text, line, reason = BAD[name]
    tracemalloc.start()
    before = time.perf_counter()
    error = refused(text)
    took = time.perf_counter() - before
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (error.where, reason in error.what) == (str(line), True), f"{error.where}: {error.what}"
    assert took < 5 and most < 20_000_000, f"{took} s, {most} bytes"


def test_nesting_is_refused_at_one_depth_whatever_else_is_in_the_text() -> None:
    for inner in ("1", "'a &b'", "'!'"):
        allowed = f"a: {'[' * (DEEPEST - 1)}{inner}{']' * (DEEPEST - 1)}\n"
        assert read(allowed)
        assert "too deep" in refused(f"a: {'[' * DEEPEST}{inner}{']' * DEEPEST}\n").what


@pytest.mark.parametrize("levels", [20, 30, 40, 59, 60, 61, 80])
@pytest.mark.parametrize("form", ["mappings", "dashes", "mixed", "lists without indent", "questions"])
def test_block_nesting_is_counted_in_every_form(form: str, levels: int) -> None:
    text = {
        "mappings": "\n".join(f"{' ' * n}a:" for n in range(levels)) + " x\n",
        "dashes": f"a:\n  {'- ' * (levels - 1)}x\n",
        "mixed": f"a:\n  {'- ' * (levels // 2)}{'[' * (levels - levels // 2 - 1)}{']' * (levels - levels // 2 - 1)}\n",
        "lists without indent": "".join(
            f"{'  ' * (n // 2)}a:\n" if n % 2 == 0 else f"{'  ' * (n // 2)}-\n" for n in range(levels)
        ),
        "questions": f"{'? ' * levels}x\n" if levels < 3 else f"a:\n  {'- ' * (levels - 2)}? x\n",
    }[form]
    if levels > DEEPEST:
        assert "too deep" in refused(text).what
    else:
        assert set(read(text)) == {"a"}


@pytest.mark.parametrize("block", range(30, 61, 2))
def test_block_and_flow_nesting_are_counted_together(block: int) -> None:
    above = "".join(f"{' ' * level}a:\n" for level in range(block))
    for depth in (DEEPEST, DEEPEST + 1):
        flow = depth - block
        text = f"{above}{' ' * block}{'[' * flow}1{']' * flow}\n" if flow else above
        if depth > DEEPEST:
            assert "too deep" in refused(text).what
        else:
            assert set(read(text)) == {"a"}


def test_a_file_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(UnreadableYaml, match="too many"):
        decoded(b"a: 1\n" * 7_000_000)


def test_scalars_are_those_of_yaml_1_2_and_names_of_digits_stay_texts() -> None:
    text = "a: no\nb: 12:30:00\nc: 1e5\nd: 017\ne: 0o17\nf: 0x1F\ng: 2026-11-23\nh: ~\ni:\nj: True\nk: .5\nl: =\n"
    assert read(text) == {
        "a": "no",
        "b": "12:30:00",
        "c": 1e5,
        "d": "017",
        "e": 15,
        "f": 31,
        "g": "2026-11-23",
        "h": None,
        "i": None,
        "j": True,
        "k": 0.5,
        "l": "=",
    }


def test_keys_are_texts_and_a_merge_key_merges_nothing() -> None:
    assert read("1: a\nno: b\n~: c\n<<: {d: 1}\n") == {"1": "a", "no": "b", "~": "c", "<<": {"d": 1}}


def test_line_ends_of_other_systems_are_read() -> None:
    assert read("a: 1\r\nb:\r\n- 2\r\n") == {"a": 1, "b": [2]}


@given(
    st.one_of(st.text(), st.lists(st.sampled_from([*":-[]{}&*!?#|>'\"\n ,%@`~=<", "a", "1"])).map("".join))
)
@example("a: *")
@example("!")
def test_any_text_is_read_or_refused_with_a_line_and_nothing_else(text: str) -> None:
    try:
        value = read(text)
    except UnreadableYaml as error:
        assert str(error.where).isdigit() and int(str(error.where)) >= 1
        assert error.what
    else:
        assert isinstance(value, dict)


@given(st.binary())
def test_any_bytes_are_decoded_or_refused_with_a_line(data: bytes) -> None:
    try:
        text = decoded(data)
    except UnreadableYaml as error:
        assert (
            int(str(error.where)) == data[: data.find(b"\xff")].count(b"\n") + 1 or int(str(error.where)) >= 1
        )
    else:
        assert text.encode() == data
