"""A run before and while its program runs: everything that must be seen in time.

Before the program starts: the state of the code, the parameters, one look at the tree, the digests of small
inputs, and a record that says `running`. Slow looks happen meanwhile. Only what its user asked for wrongly stops
a run; what could not be seen is noted.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct, field

from publisher.capture import code as code_of
from publisher.capture import files, lost, parameters
from publisher.capture.command import Words, understood, with_file
from publisher.capture.notes import Notes, first_line
from publisher.errors import NotWritten, PublisherError, WrongUsage
from publisher.model.environment import System
from publisher.model.files import LOCKS, in_words
from publisher.model.identity import run_id
from publisher.model.launched import python_at
from publisher.model.project import OnDirty, Project, Step
from publisher.model.record import SCHEMA, Annotations, Parameters, Parent, Record, Submodule
from publisher.model.secrets import Masking
from publisher.probe import git, machine, tree
from publisher.probe.log import Log as Stream
from publisher.probe.log import Pieces
from publisher.probe.process import Signals
from publisher.probe.streams import Orphaned, same_place
from publisher.probe.testimony import carried, carries_witness, within, without
from publisher.store import artifacts, live
from publisher.store.cache import own_folders
from publisher.store.records import write_record

LOGS = ("stdout", "stderr")  #: names in the place of a run
MOST_WORDS, LONGEST_WORD = 200, 4000  #: of a command, as runs beside this one are told
SMALL = 32 * 1024 * 1024  #: bytes of inputs that are digested before the program starts
MOST_PARAMETERS = 10_000  #: values that a record holds


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be run, and what its user says about it."""

    command: list[str]
    directory: Path  #: where it starts
    step: str | None = None
    reason: str | None = None
    label: str | None = None
    tags: list[str] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)  #: relative to the project, or absolute
    outputs: list[str] = field(default_factory=list)
    overrides: list[str] = field(default_factory=list)  #: `name=value`, as typed
    new_parameters: bool = False
    verbatim: bool = False
    on_dirty: OnDirty = "patch"
    parent: Parent | None = None


class Preparation:
    """One run under way: made before the program starts, then `meanwhile`, at last `cleared`."""

    def __init__(self, project: Project, wish: Wish, signals: Signals) -> None:
        self.project, self.wish = project, wish
        self.root = project.root
        self.step = project.settings.steps.get(wish.step or "") or Step(command="")
        self.signals = signals  #: to us, also those that are still to come
        self.masking = Masking.of(os.environ, wanted=self.goes_on, is_place=os.path.exists)
        self.clock = time.time()
        self.notes = Notes()
        self.written: list[Path] = []
        self.digests: dict[str, tuple[str, int]] = {}
        self.large: list[tuple[str, tuple[int, int, int, int]]] = []
        self.merged: parameters.Merged | None = None
        self.merged_file: Path | None = None
        self.elsewhere: Path | None = (
            None  #: a folder of ours in which the place is, where the cache cannot be used
        )

        # What may refuse comes first: nothing has been written yet.
        self.words = self._words()
        self.command = self.words.command
        self.parameters = self._parameters()

        moment = datetime.now(UTC)
        self.started = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
        self.id = run_id(self.started, wish.command, os.urandom(16))
        self.place = self._place()
        try:
            self._prepare()
        except BaseException:
            self.cleared()
            raise

    def _prepare(self) -> None:
        """Everything that leaves something behind, which `cleared` takes away again."""
        project, wish = self.project, self.wish
        declared_outputs = [*self.step.outputs, *wish.outputs]
        scratch = self.place.folder
        self.state = code_of.code_state(
            project, on_dirty=wish.on_dirty, outputs=declared_outputs, scratch=scratch
        )
        self.notes.problems += self.state.problems
        limit = project.settings.limits.bytes_of("log")
        self.stdout, self.stderr = (
            Stream(limit, pieces=Pieces(self.place.folder / name, limit)) for name in LOGS
        )
        #: what had ended before this run began, and so cannot have written to what it finds
        self.over = {each.run for each in live.others(project, self.id) if not each.alive}
        self.before = self.notes.attempt("look at the project", self.look) or {}
        self._digest_inputs()
        self._give_merged_file()
        self.record = self._first_record()
        self.notes.attempt("keep the first record", self._keep_first)
        self.configuration: dict[str, str] = {}
        self.system: System | None = None
        self.locks: dict[str, str] = {}
        self.submodules: list[Submodule] = []
        self.superproject: str | None = None
        self.environment = carried(without(machine.environment()), self.place.witness)
        self.orphaned = Orphaned(
            held=[self.place.lock] if self.place.lock is not None else [],
            over=lambda after: lost.outlive(project, self.place, after),
        )

    # -- before ----------------------------------------------------------------------------------------------

    def _words(self) -> Words:
        def is_file(word: str) -> bool:
            return os.path.isfile(os.path.join(self.wish.directory, os.path.expanduser(word)))

        words = understood(
            self.wish.command,
            is_file=is_file,
            given=self.wish.overrides,
            parameter_file=self.step.parameters,
            verbatim=self.wish.verbatim or self.wish.step is not None,
        )
        if words.overrides and words.parameter_file is None:
            raise WrongUsage(
                f"nothing to override `{next(iter(words.overrides))}` in: no argument is a JSON or YAML file",
                hint="name the parameter file among the program's arguments",
            )
        return words

    def _parameters(self) -> Parameters | None:
        """What the parameter file says, before the program can change it; with overrides, what it gets."""
        name = self.words.parameter_file
        if name is None:
            return None
        path = os.path.join(self.wish.directory, os.path.expanduser(name))
        told = files.told_path(self.root, path)
        overrides = self.words.overrides
        try:
            size = os.stat(path).st_size
            if size > self.project.settings.limits.bytes_of("parameters"):
                raise WrongUsage(f"is {in_words(size)} long: too long for parameters", where=told)
            with open(path, "rb") as file:
                data = file.read()
            sha256 = hashlib.sha256(data).hexdigest()
            if overrides:
                new = self.wish.new_parameters
                self.merged = _merged(os.path.basename(path), data, overrides, new=new)
                values = self.merged.values
                shown = self.masking.command([f"{name}={value}" for name, value in overrides.items()])
                self.notes.told.append("with " + ", ".join(shown))
            else:
                values = parameters.values_in(told, data)
            if len(values) > MOST_PARAMETERS:
                raise WrongUsage(f"holds {len(values)} values: too many for parameters", where=told)
        except OSError as error:
            problem: str = f"{told}: cannot be read: {error.strerror}"
        except PublisherError as error:
            if overrides:
                raise
            problem = first_line(error)
        else:
            if self.masking.values(values) != values:
                self.notes.problems.append(
                    "a parameter whose name is one for credentials is masked in the record"
                )
            return Parameters(
                file=told,
                sha256=sha256,
                overrides=self.masking.values(self.merged.overrides) if self.merged else {},
                values=self.masking.values(values),
            )
        if overrides:
            raise WrongUsage(problem, hint="nothing in it can be overridden")
        self.notes.problems.append(f"the parameters are unknown: {problem}")
        return Parameters(file=told, problem=problem)

    def _place(self) -> live.Place:
        about = live.About(
            watched=self._is_watched(),
            declared=list(map(_text, [*self.step.outputs, *self.wish.outputs, *self.named_outputs])),
            program=_text(self._program() or "") or None,
            process=os.getpid(),
            words=[
                _text(word)[:LONGEST_WORD]
                for word in self.masking.command(list(self.wish.command))[:MOST_WORDS]
            ],
            within=within(os.environ),
            joined=same_place(1, 2),
        )
        place = live.place_of(self.project, self.id, make=True)
        try:
            place.hold(about)
        except NotWritten as error:
            self.notes.problems.append(f"no place for what happens meanwhile: {error}")
            self.elsewhere = lost.folder_elsewhere()
            place = live.Place(self.elsewhere / "live" / self.id)
            self.notes.attempt("make a place elsewhere", lambda: place.hold(about))
        return place

    @property
    def named_outputs(self) -> list[str]:
        """What the step names besides its outputs, because people look at it."""
        return [*([self.step.metrics] if self.step.metrics else []), *self.step.figures]

    def _program(self) -> str | None:
        """What tells that another run is one of the same program; None of one that the command line holds."""
        main, command = self.words.main_file, self.words.command
        if main is not None:
            return files.told_path(self.root, os.path.join(self.wish.directory, main))
        return None if "-c" in command else command[0]

    def _is_watched(self) -> bool:
        """Whether the program is a Python that carries our witness."""
        at = python_at(self.words.command)
        return at is not None and carries_witness(self.words.command[at + 1 :])

    def look(self) -> dict[str, tuple[int, int, int, int]]:
        """One look at the project's files."""
        return tree.look(self.root, ignored=(*self.project.settings.ignore, *own_folders(self.project)))

    def _digest_inputs(self) -> None:
        """Digest what is known to go in, up to a size; the rest while the program runs."""
        self.arguments = [
            os.path.normpath(os.path.join(self.wish.directory, os.path.expanduser(name)))
            for name in self.words.files
        ]
        patterns = [*self.step.inputs, *self.wish.inputs]
        left = SMALL
        for path in dict.fromkeys(
            [*self.arguments, *files.declared_places(self.root, patterns, self.before)]
        ):
            state = _state(path)
            if state is None:
                continue
            if state[0] > left:
                self.large.append((path, state))
            else:
                left -= state[0]
                self.digest(path)

    def _give_merged_file(self) -> None:
        """Put the parameters with overrides where the program looks for them: beside the original."""
        name = self.words.parameter_file
        if name is None or self.parameters is None or self.merged is None:
            return
        folder = Path(self.wish.directory, os.path.expanduser(name)).parent
        end = Path(name).suffix
        data = self.merged.text.encode()
        for place in (folder / f".params-{self.id}{end}", self.place.folder / f"params{end}"):
            try:
                live.note_left_behind(self.place, place)  # first: a kill may come at any moment
                self.merged_file = place
                place.touch(0o600)
                place.write_bytes(data)
                place.chmod(stat.S_IMODE(os.stat(folder / Path(name).name).st_mode))
            except OSError:
                self.remove_merged_file()
                continue
            break
        else:
            raise NotWritten("no place for the parameter file with overrides", where=folder)
        assert self.merged_file is not None
        relative = os.path.relpath(self.merged_file, self.wish.directory)
        given = relative if not os.path.isabs(name) else str(self.merged_file)
        self.command = with_file(self.command, name, given)

    def _first_record(self) -> Record:
        wish = self.wish
        here = files.told_path(self.root, str(wish.directory))
        main = self.words.main_file
        main = main and files.told_path(self.root, os.path.join(wish.directory, main))
        return Record(
            schema=SCHEMA,
            id=self.id,
            status="running",
            label=wish.label,
            reason=wish.reason,
            command=list(wish.command),
            directory=None if wish.directory == self.root else here,
            step=wish.step,
            started=self.started,
            launch=msgspec.structs.replace(self.words.launch, batch=machine.batch(os.environ)),
            code=msgspec.structs.replace(self.state.code, main_file=main),
            parameters=self.parameters,
            parent=wish.parent,
            annotations=Annotations(tags=list(dict.fromkeys(wish.tags))),
        )

    def _keep_first(self) -> None:
        """Keep the record and the code that is about to run, whatever becomes of the run."""
        self.notes.attempt("keep the patch", self._keep_patch)
        self.written.append(write_record(self.project.records, self.masking.struct(self.record)))

    def _keep_patch(self) -> None:
        patch, held_secrets = code_of.masked_patch(self.state.patch, self.masking)
        if not patch:
            return
        if held_secrets:
            self.notes.problems.append("the patch held what looks like credentials; they are masked in it")
        sha256 = artifacts.keep(self.project, patch, "code.patch")
        kept = artifacts.path_of(self.project, sha256)
        self.written += [kept] if kept else []
        code = msgspec.structs.replace(self.record.code, patch=f"sha256:{sha256}")
        self.record = msgspec.structs.replace(self.record, code=code)

    # -- meanwhile -------------------------------------------------------------------------------------------

    def meanwhile(self) -> None:
        """Slow looks, while the program runs. Never raises."""
        look = self.notes.attempt
        self.configuration = look("ask git for the author", lambda: git.configuration(self.root)) or {}
        privacy = self.project.settings.privacy
        self.system = look("look at the machine", lambda: machine.system(hostname=privacy.hostname))
        self.locks = look("look for lock files", self._lock_files) or {}
        self.submodules = look("look at submodules", self._submodules) or []
        self.superproject = look("look at the superproject", self._superproject)
        for path, state in self.large:
            self.digest(path)
            if _state(path) != state:
                self.digests.pop(path, None)
                self.notes.problems.append(f"`{path}` changed while it was read: its digest is unknown")

    def _lock_files(self) -> dict[str, str]:
        named = self.project.settings.environment
        names = [*LOCKS, *([named] if isinstance(named, str) else [])]
        found = {name: self.digest(str(self.root / name)) for name in names if (self.root / name).is_file()}
        return {name: digest[0] for name, digest in sorted(found.items()) if digest}

    def _submodules(self) -> list[Submodule]:
        if self.state.repository is None:
            return []
        return [
            Submodule(path=path, commit=commit, changed=changed or path in self.state.code.changed)
            for path, commit, changed in git.submodules(self.state.repository)
        ]

    def _superproject(self) -> str | None:
        repository = self.state.repository
        if repository is None or repository.superproject is None:
            return None
        return git.git(repository.superproject, "rev-parse", "HEAD").decode().strip()

    # -- always ----------------------------------------------------------------------------------------------

    def digest(self, path: str) -> tuple[str, int] | None:
        """SHA-256 and size of a file, each looked at once; None when it cannot be read."""
        if path not in self.digests:
            try:
                self.digests[path] = (tree.sha256_of(path, wanted=self.goes_on), os.stat(path).st_size)
            except OSError:
                return None
        return self.digests[path]

    def goes_on(self) -> bool:
        """Whether nobody wants us to stop: once the program has ended, a signal is for us."""
        return not self.signals.late

    def remove_merged_file(self) -> None:
        """Take the parameter file with overrides away again."""
        if self.merged_file:
            with contextlib.suppress(OSError):
                self.merged_file.unlink(missing_ok=True)

    def cleared(self, *, concluded: bool = True) -> None:
        """Leave nothing behind that is not the record's, of this run and of those that were killed.

        Args:
            concluded: Its record says all that is known; where it does not, that is seen to as after a kill.
        """
        self.remove_merged_file()
        if self.elsewhere is not None:
            self.place.release()
            live.remove(self.place)
            lost.remove_empty(self.elsewhere)
            return
        if concluded:
            self.place.end()
        self.place.release()
        lost.sweep(self.project)


def _merged(name: str, data: bytes, overrides: dict[str, str], *, new: bool) -> parameters.Merged:
    """As `parameters.merged`; whatever breaks in it refuses the run, which must not start with other values."""
    try:
        return parameters.merged(name, data, overrides, new=new)
    except PublisherError:
        raise
    except Exception as error:
        raise WrongUsage(
            f"nothing can be overridden in it: {type(error).__name__}: {error}", where=name
        ) from error


def _text(word: str) -> str:
    """A word as text that every reader takes; bytes that are none are written out."""
    return word.encode("utf-8", "backslashreplace").decode()


def _state(path: str) -> tuple[int, int, int, int] | None:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
