"""PDF (ISO 32000-1), as programs write it that draw figures: dates, ids and the writer's name are set aside.

They are looked for where they belong: in the document's information, in the trailer, in XMP metadata, never in
the content of other streams. A PDF that hides its objects (encryption, object streams) has no essence.
"""

from __future__ import annotations

import re

from publisher.formats.essence import Essence
from publisher.formats.source import Source, Unreadable

_STREAM = re.compile(rb"\bstream\r?\n.*?endstream\b", re.DOTALL)
_STRING = rb"(?:\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>)"
_WRITERS = {b"CreationDate", b"ModDate", b"Producer", b"Creator"}
_NAME = rb"/[^\s/()<>\[\]]+"
_PAIR = rb"\s*/([^\s/()<>\[\]]+)\s*(?:" + _STRING + rb"|" + _NAME + rb"|[-+.\d]+)\s*"
_DICTIONARY = re.compile(
    rb"(.*?obj\s*<<)((?:" + _PAIR.replace(rb"/([", rb"/(?:[", 1) + rb")*)(>>\s*endobj)", re.DOTALL
)
_IDS = re.compile(rb"/ID\s*\[\s*" + _STRING + rb"\s*" + _STRING + rb"\s*\]", re.DOTALL)
_INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R\b")
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
    outside = _STREAM.sub(b"", data)
    if re.search(rb"/(?:ObjStm|Encrypt|XRef)\b", outside):
        raise Unreadable("is encrypted, or packs its objects")
    tables = list(_XREF.finditer(data))
    if len(tables) != 1 or data.count(b"startxref") != 1 or outside.count(b"trailer") != 1:
        raise Unreadable("was changed after it was written, or is no whole PDF")
    table = tables[0]
    _check(data, table)
    body, trailer = data[: table.start()], data[table.end() :]
    entries = [line[11:18] for line in table[2].splitlines()]
    digest = Essence("PDF", 1)
    digest.add(table[1], *entries)
    at = 0
    info = _INFO.search(trailer)
    for stream in _STREAM.finditer(body):
        head = _without(body[at : stream.start()], info)
        xmp = re.search(rb"/Type\s*/Metadata\b", head[head.rfind(b" obj") :]) is not None
        digest.add(head, _XMP.sub(rb"\1\2", stream[0]) if xmp else stream[0])
        at = stream.end()
    digest.add(
        _without(body[at:], info), re.sub(rb"startxref\s+\d+", b"startxref", _IDS.sub(b"/ID", trailer))
    )
    return digest.hexdigest()


def _without(text: bytes, info: re.Match[bytes] | None) -> bytes:
    """A text between streams, less what the writer added to the document's information, if that is in it."""
    if info is None:
        return text
    found = re.search(rb"(?<!\d)" + info[1] + rb"\s+" + info[2] + rb"\s+obj\b.*?\bendobj\b", text, re.DOTALL)
    if found is None:
        return text
    pairs = _DICTIONARY.fullmatch(found[0])
    if pairs is None:
        return text
    kept = re.sub(_PAIR, lambda pair: pair[1] if pair[1] in _WRITERS else pair[0], pairs[2], flags=re.DOTALL)
    return text[: found.start()] + pairs[1] + kept + pairs[3] + text[found.end() :]


def _check(data: bytes, table: re.Match[bytes]) -> None:
    """Sees that the table leads where its objects are: else what it says is content."""
    lines = table[2].splitlines()
    if int(table[1]) != len(lines):
        raise Unreadable("has a table of objects that is not whole")
    for number, line in enumerate(lines):
        at, generation, used = int(line[:10]), int(line[11:16]), line[17:18] == b"n"
        if used and not re.compile(rb"\s*%d\s+%d\s+obj\b" % (number, generation)).match(data, at):
            raise Unreadable("has a table of objects that leads elsewhere")
    start = re.search(rb"startxref\s+(\d+)", data[table.end() :])
    if start is None or int(start[1]) != table.start():
        raise Unreadable("has a table of objects that is not where it should be")
