"""JSON (RFC 8259) and JSON lines: keys, texts, order of lists must be the same; numbers are measured.

1 and 1.0 are the same number, true is none. Numbers are kept as they are written, so none loses digits. The order
of keys does not count; a key that occurs twice in an object makes it unreadable, since readers disagree on it.
What stands under a key such as `version` or `id` must be the same number: no tolerance is meant for it.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from publisher.errors import one_of
from publisher.formats.lines import side_by_side
from publisher.formats.names import names_something
from publisher.formats.source import Source, Unreadable
from publisher.formats.tally import Pairs, Tally, same_number


class Numeral(str):
    """A number as it is written."""

    __slots__ = ()


def read_json(data: bytes) -> Any:
    """JSON as a tree with numerals in it.

    Raises:
        Unreadable: It is none, or has a key twice.
    """
    try:
        return json.loads(
            data, parse_float=Numeral, parse_int=Numeral, parse_constant=Numeral, object_pairs_hook=_object
        )
    except ValueError as error:
        raise Unreadable("is no JSON") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        raise Unreadable("has a key twice in one object")
    return tree


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two files of JSON, or of one JSON a line."""
    pairs = Pairs(tally)
    if not recorded.name.lower().endswith((".jsonl", ".ndjson")):
        compare_trees(read_json(recorded.whole()), read_json(found.whole()), "$", pairs)
    else:
        for first, lines, others in side_by_side(recorded, found, tally):
            for n, (one, other) in enumerate(zip(lines, others, strict=True), first + 1):
                if one != other:
                    compare_trees(read_json(one), read_json(other), f"line {n}: $", pairs)
    pairs.weigh()


def compare_trees(recorded: Any, found: Any, where: str, pairs: Pairs) -> None:
    """Compares two trees of objects, lists, texts and numerals; these are weighed when the pairs are."""
    tally = pairs.tally
    waiting: list[tuple[Any, Any, str, bool]] = [(recorded, found, where, False)]
    while waiting:
        one, other, where, name = waiting.pop()
        if type(one) is not type(other):
            tally.differs(f"has {_kind(other)} where {_kind(one)} was recorded ({where})")
        elif isinstance(one, dict):
            if lacks := [key for key in one if key not in other]:
                tally.differs(f"lacks {one_of(lacks)} ({where})")
            if more := [key for key in other if key not in one]:
                tally.differs(f"has {one_of(more)}, which was not recorded ({where})")
            waiting += [
                (one[key], other[key], f"{where}.{key}", names_something(key))
                for key in reversed(one)
                if key in other
            ]
        elif isinstance(one, list):
            if len(one) != len(other):
                sizes = f"{len(other)} elements where {len(one)} were recorded ({where})"
                tally.differs(f"has {sizes}", shape=True)
            else:
                waiting += [(one[n], other[n], f"{where}[{n}]", name) for n in reversed(range(len(one)))]
        elif isinstance(one, Numeral):
            if one == other:
                tally.same(1)
            elif name and not same_number(one.encode(), other.encode()):
                tally.texts_differ(where, one, other)
            else:
                pairs.add(one.encode(), other.encode(), partial(str, where))
        elif one != other:
            tally.texts_differ(where, one, other)


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "nothing" if value is None else str(value).lower()
    kinds: dict[type, str] = {dict: "an object", list: "a list", Numeral: "a number", str: "a text"}
    return kinds[type(value)]
