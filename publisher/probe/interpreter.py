"""A Python interpreter, asked what it is: for programs in which the witness could not speak."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from publisher.model.launched import python_at
from publisher.probe.testimony import Testimony

PATIENCE = 20.0  #: seconds that an answer may take
QUESTION = (
    "import sys; "
    "print('%d.%d.%d' % sys.version_info[:3], sys.implementation.name, *sys.path[1:], sep='\\0', end='\\0')"
)  #: a program; `answered` reads what it prints


def asked(command: Sequence[str], directory: Path) -> Testimony | None:
    """What the interpreter that a command names says of itself; None when it does not answer.

    Args:
        command: A command of which one word is a Python interpreter.
        directory: Where the command starts.
    """
    at = python_at(command)
    if at is None:
        return None
    try:
        answer = subprocess.run(
            [command[at], "-c", QUESTION], cwd=directory, capture_output=True, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answered(answer.stdout)


def answered(answer: bytes) -> Testimony | None:
    """What an interpreter said of itself; None when that is no answer: not all that is called so is one."""
    version, implementation, *search_path = [*os.fsdecode(answer).split("\0")[:-1], "", ""]
    if not re.fullmatch(r"\d+\.\d+\.\d+", version) or not implementation:
        return None
    return Testimony(version=version, implementation=implementation, search_path=search_path[:-2])
