"""What a site will hold, before anything is rendered: records loaded, the plan prepared."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path

from msgspec import Struct, field

from publisher.errors import PublisherError
from publisher.model.cost import Prices
from publisher.model.edition import Frozen
from publisher.model.paper import PaperFacts
from publisher.model.project import Project
from publisher.model.row import Row, Verified
from publisher.progress import Progress, silent
from publisher.publish.bounds import bounded_verified
from publisher.publish.copies import kept_copy
from publisher.publish.costs import Whole, paper_runs, whole_paper
from publisher.publish.files.contents import Contents
from publisher.publish.launching import (
    BINDER_FOLDERS,
    BINDER_READS,
    WORKFLOW,
    Door,
    Ground,
    binder_reads,
    doors,
)
from publisher.publish.listing import visible
from publisher.publish.notebooks.finding import BrokenNotebook, Found, look_for_notebooks
from publisher.publish.paper.elements import Elements
from publisher.publish.paper.home import PaperHead, paper_head, shown_facts
from publisher.publish.run.rerun import Kept
from publisher.publish.runs.chosen import Chosen, Unreadable, chosen
from publisher.store.artifacts import path_of
from publisher.store.citation import paper_facts
from publisher.store.environments import read_environment
from publisher.store.index import Index
from publisher.store.prices import prices_of
from publisher.store.reading import Reading


class Site(Struct, kw_only=True, dict=True):
    """What a site will hold, before anything is rendered."""

    project: Project
    chosen: Chosen
    notebooks: list[Found]
    broken: list[BrokenNotebook] = field(default_factory=list)  #: what of notebooks cannot be shown
    verified: dict[str, list[Verified]] = field(default_factory=dict)  #: by run, oldest first
    date: str  #: of the newest run, as 2026-11-23: the same records give the same bytes on any day
    paper: PaperFacts = PaperFacts()  #: every text of it safe to show
    prices: Prices = Prices()  #: of machines

    @cached_property
    def contents(self) -> Contents:
        """Every file of every published run, by content."""
        return Contents(self.chosen.rows)

    @cached_property
    def elements(self) -> Elements:
        """What the author's prose and the home page ask for by name."""
        return Elements(
            self.chosen.rows,
            kept=partial(kept_in, self.project),
            figures=self.project.settings.figures,
        )

    @cached_property
    def head(self) -> PaperHead:
        """The paper, and what the site holds in numbers."""
        return paper_head(
            self.paper,
            self.elements,
            notebooks=len(self.notebooks),
            files=len(self.contents),
            cost=self.whole.cost,
            doors=self.doors,
        )

    @cached_property
    def ground(self) -> Ground:
        """What the repository holds that services look for which run it."""
        return _ground_at(self.project.root)

    @cached_property
    def _paper_runs(self) -> tuple[list[tuple[str, Row]], list[str]]:
        figures = self.elements.figure_runs()
        return paper_runs(self.chosen.rows, self.project.settings.steps, figures)

    @cached_property
    def whole(self) -> Whole:
        """What it costs to run the paper again."""
        runs, left = self._paper_runs
        steps = bool(left) or any(row.step for _, row in runs)
        return whole_paper(runs, left, self.prices, steps=steps)

    @cached_property
    def repository(self) -> str:
        """Where the code is: by the paper's word, else by that of the newest run that says it; or empty."""
        rows = reversed(self.chosen.rows)
        return self.paper.repository or next((row.repository for row in rows if row.repository), "")

    @cached_property
    def doors(self) -> list[Door]:
        """The services that can run the paper, at the commit of the newest of the runs that make it."""
        newest = max((row for _, row in self._paper_runs[0]), key=lambda row: row.started, default=None)
        return doors(
            self.repository,
            newest.commit if newest else None,
            ground=self.ground,
            need=self.whole.need,
            binder=self.ground.binder or (newest is not None and self.binder_reads(newest)),
            deposit=self.paper.doi,
        )

    def binder_reads(self, row: Row) -> bool:
        """Whether Binder can make an environment of what a run saw."""
        try:
            seen = read_environment(self.project, row.environment) if row.environment else None
        except PublisherError:
            seen = None
        return seen is not None and binder_reads(seen.locks, self.ground.prefix)


class Generated(Struct, kw_only=True):
    """What a generator leaves."""

    folder: Path  #: where its rendered pages are
    directory_urls: bool  #: its links leave out `index.html`
    address: str = ""  #: where the site will be found, with `/` at the end; empty when nobody said
    edition: Frozen | None = None  #: what the site is frozen for, beside others
    templates: Path | None = None  #: the project's own templates, that are taken before ours
    warnings: list[str] = field(default_factory=list)
    names: list[str] = field(
        default_factory=list
    )  #: of persons and places, which an anonymous site leaves out
    complaints: list[str] = field(default_factory=list)  #: what its pages want and our policy forbids


def kept_in(project: Project, digest: str) -> Kept | None:
    """The kept copy of a content, when there is one."""
    path = path_of(project, digest)
    if path is None:
        return None
    place = path.relative_to(project.root).as_posix()
    return kept_copy(path, digest.removeprefix("sha256:"), place)


def load(
    project: Project, *, reading: Reading | None = None, progress: Progress = silent
) -> tuple[list[Row], list[Unreadable], dict[str, list[Verified]]]:
    """Every run, every record that cannot be read, and verifications by run, from the index.

    `reading` remembers what it had to read.
    """
    found = Index(project, reading=reading).rows(progress=progress)
    problems = [
        Unreadable(file=visible(f"records/{each.name}"), line=each.line, reason=visible(each.reason))
        for each in found.problems
    ]
    return found.rows, problems, found.verified


def prepare(
    project: Project,
    rows: list[Row],
    problems: list[Unreadable],
    verified: dict[str, list[Verified]] | None = None,
    *,
    but: list[Path] | None = None,
) -> Site:
    """What the site will hold.

    Args:
        project: Whose site.
        rows: Every run, oldest first.
        problems: Every record that cannot be read.
        verified: What re-runs of runs came to, by run.
        but: Folders in which no notebooks are looked for, because a site is written there.
    """
    wanted = project.settings.site
    shown = chosen(rows, problems, only=wanted.publish == "only")
    notebooks = look_for_notebooks(
        project.root, wanted.notebooks, but=but or [], scripts=wanted.notebook_scripts
    )
    return Site(
        project=project,
        chosen=shown,
        verified={run: list(map(bounded_verified, each)) for run, each in (verified or {}).items()},
        notebooks=notebooks.found,
        broken=notebooks.broken,
        date=max((row.started[:10] for row in shown.rows), default="1980-01-01"),
        paper=shown_facts(paper_facts(project)),
        prices=prices_of(project),
    )


def _ground_at(root: Path) -> Ground:
    """Look for what services look for, at the top of the repository in which a project lies."""
    top = next((each for each in (root, *root.parents) if (each / ".git").exists()), root)
    inner = root.relative_to(top).as_posix()
    return Ground(
        prefix="" if inner == "." else f"{inner}/",
        workflow=(top / WORKFLOW).is_file(),
        binder=any((top / each).is_dir() for each in BINDER_FOLDERS)
        or any((top / each).is_file() for each in BINDER_READS),
    )
