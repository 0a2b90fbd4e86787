"""An edition built by the publisher of then: what a commit's lock file pins, else what its runs saw."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.terminal import say

if TYPE_CHECKING:
    from publisher.model.project import Project

_OURS = "provenance-publisher"
_PINNED = re.compile(rf"^{_OURS}(?:\[[^\]\n]*\])?\s*==\s*(?P<version>[0-9][\w.+!-]*)", re.MULTILINE)
_LOCKED = re.compile(rf'^name = "{_OURS}"\nversion = "(?P<version>[0-9][\w.+!-]*)"', re.MULTILINE)
_LOCKS = ("uv.lock", "pylock.toml", "requirements.txt")


def version_then(project: Project) -> str:
    """Which version the checkout of a commit used.

    Args:
        project: The one in the checkout.

    Raises:
        PublisherError: Neither a lock file nor a run tells.
    """
    from publisher.errors import PublisherError
    from publisher.store.environments import read_environment
    from publisher.store.index import Index

    root = project.root
    for name in _LOCKS:
        if (root / name).is_file():
            text = (root / name).read_text("utf-8", errors="replace")
            found = _PINNED.search(text) or _LOCKED.search(text)
            if found:
                return found["version"]
    for row in reversed(Index(project).rows().rows):
        try:
            python = read_environment(project, row.environment).python if row.environment else None
        except PublisherError:
            continue
        if python and _OURS in python.packages:
            return python.packages[_OURS]
    raise PublisherError(
        "neither a lock file nor a run of that commit says which publisher there was",
        hint=f"leave --as-then away, or pin {_OURS} in requirements.txt",
    )


def build_as_then(project: Project, tag: str, version: str, branch: str) -> None:
    """Have that version build the edition of a tag, in an environment of its own; it keeps it as we do.

    Raises:
        PublisherError: It cannot be had, or does not build it.
    """
    from publisher.errors import BrokenSite
    from publisher.store.cache import cache_folder
    from publisher.supply.programs import Complaint, not_installed, uv_program
    from publisher.supply.venvs import interpreter_in, make_venv, uv_pip
    from publisher.verify.shelf import shelved

    wanted = f"{_OURS}[site]=={version}"

    def build(folder: Path) -> None:
        uv = uv_program()
        make_venv(uv, folder, f"{sys.version_info.major}.{sys.version_info.minor}")
        try:
            uv_pip(uv, folder, ["install", wanted], None, project.root)
        except Complaint as complaint:
            raise not_installed(wanted, str(complaint)) from complaint

    folder = shelved(cache_folder(project), wanted, build, sound=lambda each: interpreter_in(each).exists())
    say(f"publisher {version} builds it")
    command = [str(interpreter_in(folder)), "-P", "-m", "publisher", "edition", "build", "--branch", branch]
    inherited = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([*command, "--", tag], cwd=project.root, env=inherited, check=False)
    if done.returncode:
        raise BrokenSite(f"publisher {version} did not build it", hint="leave --as-then away")
