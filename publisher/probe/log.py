"""What a program says, kept up to a size: its beginning and its end, and how much lies between.

It is held in memory and, where asked, also in files, so that it is not lost with the process that copies it.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from publisher.safe_io import open_regular, read_regular


class Log:
    """One stream on its way through, of which at most `limit` bytes are held."""

    def __init__(self, limit: int, *, pieces: Pieces | None = None) -> None:
        self.pieces = pieces  #: the same on disk; None for memory alone
        self._room = limit - limit // 2  #: bytes still free for the beginning
        self._most_at_end = limit // 2
        self._beginning: list[bytes] = []
        self._end: deque[bytes] = deque()
        self._at_end = 0
        self._dropped = 0

    def add(self, data: bytes) -> None:
        """Keep a piece, or as much of it as the size allows."""
        if self.pieces is not None:
            self.pieces.add(data)
        if self._room > 0:
            self._beginning.append(data[: self._room])
            data, self._room = data[self._room :], max(0, self._room - len(data))
        if data:
            self._end.append(data)
            self._at_end += len(data)
        while self._end and self._at_end - len(self._end[0]) >= self._most_at_end:
            gone = self._end.popleft()
            self._at_end -= len(gone)
            self._dropped += len(gone)

    @property
    def left_out(self) -> int:
        """How many bytes between the beginning and the end were not kept."""
        return self._dropped + max(0, self._at_end - self._most_at_end)

    def whole(self) -> bytes:
        """Everything that was kept; a line says how much is missing between beginning and end."""
        return _joined(b"".join(self._beginning), b"".join(self._end), self.left_out, self._most_at_end)


class Pieces:
    """A stream in files that nobody else may read: `NAME.OFFSET`, the first and the last two of them.

    What cannot be written is left out without a word: the stream itself comes first. The content is as the program
    wrote it, not masked, so it may not stay.
    """

    def __init__(self, start: Path, limit: int) -> None:
        """Begin, or go on where another process left off.

        Args:
            start: The files' folder and the beginning of their names.
            limit: Bytes of the stream to hold; the files have up to half as much again.
        """
        self._start, self._limit = start, limit
        self._first, self._further = limit - limit // 2, max(1, limit // 2)
        self._file: int | None = None
        self._broken = limit <= 0
        found = _pieces(start)
        self._names = [path for _, path in found]
        self._length = found[-1][0] + _size(found[-1][1]) if found else 0
        self._room = 0
        if found:
            self._room = max(0, (self._further if found[-1][0] else self._first) - _size(found[-1][1]))

    def resumed(self) -> Pieces:
        """Return the same, as another process goes on with it."""
        return Pieces(self._start, self._limit)

    def add(self, data: bytes) -> None:
        """Write a piece."""
        try:
            while data and not self._broken:
                if not self._room:
                    self._begin_next()
                elif self._file is None:
                    self._file = _opened(self._names[-1], os.O_APPEND)
                assert self._file is not None
                written = os.write(self._file, data[: self._room])
                data, self._room, self._length = data[written:], self._room - written, self._length + written
        except OSError:
            self._broken = True

    def _begin_next(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if len(self._names) > 2:
            with contextlib.suppress(OSError):
                os.unlink(self._names.pop(1))
        self._room = self._further if self._names else self._first
        self._names.append(self._start.with_name(f"{self._start.name}.{self._length:020}"))
        self._file = _opened(self._names[-1], os.O_CREAT | os.O_EXCL)


def read_pieces(start: Path, limit: int) -> tuple[bytes, int]:
    """Return what `Pieces` of the same arguments have, as `Log.whole` does, and how many bytes were left out."""
    beginning = end = b""
    length = 0
    for offset, path in _pieces(start):
        data = _content(path)
        beginning, end = (data, b"") if not offset else (beginning, end + data)
        length = offset + len(data)
    kept = end[max(0, len(end) - limit // 2) :]
    left_out = max(0, length - len(beginning) - len(kept))
    return _joined(beginning, kept, left_out, len(kept)), left_out


def _joined(beginning: bytes, end: bytes, left_out: int, most_at_end: int) -> bytes:
    if not left_out:
        return beginning + end
    return beginning + f"\n[… {left_out} bytes left out …]\n".encode() + end[len(end) - most_at_end :]


def _pieces(start: Path) -> Sequence[tuple[int, Path]]:
    """The files of a stream, each with its offset, in their order."""
    try:
        names = os.listdir(start.parent)
    except OSError:
        return []
    ends = ((name, name.removeprefix(f"{start.name}.")) for name in names)
    return sorted(
        (int(end), start.with_name(name))
        for name, end in ends
        if end != name and len(end) == 20 and end.isdecimal()
    )


def _opened(path: Path, how: int) -> int:
    return open_regular(path, os.O_WRONLY | how, 0o600)


def _size(path: Path) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def _content(path: Path) -> bytes:
    """What one of the files holds; nothing of a link, or of what is no regular file."""
    try:
        return read_regular(path)
    except OSError:
        return b""
