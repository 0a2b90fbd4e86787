"""The project as it was at a commit, in a temporary place."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.probe.checkout import Source


@contextlib.contextmanager
def checked_out(project: Project, source: Source, commit: str) -> Iterator[Project]:
    """Check a commit out; yield the project in it, which is gone when it is over.

    Args:
        project: As it is here.
        source: Its repository.
        commit: The full id.

    Raises:
        CodeNotThere: The repository does not hold it.
        UnreadableSettings: Its `publisher.yml` cannot be understood.
    """
    from publisher.probe import checkout
    from publisher.store.project import project_at
    from publisher.verify.ours import folder_of_ours

    top = os.path.realpath(source.top or project.root)
    inner = os.path.relpath(os.path.realpath(project.root), top)
    with folder_of_ours(None) as place:
        tree = place / "tree" / Path(top).name  # what a project is called may be on its pages
        tree.parent.mkdir()
        checkout.check_out(source, commit, tree)
        yield project_at(tree if inner == "." else tree / inner, cache=place / "cache")
