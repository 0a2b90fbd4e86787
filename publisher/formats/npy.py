"""Arrays of numpy, one (`.npy`) or several in a zip file (`.npz`); read piece by piece as their header says."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO

from publisher.formats.arrays import NamedArray, compare_arrays
from publisher.formats.source import PIECE, Source, Unreadable
from publisher.formats.tally import Tally

_SPARSE = {"data", "shape", "format"}  #: what scipy.sparse.save_npz writes for every sparse array
_PLACES = {"indices", "indptr", "row", "col", "coords", "offsets", "shape"}  #: of its numbers, never measured


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares the arrays of two files."""
    from publisher.formats.zipped import opened

    if not recorded.name.lower().endswith(".npz"):
        compare_arrays([_array("array", recorded.open)], [_array("array", found.open)], tally)
        return
    with opened(recorded) as one, opened(found) as other:
        if _comments(one) != _comments(other):
            tally.differs("has another comment")
        compare_arrays(_members(one), _members(other), tally)


def _comments(archive: Any) -> list[Any]:
    return [archive.comment, sorted((each.filename, each.comment) for each in archive.infolist())]


def _members(archive: Any) -> Iterator[NamedArray]:
    names = archive.namelist()
    for name in names:
        if not name.endswith(".npy"):
            raise Unreadable(f"holds `{name}`, which is no array")
    names = sorted(name.removesuffix(".npy") for name in names)
    places = _PLACES if _SPARSE.issubset(names) else set()
    for name in names:
        yield _array(name, partial(archive.open, f"{name}.npy"), exact=name in places)


def _array(name: str, open_it: Callable[[], BinaryIO], *, exact: bool = False) -> NamedArray:
    with open_it() as file:
        shape, by_columns, dtype = _header(file)
    if min(shape, default=0) < 0:
        raise Unreadable("claims a shape that cannot be")
    if dtype.hasobject:
        raise Unreadable("holds Python objects, which are never opened")

    def pieces() -> Iterator[Any]:
        import numpy as np

        left = math.prod(shape)
        with open_it() as file:
            _header(file)
            while left and dtype.itemsize:
                count = min(left, max(1, PIECE // dtype.itemsize))
                data = file.read(count * dtype.itemsize)
                if len(data) < count * dtype.itemsize:
                    raise Unreadable("was cut off: its header says that it holds more")
                left -= count
                yield np.frombuffer(data, dtype)
            if file.read(1):
                raise Unreadable("holds something after its array")

    kind = f"{dtype.descr if dtype.names else dtype.str}{', by columns' if by_columns else ''}"
    return NamedArray(name=name, kind=kind, shape=shape, by_columns=by_columns, exact=exact, pieces=pieces)


def _header(file: BinaryIO) -> tuple[tuple[int, ...], bool, Any]:
    from numpy.lib import format as npy

    version = npy.read_magic(file)
    if version == (1, 0):
        return npy.read_array_header_1_0(file)
    if version == (2, 0):
        return npy.read_array_header_2_0(file)
    raise Unreadable("is of a version of npy that is not looked into")
