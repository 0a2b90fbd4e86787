"""Words of strangers in Markdown, as GitHub's own reader understands them; and how long a text may become."""

from __future__ import annotations

import re

import cmarkgfm
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.changes import Changes, FigureChange
from publisher.model.difference import Change
from publisher.model.printable import HIDDEN
from publisher.model.row import Row
from publisher.model.verification import Verification
from publisher.standards.changes import as_markdown
from publisher.standards.markdown import Entry, fitted, text_of
from publisher.standards.verdicts import verdicts

LINKED = [
    "https://evil.example/x", "http://evil.example", "www.evil.example", "WWW.evil.example/a|b", "ftp://evil.example",
    "mailto:a@evil.example", "xmpp:a@evil.example", "a@evil.example", "see (https://evil.example)", "*www.evil.example*",
    "_https://evil.example_", "GH-12", "gh-12", "#12", "owner/repository#12", "!12", "@somebody", "x@somebody", "(@a/team)",
    "08d04df6a9b561eb146d3a7461f763869fdc48a7", "08d04df", "owner/repository@08d04df", ":tada:", "a`https://evil.example`b",
    "`` @somebody ``", "|@somebody|", "\\@somebody", "\\`@somebody", "&#64;somebody", "https&#58;//evil.example",
    "<https://evil.example>", "[x](https://evil.example)", "![x](https://evil.example/x.png)", "[x]: https://evil.example",
    "<img src=https://evil.example/x.png>", "<!-- x -->", "https://evil.example\u2028www.evil.example", "w\u200bww.evil.example",
    "@\u2060somebody", "http\u202es://evil.example", "##[error]@x", "$`x`$", "$$@x$$",
]  # fmt: skip


def linked_by_github(page: str) -> list[str]:
    """What GitHub makes of the text of a page besides Markdown: mentions, issues, commits, pictures of words."""
    text = re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", "\n", text)
    return re.findall(
        r"@[A-Za-z0-9]|#\d|!\d|\bgh-\d|\b[0-9a-f]{7,40}\b|:\w+:|://|\bwww\.", text, flags=re.IGNORECASE
    )


@pytest.mark.parametrize("words", LINKED)
@pytest.mark.parametrize("around", ["- {}", "| a | b |\n|---|---|\n| x | {} |", "### From {} to x"])
def test_nothing_becomes_a_link_a_mention_or_a_picture(words: str, around: str) -> None:
    page = cmarkgfm.github_flavored_markdown_to_html(around.format(text_of(words)))
    assert not re.search(r"<(?:a|img|h1|h2|br|script|em|strong|del)\b|<!--", page), page
    assert linked_by_github(page) == []
    assert page.count("<td>") in (0, 2)
    assert not re.search(f"(?!\n)[{HIDDEN}]", page) and "##[" not in text_of(words)


def test_harmless_words_stay_readable() -> None:
    assert text_of("does a finer mesh (dt=0.1) change the exponent 1/3?") == (
        "does a finer mesh (dt=0.1) change the exponent 1/3?"
    )


@given(st.text(alphabet=st.sampled_from("@#`|\\wW.:/h-_12af *<[!$\n\u202e"), max_size=24))
def test_no_words_make_more_than_text(words: str) -> None:
    page = cmarkgfm.github_flavored_markdown_to_html(f"- x {text_of(words)} y")
    assert not re.search(r"<(?:a|img)\b", page) and linked_by_github(page) == []
    assert page.startswith("<ul>\n<li>x ") and page.endswith(" y</li>\n</ul>\n")


def test_entries_that_do_not_fit_are_left_out_whole_and_counted() -> None:
    lines = ["head", *(Entry(f"- {number:04}" + "𝒳" * 100) for number in range(1000))]
    text = fitted(lines, most=5000, whole="See all")
    shown = text.split("\n\n")[0].splitlines()
    assert len(text.encode("utf-16-le")) // 2 < 5300
    assert all(line in lines for line in shown)
    assert f"{1001 - len(shown)} lines are left out" in text and text.endswith("See all.\n")


def test_a_comment_never_exceeds_what_github_takes() -> None:
    long = "x/" * 3000
    facts = [Change(group="parameters", name=long, before=long, after=long)] * 9
    figures = [
        FigureChange(path=f"{number}{long}", kind="new", before=None, after=None, facts=facts)
        for number in range(300)
    ]
    runs = [{"id": "a" * 12, "reason": "@" * 5000, "status": "completed", "command": "x"}] * 300
    changes = Changes(
        before=long,
        after=long,
        dates=("", ""),
        untold="",
        kept=0,
        names=[],
        figures=figures,
        same_figures=0,
        steps=[],
        added=runs,
        gone=runs,
        reviewed=[],
        matching=((0, 0), (0, 0)),
    )
    assert 10_000 < len(as_markdown(changes).encode("utf-16-le")) // 2 < 65_536
    row = Row(
        id="a" * 12, name="x", status="completed", started="2026-11-23T00:00:00Z", reason=long, step=long
    )
    verification = Verification(schema=1, run=row.id, verdict="failed", started=row.started, reason=long)
    text = verdicts([(row, verification)] * 5000)
    assert len(text.encode("utf-16-le")) // 2 < 65_536 and "lines are left out" in text
