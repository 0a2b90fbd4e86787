"""How heavy a site is, part by part, and whether that is more than its owner allows. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from publisher.publish import words

#: The parts of a site, by how addresses begin; the first that fits counts, and what fits none is documentation.
_PARTS = (
    ("assets/", "theme"),
    ("search/", "search"),
    ("data/", "data"),
    ("artifacts/", "figures and other artifacts"),
    ("notebooks/", "notebooks"),
    ("environments/", "environments"),
)
_RUNS = "pages of runs"
_RECORDS = "records"
_REST = "documentation"


class Part(Struct, frozen=True, kw_only=True):
    """Files of one kind."""

    name: str
    files: int
    size: int  #: bytes


class Weight(Struct, frozen=True, kw_only=True):
    """A whole site."""

    files: int
    size: int  #: bytes
    parts: list[Part]  #: the largest first


def weighed(sizes: Mapping[str, int]) -> Weight:
    """How heavy a site is.

    Args:
        sizes: How long each file is, in bytes, by its address.
    """
    counts: dict[str, list[int]] = {}
    for address, size in sizes.items():
        found = counts.setdefault(_part(address), [0, 0])
        found[0] += 1
        found[1] += size
    parts = [Part(name=name, files=files, size=size) for name, (files, size) in counts.items()]
    parts.sort(key=lambda part: (-part.size, part.name))
    return Weight(files=len(sizes), size=sum(part.size for part in parts), parts=parts)


def told(weight: Weight) -> str:
    """One line about it: `12 MB in 340 files: pages of runs 8.1 MB, data 2.2 MB, …`."""
    parts = ", ".join(f"{part.name} {words.size(part.size)}" for part in weight.parts)
    return f"{words.size(weight.size)} in {words.plural(weight.files, 'file')}" + (
        f": {parts}" if parts else ""
    )


def excess(weight: Weight, most: int) -> str:
    """Why a site is too large, and what to do; empty when it is not.

    Args:
        weight: Of the site.
        most: Bytes that it may have.
    """
    if weight.size <= most:
        return ""
    largest = ", ".join(f"{part.name} {words.size(part.size)}" for part in weight.parts[:3])
    return (
        f"the site has {words.size(weight.size)}, more than the {words.size(most)} that `site.max_size` allows; "
        f"the largest parts are {largest}\n"
        "  keep fewer artifacts (`artifacts` and `limits` in publisher.yml), leave runs out (`publish: false`, or "
        "`site.publish: only`), or raise `site.max_size` when your host takes more"
    )


def _part(address: str) -> str:
    if address.startswith("runs/"):
        return _RECORDS if address.endswith(".yml") else _RUNS
    return next((name for start, name in _PARTS if address.startswith(start)), _REST)
