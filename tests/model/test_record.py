"""What a record says of itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from publisher.model.record import Code, FileRef, Log, Parameters, Record
from tests.factory import COMMIT, a_record

GOOD: dict[str, Any] = {
    "schema": 1,
    "id": "7f3a9c1e5b02",
    "status": "completed",
    "command": ["make"],
    "started": "2026-11-23T06:35:12.482913Z",
}


def test_a_record_needs_little() -> None:
    record = msgspec.convert(GOOD, Record)
    assert record.launch.mode == "serial"
    assert record.annotations.publish is None and record.annotations.tags == []


@pytest.mark.parametrize("field", list(GOOD))
def test_but_it_needs_that(field: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=f"`{field}`"):
        msgspec.convert({key: value for key, value in GOOD.items() if key != field}, Record)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "7f3a9c1e5b0"),
        ("id", "7F3A9C1E5B02"),
        ("id", "../../../etc"),
        ("status", "lost"),
        ("started", "2026-11-23 06:35:12"),
        ("started", "2026-11-23T06:35:12+01:00"),
        ("started", "2026-11-23T06:35:12.4829131Z"),
        ("duration", "3 s"),
        ("exit_code", 1.5),
        ("metrics", {"m": "much"}),
        ("outputs", [{"path": "a", "sha256": "xyz"}]),
        ("outputs", [{"path": "a", "seen_by": "me"}]),
        ("log", {"stdout": "1" * 64}),
        ("seal", "1"),
    ],
)
def test_what_is_no_such_fact_is_refused(field: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**GOOD, field: value}, Record)


def test_a_record_is_never_changed() -> None:
    with pytest.raises(AttributeError):
        a_record().status = "failed"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("code", "dirty"),
    [(Code(commit=COMMIT), False), (Code(commit=COMMIT, changed=["a"]), True), (Code(), True)],
)
def test_code_is_dirty_unless_it_is_exactly_a_commit(code: Code, dirty: bool) -> None:
    assert a_record(code=code).dirty is dirty


def test_artifacts_are_named_once_each() -> None:
    record = a_record(
        code=Code(patch="sha256:" + "1" * 64),
        parameters=Parameters(given="sha256:" + "2" * 64),
        log=Log(stdout="sha256:" + "3" * 64, stderr="sha256:" + "3" * 64),
        outputs=[
            FileRef(path="a", sha256="4" * 64, artifact=True),
            FileRef(path="b", sha256="5" * 64),
            FileRef(path="c", sha256="1" * 64, artifact=True),
        ],
    )
    assert record.artifacts == ["1" * 64, "2" * 64, "3" * 64, "4" * 64]
    assert a_record().artifacts == []


def test_only_a_completed_run_succeeded() -> None:
    assert a_record().succeeded and not a_record(status="failed").succeeded
