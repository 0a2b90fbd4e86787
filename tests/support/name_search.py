"""A search for names in files that shares nothing with what makes a site anonymous: everything is unpacked and decoded."""

from __future__ import annotations

import base64
import binascii
import bz2
import contextlib
import html
import io
import lzma
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

_RUN = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){6,}")
_PDF_STRING = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_STARTS = re.compile(rb"\x1f\x8b\x08|BZh[1-9]|\xfd7zXZ\0|PK\x03\x04|\x78[\x01\x5e\x9c\xda]|\x5d\0\0")
_ESCAPED = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-3][0-7]{2}))")
_DEEPEST = 5


def find_names(data: bytes, needles: Sequence[str]) -> set[str]:
    """Which of the needles bytes hold, in whatever form."""
    found: set[str] = set()
    seen: set[bytes] = set()
    waiting = [(data, 0)]
    while waiting:
        piece, depth = waiting.pop()
        if not piece or piece in seen:
            continue
        seen.add(piece)
        for text in _texts(piece, short=depth > 0):
            plain = "".join(
                c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
            ).lower()
            plain = re.sub("[\u00ad\u200b-\u200d\u2060\ufeff{}\\\\\"'\u2019]", "", plain)
            found.update(each for each in needles if each in plain)
        if depth < _DEEPEST:
            waiting += [(inner, depth + 1) for inner in _inside(piece)]
    return found


def _texts(data: bytes, *, short: bool) -> Iterator[str]:
    if short and b"\0" not in data:
        encodings = ("utf-8", "latin-1")
    else:
        encodings = ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    for encoding in encodings:
        width = {"16": 2, "32": 4}.get(encoding[4:6], 1)
        for start in range(width):
            text = data[start : len(data) - (len(data) - start) % width].decode(encoding, errors="replace")
            yield text
            if width == 1:
                for _ in range(3):
                    text = html.unescape(
                        unquote_to_bytes(text.replace("=", "%") if "%" not in text else text).decode(
                            "utf-8", "replace"
                        )
                    )
                    yield text
                    text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
                    yield text
                    yield re.sub(r"<[^>]*>", "", text)
                    with contextlib.suppress(UnicodeError):
                        yield text.encode("latin-1").decode("utf-8")


def _inside(data: bytes) -> Iterator[bytes]:
    for run in _RUN.findall(data.replace(b"\\n", b"").replace(b"\n", b"")):
        for start in range(4):
            for table in (run[start:], run[start:].replace(b"-", b"+").replace(b"_", b"/")):
                with contextlib.suppress(binascii.Error, ValueError):
                    yield base64.b64decode(table[: len(table) // 4 * 4])
    for run in _HEX.findall(re.sub(rb"[\s<>]", b"", data)):
        yield bytes.fromhex(run[: len(run) // 2 * 2].decode())
        if len(run) > 2:
            yield bytes.fromhex(run[1:][: (len(run) - 1) // 2 * 2].decode())
    if b"\\" in data:
        yield _ESCAPED.sub(lambda code: bytes([int(code[1], 16) if code[1] else int(code[2], 8)]), data)
    if b"%" in data:
        yield unquote_to_bytes(data)
    if b"%PDF" in data[:1024]:
        yield from _pdf(data)
    for start in _STARTS.finditer(data):
        at = start.start()
        for unpack in (
            lambda d: zlib.decompressobj(wbits=47).decompress(d, 20_000_000),
            lambda d: bz2.BZ2Decompressor().decompress(d, 20_000_000),
            lambda d: lzma.LZMADecompressor().decompress(d, 20_000_000),
        ):
            with contextlib.suppress(Exception):
                yield unpack(data[at:])
        with contextlib.suppress(Exception), zipfile.ZipFile(io.BytesIO(data[at:])) as archive:
            for entry in archive.infolist():
                yield entry.filename.encode()
                yield archive.read(entry)


def _pdf(data: bytes) -> Iterator[bytes]:
    """Strings of a document as they are read, and the text of pages, put together."""
    for found in _PDF_STRING.findall(data):
        yield re.sub(rb"\\([0-3][0-7]{2})", lambda code: bytes([int(code[1], 8)]), found[1:-1])
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        text = stream
        with contextlib.suppress(zlib.error):
            text = zlib.decompress(stream)
        yield b"".join(
            re.sub(rb"\\([0-3][0-7]{2})", lambda code: bytes([int(code[1], 8)]), each[1:-1])
            for each in _PDF_STRING.findall(text)
        )
