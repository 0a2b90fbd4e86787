"""What archives and compressed files hold, to a depth and a size. Nothing is written to disk."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

MOST_INSIDE = 100_000_000  #: bytes that are looked at in one file
_GZIP, _BZIP2, _XZ, _LZMA, _ZIP = (
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x5d\0\0",
    (b"PK\x03\x04", b"PK\x05\x06"),
)
_BETWEEN = 24  #: bytes that may stand between two files of a zip: sizes and a checksum
_NOBODY = ("", "root")


class NotSeen(Exception):
    """Something in an archive cannot be looked at, or is too much."""


def is_archive(data: bytes) -> bool:
    """Whether `members` knows such a file."""
    return _is_zlib(data) or data.startswith((_GZIP, _BZIP2, _XZ, *_ZIP)) or data[257:262] == b"ustar"


def _is_zlib(data: bytes) -> bool:
    """Whether bytes begin as a stream of zlib does, which has no mark of its own."""
    if len(data) < 8 or data[0] != 0x78 or int.from_bytes(data[:2], "big") % 31:
        return False
    try:
        zlib.decompressobj().decompress(data, 1000)
    except zlib.error:
        return False
    return True


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Every file in an archive, with its name; of a compressed file what it holds, without a name.

    Raises:
        NotSeen: Part of it is encrypted, broken, too large, or belongs to a person's account.
    """
    try:
        if data.startswith(_GZIP):
            yield "", _streams(data, lambda: zlib.decompressobj(wbits=31))
        elif data.startswith(_BZIP2):
            yield "", _streams(data, bz2.BZ2Decompressor)
        elif data.startswith(_XZ):
            yield "", _streams(data, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ))
        elif data[:1] == b"x" and _is_zlib(data):
            yield "", _streams(data, zlib.decompressobj)
        elif data.startswith(_ZIP):
            yield from _zip(data)
        else:
            yield from _tar(data)
    except (
        EOFError, NotImplementedError, OSError, RuntimeError, ValueError, lzma.LZMAError, struct.error,
        tarfile.TarError, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        raise NotSeen(str(error)) from error


def _streams(data: bytes, make) -> bytes:  # type: ignore[no-untyped-def]  # three kinds of decompressors
    """What one or more compressed streams hold, one behind the other."""
    made: list[bytes] = []
    left = MOST_INSIDE
    while data:
        stream = make()
        made.append(stream.decompress(data, left))
        left -= len(made[-1])
        if not stream.eof:
            raise NotSeen("it is cut off, or too large")
        rest = stream.unused_data
        if len(rest) >= len(data):
            raise NotSeen("bytes follow its end")
        data = rest.lstrip(b"\0")
    return b"".join(made)


def _zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        left = MOST_INSIDE
        at = 0
        for entry in sorted(archive.infolist(), key=lambda each: each.header_offset):
            left -= entry.file_size
            if left < 0 or entry.flag_bits & 1:
                raise NotSeen("it is encrypted, or too large")
            if not 0 <= entry.header_offset - at <= _BETWEEN:
                raise NotSeen("it holds more than it lists")
            name, extra = struct.unpack_from("<HH", data, entry.header_offset + 26)
            at = entry.header_offset + 30 + name + extra + entry.compress_size
            yield entry.filename, archive.read(entry)
        if not 0 <= archive.start_dir - at <= _BETWEEN:
            raise NotSeen("it holds more than it lists")


def _tar(data: bytes) -> Iterator[tuple[str, bytes]]:
    left = MOST_INSIDE
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for entry in archive:
            if entry.uname not in _NOBODY or entry.gname not in _NOBODY:
                raise NotSeen("it names the account of whoever made it")
            left -= entry.size
            if left < 0:
                raise NotSeen("it is too large")
            yield entry.linkname, b""
            file = archive.extractfile(entry) if entry.isreg() else None
            yield entry.name, file.read() if file else b""
