"""A commit in a place of its own: all of it, as it was, and nothing of it anywhere else."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.probe import checkout
from publisher.probe.checkout import (
    CodeNotThere,
    Later,
    apply,
    check_out,
    contents,
    holds,
    read_later,
    since,
    source_at,
)
from publisher.probe.git import NoAnswer
from tests.conftest import ProjectFolder
from tests.factory import posix


def digest(folder: Path) -> dict[str, str]:
    """Every file and link below a folder with what is in it, git's own included."""
    found = {}
    for base, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(base, name)
            inside = path.relative_to(folder).as_posix()
            if path.is_symlink():
                found[inside] = f"-> {os.readlink(path)}"
            elif path.is_file():
                found[inside] = f"{path.stat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
            else:
                found[inside] = "folder"
    return found


def files(folder: Path) -> dict[str, bytes]:
    """The files below a folder, git's own left out; links as what they say."""
    return {
        path.relative_to(folder).as_posix(): os.fsencode(os.readlink(path))
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or path.is_file()) and ".git" not in path.relative_to(folder).parts
    }


def git_in(folder: Path, *words: str) -> str:
    """What git says to a program in a checkout."""
    environment = checkout.apart(folder, os.environ)
    return subprocess.run(
        ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


NAMES = {"a b.txt": "1", "quo'te\".txt": "2", "ümläut/日本.txt": "3", "-dash": "4", "#hash [x]*?.txt": "5"}


@posix
def test_a_checkout_holds_the_commit_and_not_the_working_tree(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files({**NAMES, "run.sh": "#!/bin/sh\n", "data/in.bin": bytes(range(256))})
    (project.root / "run.sh").chmod(0o755)
    (project.root / "link").symlink_to("data/in.bin")
    commit = project.commit(heat_py="x = 1\n")
    wanted = files(project.root)
    project.commit(heat_py="x = 2\n", later_py="")
    project.write(heat_py="x = 3\n", untracked_txt="")
    before = digest(project.root)
    found = check_out(source_at(project.root / "data"), commit, tmp_path / "place")
    assert files(found.top) == wanted
    assert os.access(found.top / "run.sh", os.X_OK) and not os.access(found.top / "heat.py", os.X_OK)
    assert (found.leading_out, found.pointers) == ([], [])
    assert digest(project.root) == before


def test_the_place_is_a_repository_of_its_own_at_that_commit(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="x = 1\n")
    project.git("tag", "-a", "v1.0", "-m", "one")
    project.commit(heat_py="x = 2\n")
    project.git("remote", "add", "origin", "https://example.org/x")
    before = digest(project.root)
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert git_in(top, "describe", "--tags", "--dirty") == "v1.0"
    assert (
        git_in(top, "rev-parse", "HEAD"),
        git_in(top, "status", "--porcelain"),
        git_in(top, "remote"),
    ) == (commit, "", "")
    (top / "heat.py").write_text("x = 3\n")
    assert git_in(top, "describe", "--tags", "--dirty") == "v1.0-dirty"
    git_in(top, "-c", "user.name=x", "-c", "user.email=x", "commit", "-qam", "of the program")
    git_in(top, "tag", "theirs")
    git_in(top, "gc", "--prune=now", "--quiet")
    assert digest(project.root) == before
    project.git("fsck", "--strict")


def test_a_program_in_a_place_that_lost_its_git_finds_no_repository_around(project: ProjectFolder) -> None:
    commit = project.commit(heat_py="")
    top = check_out(source_at(project.root), commit, project.root / "inside" / "place").top
    assert git_in(top, "rev-parse", "--show-toplevel") == os.path.realpath(top).replace(os.sep, "/")
    shutil.rmtree(top / ".git", onerror=lambda call, path, why: (os.chmod(path, 0o700), call(path)))
    with pytest.raises(subprocess.CalledProcessError):
        git_in(top, "rev-parse", "--show-toplevel")


def test_what_git_was_told_by_the_variables_of_a_hook_is_not_heard(
    project: ProjectFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = project.commit(heat_py="")
    other = ProjectFolder(tmp_path / "other")
    other.commit(other_py="")
    before = digest(project.root), digest(other.root)
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git" / "index"))
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    found = check_out(source_at(project.root), commit, tmp_path / "place")
    assert set(files(found.top)) == {"heat.py"}
    assert (digest(project.root), digest(other.root)) == before


@posix
def test_no_hook_and_no_filter_of_the_user_is_run(project: ProjectFolder, tmp_path: Path, home: Path) -> None:
    project.write_files({".gitattributes": "*.dat filter=mine\n", "in.dat": "clean\n"})
    commit = project.commit()
    mark, hooks = tmp_path / "was run", tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "post-index-change", "reference-transaction", "fsmonitor"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{mark}'\n")
        (hooks / name).chmod(0o755)
    settings = f"""\
[core]
    hooksPath = {hooks}
    fsmonitor = {hooks / "fsmonitor"}
[filter "mine"]
    smudge = "touch '{mark}'; cat"
    clean = "touch '{mark}'; cat"
"""
    (home / ".gitconfig").write_text(settings)
    with open(project.root / ".git" / "config", "a") as file:
        file.write(settings)
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert (top / "in.dat").read_text() == "clean\n"
    assert not mark.exists()


def test_line_ends_and_encodings_are_as_the_attributes_of_that_commit_say(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.write_files(
        {
            ".gitattributes": "*.csv text eol=crlf\n*.sh text eol=lf\n*.u16 working-tree-encoding=UTF-16LE\n",
            "a.csv": "1\n2\n",
            "deep/.gitattributes": "*.csv -text\n",
            "deep/b.csv": "1\n2\n",
            "c.sh": "true\n",
            "d.u16": "ä\n".encode("utf-16-le"),
        }
    )
    commit = project.commit()
    project.write_files({".gitattributes": "", "deep/.gitattributes": ""})
    project.commit()
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert (top / "a.csv").read_bytes() == b"1\r\n2\r\n"
    assert (top / "deep" / "b.csv").read_bytes() == b"1\n2\n"
    assert (top / "c.sh").read_bytes() == b"true\n"
    assert (top / "d.u16").read_bytes() == "ä\n".encode("utf-16-le")


def test_line_ends_are_those_that_the_user_has_in_the_working_tree(
    project: ProjectFolder, tmp_path: Path
) -> None:
    commit = project.commit(a_txt="1\n")
    project.git("config", "core.autocrlf", "true")
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert (top / "a.txt").read_bytes() == b"1\r\n"
    assert git_in(top, "status", "--porcelain") == ""


def test_folders_can_be_left_out_and_count_as_unchanged(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files({"sub [1]/records/runs/x.yml": "", "records/keep.txt": "", "sub [1]/heat.py": ""})
    commit = project.commit()
    found = check_out(source_at(project.root), commit, tmp_path / "place", without=["sub [1]/records"])
    assert set(files(found.top)) == {"records/keep.txt", "sub [1]/heat.py"}
    assert git_in(found.top, "status", "--porcelain") == ""


# -- kinds of repositories ---------------------------------------------------------------------------------


def test_a_bare_repository(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="x = 1\n")
    project.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    source = source_at(tmp_path / "bare.git")
    assert source.top is None
    assert files(check_out(source, commit, tmp_path / "place").top) == {"heat.py": b"x = 1\n"}


def test_a_linked_worktree(project: ProjectFolder, tmp_path: Path) -> None:
    assert checkout.head_of(source_at(project.root)) is None
    commit = project.commit(heat_py="x = 1\n")
    assert checkout.head_of(source_at(project.root)) == commit
    project.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    before = digest(project.root)
    source = source_at(tmp_path / "linked")
    assert source.common == Path(os.path.realpath(project.root / ".git")) and source.git_dir != source.common
    assert files(check_out(source, commit, tmp_path / "place").top) == {"heat.py": b"x = 1\n"}
    assert digest(project.root) == before


def test_a_repository_whose_ids_are_sha256(project: ProjectFolder, tmp_path: Path) -> None:
    shutil.rmtree(project.root / ".git")
    project.git("init", "--quiet", "--template=", "--object-format=sha256")
    commit = project.commit(heat_py="x = 1\n")
    assert len(commit) == 64
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert files(top) == {"heat.py": b"x = 1\n"}
    assert git_in(top, "rev-parse", "HEAD") == commit


def test_a_shallow_clone_gives_what_it_has_and_says_how_to_get_the_rest(
    project: ProjectFolder, tmp_path: Path
) -> None:
    first = project.commit(heat_py="x = 1\n")
    second = project.commit(heat_py="x = 2\n")
    shallow = tmp_path / "shallow"
    project.git("clone", "--quiet", "--depth=1", project.root.as_uri(), str(shallow))
    top = check_out(source_at(shallow), second, tmp_path / "place").top
    assert files(top) == {"heat.py": b"x = 2\n"}
    assert git_in(top, "log", "--format=%H") == second
    with pytest.raises(CodeNotThere, match=f"commit {first} is not in this repository") as caught:
        check_out(source_at(shallow), first, tmp_path / "other")
    assert "git fetch --unshallow" in caught.value.hint


def test_nothing_is_fetched_into_a_clone_that_left_contents_out(
    project: ProjectFolder, tmp_path: Path
) -> None:
    first = project.commit(heat_py="x = 1\n")
    second = project.commit(heat_py="x = 2\n")
    project.git("config", "uploadpack.allowFilter", "true")
    project.git("config", "uploadpack.allowAnySHA1InWant", "true")
    partial = tmp_path / "partial"
    project.git("clone", "--quiet", "--filter=blob:none", project.root.as_uri(), str(partial))
    before = digest(partial)
    top = check_out(source_at(partial), second, tmp_path / "place").top
    assert files(top) == {"heat.py": b"x = 2\n"}
    assert list(contents(top, "heat.py", 6, [first, second])) == [b"x = 2\n"]
    with pytest.raises(CodeNotThere, match="cannot be checked out"):
        check_out(source_at(partial), first, tmp_path / "other")
    assert digest(partial) == before


def test_a_commit_that_is_gone_is_said_with_the_remote_that_may_have_it(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.commit(heat_py="")
    gone = "0123456789" * 4
    with pytest.raises(CodeNotThere, match="is not in this repository") as caught:
        check_out(source_at(project.root), gone, tmp_path / "one")
    assert "rebased away" in caught.value.hint
    project.git("remote", "add", "origin", "https://me:secret@example.org/x")
    with pytest.raises(CodeNotThere) as caught:
        check_out(source_at(project.root), gone, tmp_path / "two")
    assert f"`git fetch https://example.org/x {gone}`" in caught.value.hint


@pytest.mark.parametrize("name", ["HEAD", "--help", "main", "08d04df6", "x" * 40, ""])
def test_only_a_full_id_is_a_commit(name: str, project: ProjectFolder, tmp_path: Path) -> None:
    project.commit(heat_py="")
    with pytest.raises(CodeNotThere, match="is no commit"):
        check_out(source_at(project.root), name, tmp_path / "place")


def test_a_repository_that_lacks_objects_is_said(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="only here\n")
    blob = project.git("rev-parse", "HEAD:heat.py")
    lost = project.root / ".git" / "objects" / blob[:2] / blob[2:]
    lost.chmod(0o600)
    lost.unlink()
    with pytest.raises(CodeNotThere, match="cannot be checked out") as caught:
        check_out(source_at(project.root), commit, tmp_path / "place")
    assert "git fsck" in caught.value.hint


def test_outside_of_a_repository_there_is_no_source(tmp_path: Path) -> None:
    with pytest.raises(CodeNotThere, match="not a git repository"):
        source_at(tmp_path)


# -- submodules --------------------------------------------------------------------------------------------


@pytest.fixture
def library(home: Path, tmp_path: Path) -> ProjectFolder:
    """A repository with two commits, and one within it."""
    inner = ProjectFolder(tmp_path / "inner library")
    inner.commit(inner_txt="inner\n")
    library = ProjectFolder(tmp_path / "library")
    library.git("submodule", "--quiet", "add", str(inner.root), "in ner")
    library.commit(solver_py="x = 1\n")
    return library


def with_submodule(project: ProjectFolder, library: ProjectFolder) -> str:
    """Put the library into the project; gives the commit."""
    project.git("submodule", "--quiet", "add", str(library.root), "lib/solver")
    project.git("submodule", "--quiet", "update", "--init", "--recursive")
    return project.commit(heat_py="")


SOLVER = {
    ".gitmodules",
    "heat.py",
    "lib/solver/.gitmodules",
    "lib/solver/solver.py",
    "lib/solver/in ner/inner.txt",
}


def test_submodules_are_at_the_commits_that_the_commit_names(
    project: ProjectFolder, library: ProjectFolder, tmp_path: Path
) -> None:
    commit = with_submodule(project, library)
    library.commit(solver_py="x = 2\n")
    solver = ProjectFolder.__new__(ProjectFolder)
    solver.root = project.root / "lib" / "solver"
    solver.git("pull", "--quiet")
    project.commit()
    before = digest(project.root)
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert {path for path in files(top) if not path.endswith(".git")} == SOLVER
    assert (top / "lib" / "solver" / "solver.py").read_text() == "x = 1\n"
    assert git_in(top, "status", "--porcelain") == ""
    assert digest(project.root) == before


def test_a_submodule_that_was_taken_out_since_is_still_found(
    project: ProjectFolder, library: ProjectFolder, tmp_path: Path
) -> None:
    commit = with_submodule(project, library)
    project.git("rm", "--quiet", "-r", "-f", "lib/solver")
    shutil.rmtree(project.root / "lib", ignore_errors=True)
    project.commit()
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert set(files(top)) == SOLVER


def test_a_submodule_with_a_git_folder_of_its_own(
    project: ProjectFolder, library: ProjectFolder, tmp_path: Path
) -> None:
    project.git("clone", "--quiet", "--recursive", str(library.root), "own")
    project.git("-c", "advice.addEmbeddedRepo=false", "add", "own")
    commit = project.commit()
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert (top / "own" / "solver.py").read_text() == "x = 1\n"


def test_a_project_in_a_submodule(project: ProjectFolder, library: ProjectFolder, tmp_path: Path) -> None:
    with_submodule(project, library)
    source = source_at(project.root / "lib" / "solver")
    top = check_out(source, library.git("rev-parse", "HEAD"), tmp_path / "place").top
    assert (top / "in ner" / "inner.txt").read_text() == "inner\n"


def test_a_submodule_that_is_not_there_is_an_error_that_says_how_to_get_it(
    project: ProjectFolder, library: ProjectFolder, tmp_path: Path
) -> None:
    commit = with_submodule(project, library)
    clone = tmp_path / "clone"
    project.git("clone", "--quiet", ".", str(clone))
    with pytest.raises(CodeNotThere, match="of the submodule `lib/solver` is not here") as caught:
        check_out(source_at(clone), commit, tmp_path / "place")
    assert caught.value.hint == 'get it with `git submodule update --init --recursive -- "lib/solver"`'


def test_a_submodules_name_that_leads_elsewhere_is_not_followed(
    project: ProjectFolder, library: ProjectFolder, tmp_path: Path
) -> None:
    oid = library.git("rev-parse", "HEAD")
    project.write_files({".gitmodules": '[submodule "../x"]\n\tpath = lib\n\turl = ./x\n'})
    project.git("add", ".gitmodules")
    project.git("update-index", "--add", "--cacheinfo", f"160000,{oid},lib")
    project.git("commit", "--quiet", "-m", "hostile")
    (project.root / ".git" / "modules").mkdir()
    shutil.copytree(library.root / ".git", project.root / ".git" / "x")
    with pytest.raises(CodeNotThere, match="is not here"):
        check_out(source_at(project.root), project.git("rev-parse", "HEAD"), tmp_path / "place")


# -- patches -----------------------------------------------------------------------------------------------


def patched(project: ProjectFolder, tmp_path: Path, commit: str | None) -> tuple[Path, Path]:
    """The patch that capture makes of the working tree, and the commit with it applied."""
    from publisher.probe import git

    repository = git.repository_at(project.root)
    assert repository is not None
    status = git.status(repository)
    new = [each.path for each in status.changed if each.kind == "??"]
    patch = tmp_path / "code.patch"
    patch.write_bytes(git.patch_of(repository, commit, new, [], patch.parent))
    found = apply(check_out(source_at(project.root), commit, tmp_path / "place"), patch)
    return patch, found.top


@posix
def test_a_patch_of_another_maker_is_applied_and_what_is_none_is_refused(
    project: ProjectFolder, tmp_path: Path
) -> None:
    commit = project.commit(heat_py="x = 1\n")
    place = check_out(source_at(project.root), commit, tmp_path / "place")
    patch = tmp_path / "p.patch"
    patch.write_text("Submodule lib contains untracked content\n")
    assert apply(place, patch) == place
    patch.write_text("--- a/heat.py\n+++ b/heat.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n")
    apply(place, patch)
    assert (place.top / "heat.py").read_text() == "x = 2\n"
    patch.write_text("something else\n")
    with pytest.raises(CodeNotThere, match="cannot be applied"):
        apply(place, patch)


def test_a_patch_restores_every_kind_of_change(project: ProjectFolder, tmp_path: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(20))
    project.write_files(
        {
            **NAMES,
            "old.txt": text,
            "gone.txt": "x",
            "b.bin": bytes(range(256)),
            "run.sh": "",
            "crlf.txt": "a\r\nb\r\n",
        }
    )
    (project.root / "link").symlink_to("old.txt")
    commit = project.commit(heat_py="x = 1\n")
    project.git("mv", "old.txt", "renämed file.txt")
    project.write_files(
        {
            "renämed file.txt": text.replace("line 3\n", "line three\n"),
            "b.bin": bytes(range(255, -1, -1)) * 4,
            "quo'te\".txt": "changed",
            'new dir/nèw "one".txt': "no line end",
            "new.bin": b"\0\1\2",
            "crlf.txt": "a\r\nb\r\nc\r\n",
            "trailing.txt": "white  \n\n\n",
            "empty": "",
        }
    )
    (project.root / "gone.txt").unlink()
    (project.root / "run.sh").chmod(0o755)
    (project.root / "link").unlink()
    (project.root / "link").symlink_to("b.bin")
    before = digest(project.root)
    _, top = patched(project, tmp_path, commit)
    assert files(top) == files(project.root)
    assert os.access(top / "run.sh", os.X_OK)
    assert digest(project.root) == before


def test_a_patch_from_nothing_is_the_code_before_the_first_commit(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.write_files({"heat.py": "x = 1\n", "deep/a.txt": "a"})
    _, top = patched(project, tmp_path, None)
    assert files(top) == {"heat.py": b"x = 1\n", "deep/a.txt": b"a"}


def test_a_patch_fits_files_with_other_line_ends(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files({".gitattributes": "*.csv text eol=crlf\n", "a.csv": "1\r\n2\r\n"})
    commit = project.commit()
    project.write_files({"a.csv": "1\r\n2\r\n3\r\n"})
    _, top = patched(project, tmp_path, commit)
    assert (top / "a.csv").read_bytes() == b"1\r\n2\r\n3\r\n"


def test_changes_in_a_submodule_are_in_the_patch(
    project: ProjectFolder, library: ProjectFolder, tmp_path: Path
) -> None:
    commit = with_submodule(project, library)
    project.write_files({"lib/solver/solver.py": "x = 5\n"})
    _, top = patched(project, tmp_path, commit)
    assert (top / "lib" / "solver" / "solver.py").read_text() == "x = 5\n"


HOSTILE = """\
diff --git a/{path} b/{path}
new file mode 100644
index 0000000000000000000000000000000000000000..257cc5642cb1a054f08cc83f2d943e56fd3ebe99
--- /dev/null
+++ b/{path}
@@ -0,0 +1 @@
+foo
"""
LINK = """\
diff --git a/out b/out
new file mode 120000
index 0000000000000000000000000000000000000000..257cc5642cb1a054f08cc83f2d943e56fd3ebe99
--- /dev/null
+++ b/out
@@ -0,0 +1 @@
+..
\\ No newline at end of file
"""


@posix
@pytest.mark.parametrize(
    "text",
    [
        HOSTILE.format(path="../evil.txt"),
        HOSTILE.format(path="a/../../evil.txt"),
        HOSTILE.format(path=".git/hooks/evil.txt"),
        HOSTILE.format(path=".git/config").replace("b/.git", "b/.GIT"),
        HOSTILE.format(path="evil.txt").replace("b/evil.txt", "b//tmp/evil.txt"),
        HOSTILE.format(path="up/evil.txt"),
        LINK + HOSTILE.format(path="out/evil.txt"),
        HOSTILE.format(path="new.txt") + HOSTILE.format(path="../evil.txt"),
    ],
    ids=["up", "through", "hooks", "git", "absolute", "link in the commit", "link in the patch", "half"],
)
def test_a_patch_that_leads_outside_is_refused_whole(
    text: str, project: ProjectFolder, tmp_path: Path
) -> None:
    (project.root / "up").symlink_to("..")
    commit = project.commit(heat_py="")
    patch = tmp_path / "evil.patch"
    patch.write_text(text)
    place = check_out(source_at(project.root), commit, tmp_path / "deep" / "place")
    before = digest(tmp_path)
    with pytest.raises(CodeNotThere, match="the patch cannot be applied"):
        apply(place, patch)
    assert digest(tmp_path) == before


def test_a_patch_that_does_not_fit_changes_nothing(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="a\n")
    patch = tmp_path / "p"
    patch.write_text(
        HOSTILE.format(path="new.txt")
        + "diff --git a/heat.py b/heat.py\n--- a/heat.py\n+++ b/heat.py\n@@ -1 +1 @@\n-b\n+c\n"
    )
    place = check_out(source_at(project.root), commit, tmp_path / "place")
    with pytest.raises(CodeNotThere, match=r"patch failed: heat\.py:1"):
        apply(place, patch)
    assert files(place.top) == {"heat.py": b"a\n"}


# -- what is noted, and what git holds besides -------------------------------------------------------------


@posix
def test_links_that_lead_out_are_noted(project: ProjectFolder, tmp_path: Path) -> None:
    for name, target in {
        "etc": "/etc",
        "up": "../..",
        "in": "heat.py",
        "git": ".git/config",
        "no": "nothing",
    }.items():
        (project.root / name).symlink_to(target)
    commit = project.commit(heat_py="")
    found = check_out(source_at(project.root), commit, tmp_path / "place")
    assert found.leading_out == ["etc", "up"]
    patch = tmp_path / "link.patch"
    patch.write_text(LINK)
    assert apply(found, patch).leading_out == ["etc", "out", "up"]


def test_files_that_stand_for_large_ones_are_noted_and_the_large_ones_found(
    project: ProjectFolder, tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(b"large").hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize 5\n"
    commit = project.commit(big_dat=pointer, small_txt="version of nothing\n" * 9)
    source = source_at(project.root)
    assert check_out(source, commit, tmp_path / "place").pointers == ["big.dat"]
    assert checkout.large_file(source, sha256) is None
    project.write_files({f".git/lfs/objects/{sha256[:2]}/{sha256[2:4]}/{sha256}": "large"})
    found = checkout.large_file(source, sha256)
    assert found is not None and found.read_text() == "large"


@posix
def test_contents_are_found_in_the_history_of_a_path_and_under_other_names(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.write_files({"data [1].csv": "first\n", "moved.csv": "other\n", "*.csv": "starred\n"})
    first = project.commit()
    project.write_files({"data [1].csv": "second\n", "same size": "x" * 6})
    second = project.commit()
    top = check_out(source_at(project.root), second, tmp_path / "place").top

    def found(path: str, size: int | None, *commits: str) -> list[bytes]:
        return list(contents(top, path, size, commits))

    assert found("data [1].csv", None, second) == [b"second\n", b"first\n"]
    assert found("data [1].csv", 6, second)[0] == b"first\n"
    assert set(found("nowhere.csv", 6, first, second)) == {b"first\n", b"other\n", b"x" * 6}
    assert found("nowhere.csv", None, second) == []
    assert found("*.csv", None, second) == [b"starred\n"]
    assert found("data [1].csv", 6, "0" * 40) == []


def test_which_paths_a_commit_holds(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files(NAMES)
    commit = project.commit()
    top = check_out(source_at(project.root), commit, tmp_path / "place").top
    assert holds(top, commit, [*NAMES, "other", "ümläut"]) == set(NAMES)
    assert holds(top, commit, []) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="a line feed is no part of a name there")
def test_a_repository_in_a_folder_with_a_strange_name(home: Path, tmp_path: Path) -> None:
    project = ProjectFolder(tmp_path / '"a" # b\\c:d')
    commit = project.commit(heat_py="x")
    assert files(check_out(source_at(project.root), commit, tmp_path / "place").top) == {"heat.py": b"x"}


# -- what came after a commit --------------------------------------------------------------------------------


def test_what_came_after_a_commit_is_named_the_oldest_first(project: ProjectFolder) -> None:
    first = project.commit("begin")
    assert since(source_at(project.root), first) == []
    second, third = project.commit("Use a faster solver\n\nIt is faster."), project.commit("commit 1")
    assert since(source_at(project.root), first) == [
        Later(commit=second, named=f"{second[:7]} (Use a faster solver, 2025-11-24)"),
        Later(commit=third, named=f"{third[:7]} (commit 1, 2025-11-24)"),
    ]
    assert since(source_at(project.root), second)[0].short == third[:7]


def test_a_commit_of_another_branch_is_followed_from_its_merge_on(project: ProjectFolder) -> None:
    base = project.commit("begin")
    project.git("checkout", "--quiet", "-b", "side")
    on_the_side = project.commit("on the side", more_py="")
    project.git("checkout", "--quiet", "main")
    on_the_trunk = project.commit("on the trunk", heat_py="")
    project.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    merge = project.git("rev-parse", "HEAD")
    for commit, after in (
        (on_the_side, [merge]),
        (on_the_trunk, [merge]),
        (base, [on_the_trunk, merge]),
    ):
        assert [each.commit for each in since(source_at(project.root), commit)] == after


def test_nothing_comes_after_a_commit_that_is_not_on_the_way(project: ProjectFolder) -> None:
    first = project.commit("begin")
    project.git("checkout", "--quiet", "--orphan", "other")
    project.commit("anew")
    assert since(source_at(project.root), first) == []
    with pytest.raises(NoAnswer):
        since(source_at(project.root), "0" * 40)


def test_a_line_that_git_puts_before_each_commit_is_none() -> None:
    text = "commit aaaa\naaaa\0aa (x, 2025-11-24)\n"
    assert read_later(text) == [Later(commit="aaaa", named="aa (x, 2025-11-24)")]
