"""A plot of the runs that a query takes: what is drawn, what is not, and the same as a table. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.listing import visible
from publisher.publish.paper.blocks import Said, Unresolved
from publisher.publish.paper.plots import SHAPES, Chart, chart
from publisher.publish.paper.query_table import Column, RunsTable, Table

MOST_DOTS = 2000  #: of a plot
MOST_STOPS = 60  #: points up to which each can be reached by keyboard; the table below a plot has all of them


class Series(Struct, frozen=True, kw_only=True):
    """The points of one colour."""

    name: str
    number: int  #: of its shape and colour, from 0
    shape: str
    count: int


class Point(Struct, frozen=True, kw_only=True):
    """A run in a plot."""

    run: str
    title: str
    x: str
    y: str
    number: int
    shape: str


class Plot(Struct, frozen=True, kw_only=True):
    """A plot of a query."""

    chart: Chart
    points: list[Point]
    stops: bool  #: each point can be reached by keyboard
    x_name: str
    y_name: str
    colour: str  #: what the colours mean; empty when there is only one
    series: list[Series]
    alt: str
    caption: str
    note: str  #: what is not drawn, in a sentence; or empty
    table: RunsTable


def query_plot(said: Said, taken: Sequence[Row], table: Table) -> Plot:
    """The plot that a block asks for.

    Args:
        said: Its lines: `x:`, `y:`, `colour:`, `log:`, `alt:`, `caption:`.
        taken: The runs, newest first.
        table: Knows the columns.

    Raises:
        Unresolved: A line is missing or cannot be understood, or no run has both numbers.
    """
    for name in ("x", "y", "alt"):
        if not said[name]:
            why = ": say what the plot shows, for who does not see it" if name == "alt" else ""
            raise Unresolved(f"the plot has no line `{name}:`{why}")
    found = dict[str, Column]()
    for name in ("x", "y", "colour"):
        if said[name]:
            with said.line(name):
                found[name] = table.column(said[name])
    log = set(said["log"].replace(",", " ").split())
    if log - {"x", "y"}:
        raise Unresolved("`log:` takes `x`, `y` or both", line=said.where("log"))
    return _drawn(said, taken, found, log, table)


def _drawn(
    said: Said, taken: Sequence[Row], found: Mapping[str, Column], log: set[str], table: Table
) -> Plot:
    x, y, by = found["x"], found["y"], found.get("colour")
    dots: list[tuple[Row, float, float]] = []
    for row in reversed(taken):
        at_x, at_y = _drawable(x.raw(row), "x" in log), _drawable(y.raw(row), "y" in log)
        if at_x is not None and at_y is not None:
            dots.append((row, at_x, at_y))
    if not dots:
        lacking = (
            "has both numbers" if not log else "has both numbers, above zero where an axis is logarithmic"
        )
        raise Unresolved(f"no run that the query takes {lacking}: there is nothing to plot")
    missing = len(taken) - len(dots)
    dots, cut = dots[-MOST_DOTS:], max(0, len(dots) - MOST_DOTS)
    series, number_of = _series([by.raw(row) for row, _, _ in dots] if by else [None] * len(dots))
    drawn = chart(
        [(at_x, at_y, number) for (_, at_x, at_y), number in zip(dots, number_of, strict=True)],
        log_x="x" in log,
        log_y="y" in log,
    )
    columns = list(dict.fromkeys([x, y, *([by] if by else [])]))
    points = [
        Point(
            run=row.id,
            title=f"run {words.short(row.id)}: " + ", ".join(f"{c.title} {c.text(row)}" for c in columns),
            x=dot.x,
            y=dot.y,
            number=dot.group,
            shape=SHAPES[dot.group],
        )
        for (row, _, _), dot in zip(dots, drawn.dots, strict=True)
    ]
    notes = []
    if missing:
        notes.append(f"{words.plural(missing, 'run')} without these numbers not drawn")
    if cut:
        notes.append(f"only the newest {words.plural(MOST_DOTS, 'run')} drawn")
    rows = [row for row, _, _ in reversed(dots)]
    return Plot(
        chart=drawn,
        points=points,
        stops=len(points) <= MOST_STOPS,
        x_name=x.title,
        y_name=y.title,
        colour=by.title if by else "",
        series=series,
        alt=visible(said["alt"]),
        caption=visible(said["caption"]),
        note="; ".join(notes),
        table=table.of(rows, columns, most=MOST_DOTS, query=said["query"], exact=True),
    )


def _drawable(value: object, log: bool) -> float | None:
    """A value as a number that has a place on an axis."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and (number > 0 or not log) else None


def _series(values: Sequence[object]) -> tuple[list[Series], list[int]]:
    """A shape for each value, in their order; the rarest share the last one when there are too many."""
    names = [words.value(value) if value is not None else "not set" for value in values]
    kinds = dict(zip(names, values, strict=True))
    often = Counter(names)

    def order(name: str) -> tuple[int, float, str]:
        number = _drawable(kinds[name], log=False)
        return (1, 0.0, name) if number is None else (0, number, "")

    ordered = sorted(kinds, key=order)
    if len(ordered) <= len(SHAPES):
        shown, rest = ordered, list[str]()
    else:
        most = sorted(ordered, key=lambda name: (-often[name], ordered.index(name)))[: len(SHAPES) - 1]
        shown = [name for name in ordered if name in most]
        rest = [name for name in ordered if name not in most]
    number_of = {name: at for at, name in enumerate(shown)} | dict.fromkeys(rest, len(SHAPES) - 1)
    series = [
        Series(name=visible(name), number=at, shape=SHAPES[at], count=often[name])
        for at, name in enumerate(shown)
    ]
    if rest:
        at = len(SHAPES) - 1
        count = sum(often[name] for name in rest)
        series.append(Series(name=f"{len(rest)} other values", number=at, shape=SHAPES[at], count=count))
    return series, [number_of[name] for name in names]
