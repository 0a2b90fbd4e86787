"""`publisher diff`: what is not the same in two runs; code as a diff."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import Column, answer, complain, hand_over, line, number, quote, say, table

if TYPE_CHECKING:
    from publisher.model.environment import Environment
    from publisher.model.project import Project
    from publisher.model.record import Record

HELP = "show what is different in two runs"
EXAMPLE = "publisher diff 7f3a latest"


def options(parser: argparse.ArgumentParser) -> None:
    """Which two."""
    parser.add_argument("first", metavar="A", help="the beginning of an id, a label, or `latest`")
    parser.add_argument("second", metavar="B")
    parser.add_argument("--json", action="store_true", help="the differences as JSON")
    parser.add_argument("--no-code", action="store_true", help="leave the difference of the code out")


def run(args: argparse.Namespace) -> int:
    """Compare; 0 when the runs are the same in everything, 1 when not."""
    from publisher.model.difference import difference
    from publisher.store.index import Index

    project = project_here()
    index = Index(project)
    first, second = index.record(args.first), index.record(args.second)
    changes = difference(first, second, _environment(project, first), _environment(project, second))
    if args.json:
        import msgspec

        from publisher.standards.rows_json import strict

        hand_over(strict([msgspec.to_builtins(change) for change in changes]) + "\n")
        return 1 if changes else 0
    if not changes:
        say("the two runs are the same in parameters, metrics, code, environment, inputs and outputs")
        return 0
    groups = dict.fromkeys(change.group for change in changes)
    for group in groups:
        line((group, "bold"))
        columns = [Column("", style="dim"), Column(first.id[:7], most=48), Column(second.id[:7], most=48)]
        table(
            columns,
            (
                ["  " + each.name, _short(each.before), _short(each.after)]
                for each in changes
                if each.group == group
            ),
        )
    if "code" in groups and not args.no_code:
        _code(project, first, second)
    return 1


def _environment(project: Project, record: Record) -> Environment | None:
    from publisher.errors import PublisherError
    from publisher.store.environments import read_environment

    try:
        return read_environment(project, record.environment) if record.environment else None
    except PublisherError as error:
        complain(error)
        return None


def _short(value: object) -> str:
    """A value as a cell shows it; digests by their beginning."""
    if value is None:
        return "–"
    text = number(value)
    digits = text.removeprefix("sha256:")
    return digits[:12] if len(digits) in (40, 64) and set(digits) <= set("0123456789abcdef") else text


def _code(project: Project, first: Record, second: Record) -> None:
    """The difference of the code: between the commits by git, and between what was not committed."""
    from publisher.probe.git import NoAnswer, git

    if first.code.commit and second.code.commit and first.code.commit != second.code.commit:
        words = ["diff", "--no-ext-diff", "--stat", "--patch", "--end-of-options"]
        commits = (first.code.commit, second.code.commit)
        try:
            text = git(project.root, *words, *commits, "--", ".", ":(exclude)records")
        except NoAnswer as error:
            say(f"git cannot show the difference of the commits: {error}")
        else:
            answer()
            quote(text, diff=True)
    if first.code.patch == second.code.patch:
        return
    import difflib

    names = [f"not committed in {record.id[:7]}" for record in (first, second)]
    patches = [_patch(project, record) for record in (first, second)]
    missing = [name for name, patch in zip(names, patches, strict=True) if patch is None]
    if missing:
        say("")
        say(f"what was {' and what was '.join(missing)} is not among the artifacts")
        return
    one, other = (patch or b"" for patch in patches)
    if one and other:
        lines = [patch.decode("utf-8", "replace").splitlines(keepends=True) for patch in (one, other)]
        changed = "".join(difflib.unified_diff(lines[0], lines[1], names[0], names[1]))
        answer()
        quote(changed, diff=True)
    else:
        say("")
        say(f"{names[0] if one else names[1]}; in the other run nothing was")
        answer()
        quote(one or other, diff=True)


def _patch(project: Project, record: Record) -> bytes | None:
    """What was not committed in a run: nothing, when all was; None when it was not kept."""
    from publisher.store.artifacts import path_of

    if record.code.patch is None:
        return b""
    path = path_of(project, record.code.patch)
    return path.read_bytes() if path else None
