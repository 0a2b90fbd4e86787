"""Artifacts: small outputs, logs and patches, kept by content below `records/artifacts`."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from publisher.errors import NoSuchRun, NotWritten
from publisher.model.files import suffix
from publisher.model.project import Project
from publisher.model.record import Record
from publisher.safe_io import open_regular
from publisher.store.folder import PIECE, write_whole

_SHA256 = re.compile(r"[0-9a-f]{64}(?=\.|$)")


def keep(project: Project, data: bytes, name: str) -> str:
    """Keep bytes, once; returns their SHA-256 as 64 hex digits.

    Args:
        project: Where.
        data: The content.
        name: A file name, of which the suffix is kept, so that people and browsers know what it is.

    Raises:
        NotWritten: They could not be written.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    if path_of(project, sha256) is None:
        path = _folder(project, sha256) / f"{sha256}{suffix(name)}"
        write_whole(path, data, replace=path.is_symlink(), below=project.root)
    return sha256


def keep_file(project: Project, source: Path) -> tuple[str, int]:
    """Keep a copy of a file; returns its SHA-256 and its size.

    Raises:
        NotWritten: The copy could not be written, or the file not read.
    """
    try:
        data = source.read_bytes()
    except OSError as error:
        raise NotWritten(f"cannot be read: {error.strerror}", where=source) from error
    return keep(project, data, source.name), len(data)


def _folder(project: Project, sha256: str) -> Path:
    return project.records / "artifacts" / sha256[:2]


def path_of(project: Project, sha256: str) -> Path | None:
    """The file that holds a content; None when it was not kept.

    Args:
        project: Where.
        sha256: 64 hex digits, also with `sha256:` before them; anything else is not kept.
    """
    sha256 = sha256.removeprefix("sha256:")
    if not _SHA256.fullmatch(sha256):
        return None
    return next(
        (
            each
            for each in _folder(project, sha256).glob(f"{sha256}*")
            if each.is_file() and not each.is_symlink()
        ),
        None,
    )


def all_kept(project: Project) -> dict[str, Path]:
    """Every artifact's file by its digest, from one look at the folders; links are not followed."""
    top = project.records / "artifacts"
    if top.is_symlink() or project.records.is_symlink() or not top.is_dir():
        return {}
    return {
        named[0]: Path(entry.path)
        for folder in os.scandir(top)
        if folder.is_dir(follow_symlinks=False)
        for entry in os.scandir(folder.path)
        if (named := _SHA256.match(entry.name)) and entry.is_file(follow_symlinks=False)
    }


def content_is(path: Path, sha256: str) -> bool:
    """Whether an artifact's file still holds what its name says."""
    digest = hashlib.sha256()
    with open(open_regular(path), "rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest() == sha256


def kept_output(project: Project, record: Record, output: str) -> Path:
    """The kept copy of an output of a run.

    Args:
        project: Where.
        record: The run.
        output: The path of the output as in the record, or its end when only one output ends so.

    Raises:
        NoSuchRun: The run has no such output, or no copy was kept.
    """
    found = [out for out in record.outputs if out.path == output]
    found = found or [out for out in record.outputs if out.path.endswith(f"/{output}")]
    if len(found) != 1:
        what = "has no output" if not found else "has more than one output that ends with"
        raise NoSuchRun(
            f"run {record.id} {what} `{output}`",
            hint="its outputs: " + ", ".join(o.path for o in record.outputs),
        )
    path = path_of(project, found[0].sha256 or "")
    if path is None:
        raise NoSuchRun(
            f"no copy of `{output}` of run {record.id} was kept",
            hint="name it under `artifacts:` in publisher.yml and run again",
        )
    return path
