"""Elements of ours in the author's Markdown: a Python-Markdown extension, for any generator that speaks it.

`![alt](figure:STEP/FILE)`, `[text](run:ID)`, `<run:ID>`, and fenced blocks named `runs`, `plot` and `paper`. It
knows where these stand in a text; what they mean is known to `publish/paper/elements.py`, and how they look to
templates.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Protocol
from urllib.parse import unquote
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from msgspec import Struct

from publisher.errors import BrokenSite, PublisherError
from publisher.publish import addresses
from publisher.publish.paper.blocks import Unresolved
from publisher.publish.paper.elements import Link

BLOCKS = ("runs", "plot", "paper")

_FENCE = re.compile(r"(?P<indent> *)(?P<fence>`{3,}|~{3,}) *(?P<info>[^`]*)")
_CONTAINER = re.compile(r" *(?:[-*+] |\d+[.)] |!!! |\?\?\?\+? |=== )")
_FRONT = re.compile(r"-{3}[ \t]*\n.*?\n(?:\.{3}|-{3})[ \t]*\n", re.DOTALL)
_STASHED = re.compile("\x02wzxhzdk:(\\d+)\x03")
_ESCAPED = re.compile("\x02(\\d+)\x03")
_ROOMY = frozenset(["blockquote", "dd", "div", "li", "section", "td", "th"])  #: what may hold a figure


class Resolver(Protocol):
    """Knows the runs, and how elements look."""

    def link(self, name: str) -> Link:
        """The run that a name means."""

    def figure(self, name: str, alt: str, caption: str, root: str) -> str:
        """The HTML of a figure."""

    def block(self, kind: str, text: str, root: str, *, titled: bool) -> str:
        """The HTML of a fenced block."""


class Place(Struct, frozen=True, kw_only=True):
    """The page that is being converted."""

    address: str  #: in the site
    file: str  #: for errors, as the author knows it
    text: str  #: the whole file, front matter included


class Desk:
    """What the extension works at: who knows the runs, the page that comes next, whether anything was asked."""

    def __init__(
        self,
        resolver: Resolver | None = None,
        told: Callable[[PublisherError], Exception] = lambda error: error,
    ) -> None:
        """Say who knows the runs.

        Args:
            resolver: Knows them; may be set later.
            told: Turns an error into the kind that the generator understands.
        """
        self.resolver = resolver
        self.told = told
        self.place = Place(address="index.html", file="", text="")  #: set it before each text
        self.asked = False  #: a text asked for a run, so it depends on the records
        self.may_read: Callable[[str], bool] = lambda path: True  #: whether a text may include a file
        self.refused: list[str] = []  #: files that texts were to include and may not
        self._source: list[str] = []
        self._from = 0

    @property
    def known(self) -> Resolver:
        """Who knows the runs."""
        if self.resolver is None:
            raise BrokenSite("the extension for runs and figures was given nobody who knows them")
        self.asked = True
        return self.resolver

    @property
    def root(self) -> str:
        """From the page to the top of the site."""
        return addresses.to_root(self.place.address)

    @property
    def titled(self) -> bool:
        """The author's text has a heading of the first order."""
        return any(line.startswith("# ") for _, line in _outside_of_fences(self._source))

    def begin(self, lines: Sequence[str]) -> None:
        """The text as it comes in: errors are about its lines."""
        self._source, self._from = list(lines), 0

    def line_of_block(self, block: Sequence[str]) -> int:
        """The line of the file on which a block begins; 0 when it is from another file."""
        length = len(block)
        for at in range(self._from, len(self._source) - length + 1):
            if self._source[at : at + length] == block:
                self._from = at + length
                return self._before() + at + 1
        return 0

    def line_of(self, words: str) -> int:
        """The first line of the file on which some words stand outside of code; 0 when there is none."""
        for number, line in _outside_of_fences(self._source):
            if words in re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", line):
                return self._before() + number
        return 0

    def _before(self) -> int:
        """Lines of the file above the text that is converted: its front matter."""
        text = self.place.text.replace("\r\n", "\n")
        at = text.find("\n".join(self._source).strip("\n"))
        blank = next((n for n, line in enumerate(self._source) if line.strip()), 0)
        if at < 0:
            front = _FRONT.match(text)
            return text.count("\n", 0, front.end()) if front else 0
        return text.count("\n", 0, at) - blank

    def failed(self, error: PublisherError, line: int) -> Exception:
        """An error with its place."""
        where = f"{self.place.file}:{line}" if line else self.place.file
        return self.told(BrokenSite(error.what, where=where or None, hint=error.hint))


class AuthorsElements(Extension):
    """The extension; `desk` is its one setting."""

    def __init__(self, **settings: Any) -> None:
        self.config = {"desk": [Desk(), "Who knows the runs, and which page comes next"]}
        super().__init__(**settings)

    def extendMarkdown(self, md: Markdown) -> None:
        """Called by Python-Markdown."""
        desk: Desk = self.getConfig("desk")
        md.preprocessors.register(_Source(md, desk), "publisher-source", 1000)
        md.preprocessors.register(_Blocks(md, desk), "publisher-blocks", 26)  # after snippets, before fences
        md.inlinePatterns.register(_Direct(r"<(run:[^<>\s]+)>", md), "publisher-run", 125)
        # After MkDocs (0) has looked at the addresses that it knows, and after attr_list (8).
        md.treeprocessors.register(_Names(md, desk), "publisher-names", -10)
        _confine_includes(md, desk)


def _confine_includes(md: Markdown, desk: Desk) -> None:
    """Have the extensions that put other files into a page ask whether they may.

    These are `pymdownx.snippets` and `pymdownx.b64`. They offer no way to ask, and look at paths, not at links.
    """

    def may_read(path: str) -> bool:
        if desk.may_read(path):
            return True
        desk.refused.append(path)
        return False

    for each in md.preprocessors:
        find = getattr(each, "get_snippet_path", None)
        if find is not None:

            def found(
                path: str,
                find: Callable[[str], str | None] = find,
                strict: bool = bool(getattr(each, "check_paths", False)),
            ) -> str | None:
                place = find(path)
                if place is not None and may_read(place):
                    return place
                if strict and "://" not in path:
                    why = "was not found" if place is None else "is not a file that git tracks"
                    error = BrokenSite(f"the page includes `{path}`, which {why}")
                    raise desk.failed(error, desk.line_of(path))
                return None

            each.get_snippet_path = found  # type: ignore[attr-defined]
    embedding = sys.modules.get("pymdownx.b64")
    if embedding is not None:

        def read(path: str, mode: str) -> IO[bytes]:
            if not may_read(path):
                raise PermissionError(path)  # it then leaves the address as it is
            return open(path, "rb")

        vars(embedding)["open"] = read


def makeExtension(**settings: Any) -> AuthorsElements:
    """Called by Python-Markdown, which finds the extension by the name of this module."""
    return AuthorsElements(**settings)


class _Source(Preprocessor):
    """Remembers the text as it came in."""

    def __init__(self, md: Markdown, desk: Desk) -> None:
        super().__init__(md)
        self.desk = desk

    def run(self, lines: list[str]) -> list[str]:
        self.desk.begin([line.rstrip("\r") for line in lines])
        return lines


class _Blocks(Preprocessor):
    """Fenced blocks of our kinds, replaced by what they ask for."""

    def __init__(self, md: Markdown, desk: Desk) -> None:
        super().__init__(md)
        self.desk = desk

    def run(self, lines: list[str]) -> list[str]:
        found: list[str] = []
        at = 0
        for start, end, kind, indent in _fences(lines):
            if kind in BLOCKS and not _is_code(lines, start, indent):
                found += lines[at:start]
                made = self._made(kind, lines[start:end])
                found += ["", " " * indent + self.md.htmlStash.store(made), ""]
                at = end
        return found + lines[at:]

    def _made(self, kind: str, block: list[str]) -> str:
        desk = self.desk
        line = desk.line_of_block(block)
        text = "\n".join(block[1:-1] if len(block) > 1 else [])
        try:
            return desk.known.block(kind, text, desk.root, titled=desk.titled)
        except PublisherError as error:
            inner = error.line if isinstance(error, Unresolved) else 0
            raise desk.failed(error, line and line + inner) from error


def _fences(lines: Sequence[str]) -> Iterator[tuple[int, int, str, int]]:
    """Each outermost fenced block: its first line, the line behind its last, its kind, its indent."""
    at, comment = 0, False
    while at < len(lines):
        line = lines[at]
        opening = None if comment else _FENCE.fullmatch(line.rstrip())
        if opening is None:
            begins, ends = line.rfind("<!--"), line.rfind("-->")
            comment = begins > ends or (comment and ends < 0)
            at += 1
            continue
        fence = opening["fence"]
        closing = re.compile(rf" *{re.escape(fence[0])}{{{len(fence)},}} *")
        end = next((n for n in range(at + 1, len(lines)) if closing.fullmatch(lines[n])), None)
        if end is None:
            at += 1
            continue
        yield at, end + 1, opening["info"].strip(), len(opening["indent"])
        at = end + 1


def _is_code(lines: Sequence[str], start: int, indent: int) -> bool:
    """A fence so far in that it is text of an indented code block, and not inside a list or an admonition."""
    if indent < 4:
        return False
    for line in reversed(lines[:start]):
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            return _CONTAINER.match(line) is None
    return True


def _outside_of_fences(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines that stand in no fenced block, with their numbers from 1."""
    inside = {at for start, end, _, _ in _fences(lines) for at in range(start, end)}
    for at, line in enumerate(lines):
        if at not in inside:
            yield at + 1, line


class _Direct(InlineProcessor):
    """`<run:7f3a>`."""

    def handleMatch(  # type: ignore[override]
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        link = Element("a")
        link.set("href", m.group(1))
        return link, m.start(0), m.end(0)


class _Names(Treeprocessor):
    """Links to runs and images of figures, wherever in the text they stand."""

    def __init__(self, md: Markdown, desk: Desk) -> None:
        super().__init__(md)
        self.desk = desk

    def run(self, root: Element) -> None:
        self._look(root)

    def _look(self, parent: Element) -> None:
        for child in list(parent):
            if child.tag == "a" and (child.get("href") or "").startswith("run:"):
                self._link(child)
            if _is_figure(child):
                self._place_figure(parent, child)
            elif child.tag == "p" and any(_is_figure(each) for each in child):
                self._figures(child)
            else:
                self._look(child)

    def _link(self, link: Element) -> None:
        address = link.get("href") or ""
        try:
            found = self.desk.known.link(unquote(address.removeprefix("run:")))
        except PublisherError as error:
            raise self.desk.failed(error, self.desk.line_of(address)) from error
        link.set("href", self.desk.root + addresses.run_page(found.run))
        if not link.get("title"):
            link.set("title", found.title)
        if not len(link) and not (link.text or "").strip():
            link.text = ""
            SubElement(link, "code").text = found.short

    def _figures(self, paragraph: Element) -> None:
        """A paragraph of nothing but figures."""
        texts = [paragraph.text or "", *(each.tail or "" for each in paragraph)]
        first = next(each for each in paragraph if _is_figure(each))
        if any(text.strip() for text in texts) or not all(_is_figure(each) for each in paragraph):
            raise self._in_line(first)
        made = [self.md.htmlStash.store(self._made(each)) for each in paragraph]
        for each in list(paragraph):
            paragraph.remove(each)
        paragraph.text = made[0]
        if len(made) > 1:
            paragraph.tag = "div"
            paragraph.set("class", "pub pub-figures")
            paragraph.text = "\n" + "\n".join(made) + "\n"

    def _place_figure(self, parent: Element, image: Element) -> None:
        if parent.tag not in _ROOMY:
            raise self._in_line(image)
        text = self.md.htmlStash.store(self._made(image)) + (image.tail or "")
        at = list(parent).index(image)
        if at:
            parent[at - 1].tail = (parent[at - 1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text
        parent.remove(image)

    def _made(self, image: Element) -> str:
        address = image.get("src") or ""
        name = unquote(address.removeprefix("figure:"))
        alt, caption = self._plain(image.get("alt")), self._plain(image.get("title"))
        try:
            return self.desk.known.figure(name, alt, caption, self.desk.root)
        except PublisherError as error:
            raise self.desk.failed(error, self.desk.line_of(address)) from error

    def _in_line(self, image: Element) -> Exception:
        address = image.get("src") or ""
        error = Unresolved(
            f"the figure `{address}` stands within a line of text", hint="give it a paragraph of its own"
        )
        return self.desk.failed(error, self.desk.line_of(address))

    def _plain(self, text: str | None) -> str:
        """A text without the marks that Python-Markdown leaves in it for later."""
        stash = self.md.htmlStash.rawHtmlBlocks
        text = _STASHED.sub(lambda found: html.unescape(str(stash[int(found[1])])), text or "")
        return _ESCAPED.sub(lambda found: chr(int(found[1])), text).replace("\x02amp\x03", "&")


def _is_figure(element: Element) -> bool:
    return element.tag == "img" and (element.get("src") or "").startswith("figure:")
