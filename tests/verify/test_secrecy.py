"""What a re-run program cannot get: the environment variables that publisher was started with."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from publisher.probe import held
from tests.conftest import ProjectFolder
from tests.tools import need

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")

PLANTED = f"planted-{uuid.uuid4()}"  #: other tests have other ones
SPY = """\
import os, time, sys
end = time.monotonic() + float(sys.argv[1])
seen, named = set(), set()
while True:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            named.add(open(f"/proc/{pid}/cmdline", errors="replace").read().replace("\\0", " ")[:200])
            for line in open(f"/proc/{pid}/environ", errors="replace").read().split("\\0"):
                if "planted" in line: seen.add((pid, line, open(f"/proc/{pid}/cmdline", errors="replace").read()))
        except OSError: pass
    if time.monotonic() > end: break
print("spied", sorted(seen), os.environ)
print(sum("publisher" in each for each in named), "of publisher", file=sys.stderr)
"""
WITHOUT_NAMESPACES = """\
cd /proc/sys/user && echo 0 > max_pid_namespaces && echo 0 > max_user_namespaces && cd - > /dev/null && exec "$@"
"""


def credentials() -> dict[str, str]:
    return {"AWS_SECRET_ACCESS_KEY": PLANTED, "GITHUB_TOKEN": PLANTED, "INNOCENT_TOKEN_X": PLANTED}


def without_namespaces(command: list[str]) -> list[str]:
    """A command as on a system that allows no PID namespace, which this one may be anyway."""
    if not held.can_hide_processes():
        return command
    return [need("unshare"), "--user", "--map-root-user", "sh", "-c", WITHOUT_NAMESPACES, "sh", *command]


def verified(project: ProjectFolder, *words: str, namespaces: bool) -> str:
    """Verify with credentials in the environment; returns all that is in `records/` then, as one text."""
    command = [sys.executable, "-m", "publisher", "verify", *words]
    if not namespaces:
        command = without_namespaces(command)
    done = subprocess.run(
        command, cwd=project.root, env={**os.environ, **credentials()}, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr
    assert PLANTED not in done.stdout + done.stderr
    found = [path.read_text(errors="replace") for path in project.root.glob("records/**/*") if path.is_file()]
    text = "\n".join(found)
    assert text.count("spied [") >= 2, "the spy was not re-run"
    return text


@pytest.fixture
def spied(project: ProjectFolder) -> ProjectFolder:
    """A project with two recorded runs of a program that reads every environment which it can."""
    project.commit(spy_py=SPY)
    for seconds in ("0.0", "3.0"):
        done = project.publisher("run", "--", "python", "spy.py", seconds)
        assert done.returncode == 0, done.stderr
    return project


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("namespaces", [True, False])
def test_no_variable_of_ours_reaches_a_program_by_any_process(
    namespaces: bool, jobs: str, spied: ProjectFolder
) -> None:
    text = verified(spied, "--all", "--jobs", jobs, namespaces=namespaces)
    assert PLANTED not in text


def test_what_could_be_read_is_said_before_anybody_agrees(spied: ProjectFolder, tmp_path: Path) -> None:
    spied.commit("with its records")
    command = [
        sys.executable,
        "-m",
        "publisher",
        "verify",
        "--from",
        str(spied.root),
        "--to",
        str(tmp_path / "x"),
    ]
    told = subprocess.run(without_namespaces(command), input="", capture_output=True, text=True)
    assert "can read the environment variables of your other programs" in told.stderr
    told = subprocess.run([*command[:-1], str(tmp_path / "y")], input="", capture_output=True, text=True)
    assert ("can read the environment variables" in told.stderr) is not held.can_hide_processes()
