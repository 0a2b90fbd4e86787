"""What is not the same in two runs: only that."""

from __future__ import annotations

from typing import Any

import pytest

from publisher.model.difference import Change, difference
from publisher.model.environment import Environment, Python, System
from publisher.model.record import Annotations, Code, FileRef, Parameters, Record, Submodule
from tests.factory import COMMIT, a_record, an_environment, outputs, with_parameters


def between(first: dict[str, Any], second: dict[str, Any]) -> list[Change]:
    return difference(a_record(**first), a_record(**second), None, None)


def test_equal_runs_do_not_differ() -> None:
    facts = {"parameters": with_parameters(a={"b": 1}), "metrics": {"m": 1.0}, "outputs": outputs(energy="1")}
    assert between(facts, facts) == []


def test_when_how_long_and_what_people_said_is_no_difference() -> None:
    first, second = (
        a_record(1),
        a_record(2, duration=9.0, reason="other", label="x", annotations=Annotations(tags=["y"])),
    )
    assert first.id != second.id and first.started != second.started
    assert difference(first, second, None, None) == []


@pytest.mark.parametrize(
    ("field", "before", "after", "change"),
    [
        ("status", "completed", "failed", Change("run", "status", "completed", "failed")),
        ("exit_code", 0, 7, Change("run", "exit code", 0, 7)),
        ("signal", None, "SIGTERM", Change("run", "signal", None, "SIGTERM")),
        ("step", None, "a", Change("run", "step", None, "a")),
        ("command", ["a", "b"], ["a", "c"], Change("run", "command", "a b", "a c")),
        ("directory", None, "sub", Change("run", "directory", None, "sub")),
        (
            "parameters",
            with_parameters(m={"n": 1, "o": 2}),
            with_parameters(m={"n": 3, "o": 2}),
            Change("parameters", "m.n", 1, 3),
        ),
        ("parameters", None, with_parameters(a=1), Change("parameters", "a", None, 1)),
        (
            "parameters",
            with_parameters(a=[1, 2]),
            with_parameters(a=[1, 3]),
            Change("parameters", "a", [1, 2], [1, 3]),
        ),
        ("metrics", {"e": 1.0, "f": 2}, {"e": 1.5, "f": 2}, Change("metrics", "e", 1.0, 1.5)),
        ("metrics", {"e": 1.0}, {"e": float("nan")}, Change("metrics", "e", 1.0, float("nan"))),
        ("code", Code(commit=COMMIT), Code(commit="0" * 40), Change("code", "commit", COMMIT, "0" * 40)),
        ("code", Code(main_file="a.py"), Code(main_file="b.py"), Change("code", "main file", "a.py", "b.py")),
        (
            "code",
            Code(submodules=[Submodule(path="lib", commit="1")]),
            Code(submodules=[Submodule(path="lib", commit="2")]),
            Change("code", "submodule lib", "1", "2"),
        ),
        ("environment", "1" * 16, "2" * 16, Change("environment", "environment", "1" * 16, "2" * 16)),
        ("inputs", [FileRef(path="a")], [], None),
        ("outputs", [], [FileRef(path="a", sha256="1" * 64)], Change("outputs", "a", None, "1" * 64)),
    ],
)
def test_each_fact_is_told_by_group_and_name(
    field: str, before: object, after: object, change: Change | None
) -> None:
    found = between({field: before}, {field: after})
    assert repr(found) == repr([change] if change else [])


def test_a_parameter_is_told_when_its_kind_changed() -> None:
    assert between(
        {"parameters": with_parameters(a=1, b=1)}, {"parameters": with_parameters(a=True, b="1")}
    ) == [
        Change("parameters", "a", 1, True),
        Change("parameters", "b", 1, "1"),
    ]


def test_not_a_number_is_the_same_as_not_a_number_also_in_a_list() -> None:
    def values() -> Parameters:
        return with_parameters(a=float("nan"), b=[1, float("nan")], c={"d": [[float("nan")]]})

    assert (
        between(
            {"parameters": values(), "metrics": {"m": float("nan")}},
            {"parameters": values(), "metrics": {"m": float("nan")}},
        )
        == []
    )


def test_packages_that_differ_are_told_one_by_one() -> None:
    first = an_environment(numpy="2.4.6", scipy="1.17.0", gone="1")
    second = an_environment(numpy="2.4.7", scipy="1.17.0", new="2")
    record: Record = a_record()
    assert difference(record, record, first, second) == [
        Change("environment", "numpy", "2.4.6", "2.4.7"),
        Change("environment", "gone", "1", None),
        Change("environment", "new", None, "2"),
    ]


def test_systems_interpreters_locks_and_variables_are_compared() -> None:
    def environment(release: str, version: str, lock: str, threads: str) -> Environment:
        return Environment(
            schema=1,
            system=System(name="Linux", release=release, machine="x86_64", cores=8),
            python=Python(implementation="CPython", version=version),
            locks={"uv.lock": lock},
            variables={"OMP_NUM_THREADS": threads},
        )

    record = a_record()
    found = difference(
        record, record, environment("6.1", "3.11.7", "a", "1"), environment("6.2", "3.12.0", "b", "2")
    )
    assert found == [
        Change("environment", "system", "Linux 6.1 x86_64", "Linux 6.2 x86_64"),
        Change("environment", "python", "CPython 3.11.7", "CPython 3.12.0"),
        Change("environment", "lock uv.lock", "a", "b"),
        Change("environment", "OMP_NUM_THREADS", "1", "2"),
    ]


def test_environments_under_two_names_that_say_the_same_do_not_differ() -> None:
    first, second = a_record(environment="1" * 16), a_record(environment="2" * 16)
    assert difference(first, second, an_environment(a="1"), an_environment(a="1")) == []


def test_groups_come_in_the_order_in_which_a_reader_asks() -> None:
    changes = between(
        {
            "outputs": outputs(a="1"),
            "inputs": outputs(b="1"),
            "environment": "1" * 16,
            "code": Code(commit="1"),
            "metrics": {"m": 1},
            "parameters": with_parameters(p=1),
            "status": "failed",
        },
        {},
    )
    assert list(dict.fromkeys(each.group for each in changes)) == [
        "run", "parameters", "metrics", "code", "environment", "inputs", "outputs",
    ]  # fmt: skip
