"""Where caches are, and which of them are used."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.model.project import Project, Settings
from publisher.store import cache


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "heat study"
    root.mkdir()
    return Project(root=root, settings=Settings(), configured=False)


def test_what_is_believed_is_in_the_users_cache_and_nothing_in_the_project(
    project: Project, home: Path
) -> None:
    folder = cache.cache_folder(project)
    assert folder.is_dir() and folder.is_relative_to(home) and folder.name.startswith("heat-study-")
    assert list(project.root.iterdir()) == []
    assert cache.cache_folder(project) == folder
    assert stat.S_IMODE(folder.parent.parent.stat().st_mode) & 0o077 == 0 or sys.platform == "win32"


def test_another_folder_at_the_same_place_has_another_cache(project: Project) -> None:
    first = cache.cache_folder(project)
    project.root.rename(project.root.with_name("moved away"))
    project.root.mkdir()
    assert cache.cache_folder(project) != first


def test_a_variable_of_the_environment_says_where_it_is(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "by the system"))
    if sys.platform != "win32":
        assert cache.user_cache() == tmp_path / "by the system" / "publisher"
    monkeypatch.setenv("PUBLISHER_CACHE", str(tmp_path / "scratch"))
    assert cache.cache_folder(project).parent == tmp_path / "scratch" / "projects"


def test_without_a_home_there_is_a_private_place_among_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "file").write_text("in the way of every folder")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("TEMP", str(tmp_path / "tmp"))
    found = cache.user_cache()
    assert found.parent == tmp_path / "tmp"
    if sys.platform == "win32":
        return
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    found.chmod(0o777)  # somebody else may have put something there
    assert cache.user_cache() != found
    shutil.rmtree(found)
    (tmp_path / "theirs").mkdir(mode=0o700)
    found.symlink_to(tmp_path / "theirs")
    assert cache.user_cache() != found


def test_runs_meet_in_a_folder_of_the_project_that_keeps_itself_out_of_git(project: Project) -> None:
    live = cache.live_folder(project, make=True)
    assert live == project.root / ".publisher" / "live"
    assert (project.root / ".publisher" / ".gitignore").read_text().endswith("*\n")
    assert cache.untrusted(project) == "" and cache.live_folder(project, make=True) == live
    assert [each.name for each in project.root.iterdir()] == [".publisher"]


def link(here: Path) -> None:
    shutil.move(here, here.with_name("elsewhere"))
    here.symlink_to(here.with_name("elsewhere"))


def copied(here: Path) -> None:
    shutil.copytree(here, here.with_name("copy"))
    shutil.rmtree(here)
    (here.with_name("copy")).rename(here)


def without_token(here: Path) -> None:
    (here / "token").unlink()


def forged_token(here: Path) -> None:
    (here / "token").write_text("0" * 64 + "\n")


def linked_token(here: Path) -> None:
    (here / "token").rename(here / "other")
    (here / "token").symlink_to("other")


def file(here: Path) -> None:
    shutil.rmtree(here)
    here.write_text("a file")


def pipe(here: Path) -> None:
    (here / "token").unlink()
    os.mkfifo(here / "token")


@pytest.mark.parametrize("change", [link, copied, without_token, forged_token, linked_token, file, pipe])
def test_a_folder_that_is_not_ours_is_not_used_and_left_as_it_is(
    change: Callable[[Path], None], project: Project, home: Path
) -> None:
    here = project.root / ".publisher"
    cache.live_folder(project, make=True)
    change(here)
    before = sorted(map(str, project.root.rglob("*")))
    for _ in range(2):
        assert cache.live_folder(project, make=True).is_relative_to(home)
        assert cache.untrusted(project)
    assert sorted(map(str, project.root.rglob("*"))) == before


def test_a_folder_of_another_place_or_another_user_is_not_ours(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.live_folder(project, make=True)
    moved = project.root.rename(tmp_path / "moved")
    there = Project(root=moved, settings=Settings(), configured=False)
    assert "not made here" in cache.untrusted(there)
    moved.rename(project.root)
    assert cache.untrusted(project) == ""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings of another user"))
    assert "not made here" in cache.untrusted(project)


@pytest.mark.skipif(sys.platform == "win32", reason="owners and rights are those of POSIX")
def test_the_key_is_the_users_alone_and_stays(project: Project, home: Path) -> None:
    cache.live_folder(project, make=True)
    key = home / ".config" / "publisher" / "token.key"
    before = key.read_bytes()
    assert len(before) == 32 and stat.S_IMODE(key.stat().st_mode) == 0o600
    other = Project(root=project.root.parent, settings=Settings(), configured=False)
    cache.live_folder(other, make=True)
    assert key.read_bytes() == before
    assert before not in (project.root / ".publisher" / "token").read_bytes()


def test_many_who_begin_together_meet_in_one_folder(project: Project) -> None:
    program = (
        "import sys; from pathlib import Path; from publisher.store.cache import live_folder\n"
        "from publisher.store.project import project_at\n"
        "print(live_folder(project_at(Path(sys.argv[1])), make=True))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(project.root)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(12)
    ]
    found = {each.communicate()[0].strip() for each in started}
    assert found == {str(project.root / ".publisher" / "live")}
    assert [each.name for each in project.root.iterdir()] == [".publisher"]


def test_what_a_kill_left_of_making_it_is_removed_by_the_next(project: Project) -> None:
    cache.live_folder(project, make=True)
    here = project.root / ".publisher"
    left = here.rename(project.root / ".publisher.0123abcd.new")
    theirs = project.root / ".publisher.4567abcd.new"
    theirs.mkdir()
    (theirs / "token").write_text("of a stranger\n")
    for each in (left, theirs):
        os.utime(each, (1, 1))
    assert cache.live_folder(project, make=True) == here / "live"
    assert not left.exists() and theirs.exists()


def test_caches_of_projects_that_are_gone_are_removed_after_a_month(project: Project, tmp_path: Path) -> None:
    gone = cache.cache_folder(project)
    environment = gone / "environments" / "x"
    environment.mkdir(parents=True)
    (environment / "file").write_text("x")
    environment.chmod(0o555)
    project.root.rmdir()
    os.utime(gone, (1, 1))
    stays = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        there = Project(root=tmp_path / name, settings=Settings(), configured=False)
        stays.append(cache.cache_folder(there))
    os.utime(stays[0], (1, 1))
    (tmp_path / "three").mkdir()
    cache.cache_folder(Project(root=tmp_path / "three", settings=Settings(), configured=False))
    assert not gone.exists() and all(each.exists() for each in stays)
