"""The commands that give a run what it needs besides its code: an environment, and data from the web. Pure.

They are for a person to paste into bash. What the record does not know is not promised; a name or a version that
no installer would take is left out, and said.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from publisher.model.environment import Environment
from publisher.model.locks import entered_by
from publisher.model.project import DataSource
from publisher.model.record import FileRef, Record
from publisher.publish import words

_PYTHON = re.compile(r"(?P<short>[23]\.\d{1,2})(?:\.\d{1,3})?(?:[^\d].*)?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.!+_-]*")
_ADDRESS = re.compile(r"https?://[^\s/]+\S*")
_OURS = "provenance-publisher"  #: which is there already, since the last command is its own
_ACTIVATE = entered_by("requirements.txt")


def _by_requirements(python: str) -> list[str]:
    return [_venv(python), _ACTIVATE, "uv pip install -r requirements.txt"]


#: Lock files that can be installed by one program, the most exact first -> its commands, of a version of Python.
_INSTALLED: dict[str, Callable[[str], list[str]]] = {
    "uv.lock": lambda python: ["uv sync --frozen", entered_by("uv.lock")],
    "pixi.lock": lambda python: ["pixi install --frozen", entered_by("pixi.lock")],
    "poetry.lock": lambda python: [_venv(python), _ACTIVATE, "poetry install"],
    "pdm.lock": lambda python: ["pdm sync", 'eval "$(pdm venv activate)"'],
    "Pipfile.lock": lambda python: [_venv(python), _ACTIVATE, "pipenv sync"],
    "conda-lock.yml": lambda python: [
        "conda-lock install -p ./.conda conda-lock.yml",
        entered_by("conda-lock.yml"),
    ],
    "requirements.txt": _by_requirements,
    "environment.yml": lambda python: [
        "conda env create -p ./.conda -f environment.yml",
        entered_by("environment.yml"),
    ],
}


def lock_of(environment: Environment | None, setting: str | Mapping[str, Any] | None) -> str:
    """The lock file that an environment is made from; empty when the run saw none that we know how to install.

    Args:
        environment: What the run saw.
        setting: What `environment:` in `publisher.yml` says; it decides between several.
    """
    seen = environment.locks if environment else {}
    named = setting.get("lock") if isinstance(setting, Mapping) else setting
    if named in _INSTALLED and named in seen:
        return str(named)
    return next((name for name in _INSTALLED if name in seen), "")


def environment_commands(record: Record, environment: Environment | None, lock: str) -> tuple[list[str], str]:
    """The commands that make a run's environment, in the project's folder; and what is to be said beside them.

    Args:
        record: The run.
        environment: What it saw around it; None when that is not known.
        lock: What `lock_of` says.
    """
    python = environment.python if environment else None
    read = _PYTHON.fullmatch(python.version) if python else None
    if lock:
        return _INSTALLED[lock](read["short"] if read else ""), ""
    if read is None:
        return [], ""
    imports = {name: version for name, version in record.imports.items() if name != _OURS}
    pins = [f"{name}=={version}" for name, version in imports.items() if _is_pin(name, version)]
    left = [name for name, version in imports.items() if not _is_pin(name, version)]
    lines = [_venv(read["short"]), _ACTIVATE]
    if pins:
        lines.append(words.command(["uv", "pip", "install", *pins]))
    note = f"Not installed, because no version is recorded that could be: {', '.join(left)}." if left else ""
    return lines, note


def _venv(python: str) -> str:
    return f"uv venv --python {python}" if python else "uv venv"


def _is_pin(name: str, version: str) -> bool:
    return bool(_NAME.fullmatch(name) and _VERSION.fullmatch(version))


def data_commands(
    inputs: Sequence[FileRef], sources: Mapping[str, DataSource]
) -> tuple[list[str], list[str]]:
    """The commands that fetch inputs from the web, in the project's folder, and notes on what they cannot fetch.

    Args:
        inputs: What the run read.
        sources: Where files can be had, as `data:` in `publisher.yml` says; by path.
    """
    lines, notes = list[str](), list[str]()
    for ref in inputs:
        source = sources.get(ref.path)
        if source is None or ref.path.startswith(("/", "~", "-")) or ".." in ref.path.split("/"):
            continue
        if source.url.startswith("doi:"):
            notes.append(f"Put {ref.path} there, from https://doi.org/{source.url.removeprefix('doi:')}.")
        elif _ADDRESS.fullmatch(source.url):
            lines.append(words.command(["curl", "-fsSL", "--create-dirs", "-o", ref.path, source.url]))
            digest = ref.sha256 or source.sha256
            if digest and re.fullmatch("[0-9a-f]{64}", digest):
                lines.append(f"echo {shlex.quote(f'{digest}  {ref.path}')} | sha256sum --check")
    return lines, notes
