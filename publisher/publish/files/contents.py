"""Every file by its content: which runs made it, which read it, under which paths. Pure.

A content is known by its SHA-256, so a file that was copied, renamed or written twice is one content. A study of
100,000 runs has half a million uses of files: they are kept as numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct, msgpack

from publisher.model.row import Row

PATH_BITS = 24  #: of a use's number: they tell its path; what stands above them tells its run
PATH_OF = (1 << PATH_BITS) - 1

#: Digest, size or -1, whether a run kept a copy, numbers of the uses by runs that made it, and that read it.
Line = tuple[str, int, bool, Sequence[int], Sequence[int]]


class _File(Struct, gc=False):
    """The part of a row's file that counts here; half a million of them are looked at."""

    path: str
    sha256: str | None = None
    size: int | None = None
    artifact: bool = False


_decode = msgpack.Decoder(tuple[list[_File], list[_File]]).decode


class Use(Struct, frozen=True):
    """A content in the hands of a run."""

    run: str  #: its id
    path: str  #: as the run knew it


class Contents:
    """All contents that some run made or read."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Look through the files of runs.

        Args:
            rows: Oldest first.
        """
        self.runs: list[str] = []
        self.paths: list[str] = []
        self.unknown = 0  #: uses of files of which the content could not be had
        self._numbers: dict[bytes, int] = {}  # content -> its place in the lists below
        self._sizes = array("q")
        self._kept = bytearray()
        self._made: list[int | list[int] | None] = []
        self._read: list[int | list[int] | None] = []
        paths: dict[str, int] = {}
        for row in rows:
            run = len(self.runs) << PATH_BITS
            self.runs.append(row.id)
            if bytes(row.files):
                inputs, outputs = _decode(row.files)
                self._take(inputs, run, self._read, paths)
                self._take(outputs, run, self._made, paths)
        self.paths = list(paths)

    def _take(
        self, files: Sequence[_File], run: int, uses: list[int | list[int] | None], paths: dict[str, int]
    ) -> None:
        numbers = self._numbers
        for file in files:
            if file.sha256 is None:
                self.unknown += 1
                continue
            path = paths.setdefault(file.path, len(paths))
            use = run | (min(path, PATH_OF))
            content = bytes.fromhex(file.sha256)
            number = numbers.setdefault(content, len(numbers))
            if number == len(self._sizes):
                self._sizes.append(-1 if file.size is None else file.size)
                self._kept.append(0)
                self._made.append(None)
                self._read.append(None)
            if file.artifact:
                self._kept[number] = 1
            before = uses[number]
            if before is None:
                uses[number] = use
            elif isinstance(before, list):
                before.append(use)
            else:
                uses[number] = [before, use]

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[str]:
        """Every content, as 64 hex digits, in the order in which runs met them."""
        return (content.hex() for content in self._numbers)

    def lines(self) -> Iterator[Line]:
        """Every content without anything looked up, in the order in which runs met them."""
        columns = (self._numbers, self._sizes, self._kept, self._made, self._read)
        for content, size, kept, made, read in zip(*columns, strict=True):
            yield content.hex(), size, bool(kept), _listed(made), _listed(read)

    def use(self, number: int) -> Use:
        """A use that a line names by its number."""
        return Use(self.runs[number >> PATH_BITS], self.paths[number & PATH_OF])

    def handed_on(self) -> Iterator[str]:
        """Contents that some run made and some run read, in the order in which runs met them."""
        made, read = self._made, self._read
        return (
            content.hex()
            for content, number in self._numbers.items()
            if made[number] is not None and read[number] is not None
        )

    def made_by(self, sha256: str) -> Sequence[str]:
        """The ids of the runs that wrote a content, oldest first, each once.

        Args:
            sha256: 64 hex digits.
        """
        return self._runs(self._found(sha256, self._made))

    def read_by(self, sha256: str) -> Sequence[str]:
        """The ids of the runs that read a content, oldest first, each once.

        Args:
            sha256: 64 hex digits.
        """
        return self._runs(self._found(sha256, self._read))

    def makers(self, sha256: str) -> list[Use]:
        """Who wrote a content, and where to; oldest first."""
        return [self.use(use) for use in self._found(sha256, self._made)]

    def readers(self, sha256: str) -> list[Use]:
        """Who read a content, and where from; oldest first."""
        return [self.use(use) for use in self._found(sha256, self._read)]

    def size(self, sha256: str) -> int | None:
        """Bytes of a content; None when no run told."""
        number = self._numbers.get(bytes.fromhex(sha256))
        return None if number is None or self._sizes[number] < 0 else self._sizes[number]

    def _found(self, sha256: str, uses: list[int | list[int] | None]) -> Sequence[int]:
        number = self._numbers.get(bytes.fromhex(sha256))
        return () if number is None else _listed(uses[number])

    def _runs(self, uses: Sequence[int]) -> list[str]:
        return [self.runs[run] for run in dict.fromkeys(use >> PATH_BITS for use in uses)]


def _listed(uses: int | list[int] | None) -> Sequence[int]:
    if uses is None:
        return ()
    return uses if isinstance(uses, list) else (uses,)
