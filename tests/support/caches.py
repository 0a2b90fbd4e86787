"""Where the caches of a project are, for tests that look into them."""

from __future__ import annotations

from pathlib import Path

from publisher.model.project import Project, Settings
from publisher.store.cache import cache_folder


def cache_of(root: Path) -> Path:
    """Return a project's part of the user's cache."""
    return cache_folder(Project(root=root.resolve(), settings=Settings(), configured=False))
