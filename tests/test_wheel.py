"""The built wheel, not only the checkout: what is in it, and that it does its main job where nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from msgspec import Struct

CHECKOUT = Path(__file__).resolve().parent.parent


def done(*words: str | Path, cwd: Path) -> str:
    """What a command prints on stdout; its failure, with all that it said, is the test's."""
    process = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, encoding="utf-8", timeout=300
    )
    assert process.returncode == 0, f"{words[0]} {words[1:]}:\n{process.stdout}\n{process.stderr}"
    return process.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


class Installed(Struct, frozen=True):
    """A fresh environment that holds the wheel, and borrows the libraries that the wheel depends on."""

    folder: Path

    @property
    def programs(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.programs / ("python.exe" if os.name == "nt" else "python")

    @property
    def publisher(self) -> Path:
        return self.programs / ("publisher.exe" if os.name == "nt" else "publisher")


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Installed:
    """The wheel, installed without a network.

    The libraries come from the environment of the tests by a `.pth` file; such a file is not followed from
    there on, so that the checkout, if it is installed there as editable, is out of sight.
    """
    environment = Installed(tmp_path / "fresh")
    done(sys.executable, "-m", "venv", "--without-pip", environment.folder, cwd=tmp_path)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", environment.python]
    done(*pip, "install", "--quiet", "--no-deps", "--no-index", "--no-compile", wheel, cwd=tmp_path)
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(done(environment.python, "-c", where, cwd=tmp_path).strip())
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (site_packages / "borrowed.pth").write_text("\n".join([*borrowed, ""]), encoding="utf-8")
    return environment


def test_the_wheel_holds_what_it_needs_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = next(name for name in names if name.endswith(".dist-info/entry_points.txt"))
        told = archive.read(entry_points).decode()

    modules = {path.relative_to(CHECKOUT).as_posix() for path in (CHECKOUT / "publisher").rglob("*.py")}
    assert modules | {"publisher/prices.yml"} <= set(names)
    for folder in ("site_template", "examples/walk"):
        files = [
            path
            for path in (CHECKOUT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        ]
        assert files
        assert {f"publisher/{path.relative_to(CHECKOUT).as_posix()}" for path in files} <= set(names)
    assert "publisher = publisher.__main__:command" in told
    assert "publisher = publisher.plugin.mkdocs:PublisherPlugin" in told
    assert {name.split("/")[0].split("-")[0] for name in names} == {"publisher", "provenance_publisher"}
    unwanted = ("tests/", "__pycache__", ".pyc", "/out/", "/records/", ".publisher/", "benchmarks/")
    assert not [name for name in names if any(each in name for each in unwanted)]
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_an_installed_wheel_publishes_the_demo(installed, tmp_path):
    place = done(installed.python, "-c", "import publisher; print(publisher.__file__)", cwd=tmp_path).strip()
    assert Path(place).is_relative_to(installed.folder)
    assert "publisher run" in done(installed.publisher, "--help", cwd=tmp_path)

    said = done(installed.publisher, "demo", "a small paper", "--no-serve", cwd=tmp_path)

    paper = tmp_path / "a small paper"
    site = paper / "site"
    assert said.splitlines()[-1] == str(site / "index.html")
    assert "How fast does a random walk spread?" in (site / "index.html").read_text(encoding="utf-8")
    runs = sorted(path.stem.rpartition("-")[2] for path in paper.glob("records/runs/*/*.yml"))
    assert len(runs) == 6
    for run in runs:
        page = (site / "runs" / f"{run}.html").read_text(encoding="utf-8")
        assert run in page
    listed = json.loads(done(installed.publisher, "list", "--json", cwd=paper))
    assert [row["status"] for row in listed].count("failed") == 1
    assert [row["dirty"] for row in listed].count(True) == 1
    assert done("git", "status", "--porcelain", cwd=paper) == ""
