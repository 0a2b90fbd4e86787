"""A file's content as the formats read it: from the beginning, in pieces, and never without an end."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

from publisher.errors import PublisherError

PIECE = 4 * 1024 * 1024  #: bytes that are read at once
HEAD = 1024  #: bytes that tell what a file is
WHOLE = 128 * 1024 * 1024  #: bytes that a format may hold at once, if it cannot be read in pieces
UNPACKED = 4 * 1024**3  #: bytes that are unpacked from one file at most


class Unreadable(PublisherError):
    """A file is not what its name says, or cannot be looked into; `what` goes on after its name."""


class Source:
    """A content that can be opened again and again, and the name that tells what it is."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name

    def open(self) -> BinaryIO:
        """The content from its beginning."""
        return open(self.path, "rb")

    def head(self) -> bytes:
        """The first bytes."""
        with self.open() as file:
            return file.read(HEAD)

    def whole(self) -> bytes:
        """All of a small content.

        Raises:
            Unreadable: It is larger than `WHOLE`.
        """
        with self.open() as file:
            data = file.read(WHOLE + 1)
        if len(data) > WHOLE:
            raise Unreadable(
                f"is larger than {WHOLE // 1024**2} MiB and cannot be looked into piece by piece"
            )
        return data

    def file(self) -> Path:
        """Its place on disk, for libraries that want one.

        Raises:
            Unreadable: It is packed in another file.
        """
        return self.path


class Packed(Source):
    """A content that another file holds compressed; it is unpacked as it is read, and never onto the disk."""

    def open(self) -> BinaryIO:
        """The unpacked content from its beginning."""
        return cast(BinaryIO, io.BufferedReader(_Unpacking(self.path), PIECE))

    def file(self) -> Path:
        """Nothing: it has no place of its own."""
        raise Unreadable("is packed in another file and cannot be looked into there")


class _Unpacking(io.RawIOBase):
    def __init__(self, path: Path) -> None:
        import gzip

        self._file = gzip.open(path, "rb")  # noqa: SIM115
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        self._given += len(data)
        if self._given > UNPACKED:
            raise Unreadable(f"unpacks to more than {UNPACKED // 1024**3} GiB")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of an open file, piece by piece."""
    while piece := file.read(PIECE):
        yield piece
