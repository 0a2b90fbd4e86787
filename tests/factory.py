"""Records, environments and projects for tests of the store and of the command line: no program is run."""

from __future__ import annotations

import hashlib
import math
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from publisher.model.environment import Environment, Python, System
from publisher.model.identity import run_id
from publisher.model.project import Project, Settings
from publisher.model.record import Code, FileRef, Parameters, Record
from publisher.store.records import record_text, write_record

COMMIT = "08d04df6a9b561eb146d3a7461f763869fdc48a7"
posix = pytest.mark.skipif(
    sys.platform == "win32", reason="links, time zones and names of files are those of POSIX"
)
NASTY = [
    "",
    " ",
    " leading",
    "trailing ",
    "\ttab",
    "no",
    "No",
    "y",
    "on",
    "off",
    "true",
    "null",
    "Null",
    "~",
    "=",
    "<<",
    "-",
    "- a",
    "?",
    ":",
    "a: b",
    "a:",
    "a #b",
    "# a",
    "12:30:00",
    "12:30",
    "1e5",
    "1e-5",
    "1.e5",
    "017",
    "0o17",
    "0x1F",
    "0b11",
    "1_000",
    "+1",
    ".5",
    "5.",
    ".nan",
    ".inf",
    "nan",
    "inf",
    "2026-11-23",
    "2026-11-23T06:35:12Z",
    "2026-11-23 06:35:12 +1",
    "&anchor",
    "*alias",
    "!tag",
    "!!str a",
    "%YAML 1.1",
    "---",
    "...",
    "--- a",
    "{}",
    "[]",
    "[a, b]",
    "{a: b}",
    "| a",
    "> a",
    "'single'",
    '"double"',
    'a "b" c',
    "back\\slash",
    "\\",
    "a\nb",
    "a\n\nb\n",
    "\n",
    "a\r\nb",
    "a\rb",
    "\x00",
    "\x07bell",
    "\x1b[31mred",
    "\x7f",
    "\x85next line",
    "\u2028line\u2029paragraph",
    "\ufeffmark",
    "\ufffe\uffff",
    "\xa0no break",
    "😀",
    "é è",
    "日本語",
    "[red]not red[/red]",
    "\\[red]",
    "[/]",
    "@at",
    "`tick`",
    "seal:",
    "seal: sha256:0",
    "1" * 40,
    "123456789012",
    "1234567890e12",
    "12345678901f",
    "e12345678901",
    "word " * 100,
    "=======",
    "<<<<<<< HEAD",
]  #: texts that some reader takes for something else, or that some writer writes wrongly


def same(one: object, other: object) -> bool:
    """Whether two trees of values are the same, type for type; NaN is NaN and -0.0 is not 0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return one == other


def sha256(data: bytes | str) -> str:
    """64 hex digits."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def project_in(root: Path) -> Project:
    """A project without settings, and without git."""
    root.mkdir(parents=True, exist_ok=True)
    return Project(root=root, settings=Settings(), configured=False)


def a_record(number: int = 1, **facts: Any) -> Record:
    """A run of a study, the `number`th minute of a day; all alike but for what is given."""
    started = facts.get("started", f"2026-11-23T{number // 60:02d}:{number % 60:02d}:12.482913Z")
    fields: dict[str, Any] = {
        "schema": 1,
        "id": run_id(started, ["python", "simulate.py"], str(number).encode()),
        "status": "completed",
        "command": ["python", "simulate.py", "params.json"],
        "started": started,
        "duration": 3.25,
        "exit_code": 0,
        "code": Code(commit=COMMIT, branch="main", main_file="simulate.py"),
    }
    return Record(**(fields | facts))


def with_parameters(**values: Any) -> Parameters:
    """What a record holds of a parameter file."""
    return Parameters(file="params.json", sha256="a" * 64, values=values)


def keep(place: Project | Path, number: int = 1, **facts: Any) -> Record:
    """A record in the store of a project, or in the folder of one."""
    record = a_record(number, **facts)
    write_record((place if isinstance(place, Path) else place.root) / "records", record)
    return record


def keep_text(
    root: Path, text: str | bytes, name: str = "runs/2026-11/20261123T000012-aaaaaaaaaaaa.yml"
) -> Path:
    """Any text in the place of a record's file."""
    path = root / "records" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def file_of(root: Path, record: Record) -> Path:
    """Where a record's file is, found by its id."""
    (path,) = (root / "records").glob(f"runs/*/*-{record.id}.yml")
    return path


def same_look(path: Path, data: bytes) -> None:
    """Put other bytes of the same number in a file, such that its size and its times stay as they were."""
    stat = path.stat()
    assert len(data) == stat.st_size
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def an_environment(**packages: str) -> Environment:
    """A machine with these packages."""
    return Environment(
        schema=1,
        system=System(name="Linux", release="6.1.0", machine="x86_64", distribution="Debian 13", cores=8),
        python=Python(implementation="CPython", version="3.11.7", packages=packages),
        variables={"OMP_NUM_THREADS": "2"},
    )


def outputs(**digests: str) -> list[FileRef]:
    """Outputs by the stem of their names: `outputs(energy="…")` is `out/energy.csv` with that content."""
    return [
        FileRef(path=f"out/{stem}.csv", sha256=sha256(text), size=len(text.encode()), seen_by="changed")
        for stem, text in digests.items()
    ]


__all__ = [
    "COMMIT",
    "NASTY",
    "a_record",
    "an_environment",
    "file_of",
    "keep",
    "keep_text",
    "outputs",
    "posix",
    "project_in",
    "record_text",
    "same",
    "same_look",
    "sha256",
    "with_parameters",
]
