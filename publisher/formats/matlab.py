"""MATLAB files of versions 5 to 7.2, read by scipy; the header, which holds the date, is set aside.

Such a file cannot be read in pieces, so it is seen first that it does not unpack to too much.
"""

from __future__ import annotations

import zlib
from functools import partial
from typing import Any, Literal

from publisher.formats.arrays import NamedArray, compare_arrays
from publisher.formats.source import WHOLE, Source, Unreadable
from publisher.formats.tally import Tally

_HEADER = 128  #: bytes
_PACKED = 15  #: mark of a compressed element
_KNOWN = {"double", "single", "char", "logical", "cell", "struct", "sparse"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two files variable by variable."""
    compare_arrays(_contents(recorded), _contents(found), tally)


def _contents(source: Source) -> list[NamedArray]:
    import io

    from scipy.io import loadmat, whosmat  # type: ignore[import-untyped]

    data = source.whole()
    _check(data)
    listed = whosmat(io.BytesIO(data))
    names = [name for name, _, _ in listed]
    if len(set(names)) < len(names) or not {kind for _, _, kind in listed} <= _KNOWN:
        raise Unreadable("names a variable twice, or holds objects or functions, which are not looked into")
    values = loadmat(io.BytesIO(data), mat_dtype=True, chars_as_strings=False, spmatrix=False)
    contents = [each for name, _, kind in listed for each in _arrays(name, kind, values[name])]
    return sorted(contents, key=lambda each: each.name)


def _check(data: bytes) -> None:
    """Sees that the elements are whole, and do not unpack to too much."""
    order: Literal["little", "big"] = "little" if data[126:128] == b"IM" else "big"
    at, total = _HEADER, 0
    while at < len(data):
        mark, size = (int.from_bytes(data[n : n + 4], order) for n in (at, at + 4))
        if at + 8 + size > len(data):
            raise Unreadable("was cut off")
        if mark == _PACKED:
            unpacking, left = zlib.decompressobj(), data[at + 8 : at + 8 + size]
            while left and not unpacking.eof:
                total += len(unpacking.decompress(left, 1024 * 1024))
                left = unpacking.unconsumed_tail
                if total > 4 * WHOLE:
                    raise Unreadable(f"unpacks to more than {4 * WHOLE // 1024**2} MiB")
        at += 8 + size


def _arrays(name: str, kind: str, value: Any) -> list[NamedArray]:
    import numpy as np

    parts = {name: value}
    if kind == "sparse":
        parts = {f"{name}.{part}": getattr(value, part) for part in ("data", "indices", "indptr")}
        parts[f"{name}.shape"] = np.array(value.shape)
    return [
        NamedArray(
            name=part,
            kind=f"{kind} {array.dtype}",
            shape=array.shape,
            pieces=partial(iter, [array.reshape(-1)]),
        )
        for part, array in parts.items()
    ]
