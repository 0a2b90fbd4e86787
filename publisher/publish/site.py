"""What a site will hold, before anything is rendered: records loaded, the plan prepared."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, field

from publisher.model.project import Project
from publisher.model.row import Row
from publisher.progress import Progress, silent
from publisher.publish.listing import visible
from publisher.publish.notebooks import Found, find_notebooks
from publisher.publish.plan import Chosen, Unreadable, chosen, neighbours
from publisher.publish.run_page import Neighbour
from publisher.store.index import Index


class Site(Struct, kw_only=True):
    """What a site will hold, before anything is rendered."""

    project: Project
    chosen: Chosen
    neighbours: dict[str, Neighbour]
    notebooks: list[Found]
    date: str  #: of the newest run, as 2026-11-23: the same records give the same bytes on any day


class Generated(Struct, kw_only=True):
    """What a generator leaves."""

    folder: Path  #: where its rendered pages are
    directory_urls: bool  #: its links leave out `index.html`
    templates: Path | None = None  #: the project's own templates, that are taken before ours
    warnings: list[str] = field(default_factory=list)


def load(project: Project, *, progress: Progress = silent) -> tuple[list[Row], list[Unreadable]]:
    """Every run and every record that cannot be read, from the index."""
    found = Index(project).rows(progress=progress)
    problems = [
        Unreadable(file=visible(f"records/{each.name}"), line=each.line, reason=visible(each.reason))
        for each in found.problems
    ]
    return found.rows, problems


def prepare(
    project: Project, rows: list[Row], problems: list[Unreadable], *, but: list[Path] | None = None
) -> Site:
    """What the site will hold.

    Args:
        project: Whose site.
        rows: Every run, oldest first.
        problems: Every record that cannot be read.
        but: Folders in which no notebooks are looked for, because a site is written there.
    """
    shown = chosen(rows, problems, only=project.settings.site.publish == "only")
    return Site(
        project=project,
        chosen=shown,
        neighbours=neighbours(shown.rows),
        notebooks=find_notebooks(project.root, project.settings.site.notebooks, but=but or []),
        date=max((row.started[:10] for row in shown.rows), default="1980-01-01"),
    )
