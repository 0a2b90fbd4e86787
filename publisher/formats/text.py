"""Texts and logs: what stands between the numbers must be the same; the numbers are measured.

Digits are no number inside a name, a version, a date, a time, a digest: `a3f9`, `1.2.3`, `2026-11-23`, `out/12`
are text. Only lines that are not the same are looked into. YAML and all else that people read is such a text.
"""

from __future__ import annotations

import re

from publisher.formats.lines import ends_with_a_line_end, side_by_side
from publisher.formats.source import Source
from publisher.formats.tally import Tally

_WORD = rb"\w\x80-\xff"
_NUMBER = re.compile(
    rb"(?<![%(w)b.])(?<![%(w)b][-+/])(?<!\d:)"
    rb"((?:(?<![%(w)b)\]])[-+])?(?!0\d)(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+|(?<=[\d.])[dD][-+]\d+)?)"
    rb"(?![%(w)b])(?!\.[%(w)b])(?![-+/:][%(w)b])" % {b"w": _WORD}
)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two texts line by line."""
    if ends_with_a_line_end(recorded) != ends_with_a_line_end(found):
        tally.differs("ends otherwise: with, or without, the end of a line")
    for first, lines, others in side_by_side(recorded, found, tally):
        for n, (one, other) in enumerate(zip(lines, others, strict=True), first + 1):
            if one != other:
                compare_line(one, other, f"line {n}", tally)


def compare_line(recorded: bytes, found: bytes, where: str, tally: Tally) -> None:
    """Compares two lines, or other short texts."""
    one, other = _NUMBER.split(recorded), _NUMBER.split(found)
    if one[::2] != other[::2] or _NO_TEXT.search(recorded) or _NO_TEXT.search(found):
        tally.texts_differ(where, recorded, found)
        return
    numbers, others = one[1::2], other[1::2]
    unlike = [n for n, pair in enumerate(zip(numbers, others, strict=True)) if pair[0] != pair[1]]
    tally.same(len(numbers) - len(unlike))
    tally.numerals(
        [numbers[n] for n in unlike],
        [others[n] for n in unlike],
        lambda n: f"{where}, number {unlike[n] + 1}",
    )
