"""Which runs are going on now: a folder for each below `.publisher/live`, held by a lock.

The lock is the operating system's, so it is gone with the process, whatever killed it. A finished run's
folder stays as long as another run of the same time is under way, which may ask what was written by whom.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from publisher.errors import NotWritten
from publisher.file_lock import try_lock
from publisher.model.project import Project
from publisher.store.cache import live_folder

LEFT_BEHIND = "left-behind"  #: in a place: the path of a file that has to be removed when the run is over


class Place:
    """The folder of one run under way: log pieces, what Python processes saw, the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    @property
    def run(self) -> str:
        """The id of the run."""
        return self.folder.name

    @property
    def witness(self) -> Path:
        """Where the program's Python processes write what they open."""
        return self.folder / "witness"

    def hold(self) -> None:
        """Make the folder and lock it until `release`, or until this process is gone.

        Raises:
            NotWritten: It could not be made.
        """
        try:
            self.witness.mkdir(parents=True)
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT)
            try_lock(self._lock)
        except OSError as error:
            raise NotWritten(f"cannot write: {error.strerror or error}", where=self.folder) from error

    def release(self) -> None:
        """Give the lock back; the folder stays."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def alive(self) -> bool:
        """Whether the process that holds this place still runs."""
        try:
            lock = os.open(self.folder / "lock", os.O_RDWR)
        except OSError:
            return False
        try:
            return not try_lock(lock)
        finally:
            os.close(lock)


def place_of(project: Project, run: str) -> Place:
    """The place of a run, whether or not there is one."""
    return Place(live_folder(project) / run)


def others(project: Project, run: str) -> list[Place]:
    """The places of all other runs, under way or ended while another was."""
    with contextlib.suppress(OSError):
        return [Place(Path(each.path)) for each in os.scandir(live_folder(project)) if each.name != run]
    return []


def is_alive(project: Project, run: str) -> bool:
    """Whether a run is going on now, on this machine."""
    return place_of(project, run).alive


def leave(project: Project, place: Place) -> None:
    """End a run: its place is removed, and those of all ended runs, unless another run is still under way."""
    place.release()
    everyone = [place, *others(project, place.run)]
    if not any(each.alive for each in everyone):
        for each in everyone:
            _remove(each.folder)


def _remove(folder: Path) -> None:
    """Remove a folder and all that is in it, as far as possible. (Loading shutil takes longer than this.)"""
    with contextlib.suppress(OSError):
        left = os.fsdecode((folder / LEFT_BEHIND).read_bytes())
        # The name is checked, because this file could have come with somebody's pull request.
        if os.path.basename(left).startswith(f".params-{folder.name}.") and not os.path.islink(left):
            os.unlink(left)
    for base, folders, files in os.walk(folder, topdown=False):
        for name in files:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(base, name))
        for name in folders:
            with contextlib.suppress(OSError):
                os.rmdir(os.path.join(base, name))
    with contextlib.suppress(OSError):
        os.rmdir(folder)
