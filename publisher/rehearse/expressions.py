"""Expressions of workflows, `${{ needs.site.result == 'success' }}`, as far as ours use them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from publisher.errors import PublisherError

Contexts = Mapping[str, Any]  #: `github`, `inputs`, `needs`, … by name; nested mappings inside

_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.-]*)"
    r"|(?P<sign>==|!=|&&|\|\||!|\(|\)|,))"
)
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "contains": lambda where, what: str(what).lower() in str(where).lower(),
    "startsWith": lambda text, begin: str(text).lower().startswith(str(begin).lower()),
    "endsWith": lambda text, end: str(text).lower().endswith(str(end).lower()),
}


class NotUnderstood(PublisherError):
    """An expression that is not rehearsed."""


def filled(text: str, contexts: Contexts) -> str:
    """A text with the values of its expressions in their places.

    Raises:
        NotUnderstood: One is of a kind that is not rehearsed.
    """
    return _HOLE.sub(lambda found: _shown(value(found[1], contexts)), text)


def holds(condition: str | bool, contexts: Contexts, *, succeeded: bool, cancelled: bool = False) -> bool:
    """Whether a condition holds; one that asks for no status asks that all before succeeded.

    Args:
        condition: What stands behind `if:`; empty for none.
        contexts: Values by name.
        succeeded: All before did.
        cancelled: Somebody cancelled it.

    Raises:
        NotUnderstood: It is of a kind that is not rehearsed.
    """
    if isinstance(condition, bool):
        condition = str(condition).lower()
    found = _HOLE.fullmatch(condition.strip())
    inner = (found[1] if found else condition).strip()
    status: dict[str, Callable[[], bool]] = {
        "always": lambda: True,
        "cancelled": lambda: cancelled,
        "success": lambda: succeeded,
        "failure": lambda: not succeeded,
    }
    asks = any(re.search(rf"\b{name}\s*\(", inner) for name in status)
    if not inner:
        return succeeded
    return (asks or succeeded) and _true(_Reader(inner, contexts, status).whole())


def value(expression: str, contexts: Contexts) -> Any:
    """What an expression stands for.

    Raises:
        NotUnderstood: It is of a kind that is not rehearsed.
    """
    return _Reader(expression, contexts, {}).whole()


class _Reader:
    """Reads an expression from left to right: `||`, below it `&&`, comparisons, `!`, and what is compared."""

    def __init__(self, text: str, contexts: Contexts, status: Mapping[str, Callable[[], bool]]) -> None:
        self.text, self.contexts = text, contexts
        self.functions = _FUNCTIONS | dict(status)
        self.tokens: list[tuple[str, str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise NotUnderstood(f"`{text.strip()}` is not rehearsed", hint="run it on GitHub")
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            at = found.end()

    def whole(self) -> Any:
        found = self._either()
        if self.tokens:
            raise NotUnderstood(f"`{self.text.strip()}` is not rehearsed")
        return found

    def _either(self) -> Any:
        found = self._both()
        while self._took("||"):
            other = self._both()
            found = found if _true(found) else other
        return found

    def _both(self) -> Any:
        found = self._compared()
        while self._took("&&"):
            other = self._compared()
            found = other if _true(found) else found
        return found

    def _compared(self) -> Any:
        found = self._single()
        for sign in ("==", "!="):
            if self._took(sign):
                return _same(found, self._single()) == (sign == "==")
        return found

    def _single(self) -> Any:
        if self._took("!"):
            return not _true(self._single())
        if self._took("("):
            found = self._either()
            self._need(")")
            return found
        kind, text = self.tokens.pop(0) if self.tokens else ("", "")
        if kind == "text":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text) if "." in text else int(text)
        if kind == "name" and self._took("("):
            return self._called(text)
        if kind == "name":
            return self._named(text)
        raise NotUnderstood(f"`{self.text.strip()}` is not rehearsed")

    def _called(self, name: str) -> Any:
        given: list[Any] = []
        while not self._took(")"):
            given.append(self._either())
            self._took(",")
        if name not in self.functions:
            raise NotUnderstood(f"the function {name} is not rehearsed")
        try:
            return self.functions[name](*given)
        except TypeError as error:
            raise NotUnderstood(f"the function {name} takes other values than these") from error

    def _named(self, name: str) -> Any:
        if name in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[name]
        found: Any = self.contexts
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _took(self, sign: str) -> bool:
        if self.tokens and self.tokens[0] == ("sign", sign):
            self.tokens.pop(0)
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._took(sign):
            raise NotUnderstood(f"`{self.text.strip()}` lacks a `{sign}`")


def _true(found: Any) -> bool:
    return found not in (None, False, 0, "") or (isinstance(found, str) and found != "")


def _same(one: Any, other: Any) -> bool:
    """GitHub compares texts without regard to case, and what is missing with an empty text."""
    one, other = ("" if each is None else each for each in (one, other))
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return bool(one == other)


def _shown(found: Any) -> str:
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else json.dumps(found)
