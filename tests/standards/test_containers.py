"""What other systems read: by their own rules, and with hostile names only text."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from publisher.model.record import Resources
from publisher.standards.containers import FORMATS
from publisher.standards.containers.machine import Machine, NotExported, Written, gigabytes, image, need
from tests.factory import a_record, posix
from tests.wheels import wheel

PLAIN = Machine(
    name="Heat study", python="3.11.7", publisher="provenance-publisher[verify]==1.2", lock="uv.lock"
)


def files(format: str, machine: Machine = PLAIN, **other: object) -> dict[str, Written]:
    module = importlib.import_module(FORMATS[format])
    return {each.path: each for each in module.files(structs.replace(machine, **other))}


def dev(machine: Machine = PLAIN, **other: object) -> dict[str, object]:
    told = json.loads(files("devcontainer", machine, **other)[".devcontainer/devcontainer.json"].text)
    assert isinstance(told, dict)
    return told


def docker(machine: Machine = PLAIN, **other: object) -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, as Docker reads them: comments away, continued lines put together."""
    text = re.sub(r"^#.*\n", "", files("dockerfile", machine, **other)["Dockerfile"].text, flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines if line.strip()]


def sections(machine: Machine = PLAIN, **other: object) -> dict[str, str]:
    """The sections of the definition file, by their heads."""
    (written,) = files("apptainer", machine, **other).values()
    found = re.split(r"^%(.*)\n", written.text, flags=re.MULTILINE)
    return {"": found[0]} | dict(zip(found[1::2], found[2::2], strict=True))


def understood_by_a_shell(text: str, shell: str = "bash") -> bool:
    return (
        subprocess.run([shell, "-n"], input=text.encode(), capture_output=True, check=False).returncode == 0
    )


# -- dev containers ------------------------------------------------------------------------------------------


def test_a_dev_container_sets_up_by_publisher_itself() -> None:
    told = dev(cores=3, memory=5 * 1024**3 + 1, packages=("gfortran",))
    assert told["image"] == "python:3.11.7-bookworm"
    assert told["hostRequirements"] == {"cpus": 3, "memory": "7gb"}
    command = shlex.split(str(told["postCreateCommand"]))
    assert "provenance-publisher[verify]==1.2" in command and command[-3:] == ["publisher", "setup", "--apt"]
    assert told["remoteEnv"] == {"PATH": "${containerWorkspaceFolder}/.venv/bin:${containerEnv:PATH}"}


def test_what_nobody_measured_is_not_asked_for() -> None:
    assert "hostRequirements" not in dev()


def test_a_dev_container_takes_programs_from_their_images() -> None:
    found = files("devcontainer", lock="pixi.lock")
    assert json.loads(found[".devcontainer/devcontainer.json"].text)["build"] == {"dockerfile": "Dockerfile"}
    text = found[".devcontainer/Dockerfile"].text
    assert "FROM python:3.11.7-bookworm\n" in text and "/usr/local/bin/pixi /usr/local/bin/pixi" in text


def test_a_dev_container_builds_the_project_s_own_dockerfile() -> None:
    assert dev(lock="docker/Dockerfile")["build"] == {"dockerfile": "../docker/Dockerfile", "context": ".."}


# -- Binder --------------------------------------------------------------------------------------------------


def test_requirements_are_named_and_not_copied() -> None:
    found = files("binder", lock="sub dir/requirements.txt", packages=("gfortran", "g++"))
    assert {path: each.text for path, each in found.items()} == {
        ".binder/apt.txt": "gfortran\ng++\n",
        ".binder/runtime.txt": "python-3.11\n",
        ".binder/requirements.txt": "-r '../sub dir/requirements.txt'\n",
    }


def test_what_binder_has_no_file_for_is_a_script() -> None:
    script = files("binder", data=True)[".binder/postBuild"]
    assert (
        script.executable
        and script.text.startswith("#!/usr/bin/env bash\n")
        and "set -euo pipefail" in script.text
    )
    assert "uv export" in script.text and script.text.rstrip().endswith("setup --data")
    assert understood_by_a_shell(script.text)
    assert "setup" not in files("binder")[".binder/postBuild"].text


def test_a_conda_environment_is_binder_s_own() -> None:
    found = files("binder", lock="environment.yml", content="dependencies: [python=3.11]\n")
    assert {path: each.text for path, each in found.items()} == {
        ".binder/environment.yml": "dependencies: [python=3.11]\n"
    }


@pytest.mark.parametrize("lock", ["pixi.lock", "conda-lock.yml", "Dockerfile"])
def test_what_binder_cannot_make_is_said(lock: str) -> None:
    with pytest.raises(NotExported) as caught:
        files("binder", lock=lock)
    assert caught.value.hint and caught.value.exit_code == 3


@posix
def test_the_script_puts_the_locked_packages_into_the_python_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything in it is carried out but what asks the index for uv and for publisher."""
    from publisher.supply.programs import uv_program

    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    wheel(tmp_path / "wheels", "lib_a", "1.0")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    root = tmp_path / "heat; touch touched"
    (root / "sub").mkdir(parents=True)
    about = (
        '[project]\nname = "heat"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["lib-a==1.0"]\n'
    )
    (root / "sub" / "pyproject.toml").write_text(about)
    uv = uv_program()
    subprocess.run([uv, "lock", "--quiet", "--directory", root / "sub"], check=True)
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "nb"], check=True)
    (tmp_path / "nb" / "bin" / "uv").symlink_to(uv)
    script = files("binder", lock="sub/uv.lock")[".binder/postBuild"].text
    text = "".join(line for line in script.splitlines(keepends=True) if "pip install --quiet" not in line)
    path = os.pathsep.join([str(tmp_path / "nb" / "bin"), os.environ["PATH"]])
    subprocess.run(["bash", "-c", text], cwd=root, env=os.environ | {"PATH": path}, check=True)
    said = subprocess.run(
        [tmp_path / "nb/bin/python", "-c", "import lib_a; print(lib_a.version)"], capture_output=True
    )
    assert said.stdout == b"1.0\n"
    assert sorted(os.listdir(root)) == ["sub"]


# -- Docker and Apptainer ------------------------------------------------------------------------------------


def test_a_dockerfile_sets_up_and_verifies() -> None:
    told = docker(packages=("gfortran", "libfoo=1.0~a"))
    assert [name for name, _ in told] == ["FROM", "RUN", "RUN", "WORKDIR", "COPY", "RUN", "ENV", "CMD"]
    assert told[0][1] == "python:3.11.7-slim-bookworm"
    assert "git gfortran 'libfoo=1.0~a'" in told[1][1]
    assert told[5] == ("RUN", "publisher setup") and told[6] == ("ENV", 'PATH="/paper/.venv/bin:$PATH"')
    assert json.loads(told[7][1]) == ["publisher", "verify", "--all"]
    assert all(understood_by_a_shell(text, "sh") for name, text in told if name == "RUN")
    assert ".venv" in files("dockerfile")["Dockerfile.dockerignore"].text


@pytest.mark.parametrize(("lock", "program"), [("pixi.lock", "pixi"), ("environment.yml", "micromamba")])
def test_a_dockerfile_takes_programs_from_their_images(lock: str, program: str) -> None:
    (copied,) = [text for name, text in docker(lock=lock) if name == "COPY" and text.startswith("--from=")]
    assert re.fullmatch(rf"--from=\S+{program}:[\d.]+ \S+ /usr/local/bin/{program}", copied)


def test_an_apptainer_file_works_in_the_folder_where_it_is_started() -> None:
    told = sections(lock="requirements.txt", packages=("gfortran",))
    assert list(told) == ["", "files", "post", "environment", "runscript"]
    assert "Bootstrap: docker\nFrom: python:3.11.7-slim-bookworm\n" in told[""]
    for name in ("post", "environment", "runscript"):
        assert understood_by_a_shell(told[name], "sh"), name
    assert "cd " not in told["runscript"]
    words = ["sh", "-c", told["runscript"].replace("exec", "echo"), "run"]
    assert subprocess.run(words, capture_output=True).stdout == b"publisher verify --all\n"
    assert subprocess.run([*words, "a  b"], capture_output=True).stdout == b"a  b\n"


def test_an_apptainer_file_takes_programs_from_a_stage() -> None:
    told = sections(lock="pixi.lock")
    assert re.search(r"From: \S*pixi\S*\nStage: installer0\n", told[""]) and "Stage: paper" in told[""]
    assert told["files from installer0"].split() == ["/usr/local/bin/pixi", "/usr/local/bin/pixi"]


@pytest.mark.parametrize("format", ["dockerfile", "apptainer"])
def test_a_dockerfile_of_the_project_s_own_is_left_alone(format: str) -> None:
    with pytest.raises(NotExported, match="a Dockerfile already"):
        files(format, lock="Dockerfile")


# -- all -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("python", "of_image"),
    [
        ("3.13.1", "python:3.13.1-bookworm"),
        ("3.8.10", "python:3.12-bookworm"),
        ("3.14.0rc1", "python:3.12-bookworm"),
        ("3.11.7\nRUN touch touched", "python:3.12-bookworm"),
        ("", "python:3.12-bookworm"),
    ],
)
def test_an_image_is_one_that_publisher_runs_on(python: str, of_image: str) -> None:
    assert image(structs.replace(PLAIN, python=python)) == of_image


HOSTILE = (
    "\"'; touch touched; `touch touched` $(touch touched) ${localEnv:HOME} \\\n%post\nRUN touch touched\n#"
)


@posix
@pytest.mark.parametrize("format", FORMATS)
def test_a_hostile_name_stays_text(format: str, tmp_path: Path) -> None:
    plain = files(format, lock="requirements.txt", data=True)
    hostile = files(format, lock="requirements.txt", data=True, name=HOSTILE, python=HOSTILE)
    assert len(plain) == len(hostile)
    for each in hostile.values():
        assert re.fullmatch(r"(?:\.binder/|\.devcontainer/)?[A-Za-z][A-Za-z.-]*", each.path)
        assert "\nRUN touch" not in each.text and "\n%post\nRUN" not in each.text
    if format == "devcontainer":
        told = json.loads(hostile[".devcontainer/devcontainer.json"].text)
        assert told["name"] == HOSTILE.replace("${", "$ {") and told["image"] == "python:3.12-bookworm"


@pytest.mark.parametrize("format", ["devcontainer", "dockerfile", "apptainer"])
@pytest.mark.parametrize(
    "folder", ["a$(touch touched)", 'a"b', "a\nRUN touch touched", "a;b", "${localEnv:HOME}"]
)
def test_a_folder_that_cannot_be_told_is_refused(format: str, folder: str) -> None:
    with pytest.raises(NotExported, match="which not every system can be told"):
        files(format, lock=f"{folder}/uv.lock")


@posix
@pytest.mark.parametrize(
    "lock",
    [
        "a'; touch touched; '/uv.lock",
        "$(touch touched)/pylock.toml",
        "a;touch touched;/uv.lock",
        "-x/uv.lock",
    ],
)
def test_a_hostile_folder_is_one_word_of_the_script(lock: str, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python", "uv"):
        (programs / name).write_text('#!/bin/sh\n[ "$1" != pip ] || cat\nprintf "%s\\n" "$@"\n')
        (programs / name).chmod(0o755)
    script = files("binder", lock=lock, name=HOSTILE, python=HOSTILE)[".binder/postBuild"].text
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    (tmp_path / "paper").mkdir()
    subprocess.run(["bash", "-c", script], cwd=tmp_path / "paper", env={"PATH": path}, check=True)
    assert list((tmp_path / "paper").iterdir()) == []


def test_a_runtime_is_a_version_and_nothing_else() -> None:
    for python in ("3.11.7", "3.11", "3.12.0rc1", HOSTILE):
        text = files("binder", python=python)[".binder/runtime.txt"].text
        assert re.fullmatch(r"python-3\.1[12]\n", text)


def test_a_run_needs_what_it_used_and_not_what_its_machine_had() -> None:
    def run(number: int, cpu: float, memory: int, cores: int) -> object:
        used = Resources(cpu_time=cpu, peak_memory=memory, cores=cores)
        return structs.replace(a_record(number), duration=10.0, resources=used)

    assert need([run(1, 9.0, 100, 64), run(2, 38.0, 50, 64), run(3, 900.0, 20, 2)]) == (4, 100)
    assert need([]) == (None, None)
    assert need([structs.replace(a_record(1), resources=None)]) == (None, None)
    assert (gigabytes(1), gigabytes(1024**3), gigabytes(1024**3 + 1)) == (2, 2, 3)


@pytest.mark.parametrize("lock", ["uv.lock", "pixi.lock", "environment.yml", "conda-lock.yml", None])
def test_hadolint_finds_nothing_else_than_unpinned_packages(lock: str | None) -> None:
    text = files("dockerfile", lock=lock, packages=("gfortran",))["Dockerfile"].text
    done = subprocess.run(
        [str(Path(sys.executable).with_name("hadolint")), "--ignore", "DL3008", "-"],
        input=text,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
