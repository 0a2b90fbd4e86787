"""Texts of records bounded for pages and tables of a site: a longer one is cut, and the record has it whole.

Whoever writes a record by hand may put megabytes into a reason; a page would hold it several times. Pure.
"""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct, structs

from publisher.model.row import Row, Verified

LONGEST = 2_000  #: characters of one text
SMALL = 20_000  #: bytes of a file that makes no page heavy, whatever is in it

Told = TypeVar("Told", bound=Struct)


def bounded_text(text: str) -> str:
    """Return a text, or its beginning and how much more the record has.

    >>> bounded_text("short")
    'short'
    """
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]}… ({more} more characters in the record's YAML)"


def bounded(told: Told, size: int) -> Told:
    """Return a record or a verification with every text bounded.

    Args:
        told: Which.
        size: Bytes of its file; in a small one nothing is looked at.
    """
    return told if size <= SMALL else _bounded(told)


def bounded_row(row: Row) -> Row:
    """Return a line of the table with every text bounded."""
    texts = (
        row.reason,
        row.label,
        row.step,
        row.outcome,
        row.command,
        row.branch,
        row.repository,
        row.author,
    )
    inner = (*row.tags, *row.parameters, *row.metrics, *row.parameters.values())
    if max(map(len, texts)) > LONGEST or any(len(each) > LONGEST for each in inner if isinstance(each, str)):
        return _bounded(row)
    return row


def bounded_verified(verified: Verified) -> Verified:
    """Return the line of a verification with every text bounded."""
    texts = (verified.reason, verified.author, verified.system, verified.job)
    return _bounded(verified) if max(map(len, texts)) > LONGEST else verified


def _bounded(value: Told) -> Told:
    found: Told = _of_any(value)
    return found


def _of_any(value: Any) -> Any:
    if isinstance(value, str):
        return bounded_text(value)
    if isinstance(value, list):
        return [_of_any(each) for each in value]
    if isinstance(value, dict):
        return {_of_any(key): _of_any(each) for key, each in value.items()}
    if isinstance(value, Struct):
        return structs.replace(
            value, **{name: _of_any(getattr(value, name)) for name in value.__struct_fields__}
        )
    return value
