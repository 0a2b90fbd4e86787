"""Verifications as an in-toto test result: a statement about their files that a platform can sign. Pure.

Source: in-toto attestation framework, statement v1 and test-result v0.1. A run that comes out *close* is a warning
there, one that is *blocked* a failure: it was not seen to match.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publisher.model.row import Row
from publisher.model.verification import MATCHES, Verification

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"


def predicate(
    told: Sequence[tuple[Row, Verification]], *, repository: str, commit: str, job: str
) -> dict[str, Any]:
    """What was found, for a platform that makes the statement itself.

    Args:
        told: Runs and their verifications.
        repository: Where the code is; empty when it is not known.
        commit: From which the records were taken.
        job: Address of the CI run; empty when there is none.
    """
    verdicts = {row.id: verification.verdict for row, verification in told}
    failed = [run for run, verdict in verdicts.items() if verdict not in MATCHES]
    close = [run for run, verdict in verdicts.items() if verdict == "close"]
    source = {"uri": repository, "digest": {"gitCommit": commit}} if commit else None
    found: dict[str, Any] = {
        "result": "FAILED" if failed or not verdicts else "WARNED" if close else "PASSED",
        "configuration": [{name: each for name, each in source.items() if each}] if source else [],
        "passedTests": [
            run for run, verdict in verdicts.items() if verdict in MATCHES and verdict != "close"
        ],
        "warnedTests": close,
        "failedTests": failed,
    }
    return found | ({"url": job} if job else {})


def statement(subjects: Sequence[tuple[str, str]], found: dict[str, Any]) -> dict[str, Any]:
    """A whole statement.

    Args:
        subjects: Name and SHA-256 of each file of a verification.
        found: See `predicate`.
    """
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": sha256}} for name, sha256 in subjects],
        "predicateType": PREDICATE,
        "predicate": found,
    }
