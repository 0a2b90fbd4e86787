"""Which paths a pattern of `publisher.yml` means: `out/*.png`, `data/**`, `**/*.json`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether any of the patterns means the path.

    `*` and `?` stay within one folder, `**` crosses folders, a pattern that ends with `/` or names a folder
    means everything below it. Both sides use `/` and are relative to the project.
    """
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    text = pattern.removeprefix("./").rstrip("/")
    at = 0
    while at < len(text):
        if text.startswith("**/", at):
            parts.append("(?:[^/]+/)*")
            at += 3
        elif text.startswith("**", at):
            parts.append(".*")
            at += 2
        elif text[at] == "*":
            parts.append("[^/]*")
            at += 1
        elif text[at] == "?":
            parts.append("[^/]")
            at += 1
        else:
            parts.append(re.escape(text[at]))
            at += 1
    return re.compile("".join(parts) + "(?:/.*)?", re.DOTALL)
