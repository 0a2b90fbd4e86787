"""Texts and logs: what stands between the numbers must be the same; the numbers are measured.

Digits are no number inside a name, a version, a date, a time, a digest, a power, between quotes or where a version
is asked for: `a3f9`, `1.2.3`, `2026-11-23`, `23 Nov 2026`, `out/12`, `10^3`, `"3.10"`, `scipy>=1.10`, `Table 3.10`
are text. So is `10,100`, which is one number to some and two to others. What is left may still be a name, so that
equal numbers that are written otherwise count as differing: a tolerance lets them pass, nothing else does.

Only lines that are not the same are looked into. YAML and all else that people read is such a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import zip_longest

from publisher.formats.lines import ends_with_a_line_end, side_by_side
from publisher.formats.names import AFTER_A_WORD
from publisher.formats.source import Source
from publisher.formats.tally import Pairs, Tally

_WORD = rb"\w\x80-\xff"
_NUMBER = (
    rb"(?<![%(w)b.])(?<![%(w)b][-+/])(?<!\d:)"
    rb"(?P<number>(?:(?<![%(w)b)\]])[-+])?(?!0\d)(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+|(?<=[\d.])[dD][-+]\d+)?)"
    rb"(?![%(w)b])(?!\.[%(w)b])(?![-+/:][%(w)b])" % {b"w": _WORD}
)
_MONTH = (
    rb"(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    rb"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![%b])\.?" % _WORD
)
_YEAR = rb"(?:,?\s{1,4}\d{4}(?!\d))"
_TIME = rb"\s{1,4}\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s{1,4}[A-Z]{2,5})?"
_PLAIN = rb"[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?"
_TIMES = rb"\s*+(?:\*(?!\*)|x|\\times|\\cdot|\xc3\x97|\xc2\xb7)\s*+"
#: What holds digits that are no numbers; where two could begin, the first counts.
_NO_NUMBERS = (
    AFTER_A_WORD,
    rb'"[^"]*"',
    rb"(?<![%b])'[^']*'" % _WORD,
    rb"`[^`]*`",
    rb"\xc2\xa7\s*+\d[^\s,;)]*",
    rb"#\d\w*+",
    rb"\A\s*+- [\w.-]++=\d[^\s,;]*+",  # of an environment of conda
    rb"(?<![=<>~!])(?:[=<>~!]=|===)(?!=)\s*+[-+]?[\w.][^\s,;)}\]]*",  # a version is asked for: `scipy ~= 1.10`
    rb"(?<![%b.])\d{1,2}(?:st|[nr]d|th|\.)?\s{1,4}%b(?:%b|%b%b)?" % (_WORD, _MONTH, _YEAR, _TIME, _YEAR),
    rb"(?<![%b])(?=[A-Za-z])%b\s{1,4}(?:\d{4}|\d{1,2}(?:st|[nr]d|th)?)(?![%b.])(?:%b|%b%b)?"
    % (_WORD, _MONTH, _WORD, _YEAR, _TIME, _YEAR),
    rb"(?<![%b.])(?:%b%b)?%b\s*+(?:(?:\^|\*\*)\s*+[({]?\s*+[-+]?[\w.]++|[\xc2\xe2][\x80-\xbf])"
    % (_WORD, _PLAIN, _TIMES, _PLAIN),
    rb"(?:\^|\*\*)\s*+[({]?\s*+[-+]?\d[\w.]*+",
    rb"(?<![%b.,'])\d{1,3}(?:[,']\d{3})++(?:\.\d+)?(?![%b])(?!,\d)" % (_WORD, _WORD),
)
_TOKEN = re.compile(b"|".join((*_NO_NUMBERS, _NUMBER)))
_LONG = 64 * 1024  #: bytes of a line
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two texts line by line."""
    if ends_with_a_line_end(recorded) != ends_with_a_line_end(found):
        tally.differs("ends otherwise: with, or without, the end of a line")
    pairs = Pairs(tally, as_written=True)
    for first, lines, others in side_by_side(recorded, found, tally):
        for n, (one, other) in enumerate(zip(lines, others, strict=True), first + 1):
            if one != other:
                compare_line(one, other, f"line {n}", pairs)
    pairs.weigh()


def compare_line(recorded: bytes, found: bytes, where: str, pairs: Pairs) -> None:
    """Compares two lines, or other short texts; their numbers are weighed when the pairs are."""
    left, right = _Parts(recorded), _Parts(found)
    same = all(
        one is not None and other is not None and one[0] == other[0]
        for one, other in zip_longest(left, right)
    )
    if not same or _NO_TEXT.search(recorded) or _NO_TEXT.search(found):
        pairs.tally.texts_differ(where, recorded, found)
        return
    alike = -1  # at the end of both lines no number follows
    for n, ((_, one), (_, other)) in enumerate(zip(left, right, strict=True), 1):
        if one == other:
            alike += 1
        else:
            pairs.add(one, other, partial(_where, where, n))
    pairs.tally.same(alike)


def _where(line: str, number: int) -> str:
    return f"{line}, number {number}"


class _Parts:
    """A line taken apart: each number, and the text before it; at last the text after them, and no number.

    A long line is taken apart anew each time, because it may hold more numbers than fit into memory.
    """

    def __init__(self, line: bytes) -> None:
        self._line = line
        self._kept = list(self._parts()) if len(line) < _LONG else None

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        return self._parts() if self._kept is None else iter(self._kept)

    def _parts(self) -> Iterator[tuple[bytes, bytes]]:
        at = 0
        for token in _TOKEN.finditer(self._line):
            if token.lastgroup == "number":
                yield self._line[at : token.start()], token[0]
                at = token.end()
        yield self._line[at:], b""
