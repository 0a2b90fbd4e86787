"""What the pages of environments show: the system, the packages, and which runs saw them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from publisher.model.environment import Environment
from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.listing import visible
from publisher.publish.run.facts import Fact, environment_facts

MOST_RUNS = 20  #: the first that saw an environment; a page does not change with every run that follows


class Seen(Struct, frozen=True, kw_only=True):
    """A run that saw an environment."""

    id: str
    title: str
    started: str
    when: str


class EnvironmentPage(Struct, frozen=True, kw_only=True):
    """One environment."""

    name: str
    summary: str
    facts: list[Fact]
    packages: list[tuple[str, str]]  #: name and version
    variables: list[tuple[str, str]]
    runs: list[Seen]  #: the first that saw it
    more: bool  #: and others


class EnvironmentLine(Struct, frozen=True, kw_only=True):
    """An environment in the list of them."""

    name: str
    system: str
    python: str
    packages: int
    locks: str
    runs: int
    first: str  #: when the first run saw it
    last: str
    missing: bool  #: its file is not there, or cannot be read


class EnvironmentsPage(Struct, frozen=True, kw_only=True):
    """The list of environments."""

    lines: list[EnvironmentLine]  #: that of the newest run first
    without: int  #: runs of which no environment is known


def by_environment(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The runs that saw each environment, oldest first; under the empty name those of which none is known."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.environment, []).append(row)
    return found


def environments_page(
    runs: dict[str, list[Row]], read: Callable[[str], Environment | None]
) -> EnvironmentsPage:
    """The list of environments.

    Args:
        runs: The runs that saw each, oldest first.
        read: Finds an environment by its name.
    """
    names = sorted(
        (name for name in runs if name), key=lambda name: (runs[name][-1].started, name), reverse=True
    )
    return EnvironmentsPage(
        lines=[_line(name, runs[name], read(name)) for name in names], without=len(runs.get("", ()))
    )


def _line(name: str, rows: Sequence[Row], environment: Environment | None) -> EnvironmentLine:
    python = environment.python if environment else None
    return EnvironmentLine(
        name=visible(name),
        system=_system(environment) if environment else "",
        python=visible(f"{python.implementation} {python.version}") if python else "",
        packages=len(python.packages) if python else 0,
        locks=visible(", ".join(environment.locks)) if environment else "",
        runs=len(rows),
        first=words.day(rows[0].started),
        last=words.day(rows[-1].started),
        missing=environment is None,
    )


def environment_page(name: str, environment: Environment, rows: Sequence[Row]) -> EnvironmentPage:
    """The page of one environment.

    Args:
        name: Of its file.
        environment: What it holds.
        rows: The runs that saw it, oldest first.
    """
    python = environment.python
    return EnvironmentPage(
        name=name,
        summary=summary(environment),
        facts=environment_facts(environment),
        packages=_pairs(python.packages) if python else [],
        variables=_pairs(environment.variables),
        runs=[
            Seen(id=r.id, title=words.title_of(r), started=r.started, when=words.moment(r.started))
            for r in rows[:MOST_RUNS]
        ],
        more=len(rows) > MOST_RUNS,
    )


def summary(environment: Environment) -> str:
    """An environment in a line: `CPython 3.11.7 with 42 packages, Debian 13 (x86_64)`."""
    python = environment.python
    parts = [f"{python.implementation} {python.version}"] if python else []
    if python and python.packages:
        parts[0] += f" with {words.plural(len(python.packages), 'package')}"
    return visible(", ".join([*parts, _system(environment)]))


def _system(environment: Environment) -> str:
    system = environment.system
    return visible(f"{system.distribution or f'{system.name} {system.release}'} ({system.machine})")


def _pairs(found: dict[str, str]) -> list[tuple[str, str]]:
    return sorted((visible(name), visible(text)) for name, text in found.items())
