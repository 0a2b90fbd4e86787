"""Artifacts, metrics, environments, and what the user is told of them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from publisher.capture.keeping import chosen
from tests.conftest import ProjectFolder
from tests.support.caches import cache_of


def run(project: ProjectFolder, *words: str, **kwargs: Any) -> tuple[dict[str, Any], str]:
    done = project.publisher("run", *words, **kwargs)
    assert done.returncode == 0, done.stderr
    return project.record(), done.stderr


def kept(record: dict[str, Any]) -> set[str]:
    return {each["path"] for each in record["outputs"] if each.get("artifact")}


def environment(project: ProjectFolder, record: dict[str, Any]) -> dict[str, Any]:
    from ruamel.yaml import YAML

    path = project.root / "records" / "environments" / f"{record['environment']}.yml"
    assert path.stem == hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    content: dict[str, Any] = YAML(typ="safe", pure=True).load(path)
    return content


WRITES = """\
import json
for name, size in {sizes!r}.items():
    open(name, 'wb').write(b'x' * size + name.encode())
"""


def test_figures_and_metrics_are_kept_and_other_outputs_are_not(project: ProjectFolder) -> None:
    sizes = {"fig.png": 10, "plot.svg": 10, "data.csv": 10}
    project.commit(sim_py=WRITES.format(sizes=sizes) + "json.dump({'a': 1}, open('metrics.json', 'w'))\n")
    record, _ = run(project, "--", "python", "sim.py")
    assert kept(record) == {"fig.png", "plot.svg", "metrics.json"}
    for each in record["outputs"]:
        copies = list(project.root.glob(f"records/artifacts/{each['sha256'][:2]}/{each['sha256']}.*"))
        assert len(copies) == bool(each.get("artifact")), each
        assert all(copy.read_bytes() == (project.root / each["path"]).read_bytes() for copy in copies)


def test_what_publisher_yml_names_is_kept(project: ProjectFolder) -> None:
    settings = 'artifacts: ["*.csv"]\nsteps:\n  s:\n    command: python sim.py\n    figures: ["*.xyz"]\n    artifacts: ["t.txt"]\n'
    sizes = {"a.csv": 10, "b.xyz": 10, "t.txt": 10, "u.txt": 10}
    project.commit(sim_py=WRITES.format(sizes=sizes), publisher_yml=settings)
    record, _ = run(project, "s")
    assert kept(record) == {"a.csv", "b.xyz", "t.txt"}


def test_an_output_named_on_the_command_line_is_kept(project: ProjectFolder) -> None:
    project.commit(sim_py=WRITES.format(sizes={"u.txt": 10}))
    record, _ = run(project, "--output", "u.txt", "--", "python", "sim.py")
    assert kept(record) == {"u.txt"}


def test_what_is_too_large_is_left_out_and_the_user_is_told(project: ProjectFolder) -> None:
    project.commit(sim_py=WRITES.format(sizes={"big.png": 1_100_000, "small.png": 10}))
    record, said = run(project, "--", "python", "sim.py")
    assert kept(record) == {"small.png"}
    assert "not kept, being too large: big.png (1.1 MB, more than 1.0 MB)" in said
    assert {each["path"] for each in record["outputs"]} == {"big.png", "small.png"}, (
        "it is recorded all the same"
    )


def test_what_is_not_kept_is_known_again_by_its_content(project: ProjectFolder) -> None:
    """Of a format whose writer adds a date, in which two runs of one program differ."""
    dated = "import gzip\nwith gzip.GzipFile('a.csv.gz', 'wb', mtime={}) as f: f.write(b'{}')\nopen('b.bin', 'wb').write(b'b')\n"
    told = []
    for mtime, content in [(1, "1,2"), (2, "1,2"), (2, "1,3")]:
        project.commit(sim_py=dated.format(mtime, content))
        record, _ = run(project, "--", "python", "sim.py")
        told.append({each["path"]: each for each in record["outputs"]})
    first, later, other = (each["a.csv.gz"] for each in told)
    assert not first.get("artifact")
    assert first["sha256"] != later["sha256"]
    assert first["essence"] == later["essence"] != other["essence"]
    assert "essence" not in told[0]["b.bin"], "its bytes are its content"


def test_what_is_kept_needs_no_digest_of_its_content(project: ProjectFolder) -> None:
    project.commit(sim_py="open('a.svg', 'w').write('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')")
    record, _ = run(project, "--", "python", "sim.py")
    (out,) = record["outputs"]
    assert out["artifact"] and "essence" not in out


def test_a_run_keeps_no_more_than_its_limit_metrics_first() -> None:
    sizes = {"a.png": 400, "b.png": 300, "c.png": 500, "metrics.json": 100, "x.csv": 1}
    choice = chosen(sizes, [], file_limit=1000, run_limit=850)
    assert choice.kept == ["a.png", "b.png", "metrics.json"]
    assert choice.left_out == ["c.png (500 B, the run's 850 B are used up)"]


def test_limits_can_be_set(project: ProjectFolder) -> None:
    project.commit(
        sim_py=WRITES.format(sizes={"big.png": 1_100_000}),
        publisher_yml="limits: {file: 2 MiB, run: 3 MiB}\n",
    )
    assert kept(run(project, "--", "python", "sim.py")[0]) == {"big.png"}


def test_the_same_content_is_kept_once(project: ProjectFolder) -> None:
    project.commit(sim_py=WRITES.format(sizes={"fig.png": 10}))
    for _ in range(3):
        run(project, "--", "python", "sim.py")
    assert len(list(project.root.glob("records/artifacts/*/*.png"))) == 1
    assert len(list(project.root.glob("records/environments/*.yml"))) == 1


def test_a_link_to_elsewhere_is_not_followed(project: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"private")
    project.commit(sim_py=f"import os; os.symlink({str(tmp_path)!r} + '/secret.png', 'fig.png')\n")
    run(project, "--", "python", "sim.py")
    assert not any(b"private" in path.read_bytes() for path in (project.root / "records").rglob("*.png"))


def test_a_warning_is_gone_when_its_reason_is(project: ProjectFolder) -> None:
    project.commit(sim_py="print(1)\n")
    large = project.root / "records" / "large.bin"
    large.parent.mkdir()
    with open(large, "wb") as file:
        file.truncate(201_000_000)
    assert "lives in git" in project.publisher("run", "--", "python", "sim.py").stderr
    large.unlink()
    assert "lives in git" not in project.publisher("run", "--", "python", "sim.py").stderr


def test_the_user_is_warned_when_records_grow_large(project: ProjectFolder) -> None:
    project.commit(sim_py="pass\n")
    _, said = run(project, "--", "python", "sim.py")
    assert "lives in git" not in said
    with open(project.root / "records" / "large.bin", "wb") as large:
        large.truncate(201_000_000)
    (cache_of(project.root) / "size").unlink()
    _, said = run(project, "--", "python", "sim.py")
    assert "records/ holds 201 MB, which lives in git" in said


def test_metrics_are_the_numbers_in_the_metrics_files(project: ProjectFolder) -> None:
    metrics = {"exponent": 0.331, "fit": {"error": 1e-3, "steps": 10**20}, "name": "x", "ok": True}
    project.commit(sim_py=f"open('final-metrics.json', 'w').write('''{json.dumps(metrics)}''')\n")
    record, _ = run(project, "--", "python", "sim.py")
    assert record["metrics"] == {"exponent": 0.331, "fit.error": 0.001, "fit.steps": 10**20}


def test_a_step_names_its_metrics_file(project: ProjectFolder) -> None:
    settings = "steps:\n  s:\n    command: python sim.py\n    metrics: out.yml\n"
    program = (
        "open('out.yml', 'w').write('a: 1\\nb: .nan\\n'); open('metrics.json', 'w').write('{\"c\": 1}')\n"
    )
    project.commit(sim_py=program, publisher_yml=settings)
    record, _ = run(project, "s")
    assert set(record["metrics"]) == {"a", "b"}


def test_metrics_that_cannot_be_read_are_a_problem_and_no_more(project: ProjectFolder) -> None:
    project.commit(sim_py="open('metrics.json', 'w').write('{')\n")
    record, said = run(project, "--", "python", "sim.py")
    assert "no metrics: metrics.json:1: is no JSON" in record["problems"][0]
    assert "no metrics" in said


def test_the_environment_is_that_of_the_programs_interpreter(project: ProjectFolder, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    (site,) = (tmp_path / "venv").rglob("site-packages")
    for name, version in (("Heat_Solver", "2.1"), ("unused", "3")):
        (site / f"{name}-{version}.dist-info").mkdir()
    (site / "Heat_Solver-2.1.dist-info" / "top_level.txt").write_text("heat\n")
    (site / "heat").mkdir()
    (site / "heat" / "__init__.py").write_text("")
    project.commit(sim_py="import heat, json\n")
    record, _ = run(project, "--", str(python), "sim.py")
    python_seen = environment(project, record)["python"]
    assert python_seen["packages"] == {"heat-solver": "2.1", "unused": "3"}
    assert python_seen["version"] == ".".join(map(str, sys.version_info[:3]))
    assert record["imports"] == {"heat-solver": "2.1"}


def test_an_isolated_interpreter_is_asked(project: ProjectFolder) -> None:
    project.commit(sim_py="print(1)\n")
    record, _ = run(project, "--", "python", "-I", "sim.py")
    assert environment(project, record)["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert any("did not report" in problem for problem in record["problems"])


def test_a_program_without_python_has_no_python_in_its_environment(project: ProjectFolder) -> None:
    project.commit()
    record, _ = run(project, "--", "true")
    assert "python" not in environment(project, record)


def test_system_and_lock_files_are_in_the_environment(project: ProjectFolder) -> None:
    project.commit(uv_lock="pinned\n", publisher_yml="environment: my.lock\n", my_lock="also\n")
    record, _ = run(project, "--", "true")
    seen = environment(project, record)
    assert set(seen["system"]) >= {"name", "release", "machine", "cores"}
    assert "hostname" not in seen["system"]
    assert seen["locks"] == {
        "my.lock": hashlib.sha256(b"also\n").hexdigest(),
        "uv.lock": hashlib.sha256(b"pinned\n").hexdigest(),
    }


def test_the_hostname_is_told_when_asked_for(project: ProjectFolder) -> None:
    import platform

    project.commit(publisher_yml="privacy: {hostname: true}\n")
    record, _ = run(project, "--", "true")
    assert environment(project, record)["system"]["hostname"] == platform.node()


def test_only_listed_variables_are_recorded(project: ProjectFolder) -> None:
    project.commit()
    env = {"OMP_NUM_THREADS": "2", "CUDA_VISIBLE_DEVICES": "0", "PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "1",
           "LC_ALL": "C.UTF-8", "AWS_SECRET_ACCESS_KEY": "x", "MY_TOKEN": "x", "MKL_NUM_THREADS": "4"}  # fmt: skip
    record, _ = run(project, "--", "true", env=env)
    variables = environment(project, record)["variables"]
    assert variables.items() >= {
        ("OMP_NUM_THREADS", "2"), ("CUDA_VISIBLE_DEVICES", "0"), ("PYTHONHASHSEED", "0"),
        ("SOURCE_DATE_EPOCH", "1"), ("LC_ALL", "C.UTF-8"), ("MKL_NUM_THREADS", "4"),
    }  # fmt: skip
    assert "x" not in variables.values()


def test_nothing_heavy_is_imported_before_the_program_starts(project: ProjectFolder) -> None:
    project.commit()
    look = (
        "import sys, runpy\n"
        "def hook(event, told):\n"
        "    if event == 'subprocess.Popen' and told[1] == ['true']: print(*sorted(sys.modules), sep='\\n')\n"
        "sys.addaudithook(hook)\n"
        "sys.argv = ['publisher', 'run', '-q', '-t', 'x', '--', 'true']\n"
        "runpy.run_module('publisher', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=project.root, capture_output=True, text=True)
    loaded = {module.partition(".")[0] for module in done.stdout.split()}
    assert "msgspec" in loaded, done.stderr
    assert "importlib.metadata" not in done.stdout.split()
    heavy = loaded & {
        "ruamel", "yaml", "pygit2", "rich", "jinja2", "mkdocs", "nbconvert", "numpy", "pandas", "typing_extensions",
        "sqlite3", "click",
    }  # fmt: skip
    assert heavy == set()


class TestCommit:
    """`--commit` commits the record files alone."""

    def test_the_record_is_committed_and_nothing_else(self, project: ProjectFolder) -> None:
        project.commit(
            sim_py="open('fig.png', 'wb').write(b'x'); open('other.txt', 'w').write('y')\n", staged_py="1\n"
        )
        project.write(staged_py="2\n", untracked_py="3\n")
        project.git("add", "staged.py")
        before = project.git("status", "--porcelain", "--", ".", ":!records", ":!fig.png", ":!other.txt")
        project.publisher("run", "-r", "why", "--commit", "--", "python", "sim.py")
        assert project.git("status", "--porcelain", "--", ".", ":!fig.png", ":!other.txt") == before
        names = project.git("show", "--name-only", "--format=%s", "HEAD").splitlines()
        assert names[0].startswith("Record ")
        assert names[0].endswith(": why")
        assert all(name.startswith("records/") for name in names[2:])
        committed = set(names[2:])
        assert committed == {
            path.relative_to(project.root).as_posix() for path in (project.root / "records").rglob("*.*") if path.is_file()
        }  # fmt: skip

    def test_before_the_first_commit(self, project: ProjectFolder) -> None:
        project.write(sim_py="print(1)\n")
        project.publisher("run", "--commit", "--", "python", "sim.py")
        assert project.git("rev-list", "--count", "HEAD") == "1"
        assert "sim.py" not in project.git("ls-tree", "-r", "--name-only", "HEAD")

    def test_runs_at_once_are_all_committed(self, project: ProjectFolder) -> None:
        project.commit()
        runs = [
            subprocess.Popen(
                [sys.executable, "-m", "publisher", "run", "--commit", "-q", "--", "sh", "-c", f"echo {n}"],
                cwd=project.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            )
            for n in range(5)
        ]  # fmt: skip
        said = [run.communicate(timeout=120)[1] for run in runs]
        assert [run.returncode for run in runs] == [0] * 5
        assert project.git("rev-list", "--count", "HEAD") == "6", said
        assert project.git("status", "--porcelain") == ""

    def test_without_a_repository_the_user_is_told(self, tmp_path: Path, home: Path) -> None:
        place = ProjectFolder.__new__(ProjectFolder)
        place.root = tmp_path / "plain"
        place.root.mkdir()
        _, said = run(place, "--commit", "--", "true")
        assert "not committed: this is no git repository" in said

    def test_without_a_name_git_refuses_and_the_record_stays(
        self, project: ProjectFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        project.commit()
        (tmp_path / "empty").write_text("[user]\n    useConfigOnly = true\n")
        _, said = run(project, "--commit", "--", "true", env={"GIT_CONFIG_GLOBAL": str(tmp_path / "empty")})
        assert "the record is kept but not committed" in said
        assert len(project.records()) == 1
