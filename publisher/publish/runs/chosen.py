"""Which pages there are and what the overview pages show, from rows alone. Pure.

What the page of one run shows is the room `run/`'s; how a page looks is the templates'.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from math import isfinite
from typing import Any

import msgspec
from msgspec import Struct

from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.bounds import bounded_row


class Unreadable(Struct, frozen=True, kw_only=True):
    """A record file that cannot be shown, and why."""

    file: str  #: relative to the project
    line: int  #: 0 when it is not about a line
    reason: str


class Chosen(Struct, frozen=True, kw_only=True):
    """The runs that are published."""

    rows: list[Row]  #: oldest first, no two with one id
    problems: list[Unreadable]


def chosen(rows: Sequence[Row], problems: Sequence[Unreadable], *, only: bool = False) -> Chosen:
    """The runs that may be shown. One that says `publish: false` is on no page and in no data file.

    With `only`, those alone are shown that say `publish: true`. Of two files with one id the first is shown and
    the other is a problem: an address leads to one run.
    """
    taken: dict[str, Row] = {}
    twice: list[Unreadable] = []
    for row in rows:
        if row.publish is False or (only and not row.publish):
            continue
        if row.id in taken:
            reason = f"has the id of {taken[row.id].name.rpartition('/')[2]}, so it is not shown"
            twice.append(Unreadable(file=f"records/{row.name}", line=0, reason=reason))
        else:
            taken[row.id] = bounded_row(row)
    return Chosen(rows=list(taken.values()), problems=[*problems, *twice])


def summary(chosen: Chosen) -> str:
    """How many runs there are and how they ended: `26 runs: 24 completed, 2 failed; 1 record is unreadable`."""
    if not chosen.rows and not chosen.problems:
        return "no runs yet"
    counted = Counter[str](row.status for row in chosen.rows)
    told = ", ".join(f"{counted[status]} {status}" for status in words.STATUS if status in counted)
    text = words.plural(len(chosen.rows), "run") + (f": {told}" if told else "")
    if chosen.problems:
        text += "; " + words.plural(len(chosen.problems), "record is", "records are") + " unreadable"
    return text


def records_data(chosen: Chosen) -> bytes:
    """What `data/records.json` holds: a run a line, so that texts are compared and searched by line."""
    told = {
        "about": (
            "Every published run, oldest first, one flat object each. Times are UTC, durations seconds. "
            "A parameter is `param.` and its dotted name, a metric `metric.` and its name. JSON has no word for "
            "numbers that are none: they are the texts NaN, Infinity and -Infinity. "
            "The whole record of a run is runs/ID.yml; its schema is data/record.schema.json."
        ),
        "version": 1,
        "records": [],  # each on a line of its own, put in below
        "unreadable": [
            {"file": each.file, "line": each.line, "reason": each.reason} for each in chosen.problems
        ],
    }
    lines = [b"  " + bytes(_object(row.as_flat())) for row in chosen.rows]
    before, _, after = msgspec.json.format(msgspec.json.encode(told), indent=1).partition(b'"records": []')
    return before + b'"records": [\n' + b",\n".join(lines) + b"\n ]" + after + b"\n"


_SIMPLE = {str, int, bool, type(None)}


def _object(flat: dict[str, Any]) -> Any:
    """A flat row as JSON has it."""
    others = [value for value in flat.values() if type(value) not in _SIMPLE]
    simple = all(
        isfinite(value) if type(value) is float else type(value) is list and set(map(type, value)) <= {str}
        for value in others
    )
    try:
        return msgspec.Raw(msgspec.json.encode(flat if simple else _plain(flat)))
    except OverflowError:  # an integer beyond 64 bits, of which JSON allows all digits
        return msgspec.Raw(json.dumps(_plain(flat), ensure_ascii=False).encode())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    return value
