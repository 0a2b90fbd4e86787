"""Which runs a change is about: those that it records, and steps whose code, inputs or parameters it touches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from publisher.cli.terminal import say

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.model.row import Row

_TOUCHED = {"code", "input", "parameters"}


def since(project: Project, rows: Sequence[Row], base: str) -> tuple[list[Row], list[Row], str]:
    """Runs recorded since a commit, other runs that stand for steps it touches, and the commit that is here.

    Raises:
        WrongUsage: There is no such commit, or none is checked out.
    """
    from datetime import UTC, datetime

    from publisher.errors import WrongUsage
    from publisher.probe import git
    from publisher.verify.staleness import staleness

    root = project.root
    commit, head = git.commit_of(root, base), git.commit_of(root, "HEAD")
    if commit is None or head is None:
        raise WrongUsage(
            f"--since {base}: there is no such commit here", hint="in a shallow clone: git fetch --unshallow"
        )
    folder = project.records.relative_to(root).as_posix()
    words = ["diff", "--no-renames", "--name-status", "--relative", "-z", f"{commit}...{head}", "--", "."]
    try:
        told = git.git(root, *words).decode(errors="surrogateescape").split("\0")
    except git.NoAnswer as error:
        raise WrongUsage(
            f"--since {base}: it has nothing in common with what is checked out: {error}",
            hint="in a shallow clone: git fetch --unshallow",
        ) from error
    changed = dict(zip(told[1::2], told[::2], strict=False))  # path -> A, M or D
    names = {path.removeprefix(f"{folder}/") for path, how in changed.items() if how == "A"}
    added = [row for row in rows if row.name in names and row.status not in ("running", "lost")]
    found = staleness(project, rows, now=datetime.now(UTC))
    known = {row.id: row for row in rows}
    stale = {
        each.run: each.name
        for each in found.steps
        if each.run and any(why.kind in _TOUCHED and why.path in changed for why in each.reasons)
    }
    touched = [known[run] for run in stale if run not in {row.id for row in added}]
    if not added and not touched:
        say("no run was recorded since, and no step is touched: nothing to re-run")
    return added, touched, head
