"""Verifications as JUnit XML, so that a CI system shows each run as a test."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree

from publisher.model.printable import printable_line
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
            classname=printable_line(row.step or "run"),
            name=printable_line(f"{row.id[:7]} {row.reason or row.command}"),
            time=f"{verification.duration or 0:.3f}",
        )
        parts = [in_a_sentence(verification), blame_in_a_sentence(verification)]
        sentence = f"{verification.verdict}: {'; '.join(filter(None, parts))}"
        if verification.verdict not in MATCHES:
            kind = "skipped" if verification.verdict == "blocked" else "failure"
            counts[kind] += 1
            said = ElementTree.SubElement(case, kind, message=printable_line(sentence))
            said.text = "\n".join(
                printable_line(f"{f.path}: {f.outcome}" + (f", {f.said}" if f.said else ""))
                for f in verification.findings
            )
        else:
            ElementTree.SubElement(case, "system-out").text = printable_line(sentence)
        cases.append(case)
    suite = ElementTree.Element(
        "testsuite",
        name=printable_line(name),
        tests=str(len(cases)),
        failures=str(counts["failure"]),
        errors="0",
        skipped=str(counts["skipped"]),
    )
    suite.extend(cases)
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"
