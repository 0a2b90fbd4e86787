"""What is not the same in two states of a paper: its figures, steps, runs, re-runs and environments. Pure.

A state is told by what its site shows (`Snapshot`), so an edition that was published long ago can still be
compared. Runs are flat rows, as `data/records.json` has them: `param.NAME`, `metric.NAME`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Literal

from msgspec import Struct, field

from publisher.model.difference import Change
from publisher.model.tree import same
from publisher.model.verification import MATCHES

Flat = dict[str, Any]
Kind = Literal["new", "gone", "changed"]

_SAID = ("verdict", "status", "outcome", "label", "tags")  #: of a run, what may become otherwise later


class Drawn(Struct, frozen=True, kw_only=True):
    """A figure as one state shows it: the newest that was written to its path."""

    path: str
    sha256: str
    address: str  #: of the copy, below the site's folder
    run: str  #: id of the run that made it
    alt: str = ""
    caption: str = ""


class Snapshot(Struct, kw_only=True, dict=True):
    """What the site of one state shows."""

    name: str  #: v1.0
    date: str = ""  #: of its commit: 2026-11-23
    runs: dict[str, Flat] = field(default_factory=dict)  #: by id, oldest first
    figures: dict[str, Drawn] | None = field(
        default_factory=dict
    )  #: by path; None when the site does not tell
    environments: dict[str, dict[str, str]] = field(default_factory=dict)  #: facts and packages, by name

    @cached_property
    def newest(self) -> dict[str, str]:
        """The newest completed run of each step."""
        runs = self.runs.values()
        return {
            each["step"]: each["id"] for each in runs if each.get("step") and each["status"] == "completed"
        }

    @cached_property
    def matching(self) -> tuple[int, int]:
        """How many runs have a re-run that matches, and how many were re-run."""
        counts = Counter(each.get("verdict", "unverified") for each in self.runs.values())
        return sum(counts[each] for each in MATCHES), sum(counts.values()) - counts["unverified"]

    @cached_property
    def names(self) -> set[str]:
        """Of the parameters and metrics that some run has: `param.dt`."""
        found = {name for flat in self.runs.values() for name in flat}
        return {name for name in found if name.startswith(("param.", "metric."))}


class FigureChange(Struct, frozen=True, kw_only=True):
    """A figure that came, went, or shows something else."""

    path: str
    kind: Kind
    before: Drawn | None
    after: Drawn | None
    facts: list[Change]  #: what is different in the runs that made it


class StepChange(Struct, frozen=True, kw_only=True):
    """A step whose newest completed run is another one, with what is different in it."""

    name: str
    kind: Kind
    before: str  #: id of the run; empty for a new step
    after: str
    facts: list[Change]


class Reviewed(Struct, frozen=True, kw_only=True):
    """A run that both states show, and of which something else is said."""

    run: str
    facts: list[Change]


class Changes(Struct, frozen=True, kw_only=True):
    """Everything in which two states of a paper differ."""

    before: str  #: name of the first
    after: str
    dates: tuple[str, str]
    figures: list[FigureChange]
    same_figures: int  #: that show the same to the byte
    untold: str  #: the state that does not tell which figures it shows; empty when both do
    steps: list[StepChange]
    added: list[Flat]  #: runs, newest first
    gone: list[Flat]
    kept: int  #: runs that both show
    reviewed: list[Reviewed]
    names: list[Change]  #: parameters and metrics that no run had before, or has any more
    matching: tuple[tuple[int, int], tuple[int, int]]  #: re-runs that match, of how many; before and after

    @property
    def nothing(self) -> bool:
        """Whether both show the same."""
        found = (self.figures, self.steps, self.added, self.gone, self.reviewed)
        return not any(found)


def changes(before: Snapshot, after: Snapshot) -> Changes:
    """Everything in which two states of a paper differ."""
    between = _Between(before, after)
    untold = next((each.name for each in (before, after) if each.figures is None), "")
    then, now = ({}, {}) if untold else (before.figures or {}, after.figures or {})
    pairs = [(path, then.get(path), now.get(path)) for path in sorted(then.keys() | now.keys())]
    alike = [path for path, one, other in pairs if one and other and one.sha256 == other.sha256]
    return Changes(
        before=before.name,
        after=after.name,
        dates=(before.date, after.date),
        figures=[between.figure(path, one, other) for path, one, other in pairs if path not in set(alike)],
        same_figures=len(alike),
        untold=untold,
        steps=between.steps(),
        added=[flat for run, flat in reversed(after.runs.items()) if run not in before.runs],
        gone=[flat for run, flat in reversed(before.runs.items()) if run not in after.runs],
        kept=len(before.runs.keys() & after.runs.keys()),
        reviewed=between.reviewed(),
        names=between.names(),
        matching=(before.matching, after.matching),
    )


class _Between:
    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self.before, self.after = before, after

    def figure(self, path: str, before: Drawn | None, after: Drawn | None) -> FigureChange:
        facts = self._facts(before.run, after.run) if before and after else []
        return FigureChange(path=path, kind=_kind(before, after), before=before, after=after, facts=facts)

    def steps(self) -> list[StepChange]:
        one, other = self.before.newest, self.after.newest
        return [
            StepChange(
                name=name,
                kind=_kind(one.get(name), other.get(name)),
                before=one.get(name, ""),
                after=other.get(name, ""),
                facts=self._facts(one[name], other[name]) if name in one and name in other else [],
            )
            for name in sorted(one.keys() | other.keys())
            if one.get(name) != other.get(name)
        ]

    def reviewed(self) -> list[Reviewed]:
        found = []
        for run, now in self.after.runs.items():
            then = self.before.runs.get(run)
            if then is not None and then is not now:
                facts = list(_differing("said", _only(then, _SAID), _only(now, _SAID)))
                if facts:
                    found.append(Reviewed(run=run, facts=facts))
        return found[::-1]

    def names(self) -> list[Change]:
        before, after = self.before.names, self.after.names
        came = [Change("names", name, None, name) for name in sorted(after - before)]
        return came + [Change("names", name, name, None) for name in sorted(before - after)]

    def _facts(self, before: str, after: str) -> list[Change]:
        """What is different in two runs: parameters and metrics, the commit, the environment."""
        then, now = self.before.runs.get(before, {}), self.after.runs.get(after, {})
        found: list[Change] = []
        for group, prefix in (("parameters", "param."), ("metrics", "metric.")):
            found += _differing(group, _below(then, prefix), _below(now, prefix))
        found += _differing("code", _only(then, ("commit", "dirty")), _only(now, ("commit", "dirty")))
        saw, sees = then.get("environment", ""), now.get("environment", "")
        if saw != sees:
            known = self.before.environments.get(saw), self.after.environments.get(sees)
            if known[0] is not None and known[1] is not None:
                found += _differing("environment", known[0], known[1])
        return found


def _kind(before: object, after: object) -> Kind:
    return "new" if not before else "changed" if after else "gone"


def _below(flat: Flat, prefix: str) -> Flat:
    return {name.removeprefix(prefix): value for name, value in flat.items() if name.startswith(prefix)}


def _only(flat: Flat, names: tuple[str, ...]) -> Flat:
    return {name: flat[name] for name in names if name in flat}


def _differing(group: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if not same(one, other):
            yield Change(group, name, one, other)
