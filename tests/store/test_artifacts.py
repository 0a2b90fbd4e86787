"""Artifacts are kept once, by their content, and are nothing else than that content."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import NoSuchRun, NotWritten
from publisher.model.project import Project
from publisher.model.record import FileRef
from publisher.store.artifacts import all_kept, content_is, keep, keep_file, kept_output, path_of
from tests.factory import a_record, posix, project_in, sha256


@pytest.fixture
def place(tmp_path: Path) -> Project:
    return project_in(tmp_path / "heat study")


def files(place: Project) -> list[str]:
    folder = place.records / "artifacts"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_bytes_are_kept_under_their_digest_with_their_suffix(place: Project) -> None:
    digest = keep(place, b"1,2\n", "energy.csv")
    assert digest == sha256("1,2\n")
    assert files(place) == [f"{digest[:2]}/{digest}.csv"]
    assert path_of(place, digest) == place.records / "artifacts" / digest[:2] / f"{digest}.csv"


def test_a_content_is_kept_once_whatever_it_is_called(place: Project) -> None:
    first = keep(place, b"same", "a.csv")
    path = path_of(place, first)
    assert path is not None
    stat = path.stat()
    assert keep(place, b"same", "b.txt") == first == keep(place, b"same", "none")
    assert len(files(place)) == 1
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (stat.st_mtime_ns, stat.st_ino)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.PNG", ".png"),
        ("a.tar.gz", ".gz"),
        ("Makefile", ""),
        (".hidden", ""),
        ("a.b/c", ""),
        ("a.", ""),
        ("a.c d", ""),
        ("a.<script>", ""),
        ("a." + "x" * 11, ""),
        ("é.csv", ".csv"),
    ],
)
def test_only_a_suffix_that_is_safe_is_kept(name: str, suffix: str, place: Project) -> None:
    digest = keep(place, b"x", name)
    assert files(place) == [f"{digest[:2]}/{digest}{suffix}"]


def test_a_file_is_kept_with_its_digest_and_size(place: Project) -> None:
    source = place.root / "a.csv"
    source.write_bytes(b"\r\n\0\xff")
    assert keep_file(place, source) == (sha256(b"\r\n\0\xff"), 4)
    path = path_of(place, sha256(b"\r\n\0\xff"))
    assert path is not None and path.read_bytes() == b"\r\n\0\xff"


def test_a_file_that_cannot_be_read_is_named(place: Project) -> None:
    with pytest.raises(NotWritten) as caught:
        keep_file(place, place.root / "none.csv")
    assert caught.value.where == place.root / "none.csv" and "cannot be read" in caught.value.what


@pytest.mark.parametrize(
    "name", ["", "ab", "../../x", "A" * 64, "0" * 63, "0" * 65, "*" * 64, "sha256:", "0" * 64]
)
def test_what_is_no_digest_or_was_not_kept_has_no_file(name: str, place: Project) -> None:
    keep(place, b"x", "a.csv")
    (place.root / "x").write_text("outside")
    assert path_of(place, name) is None


def test_a_digest_is_found_with_and_without_its_kind(place: Project) -> None:
    digest = keep(place, b"x", "a.csv")
    assert path_of(place, f"sha256:{digest}") == path_of(place, digest) is not None


@posix
def test_a_link_in_place_of_an_artifact_is_not_followed_and_is_replaced(
    place: Project, tmp_path: Path
) -> None:
    digest = sha256(b"x")
    secret = tmp_path / "secret"
    secret.write_text("not for the site")
    link = place.records / "artifacts" / digest[:2] / f"{digest}.csv"
    link.parent.mkdir(parents=True)
    link.symlink_to(secret)
    assert path_of(place, digest) is None
    assert keep(place, b"x", "a.csv") == digest
    path = path_of(place, digest)
    assert path is not None and path.read_bytes() == b"x" and not path.is_symlink()
    assert secret.read_text() == "not for the site"


def test_a_content_is_checked_against_its_digest(place: Project) -> None:
    digest = keep(place, b"x" * 3_000_000, "a.csv")
    path = path_of(place, digest)
    assert path is not None and content_is(path, digest)
    path.write_bytes(b"x" * 2_999_999)
    assert not content_is(path, digest)


def test_the_kept_copy_of_an_output_is_found_by_its_path_or_the_end_of_it(place: Project) -> None:
    digest = keep(place, b"1,2\n", "energy.csv")
    outs = [
        FileRef(path="out/energy.csv", sha256=digest, artifact=True),
        FileRef(path="out/field.csv", sha256="0" * 64),
        FileRef(path="old/field.csv", sha256="1" * 64),
    ]
    record = a_record(outputs=outs)
    assert kept_output(place, record, "out/energy.csv") == kept_output(place, record, "energy.csv")
    for output, words in (
        ("none.csv", "has no output"),
        ("ergy.csv", "has no output"),
        ("field.csv", "more than one"),
        ("out/field.csv", "no copy"),
    ):
        with pytest.raises(NoSuchRun, match=words):
            kept_output(place, record, output)


@posix
def test_all_that_is_kept_is_found_in_one_look_and_links_are_not_followed(
    place: Project, tmp_path: Path
) -> None:
    assert all_kept(place) == {}
    digests = [keep(place, text.encode(), f"{text}.csv") for text in "abc"]
    folder = place.records / "artifacts"
    (folder / "ab").mkdir(exist_ok=True)
    (folder / "ab" / f".{digests[0]}.csv.1-abc.part").write_text("half")
    (folder / "ab" / "README.md").write_text("not ours")
    (tmp_path / "outside").write_text("x")
    (folder / "ab" / f"{'0' * 64}.csv").symlink_to(tmp_path / "outside")
    assert all_kept(place) == {digest: path_of(place, digest) for digest in digests}
    (tmp_path / "elsewhere").mkdir()
    (place.root / "records").rename(tmp_path / "elsewhere" / "records")
    (place.root / "records").symlink_to(tmp_path / "elsewhere" / "records")
    assert all_kept(place) == {}
