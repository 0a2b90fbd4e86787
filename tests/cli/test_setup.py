"""`publisher setup` as a process: what publisher.yml says is brought, once, and what happened is told."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ProjectFolder
from tests.factory import posix
from tests.support.caches import cache_of
from tests.web import Web, served
from tests.wheels import wheel

DATA = bytes(range(256)) * 40_000  #: 10 MB
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with served(Web(DATA)) as web:
        yield web


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    wheel(tmp_path / "wheels", "lib_a", "1.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return tmp_path / "wheels"


def says(project: ProjectFolder, web: Web, sha256: str = SHA, more: str = "") -> None:
    project.write(publisher_yml=f'data:\n  data/in.bin: {{url: "{web.address}", sha256: "{sha256}"}}\n{more}')


def test_data_and_environment_are_there_afterwards(project: ProjectFolder, web: Web, wheels: Path) -> None:
    says(project, web, more="steps:\n  coarsening: {command: python heat.py}\n")
    project.write(requirements_txt="lib-a==1.0\n")
    checked = project.publisher("setup", "--check")
    assert checked.returncode == 1 and "data/in.bin" in checked.stdout and ".venv" in checked.stdout
    assert sorted(os.listdir(project.root)) == [".git", "publisher.yml", "requirements.txt"]
    done = project.publisher("setup")
    assert done.returncode == 0, done.stderr
    assert (project.root / "data" / "in.bin").read_bytes() == DATA
    assert "next: . .venv/bin/activate && publisher run coarsening" in done.stderr
    again = project.publisher("setup", "--check", "--json")
    assert again.returncode == 0 and {each["state"] for each in json.loads(again.stdout)} == {"right"}
    assert project.git("status", "--porcelain", "--untracked-files=all").split() == [
        *("??", "data/in.bin", "??", "publisher.yml", "??", "requirements.txt")
    ]


def test_one_half_alone(project: ProjectFolder, web: Web) -> None:
    says(project, web)
    project.write(requirements_txt="lib-a==1.0\n")
    assert project.publisher("setup", "--data").returncode == 0
    assert not (project.root / ".venv").exists()
    found = project.publisher("setup", "--environment", "--check", "--json")
    assert [each["kind"] for each in json.loads(found.stdout)] == ["environment"]


def test_another_content_ends_with_1_and_both_digests(project: ProjectFolder, web: Web) -> None:
    says(project, web, "0" * 64)
    project.write_files({"data/in.bin": b"mine"})
    for words in (["setup"], ["setup", "--replace"]):
        done = project.publisher(*words)
        assert done.returncode == 1 and "0" * 64 in done.stdout
        assert hashlib.sha256(b"mine" if len(words) == 1 else DATA).hexdigest() in done.stdout
        assert (project.root / "data" / "in.bin").read_bytes() == b"mine"
    says(project, web)
    assert project.publisher("setup", "--replace").returncode == 0
    assert (project.root / "data" / "in.bin").read_bytes() == DATA


def test_what_cannot_be_had_ends_with_3(project: ProjectFolder, web: Web) -> None:
    says(project, web)
    web.status = [404]
    done = project.publisher("setup")
    assert done.returncode == 3 and "404" in done.stdout and "next:" not in done.stderr


@posix
def test_a_kill_in_the_middle_comes_to_the_right_end(project: ProjectFolder, web: Web) -> None:
    says(project, web)
    web.dies_after, web.hangs = [4_000_000], True
    words = [sys.executable, "-m", "publisher", "setup"]
    with subprocess.Popen(words, cwd=project.root, stdout=subprocess.DEVNULL) as process:
        cache, end = cache_of(project.root) / "data", time.monotonic() + 60
        while time.monotonic() < end:
            if any(each.stat().st_size > 3_000_000 for each in cache.glob("*.part")):
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not (project.root / "data").exists()
    web.asked.clear()
    web.hangs = False
    assert project.publisher("setup").returncode == 0
    assert (project.root / "data" / "in.bin").read_bytes() == DATA
    ((asked, unless),) = web.asked
    assert asked.startswith("bytes=") and int(asked[6:-1]) > 3_000_000 and unless == '"one"'


HOSTILE = """\
data:
  ../outside: {url: "http://127.0.0.1:1/a"}
  .git/hooks/post-checkout: {url: "http://127.0.0.1:1/a"}
  "/etc/publisher": {url: "http://127.0.0.1:1/a"}
  "data/$(touch touched)": {url: "file:///etc/passwd"}
  "data/\\e[31mred": {url: "--upload-file=/etc/passwd", sha256: "../../../x"}
environment: "; touch touched #requirements.txt"
steps: {"; touch touched": {command: "true"}}
"""


def test_a_hostile_file_reaches_nothing(project: ProjectFolder) -> None:
    project.write(publisher_yml=HOSTILE)
    for words in (["setup", "--check"], ["setup"]):
        done = project.publisher(*words)
        assert done.returncode in (1, 3), done.stderr
        assert "\x1b" not in done.stdout and "mistake of publisher" not in done.stderr
    names = {each.name for each in project.root.parent.rglob("*") if ".git" not in each.parts}
    assert names <= {
        project.root.name,
        "publisher.yml",
        ".publisher",
        ".gitignore",
        "locks",
        "live",
        "token",
        "environment",
        ".git",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('environment: {apt: ["gcc; touch touched"]}', "`gcc; touch touched` is no name of a Debian package"),
        ('environment: {apt: ["-oDPkg::Pre-Invoke::=touch touched"]}', "is no name of a Debian package"),
        ("environment: {apt: gcc}", "`apt` has to be a list"),
        ("environment: {apts: [gcc]}", "unknown key `apts`"),
        ("environment: {lock: [uv.lock]}", "`lock` has to be the path"),
    ],
)
def test_an_environment_that_is_not_understood_is_named_with_its_line(
    text: str, told: str, project: ProjectFolder
) -> None:
    project.write(publisher_yml=f"on_dirty: patch\n{text}\n")
    done = project.publisher("setup")
    assert done.returncode == 2 and told in done.stderr and "publisher.yml:2: environment" in done.stderr


def test_nothing_to_set_up_is_said(project: ProjectFolder) -> None:
    done = project.publisher("setup")
    assert (done.returncode, done.stdout) == (0, "") and "nothing to set up" in done.stderr


def test_check_and_what_changes_something_do_not_go_together(project: ProjectFolder) -> None:
    assert project.publisher("setup", "--check", "--apt").returncode == 2


@pytest.mark.parametrize("name", ["walk", "coarsening"])
def test_the_examples_are_set_up(name: str, project: ProjectFolder) -> None:
    example = Path(__file__).parents[2] / "examples" / name
    shutil.copytree(example, project.root, dirs_exist_ok=True)
    for words in (["setup", "--check"], ["setup"]):
        assert project.publisher(*words).returncode == 0


def test_a_file_of_this_project_s_own_is_understood() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "publisher", "setup", "--check", "--data"], cwd=root, check=False
    )
    assert done.returncode == 0
