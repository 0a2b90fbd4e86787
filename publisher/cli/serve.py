"""`publisher serve`: the site on this machine, built again when something changes."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

from publisher.cli.build import build_site, places, tell, where
from publisher.cli.terminal import complain, say

if TYPE_CHECKING:
    from publisher.publish.outlet.preview import Preview

HELP = "show the site on this machine, and keep it up to date"
EXAMPLE = "publisher serve --port 8001"


def options(parser: argparse.ArgumentParser) -> None:
    """Those of `build`, and the port."""
    where(parser)
    parser.add_argument(
        "-p",
        "--port",
        type=int,
        default=8000,
        help="of 127.0.0.1; the next free one is taken (8000 unless given)",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from publisher.errors import PublisherError
    from publisher.publish.outlet.preview import server, state, watch
    from publisher.store.cache import HERE

    project, site_dir, config_file = places(args)

    def look() -> frozenset[tuple[str, int, int]]:
        return state([project.root], [site_dir, project.root / HERE])

    open_pages: list[Preview] = []

    def rebuild() -> None:
        try:
            report = build_site(project, site_dir, config_file)
        except PublisherError as error:
            complain(error)
            return
        tell(report)
        say(f"publisher: built, {len(report.changes.written)} files written")
        if report.changes.written or report.changes.removed:
            for pages in open_pages:
                pages.built()

    stop = threading.Event()
    watching = threading.Thread(target=watch, args=(look, rebuild, stop), daemon=True)
    before = {name: signal.signal(name, _interrupted) for name in (signal.SIGTERM,)}
    try:
        rebuild()
        with server(site_dir, args.port, telling=True) as pages:
            port = pages.server_address[1]
            if args.port and port != args.port:
                say(f"publisher: port {args.port} is taken")
            say(f"publisher: {os.path.relpath(site_dir)}/ is at http://127.0.0.1:{port}/ (Ctrl-C ends this)")
            open_pages.append(pages)
            watching.start()
            pages.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        say("publisher: no longer served")
    finally:
        stop.set()
        for name, handler in before.items():
            signal.signal(name, handler)
    if watching.is_alive():
        watching.join(timeout=10)
    return 0


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
