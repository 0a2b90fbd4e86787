"""What git does not report about the code, as sentences for a record: filters not run, absent submodules."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.errors import one_of
from publisher.probe import git


def not_seen(repository: git.Repository, changed: Sequence[git.Changed]) -> list[str]:
    """Return what a record has to say of a working tree besides its changes.

    Args:
        repository: Where.
        changed: What differs from the commit.

    Raises:
        NoAnswer: Git does not say.
    """
    listed = git.listed_at(repository)
    problems = []
    tracked = [each.path for each in changed if each.kind != "??"]
    if filtered := git.filtered(repository, tracked):
        problems.append(
            f"the filters that .git/config names for {_named(filtered)} were not run, so whether these files "
            "differ from the commit is not known"
        )
    if hidden := [each.path for each in changed if each.path in listed.unwatched]:
        problems.append(
            f"{_named(hidden)}: changed, although marked skip-worktree or assume-unchanged, "
            "which hides it from git"
        )
    if absent := git.uninitialised(repository):
        problems.append(
            f"the submodule {_named(absent)} is not initialised: its files were not there"
            if len(absent) == 1
            else f"the submodules {_named(absent)} are not initialised: their files were not there"
        )
    return problems


def _named(paths: Sequence[str]) -> str:
    return one_of(f"`{path}`" for path in paths)
