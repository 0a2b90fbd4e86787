"""The paper as `publisher.yml` and a citation file (CITATION.cff) tell of it.

Of a citation file only what a page shows is looked at; keys that we do not know are passed over.
Its form: Citation File Format 1.2.0, https://citation-file-format.github.io
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from publisher.errors import UnreadableSettings, UnreadableYaml
from publisher.model.paper import PaperFacts, Person, doi_of, merged, orcid_of
from publisher.model.project import Project
from publisher.store.project import SETTINGS
from publisher.store.yaml import decoded, line_of, read

CITATION = "CITATION.cff"
_PAPERS = frozenset(["article", "book", "conference-paper", "report", "thesis", "unpublished"])

Key = list[str | int]  #: a place in a YAML text, outermost first


def paper_facts(project: Project) -> PaperFacts:
    """What is known of a project's paper: `publisher.yml` counts before the citation file.

    The citation file is the one that `paper: {authors: …}` names, or `CITATION.cff` when there is one.

    Raises:
        UnreadableSettings: The citation file cannot be read, or an ORCID or a DOI is wrong; the line is named.
    """
    said = project.settings.paper
    named = said.authors if isinstance(said.authors, str) and _is_file_name(said.authors) else None
    text = _text(project.root / SETTINGS) if project.configured else ""
    source = _Source(project.root / SETTINGS, text)
    own = PaperFacts(
        title=_line(said.title),
        authors=_own_authors(said.authors, source) if named is None else [],
        abstract=(said.abstract or "").strip(),
        doi=source.checked(doi_of, said.doi, ["paper", "doi"]),
        licence=_line(said.licence),
        repository=_line(said.repository),
        url=_line(said.url),
        date=_line(said.date),
        version=_line(said.version),
    )
    path = project.root / (named or CITATION)
    if named is None and not path.is_file():
        return own
    if not _is_inside(path, project.root):
        raise UnreadableSettings(
            f"paper.authors: `{named or CITATION}` is not a file of this project",
            where=source.at(["paper", "authors"]),
            hint="name a citation file relative to publisher.yml, or give a list of names",
        )
    return merged(own, _of_this(own, read_citation(path)))


def _of_this(own: PaperFacts, cited: PaperFacts) -> PaperFacts:
    """What a citation file says of the paper in `publisher.yml`: of another title, it cites another work."""
    if not own.title or own.title == cited.title:
        return cited
    return PaperFacts(authors=cited.authors, licence=cited.licence, repository=cited.repository)


def read_citation(path: Path) -> PaperFacts:
    """What a citation file says of the paper.

    What it prefers to be cited (`preferred-citation`) is the paper when it is an article or the like; then title,
    authors, DOI, date and address are the article's, never those of the software.

    Raises:
        UnreadableSettings: It cannot be read, or an ORCID or a DOI in it is wrong; file and line are named.
    """
    text = _text(path)
    try:
        values = read(text)
    except UnreadableYaml as error:
        raise UnreadableSettings(error.what, where=f"{path}:{error.where}", hint=error.hint) from error
    source = _Source(path, text)
    software = _cited(values, [], source)
    preferred = values.get("preferred-citation")
    if not isinstance(preferred, dict) or preferred.get("type") not in _PAPERS:
        return software
    article = _cited(preferred, ["preferred-citation"], source)
    return PaperFacts(
        title=article.title or software.title,
        authors=article.authors or software.authors,
        abstract=article.abstract or software.abstract,
        doi=article.doi,
        licence=article.licence or software.licence,
        repository=article.repository or software.repository,
        url=article.url,
        date=article.date,
        version=article.version,
    )


class _Source:
    """A text and its place, for errors with a line."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def at(self, key: Key) -> str:
        return f"{self.path}:{line_of(self.text, key)}" if self.text.strip() else str(self.path)

    def checked(self, form: Callable[[str], str], value: Any, key: Key) -> str:
        """A value in its form.

        Raises:
            UnreadableSettings: It has none; the key and its line are named.
        """
        if not value:
            return ""
        try:
            return form(str(value))
        except ValueError as error:
            name = ".".join(map(str, key))
            raise UnreadableSettings(f"{name}: {error}", where=self.at(key)) from error


def _own_authors(said: Any, source: _Source) -> list[Person]:
    if isinstance(said, str):
        return [Person(name=_line(said))] if said.strip() else []
    people: list[Person] = []
    for number, each in enumerate(said or []):
        if isinstance(each, str):
            people.append(Person(name=_line(each)))
        else:
            orcid = source.checked(orcid_of, each.orcid, ["paper", "authors", number, "orcid"])
            people.append(Person(name=_line(each.name), orcid=orcid, affiliation=_line(each.affiliation)))
    return [each for each in people if each.name]


def _cited(values: dict[str, Any], key: Key, source: _Source) -> PaperFacts:
    """What one block of a citation file says."""
    identifiers = values.get("identifiers")
    doi, place = values.get("doi"), [*key, "doi"]
    for number, each in enumerate(identifiers if isinstance(identifiers, list) else []):
        if not doi and isinstance(each, dict) and each.get("type") == "doi":
            doi, place = each.get("value"), [*key, "identifiers", number, "value"]
    licence = values.get("license")
    return PaperFacts(
        title=_line(values.get("title")),
        authors=_people(values.get("authors"), [*key, "authors"], source),
        abstract=str(values.get("abstract") or "").strip(),
        doi=source.checked(doi_of, doi, place),
        licence=" or ".join(map(_line, licence)) if isinstance(licence, list) else _line(licence),
        repository=_line(values.get("repository-code") or values.get("repository")),
        url=_line(values.get("url")),
        date=_line(values.get("date-published") or values.get("date-released") or values.get("year")),
        version=_line(values.get("version")),
    )


def _people(said: Any, key: Key, source: _Source) -> list[Person]:
    people: list[Person] = []
    for number, each in enumerate(said if isinstance(said, list) else []):
        if isinstance(each, dict):
            parts = [
                each.get(part) for part in ("given-names", "name-particle", "family-names", "name-suffix")
            ]
            name = " ".join(_line(part) for part in parts if part)
            orcid = source.checked(orcid_of, each.get("orcid"), [*key, number, "orcid"])
            person = Person(
                name=_line(name or each.get("name") or each.get("alias")),
                orcid=orcid,
                affiliation=_line(each.get("affiliation")),
            )
            people += [person] if person.name else []
    return people


def _line(value: Any) -> str:
    """A value as one line of text."""
    return " ".join(str(value).split()) if isinstance(value, str | int | float) else ""


def _is_file_name(text: str) -> bool:
    return text.endswith((".cff", ".yml", ".yaml"))


def _is_inside(path: Path, root: Path) -> bool:
    place = Path(os.path.realpath(path))
    return place.is_file() and place.is_relative_to(os.path.realpath(root))


def _text(path: Path) -> str:
    try:
        return decoded(path.read_bytes())
    except UnreadableYaml as error:
        raise UnreadableSettings(error.what, where=f"{path}:{error.where}", hint=error.hint) from error
    except OSError as error:
        raise UnreadableSettings(f"cannot be read: {error.strerror}", where=path) from error
