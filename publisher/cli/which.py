"""`publisher which`: which run made, or read, a file. By its content, whatever it is called now."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import Column, bar, hand_over, say, status, table, when

if TYPE_CHECKING:
    from publisher.model.row import Row

HELP = "tell which run made, or read, a file"
EXAMPLE = "publisher which ~/Downloads/figure3.png"


def options(parser: argparse.ArgumentParser) -> None:
    """Which file."""
    parser.add_argument("file", metavar="FILE", help="a file, or a SHA-256")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Look; 1 when no run knows the content."""
    import re

    from publisher.errors import WrongUsage, one_of
    from publisher.probe.tree import sha256_of
    from publisher.store.index import Index

    path = Path(args.file).expanduser()
    digest = args.file.removeprefix("sha256:").lower()
    if path.is_file():
        try:
            digest = sha256_of(path)
        except OSError as error:
            raise WrongUsage(f"cannot be read: {error.strerror}", where=path) from error
    elif not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise WrongUsage("there is no such file", where=path)
    project = project_here()
    rows = Index(project).rows(progress=bar).rows
    found = [
        (role, each, row)
        for row in rows
        for role, files in (("made", row.outputs), ("read", row.inputs))
        for each in files
        if each.sha256 == digest
    ]
    doubtful = [] if found else _may_have_written(path, project.root, rows)
    if args.json:
        from publisher.standards.rows_json import strict

        told = [{"run": row.id, "role": role, "path": each.path} for role, each, row in found]
        hand_over(strict(told) + "\n")
    elif found:
        columns = [Column("run", style="id"), Column(""), Column("as"), Column("started"), Column("status")]
        table(
            [*columns, Column("reason", most=60)],
            (
                [row.id[:7], role, each.path, when(row.started), status(row.status), row.reason]
                for role, each, row in found
            ),
        )
    elif doubtful:
        names = one_of(row.id[:7] for row in doubtful)
        say(f"no run is known to have made or read this content (sha256 {digest[:12]}…)")
        say(f"  a file at this path is uncertain in {names}: several runs wrote it, or may have, at one time")
    else:
        say(f"no run made or read this content (sha256 {digest[:12]}…)")
    return 0 if found else 1


def _may_have_written(path: Path, root: Path, rows: Sequence[Row]) -> list[Row]:
    """The runs in which a file at this path is uncertain; none when no file was named."""
    if not path.is_file():
        return []
    here = os.path.relpath(os.path.realpath(path), root).replace(os.sep, "/")
    return [row for row in rows if here in row.uncertain]
