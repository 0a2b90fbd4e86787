"""What the page shows that tells one edition from another: figures side by side, steps, runs, re-runs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from publisher.model.changes import Changes, Drawn, FigureChange, Flat
from publisher.model.difference import Change
from publisher.publish import addresses, words
from publisher.publish.listing import visible
from publisher.publish.run.page import opens_safely

MOST_FACTS = 12  #: differences that are named of one figure or step
MOST_FIGURES = 60
_GROUPS = {"param": "parameter", "metric": "metric"}
MOST_RUNS = (
    40  #: that are named, of those that came, those that went, and those of which other things are said
)


class Side(Struct, frozen=True, kw_only=True):
    """A figure in one of both editions."""

    edition: str
    address: str  #: of the picture, from the top of the site
    opens: bool
    alt: str
    run: str  #: address of the run's page, from the top of the site
    short: str


class Told(Struct, frozen=True, kw_only=True):
    """One difference: `dt`, `0.1`, `0.05`."""

    name: str
    before: str
    after: str


class Figure(Struct, frozen=True, kw_only=True):
    """A figure that came, went or changed."""

    path: str
    kind: str
    caption: str
    before: Side | None
    after: Side | None
    facts: list[Told]
    more: int


class Step(Struct, frozen=True, kw_only=True):
    """A step whose newest run is another one."""

    name: str
    kind: str
    before: str  #: address of the run's page; empty for a new step
    before_short: str
    after: str
    after_short: str
    facts: list[Told]
    more: int
    shown: str  #: path of a figure of the same two runs, at which the differences stand; or empty


class Run(Struct, frozen=True, kw_only=True):
    """A run in a list, with what is said otherwise of it, if that is why it is there."""

    address: str
    short: str
    title: str
    started: str
    when: str
    facts: list[Told]


class Runs(Struct, frozen=True, kw_only=True):
    """Some runs, and how many more there are."""

    runs: list[Run]
    count: int


class Pair(Struct, frozen=True, kw_only=True):
    """Two editions that can be compared."""

    before: str
    after: str
    address: str  #: of the page, beside this one
    here: bool


class ChangesPage(Struct, frozen=True, kw_only=True):
    """What changed from one edition to another."""

    before: str
    after: str
    dates: tuple[str, str]
    summary: str
    figures: list[Figure]
    more_figures: int
    same_figures: int
    steps: list[Step]
    added: Runs
    gone: Runs
    reviewed: Runs
    names: list[str]
    pairs: list[Pair]


def changes_page(changes: Changes, pairs: Sequence[Pair]) -> ChangesPage:
    """The page.

    Args:
        changes: What is different.
        pairs: All that can be compared, for the way from here to there.
    """
    before, after = changes.before, changes.after
    figures = [_figure(each, before, after) for each in changes.figures[:MOST_FIGURES]]
    shown = {
        (each.before.run, each.after.run): visible(each.path)
        for each in changes.figures[:MOST_FIGURES]
        if each.before and each.after and each.facts
    }
    return ChangesPage(
        before=before,
        after=after,
        dates=(words.day(changes.dates[0]), words.day(changes.dates[1])),
        summary=summary(changes),
        figures=figures,
        more_figures=len(changes.figures) - len(figures),
        same_figures=changes.same_figures,
        steps=[
            Step(
                name=visible(each.name),
                kind=each.kind,
                before=_page(before, each.before) if each.before else "",
                before_short=words.short(each.before),
                after=_page(after, each.after) if each.after else "",
                after_short=words.short(each.after),
                facts=told(each.facts[:MOST_FACTS]),
                more=len(each.facts[MOST_FACTS:]),
                shown=shown.get((each.before, each.after), ""),
            )
            for each in changes.steps
        ],
        added=_runs(after, changes.added),
        gone=_runs(before, changes.gone),
        reviewed=Runs(
            runs=[
                Run(
                    address=_page(after, each.run),
                    short=words.short(each.run),
                    title="",
                    started="",
                    when="",
                    facts=told(each.facts),
                )
                for each in changes.reviewed[:MOST_RUNS]
            ],
            count=len(changes.reviewed),
        ),
        names=[
            f"{visible(each.name.partition('.')[2])} "
            f"({_GROUPS[each.name.partition('.')[0]]}, {'new' if each.before is None else 'gone'})"
            for each in changes.names
        ],
        pairs=list(pairs),
    )


def summary(changes: Changes) -> str:
    """All of it in a sentence: `2 figures changed, 1 is new; 6 runs were added; 24 of 26 re-runs match …`."""
    if changes.nothing:
        return "Both show the same figures and runs, and say the same of them."
    kinds = Counter[str](each.kind for each in changes.figures)
    parts = []
    if changes.figures:
        told = [words.plural(kinds["changed"], "figure") + " changed"] if kinds["changed"] else []
        told += [f"{kinds[kind]} {word}" for kind, word in (("new", "new"), ("gone", "gone")) if kinds[kind]]
        parts.append(", ".join(told) + ("" if kinds["changed"] else f" {_figures(len(changes.figures))}"))
    else:
        parts.append("all figures are the same to the byte" if changes.same_figures else "")
        parts.append(f"whether figures changed, {changes.untold} does not tell" if changes.untold else "")
    for found, done in ((changes.added, "added"), (changes.gone, "withdrawn")):
        parts.append(f"{words.plural(len(found), 'run')} {done}" if found else "")
    (then, of), (now, of_now) = changes.matching
    if (then, of) != (now, of_now):
        parts.append(f"{now} of {of_now} re-runs match" + (f", where {then} of {of} did" if of else ""))
    if not any(parts):
        about = words.plural(len(changes.reviewed), "run") if changes.reviewed else "steps"
        parts.append(f"the runs are the same; something else is said of {about}")
    text = "; ".join(filter(None, parts))
    return text[:1].upper() + text[1:] + "."


def _figures(count: int) -> str:
    return "figure" if count == 1 else "figures"


def told(facts: Sequence[Change]) -> list[Told]:
    """Differences as a reader sees them."""
    return [
        Told(name=visible(each.name), before=_said(each, each.before), after=_said(each, each.after))
        for each in facts
    ]


def _said(change: Change, value: Any) -> str:
    if value is None or value == "" or value == []:
        return "–"
    if change.group == "metrics" and isinstance(value, int | float) and not isinstance(value, bool):
        return words.number(value)
    if change.name == "commit":
        return visible(str(value)[:7])
    if isinstance(value, str):
        return visible(value)
    return visible(words.value(value))


def _figure(change: FigureChange, before: str, after: str) -> Figure:
    newest = change.after or change.before
    return Figure(
        path=visible(change.path),
        kind=change.kind,
        caption=visible(newest.caption) if newest else "",
        before=_side(before, change.before),
        after=_side(after, change.after),
        facts=told(change.facts[:MOST_FACTS]),
        more=len(change.facts[MOST_FACTS:]),
    )


def _side(edition: str, drawn: Drawn | None) -> Side | None:
    if drawn is None or not addresses.is_inside(drawn.address):
        return None
    return Side(
        edition=edition,
        address=f"{edition}/{drawn.address}",
        opens=opens_safely(drawn.address),
        alt=visible(drawn.alt) or visible(f"{drawn.path} in {edition}"),
        run=_page(edition, drawn.run),
        short=words.short(drawn.run),
    )


def _page(edition: str, run: str) -> str:
    """A run's page; of an id that is none, the table of all runs."""
    try:
        return f"{edition}/{addresses.run_page(run)}"
    except ValueError:
        return f"{edition}/{addresses.RUNS}"


def _runs(edition: str, found: Sequence[Flat]) -> Runs:
    return Runs(
        runs=[
            Run(
                address=_page(edition, str(flat["id"])),
                short=visible(words.short(str(flat["id"]))),
                title=visible(
                    str(flat.get("reason") or flat.get("label") or flat.get("step") or flat["command"])
                ),
                started=visible(str(flat["started"])),
                when=words.moment(str(flat["started"])),
                facts=[],
            )
            for flat in found[:MOST_RUNS]
        ],
        count=len(found),
    )
