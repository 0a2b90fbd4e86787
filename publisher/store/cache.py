"""Where publisher keeps what can be made again, and which of it may be believed.

Everything that is believed (the index, rendered pages, environments) lies in the user's own cache, which no
repository can write to: a clone may bring a `.publisher` with links or forged files in it, and a pull may add
some later. In the project there is only `.publisher/live`, where runs under way find each other, also those that
another machine or a container started in the same folder. It is used when `.publisher` carries our token: a
message authentication code of its place, made with a key that only this user has.

Nothing here raises because a folder cannot be made: whoever writes into it will say so.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import sys
import time
from pathlib import Path

from publisher.model.project import Project
from publisher.safe_io import open_folder, open_regular, read_regular

HERE = ".publisher"  #: in a project
TOKEN = "token"  #: in `.publisher`: what says that we made it, here
_KEY = "token.key"  #: in the user's configuration; by its ending no patch of ours takes it in
_PLACE = "project"  #: in a project's part of the user's cache: whose it is
_UNUSED = 30 * 86_400  #: seconds after which what is kept for a project that is gone is removed
_NEW = re.compile(re.escape(HERE) + r"\.[0-9a-f]{8}\.new")  #: a `.publisher` that is being made
_IGNORED = b"# made by publisher; all of this can be deleted\n*\n"


def user_cache() -> Path:
    """Return the folder in which this user's caches of all projects are.

    It is `$PUBLISHER_CACHE`, else `publisher` where the system has its caches (`$XDG_CACHE_HOME`).
    Where that cannot be written, or is somebody else's, it is a folder among the temporary ones that only this
    user can enter.
    """
    chosen = os.environ.get("PUBLISHER_CACHE", "")
    base = Path(os.path.abspath(chosen)) if chosen else _system_folder("CACHE") / "publisher"
    if _is_own(base, make=True, anybodys=bool(chosen)):
        return base
    beside = Path(_temporary_folder(), f"publisher-{os.getuid() if sys.platform != 'win32' else 'user'}")
    return beside if _is_own(beside, make=True, private=True) else base


def cache_folder(project: Project) -> Path:
    """Return the folder for what is remembered of a project and can be made again; it is made when it is missing.

    It depends on where the project is and on which folder that is: another clone at the same place has another.
    """
    if project.cache is not None:
        folder = project.cache
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        return folder
    projects = user_cache() / "projects"
    folder = projects / _name(project.root)
    if not folder.is_dir():
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            (folder / _PLACE).write_bytes(os.fsencode(project.root))
            _sweep(projects)
    return folder


def live_folder(project: Project, *, make: bool = False) -> Path:
    """Return the folder in which runs under way in a project find each other; it may be missing.

    It is in `.publisher`; where that is not ours (see `untrusted`) or cannot be made it is in the user's cache,
    where runs of the same user on the same machine still find each other.

    Args:
        project: Whose.
        make: Whether a missing `.publisher` is made, because something is about to be put there.
    """
    here = project.root / HERE
    if _is_ours(here) or (make and not os.path.lexists(here) and _made(here)):
        live = here / "live"
        if not live.is_symlink():
            return live
    return cache_folder(project) / "live"


def untrusted(project: Project) -> str:
    """Return why the project's `.publisher` is not used, as the end of a sentence; empty when nothing is wrong."""
    here = project.root / HERE
    if not os.path.lexists(here) or _is_ours(here):
        return ""
    if here.is_symlink():
        return "it is a symbolic link"
    if not here.is_dir():
        return "it is not a folder"
    if sys.platform != "win32" and here.lstat().st_uid != os.getuid():
        return "it belongs to another user"
    return "it was not made here by this installation for this user; it may have come with the repository"


def own_folders(project: Project) -> list[str]:
    """Return which of the user's folders of ours are inside the project, relative to it.

    So it is where a home directory is a project, or a variable puts the cache there: what is in them is nobody's
    output and nobody's code.
    """
    folders = (user_cache(), _system_folder("CONFIG") / "publisher")
    inside = (Path(os.path.realpath(each)) for each in folders)
    return [each.relative_to(project.root).as_posix() for each in inside if project.root in each.parents]


# -- the user's folders ----------------------------------------------------------------------------------------


def _system_folder(kind: str) -> Path:
    """The place that a system has for its user's caches or settings; `kind` is CACHE or CONFIG."""
    named = os.environ.get(f"XDG_{kind}_HOME", "")
    if os.path.isabs(named):
        return Path(named)
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA" if kind == "CACHE" else "APPDATA") or home / "AppData")
    if sys.platform == "darwin":
        return home / "Library" / ("Caches" if kind == "CACHE" else "Application Support")
    return home / f".{kind.lower()}"


def _temporary_folder() -> str:
    # (Importing tempfile takes longer than all that is done here.)
    return next((found for name in ("TMPDIR", "TEMP", "TMP") if (found := os.environ.get(name))), "/tmp")


def _is_own(folder: Path, *, make: bool = False, private: bool = False, anybodys: bool = False) -> bool:
    """Whether a folder can be written and is this user's.

    Args:
        folder: Which.
        make: Whether it is made when it is missing.
        private: Whether it has to be closed to all others, too.
        anybodys: Whether it may belong to somebody else, because this user chose it.
    """
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.lstat() if private else folder.stat()
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode) or not os.access(folder, os.W_OK | os.X_OK):
        return False
    if sys.platform == "win32" or anybodys:
        return True
    return found.st_uid == os.getuid() and not (private and found.st_mode & 0o077)


def _name(root: Path) -> str:
    """Name a project's part of the cache: a readable beginning, and a digest of where and which folder it is."""
    try:
        inode = os.stat(root).st_ino
    except OSError:
        inode = 0
    told = os.fsencode(root) + f"\0{inode}".encode()
    readable = re.sub(r"[^A-Za-z0-9_-]+", "-", root.name).strip("-")[:40] or "project"
    return f"{readable}-{hashlib.sha256(told).hexdigest()[:20]}"


def _sweep(projects: Path) -> None:
    """Remove what is kept for projects that are gone and were not used in a month."""
    oldest = time.time() - _UNUSED
    for entry in os.scandir(projects):
        with contextlib.suppress(OSError):
            folder = Path(entry.path)
            root = Path(os.fsdecode((folder / _PLACE).read_bytes()))
            if folder.lstat().st_mtime < oldest and _name(root) != entry.name:
                _remove(folder)


def _remove(folder: Path) -> None:
    import shutil

    for base, _, _ in os.walk(folder):  # environments are read-only
        with contextlib.suppress(OSError):
            os.chmod(base, stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


# -- the token of `.publisher` ---------------------------------------------------------------------------------


def _is_ours(here: Path) -> bool:
    """Whether `.publisher` is a folder of this user's that holds our token."""
    try:
        with open_folder(here.parent, here.name) as opened:
            return _holds_token(opened, here)
    except OSError:
        return False


def _holds_token(opened: Path | int, here: Path) -> bool:
    found = os.stat(opened)
    if sys.platform != "win32" and found.st_uid != os.getuid():
        return False
    at, path = (opened, Path(TOKEN)) if isinstance(opened, int) else (None, opened / TOKEN)
    token = read_regular(path, at=at, limit=1000)
    key = _key()
    return key is not None and token == _token(key, here, found.st_ino)


def _token(key: bytes, here: Path, inode: int) -> bytes:
    """The message authentication code of a place.

    The device's number is left out: on network file systems it is another on each machine and after each start.
    """
    told = os.fsencode(here) + f"\0{inode}".encode()
    return hashlib.blake2b(told, key=key, digest_size=32, person=b"publisher").hexdigest().encode() + b"\n"


def _made(here: Path) -> bool:
    """Make `.publisher` with its token, at once and whole: many who begin together all have the same."""
    key = _key(make=True)
    if key is None:
        return False
    new = here.with_name(f"{here.name}.{os.urandom(4).hex()}.new")
    try:
        new.mkdir()
        _write(new / ".gitignore", _IGNORED)
        _write(new / TOKEN, _token(key, here, os.stat(new).st_ino))
        _remove_unfinished(here, new, key)
        os.rename(new, here)
    except OSError:
        with contextlib.suppress(OSError):
            for each in list(new.iterdir()):
                each.unlink()
            new.rmdir()
        return _is_ours(here)
    return True


def _remove_unfinished(here: Path, but: Path, key: bytes) -> None:
    """Remove what a kill left of an earlier attempt; its token tells that it is ours."""
    for entry in os.scandir(here.parent):
        if _NEW.fullmatch(entry.name) and entry.name != but.name and entry.stat().st_mtime < time.time() - 60:
            with contextlib.suppress(OSError), open_folder(here.parent, entry.name) as opened:
                if _holds_token(opened, here):
                    for name in (".gitignore", TOKEN):
                        (here.parent / entry.name / name).unlink()
                    os.rmdir(entry.path)


def _key(*, make: bool = False) -> bytes | None:
    """The user's key, 32 random bytes; None when there is none and none can be made."""
    folder = _system_folder("CONFIG") / "publisher"
    path = folder / _KEY
    try:
        key = read_regular(path, limit=64)
        if len(key) >= 32:
            return key
    except FileNotFoundError:
        pass
    except OSError:
        return None
    if not make:
        return None
    part = folder / f".{_KEY}.{os.getpid()}-{os.urandom(3).hex()}.part"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            _write(part, os.urandom(32), mode=0o600)
            try:
                os.link(part, path)  # of many who begin together, one makes it
            except FileExistsError:
                pass
            except OSError:  # a file system that has no second names
                os.rename(part, path)
        finally:
            part.unlink(missing_ok=True)
        return read_regular(path, limit=64)
    return None


def _write(path: Path, data: bytes, mode: int = 0o644) -> None:
    with open(open_regular(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
