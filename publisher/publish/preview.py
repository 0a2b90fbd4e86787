"""A site folder shown on this machine, and rebuilt when something that it is made from changes.

It looks at names, sizes and times once a second; it does not know how a site is built.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
PAUSE = 1.0  #: seconds between two looks
_FEW = 20  #: ports that are tried

State = frozenset[tuple[str, int, int]]


class Pages(SimpleHTTPRequestHandler):
    """Hands out files of one folder. `/runs/<id>` is also `/runs/<id>.html`, as it is on GitHub Pages."""

    def translate_path(self, path: str) -> str:
        """The file that an address means."""
        place = super().translate_path(path)
        return f"{place}.html" if not os.path.exists(place) and os.path.isfile(f"{place}.html") else place

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """A folder without `index.html` is not there."""
        self.send_error(404)

    def end_headers(self) -> None:
        """What was built again is to be seen again."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody wants to read each request."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server of a folder, on a port of this machine, or on the next free one. 0 takes any.

    Raises:
        OSError: No port near it is free.
    """
    pages = partial(Pages, directory=str(folder))
    for wanted in range(port, port + _FEW) if port else [0]:
        try:
            return _Server((HOST, wanted), pages)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    return _Server((HOST, 0), pages)


def state(places: Sequence[Path], but: Sequence[Path]) -> State:
    """What files there are below some places, with size and time, apart from what is below others."""
    skipped = {os.path.realpath(each) for each in but}
    return frozenset(each for place in places for each in _files(str(place), skipped))


def _files(place: str, skipped: set[str]) -> Iterator[tuple[str, int, int]]:
    try:
        entries = list(os.scandir(place))
    except NotADirectoryError:
        found = os.stat(place)
        yield place, found.st_size, found.st_mtime_ns
        return
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in ("node_modules", "__pycache__"):
            continue
        if entry.is_dir(follow_symlinks=False):
            if os.path.realpath(entry.path) not in skipped:
                yield from _files(entry.path, skipped)
        elif entry.is_file(follow_symlinks=False):
            try:
                found = entry.stat()
            except FileNotFoundError:
                continue
            yield entry.path, found.st_size, found.st_mtime_ns


def watch(look: Callable[[], State], rebuild: Callable[[], None], stop: threading.Event) -> None:
    """Rebuild after each change, until told to stop. What changes during a build leads to another.

    Args:
        look: Says what is there.
        rebuild: Builds; deals with its own errors.
        stop: Set by whoever wants an end.
    """
    before = look()
    while not stop.wait(PAUSE):
        now = look()
        if now != before:
            before = now
            rebuild()
