"""`publisher check`: whether records are whole and figures described: schema, seals, artifacts, alt texts."""

from __future__ import annotations

import argparse

from publisher.cli.here import project_here
from publisher.cli.terminal import answer, bar, hand_over, say

HELP = "check records: schema, seals, artifacts, words for figures"
EXAMPLE = "publisher check"


def options(parser: argparse.ArgumentParser) -> None:
    """How it is told."""
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.add_argument(
        "paths", nargs="*", help=argparse.SUPPRESS
    )  # pre-commit hands files on; all are checked


def run(args: argparse.Namespace) -> int:
    """Check; 1 when something is to be looked at."""
    from publisher.probe.tree import size_below
    from publisher.store.records import record_files
    from publisher.store.soundness import findings

    project = project_here()
    found = findings(project, progress=bar)
    wrong = [each for each in found if not each.is_note]
    if args.json:
        import msgspec

        from publisher.standards.rows_json import strict

        hand_over(strict([msgspec.to_builtins(each) for each in found]) + "\n")
        return 1 if wrong else 0
    for each in found:
        answer(f"{each.where}: {each.what}" + (f"\n  {each.hint}" if each.hint else ""))
    count = sum(1 for _ in record_files(project.records))
    from publisher.model.files import in_words

    size = in_words(size_below(project.records))
    verdict = f"{len(wrong)} to look at" if wrong else "all sound"
    notes = len(found) - len(wrong)
    verdict += f", {notes} note{'' if notes == 1 else 's'}" if notes else ""
    say(f"{count} records, {size}: {verdict}")
    return 1 if wrong else 0
