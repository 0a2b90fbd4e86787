"""The record of a run: sealed facts, and what people add later.

A record knows nothing but itself: it cannot run, save or draw. The order of the fields here is the order in
the file. Fields that say nothing (None, empty) are left out of the file.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

LONGEST_WORDS = (
    64 * 1024
)  #: bytes of one text that a person says of a run: its reason, a label, a tag, a note
SCHEMA = 1  #: version of the record's form that this package writes

Status = Literal["running", "completed", "failed", "interrupted"]
Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]  #: as many as a file system can have, or a database can hold
RunId = Annotated[str, Meta(pattern="^[0-9a-f]{12}$")]
Instant = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")]


class FileRef(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file as it was at one moment."""

    path: str  #: relative to the project, '/' between the parts; absolute or '~/' when outside of it
    sha256: Sha256 | None = None  #: None when the content at that moment could not be had
    size: Count | None = None  #: bytes
    essence: Sha256 | None = (
        None  #: of the content without what its writer adds (dates, ids), in formats that have such
    )
    seen_by: Literal["argument", "declared", "traced", "changed"] | None = None  #: how we know of it
    artifact: bool = False  #: a copy is kept among the artifacts


class Submodule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One git submodule as checked out."""

    path: str
    commit: str
    changed: bool = False  #: it differs from the commit that the project names, or has local changes


class Code(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which version of the code ran."""

    version_control: Literal["git", "none", "unknown"] = "git"  #: unknown: git is there and did not answer
    repository: str | None = None  #: address of the remote, credentials removed
    commit: str | None = None  #: full hexadecimal id; None before the first commit
    branch: str | None = None  #: None when HEAD is detached
    swhid: str | None = None  #: ISO/IEC 18670 identifier; None in a SHA-256 repository
    object_format: str | None = None  #: only when it is not sha1
    shallow: bool = False  #: the clone does not hold the whole history
    linked_worktree: bool = False  #: made by `git worktree add`
    superproject: str | None = None  #: commit of the repository that holds this one as a submodule
    submodules: list[Submodule] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  #: files that differed from the commit
    patch: Digest | None = None  #: the difference, kept as an artifact
    left_out: list[str] = field(default_factory=list)  #: changed files that the patch does not hold
    main_file: str | None = None  #: the program's own file, relative to the project
    sources: list[str] = field(default_factory=list)  #: files of it that Python processes of the program read


class Parameters(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program was told in its parameter file."""

    file: str | None = None
    sha256: Sha256 | None = None  #: of the file as it stood, before overrides
    overrides: dict[str, Any] = field(default_factory=dict)
    given: Digest | None = None  #: the file that the program got instead, when something was overridden
    values: dict[str, Any] = field(default_factory=dict)  #: after overrides
    problem: str | None = None  #: why the file could not be read


class Resources(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program and its children used."""

    cpu_time: float | None = None  #: seconds, user and system
    peak_memory: Count | None = None  #: bytes, of the largest process
    processes: Count | None = None  #: Python processes that reported; None when none did
    cores: Count | None = None  #: processors that the program was allowed to use


class Launch(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the program was started."""

    mode: Literal["serial", "mpi"]
    processes: Count | None = None  #: asked for on the command line
    batch: dict[str, str] = field(default_factory=dict)  #: ids that SLURM or PBS gave the job


class Log(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the program said."""

    stdout: Digest | None = None
    stderr: Digest | None = None
    joined: bool = False  #: both led to one place: that of stdout holds both, in their order
    truncated: bool = False


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who ran it, as git knows them."""

    name: str | None = None
    email: str | None = None


class Parent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which other runs this one belongs to."""

    repeats: RunId | None = None
    sweep: str | None = None
    notebook: str | None = None


class Note(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A remark that somebody added."""

    text: str
    at: Instant | None = None
    by: str | None = None


class Annotations(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What people add later; not under the seal."""

    tags: list[str] = field(default_factory=list)
    outcome: str | None = None
    publish: bool | None = None  #: False keeps it off the site; True puts it on one that shows only such
    notes: list[Note] = field(default_factory=list)


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One execution of a program: facts above the seal, annotations below it."""

    schema: int
    id: RunId
    status: Status
    label: str | None = None
    reason: str | None = None
    command: Annotated[
        list[str], Meta(min_length=1)
    ]  #: as typed, before a parameter file was replaced by the merged one
    directory: str | None = None  #: where it started, relative to the project; None for its top
    step: str | None = None
    started: Instant  #: UTC
    duration: float | None = None  #: seconds of wall time; None while running
    exit_code: int | None = None  #: None while running, or when a signal ended it
    signal: str | None = None  #: name of the signal that ended it
    received: list[str] = field(default_factory=list)  #: signals that were passed on to it
    resources: Resources | None = None
    launch: Launch = field(default_factory=lambda: Launch(mode="serial"))
    code: Code = field(default_factory=Code)
    parameters: Parameters | None = None
    environment: str | None = None  #: name of a file in records/environments, without `.yml`
    imports: dict[str, str] = field(default_factory=dict)  #: packages that were imported, with versions
    inputs: list[FileRef] = field(default_factory=list)
    outputs: list[FileRef] = field(default_factory=list)
    uncertain: list[FileRef] = field(
        default_factory=list
    )  #: files that this run or one beside it wrote; nothing is said of their content
    metrics: dict[str, int | float] = field(default_factory=dict)
    log: Log | None = None
    author: Author | None = None
    parent: Parent | None = None
    problems: list[str] = field(default_factory=list)  #: what could not be seen or kept, in sentences
    seal: Digest | None = None  #: filled by the store
    annotations: Annotations = field(default_factory=Annotations)

    @property
    def succeeded(self) -> bool:
        """The program ended by itself with exit code 0."""
        return self.status == "completed"

    @property
    def dirty(self) -> bool:
        """The code that ran is not exactly a commit."""
        return bool(self.code.changed) or self.code.commit is None

    @property
    def artifacts(self) -> list[str]:
        """Every artifact that the record names, as 64 hex digits, each once."""
        named = [self.code.patch, self.parameters and self.parameters.given]
        named += [self.log.stdout, self.log.stderr] if self.log else []
        digests = [name.removeprefix("sha256:") for name in named if name]
        digests += [out.sha256 for out in self.outputs if out.artifact and out.sha256]
        return list(dict.fromkeys(digests))
