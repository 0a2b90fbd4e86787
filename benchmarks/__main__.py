"""The figures of the product, each beside what it is to be.

python -m benchmarks            all but huge and crowd, which take minutes
python -m benchmarks run list   some of: run, list, fill, build, site, explorer,
                                verify, compare, editions, changes, huge, crowd
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from benchmarks.crowd import crowd
from benchmarks.editions import changed, editions
from benchmarks.explorer import explorer
from benchmarks.measure import cost_of, costs
from benchmarks.records import write_many
from benchmarks.site import huge, site
from benchmarks.verify import compare, verify

T = TypeVar("T")
PYTHON = sys.executable
PUBLISHER = [str(Path(PYTHON).with_name("publisher"))]  #: what a user types; `python -m` costs more
MANY = 10_000
PAGES = 1_000
TIMES = 15  #: runs of each command, of which the median counts

PROGRAM = """\
import time
data = open("in.bin", "rb").read()
end = time.process_time() + 0.010
while time.process_time() < end: sum(range(1000))
open("out.bin", "wb").write(data)
"""  #: reads and writes 1 MB; together with Python's start, 20 ms and more


def project(folder: Path) -> Path:
    """A repository with the program in it, committed."""
    folder.mkdir()
    (folder / "program.py").write_text(PROGRAM)
    (folder / "in.bin").write_bytes(bytes(range(256)) * 4096)
    (folder / ".gitignore").write_text("*.bin\n")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "bench"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    return folder


def run(folder: Path) -> None:
    """CPU that `publisher run` adds to a program, in units of a bare start of Python."""
    few, many = project(folder / "few"), project(folder / "many")
    write_many(many / "records", MANY)
    program = [PYTHON, "program.py"]
    cost = costs(
        {
            "bare": ([PYTHON, "-c", "pass"], few),
            "program": (program, few),
            "1": ([*PUBLISHER, "run", "-q", "--", *program], few),
            "many": ([*PUBLISHER, "run", "-q", "--", *program], many),
        },
        times=TIMES,
    )
    bare, alone = cost["bare"].cpu, cost["program"].cpu
    print(f"a bare `python -c pass`: {bare * 1e3:.1f} ms of CPU; the program alone: {alone * 1e3:.1f} ms")
    for name, records in (("1", "a few records"), ("many", f"{MANY} records")):
        added = cost[name].cpu - alone
        told = f"{added * 1e3:.0f} ms of CPU, {added / bare:.1f} bare starts (at most 11)"
        print(f"publisher run adds, with {records}: {told}")


def listing(folder: Path) -> None:
    """Wall time of `publisher list`, index there and index not there."""
    many = folder / "list"
    many.mkdir()
    write_many(many / "records", MANY)
    command = ([*PUBLISHER, "list", "--json", "dt<0.2", "tag:fig3"], many)
    cpu, wall, _ = cost_of(*command)
    print(f"publisher list over {MANY} records, no index yet: {wall:.1f} s, {cpu:.1f} s of CPU")
    cost = costs({"some": command, "all": ([*PUBLISHER, "list"], many)}, times=TIMES)
    for name, what in (("some", "a tenth of them as JSON"), ("all", "all as a table")):
        print(f"with the index, {what}: {cost[name].wall:.2f} s, {cost[name].cpu:.2f} s of CPU (under 0.5)")


def fill(folder: Path) -> None:
    """CPU of filling a thousand run pages into the rendered frame, and of seeing that nothing changed."""
    from publisher.plugin.generator import MkDocs
    from publisher.publish.finish import finish
    from publisher.publish.outlet.folder import Folder
    from publisher.publish.site import load, prepare
    from publisher.store.project import project_at
    from publisher.store.reading import Reading

    many = folder / "fill"
    many.mkdir()
    write_many(many / "records", PAGES)
    project = project_at(many)
    site = prepare(project, *load(project))
    generated = MkDocs(None)(site, folder / "staging")
    reading_of = Reading(project.records)
    begin = time.process_time()
    known = {row.name: reading_of(row.name) for row in site.chosen.rows}
    reading = time.process_time() - begin
    taken = []

    def timed(items: Iterable[T], *, doing: str, total: int) -> Iterator[T]:
        begin = time.process_time()
        yield from items
        taken.append(time.process_time() - begin)

    for number in range(5):
        finish(site, generated, Folder(folder / f"site{number}"), progress=timed, read=known.__getitem__)
    begin = time.process_time()
    again = finish(site, generated, Folder(folder / "site0"), read=known.__getitem__)
    took = time.process_time() - begin
    best, middle = min(taken), statistics.median(taken)
    print(f"filling {PAGES} run pages: {middle:.2f} s of CPU, at best {best:.2f} (under 1)")
    print(f"reading their records: {reading:.2f} s; all again with nothing changed: {took:.2f} s")
    assert not again.written
    pages = [path.stat().st_size for path in (folder / "site0" / "runs").glob("*.html")]
    print(f"a run page: {statistics.median(pages) / 1e3:.1f} kB")


def build(folder: Path) -> None:
    """CPU and memory of whole builds of a site with a thousand runs."""
    many = folder / "build"
    many.mkdir()
    write_many(many / "records", PAGES)
    command = [*PUBLISHER, "build"]
    cpu, wall, memory = cost_of(command, many)
    print(
        f"publisher build, {PAGES} runs, cold: {cpu:.1f} s of CPU, {wall:.1f} s, {memory / 1e6:.0f} MB of memory"
    )
    cpu, wall, memory = cost_of(command, many)
    print(f"again, with nothing changed: {cpu:.1f} s of CPU, {wall:.1f} s, {memory / 1e6:.0f} MB")


BENCHMARKS = {
    "run": run,
    "list": listing,
    "fill": fill,
    "build": build,
    "site": site,
    "explorer": explorer,
    "verify": verify,
    "compare": compare,
    "editions": editions,
    "changes": changed,
    "huge": huge,
    "crowd": crowd,
}
ON_DEMAND = {"huge", "crowd"}  #: take minutes


def main(names: list[str]) -> None:
    """Measure what is named, or all."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as a user's Python, which remembers what it compiled
    for name in names or [each for each in BENCHMARKS if each not in ON_DEMAND]:
        with tempfile.TemporaryDirectory(prefix="publisher-bench-") as folder:
            print(f"-- {name}")
            BENCHMARKS[name](Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
