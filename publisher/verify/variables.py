"""What is set around a program that is run again: so that it does what it did."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from publisher.model.environment import Environment
from publisher.model.record import Record
from publisher.model.secrets import MASK

HASHSALT = "svg.hashsalt"  #: no variable, but a line of a `matplotlibrc`
SALT = "publisher"  #: what ids in matplotlib's SVG are made from

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
_OF_THE_MACHINE = re.compile(r"(?:CUDA|HIP|ROCR)_VISIBLE_DEVICES|OMP_P(?:LACES|ROC_BIND)|KMP_AFFINITY")


def time_limit(record: Record) -> float:
    """Seconds that a re-run may take: ten times what the run took, and a minute; an hour where that is unknown."""
    return 3600.0 if record.duration is None else 10 * record.duration + 60


def variables_for(record: Record, environment: Environment | None) -> dict[str, str]:
    """What is set so that a program does what it did; to be kept with the verification.

    As recorded: locale, time zone, threads, seeds; not what names pieces of one machine. Where no number of
    threads was recorded, numerical libraries took one for each processor that the run had, so they are given that
    number; an MPI launcher gives each process its own. Besides, where the run had no other: `PYTHONHASHSEED=0`,
    the time of the run for `SOURCE_DATE_EPOCH`, no window for matplotlib (but in notebooks, which have a backend
    of their own), and `svg.hashsalt`.
    """
    recorded = environment.variables if environment else {}
    found = {name: value for name, value in recorded.items() if not _OF_THE_MACHINE.fullmatch(name)}
    found = {name: value for name, value in found.items() if MASK not in value}
    cores = record.resources.cores if record.resources else None
    if cores and record.launch.mode == "serial" and not any(n.endswith("_NUM_THREADS") for n in found):
        found |= dict.fromkeys(_THREADS, str(cores))
    found.setdefault("PYTHONHASHSEED", "0")
    found.setdefault("SOURCE_DATE_EPOCH", str(int(datetime.fromisoformat(record.started).timestamp())))
    if not any(word.endswith(".ipynb") for word in record.command):
        found.setdefault("MPLBACKEND", "Agg")
    return {**found, HASHSALT: SALT}


def matplotlibrc(environment: Mapping[str, str]) -> str:
    """The settings of matplotlib that the user has, as it would find them outside of the working directory."""
    home = os.path.expanduser("~")
    config = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    asked = environment.get("MATPLOTLIBRC", "")
    folders = [environment.get("MPLCONFIGDIR", ""), os.path.join(config, "matplotlib"), f"{home}/.matplotlib"]
    for path in (asked, *(os.path.join(each, "matplotlibrc") for each in (asked, *folders) if each)):
        with contextlib.suppress(OSError):
            return Path(path).read_text(encoding="utf-8", errors="replace")
    return ""


def with_salt(settings: str, salt: str) -> str:
    """Settings of matplotlib with a salt, unless they have one."""
    if re.search(r"^\s*svg\.hashsalt\s*:", settings, re.MULTILINE):
        return settings
    return f"{settings}\nsvg.hashsalt: {salt}\n"
