"""The language in which runs are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import WrongUsage
from publisher.model.query import parsed, values_of
from publisher.model.row import Row

FIRST: dict[str, Any] = {
    "id": "7f3a9c1e5b02",
    "name": "runs/2026-11/20261123T063512-7f3a9c1e5b02.yml",
    "status": "failed",
    "started": "2026-11-23T06:35:12.482913Z",
    "duration": 3.25,
    "reason": "does a Finer mesh move the exponent?",
    "label": "reference",
    "step": "coarsening",
    "outcome": "agrees with 1/3",
    "command": "python simulate.py params.json",
    "commit": "08d04df6a9b561eb146d3a7461f763869fdc48a7",
    "branch": "feature/mesh",
    "author": "Ada Example",
    "publish": False,
    "tags": ["fig3", "two words"],
    "parameters": {
        "mesh.dt": 0.05,
        "mesh.n": 128,
        "other.n": 7,
        "seed": 1,
        "scheme": "explicit",
        "adaptive": True,
        "said": "true",
        "name": "0123",
        "small": "1e-3",
        "lost": float("nan"),
        "far": float("inf"),
        "none": None,
        "grid": [64, 128],
        "words": ["a", "b"],
        "large": 10**30,
        "note": "a=b",
    },
    "metrics": {"exponent": 0.331, "energy.final": -12.5, "lost.metric": float("nan")},
}


def takes(query: str | Sequence[str], **facts: Any) -> bool:
    return parsed(query).takes(Row(**(FIRST | facts)))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "mesh",
        "MESH",
        "finer mesh",
        "mesh finer",
        '"finer mesh"',
        "simulate.py",
        "coarsening",
        "reference",
        "agrees",
        "fig3",
        "7f3a",
        "1/3",
        "tag:fig3",
        'tag:"two words"',
        "TAG:fig3",
        "status:failed",
        "step:coarsening",
        "label:reference",
        "id:7f3a",
        "commit:08d04d",
        "branch:feature/mesh",
        "author:ada",
        "reason:finer",
        'reason:"a finer mesh"',
        "outcome:1/3",
        "publish:no",
        "publish:false",
        "dirty:no",
        "dirty:0",
    ],
)
def test_words_and_keys_that_hold(query: str) -> None:
    assert takes(query)
    if query:
        assert not takes(
            f"-{query}" if " " not in query or '"' in query else " ".join(f"-{q}" for q in query.split())
        )


@pytest.mark.parametrize(
    "query",
    [
        "crude mesh",
        '"mesh finer"',
        "tag:fig",
        "tag:two",
        "tag:",
        "status:completed",
        "status:fail",
        "step:coarse",
        "label:ref",
        "id:f3a",
        "commit:8d04",
        "commit:",
        "branch:mesh",
        "author:bob",
        "publish:yes",
        "dirty:yes",
    ],
)
def test_words_and_keys_that_do_not_hold(query: str) -> None:
    assert not takes(query)


@pytest.mark.parametrize(
    "term",
    [
        "dt<0.1",
        "dt<=0.05",
        "dt=0.05",
        "dt=5e-2",
        "dt=.05",
        "dt<.1",
        "dt>=5E-2",
        "mesh.dt<1e-1",
        "param.mesh.dt<0.1",
        "param.dt<0.1",
        "mesh.n=128",
        "mesh.n=128.0",
        "n=7",
        "n=128",
        "n>100",
        "n<10",
        "seed=1",
        "seed!=2",
        "exponent>0.33",
        "metric.exponent<0.34",
        "final<0",
        "final=-12.5",
        "energy.final<-12",
        "duration>3",
        "duration<=3.25",
        "scheme=explicit",
        "scheme!=implicit",
        "adaptive=true",
        "adaptive!=false",
        "said=true",
        "name=0123",
        "small=1e-3",
        "none=null",
        "grid=[64,128]",
        'grid="[64, 128]"',
        "far=inf",
        "far>1e300",
        "far=Infinity",
        "lost=nan",
        "lost=NaN",
        "lost!=1",
        "large=1000000000000000000000000000000",
        "large>1e29",
        "note=a=b",
    ],
)
def test_comparisons_that_hold(term: str) -> None:
    assert takes(term)
    assert not takes(f"-{term}")


@pytest.mark.parametrize(
    "term",
    [
        "dt<0.05",
        "dt>0.05",
        "dt!=0.05",
        "t<0.1",
        "mesh<1",
        "n=8",
        "n!=7",
        "seed=true",
        "seed=2",
        "adaptive=1",
        "adaptive>0",
        "adaptive=false",
        "scheme>1",
        "scheme=Explicit",
        "name=123",
        "none<1",
        "none=0",
        "grid=[64]",
        "grid>1",
        "lost<1",
        "lost>1",
        "lost!=nan",
        "far<1",
        "unknown=1",
        "unknown!=1",
        "param.exponent>0",
        "metric.dt<1",
        "large=1e29",
    ],
)
def test_comparisons_that_do_not_hold(term: str) -> None:
    assert not takes(term)


@pytest.mark.parametrize(
    "term", ["dt<small", "dt>=", "dt<true", "dt>[1]", "n<0.1.2", "dt<1_000", "dt<.", "dt<0123"]
)
def test_a_comparison_with_what_is_no_number_is_refused(term: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        parsed([term])
    assert f"`{term}`" in caught.value.what


def test_a_run_without_a_duration_is_neither_short_nor_long() -> None:
    assert not takes("duration<10", duration=None) and not takes("duration>0", duration=None)


@pytest.mark.parametrize(
    ("term", "holds"),
    [
        ("since:2026-11-23", True),
        ("since:2026-11-24", False),
        ("before:2026-11-24", True),
        ("before:2026-11-23", False),
        ("since:2026-11-23T06:35:12", True),
        ("since:2026-11-23T06:35:13", False),
        ("before:2026-11-23T06:35:12", False),
        ("since:2026-11-23T07:35:12+01:00", True),
        ("since:2026-11-23T07:35:13+01:00", False),
        ("since:2026-11-23T06:00:00-01:00", False),
        ("before:2026-11-23T06:00-01:00", True),
        ("since:2026-11-23T06:35:12Z", True),
        ('since:"2026-11-23 06:35"', True),
        ("-since:2026-11-24", True),
    ],
)
def test_dates_are_days_and_moments_in_utc_or_with_their_zone(term: str, holds: bool) -> None:
    assert takes(term) is holds


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2026-13-01", "2026-02-30", "2026", "0001-01-01T00:00+14:00"]
)
def test_what_is_no_date_is_refused_with_a_form_that_is_one(value: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        parsed(f"since:{value}")
    assert f"`{value}` is no date" in caught.value.what and "2026-11-01" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("term", "near"), [("stat:failed", "status"), ("tags:a", "tag"), ("-sinc:2026-11-01", "since")]
)
def test_an_unknown_key_is_refused_with_the_nearest(term: str, near: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        parsed(term)
    assert "no such key" in caught.value.what
    assert f"did you mean `{near}:`?" in caught.value.hint and "known are tag, status" in caught.value.hint


def test_all_terms_must_hold() -> None:
    assert takes("tag:fig3 status:failed dt<0.1 since:2026-11-01 mesh")
    for wrong in ("tag:fig4", "status:completed", "dt<0.01", "since:2027-01-01", "mush"):
        assert not takes(f"tag:fig3 status:failed {wrong} dt<0.1 mesh")


@pytest.mark.parametrize(
    ("query", "reason", "holds"),
    [
        ('"see: this"', "please see: this", True),
        ('"a<b"', "where a<b holds", True),
        ('"a<b"', "where a < b holds", False),
        ('-"see: this"', "please see: this", False),
        ('"never closed', "never closed", True),
        ('"two  blanks"', "two  blanks", True),
        ('"two  blanks"', "two blanks", False),
        ("-", "a - b", True),
        ("--draft", "a draft", True),
        ("mesh-free", "a mesh-free method", True),
    ],
)
def test_a_phrase_in_quotes_is_a_phrase_whatever_it_holds(query: str, reason: str, holds: bool) -> None:
    assert takes(query, reason=reason) is holds


def test_the_words_of_a_command_line_may_hold_blanks() -> None:
    assert takes(["finer mesh"]) and takes(["tag:two words"]) and takes(["reason:a finer"])
    assert not takes(["mesh finer"]) and takes(["-mesh finer"])
    assert takes(["grid=[64, 128]"])


def test_a_query_shows_as_it_was_typed() -> None:
    assert parsed("tag:fig3   dt<0.1").text == "tag:fig3 dt<0.1"
    assert parsed([]).text == "" and parsed("").tests == ()


def test_a_full_name_wins_over_the_end_of_one() -> None:
    row = Row(**(FIRST | {"parameters": {"n": 1, "mesh.n": 2, "a.mesh.n": 3}, "metrics": {}}))
    assert values_of(row, "n") == [1]
    assert values_of(row, "mesh.n") == [2]
    assert values_of(row, "param.n") == [1]
    assert values_of(row, "esh.n") == []


@given(st.text() | st.text('abt:<>=!"- .1[{').map(lambda text: text), st.booleans())
def test_any_text_is_a_query_or_wrong_usage(text: str, alone: bool) -> None:
    try:
        query = parsed([text] if alone else text)
    except WrongUsage as error:
        assert error.what
    else:
        assert query.takes(Row(**FIRST)) in (True, False)
