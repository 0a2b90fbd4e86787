"""Pictures with nothing in them but what is needed to draw them. Pure.

What may stay is listed for each format; all else is left out: texts, times, the camera's notes, XMP, colour
profiles, thumbnails, content credentials, private parts, and whatever follows the end.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

PNG, JPEG, GIF, RIFF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", (b"GIF87a", b"GIF89a"), b"RIFF"
_PNG_KEPT = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"tRNS",
        b"IDAT",
        b"IEND",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"sBIT",
        b"pHYs",
        b"bKGD",
        b"hIST",
    )
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH"))
_WEBP_NOTES = 0x2C  #: flags of VP8X that say of a profile, EXIF and XMP
_FRAMES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
_JPEG_KEPT = _FRAMES | {0xC4, 0xCC, 0xDA, 0xDB, 0xDC, 0xDD}
_LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01"


class NotClean(Exception):
    """It is not such a picture, or has a part that is not understood."""


def clean_picture(data: bytes) -> bytes | None:
    """The same picture and nothing else; None when it is no picture of a kind that is known here.

    Raises:
        NotClean: It begins like one, and is broken.
    """
    try:
        if data.startswith(PNG):
            return clean_png(data)
        if data.startswith(JPEG):
            return clean_jpeg(data)
        if data.startswith(GIF):
            return b"".join(_gif(data))
        if data.startswith(RIFF) and data[8:12] == b"WEBP":
            return clean_webp(data)
    except (IndexError, struct.error) as error:
        raise NotClean("ends too early") from error
    return None


def clean_png(data: bytes) -> bytes:
    """A PNG of the parts that draw it."""
    pieces = [PNG]
    at = len(PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if end > len(data):
            raise NotClean("ends too early")
        if kind in _PNG_KEPT:
            if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
                raise NotClean("has a part with a wrong checksum")
            pieces.append(data[at:end])
        elif not kind[0] & 0x20:
            raise NotClean("has a part that is needed and unknown")
        at = end
        if kind == b"IEND":
            return b"".join(pieces)
    raise NotClean("has no end")


def clean_jpeg(data: bytes) -> bytes:
    """A JPEG of the segments that draw it; JFIF without its thumbnail, and Adobe's mark of colours."""
    pieces, at = [b"\xff\xd8"], 2
    while True:
        if data[at] != 0xFF:
            raise NotClean("has bytes between its segments")
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            return b"".join([*pieces, b"\xff\xd9"])
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2 or at + 2 + length > len(data):
            raise NotClean("ends too early")
        segment = data[at : at + 2 + length]
        at += 2 + length
        if marker in _JPEG_KEPT:
            pieces.append(segment)
        elif marker == 0xE0 and segment[4:9] == b"JFIF\0" and length >= 16:
            pieces.append(b"\xff\xe0\x00\x10" + segment[4:16] + b"\0\0")
        elif marker == 0xEE and segment[4:9] == b"Adobe" and length >= 14:
            pieces.append(b"\xff\xee\x00\x0e" + segment[4:16])
        if marker == 0xDA:
            end = at
            while True:
                end = data.index(b"\xff", end) if b"\xff" in data[end:] else len(data)
                if end + 1 >= len(data):
                    raise NotClean("has no end")
                if data[end + 1] == 0 or 0xD0 <= data[end + 1] <= 0xD7:
                    end += 2
                elif data[end + 1] == 0xFF:
                    end += 1
                else:
                    break
            pieces.append(data[at:end])
            at = end


def _gif(data: bytes) -> Iterator[bytes]:
    """The parts of a GIF: its frames, how long they are shown, and how often."""
    at = 13 + (3 * (2 << (data[10] & 7)) if data[10] & 0x80 else 0)
    yield data[:at]
    while True:
        start = at
        kind = data[at]
        if kind == 0x3B:
            yield b"\x3b"
            return
        if kind == 0x21:
            label = data[at + 1]
            at = _after_blocks(data, at + 2)
            if label == 0xF9 or (data[start:at].startswith(_LOOP) and at - start == len(_LOOP) + 3):
                yield data[start:at]
        elif kind == 0x2C:
            colours = 3 * (2 << (data[at + 9] & 7)) if data[at + 9] & 0x80 else 0
            at = _after_blocks(data, at + 11 + colours)
            yield data[start:at]
        else:
            raise NotClean("has an unknown part")


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def clean_webp(data: bytes) -> bytes:
    """A WebP of the chunks that draw it."""
    pieces = list(_webp_chunks(data, 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))))
    inner = b"WEBP" + b"".join(pieces)
    return RIFF + struct.pack("<I", len(inner)) + inner


def _webp_chunks(data: bytes, at: int, end: int) -> Iterator[bytes]:
    while at + 8 <= end:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if len(body) != size:
            raise NotClean("ends too early")
        at += 8 + size + size % 2
        if kind not in _WEBP_KEPT:
            continue
        if kind == b"VP8X":
            body = bytes([body[0] & ~_WEBP_NOTES]) + body[1:]
        if kind == b"ANMF":
            body = body[:16] + b"".join(_webp_chunks(body, 16, len(body)))
        yield kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
