"""`publisher list`: the runs of a project, filtered."""

from __future__ import annotations

import argparse
import gc
import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import Column, bar, hand_over, how_long, number, say, status, table, when

if TYPE_CHECKING:
    from publisher.model.row import Row

HELP = "list runs"
EXAMPLE = "publisher list tag:fig3 status:failed 'dt<0.1' since:2026-11-01 mesh"

MOST_COLUMNS = 6  #: parameters and metrics that a table shows without --long


def options(parser: argparse.ArgumentParser) -> None:
    """What is listed, and in which form."""
    parser.add_argument("query", nargs="*", help="words and terms that must all hold; see docs/queries.md")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_const", const="json", dest="format", help="every fact, as JSON")
    form.add_argument("--csv", action="store_const", const="csv", dest="format", help="every fact, as CSV")
    form.add_argument("--long", action="store_true", help="every parameter and metric, and whole ids")
    parser.add_argument("-n", type=int, metavar="N", dest="most", help="only the N newest")


def typed(words: Sequence[str]) -> list[str]:
    """The options first, then the query: a term may begin with a minus (`-tag:draft`) and is no option."""
    options: list[str] = []
    terms: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":
            terms += rest
        elif word == "-n":
            options += [word, *itertools.islice(rest, 1)]
        elif word.startswith("--") or re.fullmatch(r"-h|-n\d+", word):
            options.append(word)
        else:
            terms.append(word)
    return [*options, "--", *terms]


def run(args: argparse.Namespace) -> int:
    """List; 1 when a record could not be read."""
    from publisher.errors import WrongUsage
    from publisher.model.query import parsed
    from publisher.standards import FORMATS
    from publisher.store.index import Index

    if args.most is not None and args.most < 0:
        raise WrongUsage(f"-n {args.most}: less than none cannot be shown")
    gc.disable()  # many small things are made and all are kept: looking for waste is waste
    query = parsed(args.query)
    told = Index(project_here()).rows(progress=bar)
    rows = [row for row in told.rows if query.takes(row)]
    if args.most is not None:
        rows = rows[len(rows) - args.most :] if args.most < len(rows) else rows
    for problem in told.problems:
        line = f":{problem.line}" if problem.line else ""
        say(f"records/{problem.name}{line}: {problem.reason}")
    if args.format:
        import importlib

        hand_over(importlib.import_module(FORMATS[args.format]).export(rows))
    elif rows:
        _show(rows, long=args.long)
        if query.tests and len(rows) < len(told.rows):
            say(f"{len(rows)} of {len(told.rows)} runs")
    elif told.rows:
        say(f"none of {len(told.rows)} runs is like that")
    elif not told.problems:
        say("there are no runs yet; make the first: publisher run -- COMMAND")
    return 1 if told.problems else 0


def _show(rows: Sequence[Row], *, long: bool) -> None:
    from publisher.model.row import varying

    parameters = (
        list(dict.fromkeys(name for row in rows for name in row.parameters)) if long else varying(rows)
    )
    metrics: dict[str, None] = {}
    for row in rows:
        metrics.update(dict.fromkeys(row.metrics))
    told = [("param", name) for name in parameters] + [("metric", name) for name in metrics]
    told = told if long else told[:MOST_COLUMNS]
    names = [name for _, name in told]
    shown = [
        (Column("run", style="id"), [_name(row, long=long) for row in rows]),
        (Column("started"), [when(row.started) for row in rows]),
        (Column("status"), [status(row.status) for row in rows]),
        (Column("took", right=True), [how_long(row.duration) for row in rows]),
    ]
    for kind, name in told:
        title = f"{kind}.{name}" if names.count(name) > 1 else _short(name, names)
        values = [(row.parameters if kind == "param" else row.metrics).get(name) for row in rows]
        shown.append((Column(title, right=True, most=14, optional=True), list(map(number, values))))
    for title, cells, most in (
        ("step", [row.step for row in rows], 16),
        ("tags", [" ".join(row.tags) for row in rows], 24),
    ):
        if any(cells):
            shown.append((Column(title, most=most, optional=True), cells))
    shown.append((Column("reason"), [row.reason or row.command for row in rows]))
    table([column for column, _ in shown], zip(*(cells for _, cells in shown), strict=True))


def _short(name: str, names: Sequence[str]) -> str:
    """The last part of a dotted name, where no other shown name ends like it."""
    last = name.rpartition(".")[2]
    return last if sum(each.rpartition(".")[2] == last for each in names) == 1 else name


def _name(row: Row, *, long: bool) -> str:
    return (row.id if long else row.id[:7]) + (f" {row.label}" if row.label else "")
