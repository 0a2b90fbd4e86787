"""One content from the web: whole, checked by its SHA-256, and gone on with where an earlier try broke off.

requests (pooch's own library) asks, so that proxies, certificates and `.netrc` count as they do for pooch; pooch
finds the file that a DOI means. More of it could not be kept: it begins each download anew, and does not tell
whether a server answered with a part or with the whole, without which nothing can be gone on with.

A broken download leaves a `.part`, and a note of what the server called the content (for If-Range). Only what a
SHA-256 checks in the end is gone on with: without one, nothing would tell that two halves belong together. This
writes in one folder of the cache, and does not know where the content is wanted.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from publisher.errors import PublisherError
from publisher.file_lock import hold
from publisher.model.project import SHA256
from publisher.model.secrets import masked

Arrived = Callable[[int, int], None]  #: is told bytes that came, and how many there will be (0: unknown)

DOWNLOADS = "data"  #: folder in a project's cache for what is fetched: contents by their SHA-256
CHUNK = 64 * 1024  #: bytes read at a time
PATIENCE = (30.0, 60.0)  #: seconds until a server has to be there, and between two pieces of its answer
TRIES = 3  #: in a row that bring nothing new, until it is given up
WAIT = 0.5  #: seconds before the second of them; twice as long before each further one

_BUSY = {408, 425, 429, 500, 502, 503, 504}  #: answers after which it is worth asking again


class NotFetched(PublisherError):
    """A content cannot be had. The hint says what would help."""

    exit_code = 3


class AnotherContent(PublisherError):
    """What is at an address is not the content that was wanted."""


class _Broken(Exception):
    """A download ended before its end; the text says why."""


def fetched(
    address: str, sha256: str | None, folder: Path, *, arrived: Arrived = lambda come, whole: None
) -> Path:
    """A content, whole in a file of a folder, fetched when it is not there yet.

    Of two processes that want the same one, the second waits until the first has it. Whoever calls may move the
    file away.

    Args:
        address: `https://…`, `http://…`, or `doi:10.…/NAME` of a file at Zenodo, Figshare or a Dataverse.
        sha256: What the content has to be, 64 lower-case hex digits; None takes what comes, and asks each time.
        folder: Of ours, in the cache.
        arrived: Is told how it goes on.

    Raises:
        NotFetched: It cannot be had.
        AnotherContent: Something else is at the address; nothing is kept of it.
        OSError: The folder cannot be written.
    """
    if not re.match(r"(?:https?://|doi:)", address):
        raise NotFetched("that is no address of the web", hint="give one that begins with https:// or doi:")
    if sha256 is not None and not SHA256.fullmatch(sha256):
        raise NotFetched(
            f"`{sha256}` is no SHA-256", hint="write its 64 hex digits, as sha256sum prints them"
        )
    name = sha256 or f"{hashlib.sha256(address.encode()).hexdigest()}-unchecked"
    with hold(folder.parent / "locks" / name):
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / name
        if not (sha256 and place.is_file() and sha256_of(place) == sha256):
            part = _Part(place)
            if sha256 is None:
                part.forget()
            _fetch(address, sha256, part, arrived)
            os.replace(part.file, place)
            part.forget()
    return place


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, read piece by piece."""
    with open(file, "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


class _Part:
    """What has come of a content, and what the server called it."""

    def __init__(self, place: Path) -> None:
        self.file = place.with_name(f"{place.name}.part")
        self.note = place.with_name(f"{place.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that are here."""
        return self.file.stat().st_size if self.file.is_file() and self.note.is_file() else 0

    def called(self, address: str) -> str | None:
        """What the server of an address called the content (an ETag or a date); None when it said nothing."""
        try:
            told = json.loads(self.note.read_bytes())
            return str(told["called"]) if told["address"] == address and told["called"] else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, address: str, called: str | None) -> None:
        """Begin anew. The note is there before the first byte, and goes after the last: it belongs to the file."""
        self.forget()
        self.note.write_text(json.dumps({"address": address, "called": called}), "utf-8")

    def forget(self) -> None:
        """Keep nothing."""
        self.file.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def _fetch(address: str, sha256: str | None, part: _Part, arrived: Arrived) -> None:
    """Go on until the part is the content. After another content, once from the start: halves may not belong
    together."""
    farthest, fruitless, anew = part.size, 0, False
    while True:
        pieced = part.size > 0
        try:
            pieced = _go_on(address, part, arrived) and pieced
        except _Broken as broken:
            fruitless = 0 if part.size > farthest else fruitless + 1
            farthest = max(farthest, part.size)
            if sha256 is None:
                part.forget()
            if fruitless < TRIES:
                time.sleep(WAIT * 2**fruitless if fruitless else 0)
                continue
            kept = ": what has come is kept" if part.size else ""
            raise NotFetched(str(broken), hint=f"try again when it can be reached{kept}") from broken
        if sha256 is None or (found := sha256_of(part.file)) == sha256:
            return
        part.forget()
        if not pieced or anew:
            raise AnotherContent(
                f"the content there has SHA-256 {found}, which does not match the wanted {sha256}",
                hint="see whether the address or the `sha256:` is the wrong one",
            )
        farthest, fruitless, anew = 0, 0, True


def _go_on(address: str, part: _Part, arrived: Arrived) -> bool:
    """Ask for what is not here yet, and write it; returns whether the server went on, instead of beginning anew.

    Raises:
        _Broken: The answer did not come to its end, or asking again may help.
        NotFetched: It would not.
    """
    requests = _requests()
    start = part.size
    headers = {"Accept-Encoding": "identity"}
    encoded = False
    if start:
        headers["Range"] = f"bytes={start}-"
        if called := part.called(address):
            headers["If-Range"] = called
    try:
        asked = {"headers": headers, "stream": True, "timeout": PATIENCE}
        with requests.get(_of_a_file(address), **asked) as answer:
            if answer.status_code == 416 and start:
                return True  # there is no more: the digest tells whether it is the content
            _refuse(answer)
            going_on = start > 0 and answer.status_code == 206
            encoded = "Content-Encoding" in answer.headers
            if not going_on:
                start = 0
                part.begin(address, None if encoded else _called(answer))
            length = answer.headers.get("Content-Length", "")
            whole = start + int(length) if length.isdecimal() and not encoded else 0
            with open(part.file, "ab") as file:
                came = start + _written(answer, file, lambda come: arrived(start + come, whole))
    except requests.RequestException as error:
        if encoded:
            part.forget()  # a part of what is packed cannot be counted in bytes of the content
        raise _Broken(_why(error)) from error
    if whole and came < whole:  # an older urllib3 does not notice
        raise _Broken(f"the server ended after {came} of {whole} bytes")
    return going_on


def _written(answer: Any, file: BinaryIO, arrived: Callable[[int], None]) -> int:
    """Write an answer to a file, and to the disk; returns its length in bytes."""
    came = 0
    try:
        for piece in answer.iter_content(CHUNK):
            file.write(piece)
            came += len(piece)
            arrived(came)
    finally:
        file.flush()
        os.fsync(file.fileno())
    return came


def _refuse(answer: Any) -> None:
    status = f"the server says {answer.status_code} {answer.reason}".rstrip()
    if answer.status_code in _BUSY:
        raise _Broken(status)
    if answer.status_code not in (200, 206):
        raise NotFetched(status, hint="see whether the address is still right")


def _called(answer: Any) -> str | None:
    """What can be asked for with If-Range: a strong ETag, else the date of the last change."""
    tag, date = answer.headers.get("ETag", ""), answer.headers.get("Last-Modified")
    return str(tag) if tag.startswith('"') else date and str(date)


def _of_a_file(address: str) -> str:
    """The web address of a file; a DOI is asked for it.

    Raises:
        NotFetched: The DOI, or a file of that name in it, is not known.
        requests.RequestException: Nobody could be asked.
    """
    if not address.startswith("doi:"):
        return address
    from pooch import downloaders, utils  # type: ignore[import-untyped]

    try:
        read = utils.parse_url(address)
        return str(downloaders.doi_to_repository(read["netloc"]).download_url(read["path"].strip("/")))
    except _requests().RequestException:
        raise
    except Exception as error:  # pooch reads answers of others as if they could not be otherwise
        told = (str(error).splitlines() or [type(error).__name__])[0]
        raise NotFetched(
            f"no file {address} is known: {told}",
            hint="write it as doi:10.5281/zenodo.1234567/NAME, or give the file's own https:// address",
        ) from error


def _requests() -> Any:
    try:
        import pooch  # noqa: F401
        import requests
    except ImportError as error:
        raise NotFetched(
            "pooch is missing, which downloads", hint="pip install 'provenance-publisher[verify]'"
        ) from error
    return requests


def _why(error: Exception) -> str:
    """What requests says, in short: what the system said, where it did."""
    text = str(error)
    told = re.search(r"\[Errno -?\d+\] ([^'\"()\]]+)", text) or re.search(r"(timed out|IncompleteRead)", text)
    return masked(told[1] if told else (text.splitlines() or [type(error).__name__])[0])
