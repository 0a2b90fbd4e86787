"""A block in an author's Markdown, as its lines say it: `name: value`, and a query without a name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from publisher.errors import BrokenSite, PublisherError, nearest


class Unresolved(BrokenSite):
    """An author's words name nothing, or cannot be understood."""

    def __init__(self, what: str, *, hint: str = "", line: int = 0) -> None:
        super().__init__(what, hint=hint)
        self.line = line  #: of the block in which it stands, from 1; 0 when it is about the whole


class Said:
    """What the lines of a block say."""

    def __init__(self, block: str, known: Sequence[str], others: Mapping[str, str] | None = None) -> None:
        """Read a block.

        Args:
            block: Its text, without the fence.
            known: The names that a line may have.
            others: Other spellings of some of them.

        Raises:
            Unresolved: A line has another name, or a name stands there twice.
        """
        self._values: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        for number, line in enumerate(block.splitlines(), 1):
            text = line.strip()
            if not text:
                continue
            found = re.fullmatch(r"(?P<name>[A-Za-z_]+):(?:\s+(?P<value>.*))?", text)
            name, value = (found["name"].lower(), found["value"] or "") if found else ("query", text)
            name = (others or {}).get(name, name)
            if name not in known:
                near = nearest(name, known, most=1)
                raise Unresolved(
                    f"unknown line `{name}:`",
                    hint=f"did you mean `{near[0]}:`?" if near else f"known are {', '.join(known)}",
                    line=number,
                )
            if name in self._values and not (name == "query" and not found):
                raise Unresolved(f"`{name}:` stands there twice", line=number)
            self._values[name] = f"{self._values.get(name, '')} {value}".strip()
            self._lines.setdefault(name, number)

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, "")

    def where(self, name: str) -> int:
        """The line on which something is said."""
        return self._lines.get(name, 0)

    def line(self, name: str) -> _On:
        """A place in which what goes wrong is about one line of the block."""
        return _On(self.where(name))

    def count(self, name: str, usual: int, most: int) -> int:
        """A line that says how many, at most so many."""
        text = self[name]
        if not text:
            return usual
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
            raise Unresolved(
                f"`{name}:` takes a number from 1 to {most}, not `{text}`", line=self.where(name)
            )
        return int(text)


class _On:
    """What goes wrong inside is about one line."""

    def __init__(self, line: int) -> None:
        self._line = line

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PublisherError):
            line = error.line if isinstance(error, Unresolved) and error.line else self._line
            raise Unresolved(error.what, hint=error.hint, line=line) from error
