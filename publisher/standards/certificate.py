"""What came of re-running somebody's paper: as Markdown for people, as JSON for programs. Pure.

Neither claims more than a program can see. It is no CODECHECK certificate and no badge of a journal: those come
from somebody who is independent of the authors.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from publisher.model.printable import printable_line
from publisher.model.row import Row
from publisher.model.verification import MATCHES, VERDICTS, Finding, Machine, Verification
from publisher.standards.markdown import text_of
from publisher.standards.verdicts import verdicts

SCHEMA = 1  #: of the JSON


class Certificate(Struct, frozen=True, kw_only=True):
    """A paper's repository, re-run."""

    address: str  #: of the repository, without credentials
    commit: str
    ref: str | None = None  #: the tag or branch that was asked for
    title: str = ""  #: of the paper
    doi: str = ""
    date: str  #: when it was begun, UTC
    author: str = ""  #: who asked for it
    machine: Machine
    mode: str  #: how environments were chosen
    publisher: str  #: our own version
    results: Sequence[tuple[Row, Verification]]
    unrecorded: list[str] = field(default_factory=list)  #: steps of which no completed run is recorded
    unreadable: list[str] = field(default_factory=list)  #: records that cannot be read
    notes: list[str] = field(default_factory=list)

    @property
    def matches(self) -> bool:
        """Everything that was to be re-run was, and matches; and there was something."""
        told = {verification.verdict for _, verification in self.results}
        return bool(told) and told <= set(MATCHES) and not self.unrecorded and not self.unreadable


def as_json(certificate: Certificate) -> dict[str, Any]:
    """The certificate as plain values; `verifications` are as in their files."""
    counts = Counter(verification.verdict for _, verification in certificate.results)
    told = msgspec.to_builtins(
        {name: getattr(certificate, name) for name in certificate.__struct_fields__ if name != "results"}
    )
    return {
        "schema": SCHEMA,
        **told,
        "matches": certificate.matches,
        "verdicts": {verdict: counts[verdict] for verdict in VERDICTS if counts[verdict]},
        "verifications": [msgspec.to_builtins(verification) for _, verification in certificate.results],
    }


def as_markdown(certificate: Certificate) -> str:
    """The certificate as a page."""
    title = f"“{text_of(certificate.title)}”" if certificate.title else "a paper's analysis"
    machine = certificate.machine
    facts = [
        ("Repository", certificate.address),
        ("State", f"{certificate.ref + ', ' if certificate.ref else ''}commit {certificate.commit}"),
        ("DOI", certificate.doi),
        ("Re-run", f"{certificate.date[:16].replace('T', ' ')} UTC"),
        ("On", f"{machine.system}{', ' + machine.name if machine.name else ''}"),
        ("CI run", machine.job or ""),
        ("By", certificate.author),
        ("Environments", _MODES.get(certificate.mode, certificate.mode)),
        ("With", f"publisher {certificate.publisher}"),
    ]
    lines = [f"# Re-run of {title}", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {text_of(value)} |" for name, value in facts if value]
    lines += ["", verdicts(certificate.results, most=None).replace("### ", "## ", 1)]
    lines += _missing(certificate)
    for row, verification in certificate.results:
        if verification.findings:
            lines += [f"### Run {row.id}{': ' + text_of(row.step) if row.step else ''}", ""]
            lines += ["| output | outcome | largest error | |", "|---|---|---|---|"]
            lines += [_finding(each) for each in verification.findings]
            lines += [f"- {text_of(note)}" for note in verification.notes and ["", *verification.notes]]
            lines.append("")
    ref = certificate.ref or certificate.commit
    lines += [
        "## What this says",
        "",
        "Each run was re-run from the commit that its record names, in a place of its own, and what came out was",
        "compared with what was recorded. *Identical*: the same bytes. *Equivalent*: the same content, but for",
        "dates and the like. *Close*: within the tolerance that the authors declared.",
        "",
        "A match says that the recorded results come out again. It does not say that they are right. This page",
        "was written by a program: it is no CODECHECK certificate and no badge of a journal, which only somebody",
        "who is independent of the authors can give.",
        "",
        "To do the same:",
        "",
        "    "
        + printable_line(shlex.join(["publisher", "verify", "--from", certificate.address, "--ref", ref])),
    ]
    return "\n".join(lines) + "\n"


_MODES = {
    "current": "what was on that machine",
    "recorded": "made anew with the recorded versions",
    "locked": "made anew from the lock file of each commit",
}


def _missing(certificate: Certificate) -> list[str]:
    lines = [f"- no completed run of the step {text_of(step)} is recorded" for step in certificate.unrecorded]
    lines += [f"- {text_of(each)}" for each in [*certificate.unreadable, *certificate.notes]]
    return ["Besides:", "", *lines, ""] if lines else []


def _finding(finding: Finding) -> str:
    measured = finding.measured
    error = ""
    if measured and measured.absolute is not None:
        error = f"{measured.absolute:.3g}"
        error += "" if measured.relative is None else f" (relative {measured.relative:.1e})"
    said = [finding.said or "", f"not compared: {', '.join(finding.set_aside)}" if finding.set_aside else ""]
    return f"| {text_of(finding.path)} | {finding.outcome} | {error} | {text_of('; '.join(filter(None, said)))} |"
