"""Find what in a project names somebody, some place or some machine. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from publisher.model.environment import Environment
from publisher.model.paper import PaperFacts
from publisher.model.project import Paper
from publisher.model.record import Record
from publisher.publish.hosting import web_address
from publisher.publish.outlet.anonymous.ordinary import ordinary_words
from publisher.publish.outlet.anonymous.places import ACCOUNT, EMAIL

_FAMILY = 4  #: letters that a family name needs to be replaced where it stands alone
_GIVEN = 5  #: and a given name
_FEWEST = 4  #: letters of a name of an account or a machine that is replaced in any case


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Names of accounts, machines and organisations that name nobody.
_COMMON = _set_of(
    "admin administrator anonymous build builder code contact data debian docker example git group guest"
    " hello home info jovyan local localhost mail nobody none noreply office paper papers project projects"
    " public python research root runner science scratch shared someone student students support team test"
    " tests tmp ubuntu user users vagrant webmaster work"
)
#: Domains in which anybody has an address.
_FOR_EVERYBODY = _set_of(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com me.com mac.com"
    " aol.com gmx.de gmx.net web.de proton.me protonmail.com posteo.de mailbox.org fastmail.com zoho.com"
    " qq.com 163.com 126.com mail.ru yandex.ru users.noreply.github.com noreply.github.com github.com"
    " noreply.gitlab.com gitlab.com bitbucket.org github.io gitlab.io"
)


class TellTales(Struct, frozen=True, kw_only=True):
    """What tells who made a site."""

    texts: frozenset[str]  #: replaced wherever they stand: full names, addresses, remotes, domains
    words: frozenset[str]  #: replaced as whole words, but not in programs: names that are words as well
    short: frozenset[str] = frozenset()  #: of two or three letters: replaced only as they are, by themselves


def tell_tales(
    records: Iterable[Record],
    environments: Iterable[Environment],
    papers: Sequence[PaperFacts | Paper],
    also: Sequence[str] = (),
) -> TellTales:
    """Everything in a project that names somebody, some place or some machine.

    Args:
        records: All that are published.
        environments: Those that they saw.
        papers: What is said of the paper.
        also: More names, e-mail addresses, accounts and hosts, such as those that git is configured with.
    """
    found = _Found()
    for each in also:
        found.anything(each)
    for record in records:
        if record.author:
            found.name(record.author.name)
            found.email(record.author.email)
        found.remote(record.code.repository)
        for note in record.annotations.notes:
            found.anything(note.by)
        found.accounts(msgspec.json.encode(record).decode())
    for environment in environments:
        found.machine(environment.system.hostname)
        found.accounts(msgspec.json.encode(environment).decode())
    for paper in papers:
        found.paper(paper)
    return TellTales(texts=frozenset(found.texts), words=frozenset(found.words), short=frozenset(found.short))


class _Found:
    """Tell-tales, as they come."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.words: set[str] = set()
        self.short: set[str] = set()

    def anything(self, text: str | None) -> None:
        """A name, an address, an account or a host: whatever it looks like."""
        text = (text or "").strip()
        if "/" in text and " " not in text:
            self.remote(text)
        elif "@" in text:
            self.email(text)
        elif " " in text:
            self.name(text)
        else:
            self.machine(text)

    def name(self, text: str | None) -> None:
        """Somebody's name."""
        text = " ".join((text or "").replace(",", " , ").split())
        if "@" in text:
            self.email(_bare(text))
            text = text.partition("<")[0].strip()
        if " , " in text:  # the family first
            family, _, given = text.partition(" , ")
            text = f"{given} {family}"
        parts = text.split()
        if len(parts) == 1:
            self.machine(parts[0])
        if len(parts) < 2:
            return
        given, family = parts[0], parts[-1]
        initials = {f"{given[0]}.", given[0], "".join(f"{each[0]}." for each in parts[:-1])}
        initials |= {" ".join(f"{each[0]}." for each in parts[:-1])}
        self.texts.add(text)
        if family.islower():  # a group, as in `The solver developers`: no part of it names somebody
            return
        for first in {given, " ".join(parts[:-1]), *initials}:
            self.texts |= {f"{first} {family}", f"{family}, {first}"}
            if len(first) > 1:
                self.texts.add(f"{family} {first}")
        for each in {family, *re.split(r"['\u2019-]", family)}:
            self._word(each, _FAMILY)
        for each in parts[:-1]:
            if not each.islower():
                self._word(each, _GIVEN)
        for each in parts:
            if 3 <= len(each.strip(".")) < _GIVEN and each.isalpha() and each.lower() not in ordinary_words():
                self.short.add(each)
        if len(family) >= _GIVEN:  # what people are called on machines
            self.words |= {f"{given[0]}{family}", f"{family}{given[0]}"}

    def email(self, text: str | None) -> None:
        """Somebody's address, and the account in it."""
        text = _bare(text or "")
        account, at, host = text.partition("@")
        if at and account:
            self.texts.add(text)
            self.account(account)
            self.domain(host)

    def domain(self, host: str) -> None:
        """The domain of somebody's address, and those that it belongs to, unless everybody has one there."""
        labels = host.lower().rstrip(".").split(".")
        while len(labels) >= 2 and ".".join(labels) not in _FOR_EVERYBODY:
            if len(labels[0]) >= _FEWEST and labels[0] not in _COMMON:
                self.texts.add(".".join(labels))
                if _says_who(labels[0]) and labels[0] not in ordinary_words():
                    self._word(labels[0], _FEWEST)
            labels = labels[1:]

    def account(self, text: str) -> None:
        """What somebody is called on a machine or a site."""
        self._word(text, _FEWEST)

    def machine(self, text: str | None) -> None:
        """A host, with its domain or without."""
        text = (text or "").strip()
        name, dot, domain = text.partition(".")
        if dot and name.lower() not in _COMMON:
            self.texts.add(text)
        if dot and domain not in ("local", "localdomain", "lan", "home", "internal"):
            self.domain(domain)
        if 2 <= len(name) < _FEWEST and name.isalnum() and name.lower() not in ordinary_words():
            self.short.add(name)
        self._word(name, _FEWEST)

    def remote(self, text: str | None) -> None:
        """The address of a repository or a site."""
        text = (text or "").strip().removesuffix("/")
        if not text:
            return
        page = web_address(text) or text
        self.texts |= {text, text.removesuffix(".git"), page}
        parts = urlsplit(page)
        inner = parts.path.strip("/").removesuffix(".git")
        owner, slash, _name = inner.partition("/")
        if slash:
            self.texts.add(inner)
        if parts.hostname and owner:
            self.texts |= {f"{parts.hostname}/{owner}", f"{parts.hostname}:{owner}", f"{owner}.github.io"}
            self.texts.add(f"{owner}.gitlab.io")
        elif parts.hostname:
            self.texts.add(parts.hostname)
        if _says_who(owner):
            self._word(owner, _FEWEST)
        self.accounts(text)

    def accounts(self, text: str) -> None:
        """Names of accounts in absolute paths."""
        for each in ACCOUNT.finditer(text):
            self.account(each["name"])

    def paper(self, paper: PaperFacts | Paper) -> None:
        """What is said of the paper, apart from its title, abstract, licence and date."""
        for author in paper.authors if isinstance(paper.authors, list) else ():
            if isinstance(author, str):
                self.name(author)
                continue
            self.name(author.name)
            if author.orcid:
                self.texts.add(author.orcid)
            if author.affiliation:
                self.texts.add(author.affiliation)
        if paper.doi:
            self.texts.add(paper.doi)
        for address in (paper.url, paper.repository):
            self.remote(address)

    def _word(self, text: str, fewest: int) -> None:
        if len(text) >= fewest and text.lower() not in _COMMON and not text.isdigit():
            self.words.add(text)


def _says_who(owner: str) -> bool:
    return len(owner) >= _FEWEST and bool(
        re.search(r"[\d_-]", owner) or not owner.islower() or len(owner) > 6
    )


def _bare(text: str) -> str:
    """The address in `Ada Example <ada@example.org>`."""
    found = EMAIL.search(text)
    return found[0] if found else text.strip()
