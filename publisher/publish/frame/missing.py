"""The page that a server shows for an address that leads nowhere: ways on from it. Pure."""

from __future__ import annotations

import re

_HEADING = re.compile(r"<h1[^<>]*>\s*404\b[^<]*</h1>")


def with_ways_on(html: str, root: str, index: str) -> str:
    """The theme's page of what is missing, with links below its heading; as it is when it has no such heading.

    Args:
        html: The page.
        root: The way to the top of the site, which holds at any address.
        index: `index.html`, or nothing where links name folders.
    """
    ways = (
        "<p>There is no such page. A run may have been taken back, or its address has lost a letter.</p>"
        f'<ul><li><a href="{root}{index}">The home page</a> shows what there is.</li>'
        f'<li><a href="{root}runs/{index}">All runs</a> can be searched by words, parameters and results.</li>'
        f'<li><a href="{root}which/{index}">Which run made this file?</a> finds a run by what it wrote.</li></ul>'
    )
    return _HEADING.sub(lambda heading: heading[0] + ways, html, count=1)
