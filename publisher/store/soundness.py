"""Whether what is on disk is whole: schema, seals, artifacts that are missing or belong to nobody."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from publisher.errors import UnreadableRecord, one_of
from publisher.model.files import BUILT, SHOWN, is_parameters_copy, suffix
from publisher.model.identity import record_name, verification_name
from publisher.model.project import Project
from publisher.model.record import Record
from publisher.model.verification import Verification
from publisher.progress import Progress, silent
from publisher.store import artifacts, environments
from publisher.store.cache import HERE, untrusted
from publisher.store.live import is_alive
from publisher.store.records import facts_and_rest, read_text, record_files, seal_holds, seal_of, understood
from publisher.store.verifications import verification_files, verification_of
from publisher.store.yaml import MARK, scalar

#: Folders to which no program of a study writes, in paths as records tell them.
_OF_THE_SYSTEM = (
    *("/etc/", "/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/boot/", "/proc/", "/sys/"),
    *("/System/", "/Library/", "/private/etc/", "C:\\Windows\\"),
)
NOBODYS = "belongs to no run and no verification"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is not as it should be."""

    where: str  #: relative to the project, with the line where there is one
    what: str
    kind: str  #: unreadable, seal, missing, damaged, orphan, name, outside, alt, notebook, cache, lost, doubt
    hint: str = ""

    @property
    def is_note(self) -> bool:
        """Whether it only has to be known: no record is wrong that could be put right."""
        return self.kind in ("lost", "doubt", "cache")


class _Claim(Struct, frozen=True, kw_only=True):
    """One record that names an output."""

    where: str
    run: str
    begun: float  #: seconds since 1970
    ended: float


@dataclass
class _Named:
    """What files name, so that what nobody names can be told."""

    seals: dict[str, str] = field(default_factory=dict)  #: of the facts of each run, by its id
    artifacts: set[str] = field(default_factory=set)
    environments: set[str] = field(default_factory=set)
    claims: dict[tuple[str, str], list[_Claim]] = field(
        default_factory=dict
    )  #: by path and digest of an output
    figures: dict[str, int] = field(default_factory=dict)  #: published, by path: in how many runs
    unreadable: bool = False  #: some file could not be read, so nobody knows what it names


def findings(project: Project, *, progress: Progress = silent) -> list[Finding]:
    """Everything that is wrong with the records of a project, in the order of their files."""
    named = _Named()
    return [
        *_of_records(project, named, progress),
        *_of_verifications(project, named),
        *_of_environments(project, named),
        *_of_artifacts(project, named),
        *_half_written(project),
        *_doubtful(named.claims),
        *_of_figures(project, named.figures),
        *_of_cache(project),
    ]


def _of_cache(project: Project) -> Iterator[Finding]:
    why = untrusted(project)
    if why:
        hint = f"delete it, nothing is lost; if git tracks it: git rm -r --cached {HERE}"
        yield Finding(where=HERE, what=f"is not used: {why}", kind="cache", hint=hint)


def _of_records(project: Project, named: _Named, progress: Progress) -> Iterator[Finding]:
    paths = sorted(Path(entry.path) for entry in record_files(project.records))
    ids: dict[str, str] = {}
    for path in progress(paths, doing="checking records", total=len(paths)):
        where = path.relative_to(project.root).as_posix()
        try:
            text = read_text(path)
            record = understood(text, path)
        except UnreadableRecord as error:
            yield _unreadable(where, path, error)
            named.unreadable = True
            continue
        if record.id in ids:
            yield Finding(where=where, what=f"is the same run as {ids[record.id]}", kind="name")
        ids[record.id] = where
        yield from _of_record(project, path, where, record, text)
        yield from _of_lost(project, where, record)
        yield from _of_ours(where, record)
        _note_claims(where, record, named)
        _count_figures(project, record, named.figures)
        named.seals[record.id] = seal_of(facts_and_rest(text)[0])
        named.artifacts.update(record.artifacts)
        named.environments.update([record.environment] if record.environment else [])


def _of_lost(project: Project, where: str, record: Record) -> Iterator[Finding]:
    """A run of which nobody saw the end."""
    if record.status == "running" and not is_alive(project, record.id):
        yield Finding(
            where=where,
            what="is a lost run: it or its publisher was killed, and its end was not recorded",
            kind="lost",
            hint=f"run it again; say what became of it with publisher annotate {record.id[:7]} --outcome …, or "
            "delete the file",
        )


def _of_ours(where: str, record: Record) -> Iterator[Finding]:
    """Files of ours among the outputs, as records of before may have them."""
    if record.uncertain:  # made by a publisher that tells apart what was under way beside a run
        return
    copies = [out.path for out in record.outputs if is_parameters_copy(out.path)]
    if copies:
        yield Finding(
            where=where,
            what=f"names parameter copies of runs beside it as outputs: {one_of(copies)}",
            kind="doubt",
            hint=_ALONE,
        )
    sites = {
        out.path.rpartition("/")[0] for out in record.outputs if out.path.rpartition("/")[2] in _OF_A_SITE
    }
    built = [
        out.path for out in record.outputs if any(out.path.startswith(f"{site}/") for site in sites if site)
    ]
    if len(built) > 1:
        yield Finding(
            where=where,
            what=f"names files of a site that was built beside it as outputs: {one_of(built)}",
            kind="doubt",
            hint=_ALONE,
        )


_ALONE = "verify it, or run it again alone"
_OF_A_SITE = {BUILT, "badge.svg"}  #: what a site of ours has at its top


def _note_claims(where: str, record: Record, named: _Named) -> None:
    begun = datetime.fromisoformat(record.started).timestamp()
    claim = _Claim(where=where, run=record.id, begun=begun, ended=begun + (record.duration or 0.0))
    for out in record.outputs:
        if out.sha256:
            named.claims.setdefault((out.path, out.sha256), []).append(claim)


def _doubtful(claims: Mapping[tuple[str, str], Sequence[_Claim]]) -> Iterator[Finding]:
    """Records that name one file with one content, though their runs wrote at one time and one was the last."""
    shared: dict[tuple[str, str], list[str]] = {}
    for (path, _), named in claims.items():
        ordered = sorted(named, key=lambda each: each.begun)
        for first, second in itertools.pairwise(ordered):
            if second.begun < first.ended and second.run != first.run:
                shared.setdefault((first.where, second.where), []).append(path)
    for (first_where, second_where), paths in sorted(shared.items()):
        yield Finding(
            where=second_where,
            what=f"names the same content as {first_where}, which was under way at the same time: {one_of(paths)}",
            kind="doubt",
            hint=f"one of them may have the other's file: {_ALONE}",
        )


def _of_verifications(project: Project, named: _Named) -> Iterator[Finding]:
    for path in sorted(Path(entry.path) for entry in verification_files(project.records)):
        where = path.relative_to(project.root).as_posix()
        try:
            text = read_text(path)
            verification = verification_of(text, path)
        except UnreadableRecord as error:
            yield _unreadable(where, path, error)
            named.unreadable = True
            continue
        yield from _of_verification(project, path, where, verification, text)
        yield from _of_its_run(where, verification, named)
        named.artifacts.update(verification.artifacts)
        named.environments.update([verification.environment] if verification.environment else [])


def _unreadable(where: str, path: Path, error: UnreadableRecord) -> Finding:
    line = str(error.where).removeprefix(str(path))
    return Finding(where=where + line, what=error.what, kind="unreadable", hint=error.hint)


def _of_record(project: Project, path: Path, where: str, record: Record, text: str) -> Iterator[Finding]:
    yield from _of_seal(where, text, "run")
    if path.relative_to(project.records).as_posix() != record_name(record.started, record.id):
        yield Finding(
            where=where,
            what=f"should be called records/{record_name(record.started, record.id)}",
            kind="name",
        )
    yield from _of_named(project, where, record.artifacts, record.environment)
    yield from _of_paths(where, record)


def _of_paths(where: str, record: Record) -> Iterator[Finding]:
    """Files that a record claims and that no run of ours names so: they lead out of the project.

    A program may write and read elsewhere, which is told by an absolute path or one below `~`. Nobody's output is
    a file of the system; one there was written by hand into the record.
    """
    told = [("output", each.path) for each in record.outputs] + [
        ("input", each.path) for each in record.inputs
    ]
    if record.parameters and record.parameters.file:
        told.append(("parameter file", record.parameters.file))
    for what, path in dict.fromkeys(told):
        parts = re.split(r"[/\\]", path)
        if ".." in parts or "\0" in path:
            problem = "leads out of the project"
        elif what == "output" and path.startswith(_OF_THE_SYSTEM):
            problem = "is a file of the system"
        else:
            continue
        yield Finding(
            where=where,
            what=f"names the {what} `{path}`, which {problem}",
            kind="outside",
            hint="publisher records no such path; it is never read. Was the record edited, or made by hand?",
        )


def _of_verification(
    project: Project, path: Path, where: str, verification: Verification, text: str
) -> Iterator[Finding]:
    yield from _of_seal(where, text, "re-run")
    name = verification_name(verification.started, verification.run)
    if path.parent != (project.records / name).parent or path.name.partition(".")[0] != Path(name).stem:
        yield Finding(where=where, what=f"should be called records/{name}", kind="name")
    yield from _of_named(project, where, sorted(verification.artifacts), verification.environment)


def _of_its_run(where: str, verification: Verification, named: _Named) -> Iterator[Finding]:
    seal = named.seals.get(verification.run)
    if seal is None:
        if not named.unreadable:
            yield Finding(
                where=where, what=f"verifies run {verification.run}, which is not here", kind="orphan"
            )
    elif verification.record not in (None, seal):
        yield Finding(
            where=where,
            what=f"verifies other facts than those of run {verification.run}, which were changed since",
            kind="seal",
            hint=f"verify it again: publisher verify {verification.run[:7]}",
        )


def _of_seal(where: str, text: str, since: str) -> Iterator[Finding]:
    if not facts_and_rest(text)[1]:
        yield Finding(where=where, what="has no seal", kind="seal")
    elif not seal_holds(text):
        if text.startswith(MARK) and seal_holds(text.removeprefix(MARK)):
            yield Finding(
                where=where,
                what="its seal is broken: an editor put a byte order mark before it",
                kind="seal",
                hint="save it as UTF-8 without that mark",
            )
            return
        yield Finding(
            where=where,
            what=f"its seal is broken: a fact was changed after the {since}",
            kind="seal",
            hint=f"see what: git log -p -- {where}",
        )


def _of_named(
    project: Project, where: str, kept: Iterable[str], environment: str | None
) -> Iterator[Finding]:
    """What a file names, and is not there."""
    for sha256 in kept:
        if artifacts.path_of(project, sha256) is None:
            yield Finding(
                where=where, what=f"names an artifact that is missing: {sha256[:12]}…", kind="missing"
            )
    if environment and environments.path_of(project, environment) is None:
        yield Finding(
            where=where, what=f"names an environment that is missing: {environment}", kind="missing"
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


def _of_environments(project: Project, named: _Named) -> Iterator[Finding]:
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
        if path.stem not in named.environments and not named.unreadable:
            yield Finding(where=where, what=NOBODYS, kind="orphan", hint="it can be deleted")


def _of_artifacts(project: Project, named: _Named) -> Iterator[Finding]:
    for path in _files_below(project.records / "artifacts"):
        where = path.relative_to(project.root).as_posix()
        sha256 = path.name.partition(".")[0]
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            yield Finding(where=where, what="is a symbolic link", kind="damaged")
        elif not artifacts.content_is(path, sha256):
            yield Finding(where=where, what="does not hold what its name says", kind="damaged")
        elif sha256 not in named.artifacts and not named.unreadable:
            yield Finding(where=where, what=NOBODYS, kind="orphan", hint="it can be deleted")


def _half_written(project: Project) -> Iterator[Finding]:
    for path in _files_below(project.records):
        if path.name.startswith(".") and path.suffix in (".part", ".whole"):
            where = path.relative_to(project.root).as_posix()
            yield Finding(where=where, what="was left half written", kind="orphan", hint="it can be deleted")


def _files_below(folder: Path) -> list[Path]:
    return sorted(Path(base) / name for base, _, names in os.walk(folder) for name in names)
