"""Which files are written to while a program runs: not those whose times, rights or names change alone.

The system tells it of a file's content, whatever the file is called by then: Linux by inotify, macOS by kqueue. On
other systems nobody is told, and a time of modification has to do. It does not know what the files are.
"""

from __future__ import annotations

import contextlib
import os
import select
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

_MODIFIED, _GONE, _ONCE = 0x2, 0x400, 0x80000000  # of inotify; what is gone leaves its number to another file
_EVENT = struct.Struct("iIII")


class _Seen(Struct, frozen=True):
    device: int
    inode: int
    modified: int  #: ns


class Watch:
    """Some files, from `watching`."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._before = {path: seen for path in paths if (seen := _look(path))}
        self._told: _Inotify | _Kqueue | None = None
        if self._before:
            with contextlib.suppress(OSError):
                if sys.platform == "linux":
                    self._told = _Inotify(list(self._before))
                elif sys.platform == "darwin":
                    self._told = _Kqueue(list(self._before))

    def untouched(self) -> set[Path]:
        """The files that are the same as before, and that nobody wrote to."""
        same = {
            path
            for path, before in self._before.items()
            if (now := _look(path)) and (now.device, now.inode) == (before.device, before.inode)
        }
        if self._told is None:
            return {path for path in same if _look(path) == self._before[path]}
        return same - self._told.written()

    def close(self) -> None:
        """Watch no more."""
        if self._told is not None:
            self._told.close()


@contextlib.contextmanager
def watching(paths: Sequence[Path]) -> Iterator[Watch]:
    """Watch those of some files that are there; links are none."""
    watch = Watch(paths)
    try:
        yield watch
    finally:
        watch.close()


def _look(path: Path) -> _Seen | None:
    try:
        now = os.lstat(path)
    except (OSError, ValueError):
        return None
    return _Seen(now.st_dev, now.st_ino, now.st_mtime_ns)


class _Inotify:
    def __init__(self, paths: Sequence[Path]) -> None:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.descriptor < 0:
            raise OSError(ctypes.get_errno(), "no more files can be watched")
        self.watches: dict[int, Path] = {}
        for path in paths:  # one event each, so that none is lost however much is written
            number = libc.inotify_add_watch(self.descriptor, os.fsencode(path), _MODIFIED | _GONE | _ONCE)
            if number < 0:
                os.close(self.descriptor)
                raise OSError(ctypes.get_errno(), "no more files can be watched")
            self.watches[number] = path

    def written(self) -> set[Path]:
        found = set()
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.descriptor, 65536):
                at = 0
                while at < len(data):
                    number, what, _, more = _EVENT.unpack_from(data, at)
                    at += _EVENT.size + more
                    if what & (_MODIFIED | _GONE):
                        found.add(self.watches[number])
        return found

    def close(self) -> None:
        os.close(self.descriptor)


class _Kqueue:
    def __init__(self, paths: Sequence[Path]) -> None:
        self.opened: dict[int, Path] = {}
        self.queue: Any = select.kqueue()  # type: ignore[attr-defined,unused-ignore]
        try:
            for path in paths:
                self.opened[os.open(path, os.O_RDONLY | os.O_NOFOLLOW)] = path
            self.queue.control([self._event(each) for each in self.opened], 0)
        except OSError:
            self.close()
            raise

    def _event(self, descriptor: int) -> Any:
        every: Any = select
        wanted = every.KQ_NOTE_WRITE | every.KQ_NOTE_EXTEND
        return every.kevent(descriptor, every.KQ_FILTER_VNODE, every.KQ_EV_ADD | every.KQ_EV_CLEAR, wanted)

    def written(self) -> set[Path]:
        return {self.opened[event.ident] for event in self.queue.control(None, len(self.opened), 0)}

    def close(self) -> None:
        for each in self.opened:
            os.close(each)
        self.queue.close()
