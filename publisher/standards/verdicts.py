"""Verifications as Markdown: for the summary of a CI job, or a letter to an editor."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from publisher.model.row import Row
from publisher.model.verification import MATCHES, SHAPES, VERDICTS, Verification, in_a_sentence


def verdicts(told: Sequence[tuple[Row, Verification]]) -> str:
    """A heading with the sum, and a table with a line for each run; what did not match comes first."""
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
        lines.append(
            f"| `{row.id[:7]}` {_cell(row.reason)} | {_cell(row.step)} | {SHAPES[verdict]} {verdict} "
            f"| {_cell(in_a_sentence(verification))} |"
        )
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """A text that stays in its cell, and is only text there."""
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"([\\`*_{}\[\]<>|#!&~@$])", r"\\\1", text)
