"""What `publisher.yml` says of a paper: its steps, limits and privacy. Everything in it is optional. Pure."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from publisher.model.patterns import matches

MEBIBYTE = 1024 * 1024
OnDirty = Literal["patch", "error", "allow"]
LimitName = Literal["file", "run", "log", "patch", "parameters"]
SHA256 = re.compile(r"[0-9a-f]{64}")
LIMITS: tuple[LimitName, ...] = ("file", "run", "log", "patch", "parameters")


class PaperAuthor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who wrote it."""

    name: str
    orcid: str | None = None
    affiliation: str | None = None


class Paper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is being published. What is not said here is taken from the citation file."""

    title: str | None = None
    abstract: str | None = None
    doi: str | None = None
    url: str | None = None
    authors: str | list[str | PaperAuthor] | None = None  #: a citation file, or names
    licence: str | None = None
    repository: str | None = None  #: address of the code
    date: str | int | None = None  #: of publication; 2026-11-23, or the year alone
    version: str | None = None


class DataSource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an input can be had from."""

    url: str  #: `https://…`, or `doi:10.…/NAME`
    sha256: str | None = None  #: 64 lower-case hex digits


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
    network: bool = False  #: a re-run of it may use the network
    description: str | None = None

    @property
    def words(self) -> list[str]:
        """The command as a list of words."""
        return shlex.split(self.command) if isinstance(self.command, str) else list(self.command)


class FigureText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a figure beside showing it."""

    alt: str = ""  #: what it shows, for who does not see it
    caption: str = ""


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
    max_size: int | str = "1 GB"  #: of the whole site; a larger one ends the build with 1
    notebook_scripts: bool = False  #: what needs scripts in notebooks is shown, in sandboxed frames
    allow_secrets: list[str] = field(
        default_factory=list
    )  #: ids of findings that look like credentials and are none
    scripts: list[str] = field(default_factory=list)  #: origins whose scripts pages may load: `https://…`


_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+:~-]+)?")


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `publisher.yml`."""

    paper: Paper = field(default_factory=Paper)
    environment: str | dict[str, Any] | None = None  #: lock file, or a mapping with `apt:` beside it
    data: dict[str, DataSource] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    figures: dict[str, FigureText] = field(default_factory=dict)  #: by path, or pattern of paths
    tolerance: dict[str, Tolerance] = field(default_factory=dict)
    privacy: Privacy = field(default_factory=Privacy)
    on_dirty: OnDirty = "patch"
    artifacts: list[str] = field(default_factory=list)  #: outputs to keep, for every run
    ignore: list[str] = field(default_factory=list)  #: places in the tree where outputs are not looked for
    limits: Limits = field(default_factory=Limits)
    site: Site = field(default_factory=Site)
    prices: str | None = None  #: a file with prices of machines, relative to the project; None for ours

    @property
    def lock(self) -> str | None:
        """The lock file that `environment:` means: its text, or what stands under `lock:`; None for none.

        Raises:
            ValueError: That is no text, or stands beside something that we do not know.
        """
        if isinstance(self.environment, str):
            return self.environment
        told = self.environment or {}
        unknown = sorted(told.keys() - {"lock", "apt"})
        if unknown:
            raise ValueError(f"unknown key `{unknown[0]}`: known are lock, apt")
        if not isinstance(told.get("lock"), str | None):
            raise ValueError("`lock` has to be the path of a lock file")
        return told.get("lock")

    @property
    def apt(self) -> list[str]:
        """The Debian packages that `environment:` asks for, each once: `gfortran`, or `gfortran=4:12.2.0-3`.

        Raises:
            ValueError: It is no list, or one of them is no name of a package.
        """
        told = self.environment.get("apt") if isinstance(self.environment, dict) else None
        if not isinstance(told, list | None):
            raise ValueError("`apt` has to be a list of packages")
        for name in told or []:
            if not (isinstance(name, str) and _PACKAGE.fullmatch(name)):
                raise ValueError(f"`{name}` is no name of a Debian package")
        return list(dict.fromkeys(told or []))

    def figure(self, path: str) -> FigureText:
        """What is said of the figure at a path: under its own path, else under the first pattern that means it."""
        found = self.figures.get(path)
        if found is None:
            found = next((self.figures[each] for each in self.figures if matches(path, [each])), None)
        return found or FigureText()


class Project(Struct, frozen=True, kw_only=True):
    """A place on disk and what its `publisher.yml` says."""

    root: Path  #: the folder that holds `records/`
    settings: Settings
    configured: bool  #: there is a `publisher.yml`
    cache: Path | None = None  #: for what is remembered, where it is not in the user's cache (`store.cache`)

    @property
    def records(self) -> Path:
        """Where records are."""
        return self.root / "records"


_ORIGIN = re.compile(r"(?P<origin>https://[A-Za-z0-9.-]+(?::\d{1,5})?)(?:/[A-Za-z0-9._~/@%-]*)?")


def origin_of(address: str) -> str:
    """The origin of an address that a page may be allowed to load from: `https://cdn.example.org`.

    Raises:
        ValueError: It is no such address.
    """
    read = _ORIGIN.fullmatch(address)
    if read is None:
        raise ValueError(f"`{address}` is no origin: write it as `https://cdn.example.org`")
    return read["origin"]


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
