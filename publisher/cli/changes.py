"""`publisher changes`: what is not the same in two states of the paper: figures, steps, runs, re-runs."""

from __future__ import annotations

import argparse
import contextlib
import shutil
from typing import TYPE_CHECKING

from publisher.cli.extras import site_needed_for
from publisher.cli.here import project_here
from publisher.cli.states import checked_out
from publisher.cli.terminal import Column, hand_over, line, say, table

if TYPE_CHECKING:
    from publisher.model.changes import Changes, Snapshot
    from publisher.model.difference import Change
    from publisher.model.project import Project
    from publisher.probe.checkout import Source

HELP = "show what changed from one edition, tag or commit to another"
EXAMPLE = "publisher changes v1 v2 --markdown"

NOW = "the working tree"
_MOST_RUNS = 20


def options(parser: argparse.ArgumentParser) -> None:
    """Which two states."""
    add = parser.add_argument
    add("before", metavar="A", help="an edition, a tag, a branch or a commit")
    add("after", metavar="B", nargs="?", help="another one; the working tree unless given")
    add("--branch", default="gh-pages", help="that carries the editions (gh-pages unless given)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="for a letter to the editor, or a pull request")
    form.add_argument("--json", action="store_true", help="all of it as JSON")


def run(args: argparse.Namespace) -> int:
    """Compare, and say it."""
    from publisher.model.changes import changes
    from publisher.probe.checkout import source_at

    project = project_here()
    source = source_at(project.root)
    with site_needed_for("comparing what sites show"):
        before = _state(project, source, args.before, args.branch)
        found = changes(before, _state(project, source, args.after, args.branch))
    if args.markdown:
        from publisher.standards.changes import as_markdown

        hand_over(as_markdown(found))
    elif args.json:
        import msgspec

        from publisher.standards.rows_json import strict

        hand_over(strict(msgspec.to_builtins(found)) + "\n")
    else:
        _tell(found)
    return 0


def _state(project: Project, source: Source, name: str | None, branch: str) -> Snapshot:
    """What an edition shows, else what the site of a commit would, else that of the working tree."""
    if name is None:
        return _of(project, NOW, "")
    return _published(source, name, branch) or _committed(project, source, name)


def _published(source: Source, name: str, branch: str) -> Snapshot | None:
    """What a published edition shows; None when there is none of this name."""
    from publisher.publish.changes.snapshot import snapshot
    from publisher.publish.editions.carrier import Carrier, EditionsDamaged

    carrier = Carrier(source.common, branch)
    with contextlib.suppress(EditionsDamaged):  # or a branch of another tool, which has no editions of ours
        edition = carrier.state(carrier.here_or_at("origin")).editions.meant(name)
        if edition:
            content = edition.content
            return snapshot(edition.name, edition.date, lambda file: carrier.content(content, f"data/{file}"))
    return None


def _committed(project: Project, source: Source, name: str) -> Snapshot:
    """What the site of a commit would show. What the index knows of its records need not be read again.

    Raises:
        PublisherError: There is no such state, or it cannot be checked out.
    """
    from publisher.errors import PublisherError, nearest
    from publisher.probe import git
    from publisher.store.cache import cache_folder
    from publisher.store.index import INDEX

    root = project.root
    commit = git.commit_of(root, name)
    if commit is None:
        known = git.git(root, "for-each-ref", "--format=%(refname:short)", "refs/tags", "refs/heads").decode()
        likely = nearest(name, known.split(), most=1)
        hint = f"did you mean {likely[0]}?" if likely else "name an edition, a tag, a branch or a commit"
        raise PublisherError(f"there is no state `{name}`", hint=hint)
    date = git.git(root, "log", "-1", "--format=%cs", commit, "--").decode().strip()
    with checked_out(project, source, commit) as there:
        with contextlib.suppress(OSError):
            shutil.copyfile(cache_folder(project) / INDEX, cache_folder(there) / INDEX)
        return _of(there, name, date)


def _of(project: Project, name: str, date: str) -> Snapshot:
    from datetime import UTC, datetime

    from publisher.publish.changes.state import state_of

    found, problems = state_of(project, name, date or f"{datetime.now(UTC):%Y-%m-%d}")
    for each in problems:
        where = each.file + (f":{each.line}" if each.line else "")
        say(f"publisher: {name}: {where}: {each.reason}")
    return found


def _tell(found: Changes) -> None:
    from publisher.publish.changes.page import summary, told

    line((f"from {found.before} to {found.after}: ", "dim"), (summary(found), "bold"))
    for title, changed in (("figures", _figures(found)), ("steps", _steps(found))):
        if changed:
            line((title, "bold"))
        for name, kind, facts in changed:
            line((f"  {name} ", ""), (kind, "dim"))
            rows = [["    " + fact.name, fact.before, fact.after] for fact in told(facts)]
            if rows:
                table([Column("", style="dim"), Column(found.before), Column(found.after)], rows)
    for title, runs in (("runs added", found.added), ("runs withdrawn", found.gone)):
        if runs:
            line((f"{title}: {len(runs)}", "bold"))
        for flat in runs[:_MOST_RUNS]:
            line(("  " + str(flat["id"])[:7], "id"), (" " + str(flat.get("reason") or flat["command"]), ""))
        if len(runs) > _MOST_RUNS:
            line((f"  and {len(runs) - _MOST_RUNS} more", "dim"))
    if found.reviewed:
        line((f"runs of which something else is said: {len(found.reviewed)}", "bold"))
    for run in found.reviewed[:_MOST_RUNS]:
        said = "; ".join(f"{each.name} {each.before} → {each.after}" for each in told(run.facts))
        line(("  " + run.run[:7], "id"), (f" {said}", ""))


def _figures(found: Changes) -> list[tuple[str, str, list[Change]]]:
    return [(each.path, each.kind, each.facts) for each in found.figures]


def _steps(found: Changes) -> list[tuple[str, str, list[Change]]]:
    return [(each.name, each.kind, each.facts) for each in found.steps]
