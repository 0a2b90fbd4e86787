"""The plugin in sites of all kinds, built by MkDocs in this process."""

import json
import re
from pathlib import Path

import pytest
from jinja2 import Environment

from publisher.plugin.generator import MkDocs, built_in
from publisher.publish import addresses
from publisher.publish.build import build
from publisher.publish.site import load, prepare
from tests.publish import samples


@pytest.fixture
def project(tmp_path):
    made = samples.project_at(tmp_path)
    samples.record(made, 1)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Prose\n")
    return made


def site(project, text):
    (project.root / "mkdocs.yml").write_text(f"site_name: Paper\n{text}")
    report = build(project, project.root / "site", MkDocs(project.root / "mkdocs.yml"))
    assert report.warnings == []
    return project.root / "site"


RUN = addresses.run_page(samples.run_id(1))


@pytest.mark.parametrize("theme", ["mkdocs", "readthedocs"])
def test_other_themes_hold_our_pages_too(project, theme):
    built = site(project, f"theme: {theme}\nplugins: [search, publisher]\n")
    assert samples.REASON in (built / RUN).read_text()
    docs = json.loads((built / "search/search_index.json").read_text())["docs"]
    assert not [doc for doc in docs if "publisher-frame" in doc["location"] or "GOES-HERE" in doc["text"]]


def test_without_a_nav_our_pages_stand_by_themselves(project):
    html = (
        site(project, "theme: {name: material, font: false}\nplugins: [publisher]\n") / "index.html"
    ).read_text()
    primary = html[html.index('aria-label="Navigation"') :]
    for section in ("runs", "figures", "notebooks"):
        assert re.search(rf'<a href="{section}/" class="md-nav__link">', primary), section
    assert "md-nav__item--nested" not in primary


def test_a_page_of_a_run_marks_the_runs_as_the_place_where_we_are(project):
    built = site(
        project, "theme: {name: material, font: false, features: [navigation.tabs]}\nplugins: [publisher]\n"
    )
    named = re.findall(r'<script src="../(assets/inline/[^"]*)"', (built / RUN).read_text())
    put_in = "".join((built / name).read_text() for name in named).replace('\\"', '"').replace("\\n", "\n")
    assert re.findall(r'md-tabs__item--active">\s*<a href="([^"]*)"', put_in) == ["./"]
    home = (built / "index.html").read_text()
    assert re.findall(r'md-tabs__item--active">\s*<a href="([^"]*)"', home) == ["."]


def test_the_project_may_lie_elsewhere_than_the_configuration(project, monkeypatch):
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config.base import load_config

    config = project.root / "docs" / "mkdocs.yml"
    (project.root / "docs/text").mkdir()
    (project.root / "docs/text/index.md").write_text("# Prose\n")
    theme = "theme: {name: material, font: false}\n"
    config.write_text(f"site_name: x\n{theme}docs_dir: text\nplugins:\n  - publisher: {{root: ..}}\n")
    mkdocs_build(load_config(str(config), site_dir=str(project.root / "out")))
    assert samples.REASON in (project.root / "out" / RUN).read_text()


def test_an_error_of_ours_is_one_of_mkdocs(project):
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config.base import load_config
    from mkdocs.exceptions import Abort

    (project.root / "publisher.yml").write_text("stepz: {}\n")
    (project.root / "mkdocs.yml").write_text("site_name: x\nplugins: [publisher]\n")
    with pytest.raises(Abort):
        mkdocs_build(load_config(str(project.root / "mkdocs.yml"), site_dir=str(project.root / "out")))


def test_the_built_in_configuration_loads_nothing_from_elsewhere(project):
    config = built_in(project, project.root / "docs")
    assert config["theme"]["font"] is False
    assert "http" not in json.dumps(config)


def test_mkdocs_is_left_as_it_was_found(project):
    import logging

    log = logging.getLogger("mkdocs")
    before = (log.level, log.propagate, list(log.handlers))
    MkDocs(None)(prepare(project, *load(project)), Path(project.root / "staging"))
    assert (log.level, log.propagate, list(log.handlers)) == before


@pytest.mark.parametrize(("plugins", "again"), [("[search, publisher]", 0), ("[search, publisher, tags]", 1)])
def test_templates_of_a_theme_are_compiled_once_where_no_other_plugin_may_change_them(
    project, monkeypatch, tmp_path, plugins, again
):
    monkeypatch.setattr(
        "publisher.publish.frame.templates.user_cache", lambda: tmp_path / "cache" / "publisher"
    )
    compiled = []

    def counted(self, *args, compile=Environment.compile, **options):
        compiled.append(options.get("name") or args[1])
        return compile(self, *args, **options)

    monkeypatch.setattr(Environment, "compile", counted)
    told = f"theme: {{name: material, font: false}}\nplugins: {plugins}\n"
    first = (site(project, told) / "index.html").read_text()
    assert "main.html" in compiled
    compiled.clear()
    assert (site(project, told) / "index.html").read_text() == first
    assert compiled.count("main.html") == again
