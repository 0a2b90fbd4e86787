"""Parameter files: read exactly, and written with other values in the same format.

JSON and YAML. The original is never touched. What an override says is what an edit by hand would have said:
its text stands in the file as typed.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from publisher.errors import (
    NoSuchParameter,
    UnreadableParameters,
    UnreadableYaml,
    WrongUsage,
    nearest,
    one_of,
)
from publisher.model.files import suffix
from publisher.model.tree import names, place_of
from publisher.store.editing import as_typed, edited
from publisher.store.yaml import MARK, decoded, read

DEEPEST = 40  #: levels of nesting that fit into a record


class Merged(Struct, frozen=True, kw_only=True):
    """A parameter file with other values in it."""

    text: str  #: what the program gets
    values: dict[str, Any]  #: what that text says
    overrides: dict[str, Any]  #: by the names as they stand in the file


def values_in(name: str, data: bytes) -> dict[str, Any]:
    """The parameters in a file.

    Args:
        name: Of the file; its suffix tells the format.
        data: Its content.

    Returns:
        Nested values. Numbers are exact; a text of YAML that its readers understand differently (`no`,
        `0123`) stays a text.

    Raises:
        UnreadableParameters: It is not in its format, or no mapping.
    """
    try:
        text = decoded(data)
        value = json.loads(text, object_pairs_hook=_each_once) if suffix(name) == ".json" else read(text)
    except UnreadableYaml as error:
        raise UnreadableParameters(error.what, where=f"{name}:{error.where}", hint=error.hint) from error
    except json.JSONDecodeError as error:
        raise UnreadableParameters(f"is no JSON: {error.msg}", where=f"{name}:{error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableParameters(f"cannot be read: {error}", where=name) from error
    if not isinstance(value, dict):
        raise UnreadableParameters("holds no names with values", where=name)
    if _is_deeper(value, DEEPEST):
        raise UnreadableParameters(f"is nested deeper than {DEEPEST} levels", where=name)
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(each, levels - 1) for each in inner)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the name `{twice}` stands there twice")
    return values


def merged(name: str, data: bytes, overrides: Mapping[str, str], *, new: bool) -> Merged:
    """A parameter file with some values replaced.

    Args:
        name: Of the file; its suffix tells the format.
        data: Its content.
        overrides: Dotted name -> value as typed.
        new: Whether names are allowed that the file lacks.

    Raises:
        UnreadableParameters: The file cannot be read, so nothing in it can be replaced.
        NoSuchParameter: The file lacks a name, and `new` is false.
    """
    values = values_in(name, data)
    places = {typed: _place(typed, values, name, new) for typed in overrides}
    _refuse_overlap(places)
    wanted = {places[typed]: text for typed, text in overrides.items()}
    if suffix(name) == ".json":
        text = _edited_json(decoded(data), wanted)
    else:

        def change(document: Any) -> None:
            for place, value in wanted.items():
                _put(document, place, as_typed(value))

        text = edited(decoded(data), change)
    if data.startswith(MARK.encode()):
        text = MARK + text
    told = values_in(name, text.encode())
    return Merged(
        text=text,
        values=told,
        overrides={".".join(place): _at(told, place) for place in wanted},
    )


def _edited_json(text: str, wanted: Mapping[tuple[str, ...], str]) -> str:
    """A JSON text with other values; numbers stay as they are written, whatever a reader would make of them."""
    count = next(number for number in itertools.count() if f"number {number}: " not in text)
    mark = f"number {count}: "

    def marked(number: str) -> str:
        return mark + number

    def read(text: str) -> Any:
        return json.loads(text, parse_int=marked, parse_float=marked)

    values = read(text)
    for place, typed in wanted.items():
        try:
            value = read(typed)
        except (ValueError, RecursionError):
            value = typed
        _put(values, place, value)
    told = json.dumps(values, indent=_indent_of(text), ensure_ascii=_has_unpaired(values)) + "\n"
    return re.sub(rf'"{mark}([^"]*)"', r"\1", told)


def _refuse_overlap(places: Mapping[str, tuple[str, ...]]) -> None:
    """One name within another: whichever came last would undo the other."""
    for outer, place in places.items():
        for inner, other in places.items():
            if outer != inner and other[: len(place)] == place:
                raise WrongUsage(f"`{outer}` and `{inner}` cannot both be set: one is within the other")


def _has_unpaired(values: Any) -> bool:
    """Whether a text holds half of a pair of code units, which JSON can write and UTF-8 cannot."""
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _place(typed: str, values: dict[str, Any], name: str, new: bool) -> tuple[str, ...]:
    place = place_of(typed, values)
    if place is not None:
        return place
    if new:
        return tuple(typed.split("."))
    known = names(values)
    likely = nearest(typed, known)
    raise NoSuchParameter(
        f"there is no parameter `{typed}`",
        where=name,
        hint=(
            f"did you mean {one_of(f'`{each}`' for each in likely)}? "
            if likely
            else f"it has {one_of(known)}. "
        )
        + "--new-parameter adds a name, --verbatim passes the word to the program",
    )


def _indent_of(text: str) -> int | None:
    """How far the first nested line of a JSON text is set in; None when it is all one line."""
    lines = text.splitlines()[1:2]
    return len(lines[0]) - len(lines[0].lstrip()) if lines else None


def _put(document: Any, place: tuple[str, ...], value: Any) -> None:
    for key in place[:-1]:
        if not isinstance(document.get(key), dict):
            document[key] = {}
        document = document[key]
    document[place[-1]] = value


def _at(values: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        values = values[key]
    return values
