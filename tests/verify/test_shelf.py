"""Environments on the shelf: built once, whole or not at all, removed when nobody asks for them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from publisher.verify.shelf import DAY, UNUSED, WHOLE, shelved
from tests.factory import posix


def make(text: str = "x"):
    def build(folder: Path) -> None:
        (folder / "lib").mkdir(parents=True)
        (folder / "lib" / "module.py").write_text(text)

    return build


def always(folder: Path) -> bool:
    return True


def unwanted(folder: Path) -> None:
    raise AssertionError("it was built again")


def test_what_is_built_once_is_shared(tmp_path: Path):
    first = shelved(tmp_path, "numpy==1", make(), sound=always)
    assert shelved(tmp_path, "numpy==1", unwanted, sound=always) == first
    assert (first / "lib" / "module.py").read_text() == "x"


def test_other_content_is_another_environment(tmp_path: Path):
    assert shelved(tmp_path, "numpy==1", make(), sound=always) != shelved(
        tmp_path, "numpy==2", make(), sound=always
    )


def test_a_build_that_fails_leaves_nothing(tmp_path: Path):
    def break_off(folder: Path) -> None:
        make()(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelved(tmp_path, "numpy==1", break_off, sound=always)
    assert [each.name for each in (tmp_path / "environments").iterdir()] == ["lock"]


def test_what_a_kill_left_half_built_is_built_anew(tmp_path: Path):
    folder = shelved(tmp_path, "numpy==1", make("half"), sound=always)
    os.chmod(folder, 0o755)
    (folder / WHOLE).unlink()
    assert shelved(tmp_path, "numpy==1", make("whole"), sound=always) == folder
    assert (folder / "lib" / "module.py").read_text() == "whole"


def test_what_no_longer_works_is_built_anew(tmp_path: Path):
    folder = shelved(tmp_path, "numpy==1", make("old"), sound=always)
    shelved(tmp_path, "numpy==1", make("new"), sound=lambda folder: False)
    assert (folder / "lib" / "module.py").read_text() == "new"


@posix
def test_nobody_adds_to_an_environment(tmp_path: Path):
    folder = shelved(tmp_path, "numpy==1", make(), sound=always)
    assert [(each.stat().st_mode & 0o222) for each in (folder, folder / "lib")] == [0, 0]


def test_of_two_processes_one_builds_and_the_other_waits(tmp_path: Path):
    program = (
        "import pathlib, sys\n"
        "from publisher.verify.shelf import shelved\n"
        "cache = pathlib.Path(sys.argv[1])\n"
        "def build(folder):\n"
        "    folder.mkdir()\n"
        "    with open(cache / 'built', 'a') as file:\n"
        "        file.write('once\\n')\n"
        "    print('building', flush=True)\n"
        "    sys.stdin.read()\n"
        "print(shelved(cache, 'numpy==1', build, sound=lambda folder: True), flush=True)\n"
    )

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    with start() as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "building\n"
        with start() as second:
            told, _ = first.communicate("", timeout=60)
            also, _ = second.communicate("", timeout=60)
    assert told == also != ""
    assert (tmp_path / "built").read_text() == "once\n"


def test_what_nobody_asked_for_in_long_is_removed_when_another_is_built(tmp_path: Path):
    old = shelved(tmp_path, "numpy==1", make(), sound=always)
    lately = shelved(tmp_path, "numpy==2", make(), sound=always)
    half = tmp_path / "environments" / ("0" * 12)
    half.mkdir()
    now = time.time()
    for folder, days in ((old, UNUSED + 1), (lately, UNUSED - 1)):
        os.utime(folder / WHOLE, (now - days * DAY, now - days * DAY))
    new = shelved(tmp_path, "numpy==3", make(), sound=always)
    assert [old.exists(), half.exists(), lately.is_dir(), new.is_dir()] == [False, False, True, True]


def test_what_is_used_again_is_kept(tmp_path: Path):
    folder = shelved(tmp_path, "numpy==1", make(), sound=always)
    os.utime(folder / WHOLE, (0, 0))
    shelved(tmp_path, "numpy==1", unwanted, sound=always)
    shelved(tmp_path, "numpy==2", make(), sound=always)
    assert folder.is_dir()
