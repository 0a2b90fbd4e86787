"""`publisher show`: one run, everything that its record holds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from publisher.cli.here import project_here
from publisher.cli.terminal import (
    answer,
    code,
    display_width,
    hand_over,
    how_long,
    line,
    number,
    quote,
    say,
    size,
    status,
    when,
)
from publisher.model.printable import printable_line

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.model.record import FileRef, Record

HELP = "show one run"
EXAMPLE = "publisher show latest"

_WIDEST = 60  #: characters of a name that others are lined up with


def options(parser: argparse.ArgumentParser) -> None:
    """Which run, and what of it."""
    parser.add_argument(
        "run", nargs="?", default="latest", help="the beginning of an id, a label, or `latest`"
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--json", action="store_true", help="the whole record, as JSON")
    part.add_argument("--yaml", action="store_true", help="the record's file as it is")
    part.add_argument("--log", action="store_true", help="what the program said")
    part.add_argument("--patch", action="store_true", help="the changes that were not committed")
    part.add_argument("--path", action="store_true", help="where the record's file is")


def run(args: argparse.Namespace) -> int:
    """Show."""
    from publisher.store.index import Index
    from publisher.store.records import read_bytes, read_text, seal_holds, understood

    project = project_here()
    path = Index(project).find(args.run)
    if args.path:
        answer(str(path))
        return 0
    if args.yaml:
        code(read_bytes(path), "yaml")
        return 0
    text = read_text(path)
    record = understood(text, path)
    if args.json:
        from publisher.standards.rows_json import strict
        from publisher.store.yaml import read

        hand_over(strict(read(text)) + "\n")
    elif args.log:
        return _log(project, record)
    elif args.patch:
        return _artifact(project, record.code.patch, "diff", "the code was as committed; there is no patch")
    else:
        _show(project, record)
        if not seal_holds(text):
            say(
                "the seal of this record is broken: its facts were changed after the run; see publisher check"
            )
    return 0


def _artifact(project: Project, digest: str | None, language: str, otherwise: str) -> int:
    from publisher.store.artifacts import path_of

    path = path_of(project, digest) if digest else None
    if path is None:
        say(otherwise if digest is None else "it is not among the artifacts")
        return 0 if digest is None else 1
    code(path.read_bytes(), language)
    return 0


def _log(project: Project, record: Record) -> int:
    if record.log is None:
        say("the program said nothing")
        return 0
    results = [
        _artifact(project, digest, "text", "")
        for digest in (record.log.stdout, record.log.stderr)
        if digest is not None
    ]
    return max(results, default=0)


def _show(project: Project, record: Record) -> None:
    from publisher.model.tree import flat
    from publisher.store.live import is_alive

    shown: str = record.status
    if shown == "running" and not is_alive(project, record.id):
        shown = "lost"
    took = f" in {how_long(record.duration)}" if record.duration is not None else ""
    label = f" {record.label}" if record.label else ""
    line(
        (record.id, "id"),
        (label, "bold"),
        ("  ", ""),
        (status(shown), shown),
        (f"{took}, {when(record.started)}", ""),
    )
    _words("", record.reason)
    _words("→ ", record.annotations.outcome)
    answer()
    import shlex

    _line("command", shlex.join(record.command))
    _line("directory", record.directory)
    _line("step", record.step)
    _line("tags", " ".join(record.annotations.tags))
    _line("ended", _ending(record))
    _line("code", _code(record))
    _line("environment", _environment(project, record))
    _line("used", _used(record))
    _line("by", _author(record))
    if record.parameters:
        _group(f"parameters ({record.parameters.file})", _marked(record, flat(record.parameters.values)))
    _group("metrics", record.metrics)
    _files("inputs", record.inputs)
    _files("outputs", record.outputs)
    if record.uncertain:
        _title("uncertain: written by this run, or by another that was under way")
        for each in record.uncertain:
            line((f"  {each.path}", ""))
    _group("imported", record.imports)
    if record.problems:
        _title("problems")
        for problem in record.problems:
            line(("  ! ", "interrupted"), (problem, ""))
    if record.annotations.notes:
        _title("notes")
        for note in record.annotations.notes:
            by = f", {note.by}" if note.by else ""
            said = (when(note.at or "") + by, "dim")
            if len(note.text.splitlines()) > 1:
                quote(note.text)
                line(("  ", ""), said)
            else:
                line((f"  {note.text}  ", ""), said)


def _title(text: str) -> None:
    answer()
    line((text, "bold"))


def _words(sign: str, text: str | None) -> None:
    """What a person wrote: set in when it is one line, else with a bar before each of its lines."""
    if text and len(text.splitlines()) > 1:
        quote(text)
    elif text:
        line((f"  {sign}", ""), (text, "bold" if not sign else ""))


def _line(name: str, value: str | None) -> None:
    if value:
        line((f"  {name:<12}", "dim"), (value, ""))


def _group(title: str, values: Mapping[str, Any]) -> None:
    if values:
        _title(title)
        names = {name: printable_line(name) for name in values}
        width = min(max(map(display_width, names.values())), _WIDEST)
        for name, value in values.items():
            line((f"  {names[name]:<{width}}  ", "dim"), (number(value), ""))


def _marked(record: Record, values: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters, with those that the user had changed marked."""
    overrides = record.parameters.overrides if record.parameters else {}
    return {
        name: f"{number(value)}  (changed)" if name in overrides else value for name, value in values.items()
    }


def _files(title: str, files: Sequence[FileRef]) -> None:
    if files:
        _title(title)
        for each in files:
            kept = "  kept" if each.artifact else ""
            digest = f"{each.sha256[:12]}" if each.sha256 else "?"
            line((f"  {each.path}  ", ""), (f"{size(each.size)}  sha256 {digest}…{kept}", "dim"))


def _ending(record: Record) -> str:
    if record.signal:
        return f"by {record.signal}"
    received = f", after {', '.join(record.received)}" if record.received else ""
    return f"with exit code {record.exit_code}{received}" if record.exit_code or received else ""


def _code(record: Record) -> str:
    told = record.code
    if told.version_control == "none":
        return "under no version control"
    if told.version_control == "unknown":
        return "unknown: git did not answer"
    commit = told.commit[:10] if told.commit else "before the first commit"
    where = f" on {told.branch}" if told.branch else " (detached)"
    changed = f", {len(told.changed)} changed" if told.changed else ""
    patch = " (kept as a patch)" if told.patch else ""
    return f"{commit}{where}{changed}{patch}"


def _environment(project: Project, record: Record) -> str:
    from publisher.errors import PublisherError
    from publisher.store.environments import read_environment

    if record.environment is None:
        return ""
    try:
        told = read_environment(project, record.environment)
    except PublisherError as error:
        return f"{record.environment} {error.what}"
    python = (
        f", Python {told.python.version} with {len(told.python.packages)} packages" if told.python else ""
    )
    return f"{record.environment}: {told.system.distribution or told.system.name}{python}"


def _used(record: Record) -> str:
    used = record.resources
    if used is None:
        return ""
    told = [f"{how_long(used.cpu_time)} of CPU" if used.cpu_time is not None else ""]
    told += [f"{size(used.peak_memory)} of memory" if used.peak_memory else ""]
    return ", ".join(filter(None, told))


def _author(record: Record) -> str:
    author = record.author
    return (
        f"{author.name or ''} <{author.email}>" if author and author.email else (author and author.name) or ""
    )
