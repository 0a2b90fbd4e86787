"""tar: names, kinds, modes, links and contents of the members; times, owners and order are set aside."""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Iterable
from typing import BinaryIO, cast

from publisher.formats.essence import Essence, sha256_of
from publisher.formats.source import Source, Unreadable

_SET_ASIDE = {"mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "path", "linkpath", "size"}


class _Watched:
    """A file, and where the last byte that is not zero stood in what was read of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self.content_ends = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        if content := data.rstrip(b"\0"):
            self.content_ends = self._at + len(content)
        self._at += len(data)
        return data


def essence(source: Source) -> str:
    """The members sorted by name.

    Raises:
        Unreadable: A name occurs twice, also in another spelling, or leads out of the archive; what is extracted
            depends on the order; or something follows the last member: tarfile takes a broken header for the end.
    """
    members: dict[str, list[bytes | str]] = {}
    folders: set[str] = set()
    with source.open() as file:
        watched = _Watched(file)
        with tarfile.open(fileobj=cast(BinaryIO, watched), mode="r|", errorlevel=2) as archive:
            for member in archive:
                if member.name in members or member.issparse():
                    raise Unreadable("names a member twice, or one with holes")
                if member.name.startswith("/") or ".." in re.split(r"[/\\]", member.name):
                    raise Unreadable("names a member that leads out of it")
                if member.islnk() and member.linkname not in members:
                    raise Unreadable("names a link to a member that comes later")
                if member.isdir():
                    folders.add(member.name)
                # tarfile keeps the content of members of a kind that it does not know.
                holds = member.isreg() or member.type not in tarfile.SUPPORTED_TYPES
                content = archive.extractfile(member) if holds else None
                members[member.name] = [
                    member.type,
                    f"{member.mode:o}",
                    member.linkname,
                    f"{member.devmajor} {member.devminor}",
                    *(
                        f"{key}={value}"
                        for key, value in sorted(member.pax_headers.items())
                        if key not in _SET_ASIDE
                    ),
                    sha256_of(content) if content else "",
                ]
            end = archive.offset
        while watched.read(1024 * 1024):
            pass
        if watched.content_ends > end:
            raise Unreadable("has something after its last member, or a broken one")
    check_names(members, folders)
    digest = Essence("tar", 1)
    for name in sorted(members):
        digest.add(name, str(len(members[name])), *members[name])
    return digest.hexdigest()


def check_names(names: Iterable[str], folders: Iterable[str]) -> None:
    """Sees that what an archive extracts does not depend on the order of its members.

    Args:
        names: Of all members.
        folders: Those that are folders.

    Raises:
        Unreadable: Two names are one place (`x` and `./x`), or a member lies below one that is no folder.
    """
    places = [posixpath.normpath(name) for name in names]
    known, of_folders = set(places), {posixpath.normpath(name) for name in folders}
    if len(known) < len(places):
        raise Unreadable("names a member twice, in two spellings")
    for place in places:
        above = posixpath.dirname(place)
        while above.strip("/"):
            if above in known and above not in of_folders:
                raise Unreadable("names a member below another one that is no folder")
            above = posixpath.dirname(above)
