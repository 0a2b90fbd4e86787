"""A site folder, brought up to date: compared before it is written, never wiped.

A list in the folder (`.publisher.json`) says which files we made, so that one which no page needs any more is
removed, and nothing else is. What they were made from is noted in the user's cache, so that an unchanged page is
neither rendered nor written: a note in the folder could have come with a repository, and with it pages that we
never made. It does not know what is in the pages.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import msgspec
from msgspec import Struct, field

from publisher.errors import NotWritten
from publisher.model.files import BUILT
from publisher.publish.addresses import is_inside
from publisher.safe_io import open_regular, read_regular
from publisher.store.folder import write_whole

MANIFEST = BUILT
_GENERATED = "generated"  #: the key of a file that the generator made


class Entry(Struct, frozen=True, array_like=True):
    """What is noted of one file."""

    key: str  #: what it was made from
    size: int  #: bytes
    modified: int = -1  #: nanoseconds since 1970; a file that somebody else wrote since has another time
    needs: tuple[str, ...] = ()  #: addresses of files that belong to it


class _Place(Struct, frozen=True, kw_only=True):
    """Which site folder notes are about."""

    place: str


class _Notes(_Place, frozen=True, kw_only=True):
    """What the user's cache holds of one site folder."""

    files: dict[str, Entry]


class Changes(Struct, kw_only=True):
    """What was done to a site folder."""

    written: list[str] = field(default_factory=list)
    same: int = 0  #: files that were there already
    removed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)  #: files that are not ours; they stay


class Gate(Protocol):
    """Looks at everything that goes into a site, and may change it."""

    key: str  #: says what it does; when that changes, nothing that lies in the folder is current

    def __call__(self, address: str, data: bytes) -> bytes | None:
        """The bytes to write; None for a file that must not be in the site."""


class Folder:
    """A site folder that is being brought up to date; a context manager, whose end removes what is stale.

    When the work ends with an exception nothing is removed, and what was written until then is remembered.
    """

    def __init__(
        self, root: Path, *, cache: Path | None = None, in_place: bool = False, gate: Gate | None = None
    ) -> None:
        """Open a site folder; it is made when it is not there.

        Args:
            root: The folder.
            cache: The project's part of the user's cache; None when nothing is remembered of the folder.
            in_place: The generator has just written its own files into this folder, so they are its, not ours.
            gate: What every file passes on its way in.

        Raises:
            NotWritten: The folder cannot be made.
        """
        self.root = root
        self.in_place = in_place
        self._gate = gate
        self.changes = Changes()
        self.notes = notes_of(cache, root) if cache else None
        # A generator that writes in place has removed what it does not need itself.
        self._listed = {} if in_place else _listed(root / MANIFEST)
        self._before = _noted(self.notes)
        if in_place:
            self._before = {a: e for a, e in self._before.items() if e.key != _GENERATED}
        self._now: dict[str, Entry] = {}
        self._checked: set[str] = set()
        self._fresh: set[str] = (
            set()
        )  #: folders that were made just now: nothing is in them but what we put there
        self._base = f"{root}{os.sep}"
        with _told(root):
            root.mkdir(parents=True, exist_ok=True)
            if not self._before and not (root / MANIFEST).exists():
                self._remember()  # from now on a run that is under way knows whose files these are

    def __enter__(self) -> Folder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._remove_stale()
        else:
            self._now = self._before | self._now
        self._remember()
        if kind is None and not self.in_place:
            self.changes.foreign = sorted(each for each in self._files() if each not in self._now)

    def is_current(self, address: str, key: str) -> bool:
        """Whether a file is ours, made from the same, and still there with all that belongs to it.

        If so, it and they are kept.
        """
        before = self._before.get(address)
        if before is None or before.key != self._marked(key):
            return False
        if not all(map(self._is_there, (address, *before.needs))):
            return False
        for each in (address, *before.needs):
            if each not in self._now:
                self._now[each] = self._before[each]
                self.changes.same += 1
        return True

    def is_whole(self) -> bool:
        """Whether every file that was there at the end of the last work still is; if so, all are kept."""
        if not self._before or self._listed.keys() != self._before.keys():
            return False
        if not all(map(self._is_there, self._before)):
            return False
        self._now = dict(self._before)
        self.changes.same = len(self._now)
        if not self.in_place:
            self.changes.foreign = sorted(each for each in self._files() if each not in self._now)
        return True

    def _is_there(self, address: str) -> bool:
        if address in self._now:
            return True
        before = self._before.get(address)
        try:
            found = os.lstat(self._base + address)
        except OSError:
            return False
        return (
            before is not None
            and stat.S_ISREG(found.st_mode)
            and found.st_size == before.size
            and found.st_mtime_ns == before.modified
        )

    def put(self, address: str, data: bytes, key: str, needs: Iterable[str] = ()) -> None:
        """Have a file hold these bytes; it is written only when it does not hold them yet.

        Args:
            address: Where below the folder.
            data: The whole content.
            key: What the content was made from; see `is_current`.
            needs: Addresses of files that belong to it, put before it.

        Raises:
            NotWritten: The disk is full, the folder is read-only, a symbolic link leads out of it, or the like.
        """
        path = self._path(address)
        if self._gate is not None:
            passed = self._gate(address, data)
            if passed is None:
                return
            data = passed
        fresh = address not in self._now and address.rpartition("/")[0] in self._fresh
        modified = None if fresh else _held_since(path, data)
        if modified is not None:
            self.changes.same += 1
        else:
            part = path if fresh else f"{path}.part"  # nobody reads yet in a folder that is as new as this
            try:
                modified = _write(part, data)
                if not fresh:
                    os.replace(part, path)
            except OSError as error:
                with contextlib.suppress(OSError):
                    os.unlink(part)
                raise _not_written(path, error) from error
            self.changes.written.append(address)
        self._now[address] = Entry(self._marked(key), len(data), modified, tuple(needs))

    def copy(self, address: str, source: Path, key: str) -> None:
        """Have a file hold what another holds. See `put`."""
        self.copy_from(address, source.read_bytes, key, source)

    def copy_from(
        self, address: str, read: Callable[[], bytes], key: str, source: Path | None = None
    ) -> None:
        """Have a file hold what is read, which is done only when it is not current. See `put`."""
        if not self.is_current(address, key):
            with _told(source or self.root / address):
                data = read()
            self.put(address, data, key)

    def holds(self, address: str, key: str) -> bool:
        """Whether a file is ours, made from the same, and still there; unlike `is_current` this keeps nothing."""
        before = self._before.get(address) or self._now.get(address)
        return before is not None and before.key == self._marked(key) and self._is_there(address)

    def take_over(
        self, generated: Path, *, but: set[str], change: Callable[[str, bytes], bytes] | None = None
    ) -> None:
        """Have everything that a generator wrote, elsewhere or here, apart from some addresses.

        Args:
            generated: The generator's folder; where it is this one, only its pages are looked at.
            but: Addresses that are left out.
            change: Makes of an address and what the generator wrote there what is to stand there.
        """
        for address in _walk(generated):
            ours = address in self._now or address in self._before or not address.endswith(".html")
            if address in but or (self.in_place and ours):
                continue
            path = generated / address
            with _told(path):
                data = path.read_bytes()
            self.put(address, change(address, data) if change else data, _GENERATED)

    @property
    def sizes(self) -> dict[str, int]:
        """How long every file of the site is, in bytes, by its address."""
        return {address: entry.size for address, entry in self._now.items()}

    def _marked(self, key: str) -> str:
        return f"{self._gate.key} {key}" if self._gate else key

    def drop(self, address: str) -> None:
        """Remove a file that the generator wrote and no reader should see."""
        with contextlib.suppress(FileNotFoundError), _told(self.root / address):
            os.unlink(self._path(address))

    def _path(self, address: str) -> str:
        """The place of an address; its folder is made, and checked once for links that lead elsewhere."""
        folder, _, name = address.rpartition("/")
        if folder not in self._checked:
            if folder and not is_inside(folder):
                raise NotWritten("is no address below the site", where=address)
            self._check(folder)
            self._checked.add(folder)
        if not is_inside(name) or address == MANIFEST:
            raise NotWritten("is no address below the site", where=address)
        return self._base + address

    def _check(self, folder: str) -> None:
        at = self.root
        for part in folder.split("/") if folder else ():
            at = at / part
            if at.is_symlink():
                raise NotWritten("is a symbolic link; pages are not written through it", where=at)
        with _told(at):
            if not at.is_dir():
                at.mkdir(parents=True, exist_ok=True)
                self._fresh.add(folder)

    def _remove_stale(self) -> None:
        for address in sorted((self._before.keys() | self._listed.keys()) - self._now.keys()):
            try:
                path = Path(self._path(address))
            except NotWritten:
                continue
            if address not in self._before and not _is_file_of(path, self._listed[address]):
                continue
            with contextlib.suppress(OSError):
                path.unlink()
                self.changes.removed.append(address)
            for folder in path.parents:
                if folder == self.root:
                    break
                try:
                    folder.rmdir()
                except OSError:
                    break

    def _remember(self) -> None:
        entries = [f"{json.dumps(address)}: {self._now[address].size}" for address in sorted(self._now)]
        data = ("{\n" + ",\n".join(entries) + "\n}\n").encode()
        path = str(self.root / MANIFEST)
        if _held_since(path, data) is None:
            with _told(Path(path)):
                _write(f"{path}.part", data)
                os.replace(f"{path}.part", path)
        if self.notes:
            notes = msgspec.json.encode(_Notes(place=str(self.root), files=self._now))
            with contextlib.suppress(NotWritten):  # the next build then looks at every file
                write_whole(self.notes, notes)
                _sweep(self.notes.parent)

    def _files(self) -> Iterator[str]:
        return (address for address in _walk(self.root) if address != MANIFEST)


def _write(path: str, data: bytes) -> int:
    """Have a file hold these bytes; return its time of modification in nanoseconds.

    There is no buffer, which would only be made and thrown away, and no link is followed.
    """
    descriptor = open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(descriptor, left) :]
        return os.fstat(descriptor).st_mtime_ns
    finally:
        os.close(descriptor)


def _held_since(path: str, data: bytes) -> int | None:
    """When a file was written that holds these bytes, in nanoseconds since 1970; None when it does not."""
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size != len(data):
            return None
        return found.st_mtime_ns if read_regular(path) == data else None
    except OSError:
        return None


def _is_file_of(path: Path, size: int) -> bool:
    """Whether there is a regular file of a size."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size


def _walk(root: Path, below: str = "") -> Iterator[str]:
    """Every file below a folder, sorted, as addresses; links are not followed."""
    with os.scandir(root / below) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        address = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(root, address)
        elif entry.is_file(follow_symlinks=False):
            yield address


def notes_of(cache: Path, root: Path) -> Path:
    """Return where the user's cache has what is noted of a site folder."""
    return cache / "sites" / f"{hashlib.sha256(os.fsencode(root)).hexdigest()[:16]}.json"


def _noted(path: Path | None) -> dict[str, Entry]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Notes).files if path else {}
    except (OSError, msgspec.MsgspecError):
        return {}


def _sweep(folder: Path) -> None:
    """Forget site folders that are gone."""
    for path in folder.glob("*.json"):
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            if not os.path.isdir(msgspec.json.decode(path.read_bytes(), type=_Place).place):
                path.unlink()


def _listed(path: Path) -> dict[str, int]:
    """Return the size of every file that the list in a site folder names; nothing when there is no such list."""
    try:
        found = msgspec.json.decode(read_regular(path), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return {}
    # Earlier versions also noted here what files were made from: [key, size, needs].
    sizes = {
        name: told[1] if isinstance(told, list) and len(told) > 1 else told for name, told in found.items()
    }
    return {name: size for name, size in sizes.items() if isinstance(size, int) and is_inside(name)}


@contextlib.contextmanager
def _told(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _not_written(where, error) from error


def _not_written(where: Path | str, error: OSError) -> NotWritten:
    return NotWritten(f"cannot be read or written: {error.strerror or error}", where=where)
