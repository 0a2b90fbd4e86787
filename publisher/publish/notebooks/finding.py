"""Find the notebooks of a project, and say of each what is broken in it. Nothing is rendered or executed here."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from publisher.model.files import in_words
from publisher.model.patterns import matches
from publisher.publish import addresses
from publisher.publish.notebooks.reading import read_notebook
from publisher.safe_io import read_regular

_SUFFIX = ".ipynb"
_SKIPPED = {"node_modules", "__pycache__", "site-packages", "records", "site"}
_MOST = 50_000_000  #: bytes of a notebook that is still read
_MOST_NAMED = 5  #: broken cells and outputs of one notebook that are named


class Found(Struct, frozen=True, kw_only=True):
    """A notebook of the project."""

    path: str  #: relative to the project
    name: str  #: in addresses
    sha256: str
    scripts: bool = False  #: scripts in its outputs may run, in frames


class BrokenNotebook(Struct, frozen=True, kw_only=True):
    """Something of a notebook that cannot be shown, and why."""

    path: str  #: relative to the project
    reason: str  #: a sentence of which the notebook is the subject


class Notebooks(Struct, frozen=True, kw_only=True):
    """What was found."""

    found: list[Found]  #: each has a page, which says so when it cannot be shown
    broken: list[BrokenNotebook]  #: by path; also of what has no page: links, folders, what is too large


def find_notebooks(
    root: Path, patterns: Sequence[str], *, but: Sequence[Path] = (), scripts: bool = False
) -> list[Found]:
    """Return the notebooks of a project in the order of their paths; see `look_for_notebooks`."""
    return look_for_notebooks(root, patterns, but=but, scripts=scripts).found


def look_for_notebooks(
    root: Path, patterns: Sequence[str], *, but: Sequence[Path] = (), scripts: bool = False
) -> Notebooks:
    """Find the notebooks of a project, and what is broken. Symbolic links are not followed.

    Args:
        root: The project.
        patterns: Which paths are meant, as in `publisher.yml`.
        but: Folders that are not looked into, besides hidden ones and virtual environments.
        scripts: Whether scripts in their outputs may run, in frames.
    """
    skipped = {os.path.realpath(each) for each in but}
    digests: dict[str, str] = {}
    broken: list[BrokenNotebook] = []
    for path in _look(root, "", skipped, patterns):
        try:
            data = _read(root / path)
        except _NotRead as reason:
            broken.append(BrokenNotebook(path=path, reason=str(reason)))
            continue
        digests[path] = hashlib.sha256(data).hexdigest()
        broken += [BrokenNotebook(path=path, reason=each) for each in _odd(data)]
    names = addresses.notebook_names(digests)
    found = [
        Found(path=path, name=names[path], sha256=digests[path], scripts=scripts) for path in sorted(digests)
    ]
    return Notebooks(found=found, broken=sorted(broken, key=lambda each: each.path))


class _NotRead(Exception):
    """Why a file is not read."""


def _read(path: Path) -> bytes:
    """The bytes of a regular file, without waiting for anything and without following a link."""
    try:
        seen = os.lstat(path)
        if stat.S_ISLNK(seen.st_mode):
            raise _NotRead("is a symbolic link, which is not followed")
        if stat.S_ISDIR(seen.st_mode):
            raise _NotRead("is a folder, not a notebook")
        if not stat.S_ISREG(seen.st_mode):
            raise _NotRead("is not a regular file")
        if seen.st_size > _MOST:
            raise _NotRead(f"is too large to be shown: {in_words(seen.st_size)}, at most {in_words(_MOST)}")
        return read_regular(path, limit=_MOST)
    except OSError as error:
        raise _NotRead(f"cannot be read: {error.strerror}") from error


def _odd(data: bytes) -> Iterator[str]:
    reading = read_notebook(data)
    if reading.problem:
        yield f"{reading.problem}; it is not shown"
    for each in reading.broken[:_MOST_NAMED]:
        yield f"is shown without what is broken in it: {each}"
    if len(reading.broken) > _MOST_NAMED:
        yield f"is broken at {len(reading.broken) - _MOST_NAMED} more places"


def _look(root: Path, below: str, skipped: set[str], patterns: Sequence[str]) -> Iterator[str]:
    """Paths that are called like notebooks."""
    folder = root / below
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == "pyvenv.cfg" for entry in entries):
        return
    for entry in entries:
        path = f"{below}/{entry.name}" if below else entry.name
        if entry.name.startswith("."):
            continue
        if entry.name.lower().endswith(_SUFFIX) and matches(path[: -len(_SUFFIX)] + _SUFFIX, patterns):
            yield path
        if (
            entry.is_dir(follow_symlinks=False)
            and entry.name not in _SKIPPED
            and os.path.realpath(entry.path) not in skipped
        ):
            yield from _look(root, path, skipped, patterns)
