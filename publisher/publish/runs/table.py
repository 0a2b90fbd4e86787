"""The runs page without a script: the newest runs as a table, with the records that could not be read. Pure.

A page with few runs holds them all. One with many holds the newest, and the explorer has the rest from a data
script (`explorer.py`), so the page stays small however many there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import nlargest

from msgspec import Struct

from publisher.model.identity import run_of_name
from publisher.model.row import Row, varying
from publisher.publish import words
from publisher.publish.listing import visible
from publisher.publish.runs.chosen import Chosen, Unreadable, summary

ALL_UP_TO = 200  #: runs and unreadable records; so many stand in the page itself
NEWEST = 50  #: of more than that, these do
MOST_PARAMETERS = 6  #: columns that are shown unless a reader chooses others
MOST_METRICS = 4


class RunLine(Struct, frozen=True, kw_only=True):
    """A run in the runs table."""

    id: str
    short: str
    title: str
    outcome: str
    step: str
    tags: list[str]
    mark: words.Mark
    verdict: words.Mark
    started: str
    when: str
    took: str
    took_exact: str
    values: list[str]  #: of the parameters that vary, one a column; empty where the run has none
    metrics: list[str]  #: padded so that their points stand in line


class BrokenLine(Struct, frozen=True, kw_only=True):
    """A record in the runs table that could not be read, in its place."""

    mark: words.Mark
    problem: Unreadable
    started: str  #: as the file's name has it; empty when it has none
    when: str


class Columns(Struct, frozen=True, kw_only=True):
    """Which parameters and metrics a table of runs has, by their names in the record."""

    varying: list[str]  #: parameters that are not the same in all runs
    parameters: list[str]  #: of those, the ones that are shown at first
    metrics: list[str]  #: the ones that are shown at first: that vary, and that most runs have


class RunsPage(Struct, frozen=True, kw_only=True):
    """The runs page."""

    lines: list[RunLine | BrokenLine]  #: newest first
    parameters: list[str]
    metrics: list[str]
    more_parameters: int  #: that vary too and have no column
    more_lines: int  #: runs and unreadable records that are older than those in `lines`
    steps: bool  #: any run has a step
    summary: str
    explored: bool  #: there are runs, and so a data script
    plots: bool  #: the plotting library is in the site, and there are numbers to plot


def columns_of(rows: Sequence[Row]) -> Columns:
    """The columns that tell these runs apart: parameters that vary and metrics that most have."""
    vary = varying(rows)
    often = Counter(name for row in rows for name in row.parameters)
    place = {name: at for at, name in enumerate(vary)}
    telling = [name for name in vary if _tells_apart(rows, name)] or vary
    columns = sorted(telling, key=lambda name: (-often[name], place[name]))[:MOST_PARAMETERS]
    counted = Counter(name for row in rows for name in row.metrics)
    first = {name: row.metrics[name] for row in reversed(rows) for name in row.metrics}
    same = {
        name for name in counted if all(row.metrics.get(name, first[name]) == first[name] for row in rows)
    }
    return Columns(
        varying=vary,
        parameters=sorted(columns, key=place.__getitem__),
        metrics=sorted(counted, key=lambda name: (name in same, -counted[name]))[:MOST_METRICS],
    )


def _tells_apart(rows: Sequence[Row], name: str) -> bool:
    """Whether more than a single odd run has another value than most; of few runs each one counts."""
    values = Counter(repr(row.parameters[name]) for row in rows if name in row.parameters)
    ((_, commonest),) = values.most_common(1)
    return values.total() - commonest >= min(2, values.total() // 3)


def runs_page(chosen: Chosen, columns: Columns | None = None, *, plots: bool = False) -> RunsPage:
    """The table of runs, newest first, with the records that could not be read in their place.

    Args:
        chosen: The runs.
        columns: What `columns_of` says of them, when it is known already.
        plots: Whether the plotting library is in the site.
    """
    rows = chosen.rows
    columns = columns or columns_of(rows)
    places = [(name_of(row), at) for at, row in enumerate(rows)]
    places += [(each.file.rpartition("/")[2], -1 - at) for at, each in enumerate(chosen.problems)]
    most = len(places) if len(places) <= ALL_UP_TO else NEWEST
    shown = [at for _, at in nlargest(most, places)]
    taken = [rows[at] for at in shown if at >= 0]
    numbers = _aligned_metrics(taken, columns.metrics)
    return RunsPage(
        lines=[
            _run_line(rows[at], columns, numbers) if at >= 0 else _broken_line(chosen.problems[-1 - at])
            for at in shown
        ],
        parameters=[visible(name) for name in columns.parameters],
        metrics=[visible(name) for name in columns.metrics],
        more_parameters=len(columns.varying) - len(columns.parameters),
        more_lines=len(places) - len(shown),
        steps=any(row.step for row in rows),
        summary=summary(chosen),
        explored=bool(rows),
        plots=plots,
    )


def name_of(row: Row) -> str:
    """The name of a run's file, by which runs and unreadable records stand in one order of time."""
    return row.name.rpartition("/")[2]


def started_by_name(name: str) -> str:
    """When a run began, as the name of its record's file has it; empty when it has none."""
    day, time = name[:8], name[9:15]
    known = run_of_name(name) and day.isdigit() and time.isdigit() and 1 <= int(day[4:6]) <= 12
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z" if known else ""


def _aligned_metrics(rows: Sequence[Row], metrics: Sequence[str]) -> dict[str, dict[str, str]]:
    """By metric and run, the number as it is shown."""
    found: dict[str, dict[str, str]] = {}
    for name in metrics:
        having = [row for row in rows if name in row.metrics]
        texts = words.aligned([words.number(row.metrics[name]) for row in having])
        found[name] = dict(zip([row.id for row in having], texts, strict=True))
    return found


def _run_line(row: Row, columns: Columns, numbers: Mapping[str, Mapping[str, str]]) -> RunLine:
    return RunLine(
        id=row.id,
        short=words.short(row.id),
        title=words.title_of(row),
        outcome=row.outcome,
        step=visible(row.step),
        tags=[visible(tag) for tag in row.tags],
        mark=words.STATUS[row.status],
        verdict=words.VERDICT[row.verdict],
        started=row.started,
        when=words.moment(row.started),
        took="" if row.duration is None else words.duration(row.duration),
        took_exact="" if row.duration is None else f"{row.duration!r} s",
        values=[
            words.value(row.parameters[name]) if name in row.parameters else "" for name in columns.parameters
        ],
        metrics=[numbers[name].get(row.id, "") for name in columns.metrics],
    )


def _broken_line(problem: Unreadable) -> BrokenLine:
    started = started_by_name(problem.file.rpartition("/")[2])
    when = words.moment(started) if started else ""
    return BrokenLine(mark=words.BROKEN, problem=problem, started=started, when=when)
