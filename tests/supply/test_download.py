"""A content comes whole or not at all, and is gone on with where an earlier try broke off."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from publisher.supply import download
from publisher.supply.download import AnotherContent, NotFetched, fetched
from tests.factory import posix
from tests.web import Web, served

DATA = bytes(range(256)) * 2000  #: 512 000 bytes
HALF = 4 * download.CHUNK  #: no piece is lost by who ends there


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


Serve = Callable[..., Web]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "WAIT", 0)
    with ExitStack() as stack:
        yield lambda content=DATA, **how: stack.enter_context(served(Web(content, **how)))


def get(web: Web, folder: Path, wanted: bytes | None = DATA) -> bytes:
    """Fetch into a cache, which afterwards holds the file alone."""
    place = fetched(web.address, None if wanted is None else sha256(wanted), folder / "cache" / "data")
    assert list(place.parent.iterdir()) == [place]
    return place.read_bytes()


def left(folder: Path) -> dict[str, int]:
    return {each.suffix: each.stat().st_size for each in (folder / "cache" / "data").iterdir()}


def break_off(web: Web, folder: Path) -> None:
    """A first try that ends in the middle, and cannot go on."""
    web.dies_after, web.status = [HALF], []
    with pytest.MonkeyPatch.context() as patch, pytest.raises(NotFetched):
        patch.setattr(download, "TRIES", 0)
        fetched(web.address, sha256(DATA), folder / "cache" / "data")
    web.asked.clear()
    assert left(folder)[".part"] == HALF


def test_a_content_is_fetched_and_tells_how_it_goes_on(serve: Serve, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    web = serve()
    fetched(
        web.address, sha256(DATA), tmp_path / "data", arrived=lambda come, whole: told.append((come, whole))
    )
    assert told[-1] == (512_000, 512_000) and told == sorted(told)
    assert get(web, tmp_path) == DATA


def test_what_is_here_already_is_not_asked_for(serve: Serve, tmp_path: Path) -> None:
    web = serve()
    get(web, tmp_path)
    web.asked.clear()
    assert get(web, tmp_path) == DATA and web.asked == []


def test_what_was_changed_in_the_cache_is_fetched_again(serve: Serve, tmp_path: Path) -> None:
    web = serve()
    get(web, tmp_path)
    (tmp_path / "cache" / "data" / sha256(DATA)).write_bytes(b"changed")
    assert get(web, tmp_path) == DATA


def test_a_server_that_dies_in_the_middle_is_gone_on_with(serve: Serve, tmp_path: Path) -> None:
    web = serve(dies_after=[HALF, 2 * download.CHUNK])
    assert get(web, tmp_path) == DATA
    assert web.asked == [("", ""), (f"bytes={HALF}-", '"one"'), ("bytes=393216-", '"one"')]


def test_a_later_try_goes_on_where_an_earlier_one_broke_off(serve: Serve, tmp_path: Path) -> None:
    web = serve()
    break_off(web, tmp_path)
    told: list[int] = []
    folder = tmp_path / "cache" / "data"
    fetched(web.address, sha256(DATA), folder, arrived=lambda come, whole: told.append(come))
    assert web.asked == [(f"bytes={HALF}-", '"one"')]
    assert told[0] > HALF and told[-1] == len(DATA)


def test_a_date_serves_where_there_is_no_strong_tag(serve: Serve, tmp_path: Path) -> None:
    web = serve(tag='W/"weak"', dated=True, dies_after=[HALF])
    assert get(web, tmp_path) == DATA
    assert web.asked[1] == (f"bytes={HALF}-", "Sat, 28 Nov 2026 00:00:00 GMT")


def test_a_server_that_gives_no_parts_is_asked_for_the_whole(serve: Serve, tmp_path: Path) -> None:
    web = serve(ranges=False)
    break_off(web, tmp_path)
    assert get(web, tmp_path) == DATA and len(web.asked) == 1


def test_a_content_that_changed_in_between_begins_anew(serve: Serve, tmp_path: Path) -> None:
    web = serve(b"9" * len(DATA))
    break_off(web, tmp_path)
    web.content, web.tag = DATA, '"two"'
    assert get(web, tmp_path) == DATA
    assert web.asked == [(f"bytes={HALF}-", '"one"')]


@pytest.mark.parametrize("how", [{"tag": ""}, {"forgets": True}])
def test_halves_that_do_not_belong_together_are_fetched_anew(
    how: dict[str, object], serve: Serve, tmp_path: Path
) -> None:
    web = serve(b"9" * len(DATA), **how)
    break_off(web, tmp_path)
    web.content = DATA
    assert get(web, tmp_path) == DATA
    assert [asked for asked, _ in web.asked] == [f"bytes={HALF}-", ""]


def test_another_address_may_go_on_with_the_same_content(serve: Serve, tmp_path: Path) -> None:
    break_off(serve(), tmp_path)
    mirror = serve(tag='"mirror"')
    assert get(mirror, tmp_path) == DATA and mirror.asked == [(f"bytes={HALF}-", "")]


def test_a_part_that_is_the_whole_is_taken(serve: Serve, tmp_path: Path) -> None:
    web = serve()
    break_off(web, tmp_path)
    (tmp_path / "cache" / "data" / f"{sha256(DATA)}.part").write_bytes(DATA)
    assert get(web, tmp_path) == DATA and web.asked == [("bytes=512000-", '"one"')]


def test_a_part_that_is_longer_than_the_whole_begins_anew(serve: Serve, tmp_path: Path) -> None:
    web = serve()
    break_off(web, tmp_path)
    (tmp_path / "cache" / "data" / f"{sha256(DATA)}.part").write_bytes(DATA + b"more")
    assert get(web, tmp_path) == DATA


@pytest.mark.parametrize("note", [None, b"", b"{", b"[1]", b'{"address": 1}'])
def test_a_broken_note_does_no_harm(note: bytes | None, serve: Serve, tmp_path: Path) -> None:
    web = serve()
    break_off(web, tmp_path)
    place = tmp_path / "cache" / "data" / f"{sha256(DATA)}.part.json"
    place.unlink()
    if note is not None:
        place.write_bytes(note)
    assert get(web, tmp_path) == DATA


def test_a_part_beside_the_one_that_was_asked_for_is_found_out(serve: Serve, tmp_path: Path) -> None:
    web = serve(shifted=5)
    break_off(web, tmp_path)
    assert get(web, tmp_path) == DATA
    assert [asked for asked, _ in web.asked] == [f"bytes={HALF}-", ""]


def test_a_packed_content_is_unpacked_and_never_pieced_together(serve: Serve, tmp_path: Path) -> None:
    web = serve(os.urandom(400_000), zipped=True, dies_after=[HALF])
    assert get(web, tmp_path, web.content) == web.content
    assert web.asked == [("", ""), ("", "")]


def test_what_a_kill_left_of_a_packed_content_is_fetched_anew(serve: Serve, tmp_path: Path) -> None:
    web = serve()
    break_off(web, tmp_path)
    web.zipped, web.forgets = True, True
    assert get(web, tmp_path) == DATA


def test_another_content_is_named_and_not_kept(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(AnotherContent) as caught:
        get(serve(b"other"), tmp_path)
    assert sha256(b"other") in caught.value.what and sha256(DATA) in caught.value.what
    assert caught.value.exit_code == 1 and left(tmp_path) == {}


@pytest.mark.parametrize("wanted", [DATA, None])
def test_a_length_that_is_too_large_is_no_end(wanted: bytes | None, serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(NotFetched):
        get(serve(claims=1000), tmp_path, wanted)
    assert wanted or left(tmp_path) == {}


def test_a_length_that_is_too_small_is_another_content(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(AnotherContent, match=sha256(DATA[:-10])):
        get(serve(claims=-10), tmp_path)


def test_a_server_that_always_dies_is_given_up(serve: Serve, tmp_path: Path) -> None:
    web = serve(ranges=False, dies_after=[HALF] * 20)
    with pytest.raises(NotFetched) as caught:
        get(web, tmp_path)
    assert "what has come is kept" in caught.value.hint
    assert len(web.asked) == 1 + download.TRIES and left(tmp_path)[".part"] == HALF


def test_a_busy_server_is_asked_again(serve: Serve, tmp_path: Path) -> None:
    assert get(serve(status=[503, 429]), tmp_path) == DATA


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_refusal_is_not_asked_again(status: int, serve: Serve, tmp_path: Path) -> None:
    web = serve(status=[status])
    with pytest.raises(NotFetched, match=str(status)):
        get(web, tmp_path)
    assert len(web.asked) == 1


def test_without_a_sha256_each_try_begins_anew(serve: Serve, tmp_path: Path) -> None:
    web = serve(dies_after=[HALF])
    assert get(web, tmp_path, None) == DATA
    assert web.asked == [("", ""), ("", "")]
    assert get(web, tmp_path, None) == DATA and len(web.asked) == 3


@pytest.mark.parametrize("address", ["file:///etc/passwd", "/etc/passwd", "ftp://x/y", "", "httpx://a"])
def test_only_addresses_of_the_web_are_asked(address: str, tmp_path: Path) -> None:
    with pytest.raises(NotFetched, match="no address of the web"):
        fetched(address, sha256(DATA), tmp_path / "data")


@pytest.mark.parametrize("name", ["../../x", "", "AA" * 32, "aa", "a" * 65])
def test_a_digest_is_no_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFetched, match="is no SHA-256"):
        fetched("https://example.org/x", name, tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_a_doi_is_asked_for_its_file(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pooch import downloaders

    web = serve(dies_after=[HALF])

    class Repository:
        def download_url(self, name: str) -> str:
            assert name == "in.csv"
            return web.address

    def found(doi: str) -> Repository:
        if doi != "10.5281/zenodo.1":
            raise ValueError(f"Invalid data repository '{doi}'")
        return Repository()

    monkeypatch.setattr(downloaders, "doi_to_repository", found)
    place = fetched("doi:10.5281/zenodo.1/in.csv", sha256(DATA), tmp_path / "data")
    assert place.read_bytes() == DATA and web.asked[1][0] == f"bytes={HALF}-"
    for address in ("doi:10.1/2/in.csv", "doi:", "doi:x"):
        with pytest.raises(NotFetched, match="is known"):
            fetched(address, sha256(b"other"), tmp_path / "data")


def test_two_that_want_the_same_ask_once(serve: Serve, tmp_path: Path) -> None:
    web, found = serve(), list[bytes]()
    code = "import sys; from pathlib import Path; from publisher.supply.download import fetched; "
    code += "print(fetched(sys.argv[1], sys.argv[2], Path(sys.argv[3])))"
    words = [sys.executable, "-c", code, web.address, sha256(DATA), str(tmp_path / "data")]
    both = [subprocess.Popen(words, stdout=subprocess.PIPE) for _ in range(2)]
    for each in both:
        found.append(each.communicate()[0])
        assert each.returncode == 0
    assert len(set(found)) == 1 and len(web.asked) == 1


@posix
def test_a_kill_in_the_middle_is_gone_on_with(serve: Serve, tmp_path: Path) -> None:
    web = serve(dies_after=[HALF])
    code = "import sys, time; from pathlib import Path; from publisher.supply import download\n"
    code += "def arrived(come, whole):\n    print(come, flush=True)\n    time.sleep(60 if come > 200_000 else 0)\n"
    code += "download.fetched(sys.argv[1], sys.argv[2], Path(sys.argv[3]), arrived=arrived)"
    folder = tmp_path / "cache" / "data"
    words = [sys.executable, "-c", code, web.address, sha256(DATA), str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) > 200_000:
                break
        time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    web.asked.clear()
    web.dies_after.clear()
    kept = left(tmp_path)[".part"]
    assert 0 < kept <= HALF
    assert get(web, tmp_path) == DATA and web.asked == [(f"bytes={kept}-", '"one"')]


@posix
def test_a_folder_that_cannot_be_written_is_said(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(OSError):
        fetched(serve().address, sha256(DATA), tmp_path / "cache" / "data")
