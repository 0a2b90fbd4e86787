"""Names of signals and their numbers, also of those to which Python gives no name. Pure."""

from __future__ import annotations

import re
import signal

_REAL_TIME = r"SIGRT(?P<end>MIN|MAX)(?P<offset>[+-]\d{1,2})"
_NUMBERED = r"SIG(?P<number>\d{1,3})"


def signal_name(number: int) -> str:
    """Return the name of a signal as `kill -l` of bash prints it.

    Args:
        number: Of the signal, positive.

    Returns:
        `SIGTERM`; `SIGRTMIN+6` or `SIGRTMAX-3` for a real-time signal, counted from the nearer end; `SIG33` for a
        number that has no name (the C library keeps two for itself, and other systems have others).
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        pass
    first, last = getattr(signal, "SIGRTMIN", 0), getattr(signal, "SIGRTMAX", 0)
    if not first < number < last:
        return f"SIG{number}"
    return (
        f"SIGRTMIN+{number - first}" if number - first <= (last - first) // 2 else f"SIGRTMAX-{last - number}"
    )


def signal_number(name: str) -> int | None:
    """Return the number of a signal on this machine; None when the name means none here."""
    found = getattr(signal, name, None) if name.startswith("SIG") else None
    if isinstance(found, signal.Signals):
        return int(found)
    if read := re.fullmatch(_REAL_TIME, name):
        end = getattr(signal, f"SIGRT{read['end']}", None)
        return None if end is None else int(end) + int(read["offset"])
    read = re.fullmatch(_NUMBERED, name)
    return int(read["number"]) if read else None
