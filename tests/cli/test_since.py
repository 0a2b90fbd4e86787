"""`publisher verify --since`: what a pull request is about, re-run in real processes."""

from __future__ import annotations

import json

import pytest

from tests.conftest import ProjectFolder

SETTINGS = """\
steps:
  draw: {command: python draw.py params.json, parameters: params.json, outputs: [out.txt]}
  sum: {command: python sum.py, outputs: [sum.txt]}
"""
DRAW = "import json, sys\nopen('out.txt', 'w').write(str(json.load(open(sys.argv[1]))['n'] * 2))\n"


@pytest.fixture
def paper(project: ProjectFolder) -> ProjectFolder:
    """Two steps, each with a run, all committed and tagged `base`."""
    project.write_files({"publisher.yml": SETTINGS, ".gitignore": ".publisher/\nout.txt\nsum.txt\n"})
    project.commit(draw_py=DRAW, sum_py="open('sum.txt', 'w').write('3')\n", params_json='{"n": 1}')
    for step in ("draw", "sum"):
        assert project.publisher("run", step).returncode == 0
    project.commit("records")
    project.git("tag", "base")
    return project


def kept(project: ProjectFolder) -> int:
    return len(list((project.root / "records").glob("verifications/**/*.yml")))


def test_where_nothing_is_touched_nothing_is_run(paper: ProjectFolder) -> None:
    paper.commit(README_md="words\n")
    done = paper.publisher("verify", "--since", "base")
    assert (done.returncode, kept(paper)) == (0, 0)
    assert "nothing to re-run" in done.stderr


def test_a_run_that_was_recorded_since_is_verified_and_the_finding_kept(paper: ProjectFolder) -> None:
    assert paper.publisher("run", "draw", "n=5").returncode == 0
    paper.commit("another run")
    done = paper.publisher("verify", "--since", "base")
    assert (done.returncode, kept(paper)) == (0, 1), done.stderr
    assert "1 of 1 match" in done.stderr


def test_a_step_that_a_change_leaves_alone_matches_with_the_new_code_and_nothing_is_kept(
    paper: ProjectFolder,
) -> None:
    paper.commit(draw_py="# tidied up\n" + DRAW)
    done = paper.publisher("verify", "--since", "base")
    assert (done.returncode, kept(paper)) == (0, 0), done.stdout + done.stderr
    assert "which nobody recorded" in done.stderr and "1 of 1 match" in done.stderr
    assert "draw" in done.stdout and "sum" not in done.stdout


def test_a_change_that_turns_a_step_is_told_beside_the_record(paper: ProjectFolder) -> None:
    paper.commit(draw_py=DRAW.replace("* 2", "* 3"))
    done = paper.publisher("verify", "--since", "base", "--annotations")
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("::")]
    assert line.startswith("::error file=records/runs/")
    assert line.partition("::different: ")[2]
    paper.publisher("run", "draw")
    paper.commit("recorded anew")
    assert paper.publisher("verify", "--since", "base").returncode == 0


def test_a_run_in_the_place_of_another_is_one_that_was_recorded_since(paper: ProjectFolder) -> None:
    for old in (paper.root / "records/runs").rglob("*.yml"):
        if "step: draw" in old.read_text():
            old.unlink()
    assert paper.publisher("run", "draw").returncode == 0
    paper.commit("recorded anew")
    assert paper.git("diff", "--name-status", "base", "HEAD").startswith("R")
    done = paper.publisher("verify", "--since", "base")
    assert "1 of 1 match" in done.stderr and kept(paper) == 1


def test_a_step_that_was_stale_before_is_not_what_a_change_is_about(paper: ProjectFolder) -> None:
    paper.commit(draw_py=DRAW.replace("* 2", "* 3"))
    paper.git("tag", "--force", "base")
    paper.commit(README_md="words\n")
    done = paper.publisher("verify", "--since", "base")
    assert done.returncode == 0 and "nothing to re-run" in done.stderr


def test_a_commit_that_is_not_here_is_said(paper: ProjectFolder) -> None:
    for base in ("nowhere", "--output=x", "$(touch hacked)"):
        done = paper.publisher("verify", f"--since={base}")
        assert done.returncode == 2 and "there is no such commit" in done.stderr
    assert not (paper.root / "hacked").exists()


def test_what_is_kept_can_be_signed_and_what_is_not_cannot(paper: ProjectFolder) -> None:
    done = paper.publisher("verify", "--all", "--attest", "attest")
    assert done.returncode == 0
    statement = json.loads((paper.root / "attest/statement.json").read_text())
    assert statement["predicate"] == json.loads((paper.root / "attest/predicate.json").read_text())
    assert statement["predicate"]["result"] == "PASSED"
    sums = (paper.root / "attest/subjects.txt").read_text().splitlines()
    assert [line.split("  ") for line in sums] == [
        [each["digest"]["sha256"], each["name"]] for each in statement["subject"]
    ]
    assert len(sums) == 2 and all((paper.root / line.split("  ")[1]).is_file() for line in sums)
    paper.publisher("verify", "--all", "--no-record", "--attest", "other")
    assert not (paper.root / "other").exists()


def test_anew_is_from_the_lock_file_where_there_is_one(paper: ProjectFolder) -> None:
    paper.commit(requirements_txt="")
    assert paper.publisher("run", "sum").returncode == 0
    told = json.loads(paper.publisher("verify", "--step", "sum", "--environment", "anew", "--json").stdout)
    assert (told[0]["mode"], told[0]["verdict"]) == ("locked", "identical")
