"""In what the environment of a re-run is another than that of the run. Pure.

What a result most likely depends on comes first. It does not know whether a difference mattered: that is for
the comparison of the outputs to say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from publisher.model.environment import Environment, System
from publisher.model.verification import Deviation

PYTHON = "Python"
CPU = "CPU"
PROCESSORS = "Processors"
SYSTEM = "System"
DISTRIBUTION = "Distribution"
_NAMED = {PYTHON: "Python", CPU: "CPU", SYSTEM: "system", DISTRIBUTION: "distribution"}


def deviations(
    recorded: Environment,
    found: Environment,
    *,
    imports: Collection[str] = (),
    ours: Collection[str] = (),
) -> list[Deviation]:
    """Everything in which two environments differ, what a result most likely depends on first.

    Names of machines and sizes of memory are left aside: no result depends on them, and the second is another
    one after each start of a virtual machine.

    Args:
        recorded: What the run saw.
        found: What the re-run sees.
        imports: Packages that the run imported, by normalised name.
        ours: Variables that are set for the re-run on purpose, and are no deviation.
    """
    packages = list(_packages(recorded, found))
    imported = [each for each in packages if each.what in imports]
    others = [each for each in packages if each.what not in imports]
    python = _differ({PYTHON: _python(recorded)}, {PYTHON: _python(found)})
    variables = [each for each in _differ(recorded.variables, found.variables) if each.what not in ours]
    machine = _differ(_machine(recorded.system), _machine(found.system))
    locks = _differ(_shortened(recorded.locks), _shortened(found.locks))
    return [*imported, *python, *variables, *machine, *others, *locks]


def in_a_sentence(differences: Sequence[Deviation]) -> str:
    """Deviations as a person would tell them: the first in full, the others counted or named.

    `numpy 2.3.5 instead of 2.3.4, and 3 other packages`; empty when there are none.
    """
    if not differences:
        return ""
    first, *rest = differences
    packages = sum(each.is_package for each in rest)
    named = [_NAMED[each.what] for each in rest if each.what in _NAMED]
    more = len(rest) - packages - len(named)
    parts = [in_words(first)]
    if packages:
        other = "other " if first.is_package else ""
        parts.append(f"{packages} {other}{'package' if packages == 1 else 'packages'}")
    if named:
        parts.append("another " + " and ".join(filter(None, [", ".join(named[:-1]), named[-1]])))
    if more:
        parts.append(f"{more} more {'difference' if more == 1 else 'differences'}")
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _packages(recorded: Environment, found: Environment) -> Iterator[Deviation]:
    if recorded.python and found.python:
        yield from _differ(recorded.python.packages, found.python.packages)


def _differ(recorded: Mapping[str, str | None], found: Mapping[str, str | None]) -> list[Deviation]:
    """One deviation for each name whose value is not the same on both sides, in the order of the first."""
    return [
        Deviation(what=name, recorded=recorded.get(name), found=found.get(name))
        for name in [*recorded, *sorted(found.keys() - recorded.keys())]
        if recorded.get(name) != found.get(name)
    ]


def _python(environment: Environment) -> str | None:
    python = environment.python
    if python is None:
        return None
    usual = python.implementation.lower() == "cpython"
    return python.version if usual else f"{python.version} ({python.implementation.lower()})"


def _machine(system: System) -> dict[str, str | None]:
    return {
        CPU: system.cpu,
        PROCESSORS: str(system.cores) if system.cores else None,
        SYSTEM: f"{system.name} {system.release}, {system.machine}",
        DISTRIBUTION: system.distribution,
    }


def _shortened(locks: Mapping[str, str]) -> dict[str, str]:
    """Lock files by name, with as much of their digests as tells them apart."""
    return {f"lock file {name}": digest[:12] for name, digest in locks.items()}


def in_words(deviation: Deviation) -> str:
    """One deviation: `numpy 2.3.5 instead of 2.3.4`, `without scipy 1.14`, `zarr 3 in addition`."""
    if deviation.found is None:
        return f"without {deviation.what} {deviation.recorded}"
    if deviation.recorded is None:
        return f"{deviation.what} {deviation.found} in addition"
    return f"{deviation.what} {deviation.found} instead of {deviation.recorded}"
