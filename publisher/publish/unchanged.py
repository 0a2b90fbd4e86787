"""Whether a site would come out as it lies there: then a build has nothing to do.

Bringing ten thousand pages up to date, one by one, takes seconds even when all of them are right. What a site is
made from has a digest, and so has the list of its files; both are kept in the cache, for each site folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from publisher.publish.frame.templates import Pages
from publisher.publish.outlet.folder import Folder, notes_of
from publisher.publish.site import Generated, Site
from publisher.shipped import shipped
from publisher.store.cache import cache_folder


class _Memory(Struct, frozen=True, kw_only=True):
    """What is kept of the last build into a folder."""

    key: str  #: of everything that the site was made from
    notes: str  #: SHA-256 of what is noted of its files
    complaints: list[str]  #: what the build had to say


class Unchanged:
    """The last build into one folder, and whether the next would differ."""

    def __init__(self, site: Site, folder: Path) -> None:
        """Say which site, and where it lies."""
        self._site = site
        self._folder = folder
        name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
        self._cache = cache_folder(site.project)
        self._path = self._cache / "built" / f"{name}.json"

    def found(self, generated: Generated) -> Folder | None:
        """The folder, when it holds what would be written; what the last build said is said again."""
        try:
            memory = msgspec.json.decode(self._path.read_bytes(), type=_Memory)
        except (OSError, msgspec.MsgspecError):
            return None
        if memory.key != self._key(generated) or memory.notes != self._notes():
            return None
        folder = Folder(self._folder, cache=self._cache)
        if not folder.is_whole():
            return None
        generated.complaints += memory.complaints
        return folder

    def remember(self, generated: Generated) -> None:
        """Note what was built; where the cache cannot be written, nothing is noted."""
        memory = _Memory(
            key=self._key(generated),
            notes=self._notes(),
            complaints=list(generated.complaints),
        )
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_bytes(msgspec.json.encode(memory))

    def _notes(self) -> str:
        try:
            return hashlib.sha256(notes_of(self._cache, self._folder).read_bytes()).hexdigest()
        except OSError:
            return ""

    def _key(self, generated: Generated) -> str:
        """A digest of everything that the site is made from."""
        site, records = self._site, self._site.project.records
        pages = Pages(generated.templates, directory_urls=generated.directory_urls)
        digest = hashlib.sha256()
        for told in (
            pages.digest,
            (generated.directory_urls, generated.address),
            (site.project.settings, site.paper, site.notebooks, site.chosen.problems),
            (site.prices, site.ground),
            [(row.id, row.name, row.status, row.sha256) for row in site.chosen.rows],
            [(run, [each.sha256 for each in told]) for run, told in sorted(site.verified.items())],
        ):
            digest.update(repr(told).encode(errors="replace"))
        places = (generated.folder, Path(__file__).parent, shipped("site_template"))
        for place in (*places, records / "artifacts", records / "environments"):
            for found in _files(place):
                digest.update(repr(found).encode(errors="replace"))
        return digest.hexdigest()


def _files(place: Path) -> Iterator[tuple[str, int, int]]:
    """Every file below a folder, with its size and time, in order."""
    for folder, inner, names in os.walk(place):
        inner[:] = sorted(each for each in inner if each != "__pycache__")
        for name in sorted(names):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                found = os.lstat(path)
                yield path, found.st_size, found.st_mtime_ns
