"""A content sought by its SHA-256 wherever it may lie on this disk, then where `publisher.yml` says it can be had.

What is found is copied into the checkout of a run; the user's own files are read and never linked to. It does not
know what the content is for.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from publisher.model.project import DataSource, Project
from publisher.model.record import FileRef, Record
from publisher.model.secrets import masked
from publisher.probe import checkout, tree
from publisher.probe.pointers import pointer_at
from publisher.store import artifacts
from publisher.store.cache import cache_folder
from publisher.supply.download import DOWNLOADS, AnotherContent, Arrived, NotFetched, fetched
from publisher.supply.inside import inside, is_outside


class Found(Struct, frozen=True, kw_only=True):
    """A readable copy of a content, which is not ours to change."""

    path: Path
    where: str  #: `in the working tree`
    other: bool = False  #: it is not the content itself, but what a re-run made in its place


class Missing(Struct, frozen=True, kw_only=True):
    """A content that cannot be had."""

    reason: str  #: a sentence
    unblock: str  #: what would make it possible


class Places(Struct, frozen=True, kw_only=True):
    """Where to look, for all inputs of a run."""

    project: Project
    source: checkout.Source
    top: Path  #: of the run's checkout
    root: Path  #: the project in that checkout
    scratch: Path  #: a folder of ours for what has to be written out first
    commits: Sequence[str] = ()  #: whose files, and whose history, are looked through
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)  #: from `paths_by_content`
    remade: Path | None = None  #: folder in which earlier re-runs left what they made, see `hand_on`
    arrived: Arrived = lambda come, whole: None


def paths_by_content(records: Iterable[Record]) -> dict[str, list[str]]:
    """Where other runs saw or left each content: SHA-256 -> paths as recorded, each once."""
    found: dict[str, dict[str, None]] = {}
    for record in records:
        for ref in (*record.outputs, *record.inputs):
            if ref.sha256:
                found.setdefault(ref.sha256, {})[ref.path] = None
    return {sha256: list(paths) for sha256, paths in found.items()}


def sought(ref: FileRef, places: Places) -> Found | Missing:
    """A copy of a file's content, or why there is none.

    Args:
        ref: The file as recorded, with its SHA-256.
        places: Where to look.

    Raises:
        OSError: What git holds cannot be written out.
    """
    wanted = ref.sha256 or ""
    if is_outside(ref.path):
        place = Path(os.path.expanduser(ref.path))
        if _holds(place, ref):
            return Found(path=place, where="where it was, outside of the project")
        return Missing(
            reason=f"the input `{ref.path}` {_how_it_is(place)}, and lies outside of the project",
            unblock=f"put the file with SHA-256 {wanted} there",
        )
    for place, where in _nearby(ref, places):
        if _holds(place, ref):
            return Found(path=place, where=where)
    named = os.path.relpath(places.root / ref.path, places.top).replace(os.sep, "/")
    for data in checkout.contents(places.top, named, ref.size, places.commits):
        if hashlib.sha256(data).hexdigest() == wanted:
            copied = places.scratch / wanted
            copied.write_bytes(data)
            return Found(path=copied, where="in git")
    data_source = places.project.settings.data.get(ref.path)
    found = _downloaded(ref, data_source, places) if data_source is not None else _nowhere(ref, places)
    if isinstance(found, Missing) and places.remade and (places.remade / wanted).is_file():
        return Found(path=places.remade / wanted, where="as a re-run made it", other=True)
    return found


def hand_on(source: Path, wanted: str, folder: Path) -> None:
    """Leave what a re-run made to those that need the content with this SHA-256, of which it is the new version.

    Args:
        source: The file; it is moved away.
        wanted: SHA-256 of what was recorded in its place.
        folder: Where `Places.remade` looks.

    Raises:
        OSError: It cannot be moved.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shutil.move(source, folder / wanted)


def _nowhere(ref: FileRef, places: Places) -> Missing:
    wanted = ref.sha256 or ""
    return Missing(
        reason=f"the input `{ref.path}` (SHA-256 {wanted[:12]}…) is nowhere on this machine: "
        f"in the working tree it {_how_it_is(places.project.root / ref.path)}",
        unblock=f"put it back, or say under `data:` in publisher.yml where `{ref.path}` can be downloaded",
    )


def _nearby(ref: FileRef, places: Places) -> Iterator[tuple[Path, str]]:
    project, wanted = places.project, ref.sha256 or ""
    yield places.root / ref.path, "in the commit"
    yield project.root / ref.path, "in the working tree"
    if (kept := artifacts.path_of(project, wanted)) is not None:
        yield kept, "among the artifacts"
    yield cache_folder(project) / DOWNLOADS / wanted, "among earlier downloads"
    if places.remade:
        yield places.remade / wanted, "as a re-run made it"
    if (large := checkout.large_file(places.source, wanted)) is not None:
        yield large, "in Git LFS"
    for path in places.elsewhere.get(wanted, ()):
        yield Path(project.root, os.path.expanduser(path)), f"in the working tree, as `{path}`"


def _holds(place: Path, ref: FileRef) -> bool:
    try:
        if ref.size not in (None, place.stat().st_size):
            return False
        return tree.sha256_of(place) == ref.sha256
    except (OSError, ValueError):
        return False


def _how_it_is(place: Path) -> str:
    if pointer := pointer_at(place):
        return pointer.told
    try:
        return "is another content" if place.is_file() else "is not there"
    except OSError:
        return "cannot be read"


def _downloaded(ref: FileRef, source: DataSource, places: Places) -> Found | Missing:
    """Fetch a content, and keep it in the cache when it is the right one."""
    named = f"`{ref.path}`, to be downloaded from {masked(source.url)}"
    if source.sha256 not in (None, ref.sha256):
        return Missing(
            reason=f"{named}, is another content there by its `sha256:` in publisher.yml than the run read",
            unblock=f"give an address of the content with SHA-256 {ref.sha256}",
        )
    folder = cache_folder(places.project) / DOWNLOADS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = fetched(source.url, ref.sha256, folder, arrived=places.arrived)
    except AnotherContent as error:
        return Missing(
            reason=f"{named}: {error.what}",
            unblock=f"give an address of the content with SHA-256 {ref.sha256}",
        )
    except NotFetched as error:
        return Missing(reason=f"{named}: {error.what}", unblock=error.hint)
    except OSError as error:
        return Missing(
            reason=f"{named}: it cannot be kept: {error.strerror}", unblock=f"make room for it in {folder}"
        )
    return Found(path=path, where=f"at {masked(source.url)}")


def bring(source: Path, top: Path, path: str) -> Path:
    """Copy a file to a path below a folder; what is there is replaced, a link by the file itself.

    Args:
        source: The file.
        top: The folder, of ours.
        path: Relative to it, `/` between the parts.

    Raises:
        LeadsOut: The path leads out of the folder, by its parts or through a link.
        OSError: It cannot be copied.
    """
    if source == top / path and os.path.realpath(source).startswith(os.path.realpath(top) + os.sep):
        return source
    target = inside(top, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    copy(source, target)
    return target


def copy(source: Path, target: Path) -> None:
    """A copy of a file that can be written to, sharing the disk's blocks where the file system does that."""
    with open(source, "rb") as read, open(target, "xb") as write:
        left = os.fstat(read.fileno()).st_size
        try:
            while left and (done := os.copy_file_range(read.fileno(), write.fileno(), left)):
                left -= done
        except (OSError, AttributeError):  # another file system, or none that can
            read.seek(0)
            write.seek(0)
            shutil.copyfileobj(read, write, 1024 * 1024)
        mode = stat.S_IMODE(os.fstat(read.fileno()).st_mode)
    target.chmod(0o644 | (mode & 0o111))
