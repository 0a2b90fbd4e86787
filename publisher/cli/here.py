"""The project of the working directory, for commands that look at it, and for those that write into it."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.terminal import say
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from publisher.model.project import Project

WRITING = {"build", "serve", "setup", "export"}  #: commands that may write into the tree beside the records


def project_here(start: Path | None = None) -> Project:
    """Return the project around a folder; what killed runs have left in it is seen to.

    A `.publisher` that is not used is named.

    Args:
        start: The folder; the working directory by default.

    Raises:
        UnreadableSettings: There is a `publisher.yml`, but it cannot be understood.
    """
    from publisher.store.cache import HERE, untrusted
    from publisher.store.project import project_at

    project = project_at(start or Path.cwd())
    why = untrusted(project)
    if why:
        say(f"publisher: {HERE} is not used, because {why}. Nothing is lost when you delete it.")
    if _was_left(project):
        from publisher.capture.lost import sweep

        sweep(project)
    return project


def _was_left(project: Project) -> bool:
    """Whether a run is, or was, under way: then something may have been left."""
    from publisher.store.cache import live_folder

    with contextlib.suppress(OSError), os.scandir(live_folder(project)) as entries:
        return any(True for _ in entries)
    return False


@contextlib.contextmanager
def announced(command: str, args: argparse.Namespace) -> Iterator[None]:
    """Within it, a command of ours that writes into the tree is known to the runs beside it."""
    if command not in WRITING or getattr(args, "check", False):
        yield
        return
    from publisher.probe.testimony import tell_of_ourselves
    from publisher.store.live import About
    from publisher.store.live import announced as held
    from publisher.store.project import project_at

    try:
        project = project_at(Path.cwd())
    except (OSError, PublisherError):  # the command itself will say so
        yield
        return
    with held(project, About(kind=command, watched=True)) as place:
        if place is not None:
            tell_of_ourselves(place.witness, project.root)
        yield
