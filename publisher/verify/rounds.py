"""Many runs verified, in the order of their data and spread over processes; each verification is kept at once.

What a run wrote and another read is handed on from re-run to re-run where it is nowhere else. It does not know how
one run is verified (`rerun.py`), nor what is said of it on a terminal.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from functools import partial
from pathlib import Path
from types import FrameType

from msgspec import Struct, structs

from publisher.errors import NotWritten, UnreadableRecord
from publisher.model.identity import run_of_name
from publisher.model.project import Project
from publisher.model.record import Author
from publisher.model.row import Row
from publisher.model.secrets import Masking, masked
from publisher.model.verification import Verification
from publisher.probe.own_environment import hide_environment
from publisher.store import artifacts
from publisher.store.environments import keep_environment
from publisher.store.records import facts_and_rest, read_text, seal_holds, seal_of, understood
from publisher.store.verifications import write_verification
from publisher.supply.credentials import credentials_aside
from publisher.verify.bisection import Tell, blamed
from publisher.verify.order import handed_on, makers
from publisher.verify.ours import folder_of_ours
from publisher.verify.place import Blocked
from publisher.verify.rerun import Verified, Wish, blocked, verified, with_code_of

Asked = Callable[..., Verified]  #: verifies the run whose record has a name

_KEYS = {getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name)}
_under_way = threading.Lock()  #: held in a worker while it is about a run
_over = threading.Event()  #: set in a worker when the one is gone that started it


class Done(Struct, frozen=True, kw_only=True):
    """A run that was verified."""

    row: Row
    verification: Verification
    path: Path | None  #: where it is kept; None when nothing is to be, or it could not be
    unkept: str = (
        ""  #: why it could not be kept, and where that was to be; empty when it was, or nothing is to be
    )


def verify(
    project: Project,
    chosen: Sequence[Row],
    every: Sequence[Row],
    wish: Wish,
    *,
    jobs: int = 1,
    author: Author | None = None,
    keep: bool = True,
    bisect: Tell | None = None,
) -> Iterator[Done]:
    """Verify runs, in the order in which they are done.

    Args:
        project: Whose runs.
        chosen: Those to verify.
        every: All runs, in whose files contents are looked for.
        wish: How.
        jobs: How many at once.
        author: Who asked for it.
        keep: Whether verifications are kept in `records/`.
        bisect: Is told how the search for what turns each goes on; None where it is not to be sought.
    """
    elsewhere = _elsewhere(chosen, every)

    def done(row: Row, found: Verified, wish: Wish) -> Done:
        blame = _blamed(project, row, wish, found, elsewhere, bisect) if bisect else None
        about = structs.replace(found.verification, author=author, blamed=blame)
        told = _without_secrets(about, found, {**os.environ, **wish.aside})
        path, unkept = None, ""
        try:
            path = kept(project, told) if keep else None
        except NotWritten as error:  # a verdict that took hours is not lost for that
            unkept = error.in_a_line
        return Done(row=row, verification=told.verification, path=path, unkept=unkept)

    with credentials_aside() as aside, _shared(chosen, structs.replace(wish, aside=aside)) as wish:
        if jobs <= 1 or len(chosen) <= 1:
            for row in sorted(chosen, key=lambda row: row.started):  # who wrote comes before who read
                yield done(row, one(project, row.name, wish, elsewhere), wish)
        else:
            asked = partial(one, project, wish=wish, elsewhere=elsewhere)
            for row, found in _at_once(chosen, jobs, asked):
                yield done(row, found, wish)


@contextlib.contextmanager
def _shared(chosen: Sequence[Row], wish: Wish) -> Iterator[Wish]:
    """The wish with a folder in which re-runs hand on what others of them read; gone when it is over."""
    needed = handed_on(chosen)
    if not needed:
        yield wish
        return
    with folder_of_ours(wish.parent) as folder:
        yield structs.replace(wish, remade=folder / "handed-on", needed=needed)


def _at_once(chosen: Sequence[Row], jobs: int, asked: Asked) -> Iterator[tuple[Row, Verified]]:
    """Verify several runs at a time; one that read what another wrote waits until that is done.

    Args:
        chosen: The runs.
        jobs: How many at a time.
        asked: Verifies the one whose record has a name.
    """
    before = makers(chosen)
    readers: dict[str, list[Row]] = {}
    for row in chosen:
        for maker in before[row.id]:
            readers.setdefault(maker, []).append(row)
    ready = deque(row for row in chosen if not before[row.id])
    workers = _Workers(min(jobs, len(chosen)), asked)
    try:
        while ready or workers.under_way:
            while ready and len(workers.under_way) < 2 * jobs:  # so that no worker has to wait for us
                workers.begin(ready.popleft())
            for row, found in workers.done():
                for reader in readers.get(row.id, ()):
                    before[reader.id].discard(row.id)
                    if not before[reader.id]:
                        ready.append(reader)
                yield row, found
    except BaseException:  # also when nobody wants to hear of the rest
        workers.end()
        raise
    finally:
        workers.close()


class _Workers:
    """Processes that verify. When one of them is killed, new ones go on with what it was about."""

    def __init__(self, count: int, asked: Asked) -> None:
        self.count, self.asked = count, asked
        self.under_way: dict[Future[Verified], Row] = {}
        self._others = multiprocessing.active_children()
        self._pool = self._begun(count)

    @staticmethod
    def _begun(count: int) -> ProcessPoolExecutor:
        # Started anew, not forked: a fork has the threads' locks of whoever calls, but not the threads.
        anew = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(count, anew, initializer=_begin_worker)

    def begin(self, row: Row) -> None:
        """Have a run verified."""
        with contextlib.suppress(BrokenExecutor), _keys_wait():  # it has broken since: `done` sees to that
            self.under_way[self._pool.submit(_asked, self.asked, row.name)] = row
            return
        future: Future[Verified] = Future()
        future.set_exception(BrokenExecutor())
        self.under_way[future] = row

    def done(self) -> Iterator[tuple[Row, Verified]]:
        """Wait for some; the runs that are verified by then."""
        broken = False
        for future in wait(self.under_way, return_when=FIRST_COMPLETED).done:
            if isinstance(future.exception(), BrokenExecutor):
                broken = True
            else:
                yield self.under_way.pop(future), future.result()
        if broken:
            yield from self._anew(list(self.under_way.values()))

    def _anew(self, lost: Sequence[Row]) -> Iterator[tuple[Row, Verified]]:
        """Verify those that were under way when a process was killed, each alone: so one tells for itself."""
        self.under_way.clear()
        self.close()
        for row in lost:
            self._pool = self._begun(1)
            with _keys_wait():
                alone = self._pool.submit(_asked, self.asked, row.name)
            self.under_way[alone] = row
            try:
                found = alone.result()
            except BrokenExecutor:
                found = self.asked(row.name, killed=True)
            self.under_way.clear()
            self.close()
            yield row, found
        self._pool = self._begun(self.count)

    def end(self) -> None:
        """End those under way: nobody waits for them."""
        for future in self.under_way:
            future.cancel()
        for each in set(multiprocessing.active_children()).difference(self._others):
            each.terminate()

    def close(self) -> None:
        """Let the processes go when they have ended what they are about."""
        self._pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _keys_wait() -> Iterator[None]:
    """Within it, Ctrl-C waits, also for a process that is started: that one hears it once it knows what to do."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _KEYS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def one(
    project: Project, name: str, wish: Wish, elsewhere: dict[str, list[str]], *, killed: bool = False
) -> Verified:
    """Verify the run whose record has this name below `records/`. One that cannot be trusted is blocked.

    So is one that we stumble over: the others go on.

    Args:
        project: Whose run it is.
        name: Of its record.
        wish: How.
        elsewhere: Where other runs have contents.
        killed: Whoever verified it was killed each time, so it is not tried again.
    """
    path = project.records / name
    run, seal = run_of_name(name), None
    try:
        text = read_text(path)
        record = understood(text, path)
        run, seal = record.id, seal_of(facts_and_rest(text)[0])
        if not seal_holds(text):
            raise UnreadableRecord(
                "its seal is broken: a fact was changed after the run, so there is nothing to compare with",
                where=path.relative_to(project.root),
                hint=f"see what: git log -p -- {path.relative_to(project.root)}",
            )
        if killed:
            raise Blocked(
                "the process that verified it was killed twice: for want of memory, or by the program itself",
                hint="verify it alone, where there is more memory",
            )
        if wish.commit:
            record = with_code_of(record, wish.commit)
        return verified(project, record, wish, seal=seal, elsewhere=elsewhere)
    except (UnreadableRecord, Blocked) as error:
        return blocked(project, wish, run, seal, error)
    except Exception as error:
        return blocked(project, wish, run, seal, _our_mistake(error))


def _our_mistake(error: Exception) -> Blocked:
    """What nobody has foreseen, as a sentence."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = masked(" ".join(str(error).split()))
    return Blocked(
        f"by a mistake of publisher: {type(error).__name__}: {said}{where}",
        hint="tell us of it, with the record and what `publisher about` says",
    )


def _blamed(
    project: Project,
    row: Row,
    wish: Wish,
    found: Verified,
    elsewhere: dict[str, list[str]],
    tell: Tell,
) -> str | None:
    """What turns a run that was verified; None for one whose record is another one by now."""
    path = project.records / row.name
    try:
        text = read_text(path)
        record, seal = understood(text, path), seal_of(facts_and_rest(text)[0])
    except UnreadableRecord:
        return None
    if seal != found.verification.record:
        return None
    return blamed(project, record, wish, found, seal=seal, elsewhere=elsewhere, tell=tell)


def _without_secrets(verification: Verification, found: Verified, variables: Mapping[str, str]) -> Verified:
    """A verification in which no text holds a credential, also none that these variables hold."""
    masking = Masking.of(variables, is_place=os.path.exists)
    environment = found.environment and masking.struct(found.environment)
    return structs.replace(found, verification=masking.struct(verification), environment=environment)


def kept(project: Project, found: Verified) -> Path:
    """Keep a verification with all that it names; returns its file.

    Raises:
        NotWritten: It could not be written; what is there of it names nothing that is missing.
    """
    environment = keep_environment(project, found.environment) if found.environment else None
    for name, data in found.artifacts.items():
        artifacts.keep(project, data, name)
    told = structs.replace(found.verification, environment=environment)
    return write_verification(project.records, told)


def stop_when_told() -> None:
    """From now on a request to end is an exception, once, so that what was begun is cleared away.

    A request that is ignored stays so: `nohup` is meant to outlast the terminal.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    _once(KeyboardInterrupt, [each for each in numbers if signal.getsignal(each) is not signal.SIG_IGN])


def _begin_worker() -> None:
    """In a worker, before its first run."""
    hide_environment()
    _end_when_told()


def _end_when_told() -> None:
    """In a worker: the one that started it says when to end. A key is pressed for that one, and not for us."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _nothing)
    _once(SystemExit, [signal.SIGTERM])
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _KEYS)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End when the one is gone that started us, whatever killed it: what was begun is cleared away first."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    _over.set()
    if sys.platform != "win32":
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)  # what it is about ends
    with _under_way:
        os._exit(1)


def _asked(asked: Asked, name: str) -> Verified:
    """In a worker: one run, which is ended before the worker is."""
    with _under_way:
        if _over.is_set():
            raise SystemExit
        return asked(name)


def _once(what: type[BaseException], numbers: Sequence[int]) -> None:
    """Raise at the first of these signals; the clearing away that follows is not disturbed by another."""

    def end(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, _nothing)
        raise what

    for each in numbers:
        signal.signal(each, end)


def _nothing(number: int, frame: FrameType | None) -> None:
    """What a signal does here; if it were ignored, so it would be by the programs that we start."""


def _elsewhere(chosen: Sequence[Row], every: Sequence[Row]) -> dict[str, list[str]]:
    """Where other runs saw or left the contents that the chosen ones need."""
    needed = {ref.sha256 for row in chosen for ref in (*row.inputs, *row.outputs)}
    found: dict[str, dict[str, None]] = {}
    for row in every:
        for ref in (*row.outputs, *row.inputs):
            if ref.sha256 and ref.sha256 in needed:
                found.setdefault(ref.sha256, {})[ref.path] = None
    return {sha256: list(paths) for sha256, paths in found.items()}
