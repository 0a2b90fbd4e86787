"""Files of the project that are had from the web, each whole and checked in its place.

A file that is there is never overwritten, unless that is asked for, and none is put outside of the project.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from publisher.model.files import in_words
from publisher.model.project import SHA256, DataSource, Project
from publisher.model.secrets import masked
from publisher.probe.pointers import pointer_at
from publisher.setup.piece import Piece, State
from publisher.store.cache import cache_folder
from publisher.supply.download import DOWNLOADS, AnotherContent, Arrived, NotFetched, fetched, sha256_of
from publisher.supply.inside import LeadsOut, inside


def here(project: Project, path: str) -> Piece:
    """How a file of `data:` is here, without fetching anything."""
    source = project.settings.data[path]
    wanted = source.sha256
    if wanted is not None and not SHA256.fullmatch(wanted):
        told = f"has a `sha256:` in publisher.yml that is none: `{wanted}`"
        return _piece(path, "unavailable", told, "write its 64 hex digits, as sha256sum prints them")
    try:
        place = inside(project.root, path)
        if not os.path.lexists(place):
            return _piece(path, "missing", f"is not here, and can be had from {masked(source.url)}")
        if pointer := pointer_at(place):
            return _piece(path, "other", pointer.told, f"{pointer.command}, or give --replace")
        if not place.is_file():
            return _piece(path, "other", "is no file", "move it away, or name another path")
        found = sha256_of(place)
    except LeadsOut as error:
        return _piece(path, "unavailable", error.what, error.hint)
    except OSError as error:
        return _piece(path, "unavailable", f"cannot be read: {error.strerror}")
    if wanted is None:
        told = "is here, and nothing says whether it is the right one"
        return _piece(path, "right", told, f"say so in publisher.yml: sha256: {found}")
    if found == wanted:
        return _piece(path, "right", "is here, with the right SHA-256")
    told = f"is another content: its SHA-256 is {found}, and publisher.yml wants {wanted}"
    return _piece(path, "other", told, "move it away, or give --replace")


def brought(
    project: Project, path: str, *, replace: bool = False, arrived: Arrived = lambda come, whole: None
) -> Piece:
    """Fetch a file of `data:` into its place, when it is not there.

    Args:
        project: Where.
        path: A key of `data:`.
        replace: A file that is another content is replaced, once the right one has come.
        arrived: Is told how a download goes on.
    """
    found = here(project, path)
    place = project.root / path
    if found.state != "missing" and not (replace and found.state == "other" and place.is_file()):
        return found
    source = project.settings.data[path]
    try:
        content = fetched(source.url, source.sha256, cache_folder(project) / DOWNLOADS, arrived=arrived)
        return _put(content, place, source, path, replace)
    except AnotherContent as error:
        return _piece(path, "other", f"is not to be had from {masked(source.url)}: {error.what}", error.hint)
    except NotFetched as error:
        return _piece(
            path, "unavailable", f"is not to be had from {masked(source.url)}: {error.what}", error.hint
        )
    except OSError as error:
        return _piece(path, "unavailable", f"cannot be written: {error.strerror or error}")


def _put(content: Path, place: Path, source: DataSource, path: str, replace: bool) -> Piece:
    """Move a content into its place, whole; another disk gets a copy beside it first."""
    size = content.stat().st_size
    place.parent.mkdir(parents=True, exist_ok=True)
    if not replace and os.path.lexists(place):
        return _piece(
            path, "other", "came to be here while it was fetched", "move it away, or give --replace"
        )
    try:
        os.replace(content, place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = place.with_name(f".{place.name}.part")
        with open(content, "rb") as read, open(beside, "wb") as write:
            shutil.copyfileobj(read, write, 1024 * 1024)
            write.flush()
            os.fsync(write.fileno())
        os.replace(beside, place)
        content.unlink()
    told = f"was fetched: {in_words(size)}"
    if source.sha256:
        return _piece(path, "done", f"{told}, with the right SHA-256")
    return _piece(path, "done", told, f"say so in publisher.yml: sha256: {sha256_of(place)}")


def _piece(path: str, state: State, told: str, hint: str = "") -> Piece:
    return Piece(kind="data", name=path, state=state, told=told, hint=hint)
