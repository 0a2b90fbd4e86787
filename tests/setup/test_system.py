"""System packages are looked for, and installed only when that is allowed. dpkg and apt are small programs here."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from publisher.model.project import Project, Settings
from publisher.probe import debian
from publisher.setup import system
from tests.factory import posix

pytestmark = posix


def project(*packages: str) -> Project:
    return Project(root=Path("/"), settings=Settings(environment={"apt": list(packages)}), configured=True)


@pytest.fixture
def debianlike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose packages are lines `name version` of a file; `broken` is one that no mirror has."""
    installed, programs = tmp_path / "installed", tmp_path / "bin"
    installed.write_text("gcc 4:12.2\nlibfoo:arm64 1.0\n")
    programs.mkdir()
    query = f"""\
import sys
for line in open({str(installed)!r}):
    name, version = line.split()
    if name == sys.argv[-1]:
        print("installed", version)
        sys.exit(0)
sys.exit(1)
"""
    get = f"""\
import sys
print("a talkative program")
with open({str(tmp_path / "asked")!r}, "a") as asked:
    asked.write(" ".join(sys.argv[1:]) + "\\n")
for word in sys.argv[2:] if sys.argv[1] == "install" else []:
    if word == "broken":
        sys.exit(100)
    if not word.startswith("-"):
        open({str(installed)!r}, "a").write(word.partition("=")[0] + " " + (word.partition("=")[2] or "1") + "\\n")
"""
    for name, text in (("dpkg-query", query), ("apt-get", get)):
        (programs / name).write_text(f"#!{sys.executable}\n{text}")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def states(pieces: list[system.Piece]) -> dict[str, str]:
    return {each.name: each.state for each in pieces}


def test_what_is_installed_and_what_is_not(debianlike: Path) -> None:
    found = system.here(project("gcc", "gfortran", "gcc=4:12.2", "gcc=5", "libfoo:arm64"))
    assert states(found) == {
        "gcc": "right",
        "gfortran": "missing",
        "gcc=4:12.2": "right",
        "gcc=5": "missing",
        "libfoo:arm64": "right",
    }
    command = "sudo apt-get install --yes --no-install-recommends gfortran gcc=5"
    assert all(command in each.hint for each in found if each.state == "missing")
    assert not (debianlike / "asked").exists()


def test_nothing_is_installed_unless_that_is_allowed(debianlike: Path) -> None:
    assert states(system.installed(project("gfortran"), allowed=False)) == {"gfortran": "unavailable"}
    assert not (debianlike / "asked").exists()


def test_only_root_installs(debianlike: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (piece,) = system.installed(project("gfortran"), allowed=True)
    assert piece.state == "unavailable" and "root" in piece.told and piece.hint.startswith("sudo apt-get")
    assert not (debianlike / "asked").exists()


def test_what_is_missing_is_installed_and_nothing_else(
    debianlike: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = system.installed(project("gcc", "gfortran"), allowed=True)
    assert states(found) == {"gcc": "right", "gfortran": "done"}
    assert (debianlike / "asked").read_text().splitlines()[
        -1
    ] == "install --yes --no-install-recommends gfortran"
    assert capfd.readouterr().out == "", "what apt says is no answer of ours"


def test_what_apt_cannot_install_is_said(debianlike: Path) -> None:
    (piece,) = system.installed(project("broken"), allowed=True)
    assert piece.state == "unavailable" and "apt-get ended with 100" in piece.told


def test_a_system_of_another_kind_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (piece,) = system.here(project("gfortran"))
    assert piece.state == "unavailable" and piece.hint
    assert system.here(project()) == []


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="a Debian is looked at")
def test_a_real_dpkg_is_understood() -> None:
    assert debian.missing(["dpkg", "no-such-package-1", "dpkg=0"]) == ["no-such-package-1", "dpkg=0"]
