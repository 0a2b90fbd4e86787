"""Which code is about to run: what git says, and the difference from the commit as a patch."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path

from msgspec import Struct

from publisher.capture.blind_spots import not_seen
from publisher.capture.files import inside as within
from publisher.errors import CodeNotCommitted, one_of
from publisher.model.files import BUILT, is_parameters_copy
from publisher.model.patterns import matches
from publisher.model.project import OnDirty, Project
from publisher.model.record import Code
from publisher.model.secrets import Masking, keeps_secrets
from publisher.probe import git
from publisher.probe.testimony import testimony_in
from publisher.store import live
from publisher.store.cache import HERE, cache_folder, own_folders
from publisher.store.folder import write_whole

MOST_CHANGED = 2000  #: changed files that a record lists
MOST_REMEMBERED = 1_000_000  #: bytes of that list from which on it is looked through
WRITTEN = "written"  #: cache: paths that earlier runs wrote, so that they are not taken for code


class CodeState(Struct, frozen=True, kw_only=True):
    """The code, and what has to be kept of it."""

    code: Code
    patch: bytes = b""
    repository: git.Repository | None = None
    problems: list[str]


def code_state(project: Project, *, on_dirty: OnDirty, outputs: Sequence[str], scratch: Path) -> CodeState:
    """The state of the code before a run.

    Args:
        project: Where.
        on_dirty: What to do when the working tree differs from its commit.
        outputs: Patterns of files that are results, not code.
        scratch: A folder of ours, for a copy of git's index.

    Raises:
        CodeNotCommitted: It differs, and `on_dirty` is `error`.
    """
    git.look_again()
    try:
        repository = git.repository_at(project.root)
        if repository is None:
            _refuse_damaged(project)
            return CodeState(code=Code(version_control="none"), problems=[])
        prefix = _prefix(project, repository)
        status = git.status(repository, _ours(project, prefix))
    except git.NoAnswer as error:
        return CodeState(
            code=Code(version_control="unknown"), problems=[f"the state of the code is unknown: {error}"]
        )
    results = written_before(project) | written_now(project)
    built = _built(project, status.changed, prefix)
    changed = [each for each in status.changed if _is_code(each, prefix, outputs, results, built)]
    if changed and on_dirty == "error":
        raise CodeNotCommitted(
            f"{len(changed)} {'file differs' if len(changed) == 1 else 'files differ'} from "
            f"{(status.commit or 'nothing')[:10]}: {one_of(each.path for each in changed)}",
            where=project.root,
            hint="commit them, or set `on_dirty: patch` to keep the difference in the record",
        )
    try:
        problems = not_seen(repository, changed)
    except git.NoAnswer as error:
        problems = [f"not all of the state of the code is known: {error}"]
    if len(changed) > MOST_CHANGED:
        problems.append(
            f"{len(changed)} files differ from the commit, too many to list: the first {MOST_CHANGED} are"
        )
        changed = changed[:MOST_CHANGED]
    patch = b""
    left_out: list[str] = []
    if changed and on_dirty == "patch":
        try:
            patch, left_out = _patch(project, repository, status, changed, scratch)
        except (git.NoAnswer, OSError) as error:
            problems.append(f"the changes to the code could not be kept: {error}")
        if left_out:
            problems.append(f"changes that the patch does not hold: {one_of(left_out)}")
    code = Code(
        commit=status.commit,
        branch=status.branch,
        swhid=f"swh:1:rev:{status.commit}" if status.commit and repository.object_format == "sha1" else None,
        object_format=repository.object_format if repository.object_format != "sha1" else None,
        shallow=repository.shallow,
        linked_worktree=repository.linked_worktree and repository.superproject is None,
        changed=[each.path for each in changed],
        left_out=left_out,
    )
    return CodeState(code=code, patch=patch, repository=repository, problems=problems)


def _refuse_damaged(project: Project) -> None:
    """A `.git` that git does not take for one.

    Raises:
        NoAnswer: There is one.
    """
    found = next((each for each in (project.root, *project.root.parents) if (each / ".git").exists()), None)
    if found is not None:
        raise git.NoAnswer(f"there is a .git in {found.name or found}, which git takes for no repository")


def _prefix(project: Project, repository: git.Repository) -> str:
    """What leads from the top of the repository to the project: empty, or a path that ends with `/`."""
    inside = os.path.relpath(project.root, os.path.realpath(repository.top)).replace(os.sep, "/")
    return "" if inside == "." else f"{inside}/"


def _ours(project: Project, prefix: str) -> list[str]:
    """What publisher itself writes, and git need not look at."""
    return [f"{prefix}{each}" for each in ("records", HERE, *own_folders(project))]


def _built(project: Project, changed: Sequence[git.Changed], prefix: str) -> set[str]:
    """Folders with new files that are sites which we built, relative to the project."""
    new = (each.path.removeprefix(prefix).split("/") for each in changed if each.kind == "??")
    folders = {"/".join(parts[:depth]) for parts in new for depth in range(1, len(parts))}
    return {folder for folder in folders if (project.root / folder / BUILT).is_file()}


def _is_code(
    change: git.Changed, prefix: str, outputs: Sequence[str], results: Collection[str], built: Collection[str]
) -> bool:
    """Whether a change is one of code: no new result of an earlier run, and nothing that is made by the way."""
    if change.kind == "??" and (change.path.endswith(".pyc") or "__pycache__" in change.path.split("/")):
        return False
    if not change.path.startswith(prefix):
        return True
    inside = change.path[len(prefix) :]
    if is_parameters_copy(inside):
        return False
    if change.kind != "??":
        return True
    if any(inside.startswith(f"{folder}/") for folder in built):
        return False
    return not (matches(inside, outputs) or inside in results)


def _patch(
    project: Project,
    repository: git.Repository,
    status: git.Status,
    changed: Sequence[git.Changed],
    scratch: Path,
) -> tuple[bytes, list[str]]:
    """The patch, and the changed files that it does not hold.

    What is tracked comes first; then new files, the smallest first, as long as there is room.
    """
    limit = project.settings.limits.bytes_of("patch")
    ours = _ours(project, _prefix(project, repository))
    old = [each.path for each in changed if each.kind != "??"]
    new = sorted((size, path) for path, size in _new_texts(repository, changed, limit).items())
    room = limit - (len(git.patch_of(repository, status.commit, [], ours, scratch)) if old and new else 0)
    taken: list[str] = []
    for size, path in new:
        room -= size + 200  # what the patch says about a new file
        if room < 0:
            break
        taken.append(path)
    data = git.patch_of(repository, status.commit, taken, ours, scratch)
    if len(data) > limit:
        return b"", [each.path for each in changed]
    held = {*old, *taken}
    return data, [each.path for each in changed if each.path not in held]


def _new_texts(repository: git.Repository, changed: Sequence[git.Changed], limit: int) -> dict[str, int]:
    """New files that may go into a patch, with their sizes: texts that do not look like a place for secrets."""
    found = {}
    for each in changed:
        place = repository.top / each.path
        try:
            size = place.stat().st_size if each.kind == "??" and place.is_file() else limit + 1
        except OSError:
            continue
        if size <= limit and not keeps_secrets(each.path) and git.is_text(place):
            found[each.path] = size
    return found


def masked_patch(patch: bytes, masking: Masking) -> tuple[bytes, bool]:
    """A patch without credentials, and whether it held any: then it no longer restores those lines."""
    text = patch.decode("utf-8", "surrogateescape")
    shown = masking.patch(text)
    return (patch, False) if shown == text else (shown.encode("utf-8", "surrogateescape"), True)


def written_before(project: Project) -> frozenset[str]:
    """Paths that earlier runs wrote, from the cache; without it more files count as code, and nothing is lost."""
    try:
        return frozenset(os.fsdecode((cache_folder(project) / WRITTEN).read_bytes()).split("\0"))
    except OSError:
        return frozenset()


def written_now(project: Project) -> frozenset[str]:
    """Paths that runs under way say they wrote."""
    places = [place.witness for place in live.others(project, "")]
    told = (path for place in places for path in testimony_in(place).wrote)
    return frozenset(inside for path in told if (inside := within(project.root, path)))


def remember_written(project: Project, paths: Sequence[str]) -> None:
    """Add paths to the cache of what runs wrote; once it is long, those that are gone are forgotten."""
    known = written_before(project)
    if known.issuperset(paths):
        return
    place = cache_folder(project) / WRITTEN
    if place.exists() and place.stat().st_size > MOST_REMEMBERED:
        there = [path for path in {*known, *paths} if path and os.path.lexists(project.root / path)]
        write_whole(place, b"".join(os.fsencode(path) + b"\0" for path in sorted(there)))
        return
    with open(place, "ab") as cache:
        cache.write(b"".join(os.fsencode(path) + b"\0" for path in paths if path not in known))
