"""A new paper, from `publisher init --github` to workflows that were rehearsed: their scripts run as the files hold them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from publisher import __version__
from publisher.cli.init import OUR_OWN
from tests.conftest import ProjectFolder

GITHUB = Path(__file__).resolve().parents[2] / ".github"
SETTINGS = "steps:\n  draw: {command: python draw.py, outputs: [out.txt]}\n"
DRAW = "open('out.txt', 'w').write('1')\n"


@pytest.fixture
def paper(project: ProjectFolder) -> ProjectFolder:
    """A paper of one step that was run, with the workflows, all committed."""
    project.write_files({"publisher.yml": SETTINGS, ".gitignore": "out.txt\n", "requirements.txt": ""})
    project.commit(draw_py=DRAW)
    assert project.publisher("init", "--github").returncode == 0
    assert project.publisher("run", "draw").returncode == 0
    project.commit("all")
    return project


def remote(folder: Path, *words: str) -> str:
    command = ["git", f"--git-dir={folder / 'remote.git'}", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_what_is_written_is_what_this_project_uses_itself(paper: ProjectFolder) -> None:
    written = sorted((paper.root / ".github").rglob("*.yml"))
    assert [each.relative_to(paper.root / ".github").as_posix() for each in written] == [
        "actions/publisher/action.yml",
        *(f"workflows/{name}.yml" for name in ("preview", "publish", "run", "verify")),
    ]
    for each in written:
        ours = (GITHUB / each.relative_to(paper.root / ".github")).read_text()
        theirs = ours.replace(OUR_OWN, f"provenance-publisher[site,verify]=={__version__}")
        assert each.read_text() == theirs


def test_every_action_is_pinned_and_every_right_is_asked_for_by_a_job() -> None:
    for file in GITHUB.glob("workflows/*.yml"):
        told = yaml.safe_load(file.read_text())
        if file.stem != "ci":
            assert told["permissions"] == {} and told["concurrency"], file
        for job in told["jobs"].values():
            writes = "write" in (job.get("permissions") or {}).values()
            for step in job["steps"]:
                uses = step.get("uses", "$/")
                assert uses.startswith("$/") or len(uses.partition("@")[2]) == 40, uses
                assert "${{" not in step.get("run", ""), "a script gets values by its environment alone"
            if writes and "pull_request" in told[True]:
                assert "pull_request" in job["if"], f"{file.stem}: a fork could reach {job['name']}"


def test_a_new_paper_is_green_with_one_command_each(paper: ProjectFolder, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    words = ["--keep", str(kept), "--var", "PUBLISHER_KEEP=commit", "--var", "PUBLISHER_ATTEST=true"]
    done = paper.publisher("rehearse", "publish", "verify", "preview", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every job succeeded" in done.stderr
    assert paper.git("status", "--porcelain") == "" and paper.git("branch", "--list", "gh-pages") == ""
    # publish: the branch is a draft, the tag an edition on the remote's branch
    site = kept / "publish-push/artifacts/github-pages"
    assert "draft/index.html" in (site / "index.html").read_text()
    assert "rehearsal" in remote(kept / "publish-push-tag", "ls-tree", "--name-only", "gh-pages").split()
    assert (
        "workflow run publish.yml --ref main" in (kept / "publish-push-tag/job-edition/log.txt").read_text()
    )
    # verify: of a pull request nothing is kept, at its hour the findings are pushed, and could be signed
    assert "nothing to re-run" in (kept / "verify-pull_request/job-verify/log.txt").read_text() or (
        "1 of 1 re-runs match" in (kept / "verify-pull_request/summary.md").read_text()
    )
    told = remote(kept / "verify-schedule", "log", "-1", "--format=%s", "--name-only", "main")
    assert told.startswith("Verifications of ") and "records/verifications/" in told
    assert "1 of 1 re-runs match" in (kept / "verify-schedule/summary.md").read_text()
    assert "verify: actions/attest" not in done.stdout and "attest: actions/attest" in done.stdout
    # preview: the comment is the text of `publisher changes`
    comment = (kept / "preview-pull_request/job-comment/work/changes.md").read_text()
    assert comment.startswith("### From ") and "Runs added:" in comment
    assert (
        "gh, left to GitHub: pr comment 1 " in (kept / "preview-pull_request/job-comment/log.txt").read_text()
    )


def test_a_step_that_fails_makes_the_rehearsal_fail_and_says_what_it_said(paper: ProjectFolder) -> None:
    paper.commit(draw_py=DRAW.replace("'1'", "'2'"))
    done = paper.publisher("rehearse", "verify")
    assert done.returncode == 1
    assert "✕ verify: The runs of this pull request" in done.stdout and "::error file=" in done.stdout
    assert "a job failed" in done.stderr


def test_what_a_program_changes_besides_records_is_not_pushed(paper: ProjectFolder, tmp_path: Path) -> None:
    evil = DRAW + "open('draw.py', 'a').write('# mine')\nopen('.github/workflows/run.yml', 'w').write('x')\n"
    paper.commit(draw_py=evil)
    kept = tmp_path / "kept"
    done = paper.publisher("rehearse", "run", "--keep", str(kept))
    assert done.returncode == 0, done.stdout + done.stderr
    folder = kept / "run-workflow_dispatch"
    changed = remote(folder, "diff", "--name-only", "main", "run/1-1").split()
    assert changed and all(path.startswith("records/") for path in changed)
    assert "gh, left to GitHub: pr create " in (folder / "job-propose/log.txt").read_text()


def test_a_program_cannot_have_a_file_removed_by_moving_it_below_records(
    paper: ProjectFolder, tmp_path: Path
) -> None:
    evil = DRAW + "import os, subprocess\nos.makedirs('records/verifications', exist_ok=True)\n"
    evil += "subprocess.run(['git', 'mv', 'publisher.yml', 'records/verifications/x.txt'])\n"
    paper.commit(draw_py=evil)
    kept = tmp_path / "kept"
    done = paper.publisher("rehearse", "run", "--keep", str(kept))
    assert done.returncode == 1
    assert "the patch changes more than it adds to records" in done.stdout
    assert remote(kept / "run-workflow_dispatch", "branch", "--list", "run/*") == ""


def test_what_is_no_step_is_not_run(paper: ProjectFolder, tmp_path: Path) -> None:
    done = paper.publisher("rehearse", "run", "--step", "python")
    assert done.returncode == 1 and "`python` is no step of publisher.yml" in done.stdout


def test_a_repository_without_records_is_green(project: ProjectFolder) -> None:
    project.write_files({"publisher.yml": SETTINGS, ".gitignore": "out.txt\n"})
    project.commit(draw_py=DRAW)
    project.publisher("init", "--github")
    project.commit("workflows")
    done = project.publisher("rehearse", "verify", "preview")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_branch_that_is_published_is_the_remote_s_own(project: ProjectFolder) -> None:
    project.commit(a_py="1\n")
    project.git("switch", "-qc", "add-publisher")
    project.publisher("init", "--github")
    assert "branches: [main]" in (project.root / ".github/workflows/publish.yml").read_text()


def test_a_project_inside_of_a_repository_gets_no_workflows_that_would_not_work(
    project: ProjectFolder,
) -> None:
    project.commit(a_py="1\n")
    inner = project.root / "paper"
    inner.mkdir()
    (inner / "publisher.yml").write_text("{}\n")
    done = subprocess.run(
        [sys.executable, "-m", "publisher", "init", "--github"], cwd=inner, capture_output=True, text=True
    )
    assert done.returncode == 2 and "at the top of the repository" in done.stderr
    assert not (project.root / ".github").exists()


def test_workflows_of_other_forms_are_rehearsed_too(project: ProjectFolder) -> None:
    text = "on: [push]\njobs:\n  a:\n    steps:\n      - run: exit 1\n        if: false\n      - run: echo done\n"
    project.write_files({".github/workflows/other.yml": text, "publisher.yml": SETTINGS})
    project.commit("a workflow of another kind")
    project.write_files({".github/workflows/other.yml": "not committed"})
    done = project.publisher("rehearse", "other")
    assert (done.returncode, "echo done" in done.stdout, "exit 1" in done.stdout) == (0, True, False), (
        done.stderr
    )


def test_words_of_whoever_starts_a_run_stay_words(paper: ProjectFolder, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = paper.publisher("rehearse", "run", "--step", "$(touch hacked); draw", "--keep", str(kept))
    assert done.returncode == 1
    assert not list(kept.rglob("hacked"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verfy"], "did you mean verify?"),
        (["--keep", "."], "is there already"),
    ],
)
def test_what_makes_no_sense_is_said(words: list[str], said: str, paper: ProjectFolder) -> None:
    done = paper.publisher("rehearse", *words)
    assert done.returncode == 2 and said in done.stderr


def test_without_workflows_it_is_said_where_they_come_from(project: ProjectFolder) -> None:
    project.commit(draw_py=DRAW)
    done = project.publisher("rehearse")
    assert done.returncode == 2 and "publisher init --github" in done.stderr


HOSTILE_NAMES = """
import os
folder = 'records/verifications/2026-11'
os.makedirs(folder, exist_ok=True)
for name in ('x publisher.yml', 'x\\npublisher.yml', '20261101T000000-aaaaaaaaaaaa.yml\\npublisher.yml',
             '20261101T000000-aaaaaaaaaaaa.yml draw.py', '--help', "$(touch hacked)", '`touch hacked`;', "a'b"):
    open(os.path.join(folder, name), 'w').write('x')
"""


def test_only_verifications_that_publisher_names_are_signed(paper: ProjectFolder, tmp_path: Path) -> None:
    paper.commit(draw_py=DRAW + HOSTILE_NAMES)
    assert paper.publisher("run", "draw").returncode == 0
    subprocess.run(["git", "clean", "-qfd", "records/verifications"], cwd=paper.root, check=True)
    paper.commit("recorded")
    # the program changes records of the workspace, as one does that runs without a sandbox
    workflow = paper.root / ".github/workflows/verify.yml"
    text = workflow.read_text()
    workflow.write_text(
        text.replace(
            "- name: What was found\n", f"- run: {sys.executable} draw.py\n      - name: What was found\n"
        )
    )
    paper.commit("a program that names files")
    kept = tmp_path / "kept"
    words = ["--keep", str(kept), "--var", "PUBLISHER_KEEP=commit", "--var", "PUBLISHER_ATTEST=true"]
    done = paper.publisher("rehearse", "verify", *words)
    signed = (kept / "verify-schedule/job-attest/work/subjects.txt").read_text().splitlines()
    assert signed and all(
        re.fullmatch(
            r"[0-9a-f]{64}  records/verifications/\d{4}-\d\d/\d{8}T\d{6}-[0-9a-f]{12}(\.\d+)?\.yml", each
        )
        for each in signed
    )
    assert not list(kept.rglob("hacked"))
    assert "the patch changes more than it adds to records" in done.stdout
    assert (
        remote(kept / "verify-schedule", "log", "-1", "--format=%s", "main") == "a program that names files\n"
    )


def test_a_link_in_the_place_of_a_verification_is_not_signed(paper: ProjectFolder, tmp_path: Path) -> None:
    link = "import os\nos.makedirs('records/verifications/2026-11', exist_ok=True)\n"
    link += "os.symlink('../../../publisher.yml', 'records/verifications/2026-11/20261101T000000-aaaaaaaaaaaa.yml')\n"
    paper.write_files({"link.py": link})
    workflow = paper.root / ".github/workflows/verify.yml"
    text = workflow.read_text()
    workflow.write_text(
        text.replace(
            "- name: What was found\n", f"- run: {sys.executable} link.py\n      - name: What was found\n"
        )
    )
    paper.commit("a link")
    kept = tmp_path / "kept"
    words = ["--keep", str(kept), "--var", "PUBLISHER_KEEP=commit", "--var", "PUBLISHER_ATTEST=true"]
    done = paper.publisher("rehearse", "verify", *words)
    assert done.returncode == 1 and "is no file" in done.stdout
    assert not (kept / "verify-schedule/job-attest/work/subjects.txt").exists()


def test_names_of_files_reach_a_shell_between_zeros_alone() -> None:
    for file in [*GITHUB.glob("workflows/*.yml"), *GITHUB.glob("actions/*/action.yml")]:
        for line in file.read_text().splitlines():
            if "xargs" in line:
                assert "xargs --null" in line, f"{file.name}: {line}"
            if "--name-only" in line or "--name-status" in line or "ls-files" in line:
                assert " -z" in line, f"{file.name}: {line}"
            assert "for f in $(" not in line and "while read " not in line and "eval " not in line
