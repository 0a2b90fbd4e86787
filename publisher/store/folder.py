"""Files written whole or not at all: beside, to the disk, then renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from publisher.errors import NotWritten
from publisher.safe_io import open_folder

PIECE = 1024 * 1024  #: bytes read at a time


def write_whole(path: Path, data: bytes, *, replace: bool = True, below: Path | None = None) -> None:
    """Put a file in place such that nobody ever sees half of it.

    Args:
        path: Where; its folder is made.
        data: The whole content.
        replace: Whether a file that is there already is replaced; otherwise it stays, silently.
        below: A folder above `path`, usually the project: between it and the file no symbolic link is
            followed, because a repository may have brought one. None for a path that a person typed.

    Raises:
        NotWritten: The disk is full, the folder is read-only, a link is on the way, or the like; what was
            there is untouched.
    """
    part = f".{path.name}.{os.getpid()}-{os.urandom(3).hex()}.part"
    try:
        with _folder_of(path, below) as (at, named):
            try:
                descriptor = os.open(named(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, dir_fd=at)
                with open(descriptor, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                if replace or not _exists(named(path.name), at):
                    os.replace(named(part), named(path.name), src_dir_fd=at, dst_dir_fd=at)
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(named(part), dir_fd=at)
    except OSError as error:
        raise _not_written(path, error) from error


def remove_halves(folder: Path, process: int) -> None:
    """Remove what a process that was killed had not yet put in place, below a folder; no link is followed."""
    if folder.is_symlink():
        return
    half = re.compile(rf"\..+\.{process}-[0-9a-f]{{6}}\.(?:part|whole)", re.DOTALL)
    for base, _, names in os.walk(folder):
        for name in filter(half.fullmatch, names):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(base, name))


def write_new(path: Path, data: bytes, *, below: Path | None = None) -> bool:
    """Put a file in place whose name nobody else has, whole; returns whether the name was still free.

    Of many that want the same name at the same moment, one gets it.

    Raises:
        NotWritten: As for `write_whole`.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(3).hex()}.whole")
    write_whole(part, data, below=below)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:  # a disk that knows no second names
        if path.exists():
            return False
        write_whole(path, data, replace=False, below=below)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return True


_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class _Names:
    """How the files of an open folder are called: by their names alone, or by paths where that is all there is."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def __call__(self, name: str) -> str:
        return str(self._folder / name) if self._folder else name


@contextlib.contextmanager
def _folder_of(path: Path, below: Path | None) -> Iterator[tuple[int | None, _Names]]:
    if below is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield None, _Names(path.parent)
        return
    with open_folder(below, path.parent.relative_to(below), make=True) as opened:
        if isinstance(opened, int):
            yield opened, _Names(None)
        else:
            yield None, _Names(opened)


def _exists(name: str, at: int | None) -> bool:
    try:
        os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _not_written(path: Path, error: OSError) -> NotWritten:
    if error.errno == errno.ELOOP:
        return NotWritten(
            "is a symbolic link, and nothing is written through it",
            where=error.filename or path,
            hint="put a folder in its place; whoever made the repository may have made the link",
        )
    return NotWritten(f"cannot write: {error.strerror or error}", where=path)
