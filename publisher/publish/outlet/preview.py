"""A site folder shown on this machine, rebuilt when something that it is made from changes, and shown anew.

It looks at names, sizes and times once a second; it does not know how a site is built. Pages get a script on
their way out that asks whether there was a build, and loads the page again; nothing in the folder has it.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"
PAUSE = 1.0  #: seconds between two looks
_FEW = 20  #: ports that are tried

State = frozenset[tuple[str, int, int]]


_PATIENCE = 20.0  #: seconds after which a page that waits for a build is told that there was none
_RELOAD = "/.publisher/reload.js"
_BUILT = "/.publisher/built"
_SCRIPT = f"""\
(function () {{
  "use strict";
  var seen = "";
  function ask() {{
    fetch("{_BUILT}?" + seen).then(function (answer) {{ return answer.text(); }}).then(function (count) {{
      if (seen && count !== seen) location.reload();
      else {{ seen = count; ask(); }}
    }}, function () {{ setTimeout(ask, 1000); }});
  }}
  ask();
}})();
""".encode()


class Pages(SimpleHTTPRequestHandler):
    """Hands out files of one folder. `/runs/<id>` is also `/runs/<id>.html`, as it is on GitHub Pages."""

    server: Preview

    def do_GET(self) -> None:
        """A file; a page with the script that loads it again; or how many builds there were."""
        asked = urlsplit(self.path)
        if not self.server.telling:
            super().do_GET()
        elif asked.path == _RELOAD:
            self._send(_SCRIPT, "text/javascript")
        elif asked.path == _BUILT:
            self._send(self.server.builds_after(asked.query).encode(), "text/plain")
        else:
            place = self.translate_path(self.path)
            if asked.path.endswith("/"):
                place = os.path.join(place, "index.html")
            if place.endswith(".html") and os.path.isfile(place):
                with open(place, "rb") as file:
                    page = file.read()
                self._send(page + f'<script src="{_RELOAD}"></script>\n'.encode(), "text/html; charset=utf-8")
            else:
                super().do_GET()

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

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


class Preview(ThreadingHTTPServer):
    """A server of a folder; it may tell pages that are open of builds."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"

    def __init__(self, address: tuple[str, int], folder: Path, *, telling: bool) -> None:
        self.telling = telling
        self._builds = 1
        self._change = threading.Condition()
        super().__init__(address, partial(Pages, directory=str(folder)))

    def built(self) -> None:
        """Have every open page loaded again."""
        with self._change:
            self._builds += 1
            self._change.notify_all()

    def builds_after(self, seen: str) -> str:
        """The number of builds; when a page has seen it already, the next is waited for."""
        with self._change:
            if seen == str(self._builds):
                self._change.wait(_PATIENCE)
            return str(self._builds)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that was left while it waited is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(folder: Path, port: int, *, telling: bool = False) -> Preview:
    """A server of a folder, on a port of this machine, or on the next free one. 0 takes any.

    Args:
        folder: The site.
        port: The first that is tried.
        telling: Pages that are open are loaded again after a build.

    Raises:
        OSError: No port near it is free.
    """
    for wanted in range(port, port + _FEW) if port else [0]:
        try:
            return Preview((HOST, wanted), folder, telling=telling)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    return Preview((HOST, 0), folder, telling=telling)


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
