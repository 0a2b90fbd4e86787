"""The project that a command was started in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.terminal import say

if TYPE_CHECKING:
    from publisher.model.project import Project


def project_here(here: Path | None = None) -> Project:
    """Return the project around a folder, and say so when its `.publisher` is not used.

    Args:
        here: The folder; the working directory by default.

    Raises:
        UnreadableSettings: Its `publisher.yml` cannot be understood.
    """
    from publisher.store.cache import HERE, untrusted
    from publisher.store.project import project_at

    project = project_at(here or Path.cwd())
    why = untrusted(project)
    if why:
        say(f"publisher: {HERE} is not used, because {why}. Nothing is lost when you delete it.")
    return project
