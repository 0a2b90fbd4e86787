"""`publisher check`: whether records are whole and figures described: schema, seals, artifacts, alt texts."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import answer, answer_lines, bar, hand_over, say

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.store.soundness import Finding

HELP = "check records and notebooks: schema, seals, artifacts, words for figures; credentials"
EXAMPLE = "publisher check"


def options(parser: argparse.ArgumentParser) -> None:
    """How it is told."""
    parser.add_argument("--json", action="store_true", help="the findings as JSON")
    parser.add_argument(
        "--secrets", action="store_true",
        help="look for credentials instead, in everything that is committed with the records",
    )  # fmt: skip
    parser.add_argument(
        "paths", nargs="*", help=argparse.SUPPRESS
    )  # pre-commit hands files on; all are checked


def run(args: argparse.Namespace) -> int:
    """Check; 1 when something is to be looked at."""
    from publisher.probe.tree import size_below
    from publisher.store.records import record_files
    from publisher.store.soundness import findings

    project = project_here()
    if args.secrets:
        return _secrets(project, as_json=args.json)
    found = [*findings(project, progress=bar), *_of_notebooks(project)]
    wrong = [each for each in found if not each.is_note]
    if args.json:
        import msgspec

        from publisher.standards.rows_json import strict

        hand_over(strict([msgspec.to_builtins(each) for each in found]) + "\n")
        return 1 if wrong else 0
    for each in found:
        answer(f"{each.where}: {each.what}")
        answer_lines(each.hint)
    count = sum(1 for _ in record_files(project.records))
    from publisher.model.files import in_words

    size = in_words(size_below(project.records))
    verdict = f"{len(wrong)} to look at" if wrong else "all sound"
    notes = len(found) - len(wrong)
    verdict += f", {notes} note{'' if notes == 1 else 's'}" if notes else ""
    say(f"{count} records, {size}: {verdict}")
    return 1 if wrong else 0


def _of_notebooks(project: Project) -> list[Finding]:
    """What is broken in the notebooks that the site shows."""
    from publisher.publish.notebooks.finding import look_for_notebooks
    from publisher.store.soundness import Finding

    broken = look_for_notebooks(project.root, project.settings.site.notebooks).broken
    return [Finding(where=each.path, what=each.reason, kind="notebook") for each in broken]


def _secrets(project: Project, *, as_json: bool) -> int:
    """Look for credentials; 1 when something looks like one. The credential itself is never shown."""
    from publisher.store.leaks import WHAT_TO_DO, committed

    found = committed(project, progress=bar)
    allowed = set(project.settings.site.allow_secrets)
    left = [leak for leak in found if leak.id not in allowed]
    if as_json:
        import msgspec

        from publisher.standards.rows_json import strict

        hand_over(strict([msgspec.to_builtins(leak) for leak in left]) + "\n")
        return 1 if left else 0
    for leak in left:
        answer(str(leak))
    if left:
        answer()
        answer_lines(WHAT_TO_DO)
    many = "1 place looks" if len(left) == 1 else f"{len(left)} places look"
    also = f" ({len(found) - len(left)} allowed in publisher.yml)" if len(found) > len(left) else ""
    say(f"{many if left else 'no place looks'} like a credential{also}")
    return 1 if left else 0
