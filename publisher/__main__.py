"""The doorstep: the command line as a process."""

from __future__ import annotations

import sys


def command() -> None:
    """Run `publisher` and end as it ended; a program that a signal ended ends us by the same signal."""
    try:
        _load_msgspec_without_its_luxury()
        from publisher.cli.main import main

        code = main(sys.argv[1:])
    except KeyboardInterrupt:  # before main could see to it
        code = 130
    end = getattr(code, "end_by_signal", None)
    if end is not None:
        end()
    sys.exit(code)


def _load_msgspec_without_its_luxury() -> None:
    """Load msgspec as it is where typing_extensions is not installed.

    Where it is, msgspec imports it for names that this Python's own `typing` has, and that costs as much time
    as starting Python does, in front of every program that is run through us.
    """
    hidden = sys.modules.setdefault("typing_extensions", None)  # type: ignore[arg-type]
    try:
        import msgspec  # noqa: F401
    finally:
        if hidden is None:
            del sys.modules["typing_extensions"]


if __name__ == "__main__":
    command()
