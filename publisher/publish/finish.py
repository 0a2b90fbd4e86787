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

from publisher.errors import UnreadableRecord
from publisher.model.record import Record
from publisher.model.row import Row
from publisher.model.schema import record_schema
from publisher.progress import Progress, silent
from publisher.publish import addresses, frame
from publisher.publish.folder import Changes, Folder
from publisher.publish.listing import Listing, log_listing, patch_listing, visible
from publisher.publish.notebooks import Found, Rendered, rendered
from publisher.publish.plan import figures_page, home_page, records_data, runs_page
from publisher.publish.run_page import Neighbour, run_page
from publisher.publish.site import Generated, Site
from publisher.publish.workbench import Workbench, sha256
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
    bench = Workbench(site, generated, folder, read)
    runs = _Runs(bench)
    with folder:
        _overviews(bench)
        for row in progress(site.chosen.rows, doing="writing run pages", total=len(site.chosen.rows)):
            runs.fill(row)
        _notebooks(bench)
        _data(bench)
        _rest(bench)
    return folder.changes


def _overviews(bench: Workbench) -> None:
    """The runs page, the gallery, the list of notebooks, and a home page where the author wrote none."""
    shown = bench.site.chosen
    figures = figures_page(shown, bench.kept)
    notebooks = [(each.name, _rendered(bench, each)[0], visible(each.path)) for each in bench.site.notebooks]
    bench.overview(addresses.RUNS, "runs", runs_page(shown))
    bench.overview(addresses.FIGURES, "figures", figures)
    bench.overview(addresses.NOTEBOOKS, "notebooks", notebooks)
    home = bench.generated.folder / addresses.HOME
    if home.is_file() and frame.CONTENT in home.read_text("utf-8", errors="replace"):
        paper = bench.project.settings.paper
        bench.overview(addresses.HOME, "home", home_page(paper, shown, figures, len(notebooks)))


class _Runs:
    """The pages of runs, their raw records, and the copies that they show."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.frame = bench.frame(addresses.RUN_FRAME)
        self.key = hashlib.sha256(f"{bench.making} {self.frame.digest}".encode())

    def fill(self, row: Row) -> None:
        """One of them."""
        bench = self.bench
        path = bench.project.records / row.name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UnreadableRecord(f"cannot be read: {error.strerror}", where=path) from error
        address = addresses.run_page(row.id)
        neighbour = bench.site.neighbours.get(row.id)
        key = self._key(row, data, neighbour)
        if bench.folder.is_current(address, key):
            return
        record = bench.read(path)
        needs = [addresses.run_raw(row.id)]
        bench.folder.put(needs[0], data, sha256(data))
        for digest in record.artifacts:
            copy = bench.kept(digest)
            if copy:
                needs.append(copy.address)
                bench.folder.copy(copy.address, bench.artifacts[digest], "artifact")
        page = run_page(
            record,
            row,
            kept=bench.kept,
            listings=_listings(bench, record),
            neighbour=neighbour,
            prefix=bench.prefix,
        )
        environment = ""
        if record.environment:
            environment = bench.pages.environment(record.environment, bench.environment(record.environment))
        content = bench.pages.render("run", {"run": page, "environment": environment, "root": "../"})
        bench.fill(
            address,
            self.frame,
            key,
            content,
            title=f"{page.title} · {page.short}",
            description=page.description,
            name=row.id,
            needs=needs,
        )

    def _key(self, row: Row, data: bytes, neighbour: Neighbour | None) -> str:
        """A digest of everything that the page depends on, found without understanding the record."""
        bench = self.bench
        key = self.key.copy()
        key.update(data)
        key.update(f"\0{row.status}\0{neighbour!r}\0{bench.prefix}\0".encode(errors="replace"))
        for found in _HEX.findall(data):
            if found.decode() in bench.artifacts:
                key.update(found)
        environment = _ENVIRONMENT.search(data)
        if environment and bench.environment(environment[1].decode()) is None:
            key.update(b"no environment")
        return key.hexdigest()


def _listings(bench: Workbench, record: Record) -> dict[str, Listing]:
    log = record.log
    wanted = [(log.stdout, log_listing), (log.stderr, log_listing)] if log else []
    wanted.append((record.code.patch, patch_listing))
    found: dict[str, Listing] = {}
    for digest, listing in wanted:
        path = bench.artifacts.get((digest or "").removeprefix("sha256:"))
        if digest and path:
            found[digest] = listing(path.read_bytes())
    return found


def _rendered(bench: Workbench, notebook: Found) -> tuple[Rendered, Path]:
    return rendered(bench.project.root, notebook, bench.project.cache / "notebooks")


def _notebooks(bench: Workbench) -> None:
    """The pages of notebooks and their images."""
    around = bench.frame(addresses.NOTEBOOK_FRAME)
    for notebook in bench.site.notebooks:
        page, cache = _rendered(bench, notebook)
        address = addresses.notebook_page(notebook.name)
        key = sha256(f"{bench.making} {around.digest} {notebook!r}")
        if bench.folder.is_current(address, key):
            continue
        needs = [addresses.notebook_raw(notebook.name)]
        bench.folder.copy(needs[0], bench.project.root / notebook.path, notebook.sha256)
        for name in page.files:
            needs.append(addresses.notebook_file(notebook.name, name))
            bench.folder.put(needs[-1], (cache / name).read_bytes(), notebook.sha256)
        content = bench.pages.render(
            "notebook",
            {
                "notebook": page,
                "body": bench.pages.sanitised(page.html),
                "path": visible(notebook.path),
                "name": notebook.name,
                "root": "../",
            },
        )
        bench.fill(
            address,
            around,
            key,
            content,
            title=page.title,
            description=f"The notebook {visible(notebook.path)}, as it was executed",
            name=notebook.name,
            needs=needs,
        )


def _data(bench: Workbench) -> None:
    """The files for programs."""
    records = json.dumps(records_data(bench.site.chosen), ensure_ascii=True, indent=1, default=str) + "\n"
    schema = json.dumps(record_schema(), indent=1) + "\n"
    for address, text in ((addresses.RECORDS, records), (addresses.SCHEMA, schema)):
        bench.folder.put(address, text.encode(), "data")


def _rest(bench: Workbench) -> None:
    """Everything that the generator wrote, apart from the frames."""
    _clear_search(bench.generated.folder / "search" / "search_index.json")
    if bench.folder.in_place:
        for address in addresses.FRAMES.values():
            bench.folder.drop(address)
    else:
        bench.folder.take_over(bench.generated.folder, but=bench.filled | set(addresses.FRAMES.values()))


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
