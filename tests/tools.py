"""Where the system's programs are that tests use; a test without its program says which, and how to get it.

On a person's machine such a test is skipped. In CI (the variable `CI` is set) it fails: there a missing
program means that nobody looked.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec import Struct

BROWSER_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_BROWSER_NAMES = (
    "chromium-headless-shell",  # without windows: tests of pages take two thirds of the time
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
    "chrome",
)
_MAC_BROWSERS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
_WINDOWS_BROWSERS = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)


class Source(Struct, frozen=True, kw_only=True):
    """How a program is had on the three kinds of system."""

    debian: str
    macos: str
    windows: str

    def on(self, system: str) -> str:
        """The command for a system, as `sys.platform` names it."""
        if system == "darwin":
            return self.macos
        return self.windows if system == "win32" else self.debian


SOURCES = {
    "chromium": Source(
        debian="make system-tools",
        macos="brew install --cask google-chrome",
        windows="winget install Google.Chrome",
    ),
    "git": Source(
        debian="make system-tools",
        macos="brew install git",
        windows="winget install Git.Git",
    ),
    "git-lfs": Source(
        debian="make system-tools",
        macos="brew install git-lfs",
        windows="winget install GitHub.GitLFS",
    ),
    "git-annex": Source(
        debian="make system-tools",
        macos="brew install git-annex",
        windows="see https://git-annex.branchable.com/install/Windows/",
    ),
    "make": Source(
        debian="apt-get install make",
        macos="xcode-select --install",
        windows="winget install GnuWin32.Make",
    ),
    "Rscript": Source(
        debian="make system-tools",
        macos="brew install r",
        windows="winget install RProject.R",
    ),
    "gcc": Source(
        debian="make system-tools",
        macos="xcode-select --install",
        windows="winget install BrechtSanders.WinLibs.POSIX.UCRT",
    ),
    "gfortran": Source(
        debian="make system-tools",
        macos="brew install gcc",
        windows="winget install BrechtSanders.WinLibs.POSIX.UCRT",
    ),
    "mpicc": Source(
        debian="make system-tools",
        macos="brew install open-mpi",
        windows="winget install Microsoft.MSMPI",
    ),
    "mpirun": Source(
        debian="make system-tools",
        macos="brew install open-mpi",
        windows="winget install Microsoft.MSMPI",
    ),
    "pdflatex": Source(
        debian="apt-get install texlive-latex-recommended",
        macos="brew install --cask mactex-no-gui",
        windows="winget install MiKTeX.MiKTeX",
    ),
}


def need(tool: str) -> str:
    """The path of a program; where there is none, the test ends here.

    Args:
        tool: The program's name, as it is typed.
    """
    found = shutil.which(tool)
    return found if found else _missing(tool)


def chromium() -> str:
    """The path of a browser of Chromium's family; where there is none, the test ends here."""
    found = browser(os.environ, sys.platform)
    return found if found else _missing("chromium")


def browser(
    environment: Mapping[str, str], system: str, applications: Path = Path("/Applications")
) -> str | None:
    """The first browser that is there: the one `PUBLISHER_CHROMIUM` names, one on PATH, one in a usual place.

    Args:
        environment: Variables, as in `os.environ`.
        system: As `sys.platform` names it.
        applications: Where macOS keeps them.
    """
    chosen = environment.get("PUBLISHER_CHROMIUM")
    if chosen:
        return shutil.which(chosen, path=environment.get("PATH"))
    for name in _BROWSER_NAMES:
        found = shutil.which(name, path=environment.get("PATH", ""))
        if found:
            return found
    places: list[Path] = []
    if system == "darwin":
        places = [applications / each for each in _MAC_BROWSERS]
    elif system == "win32":
        folders = [Path(environment[each]) for each in _WINDOWS_FOLDERS if environment.get(each)]
        places = [folder / each for folder in folders for each in _WINDOWS_BROWSERS]
    return next((str(each) for each in places if each.is_file()), None)


def advice(tool: str, system: str) -> str:
    """What is missing and how to get it, as a sentence."""
    source = SOURCES.get(tool)
    how = f"get it with `{source.on(system)}`" if source else "install it and put it on PATH"
    also = ", or name a browser in PUBLISHER_CHROMIUM" if tool == "chromium" else ""
    return f"this test needs {tool}, which is not here: {how}{also}"


def _missing(tool: str) -> NoReturn:
    sentence = advice(tool, sys.platform)
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
