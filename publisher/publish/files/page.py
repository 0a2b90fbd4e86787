"""What the data page shows: every file by its content, by path; capped, because a study may have a million. Pure.

The question that leads it: which data goes into this work, what comes out, and which run stands between?
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence

from msgspec import Struct

from publisher.publish import words
from publisher.publish.files.contents import PATH_BITS, PATH_OF, Contents, Line
from publisher.publish.listing import visible
from publisher.publish.run.page import FindKept, opens_safely

MOST_PATHS = 150  #: of one kind; the lookup page finds the others
MOST_CONTENTS = 5  #: of one path, the newest
MOST_RUNS = 3  #: that made or read one content and are named

_COPIES = "records/artifacts/"  # a run that reads a kept copy reads the file that it is a copy of


class Runs(Struct, frozen=True, kw_only=True):
    """Some runs, and how many more there are."""

    named: list[str]
    more: int


class Content(Struct, frozen=True, kw_only=True):
    """One content."""

    sha256: str
    size: str
    exact_size: str
    address: str  #: of the kept copy; empty when there is none
    opens: bool  #: a browser shows the copy without running anything
    made: Runs
    read: Runs


class PathGroup(Struct, frozen=True, kw_only=True):
    """All contents that stood under one path."""

    path: str
    contents: list[Content]  #: newest first
    more: int  #: contents that are not shown


class Kind(Struct, frozen=True, kw_only=True):
    """Paths that play one part."""

    anchor: str
    title: str
    sentence: str
    paths: list[PathGroup]
    more: int  #: paths that are not shown


class DataPage(Struct, frozen=True, kw_only=True):
    """The data page."""

    kinds: list[Kind]
    runs: int
    contents: int
    unknown: int  #: files of which nobody could tell the content


_KINDS = {
    "in": ("What goes in", "Read by runs, made by none of them: what this work starts from."),
    "between": ("Handed on", "Made by one run and read by another."),
    "out": ("What comes out", "Made by runs, and read by none of them."),
}


class _Path:
    """What is gathered of one path."""

    def __init__(self) -> None:
        self.count = 0
        self.newest: deque[Line] = deque(maxlen=MOST_CONTENTS)
        self.made = self.read = False


def data_page(contents: Contents, kept: FindKept) -> DataPage:
    """What the data page shows.

    Args:
        contents: All of them.
        kept: Finds kept copies.
    """
    gathered: dict[int, _Path] = {}
    copies = {number for number, path in enumerate(contents.paths) if path.startswith(_COPIES)}
    for line in contents.lines():
        _, _, _, made, read = line
        found = {use & PATH_OF for uses in (made, read) for use in uses}
        for path in found - copies or found:
            group = gathered.setdefault(path, _Path())
            group.count += 1
            group.newest.append(line)
            group.made |= bool(made)
            group.read |= bool(read)
    sorted_in: dict[str, list[tuple[str, _Path]]] = {kind: [] for kind in _KINDS}
    for number, group in gathered.items():
        kind = "out" if not group.read else "between" if group.made else "in"
        sorted_in[kind].append((contents.paths[number], group))
    return DataPage(
        kinds=[
            Kind(
                anchor=f"data-{kind}",
                title=title,
                sentence=sentence,
                paths=[
                    _group(contents, path, group, kept)
                    for path, group in sorted(sorted_in[kind], key=lambda each: _natural(each[0]))[
                        :MOST_PATHS
                    ]
                ],
                more=max(0, len(sorted_in[kind]) - MOST_PATHS),
            )
            for kind, (title, sentence) in _KINDS.items()
            if sorted_in[kind]
        ],
        runs=len(contents.runs),
        contents=len(contents),
        unknown=contents.unknown,
    )


def _natural(path: str) -> list[tuple[int, str]]:
    """What paths are sorted by, as people count: `in-2` stands before `in-10`."""
    parts = re.split(r"([0-9]+)", path)
    return [
        (len(part.lstrip("0")), part.lstrip("0")) if at % 2 else (0, part) for at, part in enumerate(parts)
    ] + [(0, path)]


def _group(contents: Contents, path: str, group: _Path, kept: FindKept) -> PathGroup:
    return PathGroup(
        path=visible(path),
        contents=[_content(contents, line, kept) for line in reversed(group.newest)],
        more=group.count - len(group.newest),
    )


def _content(contents: Contents, line: Line, kept: FindKept) -> Content:
    sha256, size, has_copy, made, read = line
    copy = kept(sha256) if has_copy else None
    return Content(
        sha256=sha256,
        size="" if size < 0 else words.size(size),
        exact_size="" if size < 0 else words.plural(size, "byte"),
        address=copy.original if copy else "",
        opens=bool(copy and opens_safely(copy.original)),
        made=_runs(contents.runs, made),
        read=_runs(contents.runs, read),
    )


def _runs(runs: Sequence[str], uses: Iterable[int]) -> Runs:
    numbers = dict.fromkeys(use >> PATH_BITS for use in uses)
    named = [runs[number] for number in list(numbers)[:MOST_RUNS]]
    return Runs(named=named, more=len(numbers) - len(named))
