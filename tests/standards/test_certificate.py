"""What came of re-running a paper: no text breaks out of its place, and nothing matches that was not re-run."""

from __future__ import annotations

import json
import re

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from publisher.model.paper import PaperFacts, Person
from publisher.model.record import FileRef
from publisher.model.row import Row, row_of
from publisher.model.verification import VERDICTS, Finding, Machine, Measured, Verdict, Verification
from publisher.standards.certificate import Certificate, as_json, as_markdown
from publisher.standards.codecheck import VERSION, authors_half
from publisher.store.yaml import read, written
from tests.factory import NASTY, a_record
from tests.standards.test_verdicts import HOSTILE

MATCHING = ("identical", "equivalent", "close")


def result(verdict: Verdict, text: str = "out/energy.csv") -> tuple[Row, Verification]:
    row = row_of(
        a_record(1, step="simulate", outputs=[FileRef(path=text or "a"), FileRef(path="out/field.png")]),
        "runs/x.yml",
    )
    finding = Finding(
        path=text, outcome="close", measured=Measured(compared=3, absolute=1.5e-9, relative=3e-10), said=text
    )
    return row, Verification(
        schema=1, run=row.id, verdict=verdict, started=row.started, findings=[finding], notes=[text]
    )


def certificate(*verdicts: Verdict, text: str = "a paper", **facts: object) -> Certificate:
    whole = Certificate(
        address="https://example.org/paper",
        commit="0" * 40,
        title=text,
        date="2026-12-01T02:00:00Z",
        machine=Machine(system="Linux"),
        mode="recorded",
        publisher="1.0",
        results=[result(each, text) for each in verdicts],
    )
    return structs.replace(whole, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", VERDICTS)
def test_it_matches_when_everything_was_re_run_and_matches(verdict: Verdict) -> None:
    assert certificate("identical", verdict).matches == (verdict in MATCHING)
    assert not certificate(verdict, unrecorded=["figure"]).matches
    assert not certificate(verdict, unreadable=["records/runs/x.yml: no YAML"]).matches


def test_nothing_matches_where_nothing_was_re_run() -> None:
    assert not certificate().matches


def test_programs_find_the_verdicts_and_the_verifications() -> None:
    told = json.loads(json.dumps(as_json(certificate("close", "blocked", ref="v1"))))
    assert (told["matches"], told["verdicts"]) == (False, {"close": 1, "blocked": 1})
    assert [each["verdict"] for each in told["verifications"]] == ["close", "blocked"]
    assert told["ref"] == "v1"


def test_people_find_the_error_what_is_missing_and_how_to_do_the_same() -> None:
    text = as_markdown(certificate("close", unrecorded=["figure"], ref="v1"))
    assert "| 1.5e-09 (relative 3.0e-10) |" in text
    assert "no completed run of the step figure is recorded" in text
    assert "    publisher verify --from https://example.org/paper --ref v1\n" in text
    assert "no CODECHECK certificate" in text


@given(st.text(min_size=1) | st.sampled_from([*filter(None, NASTY), *HOSTILE]))
def test_a_text_stays_a_text(text: str) -> None:
    plain = markdown.markdown(as_markdown(certificate("close", "different")), extensions=["tables"])
    hostile = markdown.markdown(
        as_markdown(certificate("close", "different", text=text)), extensions=["tables"]
    )

    def tags(page: str) -> list[str]:
        return [each for each in re.findall(r"</?[a-z0-9]+", page) if not each.endswith("code")]

    assert tags(hostile) == tags(plain)


def test_the_authors_half_of_a_codecheck_has_nothing_of_the_other() -> None:
    paper = PaperFacts(
        title="A paper",
        authors=[Person(name="Ada", orcid="0000-0002-1825-0097"), Person(name="Bo")],
        doi="10.5281/x",
    )
    told = authors_half(paper, [result("close")[0]], "https://example.org/paper")
    assert read(written(told)) == told
    assert told["version"] == VERSION
    assert told["paper"] == {
        "title": "A paper",
        "authors": [{"name": "Ada", "ORCID": "0000-0002-1825-0097"}, {"name": "Bo"}],
        "reference": "https://doi.org/10.5281/x",
    }
    assert [each["file"] for each in told["manifest"]] == ["out/energy.csv", "out/field.png"]
    assert told["manifest"][1]["comment"].startswith("Figure made by run")
    assert not {"codechecker", "report", "certificate", "check_time"} & told.keys()


def test_files_outside_of_the_project_are_in_no_manifest() -> None:
    row = row_of(a_record(1, outputs=[FileRef(path="~/x.csv"), FileRef(path="/x.csv")]), "runs/x.yml")
    assert authors_half(PaperFacts(), [row])["manifest"] == []
