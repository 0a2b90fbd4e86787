"""A whole build: load records, prepare the plan, have the generator render, finish.

A generator is handed in; all that is known of it here is that it leaves rendered pages in a folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from publisher.errors import WrongUsage
from publisher.model.project import Project
from publisher.progress import Progress, silent
from publisher.publish.finish import finish
from publisher.publish.folder import Changes, Folder
from publisher.publish.plan import Unreadable
from publisher.publish.site import Generated, Site, load, prepare


class Report(Struct, kw_only=True):
    """What a build did."""

    runs: int
    problems: list[Unreadable]
    notebooks: int
    changes: Changes
    warnings: list[str]


class Generator(Protocol):
    """Renders the prose pages and the frames of a site into a folder."""

    def __call__(self, site: Site, staging: Path) -> Generated: ...


def build(project: Project, site_dir: Path, generator: Generator, *, progress: Progress = silent) -> Report:
    """Bring a site folder up to date.

    Args:
        project: Whose site.
        site_dir: The folder; it is made when it is not there, and never wiped.
        generator: Renders prose and frames.
        progress: Watches.

    Raises:
        WrongUsage: The folder is one that holds something else than a site.
        BrokenSite: The generator failed, or did not leave what was asked of it.
        NotWritten: Something could not be written.
    """
    site_dir = _allowed(project, site_dir)
    site = prepare(project, *load(project, progress=progress), but=[site_dir])
    generated = generator(site, project.cache / "staging")
    changes = finish(site, generated, Folder(site_dir), progress=progress)
    return Report(
        runs=len(site.chosen.rows),
        problems=site.chosen.problems,
        notebooks=len(site.notebooks),
        changes=changes,
        warnings=generated.warnings,
    )


def _allowed(project: Project, site_dir: Path) -> Path:
    """A folder that may be a site's, resolved."""
    place = Path(os.path.realpath(project.root / site_dir))
    root = Path(os.path.realpath(project.root))
    docs, records, cache = root / "docs", root / "records", root / ".publisher"
    if place == root or place in root.parents or (place / ".git").exists():
        raise WrongUsage(
            "the site cannot be written over the project", where=place, hint="name a folder of its own"
        )
    for taken in (docs, records, cache):
        if place == taken or taken in place.parents:
            raise WrongUsage(f"the site cannot be written into `{taken.name}/`", where=place)
    if place.exists() and not place.is_dir():
        raise WrongUsage("is a file, where the site's folder should be", where=place)
    return place
