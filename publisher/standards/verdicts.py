"""Verifications as Markdown: for the summary of a CI job, or a letter to an editor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from publisher.model.row import Row
from publisher.model.verification import (
    MATCHES,
    SHAPES,
    VERDICTS,
    Verification,
    blame_in_a_sentence,
    in_a_sentence,
)
from publisher.standards.markdown import LONGEST, MOST, Entry, cut, fitted


def verdicts(told: Sequence[tuple[Row, Verification]], *, most: int | None = MOST) -> str:
    """Return a heading with the sum, and a table with a line for each run; what did not match comes first.

    Args:
        told: Runs and their verifications.
        most: Characters of the text; None for no limit.
    """
    counts = Counter(verification.verdict for _, verification in told)
    matching = sum(counts[each] for each in MATCHES)
    parts = ", ".join(f"{counts[each]} {each}" for each in VERDICTS if counts[each])
    lines = [
        f"### {matching} of {len(told)} re-runs match",
        "",
        f"{parts}." if parts else "Nothing was re-run.",
    ]
    if told:
        lines += ["", "| run | step | verdict | |", "|---|---|---|---|"]
    for row, verification in sorted(told, key=lambda each: -VERDICTS.index(each[1].verdict)):
        verdict = verification.verdict
        sentence = "; ".join(filter(None, [in_a_sentence(verification), blame_in_a_sentence(verification)]))
        lines.append(
            Entry(
                f"| `{row.id[:7]}` {cut(row.reason)} | {cut(row.step)} | {SHAPES[verdict]} {verdict} "
                f"| {cut(sentence, 2 * LONGEST)} |"
            )
        )
    return fitted(lines, most=most, whole="`publisher verify --json` has all of them")
