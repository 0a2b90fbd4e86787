"""A commit's files in a place of their own, with a patch on them, and contents that git holds.

The place becomes a git repository that borrows its objects from the user's and writes to its own. Git has no
settings of the user's there and no remote, so no hook and no program of a filter is run, nothing is fetched, and
nothing that a program does with git reaches the user's repository. It asks the git program, as
`publisher.probe.git` does: libgit2 reads no SHA-256 repository, and knows neither `working-tree-encoding` nor
sparse checkouts.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field, structs

from publisher.errors import PublisherError
from publisher.probe import git, git_guard
from publisher.probe.pointers import LONGEST, pointer_at

RECENT = 50  #: versions of a file that are looked at when a content is sought
MOST_ALIKE = 20  #: files of other names and of the right size that are read when a content is sought

_LINE_ENDS = {"autocrlf": ("true", "false", "input"), "eol": ("lf", "crlf", "native")}
_PLACES = {
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE"),
}  #: variables that lead git to another repository than that of the folder
_LINK, _SUBMODULE = "120000", "160000"  # modes in a tree
_OF_SUBMODULES = re.compile(rb"^Submodule .+ contains (?:untracked|modified) content$\n?", re.MULTILINE)
_BRINGS_LINK = re.compile(rb"^(?:new file mode|new mode|index [0-9a-f.]+) 120000$", re.MULTILINE)


class CodeNotThere(PublisherError):
    """The code of a run cannot be had as it was."""

    exit_code = 3


class Source(Struct, frozen=True, kw_only=True):
    """A repository to take commits from; it is only read."""

    git_dir: Path
    common: Path  #: what linked worktrees share: objects, tags
    top: Path | None  #: of its working tree; None when it has none
    object_format: str = "sha1"


class Checkout(Struct, frozen=True, kw_only=True):
    """A commit as it lies in its place."""

    top: Path
    leading_out: list[str] = field(default_factory=list)  #: links to somewhere outside of it
    pointers: list[str] = field(
        default_factory=list
    )  #: files that only stand for one of Git LFS or git-annex
    borrowed: dict[Path, Path] = field(default_factory=dict)  #: folder of objects -> where git looks as well


class Later(Struct, frozen=True, kw_only=True):
    """A commit that came after another one."""

    commit: str
    named: str  #: `1a2b3c4 (Use a faster solver, 2025-11-24)`

    @property
    def short(self) -> str:
        """Its id, as short as the repository allows."""
        return self.named.partition(" ")[0]


class _Entry(Struct, frozen=True):
    """One path of a commit."""

    mode: str
    oid: str
    size: int  #: bytes; -1 of a submodule, and of what the repository lacks
    path: str


def source_at(folder: Path) -> Source:
    """The repository that a folder is in: also a bare one, a linked worktree, a submodule.

    Raises:
        CodeNotThere: It is in none, or git does not say.
    """
    asked = ["--absolute-git-dir", "--git-common-dir", "--show-object-format"]
    try:
        # With a working tree that exists: the one of a submodule's git folder may be gone.
        told = os.fsdecode(_ask(folder, "--work-tree=.", "rev-parse", *asked)).splitlines()
    except git.NoAnswer as error:
        raise CodeNotThere(str(error), where=folder) from error
    try:
        top = Path(os.fsdecode(_ask(folder, "rev-parse", "--show-toplevel"))[:-1])
    except git.NoAnswer:
        top = None
    common = Path(os.path.realpath(folder / told[1]))
    return Source(git_dir=Path(told[0]), common=common, top=top, object_format=told[2])


def check_out(
    source: Source, commit: str | None, target: Path, *, without: Sequence[str] = (), also: Path | None = None
) -> Checkout:
    """Write the files of a commit, those of its submodules included, into an empty folder.

    Line ends and encodings are as the commit's attributes and the repository's `core.autocrlf` and `core.eol`
    say. The folder is a repository at that commit, with its tags and without remotes, so that a program may
    ask `git describe`.

    Args:
        source: Where the commit is.
        commit: Its full id; None for nothing at all, which a patch may be made from.
        target: The folder; it is made.
        without: Folders to leave out, relative to the top. Git takes them for unchanged.
        also: A folder in which git looks for the borrowed objects as well: for a program that does not find the
            source where it is.

    Raises:
        CodeNotThere: The commit, or that of a submodule, is not in the repository, or not all of it.
    """
    try:
        borrowed = _become_repository(source, target, without, also)
        if commit is None:
            return Checkout(top=target, borrowed=borrowed)
        _refuse_absent(source, commit, target)
        (target / ".git" / "HEAD").write_text(f"{commit}\n", encoding="utf-8")
        _git(target, "read-tree", "-m", "-u", commit)
        entries = _entries(target, commit)
    except git.NoAnswer as error:
        raise CodeNotThere(
            f"commit {commit} cannot be checked out: {error}",
            where=source.git_dir,
            hint="`git fsck` tells what the repository lacks; a fresh clone may have it",
        ) from error
    left_out = tuple(f"{path}/" for path in without)
    entries = [each for each in entries if not each.path.startswith(left_out)]
    modules = {e.path: _submodule(source, e, target, also) for e in entries if e.mode == _SUBMODULE}
    out = [e.path for e in entries if e.mode == _LINK and _leads_out(target, e.path)]
    pointers = [e.path for e in entries if _is_pointer(target, e)]
    for path, module in modules.items():
        out += [f"{path}/{each}" for each in module.leading_out]
        pointers += [f"{path}/{each}" for each in module.pointers]
        borrowed |= module.borrowed
    return Checkout(top=target, leading_out=out, pointers=pointers, borrowed=borrowed)


def apply(checkout: Checkout, patch: Path) -> Checkout:
    """Change a checkout as a patch says; returns it with the links that the patch brought.

    Raises:
        CodeNotThere: It does not fit, or would write outside of the checkout; nothing was changed.
    """
    data = patch.read_bytes()
    if not _OF_SUBMODULES.sub(b"", data).strip():
        return checkout  # git tells that a submodule holds new files, but not which
    try:
        _git(checkout.top, "apply", "--whitespace=nowarn", data=data)
    except git.NoAnswer as error:
        raise CodeNotThere(
            f"the patch cannot be applied: {str(error).removeprefix('error: ')}",
            where=patch,
            hint="it was made from another commit, or edited, or a line of it is masked",
        ) from error
    if not _BRINGS_LINK.search(data):
        return checkout
    found = (
        os.path.join(base, name)
        for base, folders, names in os.walk(checkout.top)
        for name in (*folders, *names)
    )
    links = (
        os.path.relpath(path, checkout.top).replace(os.sep, "/") for path in found if os.path.islink(path)
    )
    out = sorted(path for path in links if _leads_out(checkout.top, path))
    return structs.replace(checkout, leading_out=out)


def head_of(source: Source) -> str | None:
    """The commit that is checked out in the user's working tree; None before the first."""
    try:
        return _of(source, "rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except git.NoAnswer:
        return None


def tracks(source: Source, paths: Sequence[str]) -> bool:
    """Whether the user's tree tracks one of some paths, relative to its top. Yes where git does not say."""
    try:
        return bool(_of(source, "--literal-pathspecs", "ls-files", "-z", "--", *paths))
    except git.NoAnswer:
        return True


def since(source: Source, commit: str) -> list[Later]:
    """The commits that came after one on the way to what is checked out, the oldest first.

    The way is that of the first parents; where the commit came to it by a merge, it begins with that one.

    Raises:
        NoAnswer: Git does not say; the commit is not in the repository, say.
    """
    span = f"{commit}..HEAD"
    form = "--format=%H%x00%h (%s, %as)"  # git's own way to name one: `--format=reference`
    told = _of(source, "rev-list", "--first-parent", "--reverse", form, span, "--")
    after = set(_of(source, "rev-list", "--ancestry-path", span, "--").decode().split())
    return [each for each in read_later(os.fsdecode(told)) if each.commit in after]


def read_later(text: str) -> list[Later]:
    """Commits from what `git rev-list` printed with a format of id, NUL and name."""
    lines = (line.partition("\0") for line in text.split("\n"))
    return [Later(commit=commit, named=named) for commit, nul, named in lines if nul]


def holds(top: Path, commit: str, paths: Sequence[str]) -> set[str]:
    """Those of some paths (relative to the top) that a commit holds. `top` is that of a checkout.

    Raises:
        NoAnswer: Git does not say.
    """
    told = _git(top, "ls-tree", "-r", "-z", "--name-only", commit) if paths else b""
    return set(paths).intersection(map(os.fsdecode, told.split(b"\0")))


def contents(top: Path, path: str, size: int | None, commits: Sequence[str]) -> Iterator[bytes]:
    """Contents that git holds and that may be the one which is sought, the likeliest first.

    Args:
        top: Of a checkout.
        path: What the file was called, relative to the top.
        size: Bytes; None when unknown: then only files of that path are looked at.
        commits: Whose history of the path, and whose files of other names, are looked at.
    """
    try:
        words = ["log", f"-n{RECENT}", "--format=", "--raw", "--no-abbrev", "--no-renames", "-z", *commits]
        told = _git(top, "--literal-pathspecs", *words, "--", path)
        versions = [each.split(b" ")[3].decode() for each in told.split(b"\0") if each.startswith(b":")]
        told = _git(top, "cat-file", "--batch-check", data="".join(f"{oid}\n" for oid in versions).encode())
        checked = [line.split() for line in told.decode().splitlines()]
        ids = [line[0] for line in checked if line[1] == "blob" and size in (None, int(line[2]))]
        entries = [each for commit in commits for each in _entries(top, commit)] if size is not None else []
        alike = dict.fromkeys(e.oid for e in entries if e.size == size and e.mode not in (_LINK, _SUBMODULE))
    except git.NoAnswer:
        return
    for oid in dict.fromkeys([*ids, *list(alike)[:MOST_ALIKE]]):
        try:
            yield _git(top, "cat-file", "blob", oid)
        except git.NoAnswer:
            continue


def large_file(source: Source, sha256: str) -> Path | None:
    """The file of Git LFS that holds a content, when this clone has it: LFS names files by their SHA-256."""
    path = source.common / "lfs" / "objects" / sha256[:2] / sha256[2:4] / sha256
    return path if path.is_file() else None


def apart(top: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which git, in a checkout, finds that checkout and never a repository around it."""
    kept = {name: value for name, value in environment.items() if not name.startswith("GIT_")}
    above = dict.fromkeys([str(top.parent), os.path.realpath(top.parent)])  # git compares texts
    return {**kept, "GIT_CEILING_DIRECTORIES": os.pathsep.join(above), "GIT_TERMINAL_PROMPT": "0"}


# -- one step each -----------------------------------------------------------------------------------------


def _git(folder: Path, *words: str, data: bytes = b"") -> bytes:
    """What git prints in a checkout, where it knows no settings but those of the checkout.

    A program may have changed these: nothing that they name is started.

    Raises:
        NoAnswer: It ended with an error, whose first line this is.
    """
    environment = {
        **apart(folder, os.environ),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        **git_guard.OFFLINE,
    }
    settings = [*git_guard.ALWAYS, *git_guard.IMPLICIT_BARE, "-c", f"core.attributesFile={os.devnull}"]
    return git.run_git(folder, [*settings, *words], environment, data)


def _of(source: Source, *words: str) -> bytes:
    """What git prints in the user's repository: only for questions that read references and settings."""
    return _ask(source.git_dir, "--git-dir=.", "--work-tree=.", *words)


def _ask(folder: Path, *words: str) -> bytes:
    """What git prints in a folder of the user's. What a hook that we may be in was told of places is not heard."""
    kept = {name: value for name, value in os.environ.items() if name not in _PLACES}
    environment = {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", **git_guard.OFFLINE}
    return git.run_git(folder, [*git_guard.ALWAYS, *words], environment, b"")


def _become_repository(
    source: Source, target: Path, without: Sequence[str], also: Path | None
) -> dict[Path, Path]:
    """Make the folder a repository that borrows objects, with the source's tags and its rules for line ends.

    Returns:
        The folder of objects that it borrows, with the empty one in which git looks for them as well.
    """
    target.mkdir(parents=True, exist_ok=True)
    kind = [] if source.object_format == "sha1" else [f"--object-format={source.object_format}"]
    _git(target, "init", "--quiet", "--template=", *kind)
    own = target / ".git"
    objects = source.common / "objects"
    borrowed = {objects: also / hashlib.sha256(os.fsencode(objects)).hexdigest()[:12]} if also else {}
    for second in borrowed.values():
        second.mkdir(parents=True, exist_ok=True)
    alternates = [objects, *borrowed.values()]
    _write(
        own / "objects" / "info" / "alternates", b"".join(os.fsencode(each) + b"\n" for each in alternates)
    )
    if (source.common / "shallow").is_file():
        _write(own / "shallow", (source.common / "shallow").read_bytes())
    tags = _of(source, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")
    _write(own / "packed-refs", tags)
    excluded = "".join(f"!/{_literal(path)}/\n" for path in without)
    _write(own / "info" / "sparse-checkout", os.fsencode(f"/*\n{excluded}"))
    lines = ["[core]", "\tsparseCheckout = true", "\tsparseCheckoutCone = false"]
    try:
        told = _of(source, "config", "-z", "--get-regexp", r"^core\.(autocrlf|eol)$").decode()
    except git.NoAnswer:
        told = ""  # neither is set
    for entry in told.split("\0"):
        name, _, value = entry.removeprefix("core.").partition("\n")
        lines += [f"\t{name} = {value}"] if value in _LINE_ENDS.get(name, ()) else []
    with open(own / "config", "a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return borrowed


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _literal(path: str) -> str:
    """A path as a pattern that means it alone."""
    return re.sub(r"([\\*?\[\] !#])", r"\\\1", path)


def _refuse_absent(source: Source, commit: str, target: Path) -> None:
    if not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", commit):
        raise CodeNotThere(f"`{commit}` is no commit", where=source.git_dir)
    try:
        _git(target, "cat-file", "-e", f"{commit}^{{commit}}")
    except git.NoAnswer as error:
        if (source.common / "shallow").is_file():
            hint = "this clone holds only the end of the history: `git fetch --unshallow`"
        elif remote := git.remote_of(git.configuration(source.top or source.git_dir), None):
            hint = f"fetch it: `git fetch {git.without_credentials(remote)} {commit}`"
        else:
            hint = "it may have been rebased away, or never pushed: fetch it from a clone that has it"
        raise CodeNotThere(
            f"commit {commit} is not in this repository", where=source.git_dir, hint=hint
        ) from error


def _entries(top: Path, commit: str) -> list[_Entry]:
    found = []
    for entry in _git(top, "ls-tree", "-r", "-l", "-z", commit).split(b"\0")[:-1]:
        facts, _, path = entry.partition(b"\t")
        mode, _, oid, size = facts.decode().split()
        found.append(_Entry(mode, oid, int(size) if size.isdecimal() else -1, os.fsdecode(path)))
    return found


def _submodule(source: Source, entry: _Entry, target: Path, also: Path | None) -> Checkout:
    """Check a submodule out at the commit that the outer one names, from wherever on this disk that commit is."""
    for folder in _places_of_submodule(source, entry.path, target):
        try:
            inner = source_at(folder)
            here = inner.common != source.common and _of(inner, "rev-list", "-n1", entry.oid)
        except (CodeNotThere, git.NoAnswer):
            continue
        if here:
            return check_out(inner, entry.oid, target / entry.path, also=also)
    raise CodeNotThere(
        f"commit {entry.oid} of the submodule `{entry.path}` is not here",
        where=source.git_dir,
        hint=f'get it with `git submodule update --init --recursive -- "{entry.path}"`',
    )


def _places_of_submodule(source: Source, path: str, target: Path) -> Iterator[Path]:
    """Folders in which the repository of a submodule is, if it is there."""
    words = ["config", "--file", ".gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$"]
    try:
        told = os.fsdecode(_git(target, *words))
    except git.NoAnswer:
        told = ""
    pairs = (entry.partition("\n") for entry in told.split("\0"))
    names = [key[len("submodule.") : -len(".path")] for key, _, value in pairs if value == path]
    for name in (each for each in [*names, path] if ".." not in re.split(r"[/\\]", each)):
        places = (Path(f"{each}/modules/{name}") for each in (source.git_dir, source.common))
        yield from (place for place in places if (place / "HEAD").is_file())
    if source.top and (source.top / path / ".git").exists():
        yield source.top / path


def _leads_out(top: Path, path: str) -> bool:
    inside = os.path.realpath(top)
    return not os.path.realpath(top / path).startswith(inside + os.sep)


def _is_pointer(top: Path, entry: _Entry) -> bool:
    return entry.mode != _SUBMODULE and entry.size < LONGEST and pointer_at(top / entry.path) is not None
