"""The environment is made where users of its tool expect it; what somebody else made stays. uv is the real one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.model.project import Project, Settings
from publisher.setup import environment
from publisher.setup.piece import Piece
from publisher.supply.venvs import interpreter_in
from tests.factory import posix
from tests.wheels import wheel


@pytest.fixture(autouse=True)
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages, which is all that uv may see."""
    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "wheels"
    for version in ("1.0", "2.0"):
        wheel(folder, "lib_a", version)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    return folder


def project(root: Path, named: str | None = None, **files: str) -> Project:
    """A project with files: `requirements_txt="…"`."""
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        (root / ".".join(name.rsplit("_", 1))).write_text(text)
    return Project(root=Path(os.path.realpath(root)), settings=Settings(environment=named), configured=True)


def made(project: Project, python: str | None = None) -> Piece:
    piece = environment.made(project, python=python)
    assert piece is not None
    return piece


def here(project: Project) -> Piece:
    piece = environment.here(project)
    assert piece is not None
    return piece


def version_in(folder: Path) -> str:
    words = [str(interpreter_in(folder)), "-c", "import lib_a; print(lib_a.version)"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def changed(root: Path) -> dict[str, int]:
    return {str(each): each.lstat().st_mtime_ns for each in root.rglob("*")}


PYPROJECT = (
    '[project]\nname = "heat"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["lib-a==1.0"]\n'
)


def locked(root: Path) -> Project:
    """A project of uv's, with its lock file."""
    from publisher.supply.programs import uv_program

    root.mkdir(exist_ok=True)
    (root / "pyproject.toml").write_text(PYPROJECT)
    subprocess.run([uv_program(), "lock", "--quiet", "--directory", root], check=True)
    return project(root)


def test_requirements_are_installed_once(tmp_path: Path) -> None:
    there = project(tmp_path / "heat study", requirements_txt="lib-a==1.0\n")
    before = changed(there.root)
    assert here(there).state == "missing" and changed(there.root) == before
    assert made(there).state == "done" and version_in(there.root / ".venv") == "1.0"
    before = changed(there.root)
    assert made(there).state == here(there).state == "right"
    assert {path: when for path, when in changed(there.root).items() if ".publisher" not in path} == {
        path: when for path, when in before.items() if ".publisher" not in path
    }


def test_a_changed_file_is_followed_and_nothing_else_is_taken_away(tmp_path: Path, wheels: Path) -> None:
    there = project(tmp_path / "heat", requirements_txt="lib-a==1.0\n")
    made(there)
    wheel(wheels, "mine", "1.0")
    uv = environment.uv_program()
    python = str(interpreter_in(there.root / ".venv"))
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "mine"], check=True)
    (there.root / "requirements.txt").write_text("lib-a==2.0\n")
    assert here(there).state == "missing"
    assert made(there).state == "done" and version_in(there.root / ".venv") == "2.0"
    subprocess.run([python, "-c", "import mine"], check=True)


def test_a_lock_file_of_uv_makes_the_project_s_own(tmp_path: Path) -> None:
    there = locked(tmp_path / "heat")
    assert made(there).state == "done" and version_in(there.root / ".venv") == "1.0"
    assert here(there) == made(there)
    assert here(there).hint == ". .venv/bin/activate"


def test_uv_takes_away_nothing_that_is_not_locked(tmp_path: Path, wheels: Path) -> None:
    there = locked(tmp_path / "heat")
    made(there)
    wheel(wheels, "mine", "1.0")
    uv, python = environment.uv_program(), str(interpreter_in(there.root / ".venv"))
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "mine", "lib-a==2.0"], check=True)
    assert here(there).state == "missing"
    assert made(there).state == "done" and version_in(there.root / ".venv") == "1.0"
    subprocess.run([python, "-c", "import mine"], check=True)


def test_an_environment_without_its_python_is_made_again(tmp_path: Path) -> None:
    there = locked(tmp_path / "heat")
    (there.root / ".venv" / "bin").mkdir(parents=True)
    assert here(there).state == "missing"
    assert made(there).state == "done" and version_in(there.root / ".venv") == "1.0"


def test_a_pylock_is_installed(tmp_path: Path) -> None:
    there = locked(tmp_path / "heat")
    uv = environment.uv_program()
    words = [
        uv,
        "export",
        "--quiet",
        "--frozen",
        "--format",
        "pylock.toml",
        "--no-emit-project",
        "-o",
        "pylock.toml",
    ]
    subprocess.run(words, cwd=there.root, check=True, stdout=subprocess.DEVNULL)
    named = project(there.root, "pylock.toml")
    assert made(named).state == "done" and version_in(there.root / ".venv") == "1.0"


def test_what_pins_nothing_is_installed_and_said(tmp_path: Path) -> None:
    piece = made(project(tmp_path / "heat", requirements_txt="lib-a\n"))
    assert piece.state == "done" and "pins no version" in piece.told


def test_a_package_that_nobody_has_is_said(tmp_path: Path) -> None:
    piece = made(project(tmp_path / "heat", requirements_txt="no-such-lib==1.0\n"))
    assert piece.state == "unavailable" and "no-such-lib" in piece.told and "--environment" not in piece.hint


def test_a_python_that_is_not_here_is_said(tmp_path: Path) -> None:
    there = project(tmp_path / "heat", requirements_txt="lib-a==1.0\n")
    piece = made(there, python="3.1")
    assert piece.state == "unavailable" and "3.1" in piece.told and "uv python install" in piece.hint
    (there.root / ".python-version").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    assert made(there, python="3.1").state == "done", "what the project pins goes before what was recorded"


def test_an_environment_elsewhere_that_is_active_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "other"))
    monkeypatch.setenv("UV_PROJECT_ENVIRONMENT", str(tmp_path / "another"))
    assert made(locked(tmp_path / "heat")).state == "done"
    assert not (tmp_path / "other").exists() and not (tmp_path / "another").exists()


@posix
def test_a_link_in_place_of_the_environment_is_not_followed(tmp_path: Path) -> None:
    there = project(tmp_path / "heat", requirements_txt="lib-a==1.0\n")
    (tmp_path / "theirs").mkdir()
    (there.root / ".venv").symlink_to(tmp_path / "theirs")
    assert made(there).state == "other" and list((tmp_path / "theirs").iterdir()) == []


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ("uv.lock", "is not here"),
        ("../requirements.txt", "leads out"),
        ("/etc/requirements.txt", "leads out"),
        ("-requirements.txt", "is not here"),
        ("make.sh", "no environment can be built from it"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(named: str, told: str, tmp_path: Path) -> None:
    there = project(tmp_path / "heat", named, make_sh="touch touched")
    (tmp_path / "requirements.txt").write_text("lib-a==1.0\n")
    piece = made(there)
    assert piece.state == "unavailable" and told in piece.told
    assert piece.name == named


def test_a_name_that_looks_like_an_option_is_a_file(tmp_path: Path) -> None:
    there = project(tmp_path / "heat", "-requirements.txt")
    (there.root / "-requirements.txt").write_text("lib-a==1.0\n")
    assert made(there).state == "done"


def test_a_lock_file_that_only_its_own_tool_reads_is_named(tmp_path: Path) -> None:
    piece = made(project(tmp_path / "heat", poetry_lock=""))
    assert piece.state == "unavailable" and "poetry" in piece.hint


def test_a_docker_file_is_left_to_a_person(tmp_path: Path) -> None:
    root = tmp_path / "Heat; rm -rf $HOME"
    root.mkdir()
    (root / "Dockerfile").write_text("FROM scratch\n")
    piece = made(project(root))
    assert piece.state == "yours"
    assert piece.hint.startswith("docker build --tag heat-rm-rf-home --file Dockerfile .")


def test_a_project_without_any_has_none(tmp_path: Path) -> None:
    assert environment.here(project(tmp_path / "heat")) is None


# -- conda's kin, as small programs ---------------------------------------------------------------------------


@pytest.fixture
def conda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which a micromamba and a pixi that make folders, and nothing in them, write what they are asked."""
    asked, programs = tmp_path / "asked", tmp_path / "bin"
    programs.mkdir()
    micromamba = f"""\
import os, sys
open({str(asked)!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")
prefix = sys.argv[sys.argv.index("--prefix") + 1]
os.makedirs(prefix + "/conda-meta")
if os.path.exists({str(tmp_path / "die")!r}):
    os.kill(os.getppid(), 9)
"""
    pixi = f"""\
import os, sys
open({str(asked)!r}, "a").write(" ".join(sys.argv[1:]) + "\\n")
os.makedirs(os.path.dirname(sys.argv[-1]) + "/.pixi/envs/default", exist_ok=True)
"""
    for name, text in (("micromamba", micromamba), ("pixi", pixi)):
        (programs / name).write_text(f"#!{sys.executable}\n{text}")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), os.environ["PATH"]]))
    return asked


YML = "name: heat\ndependencies: [python=3.11]\n"


@posix
def test_a_conda_environment_is_made_beside_the_paper(conda: Path, tmp_path: Path) -> None:
    there = project(tmp_path / "heat study", environment_yml=YML)
    assert here(there).state == "missing"
    piece = made(there)
    assert (piece.state, piece.name, piece.hint) == ("done", ".conda", "conda activate ./.conda")
    assert made(there).state == here(there).state == "right"
    assert len(conda.read_text().splitlines()) == 1
    assert (there.root / ".conda" / ".gitignore").read_text() == "*\n"
    (there.root / "environment.yml").write_text(YML + "# changed\n")
    assert here(there).state == "missing" and made(there).state == "done"
    assert len(conda.read_text().splitlines()) == 2


@posix
def test_a_conda_environment_of_somebody_else_stays(conda: Path, tmp_path: Path) -> None:
    there = project(tmp_path / "heat", environment_yml=YML)
    (there.root / ".conda").mkdir()
    (there.root / ".conda" / "precious").touch()
    piece = made(there)
    assert piece.state == "other" and (there.root / ".conda" / "precious").exists() and not conda.exists()


@posix
def test_a_kill_while_conda_works_comes_to_the_right_end(conda: Path, tmp_path: Path) -> None:
    there = project(tmp_path / "heat", environment_yml=YML)
    (tmp_path / "die").touch()
    code = "import sys; from pathlib import Path; from publisher.store.project import project_at\n"
    code += "from publisher.setup import environment\nenvironment.made(project_at(Path.cwd()), python=None)"
    (there.root / "publisher.yml").touch()
    killed = subprocess.run([sys.executable, "-c", code], cwd=there.root, check=False)
    assert killed.returncode == -9 and (there.root / ".conda").exists()
    (tmp_path / "die").unlink()
    assert here(there).state == "missing" and made(there).state == "done" and here(there).state == "right"


@posix
def test_pixi_is_asked_to_do_as_its_lock_says(conda: Path, tmp_path: Path) -> None:
    there = project(tmp_path / "heat", pixi_lock="version: 6\n", pixi_toml="[workspace]\n")
    piece = made(there)
    assert (piece.state, piece.hint) == ("done", 'eval "$(pixi shell-hook)"')
    assert conda.read_text() == f"install --frozen --manifest-path {there.root}/pixi.toml\n"
    assert made(there).state == "right"
    (there.root / "pixi.toml").write_text("[workspace]\nname = 'x'\n")
    assert here(there).state == "missing"


def test_without_the_program_it_is_said_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    there = project(tmp_path / "heat", pixi_lock="version: 6\n", pixi_toml="[workspace]\n")
    piece = made(there)
    assert piece.state == "unavailable" and "pixi is not here" in piece.told and "pixi.sh" in piece.hint
