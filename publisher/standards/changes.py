"""What changed between two states of a paper, as Markdown: for a letter to the editor, or a pull request. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from publisher.model.changes import Changes, Flat
from publisher.model.difference import Change
from publisher.standards.markdown import Entry, cut, fitted

MOST_FACTS = 6  #: differences that are named of one figure or step
MOST_RUNS = 20
LONGEST = 60  #: characters of a value or a reason
MOST_LINES = 60  #: of a table


def as_markdown(changes: Changes) -> str:
    """A heading, and a part for figures, steps, runs and re-runs, each only when something in it changed."""
    lines = [f"### From {cut(changes.before)} to {cut(changes.after)}", ""]
    if changes.nothing:
        lines.append("Both show the same figures and runs, and say the same of them.")
    else:
        for part in (_figures(changes), _steps(changes), _runs(changes), _said(changes)):
            lines += part
    return fitted(lines, whole="`publisher changes` shows all of them")


def _figures(changes: Changes) -> Iterator[str]:
    if changes.untold:
        yield f"**Figures:** {cut(changes.untold)} does not tell which it shows."
        yield ""
        return
    kinds = Counter(each.kind for each in changes.figures)
    counts = [f"{kinds[kind]} {kind}" for kind in ("changed", "new", "gone") if kinds[kind]]
    counts += [f"{changes.same_figures} the same to the byte"] if changes.same_figures else []
    if not counts:
        return
    yield f"**Figures:** {', '.join(counts)}."
    yield ""
    if changes.figures:
        yield "| figure | | run before | run now | what differs |"
        yield "|---|---|---|---|---|"
    for each in changes.figures[:MOST_LINES]:
        runs = [cut(drawn.run[:7]) if drawn else "" for drawn in (each.before, each.after)]
        yield Entry(f"| {cut(each.path)} | {each.kind} | {runs[0]} | {runs[1]} | {_told(each.facts)} |")
    if len(changes.figures) > MOST_LINES:
        yield f"| and {len(changes.figures) - MOST_LINES} more | | | | |"
    yield ""


def _steps(changes: Changes) -> Iterator[str]:
    if not changes.steps:
        return
    yield "| step | | run before | run now | what differs |"
    yield "|---|---|---|---|---|"
    for each in changes.steps[:MOST_LINES]:
        runs = [cut(run[:7]) if run else "" for run in (each.before, each.after)]
        differs = _told(each.facts) or ("nothing that is recorded" if all(runs) else "")
        kind = "" if each.kind == "changed" else each.kind
        yield Entry(f"| {cut(each.name)} | {kind} | {runs[0]} | {runs[1]} | {differs} |")
    if len(changes.steps) > MOST_LINES:
        yield f"| and {len(changes.steps) - MOST_LINES} more | | | | |"
    yield ""


def _runs(changes: Changes) -> Iterator[str]:
    for found, what in ((changes.added, "added"), (changes.gone, "withdrawn")):
        if found:
            yield f"**Runs {what}:** {len(found)}"
            yield ""
            yield from (_run(flat) for flat in found[:MOST_RUNS])
            if len(found) > MOST_RUNS:
                yield f"- and {len(found) - MOST_RUNS} more"
            yield ""


def _run(flat: Flat) -> Entry:
    title = flat.get("reason") or flat.get("label") or flat.get("step") or flat.get("command", "")
    return Entry(
        f"- {cut(str(flat['id'])[:7])} {cut(str(title), LONGEST)} "
        f"({cut(str(flat['status']))}, {cut(str(flat.get('verdict')))})"
    )


def _said(changes: Changes) -> Iterator[str]:
    (then, of), (now, of_now) = changes.matching
    if of or of_now:
        yield f"**Re-runs:** {now} of {of_now} match" + (
            f" (before: {then} of {of})." if (then, of) != (now, of_now) else "."
        )
        yield ""
    for each in changes.reviewed[:MOST_RUNS]:
        yield Entry(f"- {cut(each.run[:7])}: {_told(each.facts)}")
    if len(changes.reviewed) > MOST_RUNS:
        yield f"- and {len(changes.reviewed) - MOST_RUNS} more"


def _told(facts: Sequence[Change]) -> str:
    parts = [
        f"{cut(each.name, LONGEST)} {_value(each, each.before)} → {_value(each, each.after)}"
        for each in facts[:MOST_FACTS]
    ]
    if len(facts) > MOST_FACTS:
        parts.append(f"{len(facts) - MOST_FACTS} more")
    return "; ".join(parts)


def _value(change: Change, value: Any) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if change.name == "commit":
        return cut(str(value)[:7])
    if isinstance(value, float) and change.group == "metrics":
        return f"{value:.6g}"
    return cut(", ".join(map(str, value)) if isinstance(value, list) else str(value), LONGEST)
