"""`publisher status`: what is stale, and the exit code that tells whether anything is."""

from __future__ import annotations

import json

import pytest

from publisher.cli.status import in_words
from publisher.verify.staleness import Reason
from tests.conftest import ProjectFolder

SETTINGS = "steps:\n  draw: {command: python draw.py, inputs: [data.csv], outputs: ['out/**']}\n  more: {command: x}\n"
DRAW = "import os; os.makedirs('out', exist_ok=True); open('out/a.svg', 'w').write('<svg/>' + open('data.csv').read())\n"


@pytest.fixture
def paper(project: ProjectFolder) -> ProjectFolder:
    """A step that has run and one that never did."""
    project.write_files({".gitignore": ".publisher/\nout/\n"})
    project.commit(publisher_yml=SETTINGS, draw_py=DRAW, data_csv="1\n")
    assert project.publisher("run", "draw").returncode == 0
    return project


def test_what_is_stale_is_named_with_the_reason(paper: ProjectFolder) -> None:
    paper.write(data_csv="2\n")
    done = paper.publisher("status")
    assert done.returncode == 1
    lines = [line.split() for line in done.stdout.splitlines()]
    run = str(paper.record()["id"])[:7]
    assert ["≠", "draw", run, "input", "data.csv", "has", "changed"] in lines
    assert ["≠", "out/a.svg", run, "input", "data.csv", "has", "changed"] in lines
    assert ["·", "more", "-------", "was", "never", "recorded"] in lines
    assert f"1 never verified: {run}" in done.stdout
    told = json.loads(paper.publisher("status", "--json").stdout)
    assert [each["name"] for each in told["steps"]] == ["draw", "more"]


def test_what_stands_as_recorded_and_verified_ends_with_0(paper: ProjectFolder) -> None:
    paper.write(publisher_yml=SETTINGS.replace("  more: {command: x}\n", ""))
    assert paper.publisher("verify", "draw").returncode in (0, 1)
    assert paper.publisher("verify", "--step", "draw").returncode == 0
    done = paper.publisher("status")
    assert done.returncode == 0, done.stdout
    assert "1 of 1 verified: 1 identical" in done.stdout
    assert paper.publisher("status", "--days", "0").returncode == 1


def test_a_project_without_runs_is_told_how_to_begin(project: ProjectFolder) -> None:
    done = project.publisher("status")
    assert done.returncode == 0
    assert "publisher run" in done.stderr


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason(kind="code", path="a.py", recorded="1", found="2", main=True), "the program itself"),
        (Reason(kind="code", path="a.py", found="2"), "code a.py is new"),
        (Reason(kind="input", path="a.csv", recorded="1"), "no longer here"),
        (Reason(kind="parameters", path="p.json", recorded="1", found="2"), "parameters p.json has changed"),
        (Reason(kind="failed", recorded="interrupted"), "its newest run is interrupted"),
        (Reason(kind="command", recorded="a", found="b"), "its command is now `b`, and was `a`"),
        (Reason(kind="unknown"), "nobody can tell"),
        (Reason(kind="dirty"), "was not committed"),
        (Reason(kind="never"), "never recorded"),
    ],
)
def test_each_reason_is_a_sentence(reason: Reason, words: str) -> None:
    assert words in in_words(reason)
