"""One branch of a remote: what it is, what it is to become. Asks the git program, which has the keys."""

from __future__ import annotations

from pathlib import Path

from publisher.errors import PublisherError
from publisher.probe import git

_QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "1"}
# Of such settings git takes the first, so a repository's own cannot be replaced by another setting.
_UPLOAD, _RECEIVE = "--upload-pack=git-upload-pack", "--receive-pack=git-receive-pack"


class RemoteRefuses(PublisherError):
    """A remote does not answer, or does not take what it is given; it is as it was."""

    exit_code = 3


def fetched(root: Path, remote: str, branch: str) -> str | None:
    """The commit of a remote's branch, with all that belongs to it brought here; None when it has no such branch.

    Raises:
        RemoteRefuses: It does not answer.
    """
    try:
        told = (
            git.git(root, "ls-remote", _UPLOAD, "--", remote, f"refs/heads/{branch}", env=_QUIET)
            .decode()
            .split()
        )
        if not told:
            return None
        git.git(root, "fetch", "--quiet", "--no-tags", _UPLOAD, "--", remote, told[0], env=_QUIET)
    except git.NoAnswer as error:
        raise RemoteRefuses(
            f"does not answer: {error}", where=remote, hint=f"does `git fetch {remote}` work here?"
        ) from error
    return told[0]


def pushed(root: Path, remote: str, commit: str, branch: str, *, before: str | None) -> None:
    """Make a commit the one of a remote's branch, if that is still what was seen.

    Raises:
        RemoteRefuses: It is another one now, or the remote does not take it.
    """
    lease = f"--force-with-lease=refs/heads/{branch}:{before or ''}"
    try:
        git.git(
            root,
            "push",
            "--quiet",
            _RECEIVE,
            lease,
            "--",
            remote,
            f"{commit}:refs/heads/{branch}",
            env=_QUIET,
        )
    except git.NoAnswer as error:
        raise RemoteRefuses(
            f"does not take it: {error}",
            where=f"{remote}, branch {branch}",
            hint="did somebody else publish meanwhile? Then publish again; nothing was changed there",
        ) from error
