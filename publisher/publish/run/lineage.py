"""What a run stands on and what stands on it: runs that handed a content on, found by its digest. Pure.

A link is shown between two runs when the later one read bytes that the earlier one wrote. What a page says of that
must not change with every new run of a project: of an input it tells who made it first, of an output the first
runs that read it, never who else read the same input.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from publisher.model.record import FileRef
from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.listing import visible

MOST_READERS = 3  #: that are named beside an output
_MOST = {1: 4, 2: 2}  #: boxes drawn in a column one step, and two steps, away
_LONG = 50  #: uses of a content from which they are remembered
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  #: of no bytes: says nothing

_WIDE, _HIGH, _APART, _BELOW = (
    124,
    36,
    34,
    10,
)  #: of a box and of what lies between boxes, in units of the drawing
_LETTERS = 17  #: that a box has room for


class Uses(Protocol):
    """Knows which runs made and read a content; `publisher.publish.contents.Contents` does."""

    def made_by(self, sha256: str) -> Sequence[str]:
        """Ids, oldest first."""

    def read_by(self, sha256: str) -> Sequence[str]:
        """Ids, oldest first."""

    def handed_on(self) -> Iterable[str]:
        """Contents that some run made and some run read."""


class Others(Struct, frozen=True):
    """The other runs that a file's content leads to."""

    runs: list[str]  #: ids
    more: bool = False  #: and others that are not named
    name: str = ""  #: what the run that wrote it called the file, if otherwise than who read it


class Branch(Struct, frozen=True, kw_only=True):
    """A run one step away, or a file that no run of the site made or read; and what lies behind it."""

    run: str  #: empty for a file
    name: str  #: of the run's step, or the file's path
    file: str  #: what was handed on, in a few words; empty for a file
    branches: list[Branch] = []
    more: int = 0  #: further branches


class Box(Struct, frozen=True, kw_only=True):
    """One box of the drawing."""

    x: int
    y: int
    run: str  #: empty for a file, and for "and 3 more"
    lines: list[str]  #: one or two
    whole: str  #: what was cut; empty when nothing was
    kind: str  #: empty for a run, `file`, `this`, `more`


class Drawing(Struct, frozen=True, kw_only=True):
    """The lineage as a picture."""

    width: int
    height: int
    boxes: list[Box]
    lines: str  #: the path of all lines between boxes
    heads: str  #: the path of all points of arrows


class Lineage(Struct, frozen=True, kw_only=True):
    """What a run stands on, and what stands on it."""

    made: dict[str, Others]  #: digest of an input -> the run that made it
    read: dict[str, Others]  #: digest of an output -> the runs that read it
    up: list[Branch]
    down: list[Branch]
    more_up: int
    more_down: int
    drawing: Drawing | None  #: None when no other run is in it


#: Of a run that no content links to another.
ALONE = Lineage(made={}, read={}, up=[], down=[], more_up=0, more_down=0, drawing=None)


class Flow:
    """Contents as they went from run to run."""

    def __init__(self, rows: Sequence[Row], uses: Uses) -> None:
        """Take the runs in.

        Args:
            rows: Oldest first.
            uses: Who made and who read a content.
        """
        self._rows = rows
        self._at = {row.id: at for at, row in enumerate(rows)}
        self._uses = uses
        self._long: dict[tuple[str, bool], Sequence[str]] = {}
        self._linked: set[str] = set()  # runs that made or read a content which was handed on
        for sha256 in uses.handed_on():
            self._linked.update(uses.made_by(sha256), uses.read_by(sha256))

    def of(self, row: Row) -> Lineage:
        """The lineage of a run."""
        if row.id not in self._linked:
            return ALONE
        inputs, outputs = row.read_and_written
        made = {
            sha: self._named(found, sha, file)
            for file in inputs
            if (sha := _content(file)) and (found := self._maker(sha, row.id)).runs
        }
        read = {
            sha: found
            for file in outputs
            if (sha := _content(file)) and (found := self._readers(sha, row.id)).runs
        }
        if not made and not read:
            return ALONE
        up, more_up = self._branches(row, inputs, True, 1)
        down, more_down = self._branches(row, outputs, False, 1)
        return Lineage(
            made=made,
            read=read,
            up=up,
            down=down,
            more_up=more_up,
            more_down=more_down,
            drawing=_drawn(row, (up, more_up), (down, more_down)),
        )

    def _found(self, sha256: str, made: bool) -> Sequence[str]:
        found = self._long.get((sha256, made))
        if found is None:
            found = self._uses.made_by(sha256) if made else self._uses.read_by(sha256)
            if len(found) > _LONG:
                self._long[sha256, made] = found
        return found

    def _maker(self, sha256: str, run: str) -> Others:
        """The first run that wrote a content before another run."""
        found = self._found(sha256, True)
        before = bisect_left(found, self._at[run], key=self._at.__getitem__)
        return Others(list(found[: min(1, before)]), before > 1)

    def _named(self, others: Others, sha256: str, file: FileRef) -> Others:
        for out in self._rows[self._at[others.runs[0]]].outputs:
            if out.sha256 == sha256 and out.path.rpartition("/")[2] != file.path.rpartition("/")[2]:
                return Others(others.runs, others.more, words.path(out.path.rpartition("/")[2]))
        return others

    def _readers(self, sha256: str, run: str) -> Others:
        """The first runs that read a content after another run."""
        found = self._found(sha256, False)
        after = bisect_right(found, self._at[run], key=self._at.__getitem__)
        return Others(list(found[after : after + MOST_READERS]), len(found) > after + MOST_READERS)

    def _branches(self, row: Row, files: Sequence[FileRef], up: bool, step: int) -> tuple[list[Branch], int]:
        """What a run's files lead to, runs first, and how many more there are.

        Makers are earlier and readers later, so that no way leads in a circle.
        """
        handed: dict[str, list[FileRef]] = {}
        leaves: list[str] = []
        for file in files:
            sha256 = _content(file)
            others = (self._maker if up else self._readers)(sha256, row.id) if sha256 else Others([])
            for run in others.runs:
                handed.setdefault(run, []).append(file)
            if not others.runs and step > 1:  # those of the run itself stand in the tables of its page
                leaves.append(file.path)
        most = _MOST[step]
        every = len(handed) + len(leaves)
        shown = most if every <= most else most - 1
        branches: list[Branch] = []
        for run in list(handed)[:shown]:
            other = self._rows[self._at[run]]
            written = _as_written(handed[run], other.outputs) if up else [file.path for file in handed[run]]
            inner: list[Branch] = []
            more = 0
            if step + 1 in _MOST:
                inner, more = self._branches(other, other.inputs if up else other.outputs, up, step + 1)
            branches.append(
                Branch(run=run, name=visible(other.step), file=_in_words(written), branches=inner, more=more)
            )
        branches += [Branch(run="", name=words.path(p), file="") for p in leaves[: shown - len(branches)]]
        return branches, every - len(branches)


def _content(file: FileRef) -> str:
    """The digest of a content that can be recognised; empty when it has none."""
    return file.sha256 if file.sha256 and file.sha256 != _EMPTY and file.size != 0 else ""


def _as_written(files: Sequence[FileRef], outputs: Sequence[FileRef]) -> list[str]:
    """The paths of contents as the run knew them that wrote them; a reader may have read a copy."""
    paths = {out.sha256: out.path for out in reversed(outputs)}
    return [paths.get(file.sha256, file.path) for file in files]


def _in_words(paths: Sequence[str]) -> str:
    return words.path(paths[0].rpartition("/")[2]) if len(paths) == 1 else f"{len(paths)} files"


def _drawn(row: Row, up: tuple[list[Branch], int], down: tuple[list[Branch], int]) -> Drawing:
    """Columns of boxes: what it stands on at the left, this run, what stands on it at the right."""
    this = Box(x=0, y=0, run="", lines=["this run", words.short(row.id)], whole="", kind="this")
    columns: dict[int, list[tuple[Box, int]]] = {0: [(this, 0)]}  # with the place in the column before
    for side, (branches, more) in ((-1, up), (1, down)):
        near: list[tuple[Box, int]] = []
        far: list[tuple[Box, int]] = []
        for each in branches:
            for inner in each.branches:
                far.append((_box(inner), len(near)))
            if each.more:
                far.append((_more(each.more), len(near)))
            near.append((_box(each), 0))
        if more:
            near.append((_more(more), 0))
        columns |= {side: near, 2 * side: far}
    return _laid_out({level: boxes for level, boxes in sorted(columns.items()) if boxes})


def _laid_out(columns: dict[int, list[tuple[Box, int]]]) -> Drawing:
    tallest = max(len(boxes) for boxes in columns.values())
    height = tallest * (_HIGH + _BELOW) - _BELOW
    first = min(columns)
    placed: dict[int, list[Box]] = {}
    for level, boxes in columns.items():
        top = (height - len(boxes) * (_HIGH + _BELOW) + _BELOW) // 2
        x = (level - first) * (_WIDE + _APART)
        placed[level] = [
            Box(x=x, y=top + n * (_HIGH + _BELOW), run=b.run, lines=b.lines, whole=b.whole, kind=b.kind)
            for n, (b, _) in enumerate(boxes)
        ]
    lines: list[str] = []
    heads: dict[str, None] = {}
    for level, boxes in columns.items():
        inner = level + (1 if level < 0 else -1)
        for box, (_, to) in zip(placed[level], boxes, strict=True):
            if level:
                other = placed[inner][to]
                start, end = (box, other) if level < 0 else (other, box)
                x, y, u, v = start.x + _WIDE, start.y + _HIGH // 2, end.x, end.y + _HIGH // 2
                middle = (x + u) // 2
                lines.append(f"M{x} {y}C{middle} {y} {middle} {v} {u} {v}" if y != v else f"M{x} {y}H{u}")
                heads[f"M{u} {v}l-7-4v8z"] = None
    return Drawing(
        width=(max(columns) - first) * (_WIDE + _APART) + _WIDE,
        height=height,
        boxes=[box for boxes in placed.values() for box in boxes],
        lines="".join(lines),
        heads="".join(heads),
    )


def _box(branch: Branch) -> Box:
    if branch.run:
        told = f"{words.short(branch.run)} {branch.name}".rstrip()
        lines = [_cut(told), _cut(branch.file)]
        whole = "" if lines == [told, branch.file] else f"{told}, {branch.file}"
        return Box(x=0, y=0, run=branch.run, lines=lines, whole=whole, kind="")
    name = words.path(branch.name.rpartition("/")[2])
    shown = _cut(name)
    whole = "" if shown == name else branch.name  # the list below the drawing tells every path
    return Box(x=0, y=0, run="", lines=[shown], whole=whole, kind="file")


def _more(count: int) -> Box:
    return Box(x=0, y=0, run="", lines=[f"and {count} more"], whole="", kind="more")


def _cut(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"
