"""`publisher verify --from`: a paper cloned, re-run in the order of its data, shown and certified."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from publisher.store.yaml import read
from tests.conftest import ProjectFolder
from tests.factory import posix
from tests.served import served
from tests.verify.test_corpus import state

SIMULATE = """\
import pathlib
world = pathlib.Path({world!r})
shift = float(world.read_text()) if world.exists() else 0.0
pathlib.Path("out").mkdir(exist_ok=True)
open("out/big.csv", "w").writelines(f"{{number + shift}}\\n" for number in range(1000))
"""
ANALYSE = """\
import json
total = sum(map(float, open("out/big.csv")))
json.dump({"total": total}, open("out/metrics.json", "w"))
"""
SETTINGS = """\
paper: {title: How hot is it?, doi: 10.5281/zenodo.1234}
steps:
  analyse: {command: python analyse.py, outputs: [out/metrics.json], metrics: out/metrics.json}
  simulate: {command: python simulate.py, outputs: [out/big.csv]}
tolerance: {"**": {rtol: 1.0e-6}}
"""


@pytest.fixture
def theirs(tmp_path: Path) -> ProjectFolder:
    """A paper of two steps, the second of which reads what the first wrote; only records and code are in git."""
    theirs = ProjectFolder(tmp_path / "their paper")
    world = str(tmp_path / "world")
    theirs.write_files({"publisher.yml": SETTINGS, ".gitignore": ".publisher/\nout/\nsite/\n"})
    theirs.commit(simulate_py=SIMULATE.format(world=world), analyse_py=ANALYSE)
    for step in ("simulate", "analyse"):
        assert theirs.publisher("run", step).returncode == 0
    theirs.commit("records")
    return theirs


def verify(
    theirs: ProjectFolder, cwd: Path, *words: str, stdin: int = subprocess.DEVNULL
) -> subprocess.CompletedProcess[str]:
    """What a reader does, in a folder of their own."""
    command = [sys.executable, "-m", "publisher", "verify", "--from", str(theirs.root), "--to", "seen"]
    return subprocess.run(
        [*command, "--environment", "current", *words], cwd=cwd, stdin=stdin, capture_output=True, text=True
    )


def certificate(cwd: Path) -> dict[str, object]:
    told = json.loads((cwd / "seen/certificate/certificate.json").read_text())
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_paper_is_re_run_in_the_order_of_its_data_shown_and_certified(
    jobs: str, theirs: ProjectFolder, tmp_path: Path
) -> None:
    before = state(theirs.root)
    done = verify(theirs, tmp_path, "--yes", "--jobs", jobs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert state(theirs.root) == before
    told = certificate(tmp_path)
    assert (told["matches"], told["verdicts"], told["unrecorded"]) == (True, {"identical": 2}, [])
    assert told["commit"] == theirs.git("rev-parse", "HEAD")
    seen = tmp_path / "seen"
    assert len(list(seen.glob("paper/records/verifications/**/*.yml"))) == 2
    assert "2 of 2 re-runs match" in (seen / "certificate/certificate.md").read_text()
    half = read((seen / "certificate/codecheck.yml").read_text())
    assert [each["file"] for each in half["manifest"]] == ["out/big.csv", "out/metrics.json"]
    assert ElementTree.parse(seen / "certificate/junit.xml").getroot().attrib["tests"] == "2"
    assert "identical" in (seen / "site/runs/index.html").read_text()


def test_a_paper_is_cloned_over_the_network(theirs: ProjectFolder, tmp_path: Path) -> None:
    with served(theirs.root.parent) as address:
        clone = f"{address}/{quote(theirs.root.name)}/.git"
        words = ["verify", "--from", clone, "--to", "seen", "--yes", "--environment", "current"]
        done = subprocess.run(
            [sys.executable, "-m", "publisher", *words], cwd=tmp_path, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (certificate(tmp_path)["matches"], certificate(tmp_path)["address"]) == (True, clone)


def test_what_is_nowhere_as_it_was_is_what_its_re_run_made(theirs: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "world").write_text("1e-7")
    assert verify(theirs, tmp_path, "--yes").returncode == 1
    first, second = certificate(tmp_path)["verifications"]  # type: ignore[misc]
    assert (first["verdict"], second["verdict"]) == (
        "different",
        "close",
    )  # of the first no copy was kept to measure by
    assert "`out/big.csv` is nowhere as it was" in second["notes"][0]


def test_a_step_without_a_run_is_no_match(theirs: ProjectFolder, tmp_path: Path) -> None:
    theirs.commit(
        publisher_yml=SETTINGS.replace("\ntolerance", "\n  draw: {command: python draw.py}\ntolerance")
    )
    done = verify(theirs, tmp_path, "--yes")
    assert done.returncode == 3
    assert "step draw: no completed run is recorded" in done.stderr
    assert certificate(tmp_path)["unrecorded"] == ["draw"]
    assert certificate(tmp_path)["matches"] is False


def test_what_differs_is_told_in_the_exit_code(theirs: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "world").write_text("5")
    assert verify(theirs, tmp_path, "--yes", "--step", "simulate").returncode == 1
    assert certificate(tmp_path)["verdicts"] == {"different": 1}


def test_nothing_runs_before_somebody_has_agreed(theirs: ProjectFolder, tmp_path: Path) -> None:
    done = verify(theirs, tmp_path)
    assert done.returncode == 3
    assert "python simulate.py" in done.stderr and "--yes" in done.stderr
    assert not list((tmp_path / "seen/paper").glob("records/verifications/*"))
    assert not (tmp_path / "seen/certificate").exists()


@posix
@pytest.mark.parametrize(("typed", "runs"), [(b"n\n", 0), (b"\n", 0), (b"yes\n", 2)])
def test_who_is_asked_decides(typed: bytes, runs: int, theirs: ProjectFolder, tmp_path: Path) -> None:
    ours, theirs_end = os.openpty()
    try:
        os.write(ours, typed)
        done = verify(theirs, tmp_path, stdin=theirs_end)
    finally:
        os.close(ours)
        os.close(theirs_end)
    assert "Go on? [y/N]" in done.stderr
    assert len(list((tmp_path / "seen/paper").glob("records/verifications/*/*"))) == runs
    assert done.returncode == (0 if runs else 3)


def test_a_state_is_named_by_its_tag(theirs: ProjectFolder, tmp_path: Path) -> None:
    theirs.git("tag", "v1")
    tagged = theirs.git("rev-parse", "HEAD")
    theirs.commit(simulate_py="raise SystemExit(3)\n")
    done = verify(theirs, tmp_path, "--yes", "--ref", "v1", "--step", "simulate")
    assert done.returncode == 0, done.stderr
    assert (certificate(tmp_path)["commit"], certificate(tmp_path)["ref"]) == (tagged, "v1")


def test_a_configuration_of_theirs_that_may_run_programs_is_not_taken(
    theirs: ProjectFolder, tmp_path: Path
) -> None:
    hook = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    theirs.write_files({"docs/index.md": "# Hello\n"})
    theirs.commit(mkdocs_yml="site_name: x\nplugins: [search, publisher]\nhooks: [hook.py]\n", hook_py=hook)
    done = verify(theirs, tmp_path, "--yes", "--step", "simulate")
    assert done.returncode == 0, done.stderr
    assert "without the paper's own mkdocs.yml, which might run programs: `hooks`" in done.stderr
    assert not (tmp_path / "ran").exists()
    assert "Hello" in (tmp_path / "seen/site/index.html").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--from", "nowhere/paper"], 3, "cannot be cloned"),
        (["--from", "-x"], 2, ""),
        (["--from", ".", "--no-record"], 2, "exclude each other"),
        (["--ref", "v1", "latest"], 2, "goes with --from"),
        (["--yes", "--all"], 2, "goes with --from"),
    ],
)
def test_what_makes_no_sense_is_said(words: list[str], code: int, said: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "publisher", "verify", *words], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == code
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_folder_that_holds_something_is_left_alone(theirs: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    (tmp_path / "seen/mine.txt").write_text("1")
    assert verify(theirs, tmp_path, "--yes").returncode == 3
    assert [each.name for each in (tmp_path / "seen").iterdir()] == ["mine.txt"]
