"""What a run is re-run in: real environments, built by the real uv from wheels that lie in a folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from publisher.model.environment import Environment, Python
from publisher.model.project import Settings
from publisher.probe import interpreter, machine
from publisher.store.environments import read_environment
from publisher.store.project import project_at
from publisher.supply.programs import NoEnvironment
from publisher.verify.shelf import WHOLE
from publisher.verify.surroundings import Mode, Surroundings, Wanted, environment_of, surroundings
from tests.conftest import ProjectFolder
from tests.factory import a_record, posix
from tests.tools import need
from tests.wheels import wheel

HERE = ".".join(map(str, sys.version_info[:3]))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the only place from which packages come: `lib_a` 1.0 and 2.0, `lib_b` 1.0."""
    need("uv")
    folder = tmp_path / "wheels"
    for name, version in (("lib_a", "1.0"), ("lib_a", "2.0"), ("lib_b", "1.0")):
        wheel(folder, name, version)
    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    return folder


def environment(python: str = HERE, **packages: str) -> Environment:
    return Environment(
        schema=1,
        system=machine.system(hostname=False),
        python=Python(
            implementation=sys.implementation.name,
            version=python,
            packages={name.replace("_", "-"): version for name, version in packages.items()},
        ),
        variables=machine.variables(os.environ),
    )


def chosen(
    mode: Mode,
    project: ProjectFolder,
    recorded: Environment | None = None,
    lock: str | None = None,
    **facts: Any,
) -> Surroundings:
    """The surroundings of a run of a project, whose checkout is the project itself."""
    wanted = Wanted(
        record=a_record(**facts),
        recorded=recorded,
        root=project.root,
        cache=project.root / ".publisher",
        checkout=project.root,
        lock=lock,
        variables=dict(os.environ),
    )
    return surroundings(mode, wanted)


def said_in(found: Surroundings, program: str) -> str:
    """What a Python program prints that is started as a command of the surroundings."""
    words = found.command(["python", "-c", program])
    done = subprocess.run(words, env=found.around(os.environ), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def built(project: ProjectFolder) -> list[str]:
    shelf = project.root / ".publisher" / "environments"
    return sorted(each.name for each in shelf.iterdir()) if shelf.is_dir() else []


def packages_of(found: Surroundings) -> dict[str, str]:
    return found.environment.python.packages if found.environment.python else {}


SAY = "import lib_a; print(lib_a.version)"


# -- as recorded ---------------------------------------------------------------------------------------------


def test_the_recorded_versions_are_installed(project: ProjectFolder, wheels: Path):
    found = chosen("recorded", project, environment(lib_a="1.0", lib_b="1.0"), imports={"lib-a": "1.0"})
    assert packages_of(found) == {"lib-a": "1.0", "lib-b": "1.0"}
    assert found.deviations == []
    assert said_in(found, SAY) == "1.0"


def test_nothing_is_installed_that_was_not_recorded(project: ProjectFolder, wheels: Path):
    wheel(wheels, "lib_c", "1.0", needs="lib-a")
    found = chosen("recorded", project, environment(lib_c="1.0"))
    assert packages_of(found) == {"lib-c": "1.0"}


def test_a_script_finds_the_environment_on_its_path(project: ProjectFolder, wheels: Path):
    found = chosen("recorded", project, environment(lib_a="1.0"))
    assert said_in(found, "import subprocess; subprocess.run(['python', '-c', %r])" % SAY) == "1.0"  # noqa: UP031


def test_an_environment_is_built_once(project: ProjectFolder, wheels: Path, monkeypatch: pytest.MonkeyPatch):
    first = chosen("recorded", project, environment(lib_a="1.0"))
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels / "nowhere"))
    again = chosen("recorded", project, environment(lib_a="1.0"), number=2)
    assert again.interpreter == first.interpreter
    assert len(built(project)) == 2  # with the lock


def test_an_imported_package_that_no_index_has_blocks(project: ProjectFolder, wheels: Path):
    with pytest.raises(NoEnvironment) as told:
        chosen("recorded", project, environment(lib_a="1.0", mine="0.3"), imports={"mine": "0.3"})
    assert "mine 0.3, which the run imported, cannot be installed" in told.value.what
    assert "index" in told.value.hint
    assert built(project) == ["lock"]


def test_packages_that_no_index_has_are_left_out_when_the_run_did_not_import_them(
    project: ProjectFolder, wheels: Path
):
    recorded = environment(lib_a="1.0", mine="0.3", lib_b="7.0")
    found = chosen("recorded", project, recorded, imports={"lib-a": "1.0"})
    assert [(each.what, each.recorded, each.found) for each in found.deviations] == [
        ("mine", "0.3", None),
        ("lib-b", "7.0", None),
    ]
    assert packages_of(found) == {"lib-a": "1.0"}


def test_what_one_run_could_do_without_blocks_another_that_imported_it(project: ProjectFolder, wheels: Path):
    recorded = environment(lib_a="1.0", mine="0.3")
    chosen("recorded", project, recorded, imports={"lib-a": "1.0"})
    with pytest.raises(NoEnvironment, match="the environment lacks mine"):
        chosen("recorded", project, recorded, imports={"mine": "0.3"})


def test_a_python_that_is_not_here_blocks(project: ProjectFolder, wheels: Path):
    with pytest.raises(NoEnvironment) as told:
        chosen("recorded", project, environment("3.99.1"))
    assert told.value.what.startswith("there is no Python 3.99.1 here: ")
    assert "uv python install 3.99.1" in told.value.hint
    assert built(project) == ["lock"]


def test_an_index_that_does_not_answer_is_no_reason_to_leave_packages_out(
    project: ProjectFolder, wheels: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("UV_NO_INDEX")
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(NoEnvironment) as told:
        chosen("recorded", project, environment(lib_a="1.0", other="1.0"), imports={"lib-a": "1.0"})
    assert told.value.what.startswith("the recorded packages cannot be installed: ")
    assert built(project) == ["lock"]


@pytest.mark.parametrize(
    ("name", "version"),
    [("-e git+https://example.org/x", "1.0"), ("lib-a", "1.0 --index-url x"), ("lib-a", "@ x")],
)
def test_a_record_hands_no_options_to_the_installer(
    name: str, version: str, project: ProjectFolder, wheels: Path
):
    recorded = environment()
    assert recorded.python is not None
    recorded.python.packages[name] = version
    found = chosen("recorded", project, recorded)
    assert packages_of(found) == {}
    assert [each.what for each in found.deviations] == [name]


def test_an_environment_whose_python_is_gone_is_built_anew(project: ProjectFolder, wheels: Path):
    first = chosen("recorded", project, environment(lib_a="1.0"))
    assert first.interpreter is not None
    os.chmod(first.interpreter.parent, 0o755)
    first.interpreter.unlink()
    again = chosen("recorded", project, environment(lib_a="1.0"))
    assert again.interpreter == first.interpreter
    assert said_in(again, SAY) == "1.0"


def test_the_project_s_own_package_comes_from_the_checkout(project: ProjectFolder, wheels: Path):
    wheel(wheels, "heat", "0.1", module="where = 'an index'\n")
    project.write_files(
        {
            "pyproject.toml": "[project]\nname = 'Heat'\nversion = '0.1'\n",
            "src/heat.py": "where = 'the checkout'\n",
        }
    )
    found = chosen("recorded", project, environment(lib_a="1.0", heat="0.1"), imports={"lib-a": "1.0"})
    assert said_in(found, "import heat; print(heat.where)") == "the checkout"
    assert found.deviations == []
    assert packages_of(found) == {"lib-a": "1.0"}


def test_a_run_without_a_python_needs_none(project: ProjectFolder):
    recorded = Environment(
        schema=1, system=machine.system(hostname=False), variables=machine.variables(os.environ)
    )
    found = chosen("recorded", project, recorded, command=["./model"])
    assert found.interpreter is None
    assert found.command(["./model", "a"]) == ["./model", "a"]
    assert found.deviations == []


def test_an_unknown_environment_cannot_be_built(project: ProjectFolder):
    with pytest.raises(NoEnvironment, match="the record does not tell its environment"):
        chosen("recorded", project)


def test_a_cache_that_cannot_be_written_blocks(project: ProjectFolder, wheels: Path):
    project.write_files({".publisher": "a file in its place"})
    with pytest.raises(NoEnvironment, match="the environment cannot be kept"):
        chosen("recorded", project, environment(lib_a="1.0"))


# -- as locked -----------------------------------------------------------------------------------------------

PYPROJECT = """\
[project]
name = "heat"
version = "0.1"
requires-python = ">=3.11"
dependencies = ["lib-a<2"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
"""


def test_a_uv_lock_is_installed_and_the_checkout_stays_as_it_is(project: ProjectFolder, wheels: Path):
    project.write_files({"pyproject.toml": PYPROJECT, "src/heat/__init__.py": "where = 'the checkout'\n"})
    subprocess.run([need("uv"), "lock", "--quiet"], cwd=project.root, check=True)
    project.write_files({".gitignore": ".publisher/\n"})
    project.commit()
    recorded = environment(lib_a="2.0", heat="0.1")
    found = chosen("locked", project, recorded, imports={"lib-a": "2.0"})
    without_traces = "import sys; sys.dont_write_bytecode = True; "
    said = said_in(found, without_traces + SAY + "; import heat; print(heat.where)")
    assert said.splitlines() == ["1.0", "the checkout"]
    assert packages_of(found) == {"lib-a": "1.0"}
    assert [each.what for each in found.deviations] == ["lib-a", "lock file uv.lock"]
    assert project.git("status", "--porcelain", "--ignored") == "!! .publisher/"


def test_uv_run_takes_the_environment_as_it_is(project: ProjectFolder, wheels: Path):
    project.write_files({"pyproject.toml": PYPROJECT})
    subprocess.run([need("uv"), "lock", "--quiet"], cwd=project.root, check=True)
    found = chosen("locked", project, environment(lib_a="1.0"))
    done = subprocess.run(
        ["uv", "run", "python", "-c", SAY],
        cwd=project.root,
        env=found.around(os.environ),
        capture_output=True,
        text=True,
    )
    assert done.stdout == "1.0\n", done.stderr
    assert not (project.root / ".venv").exists()


def test_requirements_are_installed_with_those_that_they_include(project: ProjectFolder, wheels: Path):
    digest = hashlib.sha256((wheels / "lib_a-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    other = hashlib.sha256((wheels / "lib_b-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    project.write_files(
        {
            "requirements.txt": "-e .\n-r more/requirements.txt\n./folder\n",
            "more/requirements.txt": f"lib_a==1.0 --hash=sha256:{digest}\n-r rest.txt\n",
            "more/rest.txt": f"lib_b==1.0 --hash=sha256:{other}\n",
        }
    )
    found = chosen("locked", project, environment(lib_a="1.0", lib_b="1.0"))
    assert packages_of(found) == {"lib-a": "1.0", "lib-b": "1.0"}


def test_what_an_included_file_pins_makes_another_environment(project: ProjectFolder, wheels: Path):
    project.write_files({"requirements.txt": "lib_a\n-c pins.txt\nlib_b==1.0\n", "pins.txt": "lib_a==1.0\n"})
    first = chosen("locked", project, environment())
    project.write_files({"pins.txt": "lib_a==2.0\n"})
    second = chosen("locked", project, environment())
    assert [packages_of(each)["lib-a"] for each in (first, second)] == ["1.0", "2.0"]


def test_content_that_was_changed_behind_a_hash_is_refused(project: ProjectFolder, wheels: Path):
    project.write_files({"requirements.txt": f"lib_a==1.0 --hash=sha256:{'0' * 64}\n"})
    with pytest.raises(NoEnvironment, match=r"requirements\.txt cannot be installed: .*[Hh]ash"):
        chosen("locked", project, environment())
    assert built(project) == ["lock"]


def test_where_one_requirement_has_a_hash_all_must_have_one(project: ProjectFolder, wheels: Path):
    digest = hashlib.sha256((wheels / "lib_a-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    project.write_files({"requirements.txt": f"lib_a==1.0 --hash=sha256:{digest}\nlib_b==1.0\n"})
    with pytest.raises(NoEnvironment, match=r"lib-b"):
        chosen("locked", project, environment())


def test_a_pylock_is_installed(project: ProjectFolder, wheels: Path):
    digest = hashlib.sha256((wheels / "lib_a-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    project.write_files(
        {
            "pylock.toml": 'lock-version = "1.0"\ncreated-by = "tests"\n[[packages]]\nname = "lib-a"\nversion = "1.0"\n'
            f'wheels = [{{ path = "w/lib_a-1.0-py3-none-any.whl", hashes = {{ sha256 = "{digest}" }} }}]\n',
            "w/lib_a-1.0-py3-none-any.whl": (wheels / "lib_a-1.0-py3-none-any.whl").read_bytes(),
        }
    )
    assert packages_of(chosen("locked", project, environment())) == {"lib-a": "1.0"}


@posix
def test_a_conda_environment_is_made_by_the_program_that_is_here(
    project: ProjectFolder, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stand_in = tmp_path / "programs" / "micromamba"
    stand_in.parent.mkdir()
    stand_in.write_text(
        "#!/bin/sh\n"
        '[ "$1 $2 $3 $5" = "create --yes --prefix --file" ] && [ -f "$6" ] || exit 9\n'
        'uv venv --quiet "$4" && uv pip install --quiet --python "$4/bin/python" lib_a==2.0\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    project.write_files({"env/environment.yml": "dependencies: [lib_a=2.0]\n"})
    found = chosen("locked", project, environment(lib_a="2.0"), lock="env/environment.yml")
    assert said_in(found, SAY) == "2.0"


UV_LOCK = """\
version = 1
requires-python = ">=3.11"
[manifest]
members = ["heat", "member"]
[[package]]
name = "heat"
version = "0.1"
source = {{ editable = "." }}
[[package]]
name = "member"
version = "0.1"
source = {{ editable = "packages/member" }}
[[package]]
name = "foo"
version = "1.0"
source = {{ {} = "vendor/foo" }}
"""


@pytest.mark.parametrize(
    ("name", "text", "what", "hint"),
    [
        ("pixi.lock", "version: 6\n", "pixi is not here", "https://pixi.sh"),
        ("environment.yml", "dependencies: []\n", "conda is not here", "micromamba"),
        ("conda-lock.yml", "package:\n- manager: pip\n", "conda-lock is not here", "pip install conda-lock"),
        ("poetry.lock", "", "no environment can be built from it", "export"),
        ("requirements.txt", "lib_a\nlib_b>=1\n", "pins no version", "uv pip compile"),
        ("requirements.txt", "-r ../../secret.txt\n", "lies outside of the project", ""),
        ("requirements.txt", "-r missing.txt\n", "cannot be read", ""),
        (
            "pylock.toml",
            "[[packages]]\nname = 'heat'\ndirectory = {path = '.'}\n",
            "heat is to be",
            "--no-emit-project",
        ),
        ("pylock.toml", "[[", "cannot be read", ""),
        (
            "requirements.txt",
            "lib_a==1.0\nfoo @ ./vendor/foo\n",
            "foo is to be installed from a folder",
            "pin",
        ),
        ("requirements.txt", "foo[x] @ file:///vendor/foo\n", "foo is to be", ""),
        ("requirements.txt", "lib_a==1.0\nvendor/foo\n", "vendor/foo is to be", ""),
        ("requirements.txt", "vendor/foo-1.0-py3-none-any.whl\nlib_a==1.0\n", "vendor/foo-1.0", ""),
        ("uv.lock", UV_LOCK.format("directory"), "foo is to be installed from a folder", "member"),
        ("uv.lock", UV_LOCK.format("editable"), "foo is to be", ""),
        ("uv.lock", UV_LOCK.format("path"), "foo is to be", ""),
        ("uv.lock", "package = 3\nmanifest = 4\n", "cannot be installed", ""),
        ("environment.yml", "dependencies:\n- pip:\n  - foo @ ./vendor/foo\n", "./vendor/foo is to be", ""),
        ("environment.yml", "dependencies:\n- pip:\n  - -e ./vendor/foo\n", "./vendor/foo is to be", ""),
        ("environment.yml", "dependencies:\n- pip:\n  - -r gone.txt\n", "cannot be read", ""),
        ("pixi.lock", "packages:\n- pypi: ./vendor/foo\n", "./vendor/foo is to be", ""),
        ("notes.md", "", "the commit holds no lock file", "uv lock"),
    ],
)
def test_what_cannot_be_built_from_says_what_would_help(
    name: str,
    text: str,
    what: str,
    hint: str,
    project: ProjectFolder,
    wheels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    empty = tmp_path / "no programs"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    project.write_files({name: text})
    with pytest.raises(NoEnvironment) as told:
        chosen("locked", project, environment())
    assert what in str(told.value)
    assert hint in told.value.hint
    assert built(project) in ([], ["lock"])


def test_who_builds_a_package_gets_no_credentials_but_those_of_the_index(
    project: ProjectFolder, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    backend = (
        "import os, pathlib, zipfile\n"
        "def build_wheel(folder, *_):\n"
        "    pathlib.Path(os.environ['LEAK']).write_text('\\n'.join(f'{n}={v}' for n, v in os.environ.items()))\n"
        "    name = 'foo-1.0-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(os.path.join(folder, name), 'w') as wheel:\n"
        "        wheel.writestr('foo.py', '')\n"
        "        wheel.writestr('foo-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: foo\\nVersion: 1.0\\n')\n"
        "        wheel.writestr('foo-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\nTag: py3-none-any\\n')\n"
        "        wheel.writestr('foo-1.0.dist-info/RECORD', '')\n"
        "    return name\n"
    )
    source = tmp_path / "foo-1.0"
    source.mkdir()
    (source / "backend.py").write_text(backend)
    (source / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n")
    told = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (source / "pyproject.toml").write_text(f'[project]\nname = "foo"\nversion = "1.0"\n{told}')
    with tarfile.open(wheels / "foo-1.0.tar.gz", "w:gz") as packed:
        packed.add(source, "foo-1.0")
    for name, value in {
        "LEAK": str(tmp_path / "leak"),
        "GITHUB_TOKEN": "hush",
        "MY_PASSWORD": "hush",
        "UV_INDEX_MINE_PASSWORD": "of the index",
    }.items():
        monkeypatch.setenv(name, value)
    project.write_files({"requirements.txt": "foo==1.0\n"})
    assert packages_of(chosen("locked", project, environment())) == {"foo": "1.0"}
    leaked = (tmp_path / "leak").read_text()
    assert "hush" not in leaked and "UV_INDEX_MINE_PASSWORD=of the index" in leaked


def test_a_lock_file_that_lacks_what_the_run_imported_blocks(project: ProjectFolder, wheels: Path):
    project.write_files({"requirements.txt": "lib_a==1.0\n"})
    with pytest.raises(NoEnvironment, match="the environment lacks lib-b, which the run imported"):
        chosen("locked", project, environment(), imports={"lib-a": "2.0", "lib-b": "1.0"})


def test_a_named_lock_file_goes_before_others(project: ProjectFolder, wheels: Path):
    project.write_files({"requirements.txt": "lib_a==1.0\n", "paper-requirements.txt": "lib_a==2.0\n"})
    found = chosen("locked", project, environment(), lock="paper-requirements.txt")
    assert packages_of(found) == {"lib-a": "2.0"}


def test_a_named_lock_file_that_the_commit_lacks_blocks(project: ProjectFolder, wheels: Path):
    project.write_files({"requirements.txt": "lib_a==1.0\n"})
    with pytest.raises(NoEnvironment, match="the commit does not hold it"):
        chosen("locked", project, environment(), lock="uv.lock")


def test_the_python_that_a_commit_pins_goes_before_the_recorded_one(project: ProjectFolder, wheels: Path):
    project.write_files({"requirements.txt": "lib_a==1.0\n", ".python-version": "3.99\n"})
    with pytest.raises(NoEnvironment, match=r"there is no Python 3\.99 here"):
        chosen("locked", project, environment())


def test_a_lock_file_is_named_as_a_text_or_in_a_mapping():
    named = Settings(environment={"lock": "uv.lock", "apt": ["gfortran"]})
    assert Settings(environment="uv.lock").lock == named.lock == "uv.lock" and named.apt == ["gfortran"]
    assert Settings().lock is Settings(environment={"apt": ["gfortran"]}).lock is None


# -- as it is here -------------------------------------------------------------------------------------------


def test_the_interpreter_here_is_the_one_that_the_command_finds(project: ProjectFolder):
    found = chosen("current", project, environment(lib_a="1.0"), imports={"lib-a": "1.0"})
    assert found.environment.python is not None
    assert found.environment.python.version == HERE
    first = found.deviations[0]
    assert (first.what, first.recorded, first.found) == ("lib-a", "1.0", None)
    assert "msgspec" in [each.what for each in found.deviations]
    assert found.command(["python", "heat.py"]) == ["python", "heat.py"]


def test_the_environment_of_the_project_serves_its_checkout(
    project: ProjectFolder, wheels: Path, tmp_path: Path
):
    subprocess.run(
        [need("uv"), "venv", "--quiet", "--python", sys.executable, ".venv"], cwd=project.root, check=True
    )
    folder = "Scripts" if sys.platform == "win32" else "bin"
    named = f".venv/{folder}/python"
    own = project.root / ".venv" / folder / ("python.exe" if sys.platform == "win32" else "python")
    elsewhere = [
        [named, "heat.py"],
        ["/home/somebody/study/.venv/bin/python3", "heat.py"],
        ["uv", "run", "python", "heat.py"],
    ]
    for command in elsewhere:
        found = chosen("current", project, environment(), command=command)
        assert found.interpreter == own
        assert packages_of(found) == {}
    assert found.command([named, "heat.py"]) == [str(own), "heat.py"]


def test_an_environment_is_read_as_capture_reads_it(project: ProjectFolder):
    project.commit(heat_py="import msgspec\n")
    assert project.publisher("run", "--", "python", "heat.py").returncode == 0
    kept = read_environment(project_at(project.root), project.record()["environment"])
    found = environment_of(interpreter.asked([sys.executable], project.root), variables=os.environ)
    assert kept.python == found.python
    assert kept.variables == found.variables
    assert kept.system == found.system


def test_what_is_whole_says_what_it_was_built_from(project: ProjectFolder, wheels: Path):
    found = chosen("recorded", project, environment(lib_a="1.0"))
    assert found.interpreter is not None
    text = (found.interpreter.parent.parent / WHOLE).read_text()
    assert "lib-a==1.0" in text.splitlines()
