"""A long build shows how far it is, on a terminal; in a file or a pipe there is no trace of that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.records import write_many
from tests.conftest import ProjectFolder


@pytest.fixture
def many(project: ProjectFolder) -> ProjectFolder:
    write_many(project.root / "records", 300)
    return project


def on_terminal(folder: Path, *words: str) -> str:
    """What a command says on stderr, when that is a terminal."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "publisher", *words]
    env = {**os.environ, "TERM": "xterm-256color"}
    started = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert started.wait(timeout=60) == 0, shown
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals on Windows")
def test_a_long_build_shows_what_it_does_and_how_far_it_is(many: ProjectFolder) -> None:
    said = on_terminal(many.root, "build")
    assert "reading records" in said and "writing run pages" in said and "100%" in said
    last = said.rstrip().splitlines()[-1]
    assert "pages of runs" in last and "100%" not in last


def test_where_nobody_looks_there_is_no_bar(many: ProjectFolder) -> None:
    done = many.publisher("build")
    assert done.returncode == 0
    assert "writing run pages" not in done.stderr and "\x1b" not in done.stderr
