"""What the words of a command mean: the program's file, its parameter file, overrides, how it is started. Pure,
but for questions to the disk that are handed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from msgspec import Struct, field

from publisher.errors import WrongUsage
from publisher.model.files import STRUCTURED, suffix
from publisher.model.launched import python_at
from publisher.model.record import Launch

_OVERRIDE = re.compile(r"(?P<name>[^\s=\-][^\s=]*)=(?P<value>.*)", re.DOTALL)
_OPTION = re.compile(r"--?[A-Za-z][\w-]*=(?P<value>.+)", re.DOTALL)
_INTERPRETER = re.compile(
    r"(?:python|pypy|julia|ruby|perl|node|bash|sh|zsh|dash|ksh|octave|matlab|Rscript|R|gnuplot|lua|awk)[\d.]*(?:\.exe)?w?",
    re.IGNORECASE,
)
_LAUNCHERS = ("mpirun", "mpiexec", "srun", "aprun", "jsrun", "orterun")
_PREFIXES = (
    "env",
    "nice",
    "time",
    "nohup",
    "stdbuf",
    "taskset",
    "numactl",
    "uv",
    "pixi",
    "conda",
    "poetry",
    "run",
)
_TAKES_VALUE = {"-W", "-X", "-n", "-np", "-N", "-c", "--with", "--n", "--ntasks", "-H", "--host"}
IsFile = Callable[[str], bool]


class Words(Struct, frozen=True, kw_only=True):
    """A command understood."""

    command: list[str]  #: without the words that were overrides
    files: list[str] = field(default_factory=list)  #: arguments that are files, as typed
    parameter_file: str | None = None  #: the first of them that may hold parameters, or the one named
    overrides: dict[str, str] = field(default_factory=dict)  #: name -> value, as typed
    main_file: str | None = None  #: the program's own file, as typed
    launch: Launch = field(default_factory=lambda: Launch(mode="serial"))
    is_python: bool = False  #: the interpreter is a Python


def understood(
    command: Sequence[str],
    *,
    is_file: IsFile,
    given: Sequence[str] = (),
    parameter_file: str | None = None,
    verbatim: bool = False,
) -> Words:
    """What a command's words mean.

    Args:
        command: The words as typed.
        is_file: Whether a word, from where the program starts, is a file.
        given: Overrides given before the command, `name=value`.
        parameter_file: The one that a step names; otherwise the first JSON or YAML file among the arguments.
        verbatim: Words such as `wait=3` behind a parameter file are the program's own, no overrides.

    Raises:
        WrongUsage: An override is not `name=value`.
    """
    overrides = {}
    for each in given:
        read = _OVERRIDE.fullmatch(each)
        if read is None:
            raise WrongUsage(
                f"`{each}` is no override", hint="write it as name=value, for example mesh.n=128"
            )
        overrides[read["name"]] = read["value"]
    main = _main_file(command, is_file)
    kept: list[str] = []
    files: list[str] = []
    behind = False  #: the parameter file has been passed
    for at, word in enumerate(command):
        named = _path_in(word)
        override = _OVERRIDE.fullmatch(word)
        # A word behind an option may be the value of that option: it stays the program's.
        own = verbatim or (at > 0 and command[at - 1].startswith("-") and "=" not in command[at - 1])
        if at == 0 or word == main:
            kept.append(word)
        elif named and is_file(named):
            kept.append(word)
            files.append(named)
            if parameter_file is None and suffix(named) in STRUCTURED:
                parameter_file = named
            behind = behind or named == parameter_file
        elif override and behind and not own:
            overrides[override["name"]] = override["value"]
        else:
            kept.append(word)
    return Words(
        command=kept,
        files=list(dict.fromkeys(files)),
        parameter_file=parameter_file,
        overrides=overrides,
        main_file=main,
        launch=_launch(command),
        is_python=python_at(command) is not None,
    )


def with_file(command: Sequence[str], before: str, after: str) -> list[str]:
    """The command with one file in place of another, also behind `--option=`."""
    replaced = []
    for word in command:
        if word == before:
            replaced.append(after)
        elif _path_in(word) == before and word.endswith(f"={before}"):
            replaced.append(word[: -len(before)] + after)
        else:
            replaced.append(word)
    return replaced


def _path_in(word: str) -> str | None:
    """The path that a word may be: itself, or what follows `--option=`."""
    option = _OPTION.fullmatch(word)
    if option:
        return option["value"]
    return None if word.startswith("-") else word


def _base(word: str) -> str:
    return re.split(r"[/\\]", word)[-1]


def _main_file(command: Sequence[str], is_file: IsFile) -> str | None:
    """The file that holds the program: behind interpreters, launchers and their options."""
    interpreted = skip = False
    for at, word in enumerate(command):
        base = _base(word)
        if skip:
            skip = False
        elif word == "-m" and interpreted and at + 1 < len(command):
            module = command[at + 1].replace(".", "/")
            return next((each for each in (f"{module}.py", f"{module}/__main__.py") if is_file(each)), None)
        elif word == "-c" and interpreted:
            return None
        elif word.startswith("-"):
            skip = word in _TAKES_VALUE
        elif _INTERPRETER.fullmatch(base):
            interpreted = True
        elif not _leads_on(word, first=at == 0) or is_file(word):
            # A first word without a separator is looked for on PATH, not here.
            return word if is_file(word) and (at > 0 or base != word) else None
    return None


def _leads_on(word: str, *, first: bool) -> bool:
    """Whether the program comes after such a word: a launcher, a prefix, a number or variable of theirs."""
    return _base(word) in _LAUNCHERS or word in _PREFIXES or (not first and (word.isdigit() or "=" in word))


def _launch(command: Sequence[str]) -> Launch:
    if not command or _base(command[0]) not in _LAUNCHERS:
        return Launch(mode="serial")
    for at, word in enumerate(command[:-1]):
        if word in ("-n", "-np", "--np", "--ntasks") and command[at + 1].isdigit():
            return Launch(mode="mpi", processes=int(command[at + 1]))
        counted = re.fullmatch(r"(?:-n|-np|--ntasks=)(\d+)", word)
        if counted:
            return Launch(mode="mpi", processes=int(counted[1]))
    return Launch(mode="mpi")
