"""What the program's Python processes told of themselves, read. Beside it, the witness that they carry."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from publisher.model.launched import names_python
from publisher.safe_io import read_regular

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
    named: list[str] = field(
        default_factory=list
    )  #: what got its name by being moved or linked, also folders
    started: list[str] = field(default_factory=list)  #: names of the programs that they started, each once
    more: bool = False  #: a process opened more files than it told of

    @property
    def whole(self) -> bool:
        """Whether everything that was written is in it, as far as Python opened it: nothing else was started."""
        return self.processes > 0 and not self.more and all(map(_writes_nothing, self.started))


#: Programs that libraries ask what machine they are on, and that write nothing.
_ASKED = frozenset(
    {
        *("uname", "lscpu", "ldconfig", "objdump", "nvidia-smi", "rocm-smi", "sysctl", "getconf", "hostname"),
        *(
            "whoami",
            "id",
            "file",
            "git",
            "fc-list",
            "which",
            "lsb_release",
            "sw_vers",
            "free",
            "nproc",
            "stty",
        ),
        *("tput", "locale", "df"),
    }
)


def _writes_nothing(program: str) -> bool:
    """Whether a program writes no results, or tells of itself what it writes, being a Python."""
    return program in _ASKED or names_python(program)


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


def tell_of_ourselves(folder: Path, root: Path) -> None:
    """Report from now on, as the program of a run does, what this process writes in a project and what it starts.

    Once the folder is gone, nothing is reported.

    Args:
        folder: Where the reports go.
        root: Of the project; what is written elsewhere is not told.
    """
    report = folder / f"{os.getpid()}-ours"
    below, seen = f"{root}{os.sep}", set[str]()
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    starting = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"}

    def tell(entry: str) -> None:
        if entry not in seen:
            seen.add(entry)
            with contextlib.suppress(OSError):
                out = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.write(out, os.fsencode(entry) + b"\0")
                os.close(out)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & writing and isinstance(path, str | bytes):
                name = os.path.abspath(os.fsdecode(path))
                if name.startswith(below) and not name.startswith(str(folder)):
                    tell(f"w{name}")
        elif event in starting:
            program = "sh" if event == "os.system" else os.fsdecode(arguments[0])
            tell(f"c{os.path.basename(program)}")

    tell("v" + ".".join(map(str, sys.version_info[:3])))
    sys.addaudithook(hear)


def is_carried_by(process: int) -> bool | None:
    """Whether a process of ours would report, being a Python, by its environment; None when nobody can tell."""
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            pairs = (entry.partition(b"=") for entry in file.read().split(b"\0"))
            environment = {name: os.fsdecode(value) for name, _, value in pairs}
    except OSError:
        return None
    path = environment.get(b"PYTHONPATH", "").split(os.pathsep)
    return (
        b"PUBLISHER_WITNESS" in environment and str(WITNESS) in path if environment.keys() - {b""} else None
    )


def within(environment: Mapping[str, str]) -> str | None:
    """The run whose program we were started by; None when it was none."""
    folder = environment.get("PUBLISHER_WITNESS")
    return Path(folder).parent.name if folder else None


def carries_witness(words: Sequence[str]) -> bool:
    """Whether a Python with these words behind it imports the witness; options may forbid it."""
    for word in words:
        if not word.startswith("-") or word == "-" or word.startswith(("-c", "-m", "--")):
            return True
        if set(word) & set("IES"):
            return False
    return True


def testimony_in(folder: Path) -> Testimony:
    """Return what the processes of a run reported up to now, the earliest first.

    The folder is one that programs write to, and may have come with a repository: no link in it is followed.
    """
    if folder.is_symlink():
        return Testimony()
    try:
        files = sorted(os.scandir(folder), key=lambda each: each.stat(follow_symlinks=False).st_mtime_ns)
    except (FileNotFoundError, NotADirectoryError):
        return Testimony()
    return understood(_report(each.path) for each in files)


def _report(path: str) -> bytes:
    """What one process reported; that there is more, where it cannot be read."""
    try:
        return read_regular(path)
    except OSError:
        return b"x\0"


def understood(reports: Iterable[bytes]) -> Testimony:
    """Reports of processes as one testimony; an entry that was cut short by a kill is passed over."""
    lists: dict[str, dict[str, None]] = {kind: {} for kind in "rwscn"}
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
        named=list(lists["n"]),
        started=list(lists["c"]),
        more=more,
    )


def _source_of(compiled: str) -> str | None:
    """The source of a module whose compiled form was read: `a/b.py` for `a/__pycache__/b.cpython-311.pyc`."""
    folder, name = os.path.split(compiled)
    above, last = os.path.split(folder)
    return os.path.join(above, f"{name.partition('.')[0]}.py") if last == "__pycache__" else None
