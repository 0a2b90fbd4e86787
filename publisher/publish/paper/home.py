"""What the home page shows: the paper, its figures, what the site holds in numbers, where to start. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from publisher.model.paper import PaperFacts, Person
from publisher.publish import words
from publisher.publish.costs import NO_COST, Cost
from publisher.publish.launching import Door
from publisher.publish.listing import visible
from publisher.publish.paper.elements import Elements, PaperFigure
from publisher.publish.reproduction.standing import Standing, standing

MOST_FIGURES = 6

_LINK = re.compile(r"https?://[^\s\"<>]+")


class Number(Struct, frozen=True, kw_only=True):
    """How many of something the site holds."""

    count: int
    word: str
    detail: str  #: in a few words; or empty
    section: str  #: where they are: the folder of the site


class Checked(Struct, frozen=True, kw_only=True):
    """Whether runs were re-run and match, in a line that leads to the whole answer."""

    mark: words.Mark
    count: str  #: `24 of 26 runs`
    rest: str  #: what is not among these, by verdict; or empty
    started: str  #: when the newest verdict was found; empty when there is none
    day: str


class PaperHead(Struct, frozen=True, kw_only=True):
    """The paper and what the site holds of it."""

    paper: PaperFacts
    links: dict[str, str]  #: its addresses by field; empty when it is not safe to follow
    numbers: list[Number]
    checked: Checked | None  #: None when there is no run that could be re-run
    cost: Cost  #: to run all of it again
    doors: list[Door]  #: services that can


class HomePage(Struct, frozen=True, kw_only=True):
    """The home page of a site that has none of its own."""

    head: PaperHead
    figures: list[PaperFigure]
    more_figures: int


def shown_facts(paper: PaperFacts) -> PaperFacts:
    """The paper with every text such that a page shows what is there."""

    def shown(value: Any) -> Any:
        return visible(value) if isinstance(value, str) else value

    people = [
        Person(**{name: shown(getattr(each, name)) for name in Person.__struct_fields__})
        for each in paper.authors
    ]
    texts = {name: shown(getattr(paper, name)) for name in PaperFacts.__struct_fields__}
    return msgspec.structs.replace(paper, **texts | {"authors": people})


def paper_head(
    paper: PaperFacts,
    elements: Elements,
    *,
    notebooks: int,
    files: int,
    cost: Cost = NO_COST,
    doors: Sequence[Door] = (),
) -> PaperHead:
    """The paper and what the site holds of it in numbers.

    Args:
        paper: Its facts, safe to show.
        elements: The published runs.
        notebooks: How many notebooks are shown.
        files: How many files are known by their content.
        cost: What it costs to run all of it again.
        doors: Services that can.
    """
    rows = elements.rows
    ended = Counter[str](row.status for row in rows)
    detail = ", ".join(f"{ended[status]} {status}" for status in words.STATUS if status in ended)
    _, figures = elements.newest_figures(0)
    environments = len({row.environment for row in rows if row.environment})
    numbers = [
        ("run", "runs", len(rows), detail, "runs"),
        ("figure", "figures", figures, "", "figures"),
        ("notebook", "notebooks", notebooks, "", "notebooks"),
        ("environment", "environments", environments, "", "environments"),
        ("file", "files", files, "known by content", "data"),
    ]
    return PaperHead(
        paper=paper,
        links={
            name: address if _LINK.fullmatch(address) else ""
            for name, address in (("url", paper.url), ("repository", paper.repository))
        },
        numbers=[
            Number(count=count, word=one if count == 1 else many, detail=detail, section=section)
            for one, many, count, detail, section in numbers
            if count or section == "runs"
        ],
        checked=_checked(standing(rows)),
        cost=cost,
        doors=list(doors),
    )


def _checked(told: Standing) -> Checked | None:
    if not told.runs:
        return None
    match told.state:
        case "differs":
            rest = [(told.matching, "match"), (told.blocked, "blocked"), (told.unverified, "not re-run")]
        case "partly":
            rest = [(told.blocked, "blocked"), (told.unverified, "not re-run")]
        case "blocked":
            rest = [(told.unverified, "not re-run")]
        case _:
            rest = []
    return Checked(
        mark=told.mark,
        count=told.count,
        rest=", ".join(f"{words.count(count)} {word}" for count, word in rest if count),
        started=told.checked,
        day=words.day(told.checked) if told.checked else "",
    )


def home_page(head: PaperHead, elements: Elements) -> HomePage:
    """The home page of a site that has none of its own."""
    figures, paths = elements.newest_figures(MOST_FIGURES)
    return HomePage(head=head, figures=figures, more_figures=paths - len(figures))
