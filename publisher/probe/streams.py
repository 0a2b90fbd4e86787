"""A program's stdout and stderr on their way through us: copied on as they are, and into a log.

Where our own stream is a terminal the program gets a pseudo-terminal that behaves as the real one does.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

from publisher.probe.log import Log

PASSED_ON = (
    "SIGINT",
    "SIGQUIT",
    "SIGTERM",
    "SIGHUP",
    "SIGUSR1",
    "SIGUSR2",
)  #: signals that are for the program


class Streams:
    """Our stdout and stderr as the program sees them, each copied on by a thread.

    Where both lead to the same place they are one stream, so that what is written to them keeps its order; the
    log of stdout then holds both.
    """

    def __init__(self, stdout: Log, stderr: Log) -> None:
        self.outlets = [(1, stdout)] if _same_place(1, 2) else [(1, stdout), (2, stderr)]
        self.sources: list[int] = []  #: what we read from, as long as no thread does
        self.copied: list[int] = []  #: what the threads read from; each closes its own
        self.ends: list[int] = []  #: what the program writes to
        self.terminals: list[_Terminal] = []
        self.threads: list[threading.Thread] = []
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

    def flow(self) -> None:
        """Begin to copy. Our copies of the program's ends are closed, so that their end can be seen."""
        for end in self.ends:
            os.close(end)
        self.ends = []
        for source, (outlet, log) in zip(self.sources, self.outlets, strict=True):
            mirror = next((each.mirror for each in self.terminals if each.ours == source), _nothing)
            arguments = (source, outlet, log, self.stop[0], mirror)
            thread = threading.Thread(target=_copy, args=arguments, daemon=True)
            thread.start()
            self.threads.append(thread)
        self.copied, self.sources = self.sources, []

    def drained(self, patience: float) -> bool:
        """Wait until everything has been copied; False when others still hold a stream open after a while.

        Those processes keep their outlet: a copier of its own stays with them until they end.
        """
        until = time.monotonic() + patience
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
        held = [
            (source, outlet)
            for thread, source, (outlet, _) in zip(self.threads, self.copied, self.outlets, strict=True)
            if thread.is_alive()
        ]
        if held and sys.platform != "win32":
            os.write(self.stop[1], b"stop")
            for thread in self.threads:
                thread.join()
            _leave_copier(held)
            self.sources = [source for source, _ in held]
        return not held

    def __exit__(self, *_: object) -> None:
        for terminal in self.terminals:
            terminal.restore()
        for each in (*self.ends, *self.sources, *self.stop):
            with contextlib.suppress(OSError):
                os.close(each)


def _same_place(one: int, other: int) -> bool:
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


def _copy(source: int, outlet: int, log: Log, stop: int, mirror: Callable[[], None] = _nothing) -> None:
    """Copy a stream on and into a log until its end, or until `stop` can be read.

    At its end the source is closed. A reader of ours who left is felt by the program as it would be without
    us, because then the source is closed as well.
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


def _leave_copier(held: Sequence[tuple[int, int]]) -> None:
    """Leave a process that copies on what others still write, so that our end does not end them."""
    if sys.platform == "win32":
        return
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads exist; the child only reads and writes
        if os.fork():
            return
    try:
        os.setsid()
        for name in PASSED_ON:
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        copiers = [
            threading.Thread(target=_copy, args=(source, outlet, Log(0), -1)) for source, outlet in held
        ]
        for each in copiers:
            each.start()
        for each in copiers:
            each.join()
    finally:
        os._exit(0)
