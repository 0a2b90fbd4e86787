"""Which packages an interpreter can import, read from the folders on its path, without asking it.

An installed package is a folder `name-version.dist-info`. Reading its name is enough for most; which of them a
program imported is told by its modules' files.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from publisher.model.environment import normalised

_DIST = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist-info|egg-info)")


def installed(search_path: Sequence[str]) -> dict[str, str]:
    """Packages by normalised name, with their versions; where two are installed, the one found first."""
    return {name: version for name, (version, _) in _found(search_path).items()}


def imported(search_path: Sequence[str], modules: Mapping[str, str]) -> dict[str, str]:
    """The packages to which imported modules belong, with their versions.

    Args:
        search_path: The interpreter's `sys.path`.
        modules: Top-level module -> its file; modules without a file, and those of the standard library or of
            the project, belong to no package.
    """
    packages = _found(search_path)
    folders = [
        os.path.join(entry, "") for entry in search_path if os.path.basename(entry).endswith("-packages")
    ]
    belongs: dict[str, str] = {}
    unknown: set[str] = set()
    for module, file in modules.items():
        if not file.startswith(tuple(folders)):
            continue
        name = normalised(module)
        if name in packages:
            belongs[name] = packages[name][0]
        else:
            unknown.add(module)
    for name, (version, folder) in packages.items() if unknown else ():
        if name not in belongs and unknown & _tops(folder):
            belongs[name] = version
    return dict(sorted(belongs.items()))


def _found(search_path: Sequence[str]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for entry in search_path:
        try:
            names = os.listdir(entry or ".")
        except OSError:
            continue
        for each in names:
            read = _DIST.fullmatch(each)
            if read:
                name = normalised(read["name"])
                found.setdefault(name, (read["version"], os.path.join(entry, each)))
    return dict(sorted(found.items()))


def _tops(folder: str) -> set[str]:
    """Top-level modules that a package installed, from its `top_level.txt` or else its `RECORD`."""
    for name in ("top_level.txt", "RECORD"):
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        return {re.split(r"[/.,]", line, maxsplit=1)[0] for line in lines if line}
    return set()
