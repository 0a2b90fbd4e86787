"""What `publisher.yml` says of a paper: its steps, limits and privacy. Everything in it is optional. Pure."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

MEBIBYTE = 1024 * 1024
OnDirty = Literal["patch", "error", "allow"]
LimitName = Literal["file", "run", "log", "patch", "parameters"]
LIMITS: tuple[LimitName, ...] = ("file", "run", "log", "patch", "parameters")


class Paper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is being published."""

    title: str | None = None
    abstract: str | None = None
    doi: str | None = None
    url: str | None = None
    authors: str | list[Any] | None = None  #: a citation file, or names
    licence: str | None = None


class DataSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an input can be had from."""

    url: str
    sha256: str | None = None


class Tolerance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a number or a picture may lie from the recorded one and still count as close."""

    rtol: float | None = None
    atol: float | None = None
    rms: float | None = None


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named command of the paper."""

    command: str | list[str]
    directory: str | None = None  #: where it starts, relative to the project
    parameters: str | None = None  #: the parameter file, relative to `directory`
    inputs: list[str] = field(default_factory=list)  #: patterns, relative to the project
    outputs: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)  #: kept, whatever their suffix
    metrics: str | None = None  #: a JSON or YAML file of numbers
    artifacts: list[str] = field(default_factory=list)  #: other outputs to keep
    tolerance: dict[str, Tolerance] = field(default_factory=dict)
    description: str | None = None

    @property
    def words(self) -> list[str]:
        """The command as a list of words."""
        return shlex.split(self.command) if isinstance(self.command, str) else list(self.command)


class Privacy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of the person and the machine goes into records."""

    hostname: bool = False
    user: Literal["name", "email", "none"] = "email"  #: name only; name and e-mail; nothing


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is small enough to live in git. Bytes, or texts such as `2 MiB`."""

    file: int | str = MEBIBYTE
    run: int | str = 5 * MEBIBYTE
    log: int | str = MEBIBYTE
    patch: int | str = MEBIBYTE
    parameters: int | str = MEBIBYTE

    def bytes_of(self, name: LimitName) -> int:
        """One limit in bytes."""
        return size_in_bytes(getattr(self, name))


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the site is made."""

    publish: Literal["all", "only"] = "all"  #: only: runs whose annotation says `publish: true`
    notebooks: list[str] = field(default_factory=lambda: ["**/*.ipynb"])


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `publisher.yml`."""

    paper: Paper = field(default_factory=Paper)
    environment: str | dict[str, Any] | None = None  #: lock file, or a mapping with `apt:` beside it
    data: dict[str, DataSource] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    tolerance: dict[str, Tolerance] = field(default_factory=dict)
    privacy: Privacy = field(default_factory=Privacy)
    on_dirty: OnDirty = "patch"
    artifacts: list[str] = field(default_factory=list)  #: outputs to keep, for every run
    ignore: list[str] = field(default_factory=list)  #: places in the tree where outputs are not looked for
    limits: Limits = field(default_factory=Limits)
    site: Site = field(default_factory=Site)


class Project(Struct, frozen=True, kw_only=True):
    """A place on disk and what its `publisher.yml` says."""

    root: Path  #: the folder that holds `records/`
    settings: Settings
    configured: bool  #: there is a `publisher.yml`

    @property
    def records(self) -> Path:
        """Where records are."""
        return self.root / "records"

    @property
    def cache(self) -> Path:
        """What can be deleted at any time."""
        return self.root / ".publisher"


_SIZE = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>B|kB|MB|GB|KiB|MiB|GiB)?\s*")
_UNITS = {"B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def size_in_bytes(size: int | str) -> int:
    """A size as people write it, in bytes: `2 MiB`, `500 kB`, `1048576`.

    Raises:
        ValueError: It is no size.
    """
    if isinstance(size, int):
        return size
    read = _SIZE.fullmatch(size)
    if read is None:
        raise ValueError(f"`{size}` is no size: write it as `2 MiB`")
    return int(float(read["number"]) * _UNITS[read["unit"] or "B"])
