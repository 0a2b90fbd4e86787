"""Packages of the system that a project needs: which are missing, and installed only when that is asked for."""

from __future__ import annotations

import os
import shlex
import subprocess

from publisher.model.project import Project
from publisher.probe import debian
from publisher.setup.piece import Piece, State

_INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends"]


def here(project: Project) -> list[Piece]:
    """How each package of `environment: {apt: […]}` is here."""
    packages = project.settings.apt
    missing = debian.missing(packages) if packages else []
    if missing is None:
        told = "is a package of Debian, and this system is none of its kind"
        hint = "install what it holds as your system does it"
        return [_piece(each, "unavailable", told, hint) for each in packages]
    hint = f"{command(missing)}, or publisher setup --apt as root"
    return [
        _piece(each, "missing", "is not installed", hint)
        if each in missing
        else _piece(each, "right", "is installed")
        for each in packages
    ]


def command(packages: list[str]) -> str:
    """What a person types to install packages."""
    return shlex.join(["sudo", *_INSTALL, *packages])


def installed(project: Project, *, allowed: bool) -> list[Piece]:
    """Install what is missing, when that is allowed; else say how.

    Args:
        project: Whose packages.
        allowed: Whether the system may be changed, which needs root.
    """
    found = here(project)
    missing = [each.name for each in found if each.state == "missing"]
    if not missing:
        return found
    if not allowed or (hasattr(os, "geteuid") and os.geteuid()):
        hint = f"{command(missing)}{', or publisher setup --apt as root' if not allowed else ''}"
        told = "is not installed" if not allowed else "is not installed, and only root can do that"
        return [
            each if each.state != "missing" else _piece(each.name, "unavailable", told, hint)
            for each in found
        ]
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        for words in (["apt-get", "--quiet", "update"], [*_INSTALL, *missing]):
            # What it says is for the person who allowed it, and no answer of ours.
            done = subprocess.run(words, env=quiet, stdin=subprocess.DEVNULL, stdout=2, check=False)
        failed = f"apt-get ended with {done.returncode}" if done.returncode else ""
    except OSError as error:
        failed = f"apt-get cannot be started: {error.strerror}"
    return [
        each
        if each.name not in missing
        else _piece(each.name, "done", "was installed")
        if after.state == "right"
        else _piece(
            each.name,
            "unavailable",
            f"was not installed: {failed or 'dpkg does not know it now'}",
            command([each.name]),
        )
        for each, after in zip(found, here(project), strict=True)
    ]


def _piece(name: str, state: State, told: str, hint: str = "") -> Piece:
    return Piece(kind="system", name=name, state=state, told=told, hint=hint)
