"""What an author's Markdown names (a run, a figure, a query), found among the published runs: plain data. Pure.

It does not know Markdown: it is given the words that stand there and answers with what to show, or says in a
sentence what is wrong with them and which words are near.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from publisher.errors import nearest, one_of
from publisher.model.identity import LATEST, may_be_prefix
from publisher.model.patterns import matches
from publisher.model.project import FigureText
from publisher.model.query import Query, parsed
from publisher.model.record import FileRef
from publisher.model.row import Row
from publisher.model.verification import MATCHES
from publisher.publish import words
from publisher.publish.hosting import commit_page
from publisher.publish.listing import visible
from publisher.publish.paper.blocks import Said, Unresolved
from publisher.publish.paper.query_plot import Plot, query_plot
from publisher.publish.paper.query_table import RunsTable, Table
from publisher.publish.run.page import opens_safely
from publisher.publish.run.rerun import Kept

SHORTEST = 4  #: digits of an id that name a run
MOST_LINES = 50  #: of a table, unless its author says otherwise


class MadeBy(Struct, frozen=True, kw_only=True):
    """The line below a figure."""

    run: str
    short: str
    title: str
    commit: str  #: short; empty when none is known
    commit_page: str  #: where it can be seen; or empty
    dirty: bool  #: the code was not exactly that commit
    started: str
    day: str
    status: words.Mark
    verdict: words.Mark
    matches: bool  #: its last re-run matched
    verified: str  #: when that was, UTC; empty when nobody re-ran it
    verified_day: str


class PaperFigure(Struct, frozen=True, kw_only=True):
    """A figure with the run that made it."""

    path: str
    address: str  #: of the kept copy
    opens: bool  #: a browser shows the copy without running anything
    alt: str
    caption: str
    made: MadeBy
    source: str = ""  #: address of the original as text, where a sanitised copy is shown


class Link(Struct, frozen=True, kw_only=True):
    """A run that a text leads to."""

    run: str
    short: str
    title: str


class Elements:
    """The published runs, asked by name."""

    def __init__(
        self,
        rows: Sequence[Row],
        *,
        kept: Callable[[str], Kept | None],
        figures: Mapping[str, FigureText] | None = None,
        verdict: Callable[[Row], words.Mark] = lambda row: words.VERDICT[row.verdict],
    ) -> None:
        """Say what there is.

        Args:
            rows: The published runs, oldest first.
            kept: Finds kept copies.
            figures: What `publisher.yml` says of figures, by path or pattern.
            verdict: Whether a re-run of a run matched.
        """
        self.rows = rows
        self.verdict = verdict
        self._kept = kept
        self._words = figures or {}

    # -- runs ------------------------------------------------------------------------------------------------

    @cached_property
    def _steps(self) -> dict[str, list[Row]]:
        return _grouped((row.step, row) for row in self.rows)

    @cached_property
    def _labels(self) -> dict[str, list[Row]]:
        return _grouped((row.label, row) for row in self.rows)

    def run(self, name: str) -> Link:
        """The run of an id, its beginning, a label, or `latest`.

        Raises:
            Unresolved: No published run, or more than one, answers to it.
        """
        row = self._run(name)
        return Link(run=row.id, short=words.short(row.id), title=words.title_of(row))

    def _run(self, name: str) -> Row:
        found = self._runs(name)
        if len(found) == 1:
            return found[0]
        if found:
            ids = one_of(words.short(row.id) for row in found)
            raise Unresolved(f"`{name}` means {len(found)} runs: {ids}", hint="give more of the id")
        if name in self._steps:
            raise Unresolved(
                f"`{name}` is a step, and a link leads to one run",
                hint=f"its newest run is `run:{words.short(self._steps[name][-1].id)}`",
            )
        raise Unresolved(f"no published run has the label or the id `{name}`", hint=self._near(name))

    def _runs(self, name: str) -> list[Row]:
        if name == LATEST:
            return list(self.rows[-1:])
        if name in self._labels:
            return self._labels[name]
        if len(name) >= SHORTEST and may_be_prefix(name):
            return [row for row in self.rows if row.id.startswith(name)]
        return []

    def _near(self, name: str, *, steps: bool = False) -> str:
        """Which names are like one that there is not."""
        if may_be_prefix(name) and len(name) < SHORTEST and any(row.id.startswith(name) for row in self.rows):
            return f"an id is named by {SHORTEST} digits of it or more"
        near = nearest(name, [*(self._steps if steps else ()), *self._labels])
        return f"nearest: {', '.join(near)}" if near else "publisher list shows the runs that there are"

    # -- figures ---------------------------------------------------------------------------------------------

    def figure(self, name: str, alt: str = "", caption: str = "") -> PaperFigure:
        """The figure that `STEP/PATH` or `RUN/PATH` names: the newest one of the step, or that of the run.

        Args:
            name: A step, the beginning of an id, a label or `latest`; `/`; the path of an output or its end.
            alt: What who does not see it is told; empty when `publisher.yml` says it.
            caption: A sentence for below it; empty when `publisher.yml` says it.

        Raises:
            Unresolved: There is no such figure, or no alt text for it.
        """
        whose, _, path = name.partition("/")
        if not path:
            raise Unresolved(
                f"`figure:{name}` names no file", hint="write it as figure:STEP/FILE, or figure:RUN/FILE"
            )
        of_step = whose in self._steps
        if of_step:
            rows = [row for row in reversed(self._steps[whose]) if row.status == "completed"]
        elif self._runs(whose):
            rows = [self._run(whose)]
        else:
            raise Unresolved(
                f"no published run of step `{whose}`, and none with this label or id",
                hint=self._near(whose, steps=True),
            )
        for row in rows:
            found = self._shown(row)
            ends = [out for out in found if out.path == path]
            ends = ends or [out for out in found if out.path.endswith(f"/{path}")]
            if len(ends) > 1:
                raise Unresolved(
                    f"`{path}` of run {words.short(row.id)} means {len(ends)} files", hint=_paths(ends)
                )
            if ends:
                return self._figure(row, ends[0], alt, caption)
        known = {out.path: out for row in rows for out in self._shown(row)}
        ends_of = {each.rpartition("/")[2]: each for each in known}
        near = nearest(path, [*known, *ends_of])
        who = f"completed run of step `{whose}`" if of_step else f"run {whose}"
        raise Unresolved(
            f"no {who} kept a figure `{path}`" if of_step else f"{who} kept no figure `{path}`",
            hint=f"nearest: {', '.join(near)}" if near else _paths(known.values()) or "it kept no figure",
        )

    def newest_figures(self, most: int) -> tuple[list[PaperFigure], int]:
        """The newest figure of each path, those that `publisher.yml` has words for first; and how many paths."""
        newest = self._newest
        order = list(self._words)

        def place(path: str) -> tuple[int, str]:
            said = self._said(path)
            return (order.index(said) if said else len(order), path)

        chosen = sorted(newest, key=place)[:most]
        made = [self._figure(*newest[path], alt="", caption="", required=False) for path in chosen]
        return made, len(newest)

    def figure_runs(self) -> list[Row]:
        """The newest run of each figure, in the order of the figures' paths."""
        return [self._newest[path][0] for path in sorted(self._newest)]

    @cached_property
    def _newest(self) -> dict[str, tuple[Row, FileRef]]:
        """The newest run that made each figure, one that completed before one that did not; by path."""
        newest: dict[str, tuple[Row, FileRef]] = {}
        for row in reversed(self.rows):
            for out in self._shown(row):
                before = newest.get(out.path)
                if before is None or (before[0].status != "completed" and row.status == "completed"):
                    newest[out.path] = (row, out)
        return newest

    def _shown(self, row: Row) -> list[FileRef]:
        """The kept outputs of a run that a browser draws."""
        return [out for out in row.pictures if self._kept(out.sha256 or "")]

    def _said(self, path: str) -> str:
        """The first pattern of `publisher.yml` that means a figure."""
        return path if path in self._words else next((p for p in self._words if matches(path, [p])), "")

    def _figure(
        self, row: Row, out: FileRef, alt: str, caption: str, *, required: bool = True
    ) -> PaperFigure:
        said = self._words.get(self._said(out.path))
        alt = alt.strip() or (said.alt if said else "") or ""
        if not alt and required:
            raise Unresolved(
                f"the figure `{out.path}` has no alt text",
                hint="say between `![` and `]` what it shows, or below `figures:` in publisher.yml",
            )
        copy = self._kept(out.sha256 or "")
        assert copy is not None, "only what is kept is shown"
        return PaperFigure(
            path=visible(out.path),
            address=copy.address,
            opens=opens_safely(copy.address),
            alt=visible(alt or f"{out.path} of run {words.short(row.id)}: {words.title_of(row)}"),
            caption=visible(caption.strip() or (said.caption if said else "") or ""),
            made=self._made_by(row),
            source=copy.source,
        )

    def _made_by(self, row: Row) -> MadeBy:
        return MadeBy(
            run=row.id,
            short=words.short(row.id),
            title=words.title_of(row),
            commit=visible(row.commit[:7]),
            commit_page=commit_page(row.repository, row.commit) or "",
            dirty=row.dirty,
            started=row.started,
            day=words.day(row.started),
            status=words.STATUS[row.status],
            verdict=self.verdict(row),
            matches=row.verdict in MATCHES,
            verified=row.verified,
            verified_day=words.day(row.verified) if row.verified else "",
        )

    # -- queries ---------------------------------------------------------------------------------------------

    @cached_property
    def _table(self) -> Table:
        return Table(self.rows, self.verdict)

    def runs(self, block: str) -> RunsTable:
        """The table that a block asks for: a query, and lines `columns:`, `sort:`, `limit:`, `caption:`.

        Raises:
            Unresolved: The query, a column or a line cannot be understood.
        """
        said = Said(block, ("query", "columns", "sort", "limit", "caption"))
        taken = self._taken(said)
        with said.line("columns"):
            columns = [self._table.column(name) for name in re.split(r"[,\s]+", said["columns"]) if name]
        with said.line("sort"):
            taken = self._table.ordered(taken, said["sort"])
        return self._table.of(
            taken,
            columns or self._table.usual(taken),
            most=said.count("limit", MOST_LINES, 2000),
            caption=visible(said["caption"]),
            query=said["query"],
        )

    def plot(self, block: str) -> Plot:
        """The plot that a block asks for: `query:`, `x:`, `y:`, `colour:`, `log:`, `alt:`, `caption:`.

        Raises:
            Unresolved: A line is missing or cannot be understood, or no run has both numbers.
        """
        said = Said(block, ("query", "x", "y", "colour", "log", "alt", "caption"), {"color": "colour"})
        return query_plot(said, self._taken(said), self._table)

    def _taken(self, said: Said) -> list[Row]:
        """The runs that a query takes, newest first."""
        with said.line("query"):
            query = parsed(said["query"])
            taken = [row for row in reversed(self.rows) if query.takes(row)]
            if not taken:
                self._must_exist(query)
        return taken

    def _must_exist(self, query: Query) -> None:
        """Refuse a query for a step, tag or label that no run has: it was mistyped."""
        known: dict[str, Iterable[str]] = {
            "step": self._steps,
            "label": self._labels,
            "tag": {tag for row in self.rows for tag in row.tags},
        }
        for word in query.text.split():
            key, colon, value = word.partition(":")
            value = value.strip('"')
            if colon and key in known and value not in known[key]:
                near = nearest(value, sorted(known[key]))
                hint = f"nearest: {', '.join(near)}" if near else ""
                raise Unresolved(f"no published run has the {key} `{value}`", hint=hint)


def _grouped(pairs: Iterable[tuple[str, Row]]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for name, row in pairs:
        if name:
            found.setdefault(name, []).append(row)
    return found


def _paths(files: Iterable[FileRef]) -> str:
    listed = one_of(sorted(out.path for out in files))
    return f"its figures: {listed}" if listed else ""
