"""What the program's Python processes told of themselves, read. Beside it, the witness that they carry."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, field

WITNESS = Path(__file__).parent / "witness"  #: the folder that goes first on PYTHONPATH


class Testimony(Struct, frozen=True, kw_only=True):
    """What all Python processes of one run saw together."""

    processes: int = 0  #: how many reported
    version: str | None = None  #: of the first that reported
    implementation: str | None = None
    search_path: list[str] = field(default_factory=list)  #: its sys.path
    read: list[str] = field(default_factory=list)  #: absolute paths, each once
    wrote: list[str] = field(default_factory=list)
    modules: dict[str, str] = field(default_factory=dict)  #: top-level module -> its file, or empty
    more: bool = False  #: a process opened more files than it told of


def carried(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """An environment in which Python processes report what they open to files in a folder."""
    path = environment.get("PYTHONPATH")
    # What stands there is kept to the letter: an empty entry means the working directory.
    carrying = f"{WITNESS}{os.pathsep}{path}" if path else str(WITNESS)
    return environment | {"PYTHONPATH": carrying, "PUBLISHER_WITNESS": str(folder)}


def without(environment: dict[str, str]) -> dict[str, str]:
    """An environment as it was before `carried`, for a run within a run."""
    rest = {name: value for name, value in environment.items() if name != "PUBLISHER_WITNESS"}
    path = rest.get("PYTHONPATH", "")
    if path == str(WITNESS):
        del rest["PYTHONPATH"]
    elif path.startswith(f"{WITNESS}{os.pathsep}"):
        rest["PYTHONPATH"] = path[len(f"{WITNESS}{os.pathsep}") :]
    return rest


def testimony_in(folder: Path) -> Testimony:
    """What the processes of a run reported up to now, the earliest first."""
    try:
        files = sorted(os.scandir(folder), key=lambda each: each.stat().st_mtime_ns)
    except FileNotFoundError:
        return Testimony()
    return understood(Path(each.path).read_bytes() for each in files)


def understood(reports: Iterable[bytes]) -> Testimony:
    """Reports of processes as one testimony; an entry that was cut short by a kill is passed over."""
    lists: dict[str, dict[str, None]] = {kind: {} for kind in "rws"}
    first: dict[str, str] = {}
    modules: dict[str, str] = {}
    processes = 0
    more = False
    for report in reports:
        processes += 1
        own_path: dict[str, None] = {}
        for entry in report.split(b"\0")[:-1]:
            kind, text = chr(entry[0]) if entry else "", os.fsdecode(entry[1:])
            if kind in ("v", "i"):
                first.setdefault(kind, text)
            elif kind == "x":
                more = True
            elif kind == "s":
                own_path[text] = None
            elif kind == "m":
                module, _, file = text.partition("=")
                modules.setdefault(module, file)
            elif text.endswith(".pyc"):
                if kind == "r" and (source := _source_of(text)):
                    lists["r"][source] = None
            elif kind in lists:
                lists[kind][text] = None
        lists["s"] = lists["s"] or own_path
    return Testimony(
        processes=processes,
        version=first.get("v"),
        implementation=first.get("i"),
        search_path=list(lists["s"]),
        read=list(lists["r"]),
        wrote=list(lists["w"]),
        modules=modules,
        more=more,
    )


def _source_of(compiled: str) -> str | None:
    """The source of a module whose compiled form was read: `a/b.py` for `a/__pycache__/b.cpython-311.pyc`."""
    folder, name = os.path.split(compiled)
    above, last = os.path.split(folder)
    return os.path.join(above, f"{name.partition('.')[0]}.py") if last == "__pycache__" else None
