"""What publishing an edition costs beyond its build, what many editions weigh, and how fast two are compared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import cost_of
from benchmarks.records import record, write_many
from publisher.store.records import write_record

PUBLISHER = str(Path(sys.executable).with_name("publisher"))
RUNS = 1_000
EDITIONS = 20
NEW = 10  #: runs that each edition has more than the one before
MANY = 10_000


def editions(folder: Path) -> None:
    """Twenty editions of a site with a thousand runs, each with a few more."""
    paper = _paper(folder / "editions", RUNS)
    sizes = []
    for number in range(1, EDITIONS + 1):
        _tagged(paper, number, RUNS)
        cost_of([PUBLISHER, "edition", "build", f"v{number}"], paper)
        cpu, wall, memory = cost_of([PUBLISHER, "edition", "publish", f"v{number}"], paper)
        sizes.append(_packed(paper))
    print(
        f"publishing edition {EDITIONS} of {RUNS} runs, beyond its build: {wall:.1f} s, {cpu:.1f} s of CPU "
        f"(under 3), {memory / 1e6:.0f} MB of memory"
    )
    site = int(_git(paper, "ls-tree", "-r", "-l", f"gh-pages:v{EDITIONS}", sizes=True))
    grown = (sizes[-1] - sizes[0]) / (EDITIONS - 1)
    print(
        f"the branch, packed: {sizes[0] / 1e6:.1f} MB with one edition, {sizes[-1] / 1e6:.1f} MB with {EDITIONS}: "
        f"{grown / 1e3:.0f} kB for each more; one site is {site / 1e6:.0f} MB"
    )


def changed(folder: Path) -> None:
    """Two editions with ten thousand runs, compared."""
    paper = _paper(folder / "changed", MANY)
    for number in (1, 2):
        _tagged(paper, number, MANY)
        cost_of([PUBLISHER, "edition", "publish", f"v{number}"], paper)
    for words in (["changes", "v1", "v2", "--markdown"], ["changes", "v1~0", "v2~0", "--markdown"]):
        cpu, wall, memory = cost_of([PUBLISHER, *words], paper)
        what = "of editions" if "~" not in words[1] else "of commits without one"
        print(
            f"publisher changes {what}, {MANY} runs: {wall:.1f} s (under 5), {cpu:.1f} s of CPU, "
            f"{memory / 1e6:.0f} MB of memory"
        )


def _paper(paper: Path, runs: int) -> Path:
    paper.mkdir()
    write_many(paper / "records", runs)
    (paper / ".gitignore").write_text(".publisher/\n")
    _git(paper, "init", "-q")
    return paper


def _tagged(paper: Path, number: int, runs: int) -> None:
    for each in range(NEW if number > 1 else 0):
        write_record(paper / "records", record(runs + number * NEW + each))
    _git(paper, "add", ".")
    _git(paper, "-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-qm", f"v{number}")
    _git(paper, "tag", f"v{number}")


def _packed(paper: Path) -> int:
    """Bytes of a clone of the branch alone, as a remote keeps it."""
    clone = paper.parent / "clone.git"
    source = f"file://{paper}"
    subprocess.run(
        ["git", "clone", "-q", "--bare", "--single-branch", "--branch", "gh-pages", source, str(clone)],
        check=True,
    )
    size = sum(each.stat().st_size for each in (clone / "objects").rglob("*") if each.is_file())
    subprocess.run(["rm", "-rf", str(clone)], check=True)
    return size


def _git(paper: Path, *words: str, sizes: bool = False) -> str:
    said = subprocess.run(["git", *words], cwd=paper, check=True, capture_output=True, text=True).stdout
    return str(sum(int(line.split()[3]) for line in said.splitlines())) if sizes else said
