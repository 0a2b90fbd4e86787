"""CPU and wall time of whole processes, measured from outside."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct


class Cost(Struct, frozen=True):
    """What one process and its children used: medians."""

    cpu: float  #: seconds, user and system
    wall: float  #: seconds
    memory: int  #: bytes, of the largest process


def cost_of(command: Sequence[str], folder: Path) -> tuple[float, float, int]:
    """CPU seconds, wall seconds and bytes of memory of one execution."""
    begin = time.perf_counter()
    nothing = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, nothing, stream) for stream in (0, 1, 2)]
    here = Path.cwd()
    os.chdir(folder)
    try:
        child = os.posix_spawn(command[0], list(command), os.environ, file_actions=actions)
    finally:
        os.chdir(here)
        os.close(nothing)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - begin
    assert os.waitstatus_to_exitcode(status) == 0, command
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def costs(commands: Mapping[str, tuple[Sequence[str], Path]], *, times: int) -> dict[str, Cost]:
    """The cost of several commands, executed in turn so that all meet the same weather."""
    taken: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
    for number in range(times + 1):
        for name, (command, folder) in commands.items():
            cost = cost_of(command, folder)
            if number:  # the first warms the caches
                taken[name].append(cost)
    return {
        name: Cost(
            cpu=statistics.median(each[0] for each in all_),
            wall=statistics.median(each[1] for each in all_),
            memory=max(each[2] for each in all_),
        )
        for name, all_ in taken.items()
    }
