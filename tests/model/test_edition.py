"""Editions: their names, their order, and to which a run's permanent address leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.edition import Edition, Editions, checked_name, edition_name, newest_with, versions


def edition(name: str, committed: str = "2026-11-23T00:00:00Z", content: str = "0" * 40) -> Edition:
    return Edition(name=name, tag=name, commit="1" * 40, committed=committed, content=content)


def published(*names: str) -> Editions:
    told = Editions()
    for number, name in enumerate(names):
        told = told.with_edition(edition(name, f"2026-11-{number + 1:02}T00:00:00Z"))
    return told


@pytest.mark.parametrize(
    ("tag", "name"), [("v1.0", "v1.0"), ("paper/v1", "paper-v1"), ("préprint 1", "pr-print-1"), ("1", "1")]
)
def test_a_tag_names_a_folder(tag: str, name: str) -> None:
    assert edition_name(tag) == name


@pytest.mark.parametrize("tag", ["", "..", "///", "runs", "Assets", "index.html", "é", "a..b", "x" * 65])
def test_what_can_be_no_folder_beside_the_others_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="name for an edition"):
        edition_name(tag)


@given(st.text())
def test_no_tag_leads_out_of_the_site(tag: str) -> None:
    try:
        name = edition_name(tag)
    except ValueError:
        return
    assert checked_name(name) == name
    assert "/" not in name and "\\" not in name and not name.startswith((".", "-"))


def test_the_newest_commit_stands_first_whenever_it_was_published() -> None:
    told = published("v1", "v2").with_edition(edition("v0", "2025-01-01T00:00:00Z"))
    assert [each.name for each in told.editions] == ["v2", "v1", "v0"]


def test_an_edition_replaces_the_one_of_its_name() -> None:
    told = published("v1", "v2").with_edition(edition("v1", content="9" * 40))
    assert sorted(each.name for each in told.editions) == ["v1", "v2"]
    found = told.meant("v1")
    assert found and found.content == "9" * 40


def test_what_leads_to_a_removed_edition_is_removed_as_well() -> None:
    told = (
        published("v1", "v2").with_alias("latest", "v2").with_alias("submitted", "v1").with_default("latest")
    )
    rest = told.without("v2")
    assert (rest.aliases, rest.default) == ({"submitted": "v1"}, "")
    assert told.without("v1").default == "latest"


def test_the_selector_is_told_of_aliases_as_mike_tells_it() -> None:
    told = published("v1", "v2").with_alias("latest", "v2")
    assert versions(told) == [
        {"version": "v2", "title": "v2", "aliases": ["latest"]},
        {"version": "v1", "title": "v1", "aliases": []},
    ]


def test_a_run_s_address_leads_to_the_newest_edition_that_shows_it() -> None:
    told = published("v1", "v2", "v3")
    assert newest_with(told.editions, {"v1": ["a", "b"], "v2": ["a"], "v3": ["c"]}) == {
        "a": "v2",
        "b": "v1",
        "c": "v3",
    }
