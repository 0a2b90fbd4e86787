"""A program run for somebody who watches: streams, signals and exit code pass through, and are noted.

stdin is our own; see `publisher.probe.streams` for the others. It decides nothing about what it sees.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from msgspec import Struct, field

from publisher.model.signals import signal_name, signal_number
from publisher.probe.log import Log
from publisher.probe.streams import GRACE, PASSED_ON, Orphaned, Streams

NOT_FOUND = 127  #: exit code for a command that does not exist, as shells have it
NOT_ALLOWED = 126  #: exit code for a file that cannot be executed
FROM_KEYS = ("SIGINT", "SIGQUIT")  #: those that a terminal sends to the program as well
INTERRUPTING = frozenset({"SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "CTRL_C_EVENT", "CTRL_BREAK_EVENT"})


class Outcome(Struct, frozen=True, kw_only=True):
    """How a program ended, and what it used."""

    duration: float  #: seconds of wall time
    exit_code: int | None = None  #: None when a signal ended it
    signal: str | None = None  #: name of the signal that ended it
    received: list[str] = field(default_factory=list)  #: signals that it was sent through us
    cpu_time: float | None = None  #: seconds, user and system, with its children; None where unknown
    peak_memory: int | None = None  #: bytes, of the largest process; None where unknown
    left_running: bool = False  #: it ended, but processes that it started still hold its output
    joined: bool = False  #: its stdout and stderr were one stream
    problem: str | None = None  #: why it could not be started

    @property
    def returned(self) -> int:
        """The exit code that a shell would report: 128 and the signal's number when a signal ended it."""
        if self.exit_code is not None:
            return self.exit_code
        return 128 + (signal_number(self.signal or "") or 0)


def run(
    command: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    stdout: Log,
    stderr: Log,
    signals: Signals,
    started: Callable[[int], None] = lambda process: None,
    meanwhile: Callable[[], None] = lambda: None,
    orphaned: Orphaned | None = None,
) -> Outcome:
    """Run a program to its end.

    Args:
        command: The program and its arguments.
        directory: Its working directory.
        environment: Its environment, whole.
        stdout: Gets a copy of what it writes there.
        stderr: The same.
        signals: From `passing_on`, within which this is called.
        started: Called with the program's process at once when there is one; must not raise.
        meanwhile: Called once when the program runs; may take its time, must not raise.
        orphaned: What is done when we are killed before the program has ended.

    Returns:
        How it ended. A program that could not be started has ended with 127 or 126.
    """
    with Streams(stdout, stderr, orphaned) as streams:
        start = time.monotonic()
        try:
            child = _started(command, directory, environment, streams, signals)
        except OSError as error:
            return _not_started(command[0], error)
        started(child.pid)
        streams.flow(child.pid)
        signals.to(child, streams.resize)
        waiting = _Waiting(child, signals)
        meanwhile()
        waiting.join()
        left_running = not streams.drained(GRACE)
    code = waiting.code
    return Outcome(
        duration=waiting.ended - start,
        exit_code=code if code >= 0 else None,
        signal=signal_name(-code) if code < 0 else None,
        received=list(signals.received),
        cpu_time=waiting.cpu_time,
        peak_memory=waiting.peak_memory,
        left_running=left_running,
        joined=len(streams.outlets) == 1,
    )


def _started(
    command: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    streams: Streams,
    signals: Signals,
) -> subprocess.Popen[bytes]:
    """The program, started as a shell would: descriptors are handed on, a script without `#!` is one of `sh`."""

    def start(words: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            list(words),
            cwd=directory,
            env=dict(environment),
            stdout=streams.ends[0],
            stderr=streams.ends[-1],
            preexec_fn=_ignore_children if signals.children_ignored else None,
            close_fds=False,  # what we were given, the program is given; what we opened is not inheritable
        )

    try:
        return start(command)
    except OSError as error:
        if error.errno != errno.ENOEXEC or sys.platform == "win32":
            raise
        return start(["/bin/sh", *command])


def _ignore_children() -> None:
    """Before the program begins: what whoever started us had set, it inherits as it would without us."""
    if sys.platform != "win32":
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def hear_children() -> bool:
    """See to it that the ends of our processes are kept for us; returns whether it was not so.

    A supervisor may have SIGCHLD ignored, and we inherit that: then the system forgets each exit code, and Python
    takes 0 for it. Only the main thread can change that.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return False
    ignored = signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return ignored


def _not_started(program: str, error: OSError) -> Outcome:
    missing = isinstance(error, FileNotFoundError)
    why = "command not found" if missing else (error.strerror or str(error))
    return Outcome(duration=0.0, exit_code=NOT_FOUND if missing else NOT_ALLOWED, problem=f"{program}: {why}")


class _Waiting(threading.Thread):
    """Waits for the program in a thread of its own, so that its end is noted when it comes."""

    def __init__(self, child: subprocess.Popen[bytes], signals: Signals) -> None:
        super().__init__(daemon=True)
        self.child, self.signals = child, signals
        self.code = 0  #: negative for a signal
        self.ended = 0.0
        self.cpu_time: float | None = None
        self.peak_memory: int | None = None
        self.start()

    def run(self) -> None:
        if sys.platform == "win32":
            self.code = self.child.wait()
            self.ended = time.monotonic()
            self.signals.over()
            return
        if sys.platform != "darwin":
            os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOWAIT)
        self.signals.over()  # before the process id is free for another program
        _, status, used = os.wait4(self.child.pid, 0)
        self.ended = time.monotonic()
        self.code = self.child.returncode = os.waitstatus_to_exitcode(status)
        self.cpu_time = round(used.ru_utime + used.ru_stime, 6)
        self.peak_memory = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Signals:
    """Signals to us, passed on to the program; what came before it ran is passed on when it does."""

    def __init__(self) -> None:
        self.received: list[str] = []  #: names, in the order in which they came
        self.children_ignored = False  #: whoever started us has the ends of processes ignored
        self.late = False  #: one came after the program's end, so it was for us
        self._child: subprocess.Popen[bytes] | None = None
        self._over = False
        self.when_it_runs: Callable[[], None] = lambda: (
            None
        )  #: what is to be done once the program was started
        self._resize: Callable[[], None] = lambda: None

    def to(self, child: subprocess.Popen[bytes], resize: Callable[[], None]) -> None:
        """From now on signals go to this program, and `resize` follows the size of the terminal."""
        self._child, self._resize = child, resize
        self.when_it_runs()
        for name in self.received:
            self._send(getattr(signal, name))

    def over(self) -> None:
        """The program has ended: nothing is sent to it any more."""
        self._over = True

    def pass_on(self, number: int, frame: FrameType | None) -> None:
        """Handles a signal; once the program has ended it is only noted."""
        self.late = self.late or self._over
        del self.received[19:]
        self.received.append(signal_name(number))
        if self.received[-1] not in FROM_KEYS or not _terminal_sent_it():
            self._send(number)

    def resized(self, number: int, frame: FrameType | None) -> None:
        """Handles a change of the terminal's size."""
        self._resize()
        self._send(number)

    def _send(self, number: int) -> None:
        if self._child is not None and not self._over:
            with contextlib.suppress(OSError):
                if sys.platform == "win32":
                    self._child.send_signal(number)
                else:
                    os.kill(self._child.pid, number)  # Popen's own might take the exit code from who waits


def _terminal_sent_it() -> bool:
    """Whether Ctrl-C came from a terminal whose foreground we are: then the program has had it as well."""
    if sys.platform == "win32":
        return True
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


@contextlib.contextmanager
def passing_on() -> Iterator[Signals]:
    """Within it, signals to us go to the program; one that we were told to ignore, the program ignores as well.

    It reaches beyond the program's end, so that a signal which comes while its record is written ends nothing.
    """
    signals = Signals()
    signals.children_ignored = hear_children()
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        handled = dict.fromkeys(PASSED_ON, signals.pass_on) | {"SIGWINCH": signals.resized}
        ignored: list[int] = []
        for name, handler in handled.items():
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
            elif number is not None and name in FROM_KEYS:
                ignored.append(number)

        def hear_ignored() -> None:
            # A script's `&` has keys ignored. The program inherits that, and may listen all the same.
            for number in ignored:
                before[number] = signal.signal(number, signals.pass_on)

        signals.when_it_runs = hear_ignored
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
