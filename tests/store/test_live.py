"""Which runs are going on now: a lock that goes with its process, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.errors import NotWritten
from publisher.file_lock import try_lock
from publisher.store import live
from publisher.store.cache import live_folder
from tests.factory import project_in

HOLD = """\
import sys, time; from pathlib import Path
from publisher.store.live import Place
place = Place(Path(sys.argv[1])); place.hold(); print("held", flush=True); time.sleep(600)
"""


def test_a_place_is_alive_while_it_is_held(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    place = live.place_of(project, "a" * 12)
    assert not live.is_alive(project, "a" * 12)
    place.hold()
    assert live.is_alive(project, "a" * 12) and place.witness.is_dir() and place.run == "a" * 12
    assert not live.is_alive(project, "b" * 12)
    place.release()
    assert not live.is_alive(project, "a" * 12) and place.folder.is_dir()


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_a_process_that_is_killed_holds_nothing_any_more(how: str, tmp_path: Path) -> None:
    if not hasattr(signal, how):
        pytest.skip(f"there is no {how} on this system")
    project = project_in(tmp_path)
    place = live.place_of(project, "a" * 12)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place.folder)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout and holder.stdout.readline() == "held\n"
    assert live.is_alive(project, "a" * 12)
    holder.send_signal(getattr(signal, how))
    holder.wait()
    holder.stdout.close()
    assert not live.is_alive(project, "a" * 12)


def test_a_run_that_ends_clears_up_unless_another_goes_on(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    first, second = (live.place_of(project, each * 12) for each in "ab")
    first.hold()
    second.hold()
    assert [place.run for place in live.others(project, first.run)] == [second.run]
    live.leave(project, first)
    assert first.folder.is_dir() and second.alive, "the other run may ask what this one wrote"
    live.leave(project, second)
    assert not first.folder.exists() and not second.folder.exists()


def test_what_was_left_by_a_dead_run_is_cleared_up_once_its_record_is_concluded(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    (live_folder(project) / ("d" * 12) / "witness").mkdir(parents=True)
    live.clear(project)
    assert (live_folder(project) / ("d" * 12)).is_dir(), "its log is still needed"
    live.place_of(project, "d" * 12).end()
    place = live.place_of(project, "a" * 12)
    place.hold()
    live.leave(project, place)
    assert list(live_folder(project).iterdir()) == []


def test_where_nothing_was_run_there_are_no_others(tmp_path: Path) -> None:
    assert live.others(project_in(tmp_path), "a" * 12) == []


def test_git_knows_nothing_of_the_cache(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    place = live.place_of(project, "a" * 12, make=True)
    place.hold()
    place.release()
    assert (project.root / ".publisher" / ".gitignore").read_text().splitlines()[-1] == "*"


def test_a_place_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    live_folder(project).write_text("in the way")
    with pytest.raises(NotWritten, match="cannot write"):
        live.place_of(project, "a" * 12).hold()
    place = live.place_of(project_in(tmp_path / "other"), "a" * 12)
    place.hold()
    with pytest.raises(NotWritten):
        live.place_of(project_in(tmp_path / "other"), "a" * 12).hold()
    place.release()


def test_who_asks_at_one_moment_does_not_take_the_other_for_the_holder(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    place = live.place_of(project, "a" * 12)
    place.hold()
    place.release()
    asking = os.open(place.folder / "lock", os.O_RDWR)
    assert try_lock(asking, shared=True)
    assert not place.alive
    os.close(asking)


def test_nobody_sees_a_place_that_is_not_locked_yet(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    (live_folder(project) / f".new-{'a' * 12}").mkdir(parents=True)
    assert live.others(project, "b" * 12) == []
    live.clear(project)
    assert list((live_folder(project)).iterdir()), "it may be locked the next moment"


def test_a_build_that_is_announced_is_seen_until_it_ends(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    with live.announced(project, live.About(kind="build", watched=True)):
        (place,) = live.others(project, "b" * 12)
        assert place.alive and place.about == live.About(kind="build", watched=True)
    assert live.others(project, "b" * 12) == []
