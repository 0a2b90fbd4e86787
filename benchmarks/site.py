"""What a site with many runs costs, beside plain MkDocs with Material that builds the same pages from Markdown."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from benchmarks.measure import cost_of
from benchmarks.records import record, write_many
from publisher.store.records import write_record

PLAIN = 300  #: pages that plain MkDocs builds; what it takes for a page does not depend on how many there are
PUBLISHER = [str(Path(sys.executable).with_name("publisher")), "build"]


def site(folder: Path, runs: int = 10_000) -> None:
    """CPU, memory and size of a site with so many runs: cold, unchanged, and with one more."""
    plain = _plain(folder / "plain")
    print(f"plain MkDocs and Material: {plain * 1e3:.1f} ms of CPU a page, {plain * runs:.0f} s for {runs}")
    many = folder / f"site{runs}"
    many.mkdir()
    write_many(many / "records", runs)
    for name in ("cold", "nothing changed", "one new run"):
        if name == "one new run":
            write_record(many / "records", record(runs))
        cpu, wall, memory = cost_of(PUBLISHER, many)
        told = (
            f"{cpu:.1f} s of CPU ({plain * runs / cpu:.0f} times less), {wall:.1f} s, {memory / 1e6:.0f} MB"
        )
        print(f"publisher build, {runs} runs, {name}: {told} of memory")
    sizes = [(entry.path, entry.stat().st_size) for entry in _files(many / "site")]
    pages = sorted(size for path, size in sizes if path.endswith(".html") and f"{os.sep}runs{os.sep}" in path)
    whole, page = sum(size for _, size in sizes) / 1e6, pages[len(pages) // 2] / 1e3
    print(f"the site: {whole:.0f} MB; a run page: {page:.1f} kB")


def huge(folder: Path) -> None:
    """The same with a hundred thousand runs."""
    site(folder, 100_000)


def _files(folder: Path) -> list[os.DirEntry[str]]:
    found: list[os.DirEntry[str]] = []
    for entry in os.scandir(folder):
        found += _files(Path(entry.path)) if entry.is_dir() else [entry]
    return found


def _plain(folder: Path) -> float:
    """Seconds of CPU that plain MkDocs takes for one page of a run."""
    docs = folder / "docs"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text("# Home\n")
    config = {
        "site_name": "plain",
        "theme": {"name": "material", "font": False},
        "nav": [{"Home": "index.md"}],
        "not_in_nav": "*\n",
        "plugins": ["search"],
        "markdown_extensions": ["tables"],
    }
    (folder / "mkdocs.yml").write_text(json.dumps(config))
    command = [sys.executable, "-m", "mkdocs", "build", "-q"]
    alone, _, _ = cost_of(command, folder)
    for number in range(PLAIN):
        (docs / f"run{number}.md").write_text(_markdown(number))
    with_pages, _, _ = cost_of(command, folder)
    return (with_pages - alone) / PLAIN


def _markdown(number: int) -> str:
    """What a run's page says, as Markdown."""
    run = record(number)
    lines = [f"# {run.reason}", f"{run.status} in {run.duration} s, {run.started}", "## Run it yourself"]
    lines += [
        "```",
        f"git clone {run.code.repository}",
        f"git checkout {run.code.commit}",
        " ".join(run.command),
        "```",
    ]
    tables = {
        "Results": run.metrics,
        "Parameters": run.parameters.values if run.parameters else {},
        "Packages": run.imports,
        "Files": {each.path: each.sha256 for each in (*run.inputs, *run.outputs)},
    }
    for title, values in tables.items():
        lines += ["", f"## {title}", "", "| name | value |", "|---|---|"]
        lines += [f"| {name} | `{value}` |" for name, value in values.items()]
    return "\n".join(lines) + "\n"
