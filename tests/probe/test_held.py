"""A program with nobody watching: how it ends, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from publisher.probe import held, warden
from publisher.probe.log import Log
from publisher.probe.process import Outcome
from tests.factory import posix
from tests.support.processes import gone, running

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives us what a program leaves behind")


class Told:
    """A run with what it said."""

    def __init__(self, folder: Path, *command: str, keep: int = 10_000, **options: object) -> None:
        self.out, self.err = Log(keep), Log(keep)
        environment = options.pop("environment", dict(os.environ))
        self.outcome: Outcome = held.run(
            command,
            directory=folder,
            environment=environment,  # type: ignore[arg-type]
            stdout=self.out,
            stderr=self.err,
            **options,  # type: ignore[arg-type]
        )


def python(folder: Path, program: str, **options: object) -> Told:
    """Run a program in Python."""
    return Told(folder, sys.executable, "-c", program, **options)


@pytest.fixture
def mark(tmp_path: Path) -> str:
    """A word by which a program is known among all processes."""
    return f"mark-{tmp_path.name}-{os.getpid()}-{time.monotonic_ns()}"


@pytest.fixture(params=["hidden", "in sight"])
def sight(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With a PID namespace, where the system allows one, and without."""
    if request.param == "in sight":
        monkeypatch.setattr(held, "can_hide_processes", lambda: False)
    elif not held.can_hide_processes():
        pytest.skip("this system allows no PID namespace")
    return str(request.param)


def test_what_it_says_its_exit_code_and_what_it_used(tmp_path: Path) -> None:
    told = python(
        tmp_path,
        "import sys, os; b = bytearray(60_000_000); print(os.getcwd(), os.environ['GREETING'], sys.stdin.read() == '');"
        "print('err', file=sys.stderr); sys.exit(7)",
        environment={**os.environ, "GREETING": "grüß \udcff"},
    )
    assert told.err.whole().strip() == b"err"
    assert told.out.whole().split() == [
        os.fsencode(os.path.realpath(tmp_path)),
        "grüß".encode(),
        b"\xff",
        b"True",
    ]
    outcome = told.outcome
    assert (outcome.exit_code, outcome.signal, outcome.problem, outcome.left_running) == (
        7,
        None,
        None,
        False,
    )
    if sys.platform != "win32":
        assert outcome.peak_memory is not None and 60_000_000 < outcome.peak_memory < 200_000_000
        assert outcome.cpu_time is not None and outcome.cpu_time > 0


@posix
def test_the_memory_of_a_small_program_is_not_ours(tmp_path: Path) -> None:
    ours = bytearray(120_000_000)
    outcome = Told(tmp_path, "true").outcome
    assert outcome.peak_memory is not None and outcome.peak_memory < len(ours) / 2


@posix
@pytest.mark.parametrize(
    ("command", "code"), [("no such program", 127), ("./text.txt", 126), ("./nowhere/x", 127)]
)
def test_a_program_that_cannot_be_started(command: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("no program")
    outcome = Told(tmp_path, command).outcome
    assert outcome.exit_code == code
    assert outcome.problem and outcome.problem.startswith(f"`{command}` cannot be started: ")


@posix
def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    outcome = Told(tmp_path / "nowhere", "true").outcome
    assert outcome.exit_code == 127 and outcome.problem


@posix
def test_a_script_without_a_first_line_is_one_of_the_shell(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("echo $1 $0\n")
    (tmp_path / "run").chmod(0o755)
    assert Told(tmp_path, "./run", "x").out.whole() == b"x ./run\n"


@posix
def test_the_program_is_looked_for_on_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mine").write_text("#!/bin/sh\necho here\n")
    (tmp_path / "bin" / "mine").chmod(0o755)
    assert Told(tmp_path, "mine", environment={"PATH": str(tmp_path / "bin")}).out.whole() == b"here\n"


@posix
def test_it_gets_the_variables_that_were_given_and_no_others(tmp_path: Path) -> None:
    told = Told(tmp_path, "/usr/bin/env", environment={"ONE": "1"})
    assert told.out.whole() == b"ONE=1\n"


@posix
def test_a_program_finds_the_signals_as_a_shell_leaves_them(tmp_path: Path) -> None:
    told = Told(tmp_path, "sh", "-c", "yes | head -n1; kill -s PIPE $$")
    assert (told.out.whole(), told.outcome.signal) == (b"y\n", "SIGPIPE")


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGSEGV", "SIGKILL"])
def test_an_end_by_a_signal_is_named(name: str, tmp_path: Path, sight: str) -> None:
    told = python(
        tmp_path,
        "import os, resource, signal; resource.setrlimit(resource.RLIMIT_CORE, (0, 0));"
        f"os.kill(os.getpid(), signal.{name})",
    )
    assert (told.outcome.exit_code, told.outcome.signal) == (None, name)
    assert ("want of memory" in (told.outcome.problem or "")) is (name == "SIGKILL")


@linux
def test_an_end_by_a_real_time_signal_is_named_too(tmp_path: Path, sight: str) -> None:
    outcome = Told(tmp_path, "sh", "-c", "kill -40 $$").outcome
    assert (outcome.exit_code, outcome.signal) == (None, f"SIGRTMIN+{40 - signal.SIGRTMIN}")


@posix
def test_memory_can_be_limited(tmp_path: Path) -> None:
    told = python(tmp_path, "b = bytearray(800_000_000)", memory=400_000_000)
    assert told.outcome.exit_code == 1 and b"MemoryError" in told.err.whole()


def test_a_flood_on_both_streams_is_taken_in_and_mostly_let_go(tmp_path: Path) -> None:
    told = python(
        tmp_path,
        "import sys\nfor n in range(300):\n    sys.stdout.write('o' * 100_000); sys.stderr.write('e' * 100_000)",
        keep=1000,
    )
    assert told.outcome.exit_code == 0
    for log, letter in ((told.out, b"o"), (told.err, b"e")):
        assert log.left_out == 300 * 100_000 - 1000
        assert log.whole().count(letter) >= 1000


# -- its time ----------------------------------------------------------------------------------------------


def test_a_program_that_hangs_is_ended_when_its_time_is_over(tmp_path: Path) -> None:
    told = python(tmp_path, "print('begun', flush=True); import time; time.sleep(600)", limit=1.0)
    assert told.outcome.problem == "its time was over after 1 s"
    assert told.outcome.exit_code != 0
    if sys.platform != "win32":
        assert told.outcome.signal == "SIGTERM"


@posix
def test_one_that_does_not_hear_is_ended_by_force_and_its_children_with_it(
    tmp_path: Path, mark: str, sight: str
) -> None:
    deaf = "import signal, os, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    told = python(tmp_path, f"{deaf} os.fork(); print(1, flush=True); time.sleep(600); '{mark}'", limit=1.0)
    assert told.outcome.signal == "SIGKILL" and told.outcome.problem == "its time was over after 1 s"
    assert told.out.whole() == b"1\n1\n" and not running(mark)


@linux
def test_what_forked_and_left_is_ended_as_well(tmp_path: Path, mark: str, sight: str) -> None:
    leave = (
        "import os, signal, time\n"
        "for again in range(3):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork(): os._exit(0)\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "        os.write(1, b'left\\n'); os.close(1); os.close(2)\n"
        "        time.sleep(600)\n"
        f"time.sleep(0.3); '{mark}'\n"
    )
    told = python(tmp_path, leave)
    assert told.out.whole() == b"left\n" * 3 and not running(mark)
    assert told.outcome.exit_code == 0 and told.outcome.left_running


@linux
def test_what_still_writes_after_the_programs_end_is_waited_for_a_while(tmp_path: Path) -> None:
    told = Told(tmp_path, "sh", "-c", "(sleep 0.3; echo late) & echo soon")
    assert told.out.whole() == b"soon\nlate\n" and not told.outcome.left_running


ASK = """\
import os, sys; from pathlib import Path
from publisher.probe import held
from publisher.probe.log import Log
class Now(Log):
    def add(self, data): sys.stdout.buffer.write(data); sys.stdout.flush()
def told(number, frame): raise KeyboardInterrupt
if sys.argv[1] == "in sight": held.can_hide_processes = lambda: False
import signal; signal.signal(signal.SIGTERM, told); signal.signal(signal.SIGINT, told)
try:
    held.run(sys.argv[2:], directory=Path.cwd(), environment=dict(os.environ), stdout=Now(0), stderr=Log(0))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@posix
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_an_end_of_ours_is_an_end_of_the_program(how: str, tmp_path: Path, mark: str, sight: str) -> None:
    program = f"import os, time; p = os.fork(); print('begun', flush=True); time.sleep(600); '{mark}'"
    us = subprocess.Popen(
        [sys.executable, "-c", ASK, sight, sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    )
    assert us.stdout
    assert [us.stdout.readline() for _ in range(2)] == ["begun\n"] * 2
    us.send_signal(getattr(signal, how))
    rest = us.stdout.read()
    us.wait()
    us.stdout.close()
    assert rest == ("" if how == "SIGKILL" else "interrupted\n")
    assert gone(mark) if how == "SIGKILL" else not running(mark)


def kill_warden(program_mark: str) -> None:
    """Kill the process that stands between this one and a program, once the program runs."""
    while not running(program_mark):
        os.sched_yield()
    children = Path(f"/proc/self/task/{threading.main_thread().native_id}/children").read_text().split()
    for each in children:
        if b"warden.py" in Path(f"/proc/{each}/cmdline").read_bytes():
            os.kill(int(each), signal.SIGKILL)


@linux
def test_a_killed_warden_takes_the_program_with_it(tmp_path: Path, mark: str, sight: str) -> None:
    killer = threading.Thread(target=kill_warden, args=(mark,))
    killer.start()
    told = python(tmp_path, f"import time; time.sleep(600); '{mark}'")
    killer.join()
    assert (told.outcome.signal, told.outcome.problem) == ("SIGKILL", "it was ended from outside")
    assert gone(mark)


@linux
def test_what_a_program_leaves_that_kills_the_warden_is_ended_as_well(
    tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "can_hide_processes", lambda: False)  # else it cannot
    program = (
        "import os, time\n"
        "warden, (ours, theirs) = os.getppid(), os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork(): os._exit(0)\n"
        "    os.write(1, b'left\\n'); os.close(1); os.close(2); os.close(theirs); time.sleep(600)\n"
        "os.close(theirs); os.read(ours, 1)\n"
        f"os.kill(warden, 9); time.sleep(600); '{mark}'\n"
    )
    told = python(tmp_path, program)
    assert told.outcome.problem == "it was ended from outside"
    assert told.out.whole() == b"left\n" and gone(mark)


def test_a_run_may_take_longer_than_a_system_can_wait_at_once(tmp_path: Path) -> None:
    assert python(tmp_path, "print(1)", limit=10.0 * 214_800.5 + 60).outcome.exit_code == 0


# -- other processes -------------------------------------------------------------------------------------------

SPY = """\
import os, sys
others = [name for name in os.listdir("/proc") if name.isdigit() and int(name) not in (1, os.getpid())]
print("sees", others, "parent", os.getppid())
for folder in {"/proc/1", f"/proc/{os.getppid()}", *(f"/proc/self/../{each}" for each in sys.argv[1:])}:
    for name in ("environ", "cmdline", "mem", "maps", "fd", "cwd", "root", "exe", "auxv", "task"):
        try:
            place = f"{folder}/{name}"
            if name in ("fd", "task"): said = "\\n".join(os.listdir(place))
            elif name in ("cwd", "root", "exe"): said = os.readlink(place)
            elif name == "mem": said = str(os.pread(os.open(place, os.O_RDONLY), 1, 0))
            else: said = open(place, errors="replace").read()
        except OSError:
            continue
        print("reads", place, said)
for number in (0, 15):
    for pid in map(int, sys.argv[1:]):
        try:
            os.kill(pid, number); print("reaches", pid)
        except OSError: pass
"""


@linux
def test_a_program_sees_and_reaches_no_process_but_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    if not held.can_hide_processes():
        pytest.skip("this system allows no PID namespace")
    monkeypatch.setenv("HARMLESS", mark)
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        pids = [str(os.getpid()), str(os.getppid()), str(bystander.pid)]
        told = Told(tmp_path, sys.executable, "-c", SPY, *pids, environment={"PATH": os.environ["PATH"]})
        said = told.out.whole().decode()
        assert told.outcome.exit_code == 0, told.err.whole()
        assert "sees [] parent 1\n" in said and "reaches" not in said and mark not in said
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@linux
def test_what_lay_below_its_proc_is_not_to_be_uncovered(tmp_path: Path) -> None:
    if not held.can_hide_processes():
        pytest.skip("this system allows no PID namespace")
    uncover = "umount -l /proc 2> /dev/null; umount -l /proc 2> /dev/null; ls -d /proc/[0-9]* | wc -l"
    inner = f"unshare --user --map-root-user --mount sh -c '{uncover}' || echo 0"
    told = Told(tmp_path, "sh", "-c", f"{inner}; {uncover}", environment={"PATH": os.environ["PATH"]})
    assert all(int(each) < 9 for each in told.out.whole().split()), told.err.whole()


@linux
def test_processes_are_hidden_from_a_program_of_who_is_not_root(mark: str) -> None:
    if os.getuid() != 0 or not held.can_hide_processes():
        pytest.skip("only root can try what another user may do")
    program = (
        "import ctypes, fcntl, os, socket, sys, warnings; there = {}; exec(sys.stdin.read(), there);"
        "os.setgroups([]); os.setgid(12345); os.setuid(12345); ctypes.CDLL(None).prctl(4, 1);"  # as after an exec
        "there['apart'](network=False, mounts=False, processes=True); first = os.fork()\n"
        "if first: os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))\n"
        "there['own_proc'](); ctypes.CDLL(None).prctl(4, 0)\n"
        "os.fork() or os.execvp('sh', ['sh', '-c', 'id -u; umount /proc 2> /dev/null; grep CapEff /proc/self/status;"
        " ls -d /proc/[0-9]*; cat /proc/1/environ /proc/1/maps'])\n"
        "os.wait()\n"
    )
    text = Path(held.__file__).with_name("warden.py").read_text()
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=text,
        capture_output=True,
        text=True,
        env={**os.environ, "HARMLESS": mark},
    )
    assert done.stdout, done.stderr
    user, rights, *seen = done.stdout.split("\n")
    assert (user, rights) == ("12345", "CapEff:\t0000000000000000"), done.stderr
    assert len(seen) <= 4 and mark not in done.stdout and "/maps: Permission denied" in done.stderr


@linux
def test_a_program_that_kills_all_that_it_can_ends_itself_alone(tmp_path: Path, mark: str) -> None:
    if not held.can_hide_processes():
        pytest.skip("this system allows no PID namespace")
    program = (
        "import os, signal, time\n"
        "if os.fork() == 0: time.sleep(600)\n"
        "for number in (2, 15, 9, 19): os.kill(1, number)\n"
        f"os.kill(-1, 9); print('{mark}'); raise SystemExit(5)\n"
    )
    told = python(tmp_path, program)
    assert told.outcome.exit_code == 5 and not told.outcome.left_running and not running(mark)


@linux
def test_the_process_between_has_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "can_hide_processes", lambda: False)
    monkeypatch.setenv("HARMLESS", "planted")
    words = "tr '\\0' '\\n' < /proc/$PPID/environ; echo read"
    told = Told(tmp_path, "sh", "-c", words, environment={"PATH": os.environ["PATH"]})
    assert told.out.whole() == b"read\n" or b"denied" in told.err.whole()


@linux
def test_an_orphan_is_reaped_and_its_parent_is_the_first_process(tmp_path: Path, sight: str) -> None:
    program = (
        "import os, time\n"
        "ours, theirs = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    if os.fork(): os._exit(0)\n"
        "    os.close(ours)\n"
        "    while os.getppid() == 2: time.sleep(0.01)\n"
        "    os._exit(0)\n"
        "os.close(theirs); os.read(ours, 1); os.wait(); print('ended')\n"
    )
    told = python(tmp_path, program)
    assert (told.out.whole(), told.outcome.exit_code, told.outcome.left_running) == (b"ended\n", 0, False)


@linux
def test_every_place_where_processes_can_be_looked_at_is_found() -> None:
    text = (
        b"22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n"
        b"23 28 0:21 /sys /chroot/proc/sys ro - proc proc rw\n"
        b"24 28 0:21 / /other\\040root/proc rw master:1 - proc none rw\n"
        b"25 28 0:21 /4711 /process rw - proc proc rw\n"
        b"26 28 0:22 / /sys rw - sysfs sysfs rw\n"
    )
    assert warden.proc_mounts(text) == ["/proc", "/other root/proc", "/process"]


# -- the network -------------------------------------------------------------------------------------------

CONNECT = """\
import socket, sys, os
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5); print("out")
except OSError:
    print("held")
inside = socket.create_server(("127.0.0.1", 0))
socket.create_connection(inside.getsockname(), timeout=5); print("loopback", os.getuid(), os.getgid())
"""


@linux
@pytest.mark.parametrize("network", [True, False])
def test_the_network_is_held_back_but_for_a_loopback_of_its_own(network: bool, tmp_path: Path) -> None:
    if not held.can_hold_network():
        pytest.skip("this system lets no user hold the network back")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        told = Told(tmp_path, sys.executable, "-c", CONNECT, port, network=network)
    said = told.out.whole().decode().split()
    assert said == ["out" if network else "held", "loopback", str(os.getuid()), str(os.getgid())]


@linux
def test_the_network_is_held_back_for_who_is_not_root(tmp_path: Path) -> None:
    if os.getuid() != 0 or not held.can_hold_network():
        pytest.skip("only root can try what another user may do")
    program = (
        "import ctypes, fcntl, os, socket, sys, warnings; there = {}; exec(sys.stdin.read(), there);"
        "os.setgroups([]); os.setgid(12345); os.setuid(12345); ctypes.CDLL(None).prctl(4, 1);"  # as after an exec
        "there['without_network'](); os.execvp('cat', ['cat', '/proc/self/status', '/proc/net/dev'])"
    )
    text = Path(held.__file__).with_name("warden.py").read_text()
    done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True)
    assert "Uid:\t12345\t12345" in done.stdout, done.stderr
    assert "CapEff:\t0000000000000000" in done.stdout
    assert done.stdout.splitlines()[-1].split()[0] == "lo:"


# -- folders at other places ---------------------------------------------------------------------------------


@linux
@pytest.mark.parametrize("network", [True, False])
def test_a_program_finds_folders_at_other_places_and_nobody_else_does(network: bool, tmp_path: Path) -> None:
    if not held.can_bind():
        pytest.skip("this system lets no user mount anything")
    for name in ("theirs/env", "ours/env"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "theirs" / "secret").write_text("x")
    (tmp_path / "theirs" / "env" / "python").write_text("y")
    binds = [
        held.Bind(folder=tmp_path / "ours", place=tmp_path / "theirs", writable=True),
        held.Bind(folder=tmp_path / "theirs" / "env", place=tmp_path / "theirs" / "env"),
    ]
    words = "cd theirs; ls; cat env/python; echo z > out; echo z > env/out || echo closed"
    told = Told(tmp_path, "sh", "-c", words, binds=binds, network=network or not held.can_hold_network())
    assert told.out.whole() == b"env\nyclosed\n"
    assert sorted(os.listdir(tmp_path / "theirs")) == ["env", "secret"]
    assert sorted(os.listdir(tmp_path / "ours")) == ["env", "out"]
    assert os.listdir(tmp_path / "ours" / "env") == []


@linux
def test_where_one_of_them_cannot_be_found_there_all_are_where_they_were(tmp_path: Path) -> None:
    if not held.can_bind():
        pytest.skip("this system lets no user mount anything")
    for name in ("theirs", "ours"):
        (tmp_path / name).mkdir()
    (tmp_path / "theirs" / "x").write_text("")
    (tmp_path / "ours" / "more").write_text("")
    binds = [
        held.Bind(folder=tmp_path / "ours", place=tmp_path / "theirs"),
        held.Bind(folder=tmp_path / "ours", place=tmp_path / "theirs" / "nowhere"),
    ]
    assert Told(tmp_path, "ls", "theirs", binds=binds).out.whole() == b"x\n"


@linux
def test_folders_are_found_elsewhere_by_who_is_not_root(tmp_path: Path) -> None:
    if os.getuid() != 0 or not held.can_bind():
        pytest.skip("only root can try what another user may do")
    program = (
        "import ctypes, fcntl, os, socket, sys, warnings; there = {}; exec(sys.stdin.read(), there);"
        "os.setgroups([]); os.setgid(12345); os.setuid(12345); ctypes.CDLL(None).prctl(4, 1);"  # as after an exec
        "there['apart'](network=False, mounts=True); there['bind']([('/usr', '/var', False), ('/etc', '/srv', True)]);"
        "print(os.listdir('/usr') == os.listdir('/var'), os.path.exists('/srv/passwd'), os.getuid())"
    )
    text = Path(held.__file__).with_name("warden.py").read_text()
    done = subprocess.run([sys.executable, "-c", program], input=text, capture_output=True, text=True)
    assert done.stdout == "True True 12345\n", done.stderr
