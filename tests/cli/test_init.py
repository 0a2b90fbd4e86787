"""`publisher init` as a process: what is missing is written and explained, what is there stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from publisher.store.project import read_settings
from tests.conftest import ProjectFolder

WRITTEN = ["publisher.yml", "mkdocs.yml", "docs/index.md", ".gitignore", ".gitattributes"]


def contents(project: ProjectFolder) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(project.root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in project.root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_everything_is_written_and_each_is_explained(project: ProjectFolder) -> None:
    done = project.publisher("init")
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(contents(project)) == sorted(WRITTEN)
    for name in WRITTEN:
        (line,) = [line for line in done.stderr.splitlines() if f" {name} " in line]
        assert len(line.split(name)[1].split()) > 3, f"{name} is not explained"
    assert "next: publisher run -- COMMAND" in done.stderr


def test_what_is_written_is_understood(project: ProjectFolder) -> None:
    project.publisher("init")
    settings = read_settings(project.root / "publisher.yml")
    assert settings.paper.title == "Heat study"
    site = (project.root / "mkdocs.yml").read_text()
    assert (
        yaml.safe_load(site)["site_name"] == "Heat study" and "publisher" in yaml.safe_load(site)["plugins"]
    )
    assert (project.root / "docs" / "index.md").read_text().startswith("# Heat study\n")
    assert (project.root / ".gitignore").read_text() == ".publisher/\nsite/\n__pycache__/\n"
    uncommented = "".join(
        line.removeprefix("# ")
        for line in (project.root / "publisher.yml").read_text().splitlines(True)
        if line.startswith("# ") and (":" in line and not line[2].isupper())
    )
    (project.root / "publisher.yml").write_text(uncommented)
    assert set(read_settings(project.root / "publisher.yml").steps) == {"simulate"}, (
        "an example in it is wrong"
    )


def test_run_twice_it_changes_nothing(project: ProjectFolder) -> None:
    project.publisher("init")
    before = contents(project)
    done = project.publisher("init")
    assert done.returncode == 0 and contents(project) == before
    assert "everything is set up already" in done.stderr and "wrote" not in done.stderr


def test_git_ignores_the_cache_and_the_site_and_keeps_line_ends_of_records(project: ProjectFolder) -> None:
    project.publisher("init")
    for path in (".publisher/index.sqlite", "site/index.html", "sub/site/x"):
        assert project.git("check-ignore", path) == path
    assert project.git("check-attr", "text", "records/runs/a.yml").endswith("text: unset")


@pytest.mark.parametrize("name", ["publisher.yml", "mkdocs.yml", "docs/index.md"])
def test_a_file_that_is_there_stays(name: str, project: ProjectFolder) -> None:
    project.write_files({name: "# mine\n"})
    done = project.publisher("init")
    assert (project.root / name).read_text() == "# mine\n"
    assert f"kept {name}\n" in done.stderr
    assert sorted(contents(project)) == sorted(WRITTEN)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("*.pyc", "*.pyc\n.publisher/\nsite/\n__pycache__/\n"),
        ("*.pyc\n", "*.pyc\n.publisher/\nsite/\n__pycache__/\n"),
        ("/site\n", "/site\n.publisher/\n__pycache__/\n"),
        ("  site/  \n.publisher\n__pycache__\n", "  site/  \n.publisher\n__pycache__\n"),
        ("# site/\r\n", "# site/\r\n.publisher/\nsite/\n__pycache__/\n"),
        (b"caf\xe9\n", b"caf\xe9\n.publisher/\nsite/\n__pycache__/\n"),
        ("", ".publisher/\nsite/\n__pycache__/\n"),
    ],
)
def test_a_gitignore_that_is_there_gets_what_it_lacks(
    before: str | bytes, after: str | bytes, project: ProjectFolder
) -> None:
    project.write_files({".gitignore": before})
    project.publisher("init")
    assert (project.root / ".gitignore").read_bytes() == (
        after if isinstance(after, bytes) else after.encode()
    )


def test_gitattributes_that_are_there_get_what_they_lack(project: ProjectFolder) -> None:
    project.write_files({".gitattributes": "*.png binary"})
    project.publisher("init")
    assert (project.root / ".gitattributes").read_text() == "*.png binary\nrecords/** -text\n"
    before = contents(project)
    project.publisher("init")
    assert contents(project) == before


def test_a_dry_run_says_all_and_does_nothing(project: ProjectFolder) -> None:
    done = project.publisher("init", "--dry-run")
    assert done.returncode == 0 and contents(project) == {}
    assert all(name in done.stderr for name in WRITTEN)
    assert "would write publisher.yml" in done.stderr and "wrote" not in done.stderr
    assert "nothing was written" in done.stderr


@pytest.mark.parametrize(
    "title",
    [
        'The "fast" way: a study',
        "no",
        "1e5",
        "# not a comment",
        "{braces} and {title}",
        "back\\slash",
        "it's",
        "日本語 😀",
        "[a](b) *c*",
        "- a",
        "%s",
    ],
)
def test_any_title_is_a_title(title: str, project: ProjectFolder) -> None:
    assert project.publisher("init", "--title", title).returncode == 0
    assert read_settings(project.root / "publisher.yml").paper.title == title
    assert yaml.safe_load((project.root / "mkdocs.yml").read_text())["site_name"] == title
    assert (project.root / "docs" / "index.md").read_text().splitlines()[0] == f"# {title}"


def test_a_title_of_several_lines_is_one(project: ProjectFolder) -> None:
    project.publisher("init", "--title", " two\n  lines ")
    assert read_settings(project.root / "publisher.yml").paper.title == "two lines"


def test_it_is_the_top_of_the_project_that_is_set_up(project: ProjectFolder) -> None:
    project.write_files({"src/a.py": ""})
    project.publisher("init", cwd=project.root / "src")
    assert (project.root / "publisher.yml").exists() and not (project.root / "src" / "publisher.yml").exists()


def test_a_folder_without_git_is_set_up_too(home: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "publisher", "init"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert (tmp_path / "publisher.yml").exists() and "wrote" in done.stderr


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="a name of a folder is Unicode there")
def test_a_folder_whose_name_is_no_text_is_set_up_too(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    done = subprocess.run([sys.executable, "-m", "publisher", "init"], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert read_settings(folder / "publisher.yml").paper.title == r"Caf\xe9"


def test_where_nothing_can_be_written_that_is_said(project: ProjectFolder) -> None:
    (project.root / "docs").write_text("in the way")
    done = project.publisher("init")
    assert done.returncode == 1 and "cannot write" in done.stderr and "docs/index.md" in done.stderr
