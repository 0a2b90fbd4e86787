"""The environment that a process was started with, as others see it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")

HIDE = """\
import os, subprocess, sys
from publisher.probe.own_environment import hide_environment
os.environ["LATER"] = "also"
before = dict(os.environ)
for again in range(2): hide_environment()
assert dict(os.environ) == before
child = subprocess.run([sys.executable, "-c", "import os; told = eval(input()); told.pop('', None); print(dict(os.environ) == told)"],
                       input=repr(before), capture_output=True, text=True)
print(child.stdout.strip(), flush=True)
sys.stdin.readline()
"""


def hidden(*environment: str) -> subprocess.Popen[str]:
    """A process that hides its environment, given as entries of which not all need be variables."""
    start = "import os, sys; os.execve(sys.executable, [sys.executable, '-c', sys.argv[1]], {})"
    if environment:
        start = (
            "import ctypes, os, sys\n"
            "words = [sys.executable, '-c', sys.argv[1]]\n"
            "argv = (ctypes.c_char_p * 4)(*map(os.fsencode, words), None)\n"
            "entries = list(map(os.fsencode, sys.argv[2:]))\n"
            "envp = (ctypes.c_char_p * (len(entries) + 1))(*entries, None)\n"
            "ctypes.CDLL(None).execve(argv[0], argv, envp)\n"
        )
    return subprocess.Popen(
        [sys.executable, "-c", start, HIDE, *environment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@linux
@pytest.mark.parametrize(
    "odd", [(), ("NOTHING",), ("=C:=x", "="), ("A=1", "A=2"), ("B=\udcff",), ("LONG=" + "x" * 90_000,)]
)
def test_nobody_reads_it_and_it_is_still_ours(odd: tuple[str, ...]) -> None:
    entries = ["SECRET=planted", f"PATH={os.environ['PATH']}", "EMPTY=", *odd]
    with hidden(*entries) as process:
        assert process.stdout and process.stdout.readline() == "True\n"
        try:
            with open(f"/proc/{process.pid}/environ", "rb") as file:
                assert not file.read().strip(b"\0")
        except PermissionError:
            assert os.getuid() != 0
        process.communicate("\n")


@linux
def test_another_user_process_reads_neither_its_memory_nor_its_files() -> None:
    if os.getuid() != 0:
        pytest.skip("only root can try what another user may do")
    program = (
        "import ctypes, os, subprocess\n"
        "from publisher.probe.own_environment import hide_environment\n"
        "os.setgroups([]); os.setgid(12345); os.setuid(12345); ctypes.CDLL(None).prctl(4, 1)\n"  # as after an exec
        "names = ['environ', 'maps', 'auxv', 'fd/0']\n"
        "def read(name): return subprocess.run(['head', '-c1', f'/proc/{os.getpid()}/{name}'],"
        " stdin=subprocess.DEVNULL, capture_output=True).returncode\n"
        "print(list(map(read, names))); hide_environment(); print(list(map(read, names)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.stdout == "[0, 0, 0, 0]\n[1, 1, 1, 1]\n", done.stderr
