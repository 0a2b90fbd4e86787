"""SVG: its elements in their order; dates in the metadata are set aside, random ids are numbered instead.

An id counts as random when it ends with many hexadecimal digits: matplotlib's `p8603eef0e1`. Such an id, and
what refers to it by `href` or `url`, is replaced by its number in order of appearance: what refers to what is
still compared.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from publisher.formats.essence import Essence
from publisher.formats.source import Source, Unreadable, pieces

_RANDOM = r"[A-Za-z_][A-Za-z_-]*?(?:[0-9a-f]{10,}|(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,})"
_ID = re.compile(rf"^{_RANDOM}$")
_ADDRESS = re.compile(rf"(?<=url\(#){_RANDOM}(?=\))")
_LINK = re.compile(rf"(?<=^#){_RANDOM}$")
_DATE = "http://purl.org/dc/elements/1.1/ date"
_XLINK = "http://www.w3.org/1999/xlink href"
_METADATA = "http://www.w3.org/2000/svg metadata"


def essence(source: Source) -> str:
    """Elements, attributes, texts and comments, whatever the order of attributes.

    Raises:
        Unreadable: It is no XML, or defines entities.
    """
    digest = Essence("SVG", 1)
    numbers: dict[str, str] = {}
    within: list[str] = []
    texts: list[str] = []

    def named(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"\0{len(numbers)}")

    def flush() -> None:
        dated = _METADATA in within and within[-1] == _DATE
        digest.add("" if dated else "".join(texts))
        texts.clear()

    def start(name: str, attributes: dict[str, str]) -> None:
        flush()
        within.append(name)
        digest.add("element", name, str(len(attributes)))
        for key, value in sorted(attributes.items()):
            random = {"id": _ID, "href": _LINK, _XLINK: _LINK}.get(key, _ADDRESS)
            digest.add(key, random.sub(named, value))

    def end(name: str) -> None:
        flush()
        within.pop()
        digest.add("end")

    def other(*parts: str | None) -> None:
        flush()
        digest.add("other", *(part or "" for part in parts))

    def refuse(*_: object) -> None:
        raise Unreadable("defines entities, which are not opened")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = texts.append
    parser.CommentHandler, parser.ProcessingInstructionHandler = other, other
    parser.EntityDeclHandler = parser.SkippedEntityHandler = refuse
    parser.StartDoctypeDeclHandler = lambda *parts: other(*(str(part) for part in parts))
    with source.open() as file:
        for piece in pieces(file):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    return digest.hexdigest()
