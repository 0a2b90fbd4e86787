"""The look for the system's programs: found where they are, and missed out loud."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests import tools


def program(path: Path) -> str:
    """A file that can be run, in a folder that is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def executable(name: str) -> str:
    return f"{name}.exe" if os.name == "nt" else name


def test_a_browser_on_the_path_is_found(tmp_path):
    edge = program(tmp_path / executable("microsoft-edge"))
    found = tools.browser({"PATH": str(tmp_path)}, "linux")
    assert found is not None
    assert os.path.normcase(found) == os.path.normcase(edge)


def test_chromium_is_preferred_to_the_others(tmp_path):
    program(tmp_path / executable("google-chrome"))
    wanted = program(tmp_path / executable("chromium"))
    assert os.path.normcase(tools.browser({"PATH": str(tmp_path)}, "linux") or "") == os.path.normcase(wanted)


def test_a_browser_without_windows_is_preferred_to_all(tmp_path):
    program(tmp_path / executable("chromium"))
    wanted = program(tmp_path / executable("chromium-headless-shell"))
    assert os.path.normcase(tools.browser({"PATH": str(tmp_path)}, "linux") or "") == os.path.normcase(wanted)


def test_the_browser_that_is_named_wins(tmp_path):
    program(tmp_path / "bin" / executable("chromium"))
    mine = program(tmp_path / executable("my browser"))
    environment = {"PATH": str(tmp_path / "bin"), "PUBLISHER_CHROMIUM": mine}
    assert tools.browser(environment, "linux") == mine


def test_a_named_browser_that_is_not_there_is_not_replaced_by_another(tmp_path):
    program(tmp_path / executable("chromium"))
    environment = {"PATH": str(tmp_path), "PUBLISHER_CHROMIUM": str(tmp_path / "gone")}
    assert tools.browser(environment, "linux") is None


def test_the_usual_places_of_macos_are_looked_at(tmp_path):
    chrome = program(tmp_path / "Google Chrome.app/Contents/MacOS/Google Chrome")
    assert tools.browser({"PATH": ""}, "darwin", tmp_path) == chrome


def test_the_usual_places_of_windows_are_looked_at(tmp_path):
    edge = program(tmp_path / "Microsoft/Edge/Application/msedge.exe")
    assert tools.browser({"PATH": "", "PROGRAMFILES(X86)": str(tmp_path)}, "win32") == edge


def test_without_a_browser_there_is_none(tmp_path):
    assert tools.browser({"PATH": str(tmp_path)}, "linux") is None


def test_a_missing_program_skips_the_test_with_advice(monkeypatch, tmp_path):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="needs gfortran, which is not here: get it with"):
        tools.need("gfortran")


@pytest.mark.parametrize("value", ["true", "1"])
def test_a_missing_program_fails_the_test_in_ci(monkeypatch, tmp_path, value):
    monkeypatch.setenv("CI", value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match="needs mpirun"):
        tools.need("mpirun")


def test_a_missing_browser_is_missed_by_name(monkeypatch, tmp_path):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("PUBLISHER_CHROMIUM", str(tmp_path / "gone"))
    with pytest.raises(
        pytest.fail.Exception, match=r"needs chromium.*or name a browser in PUBLISHER_CHROMIUM"
    ):
        tools.chromium()


def test_a_program_that_nobody_listed_is_still_missed_in_a_sentence():
    assert tools.advice("frobnicate", "linux").endswith("install it and put it on PATH")


@pytest.mark.parametrize(
    ("system", "how"),
    [("linux", "make system-tools"), ("darwin", "brew install"), ("win32", "winget install")],
)
def test_the_advice_is_for_this_system(system, how):
    assert how in tools.advice("chromium", system)
