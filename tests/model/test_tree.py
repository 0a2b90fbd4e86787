"""Nested parameters by dotted names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.tree import flat, names, place_of

VALUES: dict[str, Any] = {
    "a": 1,
    "mesh": {"n": 128, "deep": {"er": 3}, "x.y": 4},
    "mesh.n": "whole",
    "b.c": {"d.e": 5},
    "empty": {},
    "list": [{"a": 1}],
    "": 6,
}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("a", ("a",)),
        ("mesh", ("mesh",)),
        ("mesh.n", ("mesh.n",)),
        ("mesh.deep.er", ("mesh", "deep", "er")),
        ("mesh.deep", ("mesh", "deep")),
        ("mesh.x.y", ("mesh", "x.y")),
        ("b.c.d.e", ("b.c", "d.e")),
        ("b.c", ("b.c",)),
        ("empty", ("empty",)),
        ("", ("",)),
        ("b", None),
        ("mesh.", None),
        (".mesh", None),
        ("mesh.m", None),
        ("a.b", None),
        ("list.a", None),
        ("list.0", None),
        ("mesh.n.x", None),
    ],
)
def test_a_dotted_name_leads_to_its_keys(name: str, place: tuple[str, ...] | None) -> None:
    assert place_of(name, VALUES) == place


def test_values_lie_flat_by_dotted_names_and_lists_stay_whole() -> None:
    assert flat({"m": {"n": 1, "o": {"p": [1, {"q": 2}]}}, "e": {}, "s": None}) == {
        "m.n": 1,
        "m.o.p": [1, {"q": 2}],
        "e": {},
        "s": None,
    }


def test_branches_have_names_as_well_as_leaves() -> None:
    assert names({"m": {"n": 1, "o": {"p": 2}}, "e": {}}) == ["m", "m.n", "m.o", "m.o.p", "e"]


keys = st.text("ab.", max_size=4)
trees = st.recursive(st.integers(), lambda inner: st.dictionaries(keys, inner, max_size=3), max_leaves=8)


@given(st.dictionaries(keys, trees, max_size=3))
def test_every_name_that_is_listed_leads_somewhere(values: dict[str, Any]) -> None:
    for name in [*names(values), *flat(values)]:
        place = place_of(name, values)
        assert place is not None and ".".join(place) == name
