"""What no longer stands as it was recorded: steps and figures whose code, inputs or parameters have changed, runs
that nobody verified. Runs nothing.

Of each step and each figure only the newest run is looked at. Which modules a Python program read, its record
tells; of code in other languages, and in records that do not tell it, each change since the run counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from publisher.errors import UnreadableRecord
from publisher.model.files import is_figure, suffix
from publisher.model.patterns import matches
from publisher.model.project import Project, Settings, Step
from publisher.model.record import Code, FileRef, Record
from publisher.model.row import UNVERIFIED, Row
from publisher.probe import git, tree
from publisher.store import artifacts
from publisher.store.records import read_record
from publisher.verify.sources import Blobs, blobs_at, blobs_now, from_top, with_patch

#: Suffixes of files that are programs, or parts of them.
CODE = frozenset(
    {
        ".py", ".pyx", ".pxd", ".ipynb", ".r", ".jl", ".m", ".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".cu",
        ".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08", ".sh", ".bash", ".pl", ".lua", ".rb", ".js", ".ts",
        ".rs", ".go", ".java", ".gp", ".sql",
    }
)  # fmt: skip

Kind = Literal["never", "failed", "dirty", "command", "code", "input", "parameters", "unknown"]
Now = Callable[[FileRef], str | None]  #: SHA-256 of a recorded file as it is now; None when it is not here


class Reason(Struct, frozen=True, kw_only=True):
    """One thing for which a run no longer stands for what is here."""

    kind: Kind  #: never: no run; unknown: nobody can tell whether the code is the same
    path: str | None = None  #: the file that changed, relative to the project
    recorded: str | None = None  #: its digest then; for `command` and `failed`, what was recorded
    found: str | None = None  #: now; for a file of another size that size, None when it is not here
    main: bool = False  #: it is the program's own file


class Standing(Struct, frozen=True, kw_only=True):
    """A step or a figure, and whether its newest run still stands for it."""

    name: str  #: of the step, or the path of the figure
    run: str | None = None  #: the newest; None when there is none
    reasons: list[Reason] = field(default_factory=list)

    @property
    def fresh(self) -> bool:
        """Nothing is known that has changed since."""
        return not self.reasons


class Checked(Struct, frozen=True, kw_only=True):
    """A run, and when it was last verified."""

    run: str
    verdict: str | None = None  #: None when it never was
    days: float | None = None  #: since then


class Staleness(Struct, frozen=True, kw_only=True):
    """Everything that `publisher status` tells of."""

    steps: list[Standing]  #: in the order of `publisher.yml`
    figures: list[Standing]  #: by path
    checked: list[Checked]  #: runs that ended well, oldest first

    @property
    def never_verified(self) -> list[Checked]:
        """Runs that nobody verified."""
        return [each for each in self.checked if each.verdict is None]

    def verified_before(self, days: float) -> list[Checked]:
        """Runs whose last verification is more than some days ago."""
        return [each for each in self.checked if each.days is not None and each.days > days]


class Then(Struct, frozen=True, kw_only=True):
    """The run behind a step or a figure, as far as it could be read."""

    record: Record
    blobs: Blobs | None  #: the code as it ran; None when nobody can tell


def staleness(project: Project, rows: Sequence[Row], *, now: datetime) -> Staleness:
    """What is stale in a project.

    Args:
        project: Where.
        rows: All runs, oldest first.
        now: The time, with its zone.
    """
    newest = newest_of_steps(rows, project.settings.steps)
    figures = newest_of_figures(rows, project.settings)
    wanted = {row.id: row for row in [*newest.values(), *figures.values()]}
    here, runs = _looked_at(project, list(wanted.values()))
    steps = project.settings.steps
    known: dict[tuple[str, int | None], str | None] = {}

    def digest(file: FileRef) -> str | None:
        key = (file.path, file.size)  # a size that differs is answered without reading
        if key not in known:
            known[key] = _digest(project, file)
        return known[key]

    results = [pattern for step in steps.values() for pattern in _results(step)]
    judged = {run: reasons(runs.get(run), row, here, digest, results) for run, row in wanted.items()}

    def of_step(name: str) -> Standing:
        row = newest.get(name)
        if row is None:
            return Standing(name=name, reasons=[Reason(kind="never")])
        command = _other_command(steps[name], runs.get(row.id))
        return Standing(name=name, run=row.id, reasons=[*command, *judged[row.id]])

    return Staleness(
        steps=[of_step(name) for name in steps],
        figures=[
            Standing(name=path, run=row.id, reasons=judged[row.id]) for path, row in sorted(figures.items())
        ],
        checked=last_checked(rows, now),
    )


# -- pure ----------------------------------------------------------------------------------------------------


def newest_of_steps(rows: Sequence[Row], steps: Collection[str]) -> dict[str, Row]:
    """The newest run of each step that has ended, however it did."""
    found: dict[str, Row] = {}
    for row in reversed(rows):
        if row.step in steps and row.status != "running":
            found.setdefault(row.step, row)
    return found


def newest_of_figures(rows: Sequence[Row], settings: Settings) -> dict[str, Row]:
    """The newest run behind each figure that was kept, by its path."""
    patterns = [pattern for step in settings.steps.values() for pattern in step.figures]
    found: dict[str, Row] = {}
    for row in reversed(rows):
        if row.publish is False or not row.kept:
            continue
        for out in row.outputs:
            if (
                out.artifact
                and out.path not in found
                and (is_figure(out.path) or matches(out.path, patterns))
            ):
                found[out.path] = row
    return found


def reasons(
    then: Then | None, row: Row, here: Blobs | None, now: Now, results: Sequence[str] = ()
) -> list[Reason]:
    """For what a run no longer stands for what is here; empty when nothing is known that changed.

    Args:
        then: The run; None when its record cannot be read.
        row: The same as a row.
        here: The code as it is now, by its path in the project; None when nobody can tell.
        now: The digest of a recorded file as it is now.
        results: Patterns of files that are no code, whatever their suffix.
    """
    found: list[Reason] = []
    if row.status != "completed":
        found.append(Reason(kind="failed", recorded=row.status))
    if row.dirty:
        found.append(Reason(kind="dirty"))
    if then is None:
        return [*found, Reason(kind="unknown")]
    record = then.record
    if then.blobs is None or here is None:
        found.append(Reason(kind="unknown"))
    else:
        others = {each.path for each in [*record.inputs, *record.outputs]}
        others |= {record.parameters.file} if record.parameters and record.parameters.file else set()
        found += changed_code(then.blobs, here, record.code, others, results)
    if record.parameters and record.parameters.file and record.parameters.sha256:
        file = FileRef(path=record.parameters.file, sha256=record.parameters.sha256)
        found += _changed("parameters", file, now)
    for file in record.inputs:
        found += _changed("input", file, now)
    return found


def changed_code(
    then: Mapping[str, str],
    here: Mapping[str, str],
    ran: Code,
    others: Collection[str] = (),
    results: Sequence[str] = (),
) -> list[Reason]:
    """Every file of code that is another one, or there on one side only: the program's own first, then by path."""
    paths = {path for path, _ in then.items() ^ here.items()}
    main = ran.main_file
    code = [
        path
        for path in paths
        if path == main
        or (
            suffix(path) in CODE
            and path not in others
            and not matches(path, results)
            and not _is_unread(path, ran.sources)
        )
    ]
    return [
        Reason(kind="code", path=path, recorded=then.get(path), found=here.get(path), main=path == main)
        for path in sorted(code, key=lambda path: (path != main, path))
    ]


def _is_unread(path: str, sources: Sequence[str]) -> bool:
    """Whether a file is one that Python would have read, and the record tells that it did not."""
    return bool(sources) and suffix(path) == ".py" and path not in sources and not path.startswith("../")


def last_checked(rows: Sequence[Row], now: datetime) -> list[Checked]:
    """When each run that ended well was last verified, and with what verdict."""
    return [_checked(row, now) for row in rows if row.status == "completed"]


def _checked(row: Row, now: datetime) -> Checked:
    if row.verdict == UNVERIFIED:
        return Checked(run=row.id)
    days = (now - datetime.fromisoformat(row.verified)).total_seconds() / 86_400
    return Checked(run=row.id, verdict=row.verdict, days=days)


def _changed(kind: Literal["input", "parameters"], file: FileRef, now: Now) -> list[Reason]:
    found = now(file) if file.sha256 else None
    if found == file.sha256:
        return []
    return [Reason(kind=kind, path=file.path, recorded=file.sha256, found=found)]


def _other_command(step: Step, then: Then | None) -> list[Reason]:
    """Whether a step says another command now than the one that was recorded."""
    if then is None or then.record.command[: len(step.words)] == step.words:
        return []
    return [Reason(kind="command", recorded=" ".join(then.record.command), found=" ".join(step.words))]


def _results(step: Step) -> list[str]:
    """Patterns of what a step puts out."""
    return [*step.outputs, *step.figures, *step.artifacts, *([step.metrics] if step.metrics else [])]


# -- the edge ------------------------------------------------------------------------------------------------


def _looked_at(project: Project, rows: Sequence[Row]) -> tuple[Blobs | None, dict[str, Then]]:
    """The code here, and the runs of some rows with the code that they ran; paths are the project's."""
    try:
        repository = git.repository_at(project.root)
        prefix = from_top(repository, project.root) if repository else ""
        ours = (f"{prefix}records", f"{prefix}.publisher")
        here = _inside(blobs_now(repository, ours), prefix) if repository else None
    except git.NoAnswer:
        repository = here = None
        prefix = ""
    commits: dict[str, Blobs | None] = {}
    runs = {}
    for row in rows:
        try:
            record = read_record(project.records / row.name)
        except UnreadableRecord:
            continue
        blobs = None
        if repository:
            commit = record.code.commit or ""
            if commit not in commits:
                commits[commit] = _blobs(repository, commit)
            blobs = _patched(project, record, commits[commit])
        runs[row.id] = Then(record=record, blobs=_inside(blobs, prefix) if blobs is not None else None)
    return here, runs


def _blobs(repository: git.Repository, commit: str) -> Blobs | None:
    if not commit:
        return {}  # before the first commit: all of the code is in the patch
    try:
        return blobs_at(repository, commit)
    except git.NoAnswer:
        return None


def _patched(project: Project, record: Record, blobs: Blobs | None) -> Blobs | None:
    """The code that a run saw; None when its changes were not kept, or not all of them."""
    code = record.code
    if blobs is None or code.version_control != "git":
        return None
    if not record.dirty:
        return blobs
    if any(path == code.main_file or suffix(path) in CODE for path in code.left_out):
        return None
    if code.patch is None and code.changed == code.left_out != []:
        return blobs  # all that was changed is no code
    place = artifacts.path_of(project, code.patch.removeprefix("sha256:")) if code.patch else None
    if place is None:
        return None
    try:
        return with_patch(blobs, place.read_text("utf-8", "surrogateescape"))
    except OSError:
        return None


def _inside(blobs: Blobs, prefix: str) -> Blobs:
    """Files by their paths in the project. Those of records are nobody's code."""
    return {
        (path[len(prefix) :] if path.startswith(prefix) else f"{'../' * prefix.count('/')}{path}"): blob
        for path, blob in blobs.items()
        if not path.startswith(f"{prefix}records/")
    }


def _digest(project: Project, file: FileRef) -> str | None:
    """SHA-256 of a recorded file as it is now; a file of another size is another one, and is not read."""
    place = project.root / (os.path.expanduser(file.path) if file.path.startswith("~/") else file.path)
    try:
        size = place.stat().st_size
        if file.size is not None and size != file.size:
            return f"{size} bytes"
        return tree.sha256_of(place)
    except OSError:
        return None
