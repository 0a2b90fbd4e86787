"""Outputs that need scripts, each as a small page for a sandboxed frame. Pure.

Such a page is a stranger's program, with three walls around it: the frame's sandbox (no origin, so no storage and
no way into the page around it; no forms, windows, downloads), a policy in the page itself (nothing is loaded,
nothing is sent), and the policy of the page around it (the frame goes nowhere but to the site). Opened by its
address it would stand outside of the first and the last, so it then shows nothing.

What browsers do before they ask a policy stays possible: of a frame that leaves for another host, Chromium looks
up the name and connects, without asking for anything. And WebRTC, of which no policy speaks in any browser, is
taken away from the page, but a script that is made for it finds it again in a frame of its own.
"""

from __future__ import annotations

import hashlib
import re
from html import escape

from msgspec import Struct

MOST = 10_000_000  #: characters of one output; plotting libraries stand in it as a whole
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; media-src data:; base-uri 'none'; form-action 'none'"
)

#: What the sanitiser would leave nothing of. The style that pandas writes to every table is no loss.
_ACTIVE = re.compile(r"<(?:script|iframe|style(?!\s+scoped\b))(?=[\s/>])", re.IGNORECASE)
_HEIGHT = re.compile(
    r"(?<![\w-])height[\"']?\s*[:=]\s*[\"']?(?P<pixels>\d{2,5})(?:\.\d+)?(?=px|[\"';,}\s])", re.IGNORECASE
)
_LOOKED_AT = 200_000  #: characters at each end in which a height is looked for, not in a library between them
_LOWEST, _USUAL, _HIGHEST = 120, 480, 900  #: heights of a frame, in pixels
_BELIEVED = 200  #: what is less is the height of a button
_ROW = 30  #: of a table
_ROOM = 24  #: beside what the output says itself: margins, a line of buttons

_STYLE = "body{margin:8px;background:#fff;color:#000;font-family:sans-serif}"
#: `plaintext` makes text of all that follows, whatever it is; a page of a folder has no origin in any case.
_GUARD = (
    'if(self===top||self.origin!=="null")'
    "document.write('<p>This belongs to a notebook, and is shown in its page.</p><plaintext hidden>');"
    'for(const each of ["RTCPeerConnection","webkitRTCPeerConnection","mozRTCPeerConnection"])'
    "Object.defineProperty(self,each,{value:undefined});"
)


class Frames:
    """The frames of one notebook, under way."""

    def __init__(self, notebook: str) -> None:
        """Begin with none.

        Args:
            notebook: SHA-256 of its bytes, which stands in no notebook itself, so that none can write a `place`.
        """
        self._mark = hashlib.sha256(f"frame of {notebook}".encode()).hexdigest()
        self._made: list[_Frame] = []
        self.cell = 0  #: the cell whose outputs are looked at, counted from 1

    def take(self, html: str) -> str:
        """Have a frame for what an output displays; what stands in its place until the page is sanitised."""
        self._made.append(
            _Frame(html=html, title=f"Interactive output {len(self._made) + 1}, of cell {self.cell}")
        )
        return f"<p>{self._mark}-{len(self._made)}-</p>"

    def put(self, html: str, folder: str) -> str:
        """A sanitised page with its frames in it.

        Args:
            html: The page.
            folder: Where the files lie, seen from the page.
        """
        for number, frame in enumerate(self._made, 1):
            html = html.replace(f"<p>{self._mark}-{number}-</p>", frame.shown(f"{folder}/{_name(number)}"))
        return html

    @property
    def files(self) -> dict[str, bytes]:
        """The pages in the frames, by the names of their files."""
        return {_name(number): frame.page for number, frame in enumerate(self._made, 1)}


class _Frame(Struct, frozen=True, kw_only=True):
    """One of them."""

    html: str  #: as the notebook has it
    title: str

    @property
    def page(self) -> bytes:
        text = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>{escape(self.title)}</title>'
            f"<style>{_STYLE}</style><script>{_GUARD}</script></head>\n<body>{self.html}</body></html>\n"
        )
        return text.encode("utf-8", errors="replace")

    def shown(self, address: str) -> str:
        return (
            f'<iframe class="pub-interactive" sandbox="allow-scripts" loading="lazy" referrerpolicy="no-referrer" '
            f'src="{address}" title="{escape(self.title)}" height="{height(self.html)}"></iframe>'
        )


def _name(number: int) -> str:
    return f"frame-{number}.html"


def needs_frame(html: str) -> bool:
    """Whether HTML that an output displays would be lost, in whole or in part, by being sanitised."""
    return _ACTIVE.search(html) is not None


def height(html: str) -> int:
    """How high a frame is made, in pixels: what the output itself says, within bounds; a table by its rows.

    The page around a frame cannot measure it, and is told nothing by it.

    >>> height('<div style="height:450px"></div>'), height("<script>"), height('<svg height="9999">')
    (474, 480, 900)
    >>> height("<style></style><table><tr><td>1</td></tr></table>")
    120
    """
    parts = (html,) if len(html) <= 2 * _LOOKED_AT else (html[:_LOOKED_AT], html[-_LOOKED_AT:])
    said = [int(each["pixels"]) for part in parts for each in _HEIGHT.finditer(part)]
    found = max((each for each in said if each >= _BELIEVED), default=0) + _ROOM
    if found == _ROOM:
        found = _ROW * html.count("<tr") if "<script" not in html.lower() and "<tr" in html else _USUAL
    return min(max(found, _LOWEST), _HIGHEST)
