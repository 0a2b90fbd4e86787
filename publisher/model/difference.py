"""What is not the same in two runs: only that, fact by fact. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from publisher.model.environment import Environment
from publisher.model.record import FileRef, Record
from publisher.model.tree import flat, same

ABSENT = None  #: stands for "this run has no such thing"


class Change(Struct, frozen=True):
    """One fact that two runs do not share."""

    group: str  #: parameters, metrics, code, environment, inputs, outputs, run
    name: str
    before: Any  #: None when the first run has no such thing
    after: Any


def difference(
    first: Record, second: Record, first_env: Environment | None, second_env: Environment | None
) -> list[Change]:
    """Everything in which two runs differ, grouped, in the order in which a reader asks for it."""
    changes: list[Change] = []

    def compare(group: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        for name in dict.fromkeys([*before, *after]):
            one, other = before.get(name, ABSENT), after.get(name, ABSENT)
            if not same(one, other):
                changes.append(Change(group, name, one, other))

    compare("run", _run(first), _run(second))
    compare("parameters", _parameters(first), _parameters(second))
    compare("metrics", first.metrics, second.metrics)
    compare("code", _code(first), _code(second))
    if first_env and second_env:
        compare("environment", _environment(first_env), _environment(second_env))
    else:
        compare("environment", {"environment": first.environment}, {"environment": second.environment})
    compare("inputs", _files(first.inputs), _files(second.inputs))
    compare("outputs", _files(first.outputs), _files(second.outputs))
    return changes


def _run(record: Record) -> dict[str, Any]:
    return {
        "status": record.status,
        "exit code": record.exit_code,
        "signal": record.signal,
        "step": record.step,
        "command": " ".join(record.command),
        "directory": record.directory,
    }


def _parameters(record: Record) -> dict[str, Any]:
    return flat(record.parameters.values) if record.parameters else {}


def _code(record: Record) -> dict[str, Any]:
    code = record.code
    facts: dict[str, Any] = {
        "commit": code.commit,
        "patch": code.patch,
        "branch": code.branch,
        "main file": code.main_file,
        "repository": code.repository,
    }
    return facts | {f"submodule {each.path}": each.commit for each in code.submodules}


def _environment(environment: Environment) -> dict[str, Any]:
    system = environment.system
    facts: dict[str, Any] = {
        "system": f"{system.name} {system.release} {system.machine}",
        "distribution": system.distribution,
        "cpu": system.cpu,
        "cores": system.cores,
        "memory": system.memory,
    }
    if environment.python:
        facts["python"] = f"{environment.python.implementation} {environment.python.version}"
        facts |= environment.python.packages
    facts |= {f"lock {name}": digest for name, digest in environment.locks.items()}
    return facts | environment.variables


def _files(files: Sequence[FileRef]) -> dict[str, Any]:
    return {each.path: each.sha256 for each in files}
