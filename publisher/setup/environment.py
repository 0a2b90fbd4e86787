"""The environment of a project, made where users of its tool expect it, by the commands that they would type.

Unlike a re-run's, it is the project's own: it holds the project itself, and whatever else somebody put into it.
So packages are added and changed in it, and none is taken away; a folder that somebody else made is never removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
from pathlib import Path

from publisher.file_lock import hold
from publisher.model.files import LOCKS
from publisher.model.locks import LOCKED, Kind, entered_by, kind_of, place_of
from publisher.model.project import Project
from publisher.setup.piece import Piece, State
from publisher.store.cache import cache_folder
from publisher.store.environments import name_of
from publisher.store.folder import write_whole
from publisher.supply.credentials import for_installers
from publisher.supply.inside import LeadsOut, inside
from publisher.supply.locks import install_conda, installer_of, pins_nothing
from publisher.supply.programs import Complaint, NoEnvironment, not_installed, program, said, uv_program
from publisher.supply.venvs import for_uv, interpreter_in, make_venv, pinned_python, uv_pip

_BEGUN = "begun"  #: in a note: the folder is ours, and what is in it may be a half
_CHANGE = re.compile(r"^ [+~-] \S", re.MULTILINE)  #: a line of uv about what it would install or remove


def lock_of(project: Project) -> str | None:
    """The file that a project's environment is made from: the one that it names, else the first that is there.

    Returns:
        Its path in the project; None when it names none and holds none.

    Raises:
        NoEnvironment: The file that it names is not there, or nothing is made from what there is.
        LeadsOut: It names one outside of the project.
    """
    named = project.settings.lock
    if named is not None:
        if not inside(project.root, named).is_file():
            raise NoEnvironment("`environment:` in publisher.yml names it, and it is not here", where=named)
        found: str | None = named
    else:
        found = next((each for each in (*LOCKED, *LOCKS) if (project.root / each).is_file()), None)
    if found is not None and kind_of(found) is None:
        installer_of(found)  # it says what is known
    return found


def here(project: Project) -> Piece | None:
    """How the environment is here, without changing anything; None when the project asks for none."""
    return _told(project, change=False, python=None)


def made(project: Project, *, python: str | None) -> Piece | None:
    """Make the environment, unless it is right already; None when the project asks for none.

    Args:
        project: Whose.
        python: The version that recorded runs had, `3.11`; taken where the project pins none.
    """
    return _told(project, change=True, python=python)


def _told(project: Project, *, change: bool, python: str | None) -> Piece | None:
    lock = None
    try:
        lock = lock_of(project)
        if lock is None:
            return None
        kind, place = kind_of(lock), project.root / place_of(lock)
        if kind == "docker":
            return _docker(project.root, lock)
        if place.is_symlink() or os.path.realpath(place.parent) != str(place.parent):
            return _piece(place_of(lock), "other", "goes through a link", "remove the link")
        with hold(cache_folder(project) / "locks" / "environment") if change else contextlib.nullcontext():
            if kind in ("uv", "requirements", "pylock"):
                return _venv(project.root, lock, kind, place, change=change, python=python)
            return _with_note(project, lock, kind, place, change=change)
    except (NoEnvironment, LeadsOut) as error:
        where = f"{error.where}: " if error.where and error.where not in (lock, project.root) else ""
        told = f"cannot be made: {where}{error.what}"
        return _piece(lock or project.settings.lock or "environment", "unavailable", told, error.hint)
    except OSError as error:
        return _piece(lock or "environment", "unavailable", f"cannot be made: {error.strerror or error}")


def _docker(root: Path, lock: str) -> Piece:
    name = re.sub(r"[^a-z0-9]+", "-", root.name.lower()).strip("-") or "paper"
    build = shlex.join(["docker", "build", "--tag", name, "--file", lock, "."])
    return _piece(lock, "yours", "is built by Docker", f"{build} && docker run --rm -it {name}")


# -- virtual environments, which uv compares with their file ---------------------------------------------------


def _venv(
    root: Path, lock: str, kind: Kind | None, place: Path, *, change: bool, python: str | None
) -> Piece:
    uv, name = uv_program(), place_of(lock)
    there = interpreter_in(place).exists()
    if there and _unchanged(uv, root, lock, kind, place):
        return _piece(name, "right", f"is as {lock} says", entered_by(lock))
    if not change:
        return _piece(
            name, "missing", f"is not as {lock} says" if there else f"is not here, and is made from {lock}"
        )
    asked_for = pinned_python((root / lock).parent) or python or ""
    try:
        # uv finds by itself what a project of its own can do with, but not for a folder that a kill left there.
        if not there and (asked_for or kind != "uv" or place.exists()):
            make_venv(uv, place, asked_for or "3")
        _installed(uv, root, lock, kind, place, [])
    except Complaint as complaint:
        raise not_installed(lock, str(complaint)) from complaint
    unpinned = kind == "requirements" and pins_nothing((root / lock).read_text("utf-8", "replace"))
    pity = ", which pins no version and so brings others each day" if unpinned else ""
    return _piece(
        name, "done", f"was {'brought up to' if there else 'made from'} {lock}{pity}", entered_by(lock)
    )


def _unchanged(uv: str, root: Path, lock: str, kind: Kind | None, place: Path) -> bool:
    """Whether uv would change nothing. It asks nobody: what it would have to ask for is not here."""
    try:
        return not _CHANGE.search(_installed(uv, root, lock, kind, place, ["--dry-run", "--offline"]))
    except Complaint:
        return False


def _installed(uv: str, root: Path, lock: str, kind: Kind | None, place: Path, also: list[str]) -> str:
    """Have uv install what is locked; what it says."""
    if kind != "uv":
        return uv_pip(uv, place, ["install", *also, "--requirements", str(root / lock)], None, root)
    command = [uv, "sync", "--frozen", "--inexact", *also, "--project", str((root / lock).parent)]
    if interpreter_in(place).exists():
        command += ["--python", str(interpreter_in(place))]
    return said(command, root, for_uv() | {"UV_PROJECT_ENVIRONMENT": str(place)})


# -- those of conda's kin, which a note tells about ------------------------------------------------------------


def _with_note(project: Project, lock: str, kind: Kind | None, place: Path, *, change: bool) -> Piece:
    """Make an environment whose program does not say whether it is right: a note in the cache does."""
    root, name = project.root, place_of(lock)
    note = cache_folder(project) / "setup" / f"{name.replace('/', '-')}.txt"
    noted = note.read_text("utf-8") if note.is_file() else None
    content = _content(root, lock)
    if place.is_dir() and noted == content:
        return _piece(name, "right", f"is as {lock} says", entered_by(lock))
    if kind != "pixi" and os.path.lexists(place) and noted is None:
        return _piece(
            name, "other", "is here, and was not made by publisher setup", "remove it, and set up again"
        )
    if not change:
        there = place.is_dir() and noted not in (None, _BEGUN)
        return _piece(
            name, "missing", f"is not as {lock} says" if there else f"is not here, and is made from {lock}"
        )
    if kind == "pixi":
        _pixi(root, lock)
    else:
        # The note comes first: a folder that a kill left is known to be ours, and may be removed.
        write_whole(note, _BEGUN.encode())
        if place.exists():
            shutil.rmtree(place)
        install_conda(place, root, lock, "")
        (place / ".gitignore").write_text("*\n", "utf-8")
    write_whole(note, content.encode())
    return _piece(name, "done", f"was made from {lock}", entered_by(lock))


def _content(root: Path, lock: str) -> str:
    """A name for everything that decides what is in it: the lock file, and the manifest beside it."""
    beside = (root / lock).parent
    files = [
        root / lock,
        *(beside / each for each in ("pixi.toml", "pyproject.toml") if (beside / each).is_file()),
    ]
    return name_of("\0".join(each.read_bytes().decode("utf-8", "replace") for each in files))


def _pixi(root: Path, lock: str) -> None:
    pixi, beside = program("pixi"), (root / lock).parent
    manifest = next((each for each in ("pixi.toml", "pyproject.toml") if (beside / each).is_file()), None)
    if manifest is None:
        raise NoEnvironment("there is no pixi.toml beside it", where=lock)
    command = [pixi, "install", "--frozen", "--manifest-path", str(beside / manifest)]
    try:
        said(command, root, for_installers(os.environ))
    except Complaint as complaint:
        raise not_installed(lock, str(complaint)) from complaint


def _piece(name: str, state: State, told: str, hint: str = "") -> Piece:
    return Piece(kind="environment", name=name, state=state, told=told, hint=hint)
