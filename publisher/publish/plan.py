"""Which pages there are and what the overview pages show, from rows alone. Pure.

What the page of one run shows is `run_page.py`'s; how a page looks is the templates'.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from publisher.model.files import SHOWN, suffix
from publisher.model.identity import run_of_name
from publisher.model.project import Paper
from publisher.model.row import Row, varying
from publisher.publish import words
from publisher.publish.listing import visible
from publisher.publish.run_page import Difference, Figure, FindKept, Neighbour, opens_safely, title_of

MOST_PARAMETERS = 6  #: columns of the runs table
MOST_METRICS = 4
MOST_DIFFERENCES = 12  #: lines that name what the neighbour has otherwise


class Unreadable(Struct, frozen=True, kw_only=True):
    """A record file that cannot be shown, and why."""

    file: str  #: relative to the project
    line: int  #: 0 when it is not about a line
    reason: str


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


class RunsPage(Struct, frozen=True, kw_only=True):
    """The runs page."""

    lines: list[RunLine | BrokenLine]  #: newest first
    parameters: list[str]
    metrics: list[str]
    more_parameters: int  #: that vary too and have no column
    steps: bool  #: any run has a step
    summary: str


class GalleryFigure(Struct, frozen=True, kw_only=True):
    """A figure in the gallery, with the run that made it."""

    figure: Figure
    run: str
    short: str
    title: str
    mark: words.Mark
    verdict: words.Mark
    started: str
    when: str
    differs: str  #: the parameters that tell it from the others, on one line


class GalleryGroup(Struct, frozen=True, kw_only=True):
    """All figures that were written to one path."""

    path: str
    anchor: str
    figures: list[GalleryFigure]  #: newest first


class FiguresPage(Struct, frozen=True, kw_only=True):
    """The gallery."""

    groups: list[GalleryGroup]


class HomePage(Struct, frozen=True, kw_only=True):
    """The home page of a site that has none of its own."""

    title: str
    abstract: str
    doi: str
    summary: str
    figures: list[GalleryFigure]
    notebooks: int


class Chosen(Struct, frozen=True, kw_only=True):
    """The runs that are published."""

    rows: list[Row]  #: oldest first, no two with one id
    problems: list[Unreadable]


def chosen(rows: Sequence[Row], problems: Sequence[Unreadable], *, only: bool = False) -> Chosen:
    """The runs that may be shown. One that says `publish: false` is on no page and in no data file.

    With `only`, those alone are shown that say `publish: true`. Of two files with one id the first is shown and
    the other is a problem: an address leads to one run.
    """
    taken: dict[str, Row] = {}
    twice: list[Unreadable] = []
    for row in rows:
        if row.publish is False or (only and not row.publish):
            continue
        if row.id in taken:
            reason = f"has the id of {taken[row.id].name.rpartition('/')[2]}, so it is not shown"
            twice.append(Unreadable(file=f"records/{row.name}", line=0, reason=reason))
        else:
            taken[row.id] = row
    return Chosen(rows=list(taken.values()), problems=[*problems, *twice])


def neighbours(rows: Sequence[Row]) -> dict[str, Neighbour]:
    """For each run that has one, the run before it of the same step, or of the same command, and the difference.

    Args:
        rows: Oldest first.
    """
    last: dict[tuple[str, str], Row] = {}
    found: dict[str, Neighbour] = {}
    for row in rows:
        kind = ("step", row.step) if row.step else ("command", _program(row))
        before = last.get(kind)
        if before is not None:
            found[row.id] = _neighbour(row, before)
        last[kind] = row
    return found


def _program(row: Row) -> str:
    """A command without the values of parameters that are typed behind it."""
    return " ".join(
        w for w in row.command.split() if w.partition("=")[0] not in row.parameters or "=" not in w
    )


def _neighbour(row: Row, before: Row) -> Neighbour:
    missing = object()
    names = dict.fromkeys([*row.parameters, *before.parameters])
    pairs = [(n, row.parameters.get(n, missing), before.parameters.get(n, missing)) for n in names]
    different = [
        Difference(
            name=name,
            now="not set" if now is missing else words.value(now),
            before="not set" if then is missing else words.value(then),
        )
        for name, now, then in pairs
        if not _alike(now, then)
    ]
    return Neighbour(
        id=before.id,
        title=title_of(before),
        differences=different[:MOST_DIFFERENCES],
        same=len(pairs) - len(different),
        code=_code(row, before),
    )


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other) or (one != one and other != other)  # NaN is NaN


def _code(row: Row, before: Row) -> str:
    if not row.commit or not before.commit:
        return ""
    if row.commit != before.commit:
        return f"another commit ({row.commit[:7]}, then {before.commit[:7]})"
    if row.dirty or before.dirty:
        return f"the same commit ({row.commit[:7]}), with changes that were not committed"
    return f"the same commit ({row.commit[:7]})"


def runs_page(chosen: Chosen) -> RunsPage:
    """The table of all runs, newest first, with the records that could not be read in their place."""
    rows = chosen.rows
    vary = varying(rows)
    often = Counter(name for row in rows for name in row.parameters)
    columns = sorted(vary, key=lambda name: (-often[name], vary.index(name)))[:MOST_PARAMETERS]
    columns.sort(key=vary.index)
    counted = Counter(name for row in rows for name in row.metrics)
    metrics = [name for name, _ in counted.most_common(MOST_METRICS)]
    numbers = {
        name: dict(zip([r.id for r in rows if name in r.metrics], column, strict=True))
        for name in metrics
        for column in [words.aligned([words.number(r.metrics[name]) for r in rows if name in r.metrics])]
    }
    lines: list[tuple[str, RunLine | BrokenLine]] = [
        (row.name.rpartition("/")[2], _run_line(row, columns, metrics, numbers)) for row in rows
    ]
    lines += [(each.file.rpartition("/")[2], _broken_line(each)) for each in chosen.problems]
    lines.sort(key=lambda line: line[0], reverse=True)
    return RunsPage(
        lines=[line for _, line in lines],
        parameters=[visible(name) for name in columns],
        metrics=[visible(name) for name in metrics],
        more_parameters=len(vary) - len(columns),
        steps=any(row.step for row in rows),
        summary=summary(chosen),
    )


def _run_line(
    row: Row, columns: Sequence[str], metrics: Sequence[str], numbers: Mapping[str, Mapping[str, str]]
) -> RunLine:
    return RunLine(
        id=row.id,
        short=words.short(row.id),
        title=title_of(row),
        outcome=row.outcome,
        step=visible(row.step),
        tags=[visible(tag) for tag in row.tags],
        mark=words.STATUS[row.status],
        verdict=words.UNVERIFIED,
        started=row.started,
        when=words.moment(row.started),
        took="" if row.duration is None else words.duration(row.duration),
        took_exact="" if row.duration is None else f"{row.duration!r} s",
        values=[words.value(row.parameters[name]) if name in row.parameters else "" for name in columns],
        metrics=[numbers[name].get(row.id, "") for name in metrics],
    )


def _broken_line(problem: Unreadable) -> BrokenLine:
    name = problem.file.rpartition("/")[2]
    day, time = name[:8], name[9:15]
    known = run_of_name(name) and day.isdigit() and time.isdigit() and 1 <= int(day[4:6]) <= 12
    started = f"{day[:4]}-{day[4:6]}-{day[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z" if known else ""
    when = words.moment(started) if started else ""
    return BrokenLine(mark=words.BROKEN, problem=problem, started=started, when=when)


def summary(chosen: Chosen) -> str:
    """How many runs there are and how they ended: `26 runs: 24 completed, 2 failed; 1 record is unreadable`."""
    if not chosen.rows and not chosen.problems:
        return "no runs yet"
    counted = Counter[str](row.status for row in chosen.rows)
    told = ", ".join(f"{counted[status]} {status}" for status in words.STATUS if status in counted)
    text = words.plural(len(chosen.rows), "run") + (f": {told}" if told else "")
    if chosen.problems:
        text += "; " + words.plural(len(chosen.problems), "record is", "records are") + " unreadable"
    return text


def figures_page(chosen: Chosen, kept: FindKept) -> FiguresPage:
    """Every figure of every run that a browser can draw, by the path that it was written to.

    Args:
        chosen: The runs.
        kept: Finds kept copies.
    """
    groups: dict[str, list[GalleryFigure]] = {}
    vary = varying(chosen.rows)
    for row in reversed(chosen.rows):
        for out in row.outputs:
            if out.artifact and out.sha256 and suffix(out.path) in SHOWN and (copy := kept(out.sha256)):
                groups.setdefault(out.path, []).append(_gallery_figure(row, out.path, copy.address, vary))
    return FiguresPage(
        groups=[
            GalleryGroup(path=visible(path), anchor=f"figure-{number}", figures=figures)
            for number, (path, figures) in enumerate(sorted(groups.items()), 1)
        ]
    )


def _gallery_figure(row: Row, path: str, address: str, vary: Sequence[str]) -> GalleryFigure:
    told = [f"{name} {words.value(row.parameters[name])}" for name in vary if name in row.parameters]
    return GalleryFigure(
        figure=Figure(
            path=visible(path),
            address=address,
            alt=f"{visible(path)} of run {words.short(row.id)}: {title_of(row)}",
            opens=opens_safely(address),
        ),
        run=row.id,
        short=words.short(row.id),
        title=title_of(row),
        mark=words.STATUS[row.status],
        verdict=words.UNVERIFIED,
        started=row.started,
        when=words.moment(row.started),
        differs=visible(" · ".join(told[:MOST_PARAMETERS])),
    )


def home_page(paper: Paper, chosen: Chosen, figures: FiguresPage, notebooks: int) -> HomePage:
    """The home page of a site that has none of its own: the paper, what the site holds, where to start."""
    newest = [group.figures[0] for group in figures.groups]
    doi = (paper.doi or "").removeprefix("https://doi.org/").removeprefix("doi:")
    return HomePage(
        title=paper.title or "The runs behind this work",
        abstract=paper.abstract or "",
        doi=doi if doi.startswith("10.") and "/" in doi else "",
        summary=summary(chosen),
        figures=newest[:6],
        notebooks=notebooks,
    )


def records_data(chosen: Chosen) -> dict[str, Any]:
    """What `data/records.json` holds."""
    return {
        "about": (
            "Every published run, oldest first, one flat object each. Times are UTC, durations seconds. "
            "A parameter is `param.` and its dotted name, a metric `metric.` and its name. JSON has no word for "
            "numbers that are none: they are the texts NaN, Infinity and -Infinity. "
            "The whole record of a run is runs/ID.yml; its schema is data/record.schema.json."
        ),
        "version": 1,
        "records": [_plain(row.as_flat()) for row in chosen.rows],
        "unreadable": [
            {"file": each.file, "line": each.line, "reason": each.reason} for each in chosen.problems
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    return value
