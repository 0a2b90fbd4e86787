"""Logs and patches as pieces of text with a style, from bytes that may hold anything. Pure.

A log may come from a stranger: it is text to show. Colours of a terminal become styles, other orders to the
terminal are dropped, and characters that turn the direction of writing are made visible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

MOST_OF_LOG = 2_000  #: bytes of one log that stand in a page, in the middle left out; the file has the rest
MOST_OF_PATCH = 8_000  #: bytes of a patch that stand in a page, from its beginning
_HEAD = 500  #: bytes of a long log that are shown from its beginning
_LINE = 300  #: bytes by which a cut is moved to the end of a line

NARROW = "\u202f"  #: the blank between thousands, as `words.count` writes it

_ORDER = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"  # colours and weight
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # cursor and screen
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links
    r"|\x1b[PX^_].*?(?:\x1b\\|$)"  # strings for devices
    r"|\x1b.?",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TURNING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ODD = re.compile(f"{_CONTROL.pattern}|{_TURNING.pattern}")
_COLOURS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "grey")
_WEIGHTS = {1: "bold", 2: "dim", 3: "italic", 4: "underline"}


class Piece(Struct, frozen=True):
    """A stretch of text and how it looks; `style` is a class of the style sheet or several, or empty."""

    style: str
    text: str


class Listing(Struct, frozen=True, kw_only=True):
    """What a page shows of a log or a patch."""

    pieces: list[Piece]
    lines: int  #: of the whole text
    size: int  #: bytes of the whole text
    hidden: int  #: bytes that are not shown


def log_listing(data: bytes) -> Listing:
    """What a program said: its beginning and its end when it is long."""
    head, tail = _cut(data)
    hidden = len(data) - len(head) - len(tail)
    pieces = list(_coloured(_decoded(head)))
    if hidden:
        pieces.append(Piece("gap", f"… {f'{hidden:,}'.replace(',', NARROW)} bytes are not shown here …\n"))
    pieces += _coloured(_decoded(tail))
    return Listing(pieces=pieces, lines=_lines(data), size=len(data), hidden=hidden)


def last_lines(listing: Listing, most: int) -> list[Piece]:
    """The end of a listing, at most so many lines of it."""
    text = "".join(piece.text for piece in listing.pieces)
    start = len(text.rstrip("\n"))
    for _ in range(most):
        start = text.rfind("\n", 0, max(start, 0))
        if start < 0:
            break
    found: list[Piece] = []
    at = 0
    for piece in listing.pieces:
        shown = piece.text[max(0, start + 1 - at) :]
        at += len(piece.text)
        if shown:
            found.append(Piece(piece.style, shown))
    return found


def patch_listing(data: bytes) -> Listing:
    """A patch, a piece for each run of lines of one kind: `file`, `hunk`, `added`, `removed`, none."""
    shown = data[:MOST_OF_PATCH]
    if len(data) > MOST_OF_PATCH:
        shown = shown[: shown.rfind(b"\n") + 1]
    pieces: list[Piece] = []
    in_hunk = False
    for line in _plain(_decoded(shown)).splitlines(keepends=True):
        style, in_hunk = _kind(line, in_hunk)
        if pieces and pieces[-1].style == style:
            pieces[-1] = Piece(style, pieces[-1].text + line)
        else:
            pieces.append(Piece(style, line))
    return Listing(pieces=pieces, lines=_lines(data), size=len(data), hidden=len(data) - len(shown))


def visible(text: str) -> str:
    """One line of text from a stranger without characters that a page would obey and not show."""
    if _ODD.search(text) is None:
        return text
    return _TURNING.sub(lambda found: f"\\u{ord(found[0]):04x}", _CONTROL.sub("\ufffd", text))


def _kind(line: str, in_hunk: bool) -> tuple[str, bool]:
    if line.startswith("diff --git "):
        return "file", False
    if line.startswith("@@"):
        return "hunk", True
    if not in_hunk:
        return "meta", False
    return {"+": "added", "-": "removed"}.get(line[:1], ""), True


def _cut(data: bytes) -> tuple[bytes, bytes]:
    """The beginning and the end that are shown, cut between lines where lines are not endless."""
    if len(data) <= MOST_OF_LOG:
        return data, b""
    head = data[: data.rfind(b"\n", 0, _HEAD) + 1] or data[:_HEAD]
    at = len(data) - (MOST_OF_LOG - _HEAD)
    line = data.find(b"\n", at, at + _LINE) + 1
    return head, data[line or at :]


def _lines(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _plain(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return _TURNING.sub(lambda found: f"\\u{ord(found[0]):04x}", _CONTROL.sub("", text))


def _overwritten(text: str) -> str:
    """What a terminal shows of lines that were written over, as progress bars are."""
    if "\r" not in text:
        return text
    text = text.replace("\r\n", "\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _coloured(text: str) -> Iterator[Piece]:
    text = _overwritten(text)
    if "\x1b" not in text:
        if text:
            yield Piece("", _plain(text))
        return
    at, styles = 0, dict[str, str]()
    for order in _ORDER.finditer(text):
        if order.start() > at:
            yield Piece(" ".join(styles.values()), _plain(text[at : order.start()]))
        at = order.end()
        if order["sgr"] is not None:
            styles = _after(order["sgr"], styles)
    if at < len(text):
        yield Piece(" ".join(styles.values()), _plain(text[at:]))


def _after(order: str, styles: dict[str, str]) -> dict[str, str]:
    """The styles after an order such as `1;31`. Colours beyond the sixteen are passed over."""
    styles = dict(styles)
    numbers = iter([int(number) if number else 0 for number in re.split("[;:]", order[:40])])
    for number in numbers:
        if number == 0:
            styles.clear()
        elif number in _WEIGHTS:
            styles[_WEIGHTS[number]] = f"t-{_WEIGHTS[number]}"
        elif number == 22:
            styles.pop("bold", None)
            styles.pop("dim", None)
        elif number in (23, 24):
            styles.pop(_WEIGHTS[number - 20], None)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            styles["colour"] = f"t-{_COLOURS[number % 10]}"
        elif number == 39:
            styles.pop("colour", None)
        elif number in (38, 48):
            skip = {5: 1, 2: 3}.get(next(numbers, 0), 0)
            for _ in range(skip):
                next(numbers, None)
    return styles
