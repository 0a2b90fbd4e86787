"""Every record as a row, remembered: a cache that builds itself and may be deleted at any time.

A record is parsed again only when its bytes changed. Size and modification time tell quickly that they did
not; when those differ (a fresh clone has new times), the SHA-256 of the bytes decides. Nothing is believed that
a look at the folder does not confirm.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from itertools import chain
from pathlib import Path

import msgspec

from publisher.errors import NoSuchRun, UnreadableRecord
from publisher.model.identity import LATEST, may_be_prefix, run_of_name
from publisher.model.project import Project
from publisher.model.record import Record
from publisher.model.row import Row, Verified, row_of, telling, verified_of
from publisher.progress import Progress, silent
from publisher.store.cache import cache_folder
from publisher.store.live import is_alive
from publisher.store.reading import Reading
from publisher.store.records import (
    facts_and_rest,
    read_bytes,
    read_record,
    record_files,
    seal_holds,
    seal_of,
    text_of,
    understood,
)
from publisher.store.verifications import verification_files, verification_of
from publisher.store.yaml import visible

INDEX = "index.sqlite"  #: in the project's part of the user's cache


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A record file that could not be read."""

    name: str  #: relative to `records/`
    line: int  #: 0 when it is not about a line
    reason: str
    hint: str = ""


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """All runs of a project."""

    rows: list[Row]  #: oldest first
    problems: list[Problem]
    verified: dict[str, list[Verified]]  #: by run, oldest first: verifications of the facts as they stand


class _Known(msgspec.Struct, frozen=True):
    size: int
    modified: int
    sha256: str
    row: bytes


_VERSION = "5 " + ",".join((*Row.__struct_fields__, *Verified.__struct_fields__))
_ABOUT = "CREATE TABLE IF NOT EXISTS about (version TEXT)"
_FILES = "CREATE TABLE files (name TEXT PRIMARY KEY, size INTEGER, modified INTEGER, sha256 TEXT, row BLOB)"


class _Large:
    """An integer beyond 64 bits, which MessagePack has no form for."""

    def __init__(self, value: int) -> None:
        self.value = value


def _packed(value: Row | Problem | Verified) -> bytes:
    """A row, a problem or a verification as bytes; NaN and integers of any size survive."""
    try:
        return _encode(value)
    except OverflowError:
        return _encode(_with_large(msgspec.structs.asdict(value)))


def _with_large(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_large(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_large(each) for each in value]
    return _Large(value) if isinstance(value, int) and not -(2**63) <= value < 2**64 else value


_encode = msgspec.msgpack.Encoder(
    enc_hook=lambda large: msgspec.msgpack.Ext(1, str(large.value).encode())
).encode
_decode = msgspec.msgpack.Decoder(Row, ext_hook=lambda code, data: int(data)).decode
_decode_problem = msgspec.msgpack.Decoder(Problem).decode
_decode_verified = msgspec.msgpack.Decoder(Verified).decode


class Index:
    """The rows of a project's records."""

    def __init__(self, project: Project, *, reading: Reading | None = None) -> None:
        """Open it.

        Args:
            project: Whose.
            reading: Remembers the records that had to be read.
        """
        self.project = project
        self._reading = reading

    def rows(self, *, progress: Progress = silent) -> Rows:
        """Every run, oldest first, and every record file that cannot be read."""
        database, known = self._remembered()
        try:
            found = self._look(known, progress)
            try:
                told = self._told(found)
            except (msgspec.DecodeError, ValueError):  # what was remembered makes no sense
                found = self._look({}, progress)
                told = self._told(found)
            changed = [(name, each) for name, each in found.items() if known.get(name) is not each]
            gone = [(name,) for name in known if name not in found]
            if changed or gone:
                self._remember(database, changed, gone)
        finally:
            database.close()
        return told

    def _look(self, known: dict[str, _Known], progress: Progress) -> dict[str, _Known]:
        base = len(str(self.project.records)) + 1
        found: dict[str, _Known] = {}
        stale: list[tuple[str, str, os.stat_result]] = []
        files = (record_files(self.project.records), verification_files(self.project.records))
        for entry in chain.from_iterable(files):
            name = entry.path[base:].replace(os.sep, "/")
            if (
                not name.isascii() and visible(name) != name
            ):  # such a name has no place in SQLite, JSON and pages
                problem = Problem(name=visible(name), line=0, reason="its name is no UTF-8", hint="rename it")
                found[problem.name] = _Known(-1, 0, "", b"!" + _packed(problem))
                continue
            try:
                stat = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            before = known.get(name)
            if before and before.size == stat.st_size and before.modified == stat.st_mtime_ns:
                found[name] = before
            else:
                stale.append((name, entry.path, stat))
        for name, path, stat in progress(stale, doing="reading records", total=len(stale)):
            before = known.get(name)
            try:
                data = read_bytes(Path(path))
            except UnreadableRecord as error:
                problem = Problem(name=name, line=0, reason=error.what, hint=error.hint)
                found[name] = _Known(-1, 0, "", b"!" + _packed(problem))
                continue
            sha256 = hashlib.sha256(data).hexdigest()
            row = before.row if before and before.sha256 == sha256 else self._parsed(name, data, sha256)
            found[name] = _Known(stat.st_size, stat.st_mtime_ns, sha256, row)
        return found

    def _parsed(self, name: str, data: bytes, sha256: str) -> bytes:
        """What is remembered of a file: a row; behind `v` a verification; behind `!` why there is neither."""
        try:
            text = text_of(data, name)
            if name.startswith("verifications/"):
                verification = verification_of(text, name)
                if not seal_holds(text):
                    raise UnreadableRecord(
                        "its seal is broken: a fact was changed after the re-run", where=name
                    )
                return b"v" + _packed(verified_of(verification, name, sha256))
            record = understood(text, name)
            row = _packed(row_of(record, name, sha256, seal_of(facts_and_rest(text)[0])))
        except UnreadableRecord as error:
            line = str(error.where).rpartition(":")[2]
            return b"!" + _packed(
                Problem(
                    name=name, line=int(line) if line.isdigit() else 0, reason=error.what, hint=error.hint
                )
            )
        if self._reading is not None:
            self._reading.remember(name, data, record)
        return row

    def _told(self, found: dict[str, _Known]) -> Rows:
        rows: list[Row] = []
        problems: list[Problem] = []
        verified: dict[str, list[Verified]] = {}
        for name in sorted(found):
            data = found[name].row
            if data.startswith(b"!"):
                problems.append(_decode_problem(data[1:]))
            elif data.startswith(b"v"):
                each = _decode_verified(data[1:])
                verified.setdefault(each.run, []).append(each)
            else:
                row = _decode(data)
                if row.status == "running" and not is_alive(self.project, row.id):
                    row = msgspec.structs.replace(row, status="lost")
                rows.append(row)
        rows.sort(key=lambda row: row.started.rstrip("Z"))
        if verified:
            rows, verified = _with_verdicts(rows, verified, problems)
        return Rows(rows=rows, problems=problems, verified=verified)

    # -- the cache -------------------------------------------------------------------------------------------

    def _remembered(self) -> tuple[sqlite3.Connection, dict[str, _Known]]:
        """The cache and all that is in it. One that is damaged is thrown away, one that is locked passed over."""
        path = cache_folder(self.project) / INDEX
        with contextlib.suppress(OSError, sqlite3.Error):
            try:
                return _opened(path)
            except sqlite3.DatabaseError as error:
                code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
                if isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR:
                    raise  # it is not damaged: it is locked, or in a folder that is read-only
                path.unlink()
                path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
                return _opened(path)
        return _opened(None)

    @staticmethod
    def _remember(
        database: sqlite3.Connection, changed: list[tuple[str, _Known]], gone: list[tuple[str]]
    ) -> None:
        with contextlib.suppress(sqlite3.Error), database:
            database.executemany("DELETE FROM files WHERE name = ?", gone)
            database.executemany(
                "REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
                [(name, each.size, each.modified, each.sha256, each.row) for name, each in changed],
            )

    def beside(self) -> sqlite3.Connection:
        """Open the cache without reading its rows, for what else is remembered of the same files.

        Where it cannot be opened, it is one in memory; it may be damaged or locked.
        """
        with contextlib.suppress(OSError, sqlite3.Error):
            return sqlite3.connect(cache_folder(self.project) / INDEX, timeout=2)
        return sqlite3.connect(":memory:")

    # -- one run ---------------------------------------------------------------------------------------------

    def find(self, run: str) -> Path:
        """The record file that a word means: an id's beginning, a label, or `latest`.

        Raises:
            NoSuchRun: No record, or more than one, answers to it.
        """
        files = {entry.path: run_of_name(entry.name) for entry in record_files(self.project.records)}
        if not files:
            raise NoSuchRun(
                "there are no records yet",
                where=self.project.records,
                hint="make the first: publisher run -- COMMAND",
            )
        if run == LATEST:
            return _latest(list(files))
        found = [path for path, each in files.items() if may_be_prefix(run) and each.startswith(run)]
        if not found:
            rows = [row for row in self.rows().rows if row.label == run != ""]
            found = [str(self.project.records / row.name) for row in rows]
        if len(found) == 1:
            return Path(found[0])
        if not found:
            raise NoSuchRun(
                f"no run has an id that begins with `{run}`, or this label", hint="see publisher list"
            )
        ids = sorted(files[path] for path in found)
        raise NoSuchRun(f"`{run}` means {len(found)} runs: {', '.join(ids[:5])}", hint="give more of the id")

    def record(self, run: str) -> Record:
        """The record that a word means; see `find`.

        Raises:
            NoSuchRun: No record, or more than one, answers to it.
            UnreadableRecord: Its file cannot be read.
        """
        return read_record(self.find(run))


def _with_verdicts(
    rows: list[Row], verified: dict[str, list[Verified]], problems: list[Problem]
) -> tuple[list[Row], dict[str, list[Verified]]]:
    """Rows that know their verdicts. A verification of other facts than a record's says nothing of the run."""
    told: dict[str, list[Verified]] = {}
    found: list[Row] = []
    for row in rows:
        own = verified.pop(row.id, [])
        told[row.id] = sorted(
            (v for v in own if v.record in ("", row.seal)), key=lambda v: v.started.rstrip("Z")
        )
        for each in own:
            if each.record not in ("", row.seal):
                reason = f"verifies other facts than those of run {row.id}, which were changed since"
                problems.append(Problem(name=each.name, line=0, reason=reason))
        last = telling(told[row.id])
        found.append(
            msgspec.structs.replace(row, verdict=last.verdict, verified=last.started) if last else row
        )
    for run, others in verified.items():
        problems += [
            Problem(name=v.name, line=0, reason=f"verifies run {run}, which is not here") for v in others
        ]
    return found, {run: each for run, each in told.items() if each}


def _latest(paths: list[str]) -> Path:
    """The record of the newest run. File names tell the second; within one, the records have to."""
    newest = max(os.path.basename(path)[:15] for path in paths)
    within = [Path(path) for path in paths if os.path.basename(path).startswith(newest)]
    return within[0] if len(within) == 1 else max(within, key=_started)


def _started(path: Path) -> str:
    try:
        return read_record(path).started.rstrip("Z")
    except UnreadableRecord:
        return ""


def _opened(path: Path | None) -> tuple[sqlite3.Connection, dict[str, _Known]]:
    """A cache, made where there is none or one of another version, and all that is in it."""
    database = sqlite3.connect(path or ":memory:", timeout=2)
    try:
        database.execute(_ABOUT)
        version = database.execute("SELECT version FROM about").fetchone()
        if version is None or version[0] != _VERSION:
            with database:
                database.execute("DROP TABLE IF EXISTS files")
                database.execute(_FILES)
                database.execute("DELETE FROM about")
                database.execute("INSERT INTO about VALUES (?)", (_VERSION,))
        rows = database.execute(
            "SELECT name, size, modified, sha256, row FROM files WHERE typeof(row) = 'blob'"
        )
        return database, {name: _Known(*rest) for name, *rest in rows}
    except sqlite3.Error:
        database.close()
        raise
