"""`publisher export` as a process: all files or none, nothing replaced that differs, the same twice."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from publisher.standards.containers import FORMATS
from tests.conftest import ProjectFolder
from tests.factory import posix

WRITTEN = {
    "devcontainer": [".devcontainer/devcontainer.json"],
    "binder": [".binder/apt.txt", ".binder/postBuild", ".binder/requirements.txt", ".binder/runtime.txt"],
    "dockerfile": ["Dockerfile", "Dockerfile.dockerignore"],
    "apptainer": ["heat.def"],
}
YML = """\
paper: {title: Heat}
environment: {lock: requirements.txt, apt: [gfortran]}
data: {data/in.csv: {url: "https://example.org/in.csv"}}
"""


@pytest.fixture
def paper(project: ProjectFolder) -> ProjectFolder:
    project.commit(publisher_yml=YML, requirements_txt="six==1.16.0\n", heat_py="print(1)\n")
    return project


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        each.relative_to(folder).as_posix(): (each.read_bytes(), each.stat().st_mtime_ns)
        for each in folder.rglob("*")
        if each.is_file() and not {".git", ".publisher"} & set(each.relative_to(folder).parts)
    }


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_twice_changes_nothing(format: str, paper: ProjectFolder) -> None:
    before = contents(paper.root)
    done = paper.publisher("export", format)
    assert done.returncode == 0, done.stderr
    written = contents(paper.root)
    assert sorted(written.keys() - before.keys()) == WRITTEN[format]
    again = paper.publisher("export", format)
    assert again.returncode == 0 and contents(paper.root) == written and "kept" in again.stderr


@pytest.mark.parametrize("format", FORMATS)
def test_what_differs_is_replaced_only_by_force(format: str, paper: ProjectFolder) -> None:
    mine = WRITTEN[format][-1]
    paper.write_files({mine: "mine\n"})
    before = contents(paper.root)
    done = paper.publisher("export", format)
    assert done.returncode == 1 and mine in done.stderr and "--force" in done.stderr
    assert contents(paper.root) == before, "all of them or none"
    assert paper.publisher("export", format, "--force").returncode == 0
    assert (paper.root / mine).read_bytes() != b"mine\n"


def test_another_folder_is_written_into(paper: ProjectFolder, tmp_path: Path) -> None:
    before = contents(paper.root)
    assert paper.publisher("export", "dockerfile", tmp_path / "new").returncode == 0
    assert sorted(contents(tmp_path / "new")) == WRITTEN["dockerfile"] and contents(paper.root) == before


def test_a_script_can_be_run(paper: ProjectFolder) -> None:
    paper.publisher("export", "binder")
    assert os.access(paper.root / ".binder" / "postBuild", os.X_OK)


def test_what_the_newest_run_saw_is_what_is_asked_for(paper: ProjectFolder) -> None:
    assert paper.publisher("run", "--", "python", "heat.py").returncode == 0
    place = paper.root / "records" / "environments" / f"{paper.record()['environment']}.yml"
    own = ".".join(map(str, sys.version_info[:3]))
    assert own in place.read_text()
    place.write_text(place.read_text().replace(own, "3.13.99"))
    paper.publisher("export", "devcontainer")
    told = json.loads((paper.root / ".devcontainer" / "devcontainer.json").read_text())
    assert told["image"] == "python:3.13.99-bookworm"
    assert told["hostRequirements"] == {"cpus": 1, "memory": "2gb"} and told["name"] == "Heat"


@posix
def test_a_link_in_the_way_is_not_followed(paper: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (paper.root / ".binder").symlink_to(tmp_path / "outside")
    done = paper.publisher("export", "binder", "--force")
    assert done.returncode == 3 and ".binder" in done.stderr
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_format_that_is_none_is_wrong_usage(paper: ProjectFolder) -> None:
    assert paper.publisher("export", "vagrant").returncode == 2
    paper.write_files({"file": ""})
    assert paper.publisher("export", "binder", "file").returncode == 2
