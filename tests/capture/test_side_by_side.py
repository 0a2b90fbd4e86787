"""Runs at once in one project: each record names what is certainly its own, and says what is not certain."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from publisher.model.record import FileRef, Record
from tests.conftest import ProjectFolder
from tests.support.processes import ended, records_by_reason, run_at_once, start, wait_for

posix = pytest.mark.skipif(sys.platform == "win32", reason="shell commands of POSIX")

#: Writes a file, says so, waits until it may end: `writer.py PATH TEXT STEM [how]`.
WRITER = """\
import os, pathlib, subprocess, sys, time
path, text, stem, how = [*sys.argv[1:], "open"][:4]
def wait(end):
    until = time.monotonic() + 60
    while not os.path.exists(stem + end) and time.monotonic() < until: time.sleep(0.01)
pathlib.Path(stem + ".up").touch()
wait(".write")
os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
if how == "open": open(path, "w").write(text)
if how == "shell": subprocess.run(f"printf %s '{text}' > '{path}'", shell=True)
if how == "move":
    open(stem + ".tmp", "w").write(text); os.replace(stem + ".tmp", path)
if how == "folder":
    folder = os.path.dirname(path); os.rename(folder, folder + "_"); open(folder + "_/" + os.path.basename(path), "w").write(text)
    os.rename(folder + "_", folder)
if how == "link":
    os.makedirs("out", exist_ok=True); os.path.lexists("latest") or os.symlink("out", "latest")
    open("latest/" + os.path.basename(path), "w").write(text)
if how == "hard":
    os.path.exists("other.csv") or os.link(path, "other.csv"); open("other.csv", "w").write(text)
if how in ("bare", "isolated"):
    env = {"PATH": os.environ["PATH"]} if how == "bare" else None
    options = ["-I"] if how == "isolated" else []
    code = f"open({path!r}, 'w').write({text!r})"
    subprocess.run([sys.executable, *options, "-c", code], env=env)
if how == "system": os.system(f"printf %s '{text}' > '{path}'")
pathlib.Path(stem + ".wrote").touch()
wait(".end")
"""


class Stage:
    """Two or more writers, each told when to write and when to end; their signs lie outside of the project."""

    def __init__(self, project: ProjectFolder, signs: Path) -> None:
        self.project, self.signs = project, signs
        signs.mkdir()
        project.commit(writer_py=WRITER, _gitignore="out/\n")

    def start(
        self, name: str, path: str, text: str, *options: str, how: str = "open"
    ) -> subprocess.Popen[bytes]:
        """Start a writer and wait until it runs."""
        stem = str(self.signs / name)
        words = ["-r", name, *options, "--", "python", "writer.py", path, text, stem, how]
        run = start(self.project, *words)
        wait_for((self.signs / f"{name}.up").exists)
        return run

    def write(self, name: str) -> None:
        """Have a writer write, and wait until it has."""
        (self.signs / f"{name}.write").touch()
        wait_for((self.signs / f"{name}.wrote").exists)

    def end(self, name: str, run: subprocess.Popen[bytes]) -> Record:
        """Have a writer end; its record."""
        (self.signs / f"{name}.end").touch()
        assert run.wait(timeout=120) == 0
        return records_by_reason(self.project)[name]


@pytest.fixture
def stage(project: ProjectFolder, tmp_path: Path) -> Stage:
    return Stage(project, tmp_path / "signs")


def paths(files: Sequence[FileRef]) -> list[str]:
    return [each.path for each in files]


@pytest.mark.parametrize("how", ["open", "move"])
def test_a_file_that_two_runs_wrote_belongs_to_neither(stage: Stage, how: str) -> None:
    first = stage.start("first", "out/metrics.json", '{"energy": 1}')
    second = stage.start("second", "out/metrics.json", '{"energy": 2}', how=how)
    stage.write("first")
    stage.write("second")
    records = [stage.end("second", second), stage.end("first", first)]
    for record in records:
        assert record.outputs == [] and record.metrics == {}
        assert paths(record.uncertain) == ["out/metrics.json"]
        assert record.uncertain[0].sha256 is None and not record.uncertain[0].artifact
    ids = {record.reason: record.id for record in records}
    (said,) = records[0].problems
    assert ids["first"][:7] in said and "out/metrics.json" in said and "--output" in said
    kept = [
        path for path in stage.project.root.glob("records/artifacts/*/*") if b"energy" in path.read_bytes()
    ]
    assert kept == []


def test_the_one_that_ended_first_is_uncertain_for_the_one_that_goes_on(stage: Stage) -> None:
    """Also for a run that began and ended while another went on."""
    long = stage.start("long", "out/shared.csv", "long")
    stage.write("long")
    short = stage.start("short", "out/shared.csv", "short")
    stage.write("short")
    stage.end("short", short)
    record = stage.end("long", long)
    assert record.outputs == [] and paths(record.uncertain) == ["out/shared.csv"]


@pytest.mark.parametrize("how", ["open", "move", "folder"])
def test_runs_of_python_that_write_apart_are_certain(stage: Stage, how: str) -> None:
    """Also where a file, or its folder, gets its name at last."""
    first = stage.start("first", "out/a/metrics.json", '{"energy": 1}', how=how)
    second = stage.start("second", "out/b/metrics.json", '{"energy": 2}', how=how)
    stage.write("first")
    stage.write("second")
    for record, energy in ((stage.end("second", second), 2), (stage.end("first", first), 1)):
        assert record.metrics == {"energy": energy}
        assert (record.uncertain, record.problems) == ([], [])


@posix
@pytest.mark.parametrize("how", ["shell", "system", "bare", "isolated", "link", "hard"])
def test_a_file_that_is_written_in_a_roundabout_way_is_not_taken_for_another_run_s(
    stage: Stage, how: str
) -> None:
    """By a program that Python starts, by a Python that does not report, by another name."""
    traced = stage.start("traced", "out/shared.csv", "traced")
    hidden = stage.start("hidden", "out/shared.csv", "hidden", how=how)
    stage.write("traced")
    stage.write("hidden")
    record = stage.end("traced", traced)
    assert record.outputs == [] and paths(record.uncertain) == ["out/shared.csv"]
    stage.end("hidden", hidden)


@posix
def test_a_python_that_is_kept_from_reporting_is_not_trusted(project: ProjectFolder, tmp_path: Path) -> None:
    program = (
        "import os, sys, time\nname, first, stay = sys.argv[1:]\ntime.sleep(float(first))\nopen('shared.csv', 'w').write(name)\n"
        "time.sleep(float(stay))\n"
    )
    project.commit(sim_py=program)
    silent = start(
        project, "-r", "silent", "--", "env", "PYTHONPATH=", "python", "sim.py", "silent", "2", "8"
    )
    told = start(project, "-r", "told", "--", "python", "sim.py", "told", "0.5", "4")
    assert told.wait(timeout=120) == 0
    record = records_by_reason(project)["told"]
    assert record.outputs == [] and paths(record.uncertain) == ["shared.csv"]
    assert silent.wait(timeout=120) == 0


@posix
def test_beside_a_program_that_tells_nothing_a_traced_file_is_uncertain(
    stage: Stage, project: ProjectFolder
) -> None:
    traced = stage.start("traced", "out/shared.csv", "traced")
    stage.write("traced")
    project.publisher("run", "-r", "shell", "--", "sh", "-c", "echo shell > out/shared.csv")
    record = stage.end("traced", traced)
    assert record.outputs == [] and paths(record.uncertain) == ["out/shared.csv"]
    shell = records_by_reason(project)["shell"]
    assert shell.outputs == [] and paths(shell.uncertain) == ["out/shared.csv"]


@posix
def test_runs_that_name_their_files_are_certain_whatever_they_run(project: ProjectFolder) -> None:
    project.commit(_gitignore="out/\n")
    (project.root / "out").mkdir()
    commands = [
        ["--output", f"out/{n}.csv", "--", "sh", "-c", f"sleep 1; echo {n} > out/{n}.csv; sleep 1"]
        for n in range(3)
    ]
    for reason, record in run_at_once(project, commands).items():
        digest = hashlib.sha256(f"{reason}\n".encode()).hexdigest()
        assert [(each.path, each.sha256) for each in record.outputs] == [(f"out/{reason}.csv", digest)]
        assert (record.uncertain, record.problems) == ([], [])


@posix
@pytest.mark.parametrize(
    ("other", "certain"),
    [
        ("sleep 2", True),
        ("sleep 1; echo x > out/shared.csv; sleep 1", False),
        ("cd out; sleep 1; echo x > shared.csv; sleep 1", False),
    ],
)
def test_a_file_that_is_named_is_certain_beside_what_does_not_mean_it(
    project: ProjectFolder, other: str, certain: bool
) -> None:
    project.commit(_gitignore="out/\n")
    (project.root / "out").mkdir()
    naming = ["--output", "out/shared.csv", "--", "sh", "-c", "sleep 1; echo 0 > out/shared.csv; sleep 1"]
    record = run_at_once(project, [naming, ["--", "sh", "-c", other]])["0"]
    assert paths(record.outputs if certain else record.uncertain) == ["out/shared.csv"]


@posix
def test_a_file_that_is_named_is_uncertain_beside_the_same_program(project: ProjectFolder) -> None:
    project.commit(sim_sh="sleep 1\necho $1 > out/shared.csv\nsleep 1\n", _gitignore="out/\n")
    (project.root / "out").mkdir()
    naming = ["--output", "out/shared.csv", "--", "sh", "sim.sh", "0"]
    record = run_at_once(project, [naming, ["--", "sh", "sim.sh", "1"]])["0"]
    assert record.outputs == [] and paths(record.uncertain) == ["out/shared.csv"]


@posix
def test_a_pattern_is_no_evidence_while_another_run_is_under_way(project: ProjectFolder) -> None:
    project.commit(_gitignore="out/\n")
    (project.root / "out").mkdir()
    commands = [
        ["--output", "out/*.csv", "--", "sh", "-c", f"sleep 1; echo {n} > out/{n}.csv; sleep 1"]
        for n in range(2)
    ]
    for record in run_at_once(project, commands).values():
        assert record.outputs == []
        assert set(paths(record.uncertain)) == {"out/0.csv", "out/1.csv"}


@posix
def test_a_file_that_two_runs_name_is_uncertain(project: ProjectFolder) -> None:
    project.commit(_gitignore="out/\n")
    (project.root / "out").mkdir()
    commands = [
        ["--output", "out/x.csv", "--", "sh", "-c", f"sleep 1; echo {n} > out/x.csv; sleep 1"]
        for n in range(2)
    ]
    for record in run_at_once(project, commands).values():
        assert record.outputs == [] and paths(record.uncertain) == ["out/x.csv"]


@posix
def test_one_after_another_nothing_is_uncertain(project: ProjectFolder) -> None:
    project.commit(_gitignore="out/\n")
    for n in range(3):
        project.publisher("run", "-r", str(n), "--", "sh", "-c", f"mkdir -p out; echo {n} > out/x.csv")
        record = project.record()
        assert [each["path"] for each in record["outputs"]] == ["out/x.csv"]
        assert "uncertain" not in record and "problems" not in record


@posix
def test_a_run_within_a_run_does_not_make_it_uncertain(project: ProjectFolder) -> None:
    inner = f"{sys.executable} -m publisher run -r inner -- sh -c 'echo 1 > out/x.csv'"
    project.commit(make_sh=f"mkdir -p out\n{inner}\necho 2 > out/y.csv\n", _gitignore="out/\n")
    assert project.publisher("run", "-r", "outer", "--", "sh", "make.sh").returncode == 0
    records = records_by_reason(project)
    assert paths(records["inner"].outputs) == ["out/x.csv"] and records["inner"].uncertain == []
    assert "out/y.csv" in paths(records["outer"].outputs) and records["outer"].uncertain == []


@posix
def test_parameter_copies_of_other_runs_are_no_outputs(project: ProjectFolder) -> None:
    project.commit(
        sim_py="import json, sys, time\nopen(f'{json.load(open(sys.argv[1]))[\"n\"]}.csv', 'w').write('x')\ntime.sleep(1)\n",
        p_json='{"n": 0}',
    )
    commands = [["--", "python", "sim.py", "p.json", f"n={n}"] for n in range(3)]
    for reason, record in run_at_once(project, commands).items():
        assert paths(record.outputs) == [f"{reason}.csv"]
        assert record.uncertain == [] and record.problems == []
        assert not [path for path in record.code.changed if ".params-" in path]


@posix
def test_a_site_that_is_built_meanwhile_is_nobody_s_output(project: ProjectFolder) -> None:
    project.commit(_gitignore="site/\nout/\n")
    project.publisher("run", "--", "true")
    run = start(
        project,
        "-r",
        "beside",
        "--",
        "sh",
        "-c",
        "mkdir -p out; touch out/begun; sleep 8; echo 1 > out/r.csv",
    )
    with ended(run):
        wait_for((project.root / "out/begun").exists)
        assert project.publisher("build").returncode == 0
        assert (project.root / "site/index.html").exists()
        assert run.wait(timeout=120) == 0
    record = records_by_reason(project)["beside"]
    assert set(paths(record.outputs)) == {"out/begun", "out/r.csv"}
    assert not any(each.path.startswith("site/") for each in record.uncertain)


@posix
def test_what_changes_after_the_end_is_not_sealed_as_the_run_s(project: ProjectFolder) -> None:
    """A process that the program left behind writes on, while the record is made."""
    project.commit(
        sim_sh="(i=0; while [ $i -lt 400 ]; do echo $i > out.csv; i=$((i+1)); sleep 0.01; done) > /dev/null 2>&1 &\nsleep 0.5\n"
    )
    (project.root / "large.bin").write_bytes(b"")
    project.publisher("run", "--", "sh", "-c", "sh sim.sh; head -c 300000000 /dev/zero > large.bin")
    record = project.record()
    assert "out.csv" not in [each["path"] for each in record["outputs"]]
    assert [each["path"] for each in record["uncertain"]] == ["out.csv"]
    assert any("changed after the program had ended" in each for each in record["problems"])


@posix
def test_many_at_once_seal_no_foreign_file(project: ProjectFolder) -> None:
    """Python and shell, each with a file of its own, some with one that all of them write."""
    program = (
        "import os, sys, time\nn = sys.argv[1]; time.sleep(0.5)\nos.makedirs('out', exist_ok=True)\n"
        "open(f'out/{n}.txt', 'w').write(n)\n"
        "if len(sys.argv) > 2: open('out/shared.txt', 'w').write(n)\ntime.sleep(0.5)\n"
    )
    project.commit(sim_py=program, _gitignore="out/\n")
    (project.root / "out").mkdir()
    commands = []
    for n in range(12):
        shared = ["shared"] if n % 3 == 0 else []
        if n % 2:
            more = f"; echo {n} > out/shared.txt" if shared else ""
            commands.append(["--", "sh", "-c", f"sleep 0.5; printf {n} > out/{n}.txt{more}; sleep 0.5"])
        else:
            commands.append(["--", "python", "sim.py", str(n), *shared])
    for reason, record in run_at_once(project, commands).items():
        for out in record.outputs:
            assert out.path == f"out/{reason}.txt"
            assert out.sha256 == hashlib.sha256(reason.encode()).hexdigest()


@posix
def test_a_re_run_does_not_compare_what_is_uncertain(project: ProjectFolder) -> None:
    program = (
        "import sys, time\nn = sys.argv[1]; time.sleep(0.5)\nopen(f'{n}.txt', 'w').write(n)\n"
        "open('shared.txt', 'w').write(n)\nprint(n)\ntime.sleep(1)\n"
    )
    project.commit(sim_py=program, only_py=program.replace("open(f'{n}.txt', 'w').write(n)\n", ""))
    run_at_once(project, [["--", "python", "sim.py", "a"], ["--", "python", "only.py", "b"]])
    done = project.publisher("verify", "--all", "--json")
    verified = {each["run"]: each for each in json.loads(done.stdout)}
    records = records_by_reason(project)
    both, only = verified[records["0"].id], verified[records["1"].id]
    assert both["verdict"] == "identical"
    assert [each["path"] for each in both["findings"]] == ["a.txt"]
    assert only["verdict"] == "blocked" and "uncertain" in only["reason"], (
        "what it said does not stand for it"
    )


def test_what_another_writes_while_the_tree_is_looked_at_is_not_taken(project: ProjectFolder) -> None:
    writes = "import json, os, time\nfor n in range(150):\n    os.makedirs(f'b/{n}'); json.dump({'energy': -1}, open(f'b/{n}/metrics.json', 'w')); time.sleep(0.01)\n"
    project.commit(
        a_py="import time\ntime.sleep(1)\nopen('a.csv', 'w').write('a')\n", b_py=writes, _gitignore="data/\n"
    )
    for folder in range(15):
        (project.root / "data" / str(folder)).mkdir(parents=True)
        for n in range(1000):
            (project.root / "data" / str(folder) / f"{n}.txt").touch()
    records = run_at_once(project, [["--", "python", "a.py"], ["--", "python", "b.py"]])
    assert paths(records["0"].outputs) == ["a.csv"]
    assert (records["0"].metrics, records["0"].uncertain, records["0"].problems) == ({}, [], [])


@posix
def test_a_run_that_was_killed_beside_this_one_is_not_forgotten(stage: Stage, project: ProjectFolder) -> None:
    kept = stage.start("kept", "out/shared.csv", "kept")
    killed = stage.start("killed", "out/shared.csv", "killed")
    stage.write("kept")
    stage.write("killed")
    with ended(killed):
        pass
    project.publisher("list")
    project.publisher("run", "-r", "between", "--", "true")
    record = stage.end("kept", kept)
    assert record.outputs == [] and paths(record.uncertain) == ["out/shared.csv"]
