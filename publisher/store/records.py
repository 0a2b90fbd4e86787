"""Record files: one text a run, of which the part above the seal never changes.

The file is three parts: the facts, the line `seal:`, the annotations. The seal is the SHA-256 of the bytes
above its own line, so that `sed '/^seal:/,$d' FILE | sha256sum` checks it without us.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from publisher.errors import UnreadableRecord, UnreadableYaml
from publisher.model.identity import record_name
from publisher.model.record import SCHEMA, Annotations, Record
from publisher.safe_io import read_regular
from publisher.store.editing import edited, unmistakable
from publisher.store.folder import write_whole
from publisher.store.plain import read_plain
from publisher.store.yaml import decoded, line_of, place_in, read, written

_SEAL = re.compile(r"seal:[ ]+[\"']?(?P<digest>sha256:[0-9a-f]{64})[\"']?(?=\s|\Z)")


def facts_and_rest(text: str) -> tuple[str, str]:
    """A record's text cut at its seal: what is above the line, and the line with all that follows."""
    at = 0 if text.startswith("seal:") else text.find("\nseal:") + 1 or len(text)
    return text[:at], text[at:]


def seal_of(facts: str) -> str:
    """The seal that belongs to facts, `\\n` at their line ends: `sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(facts.replace("\r\n", "\n").encode()).hexdigest()


def seal_holds(text: str) -> bool:
    """Whether a record's facts are still those that were sealed."""
    facts, rest = facts_and_rest(text)
    found = _SEAL.match(rest)
    return found is not None and found["digest"] == seal_of(facts)


def record_text(record: Record) -> str:
    """The text of a record's file: facts, seal, annotations."""
    facts: dict[str, Any] = msgspec.to_builtins(record)
    annotations = facts.pop("annotations", {})
    facts.pop("seal", None)
    text = written(_by_field(facts, Record))
    shown = {"tags": []} | annotations
    shown = {name: shown[name] for name in Annotations.__struct_fields__ if name in shown}
    return f"{text}seal: {seal_of(text)}\n{written({'annotations': shown})}"


def _by_field(values: dict[str, Any], kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {name: values[name] for name in kind.__struct_fields__ if name in values}


def understood(text: str, where: Path | str) -> Record:
    """A record from the text of its file. Keys that we do not know are passed over.

    Raises:
        UnreadableRecord: It is no YAML, or no record; `where` names the file and the line.
    """
    try:
        values = read_plain(text) or read(text)
    except UnreadableYaml as error:
        raise UnreadableRecord(error.what, where=f"{where}:{error.where}", hint=error.hint) from error
    schema = values.get("schema")
    if isinstance(schema, int) and schema > SCHEMA:
        raise UnreadableRecord(
            f"is of schema {schema}, newer than this publisher knows ({SCHEMA})",
            where=f"{where}:{line_of(text, ['schema'])}",
            hint="update with `pip install -U provenance-publisher`",
        )
    said = values.pop("annotations", None)
    if said is not None:  # a person may empty what a person may fill
        values["annotations"] = _without_nulls(said) if isinstance(said, dict) else said
    try:
        record = msgspec.convert(values, Record)
    except msgspec.ValidationError as error:
        raise UnreadableRecord(str(error), where=f"{where}:{line_of(text, place_in(str(error)))}") from error
    wrong = _senseless(record)
    if wrong:
        raise UnreadableRecord(f"`{wrong}` makes no sense", where=f"{where}:{line_of(text, [wrong])}")
    return record


def _senseless(record: Record) -> str | None:
    """A fact of the right kind that no run can have; None when there is none."""
    if record.duration is not None and not 0 <= record.duration < 10**10:
        return "duration"
    if record.exit_code is not None and abs(record.exit_code) > 2**32:
        return "exit_code"
    return None if is_date(record.started) else "started"


def is_date(started: str) -> bool:
    """Whether a moment of the form that a file may hold is one of the calendar, in years that make sense."""
    try:
        return 1900 <= datetime.fromisoformat(started).year < 3000
    except ValueError:
        return False


def _without_nulls(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def read_record(path: Path) -> Record:
    """The record in a file.

    Raises:
        UnreadableRecord: It cannot be read as a record; `where` names the file and the line.
    """
    return understood(read_text(path), path)


def read_text(path: Path) -> str:
    """The text of a record's file.

    Raises:
        UnreadableRecord: It cannot be read, is no UTF-8, or leads elsewhere.
    """
    return text_of(read_bytes(path), path)


def text_of(data: bytes, where: Path | str) -> str:
    """The text that a record's file holds.

    Raises:
        UnreadableRecord: It is no UTF-8; `where` names the file and the line.
    """
    try:
        return decoded(data, keep_mark=True)
    except UnreadableYaml as error:
        raise UnreadableRecord(error.what, where=f"{where}:{error.where}", hint=error.hint) from error


def read_bytes(path: Path) -> bytes:
    """Return the content of a record's file; neither a link is followed nor a pipe waited for.

    Raises:
        UnreadableRecord: It cannot be read, or is no regular file.
    """
    try:
        return read_regular(path)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EINVAL):
            hint = "put the file itself there"
            raise UnreadableRecord(error.strerror or str(error), where=path, hint=hint) from error
        raise UnreadableRecord(f"cannot be read: {error.strerror}", where=path) from error


def write_record(records: Path, record: Record) -> Path:
    """Keep a record below the folder `records/`, sealed; returns its file.

    What people said of a run while it was running stays.

    Raises:
        NotWritten: It could not be written; nothing is half there.
    """
    path = records / record_name(record.started, record.id)
    text = record_text(record)
    facts, rest = facts_and_rest(text)
    seal, newline, below = rest.partition("\n")
    said = _said_while_running(path)
    if said and said != below:
        with contextlib.suppress(UnreadableRecord):
            understood(facts + seal + newline + said, path)
            text = facts + seal + newline + said
    write_whole(path, text.encode(), below=records.parent)
    return path


def _said_while_running(path: Path) -> str:
    """The annotations of a record that says its run goes on; nothing when there is no such record."""
    try:
        facts, rest = facts_and_rest(read_text(path))
    except UnreadableRecord:
        return ""
    return rest.partition("\n")[2] if re.search(r"^status: running$", facts, re.MULTILINE) else ""


def record_files(records: Path) -> Iterator[os.DirEntry[str]]:
    """Every record file, in no order; nothing else is looked at.

    Raises:
        UnreadableRecord: There is something in the place of their folder that is none.
    """
    try:
        months = list(os.scandir(records / "runs"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UnreadableRecord(f"cannot be read: {error.strerror}", where=records / "runs") from error
    for month in months:
        if month.is_dir(follow_symlinks=False):
            for entry in os.scandir(month.path):
                if entry.name.endswith(".yml") and not entry.name.startswith("."):
                    yield entry


def annotate(path: Path, change: Callable[[Any], None]) -> None:
    """Change the annotations of a record; every byte above them stays.

    Args:
        path: The record's file.
        change: Gets the annotations as a mapping that remembers comments, and alters it.

    Raises:
        UnreadableRecord: The file is no record, or its annotations would no longer be some.
        NotWritten: It could not be written.
    """
    text = read_text(path)
    understood(text, path)
    facts, rest = facts_and_rest(text)
    seal, newline, below = rest.partition("\n")
    if not seal:
        raise UnreadableRecord("has no seal, so its facts and annotations cannot be told apart", where=path)

    def within(document: Any) -> None:
        if document.get("annotations") is None:
            document["annotations"] = {}
        before = {id(each) for each in _texts(document)}
        change(document["annotations"])
        _make_unmistakable(document, before)

    ends = "\r\n" if rest.count("\r\n") else "\n"
    below = edited(below.replace("\r\n", "\n"), within).replace("\n", ends)
    changed = facts + seal + (newline or "\n") + below
    understood(changed, path)
    write_whole(path, changed.encode(), below=path.parents[3])  # records/runs/YYYY-MM/ID.yml


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, dict | list):
        for each in values.values() if isinstance(values, dict) else values:
            yield from _texts(each)
    elif type(values) is str:
        yield values


def _make_unmistakable(values: Any, before: set[int]) -> None:
    """Put new texts in quotes where some reader would take them for something else; old ones stay as they are."""
    for key, value in list(values.items() if isinstance(values, dict) else enumerate(values)):
        if isinstance(value, dict | list):
            _make_unmistakable(value, before)
        elif type(value) is str and id(value) not in before:
            values[key] = unmistakable(value)
