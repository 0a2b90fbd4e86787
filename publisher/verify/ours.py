"""Folders of ours among the temporary ones: made, known again after a kill, removed whatever is in them.

A program ran in them, and may have closed folders, put links in their place or taken rights away: what is removed
is what we made, and no link is followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from publisher.errors import NotWritten
from publisher.store import live

_PREFIX = "publisher-verify-"  #: how they are named
_MARK = "live"  #: a folder in each of them, with a lock in it: what says that it is ours
_MADE = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")  #: as `mkdtemp` names them


@contextlib.contextmanager
def folder_of_ours(parent: Path | None) -> Iterator[Path]:
    """A new folder, removed when it is left; one that a kill left behind is removed by the next who wants one.

    Args:
        parent: Where to make it; among the system's temporary folders for None.

    Raises:
        NotWritten: It cannot be made.
    """
    base = Path(os.path.realpath(parent or tempfile.gettempdir()))
    try:
        _clear_leftovers(base)
        # Under another name until it is locked: nobody shall take it for one that was left behind.
        made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=base))
    except OSError as error:
        raise NotWritten(f"no place can be made: {error.strerror or error}", where=base) from error
    folder = base / made.name.removeprefix(".")
    lock = live.Place(made / _MARK)
    try:
        lock.hold()
        made.rename(folder)
        yield folder
    finally:
        lock.release()
        for each in (folder, made):
            remove(each)


def _clear_leftovers(base: Path) -> int:
    """Remove the places of verifications that were killed; returns how many there were."""
    count = 0
    for entry in os.scandir(base):
        if _MADE.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            with contextlib.suppress(OSError):
                own = sys.platform == "win32" or entry.stat(follow_symlinks=False).st_uid == os.getuid()
                if own and _was_left(Path(entry.path)):
                    remove(Path(entry.path))
                    count += 1
    return count


def _was_left(folder: Path) -> bool:
    """Whether a folder holds our mark, and the lock that nobody holds any more."""
    mark = folder / _MARK
    marked = stat.S_ISDIR(os.lstat(mark).st_mode) and stat.S_ISREG(os.lstat(mark / "lock").st_mode)
    return marked and not live.Place(mark).alive


def remove(folder: Path) -> None:
    """Remove a folder of ours and all in it, also what is read-only; the mark that it is ours goes last.

    A program may have put something else in its place: a link is removed, and not what it leads to.
    """
    with contextlib.suppress(OSError):
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            folder.unlink()
            return
        _open_up(folder)
        for entry in os.scandir(folder):
            if entry.name != _MARK:
                _remove_in(Path(entry.path), is_folder=entry.is_dir(follow_symlinks=False))
        _remove_in(folder, is_folder=True)


def _remove_in(path: Path, *, is_folder: bool) -> None:
    with contextlib.suppress(OSError):
        if is_folder:
            shutil.rmtree(path)
        else:
            path.unlink()
        return
    _open_up(path)
    shutil.rmtree(path, ignore_errors=True)


def _open_up(folder: Path) -> None:
    """Take the right to look into a folder, and into those in it; no link is followed."""
    with contextlib.suppress(OSError):
        os.chmod(folder, stat.S_IRWXU)
    if sys.platform == "win32":
        for base, folders, names in os.walk(folder):
            for name in (*folders, *names):
                with contextlib.suppress(OSError):
                    os.chmod(os.path.join(base, name), stat.S_IRWXU)
        return
    with contextlib.suppress(OSError):
        # A folder is opened for us before it is looked into, by the name that it has in an open one.
        for _, folders, _, above in os.fwalk(folder):
            for name in folders:
                with contextlib.suppress(OSError):
                    if stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode):
                        os.chmod(name, stat.S_IRWXU, dir_fd=above)
