"""A page that a generator rendered around our markers, cut into pieces that can be filled a thousand times. Pure.

The generator renders one frame; the pages whose number is unbounded are filled into it. A generator that drops
plugins without a word (there is one) leaves no frame, or one without markers: that is an error here, never a
site without its runs.
"""

from __future__ import annotations

import hashlib
import re
from html import escape

from publisher.errors import BrokenSite
from publisher.publish.addresses import FRAME_NAME

CONTENT = "PUBLISHER-CONTENT-GOES-HERE"
TITLE = "PUBLISHER-TITLE-GOES-HERE"
DESCRIPTION = "PUBLISHER-DESCRIPTION-GOES-HERE"

#: What goes into a page whose whole content is ours. A heading, because themes add one to a page without.
WHOLE = f'<h1 class="publisher-marker">{CONTENT}</h1>'
#: What goes into a page that has a heading and prose of its own.
PART = f'<div class="publisher-marker">{CONTENT}</div>'

_SLOTS = re.compile(
    rf"<(?P<tag>h1|div) class=[\"']?publisher-marker[\"']?>\s*{CONTENT}\s*</(?P=tag)>"
    rf"|{TITLE}|{DESCRIPTION}|{FRAME_NAME}(?=\.html)"
)
_HINT = "name the plugin in mkdocs.yml (`plugins: [search, publisher]`), and build with MkDocs 1.x"


class Frame:
    """A rendered page, open where our content, title, description and address go."""

    def __init__(self, html: str, where: str) -> None:
        """Cut a rendered page at its markers.

        Args:
            html: The page as the generator wrote it.
            where: Its place, for the error.

        Raises:
            BrokenSite: The place for the content is missing, or there is more than one.
        """
        self.digest = hashlib.sha256(html.encode()).hexdigest()
        self._fixed: list[str] = []
        self._slots: list[str] = []
        at = 0
        for found in _SLOTS.finditer(html):
            self._fixed.append(html[at : found.start()])
            self._slots.append("content" if found["tag"] else found[0])
            at = found.end()
        self._rest = html[at:]
        places = self._slots.count("content")
        if places != 1:
            lacks = "has no place for our content" if not places else f"has {places} places for our content"
            raise BrokenSite(f"the rendered page {lacks}", where=where, hint=_HINT)

    def filled(self, content: str, *, title: str = "", description: str = "", name: str = "") -> str:
        """The page with everything in its place.

        Args:
            content: HTML, trusted: it comes from our templates, which escape.
            title: Text.
            description: Text.
            name: The last part of the page's address, without `.html`.
        """
        values = {
            "content": content,
            TITLE: escape(title),
            DESCRIPTION: escape(description),
            FRAME_NAME: name,
        }
        pieces: list[str] = []
        for fixed, slot in zip(self._fixed, self._slots, strict=True):
            pieces.append(fixed)
            pieces.append(values[slot])
        pieces.append(self._rest)
        return "".join(pieces)


def missing(where: str) -> BrokenSite:
    """The error for a frame that the generator did not write at all."""
    return BrokenSite(
        "the generator did not render the page that runs are filled into", where=where, hint=_HINT
    )
