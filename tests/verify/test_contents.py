"""A content is found wherever it lies, is copied and never linked, and goes nowhere but into its place."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest

from publisher.model.project import DataSource, Project, Settings
from publisher.model.record import FileRef
from publisher.probe.checkout import check_out, source_at
from publisher.store import artifacts
from publisher.supply.inside import LeadsOut
from publisher.verify import contents
from publisher.verify.contents import Found, Missing, Places, bring, paths_by_content, sought
from tests.conftest import ProjectFolder
from tests.factory import a_record, posix
from tests.support.caches import cache_of

DATA = b"1,2,3\n"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def ref(path: str = "data/in.csv", data: bytes = DATA) -> FileRef:
    return FileRef(path=path, sha256=sha256(data), size=len(data))


def places(project: ProjectFolder, commit: str, tmp_path: Path, **settings: object) -> Places:
    """A checkout of a commit, and all other places."""
    source = source_at(project.root)
    top = check_out(source, commit, tmp_path / "place").top
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    told = Project(root=project.root, settings=msgspec.convert(settings, Settings), configured=True)
    return Places(project=told, source=source, top=top, root=top, scratch=scratch, commits=[commit])


def found(ref: FileRef, places: Places) -> Found:
    answer = sought(ref, places)
    assert isinstance(answer, Found), answer
    assert sha256(answer.path.read_bytes()) == ref.sha256
    return answer


def missing(ref: FileRef, places: Places) -> Missing:
    answer = sought(ref, places)
    assert isinstance(answer, Missing), answer
    return answer


def test_what_the_commit_holds_is_right_already(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files({"data/in.csv": DATA})
    commit = project.commit()
    project.write_files({"data/in.csv": b"changed"})
    there = places(project, commit, tmp_path)
    answer = found(ref(), there)
    assert answer == Found(path=there.root / "data/in.csv", where="in the commit")
    assert bring(answer.path, there.root, "data/in.csv") == answer.path


def test_in_the_working_tree(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="")
    project.write_files({"data/in.csv": DATA})
    there = places(project, commit, tmp_path)
    answer = found(ref(), there)
    assert answer.where == "in the working tree"
    copied = bring(answer.path, there.root, "data/in.csv")
    copied.write_bytes(b"the program wrote here")
    assert (project.root / "data/in.csv").read_bytes() == DATA
    assert copied.stat().st_ino != (project.root / "data/in.csv").stat().st_ino


def test_the_same_size_is_not_the_same_content(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="")
    project.write_files({"data/in.csv": b"9" * len(DATA)})
    answer = missing(ref(), places(project, commit, tmp_path))
    assert "in the working tree it is another content" in answer.reason
    assert "`data:`" in answer.unblock and "`data/in.csv`" in answer.unblock


def test_among_the_artifacts(project: ProjectFolder, tmp_path: Path) -> None:
    there = places(project, project.commit(heat_py=""), tmp_path)
    artifacts.keep(there.project, DATA, "other.csv")
    assert found(ref(), there).where == "among the artifacts"


def test_an_artifact_that_was_changed_is_not_taken(project: ProjectFolder, tmp_path: Path) -> None:
    there = places(project, project.commit(heat_py=""), tmp_path)
    artifacts.keep(there.project, DATA, "other.csv")
    kept = artifacts.path_of(there.project, sha256(DATA))
    assert kept is not None
    kept.write_bytes(b"9" * len(DATA))
    assert "is nowhere on this machine" in missing(ref(), there).reason


def test_in_what_another_run_left_in_the_working_tree(project: ProjectFolder, tmp_path: Path) -> None:
    there = places(project, project.commit(heat_py=""), tmp_path)
    project.write_files({"out/energy.csv": DATA})
    other = a_record(2, outputs=[ref("out/energy.csv"), FileRef(path="x")], inputs=[ref("~/in.csv", b"2")])
    elsewhere = paths_by_content([other, other])
    assert elsewhere == {sha256(DATA): ["out/energy.csv"], sha256(b"2"): ["~/in.csv"]}
    there = msgspec.structs.replace(there, elsewhere=elsewhere)
    assert found(ref(), there).where == "in the working tree, as `out/energy.csv`"


def test_in_git_at_an_older_commit_or_under_another_name(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files({"data/in.csv": DATA, "other.csv": b"4,5,6\n"})
    project.commit()
    project.write_files({"data/in.csv": b"9" * len(DATA)})
    project.commit()
    (project.root / "data/in.csv").unlink()
    commit = project.commit()
    there = places(project, commit, tmp_path)
    answer = found(ref(), there)
    assert answer.where == "in git" and answer.path.parent == there.scratch
    assert found(ref("renamed.csv", b"4,5,6\n"), there).where == "in git"


def test_in_git_lfs(project: ProjectFolder, tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256(DATA)}\nsize 6\n"
    project.write_files({"data/in.csv": pointer})
    there = places(project, project.commit(), tmp_path)
    missing(ref(), there)
    oid = sha256(DATA)
    project.write_files({f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}": DATA})
    answer = found(ref(), there)
    assert answer.where == "in Git LFS"
    assert bring(answer.path, there.root, "data/in.csv").read_bytes() == DATA


def test_a_file_outside_of_the_project_is_used_where_it_is(
    project: ProjectFolder, tmp_path: Path, home: Path
) -> None:
    there = places(project, project.commit(heat_py=""), tmp_path)
    outside = tmp_path / "shared.csv"
    for path, place in (("~/in.csv", home / "in.csv"), (str(outside), outside)):
        assert "is not there, and lies outside of the project" in missing(ref(path), there).reason
        place.write_bytes(DATA)
        assert found(ref(path), there).path == place
        place.write_bytes(b"other")
        answer = missing(ref(path), there)
        assert "is another content, and lies outside" in answer.reason and sha256(DATA) in answer.unblock


@posix
def test_what_is_no_regular_file_is_no_content(project: ProjectFolder, tmp_path: Path) -> None:
    there = places(project, project.commit(heat_py=""), tmp_path)
    (project.root / "data").mkdir()
    os.mkfifo(project.root / "data/in.csv")
    missing(ref(), there)
    missing(FileRef(path="data", sha256="0" * 64), there)


# -- downloads ---------------------------------------------------------------------------------------------


class Quiet(SimpleHTTPRequestHandler):
    """Gives out files and says nothing."""

    def log_message(self, format: str, *words: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "in.csv").write_bytes(DATA)
    (folder / "long.bin").write_bytes(bytes(300_000))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_what_is_nowhere_is_downloaded_checked_and_kept(
    project: ProjectFolder, tmp_path: Path, server: str
) -> None:
    data = {"data/in.csv": {"url": f"{server}/in.csv"}}
    there = places(project, project.commit(heat_py=""), tmp_path, data=data)
    answer = found(ref(), there)
    assert answer == Found(path=cache_of(project.root) / "data" / sha256(DATA), where=f"at {server}/in.csv")
    again = msgspec.structs.replace(there.project, settings=Settings())
    assert found(ref(), msgspec.structs.replace(there, project=again)).where == "among earlier downloads"


def test_a_download_tells_how_it_goes_on(project: ProjectFolder, tmp_path: Path, server: str) -> None:
    data = {"data/in.csv": {"url": f"{server}/long.bin"}}
    told: list[tuple[int, int]] = []
    there = places(project, project.commit(heat_py=""), tmp_path, data=data)
    there = msgspec.structs.replace(there, arrived=lambda come, whole: told.append((come, whole)))
    found(ref(data=bytes(300_000)), there)
    assert told[0] == (65536, 300_000) and told[-1] == (300_000, 300_000) and told == sorted(told)


def test_another_content_at_the_address_is_not_kept(
    project: ProjectFolder, tmp_path: Path, server: str
) -> None:
    data = {"data/in.csv": {"url": f"{server}/long.bin"}}
    there = places(project, project.commit(heat_py=""), tmp_path, data=data)
    answer = missing(ref(), there)
    assert f"{server}/long.bin" in answer.reason and "does not match" in answer.reason
    assert sha256(DATA) in answer.unblock
    assert list((cache_of(project.root) / "data").iterdir()) == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (DataSource(url="{server}/nowhere.csv"), "404"),
        (DataSource(url="http://127.0.0.1:1/in.csv"), "efused"),
        (DataSource(url="file:///etc/passwd"), "no address of the web"),
        (DataSource(url="/etc/passwd"), "no address of the web"),
        (DataSource(url="{server}/in.csv", sha256="0" * 64), "another content there by its `sha256:`"),
    ],
)
def test_what_cannot_be_downloaded_says_why(
    source: DataSource, reason: str, project: ProjectFolder, tmp_path: Path, server: str
) -> None:
    there = places(project, project.commit(heat_py=""), tmp_path)
    address = source.url.format(server=server)
    settings = Settings(data={"data/in.csv": msgspec.structs.replace(source, url=address)})
    project_then = msgspec.structs.replace(there.project, settings=settings)
    answer = missing(ref(), msgspec.structs.replace(there, project=project_then))
    assert reason in answer.reason and answer.unblock


# -- into the place ----------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "a/../../x",
        "/tmp/x",
        "~/x",
        ".git/hooks/pre-commit",
        "sub/.GIT/x",
        "out/x",
        "in/x",
        "",
        "a\0b",
    ],
)
def test_nothing_is_written_outside_of_the_place(path: str, tmp_path: Path) -> None:
    top, outside, data = tmp_path / "top", tmp_path / "outside", tmp_path / "data"
    for folder in (top / "inside", outside):
        folder.mkdir(parents=True)
    (top / "out").symlink_to(outside)
    (top / "in").symlink_to("inside")
    data.write_bytes(DATA)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(LeadsOut):
        bring(data, top, path)
    assert sorted(tmp_path.rglob("*")) == before


@posix
def test_a_link_at_the_path_itself_is_replaced_and_not_followed(tmp_path: Path) -> None:
    theirs, data = tmp_path / "theirs", tmp_path / "data"
    theirs.write_bytes(b"theirs")
    data.write_bytes(DATA)
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "in.csv").symlink_to(theirs)
    copied = bring(data, tmp_path / "top", "in.csv")
    assert not copied.is_symlink() and copied.read_bytes() == DATA and theirs.read_bytes() == b"theirs"


@posix
def test_a_copy_can_be_written_to_and_keeps_that_it_can_be_run(tmp_path: Path) -> None:
    data = tmp_path / "run me"
    data.write_bytes(DATA)
    data.chmod(0o555)
    copied = bring(data, tmp_path / "top", "deep/er/run me")
    assert copied.stat().st_mode & 0o777 == 0o755


def test_a_copy_is_whole_also_where_the_system_has_no_short_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.write_bytes(os.urandom(3_000_000))

    def gives_up(source: int, target: int, size: int) -> int:
        if os.lseek(source, 0, os.SEEK_CUR):
            raise OSError(18, "cross-device link")
        return os.write(target, os.read(source, 1000))

    contents.copy(data, tmp_path / "one")
    monkeypatch.setattr(os, "copy_file_range", gives_up, raising=False)
    contents.copy(data, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes() == data.read_bytes()
