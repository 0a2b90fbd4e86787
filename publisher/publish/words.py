"""How things are said on a page: marks, times, sizes, numbers, commands. Pure.

A shape and a word carry a meaning; colour only repeats them.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from publisher.model.row import Row
from publisher.model.verification import SHAPES, VERDICTS
from publisher.publish.listing import visible
from publisher.store.yaml import scalar


class Mark(Struct, frozen=True):
    """A shape and a word for a state; `kind` is for the style sheet."""

    shape: str
    word: str
    kind: str


STATUS = {
    "completed": Mark("✓", "completed", "good"),
    "failed": Mark("✕", "failed", "bad"),
    "interrupted": Mark("‖", "interrupted", "held"),
    "running": Mark("…", "running", "held"),
    "lost": Mark("?", "lost", "held"),
}
BROKEN = Mark("!", "unreadable", "bad")
_KINDS = {"different": "bad", "failed": "bad", "blocked": "held"}
VERDICT: dict[str, Mark] = {each: Mark(SHAPES[each], each, _KINDS.get(each, "good")) for each in VERDICTS}
VERDICT |= {"unverified": Mark("·", "unverified", "none")}
UNVERIFIED = VERDICT["unverified"]

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DIGITS = 64  #: of a SHA-256
_DIGEST = re.compile(r"(?<![^/])([0-9a-f]{8})[0-9a-f]{56}(?=\.[A-Za-z0-9]{1,10}$|$)")
LONGEST_VALUE = 400  #: characters of one value; the raw record has the rest


def short(run: str) -> str:
    """An id as it is shown."""
    return run[:7]


def day(instant: str) -> str:
    """`23 Nov 2026`, of an instant as records write it."""
    return f"{int(instant[8:10])} {_MONTHS[int(instant[5:7]) - 1]} {instant[:4]}"


def moment(instant: str) -> str:
    """`23 Nov 2026, 06:35 UTC`, of an instant as records write it."""
    return f"{day(instant)}, {instant[11:16]} UTC"


def duration(seconds: float) -> str:
    """Seconds as people say them: `12 ms`, `3.3 s`, `2 min 5 s`, `3 h 20 min`.

    Raises:
        ValueError: It is not a number, or infinite.
    """
    if not math.isfinite(seconds):
        raise ValueError(f"{seconds} is no duration")
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    whole = round(seconds / 60)
    if whole < 48 * 60:
        return f"{whole // 60} h {whole % 60} min"
    return f"{whole // 1440} d {whole % 1440 // 60} h"


def exactly(seconds: float) -> str:
    """Seconds as they were measured, when `duration` says less; else empty."""
    text = f"{seconds!r} s"
    return "" if text == duration(seconds) else text


def size(count: int) -> str:
    """Bytes as people say them: `812 B`, `48 kB`, `1.2 MB`."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
    raise AssertionError("the last unit takes everything")


def count(number: int) -> str:
    """A count, its thousands apart."""
    return f"{number:,}".replace(",", "\u202f")


def plural(number: int, one: str, many: str = "") -> str:
    """`1 run`, `3 runs`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def number(found: float) -> str:
    """A number with the digits that a reader takes in: six at most; whole numbers whole."""
    if isinstance(found, int):
        return str(found) if abs(found) < 10**15 else f"{Decimal(found):.6g}"
    return f"{found:.6g}"


def value(found: Any) -> str:
    """A parameter's value as YAML writes it on one line; very long ones are cut."""
    text = typed(found)
    if len(text) > LONGEST_VALUE:
        return f"{text[:LONGEST_VALUE]}… ({plural(len(text), 'character')})"
    return text


def typed(found: Any) -> str:
    """A value as it is typed behind `name=`, such that it comes back as the same value."""
    if isinstance(found, list | tuple):
        return "[" + ", ".join(typed(each) for each in found) + "]"
    if isinstance(found, dict):
        return "{" + ", ".join(f"{scalar(str(name))}: {typed(each)}" for name, each in found.items()) + "}"
    return scalar(found)


def path(text: str) -> str:
    """A path as a page shows it. Of an artifact, whose name is a digest, the beginning tells enough.

    >>> path(f"records/artifacts/ab/{'ab' * 32}.png")
    'records/artifacts/ab/abababab….png'
    """
    return visible(_DIGEST.sub(r"\1…", text) if len(text) >= _DIGITS else text)


def title_of(row: Row) -> str:
    """What a run is called: why it was made, else its label, else its step, else its command."""
    return visible(row.reason or row.label or row.step or row.command or "a run")


def command(words: Sequence[str]) -> str:
    """A command line that a shell reads as these words."""
    return " ".join(shlex.quote(word) for word in words)


def aligned(texts: Sequence[str]) -> list[str]:
    """Numbers padded behind with blanks as wide as a digit, so that their decimal points stand in line."""
    tails = [_tail(text) for text in texts]
    widest = max(tails, default=0)
    return [
        text + "\u2008" * (tail == 0 < widest) + "\u2007" * (widest - max(tail, 1) if widest else 0)
        for text, tail in zip(texts, tails, strict=True)
    ]


def _tail(text: str) -> int:
    """How many characters stand at and behind the decimal point; 0 without one."""
    return len(text) - text.index(".") if "." in text else 0
