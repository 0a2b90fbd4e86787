"""Runs as CSV (RFC 4180, but lines end with `\\n`): one line a run, one column for each fact of any run.

Tables are opened in spreadsheets, which run a text that begins like a formula: such a text gets a `'` before it.
A text is one line in which every character shows. `site_template/assets/runs-query.js` writes the same cells; one
table of cases (`tests/cases/cells.json`) is run in both. JSON is exact.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from publisher.model.printable import escape_hidden, neutralise_commands
from publisher.model.row import Row
from publisher.standards.rows_json import escape_in_json

#: What a spreadsheet takes for a formula, also behind blanks and quotes, and in the wide forms of these signs. A
#: tab or a carriage return at the beginning is passed over by some.
_FORMULA = re.compile(
    "[\t\r]|[\t\n\x0b-\r\x1c-\x1e\x85\u2028\u2029 \xa0\u1680\u2000-\u200a\u202f\u205f\u3000'\"\u2018-\u201f]*"
    "[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212]"
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|nan)")
_EXACT = 2**53  #: integers up to here are the same in JavaScript


def export(rows: Sequence[Row]) -> str:
    """Return rows as a CSV text; a fact that a run lacks is an empty field, tags are joined by blanks."""
    return "".join(lines(rows))


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of this text one by one, the header first: a large table is never held twice."""
    columns: dict[str, None] = {}
    shapes: set[tuple[str, ...]] = set()
    for row in rows:
        shape = (*row.parameters, "", *row.metrics)  # most runs have the names of the run before
        if shape not in shapes:
            shapes.add(shape)
            columns.update(dict.fromkeys(row.as_flat()))
    names = list(columns)
    out = _Line()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(cell, names))
    yield out.text
    for row in rows:
        flat = row.as_flat()
        flat["tags"] = " ".join(row.tags)
        values = flat.values() if list(flat) == names else [flat.get(name, "") for name in names]
        writer.writerow([value if type(value) in _NUMBERS else cell(value) for value in values])
        yield out.text


_NUMBERS = {int, float}


class _Line:
    """What the writer wrote last."""

    text = ""

    def write(self, line: str) -> None:
        self.text = line


def cell(value: Any) -> Any:
    """Return what a cell holds of a value: numbers as they are, texts as one line that is no formula.

    A text that is exactly a number stays; lists and mappings are JSON.

    >>> cell("=HYPERLINK(1)"), cell("-0.5"), cell("a\\nb")
    ("'=HYPERLINK(1)", '-0.5', 'a␤b')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return escape_in_json(json.dumps(_tree(value), ensure_ascii=False))
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    shown = neutralise_commands(escape_hidden(text))
    return f"'{shown}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else shown


def _tree(value: Any) -> Any:
    """A tree whose numbers every reader of JSON understands, written as JavaScript would."""
    if isinstance(value, list):
        return [_tree(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _tree(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value
