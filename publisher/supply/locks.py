"""Environments from the lock file of a checkout, by the program whose file it is.

The project itself is never installed: its files are those of the checkout, and an environment is shared by
checkouts. Nothing is written into the checkout.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from publisher.errors import one_of
from publisher.model.locks import LOCKED, Kind, kind_of
from publisher.supply.credentials import for_installers
from publisher.supply.programs import Complaint, NoEnvironment, not_installed, program, said, uv_program
from publisher.supply.venvs import for_uv, interpreter_in, make_venv, uv_pip


def install_uv_lock(folder: Path, checkout: Path, lock: str, python: str) -> None:
    """Make an environment from a `uv.lock`, without the project itself.

    Raises:
        NoEnvironment: uv cannot.
    """
    uv = uv_program()
    make_venv(uv, folder, python)
    command = [uv, "sync", "--frozen", "--no-install-workspace", "--compile-bytecode"]
    command += ["--python", str(interpreter_in(folder)), "--project", str((checkout / lock).parent)]
    try:
        said(command, checkout, for_uv() | {"UV_PROJECT_ENVIRONMENT": str(folder)})
    except Complaint as complaint:
        raise not_installed(lock, str(complaint)) from complaint


def install_requirements(folder: Path, checkout: Path, lock: str, python: str) -> None:
    """Make an environment from a file of requirements, without those that are folders of the project.

    Raises:
        NoEnvironment: uv cannot.
    """
    text = "\n".join(requirements_of(checkout, lock))
    if pins_nothing(text):
        raise NoEnvironment(
            "pins no version: it would bring others each day",
            where=lock,
            hint="pin them: uv pip compile requirements.txt -o requirements.lock",
        )
    uv = uv_program()
    make_venv(uv, folder, python)
    hashed = ["--require-hashes"] if "--hash=" in text else []
    try:
        uv_pip(uv, folder, ["install", *hashed, "-r", "-"], text, (checkout / lock).parent)
    except Complaint as complaint:
        raise not_installed(lock, str(complaint)) from complaint


def pins_nothing(requirements: str) -> bool:
    """Whether some requirements name no version, so that they bring others each day."""
    return bool(requirements.strip()) and not re.search(r"==|@|--hash", requirements)


def install_pylock(folder: Path, checkout: Path, lock: str, python: str) -> None:
    """Make an environment from a `pylock.toml` (PEP 751).

    Raises:
        NoEnvironment: uv cannot.
    """
    uv = uv_program()
    make_venv(uv, folder, python)
    try:
        uv_pip(uv, folder, ["sync", str(checkout / lock)], None, checkout)
    except Complaint as complaint:
        raise not_installed(lock, str(complaint)) from complaint


def install_pixi(folder: Path, checkout: Path, lock: str, python: str) -> None:
    """Make an environment from a `pixi.lock`. The Python is the lock file's own.

    Raises:
        NoEnvironment: pixi is not here, or cannot.
    """
    pixi = program("pixi")
    beside = (checkout / lock).parent
    manifest = next((each for each in ("pixi.toml", "pyproject.toml") if (beside / each).is_file()), None)
    if manifest is None:
        raise NoEnvironment("there is no pixi.toml beside it", where=lock)
    folder.mkdir()  # pixi installs below the manifest: that is to be here, and not in the checkout
    for name in (manifest, Path(lock).name):
        shutil.copyfile(beside / name, folder / name)
    try:
        said(
            [pixi, "install", "--frozen", "--manifest-path", str(folder / manifest)],
            folder,
            for_installers(os.environ),
        )
    except Complaint as complaint:
        raise not_installed(lock, str(complaint)) from complaint


def install_conda(folder: Path, checkout: Path, lock: str, python: str) -> None:
    """Make an environment from an `environment.yml` or a `conda-lock.yml`. The Python is the file's own.

    Raises:
        NoEnvironment: No program of conda's kin is here, or it cannot.
    """
    file = str(checkout / lock)
    kin = next((each for each in ("micromamba", "mamba", "conda") if shutil.which(each)), "conda")
    if lock.endswith("conda-lock.yml"):
        # micromamba passes over what such a file wants from PyPI, and does not say so.
        of_pip = re.search(r"^\s*manager: pip\s*$", (checkout / lock).read_text("utf-8"), re.MULTILINE)
        if kin == "micromamba" and not of_pip:
            command = ["create", "--yes", "--prefix", str(folder), "--file", file]
        else:
            kin, command = "conda-lock", ["install", "--prefix", str(folder), file]
    elif kin == "micromamba":
        command = ["create", "--yes", "--prefix", str(folder), "--file", file]
    else:
        command = ["env", "create", "--prefix", str(folder), "--file", file]
    try:
        said([program(kin), *command], checkout, for_installers(os.environ))
    except Complaint as complaint:
        raise not_installed(lock, str(complaint)) from complaint


_LOCAL_IN_YAML = re.compile(
    r"^\s*-\s+[\"']?(?:pypi:\s*|conda:\s*|-e\s*|--editable[ =]\s*|[\w.-]+\s*@\s*)?((?:\.{1,2}|file:|/)[^\s\"']*)",
    re.MULTILINE,
)
_INCLUDED_IN_YAML = re.compile(r"^\s*-\s+[\"']?(?:-r|--requirement)[ =]*([^\s\"'#]+)", re.MULTILINE)

Install = Callable[
    [Path, Path, str, str], None
]  #: folder, checkout, lock file in it, Python as uv is asked for it

_INSTALLERS: dict[Kind, Install] = {
    "uv": install_uv_lock,
    "pixi": install_pixi,
    "pylock": install_pylock,
    "conda-lock": install_conda,
    "requirements": install_requirements,
    "conda": install_conda,
}


_LEAVE_OUT = {
    install_pylock: "leave the project out of it: uv export --format pylock.toml --no-emit-project",
    install_uv_lock: "make it a member of the workspace, publish it, or verify with --environment current",
}


def installer_of(lock: str) -> Install:
    """What builds from a lock file, told by its name.

    Raises:
        NoEnvironment: Nothing does.
    """
    kind = kind_of(lock)
    if kind in _INSTALLERS:
        return _INSTALLERS[kind]
    raise NoEnvironment(
        "no environment can be built from it",
        where=lock,
        hint=f"known are {', '.join(LOCKED)}; poetry and pdm write a requirements.txt with their `export`",
    )


def content_of(checkout: Path, lock: str) -> list[str]:
    """Everything in a checkout that decides what a lock file brings, line by line.

    Raises:
        NoEnvironment: A file that it names cannot be read.
    """
    install = installer_of(lock)
    if install is install_requirements:
        lines = requirements_of(checkout, lock, constraints=True)
        _refuse_local(local_requirements(lines), lock, "publish it, or pin a version of it that an index has")
        return lines
    texts = [_text(checkout, lock)]
    beside = (checkout / lock).parent
    # Which of the groups in a uv.lock are installed, and what pixi calls its environment, the manifest tells.
    if install in (install_uv_lock, install_pixi):
        texts += [
            _text(checkout, os.path.relpath(beside / name, checkout))
            for name in ("pyproject.toml", "pixi.toml")
            if (beside / name).is_file()
        ]
    if install in (install_uv_lock, install_pylock):
        _refuse_local(local_packages(_toml(texts[0], lock)), lock, _LEAVE_OUT[install])
    else:
        included = [
            os.path.normpath(Path(lock).parent / each) for each in _INCLUDED_IN_YAML.findall(texts[0])
        ]
        lines = [line for each in included for line in requirements_of(checkout, each, constraints=True)]
        local = _LOCAL_IN_YAML.findall(texts[0]) + local_requirements(lines)
        _refuse_local(local, lock, "pin a version of it that a channel or an index has")
        texts += lines
    return texts


def local_requirements(lines: list[str]) -> list[str]:
    """Those of some requirements that are installed from a file or a folder of this machine."""
    found = []
    for line in lines:
        named = re.fullmatch(r"\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*@\s*([^\s;#]+).*", line)
        path = re.match(r"\s*([^\s#@:;=<>-][^\s@:;]*(?:/|\.whl|\.zip|\.tar\.gz)[^\s;]*)", line)
        if named and not re.match(r"(?:\w+\+)?(?:https?|ssh|git)://", named[2]):
            found.append(named[1])
        elif path and "://" not in line:
            found.append(path[1])
    return found


def local_packages(content: dict[str, Any]) -> list[str]:
    """The packages of a lock file (uv, PEP 751) that are installed from a folder, or from a file without hash.

    Not the project itself and its workspace: those are not installed.
    """
    members = _table(content.get("manifest")).get("members")
    found = []
    for key in ("package", "packages"):
        for each in map(_table, _list(content.get(key))):
            source = _table(each.get("source")) if key == "package" else each
            folder = source.get("directory") or source.get("editable")
            own = key == "package" and (folder == "." or each.get("name") in _list(members))
            hashed = "hash" in str([each.get("wheels"), each.get("sdist")])
            if (folder and not own) or (key == "package" and "path" in source and not hashed):
                found.append(str(each.get("name")))
    return found


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _refuse_local(names: list[str], lock: str, hint: str) -> None:
    """No folder of a project: an environment is shared by all that have the same lock file."""
    if names:
        raise NoEnvironment(
            f"{one_of(names)} is to be installed from a folder of the project", where=lock, hint=hint
        )


def _toml(text: str, lock: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise NoEnvironment(f"cannot be read: {error}", where=lock) from error


def requirements_of(
    checkout: Path, lock: str, *, constraints: bool = False, known: frozenset[str] = frozenset()
) -> list[str]:
    """The lines of a file of requirements and of those that it includes, without folders of the project.

    Args:
        checkout: The project, which no file that is named may lie outside of.
        lock: The file, relative to it.
        constraints: Files of constraints are read as well, instead of being named.
        known: Files that led here.

    Raises:
        NoEnvironment: A file cannot be read.
    """
    lines: list[str] = []
    for line in _text(checkout, lock).splitlines():
        told = re.fullmatch(r"\s*(-r|-c|--requirement|--constraint)[ =]*([^#\s]+).*", line)
        if told:
            other = os.path.normpath(Path(lock).parent / told[2]).replace(os.sep, "/")
            if other not in known and (constraints or told[1] in ("-r", "--requirement")):
                lines += requirements_of(checkout, other, constraints=constraints, known=known | {lock})
            elif other not in known:
                _text(checkout, other)
                lines.append(f"-c {checkout / other}")
        elif not re.match(r"\s*(?:-e\b|--editable\b|\.|file:|/)", line):
            lines.append(line)
    return lines


def _text(checkout: Path, path: str) -> str:
    place = checkout / path
    if not os.path.realpath(place).startswith(os.path.realpath(checkout) + os.sep):
        raise NoEnvironment("lies outside of the project", where=path)
    try:
        return place.read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise NoEnvironment(f"cannot be read: {error.strerror}", where=path) from error
