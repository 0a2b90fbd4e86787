"""Files opened without following symbolic links, and folders made below one that is trusted.

A repository can hold links, pipes and devices under any name. It does not know what is in the files.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FILE = _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_FOLDER = os.O_RDONLY | _NO_LINK | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
HAS_FOLDER_DESCRIPTORS = os.open in os.supports_dir_fd and os.mkdir in os.supports_dir_fd  #: not on Windows


def open_regular(
    path: str | Path, flags: int = os.O_RDONLY, mode: int = 0o666, *, at: int | None = None
) -> int:
    """Open a regular file; neither a link is followed nor a pipe waited for.

    Args:
        path: The file. Only its last part must not be a link; see `open_folder` for the others.
        flags: As for `os.open`.
        mode: Rights of a file that is made.
        at: Descriptor of the folder that `path` is relative to.

    Returns:
        A descriptor that the caller closes.

    Raises:
        OSError: It cannot be opened, or is a link, a pipe, a device or a folder.
    """
    if not _NO_LINK and os.path.islink(path):
        raise OSError(errno.ELOOP, "is a symbolic link", str(path))
    try:
        descriptor = os.open(path, flags | _FILE, mode, dir_fd=at)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise OSError(errno.ELOOP, "is a symbolic link", str(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is not a regular file", str(path))
    return descriptor


def read_regular(path: str | Path, *, at: int | None = None, limit: int = -1) -> bytes:
    """Return the content of a regular file; see `open_regular`.

    Args:
        path: The file.
        at: Descriptor of the folder that `path` is relative to.
        limit: Bytes that are read at most; all for -1.

    Raises:
        OSError: It cannot be read, or is a link, a pipe, a device or a folder.
    """
    with open(open_regular(path, at=at), "rb", buffering=0) as file:
        return file.read(limit) if limit >= 0 else file.readall()


@contextlib.contextmanager
def open_folder(top: Path, relative: str | Path = ".", *, make: bool = False) -> Iterator[Path | int]:
    """Open a folder below one that is trusted, following no link on the way.

    Args:
        top: A folder that may be reached through links.
        relative: Path of the wanted folder below `top`.
        make: Whether folders that are missing are made.

    Yields:
        A descriptor for the `dir_fd` arguments of `os`; on Windows, where there is none, the folder's path.

    Raises:
        OSError: It cannot be opened; a part of `relative` is a link or no folder, or leads upwards.
    """
    parts = [part for part in Path(relative).parts if part != "."]
    if ".." in parts or Path(relative).is_absolute():
        raise OSError(errno.EINVAL, "leads out of the folder", str(relative))
    if make:
        top.mkdir(parents=True, exist_ok=True)
    if not HAS_FOLDER_DESCRIPTORS:
        yield _folder_by_path(top, parts, make)
        return
    descriptor = os.open(top, _FOLDER & ~_NO_LINK)
    place = top
    try:
        for part in parts:
            place = place / part
            inner = _open_inner(descriptor, part, place, make)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _open_inner(outer: int, name: str, place: Path, make: bool) -> int:
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=outer)
    try:
        return os.open(name, _FOLDER, dir_fd=outer)
    except OSError as error:
        if _is_link(name, outer):  # Linux says of one that it is not a folder
            raise OSError(errno.ELOOP, "is a symbolic link", str(place)) from error
        raise OSError(error.errno, error.strerror, str(place)) from error


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _folder_by_path(top: Path, parts: list[str], make: bool) -> Path:
    place = top
    for part in parts:
        place = place / part
        if make:
            place.mkdir(exist_ok=True)
        if place.is_symlink() or getattr(place, "is_junction", bool)():
            raise OSError(errno.ELOOP, "is a symbolic link", str(place))
    if not place.is_dir():
        raise OSError(errno.ENOTDIR, "is not a folder", str(place))
    return place


def is_linked_out(path: Path) -> bool:
    """Whether a path is a symbolic link that leads out of its folder, or into git's own."""
    if not path.is_symlink():
        return False
    top, target = Path(os.path.realpath(path.parent)), Path(os.path.realpath(path))
    return not target.is_relative_to(top) or ".git" in target.relative_to(top).parts


def first_link(top: Path, path: Path) -> Path | None:
    """Return the first symbolic link on the way from a folder down to a path, the path itself included.

    Args:
        top: Where the search begins; whether it is reached through links does not matter.
        path: Below `top`, by its spelling; anything else has no answer.

    Returns:
        The link; None when there is none, or `path` is not below `top`.
    """
    top, path = Path(os.path.abspath(top)), Path(os.path.abspath(path))
    if top not in path.parents:
        return None
    place = top
    for part in path.relative_to(top).parts:
        place = place / part
        if place.is_symlink():
            return place
    return None
