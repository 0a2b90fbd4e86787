"""Parquet: columns, their types and their metadata; who wrote it, and in what groups and codes, is set aside."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from publisher.errors import one_of
from publisher.formats.arrays import in_step
from publisher.formats.source import Source
from publisher.formats.tally import Tally

_ROWS = 64 * 1024  #: that are read at once
_SCHEMA = b"ARROW:schema"  #: the types, which are compared themselves


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two files column by column, some rows at a time."""
    from pyarrow import parquet  # type: ignore[import-untyped]

    with parquet.ParquetFile(recorded.file()) as one, parquet.ParquetFile(found.file()) as other:
        names, names_found = one.schema_arrow.names, other.schema_arrow.names
        if names != names_found:
            tally.differs(
                f"has the columns {one_of(names_found)} where {one_of(names)} were recorded", shape=True
            )
            return
        for field, field_found in zip(one.schema_arrow, other.schema_arrow, strict=True):
            if not field.equals(field_found, check_metadata=True):
                types = f"{field_found.type} where {field.type} was recorded"
                tally.differs(f"has another type of column {field.name}: {types}", shape=True)
        if _metadata(one.schema_arrow) != _metadata(other.schema_arrow):
            tally.differs("has other metadata")
        rows, rows_found = one.metadata.num_rows, other.metadata.num_rows
        if rows != rows_found:
            tally.differs(f"has {rows_found} rows where {rows} were recorded", shape=True)
        if not tally.comparable:
            return
        row = 0
        for a, b in in_step(one.iter_batches(_ROWS), other.iter_batches(_ROWS)):
            for n, name in enumerate(names):
                _compare(a[n], b[n], partial(_where, row, name), tally)
            row += len(a)


def _where(start: int, column: str, index: int) -> str:
    return f"row {start + index + 1}, column {column}"


def _metadata(schema: Any) -> dict[bytes, Any]:
    """What is noted beside the columns, without the names and versions of programs."""
    noted = {key: value for key, value in (schema.metadata or {}).items() if key != _SCHEMA}
    if b"pandas" in noted:
        tree = json.loads(noted[b"pandas"])
        noted[b"pandas"] = {key: tree[key] for key in tree if key not in {"creator", "pandas_version"}}
    return noted


def _compare(recorded: Any, found: Any, where: Callable[[int], str], tally: Tally) -> None:
    """Compares two columns, or what is inside of them."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    kind = recorded.type
    if isinstance(kind, pa.BaseExtensionType):
        _compare(recorded.storage, found.storage, where, tally)
        return
    if pa.types.is_dictionary(kind):
        if kind.ordered and not recorded.dictionary.equals(found.dictionary):
            tally.differs(f"has other categories, or in another order ({where(0)})")
        _compare(recorded.dictionary_decode(), found.dictionary_decode(), where, tally)
        return
    there, there_found = (each.is_valid().to_numpy(zero_copy_only=False) for each in (recorded, found))
    for n in np.flatnonzero(there != there_found)[:10]:
        tally.texts_differ(where(int(n)), recorded[int(n)], found[int(n)])
    at = np.flatnonzero(there & there_found)
    one, other = recorded.take(pa.array(at)), found.take(pa.array(at))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        tally.numbers(
            one.to_numpy(zero_copy_only=False),
            other.to_numpy(zero_copy_only=False),
            lambda n: where(int(at[n])),
        )
    elif pa.types.is_struct(kind):
        for n in range(kind.num_fields):
            name = kind.field(n).name
            part, part_found = (compute.struct_field(each, [n]) for each in (one, other))
            _compare(part, part_found, lambda m: f"{where(int(at[m]))}.{name}", tally)  # noqa: B023
    elif pa.types.is_map(kind):
        _compare(_entries(one), _entries(other), lambda n: where(int(at[n])), tally)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        sizes, sizes_found = (
            compute.list_value_length(each).to_numpy(zero_copy_only=False) for each in (one, other)
        )
        if (sizes != sizes_found).any():
            n = int(np.flatnonzero(sizes != sizes_found)[0])
            tally.differs(f"has another number of elements ({where(int(at[n]))})", shape=True)
            return
        rows = np.repeat(at, sizes.astype(np.int64))
        part, part_found = (compute.list_flatten(each) for each in (one, other))
        _compare(part, part_found, lambda m: where(int(rows[m])), tally)
    elif not one.equals(other):
        n = next((n for n in range(len(one)) if not one[n].equals(other[n])), 0)
        tally.texts_differ(where(int(at[n])), one[n], other[n])


def _entries(maps: Any) -> Any:
    """Maps as lists of keys and items, which stay in their order."""
    import pyarrow as pa

    entries = pa.StructArray.from_arrays([maps.keys, maps.items], ["key", "item"])
    return pa.ListArray.from_arrays(maps.offsets, entries)
