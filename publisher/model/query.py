"""The language in which runs are asked for: words and terms, all of which must hold. Pure.

    mesh                    the word stands in the reason, label, tags, outcome, command, step or id
    "finer mesh"            the same for a phrase
    tag:fig3                the run has this tag
    status:failed           status, step, label, id, branch, commit, env, author, publish, dirty
    verdict:different       what the last re-run came to; `matches` for any that matches, or `unverified`
    dt<0.1  nx>=128         a parameter or metric, by its full dotted name or the end of it
    scheme=explicit         equal; != for unequal
    since:2026-11-01        started at this day or later; before:2026-11-02, earlier than it
    -tag:draft              a leading minus turns any term around

The command line, the pages and Python use this one language.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct

from publisher.errors import WrongUsage, nearest
from publisher.model.row import Row
from publisher.model.verification import MATCHES

_WORDS = re.compile(r"""-?(?:[^\s"]*"[^"]*"|[^\s"]+)""")
_COMPARISON = re.compile(r"(?P<name>[\w.\-\[\]/]+?)(?P<sign><=|>=|!=|=|<|>)(?P<value>.+)", re.DOTALL)
_UNFINISHED = re.compile(r"(?=[.\-\[\]/]*\w)[\w.\-\[\]/]+(?P<sign><=|>=|!=|=|<|>)")
_NUMBER = re.compile(r"[-+]?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|inf|nan)", re.IGNORECASE)
_KEYED = re.compile(r"(?P<key>[A-Za-z_]+):(?P<value>.*)", re.DOTALL)

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}

Test = Callable[[Row], bool]


class Query(Struct, frozen=True):
    """A question to a run; a run is taken when every test holds."""

    text: str
    tests: tuple[Test, ...]

    def takes(self, row: Row) -> bool:
        """Whether the run is one of those asked for."""
        return all(test(row) for test in self.tests)


def parsed(query: str | Sequence[str]) -> Query:
    """A query from what a user typed.

    Args:
        query: One text, or the words of a command line (of which each may hold blanks).

    Raises:
        WrongUsage: A term has an unknown key, a comparison lacks its value, or a date is no date.
    """
    words = _WORDS.findall(query) if isinstance(query, str) else list(query)
    return Query(text=" ".join(words), tests=tuple(_test(word) for word in words))


def _test(word: str) -> Test:
    if word.startswith("-") and len(word) > 1:
        test = _test(word[1:])
        return lambda row: not test(row)
    phrase, quoted, word = word.startswith('"'), '"' in word, word.replace('"', "")
    if phrase:
        return _says(word)
    keyed = _KEYED.fullmatch(word)
    if keyed:
        return _keyed(keyed["key"].lower(), keyed["value"], word)
    comparison = _COMPARISON.fullmatch(word)
    if comparison:
        return _compared(comparison["name"], comparison["sign"], comparison["value"])
    unfinished = None if quoted else _UNFINISHED.fullmatch(word)
    if unfinished:
        wanted = "number" if unfinished["sign"][0] in "<>" else "value"
        raise WrongUsage(f"`{word}`: a {wanted} is missing", hint=f'for the word, put it in quotes: "{word}"')
    return _says(word)


def _says(words: str) -> Test:
    wanted = words.casefold()
    return lambda row: wanted in _prose(row)


def _prose(row: Row) -> str:
    told = (row.reason, row.label, row.outcome, row.command, row.step, row.id, *row.tags)
    return "\n".join(told).casefold()


_KEYS: Mapping[str, Callable[[Row, str], bool]] = {
    "tag": lambda row, value: value in row.tags,
    "status": lambda row, value: row.status == value,
    "verdict": lambda row, value: row.verdict == value or (value == "matches" and row.verdict in MATCHES),
    "step": lambda row, value: row.step == value,
    "label": lambda row, value: row.label == value,
    "id": lambda row, value: row.id.startswith(value),
    "commit": lambda row, value: bool(value) and row.commit.startswith(value),
    "env": lambda row, value: bool(value) and row.environment.startswith(value),
    "branch": lambda row, value: row.branch == value,
    "author": lambda row, value: value.casefold() in row.author.casefold(),
    "reason": lambda row, value: value.casefold() in row.reason.casefold(),
    "outcome": lambda row, value: value.casefold() in row.outcome.casefold(),
    "publish": lambda row, value: (row.publish is not False) == _truth(value),
    "dirty": lambda row, value: row.dirty == _truth(value),
}
_DATES = ("since", "before")


def _truth(value: str) -> bool:
    return value.casefold() in ("yes", "true", "1")


def _keyed(key: str, value: str, word: str) -> Test:
    if key in _DATES:
        moment = _moment(value, word)
        if key == "since":
            return lambda row: row.started[:19] >= moment
        return lambda row: row.started[:19] < moment
    if key not in _KEYS:
        known = [*_KEYS, *_DATES]
        likely = nearest(key, known, most=1)
        raise WrongUsage(
            f"`{word}`: no such key as `{key}`",
            hint=(f"did you mean `{likely[0]}:`? " if likely else "") + f"known are {', '.join(known)}",
        )
    ask = _KEYS[key]
    return lambda row: ask(row, value)


def _moment(value: str, word: str) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value).isoformat() + "T00:00:00"
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat()[:19]
    except (ValueError, OverflowError) as error:
        raise WrongUsage(f"`{word}`: `{value}` is no date", hint="write it as 2026-11-01") from error


def _compared(name: str, sign: str, value: str) -> Test:
    wanted = _value(value)
    holds = _SIGNS[sign]
    if sign not in ("=", "!=") and not _is_number(wanted):
        raise WrongUsage(
            f"`{name}{sign}{value}`: `{value}` is no number", hint='for the words, put them in quotes: "a<b"'
        )

    def test(row: Row) -> bool:
        found = values_of(row, name)
        if sign == "!=":
            return bool(found) and not any(_equal(each, wanted, value) for each in found)
        if sign == "=":
            return any(_equal(each, wanted, value) for each in found)
        return any(_is_number(each) and holds(each, wanted) for each in found)

    return test


def values_of(row: Row, name: str) -> list[Any]:
    """Every value that a name may mean in a row: `duration`, a parameter, a metric.

    A full dotted name wins; else all names count whose last parts are the one asked for.
    """
    if name == "duration":
        return [] if row.duration is None else [row.duration]
    kind, dot, rest = name.partition(".")
    if dot and kind in ("param", "metric"):
        return _found(row.parameters if kind == "param" else row.metrics, rest)
    return _found(row.parameters, name) + _found(row.metrics, name)


def _found(values: Mapping[str, Any], name: str) -> list[Any]:
    if name in values:
        return [values[name]]
    end = f".{name}"
    return [value for key, value in values.items() if key.endswith(end)]


def _value(text: str) -> Any:
    """A value as JSON has it, or as people write numbers: `.1`, `nan`; else it is a text. So is `0123`."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return float(text) if _NUMBER.fullmatch(text) else text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(found: Any, wanted: Any, typed: str) -> bool:
    if isinstance(found, str):
        return found == typed
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    return bool(found == wanted or (found != found and wanted != wanted))  # NaN is NaN
