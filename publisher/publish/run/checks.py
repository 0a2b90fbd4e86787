"""Whether a run still comes out the same: its last verification with the evidence, and those before. Pure.

A tick says "re-run matches" and no more: words such as "results reproduced" belong to an independent party.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from msgspec import Struct, structs

from publisher.model.row import Verified
from publisher.model.verification import VERDICTS, Deviation, Finding, Verification, blame_in_a_sentence
from publisher.publish import words
from publisher.publish.listing import visible
from publisher.publish.run.rerun import Kept
from publisher.standards.in_toto import PREDICATE

MOST_FINDINGS = 30
MOST_DEVIATIONS = 12
MOST_BEFORE = 40  #: earlier verifications in the strip

_OUTCOME = words.VERDICT | {
    "missing": words.Mark("✕", "missing", "bad"),
    "additional": words.Mark("+", "additional", "none"),
    "outside": words.Mark("–", "not looked at", "none"),
}
_CLAIMS = {
    "identical": "re-run matches: identical",
    "equivalent": "re-run matches: equivalent",
    "close": "re-run matches: close",
    "different": "re-run differs",
    "failed": "re-run failed",
    "blocked": "could not be re-run",
}
_HOW = {
    "bytes": "byte for byte",
    "content": "by content",
    "numbers": "number by number",
    "pixels": "pixel by pixel",
}
_MODES = {
    "current": "in the environment of the machine that re-ran it",
    "recorded": "in an environment made anew with the recorded versions",
    "locked": "in an environment made anew from the lock file of the commit",
}
_GITHUB_JOB = re.compile(
    r"https://[A-Za-z0-9.-]+/(?P<repository>[A-Za-z0-9-]+/[A-Za-z0-9._-]+)/actions/runs/\d+(?:/.*)?"
)
_FILE = re.compile(r"verifications/[A-Za-z0-9/.-]+\.yml")
_JOB = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9_./~%-]*")


class Compared(Struct, frozen=True, kw_only=True):
    """An output of the re-run, or several of which the same is to be said."""

    paths: list[str]
    mark: words.Mark
    how: str
    error: str  #: the measured error, in words
    said: str
    picture: str  #: address of the picture that shows where it differs; empty when there is none


class Before(Struct, frozen=True, kw_only=True):
    """A verification in the strip."""

    mark: words.Mark
    started: str
    day: str
    who: str  #: as the file says; or empty
    where: str


class Check(Struct, frozen=True, kw_only=True):
    """The verdict on a run, and what it stands on."""

    mark: words.Mark
    claim: str  #: `re-run matches: identical`
    sentence: str
    started: str
    when: str
    where: str  #: `on GitHub Actions`, `on Linux 6.1, x86_64`
    job: str  #: address of the CI run; empty when there is none
    signed: (
        str  #: the command that checks GitHub's signature, if it has one; empty when it was not made there
    )
    author: str
    mode: str  #: in which environment; empty when nothing ran
    unblock: str
    findings: list[Compared]
    more_findings: int
    deviations: list[tuple[str, str, str]]  #: what, recorded, found
    more_deviations: int
    unused: int  #: further deviations, in packages that the run did not import
    notes: list[str]
    blamed: str  #: what turned it, or which later commit does; empty when nobody looked
    log: list[tuple[str, str]]  #: name and address of what the program said
    raw: str  #: address of the verification's file; empty when it is not shown
    strip: list[Before]  #: the newest of all of them, oldest first
    older: int  #: that are not in the strip


def check(
    verified: Sequence[Verified],
    verification: Verification,
    *,
    kept: Callable[[str], Kept | None],
    imports: Collection[str] = (),
    raw: str = "",
) -> Check:
    """What a run's page shows of its verifications.

    Args:
        verified: All of them, oldest first.
        verification: The one that the verdict stands on.
        kept: Finds kept copies.
        imports: Packages that the run imported; empty when that is not known, then all count.
        raw: Address of its file.
    """
    machine, log = verification.machine, verification.log
    job = (machine and machine.job) or ""
    streams = (("standard output", log.stdout), ("standard error", log.stderr)) if log else ()
    copies = [(name, kept(digest)) for name, digest in streams if digest]
    told = [e for e in verification.deviations if not imports or not e.is_package or e.what in imports]
    shown = told[:MOST_DEVIATIONS]
    unused = len(verification.deviations) - len(told)
    beyond = verification.more_deviations  # what the file does not name stands behind what was not imported
    return Check(
        mark=words.VERDICT[verification.verdict],
        claim=_CLAIMS[verification.verdict],
        sentence=visible(sentence_of(verification)),
        started=verification.started,
        when=words.moment(verification.started),
        where=place_of(job, machine.system if machine else ""),
        job=job_link(job),
        signed=signature_check(job, verified, verification),
        author=visible((verification.author and verification.author.name) or ""),
        mode="" if verification.verdict == "blocked" else _MODES[verification.mode],
        unblock=visible(verification.unblock or ""),
        findings=_together([_compared(each, kept) for each in verification.findings[:MOST_FINDINGS]]),
        more_findings=len(verification.findings[MOST_FINDINGS:]),
        deviations=[_deviation(each) for each in shown],
        more_deviations=len(told) - len(shown) + (0 if unused else beyond),
        unused=unused and unused + beyond,
        notes=[visible(each) for each in verification.notes],
        blamed=_as_sentence(visible(blame_in_a_sentence(verification))),
        log=[(name, copy.address) for name, copy in copies if copy],
        raw=raw,
        strip=[
            Before(
                mark=words.VERDICT[each.verdict],
                started=each.started,
                day=words.day(each.started),
                who=visible(each.author),
                where=place_of(each.job, each.system),
            )
            for each in verified[-MOST_BEFORE:]
        ],
        older=len(verified[:-MOST_BEFORE]),
    )


_COMPARED = [each for each in VERDICTS if each not in ("failed", "blocked")] + ["missing"]


def sentence_of(verification: Verification) -> str:
    """What a verification came to, with a capital letter and without a full stop."""
    return _as_sentence(verification.reason or _of_outputs(verification.findings)).rstrip(". ")


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _of_outputs(findings: Sequence[Finding]) -> str:
    """How outputs came out: `all 3 outputs are identical`, `of 3 outputs 2 are identical, 1 is different`."""
    counts = {kind: sum(each.outcome == kind for each in findings) for kind in _COMPARED}
    counts = {kind: count for kind, count in counts.items() if count}
    whole = sum(counts.values())
    if not whole:
        text = "there was no output to compare"
    elif len(counts) == 1:
        text = (
            "its one output is" if whole == 1 else f"{'both' if whole == 2 else f'all {whole}'} outputs are"
        )
        text += f" {next(iter(counts))}"
    else:
        parts = [f"{count} {'is' if count == 1 else 'are'} {kind}" for kind, count in counts.items()]
        text = f"of {whole} outputs {', '.join(parts)}"
    errors = [e.measured.relative for e in findings if e.measured and e.measured.relative is not None]
    if errors:
        text += f"; the largest relative error is {max(errors):.1e}"
    others = sum(each.outcome == "additional" for each in findings)
    return text + (f"; {others} more came out than the record names" if others else "")


def signature_check(job: str, verified: Sequence[Verified], verification: Verification) -> str:
    """The command that checks what GitHub signed of a verification; empty when it was not made there."""
    found = _GITHUB_JOB.fullmatch(job)
    file = next((each.name for each in verified if each.started == verification.started), "")
    if found is None or not _FILE.fullmatch(file):
        return ""
    return f"gh attestation verify records/{file} --repo {found['repository']} --predicate-type {PREDICATE}"


def place_of(job: str, system: str) -> str:
    """Where a re-run took place: `on GitHub Actions`, `in a CI job`, `on Linux 6.1, x86_64`; or empty."""
    if "/actions/runs/" in job:
        return "on GitHub Actions"
    if job:
        return "in a CI job"
    return f"on {visible(system)}" if system else ""


def job_link(job: str) -> str:
    """The address of a CI run, when it is safe to follow; else empty."""
    return job if _JOB.fullmatch(job) else ""


def _compared(finding: Finding, kept: Callable[[str], Kept | None]) -> Compared:
    picture = kept(finding.picture) if finding.picture else None
    said = [visible(finding.said)] if finding.said else []
    if finding.set_aside:
        said.append(f"not compared: {visible(', '.join(finding.set_aside))}")
    if finding.steady is False:
        said.append("a second re-run put out something else again, so it is not deterministic")
    return Compared(
        paths=[visible(finding.path)],
        mark=_OUTCOME[finding.outcome],
        how=_HOW.get(finding.how or "", ""),
        error=_error(finding),
        said="; ".join(said),
        picture=picture.address if picture else "",
    )


def _together(found: Sequence[Compared]) -> list[Compared]:
    """Outputs that came out alike and of which nothing was measured, as one; in the order of their first."""
    alike: dict[object, Compared] = {}
    for at, each in enumerate(found):
        key = at if each.error or each.said or each.picture else (each.mark, each.how)
        known = alike.get(key)
        alike[key] = structs.replace(known, paths=known.paths + each.paths) if known else each
    return list(alike.values())


def _error(finding: Finding) -> str:
    """The measured error and what was allowed: `up to 1.2e-9 (relative 3e-10) at row 3; 1e-6 relative allowed`."""
    measured = finding.measured
    if measured is None:
        return ""
    parts: list[str] = []
    if measured.rms is not None and " RMS" not in (finding.said or ""):
        parts.append(f"{measured.rms:.3g} of 255 levels RMS")
    if measured.absolute is not None:
        relative = "" if measured.relative is None else f" (relative {measured.relative:.1e})"
        where = f" at {visible(measured.where)}" if measured.where else ""
        parts.append(f"up to {measured.absolute:.3g}{relative}{where}")
    if measured.differing and f"{measured.differing} of {measured.compared} " not in (finding.said or ""):
        parts.append(f"{measured.differing} of {measured.compared} differ")
    names = (("rtol", "relative"), ("atol", "absolute"), ("rms", "levels RMS"))
    allowed = [
        f"{getattr(finding, name):g} {word}" for name, word in names if getattr(finding, name) is not None
    ]
    return "; ".join(parts) + (f"; allowed: {', '.join(allowed)}" if parts and allowed else "")


def _deviation(each: Deviation) -> tuple[str, str, str]:
    return visible(each.what), visible(each.recorded or "none"), visible(each.found or "none")
