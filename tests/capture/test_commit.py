"""`--commit`: the record is committed, whatever is killed or committed beside it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ProjectFolder
from tests.support.processes import start, wait_for

posix = pytest.mark.skipif(sys.platform == "win32", reason="a wrapper of git as a shell script")

#: Counts the calls, and at the one that is asked for kills publisher, before or after git has done its work.
WRAPPER = """\
#!/bin/sh
n=$(($(cat "$COUNT" 2>/dev/null || echo 0) + 1)); echo $n > "$COUNT"
if [ "$n" = "$AT" ] && [ "$WHEN" = before ]; then kill -9 $PPID; exit 1; fi
"$GIT" "$@"; code=$?
if [ "$n" = "$AT" ] && [ "$WHEN" = after ]; then kill -9 $PPID; fi
exit $code
"""


def tracked(project: ProjectFolder) -> set[str]:
    """The records that HEAD holds."""
    return set(project.git("ls-tree", "-r", "--name-only", "HEAD", "records").split())


def test_a_lock_on_the_index_keeps_everything_as_it_was(project: ProjectFolder) -> None:
    before = project.commit()
    (project.root / ".git" / "index.lock").touch()
    done = project.publisher("run", "--commit", "--", "true")
    (project.root / ".git" / "index.lock").unlink()
    assert done.returncode == 0
    assert "not committed" in done.stderr
    assert project.git("rev-parse", "HEAD") == before
    project.git("commit", "--quiet", "--allow-empty", "--message", "mine")
    assert project.git("status", "--short") == "?? records/"


def test_what_is_hinted_commits_the_record(project: ProjectFolder) -> None:
    project.commit()
    (project.root / ".git" / "index.lock").touch()
    done = project.publisher("run", "--commit", "--", "true")
    (project.root / ".git" / "index.lock").unlink()
    hint = re.search(r"^  (git .*)$", done.stderr, re.MULTILINE)
    assert hint
    subprocess.run(hint[1], shell=True, cwd=project.root, check=True, capture_output=True)
    assert project.git("status", "--short") == ""
    assert any(path.startswith("records/runs/") for path in tracked(project))


@posix
@pytest.mark.parametrize("when", ["before", "after"])
def test_wherever_a_kill_falls_no_later_commit_takes_the_record_out(
    project: ProjectFolder, tmp_path: Path, when: str
) -> None:
    """Every call of git that a run with `--commit` makes is tried."""
    project.commit(sim_py="print(1)\n")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "git").write_text(WRAPPER)
    (bin_ / "git").chmod(0o755)
    git = shutil.which("git")
    assert git
    at = 0
    while True:
        at += 1
        count = tmp_path / f"count{at}"
        env = {
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "GIT": git, "COUNT": str(count), "AT": str(at), "WHEN": when,
        }  # fmt: skip
        before = tracked(project)
        done = project.publisher("run", "--commit", "--", "true", env=env)
        held = tracked(project)
        assert before <= held
        (project.root / "mine.txt").write_text(str(at))
        project.git("add", "mine.txt")
        project.git("commit", "--quiet", "--message", f"mine {at}")
        assert held <= tracked(project), f"call {at}"
        assert not [line for line in project.git("status", "--short").splitlines() if line.startswith("D")]
        if done.returncode == 0:
            break
    assert at > 6, "each call of git was tried"


def test_many_at_once_are_all_committed(project: ProjectFolder) -> None:
    project.commit(sim_py="print(1)\n")
    runs = [start(project, "--commit", "--", "python", "sim.py") for _ in range(12)]
    assert [run.wait(timeout=300) for run in runs] == [0] * 12
    assert len([path for path in tracked(project) if path.startswith("records/runs/")]) == 12
    assert project.git("status", "--short") == ""


def test_a_commit_of_the_user_s_between_is_no_loss(project: ProjectFolder) -> None:
    project.commit(sim_py="print(1)\n")
    runs = [start(project, "--commit", "--", "python", "sim.py") for _ in range(4)]
    number = 0
    while any(run.poll() is None for run in runs):
        number += 1
        (project.root / "mine.txt").write_text(str(number))
        for words in (["add", "mine.txt"], ["commit", "--quiet", "--message", "mine"]):
            subprocess.run(["git", *words], cwd=project.root, capture_output=True)
    assert len([path for path in tracked(project) if path.startswith("records/runs/")]) == 4
    project.git("commit", "--quiet", "--allow-empty", "--message", "last")
    assert len([path for path in tracked(project) if path.startswith("records/runs/")]) == 4


@posix
def test_a_mistake_of_ours_in_a_commit_is_told(project: ProjectFolder, tmp_path: Path) -> None:
    project.commit(sim_py="raise SystemExit(5)\n")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import sys\n"
        "if any('publisher' in each for each in sys.orig_argv):\n"
        "    import publisher.capture.commit as commit\n"
        "    def mistake(*_, **__): raise ZeroDivisionError('of ours')\n"
        "    commit.commit_files = mistake\n"
    )
    words = ["run", "--commit", "--", sys.executable, "sim.py"]
    done = project.publisher(*words, env={"PYTHONPATH": str(broken)})
    assert done.returncode == 5
    assert "not committed" in done.stderr and "ZeroDivisionError" in done.stderr


@posix
def test_a_kill_leaves_nothing_among_temporary_files(project: ProjectFolder, tmp_path: Path) -> None:
    project.commit(sim_py="import time\ntime.sleep(60)\n")
    (project.root / "sim.py").write_text("import time\ntime.sleep(60)  # changed\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    run = start(project, "--", "python", "sim.py", env={"TMPDIR": str(scratch)})
    wait_for(lambda: project.records())
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert list(scratch.iterdir()) == []
