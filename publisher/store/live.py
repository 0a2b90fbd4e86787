"""What is going on now in a project: a folder for each run, and each build, below `live/` in the cache.

A folder is held by a lock of the operating system, so it is free again when its holders are gone, whatever killed
them; the lock of a run is also held by the process that keeps its streams. A folder stays as long as anything
else is under way in the project, which may ask what was written by whom. It does not know what became of a run.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct, field

from publisher.errors import NotWritten
from publisher.file_lock import try_lock
from publisher.model.files import is_parameters_copy
from publisher.model.project import Project
from publisher.safe_io import open_regular, read_regular
from publisher.store.cache import live_folder

LEFT_BEHIND = "left-behind"  #: in a place: the path of a file that has to be removed when the run is over
_ABOUT = "about"
_ENDED = "ended"
_PROGRAM = "program"
_NEW = ".new-"  #: how a place is named until it is locked
_OLD = 60.0  #: seconds after which a place that nobody locks is not in the making any more


class About(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run, or a build, says of itself to those that are under way beside it."""

    kind: str = "run"  #: or the command of ours that is under way: `build`, `serve`
    watched: bool = False  #: Python runs it and reports what it opens, so what it writes is known
    declared: list[str] = field(default_factory=list)  #: paths and patterns that its user says it writes
    program: str | None = None  #: its file, or the word that it is called by
    words: list[str] = field(default_factory=list)  #: of its command, without credentials
    process: int = 0  #: of publisher, which begins the names of files that it writes whole
    joined: bool = False  #: its stdout and stderr lead to one place
    within: str | None = None  #: id of the run whose program started this one


class Place:
    """The folder of one run under way: its log, what its Python processes saw, the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock: int | None = None  #: descriptor of the lock, as long as we hold it

    @property
    def run(self) -> str:
        """The id of the run; of a build, its kind and some hexadecimal digits."""
        return self.folder.name

    @property
    def witness(self) -> Path:
        """Where the program's Python processes write what they open."""
        return self.folder / "witness"

    def hold(self, about: About | None = None) -> None:
        """Make the folder and lock it until `release`, or until this process is gone.

        Nobody sees it under its name before it is locked: who looks for what is under way would take it for left.

        Raises:
            NotWritten: It could not be made, or there is one already.
        """
        made = self.folder if sys.platform == "win32" else self.folder.with_name(f"{_NEW}{self.folder.name}")
        try:
            made.mkdir(parents=True)
            (made / "witness").mkdir()
            (made / _ABOUT).write_bytes(msgspec.json.encode(about or About()))
            self.lock = os.open(made / "lock", os.O_RDWR | os.O_CREAT, 0o644)
            try_lock(self.lock)
            if made != self.folder:
                made.rename(self.folder)
        except OSError as error:
            self.release()
            if made != self.folder:
                _remove(made)
            raise NotWritten(f"cannot write: {error.strerror or error}", where=self.folder) from error

    def take(self) -> bool:
        """Lock a place that somebody left; False when it is held, or another takes it."""
        try:
            lock = open_regular(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return False
        if not try_lock(lock):
            os.close(lock)
            return False
        self.lock = lock
        return True

    def release(self) -> None:
        """Give the lock back; the folder stays."""
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    def end(self) -> None:
        """Note that everything is known of this run that will ever be."""
        with contextlib.suppress(OSError):
            (self.folder / _ENDED).touch()

    def note_program(self, process: int = 0) -> None:
        """Note that the program begins, and then which process it is, for when nobody else holds the place."""
        with contextlib.suppress(OSError):
            begun = _begun(process) if process else ""
            (self.folder / _PROGRAM).write_text(f"{process} {begun} {_machine()}")

    @property
    def process(self) -> int:
        """The process of the program, as long as it runs; 0 when it does not, or nobody can tell."""
        try:
            process, begun, machine = (self.folder / _PROGRAM).read_text().split(" ", 2)
        except (OSError, ValueError):
            return 0
        known = begun != "" and machine == _machine() and process.isdecimal()
        return int(process) if known and _begun(int(process)) == begun else 0

    @property
    def has_begun(self) -> bool:
        """Whether the program may run already."""
        return (self.folder / _PROGRAM).exists()

    @property
    def has_ended(self) -> bool:
        """Whether everything is known of this run that will ever be."""
        return os.path.lexists(self.folder / _ENDED)

    @property
    def alive(self) -> bool:
        """Whether a process that holds this place still runs, or the program does."""
        try:
            lock = open_regular(self.folder / "lock", os.O_RDWR if sys.platform == "win32" else os.O_RDONLY)
        except PermissionError:
            return not self.has_ended  # another user's, of whom nothing else is known
        except OSError:
            return False
        try:
            return not try_lock(lock, shared=True) or (self.process > 0 and not self.has_ended)
        finally:
            os.close(lock)

    @property
    def about(self) -> About:
        """What it says of itself; of one that does not, that nothing is known."""
        try:
            return msgspec.json.decode(read_regular(self.folder / _ABOUT), type=About)
        except (OSError, msgspec.MsgspecError):
            return About()


def _begun(process: int) -> str:
    """When a process began, in ticks since the machine did; empty when it has ended, or nobody can tell."""
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode()


def _machine() -> str:
    return os.uname().nodename if sys.platform != "win32" else ""


def place_of(project: Project, run: str, *, make: bool = False) -> Place:
    """Return the place of a run, whether or not there is one; `make` says that it is about to be made."""
    return Place(live_folder(project, make=make) / run)


def others(project: Project, run: str) -> list[Place]:
    """The places of all other runs and builds, under way or ended while another was."""
    with contextlib.suppress(OSError):
        return [
            Place(Path(each.path))
            for each in os.scandir(live_folder(project))
            if each.name != run and not each.name.startswith(".") and each.is_dir(follow_symlinks=False)
        ]
    return []


def is_alive(project: Project, run: str) -> bool:
    """Whether a run is going on now, on this machine."""
    return place_of(project, run).alive


@contextlib.contextmanager
def announced(project: Project, about: About) -> Iterator[Place | None]:
    """Within it, runs of this project know that we may be writing into its tree.

    Yields:
        Our place; None where none can be made, which keeps nobody from working.
    """
    place = Place(live_folder(project, make=True) / f"{about.kind}-{os.urandom(6).hex()}")
    try:
        place.hold(about)
    except NotWritten:
        yield None
        return
    try:
        yield place
    finally:
        leave(project, place)


def leave(project: Project, place: Place) -> None:
    """End a run: its place is removed, and those of all ended runs, unless another run is still under way."""
    place.end()
    place.release()
    clear(project)


def clear(project: Project) -> None:
    """Remove the places of all that has ended, unless a run is still under way, which may ask what they wrote.

    A build asks nobody: while `publisher serve` is under way for days, what runs leave is removed.
    """
    everyone = others(project, "")
    alive = {each.run for each in everyone if each.alive}
    if any(each.about.kind == "run" for each in everyone if each.run in alive):
        return
    for each in everyone:
        if each.has_ended and each.run not in alive:
            remove(each)
    now = time.time()
    with contextlib.suppress(OSError):
        for entry in os.scandir(live_folder(project)):
            old = now - entry.stat(follow_symlinks=False).st_mtime > _OLD
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and entry.name.startswith(_NEW) and old and not Place(Path(entry.path)).alive:
                _remove(Path(entry.path))


def remove(place: Place) -> None:
    """Remove a place and what its run had put into the project for a time."""
    remove_left_behind(place)
    _remove(place.folder)


def note_left_behind(place: Place, path: Path) -> None:
    """Note a file that will have to go with this place, before it is made.

    Raises:
        OSError: It cannot be noted.
    """
    (place.folder / LEFT_BEHIND).write_bytes(os.fsencode(path))


def remove_left_behind(place: Place) -> None:
    """Remove the parameter file with overrides that a run had put beside the original."""
    with contextlib.suppress(OSError):
        left = os.fsdecode(read_regular(place.folder / LEFT_BEHIND))
        # The name is checked, because this file could have come with somebody's pull request.
        name = os.path.basename(left)
        if is_parameters_copy(name) and name.startswith(f".params-{place.run}.") and not os.path.islink(left):
            os.unlink(left)


def _remove(folder: Path) -> None:
    """Remove a folder and all that is in it, as far as possible; of a link, the link alone.

    (Loading shutil takes longer than this.)
    """
    with contextlib.suppress(OSError):
        if folder.is_symlink():
            folder.unlink()
            return
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                _remove(Path(entry.path))
            else:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
        os.rmdir(folder)
