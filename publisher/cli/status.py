"""`publisher status`: what no longer stands as it was recorded. Runs nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import answer, bar, hand_over, line, marked_line, say
from publisher.model.printable import printable_line

if TYPE_CHECKING:
    from publisher.verify.staleness import Reason, Staleness, Standing

HELP = "say what is stale: steps, figures, and runs that nobody verified"
EXAMPLE = "publisher status --days 30"

_MOST_REASONS = 4  #: that are told of one step or figure
_MOST_RUNS = 6  #: runs that are named in a line
_WIDEST = 60  #: characters of a name that others are lined up with


def options(parser: argparse.ArgumentParser) -> None:
    """When a verification is old, and how it is told."""
    parser.add_argument(
        "--days", type=float, default=90.0, metavar="N", help="a verification is old after so many days (90)"
    )
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def run(args: argparse.Namespace) -> int:
    """Tell; 1 when a step or a figure is stale, was never recorded, or a run was never verified or long ago."""
    from datetime import UTC, datetime

    from publisher.store.index import Index
    from publisher.verify.staleness import staleness

    project = project_here()
    rows = Index(project).rows(progress=bar).rows
    found = staleness(project, rows, now=datetime.now(UTC))
    old = found.verified_before(args.days)
    if args.json:
        _as_json(found)
    else:
        _tell(found, args.days)
    stale = not all(each.fresh for each in [*found.steps, *found.figures])
    return 1 if stale or old or found.never_verified else 0


def _tell(found: Staleness, days: float) -> None:
    lengths = (len(printable_line(each.name)) for each in [*found.steps, *found.figures])
    width = min(max(lengths, default=0), _WIDEST)
    for title, standings in (("steps", found.steps), ("figures", found.figures)):
        if standings:
            answer(title)
            for each in standings:
                _standing(each, width)
    runs = len(found.checked)
    if not runs:
        say("no run has been recorded: publisher run -- COMMAND")
        return
    never, old = found.never_verified, found.verified_before(days)
    answer("runs")
    verdicts = [each.verdict for each in found.checked if each.verdict]
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in dict.fromkeys(sorted(verdicts)))
    answer(f"  {len(verdicts)} of {runs} verified" + (f": {counts}" if counts else ""))
    if never:
        answer(f"  {len(never)} never verified: {_ids([each.run for each in never])}")
    if old:
        answer(f"  {len(old)} last verified more than {days:g} days ago: {_ids([each.run for each in old])}")
    if never or old:
        say("publisher verify RUN... re-runs them")


def _standing(standing: Standing, width: int) -> None:
    name, run = f"{printable_line(standing.name):<{width}}", (standing.run or "-" * 7)[:7]
    if standing.fresh:
        marked_line(("  = ", "completed"), (name, ""), (f"  {run}", "id"), ("  as it was recorded", "dim"))
        return
    mark = ("  · ", "lost") if standing.run is None else ("  ≠ ", "interrupted")
    reasons = [in_words(each) for each in standing.reasons]
    more = len(reasons) - _MOST_REASONS
    marked_line(mark, (name, ""), (f"  {run}", "id"), (f"  {reasons[0]}", ""))
    for each in reasons[1:_MOST_REASONS]:
        line((" " * (width + 13), ""), (each, ""))
    if more > 0:
        line((" " * (width + 13), ""), (f"and {more} more", "dim"))


def in_words(reason: Reason) -> str:
    """One reason for which something is stale, as a sentence without its subject."""
    if reason.kind == "never":
        return "was never recorded"
    if reason.kind == "failed":
        return f"its newest run is {reason.recorded}"
    if reason.kind == "dirty":
        return "its code was not committed"
    if reason.kind == "command":
        return f"its command is now `{reason.found}`, and was `{reason.recorded}`"
    if reason.kind == "unknown":
        return "nobody can tell what its code was"
    what = {"code": "code", "input": "input", "parameters": "parameters"}[reason.kind]
    if reason.found is None:
        return f"{what} {reason.path} is no longer here"
    if reason.recorded is None:
        return f"{what} {reason.path} is new"
    return f"{what} {reason.path} has changed" + (", the program itself" if reason.main else "")


def _ids(runs: Sequence[str]) -> str:
    from publisher.errors import one_of

    return one_of([each[:7] for each in runs], most=_MOST_RUNS)


def _as_json(found: Staleness) -> None:
    import msgspec

    from publisher.standards.rows_json import strict

    hand_over(strict(msgspec.to_builtins(found)) + "\n")
