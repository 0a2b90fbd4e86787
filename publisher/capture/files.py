"""Which files went into a run and which came out of it: decided from all that was seen. Pure, but for digests."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from publisher.model.patterns import matches
from publisher.model.record import FileRef
from publisher.probe.testimony import Testimony
from publisher.probe.tree import SKIPPED, Look, written

MOST = 20_000  #: files that one record lists on each side

_SYSTEM = (
    "/proc", "/sys", "/dev", "/run", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/var", "/tmp",
    "/System", "/Library", "/private/var", "/private/tmp", "/private/etc", "/opt/homebrew",
    "C:\\Windows", "C:\\Program Files",
)  # fmt: skip

SeenBy = Literal["argument", "declared", "traced", "changed"]
Digest = Callable[
    [str], tuple[str, int] | None
]  #: absolute path -> SHA-256 and size, None when it cannot be had


class Seen(Struct, frozen=True, kw_only=True):
    """Everything that is known about files when a run is over. Paths of the project are relative to it."""

    root: Path
    before: Look
    after: Look
    testimony: Testimony
    arguments: list[str] = field(
        default_factory=list
    )  #: paths on the command line, the program's own left out
    declared_inputs: list[str] = field(default_factory=list)  #: patterns, or paths outside of the project
    declared_outputs: list[str] = field(default_factory=list)
    not_inputs: Collection[str] = ()  #: the program's own file and its parameter file
    held: Collection[str] = ()  #: sources that the commit or the patch holds
    theirs: Collection[str] = ()  #: paths that another run of the same time says it wrote
    others: bool = False  #: there was another run at the same time
    ignored: tuple[str, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """What went in, what came out."""

    inputs: dict[str, SeenBy]  #: path -> how we know
    outputs: dict[str, SeenBy]
    problems: list[str]


def inside(root: Path, path: str) -> str | None:
    """A path relative to the project, `/` between the parts; None when it lies outside of it."""
    base = str(root)
    real = os.path.normpath(path)
    if not real.startswith(base + os.sep):
        real = os.path.join(os.path.realpath(os.path.dirname(real)), os.path.basename(real))
    return real[len(base) + 1 :].replace(os.sep, "/") if real.startswith(base + os.sep) else None


def told_path(root: Path, path: str) -> str:
    """A path as a record tells it: relative to the project, or with `~` for the home folder, or absolute."""
    relative = inside(root, path)
    if relative is not None:
        return relative
    home = os.path.expanduser("~")
    path = os.path.normpath(path)
    return "~" + path[len(home) :] if home != os.sep and path.startswith(home + os.sep) else path


def sources_read(seen: Seen) -> list[str]:
    """Python sources of the project that were read: code, if git has them, else inputs."""
    found = (inside(seen.root, path) for path in seen.testimony.read if path.endswith(".py"))
    return sorted({path for path in found if path and not _of_tools(path)})


def found(seen: Seen) -> Found:
    """Inputs and outputs of a run."""
    outputs, problems = _outputs(seen)
    inputs = _inputs(seen, outputs)
    for pattern in seen.declared_outputs:
        if not any(matches(path, [pattern]) for path in outputs) and not os.path.isabs(pattern):
            problems.append(f"the declared output `{pattern}` was not written")
    for pattern in seen.declared_inputs:
        if not any(matches(path, [pattern]) or path == pattern for path in inputs):
            problems.append(f"the declared input `{pattern}` was not there")
    for side, files in (("inputs", inputs), ("outputs", outputs)):
        if len(files) > MOST:
            problems.append(f"{len(files)} {side} are too many to list: the first {MOST} are")
            for path in list(files)[MOST:]:
                del files[path]
    return Found(inputs=inputs, outputs=outputs, problems=problems)


def _outputs(seen: Seen) -> tuple[dict[str, SeenBy], list[str]]:
    wrote = {told_path(seen.root, path): path for path in seen.testimony.wrote}
    changed = written(seen.before, seen.after)
    problems: list[str] = []
    outputs: dict[str, SeenBy] = {}
    unsure: list[str] = []
    for path in changed:
        if path in wrote:
            outputs[path] = "traced"
        elif path in seen.theirs:
            continue
        else:
            outputs[path] = "changed"
            unsure += [path] if seen.others else []
    for path, place in wrote.items():
        # Where the look does not reach: outside of the project, or through a link that leads there.
        unseen = not os.path.realpath(place).startswith(str(seen.root) + os.sep)
        if unseen and path not in outputs and not _passed_over(seen, place) and os.path.isfile(place):
            outputs[path] = "traced"
    for path in seen.declared_outputs:
        if path in outputs or any(matches(each, [path]) for each in outputs):
            outputs |= {each: "declared" for each in outputs if matches(each, [path])}
        elif os.path.isabs(path) and os.path.isfile(path):
            outputs[told_path(seen.root, path)] = "declared"
    if unsure:
        problems.append(
            "another run was under way in the same project; it may be the one that wrote "
            + ", ".join(unsure[:5])
        )
    return outputs, problems


def _inputs(seen: Seen, outputs: Mapping[str, SeenBy]) -> dict[str, SeenBy]:
    inputs: dict[str, SeenBy] = {}
    read = {told_path(seen.root, path): path for path in seen.testimony.read}
    # What was opened for writing and is as it was before, was read: a database, a file opened as `r+`.
    read |= {
        told: path
        for path in seen.testimony.wrote
        if (told := told_path(seen.root, path)) in seen.before and told not in outputs
    }
    for path, place in sorted(read.items()):
        made_here = path in outputs and path not in seen.before
        gone = path in seen.before and not os.path.lexists(place)
        if made_here or path in seen.not_inputs or _passed_over(seen, place):
            continue
        if not gone and not os.path.isfile(place):
            continue
        if path.endswith(".py") and (inside(seen.root, place) is None or path in seen.held):
            continue
        inputs[path] = "traced"
    for path in seen.arguments:
        told = told_path(seen.root, path)
        if told not in outputs and told not in seen.not_inputs:
            inputs[told] = "argument"
    for pattern in seen.declared_inputs:
        if os.path.isabs(pattern):
            inputs[told_path(seen.root, pattern)] = "declared"
        else:
            inputs |= {
                path: "declared"
                for path in seen.before
                if matches(path, [pattern]) and path not in seen.not_inputs
            }
    return dict(sorted(inputs.items()))


def _passed_over(seen: Seen, place: str) -> bool:
    """Whether a file is of the system, of a tool or of an interpreter, and no data of anybody's."""
    if not os.path.isabs(place):
        return True
    path = inside(seen.root, place)
    if path is not None:
        if path.startswith("records/"):  # what is read of a run's results is data; its record is not
            return not path.startswith("records/artifacts/")
        return _of_tools(path) or matches(path, seen.ignored)
    if is_of_system(place):
        return True
    if not os.path.isfile(place) or _of_tools(place):
        return True
    libraries = (entry for entry in seen.testimony.search_path if os.path.isabs(entry))
    return any(place.startswith(entry + os.sep) for entry in libraries if inside(seen.root, entry) is None)


def is_of_system(place: str) -> bool:
    """Whether a file belongs to the operating system, or lies among temporary ones."""
    at_home = place.startswith(os.path.expanduser("~") + os.sep)
    return not at_home and place.startswith(tuple(f"{folder}{os.sep}" for folder in _SYSTEM))


def _of_tools(path: str) -> bool:
    parts = path.replace(os.sep, "/").split("/")
    return any(
        part in SKIPPED
        or part in ("site-packages", "dist-packages")
        or (part.startswith(".") and part != "..")
        for part in parts[:-1]
    ) or parts[-1].startswith(".params-")


def refs(
    files: Mapping[str, SeenBy], root: Path, digest: Digest, *, kept: Collection[str] = ()
) -> list[FileRef]:
    """Files as a record tells them, with the SHA-256 and size of each."""
    told = []
    for path, seen_by in files.items():
        content = digest(absolute(root, path))
        told.append(
            FileRef(
                path=path,
                sha256=content[0] if content else None,
                size=content[1] if content else None,
                seen_by=seen_by,
                artifact=path in kept,
            )
        )
    return told


def absolute(root: Path, path: str) -> str:
    """Where a path of a record lies on this machine."""
    return os.path.join(root, os.path.expanduser(path) if path.startswith("~/") else path)


def declared_places(root: Path, patterns: Sequence[str], before: Look) -> list[str]:
    """Absolute paths of the files that declared inputs mean before the run."""
    fixed = [pattern for pattern in patterns if os.path.isabs(pattern)]
    return fixed + [str(root / path) for path in before if matches(path, patterns)]
