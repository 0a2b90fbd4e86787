"""What badges for artifacts ask, beside what this site shows of it, and what is left to a person. Pure.

A badge is given by people: nothing here awards one, and no line says that results were reproduced. What the
badges ask is told in our own words, after

* ACM, Artifact Review and Badging, version 1.1, 2020,
* NISO RP-31-2021, Reproducibility Badging and Definitions, 2021,
* IEEE Xplore, Reproducibility Badges (code and data sets).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from publisher.model.paper import PaperFacts
from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.hosting import commit_page, web_address
from publisher.publish.listing import visible
from publisher.publish.reproduction.parties import Parties
from publisher.publish.reproduction.standing import Standing, answer

SHOWN = words.Mark("✓", "shown", "good")
PARTLY = words.Mark("◐", "in part", "held")
UNCHECKED = words.Mark("?", "not checked", "held")
MISSING = words.Mark("–", "not shown", "plain")


class Evidence(Struct, frozen=True, kw_only=True):
    """One thing that badges ask for, and what this site shows of it."""

    name: str
    mark: words.Mark
    text: str
    link: str  #: its words; empty when it leads nowhere
    address: str  #: relative to the site, or with `https://`


class Badge(Struct, frozen=True, kw_only=True):
    """A badge of one of the schemes."""

    name: str
    asks: str
    shown: list[tuple[str, words.Mark]]  #: the evidence that bears upon it, by name
    person: str  #: what is left to somebody


class Scheme(Struct, frozen=True, kw_only=True):
    """Badges that one organisation defines."""

    name: str
    badges: list[Badge]


class Known(Struct, frozen=True, kw_only=True):
    """What is known of a paper's artifacts, besides its runs."""

    paper: PaperFacts
    files: int  #: contents of which the digest is known
    unknown: int  #: files of which nobody could tell the content
    sources: int  #: inputs for which `publisher.yml` says where to have them
    steps: int  #: named commands in `publisher.yml`
    lock: str  #: what it names as environment; or empty


def evidence(rows: Sequence[Row], told: Standing, who: Parties, known: Known) -> list[Evidence]:
    """What this site shows of what badges ask for.

    Args:
        rows: The published runs, oldest first.
        told: What re-runs came to.
        who: Who re-ran them.
        known: What else is known.
    """
    return [
        _code(rows),
        _data(known),
        _environment(rows, known),
        _steps(known),
        _archive(known.paper),
        _licence(known.paper),
        _rerun(told),
        _others(who),
    ]


def _code(rows: Sequence[Row]) -> Evidence:
    exact = sum(bool(row.commit) and (not row.dirty or bool(row.patch)) for row in rows)
    patched = sum(bool(row.commit and row.dirty and row.patch) for row in rows)
    newest = next((row for row in reversed(rows) if row.commit), None)
    text = f"{_of(exact, len(rows))} with the commit of {'its' if exact == 1 else 'their'} code"
    if patched:
        text += f", {words.count(patched)} of them with what was not committed, kept as a patch"
    page = commit_page(newest.repository, newest.commit) if newest else None
    return Evidence(
        name="code",
        mark=_share(exact, len(rows)),
        text=text if rows else "no run is published",
        link=f"commit {newest.commit[:7]}" if newest and page else "",
        address=page or "",
    )


def _data(known: Known) -> Evidence:
    whole = known.files + known.unknown
    text = f"{words.plural(known.files, 'file')} known by SHA-256"
    if known.unknown:
        text += f", of {words.count(known.unknown)} the content is not known"
    if known.sources:
        text += f"; publisher.yml says where {words.plural(known.sources, 'input')} can be had"
    return Evidence(
        name="data",
        mark=_share(known.files, whole),
        text=text if whole else "no run read or wrote a file",
        link="every file",
        address="data/",
    )


def _environment(rows: Sequence[Row], known: Known) -> Evidence:
    having = sum(bool(row.environment) for row in rows)
    text = f"{_of(having, len(rows))} with the system and the packages that {'it' if having == 1 else 'they'} saw"
    if known.lock:
        text += f"; locked by {visible(known.lock)}"
    return Evidence(
        name="environment",
        mark=_share(having, len(rows)),
        text=text if rows else "no run is published",
        link="environments",
        address="environments/",
    )


def _steps(known: Known) -> Evidence:
    text = f"{words.plural(known.steps, 'step')} in publisher.yml, each a command that runs by its name"
    return Evidence(
        name="instructions",
        mark=SHOWN if known.steps else PARTLY,
        text=text if known.steps else "each run's page has its commands; publisher.yml names no steps",
        link="the steps" if known.steps else "runs",
        address="#steps" if known.steps else "runs/",
    )


def _archive(paper: PaperFacts) -> Evidence:
    code = web_address(paper.repository)
    host = (
        f"the code is at {code.split('/')[2]}, which is no archive" if code else "a code host is no archive"
    )
    if not paper.doi:
        return Evidence(name="archive", mark=MISSING, text=f"no DOI is named; {host}", link="", address="")
    text = "a DOI is named; whether code and data lie behind it in an archive was not looked up"
    return Evidence(
        name="archive",
        mark=UNCHECKED,
        text=text,
        link=f"doi:{paper.doi}",
        address=f"https://doi.org/{paper.doi}",
    )


def _licence(paper: PaperFacts) -> Evidence:
    text = paper.licence or "none is named in publisher.yml or CITATION.cff"
    return Evidence(name="licence", mark=SHOWN if paper.licence else MISSING, text=text, link="", address="")


def _rerun(told: Standing) -> Evidence:
    mark = {
        "matches": SHOWN,
        "partly": PARTLY,
        "differs": words.Mark("≠", "differs", "bad"),
        "blocked": words.Mark("⊘", "blocked", "held"),
        "unknown": MISSING,
    }[told.state]
    sentence = answer(told)[1].rstrip(".")
    text = f"{sentence[0].lower()}{sentence[1:]}, by a program that compares what comes out"
    return Evidence(name="re-run", mark=mark, text=text, link="", address="")


def _others(who: Parties) -> Evidence:
    if not who.others:
        text = "no re-run names somebody who is none of the authors"
        return Evidence(name="other people", mark=MISSING, text=text, link="", address="")
    many = words.plural(who.others, "party that is", "parties that are")
    return Evidence(
        name="other people",
        mark=UNCHECKED,
        text=f"re-runs by {many} none of the authors, as their files say; nobody checked the names",
        link="who re-ran",
        address="#who",
    )


def _of(count: int, whole: int) -> str:
    if count == whole:
        return "the one run" if whole == 1 else f"all {words.plural(whole, 'run')}"
    return f"{words.count(count) if count else 'none'} of {words.plural(whole, 'run')}"


def _share(count: int, whole: int) -> words.Mark:
    if not count:
        return MISSING
    return SHOWN if count == whole else PARTLY


_SEES = "to read it, try it and judge, as a reviewer"
_OTHERS = "to obtain the results, being none of the authors"
#: By scheme: name, what it asks, which evidence bears upon it, what is left to a person.
_SCHEMES: dict[str, list[tuple[str, str, str, str]]] = {
    "ACM, version 1.1": [
        (
            "Artifacts Available",
            "a copy in an archive that is meant to last, with an identifier",
            "archive",
            "to see that the archive holds these artifacts",
        ),
        (
            "Artifacts Evaluated – Functional",
            "documented, consistent, complete, can be exercised",
            "code,data,environment,instructions,re-run",
            _SEES,
        ),
        (
            "Artifacts Evaluated – Reusable",
            "beyond functional: so well documented and built that others can build upon it",
            "code,data,environment,instructions,licence",
            _SEES,
        ),
        (
            "Results Reproduced",
            "others obtain the main results with these artifacts",
            "re-run,other people",
            _OTHERS,
        ),
        ("Results Replicated", "others obtain the main results without these artifacts", "", _OTHERS),
    ],
    "NISO RP-31-2021": [
        (
            "Open Research Objects (ORO)",
            "in a public archive that lasts, with an identifier and an open licence",
            "archive,licence",
            "to see that the archive holds them, and that the licence is open",
        ),
        (
            "Research Objects Reviewed (ROR)",
            "all objects that the work needs were reviewed",
            "code,data,environment,instructions,re-run",
            _SEES,
        ),
        (
            "Results Reproduced (ROR-R)",
            "others obtain the results with the authors' objects",
            "re-run,other people",
            _OTHERS,
        ),
        ("Results Replicated (RER)", "others obtain the results with objects of their own", "", _OTHERS),
    ],
    "IEEE": [
        (
            "Code Available",
            "the code can be had, and documents of it",
            "code,instructions,archive",
            "to see that it can be had, and for how long",
        ),
        (
            "Code Reviewed",
            "the code is complete, runs and puts out what is said",
            "code,environment,instructions,re-run",
            _SEES,
        ),
        ("Code Reproducible", "others obtain the results with this code", "re-run,other people", _OTHERS),
        ("Code Replicated", "others obtain the results with code of their own", "", _OTHERS),
        (
            "Datasets Available, Reviewed, Reproducible, Replicated",
            "the same four of the data",
            "data,archive,licence",
            "the same, of the data",
        ),
    ],
}


def schemes(shown: Sequence[Evidence]) -> list[Scheme]:
    """The badges, each with the evidence that bears upon it."""
    marks = {each.name: each.mark for each in shown}
    return [
        Scheme(
            name=scheme,
            badges=[
                Badge(
                    name=name,
                    asks=asks,
                    shown=[(each, marks[each]) for each in bears.split(",") if each],
                    person=person,
                )
                for name, asks, bears, person in badges
            ],
        )
        for scheme, badges in _SCHEMES.items()
    ]
