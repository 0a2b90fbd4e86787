"""A table of the runs that a query takes, with the columns that an author names. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct

from publisher.errors import nearest
from publisher.model.row import Row, varying
from publisher.publish import words
from publisher.publish.listing import visible
from publisher.publish.paper.blocks import Unresolved

MOST_PARAMETERS = 6  #: columns, unless the author names some
MOST_METRICS = 4

Kind = Literal["own", "param", "metric"]


class Column(Struct, frozen=True, kw_only=True):
    """A column of a table of runs."""

    kind: Kind
    name: str  #: in full
    title: str  #: as it is shown
    verdict: Callable[[Row], words.Mark]

    def raw(self, row: Row) -> Any:
        """The value of a run; None when it has none."""
        if self.kind == "param":
            return row.parameters.get(self.name)
        if self.kind == "metric":
            return row.metrics.get(self.name)
        if self.name == "verdict":
            return self.verdict(row).word
        return _OWN[self.name](row)

    def text(self, row: Row, *, exact: bool = False) -> str:
        """The value of a run in words; empty when it has none.

        Args:
            row: The run.
            exact: With all digits of a number.
        """
        found = self.raw(row)
        if found is None or found == "":
            return ""
        if self.kind == "own":
            if self.name == "started":
                return words.moment(row.started)
            if self.name == "duration" and not exact:
                return words.duration(found)
            if self.name == "status":
                mark = words.STATUS[row.status]
                return f"{mark.shape}\u00a0{mark.word}"
            return visible(str(found))
        number = isinstance(found, int | float) and not isinstance(found, bool)
        if number and not exact and self.kind == "metric":
            return words.number(found)
        return visible(words.value(found))


_OWN: dict[str, Callable[[Row], Any]] = {
    "started": lambda row: row.started,
    "status": lambda row: row.status,
    "step": lambda row: row.step,
    "reason": lambda row: row.reason,
    "label": lambda row: row.label,
    "outcome": lambda row: row.outcome,
    "tags": lambda row: ", ".join(row.tags),
    "commit": lambda row: row.commit[:7],
    "duration": lambda row: row.duration,
    "verdict": lambda row: "",
}
_OTHERWISE = {"when": "started", "took": "duration", "why": "reason"}  #: what these columns are also called
_TITLES = {"started": "when", "duration": "took", "reason": "why"}


class Cell(Struct, frozen=True):
    """A value in a table."""

    text: str
    numeric: bool


class Line(Struct, frozen=True, kw_only=True):
    """A run in a table."""

    run: str
    short: str
    title: str
    cells: list[Cell]


class RunsTable(Struct, frozen=True, kw_only=True):
    """A table of runs."""

    columns: list[tuple[str, bool]]  #: title, and whether its values are numbers
    lines: list[Line]
    more: int  #: runs that the query takes and the table does not show
    caption: str
    query: str


class Table:
    """What all published runs have, by name."""

    def __init__(self, rows: Sequence[Row], verdict: Callable[[Row], words.Mark]) -> None:
        self.rows = rows
        self._verdict = verdict

    @cached_property
    def _names(self) -> dict[Kind, list[str]]:
        parameters = dict.fromkeys(name for row in self.rows for name in row.parameters)
        metrics = dict.fromkeys(name for row in self.rows for name in row.metrics)
        return {"param": list(parameters), "metric": list(metrics)}

    def column(self, name: str) -> Column:
        """The column that a name means: a parameter or metric by its full name or its end, or one of our own.

        Raises:
            Unresolved: No run has it, or it may mean more than one.
        """
        own = _OTHERWISE.get(name, name)
        if own in _OWN:
            return self._column("own", own)
        kind, dot, rest = name.partition(".")
        wanted: list[Kind] = ["param", "metric"]
        if dot and kind in wanted:
            wanted, name = [kind], rest
        full: list[tuple[Kind, str]] = [(kind, name) for kind in wanted if name in self._names[kind]]
        if not full:
            full = [
                (kind, each) for kind in wanted for each in self._names[kind] if each.endswith(f".{name}")
            ]
        if len(full) == 1:
            return self._column(*full[0])
        if full:
            which = " or ".join(f"`{kind}.{each}`" for kind, each in full[:4])
            raise Unresolved(f"the column `{name}` may mean {which}", hint="say which")
        known = [*self._names["param"], *self._names["metric"], *_OWN, *_OTHERWISE]
        near = nearest(name, known)
        raise Unresolved(
            f"no published run has a parameter or a metric `{name}`",
            hint=f"nearest: {', '.join(near)}" if near else "publisher show latest names those of a run",
        )

    def _column(self, kind: Kind, name: str) -> Column:
        title = _TITLES.get(name, name) if kind == "own" else visible(name)
        return Column(kind=kind, name=name, title=title, verdict=self._verdict)

    def usual(self, taken: Sequence[Row]) -> list[Column]:
        """The columns of a table whose author names none: parameters that vary, and metrics."""
        oldest_first = list(reversed(taken))
        counted = Counter(name for row in oldest_first for name in row.metrics)
        columns = [self._column("param", name) for name in varying(oldest_first)[:MOST_PARAMETERS]]
        columns += [self._column("metric", name) for name, _ in counted.most_common(MOST_METRICS)]
        return columns or [self._column("own", "started"), self._column("own", "reason")]

    def ordered(self, taken: Sequence[Row], by: str) -> list[Row]:
        """Runs by a column, the least first; `-` before the name turns the order. Those without a value come last.

        Raises:
            Unresolved: There is no such column.
        """
        if not by:
            return list(taken)
        column = self.column(by.removeprefix("-"))
        having = [row for row in taken if column.raw(row) not in (None, "")]
        lacking = [row for row in taken if column.raw(row) in (None, "")]
        having.sort(key=lambda row: _sortable(column.raw(row)), reverse=by.startswith("-"))
        return having + lacking

    def of(
        self,
        taken: Sequence[Row],
        columns: Sequence[Column],
        *,
        most: int,
        caption: str = "",
        query: str = "",
        exact: bool = False,
    ) -> RunsTable:
        """The table of some runs.

        Args:
            taken: The runs, in their order.
            columns: Its columns.
            most: Lines at most.
            caption: Stands above it.
            query: How the runs were asked for.
            exact: Numbers with all digits.
        """
        shown = taken[:most]
        cells: list[list[Cell]] = []
        kinds: list[tuple[str, bool]] = []
        for column in columns:
            texts = [column.text(row, exact=exact) for row in shown]
            numeric = column.name != "started" and all(
                _is_number(column.raw(row)) for row, text in zip(shown, texts, strict=True) if text
            )
            if numeric and column.name != "duration":
                having = iter(words.aligned([text for text in texts if text]))
                texts = [next(having) if text else "" for text in texts]
            kinds.append((column.title, numeric))
            cells.append([Cell(text, numeric) for text in texts])
        return RunsTable(
            columns=kinds,
            lines=[
                Line(
                    run=row.id,
                    short=words.short(row.id),
                    title=words.title_of(row),
                    cells=[column[at] for column in cells],
                )
                for at, row in enumerate(shown)
            ],
            more=len(taken) - len(shown),
            caption=caption,
            query=query,
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sortable(value: Any) -> tuple[int, Any]:
    if _is_number(value):
        return (1, 0) if isinstance(value, float) and math.isnan(value) else (0, value)
    return (2, words.value(value))
