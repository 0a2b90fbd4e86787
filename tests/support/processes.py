"""Processes as they are seen from outside: a program in a PID namespace knows itself by another id."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path


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
