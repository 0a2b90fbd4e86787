"""netCDF-3 (classic and 64-bit offset): dimensions, variables and attributes; read as the variables are needed.

The header is read here, byte by byte as the standard has it: scipy's reader drops the zeros at the end of a text,
and does not tell where the data end.

Source: NetCDF Classic Format Specification, https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from typing import Any, BinaryIO

from msgspec import Struct

from publisher.formats.arrays import NamedArray, compare_arrays, pieces_of
from publisher.formats.source import Source, Unreadable
from publisher.formats.tally import Tally

_TYPES = {1: ">i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8"}
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12  #: tags of the lists in a header
_STREAMING = 0xFFFFFFFF  #: as a number of records: not known when it was written
_MOST = 1_000_000  #: elements of a list, bytes of a name
_PADDING = 4  #: bytes to whose multiples everything is filled up
_CODES = {"flag_values", "flag_masks", "flag_meanings"}  #: attributes of CF that make a variable one of codes


class _Variable(Struct, frozen=True, kw_only=True):
    name: str
    dimensions: list[int]  #: places in the list of dimensions
    attributes: list[NamedArray]
    dtype: str
    begin: int  #: byte of its first value


class _Header(Struct, frozen=True, kw_only=True):
    records: int
    dimensions: list[tuple[str, int]]  #: name and length; a length of 0 is that of the records
    attributes: list[NamedArray]
    variables: list[_Variable]
    end: int  #: byte after the header


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two files variable by variable."""
    compare_arrays(_contents(recorded), _contents(found), tally)


class _Reader:
    """The numbers and texts of a header, one after the other."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.wide = file.read(4) == b"CDF\x02"  #: places are of 8 bytes

    def bytes(self, count: int) -> bytes:
        data = self.file.read(count + -count % _PADDING)
        if len(data) < count + -count % _PADDING:
            raise Unreadable("was cut off")
        return data[:count]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.bytes(size), "big")

    def name(self) -> str:
        return self.bytes(self._few(self.number())).decode("utf-8", "surrogateescape")

    def count(self, tag: int) -> int:
        """How many elements a list has, which begins here."""
        found, count = self.number(), self.number()
        if found != tag and (found or count):
            raise Unreadable("is no netCDF-3: its header is broken")
        return self._few(count)

    def _few(self, count: int) -> int:
        if count > _MOST:
            raise Unreadable("is no netCDF-3: its header claims too much")
        return count


def _header(file: BinaryIO) -> _Header:
    reader = _Reader(file)
    records = reader.number()
    if records == _STREAMING:
        raise Unreadable("does not say how many records it has")
    dimensions = [(reader.name(), reader.number()) for _ in range(reader.count(_DIMENSIONS))]
    attributes = _attributes(reader, "")
    variables = []
    for _ in range(reader.count(_VARIABLES)):
        name = reader.name()
        places = [reader.number() for _ in range(reader._few(reader.number()))]
        of_variable = _attributes(reader, name)
        kind = _type(reader.number())
        reader.number()  # its size, which follows from its shape, and is wrong for large ones
        begin = reader.number(8 if reader.wide else 4)
        variables.append(
            _Variable(name=name, dimensions=places, attributes=of_variable, dtype=kind, begin=begin)
        )
    return _Header(
        records=records, dimensions=dimensions, attributes=attributes, variables=variables, end=file.tell()
    )


def _type(number: int) -> str:
    if number not in _TYPES:
        raise Unreadable("is no netCDF-3: it has a value of no known type")
    return _TYPES[number]


def _attributes(reader: _Reader, name: str) -> list[NamedArray]:
    import numpy as np

    attributes = []
    for _ in range(reader.count(_ATTRIBUTES)):
        key, kind, count = reader.name(), _type(reader.number()), reader.number()
        if count > 64 * _MOST:
            raise Unreadable("is no netCDF-3: its header claims too much")
        data = reader.bytes(count * np.dtype(kind).itemsize)
        values = np.array([data.hex() if b"\0" in data else data], object)
        shape: tuple[int, ...] = ()
        if kind != "S1":
            values, shape = np.frombuffer(data, kind), (count,)
        attributes.append(
            NamedArray(
                name=f"{name}@{key}",
                kind=("text with zeros" if b"\0" in data else "text") if kind == "S1" else kind,
                shape=shape,
                exact=key in _CODES,
                pieces=partial(iter, [values]),
            )
        )
    return attributes


def _contents(source: Source) -> list[NamedArray]:
    """Everything that is in a file, sorted by name.

    Raises:
        Unreadable: It is no whole netCDF-3, names something twice, or holds something after its end.
    """
    import numpy as np

    path = source.file()
    with source.open() as file:
        header = _header(file)
        size = file.seek(0, 2)
    contents = [
        NamedArray(name=f"dimension {name}", kind=f"{length}" if length else "as many as there are")
        for name, length in header.dimensions
    ]
    contents += header.attributes
    of_records = [each for each in header.variables if _is_of_records(each, header)]
    sizes = {each.name: _bytes(each, header) for each in header.variables}
    # A single variable of records is not filled up between them.
    alone = len(of_records) == 1
    step = sum(sizes[each.name] + (0 if alone else -sizes[each.name] % _PADDING) for each in of_records)
    end = header.end
    data = np.memmap(path, np.uint8, "r")
    for each in header.variables:
        lengths = [header.dimensions[n][1] for n in each.dimensions]
        shape, first, whole = tuple(lengths), 0, sizes[each.name]
        if _is_of_records(each, header):
            shape, first = (header.records, *lengths[1:]), step
            whole = (header.records - 1) * step + whole if header.records else 0
        if min(each.begin, whole) < 0 or each.begin + whole > size:
            raise Unreadable("was cut off")
        end = max(end, each.begin + whole + -whole % _PADDING) if whole else end
        dtype = np.dtype(each.dtype)
        values = _view(data, each.begin, shape, dtype, first) if whole else np.zeros(shape, dtype)
        over = ", ".join(header.dimensions[n][0] for n in each.dimensions)
        exact = any(held.name.rpartition("@")[2] in _CODES for held in each.attributes)
        pieces = partial(_pieces, values)
        kind = f"{each.dtype}, over {over}"
        contents.append(NamedArray(name=each.name, kind=kind, shape=shape, exact=exact, pieces=pieces))
        contents += each.attributes
    if size > end:
        raise Unreadable("holds something after its end")
    contents.sort(key=lambda each: each.name)
    if any(one.name == other.name for one, other in pairwise(contents)):
        raise Unreadable("names something twice")
    return contents


def _is_of_records(variable: _Variable, header: _Header) -> bool:
    if any(n >= len(header.dimensions) for n in variable.dimensions):
        raise Unreadable("is no netCDF-3: a variable has a dimension that is not there")
    lengths = [header.dimensions[n][1] for n in variable.dimensions]
    if 0 in lengths[1:]:
        raise Unreadable("is no netCDF-3: the records are not its first dimension")
    return bool(lengths) and not lengths[0]


def _bytes(variable: _Variable, header: _Header) -> int:
    """Size of a variable; of one of records, in one of them."""
    import numpy as np

    lengths = [header.dimensions[n][1] for n in variable.dimensions]
    return math.prod(each for each in lengths if each) * np.dtype(variable.dtype).itemsize


def _view(data: Any, begin: int, shape: tuple[int, ...], dtype: Any, step: int) -> Any:
    """Values where they lie in the file; `step` bytes from one record to the next, 0 without records."""
    import numpy as np

    inner = np.cumprod([dtype.itemsize, *reversed(shape[1:])]).tolist()[::-1] if shape else []
    strides = (step, *inner[1:]) if step else tuple(inner)
    return np.ndarray(shape, dtype, data, begin, strides)


def _pieces(values: Any) -> Iterator[Any]:
    import numpy as np

    for piece in pieces_of(values.shape, values.dtype.itemsize):
        yield np.array(values[piece]).reshape(-1)
