"""Texts of strangers as they are printed: one line, nothing hidden, nothing obeyed."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.printable import (
    HIDDEN,
    escape_hidden,
    guard_beginning,
    printable_line,
    printable_lines,
    without_hidden,
)
from tests.factory import NASTY

texts = st.text(
    st.characters() | st.sampled_from("\n\r:#[=\x1b\u2028\u202e\u200b\x85\ud800 ")
) | st.sampled_from(NASTY)


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_every_end_of_a_line_is_shown(end: str) -> None:
    assert printable_line(f"a{end}b") == "a␤b"
    assert printable_lines(f"a{end}b{end}") == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202eevil", r"\u202eevil"),
        ("a\u200bb", r"a\u200bb"),
        ("\U000e0041", r"\U000e0041"),
        ("\ud800", r"\ud800"),
        ("a\xa0b\u3000c\td", "a b c d"),
        ("é 日本語 😀", "é 日本語 😀"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("a ##[add-mask]x ##vso[a.b]c ## d", r"a #\x23[add-mask]x #\x23vso[a.b]c ## d"),
        ("\U000e0100", r"\U000e0100"),
        ("\u3164\u034f", r"\u3164\u034f"),
    ],
)
def test_what_is_hidden_is_shown(text: str, shown: str) -> None:
    assert printable_line(text) == shown


@given(texts)
def test_a_line_has_no_end_no_order_and_nothing_hidden(text: str) -> None:
    for shown in (printable_line(text), guard_beginning(printable_line(text)), *printable_lines(text)):
        assert shown.isprintable() and len(shown.splitlines()) <= 1
        assert not re.search(f"[{HIDDEN}]", shown) and "##[" not in shown
        assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for c in shown)
    assert not guard_beginning(printable_line(text)).lstrip().startswith("::")
    assert not re.search(f"[{HIDDEN}]", escape_hidden(text) + without_hidden(text))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_texts_stay_as_they_are(text: str) -> None:
    if "##" not in text:
        assert printable_line(text) == text


@pytest.mark.parametrize(
    "text", ["::error::x", " ::error::x", "\x1b[31m::error::x", "= identical", "  ✓ x", "≠ x"]
)
def test_a_beginning_that_is_obeyed_or_believed_is_shown(text: str) -> None:
    assert "\\x3a:" in guard_beginning(text) or re.search(r"\\(?:x3d|u2713|u2260)", guard_beginning(text))
