"""The last stage: fill the frames, copy what pages show, bring the site's folder up to date.

A page is known by a digest of everything that it was made from, so that an unchanged one costs a look at its
record's bytes. It does not know which generator rendered the frames.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

from publisher.errors import PublisherError, UnreadableRecord
from publisher.model.environment import Environment
from publisher.model.record import Record
from publisher.model.row import Row
from publisher.model.schema import record_schema
from publisher.progress import Progress, silent
from publisher.publish import addresses, frame
from publisher.publish.folder import Changes, Folder
from publisher.publish.frame import Frame
from publisher.publish.listing import Listing, log_listing, patch_listing, visible
from publisher.publish.notebooks import Found, Rendered, rendered
from publisher.publish.pages import Pages
from publisher.publish.plan import figures_page, home_page, records_data, runs_page
from publisher.publish.rerun import Kept
from publisher.publish.run_page import Neighbour, run_page
from publisher.publish.site import Generated, Site
from publisher.store.artifacts import all_kept
from publisher.store.environments import read_environment
from publisher.store.records import read_record

_HEX = re.compile(rb"[0-9a-f]{64}")
_ENVIRONMENT = re.compile(rb"^environment: *[\"']?([0-9a-f]{16})\b", re.MULTILINE)


def finish(
    site: Site,
    generated: Generated,
    folder: Folder,
    *,
    progress: Progress = silent,
    read: Callable[[Path], Record] = read_record,
) -> Changes:
    """Fill the frames, copy what pages show, and bring the folder up to date.

    Args:
        site: What the site holds.
        generated: What the generator left, with our markers in it.
        folder: The site's folder; the same as the generator's when it is `in_place`.
        progress: Watches the run pages.
        read: Reads one record.

    Raises:
        BrokenSite: A frame is missing, or has lost its markers.
        NotWritten: Something could not be written.
    """
    work = _Work(site, generated, folder, read)
    with folder:
        work.overviews()
        for row in progress(site.chosen.rows, doing="writing run pages", total=len(site.chosen.rows)):
            work.run(row)
        work.notebooks()
        work.data()
        work.rest()
    return folder.changes


class _Work:
    """One `finish`, under way."""

    def __init__(
        self, site: Site, generated: Generated, folder: Folder, read: Callable[[Path], Record]
    ) -> None:
        self.site = site
        self.project = site.project
        self.generated = generated
        self.folder = folder
        self.read = read
        self.pages = Pages(generated.templates, directory_urls=generated.directory_urls)
        self.making = f"{self.pages.digest} {_digest_of_room()}"
        self.run_frame = self._frame(addresses.RUN_FRAME)
        self.notebook_frame = self._frame(addresses.NOTEBOOK_FRAME)
        self.run_key = hashlib.sha256(f"{self.making} {self.run_frame.digest}".encode())
        self.prefix = _prefix(self.project.root)
        self.filled = {addresses.RUN_FRAME, addresses.NOTEBOOK_FRAME}
        self.artifacts = all_kept(self.project)
        self._kept: dict[str, Kept | None] = {}
        self._environments: dict[str, Environment | None] = {}

    def _frame(self, address: str) -> Frame:
        path = self.generated.folder / address
        try:
            html = path.read_text("utf-8")
        except OSError as error:
            raise frame.missing(str(path)) from error
        return Frame(html, str(path))

    def kept(self, digest: str) -> Kept | None:
        """The kept copy of a content, when there is one."""
        sha256 = digest.removeprefix("sha256:")
        if sha256 not in self._kept:
            path = self.artifacts.get(sha256)
            self._kept[sha256] = (
                Kept(
                    address=addresses.artifact(sha256, path.name),
                    place=path.relative_to(self.project.root).as_posix(),
                )
                if path
                else None
            )
        return self._kept[sha256]

    # -- overview pages -----------------------------------------------------------------------------------------

    def overviews(self) -> None:
        """The runs page, the gallery, the list of notebooks, and a home page where the author wrote none."""
        shown = self.site.chosen
        figures = figures_page(shown, self.kept)
        notebooks = [(each.name, self._rendered(each)[0], visible(each.path)) for each in self.site.notebooks]
        self._overview(addresses.RUNS, "runs", runs_page(shown))
        self._overview(addresses.FIGURES, "figures", figures)
        self._overview(addresses.NOTEBOOKS, "notebooks", notebooks)
        home = self.generated.folder / addresses.HOME
        if home.is_file() and frame.CONTENT in home.read_text("utf-8", errors="replace"):
            paper = self.project.settings.paper
            self._overview(addresses.HOME, "home", home_page(paper, shown, figures, len(notebooks)))

    def _overview(self, address: str, template: str, page: object) -> None:
        self.filled.add(address)
        around = self._frame(address)
        key = _sha256(f"{self.making} {around.digest} {page!r}")
        if self.folder.in_place or not self.folder.is_current(address, key):
            content = self.pages.render(template, {"page": page, "root": addresses.to_root(address)})
            self.folder.put(address, around.filled(content).encode(), key)

    # -- run pages ----------------------------------------------------------------------------------------------

    def run(self, row: Row) -> None:
        """The page of one run, its raw record, and the copies that it shows."""
        path = self.project.records / row.name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UnreadableRecord(f"cannot be read: {error.strerror}", where=path) from error
        address = addresses.run_page(row.id)
        neighbour = self.site.neighbours.get(row.id)
        key = self._key_of_run(row, data, neighbour)
        if self.folder.is_current(address, key):
            return
        record = self.read(path)
        needs = [addresses.run_raw(row.id)]
        self.folder.put(needs[0], data, _sha256(data))
        for digest in record.artifacts:
            copy = self.kept(digest)
            if copy:
                needs.append(copy.address)
                self.folder.copy(copy.address, self.artifacts[digest], "artifact")
        page = run_page(
            record,
            row,
            kept=self.kept,
            listings=self._listings(record),
            neighbour=neighbour,
            prefix=self.prefix,
        )
        environment = ""
        if record.environment:
            environment = self.pages.environment(record.environment, self._environment(record.environment))
        content = self.pages.render("run", {"run": page, "environment": environment, "root": "../"})
        html = self.run_frame.filled(
            content, title=f"{page.title} · {page.short}", description=page.description, name=row.id
        )
        self.folder.put(address, html.encode("utf-8", errors="replace"), key, needs)

    def _key_of_run(self, row: Row, data: bytes, neighbour: Neighbour | None) -> str:
        """A digest of everything that the page depends on, found without understanding the record."""
        key = self.run_key.copy()
        key.update(data)
        key.update(f"\0{row.status}\0{neighbour!r}\0{self.prefix}\0".encode(errors="replace"))
        for found in _HEX.findall(data):
            if found.decode() in self.artifacts:
                key.update(found)
        environment = _ENVIRONMENT.search(data)
        if environment and self._environment(environment[1].decode()) is None:
            key.update(b"no environment")
        return key.hexdigest()

    def _environment(self, name: str) -> Environment | None:
        if name not in self._environments:
            try:
                self._environments[name] = read_environment(self.project, name)
            except PublisherError:
                self._environments[name] = None
        return self._environments[name]

    def _listings(self, record: Record) -> dict[str, Listing]:
        log = record.log
        wanted = [(log.stdout, log_listing), (log.stderr, log_listing)] if log else []
        wanted.append((record.code.patch, patch_listing))
        found: dict[str, Listing] = {}
        for digest, listing in wanted:
            path = self.artifacts.get((digest or "").removeprefix("sha256:"))
            if digest and path:
                found[digest] = listing(path.read_bytes())
        return found

    # -- the rest -----------------------------------------------------------------------------------------------

    def _rendered(self, notebook: Found) -> tuple[Rendered, Path]:
        return rendered(self.project.root, notebook, self.project.cache / "notebooks")

    def notebooks(self) -> None:
        """The pages of notebooks and their images."""
        for notebook in self.site.notebooks:
            page, cache = self._rendered(notebook)
            address = addresses.notebook_page(notebook.name)
            key = _sha256(f"{self.making} {self.notebook_frame.digest} {notebook!r}")
            if self.folder.is_current(address, key):
                continue
            needs = [addresses.notebook_raw(notebook.name)]
            self.folder.copy(needs[0], self.project.root / notebook.path, notebook.sha256)
            for name in page.files:
                needs.append(addresses.notebook_file(notebook.name, name))
                self.folder.put(needs[-1], (cache / name).read_bytes(), notebook.sha256)
            content = self.pages.render(
                "notebook",
                {
                    "notebook": page,
                    "body": self.pages.sanitised(page.html),
                    "path": visible(notebook.path),
                    "name": notebook.name,
                    "root": "../",
                },
            )
            html = self.notebook_frame.filled(
                content,
                title=page.title,
                description=f"The notebook {visible(notebook.path)}, as it was executed",
                name=notebook.name,
            )
            self.folder.put(address, html.encode("utf-8", errors="replace"), key, needs)

    def data(self) -> None:
        """The files for programs."""
        records = json.dumps(records_data(self.site.chosen), ensure_ascii=True, indent=1, default=str) + "\n"
        schema = json.dumps(record_schema(), indent=1) + "\n"
        for address, text in ((addresses.RECORDS, records), (addresses.SCHEMA, schema)):
            self.folder.put(address, text.encode(), "data")

    def rest(self) -> None:
        """Everything that the generator wrote, apart from the frames."""
        _clear_search(self.generated.folder / "search" / "search_index.json")
        if self.folder.in_place:
            self.folder.drop(addresses.RUN_FRAME)
            self.folder.drop(addresses.NOTEBOOK_FRAME)
        else:
            self.folder.take_over(self.generated.folder, but=self.filled)


def _clear_search(index: Path) -> None:
    """Take the frames, and our markers, out of the search index that a generator wrote."""
    try:
        text = index.read_text("utf-8")
        found = json.loads(text.replace(frame.CONTENT, ""))
        found["docs"] = [doc for doc in found["docs"] if addresses.FRAME_NAME not in doc["location"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    cleared = json.dumps(found, separators=(",", ":"))
    if cleared != text:
        index.write_text(cleared, "utf-8")


def _prefix(root: Path) -> str:
    """Folders from the top of the repository to the project, with `/` at the end; or empty."""
    for folder in (root, *root.parents):
        if (folder / ".git").exists():
            inner = root.relative_to(folder).as_posix()
            return "" if inner == "." else f"{inner}/"
    return ""


def _sha256(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode(errors="replace")
    return hashlib.sha256(data).hexdigest()


def _digest_of_room() -> str:
    """A digest of the code that turns records into pages: when it changes, so may every page."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
