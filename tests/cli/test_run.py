"""`publisher run`: what it refuses before a program is started."""

from __future__ import annotations

import pytest

from tests.conftest import ProjectFolder


@pytest.mark.parametrize("option", ["--reason", "--label", "--tag"])
def test_a_text_that_nobody_would_read_is_refused_before_the_program_starts(
    option: str, project: ProjectFolder
) -> None:
    project.commit(sim_py="open('ran', 'w')\n")
    done = project.publisher("run", option, "é" * (32 * 1024) + "x", "--", "python", "sim.py")
    assert done.returncode == 2 and f"{option}: 65537 bytes are too many (at most 65536)" in done.stderr
    assert not (project.root / "ran").exists() and project.records() == []
    assert project.publisher("run", option, "x" * 65536, "--", "python", "sim.py").returncode == 0
