"""A Python interpreter, asked what it is: for programs in which the witness could not speak."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from publisher.probe.testimony import Testimony

_QUESTION = (
    "import sys; "
    "print('%d.%d.%d' % sys.version_info[:3], sys.implementation.name, *sys.path[1:], sep='\\0', end='\\0')"
)


def asked(command: Sequence[str], directory: Path) -> Testimony | None:
    """What the interpreter that a command names says of itself; None when it does not answer.

    Args:
        command: A command of which one word is a Python interpreter.
        directory: Where the command starts.
    """
    program = next((word for word in command if os.path.basename(word).startswith(("python", "pypy"))), None)
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, "-c", _QUESTION], cwd=directory, capture_output=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    version, implementation, *search_path = os.fsdecode(answer.stdout).split("\0")[:-1]
    return Testimony(version=version, implementation=implementation, search_path=search_path)
