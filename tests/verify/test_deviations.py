"""In what two environments differ, and how it is said."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from publisher.model.environment import Environment, Python, System
from publisher.model.verification import Deviation
from publisher.verify.deviations import deviations, in_a_sentence


def environment(
    packages: dict[str, str] | None = None,
    *,
    python: str | None = "3.11.7",
    implementation: str = "cpython",
    variables: dict[str, str] | None = None,
    locks: dict[str, str] | None = None,
    **system: Any,
) -> Environment:
    plain: dict[str, Any] = {
        "name": "Linux",
        "release": "6.1.0",
        "machine": "x86_64",
        "cpu": "EPYC",
        "cores": 8,
    }
    return Environment(
        schema=1,
        system=System(**(plain | system)),
        python=Python(implementation=implementation, version=python, packages=packages or {})
        if python
        else None,
        variables=variables or {},
        locks=locks or {},
    )


def listed(differences: list[Deviation]) -> list[tuple[str, str | None, str | None]]:
    return [(each.what, each.recorded, each.found) for each in differences]


def test_the_same_environment_deviates_in_nothing():
    one = environment({"numpy": "2.3.4"}, variables={"TZ": "UTC"}, locks={"uv.lock": "a" * 64})
    assert deviations(one, one, imports=["numpy"]) == []


def test_what_a_result_depends_on_most_comes_first():
    recorded = environment(
        {"attrs": "1", "numpy": "2.3.4", "scipy": "1.14"},
        variables={"OMP_NUM_THREADS": "2"},
        locks={"uv.lock": "a" * 64},
        distribution="Debian 12",
    )
    found = environment(
        {"attrs": "2", "numpy": "2.3.5", "zarr": "3"},
        python="3.12.1",
        variables={"OMP_NUM_THREADS": "4"},
        locks={"uv.lock": "b" * 64},
        cpu="Xeon",
        cores=4,
        release="6.2.0",
        distribution="Debian 13",
    )
    assert listed(deviations(recorded, found, imports=["scipy", "numpy"])) == [
        ("numpy", "2.3.4", "2.3.5"),
        ("scipy", "1.14", None),
        ("Python", "3.11.7", "3.12.1"),
        ("OMP_NUM_THREADS", "2", "4"),
        ("CPU", "EPYC", "Xeon"),
        ("Processors", "8", "4"),
        ("System", "Linux 6.1.0, x86_64", "Linux 6.2.0, x86_64"),
        ("Distribution", "Debian 12", "Debian 13"),
        ("attrs", "1", "2"),
        ("zarr", None, "3"),
        ("lock file uv.lock", "a" * 12, "b" * 12),
    ]


def test_another_implementation_is_another_python():
    recorded, found = environment(implementation="CPython"), environment(implementation="pypy")
    assert listed(deviations(recorded, found)) == [("Python", "3.11.7", "3.11.7 (pypy)")]
    assert deviations(recorded, environment(implementation="cpython")) == []


def test_without_a_python_no_package_is_said_to_be_missing():
    found = environment(python=None)
    assert listed(deviations(environment({"numpy": "2.3.4"}), found)) == [("Python", "3.11.7", None)]


def test_what_no_result_depends_on_is_no_deviation():
    recorded = environment(hostname="here", memory=1)
    assert deviations(recorded, environment(hostname="there", memory=2)) == []


def test_what_is_set_on_purpose_is_no_deviation():
    found = environment(variables={"PYTHONHASHSEED": "0", "TZ": "UTC"})
    assert listed(deviations(environment(), found, ours=["PYTHONHASHSEED"])) == [("TZ", None, "UTC")]


NUMPY = Deviation(what="numpy", recorded="2.3.4", found="2.3.5")
PYTHON = Deviation(what="Python", recorded="3.11.7", found="3.12.1")
CPU = Deviation(what="CPU", recorded="EPYC", found="Xeon")
SYSTEM = Deviation(what="System", recorded="Linux 6", found="Linux 7")
THREADS = Deviation(what="OMP_NUM_THREADS", recorded="2")
LOCK = Deviation(what="lock file Dockerfile", recorded="aaaa", found="bbbb")


def other(number: int) -> list[Deviation]:
    return [Deviation(what=f"lib-{each}", recorded="1", found="2") for each in range(number)]


@pytest.mark.parametrize(
    ("differences", "sentence"),
    [
        ([], ""),
        ([NUMPY], "numpy 2.3.5 instead of 2.3.4"),
        ([NUMPY, *other(1)], "numpy 2.3.5 instead of 2.3.4, and 1 other package"),
        ([NUMPY, *other(3)], "numpy 2.3.5 instead of 2.3.4, and 3 other packages"),
        ([PYTHON, *other(3)], "Python 3.12.1 instead of 3.11.7, and 3 packages"),
        ([NUMPY, PYTHON, CPU], "numpy 2.3.5 instead of 2.3.4, and another Python and CPU"),
        (
            [NUMPY, PYTHON, THREADS, CPU, SYSTEM, *other(1), LOCK],
            "numpy 2.3.5 instead of 2.3.4, 1 other package, another Python, CPU and system, and 2 more differences",
        ),
        ([msgspec.structs.replace(NUMPY, found=None)], "without numpy 2.3.4"),
        ([msgspec.structs.replace(NUMPY, recorded=None)], "numpy 2.3.5 in addition"),
    ],
)
def test_deviations_are_said_in_a_sentence(differences: list[Deviation], sentence: str):
    assert in_a_sentence(differences) == sentence
