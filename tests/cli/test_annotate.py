"""`publisher annotate` as a process: people add, facts stay."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.store.records import seal_holds
from publisher.store.yaml import read
from tests.conftest import ProjectFolder
from tests.factory import NASTY, file_of, keep, keep_text

A, B = "a" * 12, "b" * 12


@pytest.fixture
def two(project: ProjectFolder) -> ProjectFolder:
    """Two runs; the second is the newest."""
    keep(project.root, 1, id=A)
    keep(project.root, 2, id=B)
    return project


def path_of(project: ProjectFolder, run: str) -> Path:
    (path,) = project.root.glob(f"records/runs/*/*-{run}.yml")
    return path


def annotations(project: ProjectFolder, run: str = B) -> dict[str, Any]:
    """What is said of a run; its seal holds."""
    text = path_of(project, run).read_text()
    assert seal_holds(text)
    said: dict[str, Any] = read(text)["annotations"]
    return said


def annotate(project: ProjectFolder, *words: str) -> dict[str, Any]:
    done = project.publisher("annotate", *words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return annotations(project)


def test_tags_are_added_and_not_replaced(two: ProjectFolder) -> None:
    assert annotate(two, "latest", "-t", "fig3")["tags"] == ["fig3"]
    assert annotate(two, "latest", "-t", "draft", "--tag", "fig3", "-t", "draft")["tags"] == ["fig3", "draft"]
    assert annotations(two, A)["tags"] == []


def test_a_tag_is_taken_away(two: ProjectFolder) -> None:
    annotate(two, "b", "-t", "a", "-t", "b", "-t", "c")
    assert annotate(two, "b", "--untag", "b", "-t", "d", "--untag", "none")["tags"] == ["a", "c", "d"]
    assert annotate(two, "b", "--untag", "a", "--untag", "c", "--untag", "d")["tags"] == []


def test_an_outcome_is_set_changed_and_taken_away(two: ProjectFolder) -> None:
    assert annotate(two, "b", "--outcome", "agrees with 1/3")["outcome"] == "agrees with 1/3"
    assert annotate(two, "b", "--outcome", "does not: see a")["outcome"] == "does not: see a"
    assert "outcome" not in annotate(two, "b", "--outcome", "")


def test_a_note_has_its_date_and_its_author(two: ProjectFolder) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    annotate(two, "b", "--note", "look again")
    notes = annotate(two, "b", "--note", "12:30")["notes"]
    assert [(each["text"], each["by"]) for each in notes] == [
        ("look again", "Ada Example"),
        ("12:30", "Ada Example"),
    ]
    for each in notes:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each["at"])
        assert before <= datetime.fromisoformat(each["at"]) <= datetime.now(UTC)


def test_a_note_has_no_author_where_the_project_keeps_people_out(two: ProjectFolder) -> None:
    two.write(publisher_yml="privacy: {user: none}\n")
    (note,) = annotate(two, "b", "--note", "look again")["notes"]
    assert set(note) == {"at", "text"}


def test_publishing_is_said_yes_or_no(two: ProjectFolder) -> None:
    assert annotate(two, "b", "--no-publish")["publish"] is False
    assert annotate(two, "b", "-t", "x")["publish"] is False
    assert annotate(two, "b", "--publish")["publish"] is True
    assert two.publisher("annotate", "b", "--publish", "--no-publish").returncode == 2


def test_several_runs_are_annotated_at_once_and_each_once(two: ProjectFolder) -> None:
    done = two.publisher("annotate", "a", "latest", "bbbb", "--note", "both")
    assert done.stderr == "publisher: annotated aaaaaaa\npublisher: annotated bbbbbbb\n"
    assert [len(annotations(two, run)["notes"]) for run in (A, B)] == [1, 1]


@pytest.mark.parametrize("wrong", ["c", "none", ""])
def test_nothing_is_changed_when_one_name_is_wrong(wrong: str, two: ProjectFolder) -> None:
    before = [path_of(two, run).read_bytes() for run in (A, B)]
    done = two.publisher("annotate", "a", "b", wrong, "-t", "x")
    assert done.returncode == 1 and f"`{wrong}`" in done.stderr
    assert [path_of(two, run).read_bytes() for run in (A, B)] == before


def test_nothing_is_changed_when_one_record_cannot_be_read(two: ProjectFolder) -> None:
    broken = keep_text(two.root, "- 1\n", f"runs/2026-11/20261123T000912-{'c' * 12}.yml")
    before = path_of(two, A).read_bytes()
    done = two.publisher("annotate", "a", "c", "-t", "x")
    assert done.returncode == 1 and f"{broken}:1: holds a list" in done.stderr
    assert path_of(two, A).read_bytes() == before and broken.read_text() == "- 1\n"


@pytest.mark.parametrize("words", [["latest"], ["latest", "--note", ""], []])
def test_nothing_to_add_is_wrong_usage(words: list[str], two: ProjectFolder) -> None:
    before = path_of(two, B).read_bytes()
    done = two.publisher("annotate", *words)
    assert done.returncode == 2 and done.stderr
    assert path_of(two, B).read_bytes() == before


def test_facts_stay_byte_for_byte_and_so_does_what_others_wrote(two: ProjectFolder) -> None:
    path = path_of(two, B)
    facts, seal, _ = path.read_text().partition("seal: ")
    line = seal + path.read_text().partition("seal: ")[2].splitlines(True)[0]
    mine = "annotations:\n  # what we think\n  tags:\n  - one   # the first\n  - 'two'\n  rating:   5\nmine: {a: [1,2]}\n# end\n"
    path.write_text(facts + line + mine)
    annotate(two, "b", "-t", "three", "--untag", "none")
    assert path.read_text() == facts + line + mine.replace("- 'two'\n", "- 'two'\n  - three\n")


def test_notes_of_others_keep_their_comments(two: ProjectFolder) -> None:
    path = path_of(two, B)
    notes = "  notes:\n  - text: first  # by hand\n    mood: good\n"
    path.write_text(path.read_text() + notes)
    annotate(two, "b", "--note", "second")
    assert notes in path.read_text() and path.read_text().rstrip().endswith("text: second")


def test_any_word_is_a_tag_that_no_reader_takes_for_anything_else(two: ProjectFolder) -> None:
    import yaml

    words = [word for word in NASTY if "\0" not in word]
    annotate(two, "b", *(f"--tag={word}" for word in words))
    assert annotations(two)["tags"] == words
    assert yaml.safe_load(path_of(two, B).read_text())["annotations"]["tags"] == words


def test_what_is_said_of_a_run_that_goes_on_is_there_when_it_ends(project: ProjectFolder) -> None:
    project.commit(
        wait_py="import os, time\nprint('on', flush=True)\nwhile not os.path.exists('go'): time.sleep(0.01)\n"
    )
    words = [sys.executable, "-m", "publisher", "run", "-q", "-t", "first", "--", "python", "wait.py"]
    running = subprocess.Popen(words, cwd=project.root, stdout=subprocess.PIPE, text=True)
    assert running.stdout and running.stdout.readline() == "on\n"
    said = project.publisher("annotate", "latest", "-t", "second", "--outcome", "looks well")
    project.write_files({"go": ""})
    running.communicate(timeout=60)
    assert (running.returncode, said.returncode) == (0, 0), said.stderr
    record = project.record()
    assert record["status"] == "completed" and seal_holds(project.records()[0].read_text())
    assert record["annotations"] == {"tags": ["first", "second"], "outcome": "looks well"}


def test_the_list_shows_what_was_added(two: ProjectFolder) -> None:
    two.publisher("list")
    annotate(two, "b", "-t", "fig3", "--outcome", "well")
    listed = two.publisher("list", "tag:fig3", "outcome:well")
    assert len(listed.stdout.splitlines()) == 2 and "bbbbbbb" in listed.stdout


@pytest.mark.parametrize("words", [["--note"], ["--outcome"], ["-t"]])
def test_a_text_that_nobody_would_read_is_refused(words: list[str], project: ProjectFolder) -> None:
    record = keep(project.root)
    before = file_of(project.root, record).read_bytes()
    done = project.publisher("annotate", record.id, *words, "x" * (64 * 1024 + 1))
    assert done.returncode == 2 and "65537 bytes are too many (at most 65536)" in done.stderr
    assert file_of(project.root, record).read_bytes() == before
