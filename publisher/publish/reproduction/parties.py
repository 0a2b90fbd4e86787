"""Who re-ran runs, and where, as verifications tell it: the authors' own beside everybody else's. Pure.

A verification is a file that anybody may add, and the name in it is what the file says. So names are shown as
that; which of them is one of the authors is told from the paper and from the records, and proves nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from publisher.model.row import Row, Verified, telling
from publisher.model.verification import VERDICTS
from publisher.publish import words
from publisher.publish.hosting import web_address
from publisher.publish.listing import visible
from publisher.publish.run.checks import job_link, place_of

MOST_PARTIES = 30  #: in the table, those of the most runs

Whose = Literal["authors", "others", "unknown"]
_WORKFLOW = re.compile(r"https://(?P<page>[a-z0-9.-]+/[\w.-]+/[\w.-]+)/actions/runs/\d+(?:[/?#].*)?")


class Opinion(Struct, frozen=True, kw_only=True):
    """What one party found of one run, the last time."""

    mark: words.Mark
    who: str
    where: str
    started: str
    day: str


class Party(Struct, frozen=True, kw_only=True):
    """Somebody at one place, as their verifications name both."""

    who: str  #: a name, or the repository whose workflow it was; empty when none is given
    whose: Whose
    where: str  #: `on GitHub Actions`, `on Linux 6.1, x86_64`; empty when it is not told
    job: str  #: address of the last CI run; or empty
    runs: int
    marks: list[tuple[words.Mark, int]]  #: what their last re-run of each run came to
    started: str  #: of their last one
    day: str


class Parties(Struct, frozen=True, kw_only=True):
    """All of them."""

    shown: list[Party]
    more: int
    named: int  #: different names, or repositories
    places: int  #: different places
    others: int  #: names that are none of the authors'
    unknown: bool  #: of some it is not known whose they are


class Known(Struct, frozen=True, kw_only=True):
    """What tells an author from others."""

    names: frozenset[str]  #: of the paper's authors and of those who made the records, without case
    pages: frozenset[str]  #: of the repositories that the runs were made in: `github.com/someone/paper`


def known(authors: Iterable[str], rows: Iterable[Row], repository: str) -> Known:
    """Who the authors are, as paper and records tell.

    Args:
        authors: Of the paper.
        rows: The published runs.
        repository: That the paper names; or empty.
    """
    pages = {row.repository for row in rows} | {repository}
    addresses = {web_address(each) or "" for each in pages}
    names = {*authors, *(row.author for row in rows)}
    return Known(
        names=frozenset(" ".join(each.split()).casefold() for each in names if each.strip()),
        pages=frozenset(each.removeprefix("https://").casefold() for each in addresses if each),
    )


def parties(verified: Mapping[str, Sequence[Verified]], who: Known) -> Parties:
    """Who re-ran runs, where, and what it came to.

    Args:
        verified: Verifications of published runs, by run, oldest first.
        who: The authors.
    """
    last: dict[tuple[str, str], dict[str, Verified]] = {}
    for run, told in verified.items():
        for each in told:
            last.setdefault(_key(each), {})[run] = each
    found = [_party(list(each.values()), who) for each in last.values()]
    found.sort(key=lambda each: (-each.runs, each.who, each.where))
    return Parties(
        shown=found[:MOST_PARTIES],
        more=len(found[MOST_PARTIES:]),
        named=len({each.who for each in found if each.who}),
        places=len({each.where for each in found}),
        unknown=any(each.whose == "unknown" for each in found),
        others=len({each.who for each in found if each.whose == "others"}),
    )


def opinions(told: Sequence[Verified]) -> list[Opinion]:
    """What each party found of a run the last time, when several did; that of the verdict first."""
    last = {_key(each): each for each in told}
    if len(last) < 2:
        return []
    first = telling(told)
    ordered = sorted(last.values(), key=lambda each: (each is not first, each.started))
    return [
        Opinion(
            mark=words.VERDICT[each.verdict],
            who=named(each),
            where=place_of(each.job, each.system),
            started=each.started,
            day=words.day(each.started),
        )
        for each in ordered
    ]


def named(each: Verified) -> str:
    """Who a verification says that it is of: a name, else the repository whose workflow it was; or empty."""
    workflow = _WORKFLOW.fullmatch(each.job)
    return visible(each.author or (workflow["page"].removeprefix("github.com/") if workflow else ""))


def _key(each: Verified) -> tuple[str, str]:
    workflow = _WORKFLOW.fullmatch(each.job)
    return each.author, workflow["page"] if workflow else each.job.partition("://")[2].partition("/")[
        0
    ] or each.system


def _party(told: list[Verified], who: Known) -> Party:
    newest = max(told, key=lambda each: each.started)
    counted = Counter(each.verdict for each in told)
    return Party(
        who=named(newest),
        whose=_whose(newest, who),
        where=place_of(newest.job, newest.system),
        job=job_link(newest.job),
        runs=len(told),
        marks=[(words.VERDICT[verdict], counted[verdict]) for verdict in VERDICTS if verdict in counted],
        started=newest.started,
        day=words.day(newest.started),
    )


def _whose(each: Verified, who: Known) -> Whose:
    workflow = _WORKFLOW.fullmatch(each.job)
    name = " ".join(each.author.split()).casefold()
    if name:
        return "authors" if name in who.names else "others" if who.names else "unknown"
    if workflow and who.pages:
        return "authors" if workflow["page"].casefold() in who.pages else "others"
    return "unknown"
