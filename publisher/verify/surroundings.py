"""What a run is re-run in: an interpreter with its packages, as it is here, as recorded, or as locked.

`current` takes what is here. `recorded` builds an environment with the recorded Python and packages, `locked`
one from the lock file of the checkout. Nothing falls back in silence: what cannot be had is `NoEnvironment`,
whatever else is different is a deviation.
"""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from msgspec import Struct, structs

from publisher.errors import one_of
from publisher.model.environment import SCHEMA, Environment, Python, normalised
from publisher.model.files import LOCKS
from publisher.model.launched import python_at
from publisher.model.locks import LOCKED
from publisher.model.record import Record
from publisher.model.verification import Deviation
from publisher.probe import interpreter, machine, packages, tree
from publisher.probe.editable import editable
from publisher.probe.testimony import Testimony
from publisher.supply.locks import content_of, installer_of
from publisher.supply.programs import NoEnvironment
from publisher.supply.venvs import install_packages, interpreter_in, pinned_python
from publisher.verify import deviations, shelf

HERE = "verify in the environment that is here: --environment current"  #: the way out of most troubles

Mode = Literal["current", "recorded", "locked"]


class Surroundings(Struct, frozen=True, kw_only=True):
    """An interpreter, and what has to be set so that a command finds it."""

    mode: Mode
    interpreter: Path | None = None  #: None when no Python is here, or none ran
    path: list[Path] = msgspec.field(default_factory=list)  #: folders that go first on PATH
    variables: dict[str, str] = msgspec.field(default_factory=dict)  #: to be set besides
    environment: Environment  #: as it is now
    deviations: list[Deviation] = msgspec.field(default_factory=list)  #: from what was recorded

    def around(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Variables for a program that runs in it, from those that it would have anyway."""
        path = os.pathsep.join([*map(str, self.path), *filter(None, [variables.get("PATH")])])
        return {**variables, **self.variables, **({"PATH": path} if path else {})}

    def command(self, words: Sequence[str]) -> list[str]:
        """A recorded command with this interpreter in place of the one that it named.

        In an environment as it is here, a bare `python` stays: PATH leads to it.
        """
        at = python_at(words)
        if self.interpreter is None or at is None or not (self.path or _is_path(words[at])):
            return list(words)
        return [*words[:at], str(self.interpreter), *words[at + 1 :]]


class Changes(Struct, frozen=True, kw_only=True):
    """In what an environment is built otherwise than recorded."""

    python: Python | None = None  #: the one whose version is taken; None for the recorded one
    packages: dict[str, str | None] = msgspec.field(
        default_factory=dict
    )  #: versions by normalised name; None for one that is not to be there
    lacking: bool = False  #: it is built also without what cannot be had


class There(Protocol):
    """The place of a re-run, as far as its environment has to know it."""

    def led(self, path: str) -> str:
        """A path, where one into the user's own tree leads into the checkout."""

    def covers(self) -> bool:
        """Whether the program finds the checkout also where the user's own tree is."""

    def holds(self, path: Path) -> bool:
        """Whether a file is one of the checkout."""

    def tracks(self, path: Path) -> bool:
        """Whether a file of the user's own tree is one that the repository tracks."""

    def asked(self, python: Path, environment: Mapping[str, str]) -> Testimony | None:
        """What an interpreter says of itself; None when it does not."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What there is to say before an environment is chosen."""

    record: Record
    recorded: Environment | None  #: what the run saw; None when nobody knows
    root: Path  #: the project, where its own environment may lie
    cache: Path  #: the project's part of the user's cache
    checkout: Path  #: the recorded commit's files
    lock: str | None = None  #: the file that `environment:` names in `publisher.yml`
    variables: Mapping[str, str]  #: those with which the program is going to run
    ours: Collection[str] = ()  #: those of them that are set on purpose, and are no deviation
    changes: Changes = Changes()  #: in what a recorded environment is to be another one
    there: There | None = (
        None  #: the place in which the program runs; None when it runs in the checkout alone
    )


def surroundings(mode: Mode, wanted: Wanted) -> Surroundings:
    """What a run is to be re-run in.

    Raises:
        NoEnvironment: It cannot be had; the hint says what would make it possible.
    """
    try:
        return {"current": _current, "recorded": _recorded, "locked": _locked}[mode](wanted)
    except OSError as error:
        raise NoEnvironment(
            f"the environment cannot be kept: {error.strerror or error}", where=error.filename
        ) from error


def environment_of(
    told: Testimony | None, *, variables: Mapping[str, str], locks: Mapping[str, str] | None = None
) -> Environment:
    """What a run sees that an interpreter carries out, read as the environment of a recorded run is.

    Args:
        told: What the interpreter says of itself; None for a program without one.
        variables: Those that the program gets.
        locks: Lock file -> SHA-256 of it.
    """
    return Environment(
        schema=SCHEMA,
        system=machine.system(hostname=False),
        python=_told(told) if told else None,
        locks=dict(locks or {}),
        variables=machine.variables(variables),
    )


def _told(told: Testimony) -> Python:
    return Python(
        implementation=told.implementation or "unknown",
        version=told.version or "unknown",
        packages=packages.installed(told.search_path),
    )


# -- the three ways ------------------------------------------------------------------------------------------


def _current(wanted: Wanted) -> Surroundings:
    return _surrounded("current", wanted, _python_here(wanted))


def _recorded(wanted: Wanted) -> Surroundings:
    recorded = wanted.recorded
    if recorded is None:
        raise NoEnvironment(
            "the record does not tell its environment",
            hint=HERE,
        )
    if recorded.python is None:
        return _surrounded("recorded", wanted, None)
    python = wanted.changes.python or recorded.python
    changed = wanted.changes.packages
    own = own_name(wanted.checkout)
    versions = {**recorded_packages(recorded, wanted.record), **changed}
    listed = {name: version for name, version in versions.items() if version is not None and name != own}
    asked = set() if wanted.changes.lacking else wanted.record.imports.keys() | changed.keys()
    asked_for = f"{python.implementation.lower()}@{python.version}"
    content = [asked_for, *(f"{name}=={version}" for name, version in sorted(listed.items()))]

    def build(folder: Path) -> None:
        install_packages(folder, _python_for(asked_for), listed, needed=listed.keys() & asked)

    return _built(
        "recorded",
        wanted,
        content,
        build,
        needed=asked,
        lacking=lambda name, found: found != listed.get(name),
    )


def recorded_packages(recorded: Environment, record: Record) -> dict[str, str]:
    """The packages that a run had, by normalised name: those of its environment, and what it imported besides."""
    return {**(recorded.python.packages if recorded.python else {}), **record.imports}


def _locked(wanted: Wanted) -> Surroundings:
    lock = _lock_file(wanted)
    install = installer_of(lock)
    asked_for = _python_of_lock(wanted)

    def build(folder: Path) -> None:
        install(folder, wanted.checkout, lock, _python_for(asked_for))

    content = [asked_for, lock, *content_of(wanted.checkout, lock)]
    return _built(
        "locked",
        wanted,
        content,
        build,
        needed=wanted.record.imports.keys(),
        lacking=lambda name, found: found is None,
    )


def _built(
    mode: Mode,
    wanted: Wanted,
    content: Sequence[str],
    build: Callable[[Path], None],
    *,
    needed: Collection[str],
    lacking: Callable[[str, str | None], bool],
) -> Surroundings:
    """The surroundings of an environment on the shelf, once it is seen to bring all that the run imported.

    Args:
        mode: How it was chosen.
        wanted: For which run.
        content: What decides what is in it; the machine comes in addition.
        build: Builds it.
        needed: Packages that are looked for in it.
        lacking: Whether one of them is not what it has to be, from its name and the version found.
    """
    system = machine.system(hostname=False)
    here = f"{mode} for {system.name} {system.machine}, {system.distribution}"
    try:
        folder = shelf.shelved(
            wanted.cache, "\n".join([here, *content]), build, sound=lambda each: interpreter_in(each).exists()
        )
    except NoEnvironment as error:
        hint = f"{error.hint}, or {HERE}" if error.hint else HERE
        raise NoEnvironment(error.what, where=error.where, hint=hint) from error
    python = interpreter_in(folder)
    built = _surrounded(mode, wanted, python, folder=folder)
    if built.environment.python is None:
        raise NoEnvironment("the Python that was installed does not start", where=folder)
    found = built.environment.python.packages
    own = own_name(wanted.checkout)
    missing = [name for name in needed if name != own and lacking(name, found.get(name))]
    if missing:
        imported = ", which the run imported" if set(missing) <= wanted.record.imports.keys() else ""
        raise NoEnvironment(f"the environment lacks {one_of(sorted(missing))}{imported}", hint=HERE)
    return built


def _surrounded(
    mode: Mode, wanted: Wanted, python: Path | None, *, folder: Path | None = None
) -> Surroundings:
    variables: dict[str, str] = {}
    if folder and python:
        variables |= {"VIRTUAL_ENV": str(folder), "PYTHONNOUSERSITE": "1"}
        # A command that begins with `uv run` takes this environment, and adds nothing to it.
        variables |= {"UV_PROJECT_ENVIRONMENT": str(folder), "UV_NO_SYNC": "1"}
    there = wanted.there
    # What the repository holds is carried out by the recorded command alone, whatever it is called.
    of_repository = python is not None and there is not None and (there.holds(python) or there.tracks(python))
    told = _asked(wanted, python, variables) if python and not of_repository else None
    variables |= _of_the_checkout(wanted, told.search_path if told else [])
    seen = environment_of(
        told, variables={**wanted.variables, **variables}, locks=_locks(wanted.checkout, wanted.lock)
    )
    differences: list[Deviation] = []
    if wanted.recorded:
        recorded = structs.replace(wanted.recorded, python=None) if of_repository else wanted.recorded
        differences = deviations.deviations(
            recorded, seen, imports=wanted.record.imports.keys(), ours=wanted.ours
        )
    own = own_name(wanted.checkout)
    # What was set on purpose is told by the verification: without it, verifications share one environment.
    seen = structs.replace(seen, variables={n: v for n, v in seen.variables.items() if n not in wanted.ours})
    return Surroundings(
        mode=mode,
        interpreter=python,
        path=_folders(python) if folder and python else [],
        variables=variables,
        environment=seen,
        deviations=[each for each in differences if each.what != own],
    )


# -- what is here --------------------------------------------------------------------------------------------


def _python_here(wanted: Wanted) -> Path | None:
    """The interpreter that a recorded command would use on this machine.

    A path leads to it, from the project as it is on disk: the environment in a project is not in its checkout.
    Where that path leads nowhere, the command was typed on another machine: then it is the project's own
    environment, else the one on PATH.
    """
    command, there = wanted.record.command, wanted.there
    at = python_at(command)
    word = command[at] if at is not None else "python"
    own = [wanted.root / ".venv" / each for each in ("bin/python", "Scripts/python.exe")]
    places: list[Path] = []
    if _is_path(word):
        typed = os.path.abspath(wanted.root / (wanted.record.directory or "") / os.path.expanduser(word))
        led = there.led(typed) if there else typed
        if led != typed and os.path.lexists(led):
            return Path(led)
        places = [Path(typed), *own]
    elif os.path.basename(command[0]) == "uv":
        places = own
    for place in places:
        if place.is_file() and not (there and there.tracks(place)):
            return place
    search = wanted.variables.get("PATH")
    found = (shutil.which(each, path=search) for each in (os.path.basename(word), "python", "python3"))
    return next((Path(each) for each in found if each), None)


def _asked(wanted: Wanted, python: Path, variables: Mapping[str, str]) -> Testimony | None:
    """What an interpreter says of itself, when no module of the commit is on its path."""
    there = wanted.there
    if there is None:
        return interpreter.asked([str(python)], python.parent)
    given = {**wanted.variables, **variables}
    modules = given.pop("PYTHONPATH", "").split(os.pathsep)
    others = [each for each in modules if each and not there.holds(Path(each))]
    return there.asked(python, given | ({"PYTHONPATH": os.pathsep.join(others)} if others else {}))


def _is_path(word: str) -> bool:
    return "/" in word or "\\" in word


def _folders(python: Path) -> list[Path]:
    """What goes on PATH for an interpreter: its own folder, and on Windows those of conda's programs."""
    if sys.platform != "win32":
        return [python.parent]
    also = (python.parent / each for each in ("Scripts", "Library/bin"))
    return [python.parent, *(each for each in also if each.is_dir())]


def _python_for(asked_for: str) -> str:
    """A Python as uv is asked for it: ours, when it is the one, which spares uv the search."""
    ours = f"{sys.implementation.name}@{'.'.join(map(str, sys.version_info[:3]))}"
    base = getattr(sys, "_base_executable", None)
    return base if asked_for == ours and base else asked_for


# -- the checkout --------------------------------------------------------------------------------------------


def _of_the_checkout(wanted: Wanted, search_path: Sequence[str]) -> dict[str, str]:
    """Variables with which the project's own modules come from the checkout.

    An environment here may hold them too, but as the working tree has them now: by its name, when the project is a
    package that the run had installed, or because it is installed editable.

    Raises:
        NoEnvironment: Something of the working tree would be imported all the same.
    """
    first: list[str] = []
    own = own_name(wanted.checkout)
    python = wanted.recorded.python if wanted.recorded else None
    if own is not None and python is not None and own in python.packages:
        source = wanted.checkout / "src"
        first.append(str(source if source.is_dir() else wanted.checkout))
    first += _editable(wanted.there, search_path) if wanted.there else []
    if not first:
        return {}
    before = wanted.variables.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*dict.fromkeys(first), *([before] if before else [])])}


def _editable(there: There, search_path: Sequence[str]) -> list[str]:
    """The folders of the checkout in which modules are that an interpreter takes from the working tree."""
    first: list[str] = []
    known: list[str] = []  #: places in the working tree that are led into the checkout
    lost: list[str] = []
    found = editable(search_path)
    for entry in search_path:
        led = there.led(entry)
        if led != entry and os.path.exists(entry):
            known.append(entry)
            if os.path.exists(led):
                first.append(led)
            else:
                lost.append(entry)
    for module, place in found.modules.items():
        led = there.led(place)
        if led != place:
            known.append(place)
            as_named = os.path.splitext(os.path.basename(led))[0] == module.rpartition(".")[2]
            if as_named and os.path.exists(led):
                first.append(str(Path(led).parents[module.count(".")]))
            else:
                lost.append(place)
    for package, folder in found.folders.items():
        inside = os.path.join(folder, "")
        if there.led(folder) != folder and not any(f"{each}/".startswith(inside) for each in known):
            lost.append(package)
    if lost and not there.covers():
        raise NoEnvironment(
            f"{one_of(lost)} would be taken from the working tree: it is installed editable",
            hint="verify in another environment: --environment recorded, or locked",
        )
    return first


def own_name(checkout: Path) -> str | None:
    """The name of the package that the project itself is; None when it is none."""
    try:
        name = tomllib.loads((checkout / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return normalised(name) if isinstance(name, str) else None


def _lock_file(wanted: Wanted) -> str:
    if wanted.lock:
        if not (wanted.checkout / wanted.lock).is_file():
            raise NoEnvironment("`environment:` names it, and the commit does not hold it", where=wanted.lock)
        return wanted.lock
    there = [name for name in LOCKED if (wanted.checkout / name).is_file()]
    if not there:
        others = [name for name in LOCKS if (wanted.checkout / name).is_file()]
        if others:
            installer_of(others[0])
        raise NoEnvironment(
            "the commit holds no lock file",
            hint="write one (`uv lock`, `pip freeze > requirements.txt`), or verify with --environment recorded",
        )
    return there[0]


def _python_of_lock(wanted: Wanted) -> str:
    """Which Python: the one that the commit pins, else the recorded one; a lock file of pip or uv names none."""
    pinned = pinned_python(wanted.checkout)
    if pinned:
        return pinned
    python = wanted.recorded.python if wanted.recorded else None
    return f"{python.implementation.lower()}@{python.version}" if python else "3"


def _locks(checkout: Path, named: str | None) -> dict[str, str]:
    """Lock files of a checkout, with their SHA-256."""
    names = sorted({*LOCKS, *([named] if named else [])})
    return {name: tree.sha256_of(checkout / name) for name in names if (checkout / name).is_file()}
