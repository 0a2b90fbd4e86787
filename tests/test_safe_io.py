"""Files opened without following links."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from publisher import safe_io

posix = pytest.mark.skipif(
    sys.platform == "win32", reason="pipes and descriptors of folders are those of POSIX"
)


def test_a_regular_file_is_read_whole_or_up_to_a_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 200_000)
    assert safe_io.read_regular(tmp_path / "a") == b"x" * 200_000
    assert safe_io.read_regular(tmp_path / "a", limit=10) == b"x" * 10


@posix
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "socket", "folder", "device"])
def test_anything_else_is_refused_at_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    (tmp_path / "file").write_text("secret")
    place = Path("x")
    match kind:
        case "link":
            place.symlink_to("file")
        case "dangling link":
            place.symlink_to("nothing")
        case "pipe":
            os.mkfifo(place)
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(place))
        case "folder":
            place.mkdir()
        case "device":
            place = Path("/dev/zero")
    with pytest.raises(OSError):
        safe_io.read_regular(place)
    with pytest.raises(OSError):
        safe_io.open_regular(place, os.O_WRONLY | os.O_CREAT)
    assert (tmp_path / "file").read_text() == "secret"


@pytest.mark.parametrize("make", [True, False])
@pytest.mark.parametrize("path", ["link", "link/b", "a/link/b", "a/../link", "..", "file", "/tmp"])
def test_no_folder_is_opened_or_made_through_a_link(path: str, make: bool, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    top = tmp_path / "top"
    (top / "a").mkdir(parents=True)
    (top / "file").write_text("x")
    for place in (top / "link", top / "a" / "link"):
        place.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(OSError) as caught, safe_io.open_folder(top, path, make=make):
        pass
    if "link" in path and ".." not in path:
        assert "symbolic link" in str(caught.value)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@posix
def test_the_trusted_folder_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "top").symlink_to("real")
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    with safe_io.open_folder(tmp_path / "top", "a/b/c", make=True) as opened:
        assert isinstance(opened, int)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=opened))
    assert (tmp_path / "real/a/b/c/file").exists()
    assert before is None or len(os.listdir("/proc/self/fd")) == before


def test_the_first_link_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "link").symlink_to(tmp_path)
    assert safe_io.first_link(tmp_path, tmp_path / "a" / "link" / "c" / "d") == tmp_path / "a" / "link"
    assert safe_io.first_link(tmp_path, tmp_path / "a" / "c") is None
    assert safe_io.first_link(tmp_path / "a" / "link", tmp_path / "b") is None, "not below it"
