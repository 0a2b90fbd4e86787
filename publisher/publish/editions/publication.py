"""What stands beside the editions at the top of the published site, and a new state of all of it.

It decides nothing about which editions there are (`publisher.model.edition`), and builds none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

import msgspec

from publisher.model.edition import Editions, newest_with, versions
from publisher.publish.editions.between import between
from publisher.publish.editions.carrier import LISTED, Carrier
from publisher.publish.editions.redirects import to

_RUN = re.compile(r"runs/(?P<id>[0-9a-f]{12})\.html")
_HOME = "index.html"


def composed(carrier: Carrier, editions: Editions) -> str:
    """The tree of the whole published site: editions in their folders, and the pages that lead to them.

    Args:
        carrier: Has the objects of every edition.
        editions: What is to be published.
    """
    pages = {
        each.name: [path for path in carrier.addresses(each.content) if path.endswith(".html")]
        for each in editions.editions
    }
    files = beside(editions, pages)
    files.update(between(editions, lambda edition, path: carrier.content(edition.content, path)))
    return carrier.tree(files, {each.name: each.content for each in editions.editions})


def beside(editions: Editions, pages: Mapping[str, list[str]]) -> dict[str, bytes]:
    """The files at the top, and those of aliases and of permanent run addresses. Pure.

    Args:
        editions: What is to be published.
        pages: The pages of each edition, by its name.
    """
    files = {
        LISTED: _json(msgspec.to_builtins(editions)),
        "versions.json": _json(versions(editions)),
        ".nojekyll": b"",
        "404.html": _not_found(editions),
    }
    if start := editions.start:
        files[_HOME] = to(_HOME, f"{start.name}/{_HOME}")
    for alias, name in editions.aliases.items():
        for page in pages.get(name, ()):
            files[f"{alias}/{page}"] = to(f"{alias}/{page}", f"{name}/{page}")
    runs = {
        name: [found["id"] for page in paths if (found := _RUN.fullmatch(page))]
        for name, paths in pages.items()
    }
    for run, name in newest_with(editions.editions, runs).items():
        files[f"runs/{run}.html"] = to(f"runs/{run}.html", f"{name}/runs/{run}.html")
    return files


def message(editions: Editions) -> str:
    """What the one commit of the branch says."""
    names = ", ".join(each.name for each in editions.editions) or "none"
    return f"Editions: {names}\n"


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _not_found(editions: Editions) -> bytes:
    """A page for an address that no edition has. It may be asked for at any depth, so it holds no links."""
    names = ", ".join(escape(each.name) for each in editions.editions)
    return (
        "<!doctype html>\n"
        '<html lang="en">\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">\n'
        "<title>Not found</title>\n"
        f"<p>There is no such page here. The editions are: {names or 'none yet'}. "
        "The address of each begins with its name.</p>\n"
    ).encode()
