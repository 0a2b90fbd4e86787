"""How a kept file of a stranger is served, so that a browser that opens it by its address runs nothing.

Names and first bytes decide. A file that a web server may call a page, a script or XML, by its ending or because
it knows no ending and the browser looks at the content, is served as text. An SVG that only draws is served as it
is; of any other a sanitised copy is shown, and the original is offered as text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from publisher.model.files import suffix
from publisher.publish import addresses
from publisher.publish.run.rerun import Kept
from publisher.publish.svg import examine

#: Of a file that needs no second look when it lies in a site already. A change of what is allowed changes them.
AS_IT_IS, AS_TEXT, SANITISED = "artifact 2", "artifact as text", "artifact sanitised 2"

_LOOKED_AT = 2048  #: bytes in which the beginning of markup is looked for
_NO_PAGE = b"# This line is not part of the record. It keeps browsers from taking the record for a page.\n"
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  #: byte order marks

Known = Callable[[str, str], bool]  #: whether a site holds a file at an address, put there under a key


def kept_copy(path: Path, sha256: str, place: str, known: Known = lambda address, key: False) -> Kept:
    """Where the copy of an artifact is, and of an SVG that does more than draw, where its original is as text.

    Args:
        path: The artifact's file.
        sha256: 64 hex digits.
        place: Its path in the repository.
        known: Says that a file was looked at before.
    """
    usual = addresses.artifact(sha256, path.name)
    if usual.endswith(".txt") or addresses.is_inert(usual) or known(usual, AS_IT_IS):
        return Kept(address=usual, place=place)
    try:
        if suffix(path.name) != ".svg":
            with open(path, "rb") as file:
                markup = is_markup(file.read(_LOOKED_AT))
            return Kept(address=addresses.artifact(sha256, path.name, as_text=markup), place=place)
        drawing = examine(path.read_bytes())
    except OSError:  # whoever copies it says so
        return Kept(address=usual, place=place)
    if drawing.only_draws:
        return Kept(address=usual, place=place)
    return Kept(
        address=addresses.sanitised(sha256),
        place=place,
        source=addresses.artifact(sha256, path.name, as_text=True),
        sanitised=hashlib.sha256(drawing.copy).hexdigest(),
    )


def files_of(copy: Kept, path: Path) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    """What a copy consists of: address, key, and what reads the content."""
    if copy.source:
        yield copy.address, SANITISED, lambda: examine(path.read_bytes()).copy
        yield copy.source, AS_TEXT, path.read_bytes
    else:
        yield copy.address, AS_IT_IS, path.read_bytes


def record_text(data: bytes) -> bytes:
    """The bytes of a record for a site: as they are, unless a browser may take them for a page.

    The first key of a record may be `<script>…`, and some servers do not say that YAML is text. A comment before
    it makes it a text for every browser; the seal holds without that line.
    """
    return _NO_PAGE + data if is_markup(data[:_LOOKED_AT]) else data


def is_markup(start: bytes) -> bool:
    """Whether a browser that is told nothing of a file's type may take it for a page or for XML.

    >>> is_markup(b" \\n<script>"), is_markup("<x/>".encode("utf-16")), is_markup(b"\\x89HDF"), is_markup(b"1 < 2")
    (True, True, False, False)
    """
    for mark in _MARKS:
        start = start.removeprefix(mark)
    return start.lstrip(b"\0\t\n\f\r ")[:1] == b"<"
