"""`publisher about`: what an issue should say, and nothing about the user."""

from __future__ import annotations

import platform
from pathlib import Path

from publisher import __version__
from tests.conftest import ProjectFolder


def test_versions_are_told(project: ProjectFolder) -> None:
    done = project.publisher("about")
    assert (done.returncode, done.stderr) == (0, "")
    told = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert told["publisher"] == __version__ and told["python"] == f"CPython {platform.python_version()}"
    assert told["git"].split(".")[0].isdigit() and told["terminal"] == "no"
    assert {"msgspec", "ruamel.yaml", "mkdocs", "system"} <= set(told)


def test_nothing_is_told_of_the_user(project: ProjectFolder, home: Path) -> None:
    told = project.publisher("about", env={"USER": "adaexample", "LOGNAME": "adaexample"}).stdout
    for private in ("adaexample", "Ada", str(home), str(project.root), platform.node() or "?"):
        assert private not in told


def test_without_git_it_is_said(project: ProjectFolder, tmp_path: Path) -> None:
    done = project.publisher("about", env={"PATH": str(tmp_path)})
    assert done.returncode == 0 and "git: git is not installed" in done.stdout
