"""How large a picture is drawn, from its own bytes. Pure.

Of PNG, GIF and the simple kind of SVG; for all else there is no answer, and a page does without.
"""

from __future__ import annotations

import re
import struct

_PNG, _GIF = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a")
_ROOT = re.compile(rb"<svg\b(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE)
_LENGTH = re.compile(
    rb"\s(?P<name>width|height)\s*=\s*[\"']\s*(?P<number>\d+(?:\.\d+)?)(?P<unit>px|pt)?\s*[\"']"
)
_VIEW = re.compile(
    rb"\sviewBox\s*=\s*[\"']\s*[-+.\d]+[\s,]+[-+.\d]+[\s,]+(?P<width>\d+(?:\.\d+)?)[\s,]+(?P<height>\d+(?:\.\d+)?)\s*[\"']"
)
_HEAD = 5_000  #: bytes in which the root of an SVG file is looked for
_LARGEST = 20_000  #: pixels that are believed


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in CSS pixels; None when they are not known.

    >>> size_of(b'<svg width="72pt" height="36pt" viewBox="0 0 72 36">')
    (96, 48)
    """
    if data.startswith(_PNG) and data[12:16] == b"IHDR" and len(data) >= 24:
        return _believed(*struct.unpack(">II", data[16:24]))
    if data.startswith(_GIF) and len(data) >= 10:
        return _believed(*struct.unpack("<HH", data[6:10]))
    root = _ROOT.search(data[:_HEAD])
    if root is None:
        return None
    said = {
        found["name"]: float(found["number"]) * (4 / 3 if found["unit"] == b"pt" else 1)
        for found in _LENGTH.finditer(root["attributes"])
    }
    if len(said) == 2:
        return _believed(said[b"width"], said[b"height"])
    view = _VIEW.search(root["attributes"])
    if view is None or re.search(rb"\s(?:width|height)\s*=", root["attributes"]):
        return None
    return _believed(float(view["width"]), float(view["height"]))


def _believed(width: float, height: float) -> tuple[int, int] | None:
    found = round(width), round(height)
    return found if all(0 < each <= _LARGEST for each in found) else None
