"""The clean place in which a recorded run is re-run: its code, its inputs, its parameters, its surroundings.

A folder of ours among the system's temporary ones, gone when it is over, whatever ends it. The user's files are
read and never written. It does not compare, and does not know how the program's environment is made.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

from publisher.errors import PublisherError, one_of
from publisher.model.launched import python_at
from publisher.model.project import Project
from publisher.model.record import FileRef, Record
from publisher.model.secrets import MASK
from publisher.probe import checkout, git, held, interpreter, machine, tree
from publisher.probe.log import Log
from publisher.probe.pointers import pointer_at
from publisher.probe.process import Outcome
from publisher.probe.testimony import Testimony
from publisher.probe.watch import watching
from publisher.store import artifacts
from publisher.store.yaml import visible
from publisher.supply.credentials import is_for_nobody_else
from publisher.supply.download import Arrived
from publisher.supply.inside import LeadsOut, inside, is_outside
from publisher.verify import contents
from publisher.verify.cover import Cover
from publisher.verify.ours import folder_of_ours
from publisher.verify.variables import HASHSALT, matplotlibrc, with_salt
from publisher.verify.words import names_parameters, path_in, words_given

_HELD_ALREADY = "was not written: the commit held it already"
_LINKED = "was not written: it is a file of the working tree itself, by a hard link"
_ENVIRONMENTS = ("VIRTUAL_ENV", "CONDA_PREFIX", "UV_PROJECT_ENVIRONMENT")  #: variables that name them
_LONGEST_ANSWER = 1024 * 1024  #: bytes that an interpreter may say of itself


class Blocked(PublisherError):
    """A run cannot be re-run; the hint is what would make it possible."""

    exit_code = 3


class Came(Struct, frozen=True, kw_only=True):
    """What a re-run wrote."""

    outputs: dict[str, Path | None]  #: recorded output inside the project -> its file, None when not written
    additional: list[str]  #: files of the project that the record does not name
    outside: list[str]  #: recorded outputs outside of the project, which are not looked at
    why: dict[str, str] = field(
        default_factory=dict
    )  #: recorded output that is there -> why it was not written


class Ran(Struct, frozen=True, kw_only=True):
    """A re-run that is over."""

    outcome: Outcome
    stdout: Log
    stderr: Log
    network: Literal["held back", "open"]
    came: Came


class Place:
    """A run's place, from `opened`. What a program changes in it stays changed: to run it anew, open another."""

    def __init__(self, project: Project, record: Record, folder: Path) -> None:
        self.project, self.record, self.folder = project, record, folder
        self.top = folder / "tree"  #: of the checkout
        self.root = self.top  #: the project in it
        self.notes: list[str] = []  #: what is not as it was, in sentences
        self.found: dict[str, str] = {}  #: inputs that were brought -> where each was
        self.merged: Path | None = None  #: the parameter file with overrides
        self.cover = Cover(None, self.top, folder)  #: of the user's own tree
        self._source: checkout.Source | None = None
        self._spelled: dict[str, str] = {}  #: names as a record has them -> as they are
        self._borrowed: dict[Path, Path] = {}  #: folders of git's objects -> where git looks as well
        self._places: contents.Places | None = None  #: where contents are looked for

    @property
    def directory(self) -> Path:
        """Where the program starts."""
        return self.root / (self.record.directory or "")

    # -- before ----------------------------------------------------------------------------------------------

    def prepare(
        self, arrived: Arrived, elsewhere: Mapping[str, Sequence[str]], remade: Path | None = None
    ) -> None:
        """Bring everything that the run had.

        Raises:
            Blocked: Something cannot be had.
        """
        record = self.record
        if any(MASK in word for word in record.command):
            raise Blocked(
                "its command held what looks like a credential, which is masked in the record",
                hint="give the program its credential by a file or a variable, and run it again",
            )
        named = [each.path for each in record.inputs] + [(record.parameters and record.parameters.file) or ""]
        if any(MASK in name for name in named):
            raise Blocked(
                "the name of a file that it read held what looks like a credential, which is masked in the record",
                hint="give the file another name, and run it again",
            )
        if record.code.version_control != "git":
            why = (
                "was not in git"
                if record.code.version_control == "none"
                else "is unknown: git did not answer"
            )
            raise Blocked(f"its code {why}", hint="commit it, and run it again")
        try:
            source = checkout.source_at(self.project.root)
            self._code(source)
            self._started_in()
            places = contents.Places(
                project=self.project,
                source=source,
                top=self.top,
                root=self.root,
                scratch=self._ours("scratch"),
                commits=[
                    each for each in dict.fromkeys([record.code.commit, checkout.head_of(source)]) if each
                ],
                elsewhere=elsewhere,
                remade=remade,
                arrived=arrived,
            )
            self._places = places
            self._parameters(places)
            for ref in record.inputs:
                self._input(ref, places)
        except (checkout.CodeNotThere, LeadsOut) as error:
            place = f"{error.where}: " if error.where else ""
            raise Blocked(f"{place}{error.what}", hint=error.hint) from error
        except git.NoAnswer as error:
            raise Blocked(
                f"git does not answer: {error}", where=self.project.root, hint="does `git status` work there?"
            ) from error
        except OSError as error:
            raise Blocked(
                f"its place cannot be made: {error.strerror or error}",
                where=error.filename,
                hint="make room there, or let TMPDIR name another folder",
            ) from error

    def _ours(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def _code(self, source: checkout.Source) -> None:
        code = self.record.code
        self._source = source
        self.cover = Cover(source.top, self.top, self.folder)
        real = os.path.realpath(self.project.root)
        prefix = os.path.relpath(real, os.path.realpath(source.top)) if source.top else "."
        prefix = prefix.replace(os.sep, "/")
        self.root = self.top if prefix == "." else self.top / prefix
        # Records are no code, and there may be very many; a program that read some finds those of its commit.
        reads = any(each.path.startswith("records/") for each in self.record.inputs)
        left = (".publisher",) if reads else ("records", ".publisher")
        ours = [os.path.normpath(f"{prefix}/{each}").replace(os.sep, "/") for each in left]
        out = checkout.check_out(source, code.commit, self.top, without=ours, also=self._ours("borrowed"))
        self._borrowed = out.borrowed
        if code.patch:
            patch = artifacts.path_of(self.project, code.patch)
            if patch is None or not artifacts.content_is(patch, code.patch.removeprefix("sha256:")):
                raise Blocked(
                    f"the patch that holds its uncommitted changes is not among the artifacts: {code.patch}",
                    hint="fetch the artifacts of this record: they are committed with it",
                )
            text = patch.read_bytes()
            if MASK.encode() in text:
                self.notes.append("credentials are masked in the patch, so those lines are not as they were")
            for path in re.findall(rb"^Submodule (.+) contains untracked content$", text, re.MULTILINE):
                self.notes.append(f"new files in the submodule `{os.fsdecode(path)}` were not kept")
            out = checkout.apply(out, patch)
        self._refuse_unkept()
        if out.leading_out:
            self.notes.append(f"links that lead out of the checkout: {one_of(out.leading_out)}")
        if out.pointers:
            self.notes.append(f"pointers of Git LFS or git-annex, not the data: {one_of(out.pointers)}")

    def _refuse_unkept(self) -> None:
        """Changed code that nobody kept; a new file that is an input is found by its content."""
        code = self.record.code
        unkept = code.left_out if code.patch else code.changed
        inputs = {each.path for each in self.record.inputs}
        prefix = "" if self.root == self.top else f"{self.root.relative_to(self.top).as_posix()}/"
        unkept = [path for path in unkept if path.removeprefix(prefix) not in inputs]
        tracked = checkout.holds(self.top, code.commit, unkept) if code.commit else set(unkept)
        if lost := sorted(tracked):
            raise Blocked(
                f"uncommitted changes were not kept: {one_of(lost)}",
                hint="commit them and run it again, with `on_dirty: patch` and a larger `limits: {patch: …}`",
            )
        others = [path for path in unkept if path not in tracked]
        if others:
            self.notes.append(f"new files that were not kept, and are not there: {one_of(others)}")

    def _started_in(self) -> None:
        directory = self.record.directory
        if directory and is_outside(directory):
            raise Blocked(
                f"it was started in `{directory}`, outside of the project",
                hint="run it from within the project",
            )
        if self.directory != self.top:
            self._folder(self.directory.relative_to(self.top).as_posix())

    def _folder(self, path: str) -> None:
        """Make a folder of the checkout, which git does not keep when it is empty."""
        there = os.path.realpath(self.top / path)
        if not os.path.isdir(there) or not there.startswith(os.path.realpath(self.top) + os.sep):
            inside(self.top, f"{path}/x").parent.mkdir(parents=True, exist_ok=True)

    def _parameters(self, places: contents.Places) -> None:
        told = self.record.parameters
        if told is None or told.file is None:
            return
        if not told.overrides:
            self._input(FileRef(path=told.file, sha256=told.sha256), places)
            return
        given = artifacts.path_of(self.project, told.given) if told.given else None
        if given is None or not artifacts.content_is(given, (told.given or "").removeprefix("sha256:")):
            raise Blocked(
                f"the parameter file that it was given instead of `{told.file}` was not kept",
                hint="fetch the artifacts of this record; a file that held credentials is never kept",
            )
        # Under the name that it had: a program may write it down.
        name = f".params-{self.record.id}{Path(told.file).suffix}"
        if is_outside(told.file):
            self.merged = contents.bring(given, self._ours("parameters"), name)
        else:
            folder = told.file.rpartition("/")[0]
            self.merged = contents.bring(given, self.root, f"{folder}/{name}" if folder else name)

    def _input(self, ref: FileRef, places: contents.Places) -> None:
        if ref.sha256 is None:
            self.notes.append(f"the content of the input `{ref.path}` is not recorded: it cannot be checked")
            return
        found = contents.sought(ref, places)
        if isinstance(found, contents.Missing):
            raise Blocked(found.reason, hint=found.unblock)
        if found.other:
            self.notes.append(
                f"the input `{ref.path}` is nowhere as it was; it is what a re-run made in its place"
            )
        if not is_outside(ref.path):
            contents.bring(found.path, self.root, ref.path)
        self.found[ref.path] = found.where
        if pointer := pointer_at(found.path):
            self.notes.append(f"the input `{ref.path}` {pointer.told}; so it was when it was recorded")

    def copy_of(self, ref: FileRef) -> contents.Found | contents.Missing:
        """A copy of a recorded content, wherever it still is."""
        assert self._places is not None, "the place is not prepared"
        found = contents.sought(ref, self._places)
        if isinstance(found, contents.Found) and found.other:
            return contents.Missing(reason=f"`{ref.path}` is nowhere as it was", unblock="")
        return found

    # -- the program -----------------------------------------------------------------------------------------

    def command(self) -> list[str]:
        """The words that the program was started with, where paths into the user's tree lead here.

        An interpreter named by its path stays: which one it is to be is a question of the environment.
        """
        words = words_given(self.record, self._merged_name())
        python = python_at(words)
        return [word if at == python else self._here(word) for at, word in enumerate(words)]

    def _merged_name(self) -> str | None:
        """What stands in the command in place of the parameter file: absolute where that was."""
        if self.merged is None:
            return None
        typed = next(
            (path_in(each) or "" for each in self.record.command if names_parameters(each, self.record)), ""
        )
        beside = self.merged.is_relative_to(self.root) and not os.path.isabs(typed)
        return os.path.relpath(self.merged, self.directory) if beside else str(self.merged)

    def led(self, path: str) -> str:
        """A path, where one into the user's own tree leads into the checkout."""
        return self.cover.led(path)

    def covers(self) -> bool:
        """Whether the program finds the checkout also where the user's own tree is."""
        return self.cover.possible

    def holds(self, path: Path) -> bool:
        """Whether a file is one of the checkout."""
        return path.is_relative_to(self.top)

    def tracks(self, path: Path) -> bool:
        """Whether a file of the user's own tree is one that the repository tracks."""
        names = {self.cover.inside(str(path)), self.cover.inside(os.path.realpath(path))} - {None}
        source = self._source
        return source is not None and bool(names) and checkout.tracks(source, sorted(map(str, names)))

    def _here(self, word: str) -> str:
        """A word in which the user's own tree is replaced by the checkout."""
        path = path_in(word) or ""
        return word[: len(word) - len(path)] + self.cover.led(path)

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """All variables of the program: ours without credentials, those given, and what keeps it in its place.

        Args:
            variables: From `variables_for`.
        """
        ours = {n: v for n, v in machine.environment().items() if not is_for_nobody_else(n, v)}
        for name in machine.variables(ours):
            del ours[name]
        found = checkout.apart(self.top, ours | {n: v for n, v in variables.items() if n != HASHSALT})
        if HASHSALT in variables:
            rc = self._ours("settings") / "matplotlibrc"
            rc.write_text(with_salt(matplotlibrc(found), variables[HASHSALT]), encoding="utf-8")
            found["MATPLOTLIBRC"] = str(rc)
        return self.cover.variables(found) | dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(self._ours("tmp")))

    def run(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        limit: float | None = None,
        memory: int | None = None,
        network: bool = False,
    ) -> Ran:
        """Run the program, and see what it wrote.

        Args:
            command: From `command`, perhaps with another interpreter.
            environment: From `environment`, perhaps with another PATH.
            limit: Seconds that it may take.
            memory: Bytes of addresses that each process may have.
            network: Whether the step may use it.
        """
        limits = self.project.settings.limits
        stdout, stderr = Log(limits.bytes_of("log")), Log(limits.bytes_of("log"))
        is_open = network or not held.can_hold_network()
        before = self._look()
        recorded = self._recorded()
        digests = {path: digest for path in recorded.values() if (digest := _sha256(path))}
        with watching(list(digests)) as watch:
            outcome = held.run(
                command,
                directory=self.directory,
                environment=environment,
                stdout=stdout,
                stderr=stderr,
                limit=limit,
                memory=memory,
                network=is_open,
                binds=self._binds(command, environment),
            )
            same = {path for path in watch.untouched() if _sha256(path) == digests[path]}
        why = {name: _HELD_ALREADY for name, path in recorded.items() if path in same}
        why |= {name: _LINKED for name, path in recorded.items() if self.cover.shares(path)}
        return Ran(
            outcome=outcome,
            stdout=stdout,
            stderr=stderr,
            network="open" if is_open else "held back",
            came=self._came(tree.written(before, self._look()), why),
        )

    def _recorded(self) -> dict[str, Path]:
        """The recorded outputs in the project -> where each is, but for those that no program can write there."""
        found = {}
        for out in self.record.outputs:
            with contextlib.suppress(LeadsOut):
                found[out.path] = inside(self.root, self._spelled.get(out.path, out.path))
        return found

    def asked(self, python: Path, environment: Mapping[str, str]) -> Testimony | None:
        """What an interpreter says of itself, asked where the program is going to run; None when it does not."""
        answer, rest = Log(_LONGEST_ANSWER), Log(0)
        command = [str(python), "-c", interpreter.QUESTION]
        outcome = held.run(
            command,
            directory=self._ours("tmp"),
            environment=environment,
            stdout=answer,
            stderr=rest,
            limit=interpreter.PATIENCE,
            network=not held.can_hold_network(),
            binds=self._binds(command, environment),
        )
        return interpreter.answered(answer.whole()) if outcome.exit_code == 0 else None

    def _binds(self, command: Sequence[str], environment: Mapping[str, str]) -> list[held.Bind]:
        """What covers the user's own tree, but for the environments that the program is run in."""
        folders = [environment.get(name, "") for name in _ENVIRONMENTS]
        named = [*command[:1], *environment.get("PATH", "").split(os.pathsep), *folders]
        python = python_at(command)
        return self.cover.binds([*named, *([command[python]] if python else [])], self._borrowed)

    def _look(self) -> tree.Look:
        """Every file of the project, by its name as a record has it: not every name is a text."""
        if self._displaced():
            return {}
        found = tree.look(self.root, ignored=tuple(self.project.settings.ignore))
        # What was recorded is looked at also where it is to be ignored since.
        found |= tree.states({name: path for name, path in self._recorded().items() if name not in found})
        told: dict[str, tuple[int, int, int, int]] = {}
        for name, state in found.items():
            if (shown := visible(name)) == name or shown not in found:
                told[shown] = state
                self._spelled[shown] = name
        return told

    def _displaced(self) -> bool:
        """Whether a program put a link in the place of its place: what is there is none of its results."""
        above = [self.root, *self.root.parents]
        return any(each.is_symlink() for each in above[: above.index(self.folder) + 1])

    def scratch(self) -> Path:
        """A folder of ours, after the program: it may have removed it, or put a link there."""
        if self.folder.is_symlink():
            self.folder.unlink()
        self.folder.mkdir(exist_ok=True)
        return self.folder

    def _came(self, written: Sequence[str], why: Mapping[str, str]) -> Came:
        outside = [out.path for out in self.record.outputs if is_outside(out.path)]
        recorded = [out.path for out in self.record.outputs if out.path not in outside]
        there = set(written).difference(why)
        return Came(
            outputs={path: self.root / self._spelled[path] if path in there else None for path in recorded},
            additional=sorted(there.difference(recorded, (each.path for each in self.record.uncertain))),
            outside=outside,
            why=dict(why),
        )


def _sha256(path: Path) -> str | None:
    """SHA-256 of a file; None of a link, and of what cannot be read."""
    try:
        return None if path.is_symlink() else tree.sha256_of(path)
    except OSError:
        return None


@contextlib.contextmanager
def opened(
    project: Project,
    record: Record,
    *,
    parent: Path | None = None,
    elsewhere: Mapping[str, Sequence[str]] | None = None,
    remade: Path | None = None,
    arrived: Arrived = lambda come, whole: None,
) -> Iterator[Place]:
    """A place with everything that a run had; removed when it is left, whatever is raised.

    Args:
        project: Whose run it is.
        record: The run.
        parent: Where to make the folder; unless given, among the system's temporary ones.
        elsewhere: Where other runs have contents, from `contents.paths_by_content`.
        remade: Where earlier re-runs left what they made.
        arrived: Is told how a download goes on.

    Raises:
        Blocked: Its code, a parameter or an input cannot be had; the hint says what would help.
        NotWritten: There is no folder to make a place in.
    """
    with folder_of_ours(parent) as folder:
        place = Place(project, record, folder)
        place.prepare(arrived, elsewhere or {}, remade)
        yield place
