"""What turns the result of a run: packages of the environment that is here, or a commit that came later.

A run that does not come out here is re-run with its recorded packages; where it does come out with those, versions
of here are put in their place until the fewest are found that turn it. A run that does come out is re-run with the
code of today; where that puts out something else, the first such commit is sought.

How it is halved is in `halving.py`, how a run is re-run in `rerun.py`. It writes nothing but environments on their
shelf, changes no verdict, and does not know how it is told on a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from publisher.errors import PublisherError, one_of
from publisher.model.environment import Environment, Python
from publisher.model.project import Project
from publisher.model.record import Record, RunId
from publisher.model.verification import MATCHES, Deviation, Verdict
from publisher.probe import checkout, git
from publisher.verify.deviations import PYTHON, deviations, in_a_sentence, in_words
from publisher.verify.halving import Answer, Together, most_for_one, most_tries, together, turn
from publisher.verify.rerun import Verified, Wish, environment_recorded, verified, with_code_of
from publisher.verify.surroundings import Changes, own_name, recorded_packages


class Begun(Struct, frozen=True, kw_only=True):
    """A search begins."""

    run: RunId
    verdict: Verdict  #: of the run, as it was verified
    among: str  #: `8 packages`
    most: int  #: re-runs that it takes where one is to blame and every re-run tells something
    seconds: float | None  #: that the program takes; None when nobody knows


class Tried(Struct, frozen=True, kw_only=True):
    """One re-run of a search is over."""

    number: int  #: the first is 1
    what: str  #: with what: `numpy 2.3.5 instead of 2.2.0`
    verdict: Verdict
    reason: str | None  #: why it is failed or blocked


class Ended(Struct, frozen=True, kw_only=True):
    """A search has come to something, in a sentence."""

    run: RunId
    said: str


Tell = Callable[[Begun | Tried | Ended], None]


class NoCulprit(PublisherError):
    """Nothing can be blamed; the sentence says why."""


def blamed(
    project: Project,
    record: Record,
    wish: Wish,
    first: Verified,
    *,
    seal: str,
    elsewhere: Mapping[str, Sequence[str]],
    tell: Tell,
) -> str | None:
    """What turns a run, for the field of that name in its verification; None when that cannot be said.

    Where the run does not come out, it is of the environment; where it does, it is the code that came later.

    Args:
        project: Whose run it is.
        record: The run.
        wish: How it was verified.
        first: Its verification, in an environment as it is here, or as locked.
        seal: Of the record's facts, `sha256:…`.
        elsewhere: Where other runs have contents, from `contents.paths_by_content`.
        tell: Is told how it goes on; that it ended when nothing can be blamed, and why.
    """
    search = _Search(
        project=project, record=record, wish=wish, first=first, seal=seal, elsewhere=elsewhere, tell=tell
    )
    try:
        verdict = first.verification.verdict
        if verdict == "blocked":
            raise NoCulprit("it could not be re-run, so there is nothing to bisect")
        return _in_code(search) if verdict in MATCHES else _in_environment(search)
    except NoCulprit as none:
        search.end(none.what)
        return None


def turned(as_in: Verified, now: Verified) -> Answer:
    """Whether a re-run no longer puts out what was recorded, as another one did not.

    One that ended as the run did, and put out something else, has turned. One that failed has only where the other
    failed in the same way: else it may have failed for a reason of its own, such as versions that exclude each
    other, and tells nothing.
    """
    verdict = now.verification.verdict
    if verdict in MATCHES:
        return False
    if verdict == "different":
        return True
    both_failed = verdict == as_in.verification.verdict == "failed"
    return True if both_failed and _ending(now) == _ending(as_in) else None


def _ending(failed: Verified) -> tuple[int | None, str | None, str]:
    """How a program failed: its exit code, its signal, its last words without paths and numbers."""
    said = failed.artifacts.get("stderr.txt", b"").decode("utf-8", "replace").strip()
    last = re.sub(r"\S*[/\\]\S*|\d+", "", said.rpartition("\n")[2])
    return failed.verification.exit_code, failed.verification.signal, last


class _Search(Struct, kw_only=True):
    """The re-runs of one search: each is counted, and told."""

    project: Project
    record: Record
    wish: Wish
    first: Verified
    seal: str
    elsewhere: Mapping[str, Sequence[str]]
    tell: Tell
    count: int = 0

    def begin(self, among: str, most: int) -> None:
        told = self.first.verification
        self.tell(Begun(run=told.run, verdict=told.verdict, among=among, most=most, seconds=told.duration))

    def end(self, said: str) -> None:
        self.tell(Ended(run=self.record.id, said=said))

    def again(self, what: str) -> Verified:
        """Re-run it as it was verified."""
        return self._rerun(what, self.record, self.wish)

    def built(self, what: str, changes: Changes) -> Verified:
        """Re-run it in the recorded environment with changes."""
        return self._rerun(what, self.record, structs.replace(self.wish, mode="recorded", changes=changes))

    def at(self, commit: str, what: str, *, twice: bool = False) -> Verified:
        """Re-run it with the code of another commit; inputs and parameters stay as recorded."""
        return self._rerun(what, with_code_of(self.record, commit), self.wish, twice=twice)

    def _rerun(self, what: str, record: Record, wish: Wish, *, twice: bool = False) -> Verified:
        wish = structs.replace(wish, twice=twice)
        found = verified(self.project, record, wish, seal=self.seal, elsewhere=self.elsewhere)
        self.count += 1
        told = found.verification
        self.tell(Tried(number=self.count, what=what, verdict=told.verdict, reason=told.reason))
        return found


def _refuse_unsteady(found: Verified, again: Callable[[], Verified] | None = None) -> None:
    """What comes out otherwise each time tells nothing; what failed is run again to see that."""
    findings = found.verification.findings
    if any(each.steady is False for each in findings if each.outcome == "different"):
        raise NoCulprit(
            "a second re-run put out something else again: what is not deterministic cannot be bisected"
        )
    if found.verification.verdict == "failed" and again and not turned(found, again()):
        raise NoCulprit("a second re-run ended otherwise: what is not deterministic cannot be bisected")


# -- the environment -----------------------------------------------------------------------------------------


def _in_environment(search: _Search) -> str:
    """The fewest packages that turn it, or the Python."""
    recorded = environment_recorded(search.project, search.record)
    here = search.first.environment
    if recorded is None or recorded.python is None:
        raise NoCulprit("the record does not tell which packages the run had, so there is nothing to bisect")
    if here is None or here.python is None:
        raise NoCulprit("no Python is here, so there are no packages to bisect")
    differing = _differing(search, recorded, here)
    if not differing:
        raise NoCulprit(f"its Python and its packages are those that are recorded{_else(search.first)}")
    failed = search.first.verification.verdict == "failed"
    if not failed:
        _refuse_unsteady(search.first)
    search.begin(_counted(differing), 1 + failed + most_for_one(len(differing)))
    if failed:
        _refuse_unsteady(search.first, lambda: search.again("once more as it is here"))
    base = _base(search, recorded.python, here.python, differing)
    if base.python:
        differing = [each for each in differing if each.what != PYTHON]
        if not differing:
            raise NoCulprit(f"with the Python that is here it still comes out{_else(search.first)}")

    tried: dict[frozenset[Deviation], Verified] = {}

    def built(some: Sequence[Deviation]) -> Verified:
        key = frozenset(some)
        if key not in tried:
            tried[key] = search.built(one_of(map(in_words, some)), _changed(base, some, here))
        return tried[key]

    absent: list[Deviation] = []
    if not turned(search.first, built(differing[:1])) and _is_blocked(built(differing)):
        absent = _absent(search, differing, _changed(base, differing, here))
        differing = [each for each in differing if each not in absent]
    sets = together(differing, lambda some: turned(search.first, built(some)))
    if not sets and absent:
        left = one_of(map(in_words, absent))
        raise NoCulprit(
            f"it still comes out with all packages of here that can be had, which is all but {left}"
        )
    if not sets:
        raise NoCulprit(f"with all packages as they are here it still comes out{_else(search.first)}")
    if not sets[0].seen:
        left = one_of(map(in_words, sets[0].all))
        raise NoCulprit(
            f"no environment that could be built turns it; what could not be tried apart is {left}"
        )
    return "; and, without that, by ".join(_told(each) for each in sets if each.seen)


def _differing(search: _Search, recorded: Environment, here: Environment) -> list[Deviation]:
    """The Python, where it is another one, then the packages that are, first those that the run imported."""
    assert recorded.python is not None and here.python is not None
    python = structs.replace(recorded.python, packages=recorded_packages(recorded, search.record))
    names = python.packages.keys() | here.python.packages.keys()
    names -= {own_name(search.project.root)}
    told = deviations(structs.replace(recorded, python=python), here, imports=search.record.imports.keys())
    packages = [each for each in told if each.what in names]
    return [*(each for each in told if each.what == PYTHON), *packages]


def _base(search: _Search, then: Python, here: Python, differing: Sequence[Deviation]) -> Changes:
    """What all environments have in common, once the run is seen to come out in it.

    That is nothing but what is recorded; where the recorded Python cannot be had, it is the one that is here.
    """
    base = Changes()
    found = search.built("as recorded", base)
    why = found.verification.reason
    if _is_blocked(found) and any(each.what == PYTHON for each in differing):
        search.end(f"Python {then.version} could not be tried, so it stays at {here.version}")
        base = Changes(python=here)
        found = search.built(f"the recorded packages in Python {here.version}", base)
    verdict = found.verification.verdict
    if verdict == "blocked":
        raise NoCulprit(f"the recorded environment cannot be had: {why}")
    if verdict not in MATCHES and base.python:
        raise NoCulprit(
            f"with the recorded packages in Python {here.version} it is {verdict} too: that it is the Python, and "
            f"not something else that is here, cannot be told without Python {then.version}"
        )
    if verdict not in MATCHES:
        raise NoCulprit(f"with the recorded Python and packages it is {verdict} too{_else(found)}")
    return base


def _absent(search: _Search, differing: Sequence[Deviation], changes: Changes) -> list[Deviation]:
    """The packages of here that cannot be had; the search goes on without them."""
    found = search.built("all that can be had", structs.replace(changes, lacking=True))
    python = found.environment and found.environment.python
    if not python:
        return []
    absent = [
        each for each in differing if each.what != PYTHON and python.packages.get(each.what) != each.found
    ]
    if absent:
        search.end(f"{one_of(map(in_words, absent))} could not be tried: no index has what is here")
    return absent


def _is_blocked(found: Verified) -> bool:
    return found.verification.verdict == "blocked"


def _changed(base: Changes, some: Sequence[Deviation], here: Environment) -> Changes:
    """The changes in which some things are as they are here."""
    packages = {each.what: each.found for each in some if each.what != PYTHON}
    python = here.python if any(each.what == PYTHON for each in some) else base.python
    return Changes(python=python, packages=packages)


def _counted(differing: Sequence[Deviation]) -> str:
    packages = sum(each.what != PYTHON for each in differing)
    counted = [f"{packages} {'package' if packages == 1 else 'packages'}"] if packages else []
    return " and ".join([*(["the Python"] if packages < len(differing) else []), *counted])


def _else(found: Verified) -> str:
    """The end of a sentence that says that it is not the packages: what else is another one."""
    told = found.verification.deviations
    others = [each for each in told if each.what != PYTHON and not each.is_package]
    rest = f": {in_a_sentence(others)}" if others else ", of which the record tells nothing"
    return f"; it is something else that is here{rest}"


def _told(found: Together[Deviation]) -> str:
    """Things that turn it together, as the end of `turned by`."""
    groups = [
        in_words(group[0]) if len(group) == 1 else f"one or more of {', '.join(map(in_words, group))}"
        for group in found.groups
    ]
    text = " and ".join(groups) + (", which do so only together" if len(groups) > 1 else "")
    along = ", ".join(map(in_words, found.along))
    return f"{text}, which could only be tried with {along}" if along else text


# -- the code ------------------------------------------------------------------------------------------------


def _in_code(search: _Search) -> str:
    """The first commit after that of the run out of which something else comes, as it does today."""
    commits = _later(search)
    today = commits[-1]
    search.begin(
        f"{len(commits)} {'commit' if len(commits) == 1 else 'commits'} that came later",
        2 + bool(search.record.code.changed) + most_tries(len(commits)),
    )
    last = search.at(today.commit, f"the code of today, {today.named}", twice=True)
    if last.verification.verdict in MATCHES:
        raise NoCulprit(f"the code of today ({today.short}) still puts out what was recorded")
    if _is_blocked(last):
        raise NoCulprit(f"the code of today ({today.short}) cannot be re-run: {last.verification.reason}")
    _refuse_unsteady(last, lambda: search.at(today.commit, "the code of today once more"))

    def answer(place: int) -> Answer:
        if place == len(commits):
            return True
        later = commits[place - 1]
        return turned(last, search.at(later.commit, later.named))

    found = turn(_start(search, answer), len(commits), answer)
    first, at = commits[found.after], commits[found.at - 1]
    many = found.at - found.after
    name = f"commit {at.named}" if many == 1 else f"one of the {many} commits {first.short} to {at.short}"
    return name if at is today else f"{name}, on the way to {today.short}"


def _later(search: _Search) -> list[checkout.Later]:
    """The commits after that of the run, the oldest first; at least one."""
    commit = search.record.code.commit
    if commit is None:
        raise NoCulprit("the run was made before the first commit, so none can be blamed")
    try:
        source = checkout.source_at(search.project.root)
        commits = checkout.since(source, commit)
    except (checkout.CodeNotThere, git.NoAnswer) as error:
        raise NoCulprit(f"git does not say what came after the commit of the run: {error}") from error
    if not commits and checkout.head_of(source) == commit:
        raise NoCulprit("its commit is the one that is checked out, so no code has come since")
    if not commits:
        raise NoCulprit(f"what is checked out does not come from its commit {commit[:10]}")
    return commits


def _start(search: _Search, answer: Callable[[int], Answer]) -> int:
    """The place on the line of commits from which on it is to be halved; 0 is the commit of the run.

    A run with uncommitted changes may come out only where they were committed: that is mostly the next one.
    """
    code = search.record.code
    if not code.changed:
        return 0
    assert code.commit is not None
    if turned(search.first, search.at(code.commit, "without its uncommitted changes")) is False:
        return 0
    if answer(1) is False:
        return 1
    raise NoCulprit(
        "without the uncommitted changes of the run neither its commit nor the next one puts it out, "
        "so no commit can be blamed"
    )
