"""The user's own tree, as the program of a re-run sees it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from publisher.probe import held
from publisher.verify.cover import Cover
from tests.factory import posix

pytestmark = posix


@pytest.fixture
def cover(tmp_path: Path) -> Cover:
    """A tree with an environment, and a checkout of it."""
    for name in ("tree/bin", "tree/.venv/bin", "tree/kept/bin", "place/tree/bin", "place/tree/kept"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("tree/.venv", "tree/kept", "place/tree/kept"):
        (tmp_path / name / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return Cover(tmp_path / "tree", tmp_path / "place" / "tree", tmp_path / "place")


def test_paths_into_the_tree_lead_into_the_checkout_but_for_environments(
    cover: Cover, tmp_path: Path
) -> None:
    tree, top = tmp_path / "tree", tmp_path / "place" / "tree"
    assert cover.led(str(tree)) == str(top)
    assert cover.led(f"{tree}/bin/x") == f"{top}/bin/x"
    assert cover.led(f"{tree}-2/x") == f"{tree}-2/x"
    assert cover.led("bin/x") == "bin/x"
    assert cover.led(f"{tree}/.venv/bin") == f"{tree}/.venv/bin"
    assert cover.led(f"{tree}/kept/bin") == f"{top}/kept/bin"  # the commit holds that one
    assert cover.led(f"{tree}/.venv/../bin") == f"{top}/.venv/../bin"


@pytest.mark.parametrize("name", ["PATH", "LD_LIBRARY_PATH", "R_LIBS", "PERL5LIB", "JULIA_LOAD_PATH", "MINE"])
def test_in_variables_each_path_of_a_list_is_led(name: str, cover: Cover, tmp_path: Path) -> None:
    tree, top = tmp_path / "tree", tmp_path / "place" / "tree"
    value = os.pathsep.join([f"{tree}/bin", f"{tree}/.venv/bin", "/usr/bin", ""])
    told = cover.variables({name: value, "HOME": str(tree), "OTHER": "x"})
    assert told[name] == os.pathsep.join([f"{top}/bin", f"{tree}/.venv/bin", "/usr/bin", ""])
    assert (told["HOME"], told["OTHER"]) == (str(tree), "x")


def test_the_checkout_covers_the_tree_and_environments_stay(cover: Cover, tmp_path: Path) -> None:
    if not held.can_bind():
        pytest.skip("this system lets no user mount anything")
    tree, place = tmp_path / "tree", tmp_path / "place"
    objects = tree / ".git" / "objects"
    named = [f"{tree}/.venv/bin/python", f"{tree}/.venv/bin", "/usr/bin", f"{tree}/bin"]
    binds = cover.binds(named, {objects: place / "borrowed", Path("/srv/objects"): place / "other"})
    told = [(each.folder, each.place, each.writable) for each in binds]
    assert told == [
        (place / "tree", tree, True),
        (tree / ".venv", tree / ".venv", False),
        (objects, place / "borrowed", False),
    ]
    assert (place / "tree" / ".venv").is_dir()


def test_an_installation_in_the_tree_stays_with_its_environment(cover: Cover, tmp_path: Path) -> None:
    if not held.can_bind():
        pytest.skip("this system lets no user mount anything")
    tree = tmp_path / "tree"
    (tree / "pythons" / "3.12" / "bin").mkdir(parents=True)
    (tree / ".venv" / "pyvenv.cfg").write_text(f"home = {tree}/pythons/3.12/bin\n")
    binds = cover.binds([f"{tree}/.venv/bin/python"], {})
    assert [each.folder for each in binds[1:]] == [tree / ".venv", tree / "pythons" / "3.12"]


def test_what_holds_the_place_or_the_home_is_not_covered(
    cover: Cover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = Cover(tmp_path, tmp_path / "place" / "tree", tmp_path / "place")
    assert not inside.possible and inside.binds([], {}) == []
    assert cover.possible == held.can_bind()
    monkeypatch.setenv("HOME", str(tmp_path / "tree" / "home"))
    assert not cover.possible
    assert not Cover(None, tmp_path / "place" / "tree", tmp_path / "place").possible


def test_where_the_commit_has_a_link_in_the_place_of_an_environment_nothing_is_covered(
    cover: Cover, tmp_path: Path
) -> None:
    (tmp_path / "place" / "tree" / ".venv").symlink_to(tmp_path)
    assert cover.binds([str(tmp_path / "tree" / ".venv" / "bin")], {}) == []


def test_a_file_of_the_tree_under_another_name_is_known(cover: Cover, tmp_path: Path) -> None:
    for name in ("tree/bin/x", "place/own"):
        (tmp_path / name).write_text("")
    os.link(tmp_path / "tree" / "bin" / "x", tmp_path / "place" / "linked")
    os.link(tmp_path / "place" / "own", tmp_path / "place" / "again")
    assert cover.shares(tmp_path / "place" / "linked")
    assert not cover.shares(tmp_path / "place" / "own")
    assert not cover.shares(tmp_path / "place" / "nowhere")
