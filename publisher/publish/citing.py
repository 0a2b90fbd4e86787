"""How one run, or an edition of the site, is cited: a sentence, and an entry for BibTeX. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from publisher.model.edition import Frozen
from publisher.model.paper import PaperFacts
from publisher.model.record import Record
from publisher.publish import words
from publisher.publish.listing import visible

_SPECIAL = re.compile(r"[\\{}$&#^_~%]")
_WORDS = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}"}
_ADDRESS = re.compile(r"https?://[^\s{}\\]+")

_SWHID = re.compile(r"swh:1:[a-z]{3}:[0-9a-f]{40}")


class Citation(Struct, frozen=True, kw_only=True):
    """What is named in a list of references."""

    text: str
    bibtex: str


def citation(record: Record, paper: PaperFacts, address: str) -> Citation:
    """How a run is cited.

    Args:
        record: The run.
        paper: The paper that it belongs to; who wrote it is who is named, else who ran it.
        address: Of the run's page, where it will be found; empty when that is not known.
    """
    authors = [each.name for each in paper.authors]
    if not authors and record.author and record.author.name:
        authors = [record.author.name]
    run = f"Run {record.id}" + (f" of “{paper.title}”" if paper.title else "")
    commit = f"commit {record.code.commit[:10]}" if record.code.commit else ""
    swhid = record.code.swhid or ""
    parts = [", ".join(authors), run + (f", {commit}" if commit else ""), words.day(record.started), address]
    fields = {
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in authors),
        "title": f"Run {record.id}" + (f" of {_escaped(paper.title)}" if paper.title else ""),
        "year": record.started[:4],
        "swhid": swhid if _SWHID.fullmatch(swhid) else "",
        "note": "" if _SWHID.fullmatch(swhid) else commit,
        "url": address if _ADDRESS.fullmatch(address) else "",
    }
    return Citation(text=_sentence(parts), bibtex=_entry(f"run-{record.id}", fields))


def edition_citation(edition: Frozen, paper: PaperFacts, address: str) -> Citation:
    """How an edition is cited.

    Args:
        edition: Which.
        paper: What it is the supplement of.
        address: Where it will be found; empty when that is not known.
    """
    authors = [each.name for each in paper.authors]
    named = f"Supplement of “{paper.title}”" if paper.title else "Supplement"
    state = f"edition {edition.name}, commit {edition.commit[:10]}"
    fields = {
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in authors),
        "title": ("Supplement of " + _escaped(paper.title)) if paper.title else "Supplement",
        "year": edition.date[:4],
        "version": _escaped(edition.name),
        "note": f"commit {edition.commit}",
        "url": address if _ADDRESS.fullmatch(address) else "",
    }
    parts = [", ".join(authors), f"{named}, {state}", words.day(edition.date), address]
    return Citation(text=_sentence(parts), bibtex=_entry(f"supplement-{edition.name}", fields))


def _sentence(parts: list[str]) -> str:
    return visible(". ".join(part for part in parts if part))


def _entry(key: str, fields: Mapping[str, str]) -> str:
    lines = [f"  {name} = {{{text}}}," for name, text in fields.items() if text]
    return "\n".join([f"@misc{{{key},", *map(visible, lines), "}"])


def _escaped(text: str) -> str:
    """A text as TeX prints it."""
    return _SPECIAL.sub(lambda found: _WORDS.get(found[0], f"\\{found[0]}"), text)
