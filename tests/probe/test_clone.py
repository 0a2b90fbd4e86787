"""Somebody's repository in a folder of ours; git is real, and so are the repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from publisher.errors import WrongUsage
from publisher.probe.clone import NotCloned, cloned
from tests.conftest import ProjectFolder


@pytest.fixture
def theirs(tmp_path: Path) -> ProjectFolder:
    """A repository with a tag and a branch of one name, that mean two commits."""
    theirs = ProjectFolder(tmp_path / "their paper")
    theirs.commit(a_txt="1")
    theirs.git("tag", "v1")
    theirs.commit(a_txt="2")
    theirs.git("branch", "v1")
    theirs.git("branch", "draft")
    theirs.commit(a_txt="3")
    return theirs


@pytest.mark.parametrize(("ref", "text"), [(None, "3"), ("v1", "1"), ("draft", "2")])
def test_a_tag_comes_before_a_branch(
    ref: str | None, text: str, theirs: ProjectFolder, tmp_path: Path
) -> None:
    clone = cloned(str(theirs.root), ref, tmp_path / "clone")
    assert (clone.top / "a.txt").read_text() == text
    assert clone.address == str(theirs.root)
    assert clone.notes == []


def test_a_commit_may_be_named(theirs: ProjectFolder, tmp_path: Path) -> None:
    commit = theirs.git("rev-parse", "HEAD~2")
    assert cloned(str(theirs.root), commit, tmp_path / "whole").commit == commit
    assert cloned(str(theirs.root), commit[:8], tmp_path / "short").commit == commit


@pytest.mark.parametrize(
    ("address", "ref"),
    [
        ("--upload-pack=touch hacked", None),
        ("ext::sh -c 'touch hacked'", None),
        ("", None),
        ("https://example.org/a\nb", None),
        (".", "--output=hacked"),
    ],
)
def test_an_address_that_would_be_an_option_or_a_program_is_refused(
    address: str, ref: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WrongUsage):
        cloned(address, ref, tmp_path / "clone")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_had_is_said(theirs: ProjectFolder, tmp_path: Path) -> None:
    with pytest.raises(NotCloned, match="does not exist"):
        cloned(str(tmp_path / "nowhere"), None, tmp_path / "a")
    with pytest.raises(NotCloned, match="no tag, branch or commit `v9`"):
        cloned(str(theirs.root), "v9", tmp_path / "b")
    empty = ProjectFolder(tmp_path / "empty")
    with pytest.raises(NotCloned, match="there is no commit"):
        cloned(str(empty.root), None, tmp_path / "c")


def test_no_hook_of_the_user_s_templates_runs(theirs: ProjectFolder, tmp_path: Path, home: Path) -> None:
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    (hooks / "post-checkout").chmod(0o755)
    subprocess.run(["git", "config", "--file", str(home / "more"), "init.templateDir", str(hooks.parent)])
    cloned(str(theirs.root), None, tmp_path / "clone")
    assert not (tmp_path / "ran").exists()


def test_a_submodule_that_cannot_be_had_is_told(theirs: ProjectFolder, tmp_path: Path) -> None:
    inner = ProjectFolder(tmp_path / "inner")
    inner.commit(b_txt="1")
    theirs.git("submodule", "--quiet", "add", str(inner.root), "lib")
    theirs.commit()
    whole = cloned(str(theirs.root), None, tmp_path / "whole")
    assert (whole.top / "lib" / "b.txt").read_text() == "1"
    inner.root.rename(tmp_path / "gone")
    (note,) = cloned(str(theirs.root), None, tmp_path / "clone").notes
    assert "submodule" in note
