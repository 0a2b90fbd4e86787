"""A process that starts a program, waits for it, ends all that it started: for `publisher.probe.held`.

It is run as a script, by an interpreter that loads nothing else, and is small so that the memory which it takes is
not taken for the program's. What to do comes in on stdin, as one line of JSON; the end of stdin ends the program.
What happened goes out on the descriptor that the first argument names. POSIX only.

Where the wish says so, the program runs in a PID namespace: this process makes it and forks its first process,
which has a /proc of its own, supervises the program, and reaps what loses its parent. With its end the kernel ends
whatever is left.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import re
import select
import signal
import struct
import sys
import time
import warnings  # noqa: F401 - `os.execvpe` loads it, when our own files may be covered already

TYPE_CHECKING = False  # `typing` takes a tenth of our start
if TYPE_CHECKING:
    from typing import Any

GRACE = 2.0  #: seconds from the polite signal to the last one, and for what goes on after the program's end

_SUBREAPER, _DIE_WITH_PARENT, _DUMPABLE = 36, 1, 4  # of prctl
_NEW_MOUNTS, _NEW_USER, _NEW_PROCESSES, _NEW_NETWORK = 0x00020000, 0x10000000, 0x20000000, 0x40000000
_READ_ONLY, _REMOUNT, _BIND, _ALL_BELOW, _PRIVATE = 1, 32, 4096, 16384, 1 << 18  # of mount
_KEPT_FLAGS = 2 | 4 | 8 | 1024 | 2048 | 1 << 21  # what nobody in a room of their own may take from a mount
_NO_PROGRAMS = 2 | 4 | 8  # of mount: no set-user-id, no devices, no execution
_DETACH = 2  # of umount2
_INTERNET, _DATAGRAM = 2, 2  # of socket
_GET_FLAGS, _SET_FLAGS, _IS_UP = 0x8913, 0x8914, 1  # of a network interface


def main(report: int) -> None:
    """Run one program to its end, or until whoever asked for it has had enough, or is gone."""
    wish = json.loads(sys.stdin.buffer.readline())
    os.set_inheritable(report, False)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a program may send it, and nobody presses a key for us
    if wish["processes"]:
        try:
            _become_first_process(report, network=not wish["alone"])
        except OSError as error:
            _report(report, {"errno": error.errno, "problem": error.strerror or str(error)})
            return
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_SUBREAPER, 1)
        libc.prctl(_DUMPABLE, 0)  # the program neither reads our memory nor traces us
    _supervise(wish, report)


def _become_first_process(report: int, *, network: bool) -> None:
    """Go on as the first process of a new PID namespace; the process that called waits for that one, and ends.

    Raises:
        OSError: The system does not let us.
    """
    apart(network=network, mounts=False, processes=True)
    first = os.fork()
    if first:
        os.closerange(0, report + 1)  # whoever reads the program's output sees its end when it comes
        os._exit(0 if os.waitpid(first, 0)[1] == 0 else 1)
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    own_proc()


def _report(descriptor: int, told: dict[str, Any]) -> None:
    os.write(descriptor, json.dumps(told).encode() + b"\n")


def _supervise(wish: dict[str, Any], report: int) -> None:
    """Start the program, wait for it, end what it leaves, and report."""
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(wish, report)
    for descriptor in (1, 2):
        os.close(descriptor)

    status: int | None = None
    used: Any = None
    kill_at: float | None = None  #: when the program was told to end, and has not
    while status is None:
        for pid, code, usage in _ended():
            if pid == child:
                status, used = code, usage
        if status is None and kill_at is None and _stop_wanted(ended, None):
            kill_at = time.monotonic() + GRACE
            _signal(child, signal.SIGTERM)
        elif status is None and kill_at is not None:
            _pause(ended, 0.05)
            if time.monotonic() > kill_at:
                _signal(child, signal.SIGKILL)
    over = time.monotonic()
    while _is_left(child) and time.monotonic() < over + GRACE and not _stop_wanted(ended, 0.05):
        _ended()
    left = _is_left(child)
    while _is_left(child):  # each round ends our children, and theirs become ours
        _signal(child, signal.SIGKILL)
        _pause(ended, 0.05)
        _ended()
    told = {
        "status": status,
        "duration": over - started,
        "cpu_time": used.ru_utime + used.ru_stime,
        "peak_memory": used.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        "left_running": left,
    }
    _report(report, told)


def _become(wish: dict[str, Any], report: int) -> None:
    """Be the program. Does not return."""
    try:
        os.setsid()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python; and what is ignored stays so
            signal.signal(ignored, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        # In a PID namespace, mounts and network are those of its first process: they are apart already.
        if not wish["processes"] and (wish["alone"] or wish["binds"]):
            ctypes.CDLL(None).prctl(_DUMPABLE, 1)  # else we may not say who we are in a namespace
            apart(network=not wish["alone"], mounts=bool(wish["binds"]))
        if wish["binds"]:
            with contextlib.suppress(OSError):  # then it finds what everybody finds
                bind(wish["binds"])
        os.chdir(wish["directory"])
        if wish["memory"] is not None:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (wish["memory"], wish["memory"]))
        command, environment = wish["command"], wish["environment"]
        try:
            os.execvpe(command[0], command, environment)
        except OSError as error:
            if error.errno != errno.ENOEXEC:
                raise
            os.execve("/bin/sh", ["sh", *command], environment)  # without `#!`, as a shell does it
    except OSError as error:
        _report(report, {"errno": error.errno, "problem": error.strerror or str(error)})
    finally:
        os._exit(127)


def without_network() -> None:
    """Leave every network but a loopback of our own; the user's id stays. Linux only.

    Raises:
        OSError: The system does not let us.
    """
    apart(network=False, mounts=False)


def apart(*, network: bool, mounts: bool, processes: bool = False) -> None:
    """Leave what is shared with the others of this system; the user's id stays. Linux only.

    Args:
        network: Whether the network stays; else there is but a loopback of our own.
        mounts: Whether what is mounted from now on is only for us and for those that we start.
        processes: Whether the processes that we start from now on see each other and no others; the first of them
            calls `own_proc`.

    Raises:
        OSError: The system does not let us.
    """
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    rooms = (0 if network else _NEW_NETWORK) | (_NEW_MOUNTS if mounts else 0)
    rooms |= _NEW_PROCESSES if processes else 0
    if libc.unshare(
        rooms
    ):  # only root may; others may where they first become somebody in a room of their own
        if libc.unshare(_NEW_USER | rooms):
            raise OSError(ctypes.get_errno(), "it cannot be held apart")
        maps = {"setgroups": "deny", "uid_map": f"{user} {user} 1", "gid_map": f"{group} {group} 1"}
        for name, text in maps.items():
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    if not network:
        _loopback_up()
    if mounts:
        _mount("none", "/", _ALL_BELOW | _PRIVATE)  # what is mounted from now on is not seen outside


def _loopback_up() -> None:
    import fcntl

    libc = ctypes.CDLL(None, use_errno=True)
    asked = libc.socket(
        _INTERNET, _DATAGRAM, 0
    )  # the module `socket` takes as long to load as the interpreter
    if asked < 0:
        raise OSError(ctypes.get_errno(), "no loopback can be had")
    try:
        interface = fcntl.ioctl(asked, _GET_FLAGS, struct.pack("16sH22x", b"lo", 0))
        (flags,) = struct.unpack_from("H", interface, 16)
        fcntl.ioctl(asked, _SET_FLAGS, struct.pack("16sH22x", b"lo", flags | _IS_UP))
    finally:
        os.close(asked)


def bind(binds: list[tuple[str, str, bool]]) -> None:
    """Have folders found at other places as well, all of them or none. Within `apart` with mounts only.

    Args:
        binds: Folder, the place where it is found too (a folder that is there), whether it may be written there.
            What is named first is there before what comes next; one below a place that is covered is what it was.

    Raises:
        OSError: The system does not let us; everything is where it was.
    """
    flags = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC
    opened, done = [], []
    try:
        for folder, _, _ in binds:
            opened.append(os.open(folder, flags))
        for descriptor, (_, place, writable) in zip(opened, binds, strict=True):
            _mount(f"/proc/self/fd/{descriptor}", place, _BIND | _ALL_BELOW)
            done.append(place)
            if not writable:
                kept = os.statvfs(place).f_flag & _KEPT_FLAGS
                _mount("none", place, _REMOUNT | _BIND | _READ_ONLY | kept)
    except OSError:
        for place in reversed(done):
            ctypes.CDLL(None).umount2(os.fsencode(place), _DETACH)
        raise
    finally:
        for descriptor in opened:
            os.close(descriptor)


def own_proc() -> None:
    """Replace every /proc by one that shows our PID namespace alone; for its first process. Linux only.

    Raises:
        OSError: The system does not let us.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS):
        raise OSError(ctypes.get_errno(), "it cannot be held apart")
    _mount("none", "/", _ALL_BELOW | _PRIVATE)
    with open("/proc/self/mountinfo", "rb") as file:
        places = proc_mounts(file.read())
    for place in dict.fromkeys([*places, "/proc"]):
        # Nothing shall lie below: root could take ours away. Another user neither can, nor may do this.
        libc.umount2(os.fsencode(place), _DETACH)
        _mount("proc", place, _NO_PROGRAMS, "proc")


def proc_mounts(mountinfo: bytes) -> list[str]:
    """Where processes can be looked at: the mounts of a whole proc, and of the folder of a process."""
    found = []
    for line in mountinfo.splitlines():
        mount, _, source = line.partition(b" - ")
        root, place = mount.split(b" ")[3:5]
        if source.split(b" ")[0] == b"proc" and (root == b"/" or root[1:2].isdigit()):
            unescaped = re.sub(rb"\\([0-7]{3})", lambda digits: bytes([int(digits[1], 8)]), place)
            found.append(os.fsdecode(unescaped))
    return found


def _mount(source: str, place: str, flags: int, kind: str | None = None) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    named = None if kind is None else kind.encode()
    if libc.mount(os.fsencode(source), os.fsencode(place), named, ctypes.c_ulong(flags), None):
        raise OSError(ctypes.get_errno(), "cannot be mounted", place)


def tried() -> list[str]:
    """What this system lets us hold apart: `network`, `mounts`, `processes`; tried by children of ours."""
    every = ["network", "mounts", "processes"]
    return every if _works(every) else [name for name in every if _works([name])]


def _works(names: list[str]) -> bool:
    child = os.fork()
    if child == 0:
        try:
            processes = "processes" in names
            mounts = "mounts" in names and not processes
            apart(network="network" not in names, mounts=mounts, processes=processes)
            if processes:
                first = os.fork()
                if first:
                    os._exit(0 if os.waitpid(first, 0)[1] == 0 else 1)
                own_proc()
                if os.readlink("/proc/self") != "1":
                    os._exit(1)
            if "mounts" in names:
                folder = os.path.dirname(os.path.abspath(__file__))
                bind([(folder, folder, False)])
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _ended() -> list[tuple[int, int, Any]]:
    """The children that have ended: id, status, and what they used."""
    found = []
    with contextlib.suppress(ChildProcessError):
        while (one := os.wait4(-1, os.WNOHANG))[0]:
            found.append(one)
    return found


def _pause(ended: int, patience: float | None, *also: int) -> list[int]:
    """Wait until a child has ended, or something can be read, or patience is over."""
    ready = select.select([ended, *also], [], [], patience)[0]
    if ended in ready:
        os.read(ended, 4096)
    return ready


def _stop_wanted(ended: int, patience: float | None) -> bool:
    """Wait for one of both; whether stdin has come to its end."""
    return 0 in _pause(ended, patience, 0)


def _children() -> list[int]:
    """Our children. Where the system lets us, those are among them whose own parent has ended."""
    with contextlib.suppress(OSError), open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(each) for each in file.read().split()]
    return []


def _signal(child: int, number: int) -> None:
    """Send a signal to the program's process group, and to every child of ours."""
    with contextlib.suppress(OSError):
        os.killpg(child, number)
    for each in _children():
        with contextlib.suppress(OSError):
            os.kill(each, number)


def _is_left(child: int) -> bool:
    """Whether something that the program started still runs: a child of ours, or one of its group."""
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return True
    with contextlib.suppress(OSError):
        os.killpg(child, 0)
        return True
    return False


if __name__ == "__main__":
    if sys.argv[1] == "try":
        print(*tried())
    else:
        main(int(sys.argv[1]))
