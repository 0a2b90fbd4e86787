"""What turns a result is found: real packages built by the real uv, real commits, real programs run again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, field, structs

from publisher.cli.main import main
from publisher.model.project import Project
from publisher.model.record import Record
from publisher.model.verification import Verdict, Verification
from publisher.store.environments import keep_environment, read_environment
from publisher.store.index import Index
from publisher.store.project import project_at
from publisher.store.verifications import verification_of
from publisher.verify.bisection import Begun, Ended, Tried, turned
from publisher.verify.rerun import Verified, Wish
from publisher.verify.rounds import Done, verify
from publisher.verify.shelf import WHOLE
from tests.factory import posix
from tests.support.processes import wait_for
from tests.tools import need
from tests.verify.programs import one as program
from tests.verify.test_corpus import Study, again, made, put, recorded, state
from tests.wheels import wheel

PYTHON = ".".join(map(str, sys.version_info[:3]))
LIBS = [f"lib_{letter}" for letter in "abcdefgh"]


class Heard(Struct):
    """Everything that is told of a search."""

    told: list[Begun | Tried | Ended] = field(default_factory=list)

    def __call__(self, told: Begun | Tried | Ended) -> None:
        self.told.append(told)

    @property
    def tried(self) -> list[Tried]:
        return [each for each in self.told if isinstance(each, Tried)]

    @property
    def most(self) -> int:
        (begun,) = (each for each in self.told if isinstance(each, Begun))
        return begun.most

    @property
    def ends(self) -> list[str]:
        return [each.said for each in self.told if isinstance(each, Ended)]


def bisected(study: Study, heard: Heard, *, keep: bool = False, **wish: Any) -> Done:
    """The newest run verified, and what turns it sought; nothing of the user's is left otherwise than it was."""
    project = project_at(study.project.root)
    rows = Index(project).rows().rows
    ours = (os.sep + ".publisher", os.sep + "records")
    before = state(study.project.root)
    (done,) = verify(project, rows[-1:], rows, Wish(parent=study.places, **wish), keep=keep, bisect=heard)
    after = state(study.project.root)
    changed = {each for each in {*before, *after} if before.get(each) != after.get(each)}
    assert all(any(f"{study.project.root}{own}" in each for own in ours) for each in changed), changed
    assert list(study.places.iterdir()) == []
    assert [each.number for each in heard.tried] == list(range(1, len(heard.tried) + 1))
    return done


# -- packages --------------------------------------------------------------------------------------------------


class Venv(Struct, frozen=True, kw_only=True):
    """The environment that is here."""

    python: Path
    uv: str

    def install(self, *packages: str) -> None:
        words = [self.uv, "pip", "install", "--quiet", "--no-deps", "--python", str(self.python), *packages]
        subprocess.run(words, check=True)

    def remove(self, *packages: str) -> None:
        words = [self.uv, "pip", "uninstall", "--quiet", "--python", str(self.python), *packages]
        subprocess.run(words, check=True)

    def renewed(self, *names: str) -> None:
        if names:
            self.install(*(f"{name}==2.0" for name in names))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place from which packages come: eight, in two versions that say whether they are new."""
    need("uv")
    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "wheels"
    for name in LIBS:
        # No file is taken for the one of another version by its size.
        wheel(folder, name, "1.0", module="new = False\n")
        wheel(folder, name, "2.0", module="new = True # \n")
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    return folder


@pytest.fixture
def here(wheels: Path, tmp_path: Path) -> Venv:
    """An environment with the first version of all eight."""
    uv, venv = need("uv"), tmp_path / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    made = Venv(python=venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python"), uv=uv)
    made.install(*(f"{name}==1.0" for name in LIBS))
    return made


def ran(tmp_path: Path, here: Venv, text: str, **facts: Any) -> Study:
    """The run of a program in the environment that is here."""
    case = program(text, "different", command=(str(here.python), "prog.py"), **facts)
    study = made(tmp_path, {"case": case})
    recorded(study, "case", case)
    return study


def newest(study: Study) -> tuple[Project, Record]:
    project = project_at(study.project.root)
    return project, Index(project).record("latest")


NEW = "open('out.csv', 'w').write('2\\n' if {} else '10\\n')\n"
ONE = "import lib_c\n" + NEW.format("lib_c.new")
BOTH = "import lib_b, lib_g\n" + NEW.format("lib_b.new and lib_g.new")


def test_one_package_among_eight_is_named_and_kept(tmp_path: Path, here: Venv) -> None:
    study = ran(tmp_path, here, "import lib_a, lib_c\n" + NEW.format("lib_c.new"))
    here.renewed(*LIBS)
    heard = Heard()
    done = bisected(study, heard, keep=True)
    assert done.verification.verdict == "different"
    assert done.verification.blamed == "lib-c 2.0 instead of 1.0"
    assert done.path is not None
    assert verification_of(done.path.read_text(), done.path).blamed == "lib-c 2.0 instead of 1.0"
    assert heard.tried[0].what == "as recorded"
    assert len(heard.tried) <= heard.most == 8
    assert heard.ends == []


def test_two_that_only_together_turn_it_are_both_named(tmp_path: Path, here: Venv) -> None:
    study = ran(tmp_path, here, BOTH)
    here.renewed(*LIBS)
    heard = Heard()
    found = bisected(study, heard).verification
    assert found.blamed == (
        "lib-b 2.0 instead of 1.0 and lib-g 2.0 instead of 1.0, which do so only together"
    )
    assert len(heard.tried) <= 2 * heard.most


def test_each_of_two_that_turn_it_is_named(tmp_path: Path, here: Venv) -> None:
    study = ran(tmp_path, here, "import lib_b, lib_g\n" + NEW.format("lib_b.new or lib_g.new"))
    here.renewed("lib_b", "lib_g", "lib_h")
    found = bisected(study, Heard()).verification
    assert found.blamed == "lib-b 2.0 instead of 1.0; and, without that, by lib-g 2.0 instead of 1.0"


def test_versions_that_exclude_each_other_are_no_verdict(tmp_path: Path, here: Venv, wheels: Path) -> None:
    needs = "import lib_f\nif not lib_f.new: raise ImportError('lib_d 2.0 needs lib_f 2.0')\nnew = True\n"
    wheel(wheels, "lib_d", "2.0", module=needs)
    study = ran(tmp_path, here, "import lib_a, lib_d\n" + NEW.format("lib_d.new"))
    here.renewed("lib_a", "lib_d", "lib_f")
    heard = Heard()
    found = bisected(study, heard).verification
    assert found.blamed == (
        "lib-d 2.0 instead of 1.0, which could only be tried with lib-f 2.0 instead of 1.0"
    )
    assert "failed" in {each.verdict for each in heard.tried}


def test_a_package_that_is_here_in_addition_or_not_any_more(tmp_path: Path, here: Venv) -> None:
    here.remove("lib_b")
    looks = "from importlib.util import find_spec as is_here\n"
    study = ran(tmp_path, here, looks + NEW.format("is_here('lib_b') or not is_here('lib_h')"))
    here.install("lib_b==1.0")
    here.remove("lib_h")
    found = bisected(study, Heard()).verification
    assert found.blamed == "without lib-h 1.0; and, without that, by lib-b 1.0 in addition"


def test_a_program_that_fails_now(tmp_path: Path, here: Venv, wheels: Path) -> None:
    wheel(wheels, "lib_e", "2.0", module="")
    study = ran(tmp_path, here, "import lib_e\n" + NEW.format("lib_e.new"))
    here.renewed("lib_a", "lib_e")
    heard = Heard()
    found = bisected(study, heard).verification
    assert (found.verdict, found.blamed) == ("failed", "lib-e 2.0 instead of 1.0")
    assert len(heard.tried) <= heard.most == 7


def test_what_no_index_has_is_not_blamed_for_what_another_does(
    tmp_path: Path, here: Venv, wheels: Path
) -> None:
    study = ran(tmp_path, here, BOTH.replace("and", "or"))
    here.renewed(*LIBS)
    (wheels / "lib_d-2.0-py3-none-any.whl").unlink()
    (wheels / "lib_b-2.0-py3-none-any.whl").unlink()
    subprocess.run([here.uv, "cache", "clean", "--quiet", "lib_d", "lib_b"], check=True)
    heard = Heard()
    assert bisected(study, heard).verification.blamed == "lib-g 2.0 instead of 1.0"
    assert any("could not be tried: no index has" in said and "lib-d 2.0" in said for said in heard.ends)


def with_python(study: Study, version: str) -> None:
    """The newest run, as if it had been run by another Python."""
    project, record = newest(study)
    environment = read_environment(project, record.environment or "")
    assert environment.python is not None
    other = structs.replace(environment, python=structs.replace(environment.python, version=version))
    again(study, record, environment=keep_environment(project, other))


def test_a_python_that_cannot_be_had_is_said_not_to_be_tried(tmp_path: Path, here: Venv) -> None:
    study = ran(tmp_path, here, ONE)
    with_python(study, "3.99.1")
    here.renewed("lib_a", "lib_c")
    heard = Heard()
    assert bisected(study, heard).verification.blamed == "lib-c 2.0 instead of 1.0"
    assert len(heard.ends) == 1 and heard.ends[0].startswith("Python 3.99.1 could not be tried")
    assert "there is no Python 3.99.1 here" in (heard.tried[0].reason or "")


ASKED = f"""
import os, sys
place = os.path.join(sys.prefix, {WHOLE!r})
asked = open(place if os.path.exists(place) else @WORLD@).read()
"""  #: which Python uv was asked for: it stands for what another Python would do. Outside of uv's the world tells.


def test_another_python_is_tried_before_any_package(tmp_path: Path, here: Venv) -> None:
    study = ran(tmp_path, here, ASKED + NEW.format(f"'@{PYTHON}' in asked"))
    put(study.worlds / "case", f"@{PYTHON}")
    minor = PYTHON.rpartition(".")[0]
    with_python(study, minor)
    here.renewed("lib_a", "lib_b")
    heard = Heard()
    assert bisected(study, heard).verification.blamed == f"Python {PYTHON} instead of {minor}"
    assert [each.what for each in heard.tried[:2]] == ["as recorded", f"Python {PYTHON} instead of {minor}"]
    assert len(heard.tried) == 3  # and all without it


# -- what cannot be blamed -------------------------------------------------------------------------------------


def test_what_is_not_deterministic_is_not_bisected(tmp_path: Path, here: Venv) -> None:
    study = ran(tmp_path, here, "import os; open('out.csv', 'w').write(os.urandom(8).hex())\n")
    here.renewed("lib_a")
    heard = Heard()
    found = bisected(study, heard).verification
    assert (found.verdict, found.blamed) == ("different", None)
    assert heard.ends == [
        "a second re-run put out something else again: what is not deterministic cannot be bisected"
    ]
    assert heard.tried == []


def test_what_fails_otherwise_each_time_is_not_bisected(tmp_path: Path, here: Venv) -> None:
    counts = "import sys; log = @WORLD@; open(log, 'a').write('x'); code = len(open(log).read())\n"
    study = ran(tmp_path, here, f"import lib_a\n{counts}{NEW.format('0')}sys.exit(code * lib_a.new)\n")
    here.renewed("lib_a")
    heard = Heard()
    found = bisected(study, heard).verification
    assert (found.verdict, found.blamed) == ("failed", None)
    assert heard.ends == ["a second re-run ended otherwise: what is not deterministic cannot be bisected"]


WORLD = "import lib_a; open('out.csv', 'w').write(open(@WORLD@).read())\n"


@pytest.mark.parametrize(("renewed", "said", "tries"), [((), "are those that are recorded", 0), (("lib_a", "lib_b"), "it is different too", 1)])  # fmt: skip
def test_what_is_not_of_the_packages_is_not_blamed_on_them(
    renewed: Sequence[str], said: str, tries: int, tmp_path: Path, here: Venv
) -> None:
    study = ran(tmp_path, here, WORLD, world="1")
    put(study.worlds / "case", "22")
    here.renewed(*renewed)
    heard = Heard()
    assert bisected(study, heard).verification.blamed is None
    assert len(heard.ends) == 1 and said in heard.ends[0]
    assert len(heard.tried) == tries


# -- commits ---------------------------------------------------------------------------------------------------


def history(study: Study, texts: Sequence[str | None]) -> list[str]:
    """One commit for each text of the program; None for one that cannot be re-run. Returns their ids."""
    commits = []
    for number, text in enumerate(texts, 1):
        if text is None:  # a submodule that is nowhere
            entry = f"160000,{'5' * 40},far"
            study.project.git("update-index", "--add", "--cacheinfo", entry)
            study.project.git("commit", "--quiet", "--message", f"step {number}")
            commits.append(study.project.git("rev-parse", "HEAD"))
            continue
        study.project.write_files({"case/prog.py": text, "number.txt": str(number)})
        commits.append(study.project.commit(f"step {number}"))
    return commits


WRITES = "open('out.csv', 'w').write('1\\n')\n"
OTHER = "open('out.csv', 'w').write('2\\n')\n"
BROKEN = "import nowhere\n"


@pytest.fixture
def study(home: Path, tmp_path: Path) -> Study:
    """A run of a program that will change."""
    case = program(WRITES, "identical")
    study = made(tmp_path, {"case": case})
    recorded(study, "case", case)
    return study


def test_the_first_of_twelve_commits_is_named_and_the_verdict_stays(study: Study) -> None:
    texts = [WRITES, WRITES, BROKEN, WRITES, WRITES, None, WRITES, OTHER, OTHER, BROKEN, OTHER, OTHER]
    commits = history(study, texts)
    branch = study.project.git("symbolic-ref", "HEAD")
    heard = Heard()
    done = bisected(study, heard, keep=True)
    found = done.verification
    assert found.verdict == "identical" and found.commit not in commits
    assert found.blamed == f"commit {commits[7][:7]} (step 8, 2025-11-24), on the way to {commits[11][:7]}"
    assert done.path is not None
    assert verification_of(done.path.read_text(), done.path).blamed == found.blamed
    assert heard.tried[0].what.startswith("the code of today")
    assert {"blocked", "failed"} <= {each.verdict for each in heard.tried}
    assert study.project.git("symbolic-ref", "HEAD") == branch


def test_commits_that_cannot_be_re_run_leave_a_range(study: Study) -> None:
    commits = history(study, [WRITES, None, BROKEN, OTHER])
    found = bisected(study, Heard()).verification
    assert found.blamed == f"one of the 3 commits {commits[1][:7]} to {commits[3][:7]}"


def test_only_the_code_of_today_is_run_a_second_time(study: Study) -> None:
    log = study.worlds / "log"
    text = f"open({str(log)!r}, 'a').write('x')\n{OTHER}"
    commits = history(study, [text, text])
    found = bisected(study, Heard()).verification
    assert found.blamed == f"commit {commits[0][:7]} (step 1, 2025-11-24), on the way to {commits[1][:7]}"
    assert log.read_text() == "xxx"


def test_code_that_fails_today(study: Study) -> None:
    commits = history(study, [WRITES, BROKEN])
    heard = Heard()
    found = bisected(study, heard).verification
    assert (found.verdict, found.blamed) == ("identical", f"commit {commits[1][:7]} (step 2, 2025-11-24)")
    assert len(heard.tried) <= heard.most


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "no code has come since"),
        ([OTHER, WRITES], "still puts out what was recorded"),
        ([WRITES, None], "cannot be re-run: "),
        ([WRITES, "import os; open('out.csv', 'w').write(os.urandom(8).hex())\n"], "not deterministic"),
    ],
)  # fmt: skip
def test_where_no_commit_can_be_blamed_it_is_said_why(
    texts: list[str | None], said: str, study: Study
) -> None:
    history(study, texts)
    heard = Heard()
    assert bisected(study, heard).verification.blamed is None
    assert len(heard.ends) == 1 and said in heard.ends[0]


def test_a_commit_that_was_rebased_away_is_said_not_to_lead_here(study: Study) -> None:
    study.project.git("checkout", "--quiet", "--orphan", "other")
    history(study, [OTHER])
    heard = Heard()
    assert bisected(study, heard).verification.blamed is None
    assert "what is checked out does not come from its commit" in heard.ends[0]


def test_changes_that_were_committed_after_the_run_are_no_culprit(tmp_path: Path, home: Path) -> None:
    case = program(OTHER, "identical")
    study = made(tmp_path, {"case": case})
    (study.project.root / "case" / "prog.py").write_text(WRITES)
    _, record = recorded(study, "case", case)
    assert record.code.patch
    commits = history(study, [WRITES, WRITES, OTHER])
    assert bisected(study, Heard()).verification.blamed == f"commit {commits[2][:7]} (step 3, 2025-11-24)"


def test_changes_that_never_were_committed_leave_no_commit_to_blame(tmp_path: Path, home: Path) -> None:
    case = program(OTHER, "identical")
    study = made(tmp_path, {"case": case})
    (study.project.root / "case" / "prog.py").write_text(WRITES)
    recorded(study, "case", case)
    history(study, [OTHER, OTHER])
    heard = Heard()
    assert bisected(study, heard).verification.blamed is None
    assert "without the uncommitted changes" in heard.ends[0]


# -- what tells something --------------------------------------------------------------------------------------


def came(verdict: Verdict, stderr: str = "", code: int | None = 1) -> Verified:
    return Verified(
        verification=Verification(
            schema=1, run="7f3a9c1e5b02", verdict=verdict, started="2026-11-24T00:00:00Z", exit_code=code
        ),
        artifacts={"stderr.txt": stderr.encode()} if stderr else {},
    )


FAILED = came("failed", 'File "/a/x.py", line 3\nAttributeError: no attribute `old` in /a/lib.py\n')


@pytest.mark.parametrize(
    ("as_in", "now", "answer"),
    [
        (came("different"), came("identical"), False),
        (came("different"), came("close"), False),
        (came("different"), came("different"), True),
        (came("different"), came("failed"), None),
        (came("different"), came("blocked"), None),
        (FAILED, came("equivalent"), False),
        (FAILED, came("different"), True),
        (FAILED, came("failed", "AttributeError: no attribute `old` in /b/c/lib.py"), True),
        (FAILED, came("failed", "ImportError: no attribute `old` in /b/c/lib.py"), None),
        (FAILED, structs.replace(FAILED, verification=came("failed", code=2).verification), None),
    ],
)
def test_only_what_ends_in_the_same_way_has_turned(
    as_in: Verified, now: Verified, answer: bool | None
) -> None:
    assert turned(as_in, now) is answer


# -- at the door -----------------------------------------------------------------------------------------------


@pytest.fixture
def at_the_top(study: Study, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    """In the study, with signals as before."""
    before = {
        each: signal.getsignal(each) for each in (signal.SIGTERM, getattr(signal, "SIGHUP", None)) if each
    }
    monkeypatch.chdir(study.project.root)
    monkeypatch.setattr("tempfile.tempdir", str(study.places))
    yield study
    for number, handler in before.items():
        signal.signal(number, handler)


def test_how_it_goes_is_said_to_a_person_and_the_answer_can_be_piped(
    at_the_top: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    (commit,) = history(at_the_top, [OTHER])
    capsys.readouterr()
    assert main(["verify", "--bisect", "latest"]) == 0
    told = capsys.readouterr()
    assert f"since commit {commit[:7]} (step 1, 2025-11-24), later code no longer puts it out" in told.out
    first, second, last = told.err.splitlines()
    assert re.fullmatch(
        r"[0-9a-f]{7} is identical; bisecting 1 commit that came later: about 2 re-runs of .* s", first
    )
    assert second == f"  1  the code of today, {commit[:7]} (step 1, 2025-11-24): different"
    assert last == "1 of 1 match"
    assert main(["verify", "--bisect", "--no-record", "--json", "latest"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)[0]["blamed"] == f"commit {commit[:7]} (step 1, 2025-11-24)"
    assert main(["verify", "--bisect", "--no-record", "--summary", "latest"]) == 0
    assert f"since commit `{commit[:7]}` (step 1, 2025-11-24)" in capsys.readouterr().out


def test_between_the_recorded_environment_and_itself_there_is_nothing_to_find(
    at_the_top: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--bisect", "--environment", "recorded", "latest"]) == 2
    assert "it cannot go with --environment recorded" in capsys.readouterr().err
    assert main(["verify", "--bisect"]) == 2


@posix
def test_a_search_that_is_interrupted_leaves_nothing(study: Study) -> None:
    waits = f"open({str(study.worlds / 'here')!r}, 'w')\nimport time\ntime.sleep(60)\n"
    history(study, [waits])
    project = project_at(study.project.root)
    Index(project).rows()
    before = state(study.project.root)
    words = [sys.executable, "-m", "publisher", "verify", "--bisect", "latest"]
    going = subprocess.Popen(
        words,
        cwd=study.project.root,
        env={**os.environ, "TMPDIR": str(study.places)},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for((study.worlds / "here").exists)
    going.send_signal(signal.SIGINT)
    said = going.communicate(timeout=30)[1]
    assert going.returncode == 130
    assert len(said.splitlines()) == 1 and "bisecting 1 commit" in said
    assert list(study.places.iterdir()) == []
    assert state(study.project.root) == before
