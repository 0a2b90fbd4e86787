"""Texts of records that are too long for a page: cut there, whole in the record's own file."""

from __future__ import annotations

from pathlib import Path

from publisher.model.record import Annotations, Note, Parameters
from publisher.model.row import Verified, row_of
from publisher.plugin.generator import MkDocs
from publisher.publish.bounds import LONGEST, bounded_row, bounded_text, bounded_verified
from publisher.publish.build import build
from tests.factory import a_record, with_parameters
from tests.publish import samples

HUGE = "why " * 1_250_000  #: 5 MB


def test_a_text_is_cut_and_how_much_more_there_is_is_said() -> None:
    assert bounded_text("x" * LONGEST) == "x" * LONGEST
    assert bounded_text("x" * (LONGEST + 3)).endswith("x… (3 more characters in the record's YAML)")


def test_every_text_of_a_row_is_bounded() -> None:
    long = "x" * 10_000
    row = row_of(
        a_record(reason=long, label=long, step=long, command=[long], parameters=with_parameters(**{long: long}),
                 annotations=Annotations(tags=[long], outcome=long), metrics={long: 1.0}),
        "x",
    )  # fmt: skip
    found = bounded_row(row)
    texts = [found.reason, found.label, found.step, found.command, found.outcome, *found.tags, *found.parameters,
             *found.metrics, *found.parameters.values()]  # fmt: skip
    assert all(len(each) < LONGEST + 100 for each in texts)
    assert bounded_row(row_of(a_record(), "x")) == row_of(a_record(), "x")
    verified = Verified(run="x", name="x", verdict="blocked", started="x", reason=long)
    assert len(bounded_verified(verified).reason) < LONGEST + 100


def test_a_reason_of_five_megabytes_makes_no_heavy_page(tmp_path: Path) -> None:
    project = samples.project_at(tmp_path / "paper")
    record = samples.record(
        project, 1, reason=HUGE, label=HUGE[:9000], problems=[HUGE[:9000]],
        annotations=Annotations(tags=[HUGE[:9000]], outcome=HUGE[:9000], notes=[Note(text=HUGE[:9000])]),
        parameters=Parameters(values={HUGE[:900]: HUGE[:9000]}),
    )  # fmt: skip
    build(project, project.root / "site", MkDocs(None))
    site = project.root / "site"
    page = site / "runs" / f"{record.id}.html"
    assert page.stat().st_size < 400_000
    text = page.read_text("utf-8")
    assert "more characters in the record&#39;s YAML" in text and f"{record.id}.yml" in text
    assert HUGE in (site / "runs" / f"{record.id}.yml").read_text("utf-8")
    others = [
        each
        for each in site.rglob("*")
        if each.is_file() and each.suffix in (".html", ".json", ".js", ".csv")
    ]
    assert max(each.stat().st_size for each in others) < 3_000_000
    assert not [each for each in others if "records" in each.name and each.stat().st_size > 100_000]
