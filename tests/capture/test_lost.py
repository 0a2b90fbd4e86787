"""A run whose publisher is killed: what was known of it is kept, and what goes on is let be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from publisher.store.records import read_record, seal_holds
from tests.conftest import ProjectFolder
from tests.support.processes import ended, start, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

SLOW = """\
import os, sys, time
print("hello", flush=True); print("password=hunter2 ghp_" + "a1" * 15, file=sys.stderr, flush=True)
open(sys.argv[1], "w").write(str(os.getpid()))
until = time.monotonic() + 60
while not os.path.exists(sys.argv[1] + ".end") and time.monotonic() < until: time.sleep(0.02)
print("bye", flush=True)
"""


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    """Where the program says its process id, and hears (`.end`) that it may end."""
    return tmp_path / "sign"


def keepers(run: subprocess.Popen[bytes], sign: Path) -> list[int]:
    """The processes beside the program that belong to a run."""
    found = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in found.splitlines()]
    return [pid for pid, parent in pairs if parent == run.pid and pid != int(sign.read_text())]


def slow_run(project: ProjectFolder, sign: Path, *more: str) -> subprocess.Popen[bytes]:
    run = start(project, "-r", "why", "--", "python", "slow.py", str(sign), *more)
    wait_for(lambda: sign.exists() and sign.read_text())
    return run


def test_the_code_that_runs_is_kept_before_it_runs(project: ProjectFolder, sign: Path) -> None:
    project.commit(slow_py=SLOW)
    (project.root / "slow.py").write_text(SLOW + "# changed\n")
    run = slow_run(project, sign)
    with ended(run):
        run.kill()
        run.wait()
        record = read_record(project.records()[-1])
        digest = (record.code.patch or "").removeprefix("sha256:")
        (patch,) = project.root.glob(f"records/artifacts/*/{digest}.patch")
        assert "+# changed" in patch.read_text()


def test_a_program_that_goes_on_is_running_and_then_lost_with_its_log(
    project: ProjectFolder, sign: Path
) -> None:
    project.commit(slow_py=SLOW)
    run = slow_run(project, sign)
    with ended(run):
        run.kill()
        run.wait()
        assert "running" in project.publisher("list").stdout
        sign.with_name("sign.end").touch()
        wait_for(lambda: "lost" in project.publisher("list").stdout)
    path = project.records()[-1]
    record = read_record(path)
    assert (record.status, record.exit_code, record.reason) == ("running", None, "why")
    assert record.duration and record.duration > 0
    assert any("exit code was not seen" in each for each in record.problems)
    assert record.log and record.log.stdout and record.log.stderr
    shown = project.publisher("show", "latest", "--log").stdout
    assert "hello" in shown and "bye" in shown and "ghp_" not in shown
    assert seal_holds(path.read_text())
    assert list((project.root / ".publisher" / "live").iterdir()) == []


def test_the_log_on_its_way_is_nobody_else_s(project: ProjectFolder, sign: Path) -> None:
    project.commit(slow_py=SLOW)
    run = slow_run(project, sign)
    with ended(run):
        wait_for(lambda: len(list(project.root.glob(".publisher/live/*/std*"))) == 2)
        files = list(project.root.glob(".publisher/live/*/std*"))
        assert sorted(path.name.partition(".")[0] for path in files) == ["stderr", "stdout"]
        assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]
        sign.with_name("sign.end").touch()
        assert run.wait(timeout=60) == 0
    assert list((project.root / ".publisher" / "live").iterdir()) == []


def test_when_both_processes_of_ours_are_killed_the_program_still_runs(
    project: ProjectFolder, sign: Path
) -> None:
    project.commit(slow_py=SLOW, p_json='{"n": 1}')
    run = slow_run(project, sign, "p.json", "n=2")
    with ended(run):
        for each in keepers(run, sign):
            os.kill(each, signal.SIGKILL)
        run.kill()
        run.wait()
        assert "running" in project.publisher("list").stdout
        project.publisher("run", "-r", "next", "--", "true")
        (copy,) = project.root.glob(".params-*")
        assert json.loads(copy.read_text()) == {"n": 2}
        os.kill(int(sign.read_text()), signal.SIGKILL)
        wait_for(lambda: "lost" in project.publisher("list").stdout)
        assert not copy.exists()
    record = read_record(project.records()[0])
    assert (record.reason, record.status, record.duration) == ("why", "running", None)
    assert record.log is not None
    assert any("neither its end nor its exit code was seen" in each for each in record.problems)
    assert list((project.root / ".publisher" / "live").iterdir()) == []


def test_a_long_log_of_a_lost_run_has_its_beginning_and_its_end(project: ProjectFolder, sign: Path) -> None:
    program = "print('first'); print('x' * 400_000); print('last', flush=True)\n" + SLOW
    project.commit(slow_py=program, publisher_yml="limits:\n  log: 100 kB\n")
    run = slow_run(project, sign)
    with ended(run):
        wait_for(lambda: len(list(project.root.glob(".publisher/live/*/stdout.*"))) > 1)
        held = sum(path.stat().st_size for path in project.root.glob(".publisher/live/*/stdout.*"))
        assert held <= 200_000, "it does not grow without end"
        run.kill()
        run.wait()
        sign.with_name("sign.end").touch()
        wait_for(lambda: "lost" in project.publisher("list").stdout)
    record = read_record(project.records()[-1])
    assert record.log and record.log.truncated
    shown = project.publisher("show", "latest", "--log").stdout
    assert shown.startswith("first\n") and "\nbye\n" in shown and "bytes left out" in shown


def test_a_lost_run_is_concluded_once(project: ProjectFolder, sign: Path) -> None:
    project.commit(slow_py=SLOW)
    run = slow_run(project, sign)
    with ended(run):
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    wait_for(lambda: "lost" in project.publisher("list").stdout)
    before = project.records()[-1].read_bytes()
    for words in (["list"], ["run", "--", "true"], ["check"]):
        project.publisher(*words)
    assert project.records()[0].read_bytes() == before


def test_what_was_said_of_a_run_while_it_ran_stays(project: ProjectFolder, sign: Path) -> None:
    project.commit(slow_py=SLOW)
    run = slow_run(project, sign)
    with ended(run):
        project.publisher("annotate", "latest", "--tag", "mine")
        run.kill()
        run.wait()
        sign.with_name("sign.end").touch()
        wait_for(lambda: "lost" in project.publisher("list").stdout)
    record = read_record(project.records()[-1])
    assert record.annotations.tags == ["mine"]


@pytest.mark.parametrize("after", [0.02, 0.1, 0.2, 0.25, 0.3, 0.35, 0.45])
def test_whenever_a_kill_comes_nothing_of_ours_stays(
    project: ProjectFolder, tmp_path: Path, after: float
) -> None:
    project.commit(sim_py="import sys\nprint(open(sys.argv[1]).read())\n", p_json='{"n": 1}')
    (project.root / "sim.py").write_text("import sys\nprint(open(sys.argv[1]).read())  # changed\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    run = start(project, "--", "python", "sim.py", "p.json", "n=2", env={"TMPDIR": str(scratch)})
    time.sleep(after)
    run.kill()
    run.wait()
    wait_for(lambda: "running" not in project.publisher("list").stdout)
    assert list(project.root.glob(".params-*")) == []
    assert list(scratch.iterdir()) == []
    assert list(project.root.glob(".publisher/live/[!.]*")) == []


def test_what_a_killed_run_had_half_written_goes_with_its_place(project: ProjectFolder, sign: Path) -> None:
    project.commit(slow_py=SLOW)
    run = slow_run(project, sign)
    folder = project.root / "records" / "artifacts" / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    own, foreign = folder / f".x.txt.{run.pid}-0a1b2c.part", folder / ".x.txt.1-0a1b2c.part"
    own.touch()
    foreign.touch()
    with ended(run):
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    wait_for(lambda: "lost" in project.publisher("list").stdout)
    assert not own.exists() and foreign.exists()
