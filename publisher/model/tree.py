"""Nested parameters as dotted names: look one up, lay them flat, compare. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested values by dotted name; lists stay whole.

    >>> flat({"mesh": {"n": 128}, "seed": 1})
    {'mesh.n': 128, 'seed': 1}
    """
    return dict(_leaves(values, prefix))


def _leaves(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{name}.")
        else:
            yield name, value


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: NaN is NaN, and `true` is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(each, other[key]) for key, each in one.items())
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other or (one != one and other != other))


def place_of(name: str, values: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The keys that lead to a name, or None. A key that itself holds dots wins over a nested one."""
    if name in values:
        return (name,)
    head, dot, rest = name.partition(".")
    while dot:
        inner = values.get(head)
        if isinstance(inner, Mapping):
            found = place_of(rest, inner)
            if found is not None:
                return (head, *found)
        more, dot, rest = rest.partition(".")
        head = f"{head}.{more}"
    return None


def names(values: Mapping[str, Any]) -> list[str]:
    """Every name that can be overridden: branches as well as leaves."""
    found: list[str] = []
    for key, value in values.items():
        found.append(str(key))
        if isinstance(value, Mapping):
            found += [f"{key}.{inner}" for inner in names(value)]
    return found
