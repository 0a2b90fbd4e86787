"""Files are written whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from publisher.errors import NotWritten
from publisher.store.folder import write_whole


def test_a_file_and_its_folders_are_made(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b" / "c.yml", b"whole")
    assert (tmp_path / "a" / "b" / "c.yml").read_bytes() == b"whole"
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["c.yml"]


def test_a_file_is_replaced_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    write_whole(path, b"three", replace=False)
    assert path.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_says_what_and_where_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotWritten) as caught:
        write_whole(tmp_path / "file" / "c.yml", b"x")
    assert "cannot write" in caught.value.what and caught.value.where == tmp_path / "file" / "c.yml"
    (tmp_path / "folder").mkdir()
    with pytest.raises(NotWritten):
        write_whole(tmp_path / "folder", b"x")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are those of POSIX")
def test_a_file_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_bytes(b"old")
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from publisher.errors import NotWritten; from publisher.store.folder import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_whole(Path(sys.argv[1]), b'x' * 5000)\n"
        "except NotWritten as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert "cannot write: File too large" in done.stdout
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="a program is killed as in POSIX")
def test_nobody_ever_sees_half_a_file_also_when_the_writer_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "c.yml"
    path.write_bytes(b"0" * 100_000)
    program = (
        "import sys; from pathlib import Path; from publisher.store.folder import write_whole\n"
        "for n in range(10**9): write_whole(Path(sys.argv[1]), str(n % 10).encode() * 100_000)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", program, str(path)])
    try:
        seen = set()
        while len(seen) < 5:
            data = path.read_bytes()
            assert data == data[:1] * 100_000
            seen.add(data[:1])
    finally:
        writer.kill()
        writer.wait()
    data = path.read_bytes()
    assert data == data[:1] * 100_000
    assert {each.suffix for each in tmp_path.iterdir()} <= {".yml", ".part"}
