"""The digest of a content without what its writer adds.

It begins with the format's name and the version of what is set aside, so that a digest of another meaning is
never taken for the same; and every part goes in with its length, so that two parts are never taken for one.
"""

from __future__ import annotations

import hashlib
from typing import IO

from publisher.formats.source import pieces


class Essence:
    """A digest that grows part by part."""

    def __init__(self, format_name: str, version: int) -> None:
        self._digest = hashlib.sha256()
        self.add(f"essence of {format_name}, version {version}")

    def add(self, *parts: bytes | str) -> None:
        """Parts of the content, in an order that must not depend on the writer."""
        for part in parts:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            self._digest.update(b"%d:" % len(data))
            self._digest.update(data)

    def hexdigest(self) -> str:
        """64 hex digits."""
        return self._digest.hexdigest()


def sha256_of(file: IO[bytes]) -> str:
    """SHA-256 of what is left of an open file, as 64 hex digits."""
    digest = hashlib.sha256()
    for piece in pieces(file):
        digest.update(piece)
    return digest.hexdigest()
