"""Locks between processes, which the operating system gives back when their process ends, whatever ends it."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock of an open file without waiting; return False when another process has it.

    Who only asks whether it is free takes it shared, so that two who ask at one moment do not meet each other.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def hold(file: Path, *, waiting: Callable[[int | None], None] = lambda holder: None) -> Iterator[None]:
    """Within it, no other process is within it for the same file, which is made and stays.

    Args:
        file: The lock.
        waiting: Called once when another process has the lock, with its id if that is known.

    Raises:
        OSError: The file cannot be made.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT)
    try:
        if not try_lock(descriptor):
            waiting(_holder(file))
            _wait_for(descriptor)
        # (On Windows a locked file cannot be read, so nobody is named there.)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _holder(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _wait_for(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    while not try_lock(descriptor):  # its own way to wait gives up after ten seconds
        time.sleep(0.1)
