"""A small scatter plot as geometry: where ticks and points go. Pure.

What it returns are places and texts; a template draws them. The same points give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from msgspec import Struct

WIDTH, HEIGHT = 560, 360  #: of the drawing, in its own unit
_TOP, _BOTTOM, _RIGHT = 34, 52, 22
_LETTER = 10.5  #: width of a digit at the largest size in which a page sets it
_MOST_TICKS = 6
_APART = 0.12  #: of an axis, between two labels
_LONGEST_LABEL = 7  #: characters of a number that may stand where it lies

#: Outlines around a point, told apart without colour. The last is for the values that have no shape of their own.
SHAPES = (
    "m-4.2 0a4.2 4.2 0 1 0 8.4 0a4.2 4.2 0 1 0-8.4 0z",  # a disc
    "m-3.8-3.8h7.6v7.6h-7.6z",  # a square
    "m0-5l4.8 8.3h-9.6z",  # a triangle
    "m0-5.4l5.4 5.4-5.4 5.4-5.4-5.4z",  # a diamond
    "m-1.5-5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5v-3h3.5z",  # a plus
    "m0 5l4.8-8.3h-9.6z",  # a triangle on its tip
    "m-5-2.8l2.2-2.2 2.8 2.8 2.8-2.8 2.2 2.2-2.8 2.8 2.8 2.8-2.2 2.2-2.8-2.8-2.8 2.8-2.2-2.2 2.8-2.8z",  # a cross
    "m-5.2-1.7h10.4v3.4h-10.4z",  # a bar
)


class Tick(Struct, frozen=True):
    """A mark on an axis."""

    at: str  #: along the axis, in the unit of the drawing
    label: str


class Dot(Struct, frozen=True, kw_only=True):
    """A point of the plot."""

    x: str
    y: str
    group: int  #: number of its shape and colour, from 0


class Chart(Struct, frozen=True, kw_only=True):
    """A plot, ready to be drawn."""

    width: int
    height: int
    left: int  #: the box in which points lie
    right: int
    top: int
    bottom: int
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    dots: list[Dot]  #: in the order of the points


class Axis:
    """Numbers to places on a line, and where its ticks are."""

    def __init__(self, numbers: Sequence[float], *, log: bool, each: bool = False) -> None:
        """An axis on which all of some numbers have a place.

        Args:
            numbers: At least one; finite, and positive when `log`.
            log: Equal ratios are equally far apart.
            each: Where there are few numbers, each has a tick of its own.
        """
        self.log = log
        distinct = set(map(float, numbers))
        self._few = sorted(distinct) if each and len(distinct) <= _MOST_TICKS else []
        self._scale = 0.25 if max(map(abs, numbers)) > 1e300 else 1.0  # so that no difference is infinite
        low, high = min(map(self._on, numbers)), max(map(self._on, numbers))
        if high - low <= 1e-12 * max(abs(low), abs(high)):
            room = 0.15 if log else abs(low) * 0.1 or 1.0
            low, high = low - room, high + room
        room = (high - low) * 0.06
        self.low, self.high = low - room, high + room

    def _on(self, number: float) -> float:
        return math.log10(number) if self.log else number * self._scale

    def share(self, number: float) -> float:
        """How far along the axis a number is: 0 at its beginning, 1 at its end."""
        return (self._on(number) - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """The numbers themselves where each is to have one and they lie apart, else round ones; with labels."""
        if len(self._few) > 1:
            places = [self.share(number) for number in self._few]
            labels = [_label(Decimal(repr(number))) for number in self._few]
            short = all(len(label) <= _LONGEST_LABEL for label in labels)
            if short and all(after - before > _APART for before, after in pairwise(places)):
                return list(zip(self._few, labels, strict=True))
        if self.log:
            found = [tick for tick in self._decades() if 0 < tick[0] < math.inf]
            if len(found) >= 2:
                return found
            low, high = 10.0 ** max(self.low, -307), 10.0 ** min(self.high, 308)
            return [tick for tick in _rounded(low, high) if tick[0] > 0]
        found = [(at / self._scale, label) for at, label in _rounded(self.low, self.high, self._scale)]
        return [tick for tick in found if math.isfinite(tick[0])]

    def _decades(self) -> list[tuple[float, str]]:
        first, last = math.ceil(self.low), math.floor(self.high)
        if last - first >= 2:
            every = math.ceil((last - first + 1) / _MOST_TICKS)
            return [(_power(1, e), _label(Decimal(1).scaleb(e))) for e in range(first, last + 1, every)]
        found = [
            (m, e)
            for e in range(first - 1, last + 1)
            for m in (1, 2, 5)
            if self.low <= math.log10(m) + e <= self.high
        ]
        return [(_power(m, e), _label(Decimal(m).scaleb(e))) for m, e in found]


def _power(mantissa: int, exponent: int) -> float:
    return float(f"{mantissa}e{exponent}")


def _rounded(low: float, high: float, scale: float = 1.0) -> list[tuple[float, str]]:
    """Multiples of 1, 2 or 5 times a power of ten between two numbers."""
    rough = (high - low) / _MOST_TICKS
    if rough <= 0:
        return []
    exponent = math.floor(math.log10(rough))
    step = next(
        Decimal(m).scaleb(exponent) for m in (1, 2, 5, 10) if float(Decimal(m).scaleb(exponent)) >= rough
    )
    at = math.ceil(Decimal(low) / step)
    found: list[tuple[float, str]] = []
    while at * step <= Decimal(high):
        found.append((float(at * step), _label(at * step / Decimal(scale))))
        at += 1
    return found


def _label(number: Decimal) -> str:
    """A tick's number as people write it: `0.25`, `−3`, `2×10⁶`."""
    if not number:
        return "0"
    number = number.normalize()
    if -5 < number.adjusted() < 6:
        return f"{number:f}".replace("-", "−")
    raised = str(number.adjusted()).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    mantissa = number.scaleb(-number.adjusted()).normalize()
    sign = "−" if mantissa < 0 else ""
    factor = "" if abs(mantissa) == 1 else f"{abs(mantissa):f}×"
    return f"{sign}{factor}10{raised}"


def chart(points: Sequence[tuple[float, float, int]], *, log_x: bool = False, log_y: bool = False) -> Chart:
    """A scatter plot.

    Args:
        points: x, y and the number of the group; at least one. Finite, and positive where an axis is logarithmic.
        log_x: The x axis is logarithmic.
        log_y: The y axis is logarithmic.
    """
    across = Axis([x for x, _, _ in points], log=log_x, each=True)
    up = Axis([y for _, y, _ in points], log=log_y)
    y_marks = up.ticks()
    left = 14 + math.ceil(_LETTER * max((len(label) for _, label in y_marks), default=1))
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def at_x(x: float) -> str:
        return _place(left + across.share(x) * (right - left))

    def at_y(y: float) -> str:
        return _place(bottom - up.share(y) * (bottom - _TOP))

    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=left,
        right=right,
        top=_TOP,
        bottom=bottom,
        x_ticks=[Tick(at_x(x), label) for x, label in across.ticks()],
        y_ticks=[Tick(at_y(y), label) for y, label in y_marks],
        dots=[Dot(x=at_x(x), y=at_y(y), group=group) for x, y, group in points],
    )


def _place(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
