"""Paths that others wrote down, as places in a folder of ours: none of them leads out of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from publisher.errors import PublisherError


class LeadsOut(PublisherError):
    """A path leads outside of the folder that it is meant for."""

    exit_code = 3


def is_outside(path: str) -> bool:
    """Whether a path is one outside of the project."""
    return path == "~" or path.startswith("~/") or os.path.isabs(path)


def inside(top: Path, path: str) -> Path:
    """The place of a path below a folder; what it names may be a link, nothing on the way there is one.

    Args:
        top: The folder.
        path: Relative to it, `/` between the parts.

    Raises:
        LeadsOut: The path is absolute, goes upwards, into git's own folder, or through a link.
    """
    parts = re.split(r"[/\\]" if os.sep == "\\" else "/", path)
    if (
        is_outside(path)
        or ".." in parts
        or {".git", "git~1"} & set(map(str.lower, parts))
        or not path
        or "\0" in path
    ):
        raise LeadsOut(
            f"`{path}` leads out of the folder",
            where=top,
            hint="it has to name a file below it; was it edited by hand?",
        )
    place = top
    for part in parts[:-1]:
        place = place / part
        if place.is_symlink():
            raise LeadsOut(
                f"`{path}` goes through the link `{place.relative_to(top)}`",
                where=top,
                hint="name the file by its own path, without a link",
            )
    return place / parts[-1]
