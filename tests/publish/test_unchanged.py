"""What has not changed is not made again, and what has is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.model.project import Project
from publisher.plugin.remembered import MkDocs
from publisher.publish import addresses
from publisher.publish.build import Report, build
from publisher.publish.outlet.folder import MANIFEST
from publisher.store.cache import cache_folder
from publisher.store.records import annotate
from publisher.store.yaml import written
from tests.publish import samples

CONFIG = {
    "site_name": "Paper",
    "theme": {"name": "material", "font": False},
    "plugins": ["search", "publisher"],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = samples.project_at(tmp_path / "heat study")
    for number in (1, 2):
        figure = samples.kept(made, "out/field.png", samples.png(16, 12, number))
        samples.record(made, number, outputs=[figure])
    (made.root / "docs").mkdir()
    (made.root / "docs" / "index.md").write_text("# Our paper\n")
    return made


def configured(project: Project, **more: Any) -> Path:
    path = project.root / "mkdocs.yml"
    path.write_text(written(CONFIG | more))
    return path


def built(project: Project, config: Path | None = None) -> Report:
    return build(project, project.root / "site", MkDocs(config))


def rendered_at(project: Project) -> int:
    """When MkDocs wrote its pages."""
    return (cache_folder(project) / "rendered" / "usual" / "404.html").stat().st_mtime_ns


def text(project: Project, address: str) -> str:
    return (project.root / "site" / address).read_text()


def test_a_second_build_leaves_everything_and_says_the_same(project: Project) -> None:
    config = configured(project)
    first = built(project, config)
    rendered = rendered_at(project)
    again = built(project, config)
    assert (again.changes.written, again.changes.removed) == ([], [])
    assert again.changes.same == len(again.addresses) == len(first.changes.written)
    assert (again.weight, again.addresses, again.runs) == (first.weight, first.addresses, first.runs)
    assert rendered_at(project) == rendered, "MkDocs was not asked"


def test_a_new_run_is_shown_and_mkdocs_is_not_asked_when_no_page_of_the_author_names_runs(
    project: Project,
) -> None:
    config = configured(project)
    built(project, config)
    rendered = rendered_at(project)
    samples.record(project, 3)
    assert addresses.run_page(samples.run_id(3)) in built(project, config).changes.written
    assert samples.run_id(3)[:7] in text(project, addresses.RUNS)
    assert rendered_at(project) == rendered


def test_a_new_run_is_shown_in_a_page_of_the_author_that_asks_for_runs(project: Project) -> None:
    (project.root / "docs" / "index.md").write_text("# Our paper\n\n```runs\n```\n")
    config = configured(project)
    built(project, config)
    samples.record(project, 3)
    built(project, config)
    assert samples.run_id(3)[:7] in text(project, addresses.HOME)


def test_an_annotation_is_shown(project: Project) -> None:
    built(project)
    path = next(project.records.glob(f"runs/*/*-{samples.run_id(1)}.yml"))
    annotate(path, lambda annotations: annotations.update(outcome="it does not"))
    built(project)
    assert "it does not" in text(project, addresses.run_page(samples.run_id(1)))


@pytest.mark.parametrize("place", ["docs/index.md", "mkdocs.yml"])
def test_what_the_author_changes_is_rendered(project: Project, place: str) -> None:
    config = configured(project)
    built(project, config)
    path = project.root / place
    path.write_text(path.read_text().replace("aper", "aper of ours"))
    built(project, config)
    assert "aper of ours" in text(project, addresses.HOME)


def test_what_was_taken_away_comes_back(project: Project) -> None:
    built(project)
    for address in (MANIFEST, addresses.RUNS, addresses.run_page(samples.run_id(1)), "404.html"):
        (project.root / "site" / address).unlink()
        built(project)
        assert (project.root / "site" / address).is_file(), address


def test_a_configuration_that_may_read_anything_is_rendered_each_time(project: Project) -> None:
    word = project.root / "word"
    word.write_text("before")
    hook = f"import pathlib\ndef on_page_markdown(markdown, **_):\n    return pathlib.Path({str(word)!r}).read_text()\n"
    (project.root / "hook.py").write_text(hook)
    config = configured(project, hooks=["hook.py"])
    built(project, config)
    word.write_text("after")
    built(project, config)
    assert "after" in text(project, addresses.HOME)


def test_what_is_remembered_may_be_nonsense(project: Project) -> None:
    built(project)
    for path in [
        cache_folder(project) / "rendered" / "usual.json",
        *(cache_folder(project) / "built").iterdir(),
        *(cache_folder(project) / "sites").iterdir(),
    ]:
        path.write_text(json.dumps({"key": 1}))
    assert built(project).changes.written == []
