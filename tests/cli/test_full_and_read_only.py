"""Disks that are full or may not be written, homes that may not be searched, clocks that are wrong."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ProjectFolder
from tests.factory import keep, posix
from tests.support.limits import with_files_of_at_most, without_root_rights

pytestmark = [
    posix,
    pytest.mark.skipif(sys.platform == "darwin", reason="setpriv and prlimit are those of Linux"),
]
PUBLISHER = [sys.executable, "-m", "publisher"]


def done(project: ProjectFolder, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=project.root, capture_output=True, encoding="utf-8", timeout=300)


@pytest.fixture
def read_only() -> Iterator[list[Path]]:
    """Folders that may not be written until the test is over: put them into the list."""
    folders: list[Path] = []
    yield folders
    for folder in folders:
        folder.chmod(0o755)


def close(folder: Path, read_only: list[Path], mode: int = 0o555) -> None:
    inner = [Path(base) for base, _, _ in os.walk(folder)]
    read_only += inner
    for each in reversed(inner):
        each.chmod(mode)


@pytest.fixture
def tagged(project: ProjectFolder) -> ProjectFolder:
    project.commit(publisher_yml="paper: {title: A walk}\n")
    keep(project.root, reason="x")
    project.commit("records")
    project.git("tag", "v1")
    return project


def editions(project: ProjectFolder) -> str:
    return project.git("for-each-ref", "refs/heads/gh-pages", "refs/publisher")


def test_an_edition_is_not_published_where_the_repository_may_not_be_written(
    tagged: ProjectFolder, read_only: list[Path]
) -> None:
    close(tagged.root / ".git" / "objects", read_only)
    told = done(tagged, without_root_rights(*PUBLISHER, "edition", "publish", "v1"))
    assert told.returncode == 1 and "the repository takes no new objects" in told.stderr, told.stderr
    assert "mistake" not in told.stderr and editions(tagged) == ""


def test_an_edition_is_not_published_on_a_full_disk(tagged: ProjectFolder) -> None:
    assert tagged.publisher("edition", "build", "v1").returncode == 0
    tagged.git("update-ref", "-d", "refs/publisher/editions/v1")
    tagged.git("reflog", "expire", "--expire=now", "--all")
    tagged.git("prune", "--expire=now")
    told = done(tagged, with_files_of_at_most(20_000, *PUBLISHER, "edition", "publish", "v1"))
    assert told.returncode == 1 and "mistake" not in told.stderr, told.stderr
    assert editions(tagged) == "" and tagged.git("fsck", "--no-dangling") == ""
    assert tagged.publisher("edition", "publish", "v1").returncode == 0


@pytest.mark.parametrize("method", ["taken_in", "tree", "commit"])
def test_what_hinders_git_s_library_is_a_sentence(
    method: str, tagged: ProjectFolder, tmp_path: Path, read_only: list[Path]
) -> None:
    program = """
import sys
from pathlib import Path
from publisher.errors import NotWritten
from publisher.publish.editions.carrier import Carrier
carrier = Carrier(Path(".git").absolute(), "gh-pages")
what = {"taken_in": lambda: carrier.taken_in(Path(sys.argv[1])), "tree": lambda: carrier.tree({"a/b": b"new"}, {}),
        "commit": lambda: carrier.commit("4b825dc642cb6eb9a060e54bf8d69288fbee4904", "m", ("A", "a@example.org"), 1)}
try:
    what[sys.argv[2]]()
except NotWritten as error:
    print(error.what)
"""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "page.html").write_text("new")
    tagged.git("hash-object", "-t", "tree", "-w", "--stdin")  # the empty tree
    close(tagged.root / ".git" / "objects", read_only)
    told = done(tagged, without_root_rights(sys.executable, "-c", program, tmp_path / "new", method))
    assert told.stdout.startswith("the repository takes no new objects"), told.stderr


def test_a_reference_that_cannot_be_set_is_not_called_a_race(
    tagged: ProjectFolder, read_only: list[Path]
) -> None:
    assert tagged.publisher("edition", "build", "v1").returncode == 0
    close(tagged.root / ".git" / "refs" / "heads", read_only)
    told = done(tagged, without_root_rights(*PUBLISHER, "edition", "publish", "v1"))
    assert told.returncode == 1 and "cannot be set" in told.stderr and "try again" not in told.stderr, (
        told.stderr
    )


def test_a_verdict_is_given_where_it_cannot_be_kept(project: ProjectFolder, read_only: list[Path]) -> None:
    project.commit(sim_py="open('r.txt', 'w').write('1')\n", gitignore="r.txt\n")
    assert project.publisher("run", "--", "python", "sim.py").returncode == 0
    project.commit("recorded")
    close(project.root / "records", read_only)
    for words, verdict in (
        (["latest"], "= identical"),
        (["latest", "--json"], '"identical"'),
        (["--all", "--summary"], "1 of 1"),
    ):
        told = done(project, without_root_rights(*PUBLISHER, "verify", *words))
        assert told.returncode == 0 and verdict in told.stdout, told.stderr
        assert "could not be kept: " in told.stderr and "heat study/records/" in told.stderr
    assert not (project.root / "records" / "verifications").exists()


def test_a_summary_is_given_where_the_files_beside_it_cannot_be_written(
    project: ProjectFolder, tmp_path: Path, read_only: list[Path]
) -> None:
    project.commit(sim_py="open('r.txt', 'w').write('1')\n", gitignore="r.txt\n")
    assert project.publisher("run", "--", "python", "sim.py").returncode == 0
    (tmp_path / "closed").mkdir()
    close(tmp_path / "closed", read_only)
    for words in (["--junit", tmp_path / "closed" / "j.xml"], ["--attest", tmp_path / "closed" / "attest"]):
        told = done(project, without_root_rights(*PUBLISHER, "verify", "latest", "--summary", *words))
        assert "1 of 1 re-runs match" in told.stdout
        assert told.returncode == 1 and "cannot" in told.stderr and "mistake" not in told.stderr, told.stderr


def test_a_home_that_may_not_be_searched_stops_no_build(
    project: ProjectFolder, home: Path, read_only: list[Path]
) -> None:
    project.commit(publisher_yml="paper: {title: A walk}\n")
    keep(project.root, metrics={"energy": 0.5})
    (home / ".cache").mkdir(exist_ok=True)
    close(home, read_only, 0o000)
    told = done(project, without_root_rights(*PUBLISHER, "build"))
    assert told.returncode == 0, told.stderr
    assert (project.root / "site" / "runs" / "index.html").exists()


@pytest.mark.parametrize("home_is", ["/nonexistent", "/dev/null"])
def test_a_home_that_is_none_stops_no_build_and_leaves_nothing_here(
    home_is: str, project: ProjectFolder
) -> None:
    project.commit(publisher_yml="paper: {title: A walk}\n")
    keep(project.root, metrics={"energy": 0.5})
    told = done(project, ["env", f"HOME={home_is}", "XDG_CACHE_HOME=", *PUBLISHER, "build"])
    assert told.returncode == 0, told.stderr
    assert {each.name for each in project.root.iterdir()} <= {
        ".git",
        ".publisher",
        "publisher.yml",
        "records",
        "site",
    }


@pytest.mark.parametrize(
    "started",
    ["2200-01-01T00:00:00Z", "2999-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "1969-12-31T23:59:59Z"],
)
def test_a_record_of_any_year_is_built(started: str, project: ProjectFolder, tmp_path: Path) -> None:
    project.commit(
        publisher_yml="paper: {title: A walk}\n",
        mkdocs_yml="site_name: x\nsite_url: https://example.org/\nplugins: [publisher]\n",
    )
    project.write_files({"docs/index.md": "# Home\n"})
    keep(project.root, started=started)
    project.commit("record")
    project.git("tag", "v1")
    for words in (
        ["list"],
        ["show"],
        ["status"],
        ["check"],
        ["build"],
        ["build", "--zip", str(tmp_path / "x.zip")],
        ["edition", "publish", "v1"],
    ):
        told = project.publisher(*words)
        assert "mistake" not in told.stderr and "Traceback" not in told.stderr, (words, told.stderr)
        assert told.returncode == 0 or words in (["status"], ["check"]), (words, told.stderr)
    assert zipfile.ZipFile(tmp_path / "x.zip").testzip() is None
    assert gzip.decompress((project.root / "site" / "sitemap.xml.gz").read_bytes())


def test_a_commit_of_any_year_becomes_an_edition(project: ProjectFolder) -> None:
    project.commit(publisher_yml="paper: {title: A walk}\n")
    keep(project.root)
    project.git("add", "--all")
    tree = project.git("write-tree")
    raw = f"tree {tree}\nauthor A <a@example.org> 99999999999999 +0000\ncommitter A <a@example.org> 99999999999999 +0000\n\nx\n"
    words = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    commit = (
        subprocess.run(words, cwd=project.root, input=raw.encode(), capture_output=True, check=True)
        .stdout.decode()
        .strip()
    )
    project.git("tag", "v1", commit)
    told = project.publisher("edition", "build", "v1")
    assert "mistake" not in told.stderr, told.stderr
