"""Verifications as JUnit XML, so that a CI system shows each run as a test."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from publisher.model.row import Row
from publisher.model.verification import MATCHES, Verification, blame_in_a_sentence, in_a_sentence


def junit(told: Iterable[tuple[Row, Verification]], name: str) -> str:
    """A test suite with a case for each run: a match passes, a blocked one is skipped, all else fails.

    Args:
        told: Runs and their verifications.
        name: Of the suite.
    """
    cases: list[ElementTree.Element] = []
    counts = {"failure": 0, "skipped": 0}
    for row, verification in told:
        case = ElementTree.Element(
            "testcase",
            classname=_clean(row.step or "run"),
            name=_clean(f"{row.id[:7]} {row.reason or row.command}"),
            time=f"{verification.duration or 0:.3f}",
        )
        parts = [in_a_sentence(verification), blame_in_a_sentence(verification)]
        sentence = f"{verification.verdict}: {'; '.join(filter(None, parts))}"
        if verification.verdict not in MATCHES:
            kind = "skipped" if verification.verdict == "blocked" else "failure"
            counts[kind] += 1
            said = ElementTree.SubElement(case, kind, message=_clean(sentence))
            said.text = _clean(
                "\n".join(
                    f"{f.path}: {f.outcome}" + (f", {f.said}" if f.said else "")
                    for f in verification.findings
                )
            )
        else:
            ElementTree.SubElement(case, "system-out").text = _clean(sentence)
        cases.append(case)
    suite = ElementTree.Element(
        "testsuite",
        name=_clean(name),
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors="0",
        skipped=str(counts["skipped"]),
    )
    suite.extend(cases)
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """A text without the characters that XML has no room for."""
    return "".join(
        c
        if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
        else "\ufffd"
        for c in text
    )
