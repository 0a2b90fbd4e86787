"""`publisher setup`: bring what `publisher.yml` says a machine needs: system packages, data, an environment."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import arriving, bar, hand_over, line, marked_line, say

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.setup.piece import Piece

HELP = "get the data and make the environment that publisher.yml names"
EXAMPLE = "publisher setup --check"
RUNS_STRANGERS = True  #: programs that a repository names are started

_MARKS = {
    "right": ("  = ", "completed"),
    "done": ("  ✓ ", "completed"),
    "missing": ("  · ", "lost"),
    "other": ("  ≠ ", "interrupted"),
    "unavailable": ("  ✕ ", "failed"),
    "yours": ("  → ", "id"),
}


def options(parser: argparse.ArgumentParser) -> None:
    """What of it, and what it may change."""
    add = parser.add_argument
    add("--check", action="store_true", help="change nothing, and say what is missing")
    add("--data", action="store_true", help="the data alone")
    add("--environment", action="store_true", help="the environment alone, with its system packages")
    add("--apt", action="store_true", help="install missing system packages too, which needs root")
    add("--replace", action="store_true", help="replace data files that are there and are another content")
    add("--json", action="store_true", help="what was found and done, as JSON")


def run(args: argparse.Namespace) -> int:
    """Set up; 1 when something is missing or is another one, 3 when something cannot be had."""
    from publisher.errors import WrongUsage
    from publisher.setup.piece import exit_code

    given = [name for name in ("apt", "replace") if getattr(args, name)]
    if args.check and given:
        raise WrongUsage(f"--{given[0]} changes something, and --check nothing", hint="give one of them")
    project = project_here()
    both = args.data == args.environment
    found: list[Piece] = []
    if both or args.environment:
        found += _system(project, args)
    if both or args.data:
        found += _data(project, args)
    if both or args.environment:
        found += _environment(project, args)
    if args.json:
        import msgspec

        from publisher.standards.rows_json import strict

        hand_over(strict([msgspec.to_builtins(each) for each in found]) + "\n")
    elif not found:
        say("publisher.yml names no data, and there is no lock file: there is nothing to set up")
    else:
        _next(project, found)
    return exit_code(found)


def _system(project: Project, args: argparse.Namespace) -> list[Piece]:
    from publisher.setup import system

    return _all_told(
        system.here(project) if args.check else system.installed(project, allowed=args.apt), args
    )


def _data(project: Project, args: argparse.Namespace) -> list[Piece]:
    from publisher.setup import data

    found = []
    for path in project.settings.data:
        if args.check:
            piece = data.here(project, path)
        else:
            with arriving(path) as arrived:
                piece = data.brought(project, path, replace=args.replace, arrived=arrived)
        found += _all_told([piece], args)
    return found


def _environment(project: Project, args: argparse.Namespace) -> list[Piece]:
    from publisher.setup import environment
    from publisher.supply.credentials import credentials_aside

    piece = environment.here(project)
    if piece is not None and piece.state == "missing" and not args.check:
        if not args.json:
            say(f"  making {piece.name} ...")
        with credentials_aside():
            piece = environment.made(project, python=_recorded_python(project))
    return _all_told([piece] if piece else [], args)


def _recorded_python(project: Project) -> str | None:
    """The version of Python that the newest run had, without its last number, which a machine need not have."""
    from publisher.store.environments import newest_environment
    from publisher.store.index import Index

    found = newest_environment(project, Index(project).rows(progress=bar).rows)
    version = found.python.version if found and found.python else ""
    short = ".".join(version.split(".")[:2])
    return short if short.replace(".", "").isdecimal() and short.isascii() else None


def _all_told(found: list[Piece], args: argparse.Namespace) -> list[Piece]:
    if not args.json:
        for each in found:
            marked_line(_MARKS[each.state], (each.name, "bold"), (f"  {each.told}", ""))
            if each.hint and not (each.kind == "environment" and each.state in ("right", "done")):
                line(("      ", ""), (each.hint, "dim"))
    return found


def _next(project: Project, found: list[Piece]) -> None:
    """How to go on, when all is there."""
    if any(each.state not in ("right", "done", "yours") for each in found):
        return
    entered = [each.hint for each in found if each.kind == "environment" and each.state in ("right", "done")]
    step = next(iter(project.settings.steps), None)
    run = f"publisher run {shlex.quote(step)}" if step else "publisher run -- COMMAND"
    say(f"next: {' && '.join([*entered, run])}")
