"""Pages that lead elsewhere: of aliases, of runs at the top of the site, of the top itself. Pure.

They work without JavaScript; with it, what stands behind `?` and `#` comes along.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape

_SCRIPT = "location.replace(document.querySelector('link').href + location.search + location.hash);"
_POLICY = (
    f"default-src 'none'; script-src 'sha256-{b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()}'"
)


def redirect(target: str) -> bytes:
    """A page that leads to another address.

    Args:
        target: Relative to the page: `../v1.0/index.html`.
    """
    address = escape(target, quote=True)
    return (
        "<!doctype html>\n"
        '<html lang="en">\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        "<title>This page is elsewhere</title>\n"
        f'<link rel="canonical" href="{address}">\n'
        '<meta name="robots" content="noindex">\n'
        f"<script>{_SCRIPT}</script>\n"
        f'<meta http-equiv="refresh" content="0; url={address}">\n'
        f'<p>This page is at <a href="{address}">{address}</a>.</p>\n'
    ).encode()


def to(page: str, target: str) -> bytes:
    """The page at one address of the site that leads to another, both from the top: `latest/runs/index.html`."""
    return redirect("../" * page.count("/") + target)
