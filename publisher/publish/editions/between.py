"""The pages at the top of the site that tell one edition from another, in the frame of the newest. Pure.

An edition's own page about itself is the frame: it has the look of the site, and a place for our content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from publisher.model.changes import Flat, changes
from publisher.model.edition import Edition, Editions
from publisher.publish.addresses import EDITION_PAGE
from publisher.publish.changes.page import Pair, changes_page
from publisher.publish.changes.snapshot import snapshot
from publisher.publish.frame.policy import policy
from publisher.publish.frame.templates import Pages

FOLDER = "changes"
_TITLED = "What changed between editions"

#: An edition, and the path of a file in it -> what that holds; None when it is not there.
Read = Callable[[Edition, str], bytes | None]

_PLACE = re.compile(r"<!--publisher:edition-->.*<!--/publisher:edition-->", re.DOTALL)
_CANONICAL = re.compile(r"<link\b[^<>]*\brel=[\"']?canonical\b[^<>]*>")
_TITLE = re.compile(r"(?<=>)\s*This edition\b")
_UP = re.compile(r"""(\b(?:href|src)=["']?)\.\./""")
_BASE = re.compile(r'("base":\s*")\.\.(")')


def between(editions: Editions, read: Read) -> Iterator[tuple[str, bytes]]:
    """Every page below `changes/`, by its address: of any two editions, and the first of all.

    Args:
        editions: Newest first.
        read: Reads them.

    Raises:
        NotComparable: What one of them shows cannot be read.
    """
    listed = editions.editions
    if not listed:
        return
    frame = read(listed[0], EDITION_PAGE)
    if len(listed) == 1:
        told = f"<h1>{_TITLED}</h1><p>There is one edition so far: {escape(listed[0].name)}.</p>"
        yield f"{FOLDER}/index.html", _framed(frame, listed[0], told, _TITLED)
        return
    templates = Pages()
    known: dict[bytes, Flat] = {}
    seen = [snapshot(each.name, each.date, _data_of(read, each), known) for each in listed]
    pairs = [(older, newer) for newer in range(len(seen)) for older in range(newer + 1, len(seen))]
    for number, (older, newer) in enumerate(pairs):
        told_pairs = [
            Pair(
                before=seen[one].name,
                after=seen[other].name,
                address=address(seen[one].name, seen[other].name),
                here=(one, other) == (older, newer),
            )
            for one, other in pairs
            if one == older or other == newer  # the way to any other is two steps
        ]
        page = changes_page(changes(seen[older], seen[newer]), told_pairs)
        content = templates.render("changes", {"page": page, "root": "../"})
        html = _framed(frame, listed[0], content, f"What changed from {page.before} to {page.after}")
        yield f"{FOLDER}/{address(page.before, page.after)}", html
        if number == 0:
            yield f"{FOLDER}/index.html", html


def address(before: str, after: str) -> str:
    """The page about two editions, beside the others of its kind."""
    return f"{before}...{after}.html"


def _data_of(read: Read, edition: Edition) -> Callable[[str], bytes | None]:
    return lambda file: read(edition, f"data/{file}")


def _framed(frame: bytes | None, newest: Edition, content: str, title: str) -> bytes:
    """A page with the look of the newest edition; with none at all where that has no page about itself."""
    html = frame.decode("utf-8", errors="replace") if frame else ""
    if not _PLACE.search(html):
        return _plain(content, title).encode()
    html = _CANONICAL.sub("", html)
    html = _TITLE.sub(escape(title), html)
    html = _BASE.sub(rf"\g<1>../{newest.name}\g<2>", _UP.sub(rf"\g<1>../{newest.name}/", html))
    return _PLACE.sub(lambda found: content, html).encode()


def _plain(content: str, title: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
        f"<title>{escape(title)}</title>\n{content}\n"
    )
