"""Where a picture ends in its file, and what follows: nobody who looks at the picture sees it, yet it is content.

It walks over the parts of JPEG (ITU-T T.81), GIF (GIF89a) and WebP (RIFF), and decodes nothing.
"""

from __future__ import annotations

import re

from publisher.formats.source import Source, Unreadable

_MARKER = re.compile(
    rb"\xff[^\x00\xd0-\xd7\xff]"
)  #: in the pixels of JPEG: what is no stuffing and no restart


def after_the_end(source: Source, kind: str) -> bytes:
    """The bytes after the end of a picture.

    Args:
        source: The file.
        kind: As Pillow calls the format; of others than JPEG, GIF and WebP nothing is known.

    Raises:
        Unreadable: Its end is not where its parts say.
    """
    ends = {"JPEG": _end_of_jpeg, "MPO": _end_of_jpeg, "GIF": _end_of_gif, "WEBP": _end_of_webp}
    if kind not in ends:
        return b""
    data = source.whole()
    end = ends[kind](data)
    if end > len(data):
        raise Unreadable("was cut off")
    return data[end:]


def _end_of_jpeg(data: bytes) -> int:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise Unreadable("is a broken JPEG")
        mark = data[at + 1]
        if mark == 0xFF:  # filling
            at += 1
        elif mark == 0xD9:
            return at + 2
        elif mark == 0x01 or 0xD0 <= mark <= 0xD7:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if mark == 0xDA:  # pixels follow
                found = _MARKER.search(data, at)
                at = found.start() if found else len(data) + 1
    return at + 2 if data[at : at + 2] == b"\xff\xd9" else len(data) + 1


def _end_of_gif(data: bytes) -> int:
    at = 13 + _colours(data, 10)
    while at < len(data):
        mark = data[at]
        if mark == 0x3B:
            return at + 1
        if mark == 0x2C:
            at = _after_blocks(data, at + 11 + _colours(data, at + 9))
        elif mark == 0x21:
            at = _after_blocks(data, at + 2)
        else:
            raise Unreadable("is a broken GIF")
    return len(data) + 1


def _colours(data: bytes, at: int) -> int:
    """Bytes of the table of colours that the flags at a place announce."""
    flags = data[at] if at < len(data) else 0
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += 1 + data[at]
    return at + 1


def _end_of_webp(data: bytes) -> int:
    size = int.from_bytes(data[4:8], "little")
    return 8 + size + size % 2
