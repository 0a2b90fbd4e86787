"""Our own form of YAML, read fast: what `publisher.store.yaml.written` writes, and nothing else. Pure.

A text in any other form, however good, is not read here: `read` of `publisher.store.yaml` has all of YAML, takes
five times as long, and knows what to say of mistakes. What both read, both read alike; a property test holds that.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from publisher.store.yaml import BARE, HEX, RESERVED

_BREAKS = re.compile("[\x80-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,999})")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]*(?:e[-+]?[0-9]+)?")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_CONSTANTS = {
    "null": None,
    "true": True,
    "false": False,
    ".nan": math.nan,
    ".inf": math.inf,
    "-.inf": -math.inf,
}
_DEEPEST = 40  #: levels; what goes deeper is left to the reader that has all of YAML
_MOST_REMEMBERED = 20_000

_LONGEST_REMEMBERED = 60  #: characters; longer lines hold digests and reasons, and do not come again

_texts: dict[str, str] = {}  #: bare texts that were found good: keys, and words that many records say
_lines: dict[
    str, tuple[int, str, Any]
] = {}  #: lines that were read: how far in, key, value; records share most


class _NotPlain(Exception):
    """The text is not in our own form."""


def read_plain(text: str) -> dict[str, Any] | None:
    """A mapping from a text in our own form; None when it is in another.

    >>> read_plain('id: 7f3a9c1e5b02\\nmesh:\\n  nx: 128\\n')
    {'id': '7f3a9c1e5b02', 'mesh': {'nx': 128}}
    >>> read_plain("{id: 7f3a9c1e5b02}") is None
    True
    """
    lines = text.split("\n")
    if lines.pop() or not lines or "\x7f" in text or not (text.isascii() or _BREAKS.search(text) is None):
        return None
    try:
        found, at = _mapping(lines, 0, 0)
    except (_NotPlain, IndexError, ValueError):
        return None
    return found if at == len(lines) else None


def _mapping(lines: list[str], at: int, indent: int) -> tuple[dict[str, Any], int]:
    """The mapping whose keys stand so far in, from a line on; and the line behind it."""
    if indent > 2 * _DEEPEST:
        raise _NotPlain
    found: dict[str, Any] = {}
    pad = " " * indent
    end = len(lines)
    while at < end and lines[at].startswith(pad):
        line = lines[at]
        known = _lines.get(line)
        if known is not None and known[0] == indent:
            if known[1] in found:
                raise _NotPlain
            found[known[1]] = known[2]
            at += 1
            continue
        if line[indent] == '"':
            quoted = _QUOTED.match(line, indent)
            if quoted is None:
                raise _NotPlain
            key, rest = _unquoted(quoted[0]), line[quoted.end() :]
            if rest[:1] != ":" or len(rest) == 2:
                raise _NotPlain
            leaf, raw = len(rest) > 1, rest[2:]
            if leaf and rest[1] != " ":
                raise _NotPlain
        else:
            head, leaf_mark, raw = line.partition(": ")
            leaf = bool(leaf_mark)
            if not leaf:
                if head[-1] != ":":
                    raise _NotPlain
                head = head[:-1]
            name = head[indent:]
            key = _texts.get(name) or _bare(name)
        if key in found:
            raise _NotPlain
        at += 1
        if leaf:
            value = found[key] = _value(raw)
            if len(line) <= _LONGEST_REMEMBERED and not isinstance(value, list | dict):
                if len(_lines) >= _MOST_REMEMBERED:
                    _lines.clear()
                _lines[line] = (indent, key, value)
        elif at < end and lines[at].startswith(f"{pad}- "):
            found[key], at = _list(lines, at, indent)
        else:
            if not lines[at].startswith(f"{pad}  "):
                raise _NotPlain
            found[key], at = _mapping(lines, at, indent + 2)
    return found, at


def _list(lines: list[str], at: int, indent: int) -> tuple[list[Any], int]:
    """The list whose dashes stand so far in, from a line on; and the line behind it."""
    if indent > 2 * _DEEPEST:
        raise _NotPlain
    found: list[Any] = []
    dash = " " * indent + "- "
    inner = " " * (indent + 2)
    end = len(lines)
    while at < end and lines[at].startswith(dash):
        item = lines[at][indent + 2 :]
        if item.startswith("- "):
            lines[at] = inner + item
            value, at = _list(lines, at, indent + 2)
            found.append(value)
        elif _is_entry(item):
            lines[at] = inner + item
            entry, at = _mapping(lines, at, indent + 2)
            found.append(entry)
        else:
            found.append(_value(item))
            at += 1
    return found, at


def _is_entry(item: str) -> bool:
    """Whether an entry of a list is a mapping that begins on the line of its dash."""
    if item[:1] == '"':
        quoted = _QUOTED.match(item)
        return quoted is not None and quoted.end() < len(item)
    return ": " in item or item[-1:] == ":"


def _value(raw: str) -> Any:
    """A scalar, or an empty list or mapping."""
    known = _texts.get(raw)
    if known is not None:
        return known
    first = raw[0]
    if first == '"':
        return _unquoted(raw)
    if len(raw) == 64 and HEX.fullmatch(raw) and _is_hex(raw):  # most lines that no other record has
        return raw
    if first in "-.0123456789":
        if _INTEGER.fullmatch(raw):
            return int(raw)
        if _FLOAT.fullmatch(raw):
            return float(raw)
    if raw in _CONSTANTS:
        return _CONSTANTS[raw]
    if raw == "[]":
        return []
    if raw == "{}":
        return {}
    if RESERVED.fullmatch(raw):
        raise _NotPlain
    return _bare(raw)


def _bare(text: str) -> str:
    """A text without quotes that no reader takes for anything else."""
    if not (BARE.fullmatch(text) or (HEX.fullmatch(text) and not _INTEGER.fullmatch(text) and _is_hex(text))):
        raise _NotPlain
    if len(text) < 40 and len(_texts) < _MOST_REMEMBERED and not RESERVED.fullmatch(text):
        _texts[text] = text
    return text


def _is_hex(text: str) -> bool:
    """Whether no reader takes hexadecimal digits for a number such as `1e5`: another letter than `e` is there."""
    return text.translate(_DIGITS_AND_E) != ""


_DIGITS_AND_E = {ord(c): None for c in "0123456789e"}


def _unquoted(raw: str) -> str:
    """A text in double quotes; JSON's escapes are YAML's too, but for pairs of surrogates."""
    if "\\u" in raw and re.search(r"\\u[dD]", raw):
        raise _NotPlain
    found = json.loads(raw)
    if not isinstance(found, str):
        raise _NotPlain
    return found
