"""The last stage: fill the frames, copy what pages show, bring the site's folder up to date.

A page is known by a digest of everything that it was made from, so that an unchanged one costs a look at its
record's bytes. It does not know which generator rendered the frames.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path

import msgspec

from publisher.model.cost import need_of
from publisher.model.project import Settings
from publisher.model.record import Record
from publisher.model.row import Row, Verified, telling
from publisher.model.schema import record_schema
from publisher.progress import Progress, silent
from publisher.publish import addresses, words
from publisher.publish.bounds import bounded
from publisher.publish.changes.snapshot import environments_data, figures_data
from publisher.publish.copies import record_text
from publisher.publish.costs import NO_COST, Cost, cost_of
from publisher.publish.editions.page import edition_page
from publisher.publish.environments import by_environment, environment_page, environments_page
from publisher.publish.files.lookup import (
    LookupPage,
    content_digits,
    content_shards,
    environment_script,
    run_digits,
    run_shards,
)
from publisher.publish.files.page import data_page
from publisher.publish.frame import frame
from publisher.publish.frame.missing import with_ways_on
from publisher.publish.frame.policy import root_of
from publisher.publish.hosting import web_address
from publisher.publish.launching import Door, doors
from publisher.publish.listing import Listing, log_listing, patch_listing, visible
from publisher.publish.notebooks.behind import NotebookRuns, notebook_runs, shown_notebooks
from publisher.publish.notebooks.finding import Found
from publisher.publish.notebooks.rendering import Rendered, rendered
from publisher.publish.outlet.folder import Changes, Folder
from publisher.publish.paper.gallery import figures_page
from publisher.publish.paper.home import home_page
from publisher.publish.reproduction.badge import badge_svg
from publisher.publish.reproduction.criteria import Known
from publisher.publish.reproduction.page import reproduction_page
from publisher.publish.run.checks import Check, check
from publisher.publish.run.lineage import ALONE, Flow
from publisher.publish.run.neighbours import Neighbours
from publisher.publish.run.page import Around, run_page
from publisher.publish.runs.chosen import records_data
from publisher.publish.runs.explorer import has_numbers, runs_script
from publisher.publish.runs.table import columns_of, runs_page
from publisher.publish.runs.vega import plotting_script, plotting_version
from publisher.publish.site import Generated, Site
from publisher.publish.workbench import ReadRecord, Workbench, sha256
from publisher.standards.rows_csv import lines as csv_lines
from publisher.store.cache import cache_folder
from publisher.store.reading import Reading


def finish(
    site: Site,
    generated: Generated,
    folder: Folder,
    *,
    progress: Progress = silent,
    read: ReadRecord | None = None,
) -> Changes:
    """Fill the frames, copy what pages show, and bring the folder up to date.

    Args:
        site: What the site holds.
        generated: What the generator left, with our markers in it.
        folder: The site's folder; the same as the generator's when it is `in_place`.
        progress: Watches the run pages.
        read: Reads one record; None for one that reads its file.

    Raises:
        BrokenSite: A frame is missing, or has lost its markers.
        NotWritten: Something could not be written.
    """
    bench = Workbench(site, generated, folder, read or Reading(site.project.records))
    runs = _Runs(bench, Neighbours(site.chosen.rows), Flow(site.chosen.rows, bench.contents))
    with folder:
        _overviews(bench)
        _explorer(bench)
        for row in progress(site.chosen.rows, doing="writing run pages", total=len(site.chosen.rows)):
            runs.fill(row)
        _notebooks(bench)
        _environments(bench)
        _reproduction(bench)
        _edition(bench)
        _data(bench)
        _lookups(bench)
        _rest(bench)
    return folder.changes


def _overviews(bench: Workbench) -> None:
    """The runs page, the gallery, the list of notebooks, and a home page where the author wrote none."""
    shown = bench.site.chosen
    figures = figures_page(shown.rows, bench.kept, bench.project.settings)
    notebooks = [(each.name, _rendered(bench, each)[0], visible(each.path)) for each in bench.site.notebooks]
    bench.overview(addresses.FIGURES, "figures", figures)
    bench.overview(addresses.NOTEBOOKS, "notebooks", notebooks)
    home = bench.generated.folder / addresses.HOME
    if home.is_file() and frame.CONTENT in home.read_text("utf-8", errors="replace"):
        bench.overview(addresses.HOME, "home", home_page(bench.site.head, bench.site.elements))


def _explorer(bench: Workbench) -> None:
    """The runs page, the data that it is explored with, and the library that plots it."""
    shown = bench.site.chosen
    columns = columns_of(shown.rows)
    plots = bool(plotting_version()) and has_numbers(shown)
    bench.overview(addresses.RUNS, "runs", runs_page(shown, columns, plots=plots))
    if shown.rows:
        bench.folder.put(addresses.RUNS_DATA, runs_script(shown, columns), "data")
    if plots:
        library = plotting_script()
        bench.folder.copy(addresses.PLOTTING, library, plotting_version())


class _Runs:
    """The pages of runs, their raw records, and the copies that they show."""

    def __init__(self, bench: Workbench, neighbours: Neighbours, flow: Flow) -> None:
        self.bench = bench
        self.neighbours = neighbours
        self.flow = flow
        self.frame = bench.frame(addresses.RUN_FRAME)
        self.everywhere = Around(
            paper=bench.site.paper,
            settings=Settings(
                figures=bench.project.settings.figures,
                data=bench.project.settings.data,
                environment=bench.project.settings.environment,
            ),
            address=bench.generated.address,
            ground=bench.site.ground,
            prices=bench.site.prices,
        )
        self.notebooks = {each.path: each for each in bench.site.notebooks}
        self.key = hashlib.sha256(
            f"{bench.making} {self.frame.digest} {self.everywhere!r}".encode(errors="replace")
        )

    def fill(self, row: Row) -> None:
        """One of them."""
        bench = self.bench
        address = addresses.run_page(row.id)
        lineage = self.flow.of(row)
        told = bench.site.verified.get(row.id, [])
        notebooks = shown_notebooks(row, self.notebooks) if self.notebooks else {}
        beside = f"{self.neighbours.key(row.id)}\0{'' if lineage is ALONE else lineage!r}"
        beside += f"\0{notebooks!r}" if notebooks else ""
        key = self._key(row, beside + "".join(f"\0{each.sha256}" for each in told))
        if bench.folder.is_current(address, key):
            return
        data, record = bench.read(row.name)
        record = bounded(record, len(data))
        needs = [addresses.run_raw(row.id)]
        bench.folder.put(needs[0], record_text(data), row.sha256)
        for digest in dict.fromkeys([*record.artifacts, *lineage.made]):
            copy = bench.kept(digest)
            if copy:
                needs += bench.copy(copy, digest)
        page = run_page(
            record,
            row,
            kept=bench.kept,
            listings=_listings(bench, record),
            around=msgspec.structs.replace(
                self.everywhere,
                beside=self.neighbours.of(row.id),
                lineage=lineage,
                notebooks=notebooks,
                check=self._check(told, record, needs),
            ),
            environment=bench.environment(record.environment) if record.environment else None,
        )
        bench.fill(
            address,
            self.frame,
            key,
            bench.pages.render("run", {"run": page, "root": "../"}),
            title=f"{page.title} · {page.short}",
            description=page.description,
            name=row.id,
            needs=needs,
        )

    def _check(self, told: list[Verified], record: Record, needs: list[str]) -> Check | None:
        """What a page says of re-runs; what it shows of them is copied, and named in `needs`."""
        last = telling(told)
        if last is None:
            return None
        bench = self.bench
        data, verification = bench.verification(last)
        raw = addresses.verification_raw(last.name, last.sha256)
        needs.append(raw)
        bench.folder.put(raw, record_text(data), last.sha256)
        log = verification.log
        named = [each.picture for each in verification.findings] + ([log.stdout, log.stderr] if log else [])
        for digest in filter(None, named):
            copy = bench.kept(digest)
            if copy:
                needs += bench.copy(copy, digest)
        return check(told, verification, kept=bench.kept, imports=record.imports, raw=raw)

    def _key(self, row: Row, around: str) -> str:
        """A digest of everything that the page depends on, found without a look at the record."""
        bench = self.bench
        kept = [digest for digest in row.kept if digest in bench.artifacts]
        missing = row.environment and bench.environment(row.environment) is None
        key = self.key.copy()
        key.update(f"{row.sha256}\0{row.status}\0{around}\0{kept}\0{missing}".encode(errors="replace"))
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
    return rendered(bench.project.root, notebook, cache_folder(bench.project) / "notebooks")


def _notebooks(bench: Workbench) -> None:
    """The pages of notebooks and their images."""
    around = bench.frame(addresses.NOTEBOOK_FRAME)
    runs = notebook_runs(bench.site.notebooks, bench.site.chosen.rows, bench.contents)
    rows = {row.id: row for row in bench.site.chosen.rows} if runs else {}
    for notebook in bench.site.notebooks:
        page, cache = _rendered(bench, notebook)
        address = addresses.notebook_page(notebook.name)
        behind = runs.get(notebook.path, NotebookRuns())
        cost, opened = _again(bench, rows.get(behind.executed), notebook.path)
        key = sha256(f"{bench.making} {around.digest} {notebook!r} {behind!r} {cost!r} {opened!r}")
        if bench.folder.is_current(address, key):
            continue
        needs = [addresses.notebook_raw(notebook.name, as_text=bool(page.problem))]
        bench.folder.copy(needs[0], bench.project.root / notebook.path, notebook.sha256)
        for name in page.files:
            needs.append(addresses.notebook_file(notebook.name, name))
            bench.folder.put(needs[-1], (cache / name).read_bytes(), notebook.sha256)
        content = bench.pages.render(
            "notebook",
            {
                "notebook": page,
                "body": bench.pages.sanitised(page.html),
                "runs": behind,
                "cost": cost,
                "doors": opened,
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
            description=f"The notebook {visible(notebook.path)}, with the outputs that it holds",
            name=notebook.name,
            needs=needs,
            frames=page.frames > 0,
        )


def _again(bench: Workbench, row: Row | None, notebook: str = "") -> tuple[Cost, list[Door]]:
    """What it costs to run a run again, or the notebook that it executed, and the services that can."""
    if row is None:
        return NO_COST, []
    site = bench.site
    return cost_of(row.used, row.status, site.prices), doors(
        row.repository or site.paper.repository,
        None if row.dirty else row.commit,
        ground=site.ground,
        need=need_of(row.used),
        binder=site.binder_reads(row),
        notebook=notebook,
    )


def _environments(bench: Workbench) -> None:
    """The list of environments, and a page for each."""
    runs = by_environment(bench.site.chosen.rows)
    bench.overview(addresses.ENVIRONMENTS, "environments", environments_page(runs, bench.environment))
    around = bench.frame(addresses.ENVIRONMENT_FRAME)
    for name in sorted(runs):
        environment = bench.environment(name) if name else None
        if environment is None:
            continue
        page = environment_page(name, environment, runs[name])
        address = addresses.environment_page(name)
        key = sha256(f"{bench.making} {around.digest} {page!r}")
        if not bench.folder.is_current(address, key):
            bench.fill(
                address,
                around,
                key,
                bench.pages.render("environment", {"page": page, "root": "../"}),
                title=f"Environment {name[:7]}",
                description=page.summary,
                name=name,
            )


def _reproduction(bench: Workbench) -> None:
    """Whether all of it can be re-run and matches, and the badge that says so."""
    site, settings = bench.site, bench.project.settings
    rows = site.chosen.rows
    page = reproduction_page(
        rows,
        site.verified,
        steps=settings.steps,
        facts=Known(
            paper=site.paper,
            files=len(bench.contents),
            unknown=bench.contents.unknown,
            sources=len(settings.data),
            steps=len(settings.steps),
            lock=settings.environment if isinstance(settings.environment, str) else "",
        ),
        read=lambda each: bench.verification(each)[1],
        kept=bench.kept,
        clone=visible(web_address(site.repository) or ""),
        prefix=site.ground.prefix,
        whole=site.whole,
        doors=site.doors,
        again=partial(_again, bench),
        address=bench.generated.address,
    )
    bench.overview(addresses.REPRODUCTION, "reproduction", page, badge=addresses.BADGE)
    drawn = badge_svg(page.standing)
    bench.folder.put(addresses.BADGE, drawn, sha256(drawn))
    bench.filled.add(addresses.BADGE)  # it is ours, also where the author has a file of this name


def _edition(bench: Workbench) -> None:
    """What a frozen site says of itself."""
    site, edition = bench.site, bench.generated.edition
    if edition is not None:
        page = edition_page(
            edition,
            site.paper,
            repository=site.repository,
            runs=len(site.chosen.rows),
            address=bench.generated.address,
        )
        bench.overview(addresses.EDITION_PAGE, "edition", page)


def _data(bench: Workbench) -> None:
    """The files for programs."""
    schema = json.dumps(record_schema(), indent=1) + "\n"
    rows = bench.site.chosen.rows
    names = {row.environment for row in rows if row.environment}
    bench.folder.put(addresses.RECORDS, records_data(bench.site.chosen), "data")
    figures = figures_data(rows, bench.kept, bench.project.settings)
    bench.folder.put(addresses.FIGURES_DATA, figures, "data")
    bench.folder.put(addresses.ENVIRONMENTS_DATA, environments_data(names, bench.environment), "data")
    bench.folder.put(addresses.SCHEMA, schema.encode(), "data")


def _lookups(bench: Workbench) -> None:
    """The pages that compare runs and find files, and what they look up: see `files/lookup.py`."""
    rows, contents = bench.site.chosen.rows, bench.contents
    runs = list(run_shards(rows, bench.kept, lambda row: words.VERDICT[row.verdict]))
    for kind, shards in (
        (addresses.run_shard, runs),
        (addresses.content_shard, content_shards(contents, bench.kept)),
    ):
        for shard in shards:
            key = sha256(f"{bench.making} {shard.key}")
            if not bench.folder.is_current(kind(shard.name), key):
                bench.folder.put(kind(shard.name), shard.make().encode(), key)
    for name in sorted({row.environment for row in rows if row.environment}):
        environment = bench.environment(name)
        if environment:
            script = environment_script(name, environment)
            bench.folder.put(addresses.environment_data(name), script.encode(), "data")
    key = sha256(bench.making + "".join(shard.key for shard in runs))
    if not bench.folder.is_current(addresses.RECORDS_CSV, key):
        table = b"".join(line.encode(errors="replace") for line in csv_lines(rows))
        bench.folder.put(addresses.RECORDS_CSV, table, key)
    page = LookupPage(
        contents=content_digits(contents),
        runs=run_digits(rows),
        newest=[row.id for row in rows[:-3:-1]],
    )
    bench.overview(addresses.DATA, "data", data_page(contents, bench.kept))
    bench.overview(addresses.WHICH, "which", page)
    bench.overview(addresses.COMPARE, "compare", page)


def _rest(bench: Workbench) -> None:
    """Everything that the generator wrote, apart from the frames; its pages obey our policy."""
    index = bench.generated.folder / "search" / "search_index.json"
    _clear_search(index)
    if index.is_file() and not bench.generated.directory_urls:
        index.with_suffix(".js").write_text(f"var __index = {index.read_text('utf-8')};\n", "utf-8")
    if bench.folder.in_place:
        for address in addresses.FRAMES.values():
            bench.folder.drop(address)

    def change(address: str, data: bytes) -> bytes:
        if not address.endswith(".html"):
            return data
        html = bench.obedient(data.decode("utf-8", errors="replace"), address)
        if address == addresses.MISSING:
            index = "" if bench.generated.directory_urls else "index.html"
            html = with_ways_on(html, root_of(html, address), index)
        return html.encode()

    bench.folder.take_over(
        bench.generated.folder, but=bench.filled | set(addresses.FRAMES.values()), change=change
    )
    for address, text in sorted(bench.inline.items()):
        bench.folder.put(address, text.encode(), "inline")


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
