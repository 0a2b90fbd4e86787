"""The commands that make a run's environment and fetch its data, as bash reads them."""

import shlex
import stat
import subprocess

import pytest

from publisher.model.environment import Environment, Python, System
from publisher.model.paper import PaperFacts
from publisher.model.project import DataSource, Settings
from publisher.model.record import Code, FileRef, Parameters
from publisher.publish.run.equipping import data_commands, environment_commands, lock_of
from publisher.publish.run.rerun import commands_to_rerun
from tests.publish import samples
from tests.tools import need

DIGEST = "ab" * 32


def saw(version="3.11.7", *locks):
    return Environment(
        schema=1,
        system=System(name="Linux", release="6.1", machine="x86_64"),
        python=Python(implementation="CPython", version=version) if version else None,
        locks=dict.fromkeys(locks, DIGEST),
    )


@pytest.fixture
def record(tmp_path):
    def made(**facts):
        return samples.record(samples.project_at(tmp_path), 1, **facts)

    return made


def test_without_a_lock_file_the_imported_packages_are_pinned(record):
    assert environment_commands(record(), saw(), "") == (
        [
            "uv venv --python 3.11",
            ". .venv/bin/activate",
            "uv pip install numpy==2.4.6 scipy==1.17.0",
        ],
        "",
    )


@pytest.mark.parametrize(
    ("lock", "commands"),
    [
        ("uv.lock", ["uv sync --frozen", ". .venv/bin/activate"]),
        (
            "requirements.txt",
            ["uv venv --python 3.11", ". .venv/bin/activate", "uv pip install -r requirements.txt"],
        ),
        (
            "environment.yml",
            ["conda env create -p ./.conda -f environment.yml", "conda activate ./.conda"],
        ),
    ],
)
def test_a_lock_file_of_the_commit_makes_the_environment(record, lock, commands):
    assert environment_commands(record(), saw("3.11.7", lock), lock) == (commands, "")


def test_of_several_lock_files_the_settings_decide_and_else_the_most_exact():
    environment = saw("3.11.7", "requirements.txt", "uv.lock", "Dockerfile")
    assert lock_of(environment, None) == "uv.lock"
    assert lock_of(environment, "requirements.txt") == "requirements.txt"
    assert lock_of(environment, {"lock": "requirements.txt", "apt": ["gcc"]}) == "requirements.txt"
    assert lock_of(environment, "pixi.lock") == "uv.lock", "the run did not see that one"
    assert lock_of(saw("3.11.7", "Dockerfile"), None) == lock_of(None, None) == ""


def test_what_no_installer_would_take_is_left_out_and_said(record):
    found = record(imports={"numpy": "2.4.6", "-r": "1.0", "paper": "unknown", "a;b": "1"})
    lines, note = environment_commands(found, saw(), "")
    assert lines[-1] == "uv pip install numpy==2.4.6"
    assert note.endswith(": -r, paper, a;b.")


@pytest.mark.parametrize("version", ["", "3.11; rm -rf ~", "--help"])
def test_of_an_unknown_python_nothing_is_promised(record, version):
    assert environment_commands(record(), saw(version) if version else None, "")[0] in (
        [],
        ["uv venv --python 3.11", ". .venv/bin/activate", "uv pip install numpy==2.4.6 scipy==1.17.0"],
    )


def test_inputs_with_an_address_are_fetched_and_checked():
    inputs = [
        FileRef(path="data/my in.csv", sha256=DIGEST, size=1),
        FileRef(path="data/deposited.csv", sha256=DIGEST, size=1),
        FileRef(path="data/own.csv", sha256=DIGEST, size=1),
        FileRef(path="../outside.csv", sha256=DIGEST, size=1),
        FileRef(path="data/odd.csv", sha256=DIGEST, size=1),
    ]
    sources = {
        "data/my in.csv": DataSource(url="https://example.org/in.csv?a=1&b=$(id)"),
        "data/deposited.csv": DataSource(url="doi:10.5281/zenodo.1/deposited.csv"),
        "../outside.csv": DataSource(url="https://example.org/x"),
        "data/odd.csv": DataSource(url="file:///etc/passwd"),
    }
    lines, notes = data_commands(inputs, sources)
    assert lines == [
        "curl -fsSL --create-dirs -o 'data/my in.csv' 'https://example.org/in.csv?a=1&b=$(id)'",
        f"echo '{DIGEST}  data/my in.csv' | sha256sum --check",
    ]
    assert notes == ["Put data/deposited.csv there, from https://doi.org/10.5281/zenodo.1/deposited.csv."]


def test_bash_runs_them_in_the_right_order_with_the_right_words(record, tmp_path):
    found = record(
        step=None,
        directory="a 'b'",
        command=["python", "sim.py", "x=$HOME", "`id`", "a;b"],
        code=Code(commit=samples.COMMIT),
        parameters=Parameters(overrides={"name": "it's"}, values={"name": "it's"}),
        inputs=[FileRef(path="in $1.csv", sha256=DIGEST, size=1)],
    )
    lines, _ = commands_to_rerun(
        found,
        None,
        "my study/",
        PaperFacts(repository="https://github.com/someone/paper").repository,
        environment=saw(),
        settings=Settings(data={"in $1.csv": DataSource(url="https://example.org/a&b")}),
    )
    stubs, log = tmp_path / "stubs", tmp_path / "log"
    stubs.mkdir()
    for name in ("git", "uv", "curl", "sha256sum", "publisher"):
        stub = stubs / name
        stub.write_text(
            f'#!/bin/sh\nprintf "%s\\037" {name} "$@" >> {shlex.quote(str(log))}\necho >> {shlex.quote(str(log))}\n'
        )
        stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    place = tmp_path / "place"
    activate = place / "paper/my study/.venv/bin/activate"
    activate.parent.mkdir(parents=True)
    activate.write_text("")
    (place / "paper/my study/a 'b'").mkdir()
    script = "set -eu\n" + "\n".join(lines)
    subprocess.run(
        [need("bash"), "-c", script], cwd=place, check=True, env={"PATH": f"{stubs}:/usr/bin:/bin"}
    )
    assert [line.rstrip("\x1f").split("\x1f") for line in log.read_text().splitlines()] == [
        ["git", "clone", "https://github.com/someone/paper"],
        ["git", "checkout", samples.COMMIT],
        ["uv", "venv", "--python", "3.11"],
        ["uv", "pip", "install", "numpy==2.4.6", "scipy==1.17.0"],
        ["curl", "-fsSL", "--create-dirs", "-o", "in $1.csv", "https://example.org/a&b"],
        ["sha256sum", "--check"],
        ["publisher", "run", "-p", 'name="it\'s"', "--", "python", "sim.py", "x=$HOME", "`id`", "a;b"],
    ]
