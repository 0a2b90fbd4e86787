"""Texts of strangers in Markdown of ours: they stay text, in their place; the whole fits into a comment. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from publisher.model.printable import printable_line, without_hidden

MOST = 65_000  #: characters, as JavaScript counts them; a comment on GitHub holds 65,536
LONGEST = 200  #: characters of one text in a table

#: What GitHub makes a link, a mention or a picture of although Markdown would not; in code it does not.
_LINKED = re.compile(
    r"@|://|\bwww\.|\b(?:mailto|xmpp):|[#!]\d|\bgh-\d|:[\w+-]+:|(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])",
    re.IGNORECASE,
)
_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]<>|#!&~@$])")


class Entry(str):
    """A line of a table or a list, which may be left out where a text is too long."""

    __slots__ = ()


def text_of(words: str) -> str:
    """Return words on one line in which nothing means anything to Markdown, or to what renders it on GitHub.

    A word that would become a link or call somebody is code; characters that show nothing are left out.
    """
    return "".join(
        f"`{part}`" if _LINKED.search(part) else _MEANS_SOMETHING.sub(r"\\\1", part)
        for part in re.split(r"([\s|`]+)", printable_line(without_hidden(words)))
    )


def cut(words: str, most: int = LONGEST) -> str:
    """Return `text_of` words of which at most so many characters are shown."""
    line = " ".join(without_hidden(words).split())
    return text_of(line if len(line) <= most else f"{line[:most]}…")


def fitted(lines: Iterable[str], *, most: int | None = MOST, whole: str) -> str:
    """Return lines as a text that fits; entries that do not are left out, and how many is said.

    Args:
        lines: Of the text, without their ends. Only an `Entry` is ever left out, and never a part of one.
        most: Characters; None for no limit.
        whole: How to see all of it, in a sentence without its full stop.
    """
    return "\n".join(_fitted(lines, most, whole)).rstrip("\n") + "\n"


def _fitted(lines: Iterable[str], most: int | None, whole: str) -> Iterator[str]:
    size = left = 0
    for line in lines:
        length = len(line.encode("utf-16-le", "replace")) // 2 + 1
        if most is not None and isinstance(line, Entry) and size + length > most:
            left += 1
            continue
        size += length
        yield line
    if left:
        yield ""
        many = "line is" if left == 1 else "lines are"
        yield f"{left} {many} left out, because the length of a comment on GitHub is limited. {whole}."
