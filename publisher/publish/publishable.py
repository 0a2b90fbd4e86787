"""Which files of a repository may go into its site.

A link, a path in a page or a folder that a configuration names can lead to any file of the machine that builds,
and the site is public. So a file that is reached through a link, or by a path that a text names, has to be one
that git tracks. It does not know what generators do with files.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from publisher.errors import BrokenSite
from publisher.probe import git
from publisher.probe.git import NoAnswer, Repository
from publisher.safe_io import first_link

_HINT = "remove it, or put the file itself in its place"


class Publishable:
    """Decides for one project."""

    def __init__(self, root: Path) -> None:
        """Say whose.

        Args:
            root: The project's folder.
        """
        self._root = Path(os.path.realpath(root))
        self._repository = _repository(self._root)
        self._top = Path(os.path.realpath(self._repository.top)) if self._repository else self._root
        self._tracked: dict[str, bool] = {}

    def refuse_unpublishable(self, folder: Path) -> None:
        """Look at every file below a folder whose content becomes part of the site.

        Args:
            folder: The folder, as the configuration names it.

        Raises:
            BrokenSite: The folder is outside of the repository or in git's own, or in it there is a link to
                something that git does not track, or something that is no file.
        """
        real = Path(os.path.realpath(folder))
        if not self._is_inside(real):
            raise BrokenSite(
                "is outside of the repository, so what is in it is not published",
                where=folder,
                hint="name a folder of the repository",
            )
        if real == self._top and self._repository:
            raise BrokenSite("is the whole repository, so it cannot be published", where=folder)
        links: list[tuple[Path, Path]] = []
        for each in _entries(real):
            shown = folder / each.path.relative_to(real)
            if stat.S_ISLNK(each.mode):
                links += self._files_behind(each.path, shown, real)
            elif not stat.S_ISREG(each.mode):
                raise BrokenSite("is no regular file, and cannot be published", where=shown, hint=_HINT)
        self._ask_for([target for _, target in links])
        for shown, target in links:
            if not self._is_tracked(target):
                raise BrokenSite(
                    f"is a symbolic link to {self._named(target)}, which git does not track: it is not published",
                    where=shown,
                    hint=f"{_HINT}, or commit the file that it leads to",
                )

    def allows(self, path: str | Path) -> bool:
        """Whether a file may be taken that a text names by its path: only what git tracks.

        Where there is no git, any file of the project that no link leads to.
        """
        target = Path(os.path.realpath(path))
        if not self._is_inside(target) or not target.is_file():
            return False
        if self._repository is None:
            return first_link(self._root, Path(path)) is None
        return self._is_tracked(target)

    def _files_behind(self, link: Path, shown: Path, folder: Path) -> Iterator[tuple[Path, Path]]:
        """Every file that a generator finds when it follows a link, with the link."""
        target = Path(os.path.realpath(link))
        if not target.is_dir():
            yield shown, target
            return
        if (
            not self._is_inside(target)
            or target == folder
            or folder in target.parents
            or target in folder.parents
        ):
            raise BrokenSite(
                f"is a symbolic link to the folder {self._named(target)}: it is not published",
                where=shown,
                hint=_HINT,
            )
        for each in _entries(target):
            if not stat.S_ISREG(each.mode):
                raise BrokenSite(
                    f"leads to {self._named(each.path)}, which is no regular file", where=shown, hint=_HINT
                )
            yield shown, each.path

    def _is_inside(self, real: Path) -> bool:
        if real != self._top and self._top not in real.parents:
            return False
        return ".git" not in (part.lower() for part in real.relative_to(self._top).parts)

    def _is_tracked(self, real: Path) -> bool:
        if not self._is_inside(real):
            return False
        if self._repository is None:
            return True
        self._ask_for([real])
        return self._tracked[str(real)]

    def _ask_for(self, files: list[Path]) -> None:
        asked = {
            str(each): each.relative_to(self._top).as_posix()
            for each in files
            if str(each) not in self._tracked and self._is_inside(each)
        }
        if asked and self._repository:
            try:
                tracked = git.tracked(self._repository, list(asked.values()))
            except NoAnswer as error:
                raise BrokenSite(
                    f"git does not say which files it tracks: {error}", where=self._top
                ) from error
            self._tracked |= {place: path in tracked for place, path in asked.items()}

    def _named(self, place: Path) -> str:
        return place.relative_to(self._top).as_posix() if self._is_inside(place) else "somewhere else"


class _Entry(Struct, frozen=True):
    path: Path
    mode: int  #: of the file or the link itself


def _entries(folder: Path) -> Iterator[_Entry]:
    """Everything below a folder but folders; no link is followed."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(Path(entry.path))
        else:
            yield _Entry(Path(entry.path), entry.stat(follow_symlinks=False).st_mode)


def _repository(root: Path) -> Repository | None:
    try:
        return git.repository_at(root)
    except NoAnswer as error:
        raise BrokenSite(f"git does not say which files it tracks: {error}", where=root) from error
