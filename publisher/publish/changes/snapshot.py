"""What a site shows, told such that it can be compared with another: three files of `data/`, and back. Pure.

An edition is compared by these files, which are in it: so nothing is told of it but what it shows anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from publisher.errors import PublisherError
from publisher.model.changes import Drawn, Flat, Snapshot
from publisher.model.environment import Environment
from publisher.model.project import Settings
from publisher.model.row import Row
from publisher.publish.files.lookup import told_environment
from publisher.publish.run.page import FindKept

VERSION = 1
_TEXTS = ("id", "status", "started", "command")  #: what every run has
_INSTANT = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-\d\dT\d\d:\d\d")


class NotComparable(PublisherError):
    """What a site shows cannot be read."""


class _Records(Struct):
    records: list[msgspec.Raw]


class _Figures(Struct):
    figures: list[Drawn]


class _Environments(Struct):
    environments: dict[str, dict[str, dict[str, str]]]


def figures_data(rows: Sequence[Row], kept: FindKept, settings: Settings) -> bytes:
    """What `data/figures.json` holds: of each path the newest figure.

    Args:
        rows: The published runs, oldest first.
        kept: Finds kept copies.
        settings: What is said of figures.
    """
    found: dict[str, Drawn] = {}
    for row in reversed(rows):
        for out in row.pictures:
            copy = kept(out.sha256 or "") if out.path not in found else None
            if copy:
                said = settings.figure(out.path)
                found[out.path] = Drawn(
                    path=out.path,
                    sha256=out.sha256 or "",
                    address=copy.address,
                    run=row.id,
                    alt=said.alt,
                    caption=said.caption,
                )
    about = "Of each path the newest figure, and the run that made it. Addresses are below the site's folder."
    return _told(about, figures=[found[path] for path in sorted(found)])


def environments_data(names: Iterable[str], read: Callable[[str], Environment | None]) -> bytes:
    """What `data/environments.json` holds: what runs saw around them, by the name of the environment.

    Args:
        names: Of the environments.
        read: Finds one; None for one that cannot be read.
    """
    found = {name: environment for name in sorted(names) if (environment := read(name))}
    about = "What runs saw around them; a run's `environment` in records.json names one of these."
    return _told(about, environments={name: told_environment(each) for name, each in found.items()})


def _told(about: str, **rest: Any) -> bytes:
    told = {"about": about, "version": VERSION, **rest}
    return msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n"


def snapshot(
    name: str, date: str, read: Callable[[str], bytes | None], known: dict[bytes, Flat] | None = None
) -> Snapshot:
    """What a site shows, from its own data.

    Args:
        name: What it is called: v1.0.
        date: Of its state: 2026-11-23.
        read: Finds a file below the site's `data/`; None when it is not there, as in sites of long ago.
        known: Runs that other snapshots have, by what is said of them: editions of a paper share most.

    Raises:
        NotComparable: A file cannot be read.
    """
    records = _decoded(name, "records.json", read, _Records)
    figures = _decoded(name, "figures.json", read, _Figures)
    environments = _decoded(name, "environments.json", read, _Environments)
    known = {} if known is None else known
    runs: dict[str, Flat] = {}
    for raw in records.records if records else ():
        flat = known.get(bytes(raw)) or known.setdefault(bytes(raw), _flat(raw, name))
        runs[flat["id"]] = flat
    return Snapshot(
        name=name,
        date=date,
        runs=runs,
        figures={each.path: each for each in figures.figures} if figures else None,
        environments={
            each: parts.get("variables", {}) | parts.get("packages", {}) | parts.get("facts", {})
            for each, parts in environments.environments.items()
        }
        if environments
        else {},
    )


def _flat(raw: msgspec.Raw, name: str) -> Flat:
    flat: Flat = msgspec.json.decode(raw)
    sound = isinstance(flat, dict) and all(isinstance(flat.get(each), str) for each in _TEXTS)
    if not sound or not _INSTANT.match(flat["started"]):
        raise NotComparable("has a run that is none", where=f"{name}/data/records.json")
    return flat


def _decoded(name: str, file: str, read: Callable[[str], bytes | None], kind: Any) -> Any:
    data = read(file)
    if data is None:
        return None
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise NotComparable(f"cannot be read: {error}", where=f"{name}/data/{file}") from error
