"""`publisher about`: versions and places, for whoever has to understand a problem."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from publisher.cli.terminal import answer

HELP = "tell versions, for an issue"
EXAMPLE = "publisher about"


def options(parser: argparse.ArgumentParser) -> None:
    """Nothing can be chosen."""


def run(args: argparse.Namespace) -> int:
    """Tell."""
    from publisher.store.cache import cache_folder
    from publisher.store.project import project_at

    for name, value in facts().items():
        answer(f"{name}: {value}")
    folder, home = cache_folder(project_at(Path.cwd())), Path.home()
    told = Path("~", folder.relative_to(home)) if folder.is_relative_to(home) else folder
    answer(f"cache of this project: {told}")
    return 0


def facts() -> dict[str, str]:
    """What somebody needs to know who is to find a mistake; nothing about the user."""
    import platform
    from importlib import metadata

    from publisher import __version__
    from publisher.probe.git import NoAnswer, git
    from publisher.shipped import shipped

    told = {
        "publisher": __version__,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": platform.platform(),
    }
    try:
        told["git"] = git(shipped("site_template"), "--version").decode().strip().removeprefix("git version ")
    except NoAnswer as error:
        told["git"] = str(error)
    for name in (
        "msgspec",
        "pyyaml",
        "ruamel.yaml",
        "rich",
        "jinja2",
        "mkdocs",
        "mkdocs-material",
        "nbconvert",
    ):
        try:
            told[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            told[name] = "not installed"
    told["terminal"] = "yes" if sys.stdout.isatty() else "no"
    return told
