"""Verifications as JUnit XML: any text comes through, and a CI system counts right."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.printable import printable_line
from publisher.model.row import Row
from publisher.model.verification import VERDICTS, Finding, Verdict, Verification
from publisher.standards.junit import junit
from tests.factory import NASTY

texts = st.text(st.characters()) | st.sampled_from([*NASTY, "]]>", "<!--", "&amp;", "\ud800", "a\x00b"])


def told(verdict: Verdict, text: str = "x", said: str | None = None) -> tuple[Row, Verification]:
    row = Row(
        id="7f3a9c1e5b02", name="runs/x.yml", status="completed", started="2026-11-23T00:00:00Z",
        reason=text, step=text,
    )  # fmt: skip
    findings = [Finding(path=text, outcome="different", said=said)]
    verification = Verification(
        schema=1,
        run=row.id,
        verdict=verdict,
        started=row.started,
        duration=1.25,
        findings=findings,
        reason=said,
    )
    return row, verification


@pytest.mark.parametrize(
    ("verdict", "child"),
    [
        ("identical", "system-out"),
        ("equivalent", "system-out"),
        ("close", "system-out"),
        ("different", "failure"),
        ("failed", "failure"),
        ("blocked", "skipped"),
    ],
)
def test_a_run_is_a_test(verdict: Verdict, child: str) -> None:
    suite = ElementTree.fromstring(junit([told(verdict, "why")], "A study").encode())
    (case,) = suite
    assert [each.tag for each in case] == [child]
    assert (case.attrib["name"], case.attrib["time"]) == ("7f3a9c1 why", "1.250")
    said = case[0].text if child == "system-out" else case[0].attrib["message"]
    assert (said or "").startswith(f"{verdict}: ")


@given(st.lists(st.sampled_from(VERDICTS)))
def test_the_sums_are_those_of_the_cases(verdicts: list[Verdict]) -> None:
    suite = ElementTree.fromstring(junit([told(each) for each in verdicts], "A study").encode())
    assert (suite.tag, suite.attrib["name"], suite.attrib["errors"]) == ("testsuite", "A study", "0")
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == len(verdicts)
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped")) == verdicts.count("blocked")


@given(texts, texts)
def test_any_text_comes_through_as_one_line(text: str, said: str) -> None:
    suite = ElementTree.fromstring(junit([told("failed", text, said)], text).encode())
    assert suite.attrib["name"] == printable_line(text)
    (case,) = suite
    (failure,) = case
    assert case.attrib["classname"] == printable_line(text or "run")
    assert failure.attrib["message"] == printable_line(f"failed: {said or '1 different'}")
    whole = f"{text}: different" + (f", {said}" if said else "")
    assert failure.text == printable_line(whole)
