"""Whole builds, by MkDocs, of records on disk."""

import json
import re
from hashlib import sha256

import msgspec
import pytest

from publisher.errors import BrokenSite, WrongUsage
from publisher.model.identity import run_of_name
from publisher.model.project import Settings
from publisher.model.project import Site as SiteSettings
from publisher.model.record import Annotations, Code, FileRef
from publisher.model.tree import flat
from publisher.plugin.generator import MkDocs
from publisher.publish import addresses
from publisher.publish.build import build
from publisher.publish.finish import finish
from publisher.publish.outlet.folder import MANIFEST, Folder
from publisher.publish.site import load, prepare
from publisher.store.records import annotate, read_record
from tests.publish import samples


@pytest.fixture
def project(tmp_path):
    made = samples.project_at(tmp_path / "heat study")
    for number in (1, 2, 3):
        figure = samples.kept(made, "out/field.png", samples.png(16, 12, number))
        samples.record(made, number, outputs=[figure], log=samples.log(made, b"step 1\n"))
    return made


def built(project, config_file=None, site_dir=None):
    return build(project, site_dir or project.root / "site", MkDocs(config_file))


def page(project, number):
    return (project.root / "site" / addresses.run_page(samples.run_id(number))).read_text()


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def record_file(project, number):
    return next(project.records.glob(f"runs/*/*-{samples.run_id(number)}.yml"))


def configuration(project, text):
    (project.root / "docs").mkdir(exist_ok=True)
    (project.root / "docs/index.md").write_text("# Our paper\n\n[all runs](runs/index.md)\n")
    path = project.root / "mkdocs.yml"
    path.write_text(text)
    return path


MATERIAL = "site_name: Paper\nsite_url: https://example.org/paper/\ntheme: {name: material, font: false}\n"


def test_without_any_configuration_there_is_a_whole_site(project):
    report = built(project)
    site = project.root / "site"
    for address in (
        "index.html",
        "runs/index.html",
        "figures/index.html",
        "notebooks/index.html",
        "data/records.json",
    ):
        assert (site / address).is_file(), address
    assert report.runs == 3
    assert report.warnings == []
    assert samples.REASON in page(project, 1)
    raw = site / addresses.run_raw(samples.run_id(1))
    assert raw.read_bytes() == record_file(project, 1).read_bytes()


def test_no_marker_and_no_frame_is_left(project):
    built(project)
    for address, data in contents(project.root / "site").items():
        assert "publisher-frame" not in address
        if not address.endswith((".png", ".gz", MANIFEST)):
            assert b"publisher-frame" not in data, address
            assert b"-GOES-HERE" not in data, address


def test_run_pages_are_in_no_search_index_and_the_runs_page_is(project):
    built(project)
    index = json.loads((project.root / "site/search/search_index.json").read_text())
    places = {doc["location"].split("#")[0] for doc in index["docs"]}
    assert "runs/index.html" in places
    assert not [place for place in places if re.search(r"runs/[0-9a-f]{12}", place)]


def test_two_builds_are_the_same_bytes(project, tmp_path):
    built(project)
    first = contents(project.root / "site")
    (project.root / "site").rename(tmp_path / "first")
    built(project)
    assert contents(project.root / "site") == first


def test_nothing_changed_writes_nothing(project):
    built(project)
    assert built(project).changes.written == []


def test_a_changed_record_rewrites_only_its_page(project):
    built(project)

    def change(annotations):
        annotations["outcome"] = "it does"

    annotate(record_file(project, 2), change)
    run = samples.run_id(2)
    written = built(project).changes.written
    assert {each for each in written if re.match("runs/[0-9a-f]", each)} == {
        f"runs/{run}.html",
        f"runs/{run}.yml",
    }
    assert set(written) - {f"runs/{run}.html", f"runs/{run}.yml"} == {
        "runs/index.html",
        *(f"data/{name}" for name in ("records.json", "records.csv", "runs.js", "details/all.js")),
    }
    assert "it does" in page(project, 2)


def test_a_notebook_that_is_changed_or_goes_remakes_the_page_of_the_run_that_wrote_it(project):
    place = project.root / "growth.ipynb"
    place.write_text(samples.notebook(samples.text_cell("# Growth")))
    page = project.root / "site" / "runs" / f"{samples.run_id(4)}.html"
    wrote = FileRef(path="growth.ipynb", sha256=sha256(place.read_bytes()).hexdigest(), size=1)
    samples.record(project, 4, outputs=[wrote])
    build(project, project.root / "site", MkDocs(None))
    assert '<a href="../notebooks/growth.html">growth.ipynb</a>' in page.read_text()
    assert "changed since" not in page.read_text()
    place.write_text(samples.notebook(samples.text_cell("# Growth, again")))
    build(project, project.root / "site", MkDocs(None))
    assert "changed since" in page.read_text()
    place.unlink()
    build(project, project.root / "site", MkDocs(None))
    assert "notebooks/growth.html" not in page.read_text()


def test_a_deleted_record_takes_its_pages_and_its_artifacts_along(project):
    built(project)
    record_file(project, 3).unlink()
    changes = built(project).changes
    run = samples.run_id(3)
    assert {f"runs/{run}.html", f"runs/{run}.yml"} <= set(changes.removed)
    assert len([each for each in changes.removed if each.startswith("artifacts/")]) == 1
    assert run not in (project.root / "site/runs/index.html").read_text()


def test_a_page_tells_of_another_neighbour_when_its_own_has_gone(project):
    built(project)
    assert samples.run_id(2) in page(project, 3)
    record_file(project, 2).unlink()
    built(project)
    assert samples.run_id(2) not in page(project, 3)
    assert samples.run_id(1) in page(project, 3)


def test_a_copy_that_was_lost_in_the_site_is_made_again(project):
    built(project)
    picture = next((project.root / "site/artifacts").rglob("*.png"))
    picture.unlink()
    built(project)
    assert picture.is_file()


def test_a_page_tells_when_its_artifact_has_gone(project):
    built(project)
    assert "<figure>" in page(project, 1)
    for path in project.records.glob("artifacts/*/*.png"):
        path.unlink()
    built(project)
    assert "<figure>" not in page(project, 1)
    assert not list((project.root / "site/artifacts").rglob("*.png"))


def test_a_run_that_is_not_published_leaves_no_trace(project):
    secret = samples.kept(project, "out/secret.csv", b"secret data")
    samples.record(project, 4, reason="a secret", outputs=[secret], annotations=Annotations(publish=False))
    public = samples.kept(project, "out/field.png", samples.png(16, 12, 5))
    public_input = samples.FileRef(path="out/secret.csv", sha256=secret.sha256, size=11, seen_by="argument")
    samples.record(project, 5, inputs=[public_input], outputs=[public])
    built(project)
    for address, data in contents(project.root / "site").items():
        assert samples.run_id(4) not in address
        assert b"a secret" not in data, address
        assert b"secret data" not in data, address
        assert samples.run_id(4).encode() not in data, address


def test_a_record_that_cannot_be_read_is_named_and_the_rest_is_built(project):
    broken = record_file(project, 2)
    broken.write_text(broken.read_text().replace("status: completed", "status: <b>done</b>"))
    before = broken.read_bytes()
    report = built(project)
    runs = (project.root / "site/runs/index.html").read_text()
    assert [problem.file for problem in report.problems] == [f"records/runs/2026-11/{broken.name}"]
    assert broken.name in runs
    assert f"line {report.problems[0].line}" in runs
    assert report.problems[0].line > 1
    assert "<b>done" not in runs
    assert samples.run_id(1) in runs
    assert not (project.root / "site" / addresses.run_page(samples.run_id(2))).exists()
    assert broken.read_bytes() == before


HOSTILE = "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1>{{ 7*7 }}"


def test_hostile_text_is_text_on_every_page(project):
    reference = samples.kept(project, f"out/{HOSTILE}.png", samples.png(8, 8))
    samples.record(project, 7, outputs=[reference], **samples.all_of(project, HOSTILE))
    samples.record(project, 8, step=HOSTILE)
    (project.root / "page.ipynb").write_text(samples.notebook(samples.text_cell(f"# {HOSTILE}")))
    built(project)
    pages = [
        path
        for path in (project.root / "site").rglob("*.html")
        if path.parent.name in ("runs", "figures", "notebooks")
    ]
    assert len(pages) == 9
    for path in pages:
        html = path.read_text()
        assert "<script>window" not in html, path
        assert "<img src=x" not in html, path
        assert ">49" not in html, path


def test_no_path_in_a_record_leads_out_of_the_site(project):
    reference = samples.kept(project, "../../../../evil.png", samples.png(8, 8))
    samples.record(project, 7, outputs=[reference], code=Code(main_file="../../etc/passwd"))
    built(project)
    assert not list(project.root.parent.rglob("evil*"))
    for link in re.findall(r'(?:href|src)="([^"]*)"', page(project, 7)):
        assert not link.startswith("../.."), link


def test_with_the_plugin_in_mkdocs_yml_prose_and_runs_are_one_site(project):
    config = configuration(project, MATERIAL + "plugins: [search, publisher]\n")
    report = built(project, config)
    site = project.root / "site"
    assert report.warnings == []
    assert "Our paper" in (site / "index.html").read_text()
    run = samples.run_id(1)
    html = page(project, 1)
    assert f'<link rel="canonical" href="https://example.org/paper/runs/{run}.html">' in html
    assert 'rel="edit"' not in html
    assert "md-footer__link" not in html
    assert 'href="../runs/"' in html or 'href="./"' in html
    sitemap = (site / "sitemap.xml").read_text()
    assert "https://example.org/paper/runs/" in sitemap
    assert "2026-11-01" in sitemap
    assert "publisher-frame" not in sitemap


@pytest.mark.parametrize("directory_urls", ["true", "false"])
def test_every_link_leads_somewhere(project, directory_urls):
    (project.root / "plot.ipynb").write_text(samples.notebook(samples.code_cell("1")))
    config = configuration(
        project, MATERIAL + f"use_directory_urls: {directory_urls}\nplugins: [search, publisher]\n"
    )
    built(project, config)
    site = project.root / "site"
    checked = 0
    for path in site.rglob("*.html"):
        if path.name == "404.html":
            continue
        for link in re.findall(r'(?:href|src)="([^"#:?]+)[^":]*"', path.read_text()):
            target = (path.parent / link).resolve()
            assert target.is_relative_to(site), (path, link)
            assert target.is_file() or (directory_urls == "true" and (target / "index.html").is_file()), (
                path,
                link,
            )
            checked += 1
    assert checked > 100


def test_prose_of_the_author_stays_above_our_table(project):
    config = configuration(project, MATERIAL + "plugins: [search, publisher]\n")
    (project.root / "docs/runs").mkdir()
    (project.root / "docs/runs/index.md").write_text("# What we ran\n\nOn one laptop.\n")
    built(project, config)
    html = (project.root / "site/runs/index.html").read_text()
    assert html.index("On one laptop.") < html.index("pub-runs-table")
    assert html.count("<h1") == 1


def test_a_configuration_without_the_plugin_is_refused_with_what_to_add(project):
    config = configuration(project, MATERIAL)
    with pytest.raises(BrokenSite) as error:
        built(project, config)
    assert "      - publisher" in str(error.value)
    assert str(config) in str(error.value)
    assert not (project.root / "site").exists()


def test_a_theme_that_drops_our_content_is_an_error_and_no_site_without_runs(project):
    config = configuration(
        project, MATERIAL.replace("font: false", "font: false, custom_dir: over") + "plugins: [publisher]\n"
    )
    (project.root / "over").mkdir()
    (project.root / "over/main.html").write_text("<html><title>{{ page.title }}</title></html>")
    with pytest.raises(BrokenSite, match="no place for our content"):
        built(project, config)


def test_a_frame_that_never_came_is_an_error(project, tmp_path):
    site = prepare(project, *load(project))
    generated = MkDocs(None)(site, tmp_path / "staging")
    (generated.folder / addresses.RUN_FRAME).unlink()
    with pytest.raises(BrokenSite, match="did not render"):
        finish(site, generated, Folder(tmp_path / "site"))


def test_what_mkdocs_complains_of_is_told(project):
    config = configuration(project, MATERIAL + "plugins: [publisher]\n")
    (project.root / "docs/index.md").write_text("[nowhere](missing.md)")
    assert any("missing.md" in warning for warning in built(project, config).warnings)
    config.write_text(config.read_text() + "strict: true\n")
    with pytest.raises(BrokenSite, match="strict"):
        built(project, config)


@pytest.mark.parametrize(
    "text",
    [
        "site_name: [",
        "docs_dir: none\nsite_name: x\nplugins: [publisher]",
        "site_name: x\nplugins: [nothing]",
    ],
)
def test_a_wrong_configuration_is_an_error_that_names_the_file(project, text):
    config = configuration(project, text)
    with pytest.raises(BrokenSite) as error:
        built(project, config)
    assert "mkdocs.yml" in str(error.value)


@pytest.mark.parametrize("place", [".", "..", "records", "docs", "records/runs", ".publisher/x"])
def test_a_site_is_not_written_over_something_else(project, place):
    with pytest.raises(WrongUsage):
        built(project, site_dir=project.root / place)


def test_only_the_runs_that_were_chosen_are_published_when_the_project_says_so(project):
    choosy = msgspec.structs.replace(project, settings=Settings(site=SiteSettings(publish="only")))
    wanted, *others = [project.records / row.name for row in load(project)[0]]
    annotate(wanted, lambda annotations: annotations.update(publish=True))
    built(choosy)
    assert {each.stem for each in (project.root / "site/runs").glob("*.yml")} == {run_of_name(wanted.name)}
    listed = json.loads((project.root / "site/data/records.json").read_text())
    assert others
    assert [each["id"] for each in listed["records"]] == [run_of_name(wanted.name)]


def test_templates_of_the_project_are_taken_before_ours(project):
    config = configuration(project, MATERIAL + "plugins:\n  - publisher: {templates: mine}\n")
    (project.root / "mine").mkdir()
    (project.root / "mine/run.html.j2").write_text(
        '{% extends "base/run.html.j2" %}{% block rerun %}<p>Ask Ada about {{ run.short }}.</p>{% endblock %}'
    )
    built(project, config)
    assert f"Ask Ada about {samples.run_id(1)[:7]}." in page(project, 1)
    assert "git clone" not in page(project, 1)
    (project.root / "mine/run.html.j2").write_text("{{ run.no_such_thing }}")
    with pytest.raises(BrokenSite, match="no_such_thing"):
        built(project, config)


def test_a_project_without_runs_has_a_site_that_says_how_to_make_the_first(tmp_path):
    empty = samples.project_at(tmp_path / "empty")
    built(empty)
    assert "publisher run" in (empty.root / "site/runs/index.html").read_text()
    assert "publisher run --reason" in (empty.root / "site/index.html").read_text()
    assert "no figures yet" in (empty.root / "site/figures/index.html").read_text()


def test_the_page_of_what_is_missing_leads_on(project):
    built(project)
    html = (project.root / "site/404.html").read_text()
    ways = re.findall(r'<li><a href="([^"]*)">', html.partition("404 - Not found")[2])
    assert ways == ["/index.html", "/runs/index.html", "/which/index.html"]


def test_the_data_file_holds_what_the_records_say(project):
    built(project)
    data = json.loads((project.root / "site/data/records.json").read_text())
    record = read_record(record_file(project, 1))
    assert [each["id"] for each in data["records"]] == [samples.run_id(n) for n in (1, 2, 3)]
    assert data["records"][0]["metric.exponent"] == record.metrics["exponent"]
    assert data["records"][0]["param.mesh.nx"] == flat(record.parameters.values)["mesh.nx"]
    assert json.loads((project.root / "site/data/record.schema.json").read_text())["$ref"] == "#/$defs/Record"
