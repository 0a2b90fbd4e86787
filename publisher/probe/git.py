"""What git says of the code: commit, branch, remote, changes. Asks the git program and changes nothing.

The git program answers in 3 ms; a library that speaks git takes 90 ms to load, and this stands between a
scientist and the program.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from publisher.probe import git_guard

_LINKED_COMMIT, _SYMBOLIC_LINK = "160000", "120000"  # modes in an index
LONGEST_COMMAND = 20_000 if sys.platform == "win32" else 100_000  #: bytes of paths on one command line
BINARY_LOOK = 8000  #: bytes at the beginning of a file that git itself looks at for a NUL


class Repository(Struct, frozen=True, kw_only=True):
    """A git repository as seen from a folder in it."""

    top: Path  #: of its working tree
    git_dir: Path
    shallow: bool = False
    linked_worktree: bool = False
    object_format: str = "sha1"
    superproject: Path | None = None  #: the working tree that holds this one as a submodule


class Changed(Struct, frozen=True, kw_only=True):
    """One path on which the working tree differs from the commit."""

    path: str  #: relative to the top of the repository
    kind: str  #: two letters as `git status` has them, `??` for untracked
    submodule: bool = False


class Status(Struct, frozen=True, kw_only=True):
    """How the working tree stands to its commit."""

    commit: str | None = None  #: None before the first commit
    branch: str | None = None  #: None when HEAD is detached
    changed: list[Changed] = field(default_factory=list)


class NoAnswer(Exception):
    """Git is missing, or refused; the text says why."""


def git(folder: Path, *words: str, env: Mapping[str, str] | None = None, data: bytes | None = None) -> bytes:
    """What git prints for a command. No program is started that the repository names, by a setting or as a hook.

    Raises:
        NoAnswer: There is no git program, or it ended with an error, whose first line this is.
    """
    command = command_in(words)
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", **(env or {})}
    if command not in git_guard.REMOTE:
        environment |= git_guard.OFFLINE
    if command not in git_guard.PURE:
        environment = guard_of(folder).environment(environment)
    explicit = any(word.startswith("--git-dir") for word in words) or "GIT_DIR" in environment
    refused = () if explicit else git_guard.IMPLICIT_BARE
    return run_git(folder, [*git_guard.ALWAYS, *refused, *words], environment, data)


def command_in(words: Sequence[str]) -> str:
    """The command among the words of a call of git: the first that is neither an option nor what `-c` takes."""
    rest = iter(words)
    for word in rest:
        if word in ("-c", "-C"):
            next(rest, None)
        elif not word.startswith("-") or word == "--version":
            return word
    return ""


def guard_of(folder: Path) -> git_guard.Guard:
    """What switches off the programs that a folder's repository names, and those of repositories in it."""
    return _looked_at(folder)[0]


_looked: dict[Path, tuple[git_guard.Guard, Listed]] = {}  # each look takes git twice 3 ms


def _looked_at(folder: Path) -> tuple[git_guard.Guard, Listed]:
    if folder not in _looked:
        try:
            found = listed(folder)
        except NoAnswer:
            found = Listed()  # it is in no repository, or in a git folder without files
        _looked[folder] = (_look_for_programs(folder, found), found)
    return _looked[folder]


def look_again() -> None:
    """Forget what repositories were found to say: somebody may have changed it since."""
    _looked.clear()


def _look_for_programs(folder: Path, found: Listed) -> git_guard.Guard:
    settings = _settings(folder)
    folders = [folder]
    inner = [folder / path for path in found.links]
    seen: set[str] = set()
    while inner:
        place = inner.pop()
        real = os.path.realpath(place)
        if real in seen or not (place / ".git").exists():
            continue
        seen.add(real)
        folders.append(place)
        settings += _settings(place)
        with contextlib.suppress(NoAnswer):
            inner += [place / path for path in listed(place).links]
    return git_guard.guard(settings, annex_hooks=any(map(_has_annex_hooks, folders)))


def _settings(folder: Path) -> list[git_guard.Setting]:
    """The settings that hold in a repository; none, without asking git, when its own file names no program."""
    own = next((each / ".git" for each in (folder, *folder.parents) if (each / ".git").exists()), None)
    if own is not None and own.is_dir() and "GIT_DIR" not in os.environ:
        with contextlib.suppress(OSError):
            if not git_guard.may_name_programs((own / "config").read_bytes()):
                return []
    try:
        return git_guard.read_settings(os.fsdecode(git(folder, "config", "--list", "--show-scope", "-z")))
    except NoAnswer:
        return []  # nor do other commands work then


def _has_annex_hooks(folder: Path) -> bool:
    common = folder / ".git"
    if not common.is_dir():
        try:
            common = folder / os.fsdecode(git(folder, "rev-parse", "--git-common-dir")).rstrip("\n")
        except NoAnswer:
            return False
    return any((common / "hooks").glob("*-annex"))


class Listed(Struct, frozen=True, kw_only=True):
    """What is out of the ordinary among the files of an index. Paths are relative to the folder that was asked."""

    links: list[str] = field(default_factory=list)  #: commits of other repositories: submodules
    unwatched: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: at whose changes git was told not to look -> mode and object id in the index


def listed(folder: Path) -> Listed:
    """Entries of the index that are submodules, or marked skip-worktree or assume-unchanged.

    Raises:
        NoAnswer: Git does not say.
    """
    return read_listed(git(folder, "ls-files", "-v", "-s", "-z"))


def read_listed(data: bytes) -> Listed:
    """The entries of note in what `git ls-files -v -s -z` printed."""
    links: list[str] = []
    unwatched: dict[str, tuple[str, str]] = {}
    for entry in data.split(b"\0"):
        if entry.startswith((b"H 100", b"H 120")) or not entry:
            continue
        facts, _, path = entry.partition(b"\t")
        tag, mode, oid, *_ = facts.decode().split(" ")
        if mode == _LINKED_COMMIT:
            links.append(os.fsdecode(path))
        elif tag == "S" or tag.islower():
            unwatched[os.fsdecode(path)] = (mode, oid)
    return Listed(links=links, unwatched=unwatched)


def run_git(
    folder: Path, words: Sequence[str], environment: Mapping[str, str], data: bytes | None = None
) -> bytes:
    """What the git program prints for these words, as they are.

    Raises:
        NoAnswer: There is no git program, or it ended with an error, whose first line this is.
    """
    try:
        answer = subprocess.run(
            ["git", *words],
            cwd=folder,
            env=environment,
            input=data,
            stdin=subprocess.DEVNULL if data is None else None,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise NoAnswer("git is not installed") from error
    except OSError as error:
        raise NoAnswer(f"git cannot be started: {error.strerror}") from error
    if answer.returncode:
        complaint = answer.stderr.decode(errors="replace").strip().splitlines()
        raise NoAnswer(complaint[0] if complaint else f"git ended with {answer.returncode}")
    return answer.stdout


def commit_of(folder: Path, name: str) -> str | None:
    """The full id of the commit that a name means; None when it means none."""
    words = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    try:
        told = git(folder, *words).decode().strip()
    except NoAnswer:
        return None
    return told if told.isalnum() else None  # `^v1` is git's word for all but v1, and comes back as it is


def repository_at(folder: Path) -> Repository | None:
    """The repository that a folder is in; None when it is in none.

    Raises:
        NoAnswer: Git is missing, or refuses to say (a repository of another user, say).
    """
    asked = ["--show-toplevel", "--absolute-git-dir", "--git-common-dir", "--is-shallow-repository"]
    try:
        told = git(folder, "rev-parse", *asked, "--show-object-format", "--show-superproject-working-tree")
    except NoAnswer as error:
        if "not a git repository" in str(error) or "must be run in a work tree" in str(error):
            return None
        raise
    found = read_repository(os.fsdecode(told), folder)
    if "GIT_DIR" not in os.environ and "GIT_WORK_TREE" not in os.environ and not _is_where_it_says(found):
        raise NoAnswer(f"`core.worktree` in {found.git_dir}/config leads to another folder: {found.top}")
    return found


def _is_where_it_says(repository: Repository) -> bool:
    """Whether the folder that a repository takes for its working tree leads to that repository."""
    place = repository.top / ".git"
    try:
        if place.is_dir():
            return place.samefile(repository.git_dir)
        leads = place.read_bytes().removeprefix(b"gitdir:").strip()
        return (repository.top / os.fsdecode(leads)).samefile(repository.git_dir)
    except OSError:
        return False


def read_repository(text: str, folder: Path) -> Repository:
    """A repository from what `git rev-parse` printed, one fact a line; `folder` is where it was asked."""
    top, git_dir, common, shallow, object_format, *superproject = text.splitlines()
    return Repository(
        top=Path(top),
        git_dir=Path(git_dir),
        shallow=shallow == "true",
        linked_worktree=Path(os.path.normpath(folder / common)) != Path(git_dir),
        object_format=object_format,
        superproject=Path(superproject[0]) if superproject else None,
    )


def status(repository: Repository, excluded: Sequence[str] = ()) -> Status:
    """How the working tree stands to its commit, untracked files included.

    Args:
        repository: Where.
        excluded: Paths that git need not look at, relative to the top. With ten thousand records it would take
            longer to look at them than at all the rest.

    Raises:
        NoAnswer: Git does not say.
    """
    words = [
        "status",
        "--porcelain=v2",
        "--branch",
        "-z",
        "--untracked-files=all",
        "--ignore-submodules=none",
    ]
    found = read_status(os.fsdecode(git(repository.top, *words, *_all_but(excluded))))
    left_out = tuple(f"{path}/" for path in excluded)
    known = {each.path for each in found.changed}
    hidden = [path for path in _changed_unwatched(repository) if not path.startswith(left_out)]
    more = [Changed(path=path, kind=".M") for path in hidden if path not in known]
    return Status(commit=found.commit, branch=found.branch, changed=[*found.changed, *more])


def listed_at(repository: Repository) -> Listed:
    """What is out of the ordinary in the index of a repository; looked for once."""
    return _looked_at(repository.top)[1]


def _changed_unwatched(repository: Repository) -> list[str]:
    """Files that differ from the index, although git was told not to look at them.

    One that is not there is no change: a sparse checkout marks what it leaves out.
    """
    there = {
        path: entry
        for path, entry in listed_at(repository).unwatched.items()
        if os.path.lexists(repository.top / path)
    }
    if not there:
        return []
    links = {path for path in there if (repository.top / path).is_symlink()}
    files = [path for path, (mode, _) in there.items() if path not in links and mode != _SYMBOLIC_LINK]
    named = b"".join(os.fsencode(path) + b"\n" for path in files if "\n" not in path)
    ids = (
        iter(git(repository.top, "hash-object", "--stdin-paths", data=named).decode().split())
        if named
        else iter(())
    )
    same = {path for path in files if "\n" not in path and next(ids) == there[path][1]}
    same |= {path for path in links if _is_link(repository, path, *there[path])}
    return [path for path in there if path not in same]


def _is_link(repository: Repository, path: str, mode: str, oid: str) -> bool:
    """Whether a link is the one that the index holds."""
    leads = os.fsencode(os.readlink(repository.top / path))
    told = git(repository.top, "hash-object", "--stdin", data=leads).decode().strip()
    return mode == _SYMBOLIC_LINK and told == oid


def filtered(repository: Repository, paths: Sequence[str]) -> list[str]:
    """Those of some tracked files that pass through a filter which is switched off, as `guard_of` decides.

    Raises:
        NoAnswer: Git does not say.
    """
    off = set(guard_of(repository.top).filters)
    if not off or not paths:
        return []
    data = b"\0".join(os.fsencode(path) for path in paths)
    told = os.fsdecode(git(repository.top, "check-attr", "-z", "--stdin", "filter", data=data)).split("\0")
    return [path for path, name in zip(told[::3], told[2::3], strict=False) if name in off]


def uninitialised(repository: Repository) -> list[str]:
    """The submodules of which no file is there, those within submodules too."""
    found = []
    pending = [(repository.top, "", listed_at(repository))]
    while pending:
        top, prefix, entries = pending.pop()
        for path in entries.links:
            if not (top / path / ".git").exists():
                found.append(prefix + path)
            else:
                with contextlib.suppress(NoAnswer):
                    pending.append((top / path, f"{prefix}{path}/", listed(top / path)))
    return sorted(found)


def _all_but(excluded: Sequence[str]) -> list[str]:
    return ["--", ".", *(f":(top,exclude,literal){path}" for path in excluded)]


def read_status(text: str) -> Status:
    """A status from what `git status --porcelain=v2 --branch -z` printed."""
    commit = branch = None
    changed: list[Changed] = []
    entries = iter(text.split("\0"))
    for entry in entries:
        kind, _, rest = entry.partition(" ")
        if entry.startswith("# branch.oid "):
            commit = None if entry.endswith("(initial)") else entry.rpartition(" ")[2]
        elif entry.startswith("# branch.head "):
            branch = None if entry.endswith("(detached)") else entry[len("# branch.head ") :]
        elif kind == "?":
            changed.append(Changed(path=rest, kind="??"))
        elif kind in ("1", "2", "u"):
            before = {"1": 7, "2": 8, "u": 9}[kind]  # fields between the kind and the path
            fields = rest.split(" ", before)
            changed.append(Changed(path=fields[before], kind=fields[0], submodule=fields[1].startswith("S")))
            if kind == "2":
                next(entries, None)  # where it was renamed from
    return Status(commit=commit, branch=branch, changed=changed)


def patch_of(
    repository: Repository, commit: str | None, new: Sequence[str], excluded: Sequence[str], scratch: Path
) -> bytes:
    """The difference of the working tree from a commit, as `git apply` takes it.

    It is made with a copy of the index, so that the repository's own stays as it is.

    Args:
        repository: Where.
        commit: The commit; None for the difference from nothing.
        new: Untracked files to include, relative to the top.
        excluded: Paths to leave out, relative to the top.
        scratch: A folder of ours for the copy, which goes with it after a kill.

    Raises:
        NoAnswer: Git does not say.
        OSError: The copy cannot be made.
    """
    import shutil

    index = scratch / "index"
    try:
        own = repository.git_dir / "index"
        if own.exists():
            shutil.copy2(own, index)  # with its time: git compares it to the files' to see which it must read
        env = {"GIT_INDEX_FILE": str(index)}
        if new:
            listed = b"\0".join(os.fsencode(path) for path in new)
            words = ["add", "--intent-to-add", "--force", "--pathspec-from-file=-", "--pathspec-file-nul"]
            git(repository.top, "--literal-pathspecs", *words, env=env, data=listed)
        if hidden := _changed_unwatched(repository):
            marked = b"\0".join(os.fsencode(path) for path in hidden)
            for mark in ("--no-skip-worktree", "--no-assume-unchanged"):
                git(repository.top, "update-index", mark, "-z", "--stdin", env=env, data=marked)
        against = commit or empty_tree(repository)
        words = ["diff", "--binary", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv"]
        words += [
            "--unified=3",
            "--inter-hunk-context=0",
            "-O/dev/null",
            "--submodule=diff",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            against,
            *_all_but(excluded),
        ]
        return git(repository.top, "-c", "core.quotePath=true", *words, env=env)
    finally:
        for left in (index, scratch / "index.lock"):
            left.unlink(missing_ok=True)


def empty_tree(repository: Repository) -> str:
    """The id of the tree that holds nothing."""
    return git(repository.top, "hash-object", "-t", "tree", "--stdin", data=b"").decode().strip()


def is_text(path: Path) -> bool:
    """Whether git would show a file's changes line by line: no NUL near its beginning."""
    try:
        with open(path, "rb") as file:
            return b"\0" not in file.read(BINARY_LOOK)
    except OSError:
        return False


def submodules(repository: Repository) -> list[tuple[str, str, bool]]:
    """The submodules as checked out: path, commit, and whether they differ from what the commit names.

    Raises:
        NoAnswer: Git does not say.
    """
    if not (repository.top / ".gitmodules").exists():
        return []
    told = os.fsdecode(git(repository.top, "submodule", "status", "--recursive", env=git_guard.OFFLINE))
    lines = [re.fullmatch(r"(?P<mark>.)(?P<commit>[0-9a-f]+) (?P<path>.+?)(?: \([^()]*\))?", each)
             for each in told.splitlines()]  # fmt: skip
    return [(each["path"], each["commit"], each["mark"] in "+U") for each in lines if each]


def configuration(folder: Path) -> dict[str, str]:
    """Who the author is and where the remotes are: `user.name`, `remote.origin.url` and the like.

    Outside of a repository the user's own configuration answers. Empty when git does not say.
    """
    wanted = r"^(user\.(name|email)|remote\..*\.url|branch\..*\.remote)$"
    try:
        told = os.fsdecode(git(folder, "config", "-z", "--get-regexp", wanted))
    except NoAnswer:
        return {}
    pairs = (entry.partition("\n") for entry in told.split("\0") if entry)
    return {name: value for name, _, value in pairs}


def remote_of(configuration: Mapping[str, str], branch: str | None) -> str | None:
    """The address of the remote that a branch follows, else `origin`, else the only one."""
    names = [configuration.get(f"branch.{branch}.remote", ""), "origin"]
    addresses = [value for name, value in configuration.items() if name.startswith("remote.")]
    chosen = next((configuration[key] for n in names if (key := f"remote.{n}.url") in configuration), None)
    return chosen or (addresses[0] if len(addresses) == 1 else None)


def without_credentials(address: str) -> str:
    """A remote's address without a password, token or user name that could be one.

    `git@host:path` keeps its `git@`: it is the same for everybody.
    """
    split = re.fullmatch(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<login>[^/@]*@)?(?P<rest>.*)", address)
    if split is None:
        return address
    login = split["login"] or ""
    keeps = split["scheme"].lower() == "ssh://" and ":" not in login
    return split["scheme"] + (login if keeps else "") + re.sub(r"[?#].*$", "", split["rest"])


def tracked(repository: Repository, paths: Sequence[str]) -> set[str]:
    """Those of some paths (relative to the top) that git tracks.

    Raises:
        NoAnswer: Git does not say.
    """
    found: set[str] = set()
    for some in _in_portions(paths):
        told = git(repository.top, "--literal-pathspecs", "ls-files", "-z", "--", *some)
        found.update(os.fsdecode(each) for each in told.split(b"\0") if each)
    return found


def _in_portions(paths: Sequence[str]) -> Iterator[list[str]]:
    """Paths in as many lists as it takes for each to fit on a command line."""
    some: list[str] = []
    length = 0
    for path in paths:
        length += len(os.fsencode(path)) + 1
        if some and length > LONGEST_COMMAND:
            yield some
            some, length = [], len(os.fsencode(path)) + 1
        some.append(path)
    if some:
        yield some


def content_at(repository: Repository, commit: str, path: str) -> bytes | None:
    """A tracked file as it is in a commit; None when the commit does not hold it."""
    try:
        return git(repository.top, "cat-file", "blob", f"{commit}:{path}")
    except NoAnswer:
        return None
