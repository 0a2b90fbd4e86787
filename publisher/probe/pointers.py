"""Files that stand for content which is elsewhere: pointers of Git LFS and of git-annex, and its links."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from msgspec import Struct

LONGEST = 32 * 1024  #: bytes; as git-annex has it, the longest of both

_LFS = (b"version https://git-lfs.github.com/spec/v1\n", b"version https://hawser.github.com/spec/v1\n")
_LONGEST_LFS = 1024
_ANNEX = b"/annex/objects/"
_LINKED = f"annex{os.sep}objects{os.sep}"


class Pointer(Struct, frozen=True, kw_only=True):
    """What a file stands for."""

    system: str  #: `Git LFS` or `git-annex`
    command: str  #: that brings the data

    @property
    def told(self) -> str:
        """What the file is, as the rest of a sentence."""
        return f"is a {self.system} pointer, not the data; run `{self.command}`"


_OF_LFS = Pointer(system="Git LFS", command="git lfs pull")
_OF_ANNEX = Pointer(system="git-annex", command="git annex get")


def pointer_at(path: str | Path) -> Pointer | None:
    """Return what a file stands for; None for one that is itself the data, or cannot be read."""
    try:
        state = os.lstat(path)
        if stat.S_ISLNK(state.st_mode):
            if _LINKED in os.readlink(path) and not os.path.exists(path):
                return _OF_ANNEX
            state = os.stat(path)
        if not stat.S_ISREG(state.st_mode) or not 0 < state.st_size < LONGEST:
            return None
        with open(path, "rb") as file:
            return pointer_in(file.read(_LONGEST_LFS), state.st_size)
    except OSError:
        return None


def pointer_in(beginning: bytes, size: int) -> Pointer | None:
    """Return what a content stands for, from how it begins and its size in bytes."""
    if beginning.startswith(_LFS) and size < _LONGEST_LFS and b"\noid " in beginning:
        return _OF_LFS
    key = beginning.partition(b"\n")[0].removeprefix(_ANNEX)
    if beginning.startswith(_ANNEX) and b"--" in key and size < LONGEST:
        return _OF_ANNEX
    return None
