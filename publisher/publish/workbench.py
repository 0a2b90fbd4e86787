"""What every stage of filling works with: the site, its folder, the frames, the templates, what is kept.

It knows how a page gets into a frame and when it need not be made again; it does not know what is on which page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from publisher.errors import PublisherError
from publisher.model.environment import Environment
from publisher.model.record import Record
from publisher.model.row import Verified
from publisher.model.verification import Verification
from publisher.publish import addresses
from publisher.publish.bounds import bounded
from publisher.publish.copies import files_of, kept_copy
from publisher.publish.files.contents import Contents
from publisher.publish.frame import frame
from publisher.publish.frame.frame import Frame
from publisher.publish.frame.policy import obeying, with_frames
from publisher.publish.frame.slim import sharing, slimmed
from publisher.publish.frame.templates import Pages
from publisher.publish.outlet.folder import Folder
from publisher.publish.run.rerun import Kept
from publisher.publish.site import Generated, Site
from publisher.shipped import shipped
from publisher.store.artifacts import all_kept
from publisher.store.environments import read_environment
from publisher.store.records import read_bytes, text_of
from publisher.store.verifications import verification_of

#: The name of a record's file, relative to `records/` -> its bytes, and the record.
ReadRecord = Callable[[str], tuple[bytes, Record]]


class Workbench:
    """One `finish`, under way."""

    def __init__(self, site: Site, generated: Generated, folder: Folder, read: ReadRecord) -> None:
        self.site = site
        self.project = site.project
        self.generated = generated
        self.folder = folder
        self.read = read
        self.pages = Pages(generated.templates, directory_urls=generated.directory_urls)
        self.making = f"{self.pages.digest} {_digest_of_room()}"  #: what every page depends on
        self.filled: set[str] = set()  #: what the generator wrote and we have taken care of
        self.artifacts = all_kept(self.project)
        self.inline: dict[str, str] = {}  #: what stood in pages and is a file now
        self._frames: dict[str, Frame] = {}
        self._kept: dict[str, Kept | None] = {}
        self._environments: dict[str, Environment | None] = {}

    def frame(self, address: str) -> Frame:
        """A page that the generator rendered around our markers.

        Raises:
            BrokenSite: It is not there, or has lost its markers.
        """
        if address not in self._frames:
            path = self.generated.folder / address
            try:
                html = path.read_text("utf-8")
            except OSError as error:
                raise frame.missing(str(path)) from error
            many = address in addresses.FRAMES.values()
            self._frames[address] = Frame(self.obedient(html, address, slim=many), str(path))
            self.filled.add(address)
        return self._frames[address]

    def obedient(self, html: str, address: str, *, slim: bool = False) -> str:
        """A page of the generator's that obeys our policy. What it needs for that is put in the end.

        Args:
            html: The page.
            address: Its place, also when it is a frame.
            slim: Leave out what a hundred thousand pages need not carry.
        """
        page = obeying(
            slimmed(html) if slim else html,
            address,
            hosts=self.project.settings.site.scripts,
            first=self._first,
        )
        told, files = sharing(page.html, page.files, address) if slim else (page.html, page.files)
        self.inline |= files
        self.generated.complaints += [c for c in page.complaints if c not in self.generated.complaints]
        return told

    @cached_property
    def _first(self) -> str:
        """The script that keeps search until somebody wants it, and makes it work in pages from a folder."""
        return (shipped("site_template") / addresses.SEARCH).read_text("utf-8")

    @cached_property
    def contents(self) -> Contents:
        """Every file of every published run, by content."""
        return self.site.contents

    def kept(self, digest: str) -> Kept | None:
        """The kept copy of a content, when there is one."""
        sha256 = digest.removeprefix("sha256:")
        if sha256 not in self._kept:
            path = self.artifacts.get(sha256)
            place = path.relative_to(self.project.root).as_posix() if path else ""
            self._kept[sha256] = kept_copy(path, sha256, place, self.folder.holds) if path else None
        return self._kept[sha256]

    def copy(self, copy: Kept, digest: str) -> list[str]:
        """Put the copy of an artifact into the site; returns the addresses of its files."""
        made = []
        for address, key, read in files_of(copy, self.artifacts[digest.removeprefix("sha256:")]):
            self.folder.copy_from(address, read, key)
            made.append(address)
        return made

    def environment(self, name: str) -> Environment | None:
        """An environment by its name; None when it cannot be read."""
        if name not in self._environments:
            try:
                self._environments[name] = read_environment(self.project, name)
            except PublisherError:
                self._environments[name] = None
        return self._environments[name]

    def verification(self, each: Verified) -> tuple[bytes, Verification]:
        """A whole verification by its line in the table: its bytes, and what they say.

        Raises:
            UnreadableRecord: It cannot be read any more.
        """
        path = self.project.records / each.name
        data = read_bytes(path)
        return data, bounded(verification_of(text_of(data, path), path), len(data))

    def overview(self, address: str, template: str, page: object, **more: str) -> None:
        """Fill a page of which there is one, and which has its own frame.

        Args:
            address: Of the page.
            template: Its name, as in `Pages.render`.
            page: What it shows: a value whose `repr` tells everything.
            more: What its template is given besides.
        """
        around = self.frame(address)
        key = sha256(f"{self.making} {around.digest} {page!r}{more or ''}")
        if self.folder.in_place or not self.folder.is_current(address, key):
            content = self.pages.render(template, {"page": page, "root": addresses.to_root(address)} | more)
            self.folder.put(address, around.filled(content).encode("utf-8", errors="replace"), key)

    def fill(
        self,
        address: str,
        around: Frame,
        key: str,
        content: str,
        *,
        title: str,
        description: str,
        name: str,
        needs: Iterable[str] = (),
        frames: bool = False,
    ) -> None:
        """Put a page of which there are many into their frame; see `Frame.filled` and `Folder.put`.

        With `frames` the page shows pages of the site in frames of its own.
        """
        html = around.filled(content, title=title, description=description, name=name)
        html = with_frames(html) if frames else html
        self.folder.put(address, html.encode("utf-8", errors="replace"), key, needs)


def sha256(text: str | bytes) -> str:
    """A digest of a text, for keys."""
    data = text if isinstance(text, bytes) else text.encode(errors="replace")
    return hashlib.sha256(data).hexdigest()


def _digest_of_room() -> str:
    """A digest of the code that turns records into pages: when it changes, so may every page."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
