"""Built environments, kept in the cache and shared by all who need the same content.

An environment is built where it stays, because its programs hold their own path, and a note in it that is
written last says that it is whole. It does not know what is built, or how.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from publisher.file_lock import hold
from publisher.store.environments import name_of

WHOLE = "publisher-whole.txt"  #: in an environment: what it was built from; its time is that of the last use
DAY = 86_400  #: seconds
UNUSED = 90  #: days after which an environment is removed


def shelved(
    cache: Path, content: str, build: Callable[[Path], None], *, sound: Callable[[Path], bool]
) -> Path:
    """The folder of the environment with some content; built when it is not there.

    Of two processes that want the same one, the second waits until the first has built it. A build that fails
    leaves nothing behind. Whoever builds one also removes those that nobody asked for in `UNUSED` days. Nobody
    adds to an environment or takes from it: its folders are read-only.

    Args:
        cache: The project's part of the user's cache.
        content: Everything that decides what is in it.
        build: Builds it in a folder that is not there yet.
        sound: Whether one that was built once still works: its interpreter may have been removed since.

    Raises:
        OSError: The cache cannot be written.
    """
    folder = cache / "environments" / name_of(content)
    if not _is_whole(folder, sound):
        with hold(folder.parent / "lock"):
            if not _is_whole(folder, sound):
                _remove(folder)
                try:
                    build(folder)
                    (folder / WHOLE).write_text(content, "utf-8")
                except BaseException:
                    _remove(folder)
                    raise
                _protect(folder)
                _prune(folder.parent)
    with contextlib.suppress(OSError):
        os.utime(folder / WHOLE)
    return folder


def _prune(shelf: Path) -> None:
    """Remove environments that nobody asked for in long, and what a kill left half-built."""
    oldest = time.time() - UNUSED * DAY
    for folder in sorted(shelf.iterdir()):
        if folder.is_dir() and _last_used(folder) < oldest:
            _remove(folder)


def _last_used(folder: Path) -> float:
    try:
        return (folder / WHOLE).stat().st_mtime
    except OSError:
        return 0.0


def _is_whole(folder: Path, sound: Callable[[Path], bool]) -> bool:
    return (folder / WHOLE).is_file() and sound(folder)


def _protect(folder: Path) -> None:
    """Take the right to write from the folders. Files may share their content with the installer's cache, and
    their rights with it: they stay as they are."""
    if sys.platform != "win32":
        for base, _, _ in os.walk(folder):
            os.chmod(base, 0o555)


def _remove(folder: Path) -> None:
    if sys.platform != "win32":
        for base, _, _ in os.walk(folder):
            os.chmod(base, 0o755)
    # What says that it is whole goes first: a removal that is cut short leaves nothing that looks whole.
    (folder / WHOLE).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
