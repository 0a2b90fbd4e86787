"""Two texts side by side, line by line, in pieces: where they are the same, nothing is taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from publisher.formats.source import PIECE, Source, Unreadable
from publisher.formats.tally import Tally

LONGEST = 64 * 1024 * 1024  #: bytes of a line


def side_by_side(
    recorded: Source, found: Source, tally: Tally
) -> Iterator[tuple[int, list[bytes], list[bytes]]]:
    """Equally many lines of both, without their ends, and the number of the first, from 0.

    What is the same on both sides is passed over in large pieces, so not every line is given. When one has more
    lines, the tally is told.

    Raises:
        Unreadable: A line has no end within 64 MiB.
    """
    with recorded.open() as left, found.open() as right:
        one, other = _Side(left), _Side(right)
        line = 0
        while True:
            one.fill()
            other.fill()
            if one.rest == other.rest and not one.lines and not other.lines and one.piece == other.piece:
                if not one.piece:
                    break
                line += one.pass_over()
                other.pass_over()
                continue
            one.split()
            other.split()
            count = min(len(one.lines), len(other.lines))
            if count:
                yield line, one.lines[:count], other.lines[:count]
                line += count
                del one.lines[:count], other.lines[:count]
            if (one.ended and not one.lines) or (other.ended and not other.lines):
                break
        more, fewer = one.count_rest(), other.count_rest()
    if more != fewer:
        tally.differs(f"has {line + fewer} lines where {line + more} were recorded", shape=True)


class _Side:
    """One of the two texts: the piece that was read last, and what was read before and not given yet."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.piece = b""  #: read and not split
        self.rest = b""  #: begin of a line whose end was not read yet
        self.lines: list[bytes] = []  #: split and not given
        self.ended = False

    def fill(self) -> None:
        if self.lines or self.piece or self.ended:
            return
        self.piece = self.file.read(PIECE)
        if not self.piece:
            self.ended = True

    def pass_over(self) -> int:
        """Passes over a piece that is the same on both sides; returns how many lines end in it."""
        count = self.piece.count(b"\n")
        _, end, tail = self.piece.rpartition(b"\n")
        self._keep(tail if end else self.rest + tail)
        self.piece = b""
        return count

    def split(self) -> None:
        if self.piece:
            new = (self.rest + self.piece).split(b"\n")
            self._keep(new.pop())
            self.lines += new
            self.piece = b""
        elif self.ended and self.rest:
            self.lines.append(self.rest)
            self.rest = b""

    def _keep(self, rest: bytes) -> None:
        if len(rest) > LONGEST:
            raise Unreadable(f"has a line of more than {LONGEST // 1024**2} MiB")
        self.rest = rest

    def count_rest(self) -> int:
        count = len(self.lines)
        while True:
            self.lines = []
            self.fill()
            if not self.piece:
                return count + bool(self.rest)
            count += self.pass_over()


def ends_with_a_line_end(source: Source) -> bool:
    """Whether the last byte ends a line; of an empty text, True."""
    last = b"\n"
    with source.open() as file:
        while piece := file.read(PIECE):
            last = piece[-1:]
    return last == b"\n"
