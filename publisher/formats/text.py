"""Texts and logs: what stands between the numbers must be the same; the numbers are measured.

Digits are no number inside a name, a version, a date, a time, a digest, a power, between quotes or where a version
is asked for: `a3f9`, `1.2.3`, `2026-11-23`, `23 Nov 2026`, `out/12`, `10^3`, `"3.10"`, `scipy>=1.10`, `Table 3.10`
are text. So is `10,100`, which is one number to some and two to others. What is left may still be a name, so that
equal numbers that are written otherwise count as differing: a tolerance lets them pass, nothing else does.

Only lines that are not the same are looked into. YAML and all else that people read is such a text.
"""

from __future__ import annotations

import re
from functools import partial

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
    rb"(?<![%b])%b\s{1,4}(?:\d{4}|\d{1,2}(?:st|[nr]d|th)?)(?![%b.])(?:%b|%b%b)?"
    % (_WORD, _MONTH, _WORD, _YEAR, _TIME, _YEAR),
    rb"(?<![%b.])(?:%b%b)?%b\s*+(?:(?:\^|\*\*)\s*+[({]?\s*+[-+]?[\w.]++|[\xc2\xe2][\x80-\xbf])"
    % (_WORD, _PLAIN, _TIMES, _PLAIN),
    rb"(?:\^|\*\*)\s*+[({]?\s*+[-+]?\d[\w.]*+",
    rb"(?<![%b.,'])\d{1,3}(?:[,']\d{3})++(?:\.\d+)?(?![%b])(?!,\d)" % (_WORD, _WORD),
)
_TOKEN = re.compile(b"|".join((*_NO_NUMBERS, _NUMBER)))
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
    texts, numbers = parts(recorded)
    texts_found, numbers_found = parts(found)
    if texts != texts_found or _NO_TEXT.search(recorded) or _NO_TEXT.search(found):
        pairs.tally.texts_differ(where, recorded, found)
        return
    alike = 0
    for n, (one, other) in enumerate(zip(numbers, numbers_found, strict=True), 1):
        if one == other:
            alike += 1
        else:
            pairs.add(one, other, partial(_where, where, n))
    pairs.tally.same(alike)


def _where(line: str, number: int) -> str:
    return f"{line}, number {number}"


def parts(line: bytes) -> tuple[list[bytes], list[bytes]]:
    """A line taken apart: the texts before, between and after its numbers, and the numbers."""
    texts, numbers, at = [], [], 0
    for token in _TOKEN.finditer(line):
        if token.lastgroup == "number":
            texts.append(line[at : token.start()])
            numbers.append(token[0])
            at = token.end()
    texts.append(line[at:])
    return texts, numbers
