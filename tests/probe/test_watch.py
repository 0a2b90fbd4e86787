"""Which files are written to, and which only look so."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.probe.watch import watching
from tests.factory import posix


def away_and_back(path: Path) -> None:
    path.rename(path.with_name("x"))
    path.with_name("x").rename(path)


def under_a_new_link(path: Path) -> None:
    os.link(path, path.with_name("x"))
    path.unlink()
    path.with_name("x").rename(path)


def in_its_place(path: Path) -> None:
    path.with_name("x").write_text("1\n")
    path.with_name("x").replace(path)


def made_anew(path: Path) -> None:
    path.unlink()
    path.write_text("1\n")


def more(path: Path) -> None:
    with open(path, "a") as file:
        file.write("2")


LOOKS_SO: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "read": lambda path: path.read_text(),
    "times": lambda path: os.utime(path),
    "rights": lambda path: path.chmod(0o600),
    "away and back": away_and_back,
    "a new link": under_a_new_link,
    "opened for more": lambda path: open(path, "a").close(),
}
WRITTEN: dict[str, Callable[[Path], object]] = {
    "anew": lambda path: path.write_text("1\n"),
    "emptied": lambda path: open(path, "w").close(),
    "more": more,
    "replaced": in_its_place,
    "gone": lambda path: path.unlink(),
    "gone and made anew": made_anew,
}


@posix
@pytest.mark.parametrize("how", [*LOOKS_SO, *WRITTEN])
def test_what_is_written_is_told_from_what_only_looks_so(how: str, tmp_path: Path) -> None:
    path, other = tmp_path / "out.csv", tmp_path / "other.csv"
    path.write_text("1\n")
    other.write_text("1\n")
    with watching([path, other, tmp_path / "nowhere"]) as watch:
        (LOOKS_SO | WRITTEN)[how](path)
        untouched = watch.untouched()
    assert untouched == ({path, other} if how in LOOKS_SO else {other})


def test_that_is_so_however_much_is_written(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(20)]
    for path in paths:
        path.write_text("1\n")
    with watching(paths) as watch:
        for _ in range(1000):  # more events than the kernel holds for who does not read them
            for path in paths[1:]:
                path.write_text("1\n")
        assert watch.untouched() == {paths[0]}
