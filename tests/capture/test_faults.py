"""Whatever happens: no half-written record, no lost run, the program's own result intact."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.model.identity import record_name
from publisher.model.signals import signal_number
from publisher.store.records import read_record, seal_holds
from tests.conftest import ProjectFolder
from tests.support.caches import cache_of
from tests.support.processes import wait_for
from tests.tools import need

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
SLOW = "import time\nprint('up', flush=True)\ntime.sleep(60)\n"


def assert_all_whole(project: ProjectFolder) -> None:
    """Every record reads, its seal holds, and nothing half written lies about."""
    for path in project.records():
        read_record(path)
        assert seal_holds(path.read_text())
    assert not list(project.root.rglob("*.part"))


@POSIX
def test_a_kill_of_publisher_leaves_a_record_that_is_listed_as_lost(project: ProjectFolder) -> None:
    project.commit(sim_py=SLOW)
    run = subprocess.Popen(
        [sys.executable, "-m", "publisher", "run", "-r", "why", "--", "python", "sim.py"],
        cwd=project.root, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert run.stdout is not None
    assert run.stdout.readline() == b"up\n"
    assert "running" in project.publisher("list").stdout
    run.kill()
    run.wait()
    run.stdout.close()
    try:
        assert "running" in project.publisher("list").stdout, "the program still runs"
        os.killpg(run.pid, signal.SIGKILL)
        wait_for(lambda: "running" not in project.publisher("list").stdout)
        listed = project.publisher("list").stdout
        assert re.search(r"\? lost.*why", listed)
        assert project.record()["status"] == "running"
        assert_all_whole(project)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)


@POSIX
@pytest.mark.parametrize("where", ["file", "pipe", "terminal"])
def test_a_kill_of_publisher_costs_the_program_nothing(project: ProjectFolder, where: str) -> None:
    """It goes on, and what it says still comes to where it was led."""
    project.commit(
        sim_py="import time\nfor n in range(20):\n print(n, flush=True)\n time.sleep(.05)\nopen('done', 'w')\n"
    )
    said = project.root.parent / "said.txt"
    ours, theirs = os.openpty() if where == "terminal" else os.pipe()
    with open(said, "wb") as file:
        run = subprocess.Popen(
            [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"],
            cwd=project.root, stdout=file if where == "file" else theirs, start_new_session=True,
        )  # fmt: skip
    os.close(theirs)
    try:
        heard = b""
        if where == "file":
            wait_for(lambda: b"3" in said.read_bytes())
        else:
            while b"3" not in heard:
                heard += os.read(ours, 100)
        run.kill()
        run.wait()
        wait_for((project.root / "done").exists)
        if where == "file":
            wait_for(lambda: said.read_bytes().split() == [b"%d" % n for n in range(20)])
            return
        with contextlib.suppress(OSError):  # how a terminal says that nobody is left
            while data := os.read(ours, 100):
                heard += data
        assert heard.split() == [b"%d" % n for n in range(20)]
    finally:
        os.close(ours)
    wait_for(lambda: "lost" in project.publisher("list").stdout)


@POSIX
def test_a_kill_of_the_program_is_recorded(project: ProjectFolder) -> None:
    project.commit(
        sim_py="import os, signal\nopen('half.txt', 'w').write('x')\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = project.publisher("run", "--", "python", "sim.py")
    assert done.returncode == -signal.SIGKILL
    record = project.record()
    assert (record["status"], record["signal"]) == ("failed", "SIGKILL")
    assert [each["path"] for each in record["outputs"]] == ["half.txt"]
    assert record["resources"]["processes"] == 1, "what the witness saw until then is kept"


@POSIX
@pytest.mark.parametrize("after", [0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4])
def test_a_kill_at_any_moment_leaves_whole_records_or_none(project: ProjectFolder, after: float) -> None:
    project.commit(sim_py="open('out.png', 'wb').write(b'x' * 500_000)\n")
    run = subprocess.Popen(
        [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"],
        cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(after)
    run.kill()
    run.wait()
    for path in project.records():
        read_record(path)
        assert seal_holds(path.read_text())
    done = project.publisher("run", "--", "python", "sim.py")
    assert done.returncode == 0
    assert project.record()["status"] == "completed"


def test_a_signal_while_the_record_is_written_does_not_lose_it(project: ProjectFolder) -> None:
    if sys.platform == "win32":
        return
    project.commit(sim_py="import os, signal, time\nprint('up', flush=True)\n")
    outputs = {f"data/{n}.bin": os.urandom(10) for n in range(300)}
    project.write_files(outputs)
    program = "import pathlib\nfor p in pathlib.Path('data').iterdir(): p.write_bytes(b'y' * 100_000)\nprint('up', flush=True)\n"
    project.commit(sim_py=program)
    run = subprocess.Popen(
        [sys.executable, "-m", "publisher", "run", "--", "python", "sim.py"],
        cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert run.stdout is not None
    run.stdout.readline()
    while run.poll() is None:
        run.send_signal(signal.SIGTERM)
        time.sleep(0.005)
    run.stdout.close()
    record = project.record()
    assert record["status"] in ("completed", "interrupted")
    assert len(record["outputs"]) == 300


def test_runs_at_once_leave_a_record_each_with_its_own_files(project: ProjectFolder) -> None:
    program = (
        "import sys, time, pathlib\nn = sys.argv[1]\n"
        "open(f'in{n}.txt').read()\ntime.sleep(0.3)\npathlib.Path(f'out{n}.txt').write_text(n)\ntime.sleep(0.3)\n"
    )
    project.commit(sim_py=program, **{f"in{n}_txt": str(n) for n in range(4)})
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "publisher", "run", "-r", str(n), "--", "python", "sim.py", str(n)],
            cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for n in range(4)
    ]  # fmt: skip
    assert [run.wait(timeout=120) for run in runs] == [0] * 4
    records = [read_record(path) for path in project.records()]
    assert sorted(record.reason or "" for record in records) == ["0", "1", "2", "3"]
    for record in records:
        assert [each.path for each in record.outputs] == [f"out{record.reason}.txt"]
        assert [each.path for each in record.inputs] == [f"in{record.reason}.txt"]
        assert not record.problems
    assert_all_whole(project)
    assert list((project.root / ".publisher" / "live").iterdir()) == []


def test_at_once_with_a_program_that_tells_nothing_the_doubt_is_recorded(project: ProjectFolder) -> None:
    project.commit()
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "publisher", "run", "--", "sh", "-c", f"sleep 0.5; echo > {name}.txt; sleep 0.5"],
            cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for name in "ab"
    ]  # fmt: skip
    assert [run.wait(timeout=120) for run in runs] == [0, 0]
    assert all(
        "another run was under way" in " ".join(read_record(path).problems) for path in project.records()
    )


@pytest.fixture
def small_disk(project: ProjectFolder) -> Iterator[Path]:
    """The project's `records/` on a disk of 64 kB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root on Linux only")
    folder = project.root / "records"
    folder.mkdir()
    mount = [need("mount"), "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_costs_neither_the_result_nor_the_run(project: ProjectFolder, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(b"x" * 32_768)
    project.commit(sim_py="print('result'); open('fig.png', 'wb').write(b'x' * 30_000)\n")
    done = project.publisher("run", "-r", "why", "--", "python", "sim.py")
    assert (done.returncode, done.stdout) == (0, "result\n")
    assert_all_whole(project)
    record = project.record()
    assert record["status"] == "completed"
    assert any("could not keep artifacts" in problem for problem in record["problems"])


def test_with_no_room_at_all_the_record_is_kept_elsewhere(project: ProjectFolder, small_disk: Path) -> None:
    with open(small_disk / "filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 4096)
        except OSError:
            pass
    project.commit(sim_py="print('result')\n")
    done = project.publisher("run", "-r", "why", "--", "python", "sim.py")
    assert (done.returncode, done.stdout) == (0, "result\n")
    assert "the record could not be written" in done.stderr
    assert_rescued(done.stderr, "why")
    assert project.records() == []


def assert_rescued(said: str, reason: str) -> None:
    """The user was told of a file, and it is the whole record."""
    found = re.search(r"it is kept in (\S+\.yml)", said)
    assert found, said
    path = Path(found[1])
    record = read_record(path)
    assert (record.reason, record.status) == (reason, "completed")
    assert seal_holds(path.read_text())
    assert f"move it to records/{record_name(record.started, record.id)} once" in said
    path.unlink()


def test_a_commit_that_could_not_be_made_is_told(project: ProjectFolder) -> None:
    project.commit(sim_py="print('result')\n", records="this is a file, no folder\n")
    done = project.publisher("run", "--commit", "-r", "why", "--", "python", "sim.py")
    assert "not committed: the record is not where it belongs" in done.stderr
    assert_rescued(done.stderr, "why")


def test_records_that_cannot_be_written_are_kept_elsewhere(project: ProjectFolder) -> None:
    project.commit(sim_py="print('result')\n", records="this is a file, no folder\n")
    done = project.publisher("run", "-r", "why", "--", "python", "sim.py")
    assert (done.returncode, done.stdout) == (0, "result\n")
    assert_rescued(done.stderr, "why")
    assert (project.root / "records").read_text() == "this is a file, no folder\n"


@pytest.fixture
def read_only(project: ProjectFolder) -> Iterator[None]:
    """The whole project can be read and not written, also not by root."""
    project.commit(sim_py="print('result')\n")
    if sys.platform == "linux" and os.geteuid() == 0:
        mount, root = need("mount"), str(project.root)
        if subprocess.run([mount, "--bind", root, root], capture_output=True).returncode:
            pytest.skip("this system lets nobody mount a folder read-only")
        subprocess.run([mount, "-o", "remount,ro,bind", root], check=True)
        yield
        subprocess.run(["umount", root], check=True)
        return
    places = [project.root, *project.root.rglob("*")]
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield
    for path in places:
        path.chmod(0o755)


@POSIX
@pytest.mark.usefixtures("read_only")
def test_a_read_only_project_costs_nothing_but_the_place_of_the_record(project: ProjectFolder) -> None:
    done = project.publisher("run", "-r", "why", "--", "python", "-B", "sim.py")
    assert (done.returncode, done.stdout) == (0, "result\n"), done.stderr
    assert_rescued(done.stderr, "why")
    assert project.records() == []


@POSIX
@pytest.mark.usefixtures("read_only")
def test_a_site_that_cannot_be_written_is_said_in_a_sentence(project: ProjectFolder) -> None:
    done = project.publisher("build")
    assert done.returncode == 1
    assert "written: Read-only" in done.stderr and "mistake of publisher" not in done.stderr


def test_a_mistake_of_ours_before_the_start_does_not_keep_the_program_from_running(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.commit(sim_py="print('result'); raise SystemExit(5)\n")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import sys\n"
        "if any('publisher' in each for each in sys.orig_argv):\n"
        "    import publisher.probe.tree as tree, publisher.capture.code as code\n"
        "    def mistake(*_, **__): raise ZeroDivisionError('of ours')\n"
        "    code.code_state = mistake\n"
    )
    done = project.publisher("run", "--", sys.executable, "sim.py", env={"PYTHONPATH": str(broken)})
    assert (done.returncode, done.stdout) == (5, "result\n")
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_of_ours_after_the_end_still_leaves_a_record(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.commit(sim_py="print('result')\n")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import sys\n"
        "if any('publisher' in each for each in sys.orig_argv):\n"
        "    import publisher.capture.files as files\n"
        "    def mistake(*_, **__): raise ZeroDivisionError('of ours')\n"
        "    files.refs = mistake\n"
    )
    done = project.publisher(
        "run", "-r", "why", "--", sys.executable, "sim.py", env={"PYTHONPATH": str(broken)}
    )
    assert (done.returncode, done.stdout) == (0, "result\n")
    record = project.record()
    assert (record["reason"], record["status"], record["exit_code"]) == ("why", "completed", 0)
    assert any("by a mistake of publisher" in problem for problem in record["problems"])


def test_a_deleted_cache_loses_nothing(project: ProjectFolder) -> None:
    project.commit(sim_py="open('a.txt', 'w').write('1')\n")
    project.publisher("run", "--", "python", "sim.py")
    before = project.publisher("list").stdout
    shutil.rmtree(project.root / ".publisher")
    assert project.publisher("list").stdout == before
    assert project.publisher("run", "--", "python", "sim.py").returncode == 0
    assert project.publisher("check").returncode == 0


@POSIX
@pytest.mark.parametrize("number", [32, 33, 34, 35, 40, 49, 50, 63, 64])
def test_a_signal_without_a_name_of_python_s_is_passed_through(project: ProjectFolder, number: int) -> None:
    project.commit()
    alone = subprocess.run(
        ["sh", "-c", f"sh -c 'kill -{number} $$'; echo $?"], capture_output=True, text=True
    )
    us = f"{sys.executable} -m publisher run -- sh -c 'kill -{number} $$'; echo $?"
    done = subprocess.run(["sh", "-c", us], cwd=project.root, capture_output=True, text=True)
    assert done.stdout == alone.stdout
    record = project.record()
    if number < 34 and alone.stdout == "0\n":
        # Whoever was started by glibc's posix_spawn, as by make, ignores the signals that glibc keeps for itself.
        assert record["status"] == "completed"
        return
    assert alone.stdout == f"{128 + number}\n"
    assert record["status"] == "failed"
    assert signal_number(record["signal"]) == number


@POSIX
def test_where_the_ends_of_processes_are_ignored_the_exit_code_is_seen_all_the_same(
    project: ProjectFolder,
) -> None:
    """As some supervisors have it; the program still inherits that."""
    program = "import signal, sys\nprint(signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN)\nsys.exit(3)\n"
    project.commit(sim_py=program)
    parent = (
        "import signal, subprocess, sys\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "p = subprocess.Popen([sys.executable, '-m', 'publisher', 'run', '--', 'python', 'sim.py'],"
        " restore_signals=False)\n"
        "import os, time\n"
        "while os.path.exists(f'/proc/{p.pid}'): time.sleep(.05)\n"
    )
    done = subprocess.run([sys.executable, "-c", parent], cwd=project.root, capture_output=True, text=True)
    assert done.stdout == "True\n"
    record = project.record()
    assert (record["status"], record["exit_code"]) == ("failed", 3)
    assert 0 < record["duration"] < 600


@POSIX
@pytest.mark.parametrize("broken", ["machine.environment", "tree.look", "live.others"])
def test_a_mistake_of_ours_never_has_a_program_run_with_other_parameters(
    project: ProjectFolder, tmp_path: Path, broken: str
) -> None:
    project.commit(sim_py="import sys; print(open(sys.argv[1]).read())\n", p_json='{"n": 1}')
    folder = tmp_path / "broken"
    folder.mkdir()
    module, name = broken.split(".")
    package = "store" if module == "live" else "probe"
    (folder / "sitecustomize.py").write_text(
        "import sys\n"
        "if any('publisher' in each for each in sys.orig_argv):\n"
        f"    import publisher.{package}.{module} as module\n"
        "    def mistake(*_, **__): raise ZeroDivisionError('of ours')\n"
        f"    module.{name} = mistake\n"
    )
    words = ["run", "--", sys.executable, "sim.py", "p.json", "n=2"]
    done = project.publisher(*words, env={"PYTHONPATH": str(folder)})
    assert (done.returncode == 3 and "ZeroDivisionError" in done.stderr) or '"n": 2' in done.stdout.replace(
        "'", '"'
    )
    assert '"n": 1' not in done.stdout
    assert list(project.root.glob(".params-*")) == []


def test_nothing_is_said_to_be_recorded_that_was_not(project: ProjectFolder) -> None:
    project.commit(sim_py="print('result')\n", records="this is a file, no folder\n")
    done = project.publisher("run", "-r", "why", "--", "python", "sim.py")
    assert "could not be written" in done.stderr and "recorded" not in done.stderr
    assert_rescued(done.stderr, "why")


@POSIX
@pytest.mark.usefixtures("read_only")
def test_a_read_only_project_leaves_nothing_among_temporary_files(
    project: ProjectFolder, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    project.publisher("run", "--", "python", "-B", "sim.py", env={"TMPDIR": str(scratch)})
    assert [path.name for path in scratch.iterdir() if "rescued" not in path.name] == []


@POSIX
def test_no_path_of_this_machine_is_sealed_among_problems(project: ProjectFolder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "tool").write_text("no program\n")
    project.commit(
        records="this is a file, no folder\n", publisher_yml=f"steps:\n  s:\n    command: {outside}/tool\n"
    )
    done = project.publisher("run", "s")
    found = re.search(r"it is kept in (\S+\.yml)", done.stderr)
    assert found
    text = Path(found[1]).read_text()
    Path(found[1]).unlink()
    assert "problems:" in text and "tool" in text
    problems = text[text.index("problems:") : text.index("seal:")]
    assert str(tmp_path) not in problems and str(project.root) not in problems


def test_thirty_thousand_files_are_told_inputs_from_outputs(project: ProjectFolder) -> None:
    count = 30_000
    name = "a_name_that_is_as_long_as_those_of_simulations_often_are"
    program = (
        f"import os\nos.makedirs('m', exist_ok=True)\nfor n in range({count}):\n"
        f"    open(f'm/{name}_{{n:06}}.py').close()\nopen('out.txt', 'w').write('x')\n"
    )
    project.commit(sim_py=program)
    (project.root / "m").mkdir()
    for n in range(count):
        (project.root / "m" / f"{name}_{n:06}.py").touch()
    project.git("add", "m")
    project.git("commit", "--quiet", "--message", "many")
    assert project.publisher("run", "--", "python", "sim.py").returncode == 0
    record = project.record()
    assert [each["path"] for each in record["outputs"]] == ["out.txt"]
    assert not [each for each in record.get("problems", []) if "too long" in each]


def test_what_runs_wrote_is_forgotten_when_it_is_gone(project: ProjectFolder) -> None:
    project.commit(sim_py="open('a.txt', 'w').write('1')\n")
    cache = cache_of(project.root) / "written"
    cache.write_bytes(b"".join(b"gone/%06d.txt\0" % n for n in range(100_000)))
    project.publisher("run", "--", "python", "sim.py")
    assert cache.read_bytes() == b"a.txt\0"


def test_a_mistake_of_ours_that_leaves_no_record_leaves_a_lost_run_with_its_log(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.commit(sim_py="print('result')\n")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import sys\n"
        "if any('publisher' in each for each in sys.orig_argv):\n"
        "    import publisher.capture.conclusion as conclusion\n"
        "    def mistake(*_, **__): raise ZeroDivisionError('of ours')\n"
        "    conclusion.Conclusion._ended = mistake\n"
    )
    done = project.publisher("run", "--", sys.executable, "sim.py", env={"PYTHONPATH": str(broken)})
    assert done.stdout == "result\n"
    record = project.record()
    assert record["status"] == "running" and record["log"]["stdout"]
    assert "lost" in project.publisher("list").stdout
