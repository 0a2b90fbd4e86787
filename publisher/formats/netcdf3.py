"""netCDF-3: dimensions, variables and attributes; read as the variables are needed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

from publisher.formats.arrays import NamedArray, compare_arrays, pieces_of
from publisher.formats.source import Source
from publisher.formats.tally import Tally


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two files variable by variable."""
    from scipy.io import netcdf_file  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        # scipy warns at closing when a variable is still known; ours are copies.
        warnings.simplefilter("ignore", RuntimeWarning)
        one, other = (
            netcdf_file(each.file(), "r", mmap=True, maskandscale=False) for each in (recorded, found)
        )
        try:
            compare_arrays(_contents(one), _contents(other), tally)
        finally:
            one.close()
            other.close()


def _contents(file: Any) -> list[NamedArray]:
    size = {
        name: "as many as there are" if length is None else length for name, length in file.dimensions.items()
    }
    contents = [NamedArray(name=f"dimension {name}", kind=f"{length}") for name, length in size.items()]
    contents += _attributes("", file._attributes)
    for name, variable in file.variables.items():
        kind = f"{variable.data.dtype.str}, over {', '.join(variable.dimensions)}"
        contents.append(
            NamedArray(name=name, kind=kind, shape=variable.data.shape, pieces=partial(_pieces, variable))
        )
        contents += _attributes(name, variable._attributes)
    return sorted(contents, key=lambda each: each.name)


def _pieces(variable: Any) -> Iterator[Any]:
    import numpy as np

    for piece in pieces_of(variable.data.shape, variable.data.dtype.itemsize):
        yield np.array(variable.data[piece]).reshape(-1)


def _attributes(name: str, attributes: Any) -> list[NamedArray]:
    import numpy as np

    values = {key: np.atleast_1d(np.array(value)) for key, value in attributes.items()}
    return [
        NamedArray(
            name=f"{name}@{key}",
            kind="text" if value.dtype.kind in "SU" else value.dtype.str,
            shape=value.shape,
            pieces=partial(iter, [value]),
        )
        for key, value in values.items()
    ]
