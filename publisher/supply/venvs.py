"""Virtual environments made by uv: a Python, and packages from where the user's pip or uv finds them.

Nothing is written but in a folder that was not there.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from publisher.errors import one_of
from publisher.model.environment import normalised
from publisher.supply.credentials import for_installers
from publisher.supply.programs import (
    Complaint,
    NoEnvironment,
    in_short,
    not_installed,
    said,
    uv_program,
)

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_UNAVAILABLE = re.compile(r"No solution found|Failed to build|no usable|unsatisfiable")
_UNREACHABLE = re.compile(
    r"\bnetwork\b|dns error|\bconnect(?:ion|ivity)?\b|timed out|\boffline\b", re.IGNORECASE
)


def interpreter_in(folder: Path) -> Path:
    """Where the Python of an environment is, of those of uv as of those of conda."""
    pixi = folder / ".pixi" / "envs" / "default"
    folder = pixi if pixi.is_dir() else folder
    if sys.platform != "win32":
        return folder / "bin" / "python"
    own = folder / "Scripts" / "python.exe"
    return own if own.exists() else folder / "python.exe"


def install_packages(
    folder: Path, python: str, packages: Mapping[str, str], *, needed: Collection[str]
) -> None:
    """Make an environment with a Python and exactly these packages.

    A package that no index has, and that is not needed, is left out: what is there tells.

    Args:
        folder: Where; not there yet.
        python: Which Python, as uv is asked for it: `cpython@3.11.7`, or a path.
        packages: Versions by normalised name.
        needed: Those without which there is no point in it.

    Raises:
        NoEnvironment: Such a Python, or a package that is needed, cannot be had.
    """
    wanted = {
        name: version
        for name, version in packages.items()
        if _NAME.fullmatch(name) and _VERSION.fullmatch(version)
    }
    _refuse_lacking(
        packages.keys() - wanted.keys(), packages, needed, "the version is none that an index has"
    )
    uv = uv_program()
    make_venv(uv, folder, python)
    while wanted:
        listed = "".join(f"{name}=={version}\n" for name, version in sorted(wanted.items()))
        try:
            uv_pip(uv, folder, ["install", "--no-deps", "-r", "-"], listed, folder.parent)
            return
        except Complaint as complaint:
            words = str(complaint)
            lacking = [name for name in wanted if re.search(rf"(?<![\w.-]){re.escape(name)}==", words)]
            if not lacking or not _UNAVAILABLE.search(words) or _UNREACHABLE.search(words):
                raise not_installed("the recorded packages", words) from complaint
            _refuse_lacking(lacking, packages, needed, in_short(words))
            wanted = {name: version for name, version in wanted.items() if name not in lacking}


def _refuse_lacking(
    lacking: Collection[str], packages: Mapping[str, str], needed: Collection[str], why: str
) -> None:
    imported = sorted(set(lacking) & set(needed))
    if imported:
        raise NoEnvironment(
            f"{one_of(f'{name} {packages[name]}' for name in imported)}, which the run imported, "
            f"cannot be installed: {why}",
            hint="name the index that has it (UV_INDEX, or `pip config set global.extra-index-url`)",
        )


def make_venv(uv: str, folder: Path, python: str) -> None:
    """Make an environment that holds nothing but a Python, or give one that is broken a Python again.

    Raises:
        NoEnvironment: uv neither finds such a Python nor can get it.
    """
    try:
        again = ["--allow-existing"] if folder.exists() else []
        said([uv, "venv", "--no-project", *again, "--python", python, str(folder)], folder.parent, for_uv())
    except Complaint as complaint:
        version = python.rpartition("@")[2]
        raise NoEnvironment(
            f"there is no Python {version} here: {in_short(str(complaint))}",
            hint=f"install it with `uv python install {version}`",
        ) from complaint


def uv_pip(uv: str, folder: Path, words: Sequence[str], given: str | None, directory: Path) -> str:
    """Have `uv pip` work on an environment, from where the user's pip or uv would take packages; what it says.

    Raises:
        Complaint: It ended with an error.
    """
    action, *rest = words
    command = [uv, "pip", action, "--python", str(interpreter_in(folder)), "--compile-bytecode", *rest]
    return said(command, directory, for_uv() | _indexes_of_pip(), given)


def pinned_python(folder: Path) -> str | None:
    """The Python that a `.python-version` asks for, as uv is asked for it; None when nothing is understood."""
    try:
        pinned = (folder / ".python-version").read_text("utf-8").split()
    except (OSError, ValueError):
        return None
    return pinned[0] if pinned and re.fullmatch(r"[A-Za-z0-9_][\w.@+-]*", pinned[0], re.ASCII) else None


def for_uv() -> dict[str, str]:
    """The user's variables that an installer needs; not the environment that is active: uv would remark that."""
    kept = {name: value for name, value in for_installers(os.environ).items() if name != "VIRTUAL_ENV"}
    return kept | {"UV_NO_PROGRESS": "1", "NO_COLOR": "1"}


# -- where packages come from --------------------------------------------------------------------------------


def _indexes_of_pip() -> dict[str, str]:
    """The indexes that the user's pip is set up for, for a uv that nobody set up."""
    configured = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "uv" / "uv.toml"
    indexes = (
        "UV_INDEX",
        "UV_DEFAULT_INDEX",
        "UV_EXTRA_INDEX_URL",
        "UV_FIND_LINKS",
        "UV_NO_INDEX",
        "UV_CONFIG_FILE",
    )
    if configured.exists() or any(name.startswith(indexes) for name in os.environ):
        return {}
    try:
        told = said([sys.executable, "-m", "pip", "config", "list"], Path.home(), os.environ)
    except (Complaint, NoEnvironment):  # there is no pip here
        told = ""
    settings = pip_settings(told)
    settings |= {
        normalised(name[4:]): value for name, value in os.environ.items() if name.startswith("PIP_") and value
    }
    return as_uv_has_them(settings)


def pip_settings(text: str) -> dict[str, str]:
    """Settings by name from what `pip config list` prints; those for `install` go before the others."""
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}}
    for line in text.splitlines():
        told = re.fullmatch(r"(global|install)\.([\w-]+)=(['\"].*['\"])", line)
        if told:
            try:
                found[told[1]][told[2]] = str(ast.literal_eval(told[3]))
            except (SyntaxError, ValueError):
                continue
    return found["global"] | found["install"]


def as_uv_has_them(settings: Mapping[str, str]) -> dict[str, str]:
    """pip's settings for where packages come from, as variables that uv reads."""
    variables = {}
    if settings.get("index-url"):
        variables["UV_DEFAULT_INDEX"] = settings["index-url"]
    if settings.get("extra-index-url"):
        variables["UV_INDEX"] = " ".join(settings["extra-index-url"].split())
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # what pip does: no index goes before another
    if settings.get("find-links"):
        variables["UV_FIND_LINKS"] = ",".join(settings["find-links"].split())
    if settings.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        variables["UV_NO_INDEX"] = "1"
    return variables
