"""zip, and what is one inside: office documents, arrays of numpy. Names and contents count; nothing is extracted.

Of an office document (ECMA-376, OpenDocument) the dates and the name and version of its writer are set aside.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from publisher.formats.essence import Essence, sha256_of
from publisher.formats.source import UNPACKED, Source, Unreadable
from publisher.formats.tar import check_names

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

_MOST = 100_000  #: entries
_UNICODE_NAME = 0x7075  #: mark of an additional field
_PROPERTIES = {
    "docProps/core.xml": "[Content_Types].xml",
    "docProps/app.xml": "[Content_Types].xml",
    "meta.xml": "mimetype",
}
_WRITERS = re.compile(
    rb"<(dcterms:created|dcterms:modified|AppVersion|Application|TotalTime|meta:creation-date|meta:generator|"
    rb"meta:editing-duration|meta:editing-cycles)\b[^<>]*>[^<>]*</\1>"
)
_MODIFIED_ODF = re.compile(rb"<(dc:date)>[^<>]*</\1>")


@contextmanager
def opened(source: Source) -> Iterator[ZipFile]:
    """A zip file that is safe to look into.

    Raises:
        Unreadable: It is encrypted, names an entry twice (also in another spelling) or outside of itself, has a
            second name for one, or unpacks to too much.
    """
    import zipfile

    with zipfile.ZipFile(source.file()) as archive:
        entries = archive.infolist()
        names = [each.filename for each in entries]
        if len(set(names)) < len(names) or len(names) > _MOST:
            raise Unreadable("names an entry twice, or has too many")
        check_names(names, [name for name in names if name.endswith("/")])
        if any(_has_another_name(each) for each in entries):
            raise Unreadable("has a second name for an entry")
        if any(name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) for name in names):
            raise Unreadable("names an entry that leads out of it")
        if any(each.flag_bits & 1 for each in entries):
            raise Unreadable("is encrypted")
        if sum(each.file_size for each in entries) > UNPACKED:
            raise Unreadable(f"unpacks to more than {UNPACKED // 1024**3} GiB")
        first = min((each.header_offset for each in entries), default=archive.start_dir)
        with source.open() as file:
            file.seek(-22 - len(archive.comment), 2)
            if first or file.read(4) != b"PK\5\6":
                raise Unreadable("has something before its first entry or after its end")
        yield archive


def _has_another_name(entry: ZipInfo) -> bool:
    """Whether an entry is called otherwise by some programs: after a zero, or in Info-ZIP's own field."""
    at, extra = 0, entry.extra
    while at + 4 <= len(extra):
        mark, size = (int.from_bytes(extra[n : n + 2], "little") for n in (at, at + 2))
        name = extra[at + 9 : at + 4 + size]  # after a version and a check sum
        if mark == _UNICODE_NAME and name.decode("utf-8", "replace") != entry.filename:
            return True
        at += 4 + size
    return "\0" in entry.orig_filename


def essence(source: Source) -> str:
    """Names, kinds, comments and contents of the entries, sorted by name; not times, modes and compression."""
    digest = Essence("zip", 1)
    with opened(source) as archive:
        names = set(archive.namelist())
        digest.add(archive.comment)
        for entry in sorted(archive.infolist(), key=lambda each: each.filename):
            link = stat.S_ISLNK(entry.external_attr >> 16)
            with archive.open(entry) as file:
                if _PROPERTIES.get(entry.filename) in names and entry.file_size < 1024**2:
                    text = _WRITERS.sub(rb"<\1/>", file.read())
                    content = _MODIFIED_ODF.sub(rb"<\1/>", text) if entry.filename == "meta.xml" else text
                else:
                    content = sha256_of(file).encode()
            digest.add(entry.filename, "link" if link else "file", entry.comment, content)
    return digest.hexdigest()
