"""PDF (ISO 32000-1), as programs write it that draw figures: dates, ids and the writer's name are set aside.

They are looked for where they belong: in the document's information, in the trailer, in XMP metadata, never in
the content of other streams. A PDF that hides its objects (encryption, object streams) has no essence.
"""

from __future__ import annotations

import re
from collections import Counter

from publisher.formats.essence import Essence
from publisher.formats.source import Source, Unreadable

_STREAM = re.compile(rb"\bstream\r?\n")
_END_OF_STREAM = re.compile(rb"endstream\b")
_STRING = rb"(?:\((?:\\.|[^\\()])*+\)|<[0-9A-Fa-f\s]*+>)"
_WRITERS = {b"CreationDate", b"ModDate", b"Producer", b"Creator"}
_SPACE = re.compile(rb"\s*+")
_NAME = re.compile(rb"/([^\s/()<>\[\]]++)\s*+")
_HEXADECIMAL = re.compile(rb"<[0-9A-Fa-f\s]*+>")
_SIMPLE = re.compile(rb"/[^\s/()<>\[\]]++|[-+.\d]++(?:\s++\d++\s++R\b)?+")
_IN_PARENTHESES = re.compile(rb"[^()\\]*+")
_BEGIN = re.compile(rb"\d+\s+\d+\s+obj\s*+<<")
_END = re.compile(rb">>\s*+endobj\b")
_IDS = re.compile(rb"/ID\s*\[\s*" + _STRING + rb"\s*" + _STRING + rb"\s*\]", re.DOTALL)
_INFO = re.compile(rb"/Info\s+(\d{1,10})\s+(\d{1,10})\s+R\b")
_OBJECT = re.compile(rb"\s{0,8}(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}obj\b")
_REFERENCE = re.compile(rb"(?<!\d)(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}R\b")
_TO_METADATA = re.compile(rb"/Metadata\s{1,8}(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}R\b")
_LAST_OBJECT = re.compile(rb"(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}\Z")
_XREF = re.compile(rb"\bxref\s+0\s+(\d+)\s*?\r?\n((?:\d{10} \d{5} [nf][ \r][\r\n])+)(?=trailer)")
_XMP_NAMES = (
    rb"xmp:CreateDate|xmp:ModifyDate|xmp:MetadataDate|xmp:CreatorTool|pdf:Producer|"
    rb"xmpMM:DocumentID|xmpMM:InstanceID"
)
_XMP = re.compile(rb"<(" + _XMP_NAMES + rb")>[^<>]*</\1>|\b(" + _XMP_NAMES + rb")=\"[^\"<>]*\"")


def essence(source: Source) -> str:
    """Every byte but dates, ids, the writer's name and version, and the table of where the objects are.

    Raises:
        Unreadable: It is encrypted, holds object streams, was changed after it was written, or its table of
            objects does not lead to them.
    """
    data = source.whole()
    streams = _streams(data)
    outside = _outside(data, streams)
    if re.search(rb"/(?:ObjStm|Encrypt|XRef)\b", outside):
        raise Unreadable("is encrypted, or packs its objects")
    tables = list(_XREF.finditer(data))
    if len(tables) != 1 or data.count(b"startxref") != 1 or outside.count(b"trailer") != 1:
        raise Unreadable("was changed after it was written, or is no whole PDF")
    table = tables[0]
    objects = _check(data, table)
    body, trailer = data[: table.start()], data[table.end() :]
    entries = [line[11:18] for line in table[2].splitlines()]
    digest = Essence("PDF", 1)
    digest.add(table[1], *entries)
    at = 0
    info = _INFO.search(trailer)
    metadata = _metadata(outside)
    told = objects.get(int(info[1]), -1) if info else -1  #: where the document's information is
    for start, end in streams:
        if end > len(body):
            break
        xmp = _is_metadata(body[at:start], metadata)
        digest.add(
            _without(body, at, start, told), _XMP.sub(rb"\1\2", body[start:end]) if xmp else body[start:end]
        )
        at = end
    digest.add(
        _without(body, at, len(body), told),
        re.sub(rb"startxref\s+\d+", b"startxref", _IDS.sub(b"/ID", trailer)),
    )
    return digest.hexdigest()


def _streams(data: bytes) -> list[tuple[int, int]]:
    """Where each stream begins and ends, with the words that say so."""
    streams: list[tuple[int, int]] = []
    at = 0
    while begin := _STREAM.search(data, at):
        end = _END_OF_STREAM.search(data, begin.end())
        if end is None:
            break
        at = end.end()
        streams.append((begin.start(), at))
    return streams


def _outside(data: bytes, streams: list[tuple[int, int]]) -> bytes:
    """All that is in no stream."""
    ends = [0, *(end for _, end in streams)]
    starts = [*(start for start, _ in streams), len(data)]
    return b"".join(data[end:start] for end, start in zip(ends, starts, strict=True))


def _metadata(outside: bytes) -> set[tuple[bytes, ...]]:
    """Number and generation of the objects that are referred to as metadata, and as nothing else.

    Args:
        outside: All that is in no stream.
    """
    references = Counter(each.groups() for each in _REFERENCE.finditer(outside))
    to_metadata = Counter(each.groups() for each in _TO_METADATA.finditer(outside))
    return {each for each, count in to_metadata.items() if count == references[each]}


def _is_metadata(head: bytes, metadata: set[tuple[bytes, ...]]) -> bool:
    """Whether the stream after a text is XMP metadata, and is nothing else beside."""
    at = head.rfind(b"obj")
    number = _LAST_OBJECT.search(head[max(at - 40, 0) : max(at, 0)])
    if number is None or number.groups() not in metadata:
        return False
    return re.search(rb"/Type\s*+/Metadata\b", head[at:]) is not None


def _without(body: bytes, start: int, end: int, info: int) -> bytes:
    """A text between streams, less what the writer added to the document's information, if that is in it."""
    if not start <= info < end:
        return body[start:end]
    begin = _BEGIN.match(body, info + len(_space(body, info)), end)
    pairs = _pairs(body, begin.end(), end) if begin else None
    if pairs is None:
        return body[start:end]
    kept, at = [], start
    for name, first, last in pairs:
        if name in _WRITERS:
            kept += [body[at:first], name]
            at = last
    return b"".join(kept) + body[at:end]


def _space(data: bytes, at: int) -> bytes:
    match = _SPACE.match(data, at)
    return match[0] if match else b""


def _pairs(data: bytes, at: int, end: int) -> list[tuple[bytes, int, int]] | None:
    """The names of a dictionary, with where each begins and its value ends, spaces around included.

    Args:
        data: The file.
        at: After the `<<` of an object that is a dictionary.
        end: Of the text that may be looked at.

    Returns:
        None when it holds more than texts, names, numbers and references, or does not end.
    """
    pairs: list[tuple[bytes, int, int]] = []
    while True:
        first = at
        at += len(_space(data, at))
        name = _NAME.match(data, at, end)
        if name is None:
            return pairs if _END.match(data, at, end) else None
        after = _after_a_value(data, name.end(), end)
        if after is None:
            return None
        at = after + len(_space(data, after))
        pairs.append((name[1], first, at))


def _after_a_value(data: bytes, at: int, end: int) -> int | None:
    """Where a value ends; None when it is none that we know."""
    if data[at : at + 1] != b"(":
        value = _HEXADECIMAL.match(data, at, end) or _SIMPLE.match(data, at, end)
        return value.end() if value else None
    depth = 0
    while at < end:
        plain = _IN_PARENTHESES.match(data, at, end)
        at = plain.end() if plain else at
        mark = data[at : at + 1]
        at += 2 if mark == b"\\" else 1
        depth += {b"(": 1, b")": -1}.get(mark, 0)
        if depth == 0:
            return at if at <= end else None
    return None


def _check(data: bytes, table: re.Match[bytes]) -> dict[int, int]:
    """Sees that the table leads where its objects are: else what it says is content.

    Returns:
        Where each object is, by its number.
    """
    lines = table[2].splitlines()
    if int(table[1]) != len(lines):
        raise Unreadable("has a table of objects that is not whole")
    objects: dict[int, int] = {}
    for number, line in enumerate(lines):
        at, generation, used = int(line[:10]), int(line[11:16]), line[17:18] == b"n"
        if not used:
            continue
        found = _OBJECT.match(data, at)
        if found is None or (int(found[1]), int(found[2])) != (number, generation):
            raise Unreadable("has a table of objects that leads elsewhere")
        objects[number] = at
    start = re.search(rb"startxref\s+(\d+)", data[table.end() :])
    if start is None or int(start[1]) != table.start():
        raise Unreadable("has a table of objects that is not where it should be")
    return objects
