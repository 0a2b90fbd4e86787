"""What is known of the paper itself: its title, who wrote it, and where it can be found. Pure."""

from __future__ import annotations

import re

from msgspec import Struct, field

_ORCID = re.compile(
    r"(?:https?://(?:www\.)?orcid\.org/|orcid:)?(?P<id>\d{4}-?\d{4}-?\d{4}-?\d{3}[\dX])/?", re.I
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(?P<doi>10\.\d{4,9}(?:\.\d+)*/[^\s\"<>]+)", re.I)


class Person(Struct, frozen=True, kw_only=True):
    """One author."""

    name: str
    orcid: str = ""  #: as 0000-0002-1825-0097, its check digit right; or empty
    affiliation: str = ""


class PaperFacts(Struct, frozen=True, kw_only=True):
    """The paper that a site stands behind. A text that nobody gave is empty."""

    title: str = ""
    authors: list[Person] = field(default_factory=list)
    abstract: str = ""
    doi: str = ""  #: as 10.5281/zenodo.1234, without an address before it
    licence: str = ""  #: as it is given, most often an SPDX identifier
    repository: str = ""  #: address of the code
    url: str = ""  #: address of the paper
    date: str = ""  #: of publication: 2026-11-23, or the year alone
    version: str = ""


def orcid_of(text: str) -> str:
    """An ORCID as `0000-0002-1825-0097`, of the forms in which people write it.

    Raises:
        ValueError: It has another form, or its last character does not fit the others.

    Source: ISO 7064, MOD 11-2, as ORCID uses it.
    """
    found = _ORCID.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is no ORCID: write it as `0000-0002-1825-0097`")
    digits = found["id"].replace("-", "").upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    check = "X" if rest == 10 else str(rest)
    if digits[-1] != check:
        raise ValueError(
            f"`{text}` is no ORCID: its last character would have to be {check}, so a digit of it is wrong"
        )
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def doi_of(text: str) -> str:
    """A DOI as `10.5281/zenodo.1234`, of the forms in which people write it.

    Raises:
        ValueError: It has another form.
    """
    found = _DOI.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"`{text}` is no DOI: write it as `10.5281/zenodo.1234`")
    return found["doi"]


def merged(first: PaperFacts, then: PaperFacts) -> PaperFacts:
    """What either says; where both say something, the first counts."""
    fields = PaperFacts.__struct_fields__
    return PaperFacts(**{name: getattr(first, name) or getattr(then, name) for name in fields})
