"""Many runs verified: one after the other or at once, to the end or interrupted; what is kept of it."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from msgspec import structs

from publisher.model.project import Project
from publisher.model.record import Author, Record
from publisher.model.row import Row
from publisher.store.environments import read_environment
from publisher.store.index import Index
from publisher.store.project import project_at
from publisher.store.records import facts_and_rest, seal_of
from publisher.store.verifications import verification_of
from publisher.verify import rounds
from publisher.verify.rerun import Verified, Wish, verified
from publisher.verify.rounds import one, stop_when_told, verify
from tests.factory import posix
from tests.support.processes import ancestors, running, wait_for
from tests.verify.programs import one as program
from tests.verify.test_corpus import Study, made, put, recorded, state

CASES = {
    "same": program("open('out.csv', 'w').write('1\\n')\n", "identical"),
    "other": program("import time; open('out.csv', 'w').write(str(time.time_ns()))\n", "different"),
    "gone": program(
        "open('out.csv', 'w').write(open('data/in.csv').read() + 'x')\n",
        "blocked",
        data={"data/in.csv": "7\n"},
    ),
}
WAITS = """
import time, uuid
open(@WORLD@ + '.' + uuid.uuid4().hex, 'w')
open('out.csv', 'w').write('1\\n')
for _ in range(500):
    if open(@WORLD@).read() != 'wait': break
    time.sleep(0.01)
else:
    open(@WORLD@ + '.done', 'w')
"""


@pytest.fixture
def study(home: Path, tmp_path: Path) -> Study:
    """Three runs: of one verdict each."""
    study = made(tmp_path, CASES)
    for name, case in CASES.items():
        recorded(study, name, case)
    (study.project.root / "gone" / "data" / "in.csv").unlink()
    return study


def everything(study: Study) -> tuple[Project, list[Row]]:
    project = project_at(study.project.root)
    return project, Index(project).rows().rows


def files(study: Study) -> list[Path]:
    return sorted(study.project.root.glob("records/verifications/**/*"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_gets_its_own_verdict_however_many_at_once(jobs: int, study: Study) -> None:
    project, rows = everything(study)
    ada = Author(name="Ada Example")
    before = state(study.project.root)
    done = list(verify(project, rows, rows, Wish(parent=study.places), jobs=jobs, author=ada))
    told = {each.row.id: each.verification.verdict for each in done}
    assert [told[row.id] for row in rows] == ["identical", "different", "blocked"]
    assert all(each.verification.author == ada and each.verification.run == each.row.id for each in done)
    assert list(study.places.iterdir()) == []
    changed = {path for path, now in state(study.project.root).items() if before.get(path) != now}
    assert all("/records" in path for path in changed)
    found = {each.id: each.verdict for each in Index(project).rows().rows}
    assert found == told


def test_what_is_kept_names_nothing_that_is_missing(study: Study) -> None:
    project, rows = everything(study)
    for done in verify(project, rows, rows, Wish(parent=study.places)):
        assert done.path is not None
        text = done.path.read_text()
        kept = verification_of(text, done.path)
        assert kept.seal == "sha256:" + hashlib.sha256(text.partition("seal:")[0].encode()).hexdigest()
        if kept.environment:
            assert (project.records / "environments" / f"{kept.environment}.yml").is_file()
        for name in filter(None, [kept.log and kept.log.stdout, kept.log and kept.log.stderr]):
            assert next(project.records.glob(f"artifacts/??/{name.removeprefix('sha256:')}*")).is_file()
        assert (kept.verdict == "blocked") == (kept.environment is None)


def test_verifications_share_what_they_saw(study: Study) -> None:
    project, rows = everything(study)
    done = list(verify(project, rows[:2], rows, Wish(parent=study.places)))
    (name,) = {verification_of(each.path.read_text(), each.path).environment for each in done if each.path}
    assert name and "SOURCE_DATE_EPOCH" not in read_environment(project, name).variables
    assert all("SOURCE_DATE_EPOCH" in each.verification.variables for each in done)


def test_nothing_is_kept_when_nothing_is_to_be(study: Study) -> None:
    project, rows = everything(study)
    before = state(study.project.root)
    assert all(
        done.path is None for done in verify(project, rows, rows, Wish(parent=study.places), keep=False)
    )
    assert state(study.project.root) == before


def test_two_verifications_of_one_run_in_one_second_are_both_kept(study: Study) -> None:
    project, rows = everything(study)
    for _ in range(3):
        list(verify(project, rows[2:], rows, Wish(parent=study.places)))
    told = [verification_of(path.read_text(), path) for path in files(study) if path.is_file()]
    assert len(told) == len({each.started for each in told}) == 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_record_whose_seal_is_broken_is_blocked_and_the_others_go_on(jobs: int, study: Study) -> None:
    project, rows = everything(study)
    path = project.records / rows[0].name
    path.write_text(path.read_text().replace("exit_code: 0", "exit_code: 1"))
    project, rows = everything(study)
    done = {
        each.row.id: each.verification
        for each in verify(project, rows, rows, Wish(parent=study.places), jobs=jobs)
    }
    assert [done[row.id].verdict for row in rows] == ["blocked", "different", "blocked"]
    broken = done[rows[0].id]
    assert "its seal is broken" in (broken.reason or "") and "git log" in (broken.unblock or "")
    assert broken.record == seal_of(facts_and_rest(path.read_text())[0]) == rows[0].seal
    assert str(project.root) not in (broken.reason or "")
    assert Index(project).rows().problems == []


@pytest.mark.parametrize("text", ["", "x: [", "schema: 99\n", None])
def test_a_record_that_cannot_be_read_any_more_is_blocked(text: str | None, study: Study) -> None:
    project, rows = everything(study)
    path = project.records / rows[0].name
    path.unlink()
    if text is not None:
        path.write_text(text)
    found = one(project, rows[0].name, Wish(parent=study.places), {}).verification
    assert (found.verdict, found.run) == ("blocked", rows[0].id)
    assert found.reason


def test_what_we_stumble_over_blocks_that_run_alone(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    project, rows = everything(study)

    def stumble(project: Project, record: Record, *rest: object, **facts: object) -> Verified:
        if record.id == rows[0].id:
            raise ZeroDivisionError("of ghp_0123456789abcdefghij0123\nsomething")
        return verified(project, record, *rest, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(rounds, "verified", stumble)
    done = [each.verification for each in verify(project, rows, rows, Wish(parent=study.places))]
    assert [each.verdict for each in done] == ["blocked", "different", "blocked"]
    assert (done[0].reason or "").startswith(
        "by a mistake of publisher: ZeroDivisionError: of (masked) something (test_rounds.py:"
    )


KILLS = """
import pathlib, time
told = pathlib.Path(@WORLD@)
if told.read_text() in ('always', 'once'):
    told.with_name('a.killing').write_text('')
    time.sleep(600)
open('out.csv', 'w').write('1\\n')
"""


def kill_workers(study: Study) -> None:
    """Kill the worker above each program that waits for it."""
    while study.worlds.exists():
        if not (study.worlds / "a.killing").exists():
            time.sleep(0.01)
            continue
        (study.worlds / "a.killing").unlink()
        if (study.worlds / "a").read_text() == "once":
            put(study.worlds / "a", "")
        program = next(
            pid for pid in running(f"{study.places}/") if os.readlink(f"/proc/{pid}/cwd").endswith("/a")
        )
        above = ancestors(program)
        worker = next(pid for pid in above if b"multiprocessing" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(worker, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for what is above a program")
@pytest.mark.parametrize("how", ["once", "always"])
def test_a_worker_that_is_killed_loses_no_other_run(how: str, home: Path, tmp_path: Path) -> None:
    cases = {"a": program(KILLS, "identical")} | dict.fromkeys("bcde", CASES["same"])
    study = made(tmp_path, cases)
    for name, case in cases.items():
        recorded(study, name, case)
    put(study.worlds / "a", how)
    project, rows = everything(study)
    killer = threading.Thread(target=kill_workers, args=(study,), daemon=True)
    killer.start()
    done = {
        each.row.id: each.verification
        for each in verify(project, rows, rows, Wish(parent=study.places), jobs=2)
    }
    verdicts = [done[row.id].verdict for row in rows]
    assert verdicts == ["identical" if how == "once" else "blocked", *["identical"] * 4]
    if how == "always":
        assert "was killed twice" in (done[rows[0].id].reason or "")


# -- interrupted ---------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(home: Path, tmp_path: Path) -> Study:
    """Two runs of programs that wait for the world when they are run again."""
    case = program(WAITS, "identical")
    study = made(tmp_path, {"a": case, "b": case})
    for name in ("a", "b"):
        recorded(study, name, structs.replace(case, world="go"))
        put(study.worlds / name, "wait")
    for each in study.worlds.glob("*.*"):
        each.unlink()
    return study


@posix
@pytest.mark.parametrize(
    ("sent", "jobs"), [("SIGTERM", "2"), ("SIGINT", "1"), ("SIGINT", "2"), ("SIGHUP", "1")]
)
def test_what_is_interrupted_leaves_nothing(sent: str, jobs: str, waiting: Study) -> None:
    Index(project_at(waiting.project.root)).rows()
    before = state(waiting.project.root)
    words = [sys.executable, "-m", "publisher", "verify", "--all", "--jobs", jobs]
    going = subprocess.Popen(
        words,
        cwd=waiting.project.root,
        env={**os.environ, "TMPDIR": str(waiting.places)},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: len(list(waiting.worlds.glob("*.*"))) == int(jobs))
    going.send_signal(signal.Signals[sent])
    said = going.communicate(timeout=30)[1]
    assert (going.returncode, said) == (130, "")
    assert list(waiting.places.iterdir()) == []
    assert state(waiting.project.root) == before
    assert not list(waiting.worlds.glob("*.done")) and not running(str(waiting.places))


@posix
def test_workers_end_with_the_one_that_started_them(waiting: Study) -> None:
    words = [sys.executable, "-m", "publisher", "verify", "--all", "--jobs", "2"]
    going = subprocess.Popen(
        words,
        cwd=waiting.project.root,
        env={**os.environ, "TMPDIR": str(waiting.places)},
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: len(list(waiting.worlds.glob("*.*"))) == 2)
    going.kill()
    said = going.communicate(timeout=30)[1]  # who holds its stderr is gone
    assert b"Traceback" not in said
    wait_for(lambda: not list(waiting.places.iterdir()))
    assert not list(waiting.worlds.glob("*.done"))


@posix
@pytest.mark.parametrize("after", [0.3, 0.5, 0.7, 0.9, 1.2])
def test_ctrl_c_while_workers_start_is_as_quiet(after: float, waiting: Study) -> None:
    words = [sys.executable, "-m", "publisher", "verify", "--all", "--jobs", "2"]
    going = subprocess.Popen(
        words,
        cwd=waiting.project.root,
        env={**os.environ, "TMPDIR": str(waiting.places)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        going.wait(after)
    os.killpg(going.pid, signal.SIGINT)
    said = going.communicate(timeout=30)[1]
    assert (going.returncode, "Traceback" in said) in ((130, False), (-2, False), (-2, True))
    assert "spawn" not in said and list(waiting.places.iterdir()) == []


@posix
def test_who_wants_no_more_ends_those_under_way(waiting: Study) -> None:
    put(waiting.worlds / "a", "go")
    project, rows = everything(waiting)
    going = verify(project, rows, rows, Wish(parent=waiting.places), jobs=2)
    assert next(going).verification.verdict == "identical"
    wait_for(lambda: list(waiting.worlds.glob("b.*")))
    (told,) = waiting.worlds.glob("b.*")
    going.close()  # type: ignore[attr-defined]
    assert list(waiting.places.iterdir()) == []
    assert multiprocessing.active_children() == []
    assert not running(str(waiting.places))
    assert list(waiting.worlds.glob("b.*")) == [told]  # it did not wait for its end


@posix
def test_a_request_counts_once_and_one_that_is_ignored_stays_so() -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGHUP, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        stop_when_told()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # what is being cleared away is cleared away
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
