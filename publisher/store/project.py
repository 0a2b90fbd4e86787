"""Where a project lies, and its `publisher.yml` read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Struct

from publisher.errors import UnreadableSettings, UnreadableYaml, nearest
from publisher.model.project import LIMITS, Project, Settings, origin_of, size_in_bytes
from publisher.safe_io import is_linked_out

SETTINGS = "publisher.yml"
Told = TypeVar("Told", bound=Struct)


def project_at(start: Path, *, repository: Path | None = None, cache: Path | None = None) -> Project:
    """The project that a folder belongs to.

    Its root is the nearest folder upwards with a `publisher.yml` or a `records/runs`; failing that the top of
    the git repository; failing that the folder itself.

    Args:
        start: Any folder in the project.
        repository: The top of the git repository when the caller knows it; otherwise `.git` is looked for.
        cache: A folder for what is remembered of a project that is soon gone; the user's cache by default.

    Raises:
        UnreadableSettings: There is a `publisher.yml`, but it cannot be understood.
    """
    start = Path(os.path.realpath(start))
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file():
            return Project(
                root=folder, settings=read_settings(folder / SETTINGS), configured=True, cache=cache
            )
        if (folder / "records" / "runs").is_dir():
            return Project(root=folder, settings=Settings(), configured=False, cache=cache)
        if folder == repository or (folder / ".git").exists():
            return Project(root=folder, settings=Settings(), configured=False, cache=cache)
    return Project(root=start, settings=Settings(), configured=False, cache=cache)


def read_settings(path: Path) -> Settings:
    """`publisher.yml`, understood.

    Raises:
        UnreadableSettings: It is no YAML, has a key that we do not know, or a value of the wrong kind.
    """
    from publisher.store.yaml import line_of

    settings, text = read_as(Settings, path)
    key: list[str | int] = []
    try:
        for limit in LIMITS:
            key = ["limits", limit]
            settings.limits.bytes_of(limit)
        key = ["site", "max_size"]
        size_in_bytes(settings.site.max_size)
        for number, host in enumerate(settings.site.scripts):
            key = ["site", "scripts", number]
            origin_of(host)
        for name, step in settings.steps.items():
            key = ["steps", name, "command"]
            _ = step.words
        key = ["environment"]
        _ = settings.lock, settings.apt
    except ValueError as error:
        where = f"{path}:{line_of(text, key)}"
        raise UnreadableSettings(f"{'.'.join(map(str, key))}: {error}", where=where) from error
    return settings


def read_as(kind: type[Told], path: Path) -> tuple[Told, str]:
    """A YAML file of ours, understood, and its text.

    Args:
        kind: What it holds. Keys that this does not have are refused, and the nearest is named.
        path: The file; an empty one says nothing.

    Raises:
        UnreadableSettings: It is no YAML, has a key that we do not know, or a value of the wrong kind.
    """
    import msgspec

    from publisher.store.yaml import decoded, line_of, place_in, read

    if is_linked_out(path):
        raise UnreadableSettings(
            "is a symbolic link that leads out of the project, so it is not read",
            where=path,
            hint="put the file itself in its place",
        )
    try:
        text = decoded(path.read_bytes())
        values = read(text) if text.strip() and not _only_comments(text) else {}
    except UnreadableYaml as error:
        raise UnreadableSettings(error.what, where=f"{path}:{error.where}", hint=error.hint) from error
    except OSError as error:
        raise UnreadableSettings(f"cannot be read: {error.strerror}", where=path) from error
    try:
        return msgspec.convert(values, kind), text
    except msgspec.ValidationError as error:
        _refuse_unknown(values, kind, [], path, text)
        where = f"{path}:{line_of(text, place_in(str(error)))}"
        raise UnreadableSettings(str(error), where=where) from error


def _only_comments(text: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines())


def _refuse_unknown(value: Any, kind: Any, path: list[str | int], where: Path, text: str) -> None:
    """Name the first key that we do not know, its line, and the nearest that we do."""
    from publisher.store.yaml import line_of

    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if isinstance(value, list) and get_origin(kind) is list:
        for number, inner in enumerate(value):
            _refuse_unknown(inner, get_args(kind)[0], [*path, number], where, text)
    if not isinstance(value, dict):
        return
    if get_origin(kind) is dict:
        for key, inner in value.items():
            _refuse_unknown(inner, get_args(kind)[1], [*path, key], where, text)
    elif isinstance(kind, type) and issubclass(kind, Struct):
        known = get_type_hints(kind, include_extras=True)
        for key, inner in value.items():
            if key not in known:
                likely = nearest(key, known, most=1)
                raise UnreadableSettings(
                    f"unknown key `{'.'.join(map(str, [*path, key]))}`",
                    where=f"{where}:{line_of(text, [*path, key])}",
                    hint=f"did you mean `{likely[0]}`?" if likely else f"known are {', '.join(known)}",
                )
            _refuse_unknown(inner, known[key], [*path, key], where, text)
