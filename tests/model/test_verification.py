"""What findings come to: never better than the worst of what was compared."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.verification import (
    VERDICTS,
    Finding,
    Measured,
    Outcome,
    Verification,
    blame_in_a_sentence,
    in_a_sentence,
    verdict_of,
)

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
NOT_COMPARED = {"additional", "outside"}


def of(*outcomes: Outcome) -> list[Finding]:
    return [Finding(path=f"out/{n}.csv", outcome=each) for n, each in enumerate(outcomes)]


def verification(*findings: Finding, **facts: object) -> Verification:
    fields = {"schema": 1, "run": "7f3a9c1e5b02", "verdict": "close", "started": "2026-11-24T00:00:00Z"}
    return Verification(**(fields | facts), findings=list(findings))  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(OUTCOMES)))
def test_a_verdict_is_the_worst_of_what_was_compared(outcomes: list[Outcome]) -> None:
    verdict = verdict_of(of(*outcomes))
    compared = [each for each in outcomes if each not in NOT_COMPARED]
    if not compared:
        assert verdict is None
        return
    assert verdict is not None
    worth = ["different" if each == "missing" else each for each in compared]
    assert verdict in worth
    assert all(VERDICTS.index(verdict) >= VERDICTS.index(each) for each in worth)  # type: ignore[arg-type]
    if verdict == "identical":
        assert set(compared) == {"identical"}


@given(st.lists(st.sampled_from(OUTCOMES)), st.sampled_from(OUTCOMES))
def test_one_more_finding_never_makes_it_better(outcomes: list[Outcome], other: Outcome) -> None:
    before, after = verdict_of(of(*outcomes)), verdict_of(of(*outcomes, other))
    if before is not None:
        assert after is not None and VERDICTS.index(after) >= VERDICTS.index(before)


@pytest.mark.parametrize(
    ("findings", "sentence"),
    [
        (of("identical"), "1 identical"),
        (of("identical", "identical"), "all 2 identical"),
        (of("identical", "missing", "close"), "1 identical, 1 close, 1 missing"),
        (of("different", "additional", "outside"), "1 different; 1 more than the record names"),
        (
            [
                Finding(path="a", outcome="close", measured=Measured(compared=3, relative=3.1e-9)),
                Finding(path="b", outcome="close", measured=Measured(compared=3, relative=2e-12)),
                Finding(path="c", outcome="close", measured=Measured(compared=3)),
            ],
            "all 3 close; largest relative error 3.1e-09",
        ),
    ],
)
def test_it_is_told_in_a_sentence(findings: list[Finding], sentence: str) -> None:
    assert in_a_sentence(verification(*findings)) == sentence


def test_a_reason_is_the_sentence() -> None:
    assert in_a_sentence(verification(*of("identical"), reason="it was killed")) == "it was killed"


@pytest.mark.parametrize(
    ("verdict", "blamed", "sentence"),
    [
        ("different", "numpy 2.3.5 instead of 2.2.0", "turned by numpy 2.3.5 instead of 2.2.0"),
        ("failed", "Python 3.12.1 instead of 3.11.7", "turned by Python 3.12.1 instead of 3.11.7"),
        ("close", "commit 1a2b3c4 (x)", "since commit 1a2b3c4 (x), later code no longer puts it out"),
        ("identical", None, ""),
        ("different", None, ""),
    ],
)
def test_of_a_run_that_matches_only_later_code_is_blamed(verdict: str, blamed: str, sentence: str) -> None:
    assert blame_in_a_sentence(verification(verdict=verdict, blamed=blamed)) == sentence
