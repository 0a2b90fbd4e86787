"""The gate through which every byte of an anonymous site goes.

A file is cleaned as what it is: a text has its names replaced, a picture keeps what draws it, a document keeps
its pages, an archive is looked into. What cannot be cleaned for sure is left out and named. What it does not know
stays: a lab's nickname in a plot's title, letters that are drawn as lines, and ids of commits, because they name
the code.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import hashlib
import re

from publisher.publish.outlet.anonymous.archives import NotSeen, is_archive, members
from publisher.publish.outlet.anonymous.forms import Forms
from publisher.publish.outlet.anonymous.names import TellTales
from publisher.publish.outlet.anonymous.pdf import clean_pdf
from publisher.publish.outlet.anonymous.pictures import NotClean, clean_picture
from publisher.publish.outlet.anonymous.places import WORDS, replace_addresses, replace_paths, tells_place
from publisher.publish.svg import examine

SAID = "# Anonymised for review: names, addresses and places are replaced, so the seal is left out."

_FORM = 3  #: of what is done; a change makes every file be written again
_DEEPEST = 4  #: files inside of files
_SEAL = re.compile(r"^seal:.*\n?", re.MULTILINE)
_DEAD_LINK = re.compile(rf'\s(?:href|src)="[^"]*{re.escape(WORDS)}[^"]*"')
_META = re.compile(r"(<meta http-equiv=[^>]*>)")
_SVG = re.compile(rb"\s*(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<(?:\w+:)?svg[\s>]", re.DOTALL)
_X = r"(?:[A-Za-z0-9+/_-]|%2[BbFf]|\\/)"
_BASE64 = re.compile(rf"{_X}{{16,}}(?:(?:\\n|\\r|\r?\n[ \t]*)+{_X}{{4,}})*(?:=|%3[Dd]|\\u003[Dd]){{0,2}}")
_IN_BYTES = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_DATA = ("data/", "search/search_index")  #: scripts that hold nothing but texts
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_NUMPY = b"\x93NUMPY"
_NUMBERS = re.compile(rb"'descr':\s*'[<>|=][fiucbUSV]\d+'")


class Scrubber:
    """Cleans each file of a site; see `publisher.publish.outlet.folder.Gate`."""

    def __init__(self, tales: TellTales) -> None:
        self.left_out: list[str] = []  #: files that may name somebody where it cannot be replaced
        told = (_FORM, sorted(tales.texts), sorted(tales.words), sorted(tales.short), SAID)
        self.key = hashlib.sha256(repr(told).encode()).hexdigest()[:16]
        self._forms = Forms(tales)

    def __call__(self, address: str, data: bytes) -> bytes | None:
        """The bytes of a file without what tells who made them; None when that cannot be had."""
        if address.startswith("sitemap.xml"):
            return None  # names the site's address on each line, packed
        said = self.text(address)
        if said != address or self._forms.remain(address):
            self.left_out.append(said if said != address else WORDS)
            return None
        if address.endswith((".js", ".css", ".map")) and not address.startswith(_DATA):
            return self._program(address, data)
        made = self._clean(address, data, 0)
        if made is None:
            self.left_out.append(address)
        return made

    def text(self, text: str) -> str:
        """A text that people wrote, or that programs printed, without what names somebody."""
        return replace_addresses(self._forms.replace(replace_paths(text)))

    def _clean(self, name: str, data: bytes, depth: int) -> bytes | None:
        """A file as what it is, by its first bytes; None when it cannot be cleaned for sure."""
        if depth > _DEEPEST:
            return None
        try:
            picture = clean_picture(data)
        except NotClean:
            return None
        if picture is not None:
            return None if self._tells(picture) else picture
        if data.startswith(b"%PDF-"):
            return clean_pdf(data, self._names, self._tells)
        if is_archive(data):
            return data if self._archive_is_clean(data, depth) else None
        if data.startswith(_NUMPY):
            plain = _NUMBERS.search(data[:200]) and b"O" not in data[10:200].partition(b"'descr'")[2][:20]
            return data if plain and not self._tells(data) else None
        if _SVG.match(data[:5000]) and not name.endswith((".html", ".htm")):
            drawing = examine(data)
            if not drawing.readable:
                return None
            data = drawing.copy
        text, encoding = read_text(data)
        return None if text is None else self._clean_text(name, text, encoding, depth)

    def _clean_text(self, name: str, text: str, encoding: str, depth: int) -> bytes | None:
        text = self._inner(text, depth, name)
        if name.endswith((".html", ".htm")):
            parts = _META.split(text)  # of which the odd ones are our policy, with words that may be names
            parts[::2] = [_DEAD_LINK.sub("", self.text(each)) for each in parts[::2]]
            remains = any(map(self._forms.remain, parts[::2]))
            text = "".join(parts)
        else:
            text = self.text(text)
            remains = self._forms.remain(text)
            if name.startswith(("runs/", "verifications/")) and name.endswith(".yml"):
                text = f"{SAID}\n{_SEAL.sub('', text)}"
        errors = "surrogateescape" if encoding == "utf-8" else "replace"
        return None if remains else text.encode(encoding, errors=errors)

    def _inner(self, text: str, depth: int, name: str) -> str:
        """Clean what stands in a text as base64: pictures of notebooks, data addresses, encoded texts."""

        def clean(found: re.Match[str]) -> str:
            written = found[0]
            if written.islower() or written.isupper():
                return written  # a word or a digest: base64 of a text has letters of both cases
            plain = re.sub(r"\\n|\\r|\s", "", written).replace("\\/", "/").replace("\\u003d", "=")
            plain = re.sub(r"%(2[BbFf]|3[Dd])", lambda code: chr(int(code[1], 16)), plain)
            for start in range(min(4, len(plain))):
                data = _decoded(plain[start:])
                if not data:
                    continue
                if start == 0 and _known(data):
                    made = self._clean(f"{name}!", data, depth + 1)
                    if made is None:
                        self.left_out.append(f"{name} (something in it as base64)")
                        return _encoded(WORDS.encode(), plain)
                    return written if made == data else _encoded(made, plain)
                inner, encoding = read_text(data)
                made = data if inner is None else self._clean_text(f"{name}!", inner, encoding, depth + 1)
                if made != data or self._tells(data):
                    whole = start == 0 and made is not None and not self._tells(made)
                    return _encoded(made if whole and made else WORDS.encode(), plain)
            return written

        return _BASE64.sub(clean, text) if depth <= _DEEPEST else text

    def _archive_is_clean(self, data: bytes, depth: int) -> bool:
        if self._tells(data):
            return False
        try:
            return all(
                not self._names(name) and (not inner or self._clean(name, inner, depth + 1) == inner)
                for name, inner in members(data)
            )
        except NotSeen:
            return False

    def _program(self, address: str, data: bytes) -> bytes | None:
        """A script or a style: a word in it may be part of the program, and `/tmp/` the beginning of a pattern."""
        text, encoding = read_text(data)
        if text is None:
            self.left_out.append(address)
            return None
        if address.startswith(("assets/javascripts/", "assets/stylesheets/")):
            return data  # of the theme
        text = self._forms.replace(self._inner(text, 0, address), words=False)
        if self._forms.remain(text):
            self.left_out.append(address)
            return None
        return text.encode(encoding, errors="surrogateescape" if encoding == "utf-8" else "replace")

    def _names(self, text: str) -> bool:
        """Whether a text names somebody."""
        return self.text(text) != text or self._forms.remain(text)

    def _tells(self, data: bytes) -> bool:
        """Whether bytes of any kind do."""
        if self._forms.stand_in(data):
            return True
        if tells_place(data.decode("latin-1")) or tells_place(data.replace(b"\0", b"").decode("latin-1")):
            return True
        if len(data) > 64:
            return any(
                self._forms.stand_in(inner)
                for found in _IN_BYTES.finditer(data)
                for start in range(4)
                if (inner := _decoded(found[0][start:].decode()))
            )
        return False


def read_text(data: bytes) -> tuple[str | None, str]:
    """The text of a file and its encoding; None when it is no text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                return None, ""
    if b"\0" in data:
        for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if (
                "\0" not in text
                and sum(each.isascii() and (each.isprintable() or each.isspace()) for each in text)
                > len(text) * 0.7
            ):
                return text, encoding
        return None, ""
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        odd = sum(each < 32 and each not in (9, 10, 12, 13, 27) for each in data)
        text = data.decode("utf-8", errors="surrogateescape")
        broken = sum("\udc80" <= each <= "\udcff" for each in text)
        if not odd and broken < sum(each > "\x7f" for each in text) - broken:
            return text, "utf-8"  # with a few bytes that are none
        return (data.decode("latin-1"), "latin-1") if not odd else (None, "")


def _decoded(text: str) -> bytes:
    text = text.rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _encoded(data: bytes, like: str) -> str:
    made = base64.b64encode(data).decode()
    return made.replace("+", "-").replace("/", "_") if set(like) & set("-_") else made


#: Beginnings of files that are cleaned as what they are, or are refused because a name may be packed in them.
_BEGINNINGS = (
    *(
        b"\x89PNG",
        b"\xff\xd8\xff",
        b"GIF8",
        b"RIFF",
        b"%PDF-",
        b"PK\x03\x04",
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ",
        _NUMPY,
    ),
    *(
        b"II*\0",
        b"MM\0*",
        b"II+\0",
        b"MM\0+",
        b"\x89HDF",
        b"SQLite format",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
    ),
    *(
        b"7z\xbc\xaf",
        b"Rar!",
        b"\xd0\xcf\x11\xe0",
        b"PAR1",
        b"ARROW1",
        b"wOFF",
        b"wOF2",
        b"OTTO",
        b"\x80\x04\x95",
    ),
    *(
        b"\x80\x05\x95",
        b"\x80\x03",
        b"MATLAB 5",
        b"\x5d\0\0",
        b"\0\0\0\x0cjP",
        b"\xff\x4f\xff\x51",
        b"OggS",
        b"ID3",
        b"CDF\1",
    ),
)


def _known(data: bytes) -> bool:
    """Whether decoded bytes begin as a file does that can hold a name which is not seen in its bytes."""
    return (
        data.startswith(_BEGINNINGS)
        or is_archive(data)
        or data[4:8] == b"ftyp"
        or bool(_SVG.match(data[:2000]))
    )
