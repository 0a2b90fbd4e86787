"""The program's own: exit code, streams, signals, terminal. All of it passes through and is noted."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ProjectFolder
from tests.support.processes import wait_for

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")


def log(project: ProjectFolder, stream: str) -> bytes:
    """What a log of the newest run holds."""
    digest = project.record()["log"][stream].removeprefix("sha256:")
    (path,) = project.root.glob(f"records/artifacts/{digest[:2]}/{digest}*")
    return path.read_bytes()


def started(project: ProjectFolder, *command: str, **kwargs: Any) -> subprocess.Popen[bytes]:
    """A run under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "publisher", "run", "--", *command],
        cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs,
    )  # fmt: skip


@pytest.mark.parametrize("code", [0, 1, 3, 77, 255])
def test_the_exit_code_is_the_programs_own(project: ProjectFolder, code: int) -> None:
    project.commit(sim_py=f"raise SystemExit({code})\n")
    assert project.publisher("run", "--", "python", "sim.py").returncode == code
    record = project.record()
    assert record["exit_code"] == code
    assert record["status"] == ("completed" if code == 0 else "failed")


def test_a_command_that_does_not_exist_ends_with_127_and_leaves_a_record(project: ProjectFolder) -> None:
    project.commit()
    done = project.publisher("run", "-r", "why", "--", "no-such-program", "x")
    assert done.returncode == 127
    assert "no-such-program: command not found" in done.stderr
    record = project.record()
    assert (record["status"], record["exit_code"], record["reason"]) == ("failed", 127, "why")
    assert record["problems"] == ["no-such-program: command not found"]


@POSIX
def test_a_file_that_cannot_be_executed_ends_with_126(project: ProjectFolder) -> None:
    project.commit(plain_txt="x")
    assert project.publisher("run", "--", "./plain.txt").returncode == 126
    assert project.record()["exit_code"] == 126


def test_nothing_to_run_is_wrong_usage(project: ProjectFolder) -> None:
    project.commit()
    assert project.publisher("run").returncode == 2
    assert project.publisher("run", "--").returncode == 2
    assert project.records() == []


def test_streams_pass_through_apart_and_are_kept(project: ProjectFolder) -> None:
    project.commit(
        sim_py="import sys; print('out'); print('err', file=sys.stderr); print(sys.stdin.read())\n"
    )
    done = project.publisher("run", "-q", "--", "python", "sim.py", input="typed")
    assert done.stdout == "out\ntyped\n"
    assert done.stderr == "err\n"
    assert log(project, "stdout") == b"out\ntyped\n"
    assert log(project, "stderr") == b"err\n"


def test_output_is_passed_on_while_the_program_runs(project: ProjectFolder) -> None:
    project.commit(sim_py="import sys; print('first', flush=True); sys.stdin.readline(); print('second')\n")
    run = started(project, "python", "sim.py", stdin=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stdout.readline() == b"first\n", "it has not ended: it waits for a line"
    out, _ = run.communicate(b"go\n", timeout=60)
    assert out == b"second\n"


def test_bytes_pass_through_as_they_are(project: ProjectFolder) -> None:
    data = bytes(range(256)) * 300
    project.write_files({"data.bin": data})
    project.commit()
    run = started(project, "cat", "data.bin")
    out, _ = run.communicate(timeout=60)
    assert out == data
    assert log(project, "stdout") == data


def test_a_flood_on_both_streams_neither_hangs_nor_fills_the_record(project: ProjectFolder) -> None:
    program = "import sys\nfor i in range(40000): print(f'{i:050d}'); print(f'{i:050d}', file=sys.stderr)\n"
    project.commit(sim_py=program, publisher_yml="limits: {log: 10 kB}\n")
    done = project.publisher("run", "-q", "--", "python", "sim.py")
    assert done.stdout.count("\n") == done.stderr.count("\n") == 40000
    assert project.record()["log"]["truncated"] is True
    kept = log(project, "stdout").decode()
    assert len(kept) < 11_000
    assert kept.startswith(f"{0:050d}\n")
    assert kept.endswith(f"{39999:050d}\n")
    assert "bytes left out" in kept


def test_a_reader_who_leaves_is_felt_by_the_program(project: ProjectFolder) -> None:
    project.commit(sim_py="import sys\nwhile True: print('y' * 1000)\n")
    command = f"{shlex.quote(sys.executable)} -m publisher run -q -- python sim.py | head -1"
    done = subprocess.run(["sh", "-c", command], cwd=project.root, capture_output=True, text=True, timeout=60)
    assert done.stdout == "y" * 1000 + "\n"
    assert "publisher: this is a mistake" not in done.stderr
    assert project.record()["status"] == "failed"


def test_time_and_memory_are_measured(project: ProjectFolder) -> None:
    program = (
        "import time\nx = bytearray(60_000_000)\n"
        "end = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
    )
    project.commit(sim_py=program)
    project.publisher("run", "--", "python", "sim.py")
    record = project.record()
    assert record["duration"] >= 0.2
    assert 0.2 <= record["resources"]["cpu_time"] <= record["duration"] + 1
    assert 60_000_000 < record["resources"]["peak_memory"] < 300_000_000


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_signals_reach_the_program_and_are_recorded(project: ProjectFolder, name: str) -> None:
    project.commit(sim_py="import time; print('up', flush=True); time.sleep(60)\n")
    run = started(project, "python", "sim.py", start_new_session=True)
    assert run.stdout is not None
    assert run.stdout.readline() == b"up\n"
    os.kill(run.pid, getattr(signal, name))
    run.communicate(timeout=60)
    record = project.record()
    assert (record["status"], record["signal"], record["received"]) == ("interrupted", name, [name])
    assert "exit_code" not in record
    assert run.returncode == -getattr(signal, name), "we end as the program ended"


@POSIX
def test_a_program_that_handles_a_signal_ends_in_its_own_way(project: ProjectFolder) -> None:
    program = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (open('saved.txt', 'w').write('state'), sys.exit(9)))\n"
        "print('up', flush=True); time.sleep(60)\n"
    )
    project.commit(sim_py=program)
    run = started(project, "python", "sim.py")
    assert run.stdout is not None
    run.stdout.readline()
    run.terminate()
    run.communicate(timeout=60)
    record = project.record()
    assert run.returncode == 9
    assert (record["status"], record["exit_code"], record["received"]) == ("interrupted", 9, ["SIGTERM"])
    assert [each["path"] for each in record["outputs"]] == ["saved.txt"]


@POSIX
def test_a_program_that_a_signal_killed_is_reported_as_a_shell_would(project: ProjectFolder) -> None:
    project.commit(sim_py="import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n")
    command = f"{shlex.quote(sys.executable)} -m publisher run -q -- python sim.py; echo code $?"
    done = subprocess.run(["sh", "-c", command], cwd=project.root, capture_output=True, text=True, timeout=60)
    assert done.stdout == "code 139\n"
    record = project.record()
    assert (record["status"], record["signal"]) == ("failed", "SIGSEGV")


@POSIX
def test_a_run_that_ignores_hangups_goes_on_ignoring_them(project: ProjectFolder) -> None:
    project.commit(sim_py="import sys; print('up', flush=True); sys.stdin.readline(); print('done')\n")
    ignoring = "import signal, os, sys; signal.signal(1, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    run = subprocess.Popen(
        [sys.executable, "-c", ignoring, sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"],
        cwd=project.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None
    run.stdout.readline()
    run.send_signal(signal.SIGHUP)
    out, _ = run.communicate(b"\n", timeout=60)
    assert (out, run.returncode) == (b"done\n", 0)


def on_terminal(
    project: ProjectFolder, program: str, typed: bytes = b"", size: tuple[int, int] = (33, 101)
) -> str:
    """Run a program through us on a real pseudo-terminal, type something when it asks, and read the screen."""
    import fcntl
    import pty
    import struct
    import termios

    project.commit(sim_py=program)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project.root)
        os.execv(sys.executable, [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    screen = b""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        screen += piece
        if typed and b"?" in screen:
            os.write(terminal, typed)
            typed = b""
    os.waitpid(pid, 0)
    os.close(terminal)
    return screen.decode()


@POSIX
def test_a_terminal_stays_a_terminal_of_the_same_size(project: ProjectFolder) -> None:
    program = (
        "import os, sys, time\ntime.sleep(0.5)\n"
        "print([os.isatty(n) for n in (0, 1, 2)], os.get_terminal_size(1), os.get_terminal_size(2))\n"
    )
    screen = on_terminal(project, program)
    assert "[True, True, True] os.terminal_size(columns=101, lines=33)" in screen
    assert screen.count("columns=101, lines=33") == 2
    assert log(project, "stdout").decode().startswith("[True, True, True]")
    assert b"\r" not in log(project, "stdout"), "the log has the bytes of the program, not of the terminal"


@POSIX
def test_a_question_on_the_terminal_can_be_answered(project: ProjectFolder) -> None:
    screen = on_terminal(project, "print('hello', input('name? '))\n", typed=b"Ada\n")
    assert "hello Ada" in screen
    assert project.record()["status"] == "completed"


@POSIX
def test_ctrl_c_on_the_terminal_reaches_the_program_once(project: ProjectFolder) -> None:
    program = (
        "import time\ncount = 0\n"
        "try:\n    print('ready?', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt:\n    count += 1\n"
        "try:\n    time.sleep(0.7)\n"
        "except KeyboardInterrupt:\n    count += 1\n"
        "print('interrupts:', count)\n"
    )
    screen = on_terminal(project, program, typed=b"\x03")
    assert "interrupts: 1" in screen
    assert project.record()["received"] == ["SIGINT"]


@POSIX
def test_processes_that_are_left_behind_keep_their_outlet_and_do_not_keep_us(project: ProjectFolder) -> None:
    project.commit()
    behind = "(until test -e go; do sleep 0.1; done; echo late) & echo early"
    screen = project.root / "screen.txt"
    with open(screen, "wb") as out:
        words = [sys.executable, "-m", "publisher", "run", "-q", "--", "sh", "-c", behind]
        done = subprocess.run(words, cwd=project.root, stdout=out, stderr=subprocess.DEVNULL, timeout=60)
    assert done.returncode == 0
    assert screen.read_text() == "early\n", "we did not wait for what was left behind"
    assert any("still ran" in problem for problem in project.record()["problems"])
    (project.root / "go").touch()
    wait_for(lambda: screen.read_text() == "early\nlate\n")


def test_mpi_launchers_are_recorded_as_such(project: ProjectFolder, tmp_path: Path) -> None:
    launcher = tmp_path / "mpirun"
    launcher.write_text('#!/bin/sh\nshift 2\nexec "$@"\n')
    launcher.chmod(0o755)
    project.commit(sim_py="print('x')\n")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    project.publisher("run", "--", "mpirun", "-n", "4", "python", "sim.py", env={"PATH": path})
    record = project.record()
    assert record["launch"] == {"mode": "mpi", "processes": 4}
    assert record["code"]["main_file"] == "sim.py"


def test_ids_of_a_batch_system_are_recorded(project: ProjectFolder) -> None:
    project.commit()
    project.publisher(
        "run", "--", "true", env={"SLURM_JOB_ID": "77", "SLURM_NTASKS": "4", "SLURM_JWT": "secret"}
    )
    assert project.record()["launch"]["batch"] == {"SLURM_JOB_ID": "77", "SLURM_NTASKS": "4"}


def test_credentials_on_the_command_line_and_in_the_log_are_masked(project: ProjectFolder) -> None:
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
    project.commit(sim_py="import sys; print(sys.argv)\n")
    words = ["--token=abc", "--password", "hunter2", secret, "https://me:pw@example.org/x"]
    done = project.publisher("run", "-r", f"with {secret}", "--", "python", "sim.py", *words)
    assert done.stdout == f"{['sim.py', *words]}\n", "the program gets what was typed"
    record = project.record()
    assert record["command"][2:] == [
        "--token=(masked)", "--password", "(masked)", "(masked)", "https://(masked)@example.org/x",
    ]  # fmt: skip
    for path in (project.root / "records").rglob("*"):
        if path.is_file():
            assert secret not in path.read_text()


def test_what_the_user_said_is_in_the_record(project: ProjectFolder) -> None:
    project.commit()
    words = ["-r", "why: no [x]", "-t", "fig3", "-t", "draft", "-t", "fig3", "--label", "first"]
    project.publisher("run", *words, "--", "true")
    record = project.record()
    assert (record["reason"], record["label"]) == ("why: no [x]", "first")
    assert record["annotations"] == {"tags": ["fig3", "draft"]}
    assert record["author"] == {"name": "Ada Example", "email": "ada@example.org"}


@pytest.mark.parametrize(
    ("privacy", "author"),
    [("{user: none}", None), ("{user: name}", {"name": "Ada Example"})],
)
def test_privacy_keeps_the_author_out(project: ProjectFolder, privacy: str, author: object) -> None:
    project.commit(publisher_yml=f"privacy: {privacy}\n")
    project.publisher("run", "--", "true")
    assert project.record().get("author") == author


def test_json_of_show_holds_the_whole_record(project: ProjectFolder) -> None:
    project.commit()
    project.publisher("run", "--", "true")
    assert json.loads(project.publisher("show", "--json").stdout) == project.record()
