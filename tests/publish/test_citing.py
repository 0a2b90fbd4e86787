from publisher.model.paper import PaperFacts, Person
from publisher.model.record import Author, Code
from publisher.publish.citing import citation
from tests.publish import samples

PAPER = PaperFacts(title="Growth & decay", authors=[Person(name="Ada Example"), Person(name="B. Other")])


def cited(tmp_path, paper=PAPER, address="", **facts):
    return citation(samples.record(samples.project_at(tmp_path), 1, **facts), paper, address)


def test_a_citation_names_authors_title_run_commit_day_and_address(tmp_path):
    text = cited(tmp_path, address="https://example.org/runs/x.html").text
    assert text == (
        f"Ada Example, B. Other. Run {samples.run_id(1)} of “Growth & decay”, commit 08d04df6a9. "
        "1 Nov 2026. https://example.org/runs/x.html"
    )


def test_bibtex_joins_authors_and_escapes_what_tex_would_obey(tmp_path):
    paper = PaperFacts(title=r"50% of \input{x} & #1_a", authors=PAPER.authors)
    bibtex = cited(tmp_path, paper).bibtex
    assert "author = {{Ada Example} and {B. Other}}" in bibtex
    assert r"of 50\% of \textbackslash{}input\{x\} \& \#1\_a}" in bibtex
    assert "url" not in bibtex


def test_without_a_paper_who_ran_it_is_named(tmp_path):
    found = cited(tmp_path, PaperFacts(), author=Author(name="Ada Example"))
    assert found.text.startswith(f"Ada Example. Run {samples.run_id(1)}, commit")


def test_a_run_of_which_nothing_is_known_can_be_cited(tmp_path):
    found = cited(tmp_path, PaperFacts(), author=None, code=Code())
    assert found.text == f"Run {samples.run_id(1)}. 1 Nov 2026"
    assert found.bibtex.startswith(f"@misc{{run-{samples.run_id(1)},\n")


def test_the_code_is_cited_by_its_software_heritage_identifier(tmp_path):
    assert f"swhid = {{swh:1:rev:{samples.COMMIT}}}" in cited(tmp_path).bibtex
    strange = cited(tmp_path, code=Code(commit="b" * 40, swhid="swh:1:rev:}")).bibtex
    assert "note = {commit bbbbbbbbbb}" in strange
    assert "swhid" not in strange
