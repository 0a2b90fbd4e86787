"""Files written whole or not at all: beside, to the disk, then renamed."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from publisher.errors import NotWritten

PIECE = 1024 * 1024  #: bytes read at a time


def write_whole(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Put a file in place such that nobody ever sees half of it.

    Args:
        path: Where; its folder is made.
        data: The whole content.
        replace: Whether a file that is there already is replaced; otherwise it stays, silently.

    Raises:
        NotWritten: The disk is full, the folder is read-only, or the like; what was there is untouched.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(3).hex()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(part, "xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if replace or not path.exists():
                part.replace(path)
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"cannot write: {error.strerror or error}", where=path) from error


def remove_halves(folder: Path, process: int) -> None:
    """Remove what a process that was killed had not yet put in place, below a folder; no link is followed."""
    half = re.compile(rf"\..+\.{process}-[0-9a-f]{{6}}\.(?:part|whole)", re.DOTALL)
    for base, _, names in os.walk(folder):
        for name in filter(half.fullmatch, names):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(base, name))


def write_new(path: Path, data: bytes) -> bool:
    """Put a file in place whose name nobody else has, whole; returns whether the name was still free.

    Of many that want the same name at the same moment, one gets it.

    Raises:
        NotWritten: As for `write_whole`.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(3).hex()}.whole")
    write_whole(part, data)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:  # a disk that knows no second names
        if path.exists():
            return False
        write_whole(path, data, replace=False)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return True
