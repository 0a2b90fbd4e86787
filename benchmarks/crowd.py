"""Many runs at once in one project: how many files of others are sealed as a run's own.

Each program writes a file of its own, whose content says whose it is; every fourth also writes one that all of
those write. Half of the runs name their file (`--output`), half do not; of the last kind all do.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from publisher.model.record import Record
from publisher.store.records import read_record

PUBLISHER = str(Path(sys.executable).with_name("publisher"))
AT_ONCE = 64
NAMING = "shell that names its files"

_PYTHON = """\
import json, os, sys, time
n, shared, *_ = sys.argv[1:]
time.sleep(0.5 + int(n) % 7 * 0.1)
os.makedirs("out", exist_ok=True)
open(f"out/{n}.txt", "w").write(n + "\\n")
if shared == "1": json.dump({"energy": int(n)}, open("out/metrics.json", "w"))
time.sleep(0.5)
"""
_SHELL = """\
sleep 0.$((5 + $1 % 5))
mkdir -p out
echo $1 > out/$1.txt
if [ "$2" = 1 ]; then echo "{\\"energy\\": $1}" > out/metrics.json; fi
sleep 0.5
"""


def crowd(folder: Path) -> None:
    """Foreign files that are sealed, and commits that are made, by runs that are all under way at once."""
    for kind in ("Python", "shell", "both", NAMING):
        _print(kind, _at_once(folder / kind, kind), commits=None)
    project = folder / "commits"
    records = _at_once(project, "Python", "--commit")
    held = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD", "records/runs"],
        cwd=project, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    _print("Python, --commit", records, commits=len(held))


def _at_once(project: Path, kind: str, *options: str) -> list[Record]:
    project.mkdir()
    (project / "sim.py").write_text(_PYTHON)
    (project / "sim.sh").write_text(_SHELL)
    (project / "p.json").write_text('{"n": 0}')
    (project / ".gitignore").write_text("out/\n")
    git = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "crowd"]):
        subprocess.run([*git, *words], cwd=project, check=True)
    for name in ("user.name", "user.email"):
        subprocess.run(["git", "config", name, "bench"], cwd=project, check=True)
    runs = [
        subprocess.Popen(_command(kind, n, options), cwd=project, stderr=subprocess.DEVNULL)
        for n in range(AT_ONCE)
    ]
    begin = time.monotonic()
    assert [run.wait() for run in runs] == [0] * AT_ONCE
    print(f"{AT_ONCE} at once, {kind}: {time.monotonic() - begin:.0f} s")
    return [read_record(path) for path in sorted(project.glob("records/runs/*/*.yml"))]


def _command(kind: str, n: int, options: Sequence[str]) -> list[str]:
    python = kind == "Python" or (kind == "both" and n % 2 == 0)
    naming = kind == NAMING or n % 4 < 2
    program = [sys.executable, "sim.py"] if python else ["sh", "sim.sh"]
    named = ["--output", f"out/{n}.txt"] if naming else []
    words = [str(n), str(int(n % 4 == 0)), *(["p.json", f"n={n}"] if python else [])]
    return [PUBLISHER, "run", "-q", "-r", str(n), *named, *options, "--", *program, *words]


def _print(kind: str, records: Sequence[Record], *, commits: int | None) -> None:
    told: Counter[str] = Counter()
    for record in records:
        own = hashlib.sha256(f"{record.reason}\n".encode()).hexdigest()
        for out in record.outputs:
            mine = out.path == f"out/{record.reason}.txt" and out.sha256 == own
            shared = out.path == "out/metrics.json" and record.metrics.get("energy") == int(
                record.reason or -1
            )
            told["own" if mine else "shared, its own" if shared else "foreign"] += 1
        told["wrong metrics"] += bool(record.metrics) and record.metrics != {
            "energy": int(record.reason or -1)
        }
        told["uncertain"] += len(getattr(record, "uncertain", []))
        told["without its own file"] += f"out/{record.reason}.txt" not in {out.path for out in record.outputs}
    print(
        f"  {kind}: {len(records)} records, " + ", ".join(f"{count} {name}" for name, count in told.items())
    )
    if commits is not None:
        print(f"  {commits} of {AT_ONCE} committed")
