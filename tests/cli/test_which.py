"""`publisher which` as a process: which run made, or read, a file; by its content."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from publisher.model.record import FileRef
from tests.conftest import ProjectFolder
from tests.factory import keep, sha256


@pytest.fixture
def chain(project: ProjectFolder) -> ProjectFolder:
    """One run that made a file, and one that read it."""
    made = FileRef(path="out/energy.csv", sha256=sha256("1,2\n"), size=4)
    keep(project.root, 1, id="a" * 12, reason="makes it", outputs=[made, FileRef(path="out/gone.csv")])
    keep(project.root, 2, id="b" * 12, reason="reads it", inputs=[made], status="failed")
    project.write_files({"out/energy.csv": "1,2\n"})
    return project


def test_the_run_that_made_a_file_and_the_one_that_read_it(chain: ProjectFolder) -> None:
    done = chain.publisher("which", "out/energy.csv")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = (line.split() for line in done.stdout.splitlines()[1:])
    assert first[:3] == ["a" * 7, "made", "out/energy.csv"] and first[-2:] == ["makes", "it"]
    assert second[:3] == ["b" * 7, "read", "out/energy.csv"] and "failed" in second


def test_a_file_is_known_by_its_content_whatever_it_is_called_now(
    chain: ProjectFolder, tmp_path: Path
) -> None:
    renamed = tmp_path / "figure 3 (final).txt"
    renamed.write_text("1,2\n")
    assert "a" * 7 in chain.publisher("which", renamed).stdout
    (chain.root / "out" / "energy.csv").write_text("1,3\n")
    done = chain.publisher("which", "out/energy.csv")
    assert (done.returncode, done.stdout) == (1, "") and sha256("1,3\n")[:12] in done.stderr


@pytest.mark.parametrize("form", ["{}", "sha256:{}"])
def test_a_digest_is_typed_in_either_case(form: str, chain: ProjectFolder) -> None:
    for digest in (sha256("1,2\n"), sha256("1,2\n").upper()):
        assert "made" in chain.publisher("which", form.format(digest)).stdout


def test_a_home_is_understood(chain: ProjectFolder, home: Path) -> None:
    (home / "figure.csv").write_text("1,2\n")
    assert "made" in chain.publisher("which", "~/figure.csv").stdout


def test_json_tells_run_role_and_path(chain: ProjectFolder) -> None:
    done = chain.publisher("which", "out/energy.csv", "--json")
    assert json.loads(done.stdout) == [
        {"run": "a" * 12, "role": "made", "path": "out/energy.csv"},
        {"run": "b" * 12, "role": "read", "path": "out/energy.csv"},
    ]
    chain.write(other_csv="x")
    done = chain.publisher("which", "other.csv", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])


@pytest.mark.parametrize("name", ["none.csv", "out", "0" * 63, ""])
def test_what_is_no_file_is_wrong_usage(name: str, chain: ProjectFolder) -> None:
    done = chain.publisher("which", name)
    assert (done.returncode, done.stdout) == (2, "") and "no such file" in done.stderr


def test_a_digest_that_no_run_knows_is_no(chain: ProjectFolder) -> None:
    assert chain.publisher("which", "0" * 64).returncode == 1


def test_a_digest_that_was_never_had_is_not_that_of_every_file(chain: ProjectFolder) -> None:
    assert "gone.csv" not in chain.publisher("which", "out/energy.csv").stdout


def test_files_of_real_runs_are_found(project: ProjectFolder) -> None:
    project.commit(
        make_py="open('a.txt', 'w').write('made')",
        use_py="open('b.txt', 'w').write(open('a.txt').read() * 2)",
    )
    for program in ("make.py", "use.py"):
        assert project.publisher("run", "--", sys.executable, program).returncode == 0
    (project.root / "a.txt").rename(project.root / "moved.txt")
    told = json.loads(project.publisher("which", "moved.txt", "--json").stdout)
    assert [(each["role"], each["path"]) for each in told] == [("made", "a.txt"), ("read", "a.txt")]


def test_a_parameter_file_is_read_by_its_run_and_so_is_the_one_with_other_values(
    project: ProjectFolder,
) -> None:
    project.commit(sim_py="import sys; print(open(sys.argv[1]).read())\n", p_json='{"a": 1}\n')
    done = project.publisher("run", "--", "python", "sim.py", "p.json", "a=2")
    run = str(project.record()["id"])[:7]
    project.write(given_json=done.stdout.strip() + "\n")
    for name in ("p.json", "given.json"):
        told = project.publisher("which", name)
        assert (told.returncode, told.stdout.splitlines()[1].split()[:3]) == (0, [run, "read", "p.json"])


def test_a_file_that_is_uncertain_is_said_to_be(project: ProjectFolder) -> None:
    keep(project.root, 1, id="a" * 12, uncertain=[FileRef(path="out/shared.csv", seen_by="traced")])
    project.write_files({"out/shared.csv": "1,2\n"})
    done = project.publisher("which", "out/shared.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert "uncertain in aaaaaaa" in done.stderr
