"""What the code consisted of and consists of, told by git's ids: from real repositories and real patches."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.probe import git
from publisher.verify.sources import Blobs, blobs_at, blobs_now, from_top, with_patch
from tests.conftest import ProjectFolder
from tests.factory import posix


def repository_of(project: ProjectFolder) -> git.Repository:
    found = git.repository_at(project.root)
    assert found is not None
    return found


def content(project: ProjectFolder, blobs: Blobs) -> dict[str, str]:
    """The ids by the content that git would give them to."""
    return {path: project.git("cat-file", "blob", blob) for path, blob in blobs.items()}


def test_a_commit_is_told_by_its_files(project: ProjectFolder):
    commit = project.commit(heat_py="one")
    project.commit(heat_py="two", more_py="three")
    assert content(project, blobs_at(repository_of(project), commit)) == {"heat.py": "one"}


def test_a_commit_that_is_not_here_is_no_empty_one(project: ProjectFolder):
    project.commit(heat_py="one")
    with pytest.raises(git.NoAnswer):
        blobs_at(repository_of(project), "1" * 40)


def test_the_working_tree_is_told_as_it_is_now(project: ProjectFolder):
    project.commit(kept_py="kept", gone_py="gone", edited_py="before", staged_py="before")
    project.write(edited_py="after", staged_py="after", new_py="new")
    (project.root / "gone.py").unlink()
    project.git("add", "staged.py")
    now = blobs_now(repository_of(project))
    project.git("add", "--all")  # so that git knows what the ids mean
    assert content(project, now) == {
        "kept.py": "kept",
        "edited.py": "after",
        "staged.py": "after",
        "new.py": "new",
    }


def test_line_ends_that_git_translates_are_no_change(project: ProjectFolder):
    project.write_files({".gitattributes": "*.py text eol=crlf\n"})
    commit = project.commit(heat_py="one\r\n")
    project.git("update-index", "--force-remove", "heat.py")
    now = blobs_now(repository_of(project))
    assert now["heat.py"] == blobs_at(repository_of(project), commit)["heat.py"]


@posix
def test_a_patch_leads_from_the_commit_to_what_ran(project: ProjectFolder, tmp_path: Path):
    """Edited, new, removed, renamed, renamed and edited, made executable; names with spaces, quotes, other letters."""
    long = "".join(f"line {number}\n" for number in range(40))
    project.write_files(
        {
            "edited.py": "before\n",
            "gone.py": "gone\n",
            "old name.py": long,
            "moved é.py": long.replace("line", "row"),
            "run.sh": "true\n",
            'quo"te.py': "before\n",
            "a b/a b.py": "before\n",
            "data.bin": b"\0before",
        }
    )
    commit = project.commit()
    project.git("mv", "old name.py", "new name.py")
    project.git("mv", "moved é.py", "moved ü.py")
    project.write_files(
        {
            "edited.py": "after\n",
            "new b/file.py": "new\n",
            "moved ü.py": long.replace("line", "row") + "more\n",
            'quo"te.py': "after\n",
            "a b/a b.py": "after\n",
            "data.bin": b"\0after",
        }
    )
    (project.root / "gone.py").unlink()
    (project.root / "run.sh").chmod(0o755)
    repository = repository_of(project)
    patch = git.patch_of(repository, commit, ["new b/file.py"], [], tmp_path).decode(
        "utf-8", "surrogateescape"
    )
    assert "rename from" in patch and "old mode" in patch
    assert with_patch(blobs_at(repository, commit), patch) == blobs_now(repository)


def test_before_the_first_commit_the_patch_is_all(project: ProjectFolder, tmp_path: Path):
    project.write(heat_py="one\n")
    repository = repository_of(project)
    patch = git.patch_of(repository, None, ["heat.py"], [], tmp_path).decode()
    assert with_patch({}, patch) == blobs_now(repository) != {}


def test_a_folder_in_a_repository_is_told_from_its_top(project: ProjectFolder):
    (project.root / "paper").mkdir()
    assert from_top(repository_of(project), project.root) == ""
    assert from_top(repository_of(project), project.root / "paper") == "paper/"
