"""HDF5, and what is written in it: netCDF-4, MATLAB 7.3. Every group, link, dataset, type and attribute counts.

Set aside are times, how data are stored (chunks, compression) and the attribute in which netCDF names the versions
of its libraries. Links are compared, never followed; data that lie in other files are not looked into.

Numbers that are codes, characters or places (enumerations, texts of MATLAB, indices of sparse arrays) must be the
same whatever is tolerated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from publisher.formats.arrays import NamedArray, compare_arrays, digest_arrays, pieces_of
from publisher.formats.essence import Essence
from publisher.formats.source import Source, Unreadable
from publisher.formats.tally import Tally

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_LARGE = 1024**3  #: bytes; more than that must be there, not only claimed
_PACKED = 2000  #: times that data can be packed by honest means
_OF_THE_LIBRARIES = ("/", "_NCProperties")
_OF_PLACES = {
    "REFERENCE_LIST",
    "DIMENSION_LIST",
    "shape",
    "flag_values",
    "flag_masks",
}  #: attributes, never measured
_CODES = {"flag_values", "flag_masks", "flag_meanings"}  #: attributes of CF: the variable holds codes
_PLACES = {
    "MATLAB_sparse": {"ir", "jc"},
    "csr_matrix": {"indices", "indptr"},
    "csc_matrix": {"indices", "indptr"},
    "categorical": {"codes"},
}
"""What tells in a group, by an attribute's name or anndata's `encoding-type`, that datasets hold places."""


def essence(source: Source) -> str:
    """All that is compared, with all values."""
    import h5py  # type: ignore[import-untyped]

    digest = Essence("HDF5", 2)
    _check_end(source)
    with h5py.File(source.file(), "r") as file:
        digest_arrays(_contents(file), digest)
    return digest.hexdigest()


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two files object by object."""
    import h5py

    with h5py.File(recorded.file(), "r") as one, h5py.File(found.file(), "r") as other:
        compare_arrays(_contents(one), _contents(other), tally)


def _check_end(source: Source) -> None:
    """Sees that a file ends where it says (HDF5 File Format Specification 3.0, II.A): the library does not mind.

    Raises:
        Unreadable: Something follows its end.
    """
    head = source.head()
    begin = head[head.find(_SIGNATURE) :]
    if begin[8] < 2:
        wide, at = begin[13], 40 + 4 * begin[8]
    else:
        wide, at = begin[9], 28
    with source.open() as file:
        size = file.seek(0, 2)
    if wide == 8 and size > int.from_bytes(begin[at : at + 8], "little"):
        raise Unreadable("holds something after its end")


def _contents(file: Any) -> list[NamedArray]:
    """Every object, link and attribute, sorted by name."""
    import h5py

    contents: list[NamedArray] = []
    seen: dict[Any, str] = {}
    waiting = [("/", file["/"])]
    while waiting:
        name, item = waiting.pop()
        known = seen.setdefault(h5py.h5o.get_info(item.id).addr, name)
        if known != name:
            contents.append(NamedArray(name=name, kind=f"another name of {known}"))
            continue
        contents += [
            _attribute(file, name, item, each) for each in item.attrs if (name, each) != _OF_THE_LIBRARIES
        ]
        if isinstance(item, h5py.Group):
            contents.append(NamedArray(name=name, kind="a group"))
            for each in sorted(item, reverse=True):
                path = f"{name.rstrip('/')}/{each}"
                link = item.get(each, getlink=True)
                if isinstance(link, h5py.HardLink):
                    waiting.append((path, item[each]))
                else:
                    target = getattr(link, "filename", ""), link.path
                    contents.append(NamedArray(name=path, kind=f"a link to {target}"))
        elif isinstance(item, h5py.Dataset):
            contents.append(_dataset(file, name, item))
        else:
            contents.append(NamedArray(name=name, kind=f"the type {_type(item.dtype)}"))
    return sorted(contents, key=lambda each: each.name)


def _dataset(file: Any, name: str, item: Any) -> NamedArray:
    if item.is_virtual or item.external:
        raise Unreadable(f"holds data that lie in another file ({name})")
    if item.shape is None:
        return NamedArray(name=name, kind=f"nothing, as {_type(item.dtype)}")
    size = math.prod(item.shape) * item.dtype.itemsize
    chunk = math.prod(item.chunks or ()) * item.dtype.itemsize
    if chunk > _LARGE or (size > _LARGE and size > _PACKED * item.id.get_storage_size()):
        raise Unreadable(f"claims far more data than it holds ({name})")

    def pieces() -> Iterator[Any]:
        rows = item.chunks[0] if item.chunks else 1
        for piece in pieces_of(item.shape, item.dtype.itemsize, rows):
            yield _resolved(file, _flat(item[piece]))

    kind = f"{_type(item.dtype)}, at most {item.maxshape}{_filled(item)}"
    return NamedArray(name=name, kind=kind, shape=item.shape, exact=_is_exact(item), pieces=pieces)


def _filled(item: Any) -> str:
    """What a dataset holds where nothing was written, if that was said."""
    import h5py
    import numpy as np

    said = item.id.get_create_plist().fill_value_defined() == h5py.h5d.FILL_VALUE_USER_DEFINED
    if not said:
        return ""
    value = item.fillvalue
    return f", filled with {value.tobytes().hex() if isinstance(value, np.generic) else value!r}"


def _is_exact(item: Any) -> bool:
    """Whether the numbers of a dataset are codes, characters or places."""
    kind = item.attrs.get("MATLAB_class")
    if (
        _is_enumeration(item.dtype)
        or kind in (b"char", b"logical", "char", "logical")
        or any(n in item.attrs for n in _CODES)
    ):
        return True
    group, name = item.parent.attrs, item.name.rpartition("/")[2]
    encoding = group.get("encoding-type")
    told = {"MATLAB_sparse"} & set(group) | ({encoding} if isinstance(encoding, str) else set())
    return any(name in _PLACES.get(each, ()) for each in told)


def _is_enumeration(dtype: Any) -> bool:
    import h5py

    inner = h5py.check_vlen_dtype(dtype)
    if isinstance(inner, type):
        return False
    if dtype.subdtype is not None:
        return _is_enumeration(dtype.subdtype[0])
    return _is_enumeration(inner) if inner is not None else h5py.check_enum_dtype(dtype) is not None


def _attribute(file: Any, name: str, item: Any, attribute: str) -> NamedArray:
    import h5py

    held = item.attrs.get_id(attribute)
    value = item.attrs[attribute]
    where = f"{name}@{attribute}"
    if isinstance(value, h5py.Empty):
        return NamedArray(name=where, kind=f"nothing, as {_type(held.dtype)}")
    return NamedArray(
        name=where,
        kind=_type(held.dtype),
        shape=held.shape,
        exact=attribute in _OF_PLACES
        or attribute.startswith(("MATLAB_", "_Netcdf4"))
        or _is_enumeration(held.dtype),
        pieces=lambda: iter([_resolved(file, _flat(value))]),
    )


def _flat(value: Any) -> Any:
    import numpy as np

    if isinstance(value, np.ndarray):
        return value.reshape(-1)
    if isinstance(value, np.generic):
        return np.array([value])
    flat = np.empty(1, object)
    flat[0] = value
    return flat


def _resolved(file: Any, values: Any) -> Any:
    """References as the names that they lead to; all else as it is."""
    import h5py
    import numpy as np

    if values.dtype.names is not None and values.dtype.hasobject:
        values = values.copy()
        for name in values.dtype.names:
            values[name] = _resolved(file, values[name].reshape(-1)).reshape(values[name].shape)
    elif values.dtype.kind == "O":
        resolved = np.empty(len(values), object)
        for n, value in enumerate(values):
            if isinstance(value, h5py.Reference) and not isinstance(value, h5py.RegionReference):
                value = f"reference to {file[value].name if value else 'nothing'}"
            elif isinstance(value, np.ndarray):
                value = _resolved(file, value.reshape(-1))
            resolved[n] = value
        return resolved
    return values


def _type(dtype: Any) -> str:
    """A type of data with all that belongs to it, in words that no library changes."""
    import h5py

    if text := h5py.check_string_dtype(dtype):
        return f"text in {text.encoding} of {text.length or 'any'} bytes"
    if (inner := h5py.check_vlen_dtype(dtype)) is not None:
        return f"lists of {_type(inner)}"
    if (names := h5py.check_enum_dtype(dtype)) is not None:
        return f"{dtype.str} named {sorted((key, int(value)) for key, value in names.items())}"
    if h5py.check_ref_dtype(dtype) is not None:
        return "references"
    if dtype.subdtype is not None:
        return f"{_type(dtype.subdtype[0])} × {dtype.subdtype[1]}"
    if dtype.names is not None:
        return f"({', '.join(f'{name}: {_type(dtype[name])}' for name in dtype.names)})"
    return str(dtype.str)
