"""One run as a line of a table: what lists, filters and overviews need of a record, and no more. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from msgspec import Raw, Struct, field, msgpack

from publisher.model.cost import Used, used_by
from publisher.model.files import SHOWN, suffix
from publisher.model.record import FileRef, Record
from publisher.model.tree import flat, same
from publisher.model.verification import Verdict, Verification

Shown = Literal["running", "completed", "failed", "interrupted", "lost"]
UNVERIFIED = "unverified"  #: the verdict of a run that was never re-run


_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(tuple[list[FileRef], list[FileRef]]).decode


class Verified(Struct, frozen=True, kw_only=True):
    """A verification as a line of a table."""

    run: str
    name: str  #: of its file, relative to `records/`
    verdict: Verdict
    started: str  #: UTC
    record: str = ""  #: the seal of the facts that were verified
    system: str = ""  #: `Linux 6.1, x86_64`
    job: str = ""  #: address of the CI run
    author: str = ""
    mode: str = ""
    reason: str = ""
    outcomes: dict[str, int] = field(default_factory=dict)  #: of its outputs, how many of each
    sha256: str = ""  #: of the file's bytes
    kept: list[str] = field(default_factory=list)  #: SHA-256 of its log and its pictures


def verified_of(verification: Verification, name: str, sha256: str = "") -> Verified:
    """The line of a table for one verification; `sha256` is of the bytes that it was read from."""
    machine, author = verification.machine, verification.author
    return Verified(
        run=verification.run,
        name=name,
        verdict=verification.verdict,
        started=verification.started,
        record=verification.record or "",
        system=machine.system if machine else "",
        job=(machine and machine.job) or "",
        author=(author and author.name) or "",
        mode=verification.mode,
        reason=verification.reason or "",
        outcomes=Counter(each.outcome for each in verification.findings),
        sha256=sha256,
        kept=sorted(verification.artifacts),
    )


def telling(verified: Sequence[Verified]) -> Verified | None:
    """The verification that a run's verdict stands on: the last that was not blocked; else the last.

    Args:
        verified: Of one run, oldest first.
    """
    told = [each for each in verified if each.verdict != "blocked"] or verified
    return told[-1] if told else None


class Row(Struct, frozen=True, kw_only=True):
    """A run, flat."""

    id: str
    name: str  #: of the record's file, relative to `records/`
    status: Shown  #: as recorded; `lost` when it is said to run but no process does
    started: str  #: UTC, as in the record
    duration: float | None = None  #: seconds
    reason: str = ""
    label: str = ""
    step: str = ""
    outcome: str = ""
    command: str = ""
    commit: str = ""
    branch: str = ""
    repository: str = ""  #: address of the remote
    patch: str = ""  #: digest of what was not committed; empty when it was not kept
    dirty: bool = False
    author: str = ""
    exit_code: int | None = None
    signal: str = ""
    publish: bool | None = None  #: as annotated; None when nobody said
    environment: str = ""  #: name of the environment that it saw
    repeats: str = ""  #: id of the run that it repeats
    tags: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)  #: by dotted name
    metrics: dict[str, Any] = field(default_factory=dict)  #: numbers
    kept: list[str] = field(default_factory=list)  #: SHA-256 of each artifact that the record names
    seal: str = ""  #: of the record's facts
    used: Used = Used()  #: what it took, for what it costs to run it again
    verdict: str = UNVERIFIED
    verified: str = ""  #: when the verdict was found, UTC
    sha256: str = ""  #: of the record's bytes
    uncertain: list[str] = field(default_factory=list)  #: paths that it or a run beside it wrote
    files: Raw = Raw()  #: what went in and came out, understood only when asked for: most tables never ask

    @property
    def read_and_written(self) -> tuple[list[FileRef], list[FileRef]]:
        """The files that it read, and those that it wrote."""
        return _decode(self.files) if bytes(self.files) else ([], [])

    @property
    def inputs(self) -> list[FileRef]:
        """The files that it read."""
        return self.read_and_written[0]

    @property
    def outputs(self) -> list[FileRef]:
        """The files that it wrote."""
        return self.read_and_written[1]

    @property
    def kept_outputs(self) -> list[FileRef]:
        """The files that it wrote and of which the record names a copy."""
        if b"artifact" not in bytes(self.files):  # of most runs in a large study no file is looked at
            return []
        return [out for out in self.outputs if out.artifact and out.sha256]

    @property
    def pictures(self) -> list[FileRef]:
        """Those of them that a browser draws."""
        return [out for out in self.kept_outputs if suffix(out.path) in SHOWN]

    def as_flat(self) -> dict[str, Any]:
        """The row without nesting: parameters as `param.NAME`, metrics as `metric.NAME`."""
        told: dict[str, Any] = {
            "id": self.id,
            "status": self.status,
            "verdict": self.verdict,
            "verified": self.verified,
            "started": self.started,
            "duration": self.duration,
            "reason": self.reason,
            "label": self.label,
            "step": self.step,
            "tags": list(self.tags),
            "outcome": self.outcome,
            "command": self.command,
            "commit": self.commit,
            "branch": self.branch,
            "dirty": self.dirty,
            "exit_code": self.exit_code,
            "signal": self.signal,
            "environment": self.environment,
        }
        for name, value in self.parameters.items():
            told[f"param.{name}"] = value
        for name, value in self.metrics.items():
            told[f"metric.{name}"] = value
        return told


def row_of(record: Record, name: str, sha256: str = "", seal: str = "") -> Row:
    """The line of a table for one record; `sha256` is of the bytes that it was read from, `seal` of its facts."""
    return Row(
        id=record.id,
        name=name,
        status=record.status,
        started=record.started,
        duration=record.duration,
        reason=record.reason or "",
        label=record.label or "",
        step=record.step or "",
        outcome=record.annotations.outcome or "",
        command=" ".join(record.command),
        commit=record.code.commit or "",
        branch=record.code.branch or "",
        repository=record.code.repository or "",
        patch=record.code.patch or "",
        dirty=record.dirty,
        author=(record.author and record.author.name) or "",
        exit_code=record.exit_code,
        signal=record.signal or "",
        publish=record.annotations.publish,
        environment=record.environment or "",
        repeats=(record.parent and record.parent.repeats) or "",
        tags=record.annotations.tags,
        parameters=flat(record.parameters.values) if record.parameters else {},
        metrics=record.metrics,
        kept=record.artifacts,
        seal=seal,
        used=used_by(record),
        sha256=sha256,
        uncertain=[each.path for each in record.uncertain],
        files=Raw(_encode(([*record.inputs, *_parameter_files(record)], record.outputs))),
    )


def _parameter_files(record: Record) -> list[FileRef]:
    """The parameter file that a run was given, and the one with other values that it read in its place."""
    told = record.parameters
    if told is None or told.file is None or any(each.path == told.file for each in record.inputs):
        return []
    digests = [told.sha256, told.given and told.given.removeprefix("sha256:")]
    return [FileRef(path=told.file, sha256=each, seen_by="argument") for each in digests if each]


def varying(rows: Sequence[Row]) -> list[str]:
    """Names of the parameters that are not the same in all rows that have any, in their first order.

    A parameter that some of the rows lack counts as varying.
    """
    told = [row.parameters for row in rows if row.parameters]
    order: dict[str, None] = {}
    for parameters in told:
        order.update(dict.fromkeys(parameters))
    names = list(order)
    columns: Iterable[Sequence[Any]]
    if all(list(parameters) == names for parameters in told):  # the usual case, ten times as fast
        columns = zip(*(parameters.values() for parameters in told), strict=True)
    else:
        columns = ([parameters.get(name, _MISSING) for parameters in told] for name in names)
    return [name for name, values in zip(names, columns, strict=True) if _varies(values)]


_MISSING = object()


def _varies(values: Sequence[Any]) -> bool:
    kinds = set(map(type, values))
    if len(kinds) == 1 and kinds <= {int, str, float}:  # the usual case, decided at once
        found = set(values)
        return len(found) > 1 and any(value == value for value in found)  # NaN is NaN
    return not all(same(value, values[0]) for value in values)
