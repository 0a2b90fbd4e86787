"""Runs as CSV (RFC 4180, but lines end with `\\n`): one line a run, one column for each fact of any run."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from typing import Any

from publisher.model.row import Row


def export(rows: Sequence[Row]) -> str:
    """Rows as a CSV text; a fact that a run lacks is an empty field, tags are joined by blanks."""
    return "".join(lines(rows))


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """The lines of this text one by one, the header first: a large table is never held twice."""
    columns: dict[str, None] = {}
    shapes: set[tuple[str, ...]] = set()
    for row in rows:
        shape = (*row.parameters, "", *row.metrics)  # most runs have the names of the run before
        if shape not in shapes:
            shapes.add(shape)
            columns.update(dict.fromkeys(row.as_flat()))
    names = list(columns)
    out = _Line()
    # With this end of a line the writer quotes texts that hold either sign of it.
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    yield out.text
    for row in rows:
        flat = row.as_flat()
        flat["tags"] = " ".join(row.tags)
        values = flat.values() if list(flat) == names else [flat.get(name, "") for name in names]
        cells = [value if type(value) in _AS_THEY_ARE else _cell(value) for value in values]
        writer.writerow(cells)
        yield out.text


_AS_THEY_ARE = {str, int, float}


class _Line:
    """What the writer wrote last, a line ended by `\n`."""

    text = ""

    def write(self, line: str) -> None:
        self.text = line.removesuffix("\r\n") + "\n"


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
