"""Runs as JSON (RFC 8259): a list of flat objects, which every data-frame library reads.

JSON has no NaN and no infinity: they become null. Integers keep all their digits. Characters that a terminal or a
runner of CI obeys, or that show nothing, are escapes: a parser gives them back as they were.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import json

from publisher.model.printable import HIDDEN
from publisher.model.row import Row

_UNPAIRED = re.compile("[\ud800-\udfff]")
_OBEYED = re.compile(rf"(?!\n)[{HIDDEN}]|##(?=[A-Za-z.]*\[)")


def export(rows: Sequence[Row]) -> str:
    """Rows as a JSON text, one object a run, parameters as `param.NAME`, metrics as `metric.NAME`."""
    return strict([row.as_flat() for row in rows]) + "\n"


def strict(value: Any) -> str:
    """Any tree as JSON that every parser accepts."""
    try:
        data = json.encode(value)
    except UnicodeEncodeError:  # names of files that are no UTF-8, as Python carries them
        data = json.encode(_encodable(value))
    return escape_in_json(json.format(data, indent=1).decode())


def _encodable(value: Any) -> Any:
    """A tree in which half of a pair of code units, or a byte that is no UTF-8, is an escape in words."""
    if isinstance(value, str):
        return _UNPAIRED.sub(lambda found: f"\\u{ord(found[0]):04x}", value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    return [_encodable(each) for each in value] if isinstance(value, list | tuple) else value


def escape_in_json(text: str) -> str:
    """Return a text of JSON in which characters that are obeyed or show nothing are escapes of JSON."""
    return _OBEYED.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    """The first character as JSON escapes it; the others of a match stay."""
    units = found[0][0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + found[0][1:]
