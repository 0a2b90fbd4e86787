"""Which files of a repository may go into its site."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from publisher.errors import BrokenSite
from publisher.publish.publishable import Publishable
from tests.conftest import ProjectFolder

TRACKED, UNTRACKED = "figures/a.txt", "out/b.txt"


@pytest.fixture
def paper(project: ProjectFolder) -> ProjectFolder:
    project.write_files({TRACKED: "a", "docs/index.md": "# Paper", ".gitignore": "out/\n"})
    project.commit()
    project.write_files({UNTRACKED: "b", ".env": "TOKEN=1", "docs/draft.md": "not tracked yet"})
    return project


def test_plain_files_of_docs_may_be_published_tracked_or_not(paper: ProjectFolder) -> None:
    Publishable(paper.root).refuse_unpublishable(paper.root / "docs")


@pytest.mark.parametrize("target", ["../figures/a.txt", "../figures", "first", "../docs/index.md"])
def test_a_link_may_lead_to_what_git_tracks(target: str, paper: ProjectFolder) -> None:
    (paper.root / "docs" / "first").symlink_to("../figures/a.txt")
    (paper.root / "docs" / "link").symlink_to(target)
    Publishable(paper.root).refuse_unpublishable(paper.root / "docs")


@pytest.mark.parametrize(
    "target",
    [
        "../out/b.txt",
        "../out",
        "../.git/config",
        "../.git",
        ".",
        "..",
        "../nothing",
        "/etc/hostname",
        "/",
        "../.env",
    ],
)
def test_a_link_to_anything_else_is_named(target: str, paper: ProjectFolder) -> None:
    (paper.root / "docs" / "deep").mkdir()
    (paper.root / "docs" / "deep" / "link").symlink_to(target if target[0] == "/" else f"../{target}")
    with pytest.raises(BrokenSite) as caught:
        Publishable(paper.root).refuse_unpublishable(paper.root / "docs")
    assert caught.value.where == paper.root / "docs" / "deep" / "link" and caught.value.hint


def test_links_that_lead_to_each_other_end(paper: ProjectFolder) -> None:
    for one, other in (("x", "y"), ("y", "x")):
        for number in range(3):
            folder = paper.root / "figures" / one
            folder.mkdir(exist_ok=True)
            (folder / f"{number}").symlink_to(f"../{other}")
    (paper.root / "docs" / "link").symlink_to("../figures")
    with pytest.raises(BrokenSite, match="no regular file"):
        Publishable(paper.root).refuse_unpublishable(paper.root / "docs")


@pytest.mark.parametrize("folder", ["..", ".git", ".git/hooks", "."])
def test_a_folder_outside_of_the_repository_or_all_of_it_is_refused(
    folder: str, paper: ProjectFolder
) -> None:
    with pytest.raises(BrokenSite):
        Publishable(paper.root).refuse_unpublishable(paper.root / folder)


def test_docs_beside_the_project_in_one_repository_may_be_published(paper: ProjectFolder) -> None:
    (paper.root / "study").mkdir()
    Publishable(paper.root / "study").refuse_unpublishable(paper.root / "docs")


def test_a_text_may_include_only_what_git_tracks(paper: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x")
    (paper.root / "linked.txt").symlink_to(TRACKED)
    publishable = Publishable(paper.root)
    allowed = [TRACKED, "linked.txt", f"docs/../{TRACKED}"]
    refused = [UNTRACKED, ".env", ".git/config", "docs/draft.md", "../outside", "figures", "nothing"]
    assert [each for each in [*allowed, *refused] if publishable.allows(paper.root / each)] == allowed
    assert not publishable.allows("/etc/hostname")


def test_without_git_files_of_the_project_may_be_included_but_no_links(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    (root / "docs").mkdir(parents=True)
    (root / "a.txt").write_text("a")
    (root / "link").symlink_to("a.txt")
    (tmp_path / "outside").write_text("x")
    publishable = Publishable(root)
    assert publishable.allows(root / "a.txt")
    assert not publishable.allows(root / "link") and not publishable.allows(root / ".." / "outside")
    publishable.refuse_unpublishable(root / "docs")
    os.symlink("../../outside", root / "docs" / "leak")
    with pytest.raises(BrokenSite):
        publishable.refuse_unpublishable(root / "docs")
