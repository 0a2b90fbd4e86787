"""One run, run again in a clean place and compared with its record: the verification of it.

What cannot be re-run is *blocked*, with the reason; nothing here raises for what a record or a program does. It
writes nothing into the project: what is to be kept is in the answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field, structs

from publisher import __version__
from publisher.errors import PublisherError, UnreadableRecord, one_of
from publisher.model.environment import Environment
from publisher.model.places import without_places
from publisher.model.project import Project, Step
from publisher.model.record import FileRef, Log, Record
from publisher.model.secrets import MASK, Masking
from publisher.model.verification import (
    MATCHES,
    SCHEMA,
    Finding,
    Machine,
    Verdict,
    Verification,
    verdict_of,
)
from publisher.probe.process import NOT_ALLOWED, NOT_FOUND, Outcome
from publisher.probe.tree import sha256_of
from publisher.store import artifacts
from publisher.store.cache import cache_folder
from publisher.store.environments import read_environment
from publisher.supply.download import Arrived
from publisher.supply.inside import is_outside
from publisher.verify import contents
from publisher.verify.comparison import compared, tolerance_for
from publisher.verify.place import Blocked, Place, Ran, opened
from publisher.verify.surroundings import Changes, Mode, Surroundings, Wanted, surroundings
from publisher.verify.variables import time_limit, variables_for

MOST_DEVIATIONS = 20  #: that a verification names
STDOUT = "standard output"  #: stands for a path where a run has no outputs, but said something


class Wish(Struct, frozen=True, kw_only=True):
    """How runs are to be verified."""

    mode: Mode = "current"
    network: bool = False  #: all may use it, not only those whose step says so
    parent: Path | None = None  #: where clean places are made; None for the system's temporary folder
    limit: float | None = (
        None  #: seconds that a program may take; None for ten times what it took, and a minute
    )
    remade: Path | None = None  #: folder in which re-runs leave what others need; None where nobody does
    needed: frozenset[str] = frozenset()  #: SHA-256, as recorded, of what others need
    changes: Changes = Changes()  #: in what the recorded environment is to be another one
    twice: bool = True  #: a run that comes out different is run a second time
    commit: str = ""  #: whose code is run in place of the run's own; empty for its own
    aside: dict[
        str, str
    ] = {}  #: variables of the user that no program gets; their values are masked in what it says


def with_code_of(record: Record, commit: str) -> Record:
    """A record of the same run with the code of another commit; inputs and parameters stay as recorded."""
    code = structs.replace(record.code, commit=commit, patch=None, changed=[], left_out=[], submodules=[])
    return structs.replace(record, code=code)


class Verified(Struct, frozen=True, kw_only=True):
    """A verification, and what is to be kept beside it."""

    verification: Verification
    environment: Environment | None = None  #: that the program saw; None when it did not run
    artifacts: dict[str, bytes] = field(default_factory=dict)  #: file name -> content: pictures, logs


class _Came(Struct, kw_only=True):
    """What one re-run came to; its place is gone."""

    ran: Ran
    around: Surroundings
    variables: dict[str, str]
    findings: list[Finding]
    notes: list[str]
    stdout: bytes
    stderr: bytes
    behind: set[str]  #: outputs behind a link of the commit that leads out of the place
    pictures: dict[str, bytes]


def verified(
    project: Project,
    record: Record,
    wish: Wish,
    *,
    seal: str,
    elsewhere: Mapping[str, Sequence[str]] | None = None,
    arrived: Arrived = lambda come, whole: None,
) -> Verified:
    """Run a recorded run again, and say how what comes out compares.

    A run whose outputs differ is run a second time, in another clean place: what differs from itself tells
    nothing of a change.

    Args:
        project: Whose run it is.
        record: The run.
        wish: How it is to be verified.
        seal: Of the record's facts, `sha256:…`.
        elsewhere: Where other runs have contents, from `contents.paths_by_content`.
        arrived: Is told how a download goes on.
    """
    begun = _begun(project, wish, record.id, seal) | {"commit": record.code.commit}

    def once(look: Callable[[_Came, Place], list[Finding]], *, again: bool = False) -> _Came:
        with opened(
            project, record, parent=wish.parent, elsewhere=elsewhere, remade=wish.remade, arrived=arrived
        ) as place:
            came = _run(project, record, wish, place, again=again)
            came.findings = look(came, place)
            if not again:
                _hand_on(record, wish, came, place)
            return came

    try:
        _refuse_senseless(record)
        _refuse_unended(record)
        came = once(lambda came, place: _findings(project, record, came, place))
        verdict, reason, unblock = _judged(record, came)
    except (PublisherError, OSError) as error:
        return _refused(project, begun, error)
    if verdict == "different" and wish.twice:
        # Where it cannot be run again, nobody knows whether it is steady; different it stays.
        with contextlib.suppress(PublisherError, OSError):
            second = once(lambda again, place: _steadied(record, came.findings, again, place), again=True)
            came.findings = second.findings
    outcome = came.ran.outcome
    logs = {"stdout": came.stdout, "stderr": came.stderr}
    digests = {name: _digest(said) for name, said in logs.items() if said}
    return Verified(
        verification=Verification(
            **begun,
            verdict=verdict,
            reason=_plain(project, reason),
            unblock=_plain(project, unblock),
            duration=round(outcome.duration, 6),
            deviations=came.around.deviations[:MOST_DEVIATIONS],
            more_deviations=max(0, len(came.around.deviations) - MOST_DEVIATIONS),
            variables=came.variables,
            network=came.ran.network,
            exit_code=outcome.exit_code,
            signal=outcome.signal,
            findings=came.findings,
            notes=[_plain(project, note) or "" for note in came.notes],
            log=Log(stdout=digests.get("stdout"), stderr=digests.get("stderr")) if digests else None,
        ),
        environment=came.around.environment,
        artifacts=came.pictures | {f"{name}.txt": said for name, said in logs.items() if said},
    )


def blocked(project: Project, wish: Wish, run: str, seal: str | None, error: PublisherError) -> Verified:
    """The verification of a run that was not even begun.

    Args:
        project: Whose run it is.
        wish: How it was to be verified.
        run: Its id.
        seal: Of the record's facts as they stand; None when they cannot be read.
        error: Why; its hint is what would make it possible.
    """
    return _refused(project, _begun(project, wish, run, seal), error)


def _begun(project: Project, wish: Wish, run: str, seal: str | None) -> dict[str, Any]:
    """What every verification says, whatever comes of it."""
    return {
        "schema": SCHEMA,
        "run": run,
        "started": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "record": seal,
        "mode": wish.mode,
        "machine": machine_here(project),
        "publisher": __version__,
    }


def _plain(project: Project, text: str | None) -> str | None:
    """A sentence of a verification, without the paths that only this machine has."""
    home = os.path.expanduser("~")
    return None if text is None else without_places(text, root=str(project.root), home=home)


def _refused(project: Project, begun: dict[str, Any], error: PublisherError | OSError) -> Verified:
    if isinstance(error, OSError):
        error = Blocked(
            f"no place for it can be made: {error.strerror or error}",
            where=error.filename,
            hint="see that there is room among the temporary files (TMPDIR says where), and that it is allowed",
        )
    place = f"{error.where}: " if error.where else ""
    return Verified(
        verification=Verification(
            **begun,
            verdict="blocked",
            reason=_plain(project, f"{place}{error.what}"),
            unblock=_plain(project, error.hint or None),
        )
    )


def _refuse_senseless(record: Record) -> None:
    """A name that no file can have; the record may be a stranger's."""
    names = [ref.path for ref in (*record.inputs, *record.outputs)]
    names += [record.directory or "", (record.parameters and record.parameters.file) or ""]
    if not record.command or not record.command[0]:
        raise Blocked("its command names no program", hint="was the record edited by hand?")
    if any("\0" in each for each in (*record.command, *names)):
        raise Blocked(
            "a word of its command or a name of a file holds a NUL", hint="was the record edited by hand?"
        )


def _refuse_unended(record: Record) -> None:
    """A run that somebody stopped cannot be run again to the same point."""
    if record.status in ("running", "interrupted"):
        how = (
            "has not ended"
            if record.status == "running"
            else f"was interrupted ({record.signal or 'signal'})"
        )
        raise Blocked(f"the run {how}, so it has no result to compare with", hint="run it again to its end")


def _refuse_unstarted(outcome: Outcome) -> None:
    """A program that is not here says nothing of the run."""
    if outcome.problem and not outcome.duration and outcome.exit_code in (NOT_FOUND, NOT_ALLOWED):
        raise Blocked(outcome.problem, hint="install it, or verify where it is")


def _run(project: Project, record: Record, wish: Wish, place: Place, *, again: bool) -> _Came:
    """Run it in its place. A second time, Python gets another seed for the order of its sets than we gave it."""
    step = project.settings.steps.get(record.step or "") or Step(command="")
    recorded = environment_recorded(project, record)
    variables = variables_for(record, recorded)
    if again and not (recorded and "PYTHONHASHSEED" in recorded.variables):
        variables["PYTHONHASHSEED"] = "1"
    given = place.environment(variables)
    around = surroundings(
        wish.mode,
        Wanted(
            record=record,
            recorded=recorded,
            root=project.root,
            cache=cache_folder(project),
            checkout=place.root,
            lock=project.settings.lock,
            variables=given,
            ours=variables,
            changes=wish.changes,
            there=place,
        ),
    )
    inside = [out.path for out in record.outputs if not is_outside(out.path)]
    behind = {path for path in inside if ".." not in path and _leads_out(place.root / path, place)}
    before = _states(project, record)
    ran = place.run(
        around.command(place.command()),
        around.around(given),
        limit=time_limit(record) if wish.limit is None else wish.limit,
        network=wish.network or step.network,
    )
    _refuse_unstarted(ran.outcome)
    masking = Masking.of({**os.environ, **wish.aside}, is_place=os.path.exists)
    reached = [path for path, state in _states(project, record).items() if before.get(path) != state]
    if reached:
        named = f"{one_of(reached)}: does the program name it by an absolute path?"
        place.notes.append(f"meanwhile the working tree itself was written to, {named}")
    return _Came(
        ran=ran,
        around=around,
        variables=variables,
        findings=[],
        notes=list(place.notes),
        stdout=masking.bytes(ran.stdout.whole()),
        stderr=masking.bytes(ran.stderr.whole()),
        behind=behind,
        pictures={},
    )


def environment_recorded(project: Project, record: Record) -> Environment | None:
    """What a run saw; None when nobody knows."""
    try:
        return read_environment(project, record.environment) if record.environment else None
    except UnreadableRecord:
        return None


# -- what came out -------------------------------------------------------------------------------------------


def _findings(project: Project, record: Record, came: _Came, place: Place) -> list[Finding]:
    """Every output, compared while the place is there."""
    step = project.settings.steps.get(record.step or "") or Step(command="")

    def picture(data: bytes) -> str:
        came.pictures[f"difference-{len(came.pictures)}.png"] = data
        return _digest(data)

    found: list[Finding] = []
    for out in record.outputs:
        if is_outside(out.path) or out.path in came.behind:
            where = "behind a link that leads out" if out.path in came.behind else "outside"
            said = f"lies {where} of the project, and is not looked at"
            found.append(Finding(path=out.path, outcome="outside", recorded=out.sha256, said=said))
            continue
        if MASK in out.path:
            said = "its name held what looks like a credential, and is masked: nobody knows which file it is"
            found.append(Finding(path=out.path, outcome="outside", recorded=out.sha256, said=said))
            continue
        tolerance = tolerance_for(out.path, step.tolerance, project.settings.tolerance)
        written = _regular(came.ran.came.outputs[out.path], place)
        kept = artifacts.path_of(project, out.sha256 or "")
        if kept is None and written and out.sha256 and _sha256(written) != out.sha256:
            elsewhere = place.copy_of(out)
            kept = elsewhere.path if isinstance(elsewhere, contents.Found) else None
        finding = compared(out.path, out, kept, written, tolerance, picture=picture)
        why = came.ran.came.why.get(out.path)
        found.append(structs.replace(finding, said=why) if why and written is None else finding)
    if not found and not record.uncertain and record.log and record.log.stdout:
        found += _of_stdout(project, record, came, place)
    found += [
        Finding(path=path, outcome="additional", said="the record does not name it")
        for path in came.ran.came.additional
    ]
    return found


def _of_stdout(project: Project, record: Record, came: _Came, place: Place) -> list[Finding]:
    """What a run that wrote no file said, as if it were one; nothing where too little of it was kept.

    Where both streams led to one place, the recorded one holds both. Records of before that was recorded do not
    tell, and nothing is claimed for them: a result that went over to stderr is no longer on stdout.
    """
    assert record.log is not None and record.log.stdout is not None
    ref = FileRef(path="stdout.txt", sha256=record.log.stdout.removeprefix("sha256:"))
    tolerance = tolerance_for(STDOUT, {}, project.settings.tolerance)
    kept = artifacts.path_of(project, record.log.stdout)
    data = _said(record, came)
    said = place.scratch() / "stdout.txt"
    said.write_bytes(data)
    finding = structs.replace(compared("stdout.txt", ref, kept, said, tolerance), path=STDOUT)
    both = hashlib.sha256(came.stdout + came.stderr).hexdigest()
    if finding.outcome not in MATCHES and came.stderr and both == ref.sha256:
        told = (
            "what is said on both streams together is what was recorded, but the record tells of stdout alone"
        )
        finding = structs.replace(finding, said=told)
    left_out = came.ran.stdout.left_out or (record.log.joined and came.ran.stderr.left_out)
    if (finding.outcome in MATCHES and left_out) or (record.log.truncated and not left_out):
        return []  # what differs may be in what was left out
    if finding.outcome == "identical" and MASK.encode() in data:
        aside = ["what looks like credentials, which is masked"]
        finding = structs.replace(finding, outcome="equivalent", how="content", set_aside=aside)
    return [finding]


def _said(record: Record, came: _Came) -> bytes:
    """What a re-run said where the record has what the run said on stdout."""
    return came.stdout + came.stderr if record.log and record.log.joined else came.stdout


def _hand_on(record: Record, wish: Wish, came: _Came, place: Place) -> None:
    """Leave what came out to those who read it; what cannot be left is missing there, and they say so."""
    for out in record.outputs:
        if wish.remade and out.sha256 in wish.needed and out.path not in came.behind:
            written = _regular(came.ran.came.outputs.get(out.path), place)
            if written:
                with contextlib.suppress(OSError):
                    contents.hand_on(written, out.sha256, wish.remade)


def _regular(path: Path | None, place: Place) -> Path | None:
    """A file that a program wrote; None for a link that leads out of the place."""
    return path if path and path.is_file() and not _leads_out(path, place) else None


def _leads_out(path: Path, place: Place) -> bool:
    return not os.path.realpath(path).startswith(os.path.realpath(place.folder) + os.sep)


def _states(project: Project, record: Record) -> dict[str, tuple[int, int, int]]:
    """What tells that outputs in the user's own tree were written to."""
    found = {}
    for out in record.outputs:
        with contextlib.suppress(OSError, ValueError):
            now = os.stat(project.root / out.path)
            found[out.path] = (now.st_ino, now.st_size, now.st_mtime_ns)
    return found


def _sha256(path: Path) -> str | None:
    """SHA-256 of what a program wrote; None when it cannot be read."""
    try:
        return sha256_of(path)
    except OSError:
        return None


def _steadied(record: Record, findings: list[Finding], again: _Came, place: Place) -> list[Finding]:
    """The same findings, which also know whether a second re-run put out what the first did."""
    told: list[Finding] = []
    for each in findings:
        if each.outcome in ("different", "equivalent", "close") and each.found:
            if each.path == STDOUT:
                digest: str | None = hashlib.sha256(_said(record, again)).hexdigest()
            else:
                written = _regular(again.ran.came.outputs.get(each.path), place)
                digest = _sha256(written) if written else None
            each = structs.replace(each, steady=digest == each.found)
        told.append(each)
    return told


def _judged(record: Record, came: _Came) -> tuple[Verdict, str | None, str | None]:
    """The verdict, why when it is failed or blocked, and what would unblock it."""
    outcome = came.ran.outcome
    ended = (outcome.exit_code, outcome.signal)
    if outcome.problem or ended != (record.exit_code, record.signal):
        return "failed", outcome.problem or _otherwise(record, outcome.exit_code, outcome.signal), None
    verdict = verdict_of(came.findings)
    if verdict is not None:
        return verdict, None, None
    if record.uncertain and not record.outputs:
        reason = (
            "what it wrote is uncertain, because another run was under way beside it: nothing can be compared"
        )
        return (
            "blocked",
            reason,
            "run it again, alone or with an output folder of its own, and verify that run",
        )
    if not record.outputs and record.log and record.log.stdout:
        reason = "what it said was too long to be kept whole, and what was kept does not tell"
        return "blocked", reason, "allow more under `limits: {log: …}` in publisher.yml, and run it again"
    reason = "the run put out nothing in the project that could be compared"
    return "blocked", reason, "have it write its results into a file of the project, and run it again"


def _otherwise(record: Record, exit_code: int | None, signal: str | None) -> str:
    def in_words(code: int | None, name: str | None) -> str:
        return f"by {name}" if name else f"with exit code {code}"

    return (
        f"it ended {in_words(exit_code, signal)}; the run ended {in_words(record.exit_code, record.signal)}"
    )


# -- where ---------------------------------------------------------------------------------------------------


def machine_here(project: Project) -> Machine:
    """The machine that verifies, as far as the settings let it be told."""
    name = platform.node() if project.settings.privacy.hostname else ""
    return Machine(
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        name=name or None,
        job=job_address(os.environ),
    )


def job_address(variables: Mapping[str, str]) -> str | None:
    """The address of the CI run that this is a part of; None when it is none that we know."""
    if variables.get("GITHUB_ACTIONS") == "true" and variables.get("GITHUB_RUN_ID"):
        server = variables.get("GITHUB_SERVER_URL", "https://github.com")
        return f"{server}/{variables.get('GITHUB_REPOSITORY', '')}/actions/runs/{variables['GITHUB_RUN_ID']}"
    return variables.get("CI_JOB_URL") or None


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
