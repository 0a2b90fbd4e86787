"""Named arrays, whatever file they are from: compared piece by piece, and digested.

A format says what arrays it holds, sorted by name, and gives each as flat pieces in one order. Names, shapes,
types and texts must be the same; numbers are measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from publisher.errors import one_of
from publisher.formats.essence import Essence
from publisher.formats.source import PIECE, Unreadable
from publisher.formats.tally import Tally

if TYPE_CHECKING:
    import numpy as np

    Pieces = Iterator[np.ndarray[Any, Any]]


_PLAIN = (bytes, str, bool, int, type(None))  #: objects in arrays that are compared as they are


class NamedArray(Struct, frozen=True, kw_only=True):
    """One array of a file."""

    name: str  #: where it is: `/group/field`, `/field@units`
    kind: str  #: its type and all else that must be the same
    shape: tuple[int, ...] = ()
    by_columns: bool = False  #: the first index runs fastest
    exact: bool = False  #: its numbers are codes, places or characters: no tolerance is meant for them
    pieces: Callable[[], Any] = lambda: iter(())  #: flat arrays, which together are all of it

    def where(self, start: int, index: int) -> str:
        """Where an element stands, counted from another one: `/field[0, 12]`."""
        import numpy as np

        if not self.shape:
            return self.name
        place = np.unravel_index(start + index, self.shape, "F" if self.by_columns else "C")
        return f"{self.name}[{', '.join(str(n) for n in place)}]"


def compare_arrays(recorded: Iterable[NamedArray], found: Iterable[NamedArray], tally: Tally) -> None:
    """Compares the arrays of two files; each must come sorted by name, and each name once."""
    left, right = iter(recorded), iter(found)
    one, other = next(left, None), next(right, None)
    lacks, more = [], []
    while one is not None or other is not None:
        if other is None or (one is not None and one.name < other.name):
            assert one is not None
            lacks.append(one.name)
            one = next(left, None)
        elif one is None or other.name < one.name:
            more.append(other.name)
            other = next(right, None)
        else:
            _compare_one(one, other, tally)
            one, other = next(left, None), next(right, None)
    if lacks:
        tally.differs(f"lacks {one_of(lacks)}")
    if more:
        tally.differs(f"has {one_of(more)}, which was not recorded")


def _compare_one(one: NamedArray, other: NamedArray, tally: Tally) -> None:
    if one.shape != other.shape:
        shapes = f"{_shape(other)} where {_shape(one)} was recorded"
        tally.differs(f"has another shape at {one.name}: {shapes}", shape=True)
    elif one.kind != other.kind:
        tally.differs(f"has at {one.name} {other.kind} where {one.kind} was recorded")
    else:
        start = 0
        for a, b in in_step(one.pieces(), other.pieces()):
            compare_values(a, b, partial(one.where, start), tally, exact=one.exact or other.exact)
            start += len(a)


def _shape(array: NamedArray) -> str:
    return " × ".join(str(n) for n in array.shape) or "one value"


def in_step(one: Pieces, other: Pieces) -> Iterator[tuple[Any, Any]]:
    """Pieces of two arrays of one length, cut so that each pair is equally long.

    Raises:
        Unreadable: One of them ends before the other.
    """
    a = b = None
    while True:
        while a is None or not len(a):
            a = next(one, None)
            if a is None:
                break
        while b is None or not len(b):
            b = next(other, None)
            if b is None:
                break
        if a is None and b is None:
            return
        if a is None or b is None:
            raise Unreadable("holds less than it says")
        count = min(len(a), len(b))
        yield a[:count], b[:count]
        a, b = a[count:], b[count:]


def compare_values(
    recorded: Any, found: Any, where: Callable[[int], str], tally: Tally, *, exact: bool = False
) -> None:
    """Compares two flat arrays of one length: numbers are measured, all else must be the same.

    Args:
        recorded: Of any type that is looked into.
        found: Of the same type.
        where: Says where the n-th element stands.
        tally: Is told.
        exact: Numbers must be the same as well, as those of an enumeration always must.
    """
    import numpy as np

    if recorded.dtype.names is not None:
        for name in recorded.dtype.names:
            one, other = (np.ascontiguousarray(each[name]) for each in (recorded, found))
            place = partial(_of_field, where, name, max(one.size // max(len(one), 1), 1))
            compare_values(one.reshape(-1), other.reshape(-1), place, tally, exact=exact)
    elif recorded.dtype.kind in "iufc" and not (exact or "enum" in (recorded.dtype.metadata or {})):
        tally.numbers(recorded, found, where)
    elif recorded.dtype.kind == "O":
        for n, (one, other) in enumerate(zip(recorded, found, strict=True)):
            _compare_objects(one, other, partial(where, n), tally, exact)
    elif recorded.dtype.kind in "bSUMmViufc":
        if recorded.dtype.kind in "Mm":
            recorded, found = recorded.view(np.int64), found.view(np.int64)  # NaT is NaT
        unlike = np.flatnonzero(recorded != found)
        for n in unlike[:10]:
            tally.texts_differ(where(int(n)), recorded[n], found[n])
        tally.others += max(0, len(unlike) - 10)
        tally.same(len(recorded) if recorded.dtype.kind in "biufc" else 0)
    else:
        raise Unreadable(f"holds values of a type that is not looked into: {recorded.dtype}")


def _of_field(where: Callable[[int], str], field: str, values: int, index: int) -> str:
    return f"{where(index // values)}.{field}"


def _compare_objects(recorded: Any, found: Any, where: Callable[[], str], tally: Tally, exact: bool) -> None:
    import numpy as np

    if type(recorded) is np.ndarray and type(found) is np.ndarray:
        if recorded.shape != found.shape or recorded.dtype != found.dtype:
            tally.differs(f"has another type or shape inside {where()}", shape=True)
        else:
            one, other = recorded.reshape(-1), found.reshape(-1)
            compare_values(one, other, lambda n: f"{where()}[{n}]", tally, exact=exact)
    elif type(recorded) is not type(found) or not isinstance(recorded, _PLAIN):
        raise Unreadable(f"holds something that is not looked into at {where()}")
    elif recorded != found:
        tally.texts_differ(where(), recorded, found)


def digest_arrays(arrays: Iterable[NamedArray], digest: Essence) -> None:
    """Adds every array to an essence: name, type, shape, values."""
    import hashlib

    for array in arrays:
        values = hashlib.sha256()
        for piece in array.pieces():
            _digest_values(piece, values.update)
        digest.add(array.name, array.kind, str(array.shape), values.hexdigest())


def _digest_values(values: Any, update: Callable[[bytes], object]) -> None:
    import numpy as np

    if values.dtype.names is not None and values.dtype.hasobject:
        for name in values.dtype.names:
            _digest_values(np.ascontiguousarray(values[name]).reshape(-1), update)
    elif values.dtype.kind != "O":
        update(np.ascontiguousarray(values).tobytes())
    else:
        for value in values:
            if isinstance(value, np.ndarray):
                update(f"{value.dtype}{value.shape}:".encode())
                _digest_values(value.reshape(-1), update)
            elif isinstance(value, _PLAIN):
                data = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
                update(f"{type(value).__name__}{len(data)}:".encode() + data)
            else:
                raise Unreadable("holds something that is not looked into")


def pieces_of(shape: tuple[int, ...], item: int, rows_at_once: int = 1) -> Iterator[tuple[Any, ...]]:
    """Slices that cut an array into pieces of bounded size, in the order of C.

    Args:
        shape: Of the array.
        item: Bytes of an element.
        rows_at_once: Pieces hold a multiple of so many rows of the first axis, if they are not too large for it.
    """
    if not shape:
        yield ()
        return
    row = item
    for n in shape[1:]:
        row *= n
    if row > PIECE and len(shape) > 1:
        for at in range(shape[0]):
            for rest in pieces_of(shape[1:], item):
                yield (at, *rest)
        return
    rows = max(1, PIECE // max(row, 1))
    rows = max(rows // rows_at_once, 1) * rows_at_once if rows_at_once * row <= 16 * PIECE else rows
    for start in range(0, shape[0], rows):
        yield (slice(start, start + rows),)
