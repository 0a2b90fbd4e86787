"""Runs that go on while a test looks at them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from publisher.model.record import Record
from publisher.store.records import read_record
from tests.conftest import ProjectFolder


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
