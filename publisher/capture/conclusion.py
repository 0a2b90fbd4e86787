"""A run after its program ended: everything that was seen becomes the record as it stays."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from publisher.capture import code as code_of
from publisher.capture import contents_seen, files, keeping, parameters
from publisher.capture.notes import first_line, sentence
from publisher.capture.preparation import Preparation
from publisher.errors import PublisherError, WrongUsage
from publisher.formats.kinds import essence_of
from publisher.model.environment import Environment, Python
from publisher.model.files import in_words
from publisher.model.identity import record_name
from publisher.model.record import SCHEMA, Author, Code, FileRef, Log, Parameters, Record, Resources, Status
from publisher.model.secrets import may_be_shown, was_cut
from publisher.probe import git, interpreter, machine, packages, process, tree
from publisher.probe.testimony import Testimony, is_carried_by, testimony_in
from publisher.store import artifacts, live
from publisher.store.cache import cache_folder
from publisher.store.environments import keep_environment
from publisher.store.records import record_text, write_record

PATIENCE = 2.0  #: seconds that a Python which was just started beside this run may take until it reports
ESSENCE_LIMIT = 256 * 1024 * 1024  #: bytes of a file beyond which it is not read a second time


class Captured(Struct, frozen=True, kw_only=True):
    """What came of it."""

    record: Record
    path: Path | None  #: the record's file; None when it could not be written where it belongs
    outcome: process.Outcome
    written: list[Path]  #: every file that belongs to the record
    told: list[str]  #: what the user should hear, in sentences
    repository: git.Repository | None


class Conclusion:
    """One run that is over, on its way to its record."""

    def __init__(self, run: Preparation, outcome: process.Outcome) -> None:
        self.run, self.outcome = run, outcome
        self.project, self.root, self.notes = run.project, run.root, run.notes
        self.testimony = Testimony()
        self.sources: list[str] = []  #: of the project, that Python read and git or the patch holds
        self.until: float | None = None  #: when we no longer wait for what others have to say
        self.left_out: list[str] = []  #: outputs that are too large to be kept, in words
        self.taken: dict[str, tree.Taken] = {}  #: content of each output, by its place
        self.changed: list[str] = []  #: paths that were written to while the run was under way, by whomever

    def captured(self) -> Captured:
        """Keep everything that belongs to the run, its record last."""
        run, outcome = self.run, self.outcome
        run.remove_merged_file()
        if outcome.problem:
            self.notes.problems.append(outcome.problem)
        if outcome.left_running:
            self.notes.problems.append(
                "it ended, but processes that it started still ran and held its output"
            )
        attempt = self.notes.attempt
        place = run.place.witness
        self.testimony = attempt("read what Python saw", lambda: testimony_in(place)) or Testimony()
        found = attempt("tell inputs from outputs", self._found)
        found = found or files.Found(inputs={}, outputs={}, uncertain={}, problems=[])
        self.notes.problems += found.problems
        if self.testimony.more:
            self.notes.problems.append("a process opened more files than are told of")
        kept = attempt("keep artifacts", lambda: self._kept(found.outputs)) or []
        record = msgspec.structs.replace(
            self._ended(),
            resources=self._resources(),
            code=msgspec.structs.replace(
                attempt("describe the code", self._code) or run.record.code, sources=self.sources
            ),
            parameters=attempt("keep the parameters", self._kept_parameters) or run.parameters,
            environment=attempt("keep the environment", self._environment),
            imports=attempt("list what was imported", self._imports) or {},
            inputs=files.refs(found.inputs, self.root, self._before),
            outputs=self._known_again(files.refs(found.outputs, self.root, self._now, kept=kept)),
            uncertain=[FileRef(path=path, seen_by=seen_by) for path, seen_by in found.uncertain.items()],
            metrics=attempt("read the metrics", lambda: self._metrics(found.outputs)) or {},
            log=attempt("keep the log", self._log),
            author=self._author(),
        )
        attempt("look for pointers", lambda: self._pointers(record))
        attempt("remember what was written", lambda: self._remember([*found.outputs, *found.uncertain]))
        return self._written(record)

    def bare(self, error: Exception) -> Captured:
        """The record with no more than how the program ended: for when looking closer broke."""
        self.notes.problems.append(
            f"the run could not be described, by a mistake of publisher: {type(error).__name__}: {error}"
        )
        return self._written(self._ended())

    def _ended(self) -> Record:
        outcome = self.outcome
        return msgspec.structs.replace(
            self.run.record,
            status=_status(outcome),
            duration=round(outcome.duration, 6),
            exit_code=outcome.exit_code,
            signal=outcome.signal,
            received=outcome.received,
        )

    def _written(self, record: Record) -> Captured:
        problems = [sentence(each, self.root) for each in self.notes.problems]
        parameters = record.parameters
        if parameters is not None and parameters.problem:
            problem = sentence(parameters.problem, self.root)
            parameters = msgspec.structs.replace(parameters, problem=problem)
        record = msgspec.structs.replace(record, problems=problems, parameters=parameters)
        record = self._masked(record)
        path = self._keep(record)
        return Captured(
            record=record,
            path=path,
            outcome=self.outcome,
            written=self.run.written,
            told=self.notes.told + [f"note: {problem}" for problem in record.problems],
            repository=self.run.state.repository,
        )

    def _pointers(self, record: Record) -> None:
        def place_of(path: str) -> str:
            return files.absolute(self.root, path)

        words, directory = self.run.wish.command, self.run.wish.directory
        told = contents_seen.pointers_among([*record.inputs, *record.outputs], place_of)
        self.notes.problems += told + contents_seen.absent_among(words, directory)

    def _as_committed(self, path: str) -> bool:
        """Whether a source that was written holds what the commit holds, and did so before."""
        place = self.root / path
        return place.is_file() and self._commits(path) == place.read_bytes()

    def _commits(self, path: str) -> bytes | None:
        """What the commit holds of a file; None where it is not known to be what ran."""
        state = self.run.state
        if state.repository is None or state.code.commit is None or path in state.code.changed:
            return None
        top = os.path.realpath(state.repository.top)
        place = os.path.relpath(self.root / path, top).replace(os.sep, "/")
        return git.content_at(state.repository, state.code.commit, place)

    def _masked(self, record: Record) -> Record:
        """The record without credentials; a file whose name holds one cannot be found by that name again."""
        shown = self.run.masking.struct(record)
        names = [(each.path, other.path) for each, other in zip(
            (*record.inputs, *record.outputs), (*shown.inputs, *shown.outputs), strict=True
        )]  # fmt: skip
        hidden = sum(name != other for name, other in names)
        if hidden:
            many = "the name of a file holds" if hidden == 1 else f"the names of {hidden} files hold"
            problem = f"{many} what looks like a credential, and is masked: it cannot be verified"
            shown = msgspec.structs.replace(shown, problems=[*shown.problems, problem])
        return shown

    def _found(self) -> files.Found:
        """Inputs and outputs, and the content of each output as it certainly was.

        The order counts: first the look, then what was under way, then the contents, and what others say they
        wrote last, because by then they have said so of whatever may be in those contents.
        """
        run = self.run
        after = run.look()
        beside = self._beside()
        self.changed = tree.written(run.before, after)
        parameter_file = (run.parameters and run.parameters.file) or ""
        seen = files.Seen(
            root=self.root,
            before=run.before,
            after=after,
            testimony=self.testimony,
            arguments=run.arguments,
            declared_inputs=[*run.step.inputs, *run.wish.inputs],
            declared_outputs=[*run.step.outputs, *run.wish.outputs],
            named_outputs=run.named_outputs,
            not_inputs={parameter_file},
            program=run.place.about.program,
            watched=run.place.about.watched and self.testimony.whole,
            beside=[self._told(place, inner=inner) for place, inner in beside],
            ignored=tuple(self.project.settings.ignore),
        )
        main = run.record.code.main_file
        sources = files.sources_read(seen)
        own = [*sources, *([main] if main else [])]
        self.notes.problems += contents_seen.sources_changed(seen.before, seen.after, own, self._as_committed)
        held = self._held([*sources, *([main] if main else [])])
        self.sources = [] if self.testimony.more else [each for each in sources if each in held]
        if main in held:
            seen = msgspec.structs.replace(seen, not_inputs={parameter_file, main})
        elif main and not files.is_of_system(files.absolute(self.root, main)):
            seen = msgspec.structs.replace(seen, arguments=[*run.arguments, files.absolute(self.root, main)])
        seen = msgspec.structs.replace(seen, held=held)
        found = files.found(seen)
        unsteady: set[str] = set()
        tried: set[str] = set()
        while new := [path for path in found.outputs if path not in tried]:
            tried.update(new)
            unsteady |= self._take(new, after, alone=not beside)
            if beside or unsteady:
                told = [self._told(place, inner=inner) for place, inner in beside]
                found = files.found(msgspec.structs.replace(seen, beside=told, unsteady=unsteady))
        return found

    def _beside(self) -> list[tuple[live.Place, bool]]:
        """What was under way during any part of this run; and of each, whether this run's program started it.

        What started this run is left out: whatever this run writes, it has written too.
        """
        places = {place.run: place for place in live.others(self.project, self.run.id)}
        within = {name: place.about.within for name, place in places.items()}
        within[self.run.id] = self.run.place.about.within

        def above(name: str) -> list[str]:
            found: list[str] = []
            while (outer := within.get(name)) is not None and outer not in found:
                found.append(outer)
                name = outer
            return found

        left_out = {*self.run.over, *above(self.run.id)}
        return [(place, self.run.id in above(name)) for name, place in places.items() if name not in left_out]

    def _told(self, place: live.Place, *, inner: bool) -> files.Beside:
        """What a run, or a build, says of what it writes."""
        about = place.about
        try:
            testimony = self._heard(place) if about.watched else testimony_in(place.witness)
        except OSError:  # another user's
            testimony = Testimony()
        wrote = [*testimony.wrote, *testimony.named]
        return files.Beside(
            name=place.run if about.kind == "run" else f"publisher {about.kind}",
            is_run=about.kind == "run",
            wrote=frozenset(files.all_names(self.root, wrote)),
            inodes=frozenset(tree.linked(wrote)),
            declared=tuple(about.declared),
            watched=about.watched and (testimony.whole or (about.kind == "run" and not place.has_begun)),
            program=about.program,
            words=tuple(about.words),
            inner=inner,
        )

    def _heard(self, place: live.Place) -> Testimony:
        """What a run says that reports what it opens; where nobody can tell that it will, not at once."""
        until = self.until = self.until or time.monotonic() + PATIENCE  # for all of them together
        while True:
            begun = place.has_begun
            testimony = testimony_in(place.witness)
            if testimony.processes or not begun or place.has_ended or time.monotonic() > until:
                return testimony
            if (carries := is_carried_by(place.process) if place.process else None) is not None:
                # What has not reported yet has not written either, if it will report at all.
                again = testimony_in(place.witness)
                return again if again.processes or not carries else Testimony(processes=1)
            time.sleep(0.02)

    def _take(self, outputs: Sequence[str], after: tree.Look, *, alone: bool) -> set[str]:
        """Read the content of each output; returns those of which nobody can say that the program left it so.

        Args:
            outputs: Their paths.
            after: The look at the end of the program.
            alone: Nothing else was under way. Then a change of the status alone (a backup, a new link to it) is
                none of the content.
        """
        unsteady: set[str] = set()
        chosen = set(self._chosen(outputs, after))
        for path in outputs:
            place = files.absolute(self.root, path)
            try:
                taken = tree.take(place, whole=path in chosen, wanted=self.run.goes_on)
            except tree.Unsteady:
                unsteady.add(path)
                continue
            except OSError:
                continue
            looked = after.get(path, taken.state)
            same = taken.state == looked or (alone and _but_status(taken.state) == _but_status(looked))
            if not same:
                unsteady.add(path)
            self.taken[place] = taken
        return unsteady

    def _before(self, place: str) -> tuple[str, int] | None:
        """SHA-256 and size of an input as it was when the program started; None when nobody can tell any more."""
        path = files.told_path(self.root, place)
        if place in self.run.digests or path not in self.changed:
            return self.run.digest(place)
        state = self.run.state
        if state.repository is None or state.code.commit is None or path in state.code.changed:
            return None
        top = os.path.realpath(state.repository.top)
        in_repository = os.path.relpath(place, top).replace(os.sep, "/")
        data = git.content_at(state.repository, state.code.commit, in_repository)
        return None if data is None else (hashlib.sha256(data).hexdigest(), len(data))

    def _now(self, place: str) -> tuple[str, int] | None:
        """SHA-256 and size of an output; None when it could not be read."""
        taken = self.taken.get(place)
        return (taken.sha256, taken.state[0]) if taken else None

    def _held(self, sources: Sequence[str]) -> set[str]:
        """Those sources of the project that the commit or the patch holds."""
        repository = self.run.state.repository
        sources = [path for path in sources if not path.startswith(("/", "~/"))]
        if repository is None or not sources:
            return set()
        top = os.path.realpath(repository.top)
        prefix = os.path.relpath(self.root, top).replace(os.sep, "/")
        prefix = "" if prefix == "." else f"{prefix}/"
        held = git.tracked(repository, [prefix + path for path in sources])
        held |= set(self.run.state.code.changed) - set(self.run.state.code.left_out)
        return {path for path in sources if prefix + path in held}

    def _chosen(self, outputs: Sequence[str], after: tree.Look) -> list[str]:
        """The outputs of which a copy is kept, being small."""
        settings = self.project.settings
        sizes = {
            path: after[path][0]
            for path in outputs
            if path in after and not _leads_out(self.root / path, self.root)
        }
        named = [self.run.step.metrics] if self.run.step.metrics else []
        patterns = [
            *settings.artifacts,
            *self.run.step.figures,
            *self.run.step.artifacts,
            *named,
            *self.run.wish.outputs,
        ]
        limits = settings.limits
        choice = keeping.chosen(
            sizes, patterns, file_limit=limits.bytes_of("file"), run_limit=limits.bytes_of("run")
        )
        self.left_out += choice.left_out
        return choice.kept

    def _kept(self, outputs: Mapping[str, files.SeenBy]) -> list[str]:
        kept = []
        for path in outputs:
            taken = self.taken.get(files.absolute(self.root, path))
            if taken is None or taken.data is None:
                continue
            if not may_be_shown(path, taken.data, self.run.masking):
                self.notes.problems.append(
                    f"{path} holds what looks like a credential: no copy of it is kept"
                )
                continue
            sha256 = artifacts.keep(self.project, taken.data, path)
            self._belongs(sha256)
            kept.append(path)
        if self.left_out:
            self.notes.told.append("not kept, being too large: " + "; ".join(self.left_out))
        return kept

    def _known_again(self, outputs: list[FileRef]) -> list[FileRef]:
        """The outputs; those not kept have the digest of their content without what a writer adds, if it is not
        large: by it a re-run that wrote another date will still be known for the same.
        """
        return [
            out
            if out.artifact or not out.sha256 or not 0 < (out.size or 0) <= ESSENCE_LIMIT
            else msgspec.structs.replace(out, essence=self._essence(out.path))
            for out in outputs
        ]

    def _essence(self, path: str) -> str | None:
        """The essence of an output; None when it has none, or was written to since its digest was taken."""
        place = Path(files.absolute(self.root, path))
        found = essence_of(place, path)
        try:
            return found if tree.state_of(os.stat(place)) == self.taken[str(place)].state else None
        except OSError:
            return None

    def _belongs(self, sha256: str) -> None:
        path = artifacts.path_of(self.project, sha256)
        if path:
            self.run.written.append(path)

    def _keep_bytes(self, data: bytes, name: str) -> str | None:
        if not data:
            return None
        sha256 = artifacts.keep(self.project, data, name)
        self._belongs(sha256)
        return f"sha256:{sha256}"

    def _code(self) -> Code:
        remote = git.remote_of(self.run.configuration, self.run.state.code.branch)
        return msgspec.structs.replace(
            self.run.record.code,
            repository=git.without_credentials(remote) if remote else None,
            submodules=self.run.submodules,
            superproject=self.run.superproject,
        )

    def _kept_parameters(self) -> Parameters | None:
        if self.run.parameters is None or self.run.merged is None:
            return self.run.parameters
        name = self.run.parameters.file or "parameters"
        text = self.run.merged.text
        masking, values = self.run.masking, self.run.merged.values
        if masking.found(text, named=False) or masking.values(values) != values:
            self.notes.problems.append(
                "the parameter file held what looks like credentials; no copy of it is kept"
            )
            return self.run.parameters
        return msgspec.structs.replace(self.run.parameters, given=self._keep_bytes(text.encode(), name))

    def _environment(self) -> str | None:
        if self.run.system is None:
            return None
        environment = Environment(
            schema=SCHEMA,
            system=self.run.system,
            python=self._python(),
            locks=self.run.locks,
            variables=machine.variables(os.environ),
        )
        name = keep_environment(self.project, self.run.masking.struct(environment))
        self.run.written.append(self.project.records / "environments" / f"{name}.yml")
        return name

    def _python(self) -> Python | None:
        """The program's interpreter: as it told us, else, when it is a Python that told nothing, as asked."""
        told = self.testimony
        if told.version is None and self.run.words.is_python:
            told = interpreter.asked(self.run.command, self.run.wish.directory) or told
            self.notes.problems.append(
                "the interpreter did not report what it opened (was it started with -I, -E or -S?)"
            )
        if told.version is None:
            return None
        return Python(
            implementation=told.implementation or "unknown",
            version=told.version,
            packages=packages.installed(told.search_path),
        )

    def _imports(self) -> dict[str, str]:
        return packages.imported(self.testimony.search_path, self.testimony.modules)

    def _resources(self) -> Resources:
        outcome = self.outcome
        return Resources(
            cpu_time=outcome.cpu_time,
            peak_memory=outcome.peak_memory,
            processes=self.testimony.processes or None,
            cores=machine.allowed_cores(),
        )

    def _metrics(self, outputs: Mapping[str, files.SeenBy]) -> dict[str, int | float]:
        metrics: dict[str, int | float] = {}
        for path in keeping.metrics_files(outputs, self.run.step.metrics):
            taken = self.taken.get(files.absolute(self.root, path))
            try:
                if taken is None:
                    raise WrongUsage("could not be read", where=path)
                if taken.state[0] > self.project.settings.limits.bytes_of("parameters"):
                    raise WrongUsage("is too large for metrics", where=path)
                data = taken.data
                if data is None:
                    again = tree.take(files.absolute(self.root, path), whole=True)
                    if again.sha256 != taken.sha256:
                        raise WrongUsage("changed after the program had ended", where=path)
                    data = again.data or b""
                metrics |= keeping.metrics_in(parameters.values_in(path, data))
            except (OSError, PublisherError) as error:
                self.notes.problems.append(f"no metrics: {first_line(error)}")
        return metrics

    def _log(self) -> Log | None:
        said = [self.run.masking.bytes(each.whole()) for each in (self.run.stdout, self.run.stderr)]
        stdout, stderr = self._keep_bytes(said[0], "stdout.txt"), self._keep_bytes(said[1], "stderr.txt")
        if stdout is None and stderr is None:
            return None
        return Log(
            stdout=stdout,
            stderr=stderr,
            joined=self.outcome.joined,
            truncated=bool(self.run.stdout.left_out or self.run.stderr.left_out or any(map(was_cut, said))),
        )

    def _author(self) -> Author | None:
        user = self.project.settings.privacy.user
        name, email = self.run.configuration.get("user.name"), self.run.configuration.get("user.email")
        if user == "none" or not (name or email):
            return None
        return Author(name=name, email=email if user == "email" else None)

    def _keep(self, record: Record) -> Path | None:
        """Write the record; where that fails, somewhere else, and say where."""
        try:
            path = write_record(self.project.records, record)
        except PublisherError as error:
            self.notes.told.append(f"the record could not be written: {error}")
            self.notes.told.append(_rescued(record))
            return None
        if path not in self.run.written:
            self.run.written.append(path)
        return path

    def _remember(self, outputs: Collection[str]) -> None:
        code_of.remember_written(self.project, [path for path in outputs if not path.startswith(("/", "~/"))])
        size = self._size_of_records()
        if size > keeping.RECORDS_GROW_LARGE:
            self.notes.told.append(
                f"records/ holds {in_words(size)}, which lives in git: "
                "lower `limits:` in publisher.yml, or keep fewer artifacts"
            )

    def _size_of_records(self) -> int:
        """Bytes in `records/`, from a tally in the cache: counting them would take longer with each run.

        They are counted once a day, and before anybody is warned: records also come and go without us.
        """
        tally, today = cache_folder(self.project) / "size", self.run.record.started[:10]
        try:
            counted, told = tally.read_text().split()
            size = int(told) + sum(
                path.stat().st_size for path in set(self.run.written) if path.stat().st_mtime > self.run.clock
            )
        except (OSError, ValueError):
            counted, size = "", 0
        if counted != today or size > keeping.RECORDS_GROW_LARGE:
            counted, size = today, tree.size_below(self.project.records)
        tally.write_text(f"{counted} {size}")
        return size


def _leads_out(place: Path, root: Path) -> bool:
    """Whether a path is, or goes through, a symbolic link to somewhere outside of the project."""
    return not os.path.realpath(place).startswith(str(root) + os.sep)


def _but_status(state: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """What tells that a file's content changed: size, time of modification, inode."""
    return (state[0], state[1], state[3])


def _status(outcome: process.Outcome) -> Status:
    if outcome.exit_code == 0:
        return "completed"
    interrupting = process.INTERRUPTING & {outcome.signal, *outcome.received}
    return "interrupted" if interrupting else "failed"


def _rescued(record: Record) -> str:
    """Put a record where there is still room; returns a sentence that says where, or the record itself."""
    import tempfile

    text = record_text(record)
    for folder in (tempfile.gettempdir(), os.path.expanduser("~")):
        path = Path(folder) / f"publisher-rescued-{record.id}.yml"
        try:
            path.write_text(text, "utf-8")
        except OSError:
            continue
        name = record_name(record.started, record.id)
        return f"it is kept in {path}: move it to records/{name} once that can be written"
    return f"nor anywhere else; this is it:\n{text}"
