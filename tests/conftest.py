"""What tests share: a machine that knows nothing of its user, and a project on it.

`project` is a real git repository; every command that is run in it is a real process.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# A slow machine is no bug.
hypothesis.settings.register_profile("publisher", deadline=None)
hypothesis.settings.load_profile("publisher")

# Who starts the tests in the background may have keys ignored, and every child would inherit that.
for _name, _handler in (
    ("SIGINT", signal.default_int_handler),
    ("SIGQUIT", signal.SIG_DFL),
    ("SIGHUP", signal.SIG_DFL),
):
    _signal = getattr(signal, _name, None)
    if _signal is not None and signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, _handler)

GIT_SETTINGS = """\
[user]
    name = Ada Example
    email = ada@example.org
[init]
    defaultBranch = main
[commit]
    gpgsign = false
[tag]
    gpgsign = false
[core]
    autocrlf = false
    fsync = none
[gc]
    auto = 0
[maintenance]
    auto = false
[advice]
    detachedHead = false
[protocol "file"]
    allow = always
[safe]
    directory = *
"""
FIRST_COMMIT = 1_764_000_000  #: seconds since 1970, 2025-11-24T16:00:00Z; each commit is a minute later

_FROM_OUTSIDE = ("GIT_", "PUBLISHER_", "SLURM_", "PBS_", "XDG_")
_ALSO = (
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "FORCE_COLOR",
    "NO_COLOR",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONWARNINGS",
    "EDITOR",
)
_KEPT = ("PUBLISHER_CHROMIUM",)


@pytest.fixture(scope="session")
def _git_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = tmp_path_factory.mktemp("git") / "config"
    settings.write_text(GIT_SETTINGS, encoding="utf-8")
    return settings


@pytest.fixture(autouse=True)
def home(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, _git_settings: Path
) -> Path:
    """An empty home, so that no test sees the settings of whoever runs it.

    `python` is the interpreter of the tests, whatever the system calls its own.
    """
    folder = tmp_path_factory.mktemp("home")
    for name in os.environ:
        if (name.startswith(_FROM_OUTSIDE) or name in _ALSO) and name not in _KEPT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / ".config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(_git_settings))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    return folder


class ProjectFolder:
    """A git repository with a space in its name, a fixed author and fixed dates; nothing committed yet."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._commits = 0
        root.mkdir(parents=True)
        self.git("init", "--quiet", "--template=")

    def write(self, **files: str) -> None:
        """Write files at the top: `heat_py="…"` is the text of `heat.py`.

        Text is written as it stands: UTF-8, no line end translated.
        """
        self.write_files({".".join(name.rsplit("_", 1)): text for name, text in files.items()})

    def write_files(self, files: Mapping[str, str | bytes]) -> None:
        """Write files by their paths: `{"out/a.csv": "…"}`. Folders are made."""
        for path, content in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, message: str = "work", **files: str) -> str:
        """Write files, commit all that is there, and give the commit's id. An empty commit is one too."""
        self.write(**files)
        moment = f"{FIRST_COMMIT + 60 * self._commits} +0000"
        self._commits += 1
        dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", message, env=dates)
        return self.git("rev-parse", "HEAD")

    def git(self, *words: str) -> str:
        """What git answers, without the last line end; its complaint is an error."""
        return self._git(*words).removesuffix("\n")

    def _git(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env={**os.environ, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
        )
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
        return done.stdout

    def publisher(
        self,
        *words: str | Path,
        input: str | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line as a process of its own.

        Args:
            words: What is typed behind `publisher`.
            input: What is typed into it; nothing, and the end of it, unless given.
            cwd: Where; the top of the repository unless given.
            env: Variables beside those of the test.
        """
        return subprocess.run(
            [sys.executable, "-m", "publisher", *map(str, words)],
            input="" if input is None else input,
            cwd=cwd or self.root,
            env={**os.environ, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    def records(self) -> list[Path]:
        """The files of all records, the oldest first; also those of one second."""

        def started(path: Path) -> tuple[bytes, str]:
            told = re.search(rb"^started: (.*)$", path.read_bytes(), re.MULTILINE)
            return (told[1] if told else b"", path.name)

        return sorted(self.root.glob("records/runs/*/*.yml"), key=started)

    def record(self) -> dict[str, Any]:
        """The newest record, as another reader than ours sees it."""
        from ruamel.yaml import YAML

        files = self.records()
        assert files, "no run left a record"
        content: dict[str, Any] = YAML(typ="safe", pure=True).load(files[-1].read_text(encoding="utf-8"))
        return content


@pytest.fixture
def project(home: Path, tmp_path: Path) -> Iterator[ProjectFolder]:
    """A repository in a folder whose name holds a space."""
    yield ProjectFolder(tmp_path / "heat study")
