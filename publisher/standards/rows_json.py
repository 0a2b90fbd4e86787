"""Runs as JSON (RFC 8259): a list of flat objects, which every data-frame library reads.

JSON has no NaN and no infinity: they become null. Integers keep all their digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import json

from publisher.model.row import Row


def export(rows: Sequence[Row]) -> str:
    """Rows as a JSON text, one object a run, parameters as `param.NAME`, metrics as `metric.NAME`."""
    return strict([row.as_flat() for row in rows]) + "\n"


def strict(value: Any) -> str:
    """Any tree as JSON that every parser accepts."""
    return json.format(json.encode(value), indent=1).decode()
