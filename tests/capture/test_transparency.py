"""A program under `publisher run` does what it does without it, also in places that few people look at."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from publisher.store.records import read_record
from tests.conftest import ProjectFolder
from tests.support.processes import wait_for
from tests.tools import need

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
US = f"{shlex.quote(sys.executable)} -m publisher run -q --"


def shell(project: ProjectFolder, script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A script of bash, with `$US` for publisher."""
    return subprocess.run(
        [need("bash"), "-c", script.replace("$US", US)],
        cwd=project.root, env={**os.environ, **env}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def both(project: ProjectFolder, script: str, **env: str) -> tuple[str, str]:
    """What a script prints with us and without us."""
    return shell(project, script, **env).stdout, shell(project, script.replace("$US", ""), **env).stdout


@POSIX
@pytest.mark.parametrize(
    "script",
    [
        "$US sh -c 'sleep .3; exit 3' 2> >(exec true); echo $?",
        "$US sh -c 'echo a; sleep .3; exit 3' 2>&1 | head -1; echo ${PIPESTATUS[0]}",
        "$US sh -c 'exit 3' 2>/dev/full; echo $?",
        "$US echo data 2>&- | cat",
        "$US diff <(echo a) <(echo a); echo $?",
        "$US sh -c 'echo x >&3' 3>three; cat three",
        "printf 'echo no shebang' > plain; chmod +x plain; $US ./plain; echo $?",
        "mkdir -p gone && cd gone && rmdir ../gone && $US echo still; echo $?",
        'printf é > u.txt; wc -m < u.txt; env -i PATH="$PATH" $US wc -m u.txt',
        "$US sh -c 'for i in 1 2 3 4; do echo o$i; echo e$i >&2; done' 2>&1",
        "$US sh -c 'exit 4' >&-; echo $?",
        "$US sh -c 'exit 4' >&- 2>&- <&-; echo $?",
        '$US python -c \'import signal; signal.signal(signal.SIGINT, lambda *_: exit(3)); open("up", "w"); '
        "signal.pause()' & until [ -e up ]; do sleep .05; done; sleep .2; kill -INT $!; wait $!; echo $?",
        "$US sleep 1 & sleep .6; kill -INT $!; wait $!; echo $?",
    ],
)
def test_a_shell_sees_no_difference(project: ProjectFolder, script: str) -> None:
    project.commit()
    with_us, without_us = both(project, script)
    assert with_us == without_us
    assert with_us


@POSIX
@pytest.mark.parametrize("path", [":/nowhere", "/nowhere:", "", ":"])
def test_an_empty_entry_of_pythonpath_still_means_here(project: ProjectFolder, path: str) -> None:
    project.write_files(
        {
            "mod.py": "x = 1\n",
            "sub/s.py": "try:\n    import mod; print('found')\nexcept ImportError: print('not found')\n",
        }
    )
    project.commit()
    with_us, without_us = both(project, "$US python sub/s.py", PYTHONPATH=path)
    assert with_us == without_us


@POSIX
def test_a_pipe_or_a_device_that_a_program_read_does_not_hang_us(project: ProjectFolder) -> None:
    program = (
        "import os\nos.mkfifo('chan')\n"
        "if os.fork() == 0:\n    open('chan', 'w').write('x'); os._exit(0)\n"
        "print(open('chan').read()); os.wait()\nos.symlink('/dev/zero', 'zero'); open('zero', 'rb').read(10)\n"
    )
    project.commit(sim_py=program)
    done = project.publisher("run", "--", "python", "sim.py")
    assert (done.returncode, done.stdout) == (0, "x\n")
    assert "inputs" not in project.record()


def test_threads_do_not_hide_each_others_files(project: ProjectFolder) -> None:
    program = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def read(n):\n    with open(f'data/{n}.txt') as f: return f.read()\n"
        "with ThreadPoolExecutor(8) as pool: list(pool.map(read, range(300)))\n"
    )
    project.write_files({f"data/{n}.txt": str(n) for n in range(300)})
    project.commit(sim_py=program)
    project.publisher("run", "--", "python", "sim.py")
    assert len(project.record()["inputs"]) == 300


@POSIX
@pytest.mark.parametrize("program", ["/bin/cp", "/usr/bin/env cp"])
def test_a_program_that_lies_elsewhere_has_its_files_recorded(project: ProjectFolder, program: str) -> None:
    project.commit(a_txt="x")
    project.publisher("run", "--", *program.split(), "a.txt", "b.txt")
    record = project.record()
    assert [each["path"] for each in record["inputs"]] == ["a.txt"]
    assert [each["path"] for each in record["outputs"]] == ["b.txt"]
    assert "problems" not in record


def test_a_script_that_lies_elsewhere_is_an_input(project: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("print(1)\n")
    project.commit()
    project.publisher("run", "--input", str(tmp_path / "tool.py"), "--", "python", str(tmp_path / "tool.py"))
    assert [each["path"] for each in project.record()["inputs"]] == [str(tmp_path / "tool.py")]


@POSIX
def test_outputs_through_a_link_are_recorded(project: ProjectFolder, home: Path) -> None:
    (home / "scratch").mkdir()
    (project.root / "out").symlink_to(home / "scratch")
    project.commit(sim_py="open('out/f.txt', 'w').write('x')\n")
    project.publisher("run", "--", "python", "sim.py")
    assert [each["path"] for each in project.record()["outputs"]] == ["out/f.txt"]


def test_an_input_that_the_program_deletes_is_recorded(project: ProjectFolder) -> None:
    project.commit(sim_py="import os; open('a.txt').read(); os.remove('a.txt')\n", a_txt="x")
    project.publisher("run", "--", "python", "sim.py")
    assert [each["path"] for each in project.record()["inputs"]] == ["a.txt"]


@pytest.mark.parametrize("depth", [45, 70, 100])
def test_parameters_too_deep_for_a_record_are_a_problem_and_the_record_is_read(
    project: ProjectFolder, depth: int
) -> None:
    project.commit(p_json='{"a": ' * depth + "1" + "}" * depth)
    project.publisher("run", "--", "cat", "p.json")
    assert "nested" in (read_record(project.records()[0]).parameters.problem or "")  # type: ignore[union-attr]
    assert project.publisher("list").returncode == 0


@pytest.mark.parametrize("words", [["mesh.nx=4", "mesh=3"], ["-x"]])
def test_an_override_that_cannot_be_done_stops_the_run(project: ProjectFolder, words: list[str]) -> None:
    project.commit(p_json='{"mesh": {"nx": 1}, "t": "\\ud800", "wait": 1}')
    done = project.publisher("run", "--", "cat", "p.json", *words)
    if words == ["-x"]:
        assert "wait" in project.publisher("run", "--", "cat", "p.json", "wait=3").stdout
        return
    assert done.returncode == 2
    assert "one is within the other" in done.stderr
    assert project.records() == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["python", "argv.py", "p.json", "--set", "wait=3"], "['p.json', '--set', 'wait=3']\n"),
        (["env", "wait=9", "python", "argv.py", "p.json"], "['p.json']\n"),
    ],
)
def test_words_that_are_the_programs_own_stay_so(
    project: ProjectFolder, command: list[str], said: str
) -> None:
    project.commit(argv_py="import sys; print(sys.argv[1:])\n", p_json='{"wait": 1}')
    assert project.publisher("run", "--", *command).stdout == said
    assert "overrides" not in project.record()["parameters"]


def test_the_user_hears_which_words_were_taken_as_overrides(project: ProjectFolder) -> None:
    project.commit(p_json='{"wait": 1}')
    assert "with wait=3" in project.publisher("run", "--", "cat", "p.json", "wait=3").stderr


def test_a_step_may_set_variables_in_its_command(project: ProjectFolder) -> None:
    settings = "steps:\n  s:\n    command: env FOO=1 cat p.json\n    parameters: p.json\n"
    project.commit(publisher_yml=settings, p_json='{"wait": 1}')
    assert project.publisher("run", "s", "wait=2").returncode == 0
    assert project.record()["parameters"]["overrides"] == {"wait": 2}


@POSIX
def test_a_word_that_is_no_utf8_can_be_committed(project: ProjectFolder) -> None:
    project.commit()
    done = shell(
        project, "$US --commit -- sh -c 'exit 3' $'\\xfe'; echo $?".replace("$US", US.removesuffix(" --"))
    )
    assert done.stdout == "3\n"
    assert project.git("rev-list", "--count", "HEAD") == "2"


def test_large_new_texts_do_not_push_the_code_out_of_the_patch(project: ProjectFolder) -> None:
    project.commit(sim_py="print(1)\n")
    project.write(sim_py="print(2)\n", a_csv="1,2\n" * 200_000, b_csv="1,2\n" * 200_000, small_py="x = 1\n")
    done = project.publisher("run", "--", "python", "sim.py")
    record = project.record()
    assert record["code"]["left_out"] == ["b.csv"]
    assert "b.csv" in done.stderr
    digest = record["code"]["patch"].removeprefix("sha256:")
    (patch,) = project.root.glob(f"records/artifacts/*/{digest}.patch")
    assert "+print(2)" in patch.read_text()
    assert "+x = 1" in patch.read_text()


def test_parameter_files_of_runs_under_way_are_no_changes_of_the_code(project: ProjectFolder) -> None:
    program = "import sys, time; print(open(sys.argv[1]).read(), flush=True); time.sleep(3)\n"
    project.commit(sim_py=program, p_json='{"n": 1}', publisher_yml="on_dirty: error\n")
    words = [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py", "p.json", "n=2"]
    with subprocess.Popen(
        words, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        assert list(project.root.glob(".params-*"))
        assert project.publisher("run", "--", "true").returncode == 0
    assert not list(project.root.glob(".params-*"))


@POSIX
def test_what_a_kill_left_behind_is_removed_by_the_next_run(project: ProjectFolder) -> None:
    program = "import os, sys, time; print(os.getpid(), flush=True); time.sleep(60)\n"
    project.commit(sim_py=program, p_json='{"n": 1}')
    (project.root / "p.json").chmod(0o600)
    words = [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py", "p.json", "n=2"]
    with subprocess.Popen(words, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout is not None
        program_id = int(run.stdout.readline())
        (left,) = project.root.glob(".params-*")
        assert left.stat().st_mode & 0o777 == 0o600, "what is private stays so"
        run.send_signal(signal.SIGKILL)
    assert left.exists()
    project.publisher("run", "--", "true")
    assert left.exists(), "the program still runs, and may read it"
    os.kill(program_id, signal.SIGKILL)
    wait_for(lambda: not left.exists())
    project.publisher("run", "--", "true")
    assert list((project.root / ".publisher" / "live").iterdir()) == []


def test_a_file_that_a_stranger_names_is_not_removed(project: ProjectFolder) -> None:
    project.publisher("run", "--", "true")
    place = project.root / ".publisher" / "live" / "0123456789ab"
    place.mkdir()
    precious = project.root / "precious.txt"
    precious.write_text("x")
    (place / "left-behind").write_text(str(precious))
    project.commit()
    project.publisher("run", "--", "true")
    assert precious.exists()
    assert not place.exists()


def test_credentials_in_uncommitted_files_do_not_reach_the_patch(project: ProjectFolder) -> None:
    project.commit(p_json="{}", sim_py="print(1)\n")
    project.write_files(
        {
            "p.json": '{"db": {"password": "hunter2", "n": 3}, "api_key": 12345678}\n',
            ".env": "DB_PASSWORD=hunter3\n",
            "server.pem": "hunter4\n",
            "sim.py": "password = 'hunter5'\npad_token = '[PAD]'\ntoken = tokens[0]\ntask-dependency-resolution-order\n",
        }
    )
    done = project.publisher("run", "--", "python", "-c", "pass")
    record = project.record()
    for path in (project.root / "records").rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert "hunter" not in text
            assert "12345678" not in text
    assert set(record["code"]["left_out"]) == {".env", "server.pem"}
    assert "masked" in done.stderr
    digest = record["code"]["patch"].removeprefix("sha256:")
    (patch,) = project.root.glob(f"records/artifacts/*/{digest}.patch")
    for line in ("+pad_token = '[PAD]'", "+token = tokens[0]", "+task-dependency-resolution-order"):
        assert line in patch.read_text(), "what is no secret stays as it is"


def is_there(process: int) -> bool:
    """Whether a process runs, or has ended and nobody has taken note."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@POSIX
def test_a_signal_after_the_end_stops_the_reading_of_large_inputs(project: ProjectFolder, home: Path) -> None:
    large = home / "large.bin"
    with open(large, "wb") as file:
        file.truncate(40 * 2**30)
    project.commit(sim_py=f"import os; open({str(large)!r}, 'rb').read(1); print(os.getpid(), flush=True)\n")
    words = [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"]
    with subprocess.Popen(words, cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout is not None
        program = int(run.stdout.readline())
        while is_there(program):
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 0
    record = project.record()
    assert record["status"] == "completed"
    assert "sha256" not in record["inputs"][0]


@POSIX
def test_a_program_that_draws_on_the_whole_screen_gets_each_key_at_once(project: ProjectFolder) -> None:
    import pty

    program = "import curses\nkey = curses.wrapper(lambda s: (s.addstr(0, 0, 'press?'), s.refresh(), s.getch())[-1])\nprint('got', key)\n"
    project.commit(sim_py=program)
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(project.root)
        os.environ["TERM"] = "xterm"
        os.execv(sys.executable, [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"])
    screen, typed, end = b"", False, time.monotonic() + 30
    while time.monotonic() < end:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        screen += piece
        if b"press?" in screen and not typed:
            time.sleep(0.3)
            os.write(terminal, b"k")
            typed = True
    os.waitpid(pid, 0)
    os.close(terminal)
    assert b"got 107" in screen


@POSIX
def test_the_quit_key_reaches_the_program_alone(project: ProjectFolder) -> None:
    project.commit(
        # (os.write, because the signal may come while `print` is still at work, and print cannot be entered twice)
        sim_py="import os, signal, sys\nsignal.signal(signal.SIGQUIT, lambda *_: os.write(1, b'asked to quit\\n'))\nprint('up', flush=True)\nsys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"],
        cwd=project.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as run:  # fmt: skip
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(signal.SIGQUIT)
        assert run.stdout.readline() == b"asked to quit\n"
        run.communicate(b"\n", timeout=30)
    assert run.returncode == 0
    assert project.record()["received"] == ["SIGQUIT"]


def test_an_interrupt_before_we_are_up_shows_no_traceback(project: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Key:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'publisher.cli.main': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Key())\n"
    )
    done = project.publisher("run", "--", "true", env={"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (130, "")
