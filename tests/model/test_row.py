"""A run as a line of a table, and which parameters vary."""

from __future__ import annotations

from typing import Any

import pytest

from publisher.model.record import Annotations, Author, Code, Parameters
from publisher.model.row import Row, row_of, varying
from tests.factory import COMMIT, a_record, outputs, with_parameters


def row(**values: Any) -> Row:
    return row_of(a_record(parameters=with_parameters(**values) if values else None), "x.yml")


def test_a_row_is_flat() -> None:
    record = a_record(
        reason="why",
        label="l",
        step="s",
        author=Author(name="Ada"),
        parameters=with_parameters(mesh={"n": 1, "o": {}}, seeds=[1, 2]),
        metrics={"exponent": 0.3},
        outputs=outputs(a="1"),
        code=Code(commit=COMMIT, branch="main", changed=["a.py"]),
        annotations=Annotations(tags=["t", "u"], outcome="well", publish=False),
    )
    made = row_of(record, "runs/x.yml")
    assert made.parameters == {"mesh.n": 1, "mesh.o": {}, "seeds": [1, 2]}
    assert (made.name, made.author, made.dirty, made.publish) == ("runs/x.yml", "Ada", True, False)
    assert made.outputs == outputs(a="1")
    assert [each.path for each in made.inputs] == ["params.json"], "a run reads its parameter file"
    flat = made.as_flat()
    assert flat["param.mesh.n"] == 1 and flat["metric.exponent"] == 0.3 and flat["tags"] == ["t", "u"]
    assert list(flat)[:4] == ["id", "status", "verdict", "verified"]


def test_what_a_record_lacks_is_empty_in_its_row() -> None:
    made = row_of(a_record(code=Code(version_control="none")), "x")
    assert (made.reason, made.label, made.step, made.commit, made.author, made.signal) == ("",) * 6
    assert made.parameters == {} == made.metrics


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([], []),
        ([row(a=1)], []),
        ([row(a=1), row(a=1)], []),
        ([row(a=1, b=2), row(a=1, b=3)], ["b"]),
        ([row(b=1, a=1), row(a=2, b=2)], ["b", "a"]),
        ([row(a=1), row(a=1, b=2)], ["b"]),
        ([row(a=1), row(), row(a=1)], []),
        ([row(a=1), row(a=True)], ["a"]),
        ([row(a=1), row(a="1")], ["a"]),
        ([row(a=[1]), row(a=[1])], []),
        ([row(m={"n": 1}), row(m={"n": 2})], ["m.n"]),
        ([row(a=float("nan")), row(a=float("nan"))], []),
        ([row(a=[float("nan")]), row(a=[float("nan")])], []),
        ([row(a=None), row(b=1)], ["a", "b"]),
    ],
)
def test_parameters_vary_that_are_not_the_same_in_all_runs_that_have_any(
    rows: list[Row], names: list[str]
) -> None:
    assert varying(rows) == names


def test_parameters_without_values_are_none() -> None:
    assert varying([row_of(a_record(parameters=Parameters(file="a.json")), "x"), row(a=1)]) == []
