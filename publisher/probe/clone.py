"""A clone of somebody's repository, to be looked at and perhaps re-run. Nothing in it is run here.

Git runs no hook while it clones, and only those filters that the user's own settings name (Git LFS, say). It
never asks for a password: who needs one has it in their git settings, or clones by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct, field

from publisher.errors import PublisherError, WrongUsage
from publisher.probe import git

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "true", "GIT_OPTIONAL_LOCKS": "1"}


class NotCloned(PublisherError):
    """A repository cannot be had."""

    exit_code = 3


class Clone(Struct, frozen=True, kw_only=True):
    """A repository of somebody's, as it lies in a folder of ours."""

    top: Path
    address: str  #: where it came from, without credentials
    commit: str  #: that is checked out
    notes: list[str] = field(default_factory=list)  #: what is not as it should be, in sentences


def cloned(address: str, ref: str | None, top: Path) -> Clone:
    """Clone a repository with its whole history, and check a state of it out.

    Args:
        address: A URL, or a folder on this machine.
        ref: A tag, a branch or a commit; None for what the repository itself says.
        top: Where to; not there yet.

    Raises:
        WrongUsage: The address or the name of the state cannot be one.
        NotCloned: The repository does not answer, or has no such state.
    """
    for each in (address, ref or "x"):
        if not each or each.startswith("-") or not each.isprintable():
            raise WrongUsage(f"`{each}` is no address, and no name of a tag, branch or commit")
    if "::" in address:
        raise WrongUsage(
            f"`{address}` would have git run a program", hint="give a https:// address or a folder"
        )
    folder = Path(address).expanduser()
    source = str(folder.resolve()) if folder.is_dir() else address
    told = git.without_credentials(source)
    try:
        _git(
            top.parent,
            "clone",
            "--quiet",
            "--no-checkout",
            "--no-hardlinks",
            "--template=",
            "--",
            source,
            str(top),
        )
    except git.NoAnswer as error:
        raise NotCloned(
            f"cannot be cloned: {str(error).removeprefix('fatal: ')}",
            where=told,
            hint="does `git clone` of it work here? For a private repository git needs your settings",
        ) from error
    commit = _commit(top, ref, told)
    try:
        _git(top, "checkout", "--quiet", "--detach", commit)
    except git.NoAnswer as error:
        raise NotCloned(f"commit {commit[:10]} cannot be checked out: {error}", where=told) from error
    return Clone(top=top, address=told, commit=commit, notes=_submodules(top))


def _commit(top: Path, ref: str | None, address: str) -> str:
    """The commit that a name means: of a tag, else of a branch, else itself; the remote's own without a name."""
    names = ["HEAD"] if ref is None else [f"refs/tags/{ref}", f"refs/remotes/origin/{ref}"]
    if ref and re.fullmatch(r"[0-9a-f]{4,64}", ref):
        names.append(ref)
    for name in names:
        try:
            told = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            return told.decode().strip()
        except git.NoAnswer:
            continue
    if ref is None:
        raise NotCloned("there is no commit in it", where=address)
    raise NotCloned(
        f"there is no tag, branch or commit `{ref}` in it",
        where=address,
        hint=f"git ls-remote {address} lists them",
    )


def _submodules(top: Path) -> list[str]:
    """Fetch the submodules; what cannot be had is told, and may never be needed."""
    if not (top / ".gitmodules").is_file():
        return []
    try:
        _git(top, "submodule", "--quiet", "update", "--init", "--recursive")
    except git.NoAnswer as error:
        return [f"a submodule cannot be had: {str(error).removeprefix('fatal: ')}"]
    return []


def _git(folder: Path, *words: str) -> bytes:
    return git.git(folder, *words, env=_QUIET)
