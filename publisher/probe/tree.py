"""Which files a run wrote, from two looks at the project; and what is in a file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from publisher.model.files import BUILT, is_parameters_copy
from publisher.model.patterns import matches

PIECE = 1024 * 1024
SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        ".publisher",
        "__pycache__",
        "node_modules",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".nox",
        ".snakemake",
        ".hypothesis",
    }
)  #: folders of tools, in which no run's output is looked for
_NOT_LOOKED_INTO = ("pyvenv.cfg", "conda-meta", BUILT)  #: what marks an environment, or a site that we built

Look = Mapping[str, tuple[int, int, int, int]]  #: path -> size, modified, changed, inode


def look(root: Path, *, ignored: tuple[str, ...] = ()) -> dict[str, tuple[int, int, int, int]]:
    """Every regular file below a folder with what tells that it changed.

    Args:
        root: The folder; records, tools' own folders, interpreters' environments, sites that we built and the
            parameter copies of runs under way are passed over.
        ignored: Patterns of paths to pass over.

    Returns:
        Paths relative to `root` with `/` between the parts -> size in bytes, times of modification and of
        status change in nanoseconds, inode.
    """
    found: dict[str, tuple[int, int, int, int]] = {}
    if root == root.parent:
        return found  # the whole file system is nobody's project
    folders = [(str(root), "")]
    while folders:
        folder, prefix = folders.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue
        if prefix and any(entry.name in _NOT_LOOKED_INTO for entry in entries):
            continue
        for entry in entries:
            path = prefix + entry.name
            if ignored and matches(path, ignored):
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED and path != "records":
                        folders.append((entry.path, f"{path}/"))
                elif entry.is_file(follow_symlinks=False) and not is_parameters_copy(entry.name):
                    found[path] = state_of(entry.stat(follow_symlinks=False))
            except OSError:
                continue
    return found


def states(paths: Mapping[str, Path]) -> dict[str, tuple[int, int, int, int]]:
    """What `look` tells of single files, by name; those that are not there, or no regular files, are left out."""
    found = {}
    for name, path in paths.items():
        with contextlib.suppress(OSError, ValueError):
            now = os.lstat(path)
            if stat.S_ISREG(now.st_mode):
                found[name] = state_of(now)
    return found


def written(before: Look, after: Look) -> list[str]:
    """The files that appeared or changed between two looks, sorted."""
    return sorted(path for path, state in after.items() if before.get(path) != state)


def pieces_of(path: str | Path) -> Iterator[bytes]:
    """A file's content, piece by piece.

    Raises:
        OSError: It cannot be read, or is no regular file: a pipe would never answer, a device never end.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        while piece := file.read(PIECE):
            yield piece


def sha256_of(path: str | Path, *, wanted: Callable[[], bool] = lambda: True) -> str:
    """SHA-256 of a file's content as 64 hex digits.

    Args:
        path: The file.
        wanted: Asked now and then; when it says no, the work is given up.

    Raises:
        OSError: It cannot be read, is no regular file, or was given up.
    """
    digest = hashlib.sha256()
    for number, piece in enumerate(pieces_of(path)):
        digest.update(piece)
        if number % 64 == 63 and not wanted():
            raise OSError(errno.EINTR, "was not read to its end", str(path))
    return digest.hexdigest()


class Taken(Struct, frozen=True, kw_only=True):
    """A file's content as it was at one moment."""

    sha256: str  #: 64 hex digits
    state: tuple[int, int, int, int]  #: as `look` tells it, the same before and after it was read
    data: bytes | None = None  #: all of it, where that was asked for


class Unsteady(OSError):
    """A file was written to while it was read: what was read may never have been its content."""


def take(path: str | Path, *, whole: bool = False, wanted: Callable[[], bool] = lambda: True) -> Taken:
    """Read a file such that nobody can have written to it meanwhile.

    Args:
        path: The file.
        whole: Whether its bytes are returned; for small files.
        wanted: As for `sha256_of`.

    Raises:
        Unsteady: It was written to while it was read.
        OSError: It cannot be read, is no regular file, or was given up.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    digest = hashlib.sha256()
    pieces: list[bytes] = []
    with open(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "is no regular file", str(path))
        number = 0
        while piece := file.read(PIECE):
            digest.update(piece)
            pieces += [piece] if whole else []
            number += 1
            if number % 64 == 0 and not wanted():
                raise OSError(errno.EINTR, "was not read to its end", str(path))
        state = state_of(before)
        if state_of(os.fstat(descriptor)) != state:
            raise Unsteady(errno.EBUSY, "was written to while it was read", str(path))
    return Taken(sha256=digest.hexdigest(), state=state, data=b"".join(pieces) if whole else None)


def state_of(found: os.stat_result) -> tuple[int, int, int, int]:
    """What tells that a file changed: size, times of modification and of status change, inode."""
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def linked(paths: Iterable[str]) -> Iterator[int]:
    """The inodes of those files that have several names."""
    for path in paths:
        with contextlib.suppress(OSError):
            found = os.stat(path)
            if found.st_nlink > 1 and stat.S_ISREG(found.st_mode):
                yield found.st_ino


def size_below(folder: Path, *, wanted: Callable[[str], bool] = lambda name: True) -> int:
    """How many bytes the files below a folder hold together."""
    total = 0
    for base, _, names in os.walk(folder):
        for name in filter(wanted, names):
            try:
                total += os.lstat(os.path.join(base, name)).st_size
            except OSError:
                continue
    return total
