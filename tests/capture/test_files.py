"""Inputs and outputs are found by themselves."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ProjectFolder


def sha256(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def run(project: ProjectFolder, *words: str, **kwargs: Any) -> dict[str, Any]:
    done = project.publisher("run", *words, **kwargs)
    assert done.returncode == 0, done.stderr
    return project.record()


def by_path(files: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["path"]: each for each in files}


def test_what_a_python_program_reads_and_writes_is_found(project: ProjectFolder) -> None:
    project.write_files({"data/in.csv": "1,2\n"})
    project.commit(sim_py="d = open('data/in.csv').read(); open('out.csv', 'w').write(d * 2)\n")
    record = run(project, "--", "python", "sim.py")
    assert record["inputs"] == [
        {"path": "data/in.csv", "sha256": sha256("1,2\n"), "size": 4, "seen_by": "traced"}
    ]
    assert record["outputs"] == [
        {"path": "out.csv", "sha256": sha256("1,2\n1,2\n"), "size": 8, "seen_by": "traced"}
    ]


def test_which_files_of_the_code_were_read_is_told_the_first_time_and_when_they_are_compiled(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    modules = {
        "physics/__init__.py": "",
        "physics/laws.py": "G = 1\n",
        "unused.py": "",
        "loose.py": "x = 1\n",
    }
    project.write_files({**modules, ".gitignore": "loose.py\n"})
    project.commit(sim_py="import loose\nfrom physics import laws\nopen('out.csv', 'w').write(str(laws.G))\n")
    for _ in range(2):
        record = run(project, "--", "python", "sim.py")
        assert record["code"]["sources"] == ["physics/__init__.py", "physics/laws.py", "sim.py"]
        assert [each["path"] for each in record["inputs"]] == ["loose.py"]
    assert (project.root / "physics" / "__pycache__").is_dir()


def test_what_children_and_grandchildren_open_is_found(project: ProjectFolder) -> None:
    child = "import sys; open('from_child.txt', 'w').write(open('for_child.txt').read())\n"
    parent = "import subprocess, sys; subprocess.run(['sh', '-c', 'python child.py'], check=True)\n"
    project.commit(parent_py=parent, child_py=child, for_child_txt="x")
    record = run(project, "--", "python", "parent.py")
    assert by_path(record["inputs"])["for_child.txt"]["seen_by"] == "traced"
    assert by_path(record["outputs"])["from_child.txt"]["seen_by"] == "traced"
    assert record["resources"]["processes"] == 2


def test_processes_of_multiprocessing_are_seen(project: ProjectFolder) -> None:
    program = (
        "import multiprocessing as m\n"
        "def work(i): open(f'out{i}.txt', 'w').write(open(f'in{i}.txt').read())\n"
        "if __name__ == '__main__':\n"
        "    with m.get_context('{how}').Pool(2) as pool: pool.map(work, [0, 1])\n"
    )
    for how in ("fork", "spawn"):
        project.commit(sim_py=program.replace("{how}", how), in0_txt="a", in1_txt="b")
        record = run(project, "--", "python", "sim.py")
        assert set(by_path(record["inputs"])) == {"in0.txt", "in1.txt"}, how
        assert set(by_path(record["outputs"])) == {"out0.txt", "out1.txt"}, how


def test_an_existing_sitecustomize_still_runs(project: ProjectFolder, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import builtins; builtins.greeting = 'from sitecustomize'\n")
    project.commit(
        sim_py="import sys; print(greeting, sys.path.count('x'), [p for p in sys.path if 'witness' in p])\n"
    )
    done = project.publisher("run", "--", "python", "sim.py", env={"PYTHONPATH": str(site)})
    assert done.stdout == "from sitecustomize 0 []\n"


def test_a_broken_sitecustomize_is_reported_as_without_us(project: ProjectFolder, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("raise RuntimeError('mine is broken')\n")
    project.commit(sim_py="print('ran')\n")
    done = project.publisher("run", "--", "python", "sim.py", env={"PYTHONPATH": str(site)})
    assert done.stdout == "ran\n"
    assert "mine is broken" in done.stderr


def test_pythons_search_path_is_as_without_us(project: ProjectFolder, tmp_path: Path) -> None:
    import subprocess

    project.commit(sim_py="import sys; print(sys.path)\n")
    env = {"PYTHONPATH": str(tmp_path / "mine")}
    import os

    bare = subprocess.run(
        [sys.executable, "sim.py"],
        cwd=project.root,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    ).stdout
    assert project.publisher("run", "--", "python", "sim.py", env=env).stdout == bare


def test_a_program_that_closes_all_descriptors_keeps_its_own_files_clean(project: ProjectFolder) -> None:
    program = (
        "import os\nos.closerange(3, 256)\n"
        "mine = [os.open(f'mine{i}.txt', os.O_CREAT | os.O_WRONLY) for i in range(20)]\n"
        "for i in range(50): open('in.txt').close()\n"
        "for each in mine: os.write(each, b'only this')\n"
    )
    project.commit(sim_py=program, in_txt="x")
    run(project, "--", "python", "sim.py")
    assert {path.read_text() for path in project.root.glob("mine*.txt")} == {"only this"}


def test_what_a_program_in_any_language_writes_is_found_git_ignored_files_included(
    project: ProjectFolder,
) -> None:
    project.write_files({".gitignore": "out/\n", "changed.txt": "old", "same.txt": "same"})
    project.commit()
    record = run(
        project, "--", "sh", "-c", "mkdir -p out; echo 1 > out/a.txt; echo new > changed.txt; cat same.txt"
    )
    assert {path: each["seen_by"] for path, each in by_path(record["outputs"]).items()} == {
        "changed.txt": "changed",
        "out/a.txt": "changed",
    }


def test_arguments_that_are_files_are_inputs(project: ProjectFolder, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("far")
    project.write_files({"a.csv": "near"})
    project.commit()
    record = run(project, "--", "cat", "a.csv", str(elsewhere))
    assert {path: each["seen_by"] for path, each in by_path(record["inputs"]).items()} == {
        "a.csv": "argument",
        str(elsewhere): "argument",
    }
    assert by_path(record["inputs"])[str(elsewhere)]["sha256"] == sha256("far")


def test_a_file_in_the_home_folder_is_told_without_its_place(project: ProjectFolder, home: Path) -> None:
    (home / "big.csv").write_text("1")
    project.commit(sim_py="import os; open(os.path.expanduser('~/big.csv')).read()\n")
    record = run(project, "--", "python", "sim.py")
    assert [each["path"] for each in record["inputs"]] == ["~/big.csv"]
    assert str(home) not in project.records()[-1].read_text()


def test_declared_files_are_looked_for(project: ProjectFolder) -> None:
    settings = """\
steps:
  cool:
    command: sh cool.sh
    inputs: ["data/*.csv"]
    outputs: ["out/**", "never.txt"]
"""
    project.write_files({"data/a.csv": "a", "data/b.csv": "b", "data/c.txt": "c"})
    project.commit(publisher_yml=settings, cool_sh="mkdir -p out; cat data/a.csv > out/x.csv\n")
    record = run(project, "cool")
    assert set(by_path(record["inputs"])) == {"data/a.csv", "data/b.csv"}
    assert {each["seen_by"] for each in record["inputs"]} == {"declared"}
    assert record["outputs"][0]["seen_by"] == "declared"
    assert record["problems"] == ["the declared output `never.txt` was not written"]


def test_an_input_named_on_the_command_line(project: ProjectFolder) -> None:
    project.write_files({"deep/in.dat": "x"})
    project.commit()
    record = run(project, "--input", "in.dat", "--", "true", cwd=project.root / "deep")
    assert by_path(record["inputs"])["deep/in.dat"]["seen_by"] == "declared"
    assert record["directory"] == "deep"


def test_a_file_that_the_run_made_and_read_again_is_no_input(project: ProjectFolder) -> None:
    project.commit(sim_py="open('x.txt', 'w').write('1'); open('x.txt').read()\n")
    record = run(project, "--", "python", "sim.py")
    assert "inputs" not in record
    assert [each["path"] for each in record["outputs"]] == ["x.txt"]


def test_an_input_that_is_changed_in_place_has_the_digest_it_had_before(project: ProjectFolder) -> None:
    project.commit(sim_py="import sys; open(sys.argv[1], 'a').write('more')\n", table_csv="before")
    record = run(project, "--input", "table.csv", "--", "python", "sim.py", "table.csv")
    assert by_path(record["outputs"])["table.csv"]["sha256"] == sha256("beforemore")
    assert by_path(record["inputs"])["table.csv"]["sha256"] == sha256("before")


def test_a_tracked_input_that_is_changed_in_place_has_the_digest_of_its_commit(
    project: ProjectFolder,
) -> None:
    project.commit(
        sim_py="f = open('t.csv', 'r+'); f.read(); f.write('more'); open('t.csv')\n", t_csv="before"
    )
    record = run(project, "--", "python", "sim.py")
    assert by_path(record["outputs"])["t.csv"]["sha256"] == sha256("beforemore")
    assert by_path(record["inputs"])["t.csv"]["sha256"] == sha256("before")


def test_a_database_that_is_only_read_is_an_input(project: ProjectFolder) -> None:
    import sqlite3

    with sqlite3.connect(project.root / "d.sqlite") as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    project.commit(
        sim_py="import sqlite3; c = sqlite3.connect('d.sqlite'); c.execute('SELECT * FROM t'); c.close()\n"
    )
    record = run(project, "--", "python", "sim.py")
    assert [each["path"] for each in record["inputs"]] == ["d.sqlite"]
    assert "outputs" not in record


def test_interpreters_and_tools_own_files_are_no_data(project: ProjectFolder, home: Path) -> None:
    project.write_files({".gitignore": "venv/\n", "venv/pyvenv.cfg": "", "venv/lib/x.txt": "x"})
    project.commit(
        sim_py="import json, email, hypothesis; open('venv/lib/y.txt', 'w'); open('.cache.txt', 'w')\n"
    )
    record = run(project, "--", "python", "sim.py")
    assert "inputs" not in record
    assert [each["path"] for each in record["outputs"]] == [".cache.txt"]


@pytest.mark.parametrize("name", ["a\nb.txt", "sp ace.txt", "ü.txt", "-dash.txt", "'q\".txt", "[x].txt"])
def test_any_file_name_is_told_as_it_is(project: ProjectFolder, name: str) -> None:
    project.commit(sim_py=f"open({name!r}, 'w').write('1')\n")
    assert [each["path"] for each in run(project, "--", "python", "sim.py")["outputs"]] == [name]


def test_a_file_name_that_is_no_utf8_does_not_stop_anything(project: ProjectFolder) -> None:
    project.commit(sim_py="open(b'bad\\xff.txt', 'w').write('1')\n")
    assert [each["path"] for each in run(project, "--", "python", "sim.py")["outputs"]] == ["bad\\xff.txt"]


def test_a_large_input_is_digested_while_the_program_runs(
    project: ProjectFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from publisher.capture import preparation
    from publisher.capture.run import capture
    from publisher.store.project import project_at

    monkeypatch.setattr(preparation, "SMALL", 3)
    monkeypatch.chdir(project.root)
    project.commit(in_csv="more than three")
    wish = preparation.Wish(command=["cat", "in.csv"], directory=project.root)
    record = capture(project_at(project.root), wish).record
    assert record.inputs[0].sha256 == sha256("more than three")
    wish = preparation.Wish(command=["sh", "-c", "echo x >> $0", "in.csv"], directory=project.root)
    record = capture(project_at(project.root), wish).record
    assert record.outputs[0].sha256 == sha256("more than threex\n")


def test_our_own_folders_of_the_user_are_no_outputs_and_no_code_where_the_home_is_the_project(
    project: ProjectFolder,
) -> None:
    project.commit(
        sim_py="import subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'publisher', 'list'], check=True)\nopen('a.txt', 'w').close()\n"
    )
    env = {
        "XDG_CACHE_HOME": str(project.root / ".cache"),
        "XDG_CONFIG_HOME": str(project.root / "settings"),
        "PUBLISHER_CACHE": "",
    }
    for _ in range(2):
        assert project.publisher("run", "--", "python", "sim.py", env=env).returncode == 0
        record = project.record()
        assert [each["path"] for each in record["outputs"]] == ["a.txt"]
        assert "changed" not in record["code"] and "patch" not in record["code"]
    assert (project.root / "settings" / "publisher" / "token.key").is_file(), "it was there"
