"""Whether what is on disk is whole: schema, seals, artifacts that are missing or belong to nobody."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from publisher.errors import UnreadableRecord
from publisher.model.files import SHOWN, suffix
from publisher.model.identity import record_name
from publisher.model.project import Project
from publisher.model.record import Record
from publisher.progress import Progress, silent
from publisher.store import artifacts, environments
from publisher.store.records import facts_and_rest, read_text, record_files, seal_holds, understood
from publisher.store.yaml import scalar


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is not as it should be."""

    where: str  #: relative to the project, with the line where there is one
    what: str
    kind: str  #: unreadable, seal, missing, damaged, orphan, name, alt
    hint: str = ""


def findings(project: Project, *, progress: Progress = silent) -> list[Finding]:
    """Everything that is wrong with the records of a project, in the order of their files."""
    found: list[Finding] = []
    wanted_artifacts: set[str] = set()
    wanted_environments: set[str] = set()
    unreadable = False
    paths = sorted(Path(entry.path) for entry in record_files(project.records))
    ids: dict[str, Path] = {}
    figures: dict[str, int] = {}  # published, by path: in how many runs
    for path in progress(paths, doing="checking records", total=len(paths)):
        where = path.relative_to(project.root).as_posix()
        try:
            text = read_text(path)
            record = understood(text, path)
        except UnreadableRecord as error:
            line = str(error.where).removeprefix(str(path))
            found.append(Finding(where=where + line, what=error.what, kind="unreadable", hint=error.hint))
            unreadable = True
            continue
        if record.id in ids:
            other = ids[record.id].relative_to(project.root).as_posix()
            found.append(Finding(where=where, what=f"is the same run as {other}", kind="name"))
        ids[record.id] = path
        found += _of_record(project, path, where, record, text)
        _count_figures(project, record, figures)
        wanted_artifacts.update(record.artifacts)
        wanted_environments.update([record.environment] if record.environment else [])
    found += _of_environments(project, wanted_environments, unreadable)
    found += _of_artifacts(project, wanted_artifacts, unreadable)
    found += _half_written(project)
    found += _of_figures(project, figures)
    return found


def _of_record(project: Project, path: Path, where: str, record: Record, text: str) -> Iterator[Finding]:
    if not facts_and_rest(text)[1]:
        yield Finding(where=where, what="has no seal", kind="seal")
    elif not seal_holds(text):
        yield Finding(
            where=where,
            what="its seal is broken: a fact was changed after the run",
            kind="seal",
            hint=f"see what: git log -p -- {where}",
        )
    if path.relative_to(project.records).as_posix() != record_name(record.started, record.id):
        yield Finding(
            where=where,
            what=f"should be called records/{record_name(record.started, record.id)}",
            kind="name",
        )
    for sha256 in record.artifacts:
        if artifacts.path_of(project, sha256) is None:
            yield Finding(
                where=where, what=f"names an artifact that is missing: {sha256[:12]}…", kind="missing"
            )
    if record.environment and environments.path_of(project, record.environment) is None:
        yield Finding(
            where=where, what=f"names an environment that is missing: {record.environment}", kind="missing"
        )


def _count_figures(project: Project, record: Record, counts: dict[str, int]) -> None:
    only = project.settings.site.publish == "only"
    if record.annotations.publish is False or (only and not record.annotations.publish):
        return
    for path in {out.path for out in record.outputs if out.artifact and suffix(out.path) in SHOWN}:
        counts[path] = counts.get(path, 0) + 1


def _of_figures(project: Project, counts: dict[str, int]) -> Iterator[Finding]:
    """Published figures of which nothing is said for who does not see them, each path once."""
    for path, count in sorted(counts.items()):
        if not project.settings.figure(path).alt.strip():
            runs = "a run" if count == 1 else f"{count} runs"
            yield Finding(
                where="publisher.yml",
                what=f"the figure {path} of {runs} has no words for readers who do not see it",
                kind="alt",
                hint=f"say what it shows:\n    figures:\n      {scalar(path)}: {{alt: …}}",
            )


def _of_environments(project: Project, wanted: set[str], unreadable: bool) -> Iterator[Finding]:
    for path in sorted((project.records / "environments").glob("*.yml")):
        where = path.relative_to(project.root).as_posix()
        if path.is_symlink():
            yield Finding(where=where, what="is a symbolic link", kind="damaged")
            continue
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            yield Finding(where=where, what=f"cannot be read: {error}", kind="unreadable")
            continue
        if environments.name_of(text.replace("\r\n", "\n")) != path.stem:
            yield Finding(where=where, what="does not hold what its name says", kind="damaged")
        if path.stem not in wanted and not unreadable:
            yield Finding(where=where, what="belongs to no run", kind="orphan", hint="it can be deleted")


def _of_artifacts(project: Project, wanted: set[str], unreadable: bool) -> Iterator[Finding]:
    for path in _files_below(project.records / "artifacts"):
        where = path.relative_to(project.root).as_posix()
        sha256 = path.name.partition(".")[0]
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            yield Finding(where=where, what="is a symbolic link", kind="damaged")
        elif not artifacts.content_is(path, sha256):
            yield Finding(where=where, what="does not hold what its name says", kind="damaged")
        elif sha256 not in wanted and not unreadable:
            yield Finding(where=where, what="belongs to no run", kind="orphan", hint="it can be deleted")


def _half_written(project: Project) -> Iterator[Finding]:
    for path in _files_below(project.records):
        if path.name.startswith(".") and path.suffix == ".part":
            where = path.relative_to(project.root).as_posix()
            yield Finding(where=where, what="was left half written", kind="orphan", hint="it can be deleted")


def _files_below(folder: Path) -> list[Path]:
    return sorted(Path(base) / name for base, _, names in os.walk(folder) for name in names)
