"""The page about an edition itself: what it was frozen for, how to cite it, where the others are. Pure."""

from __future__ import annotations

from msgspec import Struct

from publisher.model.edition import Frozen
from publisher.model.paper import PaperFacts
from publisher.publish import words
from publisher.publish.citing import Citation, edition_citation
from publisher.publish.hosting import commit_page


class EditionPage(Struct, frozen=True, kw_only=True):
    """An edition, about itself."""

    name: str
    tag: str
    commit: str
    commit_page: str  #: where the commit can be seen; empty when that is not known
    committed: str
    day: str
    runs: int
    citation: Citation
    address: str  #: where the edition will be found; empty when that is not known


def edition_page(
    edition: Frozen, paper: PaperFacts, *, repository: str, runs: int, address: str
) -> EditionPage:
    """What an edition says of itself.

    Args:
        edition: Which.
        paper: What it is the supplement of.
        repository: Address of the code; empty when it is not known.
        runs: How many it shows.
        address: Where it will be found, with `/` at the end; empty when that is not known.
    """
    return EditionPage(
        name=edition.name,
        tag=edition.tag,
        commit=edition.commit,
        commit_page=commit_page(repository, edition.commit) or "",
        committed=edition.committed,
        day=words.day(edition.date),
        runs=runs,
        citation=edition_citation(edition, paper, address),
        address=address,
    )
