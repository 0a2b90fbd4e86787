"""Which word of a command is the Python interpreter that carries it out. Pure.

The first word, or one behind programs that start another one: `mpirun -n 2 python solve.py`. Any other word may be
anything: in `cp in.csv out/python` it is a file that is written. It does not know whether such a program is here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_PYTHON = re.compile(r"(?:python|pypy)[\d.]*(?:\.exe)?", re.IGNORECASE)


class _Launcher(Struct, frozen=True, kw_only=True):
    """How the words of a program go on that starts another one."""

    action: str = ""  #: the word without which it starts none: `run` of `uv run`
    one: frozenset[str] = frozenset()  #: options whose value is the next word
    two: frozenset[str] = frozenset()  #: options whose values are the next two words
    words: int = 0  #: that come before the program: the seconds of `timeout`
    settings: bool = False  #: `NAME=value` may come before the program


def _with(one: str = "", **facts: object) -> _Launcher:
    return _Launcher(one=frozenset(one.split()), **facts)  # type: ignore[arg-type]


_MPI = _with(
    "-n -np --np -N -c -H --host -host --hostfile -hostfile --machinefile -machinefile -f -ppn -x -wdir --wdir -wd"
    " --map-by -map-by --bind-to -bind-to --rank-by -hosts -rf --rankfile --output-filename",
    two=frozenset({"--mca", "-mca", "--gmca", "-gmca", "--prtemca", "-env", "-genv"}),
)
_SRUN = _with(
    "-n -N -c -p -t -w -x -A -J -o -e -i -D -m -G -C -q --ntasks --nodes --cpus-per-task --partition --time"
    " --account --job-name --mem --gres --ntasks-per-node --nodelist --chdir --output --error --input --mpi"
)
_UV = _with(
    "-p --python --with --with-editable --with-requirements --project --directory --extra --group --only-group"
    " --no-group --env-file --package --index --default-index -i --index-url --extra-index-url -f --find-links"
    " --config-file --cache-dir --color --resolution --prerelease --exclude-newer --link-mode -P --no-extra",
    action="run",
)
_CONDA = _with("-n --name -p --prefix --cwd", action="run")
_LAUNCHERS = {
    "env": _with("-u --unset -C --chdir", settings=True),
    "nice": _with("-n --adjustment"),
    "ionice": _with("-c -n --class --classdata"),
    "nohup": _with(),
    "setsid": _with(),
    "time": _with("-f -o --format --output"),
    "gtime": _with("-f -o --format --output"),
    "timeout": _with("-s -k --signal --kill-after", words=1),
    "gtimeout": _with("-s -k --signal --kill-after", words=1),
    "stdbuf": _with("-i -o -e --input --output --error"),
    "taskset": _with(words=1),
    "chrt": _with("-T -P -D", words=1),
    "numactl": _with("-i -p -N -C -m -P --interleave --preferred --cpunodebind --physcpubind --membind"),
    "xvfb-run": _with("-n -s -e -f -p -w --server-num --server-args --error-file --auth-file --wait"),
    "mpirun": _MPI,
    "mpiexec": _MPI,
    "mpiexec.hydra": _MPI,
    "orterun": _MPI,
    "prterun": _MPI,
    "aprun": _with("-n -N -d -S -cc -j -r -e -L"),
    "jsrun": _with("-n -a -c -g -r -p -b -d -E -l -M"),
    "ibrun": _with("-n -o"),
    "srun": _SRUN,
    "uv": _UV,
    "pixi": _with("-e --environment --manifest-path", action="run"),
    "conda": _CONDA,
    "mamba": _CONDA,
    "micromamba": _CONDA,
    "poetry": _with("-C --directory -P --project", action="run"),
    "pdm": _with("-p --project", action="run"),
    "pipenv": _with(action="run"),
    "rye": _with(action="run"),
    "hatch": _with("-e --env", action="run"),
}


def names_python(word: str) -> bool:
    """Whether a word is called as a Python interpreter is, by its name or by a path."""
    return _PYTHON.fullmatch(last_part(word)) is not None


def last_part(word: str) -> str:
    """The last part of a path, of whichever system it is."""
    return re.split(r"[/\\]", word)[-1]


def python_at(command: Sequence[str]) -> int | None:
    """Which word of a command is a Python interpreter; None when none is."""
    at = 0
    while at < len(command):
        if names_python(command[at]):
            return at
        launcher = _LAUNCHERS.get(last_part(command[at]).removesuffix(".exe"))
        if launcher is None:
            return None
        at = _behind(command, at + 1, launcher)
    return None


def _behind(command: Sequence[str], at: int, launcher: _Launcher) -> int:
    """Where the program begins that a launcher starts; the end of the command when it starts none."""
    action, words = launcher.action, launcher.words
    while at < len(command):
        word = command[at]
        if word in launcher.two:
            at += 3
        elif word in launcher.one:
            at += 2
        elif word.startswith("-") or (launcher.settings and "=" in word):
            at += 1
        elif action:
            if word != action:
                return len(command)
            action, at = "", at + 1
        elif words:
            words, at = words - 1, at + 1
        else:
            return at
    return at
