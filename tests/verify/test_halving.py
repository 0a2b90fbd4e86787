"""Halving finds what turns it, and nothing else; what cannot be told is never taken for an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import ceil, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.verify.halving import Answer, Turn, most_tries, patience, together, turn


class Asked:
    """Answers questions about sets: all of one of `needed` turn it, unless something `untold` says that it cannot
    be told."""

    def __init__(
        self, *needed: set[int], untold: Callable[[frozenset[int]], bool] = lambda some: False
    ) -> None:
        self.needed, self.untold = needed, untold
        self.asked: list[frozenset[int]] = []

    @property
    def told(self) -> int:
        return sum(not self.untold(each) for each in self.asked)

    def __call__(self, some: Sequence[int]) -> Answer:
        self.asked.append(frozenset(some))
        if self.untold(frozenset(some)):
            return None
        return any(each <= set(some) for each in self.needed)


@st.composite
def culprits(draw: st.DrawFn) -> tuple[int, set[int]]:
    """How many things there are, and which one, two or three of them turn it."""
    count = draw(st.integers(1, 60))
    return count, draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=3))


def bound(count: int, needed: int) -> int:
    """`k (log2(n) + 2)`, and the first alone, all, and what is left."""
    return needed * (ceil(log2(count)) + 2) + 3 if count > 1 else 1


# -- sets ------------------------------------------------------------------------------------------------------


@given(culprits())
def test_what_turns_it_is_named_and_nothing_else(told: tuple[int, set[int]]) -> None:
    count, needed = told
    ask = Asked(needed)
    (found,) = together(range(count), ask)
    assert found.seen and found.along == []
    assert [len(group) for group in found.groups] == [1] * len(needed)
    assert set(found.all) == needed
    assert len(ask.asked) == len(set(ask.asked)) <= bound(count, len(needed))


@given(culprits(), st.integers(0, 2**32), st.integers(2, 9))
def test_with_sets_that_cannot_be_tried_every_group_still_holds_one_that_is_needed(
    told: tuple[int, set[int]], seed: int, share: int
) -> None:
    count, needed = told
    ask = Asked(needed, untold=lambda some: hash((seed, some)) % share == 0)
    sets = together(range(count), ask)
    for found in sets[:1]:
        assert needed <= set(found.all)
        assert all(needed & set(group) for group in found.groups)
        assert not needed & set(found.along) or len(found.groups) < len(needed)
        assert found.seen == (frozenset(found.all) in ask.asked and ask(found.all) is True)
    lines = 2 * (len(needed) + 1)
    assert len(set(ask.asked)) <= bound(count, len(needed)) + lines * (
        2 * patience(count) + ceil(log2(count + 1))
    )


@given(culprits(), st.data())
def test_two_that_exclude_each_other_without_a_third_do_not_hide_it(
    told: tuple[int, set[int]], data: st.DataObject
) -> None:
    count, needed = told
    one, other = (data.draw(st.integers(0, count - 1)) for _ in range(2))
    ask = Asked(needed, untold=lambda some: one in some and other not in some)
    (found,) = together(range(count), ask)
    assert found.seen
    assert needed <= set(found.all) <= needed | {one, other}
    assert all(needed & set(group) for group in found.groups)


@given(culprits(), st.data())
def test_one_that_can_never_be_had_does_not_hide_another(
    told: tuple[int, set[int]], data: st.DataObject
) -> None:
    count, needed = told
    gone = data.draw(st.integers(0, count - 1))
    ask = Asked(needed, untold=lambda some: gone in some)
    (found,) = together(range(count), ask)
    assert needed <= set(found.all)
    assert found.seen == (gone not in needed)
    if found.seen:
        assert set(found.all) == needed


def test_where_all_together_do_not_turn_it_nothing_is_named() -> None:
    ask = Asked({8})
    assert together(range(8), ask) == []
    assert len(ask.asked) == 2
    assert together([], ask) == []


def test_where_nothing_can_be_tried_nothing_is_said_to_be_seen() -> None:
    ask = Asked({3}, untold=lambda some: True)
    (found,) = together(range(8), ask)
    assert (found.seen, set(found.all)) == (False, set(range(8)))


def test_the_likeliest_is_tried_on_its_own_first() -> None:
    ask = Asked({0})
    assert together(range(64), ask)[0].all == [0]
    assert ask.asked[0] == {0} and len(ask.asked) == 2  # and what is left


@given(st.integers(2, 60), st.data())
def test_each_that_turns_it_without_the_others_is_found(count: int, data: st.DataObject) -> None:
    alone = data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=3))
    ask = Asked(*({each} for each in alone))
    assert sorted(each.all for each in together(range(count), ask)) == sorted([each] for each in alone)
    assert len(ask.asked) <= len(alone) * bound(count, 1)


@pytest.mark.parametrize("needed", [set(each) for each in combinations(range(5), 2)])
def test_every_pair_of_five(needed: set[int]) -> None:
    assert set(together(range(5), Asked(needed))[0].all) == needed


# -- lines -----------------------------------------------------------------------------------------------------


@given(st.integers(1, 5000), st.data())
def test_the_first_place_is_found_in_as_many_tries_as_halving_takes(length: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, length))
    asked: list[int] = []

    def turned(place: int) -> Answer:
        asked.append(place)
        return place >= first

    assert turn(0, length, turned) == Turn(after=first - 1, at=first)
    assert len(asked) <= most_tries(length) == ceil(log2(length))
    assert all(0 < each < length for each in asked)


@given(st.integers(2, 400), st.data())
def test_places_that_tell_nothing_are_passed_over(length: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, length))
    untold = data.draw(st.sets(st.integers(1, length - 1), max_size=patience(length) - 1))
    asked: list[int] = []

    def turned(place: int) -> Answer:
        asked.append(place)
        return None if place in untold else place >= first

    found = turn(0, length, turned)
    assert found.after < first <= found.at
    assert set(range(found.after + 1, found.at)) <= untold
    passed = sum(each in untold for each in asked)
    assert len(asked) == len(set(asked)) <= most_tries(length) + 3 * passed


def test_a_long_stretch_that_tells_nothing_is_given_up() -> None:
    asked: list[int] = []

    def turned(place: int) -> Answer:
        asked.append(place)
        return None

    assert turn(0, 10_000, turned) == Turn(after=0, at=10_000)
    assert len(asked) == patience(10_000) == 30


def test_neighbours_are_not_asked_for() -> None:
    assert turn(4, 5, lambda place: pytest.fail(f"asked for {place}")) == Turn(after=4, at=5)
