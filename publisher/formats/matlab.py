"""MATLAB files of versions 5 to 7.2, read by scipy; the header, which holds the date, is set aside.

Such a file cannot be read in pieces, so it is seen first that it does not unpack to too much. And scipy crashes on
some damaged files, so it reads in a process of its own: `python -m publisher.formats.matlab`.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
import zlib
from functools import partial
from typing import Any, Literal, TypeAlias

from publisher.formats.arrays import NamedArray, compare_arrays
from publisher.formats.source import WHOLE, Source, Unreadable
from publisher.formats.tally import Tally

_HEADER = 128  #: bytes
_PACKED = 15  #: mark of a compressed element
_KNOWN = {"double", "single", "char", "logical", "cell", "struct", "sparse"} | {
    f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}

_Part: TypeAlias = tuple[str, str, Any, bool]  #: name, kind, array, whether its numbers have to be the same


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two files variable by variable."""
    files = [recorded.whole(), found.whole()]
    for data in files:
        _check(data)
    one, other = _read_apart(files)
    compare_arrays(map(_named, one), map(_named, other), tally)


def _read_apart(files: list[bytes]) -> list[list[_Part]]:
    """What files hold, as the process found that read them.

    Raises:
        Unreadable: One cannot be looked into, or the process did not survive it.
        ImportError: scipy is not here.
    """
    command = [sys.executable, "-P", "-m", "publisher.formats.matlab"]
    ended = subprocess.run(
        command, input=pickle.dumps(files), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    if ended.returncode:
        raise Unreadable("is damaged: scipy, which reads it, did not survive it")
    said = pickle.loads(ended.stdout)
    if isinstance(said, str):
        raise Unreadable(said)
    if isinstance(said, Exception):
        raise said
    return list(said)


def _named(part: _Part) -> NamedArray:
    name, kind, array, exact = part
    return NamedArray(
        name=name, kind=kind, shape=array.shape, exact=exact, pieces=partial(iter, [array.reshape(-1)])
    )


def _read(data: bytes) -> list[_Part]:
    import io

    from scipy.io import loadmat, whosmat  # type: ignore[import-untyped]

    listed = whosmat(io.BytesIO(data))
    names = [name for name, _, _ in listed]
    if len(set(names)) < len(names) or not {kind for _, _, kind in listed} <= _KNOWN:
        raise Unreadable("names a variable twice, or holds objects or functions, which are not looked into")
    # scipy gives either the class of numbers or their imaginary parts, never both: so it is asked twice.
    read = partial(loadmat, chars_as_strings=False, spmatrix=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the imaginary parts are lost, which we know
        of_class = read(io.BytesIO(data), mat_dtype=True)
    values = read(io.BytesIO(data), mat_dtype=False)
    parts: list[_Part] = []
    for name, _, kind in listed:
        kind += ", global" if name in values["__globals__"] else ""
        parts += _parts(name, kind, _joined(values[name], of_class[name]))
    return sorted(parts, key=lambda part: part[0])


def _joined(value: Any, of_class: Any) -> Any:
    """A value with the class that MATLAB knows it by, and with its imaginary parts.

    Args:
        value: Read as it is stored.
        of_class: Read in its class, without imaginary parts.

    Raises:
        Unreadable: It is an object or a function, or holds complex whole numbers.
    """
    import numpy as np
    from scipy import sparse  # type: ignore[import-untyped]

    if sparse.issparse(value):
        return value
    if type(value) is not np.ndarray or type(of_class) is not np.ndarray:
        raise Unreadable("holds objects or functions, which are not looked into")
    if value.dtype.names is not None:
        joined = of_class.copy()
        for name in value.dtype.names:
            joined[name] = _joined(value[name], of_class[name])
        return joined
    if value.dtype.kind == "O":
        joined = np.empty(value.shape, object)
        for at in np.ndindex(value.shape):
            joined[at] = _joined(value[at], of_class[at])
        return joined
    if value.dtype.kind != "c":
        return of_class
    if of_class.dtype.kind != "f":
        raise Unreadable("holds complex whole numbers, which are not looked into")
    return value.astype(np.result_type(of_class.dtype, np.complex64))


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
            if unpacking.unused_data:
                raise Unreadable("holds something after a compressed element")
        at += 8 + size


def _parts(name: str, kind: str, value: Any) -> list[_Part]:
    from scipy import sparse

    parts, exact = {name: value}, set()
    if sparse.issparse(value):
        # Where the numbers stand is part of the shape: a row is not close to the next one.
        kind = f"{kind} of the shape {value.shape}"
        exact = {f"{name}.indices", f"{name}.indptr"}
        parts = {f"{name}.{part}": getattr(value, part) for part in ("data", "indices", "indptr")}
    return [(part, f"{kind}, {array.dtype}", array, part in exact) for part, array in parts.items()]


def _answer() -> None:
    """Write what the files hold that another process sent, or why that cannot be told."""
    said: list[list[_Part]] | Exception | str
    try:
        said = [_read(data) for data in pickle.load(sys.stdin.buffer)]
    except Unreadable as error:
        said = error.what
    except ImportError as error:
        said = error
    except (
        Exception
    ) as error:  # a broken file breaks the libraries that read it in more ways than can be listed
        said = ValueError(str(error))
    sys.stdout.buffer.write(pickle.dumps(said))


if __name__ == "__main__":
    _answer()
