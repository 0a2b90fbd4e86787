"""A record committed by itself: other changes stay as they are, in the index and in the working tree.

The files are put into the index first, and HEAD moves last. Wherever a kill falls, the user's next commit adds the
record or does not know of it; it never takes it out again.
"""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from publisher.errors import NotWritten
from publisher.file_lock import try_lock
from publisher.probe.git import NoAnswer, Repository, git

PATIENCE = 300.0  #: seconds that we wait for other runs of ours, which commit one after another
INDEX_PATIENCE = 10.0  #: seconds that we wait for another git to give the index back, or to stop moving HEAD
_OURS = "publisher"  #: a folder in git's own, with our lock and a copy of the index


def commit_files(repository: Repository, paths: Sequence[Path], message: str) -> str:
    """Commit some files, and nothing else.

    The commit is made beside the index, from HEAD and these files; before HEAD moves to it, they alone are put
    into the index too. Runs that commit at once do so one after another.

    Args:
        repository: Where.
        paths: Files below its top.
        message: What the commit says.

    Returns:
        The id of the commit; of that which holds them already, where another took them in meanwhile.

    Raises:
        NotWritten: Git refused (no name and e-mail are set, say), its index stayed locked, or other commits kept
            coming. The files are as they were.
    """
    top = Path(os.path.realpath(repository.top))
    inside = [Path(os.path.realpath(path)).relative_to(top).as_posix() for path in paths]
    names = b"\0".join(map(os.fsencode, inside))
    try:
        with _alone(repository):
            return _committed(repository, top, names, message)
    except (NoAnswer, OSError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        raise NotWritten(
            f"the record is kept but not committed: {reason}",
            where=top,
            hint=f"git add {_records(inside)} && git commit -m 'Record a run' -- {_records(inside)}",
        ) from error


def _records(paths: Sequence[str]) -> str:
    """The folder of the records, relative to the top, as a shell takes it."""
    import shlex

    before = paths[0].partition("records/")[0] if paths else ""
    return shlex.quote(f"{before}records")


def _committed(repository: Repository, top: Path, names: bytes, message: str) -> str:
    """The commit, once nobody else of ours makes one."""
    until = time.monotonic() + INDEX_PATIENCE
    pauses = _growing()
    while True:
        head = _head(repository)
        tree = _tree_with(repository, top, head, names)
        if head and tree == git(top, "rev-parse", f"{head}^{{tree}}").decode().strip():
            _into_index(top, names, until)
            return head  # a commit of the user's took in what lay in the index
        parents = ["-p", head] if head else []
        data = message.encode(errors="backslashreplace")
        made = git(top, "commit-tree", tree, *parents, data=data).decode().strip()
        _into_index(top, names, until)
        try:
            git(top, "update-ref", "-m", "publisher run", "HEAD", made, head or "0" * len(made))
        except NoAnswer:
            if time.monotonic() > until:
                raise
            time.sleep(next(pauses))
        else:
            return made


def _tree_with(repository: Repository, top: Path, head: str | None, names: bytes) -> str:
    """The tree of a commit with these files in it, made with an index of its own."""
    index = repository.git_dir / _OURS / "index"
    for left in (index, index.with_name("index.lock")):  # by one of ours that was killed: nobody else is here
        left.unlink(missing_ok=True)
    beside = {"GIT_INDEX_FILE": str(index)}
    try:
        if head:
            git(top, "read-tree", head, env=beside)
        git(top, *_ADD, env=beside, data=names)
        return git(top, "write-tree", env=beside).decode().strip()
    finally:
        index.unlink(missing_ok=True)


_ADD = ("update-index", "--add", "-z", "--stdin")


def _head(repository: Repository) -> str | None:
    try:
        return git(repository.top, "rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except NoAnswer:
        return None


def _into_index(top: Path, names: bytes, until: float) -> None:
    """Put the files into the index, waiting while another git holds its lock."""
    for pause in _growing():
        try:
            git(top, *_ADD, data=names)
        except NoAnswer as error:
            if "index.lock" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(pause)
        else:
            return


@contextlib.contextmanager
def _alone(repository: Repository) -> Iterator[None]:
    """Within it, no other run of ours commits in this working tree.

    Raises:
        OSError: Git's folder cannot be written to, or another did not come to its end.
    """
    folder = repository.git_dir / _OURS
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        until = time.monotonic() + PATIENCE
        for pause in _growing():
            if try_lock(lock):
                break
            if time.monotonic() > until:
                raise TimeoutError("another run is committing, and does not come to its end")
            time.sleep(pause)
        yield
    finally:
        os.close(lock)


def _growing() -> Iterator[float]:
    """Pauses in seconds, longer and longer, and random so that no two keep step."""
    longest = 0.01
    while True:
        yield random.uniform(0.005, longest)
        longest = min(0.5, longest * 1.5)
