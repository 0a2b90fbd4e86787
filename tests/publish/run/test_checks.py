"""What the page of a run says of its verification."""

from __future__ import annotations

import pytest

from publisher.model.verification import Verdict, Verification
from publisher.publish.run.checks import check


@pytest.mark.parametrize(
    ("verdict", "blamed", "said"),
    [
        ("different", "numpy 2.3.5 instead of 2.2.0", "Turned by numpy 2.3.5 instead of 2.2.0"),
        ("identical", "commit 1a2b3c4 (x)", "Since commit 1a2b3c4 (x), later code no longer puts it out"),
        ("identical", "commit 1a2b3c4 (\x1b[31mx)", "Since commit 1a2b3c4 (\ufffd[31mx), later code no longer puts it out"),
        ("different", None, ""),
    ],
)  # fmt: skip
def test_what_turned_it_is_said_apart_from_the_verdict(
    verdict: Verdict, blamed: str | None, said: str
) -> None:
    verification = Verification(
        schema=1, run="7f3a9c1e5b02", verdict=verdict, started="2026-11-24T00:00:00Z", blamed=blamed
    )
    shown = check([], verification, kept=lambda digest: None)
    assert shown.blamed == said
    assert shown.mark.word == verdict
