"""Scatter plots as geometry: ticks are round, points lie inside, nothing overflows."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.publish.paper.plots import SHAPES, chart


def labels(values, *, log=False):
    return [tick.label for tick in chart([(1.0, each, 0) for each in values], log_y=log).y_ticks]


@pytest.mark.parametrize(
    ("values", "log", "wanted"),
    [
        ([0, 10], False, ["0", "2", "4", "6", "8", "10"]),
        ([0.29, 0.385], False, ["0.3", "0.32", "0.34", "0.36", "0.38"]),
        ([-3e6, 1e6], False, ["−3×10⁶", "−2×10⁶", "−10⁶", "0", "10⁶"]),
        ([1e-5, 1e-3], True, ["10⁻⁵", "0.0001", "0.001"]),
        ([1, 40], True, ["1", "2", "5", "10", "20"]),
        ([4, 6], True, ["4", "4.5", "5", "5.5", "6"]),
        ([7, 7], False, ["6.5", "7", "7.5"]),
        ([0, 0], False, ["−1", "−0.5", "0", "0.5", "1"]),
    ],
)
def test_ticks_are_round_numbers(values, log, wanted):
    assert labels(values, log=log) == wanted


def test_few_values_across_have_a_tick_each():
    drawn = chart([(64, 1, 0), (96, 2, 0), (128, 3, 0), (64, 2, 0)])
    assert [tick.label for tick in drawn.x_ticks] == ["64", "96", "128"]


def test_values_across_that_lie_close_have_round_ticks():
    drawn = chart([(64, 1, 0), (65, 2, 0), (128, 3, 0)])
    assert [tick.label for tick in drawn.x_ticks] == ["80", "100", "120"]


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(numbers, numbers, st.integers(0, 7)), min_size=1, max_size=20))
def test_every_point_lies_inside(points):
    drawn = chart(points)
    for dot in drawn.dots:
        assert drawn.left <= float(dot.x) <= drawn.right
        assert drawn.top <= float(dot.y) <= drawn.bottom
    for tick in drawn.x_ticks:
        assert drawn.left - 0.1 <= float(tick.at) <= drawn.right + 0.1


positive = st.floats(min_value=0, exclude_min=True, allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=20))
def test_every_point_of_logarithmic_axes_lies_inside(points):
    drawn = chart([(x, y, 0) for x, y in points], log_x=True, log_y=True)
    for dot in drawn.dots:
        assert drawn.left <= float(dot.x) <= drawn.right
        assert drawn.top <= float(dot.y) <= drawn.bottom


def test_larger_numbers_lie_right_and_above():
    low, high = chart([(1, 1, 0), (2, 2, 0)]).dots
    assert float(low.x) < float(high.x)
    assert float(low.y) > float(high.y)


def test_no_two_groups_have_one_shape():
    assert all(one != other for one, other in itertools.combinations(SHAPES, 2))
