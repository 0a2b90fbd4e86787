"""A program run with nobody watching: nothing typed into it, ended when its time is over, no process left behind.

A process of our own supervises the program (`publisher.probe.warden`). On Linux, where the system allows it, the
program runs in a PID namespace with a /proc of its own: it sees, signals and reads only processes that it started,
and the kernel ends all of them. On other Linux systems the supervisor inherits what the program leaves behind and
ends it. Elsewhere, what left the program's process group is not caught; nowhere is what another service (a
container's, a batch system's) started for it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

from msgspec import Struct

from publisher.model.files import in_words
from publisher.model.signals import signal_name
from publisher.probe.log import Log
from publisher.probe.process import NOT_ALLOWED, NOT_FOUND, Outcome
from publisher.probe.streams import GRACE

_SUBREAPER, _IS_SUBREAPER = 36, 37  # of prctl
PATIENCE = 10.0  #: seconds that an end by force may take
_FOR_THE_LOADER = (
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "SHLIB_PATH",
    "LIBPATH",
)
_WARDEN = Path(__file__).with_name("warden.py")
_ONLY_LOOPBACK = (
    "(version 1)(allow default)(deny network*)"
    '(allow network* (local ip "localhost:*"))(allow network* (remote ip "localhost:*"))'
    "(allow network* (local unix))(allow network* (remote unix))"
)  #: in the language of macOS' sandbox


class Bind(Struct, frozen=True, kw_only=True):
    """A folder that a program finds at another place as well; nobody else does."""

    folder: Path
    place: Path  #: a folder that is there, and is covered by it
    writable: bool = False  #: whether the program may write to it there


def run(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    stdout: Log,
    stderr: Log,
    limit: float | None = None,
    memory: int | None = None,
    network: bool = True,
    binds: Sequence[Bind] = (),
) -> Outcome:
    """Run a program to its end, or to that of its time.

    Whatever is raised while it runs (by a signal's handler, say) ends the program and passes through.

    Args:
        command: The program and its arguments; looked for on the PATH of `environment`.
        directory: Its working directory.
        environment: Its environment, whole.
        stdout: Gets what it writes there.
        stderr: The same.
        limit: Seconds that it may take.
        memory: Bytes of addresses that each of its processes may have.
        network: Whether it may use the network; False only where `can_hold_network`.
        binds: Folders that it finds at other places, the first before the next; only where `can_bind`. All of
            them or, where the system does not let us after all, none.

    Returns:
        How it ended. `problem` says when it was not started, or not ended by itself.
    """
    if sys.platform == "win32":
        return _run_on_windows(command, directory, environment, stdout, stderr, limit)
    if not network and sys.platform == "darwin":
        command = ["sandbox-exec", "-p", _ONLY_LOOPBACK, *command]
    wish = {
        "command": list(command),
        "directory": str(directory),
        "environment": dict(environment),
        "memory": memory,
        "alone": not network and sys.platform == "linux",
        "processes": can_hide_processes(),
        "binds": [(str(each.folder), str(each.place), each.writable) for each in binds],
    }
    with contextlib.ExitStack() as stack:
        known = stack.enter_context(_inheriting())
        (told, report), (out, out_end), (err, err_end) = pipes = [os.pipe() for _ in range(3)]
        for ours, _ in pipes:
            stack.callback(os.close, ours)
        try:
            warden = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_WARDEN), str(report)],
                stdin=subprocess.PIPE,
                stdout=out_end,
                stderr=err_end,
                pass_fds=[report],
                cwd="/",  # a program finds the way to its parent's folder
                env=_needed_to_start(),  # and to its parent's environment
                start_new_session=True,
            )
        finally:
            for _, theirs in pipes:
                os.close(theirs)
        assert warden.stdin is not None
        stack.callback(_end, warden, warden.stdin, known)
        with contextlib.suppress(BrokenPipeError):
            warden.stdin.write(json.dumps(wish).encode() + b"\n")
            warden.stdin.flush()
        started = time.monotonic()
        lines, over = _followed(warden.stdin, told, {out: stdout, err: stderr}, limit)
        return _outcome(command[0], lines, time.monotonic() - started, limit if over else None, memory)


def _needed_to_start() -> dict[str, str]:
    """What our own interpreter may need to start, and nothing that is anybody's secret."""
    return {name: value for name in _FOR_THE_LOADER if (value := os.environ.get(name))}


def _followed(
    orders: IO[bytes], told: int, streams: Mapping[int, Log], limit: float | None
) -> tuple[bytes, bool]:
    """Take in what is said until all is over; returns the report, and whether the time was over."""
    report, over = b"", False
    until = None if limit is None else time.monotonic() + limit
    with selectors.DefaultSelector() as watched:
        for each in (told, *streams):
            watched.register(each, selectors.EVENT_READ)
        while watched.get_map():
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                if over or told not in watched.get_map():
                    break  # it does not end, or its streams are held by somebody whom we do not reach
                over, until = True, time.monotonic() + PATIENCE
                orders.close()
                continue
            for key, _ in watched.select(None if left is None else min(left, 3600.0)):
                data = os.read(key.fd, 65536)
                if not data:
                    watched.unregister(key.fd)
                    until = time.monotonic() + GRACE if key.fd == told else until
                elif key.fd == told:
                    report += data
                else:
                    streams[key.fd].add(data)
    return report, over


def _end(warden: subprocess.Popen[bytes], orders: IO[bytes], known: set[int]) -> None:
    """See to it that nothing runs any more: the end of its orders is the warden's sign to end all.

    Args:
        warden: The warden.
        orders: Its stdin.
        known: Our children of before.
    """
    with contextlib.suppress(BrokenPipeError):
        orders.close()
    try:
        warden.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        warden.kill()  # the program dies with it, where the system does that
        warden.wait()
    if warden.returncode:  # it was killed, so we inherit what it was to end
        patience = time.monotonic() + PATIENCE
        while (left := _children() - known) and time.monotonic() < patience:
            for each in left:
                with contextlib.suppress(OSError):
                    os.kill(each, signal.SIGKILL)
                    os.waitpid(each, os.WNOHANG)
            time.sleep(0.01)


@contextlib.contextmanager
def _inheriting() -> Iterator[set[int]]:
    """Within it, what loses its parent becomes ours, where the system lets us; our children of before."""
    if sys.platform != "linux":
        yield set()
        return
    import ctypes

    libc, before = ctypes.CDLL(None), ctypes.c_int(0)
    libc.prctl(_IS_SUBREAPER, ctypes.byref(before))
    libc.prctl(_SUBREAPER, 1)
    try:
        yield _children()
    finally:
        libc.prctl(_SUBREAPER, before.value)


def _children() -> set[int]:
    """Our children, those of all threads."""
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            with contextlib.suppress(OSError), open(f"/proc/self/task/{thread}/children") as file:
                found.update(map(int, file.read().split()))
    return found


def _outcome(name: str, report: bytes, duration: float, limit: float | None, memory: int | None) -> Outcome:
    """How the program ended, from what the warden told; `limit` is given when the program went beyond it."""
    told: dict[str, Any] = {}
    for line in report.splitlines():
        told |= json.loads(line)
    if "errno" in told:
        code = NOT_FOUND if told["errno"] == errno.ENOENT else NOT_ALLOWED
        return Outcome(duration=0.0, exit_code=code, problem=f"`{name}` cannot be started: {told['problem']}")
    problem: str | None = None
    if "status" not in told:
        problem = "it did not end when it was told to" if limit is not None else "it was ended from outside"
        return Outcome(duration=duration, signal="SIGKILL", problem=problem)
    code = os.waitstatus_to_exitcode(told["status"])
    if limit is not None:
        problem = f"its time was over after {limit:g} s"
    elif code == -signal.SIGKILL:
        used = in_words(told["peak_memory"])
        problem = f"it was killed from outside while it used {used}: for want of memory, most likely"
    elif code and memory is not None and told["peak_memory"] > 0.7 * memory:
        problem = f"it came near the limit of {in_words(memory)} of memory"
    return Outcome(
        duration=told["duration"],
        exit_code=code if code >= 0 else None,
        signal=signal_name(-code) if code < 0 else None,
        cpu_time=round(told["cpu_time"], 6),
        peak_memory=told["peak_memory"],
        left_running=told["left_running"],
        problem=problem,
    )


def can_hold_network() -> bool:
    """Whether a program can be run here without the network; found by trying, once."""
    return "network" in _possible()


def can_bind() -> bool:
    """Whether a program can find folders here at other places than all others do; found by trying, once."""
    return "mounts" in _possible()


def can_hide_processes() -> bool:
    """Whether a program can be run here such that it sees no process but its own; found by trying, once."""
    return "processes" in _possible()


@cache
def _possible() -> list[str]:
    """What this system lets us hold apart."""
    if sys.platform == "linux":
        words = [sys.executable, "-I", "-S", str(_WARDEN), "try"]
    elif sys.platform == "darwin":
        words = ["sandbox-exec", "-p", _ONLY_LOOPBACK, "/bin/echo", "network"]
    else:
        return []
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=PATIENCE, check=False, env=_needed_to_start()
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.split() if done.returncode == 0 else []


def _run_on_windows(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    stdout: Log,
    stderr: Log,
    limit: float | None,
) -> Outcome:
    """The same with what Windows has: a process whose parent has left is not caught, nor is memory limited."""
    import threading

    started = time.monotonic()
    try:
        child = subprocess.Popen(
            list(command),
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except OSError as error:
        code = NOT_FOUND if error.errno == errno.ENOENT else NOT_ALLOWED
        return Outcome(
            duration=0.0, exit_code=code, problem=f"`{command[0]}` cannot be started: {error.strerror}"
        )

    def take(stream: IO[bytes], log: Log) -> None:
        while data := os.read(stream.fileno(), 65536):
            log.add(data)

    assert child.stdout is not None and child.stderr is not None
    taking = [
        threading.Thread(target=take, args=pair, daemon=True)
        for pair in ((child.stdout, stdout), (child.stderr, stderr))
    ]
    for each in taking:
        each.start()
    problem = None
    try:
        child.wait(limit)
    except subprocess.TimeoutExpired:
        problem = f"its time was over after {limit:g} s"
    finally:
        if child.poll() is None:
            subprocess.run(["taskkill", "/T", "/F", "/PID", str(child.pid)], capture_output=True, check=False)
            child.wait()
    duration = time.monotonic() - started
    for each in taking:
        each.join(GRACE)
    return Outcome(duration=duration, exit_code=child.returncode, problem=problem)
