"""Texts of strangers made safe to print: nothing in them moves a cursor, begins a line or hides. Pure.

A record, a file name, `publisher.yml`, git and other programs may hold any character. A terminal obeys control
characters, the log of a CI service obeys lines that begin with `::`, and a reader believes a line that looks like
one of ours. This module does not know where a text is printed.
"""

from __future__ import annotations

import functools
import re

BREAK = "␤"  #: shown in the place of a line break

#: Characters that show nothing, turn the direction of writing, or are obeyed. `site_template/assets/runs-query.js`
#: has the same set. Variation selectors 15 and 16, which only choose the form of an emoji, are not in it.
HIDDEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: Everything that any reader takes for the end of a line.
_BREAKS = "\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"
#: Runners of CI obey `##[command]` and `##vso[command]` anywhere in a line.
_COMMAND = r"##(?=[A-Za-z.]*\[)"
#: Signs of verdicts, and what a runner obeys at the beginning of a line; it passes over blanks, we over colours.
_BEGINS = r"((?:\x1b\[[0-9;]*m|\s)*)(:(?=:)|[=＝≡≅≈≠✓✔✕✗✘⊘])"


def printable_line(text: str) -> str:
    """Return a text as one line in which every character shows.

    Line breaks become `␤`, other characters that a terminal obeys or does not show become escapes as Python
    writes them, blanks of any width become a blank.

    >>> printable_line("a\\n::error::b\\x1b[31m")
    'a␤::error::b\\\\x1b[31m'
    """
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    text = neutralise_commands(escape_hidden(text))
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _in_place_of(c) for c in text)


def printable_lines(text: str) -> list[str]:
    """Return the lines of a text, each as `printable_line` shows it; tabs become blanks.

    >>> printable_lines("a\\r\\nb\\x85")
    ['a', 'b']
    """
    lines = _pattern(_BREAKS).split(text)
    if not lines[-1]:
        lines.pop()
    return [printable_line(line.expandtabs(4)) for line in lines]


def escape_hidden(text: str) -> str:
    """Return a text as one line in which line breaks are `␤` and hidden characters are escapes.

    Less than `printable_line`: characters that no font may have, and blanks of other widths, stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return _pattern(f"[{HIDDEN}]").sub(
        lambda found: _escaped(found[0]), _pattern(_BREAKS).sub(BREAK, text.replace("\t", " "))
    )


def neutralise_commands(text: str) -> str:
    """Return a text in which nothing is a command to a runner of CI that looks for one within a line."""
    return _pattern(_COMMAND).sub(r"#\\x23", text) if "##" in text else text


def without_hidden(text: str) -> str:
    """Return a text as one line without hidden characters; line breaks and tabs become blanks."""
    return _pattern(f"[{HIDDEN}]").sub("", _pattern(rf"{_BREAKS}|\t").sub(" ", text))


def guard_beginning(line: str) -> str:
    """Return a line whose beginning neither a CI service nor a reader takes for one of ours.

    >>> guard_beginning("  ::add-mask::e")
    '  \\\\x3a:add-mask::e'
    >>> guard_beginning("= identical")
    '\\\\x3d identical'
    """
    found = _pattern(_BEGINS).match(line)
    return f"{found[1]}{_escaped(found[2])}{line[found.end() :]}" if found else line


def _in_place_of(character: str) -> str:
    import unicodedata

    return " " if unicodedata.category(character) == "Zs" else _escaped(character)


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    """A pattern, compiled when it is needed: `publisher run` mostly needs none."""
    return re.compile(text)
