"""Who re-ran runs and where: what verifications say, and no more."""

import pytest

from publisher.model.row import Row, Verified
from publisher.publish.reproduction.parties import MOST_PARTIES, known, opinions, parties

HOME = "https://github.com/someone/paper/actions/runs/7"
AWAY = "https://github.com/other/paper/actions/runs/8"


def verified(run="a" * 12, verdict="identical", day=12, **facts):
    return Verified(run=run, name="", verdict=verdict, started=f"2026-11-{day:02d}T00:00:00Z", **facts)


def authors(*names, repository=""):
    row = Row(id="a" * 12, name="", status="completed", started="", repository=repository)
    return known(names, [row], "")


def whose(told, who):
    return [each.whose for each in parties({"a" * 12: [told]}, who).shown]


@pytest.mark.parametrize(
    ("told", "who", "expected"),
    [
        (verified(author="Ada Example"), authors("ada  example"), "authors"),
        (verified(author="Bo Reader"), authors("Ada Example"), "others"),
        (verified(author="Bo Reader"), authors(), "unknown"),
        (verified(), authors("Ada Example"), "unknown"),
        (verified(job=HOME), authors(repository="git@github.com:someone/paper.git"), "authors"),
        (verified(job=AWAY), authors(repository="git@github.com:someone/paper.git"), "others"),
        (verified(job=HOME), authors("Ada Example"), "unknown"),
        (
            verified(job="https://github.com/someone/paper/actions/runs/7x"),
            authors(repository="https://github.com/someone/paper"),
            "unknown",
        ),
    ],
)
def test_whose_a_re_run_is_is_told_only_where_it_is_known(told, who, expected):
    assert whose(told, who) == [expected]


def test_the_maker_of_a_record_is_one_of_the_authors():
    row = Row(id="a" * 12, name="", status="completed", started="", author="Ada Example")
    assert whose(verified(author="Ada Example"), known([], [row], "")) == ["authors"]


def test_a_workflow_without_a_name_is_called_by_its_repository():
    (party,) = parties({"a" * 12: [verified(job=HOME)]}, authors()).shown
    assert (party.who, party.where, party.job) == ("someone/paper", "on GitHub Actions", HOME)


def test_an_address_that_is_not_safe_to_follow_is_no_link():
    (party,) = parties({"a" * 12: [verified(job="javascript:alert(1)")]}, authors()).shown
    assert party.job == ""


def test_a_party_is_a_name_at_a_place_and_its_last_word_on_each_run_counts():
    told = {
        "a" * 12: [
            verified(verdict="different", author="Ada", system="Linux"),
            verified(author="Ada", system="Linux"),
        ],
        "b" * 12: [
            verified(run="b" * 12, author="Ada", system="Linux"),
            verified(author="Ada", system="macOS"),
        ],
    }
    found = parties(told, authors("Ada"))
    assert [(each.where, each.runs, [(m.word, n) for m, n in each.marks]) for each in found.shown] == [
        ("on Linux", 2, [("identical", 2)]),
        ("on macOS", 1, [("identical", 1)]),
    ]
    assert (found.named, found.places, found.others, found.unknown) == (1, 2, 0, False)


def test_others_are_counted_by_name():
    told = {"a" * 12: [verified(author="Bo", system=each) for each in ("Linux", "macOS")]}
    assert parties(told, authors("Ada")).others == 1


def test_of_many_parties_those_of_the_most_runs_are_shown():
    told = {"a" * 12: [verified(author=f"Reader {n}") for n in range(MOST_PARTIES + 5)]}
    told["b" * 12] = [verified(run="b" * 12, author="Reader 34")]
    found = parties(told, authors())
    assert (found.shown[0].who, len(found.shown), found.more) == ("Reader 34", MOST_PARTIES, 5)


def test_the_finding_that_the_verdict_is_of_comes_first():
    told = [
        verified(author="Ada", day=1),
        verified(author="Bo", day=2),
        verified(author="Cy", verdict="blocked", day=3),
    ]
    assert [each.who for each in opinions(told)] == ["Bo", "Ada", "Cy"]


def test_one_party_has_no_others_beside_it():
    assert opinions([verified(author="Ada", day=1), verified(author="Ada", day=2)]) == []


def test_what_turns_the_direction_of_writing_is_made_visible():
    (party,) = parties({"a" * 12: [verified(author="a\u202eb", system="x\u202ey")]}, authors()).shown
    assert (party.who, party.where) == ("a\\u202eb", "on x\\u202ey")
