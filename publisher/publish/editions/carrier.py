"""The branch that carries all editions, read and written with pygit2; no working tree is touched.

It holds a single commit without parents, replaced at each publication: editions that stay share their content with
what was there, and no history of built sites piles up. A new state is made of objects that nobody refers to yet;
one update of the reference, which compares with what was seen, makes it the state. So a kill leaves the old one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pygit2
from msgspec import Struct
from pygit2.enums import FileMode, ObjectType

from publisher.errors import NotWritten, PublisherError, WrongUsage
from publisher.model.edition import SCHEMA, Editions
from publisher.model.files import BUILT
from publisher.probe import git

LISTED = "editions.json"  #: at the top of the branch: what is published
BUILT_REFS = "refs/publisher/editions/"  #: sites that were built and are not published yet


class EditionsDamaged(PublisherError):
    """The branch of editions is not what we would have written; nothing was changed."""


class RacedPast(PublisherError):
    """Somebody else published meanwhile; nothing was changed."""


class State(Struct, frozen=True, kw_only=True):
    """What the branch holds."""

    commit: str | None  #: None when there is no branch yet
    tree: str | None
    editions: Editions


class Carrier:
    """The objects of a repository, and the branch of editions in it."""

    def __init__(self, folder: Path, branch: str) -> None:
        """Open it.

        Args:
            folder: The repository's git folder, which linked worktrees share.
            branch: The branch's name: `gh-pages`.

        Raises:
            WrongUsage: No branch can be called so.
            EditionsDamaged: pygit2 cannot read this repository.
        """
        self.folder = folder
        self.branch = branch
        self.reference = f"refs/heads/{branch}"
        if not pygit2.reference_is_valid_name(self.reference):
            raise WrongUsage(f"`{branch}` is no name for a branch")
        try:
            self._repository = pygit2.Repository(str(folder))
        except (pygit2.GitError, KeyError) as error:
            raise EditionsDamaged(f"cannot be read: {error}", where=folder) from error

    def nothing(self) -> State:
        """What there is before the first publication."""
        return State(commit=None, tree=None, editions=Editions())

    # -- reading ---------------------------------------------------------------------------------------------

    def state(self, commit: str | None = None) -> State:
        """What the branch holds, or another commit of its kind.

        Raises:
            EditionsDamaged: Its list of editions is not there, cannot be read, or does not agree with its folders.
        """
        if commit is None:
            found = self._repository.references.get(self.reference)
            if found is None:
                return self.nothing()
            commit = str(found.resolve().target)
        tree = self._tree_of(commit)
        return State(commit=commit, tree=str(tree.id), editions=self._listed(tree))

    def here_or_at(self, remote: str) -> str | None:
        """The commit of the branch; where it is not here, what was last fetched of a remote's."""
        branch = self.reference.removeprefix("refs/heads/")
        for name in (self.reference, f"refs/remotes/{remote}/{branch}"):
            found = self._repository.references.get(name) if pygit2.reference_is_valid_name(name) else None
            if found is not None:
                return str(found.resolve().target)
        return None

    def _tree_of(self, commit: str) -> pygit2.Tree:
        try:
            return self._repository[commit].peel(pygit2.Tree)
        except (KeyError, ValueError, pygit2.GitError) as error:
            raise EditionsDamaged(
                f"commit {commit[:10]} cannot be read: {error}", where=self.reference
            ) from error

    def _listed(self, tree: pygit2.Tree) -> Editions:
        hint = "is it a branch of another tool? Name another one: --branch NAME"
        if LISTED not in tree:
            raise EditionsDamaged(
                f"holds no {LISTED}, so it is none of ours", where=self.reference, hint=hint
            )
        try:
            told = msgspec.json.decode(self.content(str(tree.id), LISTED) or b"", type=Editions)
        except (KeyError, msgspec.MsgspecError) as error:
            raise EditionsDamaged(
                f"{LISTED} cannot be read: {error}", where=self.reference, hint=hint
            ) from error
        if told.schema > SCHEMA:
            raise EditionsDamaged(
                f"{LISTED} is of schema {told.schema}, newer than this publisher knows ({SCHEMA})",
                where=self.reference,
                hint="update with `pip install -U provenance-publisher`",
            )
        for each in told.editions:
            if each.name not in tree or str(tree[each.name].id) != each.content:
                raise EditionsDamaged(
                    f"edition {each.name} is not what {LISTED} says: somebody changed it by hand",
                    where=self.reference,
                    hint="publish it again: publisher edition publish TAG --replace",
                )
        return told

    def addresses(self, tree: str) -> Iterator[str]:
        """Every file below a folder, by its path in it."""
        for entry in self._repository[tree].peel(pygit2.Tree):
            if entry.type == ObjectType.TREE:
                for inner in self.addresses(str(entry.id)):
                    yield f"{entry.name}/{inner}"
            else:
                yield str(entry.name)

    def content(self, tree: str, path: str) -> bytes | None:
        """What a file below a folder holds; None when it is not there."""
        try:
            found = self._repository[tree].peel(pygit2.Tree)[path]
        except KeyError:
            return None
        return bytes(found.data) if isinstance(found, pygit2.Blob) else None

    def differing(self, one: str, other: str) -> list[str]:
        """The files on which two folders differ, sorted."""
        first, second = (self._repository[each].peel(pygit2.Tree) for each in (one, other))
        deltas = first.diff_to_tree(second).deltas
        return sorted({path for each in deltas for path in (each.old_file.path, each.new_file.path) if path})

    def write_out(self, tree: str, folder: Path) -> int:
        """Write a tree's files into a folder, which is made; returns how many bytes they are."""
        folder.mkdir(parents=True, exist_ok=True)
        size = 0
        for entry in self._repository[tree].peel(pygit2.Tree):
            place = folder / str(entry.name)
            if isinstance(entry, pygit2.Tree):
                size += self.write_out(str(entry.id), place)
            elif isinstance(entry, pygit2.Blob):
                size += place.write_bytes(entry.data)
        return size

    # -- writing ---------------------------------------------------------------------------------------------

    def taken_in(self, folder: Path) -> str:
        """Take a folder's files in, but for our own note of what was built; returns the id of its tree.

        Raises:
            NotWritten: The repository takes nothing in: the disk is full, or may not be written.
        """
        with self._writing():
            return self._taken_in(folder)

    def _taken_in(self, folder: Path) -> str:
        builder = self._repository.TreeBuilder()
        for entry in sorted(os.scandir(folder), key=lambda each: each.name):
            if entry.is_symlink() or entry.name == BUILT:
                continue  # Pages take no links
            if entry.is_dir():
                builder.insert(entry.name, pygit2.Oid(hex=self._taken_in(Path(entry.path))), FileMode.TREE)
            else:
                builder.insert(entry.name, self._repository.create_blob_fromdisk(entry.path), FileMode.BLOB)
        return self._there(builder.write())

    def tree(self, files: Mapping[str, bytes], folders: Mapping[str, str]) -> str:
        """A tree of files by their paths, and of folders at its top that are there already, by their ids.

        Raises:
            NotWritten: As for `taken_in`.
        """
        with self._writing():
            return self._tree(files, folders)

    def _tree(self, files: Mapping[str, bytes], folders: Mapping[str, str]) -> str:
        inner: dict[str, dict[str, bytes]] = {}
        builder = self._repository.TreeBuilder()
        for path, data in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                inner.setdefault(name, {})[rest] = data
            else:
                builder.insert(name, self._repository.create_blob(data), FileMode.BLOB)
        for name, held in inner.items():
            builder.insert(name, pygit2.Oid(hex=self._tree(held, {})), FileMode.TREE)
        for name, tree in folders.items():
            builder.insert(name, pygit2.Oid(hex=tree), FileMode.TREE)
        return self._there(builder.write())

    def commit(self, tree: str, message: str, author: tuple[str, str], moment: int) -> str:
        """A commit of a tree, without parents; nothing refers to it yet.

        Args:
            tree: Its id.
            message: What is published.
            author: Name and e-mail address.
            moment: Seconds since 1970.

        Raises:
            NotWritten: As for `taken_in`.
        """
        with self._writing():
            signature = pygit2.Signature(*author, moment, 0)
            made = self._repository.create_commit(
                None, signature, signature, message, pygit2.Oid(hex=tree), []
            )
            return self._there(made)

    def _there(self, made: pygit2.Oid) -> str:
        """The id of an object that was just made; libgit2 may say that it wrote one where it could not."""
        if made not in self._repository:
            raise KeyError(f"object {str(made)[:10]} was not written")
        return str(made)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Within it, what hinders pygit2 from writing objects is a sentence. Nothing refers to them yet."""
        try:
            yield
        except (
            pygit2.GitError,
            OSError,
            KeyError,
        ) as error:  # a KeyError: what was just written is not there
            why = getattr(error, "strerror", None) or (
                "" if str(error) == "no error" else str(error).strip("'")
            )
            raise NotWritten(
                "the repository takes no new objects" + (f": {why}" if why else ""),
                where=self.folder,
                hint="see that there is room, and that it may be written; nothing was published",
            ) from error

    def become(self, commit: str, *, before: str | None) -> None:
        """Make a commit the branch's, if that is still what was seen.

        Raises:
            RacedPast: It is another one now.
        """
        self._update(self.reference, commit, before or "0" * len(commit))

    def follow(self, commit: str) -> None:
        """Make a commit the branch's that a remote's branch has become, whatever it was here."""
        self._update(self.reference, commit, None)

    def keep_built(self, name: str, commit: str) -> None:
        """Remember a site that was built."""
        self._update(f"{BUILT_REFS}{name}", commit, None)

    def built(self, name: str) -> str | None:
        """The commit with a site that was built; None when there is none."""
        found = self._repository.references.get(f"{BUILT_REFS}{name}")
        return str(found.resolve().target) if found is not None else None

    def forget_built(self, name: str) -> None:
        """Forget a site that was built."""
        if self.built(name) is not None:
            with contextlib.suppress(pygit2.GitError, OSError):  # it is a note that may stay
                self._repository.references.delete(f"{BUILT_REFS}{name}")

    def message(self, commit: str) -> str:
        """What a commit says."""
        return str(self._repository[commit].peel(pygit2.Commit).message)

    def _update(self, reference: str, commit: str, before: str | None) -> None:
        words = [reference, commit, *([before] if before else [])]
        try:
            git.git(
                self.folder, "--git-dir=.", "update-ref", *words
            )  # it compares and swaps; pygit2 does not
        except git.NoAnswer as error:
            if before is not None and self._commit_at(reference) != ("" if set(before) == {"0"} else before):
                raise RacedPast(
                    f"is not what it was when this began: {error}", where=reference, hint="try again"
                ) from error
            raise NotWritten(
                f"cannot be set: {error}",
                where=reference,
                hint="see that there is room, and that the repository may be written; nothing was published",
            ) from error

    def _commit_at(self, reference: str) -> str:
        """The commit of a reference as git has it now; empty where there is none."""
        try:
            words = ["rev-parse", "--verify", "--quiet", "--end-of-options", reference]
            return git.git(self.folder, "--git-dir=.", *words).decode().strip()
        except git.NoAnswer:
            return ""
