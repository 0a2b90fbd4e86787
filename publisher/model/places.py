"""Sentences without the paths of one machine: they tell who works there, and nobody else can follow them. Pure."""

from __future__ import annotations

import re

_ABSOLUTE = r"""
    (?<![\w.~…/\\-])                                             # not within a word, an address or a relative path
    (?:[A-Za-z]:[\\/]|/)                                         # where an absolute path begins
    (?:(?:[^\s/\\:'"`,;()<>|]+[\\/])+|(?=[A-Za-z][\w-]))        # its folders
    (?P<name>[^\s/\\:'"`,;()<>|]*)
"""  #: compiled when it is needed: most runs have nothing to say


def without_places(text: str, *, root: str, home: str) -> str:
    """Return a text in which no absolute path is left.

    Args:
        text: A sentence.
        root: The project's folder; paths below it become relative to it, and it becomes `.` itself.
        home: The user's; paths below it begin with `~`.

    Returns:
        The text; of any other absolute path the last part remains, behind `…/`.
    """
    for place, inner, itself in ((root, "", "."), (home, "~/", "~")):
        if place.strip("/\\") and place in text:
            end = re.escape(place)
            text = re.sub(rf"(?<![\w.~-]){end}[/\\](?=[^\s/\\])", inner, text)
            text = re.sub(rf"(?<![\w.~-]){end}(?![\w.-])[/\\]?", itself, text)
    if "/" not in text and "\\" not in text:
        return text
    return re.sub(
        _ABSOLUTE, lambda found: f"…/{found['name']}" if found["name"] else "…", text, flags=re.VERBOSE
    )
