"""`publisher demo`, where it cannot do all of its work. (That it does it is seen in `tests/test_wheel.py`.)"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NO_SITE = "import sys; sys.modules['mkdocs'] = None"  #: for Python then, it is not installed


def demo(
    *words: str | Path, cwd: Path, before: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, after some lines of Python."""
    code = (
        f"{before}\nimport sys\nfrom publisher.cli.main import main\nsys.exit(main(['demo', *sys.argv[1:]]))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work", encoding="utf-8")
    done = demo("mine", cwd=tmp_path)
    assert done.returncode == 3
    assert "the folder is not empty" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("a file", encoding="utf-8")
    assert demo("mine", cwd=tmp_path).returncode == 3
    assert (tmp_path / "mine").read_text(encoding="utf-8") == "a file"


def test_without_git_it_says_so_and_makes_nothing(tmp_path):
    done = demo("new", cwd=tmp_path, env={"PATH": str(tmp_path)})
    assert done.returncode == 3
    assert "git is not installed" in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.fixture(scope="module")
def without_site(tmp_path_factory):
    """A demo by somebody who installed no more than the core, in a folder with a space."""
    place = tmp_path_factory.mktemp("core only")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    home = {"HOME": str(place), "USERPROFILE": str(place)}
    git = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = demo("a paper", "--no-serve", cwd=place, before=NO_SITE, env={"PATH": path, **home, **git})
    return done, place / "a paper"


def test_without_the_site_extra_it_says_how_to_get_it_after_all_the_rest(without_site):
    done, paper = without_site
    assert done.returncode == 3, done.stderr
    assert "pip install 'provenance-publisher[site]'" in done.stderr
    assert len(list(paper.glob("records/runs/*/*.yml"))) == 6
    assert not (paper / "site").exists()


def test_every_command_is_shown_as_a_user_would_type_it(without_site):
    done, _ = without_site
    shown = [line for line in done.stderr.splitlines() if line.startswith("$ ")]
    assert '$ publisher run -r "do longer walks change the exponent?" -t fig1 walk steps=8000' in shown
    assert '$ git commit -m "Records of six runs"' in shown


def test_where_git_knows_nobody_the_author_is_a_reader(without_site):
    _, paper = without_site
    told = subprocess.run(
        ["git", "log", "--format=%an <%ae>"], cwd=paper, capture_output=True, encoding="utf-8", check=True
    )
    assert set(told.stdout.split("\n")) == {"A Reader <reader@example.org>", ""}


def test_the_paper_is_committed_and_clean_and_ignores_what_can_be_made_again(without_site):
    _, paper = without_site

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=paper, capture_output=True, encoding="utf-8", check=True
        ).stdout

    assert git("status", "--porcelain") == ""
    tracked = git("ls-files").splitlines()
    assert {".gitattributes", ".gitignore"} <= set(tracked)
    assert not {"gitattributes", "gitignore"} & set(tracked)
    assert not [name for name in tracked if name.startswith("out/")]


@pytest.mark.skipif(os.name == "nt", reason="Windows has a `python` wherever it has Python")
def test_where_there_is_no_python_but_python3_the_step_says_so(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("git", "sh", "uname"):
        found = shutil.which(name)
        if found:
            (programs / name).symlink_to(found)
    (programs / "python3").symlink_to(sys.executable)
    alone = f"import sys; sys.executable = {str(programs / 'python3')!r}"
    path = {"PATH": str(programs), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = demo("paper", "--no-serve", cwd=tmp_path, before=f"{alone}\n{NO_SITE}", env=path)
    assert done.returncode == 3, done.stderr
    settings = (tmp_path / "paper" / "publisher.yml").read_text(encoding="utf-8")
    assert "command: python3 walk.py params.json" in settings
