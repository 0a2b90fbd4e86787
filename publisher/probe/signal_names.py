"""Names of signals, those for real-time use included, for which Python's `signal.Signals` has none."""

from __future__ import annotations

import signal


def signal_name(number: int) -> str:
    """Return the name of a signal: `SIGTERM`; `SIGRTMIN+6` for a real-time signal, as procps writes it.

    Args:
        number: The signal's number on this system.

    Returns:
        Its name; `SIG` and the number where the system has no name for it.
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        pass
    lowest, highest = getattr(signal, "SIGRTMIN", None), getattr(signal, "SIGRTMAX", None)
    if lowest is not None and highest is not None and lowest < number < highest:
        return f"SIGRTMIN+{number - lowest}"
    return f"SIG{number}"
