"""A notebook's outputs, made ready to be shown: what is long is cut and marked to be folded. Pure.

What only a script could draw is not drawn: a sentence stands in its place, or a frame where the site's owner
allows scripts. It does not know nbconvert, only the form of a notebook (nbformat 4).
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from publisher.publish import words
from publisher.publish.notebooks.frames import MOST, needs_frame

MOST_LINES = 40  #: of an output that stands open
MOST_TEXT = 16_000  #: characters of a text that are shown, of its beginning and its end
MOST_HTML = 100_000  #: characters of HTML that are shown
NOT_SHOWN = '<p class="pub-note">Interactive output is not shown.</p>'
FOLD = "publisher_fold"  #: key of an output's metadata: what the summary of its fold says

_PICTURES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")
_SCRIPTS = ("application/javascript", "application/vnd.", "application/x-")


Framed = Callable[[str], str]  #: takes HTML that needs scripts, says what is to stand in its place


def prepare(output: MutableMapping[str, Any], framed: Framed | None = None) -> None:
    """Make one output ready, in place. Its metadata, which may name files to write, is dropped.

    Args:
        output: Of a cell.
        framed: Puts into a frame what needs scripts; None where no script may run.
    """
    output["metadata"] = {}
    if "text" in output:
        output["text"] = _shortened(_joined(output["text"]))
        lines = _count(output["text"])
    elif "traceback" in output:
        output["traceback"] = _shortened("\n".join(map(str, output["traceback"]))).split("\n")
        lines = sum(_count(str(each)) for each in output["traceback"])
    else:
        lines = _prepare_data(output.get("data") or {}, framed)
    if lines > MOST_LINES:
        output["metadata"][FOLD] = f"Output, {words.plural(lines, 'line')}"


def _prepare_data(data: MutableMapping[str, Any], framed: Framed | None) -> int:
    """Make what an output displays ready; says how many lines it has."""
    html = _joined(data.get("text/html", ""))
    scripts = [kind for kind in data if kind.startswith(_SCRIPTS)]
    for kind in scripts:
        del data[kind]
    if framed and len(html) <= MOST and needs_frame(html):
        data["text/html"] = framed(html)
        return 0
    active = bool(scripts) or "<script" in html.lower()
    if any(kind in data for kind in _PICTURES) and not html:
        return 0
    if len(html) > MOST_HTML:
        told = f"{words.count(len(html))} characters of HTML are not shown here; the notebook holds them."
        html = f'<p class="pub-note">{told}</p>'
    if active:
        data["text/html"] = html + NOT_SHOWN
    elif html:
        data["text/html"] = html
    if html or active:
        return html.count("<tr")
    lines = 0
    for kind in ("text/plain", "text/markdown", "text/latex"):
        if kind in data:
            data[kind] = _shortened(_joined(data[kind]))
            lines = lines or _count(data[kind])
    return lines


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def _count(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n"))


def _shortened(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    half = MOST_TEXT // 2
    head = text[: text.rfind("\n", 0, half) + 1] or text[:half]
    at = text.find("\n", len(text) - half) + 1 or len(text) - half
    hidden = at - len(head)
    told = f"… {words.count(hidden)} characters are not shown here; the notebook holds them …"
    return f"{head}\n{told}\n{text[at:]}"
