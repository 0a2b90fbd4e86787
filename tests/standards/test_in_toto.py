"""Verifications as an in-toto test result, which the framework's own library takes."""

from __future__ import annotations

import json

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

from publisher.model.row import Row
from publisher.model.verification import Verdict, Verification
from publisher.standards.in_toto import PREDICATE, predicate, statement

COMMIT = "08d04df6a9b561eb146d3a7461f763869fdc48a7"


def told(*verdicts: Verdict) -> list[tuple[Row, Verification]]:
    return [
        (
            Row(id=f"{number:012x}", name="", status="completed", started="2026-11-23T06:35:12Z"),
            Verification(schema=1, run=f"{number:012x}", verdict=verdict, started="2026-12-01T02:00:00Z"),
        )
        for number, verdict in enumerate(verdicts)
    ]


def made(*verdicts: Verdict) -> dict[str, object]:
    return predicate(
        told(*verdicts),
        repository="https://github.com/someone/paper",
        commit=COMMIT,
        job="https://github.com/someone/paper/actions/runs/7",
    )


def test_the_library_of_the_framework_takes_it() -> None:
    found = statement([("records/verifications/a.yml", "ab" * 32)], made("identical", "close", "different"))
    parsed = json_format.Parse(json.dumps(found), statement_pb2.Statement())
    Statement.copy_from_pb(parsed).validate()
    assert parsed.predicate_type == PREDICATE
    result = json_format.ParseDict(found["predicate"], test_result_pb2.TestResult())
    assert list(result.passed_tests) == ["000000000000"]
    assert list(result.warned_tests) == ["000000000001"]
    assert list(result.failed_tests) == ["000000000002"]
    assert result.configuration[0].digest["gitCommit"] == COMMIT
    assert result.url.endswith("/runs/7")


@pytest.mark.parametrize(
    ("verdicts", "result"),
    [
        (("identical", "equivalent"), "PASSED"),
        (("identical", "close"), "WARNED"),
        (("close", "different"), "FAILED"),
        (("identical", "failed"), "FAILED"),
        (("identical", "blocked"), "FAILED"),
        ((), "FAILED"),
    ],
)
def test_nothing_passes_that_was_not_seen_to_match(verdicts: tuple[Verdict, ...], result: str) -> None:
    assert made(*verdicts)["result"] == result
