"""What the comparison of two contents comes to: how many numbers differ, how much, where; and what else differs.

It is told pairs of numbers that stand in the same place and sentences about everything that must be the same
and is not. It does not know formats, and gives no verdict.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from publisher.model.verification import Measured

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

#: A number, whole. `1.0D+00` is what Fortran writes; `007` may be a name, and is none.
NUMERAL = re.compile(
    rb"[ \t]*[+-]?(?!0\d)(?:(?:\d++(?:\.\d*+)?|\.\d++)(?:e[+-]?\d++)?|(?:\d++\.\d*+|\.\d++)d[+-]?\d++|"
    rb"nan|inf|infinity)[ \t]*",
    re.IGNORECASE,
)
EXACT = 2.0**53  #: from here on two whole numbers may be one double
SURE = 15  #: digits at most with which equal doubles were equal decimals
_ENOUGH = Context(prec=60, traps=[])
_SAID = 3  #: sentences that are kept
_AT_ONCE = 10_000  #: pairs that are weighed at once


class Tally:
    """Counts, largest errors and sentences of one comparison.

    Two numbers agree when |found - recorded| <= atol + rtol |recorded|. NaN agrees with NaN, an infinity with the
    same infinity. A relative error is to the recorded number; to a recorded 0 there is none. A number where there
    was none, or the other way round, has no error at all: it is said in a sentence, and never within a tolerance.
    0.0 and -0.0 differ, by an error of 0: whoever divides by them, or prints them, gets something else.
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
        self.passed_over: list[str] = []  #: what was not looked at, beyond what is said of the format

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
            unlike |= (np.signbit(recorded) != np.signbit(found)) & (recorded == found)
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
        self,
        recorded: Sequence[bytes],
        found: Sequence[bytes],
        where: Callable[[int], str],
        *,
        as_written: bool = False,
    ) -> None:
        """Compares pairs of cells, which are numbers or other texts, as far as they are not the same text.

        Args:
            recorded: Cells.
            found: As many, none of them the same text as the one that was recorded.
            where: Says where the n-th of them stands.
            as_written: Equal numbers that are written otherwise count as differing, by an error of 0.
        """
        import numpy as np

        at: list[int] = []
        doubles: list[tuple[float, float]] = []
        near: list[int] = []
        near_doubles: list[tuple[float, float, float]] = []
        for n, (one, other) in enumerate(zip(recorded, found, strict=True)):
            if not (NUMERAL.fullmatch(one) and NUMERAL.fullmatch(other)):
                self.texts_differ(where(n), one, other)
                continue
            a, b = _double(one), _double(other)
            if _doubles_tell(a, b):
                at.append(n)
                doubles.append((a, b))
                continue
            error = _apart(one, other)
            if error is None and not as_written:
                self.compared += 1
            else:
                near.append(n)
                near_doubles.append((a, b, error or 0.0))
        if at:
            a_and_b = np.array(doubles, float)
            self.numbers(a_and_b[:, 0], a_and_b[:, 1], lambda n: where(at[n]))
        if near:
            self.compared += len(near)
            weighed = np.array(near_doubles, float)
            self._weigh(weighed[:, 0], weighed[:, 1], weighed[:, 2], lambda n: where(near[n]))

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


def _apart(recorded: bytes, found: bytes) -> float | None:
    """How far two numbers are apart that doubles cannot tell apart: whole numbers of many digits, many decimals.

    Returns:
        None for the same number, NaN when one of them is none, 0 when they differ only in the sign of 0.
    """
    one, other = _decimal(recorded), _decimal(found)
    if one.is_nan() and other.is_nan():
        return None
    if one.compare(other) == 0:
        return 0.0 if one.is_signed() != other.is_signed() else None
    error = _ENOUGH.abs(_ENOUGH.subtract(other, one))
    return max(float(error), sys.float_info.min) if error.is_finite() else float("nan")


def same_number(one: bytes, other: bytes) -> bool:
    """Whether two numerals are exactly the same number, however it is written."""
    return _apart(one, other) is None


class Pairs:
    """Cells that are not the same text, collected: numpy is good at many at once, and slow to start for each."""

    def __init__(self, tally: Tally, *, as_written: bool = False) -> None:
        self.tally = tally
        self._as_written = as_written
        self._recorded: list[bytes] = []
        self._found: list[bytes] = []
        self._where: list[Callable[[], str]] = []

    def add(self, recorded: bytes, found: bytes, where: Callable[[], str]) -> None:
        """Two cells that stand in the same place, and what says where."""
        self._recorded.append(recorded)
        self._found.append(found)
        self._where.append(where)
        if len(self._where) >= _AT_ONCE:
            self.weigh()

    def weigh(self) -> None:
        """Tells the tally of those that were not told yet."""
        where = self._where
        self.tally.numerals(self._recorded, self._found, lambda n: where[n](), as_written=self._as_written)
        self._recorded, self._found, self._where = [], [], []


def short(value: object) -> str:
    """A value as it reads in a sentence, not too long."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = " ".join(text.split())
    return f"`{text if len(text) <= 40 else text[:39] + '…'}`"
