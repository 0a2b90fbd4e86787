"""A program's stdout and stderr on their way through us: copied on as they are, and into a log.

Where our own stream is a terminal the program gets a pseudo-terminal that behaves as the real one does. Beside us
stands a keeper, a process that does nothing but hold the streams: when we are killed, or end before all who write
to them, it copies on, so that our end is nobody's. When we were killed it also waits for the program's end, and
has it told.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct, field

from publisher.probe.log import Log

PASSED_ON = (
    "SIGINT",
    "SIGQUIT",
    "SIGTERM",
    "SIGHUP",
    "SIGUSR1",
    "SIGUSR2",
)  #: signals that are for the program


GRACE = 2.0  #: seconds that we wait for output of processes which the program left behind


_Stream = tuple[int, int, Log]  #: what we read from, what it is copied to, its log


class Orphaned(Struct, frozen=True, kw_only=True):
    """What becomes of a program when we are killed and it is not."""

    held: list[int] = field(default_factory=list)  #: descriptors that stay open as long as the program runs
    over: Callable[[float], None] = lambda after: None  #: called when it has ended, after so many seconds


class Streams:
    """Our stdout and stderr as the program sees them, each copied on by a thread.

    Where both lead to the same place they are one stream, so that what is written to them keeps its order; the
    log of stdout then holds both.
    """

    def __init__(self, stdout: Log, stderr: Log, orphaned: Orphaned | None = None) -> None:
        self.orphaned = orphaned
        self.outlets = [(1, stdout)] if same_place(1, 2) else [(1, stdout), (2, stderr)]
        self.sources: list[int] = []  #: what we read from, as long as no thread does
        self.copied: list[int] = []  #: what the threads read from; each closes its own
        self.ends: list[int] = []  #: what the program writes to
        self.terminals: list[_Terminal] = []
        self.threads: list[threading.Thread] = []
        self.keeper: _Keeper | None = None
        self.stop = os.pipe() if sys.platform != "win32" else (-1, -1)  #: closing its end stops the copying

    def __enter__(self) -> Streams:
        for outlet, _ in self.outlets:
            source, end = self._terminal_for(outlet) or os.pipe()
            self.sources.append(source)
            self.ends.append(end)
        return self

    def _terminal_for(self, outlet: int) -> tuple[int, int] | None:
        """A pseudo-terminal that passes bytes as they are; None where our own stream is no terminal."""
        if sys.platform == "win32":
            return None
        try:
            if not os.isatty(outlet):
                return None
            ours, theirs = os.openpty()
        except OSError:
            return None
        self.terminals.append(_Terminal(ours, theirs, outlet))
        return ours, theirs

    def resize(self) -> None:
        """Give each pseudo-terminal the size of the terminal that it stands for."""
        for terminal in self.terminals:
            terminal.resize()

    def flow(self, program: int = 0) -> None:
        """Begin to copy. Our copies of the program's ends are closed, so that their end can be seen.

        Args:
            program: The process that was started; 0 when nobody asks for its end.
        """
        for end in self.ends:
            os.close(end)
        self.ends = []
        if sys.platform != "win32":  # before there are threads
            self.keeper = _Keeper(
                [(s, *outlet) for s, outlet in zip(self.sources, self.outlets, strict=True)],
                program,
                self.orphaned if program else None,
            )
        for number, (source, (outlet, log)) in enumerate(zip(self.sources, self.outlets, strict=True)):
            mirror = next((each.mirror for each in self.terminals if each.ours == source), _nothing)
            closed = partial(self.keeper.let_go, number) if self.keeper else _nothing
            arguments = (source, outlet, log, self.stop[0], mirror, closed)
            thread = threading.Thread(target=_copy, args=arguments, daemon=True)
            thread.start()
            self.threads.append(thread)
        self.copied, self.sources = self.sources, []

    def drained(self, patience: float) -> bool:
        """Wait until everything has been copied; False when others still hold a stream open after a while.

        Those processes keep their outlet: the keeper stays with them until they end.
        """
        until = time.monotonic() + patience
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
        held = [source for thread, source in zip(self.threads, self.copied, strict=True) if thread.is_alive()]
        if held and sys.platform != "win32":
            os.write(self.stop[1], b"stop")
            for thread in self.threads:
                thread.join()
            if self.keeper:
                self.keeper.take_over()
            self.sources = held
        return not held

    def __exit__(self, *_: object) -> None:
        for terminal in self.terminals:
            terminal.restore()
        if self.keeper:
            self.keeper.dismiss()
        for each in (*self.ends, *self.sources, *self.stop):
            with contextlib.suppress(OSError):
                os.close(each)


def same_place(one: int, other: int) -> bool:
    """Whether two descriptors lead to the same file, pipe or terminal."""
    try:
        return os.path.samestat(os.fstat(one), os.fstat(other))
    except OSError:
        return False


class _Terminal:
    """A pseudo-terminal that stands for a real one: of its size, and what is set on it is set on the real one.

    A program that draws on the whole screen switches off echo and line input on the terminal that it sees; what
    is typed comes from the real one, so it has to be switched off there.
    """

    def __init__(self, ours: int, theirs: int, real: int) -> None:
        import termios

        self.ours, self.real = ours, real
        self.before = termios.tcgetattr(real)
        attributes = termios.tcgetattr(real)
        attributes[1] &= ~termios.OPOST  # bytes pass as they are; the real terminal makes lines of them
        termios.tcsetattr(theirs, termios.TCSANOW, attributes)
        self.seen = termios.tcgetattr(ours)
        self.resize()

    def resize(self) -> None:
        """Take the size of the real terminal."""
        import fcntl
        import termios

        with contextlib.suppress(OSError):
            fcntl.ioctl(self.ours, termios.TIOCSWINSZ, fcntl.ioctl(self.real, termios.TIOCGWINSZ, b"\0" * 8))

    def mirror(self) -> None:
        """Set on the real terminal what the program has set on this one since the last look."""
        import termios

        with contextlib.suppress(OSError, termios.error):
            now = termios.tcgetattr(self.ours)
            if now != self.seen:
                self.seen = now
                termios.tcsetattr(self.real, termios.TCSADRAIN, [now[0], self.before[1], *now[2:]])

    def restore(self) -> None:
        """Leave the real terminal as it was, if it was changed through us."""
        import termios

        with contextlib.suppress(OSError, termios.error):
            if termios.tcgetattr(self.real)[3] != self.before[3]:
                termios.tcsetattr(self.real, termios.TCSADRAIN, self.before)


def _nothing() -> None:
    pass


def _copy(
    source: int,
    outlet: int,
    log: Log,
    stop: int,
    mirror: Callable[[], None] = _nothing,
    closed: Callable[[], None] = _nothing,
) -> None:
    """Copy a stream on and into a log until its end, or until `stop` can be read.

    At its end the source is closed. A reader of ours who left is felt by the program as it would be without
    us, because then the source is closed as well, and `closed` has the keeper do the same.
    """
    with contextlib.suppress(OSError):  # a pseudo-terminal whose other side is closed, a reader who left
        while True:
            if stop >= 0 and source not in select.select([source, stop], [], [])[0]:
                return
            data = os.read(source, 65536)
            if not data:
                break
            log.add(data)
            mirror()
            while data:
                data = data[os.write(outlet, data) :]
    os.close(source)
    closed()


class _Keeper:
    """A process that holds our ends of the program's streams, and copies them on when we no longer do.

    It hears us through a pipe: the number of a stream to let go of, `DISMISS`, `TAKE_OVER`, or the end of the pipe
    without any of these, which comes when we are killed.
    """

    DISMISS = 255
    TAKE_OVER = 254

    def __init__(self, streams: Sequence[_Stream], program: int, orphaned: Orphaned | None) -> None:
        heard, self._line = os.pipe()
        self._pid: int | None = os.fork()
        if self._pid == 0:
            try:
                _keep(heard, streams, program, orphaned)
            finally:
                os._exit(0)
        os.close(heard)

    def let_go(self, number: int) -> None:
        """Have it close a stream that nobody reads any more."""
        self._say(number)

    def take_over(self) -> None:
        """Leave the streams to it."""
        self._say(self.TAKE_OVER)
        os.close(self._line)
        self._pid = None

    def dismiss(self) -> None:
        """It is not needed: everything was copied, or it has taken over."""
        if self._pid is not None:
            self._say(self.DISMISS)
            os.close(self._line)
            with contextlib.suppress(OSError):
                os.waitpid(self._pid, 0)
            self._pid = None

    def _say(self, word: int) -> None:
        with contextlib.suppress(OSError):  # somebody has ended it
            os.write(self._line, bytes([word]))


def _keep(heard: int, streams: Sequence[_Stream], program: int, orphaned: Orphaned | None) -> None:
    """What the keeper does, alone in its process, with nothing open that it does not need."""
    if sys.platform == "win32":
        return
    begun = time.monotonic()
    os.setsid()
    for name in PASSED_ON:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    held = orphaned.held if orphaned else []
    needed = sorted({heard, *held, *(end for source, outlet, _ in streams for end in (source, outlet))})
    for low, high in itertools.pairwise([-1, *needed, min(os.sysconf("SC_OPEN_MAX"), 65536)]):
        os.closerange(low + 1, high)
    end = _End(program) if orphaned else None  # while the number is certainly the program's
    left = dict(enumerate(streams))
    while words := _heard(heard, end):
        for word in words:
            if word == _Keeper.DISMISS:
                return
            if word == _Keeper.TAKE_OVER:
                orphaned = None
                for each in held:
                    os.close(each)
            else:
                os.close(left.pop(word)[0])
    copiers = [
        threading.Thread(target=_copy, args=(source, outlet, _going_on(log, orphaned), -1))
        for source, outlet, log in left.values()
    ]
    for copier in copiers:
        copier.start()
    if orphaned and end:
        ended = end.wait()
        for copier in copiers:
            copier.join(max(0.0, ended + GRACE - time.monotonic()))
        with contextlib.suppress(Exception):  # nobody is left to be told
            orphaned.over(ended - begun)
        for each in held:
            with contextlib.suppress(OSError):  # it may have been given back by then
                os.close(each)
    for copier in copiers:
        copier.join()


def _going_on(log: Log, orphaned: Orphaned | None) -> Log:
    """The log of a stream that goes on after our end: on disk alone, from where it was."""
    return Log(0, pieces=log.pieces.resumed() if log.pieces and orphaned else None)


def _heard(line: int, end: _End | None) -> bytes:
    """The next words on a pipe; until they come, the program's end is looked out for."""
    while end is not None and end.descriptor is not None and end.at is None:
        ready, _, _ = select.select([line, end.descriptor], [], [])
        if end.descriptor in ready:
            end.at = time.monotonic()
        if line in ready:
            break
    return os.read(line, 64)


class _End:
    """The end of a process that is not our child."""

    def __init__(self, program: int) -> None:
        self.program = program
        self.at: float | None = None  #: when it came, as soon as that is known
        self.descriptor: int | None = None  #: can be read once it has come, where the system has such
        if sys.platform == "linux":
            try:
                self.descriptor = os.pidfd_open(program)
            except ProcessLookupError:
                self.at = time.monotonic()
            except (OSError, AttributeError):  # an older system
                pass

    def wait(self) -> float:
        """Wait for it; returns when it came."""
        if self.at is None and self.descriptor is not None:
            select.select([self.descriptor], [], [])
        elif self.at is None:
            with contextlib.suppress(OSError):
                while True:
                    os.kill(self.program, 0)
                    time.sleep(0.2)
        if self.at is None:
            self.at = time.monotonic()
        return self.at
