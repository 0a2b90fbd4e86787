"""What re-runs came to, in numbers, a word and a sentence."""

import pytest

from publisher.model.row import Row
from publisher.publish.reproduction.standing import MARKS, answer, standing


def rows(status="completed", **counts):
    """Runs by verdict; those that were re-run were on one day after another."""
    made = [verdict for verdict, count in counts.items() for _ in range(count)]
    return [
        Row(
            id=f"{number:012x}",
            name="",
            status=status,
            started="2026-11-01T00:00:00Z",
            verdict=verdict,
            verified="" if verdict == "unverified" else f"2026-11-{number % 28 + 1:02d}T00:00:00Z",
        )
        for number, verdict in enumerate(made)
    ]


CASES = [
    ({}, "unknown", "no runs", "Nothing to re-run yet", "No run that ended is published on this site."),
    (
        {"unverified": 26},
        "unknown",
        "26 runs",
        "Nobody has tried yet",
        "None of the 26 runs has been re-run.",
    ),
    ({"unverified": 1}, "unknown", "1 run", "Nobody has tried yet", "The one run has not been re-run."),
    (
        {"identical": 20, "equivalent": 4, "close": 2},
        "matches",
        "all 26 runs",
        "Yes",
        "All 26 runs were re-run, and all match.",
    ),
    ({"close": 1}, "matches", "1 run", "Yes", "The one run was re-run, and it matches."),
    (
        {"identical": 24, "blocked": 1, "unverified": 1},
        "partly",
        "24 of 26 runs",
        "As far as it was tried",
        "Of 26 runs, 24 match when re-run; 1 could not be re-run, 1 has not been re-run.",
    ),
    (
        {"identical": 1, "unverified": 2},
        "partly",
        "1 of 3 runs",
        "As far as it was tried",
        "Of 3 runs, 1 matches when re-run; 2 have not been re-run.",
    ),
    (
        {"identical": 22, "different": 2, "failed": 1, "blocked": 1},
        "differs",
        "3 of 26 runs",
        "Not all of it",
        "Of 26 runs, 22 match, 2 differ and 1 fails when re-run; 1 could not be re-run.",
    ),
    (
        {"failed": 2},
        "differs",
        "all 2 runs",
        "Not all of it",
        "Of 2 runs, none match and 2 fail when re-run.",
    ),
    (
        {"blocked": 3},
        "blocked",
        "3 runs",
        "It could not be tried",
        "None of the 3 runs could be re-run.",
    ),
    ({"blocked": 1}, "blocked", "1 run", "It could not be tried", "The one run could not be re-run."),
    (
        {"blocked": 2, "unverified": 1},
        "blocked",
        "2 of 3 runs",
        "It could not be tried",
        "Of 3 runs, 2 could not be re-run, 1 has not been re-run.",
    ),
]


@pytest.mark.parametrize(("counts", "state", "count", "word", "sentence"), CASES)
def test_it_is_told_in_a_word_a_count_and_a_sentence(counts, state, count, word, sentence):
    found = standing(rows(**counts))
    assert (found.state, found.count, *answer(found)) == (state, count, word, sentence)


def test_a_run_that_is_under_way_or_lost_is_not_counted():
    found = standing([*rows(identical=2), *rows("lost", unverified=1), *rows("running", unverified=1)])
    assert (found.runs, found.open, found.state) == (2, 2, "matches")


def test_a_single_run_that_differs_takes_the_word_from_all_others():
    assert standing(rows(identical=99_999, different=1)).mark.word == "re-run differs"


def test_the_day_is_that_of_the_newest_verdict():
    assert standing(rows(identical=3, unverified=4)).checked == "2026-11-03T00:00:00Z"


def test_thousands_stand_apart():
    assert standing(rows(identical=1234, unverified=1)).count == "1\u202f234 of 1\u202f235 runs"


def test_no_word_claims_more_than_a_match():
    told = [mark.word for mark in MARKS.values()]
    told += [part for case in CASES for part in answer(standing(rows(**case[0])))]
    for each in told:
        assert "reproduc" not in each.lower()
        assert "replic" not in each.lower()
        assert "verified" not in each.lower()
