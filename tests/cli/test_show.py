"""`publisher show` as a process: everything that a record holds, and its parts as they are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from publisher.model.project import Project
from publisher.model.record import (
    Annotations,
    Author,
    Code,
    FileRef,
    Log,
    Note,
    Parameters,
    Record,
    Resources,
)
from publisher.store import artifacts, live
from publisher.store.environments import keep_environment
from tests.conftest import ProjectFolder
from tests.factory import COMMIT, an_environment, file_of, keep, posix, project_in, with_parameters

SAID, COMPLAINED = b"step 1\r\n\x1b[32mgreen\x1b[0m \xff\n\n\n", b"warning: \xc3\xa9\n"
PATCH = b"--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-old \xe9\r\n+new \xe9\r\n"


def kept(place: Project, data: bytes, name: str) -> str:
    return "sha256:" + artifacts.keep(place, data, name)


@pytest.fixture
def shown(project: ProjectFolder) -> ProjectFolder:
    """A project with one run, in whose record everything stands."""
    place = project_in(project.root)
    keep(
        place,
        id="7f3a9c1e5b02",
        status="failed",
        label="reference",
        reason="does a finer mesh move it?",
        directory="sub",
        step="coarsening",
        exit_code=3,
        received=["SIGINT"],
        resources=Resources(cpu_time=3.11, peak_memory=84123648),
        code=Code(commit=COMMIT, branch="main", changed=["a.py"], patch=kept(place, PATCH, "a.diff")),
        parameters=Parameters(
            file="params.json",
            overrides={"mesh.n": 128},
            values={"mesh": {"n": 128}, "dt": 1e-05, "grid": [1, 2]},
        ),
        environment=keep_environment(place, an_environment(numpy="2.4.6")),
        imports={"numpy": "2.4.6"},
        inputs=[FileRef(path="data/in.csv", sha256="4" * 64, size=48_211, seen_by="argument")],
        outputs=[
            FileRef(path="out/a.csv", sha256="5" * 64, size=11, artifact=True),
            FileRef(path="out/gone.csv"),
        ],
        metrics={"exponent": 0.3312345678},
        log=Log(stdout=kept(place, SAID, "o.txt"), stderr=kept(place, COMPLAINED, "e.txt")),
        author=Author(name="Ada Example", email="ada@example.org"),
        problems=["something could not be seen"],
        annotations=Annotations(
            tags=["fig3", "draft"],
            outcome="agrees with 1/3",
            notes=[Note(at="2026-11-24T09:00:00Z", by="Bob", text="look again")],
        ),
    )
    return project


def exactly(project: ProjectFolder, *words: str) -> bytes:
    """What a command answers, byte for byte."""
    done = subprocess.run(
        [sys.executable, "-m", "publisher", *words], cwd=project.root, capture_output=True, check=True
    )
    return done.stdout


@posix
def test_everything_is_shown(shown: ProjectFolder) -> None:
    done = shown.publisher("show", "7f3a", env={"TZ": "UTC"})
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "7f3a9c1e5b02 reference  ✕ failed in 3.2 s, 2026-11-23 00:01",
        "does a finer mesh move it?",
        "→ agrees with 1/3",
        "command     python simulate.py params.json",
        "directory   sub",
        "step        coarsening",
        "tags        fig3 draft",
        "ended       with exit code 3, after SIGINT",
        "code        08d04df6a9 on main, 1 changed (kept as a patch)",
        "Debian 13, Python 3.11.7 with 1 packages",
        "used        3.1 s of CPU, 84 MB of memory",
        "by          Ada Example <ada@example.org>",
        "parameters (params.json)",
        "mesh.n  128  (changed)",
        "dt      1e-05",
        "grid    [1, 2]",
        "exponent  0.331235",
        "data/in.csv  48 kB  sha256 444444444444…",
        "out/a.csv  11 B  sha256 555555555555…  kept",
        "out/gone.csv  ?  sha256 ?",
        "numpy  2.4.6",
        "! something could not be seen",
        "look again  2026-11-24 09:00, Bob",
    ):
        assert words in done.stdout, words


def test_the_newest_run_is_shown_unless_told(shown: ProjectFolder) -> None:
    keep(shown.root, 9, reason="the newest")
    assert "the newest" in shown.publisher("show").stdout
    assert "the newest" not in shown.publisher("show", "reference").stdout


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"code": Code(version_control="none")}, "code        under no version control"),
        ({"code": Code()}, "code        before the first commit"),
        ({"code": Code(commit=COMMIT)}, "code        08d04df6a9 (detached)"),
        ({"signal": "SIGKILL", "exit_code": None, "status": "interrupted"}, "ended       by SIGKILL"),
        ({"status": "running", "exit_code": None, "duration": None}, "? lost"),
        ({"environment": "0" * 16}, f"environment {'0' * 16} is missing"),
        ({"author": Author(name="Ada")}, "by          Ada"),
        ({"command": ["a b", "$x"]}, "command     'a b' '$x'"),
        ({"duration": 4325.0}, "✓ completed in 1 h 12 min"),
        ({"duration": 125.4}, "✓ completed in 2 min 5 s"),
        ({"duration": 0.0123}, "✓ completed in 0.01 s"),
    ],
)
def test_what_is_special_is_said(facts: dict[str, Any], words: str, project: ProjectFolder) -> None:
    keep(project.root, **facts)
    assert words in project.publisher("show").stdout


def test_a_run_that_goes_on_is_running(project: ProjectFolder) -> None:
    record = keep(project.root, status="running", exit_code=None, duration=None)
    place = live.place_of(project_in(project.root), record.id)
    place.hold()
    try:
        assert "… running" in project.publisher("show").stdout
    finally:
        place.release()


def test_json_is_the_whole_record_and_what_we_do_not_know(shown: ProjectFolder) -> None:
    path = next(shown.root.glob("records/runs/*/*.yml"))
    path.write_text(path.read_text() + "future: {deep: [1]}\n")
    told = json.loads(shown.publisher("show", "--json").stdout)
    assert told["parameters"]["values"]["mesh"] == {"n": 128} and told["annotations"]["tags"] == [
        "fig3",
        "draft",
    ]
    assert told["seal"].startswith("sha256:") and told["future"] == {"deep": [1]}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_yaml_is_the_file_as_it_is(ends: str, shown: ProjectFolder) -> None:
    path = next(shown.root.glob("records/runs/*/*.yml"))
    path.write_bytes(path.read_bytes().replace(b"\n", ends.encode()) + "# no\xa0break".encode())
    assert exactly(shown, "show", "--yaml") == path.read_bytes()


def test_yaml_of_a_record_that_cannot_be_read_is_still_the_file(shown: ProjectFolder) -> None:
    path = next(shown.root.glob("records/runs/*/*.yml"))
    path.write_bytes(b"\xef\xbb\xbfbroken: \xff\n")
    assert exactly(shown, "show", "--yaml") == path.read_bytes()
    done = shown.publisher("show")
    assert done.returncode == 1 and f"{path}:1: byte 0xff is no UTF-8" in done.stderr


def test_the_log_is_what_the_program_said_byte_for_byte(shown: ProjectFolder) -> None:
    assert exactly(shown, "show", "--log") == SAID + COMPLAINED


def test_the_patch_is_what_git_can_apply(shown: ProjectFolder) -> None:
    patch = exactly(shown, "show", "--patch")
    assert patch == PATCH
    shown.write_files({"a.py": b"old \xe9\r\n"})
    subprocess.run(["git", "apply", "-"], cwd=shown.root, input=patch, check=True, capture_output=True)
    assert (shown.root / "a.py").read_bytes() == b"new \xe9\r\n"


def test_the_path_is_where_the_record_is(shown: ProjectFolder) -> None:
    assert Path(shown.publisher("show", "--path").stdout.rstrip("\n")) == next(
        shown.root.glob("records/runs/*/*.yml")
    )


def test_what_a_run_has_not_is_said(project: ProjectFolder) -> None:
    keep(project.root)
    for part, words in (("--log", "said nothing"), ("--patch", "as committed")):
        done = project.publisher("show", part)
        assert (done.returncode, done.stdout) == (0, "") and words in done.stderr


def test_what_was_not_kept_is_no(project: ProjectFolder) -> None:
    digest = f"sha256:{'0' * 64}"
    keep(project.root, log=Log(stdout=digest), code=Code(commit=COMMIT, patch=digest))
    for part in ("--log", "--patch"):
        done = project.publisher("show", part)
        assert (done.returncode, done.stdout) == (1, "") and "not among the artifacts" in done.stderr


def test_parts_exclude_each_other(shown: ProjectFolder) -> None:
    assert shown.publisher("show", "--json", "--yaml").returncode == 2


def test_a_broken_seal_is_said(shown: ProjectFolder) -> None:
    path = next(shown.root.glob("records/runs/*/*.yml"))
    path.write_text(path.read_text().replace("exit_code: 3", "exit_code: 0"))
    done = shown.publisher("show")
    assert done.returncode == 0 and "the seal of this record is broken" in done.stderr
    assert "with exit code 3" not in done.stdout


@pytest.mark.parametrize(("word", "said"), [("f00", "no run has an id that begins with `f00`"), ("", "``")])
def test_a_run_that_is_not_there_is_said(word: str, said: str, shown: ProjectFolder) -> None:
    done = shown.publisher("show", word)
    assert (done.returncode, done.stdout) == (1, "") and said in done.stderr


def test_texts_of_strangers_are_shown_harmlessly(project: ProjectFolder) -> None:
    evil = "\x1b[31mred\x07 [red]x[/red] \\[/] [/] \x9b2J \u202e"
    place = project_in(project.root)
    record: Record = keep(
        place,
        label=evil,
        reason=evil,
        command=[evil],
        directory=evil,
        step=evil,
        author=Author(name=evil, email=evil),
        code=Code(commit=evil, branch=evil),
        parameters=Parameters(file=evil, values={evil: evil}),
        imports={evil: evil},
        inputs=[FileRef(path=evil)],
        metrics={evil: 1},
        problems=[evil],
        environment=evil,
        annotations=Annotations(tags=[evil], outcome=evil, notes=[Note(text=evil, by=evil)]),
    )
    done = project.publisher("show")
    assert done.returncode == 0, done.stderr
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.stdout)
    assert done.stdout.count(r"\x1b[31mred\x07 [red]x[/red] \[/] [/]") > 12
    assert file_of(project.root, record).exists()


def test_a_parameter_of_many_lines_is_shown(project: ProjectFolder) -> None:
    keep(project.root, parameters=with_parameters(text="a\nb", on=True, none=None))
    assert "on    true" in project.publisher("show").stdout


def test_uncertain_files_are_shown_apart(project: ProjectFolder) -> None:
    keep(project.root, 1, uncertain=[FileRef(path="out/shared.csv", seen_by="traced")])
    told = project.publisher("show", "latest").stdout
    assert "uncertain" in told and "  out/shared.csv" in told and "outputs" not in told
