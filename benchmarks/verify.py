"""What re-running costs beyond the program itself, how well it spreads, and how fast large tables are compared."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import cost_of

PUBLISHER = str(Path(sys.executable).with_name("publisher"))
FILES = 100  #: of the tree that is checked out
RUNS = 200  #: that are verified at once
LINES = 4_000_000  #: of a table of 100 MB

PROGRAM = """\
import sys, time
end = time.process_time() + 0.1
while time.process_time() < end: sum(range(1000))
open("out.csv", "w").write(sys.argv[1])
"""


def verify(folder: Path) -> None:
    """CPU of one verification, and how much of two processors many of them use."""
    project = folder / "paper"
    project.mkdir()
    (project / "program.py").write_text(PROGRAM)
    for number in range(FILES):
        (project / f"module{number}.py").write_text(f"x = {number}\n" * 40)
    (project / ".gitignore").write_text("out.csv\n")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "bench"]):
        subprocess.run([*git, *words], cwd=project, check=True)
    for number in range(RUNS):
        words = ["run", "-q", "--", sys.executable, "program.py", str(number)]
        subprocess.run([PUBLISHER, *words], cwd=project, check=True)
    alone, _, _ = cost_of([sys.executable, "program.py", "1"], project)
    few, _, _ = cost_of([PUBLISHER, "verify", "--no-record", "latest"], project)
    cpu, wall, memory = cost_of([PUBLISHER, "verify", "--no-record", "--all", "--jobs", "2"], project)
    print(f"a program of {alone:.2f} s of CPU, in a tree of {FILES} files")
    print(f"publisher verify of one run: {few - alone:.2f} s of CPU beyond the program")
    print(f"of {RUNS} runs: {cpu / RUNS - alone:.2f} s each beyond it (under 1)")
    used = cpu / (wall * min(2, os.cpu_count() or 2))
    print(
        f"{RUNS} with --jobs 2: {used:.0%} of two processors (at least 80 %), {memory / 1e6:.0f} MB of memory"
    )


def compare(folder: Path) -> None:
    """CPU and memory of comparing two tables of 100 MB that differ a little everywhere."""
    chance = random.Random(1)
    with open(folder / "a.csv", "w") as one, open(folder / "b.csv", "w") as other:
        for table in (one, other):
            table.write("time,energy\n")
        for _ in range(LINES):
            time, energy = chance.random(), chance.random()
            one.write(f"{time:.8f},{energy:.12f}\n")
            other.write(f"{time:.8f},{energy * (1 + 1e-9):.12f}\n")
    size = (folder / "a.csv").stat().st_size
    program = (
        "from pathlib import Path\n"
        "from publisher.model.project import Tolerance\n"
        "from publisher.model.record import FileRef\n"
        "from publisher.probe.tree import sha256_of\n"
        "from publisher.verify.comparison import compared\n"
        "a, b = Path('a.csv'), Path('b.csv')\n"
        "ref = FileRef(path='a.csv', sha256=sha256_of(a))\n"
        "found = compared('a.csv', ref, a, b, Tolerance(rtol=1e-6))\n"
        "assert found.outcome == 'close', found\n"
    )
    cpu, wall, memory = cost_of([sys.executable, "-c", program], folder)
    print(
        f"comparing tables of {size / 1e6:.0f} MB, start included: {cpu:.1f} s of CPU, {wall:.1f} s (under 5), "
        f"{memory / 1e6:.0f} MB of memory"
    )
