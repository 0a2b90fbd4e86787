"""What a record has to say of the contents that it names: pointers, and sources that changed meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from publisher.errors import one_of
from publisher.model.record import FileRef
from publisher.probe.pointers import LONGEST, Pointer, pointer_at
from publisher.probe.tree import Look


def pointers_among(refs: Sequence[FileRef], place_of: Callable[[str], str]) -> list[str]:
    """Return a sentence for each kind of pointer among the files of a record.

    Args:
        refs: Inputs and outputs.
        place_of: The place of a path on this machine.
    """
    found: dict[Pointer, list[str]] = {}
    for ref in refs:
        if ref.size is None or ref.size < LONGEST:
            pointer = pointer_at(place_of(ref.path))
            if pointer:
                found.setdefault(pointer, []).append(ref.path)
    return [_told(pointer, paths) for pointer, paths in found.items()]


def absent_among(words: Sequence[str], directory: Path) -> list[str]:
    """Return sentences for the arguments of a command that are links to content which git-annex has elsewhere."""
    named = [(word, os.path.join(directory, os.path.expanduser(word.rpartition("=")[2]))) for word in words]
    found = [
        (word, pointer) for word, path in named if os.path.islink(path) and (pointer := pointer_at(path))
    ]
    return [_told(pointer, [word]) for word, pointer in found]


def _told(pointer: Pointer, paths: Sequence[str]) -> str:
    names = one_of(f"`{path}`" for path in dict.fromkeys(paths))
    if len(set(paths)) == 1:
        return f"{names} {pointer.told}"
    return f"{names} are {pointer.system} pointers, not the data; run `{pointer.command}`"


def sources_changed(
    before: Look, after: Look, sources: Collection[str], as_committed: Callable[[str], bool]
) -> list[str]:
    """Return a sentence for the sources that changed while the program ran.

    Args:
        before: The project's files when the program started.
        after: The same when it had ended.
        sources: The program's own file and what it imported, relative to the project.
        as_committed: Whether a file is as the commit and the record say: it was written, with the same content.
    """
    changed = [
        path
        for path in sorted(set(sources))
        if path in before and _content(before[path]) != _content(after.get(path)) and not as_committed(path)
    ]
    if not changed:
        return []
    names = one_of(f"`{path}`" for path in changed)
    return [f"{names}: changed while the program ran, so the code that ran may not be the code recorded"]


def _content(state: tuple[int, int, int, int] | None) -> tuple[int, int, int] | None:
    """What tells that the content is the same: not the time of a change of name or rights."""
    return state and (state[0], state[1], state[3])
