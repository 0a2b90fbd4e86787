"""Credentials in what is committed and would be published: where, and of which kind; never the credential itself.

Records are masked when they are written. This checks again, because records may come from elsewhere, be edited by
hand, or be older than the tables of `model/secrets`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from publisher import __version__
from publisher.errors import PublisherError, UnreadableRecord
from publisher.model.project import Project
from publisher.model.secrets import VERSION, Masking, found_in
from publisher.progress import Progress, silent
from publisher.store.index import Index
from publisher.store.records import record_files
from publisher.store.verifications import verification_files

LARGEST = 64 * 1024 * 1024  #: bytes of a file beyond which it is not looked into
_NOT_LOOKED_INTO = {"docs", "records", "site", "node_modules", "__pycache__", "site-packages"}
SETTINGS = ("publisher.yml", "mkdocs.yml", "mkdocs.yaml", "CITATION.cff")

WHAT_TO_DO = (
    "1. Revoke the credential and create a new one: everyone who has the repository can read it.\n"
    "2. Withdraw the run: `git rm` the file that is named, and run it again if you need it.\n"
    "   Do not edit the facts of a record: that breaks its seal.\n"
    "3. To remove it from the history: `git filter-repo --invert-paths --path FILE`, then force-push.\n"
    "Not a credential? `publisher build --allow-secrets ID`, or in publisher.yml: `site: {allow_secrets: [ID]}`."
)


class Leak(Struct, frozen=True, kw_only=True):
    """One place where something looks like a credential."""

    id: str  #: eight hex digits: of the file's name, the kind and the credential, so it stays when lines move
    where: str  #: path of the file, relative to the project
    line: int  #: counted from 1
    kind: str

    def __str__(self) -> str:
        return f"{self.where}:{self.line}: {self.kind} [{self.id}]"


class SecretsFound(PublisherError):
    """Something that would be published looks like a credential."""


def leaks_in(where: str, data: bytes, masking: Masking | None = None) -> list[Leak]:
    """Return what looks like a credential in a file.

    Args:
        where: Its path, relative to the project.
        data: Its content; what is no text holds none.
        masking: Knows credentials of this machine besides the tables.
    """
    text = data.decode("utf-8", "surrogateescape")
    if where.endswith(".yml"):
        data = _command_in_a_line(data)
    leaks = []
    line, at = 1, 0
    for start, stop, kind in found_in(where, data, masking or Masking()):
        line, at = line + text.count("\n", at, start), start
        told = f"{where}\0{kind}\0{text[start:stop]}".encode("utf-8", "surrogateescape")
        leaks.append(Leak(id=hashlib.sha256(told).hexdigest()[:8], where=where, line=line, kind=kind))
    return leaks


def _command_in_a_line(data: bytes) -> bytes:
    """A record in which the words of the command stand in one line, at the places where they stood.

    So the value of an option is seen behind the option.
    """
    begin = data.find(b"\ncommand:\n- ")
    if begin < 0:
        return data
    end = re.compile(rb"\n(?!- |  )").search(data, begin + 10)
    stop = end.start() if end else len(data)
    words = data[begin + 10 : stop].replace(b"\n- ", b"   ")
    words = re.sub(rb"([\"'])(--?[A-Za-z][\w.-]*)\1(?= )", rb" \2 ", words)
    return data[: begin + 10] + words + data[stop:]


def committed(project: Project, *, progress: Progress = silent) -> list[Leak]:
    """Return what looks like a credential in `records/`, settings, notebooks and `docs/`; nothing is remembered.

    The values of secret variables of this process count as well.
    """
    masking = Masking.of(os.environ, is_place=os.path.exists)
    paths = [*_below(project.records), *(project.root / name for name in SETTINGS), *_prose(project.root)]
    found: list[Leak] = []
    for path in progress(paths, doing="looking for credentials", total=len(paths)):
        data = _read(path)
        if data is not None:
            found += leaks_in(path.relative_to(project.root).as_posix(), data, masking)
    return found


def published(project: Project, names: Iterable[str], *, progress: Progress = silent) -> list[Leak]:
    """Return what looks like a credential in files that are to be published.

    Findings are remembered in the index by size and time of each file, as rows are.

    Args:
        project: Whose.
        names: Paths of the files relative to the project; those that are not there are passed over.
        progress: Watches.
    """
    top = f"{project.root}{os.sep}"
    found: list[Leak] = []
    with contextlib.closing(Index(project).beside()) as database:
        known = _known(database)
        stale: list[tuple[str, os.stat_result]] = []
        for name in names:
            try:
                state = os.lstat(top + name)
            except (OSError, ValueError):
                continue
            size, modified, leaks = known.get(name, (-1, 0, b""))
            if size == state.st_size and modified == state.st_mtime_ns:
                found += _decode(leaks) if leaks else []
            elif stat.S_ISREG(state.st_mode):
                stale.append((name, state))
        new = []
        for name, state in progress(stale, doing="looking for credentials", total=len(stale)):
            data = _read(top + name)
            leaks_here = leaks_in(name, data) if data is not None else []
            found += leaks_here
            new.append((name, state.st_size, state.st_mtime_ns, _encode(leaks_here) if leaks_here else b""))
        if new:
            with contextlib.suppress(sqlite3.Error), database:
                database.executemany("REPLACE INTO looked VALUES (?, ?, ?, ?)", new)
    return sorted(found, key=lambda leak: (leak.where, leak.line))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Leak]).decode


def _known(database: sqlite3.Connection) -> dict[str, tuple[int, int, bytes]]:
    """What was found by these tables; what older ones found is forgotten."""
    version = f"{VERSION} {__version__}"
    with contextlib.suppress(sqlite3.Error), database:
        database.execute("CREATE TABLE IF NOT EXISTS tables_of_secrets (version TEXT)")
        told = database.execute("SELECT version FROM tables_of_secrets").fetchone()
        if told is None or told[0] != version:
            database.execute("DROP TABLE IF EXISTS looked")
            database.execute("DELETE FROM tables_of_secrets")
            database.execute("INSERT INTO tables_of_secrets VALUES (?)", (version,))
        database.execute(
            "CREATE TABLE IF NOT EXISTS looked (name TEXT PRIMARY KEY, size INTEGER, modified INTEGER, leaks BLOB)"
        )
    try:
        rows = database.execute("SELECT name, size, modified, leaks FROM looked WHERE typeof(leaks) = 'blob'")
        return {name: (size, modified, leaks) for name, size, modified, leaks in rows}
    except sqlite3.Error:
        return {}


def _below(records: Path) -> Iterator[Path]:
    """Every file below `records/`; links are not followed."""
    try:
        named = [*record_files(records), *verification_files(records)]
    except UnreadableRecord:
        named = []
    seen = {each.path for each in named}
    yield from sorted(Path(each) for each in seen)
    for base, _, names in os.walk(records):
        for name in sorted(names):
            path = os.path.join(base, name)
            if path not in seen:
                yield Path(path)


def documents(root: Path) -> Iterator[Path]:
    """Yield the files below `docs/`, which a site copies or renders; links are not followed."""
    for base, _, names in os.walk(root / "docs"):
        yield from (Path(base, name) for name in sorted(names))


def _prose(root: Path) -> Iterator[Path]:
    """Yield the files below `docs/`, and notebooks anywhere but in hidden folders, environments and sites."""
    yield from documents(root)
    for base, folders, names in os.walk(root):
        if "pyvenv.cfg" in names or "conda-meta" in folders:
            folders.clear()
            continue
        folders[:] = sorted(
            each for each in folders if not each.startswith(".") and each not in _NOT_LOOKED_INTO
        )
        yield from (Path(base, name) for name in sorted(names) if name.endswith(".ipynb"))


def _read(path: Path | str) -> bytes | None:
    """The bytes of a regular file that is not too large; None of anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            state = os.fstat(descriptor)
            return file.read() if stat.S_ISREG(state.st_mode) and state.st_size <= LARGEST else None
    except OSError:
        return None
