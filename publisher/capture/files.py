"""Which files went into a run and which came out of it: decided from all that was seen. Pure, but for digests.

An output is claimed on evidence (decision 17): Python traced the write, or the user named the path. That a file
merely changed counts only while nothing else was under way in the project. What a run beside this one may have
written as well belongs to neither.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from publisher.errors import one_of
from publisher.model.files import is_parameters_copy
from publisher.model.patterns import matches
from publisher.model.record import FileRef
from publisher.probe.testimony import Testimony
from publisher.probe.tree import SKIPPED, Look, written

MOST = 20_000  #: files that one record lists on each side
MOST_UNCERTAIN = 1_000

_SYSTEM = (
    "/proc", "/sys", "/dev", "/run", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/var", "/tmp",
    "/System", "/Library", "/private/var", "/private/tmp", "/private/etc", "/opt/homebrew",
    "C:\\Windows", "C:\\Program Files",
)  # fmt: skip

SeenBy = Literal["argument", "declared", "traced", "changed"]
Digest = Callable[
    [str], tuple[str, int] | None
]  #: absolute path -> SHA-256 and size, None when it cannot be had


class Beside(Struct, frozen=True, kw_only=True):
    """Another run, or a build of ours, that was under way during any part of this run."""

    name: str  #: id of the run; of a build, what it is
    is_run: bool = True
    wrote: frozenset[str] = frozenset()  #: paths that it traced, as a record tells them; also of folders
    inodes: frozenset[int] = frozenset()  #: of those of them that have several names
    declared: tuple[str, ...] = ()  #: paths and patterns that its user says it writes
    watched: bool = False  #: whatever it wrote is in `wrote`
    program: str | None = None  #: its file, or the word that it is called by; None where that says nothing
    words: tuple[str, ...] = ()  #: of its command
    inner: bool = False  #: the program of this run started it


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
    named_outputs: Collection[str] = ()  #: paths that a step names for its metrics and figures, or patterns
    program: str | None = None  #: as of those beside it
    watched: bool = (
        False  #: whatever this run wrote is in its testimony, but for what libraries write by themselves
    )
    beside: Sequence[Beside] = ()
    unsteady: Collection[str] = ()  #: paths whose content changed after the look, before it was read
    ignored: tuple[str, ...] = ()


class Found(Struct, frozen=True, kw_only=True):
    """What went in, what came out."""

    inputs: dict[str, SeenBy]  #: path -> how we know
    outputs: dict[str, SeenBy]
    uncertain: dict[str, SeenBy]  #: what this run or another wrote
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


def all_names(root: Path, paths: Sequence[str]) -> set[str]:
    """Paths as a record tells them, also as they are when links on the way to them are followed."""
    return {told_path(root, name) for path in paths for name in (path, os.path.realpath(path))}


def sources_read(seen: Seen) -> list[str]:
    """Python sources of the project that were read: code, if git has them, else inputs."""
    found = (inside(seen.root, path) for path in seen.testimony.read if path.endswith(".py"))
    return sorted({path for path in found if path and not _of_tools(path)})


def found(seen: Seen) -> Found:
    """Inputs and outputs of a run."""
    outputs, uncertain, problems = _outputs(seen)
    written_by_somebody = outputs | uncertain
    inputs = _inputs(seen, written_by_somebody)
    for pattern in seen.declared_outputs:
        if not any(matches(path, [pattern]) for path in written_by_somebody) and not os.path.isabs(pattern):
            problems.append(f"the declared output `{pattern}` was not written")
    for pattern in seen.declared_inputs:
        if not any(matches(path, [pattern]) or path == pattern for path in inputs):
            problems.append(f"the declared input `{pattern}` was not there")
    sides = (
        ("inputs", inputs, MOST),
        ("outputs", outputs, MOST),
        ("uncertain files", uncertain, MOST_UNCERTAIN),
    )
    for side, files, most in sides:
        if len(files) > most:
            problems.append(f"{len(files)} {side} are too many to list: the first {most} are")
            for path in list(files)[most:]:
                del files[path]
    return Found(inputs=inputs, outputs=outputs, uncertain=uncertain, problems=problems)


def _outputs(seen: Seen) -> tuple[dict[str, SeenBy], dict[str, SeenBy], list[str]]:
    """What is certainly this run's, what another may have written as well, and what is to be said about it."""
    outputs: dict[str, SeenBy] = {}
    uncertain: dict[str, SeenBy] = {}
    doubted: dict[str, list[str]] = {}  #: name of what was under way beside -> paths
    unsteady: list[str] = []
    traced = {told_path(seen.root, path): path for path in seen.testimony.wrote}
    mine = all_names(seen.root, [*seen.testimony.wrote, *seen.testimony.named]) if seen.beside else set()
    names = [*seen.declared_outputs, *seen.named_outputs]
    named = {told_path(seen.root, each) if os.path.isabs(each) else each.removeprefix("./") for each in names}
    for path, seen_by in _candidates(seen, traced).items():
        rivals = _rivals(seen, path, traced=is_among(path, mine), named=path in named)
        if rivals is None:
            continue
        if rivals or path in seen.unsteady:
            uncertain[path] = seen_by
            unsteady += [] if rivals else [path]
        else:
            outputs[path] = seen_by
        for rival in rivals:
            doubted.setdefault(rival, []).append(path)
    problems = []
    if doubted:
        problems.append(_doubt(doubted))
    if unsteady:
        problems.append(
            f"{one_of(unsteady)} changed after the program had ended: listed as uncertain, without a digest"
        )
    return outputs, uncertain, problems


def _candidates(seen: Seen, traced: Mapping[str, str]) -> dict[str, SeenBy]:
    """Every file that this run may have written, and how we know of it.

    Args:
        seen: Everything that is known.
        traced: Path of each file that Python opened for writing, as a record tells it -> absolute.
    """
    found: dict[str, SeenBy] = {}
    for path in written(seen.before, seen.after):
        found[path] = "traced" if path in traced else "changed"
    for path, place in traced.items():
        # Where the look does not reach: outside of the project, or through a link that leads there.
        unseen = not os.path.realpath(place).startswith(str(seen.root) + os.sep)
        if unseen and path not in found and not _passed_over(seen, place) and os.path.isfile(place):
            found[path] = "traced"
    for path in seen.declared_outputs:
        found |= {each: "declared" for each in found if matches(each, [path])}
        if os.path.isabs(path) and os.path.isfile(path):
            found[told_path(seen.root, path)] = "declared"
    return found


def _rivals(seen: Seen, path: str, *, traced: bool, named: bool) -> list[str] | None:
    """What else may have written a file, by name; None when another wrote it and this run did not.

    Args:
        seen: Everything that is known.
        path: Of the file.
        traced: Python opened it for writing, in this run, or moved it there.
        named: The user named exactly this path among what this run writes.
    """
    evidence = traced or named
    inode = seen.after[path][3] if path in seen.after else None
    writers = [each for each in seen.beside if is_among(path, each.wrote) or inode in each.inodes]
    if not evidence and any(each.inner or not each.is_run or seen.watched for each in writers):
        return None
    names_its_own = bool(seen.declared_outputs or seen.named_outputs)
    if not evidence and names_its_own and any(path in each.declared for each in seen.beside):
        return None  # where both name their files they are taken at their word
    rivals = []
    for each in seen.beside:
        if each.inner:
            continue
        contested = each in writers or matches(path, each.declared)
        # Python tells what it opens; what a library of it writes by itself is not told. Of other programs nothing
        # is known but what their users say.
        doubtful = each.is_run and not evidence if each.watched else not named or _may_mean(each, seen, path)
        rivals += [each.name] if contested or doubtful else []
    return rivals


def is_among(path: str, written: Collection[str]) -> bool:
    """Whether a path, or a folder that it lies in, is one of some paths."""
    while path:
        if path in written:
            return True
        path = path.rpartition("/")[0]
    return False


def _may_mean(other: Beside, seen: Seen, path: str) -> bool:
    """Whether what was under way beside, and tells nothing, may have written a file that this run's user named.

    One whose user names its files is taken at its word. Of one that names none, it is likely where its command
    names the file, or it is a run of the same program.
    """
    if other.declared:
        return False
    name = path.rpartition("/")[2]
    same = other.program is not None and other.program == seen.program
    return not other.is_run or same or any(name in word for word in other.words)


def _doubt(doubted: Mapping[str, Sequence[str]]) -> str:
    """What is said of files that others may have written, and how it is avoided."""
    names = [name[:7] if _is_id(name) else name for name in doubted]
    paths = sorted({path for each in doubted.values() for path in each})
    were = "another run was" if len(names) == 1 else f"{len(names)} other runs were"
    if not any(map(_is_id, doubted)):
        were = "publisher was"
    return (
        f"{were} under way in the same project ({one_of(names)}) and may have written {one_of(paths)}: listed "
        "as uncertain, without digests or metrics. To run side by side, give each run an output folder of its own "
        "and name its files (`--output FILE`, or `outputs:` of a step)"
    )


def _is_id(name: str) -> bool:
    return len(name) == 12 and all(each in "0123456789abcdef" for each in name)


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
    ) or is_parameters_copy(parts[-1])


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
