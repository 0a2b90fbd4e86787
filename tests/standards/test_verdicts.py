"""Verifications as Markdown: a table that no text breaks out of, worst first."""

from __future__ import annotations

import re

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from publisher.model.row import Row
from publisher.model.verification import SHAPES, VERDICTS, Verdict, Verification
from publisher.standards.verdicts import verdicts
from tests.factory import NASTY

HOSTILE = [
    "a | b",
    "\\| \\\\| x",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "https://example.org www.example.org ada@example.org",
    "`code` **bold** __bold__ ~~gone~~ $x$ @somebody #12 :tada:",
    "&lt;b&gt; &#60;b&#62;",
    "a\n\n# heading\n| new | row |\n|---|---|",
    "a\u2028b\x0bc\x85d",
    "<!-- hidden",
]


def told(verdict: Verdict, text: str = "why", run: str = "7f3a9c1e5b02") -> tuple[Row, Verification]:
    row = Row(
        id=run, name="runs/x.yml", status="completed", started="2026-11-23T00:00:00Z", reason=text, step=text
    )
    return row, Verification(schema=1, run=run, verdict=verdict, started=row.started, reason=text or None)


def test_every_verdict_has_a_shape() -> None:
    assert set(SHAPES) == set(VERDICTS)


def test_what_did_not_match_comes_first() -> None:
    lines = verdicts([told(each, each) for each in VERDICTS]).splitlines()
    assert lines[0] == "### 3 of 6 re-runs match"
    assert lines[2] == "1 identical, 1 equivalent, 1 close, 1 different, 1 failed, 1 blocked."
    assert [line.split("|")[2].strip() for line in lines[6:]] == list(reversed(VERDICTS))


def test_what_turned_it_is_told_beside_why() -> None:
    row, verification = told("failed")
    blamed = structs.replace(verification, blamed="numpy 2.3.5 instead of 2.2.0")
    assert "| why; turned by numpy 2.3.5 instead of 2.2.0 |" in verdicts([(row, blamed)])


def test_nothing_is_said_to_match_where_nothing_was_run() -> None:
    assert verdicts([]) == "### 0 of 0 re-runs match\n\nNothing was re-run.\n"


@given(
    st.lists(
        st.tuples(st.sampled_from(VERDICTS), st.text() | st.sampled_from([*NASTY, *HOSTILE])), max_size=4
    )
)
def test_a_text_stays_in_its_cell(each: list[tuple[Verdict, str]]) -> None:
    lines = verdicts([told(verdict, text) for verdict, text in each]).split("\n")
    rows = lines[6:-1] if each else []
    assert len(rows) == len(each)
    assert all(len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 5 for row in rows)
    assert not any(set(row) & set("\r\v\f\x1c\x1d\x1e\x85\u2028\u2029") for row in rows)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_only_text(text: str) -> None:
    page = markdown.markdown(verdicts([told("failed", text)]), extensions=["tables"])
    tags = set(re.findall(r"<(/?\w+)", page))
    assert tags <= {
        f"{slash}{tag}"
        for tag in ("h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code")
        for slash in ("", "/")
    }
    assert page.count("<tr>") == 2
