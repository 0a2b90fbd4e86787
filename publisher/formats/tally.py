"""What the comparison of two contents comes to: how many numbers differ, how much, where; and what else differs.

It is told pairs of numbers that stand in the same place and sentences about everything that must be the same
and is not. It does not know formats, and gives no verdict.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from publisher.model.verification import Measured

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

#: A number, whole. `1.0D+00` is what Fortran writes.
NUMERAL = re.compile(
    rb"[ \t]*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?:\d+\.\d*|\.\d+)[dD][+-]?\d+|nan|inf|infinity)[ \t]*",
    re.IGNORECASE,
)
_PADDED = re.compile(rb"[ \t]*[+-]?0\d")  #: `007` may be a name: it is no other way to write 7
EXACT = 2.0**53  #: from here on two whole numbers may be one double
SURE = 15  #: digits at most with which equal doubles were equal decimals
_ENOUGH = Context(prec=60, traps=[])
_SAID = 3  #: sentences that are kept


class Tally:
    """Counts, largest errors and sentences of one comparison.

    Two numbers agree when |found - recorded| <= atol + rtol |recorded|. NaN agrees with NaN, an infinity with the
    same infinity. A relative error is to the recorded number; to a recorded 0 there is none. A number where there
    was none, or the other way round, has no error at all: it is said in a sentence, and never within a tolerance.
    """

    def __init__(self, rtol: float | None = None, atol: float | None = None) -> None:
        self._tolerant = rtol is not None or atol is not None
        self._rtol, self._atol = rtol or 0.0, atol or 0.0
        self.compared = 0  #: numbers, cells or pixels
        self.differing = 0  #: of them, however little
        self.outside = 0  #: of them, by more than is allowed
        self.first_outside: str | None = None
        self.absolute: float | None = None
        self.relative: float | None = None
        self.where: str | None = None
        self.rms: float | None = None  #: set by whoever compares pixels
        self.drawn: Callable[[], bytes] | None = None  #: makes a PNG of where two pictures differ
        self.said: list[str] = []  #: what differs and is no number, the first few
        self.others = 0  #: how many more of such there were
        self.comparable = True  #: False when shapes differ: then no error means anything

    def differs(self, sentence: str, *, shape: bool = False) -> None:
        """Notes what must be the same and is not.

        Args:
            sentence: What, going on after the name of the file.
            shape: Numbers no longer stand in the same places, so that errors say nothing.
        """
        if len(self.said) < _SAID:
            self.said.append(sentence)
        else:
            self.others += 1
        self.comparable = self.comparable and not shape

    def texts_differ(self, where: str, recorded: object, found: object) -> None:
        """Notes two texts, or a text and a number, that stand in the same place."""
        self.differs(f"has {short(found)} where {short(recorded)} was recorded ({where})")

    def same(self, count: int) -> None:
        """Counts numbers that are the same."""
        self.compared += count

    def numbers(self, recorded: Array, found: Array, where: Callable[[int], str]) -> None:
        """Compares two arrays of numbers of the same type and length.

        Args:
            recorded: Flat; of whole, real or complex numbers.
            found: In the same order.
            where: Says where the n-th of them stands.
        """
        import numpy as np

        if recorded.dtype.kind == "c":
            part = np.dtype(f"f{recorded.dtype.itemsize // 2}")
            both = (
                np.ascontiguousarray(each.astype(each.dtype.newbyteorder("="))) for each in (recorded, found)
            )
            one, other = (each.view(part) for each in both)
            self.numbers(one, other, lambda n: f"{where(n // 2)}, {'imaginary' if n % 2 else 'real'} part")
            self.compared -= len(recorded)
            return
        self.compared += len(recorded)
        unlike = recorded != found
        if recorded.dtype.kind == "f":
            unlike &= ~(np.isnan(recorded) & np.isnan(found))
        at = np.flatnonzero(unlike)
        if not len(at):
            return
        one, other = recorded[at], found[at]
        with np.errstate(all="ignore"):
            if one.dtype.kind in "iu":
                # Modulo 2**64 the difference of the larger and the smaller is always exact.
                high, low = np.maximum(one, other).astype(np.uint64), np.minimum(one, other).astype(np.uint64)
                error = (high - low).astype(np.float64)
            else:
                wide = np.result_type(one.dtype, np.float64)
                error = np.abs(other.astype(wide) - one.astype(wide))
                error[~(np.isfinite(one) & np.isfinite(other))] = np.nan
        values = one.astype(np.float64) if one.dtype.kind in "iu" else one
        self._weigh(values, other, error, lambda n: where(int(at[n])))

    def numerals(
        self, recorded: Sequence[bytes], found: Sequence[bytes], where: Callable[[int], str]
    ) -> None:
        """Compares pairs of cells, which are numbers or other texts, as far as they are not the same text."""
        import numpy as np

        pairs = []
        for n, (one, other) in enumerate(zip(recorded, found, strict=True)):
            if NUMERAL.fullmatch(one) and NUMERAL.fullmatch(other):
                pairs.append(n)
            else:
                self.texts_differ(where(n), one, other)
        a, b = ([_double(texts[n]) for n in pairs] for texts in (recorded, found))
        exact = [n for n, x, y in zip(range(len(pairs)), a, b, strict=True) if not _doubles_tell(x, y)]
        for n in exact:
            self._decimals(recorded[pairs[n]], found[pairs[n]], partial(where, pairs[n]))
        rest = sorted(set(range(len(pairs))) - set(exact))
        self.numbers(
            np.array([a[n] for n in rest], float),
            np.array([b[n] for n in rest], float),
            lambda n: where(pairs[rest[n]]),
        )

    def _decimals(self, recorded: bytes, found: bytes, where: Callable[[], str]) -> None:
        """Compares two numbers that doubles cannot tell apart: whole numbers of many digits, or many decimals."""
        import numpy as np

        one, other = _decimal(recorded), _decimal(found)
        if one.is_nan() and other.is_nan():
            self.compared += 1
        elif one.compare(other) == 0:
            self.compared += 1
            if _PADDED.match(recorded) or _PADDED.match(found):
                self.texts_differ(where(), recorded, found)
        else:
            self.compared += 1
            error = _ENOUGH.abs(_ENOUGH.subtract(other, one))
            error_as_double = float(error) if error.is_finite() else np.nan
            self._weigh(
                np.array([_double(recorded)]),
                np.array([_double(found)]),
                np.array([max(error_as_double, sys.float_info.min)]),
                lambda n: where(),
            )

    def _weigh(self, recorded: Array, found: Array, error: Array, where: Callable[[int], str]) -> None:
        """Takes in numbers that differ; the error is NaN where there is none."""
        import numpy as np

        self.differing += len(error)
        with np.errstate(all="ignore"):
            size = np.minimum(np.abs(recorded), sys.float_info.max)  # else an infinity would allow everything
            inside = error <= self._atol + self._rtol * size if self._tolerant else np.zeros(len(error), bool)
            none = np.isnan(error)
            relative = np.where((size > 0) & ~none, error / size, -1)
        inside &= ~none
        for n in np.flatnonzero(none)[:_SAID]:
            self.texts_differ(where(int(n)), recorded[n], found[n])
        self.others += max(0, int(none.sum()) - _SAID)
        outside = np.flatnonzero(~inside)
        if len(outside):
            self.first_outside = self.first_outside or where(int(outside[0]))
            self.outside += len(outside)
        if none.all():
            return
        n = int(np.nanargmax(error))
        largest = min(float(error[n]), sys.float_info.max)
        if self.absolute is None or largest > self.absolute:
            self.absolute, self.where = largest, where(n)
        if (top := float(relative.max())) >= 0:
            self.relative = max(self.relative or 0.0, min(top, sys.float_info.max))

    def measured(self) -> Measured | None:
        """The errors; None when nothing could be measured."""
        if not self.comparable or not self.compared:
            return None
        return Measured(
            compared=self.compared,
            differing=self.differing,
            absolute=self.absolute,
            relative=self.relative,
            where=self.where,
            rms=self.rms,
        )


def _double(text: bytes) -> float:
    return float(text.lower().replace(b"d", b"e"))


def _decimal(text: bytes) -> Decimal:
    return Decimal(text.decode().strip().lower().replace("d", "e"))


def _doubles_tell(one: float, other: float) -> bool:
    return one != other and abs(one) < EXACT and abs(other) < EXACT


def short(value: object) -> str:
    """A value as it reads in a sentence, not too long."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = " ".join(text.split())
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"
