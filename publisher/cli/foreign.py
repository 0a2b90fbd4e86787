"""`publisher verify --from`: somebody's paper cloned, re-run, shown and certified, with nothing but its address.

What is going to be run is said before, and asked for. Everything ends up in one new folder.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.terminal import answer, complain, how_long, say

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.model.row import Row
    from publisher.probe.clone import Clone
    from publisher.standards.certificate import Certificate
    from publisher.verify.rounds import Done
    from publisher.verify.surroundings import Mode

_MOST_TOLD = 12  #: runs that are named before they are re-run


def had(args: argparse.Namespace) -> tuple[Clone, Project]:
    """Clone what was asked for, and find the paper in it.

    Raises:
        PublisherError: It cannot be had, or there is no room for it.
    """
    from publisher.errors import Refused
    from publisher.probe.clone import cloned
    from publisher.store.project import project_at

    folder = _folder(args)
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused("the folder is not empty", where=folder, hint="name a new one: --to DIR")
    say(f"cloning {args.source} into {os.path.relpath(folder)}/paper")
    _made(folder)
    clone = cloned(args.source, args.ref, folder / "paper")
    for note in clone.notes:
        say(f"  {note}")
    return clone, project_at(_paper_in(clone.top))


def _folder(args: argparse.Namespace) -> Path:
    if args.to:
        return Path(args.to).absolute()
    name = re.split(r"[/\\:]", str(args.source).rstrip("/\\"))[-1].removesuffix(".git")
    return Path(f"{re.sub(r'[^A-Za-z0-9._-]', '-', name).strip('.-') or 'paper'}-rerun").absolute()


def _made(folder: Path) -> None:
    from publisher.errors import NotWritten

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritten(f"cannot be made: {error.strerror}", where=folder) from error


def _paper_in(top: Path) -> Path:
    """The folder with the records: the top, else the only one that has any."""
    if (top / "publisher.yml").is_file() or (top / "records" / "runs").is_dir():
        return top
    found = sorted(
        Path(base) for base, inner, names in os.walk(top) if "publisher.yml" in names and "records" in inner
    )
    return found[0] if len(found) == 1 else top


def of_steps(project: Project, rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """The newest completed run of each step, and the steps that have none; without steps, every run that ended."""
    steps = project.settings.steps
    if not steps:
        return [row for row in rows if row.status in ("completed", "failed")], []
    newest = {row.step: row for row in rows if row.step in steps and row.status == "completed"}
    return [row for row in rows if newest.get(row.step) is row], [
        name for name in steps if name not in newest
    ]


def mode_for(project: Project) -> Mode:
    """How environments are chosen unless somebody says: by the paper's lock file, else as recorded."""
    from publisher.model.locks import LOCKED

    named = project.settings.lock
    return "locked" if named or any((project.root / each).is_file() for each in LOCKED) else "recorded"


def agreed(clone: Clone, project: Project, rows: Sequence[Row], mode: Mode, args: argparse.Namespace) -> bool:
    """Say what is about to be run, and ask; with `--yes` it is only said.

    Raises:
        Refused: Nobody can be asked.
    """
    from publisher.errors import Refused
    from publisher.probe.held import can_hide_processes, can_hold_network

    steps = project.settings.steps
    title = project.settings.paper.title
    say(
        f"{clone.address} at {args.ref or 'its newest state'}, commit {clone.commit[:10]}"
        + (f": {title}" if title else "")
    )
    say(f"This runs programs of that repository on this machine, with your rights, {_ENVIRONMENTS[mode]}:")
    for row in rows[:_MOST_TOLD]:
        say(f"  {row.id[:7]}  {row.step or '-':<12}  {row.command}  (took {how_long(row.duration) or '?'})")
    if len(rows) > _MOST_TOLD:
        took = sum(row.duration or 0 for row in rows)
        say(f"  and {len(rows) - _MOST_TOLD} more; all of them took {how_long(took)}")
    online = [row.step for row in rows if row.step in steps and steps[row.step].network]
    if args.network or not can_hold_network():
        say("They may use the network" + ("." if args.network else ", which this system cannot hold back."))
    else:
        say(
            "They may not use the network"
            + (f", but for {', '.join(dict.fromkeys(online))}." if online else ".")
        )
    if not can_hide_processes():
        say(
            "They can read the environment variables of your other programs, such as the shell that started "
            "publisher: this system does not let publisher hide processes. publisher has erased its own."
        )
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise Refused("nobody can be asked whether to go on", hint="say it beforehand: --yes")
    say("Go on? [y/N]")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


_ENVIRONMENTS = {
    "current": "in the environment that is here",
    "recorded": "in environments made anew of the recorded Python and packages",
    "locked": "in environments made anew from the lock file of each commit",
}


def certify(
    clone: Clone,
    project: Project,
    done: Sequence[Done],
    *,
    mode: Mode,
    begun: datetime,
    ref: str | None,
    unrecorded: list[str],
    unreadable: list[str],
) -> Certificate:
    """Write the certificate, in all its forms, beside the clone.

    Raises:
        NotWritten: It could not be written.
    """
    import json

    from publisher import __version__
    from publisher.standards.certificate import Certificate, as_json, as_markdown
    from publisher.standards.codecheck import authors_half
    from publisher.standards.junit import junit
    from publisher.store.citation import paper_facts
    from publisher.store.folder import write_whole
    from publisher.store.yaml import written
    from publisher.verify.rerun import machine_here

    paper = paper_facts(project)
    results = [(each.row, each.verification) for each in sorted(done, key=lambda each: each.row.started)]
    author = next((each.author.name for _, each in results if each.author and each.author.name), None)
    certificate = Certificate(
        address=clone.address,
        commit=clone.commit,
        ref=ref,
        title=paper.title,
        doi=paper.doi,
        date=begun.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        author=author or "",
        machine=machine_here(project),
        mode=mode,
        publisher=__version__,
        results=results,
        unrecorded=unrecorded,
        unreadable=unreadable,
        notes=clone.notes,
    )
    half = written(authors_half(paper, [row for row, _ in results], clone.address))
    told = {
        "certificate.md": as_markdown(certificate),
        "certificate.json": json.dumps(as_json(certificate), indent=1, ensure_ascii=False) + "\n",
        "codecheck.yml": f"{_CODECHECK}{half}",
        "junit.xml": junit(results, paper.title or clone.address),
    }
    for name, text in told.items():
        write_whole(_certificates(clone) / name, text.encode(errors="replace"))
    return certificate


_CODECHECK = """\
# The authors' half, written by publisher from the records. Who checks adds `codechecker`, `report` and the date;
# no program may.
"""


def _certificates(clone: Clone) -> Path:
    return clone.top.parent / "certificate"


def show(clone: Clone, project: Project) -> None:
    """Build the site with its new ticks, and say where everything is. A site that cannot be built is told of."""
    from publisher.cli.build import build_site, harmless, tell
    from publisher.errors import PublisherError

    site = clone.top.parent / "site"
    try:
        tell(build_site(project, site, harmless(project), allowed=None))
        answer(str(site / "index.html"))
    except PublisherError as error:
        complain(error, before="the site could not be built: ")
    say(f"certificate: {os.path.relpath(_certificates(clone) / 'certificate.md')}")
    say("to give your verifications to the authors, send them the new files below records/:")
    say(f"  git -C {shlex.quote(os.path.relpath(clone.top))} status records")
