"""The user's own tree, as the program of a re-run is to see it: paths into it lead into the checkout.

Where the system lets us, the checkout covers the tree for the program alone, so that also a path that nobody sees
(in a program's text, say) leads to what the commit holds. An environment in the tree is no part of a checkout: it
stays where it is, and cannot be written to. It does not know what the program is.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from publisher.probe import held
from publisher.supply.inside import LeadsOut, inside

ENVIRONMENT = ("pyvenv.cfg", "conda-meta")  #: what marks a folder as an interpreter's own
_NOT_LED = frozenset({"HOME", "USERPROFILE"})  #: variables that lead to what a user has, wherever that lies


class Cover:
    """A checkout in place of the working tree that it was made from."""

    def __init__(self, tree: Path | None, top: Path, folder: Path) -> None:
        """Know where both are.

        Args:
            tree: The top of the user's working tree; None where the repository has none.
            top: The top of the checkout.
            folder: Ours, which holds it.
        """
        self.top, self.folder = top, folder
        self._real = Path(os.path.realpath(tree)) if tree else None
        self._names = list(dict.fromkeys([str(tree), str(self._real)])) if tree else []

    # -- paths that somebody sees ----------------------------------------------------------------------------

    def inside(self, path: str) -> str | None:
        """A path in the working tree, relative to its top; None for any other, and for one that is relative."""
        for name in self._names:
            if path == name or path.startswith(name + os.sep):
                return os.path.relpath(path, name)
        return None

    def led(self, path: str) -> str:
        """A path, where one into the working tree leads into the checkout; one into an environment stays."""
        within = self.inside(path)
        if within is None or self.environment_of(path):
            return path
        name = next(each for each in self._names if path == each or path.startswith(each + os.sep))
        return str(self.top) + path[len(name) :]

    def variables(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Variables, where paths into the working tree, alone or in a list, lead into the checkout."""

        def led(value: str) -> str:
            if not any(name in value for name in self._names):
                return value
            return os.pathsep.join(map(self.led, value.split(os.pathsep)))

        return {name: value if name in _NOT_LED else led(value) for name, value in environment.items()}

    def environment_of(self, path: str) -> Path | None:
        """The environment in the working tree that a path lies in; one that the commit holds is none."""
        within = self.inside(path)
        if within is None or self._real is None:
            return None
        parts = [each for each in within.split(os.sep) if each != os.curdir]
        for count in range(1, len(parts) + 1) if ".." not in parts else ():
            folder = os.path.join(*parts[:count])
            if any(os.path.exists(self._real / folder / mark) for mark in ENVIRONMENT):
                held_by_commit = any(os.path.lexists(self.top / folder / mark) for mark in ENVIRONMENT)
                return None if held_by_commit else self._real / folder
        return None

    def shares(self, path: Path) -> bool:
        """Whether a file is one of the working tree, records and cache included, under another name."""
        try:
            now = os.lstat(path)
        except (OSError, ValueError):
            return False
        if self._real is None or now.st_nlink < 2:
            return False
        for base, _, names in os.walk(self._real):
            for name in names:
                with contextlib.suppress(OSError):
                    if os.path.samestat(now, os.lstat(os.path.join(base, name))):
                        return True
        return False

    # -- paths that nobody sees ------------------------------------------------------------------------------

    @property
    def possible(self) -> bool:
        """Whether the working tree can be covered: not where it holds what else a program needs."""
        if self._real is None or not held.can_bind():
            return False
        needed = [str(self.folder), os.path.expanduser("~")]
        return not any(_lies_in(os.path.realpath(each), self._real) for each in needed)

    def binds(self, named: Iterable[str], borrowed: Mapping[Path, Path]) -> list[held.Bind]:
        """What the program is to find elsewhere, so that the checkout is where the working tree is.

        Args:
            named: Paths whose environments stay: the interpreter's, those of a PATH.
            borrowed: Folders of git's objects -> empty ones in which git looks for them as well.

        Returns:
            Nothing where the working tree cannot be covered.
        """
        if self._real is None or not self.possible:
            return []
        binds = [held.Bind(folder=self.top, place=self._real, writable=True)]
        for each in self._kept(named):
            within = os.path.relpath(each, self._real).replace(os.sep, "/")
            try:
                place = inside(self.top, within)
                place.mkdir(parents=True, exist_ok=True)
            except (LeadsOut, OSError):
                return []  # the commit has something else there
            if place.is_symlink():
                return []
            binds.append(held.Bind(folder=each, place=each))
        for objects, second in borrowed.items():
            if _lies_in(os.path.realpath(objects), self._real):
                binds.append(held.Bind(folder=objects, place=second))
        return binds

    def _kept(self, named: Iterable[str]) -> list[Path]:
        """The environments in the working tree, and what their interpreters come from; none is within another."""
        found: set[Path] = set()
        for path in named:
            environment = self.environment_of(path)
            if environment:
                found.add(environment)
            for base in filter(None, [_base_of(path, environment)]):
                within = self.inside(base)
                if within not in (None, os.curdir) and not os.path.lexists(self.top / str(within)):
                    found.add(Path(base))
        return sorted(each for each in found if not found.intersection(each.parents))


def _base_of(path: str, environment: Path | None) -> str | None:
    """The folder of the installation that an interpreter, or that of an environment, belongs to."""
    if environment is not None:
        try:
            settings = (environment / "pyvenv.cfg").read_text("utf-8", "replace").splitlines()
        except OSError:
            return None
        pairs = (line.partition("=") for line in settings)
        homes = [value.strip() for key, _, value in pairs if key.strip() == "home"]
        return _prefix(os.path.realpath(homes[0])) if homes else None
    real = os.path.realpath(path)
    return _prefix(os.path.dirname(real)) if os.path.isabs(path) and os.path.isfile(real) else None


def _prefix(programs: str) -> str:
    """The folder of an installation from the one of its programs."""
    return os.path.dirname(programs) if os.path.basename(programs) == "bin" else programs


def _lies_in(path: str, folder: Path) -> bool:
    return path == str(folder) or path.startswith(os.path.join(str(folder), ""))
