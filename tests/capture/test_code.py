"""Which code ran: every state a repository can be in is recorded for what it is."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ProjectFolder

PROGRAM = "print('hello')\n"


def artifact(project: ProjectFolder, digest: str) -> Path:
    """The file of an artifact, checked against its name."""
    digest = digest.removeprefix("sha256:")
    (path,) = project.root.glob(f"records/artifacts/{digest[:2]}/{digest}*")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    return path


def run(
    project: ProjectFolder, *options: str, cwd: Path | None = None, program: str = "heat.py"
) -> dict[str, Any]:
    """Run the program of the project and give its record."""
    done = project.publisher("run", *options, "--", "python", program, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return project.record()


def test_commit_branch_swhid_and_main_file_of_a_clean_tree(project: ProjectFolder) -> None:
    commit = project.commit(heat_py=PROGRAM)
    code = run(project)["code"]
    assert code == {
        "commit": commit,
        "branch": "main",
        "swhid": f"swh:1:rev:{commit}",
        "main_file": "heat.py",
        "sources": ["heat.py"],
    }


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://me:secret@example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://ghp_0123456789abcdefghij0123@example.org/a/b", "https://example.org/a/b"),
        ("https://example.org/a/b?token=1#x", "https://example.org/a/b"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("ssh://git@example.org/a/b", "ssh://git@example.org/a/b"),
        ("ssh://me:pw@example.org/a/b", "ssh://example.org/a/b"),
    ],
)
def test_credentials_are_stripped_from_the_remote(project: ProjectFolder, address: str, told: str) -> None:
    project.commit(heat_py=PROGRAM)
    project.git("remote", "add", "origin", address)
    assert run(project)["code"]["repository"] == told
    assert "secret" not in project.records()[-1].read_text()


def test_the_remote_that_the_branch_follows_is_the_one_recorded(project: ProjectFolder) -> None:
    project.commit(heat_py=PROGRAM)
    project.git("remote", "add", "origin", "https://example.org/origin")
    project.git("remote", "add", "lab", "https://example.org/lab")
    project.git("config", "branch.main.remote", "lab")
    assert run(project)["code"]["repository"] == "https://example.org/lab"


def test_a_dirty_tree_goes_into_a_patch_that_restores_it(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py=PROGRAM, gone_txt="x\n", moved_txt="a\nb\nc\nd\n")
    project.write(heat_py="import tool\nprint(tool.x)\n", tool_py="x = 1\n")
    project.write_files({"deep/notes with ümlaut.txt": "new\n", "data.bin": b"\0\1\2"})
    (project.root / "gone.txt").unlink()
    project.git("mv", "moved.txt", "elsewhere.txt")
    code = run(project)["code"]
    assert code["left_out"] == ["data.bin"], "new binary files are data, not code"
    assert set(code["changed"]) == {
        "heat.py", "tool.py", "gone.txt", "elsewhere.txt", "deep/notes with ümlaut.txt", "data.bin",
    }  # fmt: skip
    patch = artifact(project, code["patch"])
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(project.root), str(clone)], check=True)
    subprocess.run(["git", "checkout", "-q", commit], cwd=clone, check=True)
    subprocess.run(["git", "apply", str(patch)], cwd=clone, check=True)
    for name in ("heat.py", "tool.py", "elsewhere.txt", "deep/notes with ümlaut.txt"):
        assert (clone / name).read_text() == (project.root / name).read_text()
    assert not (clone / "gone.txt").exists()
    assert not (clone / "moved.txt").exists()


def test_tracked_binary_changes_are_in_the_patch(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files({"table.bin": b"\0" * 100})
    project.commit(heat_py=PROGRAM)
    project.write_files({"table.bin": b"\0" * 50 + b"\1" * 50})
    patch = artifact(project, run(project)["code"]["patch"])
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(project.root), str(clone)], check=True)
    subprocess.run(["git", "apply", str(patch)], cwd=clone, check=True)
    assert (clone / "table.bin").read_bytes() == b"\0" * 50 + b"\1" * 50


def test_taking_the_patch_leaves_the_index_as_it_was(project: ProjectFolder) -> None:
    project.commit(heat_py=PROGRAM)
    project.write(staged_py="1\n")
    project.git("add", "staged.py")
    project.write(heat_py="print(2)\n", new_py="2\n")
    before = project.git("status", "--porcelain", "--", ".", ":!records")
    run(project)
    assert project.git("status", "--porcelain", "--", ".", ":!records") == before


def test_the_users_diff_settings_do_not_change_the_patch(project: ProjectFolder, tmp_path: Path) -> None:
    project.commit(heat_py=PROGRAM)
    for setting in (
        "diff.noprefix=true",
        "diff.mnemonicPrefix=true",
        "color.diff=always",
        "diff.external=false",
        "diff.context=0",
        "diff.interHunkContext=9",
    ):
        project.git("config", *setting.split("="))
    project.write(heat_py=PROGRAM.replace("\n", "\n# more\n", 1))
    patch = artifact(project, run(project)["code"]["patch"])
    assert patch.read_text().startswith("diff --git a/heat.py b/heat.py")
    project.git("checkout", "--quiet", "heat.py")
    project.git("apply", "--check", str(patch))


def test_what_is_made_by_the_way_is_no_change_of_the_code(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    project.commit(heat_py="import laws\n", laws_py="G = 1\n")
    run(project)
    assert list(project.root.glob("__pycache__/*.pyc"))
    project.write_files(
        {"site/.publisher.json": "{}", "site/runs/a.html": "x", "my/site/.publisher.json": "{}"}
    )
    project.write_files({"my/site/deep/a.html": "x"})
    assert "changed" not in run(project)["code"]
    assert project.publisher("run", "--on-dirty", "error", "--", "python", "heat.py").returncode == 0


def test_where_git_is_there_and_does_not_answer_that_is_what_is_recorded(project: ProjectFolder) -> None:
    project.commit(heat_py=PROGRAM)
    (project.root / ".git" / "HEAD").write_text("nonsense\n")
    record = run(project)
    assert record["code"]["version_control"] == "unknown"
    assert "takes for no repository" in " ".join(record["problems"])
    done = project.publisher("run", "--commit", "--", "python", "heat.py")
    assert "not committed: git did not answer" in done.stderr


def test_uncommitted_code_is_refused_when_the_project_says_so(project: ProjectFolder) -> None:
    project.commit(heat_py="open('ran', 'w')\n", publisher_yml="on_dirty: error\n")
    project.write(heat_py="open('ran', 'w')  # changed\n")
    done = project.publisher("run", "--", "python", "heat.py")
    assert done.returncode == 3
    assert "heat.py" in done.stderr
    assert "commit them" in done.stderr
    assert not (project.root / "ran").exists()
    assert project.records() == []


def test_allow_records_the_names_and_keeps_no_patch(project: ProjectFolder) -> None:
    project.commit(heat_py=PROGRAM)
    project.write(heat_py="print(2)\n")
    code = run(project, "--on-dirty", "allow")["code"]
    assert code["changed"] == ["heat.py"]
    assert "patch" not in code


def test_records_and_results_of_earlier_runs_are_no_changes_of_the_code(project: ProjectFolder) -> None:
    project.commit(heat_py="open('result.csv', 'w').write('1')\n")
    assert "changed" not in run(project)["code"]
    assert "changed" not in run(project)["code"], "result.csv and records/ are untracked now"


def test_a_patch_that_is_too_large_is_not_kept_and_the_user_hears_of_it(project: ProjectFolder) -> None:
    project.commit(heat_py=PROGRAM, publisher_yml="limits: {patch: 2 kB}\n")
    project.write(heat_py=PROGRAM + "# long\n" * 1000)
    code = run(project)["code"]
    assert "patch" not in code
    assert code["left_out"] == ["heat.py"]


def test_before_the_first_commit_everything_is_in_the_patch(project: ProjectFolder, tmp_path: Path) -> None:
    project.write(heat_py=PROGRAM)
    code = run(project)["code"]
    assert "commit" not in code
    assert code["branch"] == "main"
    fresh = tmp_path / "fresh"
    subprocess.run(["git", "init", "-q", str(fresh)], check=True)
    subprocess.run(["git", "apply", str(artifact(project, code["patch"]))], cwd=fresh, check=True)
    assert (fresh / "heat.py").read_text() == PROGRAM


def test_a_detached_head_has_a_commit_and_no_branch(project: ProjectFolder) -> None:
    commit = project.commit(heat_py=PROGRAM)
    project.git("checkout", "-q", "--detach")
    code = run(project)["code"]
    assert code["commit"] == commit
    assert "branch" not in code


def test_a_linked_worktree_is_recorded_as_one(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py=PROGRAM)
    linked = tmp_path / "linked tree"
    project.git("worktree", "add", "-q", "-b", "side", str(linked))
    other = ProjectFolder.__new__(ProjectFolder)
    other.root = linked
    code = run(other)["code"]
    assert (code["commit"], code["branch"], code["linked_worktree"]) == (commit, "side", True)
    assert project.records() == [], "the record is in the tree in which the program ran"


def test_submodules_are_recorded_and_their_changes_kept(project: ProjectFolder, tmp_path: Path) -> None:
    library = ProjectFolder(tmp_path / "library")
    of_library = library.commit(lib_py="x = 1\n")
    project.commit(heat_py=PROGRAM)
    project.git("submodule", "--quiet", "add", str(library.root), "lib")
    project.commit("with submodule")
    clean = run(project)["code"]
    assert clean["submodules"] == [{"path": "lib", "commit": of_library}]
    assert "changed" not in clean
    (project.root / "lib" / "lib.py").write_text("x = 2\n")
    dirty = run(project)["code"]
    assert dirty["changed"] == ["lib"]
    assert dirty["submodules"] == [{"path": "lib", "commit": of_library, "changed": True}]
    assert "+x = 2" in artifact(project, dirty["patch"]).read_text()


def test_inside_a_submodule_its_own_commit_and_that_of_the_superproject(
    project: ProjectFolder, tmp_path: Path
) -> None:
    library = ProjectFolder(tmp_path / "library")
    of_library = library.commit(heat_py=PROGRAM)
    project.git("submodule", "--quiet", "add", str(library.root), "lib")
    superproject = project.commit("with submodule")
    inner = ProjectFolder.__new__(ProjectFolder)
    inner.root = project.root / "lib"
    code = run(inner)["code"]
    assert code["commit"] == of_library
    assert code["superproject"] == superproject
    assert "linked_worktree" not in code


def test_a_shallow_clone_says_so(project: ProjectFolder, tmp_path: Path) -> None:
    project.commit(heat_py=PROGRAM)
    commit = project.commit("second")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{project.root}", str(tmp_path / "shallow")],
        check=True,
    )
    shallow = ProjectFolder.__new__(ProjectFolder)
    shallow.root = tmp_path / "shallow"
    code = run(shallow)["code"]
    assert (code["commit"], code["shallow"]) == (commit, True)


def test_a_sha256_repository_has_no_swhid(tmp_path: Path, project: ProjectFolder) -> None:
    other = ProjectFolder.__new__(ProjectFolder)
    other.root, other._commits = tmp_path / "sha256", 0
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(other.root)], check=True)
    commit = other.commit(heat_py=PROGRAM)
    other.write(heat_py="print(2)\n")
    code = run(other)["code"]
    assert len(commit) == 64
    assert (code["commit"], code["object_format"]) == (commit, "sha256")
    assert "swhid" not in code
    assert "+print(2)" in artifact(other, code["patch"]).read_text()


def test_no_repository_is_recorded_as_such_and_sources_become_inputs(tmp_path: Path) -> None:
    place = ProjectFolder.__new__(ProjectFolder)
    place.root = tmp_path / "plain"
    place.root.mkdir()
    place.write(heat_py="import tool\n", tool_py="x = 1\n")
    record = run(place)
    assert record["code"] == {"version_control": "none", "main_file": "heat.py"}
    assert {each["path"] for each in record["inputs"]} == {"heat.py", "tool.py"}


def test_a_source_that_git_ignores_is_an_input(project: ProjectFolder) -> None:
    project.commit(heat_py="import local_settings, shared\n", shared_py="", _gitignore="local_*\n")
    project.write_files({"local_settings.py": "x = 1\n", ".gitignore": "local_*\n"})
    project.commit("ignore")
    paths = {each["path"] for each in run(project).get("inputs", [])}
    assert paths == {"local_settings.py"}


def test_git_missing_is_a_problem_in_the_record_and_no_error(project: ProjectFolder, tmp_path: Path) -> None:
    project.commit(heat_py=PROGRAM)
    folder = tmp_path / "no git here"
    folder.mkdir()
    done = project.publisher("run", "--", sys.executable, "heat.py", env={"PATH": str(folder)})
    assert (done.returncode, done.stdout) == (0, "hello\n")
    record = project.record()
    assert record["code"]["version_control"] == "unknown"
    assert any("git is not installed" in problem for problem in record["problems"])


def test_a_project_in_a_folder_of_a_repository_keeps_its_own_records(project: ProjectFolder) -> None:
    project.write_files({"paper/publisher.yml": "", "paper/heat.py": PROGRAM, "other.py": "1\n"})
    commit = project.commit()
    inner = ProjectFolder.__new__(ProjectFolder)
    inner.root = project.root / "paper"
    code = run(inner)["code"]
    assert (code["commit"], code["main_file"]) == (commit, "heat.py")
    assert project.records() == []
    assert "changed" not in run(inner)["code"]


@pytest.mark.parametrize(
    ("command", "main"),
    [
        (["python", "-u", "-W", "ignore", "heat.py", "x"], "heat.py"),
        (["python", "-m", "package"], "package/__main__.py"),
        (["python", "-m", "package.part"], "package/part.py"),
        (["python", "-c", "print(1)"], None),
        (["env", "A=1", "python", "heat.py"], "heat.py"),
        (["sh", "run.sh"], "run.sh"),
        (["./run.sh"], "run.sh"),
        (["cat", "heat.py"], None),
    ],
)
def test_the_main_file_is_found_in_the_command(
    project: ProjectFolder, command: list[str], main: str | None
) -> None:
    project.write_files(
        {"heat.py": "", "run.sh": "#!/bin/sh\n", "package/__main__.py": "", "package/part.py": ""}
    )
    (project.root / "run.sh").chmod(0o755)
    project.commit()
    project.publisher("run", "--", *command)
    assert project.record()["code"].get("main_file") == main
