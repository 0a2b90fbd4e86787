"""A site as `publisher serve` shows it, for who reads it in a browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.publish.outlet.preview import server


@contextmanager
def shown(site: Path) -> Iterator[str]:
    """The address of the top of a site, on this machine alone.

    Args:
        site: Its folder.
    """
    with server(site, 0) as pages:
        thread = threading.Thread(target=pages.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{pages.server_address[1]}/"
        finally:
            pages.shutdown()
            thread.join()
