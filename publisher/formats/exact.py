"""Texts in which nothing is a number: source code, and files that name versions. Each line must be the same.

`7 // 2` and `7 // 2.0` are other programs, `scipy==1.10` and `scipy==1.1` other libraries, whatever is tolerated.
"""

from __future__ import annotations

from publisher.formats.lines import ends_with_a_line_end, side_by_side
from publisher.formats.source import Source
from publisher.formats.tally import Tally


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Says which lines differ."""
    if ends_with_a_line_end(recorded) != ends_with_a_line_end(found):
        tally.differs("ends otherwise: with, or without, the end of a line")
    for first, lines, others in side_by_side(recorded, found, tally):
        for n, (one, other) in enumerate(zip(lines, others, strict=True), first + 1):
            if one != other:
                tally.texts_differ(f"line {n}", one, other)
    if not tally.said:
        tally.differs("has other bytes")
