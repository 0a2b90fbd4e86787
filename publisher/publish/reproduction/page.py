"""The page that says whether the work can be re-run and matches: steps, runs by verdict, and why not. Pure.

A study may have a hundred thousand runs, and the page stays small: steps stand in full, then what does not match,
up to a bound, then the rest as a number that leads to the explorer. Whole verifications are asked for only for
what is shown in full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct

from publisher.model.project import Step
from publisher.model.row import UNVERIFIED, Row, Verified, telling
from publisher.model.verification import MATCHES, Verification
from publisher.publish import words
from publisher.publish.costs import METHOD, NO_COST, NOTHING, Cost, Whole
from publisher.publish.launching import Door
from publisher.publish.listing import visible
from publisher.publish.reproduction.criteria import Evidence, Known, Scheme, evidence, schemes
from publisher.publish.reproduction.parties import Opinion, Parties, known, opinions, parties
from publisher.publish.reproduction.standing import Standing, answer, standing
from publisher.publish.run.checks import Check, Compared, check, place_of
from publisher.publish.run.page import FindKept

MOST_STEPS = 200
MOST_DIFFERING = 40  #: runs that do not match, shown with their evidence; the newest
MOST_OBSTACLES = 25  #: reasons why runs could not be re-run
MOST_NAMED = 12  #: runs that are named where only their names are
MOST_MATCHING = 150  #: runs that match are listed up to so many; of more, only the number
MOST_DISPUTED = 20
MOST_OUTPUTS = 3  #: of one run, those that came out otherwise
MOST_DEVIATIONS = 3  #: of the environment of one re-run

ReadVerification = Callable[[Verified], Verification]
Again = Callable[[Row], tuple[Cost, list[Door]]]


class Name(Struct, frozen=True, kw_only=True):
    """A run, as it is called."""

    run: str
    short: str
    title: str
    step: str


class Tally(Struct, frozen=True, kw_only=True):
    """How many runs have one verdict, and how the explorer is asked for them."""

    mark: words.Mark
    count: int
    query: str  #: percent-encoded


class StepLine(Struct, frozen=True, kw_only=True):
    """A step of the paper, by its newest run."""

    name: str
    description: str
    declared: bool  #: `publisher.yml` has it
    newest: Name | None  #: its newest completed run, else its newest; None when it has none on this site
    cost: Cost  #: to run that again
    doors: list[Door]  #: services that can
    mark: words.Mark
    started: str  #: when the verdict was found; empty when there is none
    day: str
    where: str
    runs: int
    marks: list[tuple[words.Mark, int]]  #: of all its runs


class RunLine(Struct, frozen=True, kw_only=True):
    """A run and its verdict."""

    name: Name
    mark: words.Mark
    started: str
    day: str
    where: str


class Differing(Struct, frozen=True, kw_only=True):
    """A run of which the re-run came out otherwise, and what is known of why."""

    line: RunLine
    sentence: str
    outputs: list[Compared]  #: the first that came out otherwise
    more_outputs: int
    blamed: str
    deviations: list[tuple[str, str, str]]  #: what, recorded, found
    more_deviations: int
    opinions: list[Opinion]  #: when more than one party re-ran it


class Obstacle(Struct, frozen=True, kw_only=True):
    """Why runs could not be re-run, and what would change that."""

    reason: str
    unblock: str
    runs: list[Name]
    count: int
    started: str  #: of the last attempt
    day: str
    where: str


class Disputed(Struct, frozen=True, kw_only=True):
    """A run of which not all parties found the same."""

    name: Name
    opinions: list[Opinion]


class ReproductionPage(Struct, frozen=True, kw_only=True):
    """The whole page."""

    standing: Standing
    answer: str
    sentence: str
    checked: str  #: in words; empty when nothing was
    where: str  #: of the newest verdict
    tallies: list[Tally]
    steps: list[StepLine]
    more_steps: int
    differing: list[Differing]
    more_differing: int
    obstacles: list[Obstacle]
    more_obstacles: int
    disputed: list[Disputed]
    more_disputed: int
    unverified: list[Name]  #: the newest of them
    matching: list[RunLine]  #: empty when there are too many to list
    who: Parties
    evidence: list[Evidence]
    schemes: list[Scheme]
    whole: Whole  #: what it costs to run the paper again
    method: str  #: how that is found
    run: list[str]  #: commands that do; empty when nothing of it can be run
    doors: list[Door]  #: services that can
    again: list[str]  #: commands by which a reader checks all of it
    verdicts: dict[str, words.Mark]
    address: str  #: of the site; empty when nobody said


def reproduction_page(
    rows: Sequence[Row],
    verified: Mapping[str, Sequence[Verified]],
    *,
    steps: Mapping[str, Step],
    facts: Known,
    read: ReadVerification,
    kept: FindKept,
    whole: Whole = NOTHING,
    doors: Sequence[Door] = (),
    again: Again = lambda row: (NO_COST, []),
    clone: str = "",
    prefix: str = "",
    address: str = "",
) -> ReproductionPage:
    """What the page shows.

    Args:
        rows: The published runs, oldest first.
        verified: Verifications by run, oldest first; those of runs that are not published are passed over.
        steps: What `publisher.yml` declares.
        facts: What else is known of the paper.
        read: Reads a whole verification.
        kept: Finds kept copies.
        whole: What it costs to run the paper again.
        doors: Services that can run it.
        again: What it costs to run one run again, and services that can.
        clone: Address of the code, to clone; or empty.
        prefix: Folders from the top of the repository to the project, with `/` at the end; or empty.
        address: Where the site will be found, with `/` at the end; or empty.
    """
    told = {row.id: verified[row.id] for row in rows if row.id in verified}
    lasts = {run: last for run, each in told.items() if (last := telling(each))}
    overall = standing(rows)
    ended = [row for row in reversed(rows) if row.status not in ("running", "lost")]
    by = {verdict: [row for row in ended if row.verdict == verdict] for verdict in words.VERDICT}
    matching = [row for row in ended if row.verdict in MATCHES]
    differing = [row for row in ended if row.verdict in ("different", "failed")]
    shown = [_differing(row, told[row.id], lasts[row.id], read, kept) for row in differing[:MOST_DIFFERING]]
    obstacles, more_obstacles = _obstacles(by["blocked"], lasts, read)
    disputed = [row for row in ended if _is_disputed(told.get(row.id, ()))]
    lines, more_steps = _steps(rows, steps, lasts, again)
    repository = facts.paper.repository
    who = parties(told, known((each.name for each in facts.paper.authors), rows, repository))
    marks = evidence(rows, overall, who, facts)
    newest = max(lasts.values(), key=lambda each: each.started, default=None)
    word, sentence = answer(overall)
    return ReproductionPage(
        standing=overall,
        answer=word,
        sentence=sentence,
        checked=words.moment(overall.checked) if overall.checked else "",
        where=place_of(newest.job, newest.system) if newest else "",
        tallies=[
            Tally(mark=words.VERDICT[each], count=count, query=_query(each, overall))
            for each, count in overall.counts.items()
        ],
        steps=lines,
        more_steps=more_steps,
        differing=shown,
        more_differing=len(differing) - len(shown),
        obstacles=obstacles,
        more_obstacles=more_obstacles,
        disputed=[_disputed(row, told[row.id]) for row in disputed[:MOST_DISPUTED]],
        more_disputed=len(disputed[MOST_DISPUTED:]),
        unverified=[_name(row) for row in by[UNVERIFIED][:MOST_NAMED]],
        matching=[_line(row, lasts) for row in matching] if len(matching) <= MOST_MATCHING else [],
        who=who,
        evidence=marks,
        schemes=schemes(marks),
        whole=whole,
        method=METHOD,
        doors=list(doors),
        run=_run(whole, clone, prefix),
        again=_again(clone, prefix),
        verdicts=words.VERDICT,
        address=address,
    )


def _again(clone: str, prefix: str, *what: str) -> list[str]:
    """The commands by which a reader checks all of it, or what is named."""
    folder = f"paper/{prefix}".rstrip("/")
    there = [words.command(["git", "clone", clone, "paper"]), words.command(["cd", folder])] if clone else []
    return [visible(line) for line in [*there, words.command(["publisher", "verify", *(what or ["--all"])])]]


def _run(whole: Whole, clone: str, prefix: str) -> list[str]:
    """The commands that run what makes the paper."""
    named = [part.short for part in whole.parts]
    return _again(clone, prefix, *named) if named and not whole.more else []


def _query(verdict: str, told: Standing) -> str:
    """How the explorer is asked for the runs that are counted."""
    also = " -status:running -status:lost" if verdict == UNVERIFIED and told.open else ""
    return quote(f"verdict:{verdict}{also}", safe=":-")


def _name(row: Row) -> Name:
    return Name(run=row.id, short=words.short(row.id), title=words.title_of(row), step=visible(row.step))


def _line(row: Row, lasts: Mapping[str, Verified]) -> RunLine:
    last = lasts.get(row.id)
    return RunLine(
        name=_name(row),
        mark=words.VERDICT[row.verdict],
        started=row.verified,
        day=words.day(row.verified) if row.verified else "",
        where=place_of(last.job, last.system) if last else "",
    )


def _steps(
    rows: Sequence[Row], declared: Mapping[str, Step], lasts: Mapping[str, Verified], again: Again
) -> tuple[list[StepLine], int]:
    """The steps of the paper in its order, then those that runs name besides."""
    of: dict[str, list[Row]] = {name: [] for name in declared}
    for row in rows:
        if row.step:
            of.setdefault(row.step, []).append(row)
    names = list(of)
    lines = [_step(name, of[name], declared.get(name), lasts, again) for name in names[:MOST_STEPS]]
    return lines, len(names[MOST_STEPS:])


def _step(
    name: str, rows: Sequence[Row], said: Step | None, lasts: Mapping[str, Verified], again: Again
) -> StepLine:
    newest = next((row for row in reversed(rows) if row.status == "completed"), rows[-1] if rows else None)
    line = _line(newest, lasts) if newest else None
    counts = standing(rows).counts
    cost, doors = again(newest) if newest else (NO_COST, [])
    return StepLine(
        name=visible(name),
        description=visible((said.description if said else "") or ""),
        declared=said is not None,
        newest=line.name if line else None,
        cost=cost,
        doors=doors,
        mark=line.mark if line else words.UNVERIFIED,
        started=line.started if line else "",
        day=line.day if line else "",
        where=line.where if line else "",
        runs=len(rows),
        marks=[(words.VERDICT[verdict], count) for verdict, count in counts.items()],
    )


def _differing(
    row: Row, told: Sequence[Verified], last: Verified, read: ReadVerification, kept: FindKept
) -> Differing:
    found = check(told, read(last), kept=kept)
    outputs = [each for each in found.findings if each.mark.kind == "bad"]
    shown = outputs[:MOST_OUTPUTS]
    return Differing(
        line=_line(row, {row.id: last}),
        sentence=found.sentence,
        outputs=shown,
        more_outputs=_otherwise(last, outputs) - _count(shown),
        blamed=found.blamed,
        deviations=found.deviations[:MOST_DEVIATIONS],
        more_deviations=_deviations(found) - len(found.deviations[:MOST_DEVIATIONS]),
        opinions=opinions(told),
    )


def _otherwise(last: Verified, seen: Sequence[Compared]) -> int:
    """How many outputs of a re-run do not match, also beyond those that a page looks at."""
    return max(_count(seen), last.outcomes.get("different", 0) + last.outcomes.get("missing", 0))


def _count(found: Sequence[Compared]) -> int:
    return sum(len(each.paths) for each in found)


def _deviations(found: Check) -> int:
    return len(found.deviations) + found.more_deviations


def _obstacles(
    rows: Sequence[Row], lasts: Mapping[str, Verified], read: ReadVerification
) -> tuple[list[Obstacle], int]:
    """Reasons why runs could not be re-run, that of the most runs first."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(lasts[row.id].reason, []).append(row)
    ordered = sorted(groups.items(), key=lambda each: -len(each[1]))
    return [_obstacle(reason, found, lasts, read) for reason, found in ordered[:MOST_OBSTACLES]], len(
        ordered[MOST_OBSTACLES:]
    )


def _obstacle(
    reason: str, rows: Sequence[Row], lasts: Mapping[str, Verified], read: ReadVerification
) -> Obstacle:
    last = max((lasts[row.id] for row in rows), key=lambda each: each.started)
    reason = reason or "no reason is recorded"
    return Obstacle(
        reason=visible(reason[:1].upper() + reason[1:].rstrip(". ")),
        unblock=visible(read(last).unblock or ""),
        runs=[_name(row) for row in rows[:MOST_NAMED]],
        count=len(rows),
        started=last.started,
        day=words.day(last.started),
        where=place_of(last.job, last.system),
    )


def _is_disputed(told: Sequence[Verified]) -> bool:
    """Whether some party's last re-run matches and another's does not; one that was blocked found nothing."""
    if len(told) < 2:
        return False
    found = {each.mark.word in MATCHES for each in opinions(told) if each.mark.word != "blocked"}
    return len(found) > 1


def _disputed(row: Row, told: Sequence[Verified]) -> Disputed:
    return Disputed(name=_name(row), opinions=opinions(told))
