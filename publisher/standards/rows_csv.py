"""Runs as CSV (RFC 4180, but lines end with `\\n`): one line a run, one column for each fact of any run."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from typing import Any

from publisher.model.row import Row


def export(rows: Sequence[Row]) -> str:
    """Rows as a CSV text; a fact that a run lacks is an empty field, tags are joined by blanks."""
    flat = [row.as_flat() for row in rows]
    columns = dict.fromkeys(name for row in flat for name in row)
    out = _Lines()
    # With this end of a line the writer quotes texts that hold either sign of it.
    writer = csv.DictWriter(out, list(columns), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _cell(name, value) for name, value in row.items()} for row in flat)
    return "".join(out)


class _Lines(list[str]):
    """What the writer writes, line by line, each ended by `\\n`."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")


def _cell(name: str, value: Any) -> Any:
    if name == "tags":
        return " ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
