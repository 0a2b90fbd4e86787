"""`publisher which`: which run made, or read, a file. By its content, whatever it is called now."""

from __future__ import annotations

import argparse
from pathlib import Path

from publisher.cli.project import project_here
from publisher.cli.terminal import Column, bar, hand_over, say, status, table, when

HELP = "tell which run made, or read, a file"
EXAMPLE = "publisher which ~/Downloads/figure3.png"


def options(parser: argparse.ArgumentParser) -> None:
    """Which file."""
    parser.add_argument("file", metavar="FILE", help="a file, or a SHA-256")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Look; 1 when no run knows the content."""
    import re

    from publisher.errors import WrongUsage
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
    rows = Index(project_here()).rows(progress=bar).rows
    found = [
        (role, each, row)
        for row in rows
        for role, files in (("made", row.outputs), ("read", row.inputs))
        for each in files
        if each.sha256 == digest
    ]
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
    else:
        say(f"no run made or read this content (sha256 {digest[:12]}…)")
    return 0 if found else 1
