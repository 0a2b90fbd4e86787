"""A Python interpreter, asked what it is; and what is only called so."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from publisher.probe.interpreter import answered, asked
from tests.factory import posix


def test_an_interpreter_says_its_version_and_where_it_looks(tmp_path: Path) -> None:
    found = asked([sys.executable, "heat.py"], tmp_path)
    assert found is not None
    assert (found.version, found.implementation) == (platform.python_version(), sys.implementation.name)
    assert any(each.endswith("site-packages") for each in found.search_path)


@pytest.mark.parametrize(
    "answer", [b"", b"\0", b"3.11.7\0", b"Python\0cpython\0", b"3.11.7 cpython", b"\xff\0\0"]
)
def test_not_every_answer_is_one(answer: bytes) -> None:
    assert answered(answer) is None


@posix
def test_what_is_only_called_python_says_nothing(tmp_path: Path) -> None:
    program = tmp_path / "python-like" / "python3"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert asked([str(program), "heat.py"], tmp_path) is None
    assert asked(["cp", "in.csv", str(program)], tmp_path) is None
