"""Which runs stand beside a run, and what is different in them: the first thing a reviewer asks. Pure.

The neighbour is the run that it repeats; else the run before it, of the same step or command, with the fewest
other parameters. Along each parameter stand the runs that differ in that one alone. Both are found by digests of
"all parameters but this one", so that the work grows with the number of runs and not with its square.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import itemgetter, ne
from typing import Any

from msgspec import Struct

from publisher.model.row import Row, varying
from publisher.model.tree import same
from publisher.publish import words
from publisher.publish.listing import visible

MOST_DIFFERENCES = 12  #: lines that name what the neighbour has otherwise
MOST_SWEPT = 3  #: parameters along which neighbours are shown
_MOST_VARYING = 16  #: parameters along which neighbours are looked for
_LOOK_BACK = 24  #: runs that are compared when none differs in one parameter alone

_MISSING = object()


class Difference(Struct, frozen=True, kw_only=True):
    """One parameter that the neighbour has otherwise."""

    name: str
    now: str
    before: str


class Neighbour(Struct, frozen=True, kw_only=True):
    """A run to compare with, and what is different in it."""

    id: str
    title: str  #: empty when it is the same as of the run itself
    repeated: bool  #: it is the run that this one repeats
    differences: list[Difference]
    more: int  #: further differences
    same: int  #: parameters that are equal
    code: str  #: what is to be said of the code; empty when there is nothing


class Swept(Struct, frozen=True, kw_only=True):
    """One value of a parameter, and the run that has it."""

    value: str
    run: str  #: empty for the run itself


class Sweep(Struct, frozen=True, kw_only=True):
    """The nearest runs that differ in one parameter alone, in the order of its values."""

    name: str
    values: list[Swept]


class Beside(Struct, frozen=True, kw_only=True):
    """What stands beside a run."""

    neighbour: Neighbour | None = None
    sweeps: list[Sweep] = []


class Neighbours:
    """The neighbours of every run. What one of them has is worked out when it is asked for."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Take the runs in.

        Args:
            rows: Oldest first.
        """
        self._rows = {row.id: row for row in rows}
        groups: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            kind = ("step", row.step) if row.step else ("command", _program(row))
            groups.setdefault(kind, []).append(row)
        self._groups: dict[str, tuple[_Group, int]] = {}
        for members in groups.values():
            if len(members) > 1:
                group = _Group(members)
                self._groups.update((row.id, (group, at)) for at, row in enumerate(members))
        self._last: tuple[str, tuple[Row | None, list[tuple[str, list[Row]]]]] | None = None

    def of(self, run: str) -> Beside:
        """What stands beside a run."""
        row = self._rows[run]
        other, sweeps = self._found(row)
        return Beside(
            neighbour=_neighbour(row, other) if other else None,
            sweeps=[
                Sweep(
                    name=visible(name),
                    values=[
                        Swept(
                            value=_said(each.parameters.get(name, _MISSING)),
                            run="" if each is row else each.id,
                        )
                        for each in along
                    ],
                )
                for name, along in sweeps
            ],
        )

    def key(self, run: str) -> str:
        """What `of` depends on, the records of runs: for who asks whether a page is still right."""
        other, sweeps = self._found(self._rows[run])
        told = [other.sha256 if other else "-"]
        told += [each.sha256 for _, along in sweeps for each in along]
        return " ".join(told)

    def _found(self, row: Row) -> tuple[Row | None, list[tuple[str, list[Row]]]]:
        """The run to compare with, and along some parameters the nearest runs with this one between them."""
        if self._last and self._last[0] == row.id:  # who asks for the key asks for the rest next
            return self._last[1]
        place = self._groups.get(row.id)
        group, at = place if place else (None, 0)
        other = self._rows.get(row.repeats) if row.repeats and row.repeats != row.id else None
        if other is None and group:
            other = group.nearest_before(at)
        found = other, group.sweeps(at) if group else []
        self._last = row.id, found
        return found


class _Group:
    """The runs of one step or command."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.names = varying(rows)
        known: list[dict[Any, int]] = [{} for _ in self.names]
        self.codes: list[tuple[int, ...]] = []  #: of each run, a number for each value
        self.places: list[list[int]] = []  #: of each run, a digest of all values but one, for some parameters
        self.alike: dict[int, int | list[int]] = {}  #: such a digest -> the runs that have it, oldest first
        few = range(min(len(self.names), _MOST_VARYING))
        for at, row in enumerate(rows):
            parameters = row.parameters
            codes = tuple(
                seen.setdefault(_key(parameters.get(name, _MISSING)), len(seen))
                for name, seen in zip(self.names, known, strict=True)
            )
            digests = [hash(pair) for pair in enumerate(codes)]
            whole = 0
            for digest in digests:
                whole ^= digest
            places = [hash((n, whole ^ digests[n])) for n in few]
            for place in places:
                members = self.alike.setdefault(place, at)
                if isinstance(members, list):
                    members.append(at)
                elif members != at:
                    self.alike[place] = [members, at]
            self.codes.append(codes)
            self.places.append(places)
        self._ordered: dict[int, list[tuple[Any, int]]] = {}

    def nearest_before(self, at: int) -> Row | None:
        """The run before with the fewest other parameters, at least one if there is such a run."""
        best = -1
        for n, place in enumerate(self.places[at]):
            members = self.alike[place]
            if isinstance(members, list):
                here = bisect_left(members, at)
                before = reversed(members[max(0, here - _LOOK_BACK) : here])
                code = self.codes[at][n]
                best = max(best, next((each for each in before if self.codes[each][n] != code), -1))
        if best >= 0:
            return self.rows[best]
        least = len(self.names) + 1
        for each in range(at - 1, max(-1, at - 1 - _LOOK_BACK), -1):
            count = sum(map(ne, self.codes[each], self.codes[at])) or len(self.names) + 1
            if count < least or best < 0:
                best, least = each, count
        return self.rows[best] if best >= 0 else None

    def sweeps(self, at: int) -> list[tuple[str, list[Row]]]:
        """Along each parameter the run with the next smaller value, this one, and that with the next larger."""
        found: list[tuple[str, list[Row]]] = []
        for name, place in zip(self.names, self.places[at], strict=False):
            if isinstance(self.alike[place], list):
                along = self._around(name, place, at)
                if len(along) > 1:
                    found.append((name, [self.rows[each] for each in along]))
                if len(found) == MOST_SWEPT:
                    break
        return found

    def _around(self, name: str, place: int, at: int) -> list[int]:
        ordered = self._ordered.get(place)
        if ordered is None:
            members = self.alike[place]
            assert isinstance(members, list)
            ordered = sorted(
                (_order(self.rows[each].parameters.get(name, _MISSING)), each) for each in members
            )
            self._ordered[place] = ordered
        here = _order(self.rows[at].parameters.get(name, _MISSING))
        first = bisect_left(ordered, here, key=_value)
        last = bisect_right(ordered, here, key=_value)
        along = [at]
        if first > 0:
            along.insert(0, self._nearest(ordered, ordered[first - 1][0], at))
        if last < len(ordered):
            along.append(self._nearest(ordered, ordered[last][0], at))
        return along

    def _nearest(self, ordered: list[tuple[Any, int]], value: Any, at: int) -> int:
        """Of the runs with one value, the last before this one; failing that the first."""
        first = bisect_left(ordered, value, key=_value)
        before = bisect_left(ordered, (value, at))
        return ordered[max(first, before - 1)][1]


_value = itemgetter(0)


def _program(row: Row) -> str:
    """A command without the values of parameters that are typed behind it."""
    return " ".join(
        w for w in row.command.split() if w.partition("=")[0] not in row.parameters or "=" not in w
    )


def _key(value: Any) -> Any:
    """What two values have in common that are the same."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value if value == value else ("not a number",)
    return value if value is _MISSING else (type(value).__name__, repr(value))


def _order(value: Any) -> tuple[int, Any]:
    """Numbers by size, then texts, then the rest."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value == value:
        return (0, value)
    return (2, "") if value is _MISSING else (1, _said(value))


def _said(value: Any) -> str:
    return "not set" if value is _MISSING else words.value(value)


def _neighbour(row: Row, other: Row) -> Neighbour:
    names = dict.fromkeys([*row.parameters, *other.parameters])
    pairs = [(n, row.parameters.get(n, _MISSING), other.parameters.get(n, _MISSING)) for n in names]
    different = [
        Difference(name=visible(name), now=_said(now), before=_said(then))
        for name, now, then in pairs
        if not (now is not _MISSING and then is not _MISSING and same(now, then))
    ]
    title = words.title_of(other)
    return Neighbour(
        id=other.id,
        title="" if title == words.title_of(row) else title,
        repeated=other.id == row.repeats,
        differences=different[:MOST_DIFFERENCES],
        more=len(different[MOST_DIFFERENCES:]),
        same=len(pairs) - len(different),
        code=_code(row, other),
    )


def _code(row: Row, other: Row) -> str:
    if not row.commit or not other.commit:
        return ""
    if row.commit != other.commit:
        return f"another commit ({row.commit[:7]} here, {other.commit[:7]} there)"
    if row.dirty or other.dirty:
        return "the same commit, with changes that were not committed"
    return "the same commit"
