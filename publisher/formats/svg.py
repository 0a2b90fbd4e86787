"""SVG: its elements in their order; dates in the metadata are set aside, random ids are numbered instead.

An id counts as random when it ends with many hexadecimal digits: matplotlib's `p8603eef0e1`. Such an id, and
what refers to it, is replaced by its number in order of appearance: what refers to what is still compared. That is
done only if it is understood wherever the text of the id occurs: as an id, as `#p8603eef0e1` in `href`, in `url()`
or in a style sheet, as one of the names in `aria-labelledby` and the like. An id that a script, an animation or a
text names too is compared as it is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from xml.parsers import expat

from publisher.formats.essence import Essence
from publisher.formats.source import Source, Unreadable, pieces

_RANDOM = re.compile(
    r"[A-Za-z_][A-Za-z_-]*?(?:[0-9a-f]{10,}|(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{8,})"
)
_NAME = r"(?P<id>[A-Za-z_][\w-]{8,99})"  #: what may be a random id; a longer one is not
_ANYWHERE = re.compile(rf"(?<![\w-]){_NAME}(?![\w-])")
_ID = re.compile(rf"(?P<before>\A){_NAME}\Z")
_LINK = re.compile(rf"(?P<before>\A\s*#){_NAME}(?=\s*\Z)")
_ADDRESS = re.compile(rf"""(?P<before>url\(\s*["']?#){_NAME}(?=["']?\s*\))""")
_IN_STYLE = re.compile(rf"(?P<before>#){_NAME}(?![\w-])")
_AMONG_NAMES = re.compile(rf"(?P<before>\A|(?<=\s)){_NAME}(?=\s|\Z)")
_SVG = "http://www.w3.org/2000/svg "
_DATE = "http://purl.org/dc/elements/1.1/ date"
#: How an attribute refers to ids; others do it by `url()`.
_FORMS = {
    "id": _ID,
    "href": _LINK,
    "http://www.w3.org/1999/xlink href": _LINK,
    **dict.fromkeys(("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns"), _AMONG_NAMES),
}

#: Takes a text, and how it may refer to ids if it may; gives the text that counts.
_Taken = Callable[[str, re.Pattern[str] | None], str]


def essence(source: Source) -> str:
    """Elements, attributes, texts and comments, whatever the order of attributes.

    Raises:
        Unreadable: It is no XML, or defines entities.
    """
    digest = Essence("SVG", 2)
    random = _random_ids(source)
    numbers: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        if match["id"] not in random:
            return match[0]
        return match["before"] + numbers.setdefault(match["id"], f"\0{len(numbers)}")

    _read(source, lambda text, form: form.sub(named, text) if form else text, digest.add)
    return digest.hexdigest()


def _random_ids(source: Source) -> set[str]:
    """The ids that count as random, and of which each occurrence is understood."""
    anywhere: Counter[str] = Counter()
    understood: Counter[str] = Counter()
    ids: set[str] = set()

    def count(text: str, form: re.Pattern[str] | None) -> str:
        for match in _ANYWHERE.finditer(text):
            anywhere[match["id"]] += 1
        for match in form.finditer(text) if form else ():
            understood[match["id"]] += 1
            if form is _ID:
                ids.add(match["id"])
        return text

    _read(source, count, lambda *parts: None)
    return {each for each in ids if anywhere[each] == understood[each] and _RANDOM.fullmatch(each)}


def _read(source: Source, taken: _Taken, add: Callable[..., None]) -> None:
    """Gives every part of the content, in its order."""
    within: list[str] = []
    texts: list[str] = []

    def flush() -> None:
        dated = f"{_SVG}metadata" in within and within[-1] == _DATE
        form = _IN_STYLE if within and within[-1] == f"{_SVG}style" else None
        add("" if dated else taken("".join(texts), form))
        texts.clear()

    def start(name: str, attributes: dict[str, str]) -> None:
        flush()
        within.append(name)
        add("element", name, str(len(attributes)))
        for key, value in sorted(attributes.items()):
            add(key, taken(value, _FORMS.get(key, _ADDRESS)))

    def end(name: str) -> None:
        flush()
        within.pop()
        add("end")

    def other(*parts: str | None) -> None:
        flush()
        add("other", *(taken(part or "", None) for part in parts))

    def refuse(*_: object) -> None:
        raise Unreadable("defines entities, which are not opened")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = texts.append
    parser.CommentHandler, parser.ProcessingInstructionHandler = other, other
    parser.EntityDeclHandler = parser.SkippedEntityHandler = refuse
    parser.StartDoctypeDeclHandler = lambda *parts: other(*(str(part) for part in parts))
    with source.open() as file:
        for piece in pieces(file):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
