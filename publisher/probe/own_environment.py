"""The environment that this process was started with, kept from the eyes of other processes of the same user.

`/proc/PID/environ` and, on macOS, `ps -E` show the block of memory that a process was started with, whatever
`os.environ` says since. It does not know which variables are secrets: none is left there.
"""

from __future__ import annotations

import os
import sys

_DUMPABLE = 4  # of prctl
_ENVIRONMENT_BEGINS, _ENVIRONMENT_ENDS = 50, 51  # fields of /proc/PID/stat


def hide_environment() -> None:
    """Erase the block of variables that this process was started with; `os.environ` stays as it is.

    On Linux, other processes without CAP_SYS_PTRACE may then neither read our memory nor trace us. Does nothing on
    Windows, where nobody reads the block of another process without its memory.
    """
    if sys.platform == "win32":
        return
    import ctypes

    libc = ctypes.CDLL(None)
    erased = _initial_block() if sys.platform == "linux" else _strings(libc)
    if sys.platform == "linux":
        libc.clearenv()  # also of entries that are no variables, which nobody else removes
    for name, value in dict(os.environb).items():  # the C library gets copies, in other memory
        if name:
            os.unsetenv(name)
            os.putenv(name, value)
    current = [address for address, _ in _strings(libc)]
    for start, length in erased:
        if not any(start <= address < start + length for address in current):
            ctypes.memset(start, 0, length)
    if sys.platform == "linux":
        libc.prctl(_DUMPABLE, 0)


def _initial_block() -> list[tuple[int, int]]:
    """Address and length in bytes of what /proc/PID/environ shows."""
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()  # the third field is the first behind the name
    start, end = (int(fields[number - 3]) for number in (_ENVIRONMENT_BEGINS, _ENVIRONMENT_ENDS))
    return [(start, end - start)] if 0 < start < end else []


def _strings(libc: object) -> list[tuple[int, int]]:
    """Address and length in bytes of each variable as the C library has it."""
    import ctypes

    pointers = ctypes.POINTER(ctypes.c_void_p)
    if sys.platform == "darwin":
        libc._NSGetEnviron.restype = ctypes.POINTER(pointers)  # type: ignore[attr-defined]
        environ = libc._NSGetEnviron().contents  # type: ignore[attr-defined]
    else:
        environ = pointers.in_dll(libc, "environ")  # type: ignore[arg-type]
    found = []
    at = 0
    while environ and (address := environ[at]):
        found.append((address, len(ctypes.string_at(address))))
        at += 1
    return found
