"""The form of a record as JSON Schema, so that anything that reads YAML or JSON can check one. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from publisher.model.record import SCHEMA, Record

ADDRESS = f"urn:provenance-publisher:record:{SCHEMA}"  #: a name, not a place


def record_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of the record's version that this package writes.

    Keys that it does not name are allowed: they survive a read and a write.
    """
    (schema,), parts = msgspec.json.schema_components([Record], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS,
        "title": "The record of a run",
        "$ref": schema["$ref"],
        "$defs": _null_last(parts),
    }


def _null_last(part: Any) -> Any:
    """The same with `null` at the end of each choice: versions of msgspec put it in different places."""
    if isinstance(part, dict):
        inner = {key: _null_last(value) for key, value in part.items()}
        if "anyOf" in inner:
            inner["anyOf"] = sorted(inner["anyOf"], key=lambda choice: choice == {"type": "null"})
        return inner
    return [_null_last(each) for each in part] if isinstance(part, list) else part
