"""`publisher diff` as a process: only what differs, and code as a diff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.model.record import Code
from publisher.store import artifacts
from publisher.store.environments import keep_environment
from tests.conftest import ProjectFolder
from tests.factory import an_environment, keep, outputs, project_in, with_parameters

A, B = "a" * 12, "b" * 12


def two(project: ProjectFolder, first: dict[str, Any], second: dict[str, Any]) -> None:
    keep(project.root, 1, id=A, **first)
    keep(project.root, 2, id=B, **second)


def patch(project: ProjectFolder, text: bytes) -> str:
    return "sha256:" + artifacts.keep(project_in(project.root), text, "a.diff")


def test_only_what_differs_is_shown_in_groups(project: ProjectFolder) -> None:
    place = project_in(project.root)
    two(
        project,
        {
            "parameters": with_parameters(mesh={"n": 64}, dt=0.1, same=1),
            "metrics": {"exponent": 0.331, "mass": 1.0},
            "environment": keep_environment(place, an_environment(numpy="2.4.6", scipy="1.17.0")),
            "inputs": outputs(data="1"),
            "outputs": outputs(energy="1", field="2"),
        },
        {
            "parameters": with_parameters(mesh={"n": 128}, same=1, seed=3),
            "metrics": {"exponent": 0.333, "mass": 1.0},
            "environment": keep_environment(place, an_environment(numpy="2.4.7", scipy="1.17.0")),
            "inputs": outputs(data="1"),
            "outputs": outputs(energy="1", field="3"),
            "status": "failed",
            "exit_code": 1,
        },
    )
    done = project.publisher("diff", "a", "b")
    assert done.returncode == 1 and done.stderr == ""
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [words[0] for words in lines if len(words) == 1] == [
        "run",
        "parameters",
        "metrics",
        "environment",
        "outputs",
    ]
    assert ["mesh.n", "64", "128"] in lines and ["dt", "0.1", "–"] in lines and ["seed", "–", "3"] in lines
    assert ["numpy", "2.4.6", "2.4.7"] in lines and ["exponent", "0.331", "0.333"] in lines
    assert ["exit", "code", "0", "1"] in lines and [A[:7], B[:7]] in lines
    for same in ("same", "mass", "scipy", "energy", "data.csv"):
        assert same not in done.stdout


def test_runs_that_are_the_same_are_0(project: ProjectFolder) -> None:
    values = {"lost": float("nan"), "list": [float("nan")]}
    two(
        project,
        {"parameters": with_parameters(**values)},
        {"parameters": with_parameters(**values), "reason": "again"},
    )
    done = project.publisher("diff", "a", "b")
    assert (done.returncode, done.stdout) == (0, "") and "are the same" in done.stderr
    done = project.publisher("diff", "a", "b", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_json_holds_values_as_they_are(project: ProjectFolder) -> None:
    two(
        project,
        {"parameters": with_parameters(n=10**30, a=1)},
        {"parameters": with_parameters(n=1.5, b=[1, "\x85"])},
    )
    done = project.publisher("diff", "a", "latest", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == [
        {"group": "parameters", "name": "n", "before": 10**30, "after": 1.5},
        {"group": "parameters", "name": "a", "before": 1, "after": None},
        {"group": "parameters", "name": "b", "before": None, "after": [1, "\x85"]},
    ]


def test_code_is_shown_as_the_diff_between_the_commits_without_the_records(project: ProjectFolder) -> None:
    one = project.commit(heat_py="mesh = 64\nsame = 1\n")
    project.write_files({"records/x.yml": "not this"})
    other = project.commit(heat_py="mesh = 128\nsame = 1\n")
    two(project, {"code": Code(commit=one)}, {"code": Code(commit=other)})
    done = project.publisher("diff", "a", "b")
    assert done.returncode == 1
    assert "\n| -mesh = 64\n| +mesh = 128\n|  same = 1\n" in done.stdout
    assert "|  heat.py | 2 +-\n" in done.stdout and "not this" not in done.stdout
    assert one[:12] in done.stdout and other[:12] in done.stdout
    assert "+mesh = 128" not in project.publisher("diff", "a", "b", "--no-code").stdout


def test_a_diff_is_shown_line_by_line_without_what_a_terminal_obeys(project: ProjectFolder) -> None:
    project.write_files({"a.txt": b"old \xe9\r\n"})
    one = project.commit()
    project.write_files({"a.txt": b"new \xe9\x0c\r\n"})
    two(project, {"code": Code(commit=one)}, {"code": Code(commit=project.commit())})
    done = project.publisher("diff", "a", "b")
    assert "| -old \ufffd\n| +new \ufffd\n" in done.stdout


def test_a_commit_that_git_does_not_know_is_said(project: ProjectFolder) -> None:
    one = project.commit(heat_py="")
    two(project, {"code": Code(commit=one)}, {"code": Code(commit="0" * 40)})
    done = project.publisher("diff", "a", "b")
    assert done.returncode == 1 and "git cannot show the difference of the commits" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("commit", ["--output=pwned", "-Opwned", "--ext-diff", "HEAD --output=pwned"])
def test_a_commit_of_a_strangers_record_is_no_option_of_git(commit: str, project: ProjectFolder) -> None:
    one = project.commit(heat_py="a = 1\n")
    two(project, {"code": Code(commit=commit)}, {"code": Code(commit=one)})
    done = project.publisher("diff", "a", "b")
    assert done.returncode == 1 and "git cannot show" in done.stderr
    assert not list(Path(project.root).rglob("pwned*"))


def test_uncommitted_code_is_shown_as_the_diff_between_the_patches(project: ProjectFolder) -> None:
    commit = project.commit(heat_py="a = 1\n")
    one, other = patch(project, b"@@\n-a = 1\n+a = 2\n"), patch(project, b"@@\n-a = 1\n+a = 3\n")
    two(project, {"code": Code(commit=commit, patch=one)}, {"code": Code(commit=commit, patch=other)})
    done = project.publisher("diff", "a", "b")
    assert (
        done.returncode == 1
        and "| --- not committed in aaaaaaa\n| +++ not committed in bbbbbbb\n" in done.stdout
    )
    assert "| -+a = 2\n| ++a = 3\n" in done.stdout


@pytest.mark.parametrize("dirty", ["a", "b"])
def test_where_only_one_run_was_of_uncommitted_code_that_is_said_and_shown(
    dirty: str, project: ProjectFolder
) -> None:
    commit = project.commit(heat_py="a = 1\n")
    code = {"code": Code(commit=commit, patch=patch(project, b"@@\n-a = 1\n+a = 2\n"))}
    clean = {"code": Code(commit=commit)}
    two(project, *((code, clean) if dirty == "a" else (clean, code)))
    done = project.publisher("diff", "a", "b")
    assert f"not committed in {dirty * 7}; in the other run nothing was" in done.stderr
    assert done.stdout.endswith("\n| @@\n| -a = 1\n| +a = 2\n")


@pytest.mark.parametrize("both", [True, False])
def test_a_patch_that_is_gone_is_said_and_nothing_is_claimed(both: bool, project: ProjectFolder) -> None:
    commit = project.commit(heat_py="a = 1\n")
    other = (
        {"code": Code(commit=commit, patch=f"sha256:{'1' * 64}")} if both else {"code": Code(commit=commit)}
    )
    two(project, {"code": Code(commit=commit, patch=f"sha256:{'0' * 64}")}, other)
    done = project.publisher("diff", "a", "b")
    assert "not committed in aaaaaaa" in done.stderr and "not among the artifacts" in done.stderr
    assert ("bbbbbbb" in done.stderr) is both and "nothing was" not in done.stderr


def test_an_environment_that_is_gone_is_said_and_the_rest_is_compared(project: ProjectFolder) -> None:
    two(project, {"environment": "0" * 16, "exit_code": 0}, {"environment": "1" * 16, "exit_code": 1})
    done = project.publisher("diff", "a", "b")
    assert done.returncode == 1 and done.stderr.count("is missing") == 2 and "exit code" in done.stdout


def test_texts_of_strangers_are_shown_harmlessly(project: ProjectFolder) -> None:
    two(
        project,
        {"parameters": with_parameters(a="\x1b[2J[red]")},
        {"parameters": with_parameters(**{"a": "\\[/]", "\x07": 1})},
    )
    done = project.publisher("diff", "a", "b")
    assert done.returncode == 1 and "\x1b" not in done.stdout and "\x07" not in done.stdout
    assert r"\x1b[2J[red]" in done.stdout and r"\[/]" in done.stdout


def test_two_runs_are_wanted(project: ProjectFolder) -> None:
    two(project, {}, {})
    assert project.publisher("diff", "a").returncode == 2
    done = project.publisher("diff", "a", "c")
    assert done.returncode == 1 and "begins with `c`" in done.stderr
