"""PNG, chunk by chunk (W3C PNG specification, third edition): all that is not a text or a time is content."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

from publisher.formats.essence import Essence
from publisher.formats.source import PIECE, Source, Unreadable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SET_ASIDE = {b"tEXt", b"zTXt", b"iTXt", b"tIME"}
#: Chunks of which whoever decodes the picture sees what they say, however it is packed.
_SEEN = {b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"IDAT", b"acTL", b"fcTL", b"fdAT", b"IEND", b"eXIf"}


def essence(source: Source) -> str:
    """Every chunk but texts and the time of the last change; in how many pieces the pixels come does not count."""
    digest = Essence("PNG", 1)
    pixels = ""
    names: list[bytes] = []
    for name, value in chunks(source):
        if name == b"IDAT" and names and names[-1] != b"IDAT":
            digest.add(name)  # where they stand among the others
        elif name not in _SET_ASIDE | {b"IDAT"}:
            digest.add(name, value)
        if name not in _SET_ASIDE:
            names.append(name)
        pixels = value if name == b"IDAT" else pixels
    digest.add(pixels or hashlib.sha256().hexdigest())
    return digest.hexdigest()


def chunks(source: Source) -> Iterator[tuple[bytes, str]]:
    """Name and digest of every chunk; that of pixels is of all pixels so far.

    Raises:
        Unreadable: It is no whole PNG, or something follows its end.
    """
    pixels = hashlib.sha256()
    name = b""
    with source.open() as file:
        if file.read(8) != _SIGNATURE:
            raise Unreadable("is no PNG")
        while name != b"IEND":
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
            yield name, data.hexdigest()
        if file.read(1):
            raise Unreadable("has something after the end of the PNG")


def beside_the_pixels(source: Source) -> list[tuple[bytes, str]]:
    """Chunks that say how pixels are to be seen, or what we do not know; the library for pictures hides some."""
    return sorted(each for each in chunks(source) if each[0] not in _SET_ASIDE | _SEEN)
