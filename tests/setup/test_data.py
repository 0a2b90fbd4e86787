"""Data comes whole into its place, and what is there already is nobody's to overwrite."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from publisher.model.project import Project, Settings
from publisher.setup import data
from publisher.setup.piece import Piece
from publisher.supply import download
from tests.factory import posix
from tests.support.caches import cache_of
from tests.web import Web, served

DATA = b"1,2,3\n" * 100
SHA = hashlib.sha256(DATA).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "WAIT", 0)
    with served(Web(DATA)) as web:
        yield web


def project(root: Path, address: str, sha256: str | None = SHA, path: str = "data/in.csv") -> Project:
    settings = msgspec.convert({"data": {path: {"url": address, "sha256": sha256}}}, Settings)
    return Project(root=root, settings=settings, configured=True)


def brought(root: Path, address: str, sha256: str | None = SHA, *, replace: bool = False) -> Piece:
    return data.brought(project(root, address, sha256), "data/in.csv", replace=replace)


def files(root: Path) -> dict[str, bytes]:
    """Everything outside of the cache."""
    return {
        each.relative_to(root).as_posix(): each.read_bytes()
        for each in root.rglob("*")
        if each.is_file() and ".publisher" not in each.parts
    }


def test_what_is_missing_is_fetched_into_its_place(web: Web, tmp_path: Path) -> None:
    piece = brought(tmp_path, web.address)
    assert (piece.state, files(tmp_path)) == ("done", {"data/in.csv": DATA})
    assert list((cache_of(tmp_path) / "data").iterdir()) == []


def test_what_is_right_is_left_alone(web: Web, tmp_path: Path) -> None:
    brought(tmp_path, web.address)
    before = (tmp_path / "data" / "in.csv").stat()
    web.asked.clear()
    assert brought(tmp_path, web.address, replace=True).state == "right"
    assert (tmp_path / "data" / "in.csv").stat() == before and web.asked == []


def test_another_content_is_not_overwritten(web: Web, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.csv").write_bytes(b"other")
    piece = brought(tmp_path, web.address)
    assert piece.state == "other" and OTHER in piece.told and SHA in piece.told and "--replace" in piece.hint
    assert files(tmp_path) == {"data/in.csv": b"other"} and web.asked == []


def test_another_content_is_replaced_when_asked_for(web: Web, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.csv").write_bytes(b"other")
    assert brought(tmp_path, web.address, replace=True).state == "done"
    assert files(tmp_path) == {"data/in.csv": DATA}


def test_a_wrong_content_at_the_address_leaves_the_file_alone(web: Web, tmp_path: Path) -> None:
    web.content = b"other"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.csv").write_bytes(b"mine")
    piece = brought(tmp_path, web.address, replace=True)
    assert piece.state == "other" and OTHER in piece.told and SHA in piece.told
    assert files(tmp_path) == {"data/in.csv": b"mine"}


def test_without_a_sha256_what_came_is_named(web: Web, tmp_path: Path) -> None:
    piece = brought(tmp_path, web.address, None)
    assert (piece.state, files(tmp_path)) == (
        "done",
        {"data/in.csv": DATA},
    ) and f"sha256: {SHA}" in piece.hint
    web.content = b"other"
    again = brought(tmp_path, web.address, None)
    assert again.state == "right" and f"sha256: {SHA}" in again.hint and len(web.asked) == 1


@posix
@pytest.mark.parametrize(
    "path",
    ["../in.csv", "a/../../in.csv", "/tmp/in.csv", "~/in.csv", ".git/hooks/post-checkout", "out/in.csv", ""],
)
def test_nothing_is_put_outside_of_the_project(path: str, web: Web, tmp_path: Path) -> None:
    root, outside = tmp_path / "paper", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "out").symlink_to(outside)
    piece = data.brought(project(root, web.address, path=path), path, replace=True)
    assert piece.state == "unavailable" and piece.hint and web.asked == []
    assert files(tmp_path) == {}


@posix
@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_a_link_is_never_written_through(target: str, web: Web, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"theirs")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.csv").symlink_to(tmp_path / target)
    assert data.here(project(tmp_path, web.address), "data/in.csv").state == "other"
    assert brought(tmp_path, web.address).state == "other"
    brought(tmp_path, web.address, replace=True)
    assert (tmp_path / "elsewhere").read_bytes() == b"theirs" and not (tmp_path / "nowhere").exists()


def test_a_folder_in_its_place_stays(web: Web, tmp_path: Path) -> None:
    (tmp_path / "data" / "in.csv").mkdir(parents=True)
    assert brought(tmp_path, web.address, replace=True).state == "other"
    assert (tmp_path / "data" / "in.csv").is_dir()


@pytest.mark.parametrize("digest", ["aa", "../../x", SHA.upper()])
def test_a_digest_that_is_none_is_named(digest: str, web: Web, tmp_path: Path) -> None:
    piece = brought(tmp_path, web.address, digest)
    assert piece.state == "unavailable" and digest in piece.told and web.asked == []


@pytest.mark.parametrize("address", ["file:///etc/passwd", "/etc/passwd", "http://127.0.0.1:1/x"])
def test_what_cannot_be_had_says_why(address: str, web: Web, tmp_path: Path) -> None:
    piece = brought(tmp_path, address)
    assert piece.state == "unavailable" and piece.hint and files(tmp_path) == {}


def test_credentials_in_an_address_are_not_told(web: Web, tmp_path: Path) -> None:
    address = web.address.replace("http://", "http://ada:secret-word@")
    assert "secret-word" not in data.here(project(tmp_path, address), "data/in.csv").told
    web.status = [404]
    assert "secret-word" not in brought(tmp_path, address).told


def test_looking_changes_nothing(web: Web, tmp_path: Path) -> None:
    piece = data.here(project(tmp_path, web.address), "data/in.csv")
    assert piece.state == "missing" and web.address in piece.told
    assert list(tmp_path.iterdir()) == [] and web.asked == []


def test_another_disk_gets_a_whole_copy(web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    real = os.replace

    def replace(source: Path, target: Path) -> None:
        if ".publisher" in Path(source).parts and ".publisher" not in Path(target).parts:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert brought(tmp_path, web.address).state == "done"
    assert files(tmp_path) == {"data/in.csv": DATA}
