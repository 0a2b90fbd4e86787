"""The index: a cache that builds itself, may be deleted, damaged or forbidden at any time, and is never believed."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from publisher.errors import NoSuchRun, PublisherError
from publisher.model.project import Project
from publisher.model.record import Annotations, FileRef
from publisher.store import live
from publisher.store.cache import cache_folder
from publisher.store.index import Index, Rows
from publisher.store.records import annotate
from tests.factory import (
    a_record,
    file_of,
    keep,
    keep_text,
    posix,
    project_in,
    same,
    same_look,
    with_parameters,
)


@pytest.fixture
def place(tmp_path: Path) -> Project:
    """A project with three runs, the second of which failed."""
    made = project_in(tmp_path / "heat study")
    for number in (1, 2, 3):
        keep(
            made,
            number,
            id=f"{number:012x}",
            status="failed" if number == 2 else "completed",
            label="reference" if number == 1 else None,
            parameters=with_parameters(mesh={"n": 64 * number}, dt=0.1),
        )
    return made


def ids(rows: Rows) -> list[str]:
    return [row.id for row in rows.rows]


def cache(place: Project) -> Path:
    return cache_folder(place) / "index.sqlite"


def cached(place: Project) -> dict[str, bytes]:
    """What the cache holds: the name of a file -> its row."""
    database = sqlite3.connect(cache(place))
    try:
        return dict(database.execute("SELECT name, row FROM files"))
    finally:
        database.close()


def execute(place: Project, *commands: str) -> None:
    database = sqlite3.connect(cache(place))
    try:
        with database:
            for command in commands:
                database.execute(command)
    finally:
        database.close()


def mark(place: Project) -> None:
    """Change what the cache says of every command, so that a row that was parsed again shows."""
    database = sqlite3.connect(cache(place))
    try:
        with database:
            for name, row in database.execute("SELECT name, row FROM files").fetchall():
                assert b"python simulate.py" in row
                marked = row.replace(b"python simulate.py", b"PYTHON simulate.py")
                database.execute("UPDATE files SET row = ? WHERE name = ?", (marked, name))
    finally:
        database.close()


# -- rows ---------------------------------------------------------------------------------------------------


def test_rows_are_the_runs_oldest_first(place: Project) -> None:
    told = Index(place).rows()
    assert ids(told) == ["000000000001", "000000000002", "000000000003"]
    assert [row.status for row in told.rows] == ["completed", "failed", "completed"]
    assert told.rows[2].parameters == {"mesh.n": 192, "dt": 0.1}
    assert told.problems == []


def test_runs_of_one_second_stand_in_the_order_of_their_starts(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    for fraction, run in ((".5", "c" * 12), (".400000", "d" * 12), ("", "e" * 12), (".45", "b" * 12)):
        keep(place, started=f"2026-11-23T06:35:12{fraction}Z", id=run)
    assert ids(Index(place).rows()) == ["e" * 12, "d" * 12, "b" * 12, "c" * 12]
    assert Index(place).record("latest").id == "c" * 12


def test_no_records_are_no_rows(tmp_path: Path) -> None:
    assert Index(project_in(tmp_path)).rows() == Rows(rows=[], problems=[], verified={})


def test_a_row_holds_what_a_table_asks_for(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    out = FileRef(path="out/a.csv", sha256="5" * 64, size=11, artifact=True)
    kept = keep(
        place,
        inputs=[FileRef(path="in.csv")],
        outputs=[out],
        metrics={"exponent": 0.331},
        annotations=Annotations(tags=["fig3"], outcome="well", publish=False),
    )
    for _ in ("new", "remembered"):
        (row,) = Index(place).rows().rows
        assert (row.id, row.name) == (kept.id, f"runs/2026-11/{file_of(place.root, kept).name}")
        assert (row.command, row.branch, row.dirty) == ("python simulate.py params.json", "main", False)
        assert (row.tags, row.outcome, row.publish) == (["fig3"], "well", False)
        assert (row.inputs, row.outputs, row.metrics) == (
            [FileRef(path="in.csv")],
            [out],
            {"exponent": 0.331},
        )


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**30, -(10**30), 2**63, 2**64, 2**64 - 1, -(2**63) - 1, 1e-05, -0.0, "no"],
)
def test_values_survive_the_cache_exactly(value: object, tmp_path: Path) -> None:
    place = project_in(tmp_path)
    keep(
        place,
        parameters=with_parameters(a=value, b={"c": [value, [value]]}),
        metrics={"m": value} if not isinstance(value, str) else {},
    )
    for _ in ("new", "remembered"):
        (row,) = Index(place).rows().rows
        assert same(row.parameters, {"a": value, "b.c": [value, [value]]})
        assert isinstance(value, str) or same(row.metrics, {"m": value})
        assert row.as_flat()["status"] == "completed" and row.outputs == []


# -- the cache ----------------------------------------------------------------------------------------------


def test_the_index_builds_itself_and_answers_the_same_when_it_is_deleted(place: Project) -> None:
    first = Index(place).rows()
    assert len(cached(place)) == 3
    assert Index(place).rows() == first
    cache(place).unlink()
    assert Index(place).rows() == first


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no database at all",
        random.Random(1).randbytes(100_000),
        b"SQLite format 3\0" + random.Random(2).randbytes(50_000),
    ],
    ids=["empty", "words", "random", "random behind a header"],
)
def test_a_cache_that_is_no_database_is_thrown_away(content: bytes, place: Project) -> None:
    first = Index(place).rows()
    cache(place).write_bytes(content)
    assert Index(place).rows() == first
    assert len(cached(place)) == 3


def test_a_cache_with_random_bytes_in_it_is_never_a_mistake(place: Project) -> None:
    for number in range(10, 60):
        keep(place, number, reason="long " * 200)
    first = ids(Index(place).rows())
    whole = cache(place).read_bytes()
    rng = random.Random(3)
    for _ in range(60):
        at, much = rng.randrange(len(whole)), rng.choice([1, 16, 300, 5000])
        cache(place).write_bytes((whole[:at] + rng.randbytes(much) + whole[at + much :])[: len(whole)])
        assert len(ids(Index(place).rows())) == len(first)
    cache(place).write_bytes(whole[: len(whole) // 2])
    assert ids(Index(place).rows()) == first


@pytest.mark.parametrize("row", ["x'00'", "x'c1c1'", "'a text'", "NULL", "5", "x''", "x'2100'"])
def test_a_row_that_makes_no_sense_is_read_again(row: str, place: Project) -> None:
    first = Index(place).rows()
    execute(place, f"UPDATE files SET row = {row} WHERE name LIKE '%2.yml'")
    assert Index(place).rows() == first
    assert all(isinstance(each, bytes) and len(each) > 20 for each in cached(place).values()), "not mended"


@pytest.mark.parametrize(
    "commands",
    [
        ["UPDATE about SET version = 'old'"],
        ["DELETE FROM about"],
        ["DROP TABLE files", "CREATE TABLE files (name TEXT PRIMARY KEY, digest TEXT)"],
        ["DROP TABLE about", "CREATE TABLE about (number INTEGER)"],
    ],
    ids=["version", "no version", "other columns", "other form of the version"],
)
def test_a_cache_of_another_version_is_built_anew(commands: list[str], place: Project) -> None:
    first = Index(place).rows()
    mark(place)
    execute(place, *commands)
    assert Index(place).rows() == first, "rows of the other version were believed"
    assert len(cached(place)) == 3


def test_where_no_cache_can_be_kept_the_answer_is_the_same(place: Project) -> None:
    first = Index(place).rows()
    cache(place).unlink()
    shutil.rmtree(cache_folder(place))
    projects = cache(place).parents[1]
    shutil.rmtree(projects)
    projects.write_text("in the way of the folder")
    assert Index(place).rows() == first
    assert projects.read_text() == "in the way of the folder"


def test_where_the_cache_is_a_folder_the_answer_is_the_same(place: Project) -> None:
    cache(place).mkdir(parents=True)
    assert len(Index(place).rows().rows) == 3


def test_a_cache_that_another_process_holds_is_passed_over_and_left_alone(place: Project) -> None:
    first = Index(place).rows()
    holder = sqlite3.connect(cache(place), isolation_level=None)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        keep(place, 4, id="000000000004")
        assert ids(Index(place).rows()) == [*ids(first), "000000000004"]
        holder.execute("UPDATE about SET version = 'mine'")
        holder.execute("COMMIT")
        assert holder.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        holder.close()
    assert len(Index(place).rows().rows) == 4


def test_processes_that_build_the_index_at_once_do_not_fail(place: Project) -> None:
    for number in range(10, 130):
        keep(place, number)
    program = (
        "import sys, time; from pathlib import Path\n"
        "from publisher.store.index import Index; from publisher.store.project import project_at\n"
        "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
        "print(len(Index(project_at(Path(sys.argv[1]))).rows().rows))"
    )
    import time

    words = [sys.executable, "-W", "error", "-c", program, str(place.root), str(time.time() + 1.5)]
    started = [
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [each.communicate(timeout=60) for each in started] == [("123\n", "")] * 4
    assert len(Index(place).rows().rows) == 123


# -- what is trusted ----------------------------------------------------------------------------------------


def test_size_and_time_tell_that_a_record_did_not_change(place: Project) -> None:
    first = Index(place).rows()
    path = file_of(place.root, a_record(2, id="000000000002"))
    same_look(path, b"\xff" * path.stat().st_size)
    assert Index(place).rows() == first, "it was parsed again"


def test_a_record_with_a_new_time_and_the_same_bytes_is_not_parsed_again(place: Project) -> None:
    first = Index(place).rows()
    mark(place)
    for path in place.records.glob("runs/*/*.yml"):
        os.utime(path, ns=(1, 1))
    told = Index(place).rows()
    assert [row.command[:6] for row in told.rows] == ["PYTHON"] * 3, "it was parsed again"
    assert ids(told) == ids(first)


def test_a_change_that_keeps_the_size_is_seen_by_its_time(place: Project) -> None:
    Index(place).rows()
    path = file_of(place.root, a_record(id="000000000002"))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"status: failed", b"status: broken"))
    os.utime(path, ns=(1, 1))
    assert ids(Index(place).rows()) == ["000000000001", "000000000003"]
    path.write_bytes(data)
    os.utime(path, ns=(2, 2))
    assert len(Index(place).rows().rows) == 3


def test_a_changed_record_is_parsed_again_and_no_other(place: Project) -> None:
    Index(place).rows()
    mark(place)
    annotate(
        file_of(place.root, a_record(id="000000000002")), lambda values: values.update(outcome="it diverged")
    )
    told = Index(place).rows()
    assert [row.outcome for row in told.rows] == ["", "it diverged", ""]
    assert [row.command[:6] for row in told.rows] == ["PYTHON", "python", "PYTHON"]


def test_a_record_that_is_gone_is_gone_and_one_that_is_new_is_there(place: Project) -> None:
    Index(place).rows()
    file_of(place.root, a_record(id="000000000002")).unlink()
    keep(place, 4, id="000000000004")
    assert ids(Index(place).rows()) == ["000000000001", "000000000003", "000000000004"]
    assert len(cached(place)) == 3


def test_a_fresh_clone_has_the_same_rows(place: Project, tmp_path: Path) -> None:
    def git(*words: str | Path) -> None:
        subprocess.run(["git", *words], cwd=place.root, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", "records")
    git("commit", "--quiet", "--message", "records")
    git("clone", "--quiet", place.root, tmp_path / "clone")
    clone = project_in(tmp_path / "clone")
    first = Index(place).rows()
    cache(clone).write_bytes(cache(place).read_bytes())
    assert Index(clone).rows() == first


def test_a_cache_of_another_project_is_not_believed(place: Project, tmp_path: Path) -> None:
    Index(place).rows()
    other = project_in(tmp_path / "other")
    cache(other).write_bytes(cache(place).read_bytes())
    keep(other, 9, id="f" * 12)
    assert ids(Index(other).rows()) == ["f" * 12]


# -- problems -----------------------------------------------------------------------------------------------


def test_a_record_that_cannot_be_read_is_told_with_line_and_reason_and_the_others_list(
    place: Project,
) -> None:
    name = "runs/2026-11/20261123T000412-aaaaaaaaaaaa.yml"
    path = keep_text(place.root, "schema: 1\nid: a\nid: b\n", name)
    for _ in ("new", "remembered"):
        told = Index(place).rows()
        assert len(told.rows) == 3
        assert [(each.name, each.line, each.reason) for each in told.problems] == [
            (name, 3, "has the key `id` twice")
        ]
    assert path.read_text() == "schema: 1\nid: a\nid: b\n"


def test_problems_keep_their_hint(place: Project) -> None:
    keep_text(place.root, "schema: 2\n")
    for _ in ("new", "remembered"):
        (problem,) = Index(place).rows().problems
        assert problem.line == 1 and "newer" in problem.reason and "pip install" in problem.hint


def test_a_record_that_was_mended_is_a_row_again(place: Project) -> None:
    record = a_record(9, id="f" * 12)
    path = keep_text(place.root, "- broken\n", "runs/2026-11/20261123T000912-ffffffffffff.yml")
    assert len(Index(place).rows().problems) == 1
    path.unlink()
    keep(place, 9, id="f" * 12)
    told = Index(place).rows()
    assert told.problems == [] and record.id in ids(told)


@posix
@pytest.mark.parametrize("target", ["nowhere", "../../../publisher.yml", "."])
def test_a_link_in_place_of_a_record_is_a_problem_and_is_not_followed(target: str, place: Project) -> None:
    link = place.records / "runs" / "2026-11" / "20261123T000412-aaaaaaaaaaaa.yml"
    link.symlink_to(target)
    for _ in ("new", "remembered"):
        told = Index(place).rows()
        assert len(told.rows) == 3
        assert [(each.name, each.reason) for each in told.problems] == [
            (f"runs/2026-11/{link.name}", "is a symbolic link")
        ]


def test_a_folder_in_place_of_a_record_is_a_problem(place: Project) -> None:
    (place.records / "runs" / "2026-11" / "20261123T000412-aaaaaaaaaaaa.yml").mkdir()
    told = Index(place).rows()
    assert len(told.rows) == 3
    (problem,) = told.problems
    assert "is not a regular file" in problem.reason


def test_a_file_in_place_of_the_folder_of_records_is_said_to_be_one(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    place.records.mkdir()
    (place.records / "runs").write_text("in the way")
    with pytest.raises(PublisherError, match="cannot be read"):
        Index(place).rows()


# -- running and lost ---------------------------------------------------------------------------------------


def test_a_run_without_its_process_is_lost(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    keep(place, status="running", duration=None, exit_code=None)
    for _ in ("new", "remembered"):
        assert [row.status for row in Index(place).rows().rows] == ["lost"]


def test_a_run_whose_process_lives_is_running(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    record = keep(place, status="running", duration=None, exit_code=None)
    here = live.place_of(place, record.id)
    here.hold()
    try:
        assert [row.status for row in Index(place).rows().rows] == ["running"]
    finally:
        here.release()
    assert [row.status for row in Index(place).rows().rows] == ["lost"]


# -- one run ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "run"),
    [
        ("latest", "000000000003"),
        ("000000000002", "000000000002"),
        ("reference", "000000000001"),
    ],
)
def test_a_run_is_found_by_what_a_person_types(word: str, run: str, place: Project) -> None:
    assert Index(place).record(word).id == run


def test_the_beginning_of_an_id_is_enough(place: Project) -> None:
    keep(place, 5, id="7f3a9c1e5b02")
    for word in ("7", "7f3a", "7f3a9c1e5b02"):
        assert Index(place).record(word).id == "7f3a9c1e5b02"


def test_a_beginning_that_several_ids_have_is_refused_with_the_ids(place: Project) -> None:
    with pytest.raises(NoSuchRun) as caught:
        Index(place).record("0000")
    assert "means 3 runs: 000000000001, 000000000002, 000000000003" in caught.value.what
    assert "more of the id" in caught.value.hint


def test_a_label_that_several_runs_have_is_refused_with_the_ids(place: Project) -> None:
    keep(place, 7, id="e" * 12, label="reference")
    with pytest.raises(NoSuchRun, match="means 2 runs: 000000000001, eeeeeeeeeeee"):
        Index(place).record("reference")


def test_an_id_wins_over_a_label(place: Project) -> None:
    keep(place, 5, id="abc000000000")
    keep(place, 6, id="123000000000", label="abc")
    assert Index(place).record("abc").id == "abc000000000"


@pytest.mark.parametrize("word", ["f00", "no such label", "", "*", "../x", "0000000000011"])
def test_what_no_run_is_called_is_refused_with_advice(word: str, place: Project) -> None:
    with pytest.raises(NoSuchRun) as caught:
        Index(place).find(word)
    assert f"`{word}`" in caught.value.what and "publisher list" in caught.value.hint


def test_an_empty_word_is_not_the_one_run_without_a_label(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    keep(place)
    with pytest.raises(NoSuchRun):
        Index(place).find("")


def test_where_there_are_no_records_the_first_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(NoSuchRun) as caught:
        Index(project_in(tmp_path)).find("latest")
    assert "no records yet" in caught.value.what and "publisher run" in caught.value.hint


def test_the_latest_of_one_second_may_be_one_that_cannot_be_read(tmp_path: Path) -> None:
    place = project_in(tmp_path)
    keep(place, started="2026-11-23T06:35:12.5Z", id="a" * 12)
    keep_text(tmp_path, "- broken\n", "runs/2026-11/20261123T063512-bbbbbbbbbbbb.yml")
    assert Index(place).record("latest").id == "a" * 12


def test_rows_are_plain_values(place: Project) -> None:
    rows = Index(place).rows().rows
    with pytest.raises(AttributeError):
        rows[0].id = "x"  # type: ignore[misc]
    assert msgspec.structs.replace(rows[0], id="x").id == "x"
