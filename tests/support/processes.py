"""Processes and runs that go on while a test looks at them.

A program in a PID namespace knows itself by another id than the one it is seen by from outside.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from publisher.model.record import Record
from publisher.store.records import read_record
from tests.conftest import ProjectFolder


def running(mark: str) -> list[int]:
    """Return the processes with a word in their command, their environment or their working directory.

    A process that is dead and not yet waited for is not counted.
    """
    if sys.platform != "linux":
        listed = subprocess.run(["ps", "-axEo", "pid=,stat=,command="], capture_output=True, text=True)
        words = [line.split(None, 2) for line in listed.stdout.splitlines() if mark in line]
        return [int(pid) for pid, state, _ in words if not state.startswith("Z")]
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdigit() or entry.name == str(os.getpid()):
                continue
            if (entry / "stat").read_text().rpartition(")")[2].split()[0] != "Z" and mark in _told_of(entry):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _told_of(entry: Path) -> str:
    told = [os.fsdecode((entry / "cmdline").read_bytes())]
    for look in (lambda: os.fsdecode((entry / "environ").read_bytes()), lambda: os.readlink(entry / "cwd")):
        try:
            told.append(look())
        except OSError:
            continue
    return "\n".join(told)


def gone(mark: str) -> bool:
    """Return whether all of them end: what is killed takes a moment to go."""
    patience = time.monotonic() + 30
    while running(mark) and time.monotonic() < patience:
        os.sched_yield()
    return not running(mark)


def ancestors(pid: int) -> list[int]:
    """Return the parent of a process, its parent, and so on. Linux only."""
    found: list[int] = []
    while pid > 1:
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        found.append(pid)
    return found


def wait_for(condition: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: It is still not so after a long time.
    """
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.02)


def start(
    project: ProjectFolder, *words: str, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `publisher run` with these words, in a process group of its own; what it says goes to two files."""
    said = project.root.parent
    with open(said / "stdout.txt", "ab") as stdout, open(said / "stderr.txt", "ab") as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "publisher", "run", *words],
            cwd=project.root,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )


def run_at_once(project: ProjectFolder, commands: Sequence[Sequence[str]]) -> dict[str, Record]:
    """Run several commands at once, the number of each as its reason; the records by that."""
    runs = [start(project, "-r", str(number), *words) for number, words in enumerate(commands)]
    assert [each.wait(timeout=300) for each in runs] == [0] * len(runs)
    return records_by_reason(project)


def records_by_reason(project: ProjectFolder) -> dict[str, Record]:
    """All records, by the reason that each was given."""
    return {record.reason or "": record for record in map(read_record, project.records())}


@contextlib.contextmanager
def ended(run: subprocess.Popen[bytes]) -> Iterator[None]:
    """At its end, nothing of a run that was started here goes on."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
