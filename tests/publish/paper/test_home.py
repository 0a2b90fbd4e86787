"""The home page as data: the paper, numbers, the newest figures."""

import msgspec

from publisher.model.paper import PaperFacts, Person
from publisher.model.record import FileRef
from publisher.model.row import row_of
from publisher.publish.paper.elements import Elements
from publisher.publish.paper.home import MOST_FIGURES, home_page, paper_head, shown_facts
from publisher.publish.run.rerun import Kept
from publisher.publish.site import load, prepare
from publisher.store.records import record_name
from tests.publish import samples


def asked(tmp_path, *facts):
    project = samples.project_at(tmp_path)
    made = [samples.record(project, number, **each) for number, each in enumerate(facts, 1)]
    rows = [row_of(each, record_name(each.started, each.id)) for each in made]
    return Elements(rows, kept=lambda digest: Kept(address=f"artifacts/{digest}.png", place="x"))


def head(elements, paper=None, notebooks=0, files=0):
    return paper_head(paper or PaperFacts(), elements, notebooks=notebooks, files=files)


def told(head):
    return [f"{each.count} {each.word}" for each in head.numbers]


def test_what_the_site_holds_is_counted(tmp_path):
    picture = FileRef(path="f.png", sha256="1" * 64, size=1, artifact=True)
    elements = asked(tmp_path, {"outputs": [picture]}, {"status": "failed", "outputs": [picture]})
    found = head(elements, notebooks=2, files=3)
    assert told(found) == ["2 runs", "1 figure", "2 notebooks", "1 environment", "3 files"]
    assert found.numbers[0].detail == "1 completed, 1 failed"


def test_what_re_runs_came_to_is_told_with_the_day_of_the_last(tmp_path):
    elements = asked(tmp_path, {}, {}, {})
    verdicts = ("identical", "2026-11-12T02:00:00Z"), ("blocked", "2026-11-13T02:00:00Z"), ("unverified", "")
    elements.rows = [
        msgspec.structs.replace(row, verdict=verdict, verified=when)
        for row, (verdict, when) in zip(elements.rows, verdicts, strict=True)
    ]
    told = head(elements).checked
    assert (told.mark.word, told.count, told.rest, told.day) == (
        "re-run matches",
        "1 of 3 runs",
        "1 blocked, 1 not re-run",
        "13 Nov 2026",
    )


def test_a_paper_that_nobody_re_ran_says_so(tmp_path):
    told = head(asked(tmp_path, {}, {})).checked
    assert (told.mark.word, told.count, told.rest, told.day) == ("not re-run", "2 runs", "", "")


def test_without_runs_nothing_is_said_of_re_runs(tmp_path):
    assert head(asked(tmp_path)).checked is None


def test_what_there_is_none_of_is_left_out_but_runs(tmp_path):
    assert told(head(asked(tmp_path))) == ["0 runs"]
    assert head(asked(tmp_path)).numbers[0].detail == ""


def test_only_addresses_that_are_safe_to_follow_become_links(tmp_path):
    paper = PaperFacts(url="javascript:alert(1)", repository="https://example.org/a")
    assert head(asked(tmp_path), paper).links == {"url": "", "repository": "https://example.org/a"}


def test_control_characters_in_the_paper_are_made_visible():
    paper = shown_facts(PaperFacts(title="a\u202eb", authors=[Person(name="x\x00")]))
    assert (paper.title, paper.authors[0].name) == ("a\\u202eb", "x\ufffd")


def test_more_figures_than_fit_are_counted(tmp_path):
    pictures = [FileRef(path=f"{n}.png", sha256=f"{n}" * 64, size=1, artifact=True) for n in range(9)]
    page = home_page(head(elements := asked(tmp_path, {"outputs": pictures})), elements)
    assert (len(page.figures), page.more_figures) == (MOST_FIGURES, 9 - MOST_FIGURES)


def test_a_site_knows_its_paper(tmp_path):
    project = samples.paper(tmp_path)
    (tmp_path / "CITATION.cff").write_text("title: A walk\nlicense: MIT\nauthors: [{name: Ada}]\n")
    site = prepare(project, *load(project))
    assert site.paper == PaperFacts(title="A walk", licence="MIT", authors=[Person(name="Ada")])
    assert told(site.head)[:2] == ["13 runs", "2 figures"]
