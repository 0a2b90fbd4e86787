"""A site folder, brought up to date: compared before it is written, never wiped.

A manifest in the folder (`.publisher.json`) remembers which files we made and from what. So an unchanged page is
neither rendered nor written, a file of ours that no page needs any more is removed, and nothing else is. It does
not know what is in the pages.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

import msgspec
from msgspec import Struct, field

from publisher.errors import NotWritten
from publisher.model.files import BUILT
from publisher.publish.addresses import is_inside

MANIFEST = BUILT
_GENERATED = "generated"  #: the key of a file that the generator made


class Entry(Struct, frozen=True, array_like=True):
    """What the manifest says of one file."""

    key: str  #: what it was made from
    size: int  #: bytes
    needs: tuple[str, ...] = ()  #: addresses of files that belong to it


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

    def __init__(self, root: Path, *, in_place: bool = False, gate: Gate | None = None) -> None:
        """Open a site folder; it is made when it is not there.

        Args:
            root: The folder.
            in_place: The generator has just written its own files into this folder, so they are its, not ours.
            gate: What every file passes on its way in.

        Raises:
            NotWritten: The folder cannot be made.
        """
        self.root = root
        self.in_place = in_place
        self._gate = gate
        self.changes = Changes()
        self._before = _manifest(root / MANIFEST)
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
        if not self._before or not all(map(self._is_there, self._before)):
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
        return before is not None and stat.S_ISREG(found.st_mode) and found.st_size == before.size

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
        self._now[address] = Entry(self._marked(key), len(data), tuple(needs))
        if not fresh and _holds(path, data):
            self.changes.same += 1
            return
        part = path if fresh else f"{path}.part"  # nobody reads yet in a folder that is as new as this
        try:
            _write(part, data)
            if not fresh:
                os.replace(part, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise _not_written(path, error) from error
        self.changes.written.append(address)

    def copy(self, address: str, source: Path, key: str) -> None:
        """Have a file hold what another holds. See `put`."""
        if not self.is_current(address, key):
            with _told(source):
                data = source.read_bytes()
            self.put(address, data, key)

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
        for address in sorted(self._before.keys() - self._now.keys()):
            try:
                path = Path(self._path(address))
            except NotWritten:
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
        entries = [
            f"{json.dumps(a)}: {msgspec.json.encode(self._now[a]).decode()}" for a in sorted(self._now)
        ]
        data = ("{\n" + ",\n".join(entries) + "\n}\n").encode()
        path = self.root / MANIFEST
        if not _holds(str(path), data):
            part = path.with_name(f"{MANIFEST}.part")
            with _told(path):
                part.write_bytes(data)
                part.replace(path)

    def _files(self) -> Iterator[str]:
        return (address for address in _walk(self.root) if address != MANIFEST)


def _write(path: str, data: bytes) -> None:
    """Have a file hold these bytes; without a buffer, which would only be made and thrown away."""
    with open(path, "wb", buffering=0) as file:
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]


def _holds(path: str, data: bytes) -> bool:
    try:
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_size != len(data):
            return False
        with open(path, "rb") as file:
            return file.read() == data
    except OSError:
        return False


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


def _manifest(path: Path) -> dict[str, Entry]:
    """What a manifest says; nothing when there is none, or it is not one of ours."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, Entry])
    except (OSError, msgspec.MsgspecError):
        return {}
    return {address: entry for address, entry in found.items() if is_inside(address)}


@contextlib.contextmanager
def _told(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _not_written(where, error) from error


def _not_written(where: Path | str, error: OSError) -> NotWritten:
    return NotWritten(f"cannot be read or written: {error.strerror or error}", where=where)
