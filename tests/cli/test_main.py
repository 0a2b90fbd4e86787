"""Which command was asked for, and what becomes of mistakes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from publisher import __version__
from publisher.cli.main import COMMANDS, main
from publisher.model.record import FileRef, Log
from publisher.store.artifacts import keep as keep_artifact
from tests.conftest import ProjectFolder
from tests.factory import keep, keep_text, posix, project_in


def test_without_a_command_all_are_listed_and_it_is_wrong_usage(project: ProjectFolder) -> None:
    done = project.publisher()
    assert done.returncode == 2 and done.stderr == ""
    listed = re.findall(r"^  (\w+) +\S", done.stdout, re.MULTILINE)
    assert [name for name in listed if name != "publisher"] == list(COMMANDS)
    assert "publisher run -- python simulate.py params.json" in done.stdout


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_asked_for_help_all_are_listed(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    assert all(f"  {name} " in capsys.readouterr().out for name in ["list"])


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    told = capsys.readouterr().out
    assert re.search(rf"^example:\n  publisher {name}\b", told, re.MULTILINE)
    assert "usage: publisher" in told


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_the_version_is_told(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([word]) == 0
    assert capsys.readouterr().out == f"publisher {__version__}\n"


@pytest.mark.parametrize(("typed", "meant"), [("lst", "list"), ("showx", "show"), ("annotatx", "annotate")])
def test_an_unknown_command_gets_the_nearest(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([typed]) == 2
    told = capsys.readouterr()
    assert told.out == "" and f"no command `{typed}`; did you mean `{meant}`?" in told.err


def test_an_unknown_command_that_is_near_to_none_gets_advice(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zzz"]) == 2
    told = capsys.readouterr().err
    assert "did you mean" not in told and "publisher --help" in told


@pytest.mark.parametrize(
    "words", [["show", "--colour"], ["diff", "a"], ["list", "-n", "many"], ["show", "--js"]]
)
def test_wrong_usage_is_2_with_the_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "usage: publisher" in capsys.readouterr().err


def test_an_error_is_a_sentence_with_advice_and_no_traceback(project: ProjectFolder) -> None:
    done = project.publisher("show", "latest")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == (
        f"publisher: {project.root / 'records'}: there are no records yet\n"
        "  make the first: publisher run -- COMMAND\n"
    )


def test_settings_that_cannot_be_understood_are_named_with_their_line(project: ProjectFolder) -> None:
    project.write(publisher_yml="paper: {}\nstepps: {}\n")
    for words in (["list"], ["show"], ["check"], ["run", "--", "true"]):
        done = project.publisher(*words)
        assert done.returncode == 2
        assert (
            "publisher.yml:2: unknown key `stepps`" in done.stderr and "did you mean `steps`?" in done.stderr
        )


def broken(folder: Path, code: str) -> dict[str, str]:
    """An environment in which a part of publisher is broken as soon as it is loaded."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    (folder / "tmp").mkdir()
    return {"PYTHONPATH": str(folder), "TMPDIR": str(folder / "tmp")}


MISTAKE = """\
import publisher.store.index
def rows(self, **options): raise RuntimeError("the cat sat on it")
publisher.store.index.Index.rows = rows
"""


def test_a_mistake_of_ours_is_one_sentence_and_a_report_without_a_traceback(
    project: ProjectFolder, tmp_path: Path
) -> None:
    keep(project.root)
    done = project.publisher(
        "list",
        "mesh",
        "token=ghp_" + "a1B2" * 9,
        "password=hunter2",
        env=broken(tmp_path / "broken", MISTAKE),
    )
    assert done.returncode == 70 and done.stdout == "" and "Traceback" not in done.stderr
    first, second = done.stderr.splitlines()
    assert first == "publisher: this is a mistake of publisher, not yours: RuntimeError: the cat sat on it"
    (report,) = (tmp_path / "broken" / "tmp").glob("publisher-mistake-*.md")
    assert second.endswith(f" is in {report}")
    told = report.read_text()
    assert told.startswith("`publisher list mesh token=(masked) password=(masked)`\n\n```\nTraceback")
    assert "RuntimeError: the cat sat on it\n```" in told
    assert f"- publisher: {__version__}" in told and "- python: CPython" in told and "ghp_" not in told


@posix
def test_the_report_of_a_mistake_goes_through_no_link(project: ProjectFolder, tmp_path: Path) -> None:
    env = broken(tmp_path / "broken", MISTAKE)
    keep(project.root)
    mine = tmp_path / "mine.txt"
    mine.write_text("keep me")
    (Path(env["TMPDIR"]) / "publisher-mistake.md").symlink_to(mine)
    assert project.publisher("list", env=env).returncode == 70
    assert mine.read_text() == "keep me"


def test_a_mistake_where_no_file_can_be_written_is_told_whole(project: ProjectFolder, tmp_path: Path) -> None:
    keep(project.root)
    code = (
        MISTAKE
        + "import tempfile\ndef none(*a, **k): raise OSError('no room')\ntempfile.NamedTemporaryFile = none\n"
    )
    done = project.publisher("list", env=broken(tmp_path / "broken", code))
    assert done.returncode == 70 and "this is a mistake of publisher" in done.stderr
    assert "  ```\n  Traceback" in done.stderr


# -- a reader that leaves -----------------------------------------------------------------------------------


def left_alone(project: ProjectFolder, *words: str, lines: int) -> tuple[int, str]:
    """Start a command, read some lines of its answer, go away; its exit code and what it says to that."""
    started = subprocess.Popen(
        [sys.executable, "-m", "publisher", *words],
        cwd=project.root,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert started.stdout and started.stderr
    for _ in range(lines):
        assert started.stdout.readline()
    started.stdout.close()
    said = started.stderr.read().decode()
    started.stderr.close()
    return started.wait(timeout=60), said


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another error on Windows")
@pytest.mark.parametrize("lines", [0, 1])
@pytest.mark.parametrize(
    "words",
    [["list"], ["list", "--json"], ["list", "--csv"], ["show"], ["show", "--log"], ["check"], ["--help"]],
    ids=" ".join,
)
def test_a_reader_that_leaves_causes_no_traceback(
    words: list[str], lines: int, project: ProjectFolder
) -> None:
    place = project_in(project.root)
    log = keep_artifact(place, b"said\n" * 100_000, "log.txt")
    outputs = [FileRef(path=f"out/{n}{'x' * 50}.csv", sha256=f"{n:064x}", artifact=True) for n in range(800)]
    for number in range(40):
        keep(project.root, number, reason="why " * 800)
    keep(project.root, 50, log=Log(stdout=f"sha256:{log}"), outputs=outputs)
    code, said = left_alone(project, *words, lines=lines)
    assert "Traceback" not in said and "Exception" not in said and "mistake" not in said
    assert code in (0, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another error on Windows")
@pytest.mark.parametrize("words", [["list"], ["show"], ["list", "--json"], ["about"]], ids=" ".join)
def test_a_reader_that_leaves_before_a_short_answer_causes_no_traceback(
    words: list[str], project: ProjectFolder
) -> None:
    keep(project.root, reason="short")
    assert left_alone(project, *words, lines=0) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_ctrl_c_is_130_without_a_traceback(project: ProjectFolder, tmp_path: Path) -> None:
    keep(project.root)
    code = "import publisher.store.index as i, time\ni.Index.rows = lambda self, **k: (print('here', flush=True), time.sleep(60))\n"
    started = subprocess.Popen(
        [sys.executable, "-m", "publisher", "list"],
        cwd=project.root,
        env={**os.environ, **broken(tmp_path / "broken", code)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout and started.stdout.readline() == "here\n"
    time.sleep(0.1)
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert (started.returncode, said) == (130, "")


# -- records of strangers -----------------------------------------------------------------------------------


def test_a_record_that_is_nested_without_end_is_refused_and_breaks_nothing(project: ProjectFolder) -> None:
    keep(project.root)
    keep_text(project.root, f"schema: 1\nid: {'[' * 200_000}\n")
    done = project.publisher("list")
    assert done.returncode == 1 and "aaaaaaaaaaaa.yml:2: is nested too deep" in done.stderr
    assert done.stdout.count("completed") == 1


def test_commands_work_from_any_folder_of_the_project(project: ProjectFolder) -> None:
    keep(project.root, reason="from below")
    project.write_files({"src/deep/a.py": ""})
    for words in (["list"], ["show"], ["check"]):
        done = project.publisher(*words, cwd=project.root / "src" / "deep")
        assert done.returncode == 0, done.stderr


def test_narrow_blanks_are_blanks_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    from publisher.cli.terminal import answer

    answer("10\u202f000 runs")
    assert capsys.readouterr().out == "10 000 runs\n"
