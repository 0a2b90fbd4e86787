"""What badges ask: evidence is told as far as it was measured, and no badge is awarded."""

import pytest

from publisher.model.paper import PaperFacts
from publisher.model.row import Row
from publisher.publish.reproduction.criteria import Known, evidence, schemes
from publisher.publish.reproduction.parties import Parties
from publisher.publish.reproduction.standing import standing

COMMIT = "08d04df6a9b561eb146d3a7461f763869fdc48a7"
NO_PAPER = PaperFacts()
NOBODY = Parties(shown=[], more=0, named=0, places=0, others=0, unknown=False)


def run(**facts):
    return Row(**({"id": "a" * 12, "name": "", "status": "completed", "started": ""} | facts))


def shown(*rows, who=NOBODY, paper=NO_PAPER, files=1, unknown=0, sources=0, steps=1, lock=""):
    known = Known(paper=paper, files=files, unknown=unknown, sources=sources, steps=steps, lock=lock)
    return {each.name: each for each in evidence(rows, standing(rows), who, known)}


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"commit": COMMIT}, "shown"),
        ({"commit": COMMIT, "dirty": True}, "not shown"),
        ({"commit": COMMIT, "dirty": True, "patch": "sha256:x"}, "shown"),
        ({}, "not shown"),
    ],
)
def test_code_is_shown_when_it_can_be_had_exactly(facts, word):
    assert shown(run(**facts))["code"].mark.word == word


def test_a_share_of_the_runs_is_a_part():
    found = shown(run(commit=COMMIT, environment="e"), run())
    assert found["code"].mark.word == found["environment"].mark.word == "in part"
    assert found["code"].text == "1 of 2 runs with the commit of its code"


def test_the_commit_leads_to_where_it_can_be_seen():
    found = shown(run(commit=COMMIT, repository="git@github.com:someone/paper.git"))["code"]
    assert (found.link, found.address) == (
        "commit 08d04df",
        f"https://github.com/someone/paper/commit/{COMMIT}",
    )


def test_files_of_unknown_content_are_no_whole_evidence():
    found = shown(run(), files=3, unknown=1)["data"]
    assert (found.mark.word, found.text) == (
        "in part",
        "3 files known by SHA-256, of 1 the content is not known",
    )


def test_a_code_host_is_no_archive():
    found = shown(run(), paper=PaperFacts(repository="https://github.com/someone/paper"))["archive"]
    assert found.mark.word == "not shown"
    assert "github.com, which is no archive" in found.text


def test_a_doi_is_named_and_not_believed():
    found = shown(run(), paper=PaperFacts(doi="10.5281/zenodo.1234"))["archive"]
    assert (found.mark.word, found.address) == ("not checked", "https://doi.org/10.5281/zenodo.1234")


def test_a_licence_is_known_or_not():
    assert shown(run())["licence"].mark.word == "not shown"
    assert shown(run(), paper=PaperFacts(licence="MIT"))["licence"].text == "MIT"


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        ("identical", "shown"),
        ("different", "differs"),
        ("failed", "differs"),
        ("blocked", "blocked"),
        ("unverified", "not shown"),
    ],
)
def test_a_re_run_is_evidence_as_far_as_it_went(verdict, word):
    assert shown(run(verdict=verdict))["re-run"].mark.word == word


def test_somebody_elses_re_run_is_not_taken_for_proof():
    others = Parties(shown=[], more=0, named=2, places=2, others=1, unknown=False)
    found = shown(run(verdict="identical"), who=others)["other people"]
    assert found.mark.word == "not checked"
    assert "nobody checked the names" in found.text


def test_every_badge_is_left_to_a_person():
    best = shown(
        run(verdict="identical", commit=COMMIT, environment="e"),
        who=Parties(shown=[], more=0, named=2, places=2, others=1, unknown=False),
        paper=PaperFacts(doi="10.5281/zenodo.1", licence="MIT"),
    )
    badges = [badge for scheme in schemes(list(best.values())) for badge in scheme.badges]
    assert all(badge.person for badge in badges)
    replicated = [
        badge for badge in badges if badge.name.startswith(("Results Replicated", "Code Replicated"))
    ]
    assert len(replicated) == 3
    assert all(badge.shown == [] for badge in replicated)
    reproduced = [badge for badge in badges if "Reproduced" in badge.name]
    assert {mark.word for badge in reproduced for name, mark in badge.shown if name == "other people"} == {
        "not checked"
    }


def test_the_three_schemes_are_told_by_name():
    told = {
        scheme.name: [badge.name for badge in scheme.badges]
        for scheme in schemes(list(shown(run()).values()))
    }
    assert list(told) == ["ACM, version 1.1", "NISO RP-31-2021", "IEEE"]
    assert [name.rpartition("(")[2].rstrip(")") for name in told["NISO RP-31-2021"]] == [
        "ORO",
        "ROR",
        "ROR-R",
        "RER",
    ]
