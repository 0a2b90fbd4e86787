"""`publisher export`: write what other systems read to set the project up, all from one description."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import bar, say
from publisher.standards.containers import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.model.project import Project
    from publisher.standards.containers.machine import Machine, Written

HELP = "write a dev container, Binder files, a Dockerfile or an Apptainer file"
EXAMPLE = "publisher export devcontainer"


def options(parser: argparse.ArgumentParser) -> None:
    """Which format, and where to."""
    parser.add_argument("format", choices=list(FORMATS), help=f"one of {', '.join(FORMATS)}")
    parser.add_argument(
        "path", nargs="?", type=Path, help="the folder to write into; the project unless given"
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there and differ")


def run(args: argparse.Namespace) -> int:
    """Write all of them or none; 1 when a file is there that differs."""
    from publisher.errors import NotWritten, WrongUsage, one_of
    from publisher.store.folder import write_whole
    from publisher.supply.inside import inside

    project = project_here()
    top = project.root if args.path is None else args.path
    if top.exists() and not top.is_dir():
        raise WrongUsage(f"{top} is no folder")
    files: Sequence[Written] = importlib.import_module(FORMATS[args.format]).files(_machine(project))
    places = {each.path: inside(top, each.path) for each in files}
    differing = [each.path for each in files if _there(places[each.path]) not in (None, each.text.encode())]
    if differing and not args.force:
        raise NotWritten(
            f"{one_of(differing)} {'is' if len(differing) == 1 else 'are'} there and would become another",
            where=top,
            hint="look at it, and give --force to replace it; nothing was written",
        )
    for each in files:
        place = places[each.path]
        if _there(place) == each.text.encode():
            say(f"  kept {each.path}")
            continue
        write_whole(place, each.text.encode(), below=top if args.path is None else None)
        if each.executable:
            place.chmod(0o755)
        say(f"  wrote {each.path}")
    return 0


def _there(place: Path) -> bytes | None:
    """What is in a file; None when there is none."""
    from publisher.errors import NotWritten

    try:
        return place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotWritten(f"cannot be read: {error.strerror}", where=place) from error


def _machine(project: Project) -> Machine:
    """What the project needs: from publisher.yml, the lock file and the newest records."""
    import platform

    from publisher import __version__
    from publisher.setup.environment import lock_of
    from publisher.standards.containers.machine import Machine, need
    from publisher.store.environments import newest_environment
    from publisher.store.index import Index
    from publisher.store.records import read_record
    from publisher.supply.venvs import pinned_python

    rows = Index(project).rows(progress=bar).rows
    completed = [row for row in rows if row.status == "completed"]
    newest = {row.step or row.command: row for row in completed}
    cores, memory = need([read_record(project.records / row.name) for row in newest.values()])
    environment = newest_environment(project, rows)
    lock = lock_of(project)
    recorded = environment.python.version if environment and environment.python else None
    return Machine(
        name=project.settings.paper.title or project.root.name,
        python=recorded or _release(pinned_python(project.root)) or platform.python_version(),
        publisher=f"provenance-publisher[verify]=={__version__}",
        lock=lock,
        content=(project.root / lock).read_text("utf-8", "replace") if lock else "",
        packages=tuple(project.settings.apt),
        data=bool(project.settings.data),
        cores=cores,
        memory=memory,
    )


def _release(python: str | None) -> str | None:
    """A version that `.python-version` names with all its numbers."""
    import re

    return python if python and re.fullmatch(r"\d+\.\d+\.\d+", python) else None
