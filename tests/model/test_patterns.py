"""Which paths a pattern of `publisher.yml` means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "path", "holds"),
    [
        ("out/*.png", "out/a.png", True),
        ("out/*.png", "out/sub/a.png", False),
        ("out/*.png", "other/out/a.png", False),
        ("*.png", "a.png", True),
        ("*.png", "out/a.png", False),
        ("**/*.png", "a.png", True),
        ("**/*.png", "out/sub/a.png", True),
        ("out/**", "out/a/b", True),
        ("out/**", "out", False),
        ("out/**", "outer/a", False),
        ("out", "out", True),
        ("out", "out/a/b", True),
        ("out/", "out/a/b", True),
        ("out", "outer", False),
        ("./out/*", "out/a", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
        ("a[1].csv", "a[1].csv", True),
        ("a[1].csv", "a1.csv", False),
        ("a+(b)", "a+(b)", True),
        ("**", "any/thing", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "a/xb", False),
        ("*.csv", "line\nend.csv", True),
        ("out/**", "out/line\nend.csv", True),
        ("é*", "été.csv", True),
    ],
)
def test_a_pattern_means_a_path_or_not(pattern: str, path: str, holds: bool) -> None:
    assert matches(path, [pattern]) is holds


def test_one_of_several_patterns_is_enough_and_none_means_nothing() -> None:
    assert matches("a.csv", ["*.png", "*.csv"])
    assert not matches("a.csv", [])


@given(
    st.lists(
        st.text("abc.[]()+é ", min_size=1, max_size=5).filter(lambda part: part.strip(".")),
        min_size=1,
        max_size=4,
    ).map("/".join)
)
def test_a_path_without_signs_means_itself(path: str) -> None:
    assert matches(path, [path])
