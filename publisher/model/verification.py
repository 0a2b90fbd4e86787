"""A verification: one re-run of a record, and how what came out compares with what was recorded.

A verdict is the worst of its findings. Nothing is claimed that was not measured: an output that could not be
looked into is *identical* or *different*, never anything between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, field

from publisher.model.environment import normalised
from publisher.model.record import Author, Count, Digest, Instant, Log, RunId, Sha256

SCHEMA = 1  #: version of the form that this package writes

Verdict = Literal["identical", "equivalent", "close", "different", "failed", "blocked"]
VERDICTS: tuple[Verdict, ...] = ("identical", "equivalent", "close", "different", "failed", "blocked")
MATCHES: tuple[Verdict, ...] = ("identical", "equivalent", "close")  #: those that a tick stands for

#: A shape beside the word, so that nothing rests on colour.
SHAPES: dict[Verdict, str] = {
    "identical": "=",
    "equivalent": "≅",
    "close": "≈",
    "different": "≠",
    "failed": "✕",
    "blocked": "⊘",
}

#: Of one output. One that is additional, or lies outside of the project, was not compared and decides nothing.
Outcome = Literal["identical", "equivalent", "close", "different", "missing", "additional", "outside"]


class Measured(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far what came out lies from what was recorded. Texts and shapes that differ have no error."""

    compared: Count  #: numbers, or pixels, that were compared
    differing: Count = 0  #: of them
    absolute: float | None = None  #: the largest absolute difference; of pixels, in levels of 0 to 255
    relative: float | None = None  #: the largest relative difference, to the recorded number
    where: str | None = (
        None  #: of the largest difference: `row 3, column energy`, `/field[0, 12]`, `pixel 40, 2`
    )
    rms: float | None = None  #: of pixels: root of the mean square, in levels of 0 to 255


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One output: as it was recorded, and as it came out."""

    path: str
    outcome: Outcome
    how: Literal["bytes", "content", "numbers", "pixels"] | None = None  #: what decided
    recorded: Sha256 | None = None
    found: Sha256 | None = None
    set_aside: list[str] = field(default_factory=list)  #: what was not compared: `the date of creation`
    measured: Measured | None = None
    rtol: float | None = None  #: the tolerance that was declared for it
    atol: float | None = None
    rms: float | None = None
    picture: Digest | None = None  #: an artifact that shows where two pictures differ
    said: str | None = None  #: what differs, or why it could not be looked into, in a sentence
    steady: bool | None = None  #: a second re-run put out the same as the first; None when there was none


class Deviation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing in which the environment of the re-run was another than that of the run."""

    what: str  #: `numpy`, `Python`, `CPU`
    recorded: str | None = None  #: None when it was not there
    found: str | None = None

    @property
    def is_package(self) -> bool:
        """Whether it is one of a package: nothing else is named in the form to which such names are brought."""
        return normalised(self.what) == self.what and " " not in self.what


class Machine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where it was re-run."""

    system: str  #: `Linux 6.1, x86_64`
    name: str | None = None  #: only when the project's privacy settings ask for it
    job: str | None = None  #: address of the CI run


class Verification(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One re-run of a record and the comparison of its outputs. All of it is under the seal."""

    schema: int
    run: RunId
    verdict: Verdict
    started: Instant  #: UTC
    duration: float | None = None  #: seconds that the program took; None when it did not run
    record: Digest | None = None  #: the seal of the facts that were verified
    reason: str | None = None  #: why it is blocked or failed, in a sentence
    unblock: str | None = None  #: what would make it possible
    commit: str | None = None  #: that was checked out
    mode: Literal["current", "recorded", "locked"] = "current"  #: how the environment was chosen
    environment: str | None = None  #: name of a file in records/environments
    deviations: list[Deviation] = field(
        default_factory=list
    )  #: in what it was another one, the likeliest first
    more_deviations: Count = 0  #: that the environments' files tell
    variables: dict[str, str] = field(default_factory=dict)  #: set so that the program does what it did
    network: Literal["held back", "open"] | None = None
    exit_code: int | None = None
    signal: str | None = None
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  #: what in the clean place was not as it was, in sentences
    blamed: str | None = (
        None  #: what a bisection found to turn it: `numpy 2.3.5 instead of 2.2.0`; where it matches, later code
    )
    log: Log | None = None
    author: Author | None = None  #: who asked for it
    machine: Machine | None = None
    publisher: str | None = None  #: our own version
    seal: Digest | None = None  #: filled by the store

    @property
    def artifacts(self) -> set[str]:
        """SHA-256 of everything that was kept for it: pictures of differences, its log."""
        logs = [self.log.stdout, self.log.stderr] if self.log else []
        digests = [*(each.picture for each in self.findings), *logs]
        return {digest.removeprefix("sha256:") for digest in digests if digest}


#: What each outcome says of the whole; those that are not here were not compared, and say nothing.
_SAYS: dict[Outcome, Verdict] = {
    "identical": "identical",
    "equivalent": "equivalent",
    "close": "close",
    "different": "different",
    "missing": "different",
}


def verdict_of(findings: Sequence[Finding]) -> Verdict | None:
    """The verdict that findings come to: the worst of what was compared; None when nothing was."""
    told = [_SAYS[each.outcome] for each in findings if each.outcome in _SAYS]
    return max(told, key=VERDICTS.index, default=None)


def blame_in_a_sentence(verification: Verification) -> str:
    """What a bisection found to turn it; empty when there was none, or it found nothing.

    Of a run that still comes out from its own commit, it tells of the code that came later: the verdict does not.
    """
    if not verification.blamed:
        return ""
    if verification.verdict in MATCHES:
        return f"since {verification.blamed}, later code no longer puts it out"
    return f"turned by {verification.blamed}"


def in_a_sentence(verification: Verification) -> str:
    """What a verification came to: `2 of 3 outputs are identical, 1 is close; largest relative error 3e-9`."""
    if verification.reason:
        return verification.reason
    told = [each for each in verification.findings if each.outcome in _SAYS]
    counts = {kind: sum(each.outcome == kind for each in told) for kind in _SAYS}
    parts = [f"{count} {kind}" for kind, count in counts.items() if count]
    text = "all " + parts[0] if len(parts) == 1 and len(told) > 1 else ", ".join(parts)
    errors = [e.measured.relative for e in told if e.measured and e.measured.relative is not None]
    if errors:
        text += f"; largest relative error {max(errors):.1e}"
    others = sum(each.outcome == "additional" for each in verification.findings)
    return text + (f"; {others} more than the record names" if others else "")
