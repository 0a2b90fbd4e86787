"""Environments, shared between runs: a file is named by the digest of its own bytes."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from publisher.errors import UnreadableRecord, UnreadableYaml
from publisher.model.environment import Environment
from publisher.model.project import Project
from publisher.model.row import Row
from publisher.store.folder import write_whole
from publisher.store.records import read_bytes
from publisher.store.yaml import decoded, read, written

_NAME = re.compile(r"[0-9a-f]{16}")


def environment_text(environment: Environment) -> str:
    """The text of an environment's file."""
    return written(msgspec.to_builtins(environment))


def name_of(text: str) -> str:
    """The name under which a text is kept: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def path_of(project: Project, name: str) -> Path | None:
    """The file of an environment; None when the name is none, or there is no such file."""
    path = project.records / "environments" / f"{name}.yml"
    return path if _NAME.fullmatch(name) and path.is_file() else None


def keep_environment(project: Project, environment: Environment) -> str:
    """Keep an environment, once; returns its name.

    Raises:
        NotWritten: It could not be written.
    """
    text = environment_text(environment)
    name = name_of(text)
    if path_of(project, name) is None:
        write_whole(
            project.records / "environments" / f"{name}.yml", text.encode(), replace=False, below=project.root
        )
    return name


def read_environment(project: Project, name: str) -> Environment:
    """An environment by its name.

    Raises:
        UnreadableRecord: There is no such file, or it is no environment.
    """
    path = path_of(project, name)
    if path is None:
        raise UnreadableRecord("is missing", where=project.records / "environments" / f"{name}.yml")
    try:
        return msgspec.convert(read(decoded(read_bytes(path))), Environment)
    except UnreadableYaml as error:
        raise UnreadableRecord(error.what, where=f"{path}:{error.where}") from error
    except msgspec.ValidationError as error:
        raise UnreadableRecord(str(error), where=path) from error


def newest_environment(project: Project, rows: Sequence[Row]) -> Environment | None:
    """What the newest run saw that was in a Python and completed; None when there is none that can be read.

    Args:
        project: Where the environments are.
        rows: All runs, oldest first.
    """
    names = (row.environment for row in reversed(rows) if row.status == "completed" and row.environment)
    for name in dict.fromkeys(names):
        with contextlib.suppress(UnreadableRecord):
            found = read_environment(project, name)
            if found.python:
                return found
    return None
