"""`publisher list` as a process: filters, forms, broken records, texts of strangers."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from publisher.model.record import Annotations
from publisher.standards.rows_csv import cell
from tests.conftest import ProjectFolder
from tests.factory import keep, keep_text, posix, with_parameters
from tests.support.caches import cache_of

ISSUE = ["tag:fig3", "status:failed", "dt<0.1", "since:2026-11-01", "mesh"]


@pytest.fixture
def study(project: ProjectFolder) -> ProjectFolder:
    """Seven runs, of which one is what the issue asks for; each other lacks one thing."""
    good: dict[str, Any] = {
        "status": "failed",
        "exit_code": 1,
        "reason": "a finer mesh",
        "parameters": with_parameters(mesh={"dt": 0.05, "n": 128}),
        "metrics": {"exponent": 0.331},
        "annotations": Annotations(tags=["fig3"]),
        "started": "2026-11-23T06:00:00Z",
    }
    lacks: list[dict[str, Any]] = [
        {},
        {"annotations": Annotations(tags=["fig4"])},
        {"status": "completed", "exit_code": 0},
        {"parameters": with_parameters(mesh={"dt": 0.1, "n": 256})},
        {"started": "2026-10-31T23:59:59Z"},
        {"reason": "a coarser grid"},
        {"parameters": None},
    ]
    for number, lack in enumerate(lacks):
        keep(project.root, number, **(good | {"id": f"{number}" * 12} | lack))
    return project


def ids(text: str) -> list[str]:
    return [each["id"][:1] for each in json.loads(text)]


# -- what is listed -----------------------------------------------------------------------------------------


def test_every_run_is_a_line_oldest_first(study: ProjectFolder) -> None:
    done = study.publisher("list")
    assert done.returncode == 0 and done.stderr == ""
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["run", "started", "status", "took", "dt", "n", "exponent", "tags", "reason"]
    assert [line.split()[0] for line in lines] == [str(n) * 7 for n in (4, 0, 1, 2, 3, 5, 6)]
    assert "✕ failed" in lines[0] and "✓ completed" in lines[3] and "3.2 s" in lines[0]


def test_filters_hold_together(study: ProjectFolder) -> None:
    done = study.publisher("list", *ISSUE)
    assert done.returncode == 0 and done.stderr == "1 of 7 runs\n"
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["0000000"]
    for without in ISSUE:
        found = ids(study.publisher("list", "--json", *(term for term in ISSUE if term != without)).stdout)
        assert "0" in found and len(found) > 1, without


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-tag:fig3"], "1"),
        (["-status:failed"], "2"),
        (["-mesh"], "5"),
        (["-finer mesh"], "5"),
        (["-dt<0.1"], "36"),
        (["-n=128"], "36"),
        (["-n", "2", "-tag:fig4"], "56"),
        (["-n2", "-tag:fig4"], "56"),
        (["--json", "--", "-tag:fig3"], "1"),
        (["-tag:fig3", "--json"], "1"),
    ],
)
def test_a_minus_turns_a_term_around(words: list[str], found: str, study: ProjectFolder) -> None:
    done = study.publisher("list", *(["--json"] if "--json" not in words else []), *words)
    assert "".join(ids(done.stdout)) == found, done.stderr


@posix
def test_a_day_is_one_of_utc_wherever_the_reader_is(study: ProjectFolder) -> None:
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        for term, found in (
            ("since:2026-11-23T06:00:00", 6),
            ("since:2026-11-23T06:00:01", 0),
            ("before:2026-11-01", 1),
        ):
            assert len(ids(study.publisher("list", "--json", term, env={"TZ": zone}).stdout)) == found, (
                zone,
                term,
            )


def test_an_unknown_key_is_wrong_usage_with_the_nearest(study: ProjectFolder) -> None:
    done = study.publisher("list", "stat:failed")
    assert done.returncode == 2 and done.stdout == "" and "did you mean `status:`?" in done.stderr


def test_only_the_newest(study: ProjectFolder) -> None:
    for words, found in ((["-n", "2"], "56"), (["-n", "0"], ""), (["-n", "99"], "4012356")):
        assert "".join(ids(study.publisher("list", "--json", *words).stdout)) == found
    assert study.publisher("list", "-n", "-1").returncode == 2


def test_no_run_is_like_that(study: ProjectFolder) -> None:
    done = study.publisher("list", "tag:none")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "none of 7 runs is like that\n")


def test_no_run_at_all_suggests_the_first(project: ProjectFolder) -> None:
    done = project.publisher("list")
    assert (done.returncode, done.stdout) == (0, "") and "publisher run -- COMMAND" in done.stderr


# -- forms --------------------------------------------------------------------------------------------------


def test_json_holds_every_fact(study: ProjectFolder) -> None:
    done = study.publisher("list", "--json")
    assert done.returncode == 0 and done.stderr == ""
    told = json.loads(done.stdout)
    assert told[1]["param.mesh.dt"] == 0.05 and told[1]["metric.exponent"] == 0.331
    assert told[1]["id"] == "0" * 12 and told[1]["tags"] == ["fig3"]


def test_csv_holds_every_fact(study: ProjectFolder) -> None:
    rows = list(csv.DictReader(StringIO(study.publisher("list", "--csv").stdout, newline="")))
    assert rows[1]["param.mesh.dt"] == "0.05" and rows[1]["id"] == "0" * 12 and rows[6]["param.mesh.dt"] == ""


def test_json_and_csv_of_no_runs_are_still_json_and_csv(project: ProjectFolder) -> None:
    assert json.loads(project.publisher("list", "--json").stdout) == []
    assert list(csv.DictReader(StringIO(project.publisher("list", "--csv").stdout))) == []


def test_long_shows_every_parameter_and_whole_ids(project: ProjectFolder) -> None:
    many = {f"p{n}": n for n in range(10)}
    for number in (1, 2):
        keep(
            project.root,
            number,
            id=f"{number}" * 12,
            parameters=with_parameters(same=7, **many),
            metrics={"m": number},
        )
    short = project.publisher("list").stdout
    assert "same" not in short and "1" * 12 not in short
    long = project.publisher("list", "--long").stdout
    assert long.splitlines()[0].split()[4:16] == ["same", *many, "m"] and "1" * 12 in long


def test_only_so_many_columns_vary_without_long(project: ProjectFolder) -> None:
    for number in (1, 2):
        keep(project.root, number, parameters=with_parameters(**{f"p{n}": n * number for n in range(1, 10)}))
    assert project.publisher("list").stdout.splitlines()[0].split()[4:-1] == [f"p{n}" for n in range(1, 7)]


def test_a_parameter_and_a_metric_of_one_name_are_two_columns(project: ProjectFolder) -> None:
    for number in (1, 2):
        keep(
            project.root, number, parameters=with_parameters(energy=number), metrics={"energy": number + 0.5}
        )
    for words in (["list"], ["list", "--long"]):
        head, first, _ = project.publisher(*words).stdout.splitlines()
        assert head.split()[4:6] == ["param.energy", "metric.energy"]
        assert first.split()[5:9] == ["3.2", "s", "1", "1.5"]


@posix
def test_times_are_those_of_the_reader(project: ProjectFolder) -> None:
    keep(project.root, started="2026-11-23T23:30:00Z")
    assert "2026-11-24 08:30" in project.publisher("list", env={"TZ": "Asia/Tokyo"}).stdout
    assert "2026-11-23 23:30" in project.publisher("list", env={"TZ": "UTC"}).stdout


# -- records that cannot be read ----------------------------------------------------------------------------

BROKEN: dict[str, tuple[str | bytes, int, str]] = {
    "truncated": ('schema: 1\nid: "aaa', 2, "end of stream"),
    "conflict": ("schema: 1\n<<<<<<< HEAD\nid: a\n", 2, "merge-conflict markers"),
    "key twice": ("schema: 1\nid: a\nid: b\n", 3, "has the key `id` twice"),
    "bomb": ("a: &a [x]\nb: [*a, *a]\n", 1, "anchor"),
    "tag": ("schema: 1\nid: !!python/name:os.system x\n", 2, "has a tag"),
    "Latin-1": ("schema: 1\nreason: é\n".encode("latin-1"), 2, "no UTF-8"),
    "UTF-16": ("schema: 1\n".encode("utf-16"), 1, "byte order mark"),
    "list": ("- 1\n", 1, "a list where a mapping is wanted"),
    "newer": ("schema: 2\n", 1, "newer than this publisher"),
    "empty": ("", 1, "nothing where a mapping is wanted"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_named_with_file_and_line_and_the_rest_is_listed(
    name: str, project: ProjectFolder
) -> None:
    content, line, reason = BROKEN[name]
    keep(project.root, 1, reason="before")
    keep(project.root, 9, reason="after")
    path = keep_text(project.root, content)
    data, stat = path.read_bytes(), path.stat()
    done = project.publisher("list")
    assert done.returncode == 1
    assert done.stderr.startswith(f"records/runs/2026-11/{path.name}:{line}: ") and reason in done.stderr
    assert done.stderr.count("\n") == 1
    assert [text.split()[-1] for text in done.stdout.splitlines()[1:]] == ["before", "after"]
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (data, stat.st_mtime_ns)


def test_a_broken_record_does_not_spoil_json(project: ProjectFolder) -> None:
    keep(project.root)
    keep_text(project.root, "- 1\n")
    done = project.publisher("list", "--json")
    assert done.returncode == 1 and len(json.loads(done.stdout)) == 1


def test_listing_writes_nothing_but_its_cache_of_which_git_knows_nothing(study: ProjectFolder) -> None:
    study.commit()
    study.publisher("list")
    assert (cache_of(study.root) / "index.sqlite").exists()
    assert study.git("status", "--porcelain") == ""
    assert study.git("status", "--porcelain", "--ignored") == ""


# -- texts of strangers -------------------------------------------------------------------------------------

HOSTILE = "\x1b[31mred\x07 [red]x[/red] \\[/] [/] a[0] \x9b31m tab\there \u202e\x00 end"


def test_control_characters_and_markup_are_shown_harmlessly(project: ProjectFolder) -> None:
    keep(
        project.root,
        reason=f"{HOSTILE}\nsecond line",
        label="[bold]l[/]",
        step="[link=x]s",
        command=["\x1b]0;title\x07"],
        parameters=with_parameters(a=[1, 2], **{"[b]": "\x1b[2J"}),
        annotations=Annotations(tags=["[t]", "\x1b[1A"]),
    )
    keep(project.root, 2, parameters=with_parameters(a=[1, 3], **{"[b]": "x"}))
    done = project.publisher("list")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", done.stdout)
    assert r"\x1b[31mred\x07 [red]x[/red] \[/] [/] a[0]" in done.stdout
    assert "[1, 2]" in done.stdout and "[bold]l[/]" in done.stdout and "[t]" in done.stdout


def test_json_holds_texts_of_strangers_exactly_and_csv_as_they_are_shown(project: ProjectFolder) -> None:
    reason = HOSTILE + " no\xa0break \u2028 \x85 😀 é\r\n"
    keep(project.root, reason=reason)
    (told,) = json.loads(project.publisher("list", "--json").stdout)
    assert told["reason"] == reason
    text = project.publisher("list", "--csv", env={"PYTHONIOENCODING": "latin-1"}).stdout
    (row,) = csv.DictReader(StringIO(text, newline=""))
    assert row["reason"] == cell(reason)


# -- on a terminal ------------------------------------------------------------------------------------------


def on_terminal(project: ProjectFolder, *words: str, columns: int = 80, **env: str) -> str:
    """What a command shows on a terminal of so many columns."""
    import fcntl
    import pty
    import struct
    import subprocess
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    started = subprocess.Popen(
        [sys.executable, "-m", "publisher", *words],
        cwd=project.root,
        env={**os.environ, "TERM": "xterm-256color", **env},
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 0, said
    return shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals on Windows")
@pytest.mark.parametrize("columns", [20, 80, 200])
def test_a_table_fits_its_terminal_and_colours_only_what_is_ours(
    columns: int, project: ProjectFolder
) -> None:
    keep(
        project.root,
        reason=HOSTILE + " 日本語" * 20,
        parameters=with_parameters(a="\x1b[2J" * 9),
        status="failed",
    )
    keep(project.root, 2, parameters=with_parameters(a="b"))
    shown = on_terminal(project, "list", columns=columns)
    assert re.search(r"\x1b\[31m✕ failed *\x1b\[0m", shown)
    bare = re.sub(r"\x1b\[[0-9]+m", "", shown)
    assert not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", bare)
    widths = [sum(2 if c in "日本語" else 1 for c in line) for line in bare.splitlines()]
    assert len(widths) == 3 and (columns < 80 or max(widths) <= columns)
    assert "\x1b" not in on_terminal(project, "list", columns=columns, NO_COLOR="1")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals on Windows")
def test_json_on_a_terminal_has_no_control_characters(project: ProjectFolder) -> None:
    keep(project.root, reason=HOSTILE)
    assert not re.search(
        r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", on_terminal(project, "list", "--json")
    )


def test_a_folder_that_is_no_repository_lists_too(home: Path, tmp_path: Path) -> None:
    folder = ProjectFolder(tmp_path / "repo")
    bare = tmp_path / "bare"
    keep(bare, reason="without git")
    assert "without git" in folder.publisher("list", cwd=bare).stdout


def test_a_text_of_megabytes_makes_no_table_of_gigabytes(project: ProjectFolder) -> None:
    for number in range(1, 4):
        keep(
            project.root,
            number,
            reason="x" * (1_000_000 if number == 1 else 1),
            label="y" * (5_000 if number == 2 else 1),
        )
    done = project.publisher("list")
    assert done.returncode == 0 and max(map(len, done.stdout.splitlines())) < 5_000
    assert "x…" in done.stdout


@posix
def test_a_name_that_is_no_utf_8_is_told_and_stops_nothing(project: ProjectFolder) -> None:
    keep(project.root, reason="the other one")
    folder = os.fsencode(project.root) + b"/records/runs/2026-11/"
    with open(folder + b"20261123T100000-\xff\xfe.yml", "w") as file:
        file.write("x: 1\n")
    for words in (
        ["list"],
        ["list", "--json"],
        ["check"],
        ["check", "--json"],
        ["status", "--json"],
        ["build"],
    ):
        done = project.publisher(*words)
        assert "mistake" not in done.stderr, (words, done.stderr)
        assert "20261123T100000-" in done.stdout + done.stderr or words[0] == "status"
    assert "the other one" in project.publisher("list").stdout
