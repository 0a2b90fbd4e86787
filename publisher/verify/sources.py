"""What the code consists of: at the commit and with the changes of a run, and in the working tree now.

Each file is told by the id that git gives to its content, so that no file of a commit has to be read. Asks git
and changes nothing.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from publisher.probe import git

Blobs = dict[str, str]  #: path relative to the top of the repository -> git's id of its content

_FILE = re.compile(
    r'^diff --git (?:"a/(?P<quoted>(?:[^"\\]|\\.)*)" |a/(?P<plain>.*) b/(?P=plain)$|)', re.MULTILINE
)
_RENAMED = re.compile(r"^rename (?P<side>from|to) (?P<path>.*)$", re.MULTILINE)
_INDEX = re.compile(r"^index [0-9a-f]{40,64}\.\.(?P<now>[0-9a-f]{40,64})", re.MULTILINE)
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
_ESCAPED = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


def blobs_at(repository: git.Repository, commit: str) -> Blobs:
    """The files of a commit.

    Raises:
        NoAnswer: The repository does not hold it.
    """
    told = git.git(repository.top, "ls-tree", "-r", "-z", "--full-tree", commit)
    return _listed(told)


def blobs_now(repository: git.Repository, excluded: tuple[str, ...] = ()) -> Blobs:
    """The files of the working tree, those included that git does not track and was not told to ignore.

    Args:
        repository: Where.
        excluded: Paths that git need not look at, relative to the top.

    Raises:
        NoAnswer: Git does not say.
    """
    blobs = _listed(git.git(repository.top, "ls-files", "--stage", "-z"))
    changed = [
        each.path
        for each in git.status(repository, excluded).changed
        if not each.submodule and "\n" not in each.path
    ]
    there = [path for path in changed if (repository.top / path).is_file()]
    for path in changed:
        blobs.pop(path, None)
    if there:
        names = b"\n".join(os.fsencode(path) for path in there) + b"\n"
        told = git.git(repository.top, "hash-object", "--stdin-paths", data=names).decode().split()
        blobs |= dict(zip(there, told, strict=True))
    return blobs


def _listed(told: bytes) -> Blobs:
    """Paths and ids from what `git ls-tree -r -z` or `git ls-files -s -z` printed."""
    blobs = {}
    for entry in told.split(b"\0")[:-1]:
        about, _, path = entry.partition(b"\t")
        mode, *rest = about.split()
        if mode != b"160000":  # a submodule is no file
            blobs[os.fsdecode(path)] = next(each for each in rest if len(each) >= 40).decode()
    return blobs


def with_patch(blobs: Blobs, patch: str) -> Blobs:
    """The files of a commit as a patch of `git diff --full-index` changes them. Pure."""
    changed = dict(blobs)
    starts = list(_FILE.finditer(patch))
    ends = [each.start() for each in starts[1:]] + [len(patch)]
    for start, end in zip(starts, ends, strict=True):
        told = _INDEX.search(patch, start.end(), end)
        names = [_unquoted(each["path"]) for each in _RENAMED.finditer(patch, start.end(), end)]
        before, after = names if len(names) == 2 else [_unquoted(start["plain"] or start["quoted"] or "")] * 2
        blob = changed.pop(before, None)
        blob = told["now"] if told else blob  # without that line only its mode or its name changed
        if blob and blob.strip("0"):
            changed[after] = blob
    return changed


def _unquoted(path: str) -> str:
    """A path as git writes it, with its escapes read where it stands in quotes or stood there."""

    def read(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8)]) if len(code) == 3 else _ESCAPED.get(code, code)

    return os.fsdecode(_ESCAPE.sub(read, path.strip('"').encode("utf-8", "surrogateescape")))


def from_top(repository: git.Repository, root: Path) -> str:
    """What leads from the top of a repository to a folder in it: empty, or a path that ends with `/`."""
    inside = os.path.relpath(os.path.realpath(root), os.path.realpath(repository.top)).replace(os.sep, "/")
    return "" if inside == "." else f"{inside}/"
