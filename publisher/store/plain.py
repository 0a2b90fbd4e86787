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
_LETTER = re.compile("[a-df]")
_DIGITS = 64  #: of a SHA-256
_DIGEST = re.compile(rf"(?:sha256:[0-9a-f]|(?=[0-9e]*{_LETTER.pattern})[1-9a-f])[0-9a-f]{{63}}")
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

_BELOW = object()  #: the value of a key that stands on the lines below it
_Entry = tuple[int, str, Any]  #: how far in the key of a line stands, the key, the value

_texts: dict[str, str] = {}  #: bare texts that were found good: keys, and words that many records say
_lines: dict[str, _Entry] = {}  #: lines that were read; records share most


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
    while at < end:
        line = lines[at]
        known = _lines.get(line)
        if known is None:
            if not line.startswith(pad):
                break
            known = _entry(line, indent)
        far_in, key, value = known
        if far_in < indent:
            break
        if far_in > indent or key in found:
            raise _NotPlain
        at += 1
        if value is not _BELOW:
            found[key] = value
        elif at < end and lines[at].startswith(f"{pad}- "):
            found[key], at = _list(lines, at, indent)
        elif lines[at].startswith(f"{pad}  "):
            found[key], at = _mapping(lines, at, indent + 2)
        else:
            raise _NotPlain
    return found, at


def _entry(line: str, indent: int) -> _Entry:
    """What a line says whose key stands so far in."""
    if line[indent] == '"':
        quoted = _QUOTED.match(line, indent)
        if quoted is None:
            raise _NotPlain
        key, rest = _unquoted(quoted[0]), line[quoted.end() :]
        if rest[:1] != ":" or len(rest) == 2 or (len(rest) > 2 and rest[1] != " "):
            raise _NotPlain
        leaf, raw = len(rest) > 1, rest[2:]
    else:
        head, colon, raw = line.partition(": ")
        leaf = bool(colon)
        if not leaf:
            if head[-1] != ":":
                raise _NotPlain
            head = head[:-1]
        name = head[indent:]
        key = _texts.get(name) or _bare(name)
    value = _value(raw) if leaf else _BELOW
    told = (indent, key, value)
    if len(line) <= _LONGEST_REMEMBERED and not isinstance(value, list | dict):
        if len(_lines) >= _MOST_REMEMBERED:
            _lines.clear()
        _lines[line] = told
    return told


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
    if len(raw) >= _DIGITS and _DIGEST.fullmatch(raw):  # most lines that no other record has
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
    return _LETTER.search(text) is not None


def _unquoted(raw: str) -> str:
    """A text in double quotes; JSON's escapes are YAML's too, but for pairs of surrogates."""
    if "\\u" in raw and re.search(r"\\u[dD]", raw):
        raise _NotPlain
    found = json.loads(raw)
    if not isinstance(found, str):
        raise _NotPlain
    return found
