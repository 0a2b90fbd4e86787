"""A site without a sign of who made it, for double-blind review. Pure.

Two nets, one behind the other. What is known to name somebody is left out of the values that pages are made
from; and everything that is written passes a scrubber, which replaces each name, address and absolute path by
words, also where someone wrote it into a log or a note. It cannot know what it was not told: a lab's nickname in a
plot's title stays. Ids of commits stay too, because they name the code; a public repository can be found by them.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from urllib.parse import quote, urlsplit

import msgspec
from msgspec import Struct

from publisher.model.environment import Environment
from publisher.model.paper import PaperFacts
from publisher.model.project import Paper
from publisher.model.record import Record
from publisher.model.row import Row
from publisher.publish.hosting import web_address

WORDS = "(anonymous)"
SAID = "# Anonymised for review: names, addresses and places are replaced, so the seal is left out."

_FAMILY = 4  #: letters that a family name needs to be replaced where it stands alone
_GIVEN = 5  #: and a given name
_FEWEST = 4  #: letters of a name of an account or a machine that is replaced wherever it stands
_MOST_INSIDE = 20_000_000  #: bytes that are looked at of what a file holds compressed
#: Names of accounts, machines and organisations that name nobody.
_COMMON = frozenset(
    [
        "admin",
        "administrator",
        "anonymous",
        "build",
        "builder",
        "code",
        "contact",
        "data",
        "debian",
        "docker",
        "example",
        "git",
        "group",
        "guest",
        "hello",
        "home",
        "info",
        "jovyan",
        "local",
        "localhost",
        "mail",
        "nobody",
        "none",
        "noreply",
        "office",
        "paper",
        "papers",
        "project",
        "projects",
        "public",
        "python",
        "research",
        "root",
        "runner",
        "science",
        "scratch",
        "shared",
        "someone",
        "student",
        "students",
        "support",
        "team",
        "test",
        "tests",
        "tmp",
        "ubuntu",
        "user",
        "users",
        "vagrant",
        "webmaster",
        "work",
    ]
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")
_ORCID = re.compile(r"(?<![\d-])\d{4}-\d{4}-\d{4}-\d{3}[\dX](?![\d-])")
_ROOTS = (
    "home|Users|root|tmp|private|scratch|lustre|gpfs|beegfs|nfs|mnt|media|srv|work|projects|export|afs|net|Volumes|opt/home"
    "|var/tmp|var/folders|var/home|usr/home|data/home"
)
_PATH = re.compile(rf"(?<![\w.~)\-])/(?:{_ROOTS})(?:/+[^\s/\"'<>|:;,&()\[\]{{}}\\`*]+)+/?")
_QUOTED_PATH = re.compile(rf"%2F(?:{_ROOTS})(?:%2F[^\s/\"'<>&%]*(?:%(?!2F)[0-9A-F]{{2}}[^\s/\"'<>&%]*)*)+")
_WINDOWS = re.compile(
    r"(?<![A-Za-z])[A-Za-z]:(?:\\+|/)(?:Users|Documents and Settings|home)(?:(?:\\+|/)[^\s\\/\"'<>|:;,&]+)+",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:(?<![\w.~)\-])/(?:home|Users|scratch|var/home|usr/home|export/home)/|\b[A-Za-z]:(?:\\+|/)Users(?:\\+|/))"
    r"(?P<name>[^\s\\/\"'<>|:;,&()]+)"
)
_SEAL = re.compile(r"^seal:.*\n?", re.MULTILINE)
_DEAD_LINK = re.compile(rf'\s(?:href|src)="[^"]*{re.escape(WORDS)}[^"]*"')
_META = r"<meta http-equiv=[^>]*>"
_PICTURE = re.compile(r"iVBORw0KGgo(?:[A-Za-z0-9+/=]|\\n)+")
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SAYS = frozenset((b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME"))
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


class TellTales(Struct, frozen=True, kw_only=True):
    """What tells who made a site."""

    texts: frozenset[str]  #: replaced wherever they stand: full names, addresses, remotes
    words: frozenset[str]  #: replaced as whole words, but not in programs: names that are words as well


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
    return TellTales(texts=frozenset(found.texts), words=frozenset(found.words))


class _Found:
    """Tell-tales, as they come."""

    def __init__(self) -> None:
        self.texts: set[str] = set()
        self.words: set[str] = set()

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
        for first in {given, " ".join(parts[:-1]), *initials}:
            self.texts |= {f"{first} {family}", f"{family}, {first}"}
            if len(first) > 1:
                self.texts.add(f"{family} {first}")
        if not family.islower():  # of a group, as in `The solver developers`, no word names somebody
            self._word(family, _FAMILY)
        for each in parts[:-1]:
            if not each.islower():
                self._word(each, _GIVEN)

    def email(self, text: str | None) -> None:
        """Somebody's address, and the account in it."""
        text = _bare(text or "")
        account, at, _host = text.partition("@")
        if at and account:
            self.texts.add(text)
            self.account(account)

    def account(self, text: str) -> None:
        """What somebody is called on a machine or a site."""
        self._word(text, _FEWEST)

    def machine(self, text: str | None) -> None:
        """A host, with its domain or without."""
        text = (text or "").strip()
        if "." in text:
            self.texts.add(text)
        self._word(text.partition(".")[0], _FEWEST)

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
        for each in _ACCOUNT.finditer(text):
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
    found = _EMAIL.search(text)
    return found[0] if found else text.strip()


class Scrubber:
    """The gate that everything written passes; see `publisher.publish.folder.Gate`."""

    def __init__(self, tales: TellTales) -> None:
        self.left_out: list[str] = []  #: files that name somebody where it cannot be replaced
        self.key = hashlib.sha256(
            repr((sorted(tales.texts), sorted(tales.words), SAID)).encode()
        ).hexdigest()[:16]
        self._texts = _any_of(tales.texts)
        self._both = _any_of(tales.texts | tales.words)
        self._bytes = [form.encode() for each in sorted(tales.texts | tales.words) for form in _forms(each)]
        self._bytes += [each.encode("utf-16-le") for each in sorted(tales.texts | tales.words)]

    def __call__(self, address: str, data: bytes) -> bytes | None:
        """The bytes of a file without what tells who made them; None when that cannot be had."""
        if address.startswith("sitemap.xml"):
            return None  # names the site's address on each line, packed
        if address.endswith((".js", ".css", ".map")) and not address.startswith("data/"):
            return self._program(address, data)
        if self.text(address) != address:
            self.left_out.append(self.text(address))
            return None
        if data.startswith(_PNG):
            return without_words(data)
        text, encoding = _read(data)
        if text is None:
            if any(self._tells(each) for each in _inside(data)):
                self.left_out.append(address)
                return None
            return data
        text = _PICTURE.sub(_without_words, text)
        if address.endswith((".html", ".htm")):
            text = _DEAD_LINK.sub("", self.text(text))
        elif address.startswith(("runs/", "verifications/")) and address.endswith(".yml"):
            text = f"{SAID}\n{_SEAL.sub('', self.text(text))}"
        else:
            text = self.text(text)
        return text.encode(encoding, errors="replace")

    def text(self, text: str) -> str:
        """A text that people wrote, or that programs said."""
        text = _QUOTED_PATH.sub(quote(WORDS), _WINDOWS.sub(_place, _PATH.sub(_place, text)))
        return _ORCID.sub(WORDS, _EMAIL.sub(WORDS, self._both.sub(_replaced, text)))

    def _program(self, address: str, data: bytes) -> bytes:
        """A script or a style: a word in it may be part of the program, and `/tmp/` the beginning of a pattern."""
        text, encoding = _read(data)
        if text is None or address.startswith(("assets/javascripts/", "assets/stylesheets/")):
            return data  # of the theme
        return self._texts.sub(_replaced, text).encode(encoding, errors="replace")

    def _tells(self, data: bytes) -> bool:
        if any(each in data for each in self._bytes):
            return True
        text = data.decode("latin-1")
        return bool(_ACCOUNT.search(text) or _WINDOWS.search(text))


def _replaced(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<meta ") else WORDS


def _place(found: re.Match[str]) -> str:
    """An absolute path: of a file some folders deep its own name stays, which a reader needs."""
    parts = [each for each in re.split(r"[/\\]+", found[0]) if each]
    return f"{WORDS}/{parts[-1]}" if len(parts) > 3 else WORDS


def _any_of(tales: Iterable[str]) -> re.Pattern[str]:
    """Matches each text where it stands by itself, in every form in which files write it; and our own elements."""
    forms = sorted({form for each in tales for form in _forms(each)}, key=lambda form: (-len(form), form))
    if not forms:
        return re.compile(r"(?!)")
    inner = "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in forms)
    return re.compile(rf"{_META}|(?<![^\W_])(?:{inner})(?![^\W_])")


def _forms(text: str) -> set[str]:
    """A text as it stands in plain files, in HTML, in JSON, and in addresses."""
    plain = {text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)}
    forms = set(plain)
    for each in plain:
        forms |= {html.escape(each), html.escape(each).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")}
        forms |= {json.dumps(each)[1:-1], json.dumps(each, ensure_ascii=False)[1:-1]}
        forms |= {
            re.sub(r"\\u[0-9a-f]{4}", lambda code: code[0][:2] + code[0][2:].upper(), json.dumps(each)[1:-1])
        }
        forms |= {quote(each), quote(each, safe="")}
    return forms


def _read(data: bytes) -> tuple[str | None, str]:
    """The text of a file and its encoding; None when it is no text."""
    if b"\0" in data:
        return None, ""
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        odd = sum(each < 32 and each not in (9, 10, 12, 13, 27) for each in data[:4000])
        return (data.decode("latin-1"), "latin-1") if not odd else (None, "")


def _inside(data: bytes) -> Iterable[bytes]:
    """A file that is no text, and what it holds compressed, as far as that is short."""
    yield data
    left = _MOST_INSIDE
    streams = (
        [data] if data.startswith(b"\x1f\x8b") else _STREAM.findall(data) if data.startswith(b"%PDF") else []
    )
    for stream in streams:
        try:
            found = zlib.decompressobj(wbits=47).decompress(stream, left)
        except zlib.error:
            continue
        left -= len(found)
        yield found
        if left <= 0:
            return
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for entry in archive.infolist():
                    yield entry.filename.encode()
                    if entry.file_size <= left:
                        left -= entry.file_size
                        yield archive.read(entry)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError):
            return


def without_words(data: bytes) -> bytes:
    """A PNG without the chunks that hold texts, times and notes of the camera: the picture is the same."""
    pieces = [_PNG]
    at = len(_PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if kind not in _PNG_SAYS:
            pieces.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    return b"".join(pieces)


def _without_words(found: re.Match[str]) -> str:
    """A PNG that stands in a text."""
    try:
        data = base64.b64decode(found[0].replace("\\n", ""), validate=True)
    except ValueError:
        return found[0]
    return base64.b64encode(without_words(data)).decode()


def anonymous_record(record: Record) -> Record:
    """A record that says nothing of persons and of where the code lies."""
    notes = [msgspec.structs.replace(note, by=None) for note in record.annotations.notes]
    return msgspec.structs.replace(
        record,
        author=None,
        code=msgspec.structs.replace(record.code, repository=None),
        annotations=msgspec.structs.replace(record.annotations, notes=notes),
    )


def anonymous_row(row: Row) -> Row:
    """The line of a table of such a record."""
    return msgspec.structs.replace(row, author="", repository="")


def anonymous_facts(paper: PaperFacts) -> PaperFacts:
    """The paper without its authors, and without what leads to them."""
    return msgspec.structs.replace(paper, authors=[], doi="", repository="", url="")


def anonymous_settings(paper: Paper) -> Paper:
    """The same of what `publisher.yml` says."""
    return msgspec.structs.replace(paper, authors=None, doi=None, repository=None, url=None)
