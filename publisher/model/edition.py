"""Editions of a site: which there are, what they are called, and where a reader is led. Pure.

An edition is a site frozen as it was for one state of a paper: preprint, submitted, v1.2. Its name is its folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

SCHEMA = 1

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
#: What stands beside editions at the top of the site, or would be taken for a folder of one edition.
RESERVED = frozenset(
    {
        *(
            "runs",
            "figures",
            "notebooks",
            "environments",
            "compare",
            "reproduction",
            "changes",
            "data",
            "which",
            "edition",
        ),
        *(
            "assets",
            "search",
            "javascripts",
            "stylesheets",
            "artifacts",
            "verifications",
            "index.html",
            "404.html",
        ),
        *("versions.json", "editions.json", "badge.svg", "cname", "robots.txt", "sitemap.xml"),
    }
)


class Frozen(Struct, frozen=True, kw_only=True):
    """What is known of an edition before it is built."""

    name: str  #: its folder
    tag: str  #: of git, from which it is built
    commit: str  #: that the tag meant then
    committed: str  #: when that commit was made, UTC: 2026-11-23T06:35:12Z

    @property
    def date(self) -> str:
        """The day of its commit: 2026-11-23."""
        return self.committed[:10]


class Edition(Frozen, frozen=True, kw_only=True):
    """One edition, as the list at the top of the site has it."""

    content: str  #: git's id of its folder: says all that is in it
    runs: int = 0
    publisher: str = ""  #: the version that built it
    notice: str = ""  #: what its pages are to say of it, while they themselves stay as they are
    draft: bool = False  #: it is what is being worked on, and no edition yet


class Editions(Struct, frozen=True, kw_only=True):
    """Everything that is published, newest first, and by which other names."""

    schema: int = SCHEMA
    editions: list[Edition] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)  #: alias -> name of an edition
    default: str = ""  #: edition or alias to which the top of the site leads

    def meant(self, name: str) -> Edition | None:
        """The edition that a name or an alias means."""
        name = self.aliases.get(name, name)
        return next((each for each in self.editions if each.name == name), None)

    @property
    def start(self) -> Edition | None:
        """To which the top of the site leads: the default, else the newest that is no draft."""
        frozen = [each for each in self.editions if not each.draft]
        return self.meant(self.default) or next(iter(frozen or self.editions), None)

    def with_edition(self, edition: Edition) -> Editions:
        """These with one more, or another one in the place of that of its name; the newest commit stands first."""
        rest = [each for each in self.editions if each.name != edition.name]
        ordered = sorted(
            [*rest, edition], key=lambda each: (each.draft, each.committed, each.name), reverse=True
        )
        return replace(self, editions=ordered)

    def with_notice(self, name: str, notice: str) -> Editions:
        """These with something to say of an edition; empty to say nothing."""
        told = [replace(each, notice=notice) if each.name == name else each for each in self.editions]
        return replace(self, editions=told)

    def without(self, name: str) -> Editions:
        """These without an edition, its aliases, and itself as the default."""
        aliases = {alias: meant for alias, meant in self.aliases.items() if meant != name}
        gone = self.default == name or self.aliases.get(self.default) == name
        editions = [each for each in self.editions if each.name != name]
        return replace(self, editions=editions, aliases=aliases, default="" if gone else self.default)

    def with_alias(self, alias: str, name: str) -> Editions:
        """These with another name for an edition."""
        return self.with_aliases({**self.aliases, alias: name})

    def with_aliases(self, aliases: Mapping[str, str]) -> Editions:
        """These with other names for editions than those that there were."""
        return replace(self, aliases=dict(sorted(aliases.items())))

    def with_default(self, name: str) -> Editions:
        """These with another one to which the top of the site leads."""
        return replace(self, default=name)


def edition_name(tag: str) -> str:
    """The folder of a tag's edition: `v1.0` is its own, `paper/v1` becomes `paper-v1`.

    Raises:
        ValueError: Nothing of it can be a folder's name, or that is one which the site itself needs.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", tag).strip("-._")
    checked_name(name)
    return name


def checked_name(name: str) -> str:
    """A name that an edition or an alias may have.

    Raises:
        ValueError: It may not.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise ValueError(f"`{name}` is no name for an edition: letters, digits, `.`, `_` and `-` make one")
    if name.lower() in RESERVED:
        raise ValueError(f"`{name}` is a part of every site, and no name for an edition")
    return name


def versions(editions: Editions) -> list[dict[str, object]]:
    """What `versions.json` says, in the form of mike, which Material's selector reads."""
    by_edition: dict[str, list[str]] = {}
    for alias, name in editions.aliases.items():
        by_edition.setdefault(name, []).append(alias)
    return [
        {"version": each.name, "title": each.name, "aliases": sorted(by_edition.get(each.name, ()))}
        for each in editions.editions
    ]


def newest_with(editions: Sequence[Edition], runs: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """For each run the newest edition that shows it; a draft only where no other does.

    Args:
        editions: Newest first.
        runs: Ids of the runs that an edition shows, by its name.
    """
    found: dict[str, str] = {}
    for each in sorted(editions, key=lambda each: each.draft):
        for run in runs.get(each.name, ()):
            found.setdefault(run, each.name)
    return found
