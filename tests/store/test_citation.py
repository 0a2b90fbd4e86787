"""The paper as publisher.yml and a citation file tell of it."""

import pytest

from publisher.errors import UnreadableSettings
from publisher.model.paper import PaperFacts, Person, doi_of, orcid_of
from publisher.store.citation import paper_facts, read_citation
from publisher.store.project import project_at

SOFTWARE = """\
cff-version: 1.2.0
message: cite it
title: walker
type: software
version: 2.1
license: [MIT, Apache-2.0]
repository-code: https://github.com/someone/walker
date-released: 2026-10-01
identifiers:
  - {type: swh, value: "swh:1:rev:1"}
  - {type: doi, value: 10.5281/zenodo.77}
authors:
  - given-names: Ada
    name-particle: van
    family-names: Example
    orcid: https://orcid.org/0000-0002-1825-0097
    affiliation: Institute of Walks
  - name: The walkers
keywords: [walk]
"""
ARTICLE = """\
preferred-citation:
  type: article
  title: How fast a walk spreads
  authors: [{family-names: Autor, given-names: Bo}]
  journal: Journal of Walks
  year: 2025
"""


def project(tmp_path, settings="", citation=None):
    (tmp_path / "publisher.yml").write_text(settings)
    if citation is not None:
        (tmp_path / "CITATION.cff").write_text(citation)
    return project_at(tmp_path)


def test_a_citation_file_tells_the_paper(tmp_path):
    found = paper_facts(project(tmp_path, citation=SOFTWARE))
    ada = Person(name="Ada van Example", orcid="0000-0002-1825-0097", affiliation="Institute of Walks")
    assert found == PaperFacts(
        title="walker",
        authors=[ada, Person(name="The walkers")],
        doi="10.5281/zenodo.77",
        licence="MIT or Apache-2.0",
        repository="https://github.com/someone/walker",
        date="2026-10-01",
        version="2.1",
    )


def test_an_article_that_is_preferred_is_the_paper(tmp_path):
    found = paper_facts(project(tmp_path, citation=SOFTWARE + ARTICLE))
    assert found.title == "How fast a walk spreads"
    assert found.authors == [Person(name="Bo Autor")]
    assert found.date == "2025"
    assert found.licence == "MIT or Apache-2.0"


def test_an_article_without_a_doi_is_not_given_that_of_the_software(tmp_path):
    found = paper_facts(project(tmp_path, citation=SOFTWARE + ARTICLE))
    assert (found.doi, found.version) == ("", "")


def test_software_that_is_preferred_is_not_the_paper(tmp_path):
    preferred = ARTICLE.replace("type: article", "type: software")
    assert paper_facts(project(tmp_path, citation=SOFTWARE + preferred)).title == "walker"


def test_a_citation_of_another_title_lends_authors_and_licence_only(tmp_path):
    found = paper_facts(project(tmp_path, "paper: {title: Walks}\n", SOFTWARE))
    assert [each.name for each in found.authors] == ["Ada van Example", "The walkers"]
    assert (found.licence, found.repository) == ("MIT or Apache-2.0", "https://github.com/someone/walker")
    assert (found.doi, found.version, found.date) == ("", "", "")


def test_publisher_yml_counts_before_the_citation_file(tmp_path):
    settings = (
        "paper: {title: Walks, authors: CITATION.cff, doi: 'https://doi.org/10.1000/182', date: 2027}\n"
    )
    found = paper_facts(project(tmp_path, settings, SOFTWARE))
    assert (found.title, found.doi, found.date) == ("Walks", "10.1000/182", "2027")
    assert found.authors[1].name == "The walkers"


def test_authors_may_be_names_and_mappings(tmp_path):
    settings = "paper:\n  authors: [Ada Example, {name: Bo, orcid: 0000-0001-5109-3700, affiliation: Here}]\n"
    found = paper_facts(project(tmp_path, settings, SOFTWARE))
    assert found.authors == [
        Person(name="Ada Example"),
        Person(name="Bo", orcid="0000-0001-5109-3700", affiliation="Here"),
    ]


def test_one_author_may_be_a_name(tmp_path):
    assert paper_facts(project(tmp_path, "paper: {authors: Ada}\n")).authors == [Person(name="Ada")]


def test_a_project_that_says_nothing_has_empty_facts(tmp_path):
    assert paper_facts(project(tmp_path)) == PaperFacts()


@pytest.mark.parametrize(
    ("settings", "citation", "line", "sentence"),
    [
        ("paper:\n  doi: ten\n", None, "publisher.yml:2", "paper.doi: `ten` is no DOI"),
        (
            "paper:\n  authors:\n    - name: Ada\n      orcid: 0000-0002-1825-0098\n",
            None,
            "publisher.yml:4",
            "paper.authors.0.orcid: `0000-0002-1825-0098` is no ORCID: its last character would have to be 7",
        ),
        (
            "paper: {authors: paper.cff}\n",
            None,
            "publisher.yml:1",
            "`paper.cff` is not a file of this project",
        ),
        ("paper: {authors: ../a.cff}\n", None, "publisher.yml:1", "is not a file of this project"),
        ("", "title: [\n", "CITATION.cff:2", ""),
        ("", SOFTWARE.replace("0097", "0096"), "CITATION.cff:16", "authors.0.orcid: "),
        ("", SOFTWARE.replace("10.5281", "11.5281"), "CITATION.cff:11", "identifiers.1.value: "),
        ("", "- a list\n", "CITATION.cff:1", "holds a list where a mapping is wanted"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, settings, citation, line, sentence):
    (tmp_path / "a.cff").write_text(SOFTWARE)
    (tmp_path / "paper").mkdir()
    made = project(tmp_path / "paper", settings, citation)
    with pytest.raises(UnreadableSettings) as caught:
        paper_facts(made)
    assert line in str(caught.value)
    assert sentence in str(caught.value)


def test_keys_of_another_kind_are_passed_over(tmp_path):
    path = tmp_path / "CITATION.cff"
    path.write_text("title: {a: b}\nauthors: Ada\nidentifiers: none\nlicense: 3\npreferred-citation: [x]\n")
    assert read_citation(path) == PaperFacts(licence="3")


@pytest.mark.parametrize(
    "text", ["0000-0002-1825-0097", "https://orcid.org/0000000218250097", " 0000-0002-1825-0097 "]
)
def test_an_orcid_has_one_form(text):
    assert orcid_of(text) == "0000-0002-1825-0097"


def test_the_check_digit_of_an_orcid_may_be_ten():
    assert orcid_of("0000-0002-1694-233x") == "0000-0002-1694-233X"


@pytest.mark.parametrize(
    "text", ["0000-0002-1694-2330", "0000-0002-1825", "http://evil.example/0000-0002-1825-0097"]
)
def test_what_is_no_orcid_is_refused(text):
    with pytest.raises(ValueError, match="is no ORCID"):
        orcid_of(text)


@pytest.mark.parametrize(
    "text", ["doi:10.5281/zenodo.1", "https://dx.doi.org/10.5281/zenodo.1", "10.5281/zenodo.1"]
)
def test_a_doi_has_one_form(text):
    assert doi_of(text) == "10.5281/zenodo.1"


@pytest.mark.parametrize("text", ["javascript:alert(1)", "10.5281", '10.5281/a"b', "10.5281/a b"])
def test_what_is_no_doi_is_refused(text):
    with pytest.raises(ValueError, match="is no DOI"):
        doi_of(text)
