"""PNG, chunk by chunk (W3C PNG specification, third edition): all that is not a text or a time is content."""

from __future__ import annotations

import hashlib
import zlib

from publisher.formats.essence import Essence
from publisher.formats.source import PIECE, Source, Unreadable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SET_ASIDE = {b"tEXt", b"zTXt", b"iTXt", b"tIME"}


def essence(source: Source) -> str:
    """Every chunk but texts and the time of the last change; in how many pieces the pixels come does not count."""
    digest = Essence("PNG", 1)
    pixels = hashlib.sha256()
    names: list[bytes] = []
    with source.open() as file:
        if file.read(8) != _SIGNATURE:
            raise Unreadable("is no PNG")
        while not names or names[-1] != b"IEND":
            header = file.read(8)
            left, name = int.from_bytes(header[:4], "big"), header[4:]
            data = pixels if name == b"IDAT" else hashlib.sha256()
            check = zlib.crc32(name)
            while left:
                piece = file.read(min(left, PIECE))
                if not piece:
                    raise Unreadable("is a PNG that was cut off")
                left -= len(piece)
                check = zlib.crc32(piece, check)
                data.update(piece)
            if len(header) < 8 or file.read(4) != check.to_bytes(4, "big"):
                raise Unreadable("is a PNG with a wrong check sum, or was cut off")
            if name == b"IDAT" and names and names[-1] != b"IDAT":
                digest.add(name)  # where they stand among the others
            elif name not in _SET_ASIDE | {b"IDAT"}:
                digest.add(name, data.hexdigest())
            if name not in _SET_ASIDE:
                names.append(name)
        if file.read(1):
            raise Unreadable("has something after the end of the PNG")
    digest.add(pixels.hexdigest())
    return digest.hexdigest()
