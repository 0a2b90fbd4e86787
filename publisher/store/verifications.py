"""Verification files: one text a verification, all of it under the seal; anybody's may lie beside the authors'.

The seal is the SHA-256 of the bytes above its own line, as in a record.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from publisher.errors import UnreadableRecord, UnreadableYaml
from publisher.model.identity import verification_name
from publisher.model.verification import SCHEMA, Verification
from publisher.store.folder import write_new
from publisher.store.plain import read_plain
from publisher.store.records import is_date, seal_of
from publisher.store.yaml import line_of, place_in, read, written


def verification_text(verification: Verification) -> str:
    """The text of a verification's file: facts and seal."""
    facts = msgspec.to_builtins(verification)
    facts.pop("seal", None)
    text = written({name: facts[name] for name in Verification.__struct_fields__ if name in facts})
    return f"{text}seal: {seal_of(text)}\n"


def write_verification(records: Path, verification: Verification) -> Path:
    """Keep a verification below the folder `records/`, sealed; returns its file. None is ever written over.

    Raises:
        NotWritten: It could not be written; nothing is half there.
    """
    first = records / verification_name(verification.started, verification.run)
    path, count = first, 1
    data = verification_text(verification).encode()
    while not write_new(path, data, below=records.parent):
        count += 1
        path = first.with_name(f"{first.stem}.{count}.yml")
    return path


def verification_of(text: str, where: Path | str) -> Verification:
    """A verification from the text of its file. Keys that we do not know are passed over.

    Raises:
        UnreadableRecord: It is no YAML, or no verification; `where` names the file and the line.
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
    try:
        found = msgspec.convert(values, Verification)
    except msgspec.ValidationError as error:
        raise UnreadableRecord(str(error), where=f"{where}:{line_of(text, place_in(str(error)))}") from error
    if not is_date(found.started):
        raise UnreadableRecord("`started` makes no sense", where=f"{where}:{line_of(text, ['started'])}")
    return found


def verification_files(records: Path) -> Iterator[os.DirEntry[str]]:
    """Every verification file, in no order; nothing else is looked at.

    Raises:
        UnreadableRecord: There is something in the place of their folder that is none.
    """
    try:
        months = list(os.scandir(records / "verifications"))
    except FileNotFoundError:
        return
    except OSError as error:
        place = records / "verifications"
        raise UnreadableRecord(f"cannot be read: {error.strerror}", where=place) from error
    for month in months:
        if month.is_dir(follow_symlinks=False):
            for entry in os.scandir(month.path):
                if entry.name.endswith(".yml") and not entry.name.startswith("."):
                    yield entry
