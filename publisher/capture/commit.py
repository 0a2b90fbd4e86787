"""A record committed by itself: the index and other changes stay as they are."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from publisher.errors import NotWritten
from publisher.probe.git import NoAnswer, Repository, git

TRIES = 20  #: how often a race with another commit is run again


def commit_files(repository: Repository, paths: Sequence[Path], message: str) -> str:
    """Commit some files, and nothing else.

    The commit is made beside the index, from HEAD and these files; then they alone are put into the index too.

    Args:
        repository: Where.
        paths: Files below its top.
        message: What the commit says.

    Returns:
        The id of the commit.

    Raises:
        NotWritten: Git refused (no name and e-mail are set, say), or other commits kept coming.
    """
    top = Path(os.path.realpath(repository.top))
    names = b"\0".join(
        os.fsencode(Path(os.path.realpath(path)).relative_to(top).as_posix()) for path in paths
    )
    add = ["update-index", "--add", "-z", "--stdin"]
    reason = ""
    for _ in range(TRIES):
        head = _head(repository)
        try:
            with tempfile.TemporaryDirectory(prefix="publisher-") as folder:
                beside = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
                if head:
                    git(top, "read-tree", head, env=beside)
                git(top, *add, env=beside, data=names)
                tree = git(top, "write-tree", env=beside).decode().strip()
            parents = ["-p", head] if head else []
            made = (
                git(top, "commit-tree", tree, *parents, data=message.encode(errors="backslashreplace"))
                .decode()
                .strip()
            )
        except NoAnswer as error:
            raise NotWritten(f"the record is kept but not committed: {error}", where=top) from error
        try:
            git(top, "update-ref", "-m", "publisher run", "HEAD", made, head or "0" * len(made))
        except NoAnswer as error:
            reason = str(error)
            time.sleep(0.05)
            continue
        try:
            _into_index(top, add, names)
        except NoAnswer as error:
            raise NotWritten(
                f"the record is committed as {made[:10]}, but git's index could not be told: {error}",
                where=top,
                hint="git add records",
            ) from error
        return made
    raise NotWritten(f"the record is kept but not committed: {reason}", where=top, hint="git commit records")


def _head(repository: Repository) -> str | None:
    try:
        return git(repository.top, "rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except NoAnswer:
        return None


def _into_index(top: Path, add: Sequence[str], names: bytes) -> None:
    """Put the files into the index, waiting while another git holds its lock."""
    for left in reversed(range(TRIES)):
        try:
            git(top, *add, data=names)
        except NoAnswer as error:
            if "index.lock" not in str(error) or not left:
                raise
            time.sleep(0.05)
        else:
            return
