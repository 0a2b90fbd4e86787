"""Looks at files, logs, packages and reports of processes: their pure parts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.probe.log import Log
from publisher.probe.machine import batch, variables
from publisher.probe.packages import imported, installed, normalised
from publisher.probe.testimony import WITNESS, carried, understood, without
from publisher.probe.tree import look, written


@given(pieces=st.lists(st.binary(max_size=40), max_size=20), limit=st.integers(0, 60))
def test_a_log_keeps_all_or_says_how_much_it_lacks(pieces: list[bytes], limit: int) -> None:
    log = Log(limit)
    for piece in pieces:
        log.add(piece)
    everything = b"".join(pieces)
    if len(everything) <= limit:
        assert log.left_out == 0
        assert log.whole() == everything
    else:
        head, tail = limit - limit // 2, limit // 2
        assert log.left_out == len(everything) - limit
        note = f"\n[… {log.left_out} bytes left out …]\n".encode()
        assert log.whole() == everything[:head] + note + everything[len(everything) - tail :]


def test_a_change_of_content_time_or_inode_is_a_change() -> None:
    before = {"same": (1, 2, 3, 4), "size": (1, 2, 3, 4), "time": (1, 2, 3, 4), "gone": (1, 2, 3, 4)}
    after = {"same": (1, 2, 3, 4), "size": (2, 2, 3, 4), "time": (1, 9, 3, 4), "new": (0, 0, 0, 0)}
    assert written(before, after) == ["new", "size", "time"]


def test_a_look_passes_over_records_tools_and_environments(tmp_path: Path) -> None:
    wanted = ["a.txt", "deep/b.txt", "deep/records/c.txt", ".hidden"]
    passed_over = [
        ".git/x", ".publisher/x", "records/x", "__pycache__/x", "deep/__pycache__/x", "env/pyvenv.cfg",
        "env/lib/x", "conda/conda-meta/x", "conda/bin/x", "scratch/x",
    ]  # fmt: skip
    for name in [*wanted, *passed_over]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "a.txt")
    assert sorted(look(tmp_path, ignored=("scratch/**",))) == sorted(wanted)


def test_names_of_packages_are_compared_as_pypi_does() -> None:
    assert normalised("Ruamel_.Yaml") == "ruamel-yaml"


def package(site: Path, folder: str, **files: str) -> None:
    (site / folder).mkdir(parents=True)
    for name, text in files.items():
        (site / folder / name).write_text(text)


def test_packages_are_read_from_the_names_of_their_folders(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "site-packages", tmp_path / "b" / "site-packages"
    package(first, "numpy-2.4.6.dist-info")
    package(first, "Old_Style-1.0-py3.11.egg-info")
    package(first, "not-a-package")
    package(second, "numpy-1.0.dist-info")
    package(second, "zope.interface-7.1.dist-info")
    found = installed([str(tmp_path / "missing"), str(first), str(second)])
    assert found == {"numpy": "2.4.6", "old-style": "1.0", "zope-interface": "7.1"}


def test_a_module_is_traced_to_the_package_that_brought_it(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    package(site, "numpy-2.4.6.dist-info")
    package(
        site, "pillow-13.0.dist-info", RECORD="PIL/__init__.py,sha256=x,1\npillow-13.0.dist-info/METADATA,,\n"
    )
    package(site, "PyYAML-6.0.dist-info", **{"top_level.txt": "_yaml\nyaml\n"})
    package(site, "unused-1.dist-info", **{"top_level.txt": "unused\n"})
    modules = {
        "numpy": f"{site}/numpy/__init__.py",
        "PIL": f"{site}/PIL/__init__.py",
        "yaml": f"{site}/yaml/__init__.py",
        "json": "/usr/lib/python3.11/json/__init__.py",
        "mine": f"{tmp_path}/mine.py",
        "sys": "",
    }
    assert imported([str(site)], modules) == {"numpy": "2.4.6", "pillow": "13.0", "pyyaml": "6.0"}


def test_reports_of_processes_become_one_testimony() -> None:
    first = b"v3.11.7\0icpython\0s/lib\0s/site\0r/data/a\0w/out/b\0r/data/a\0mnumpy=/site/numpy/__init__.py\0"
    second = b"v3.12.1\0icpython\0s/other\0r/data/c\0"
    told = understood([first, second])
    assert (told.processes, told.version, told.search_path) == (2, "3.11.7", ["/lib", "/site"])
    assert (told.read, told.wrote) == (["/data/a", "/data/c"], ["/out/b"])
    assert told.modules == {"numpy": "/site/numpy/__init__.py"}


def test_a_report_cut_short_by_a_kill_is_read_up_to_there() -> None:
    assert understood([b"v3.11.7\0r/data/a\0r/data/bro"]).read == ["/data/a"]


@given(data=st.binary(max_size=200))
def test_no_report_whatever_is_in_it_stops_us(data: bytes) -> None:
    assert understood([data]).processes == 1


def test_a_run_within_a_run_has_one_witness(tmp_path: Path) -> None:
    outer = carried({"PYTHONPATH": "/mine", "A": "1"}, tmp_path / "outer")
    assert without(outer) == {"PYTHONPATH": "/mine", "A": "1"}
    inner = carried(without(outer), tmp_path / "inner")
    assert inner["PUBLISHER_WITNESS"] == str(tmp_path / "inner")
    assert inner["PYTHONPATH"].count(str(WITNESS)) == 1


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "PATH", "HOME", "MY_TOKEN", "SLURM_JWT", "USER", "PS1"]
)
def test_a_variable_that_is_not_listed_is_not_told(name: str) -> None:
    assert variables({name: "x"}) == {}
    assert batch({name: "x"}) == {}
