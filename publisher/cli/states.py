"""The project as it was at a commit, in a temporary place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.probe.checkout import Source


@contextlib.contextmanager
def checked_out(project: Project, source: Source, commit: str) -> Iterator[Path]:
    """The project's folder in a checkout of a commit; gone when it is over.

    Args:
        project: As it is here.
        source: Its repository.
        commit: The full id.

    Raises:
        CodeNotThere: The repository does not hold it.
    """
    from publisher.probe import checkout

    top = os.path.realpath(source.top or project.root)
    inner = os.path.relpath(os.path.realpath(project.root), top)
    with tempfile.TemporaryDirectory(prefix="publisher-state-") as folder:
        tree = Path(os.path.realpath(folder)) / Path(top).name  # what a project is called may be on its pages
        checkout.check_out(source, commit, tree)
        yield tree if inner == "." else tree / inner
