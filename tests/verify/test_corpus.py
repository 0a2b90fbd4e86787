"""The corpus: programs whose true verdict is known, recorded by the real capture and really run again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, structs

from publisher.capture.preparation import Wish as Recorded
from publisher.capture.run import capture
from publisher.model.project import Project
from publisher.model.record import Code, FileRef, Log, Record
from publisher.model.verification import Verification
from publisher.probe import held
from publisher.store import artifacts
from publisher.store.index import Index
from publisher.store.project import project_at
from publisher.store.records import write_record
from publisher.store.yaml import written
from publisher.verify.rerun import Wish
from publisher.verify.rounds import verify
from tests.conftest import ProjectFolder
from tests.factory import posix
from tests.formats import makers
from tests.support.processes import running, wait_for
from tests.tools import need
from tests.verify.programs import COPY, LEAVES, WORLD, Case, Then, cases, one, text_of
from tests.wheels import wheel

CASES = cases()
WRITES = one("open('out.csv', 'w').write('1\\n')\n", "identical")
SHARED = {"copy": one(COPY, "identical"), "case": WRITES}


class Study(Struct, frozen=True, kw_only=True):
    """A repository of many programs, and what lies beside it."""

    project: ProjectFolder
    worlds: Path  #: a file for each case
    places: Path  #: where runs are verified


def made(top: Path, chosen: dict[str, Case]) -> Study:
    """A study with the files of cases, in one commit."""
    study = Study(project=ProjectFolder(top / "heat study"), worlds=top / "worlds", places=top / "places")
    study.worlds.mkdir()
    study.places.mkdir()
    # Records are not committed with what is: checking hundreds of them out again and again takes its time.
    files: dict[str, str | bytes] = {".gitignore": "data/\n*.log\nrecords/\n"}
    tolerance = {
        f"{name}/**": {key: value for key, value in structs.asdict(case.tolerance).items() if value}
        for name, case in chosen.items()
        if case.tolerance
    }
    files["publisher.yml"] = written({"tolerance": tolerance, "limits": {"log": 4096}})
    for name, case in chosen.items():
        for path, content in case.files.items():
            if isinstance(content, str):
                content = text_of(content, study.worlds / name, study.project.root / name)
            files[f"{name}/{path}"] = content
    study.project.write_files(files)
    study.project.commit()
    return study


@pytest.fixture(scope="module")
def _made() -> list[Study]:
    return []


@pytest.fixture
def study(home: Path, _made: list[Study], tmp_path_factory: pytest.TempPathFactory) -> Study:
    """One repository for all cases; it is made when it is first needed, in a home without settings."""
    if not _made:
        _made.append(made(tmp_path_factory.mktemp("corpus"), CASES | SHARED))
    return _made[0]


def recorded(study: Study, name: str, case: Case) -> tuple[Project, Record]:
    """The run of a case."""
    folder = study.project.root / name
    for path, text in case.data.items():
        place = Path(os.path.expanduser(path)) if path.startswith("~") else folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
    put(study.worlds / name, case.world)
    project = project_at(study.project.root)
    wish = Recorded(command=list(case.command), directory=folder, overrides=list(case.overrides))
    return project, capture(project, wish).record


def put(world: Path, content: str | bytes) -> None:
    world.write_bytes(content if isinstance(content, bytes) else content.encode())


def state(top: Path) -> dict[str, tuple[int, ...]]:
    """All that tells that something below a folder was touched, git's own files included."""
    found = {}
    for base, folders, names in os.walk(top):
        for each in (base, *(os.path.join(base, name) for name in (*folders, *names))):
            now = os.lstat(each)
            found[each] = (now.st_mode, now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino)
    return found


def verified(study: Study, project: Project, record: Record, **wish: Any) -> Verification:
    """The verification of a run; neither the user's files nor ours are left otherwise than they were."""
    rows = Index(project).rows().rows
    chosen = [row for row in rows if row.id == record.id]
    before = state(study.project.root)
    (done,) = verify(project, chosen, rows, Wish(parent=study.places, **wish), keep=False)
    assert state(study.project.root) == before
    assert list(study.places.iterdir()) == []
    return done.verification


def outcomes(found: Verification) -> dict[str, str]:
    return {each.path: each.outcome for each in found.findings}


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_is_the_truth(name: str, study: Study) -> None:
    case = CASES[name]
    if case.uncovered and not held.can_bind():
        pytest.skip("this system does not let a checkout cover the user's tree")
    check(name, case, case.verdict, study)


@pytest.fixture
def uncovered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that lets nobody mount anything."""
    monkeypatch.setattr(held, "_possible", lambda: ["network"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.uncovered])
def test_it_is_the_truth_also_where_the_users_tree_cannot_be_covered(
    name: str, study: Study, uncovered: None
) -> None:
    case = CASES[name]
    assert case.uncovered
    identical = case.uncovered == "identical"
    findings = case.findings and dict.fromkeys(case.findings, "identical" if identical else "missing")
    check(name, structs.replace(case, findings=findings), case.uncovered, study)


def check(name: str, case: Case, verdict: str, study: Study) -> None:
    world, folder = study.worlds / name, study.project.root / name
    if "out.csv" not in case.files:  # of another test with the same case
        (folder / "out.csv").unlink(missing_ok=True)
    project, record = recorded(study, name, case)
    if case.later is not None:
        put(world, case.later)
    case.then(Then(project=study.project, folder=folder, world=world))
    found = verified(study, project, record, limit=case.limit)
    told = {each.path.removeprefix(f"{name}/"): each.outcome for each in found.findings}
    assert found.verdict == verdict, found
    assert told == ({"out.csv": verdict} if case.findings is None else case.findings)
    if case.steady is not None:
        assert found.findings[0].steady is case.steady
    assert case.says in " ".join([found.reason or "", *(each.said or "" for each in found.findings)])
    assert (found.verdict == "blocked") <= bool(found.reason and found.unblock)


@pytest.fixture
def alone(home: Path, tmp_path: Path) -> Callable[[Case], Study]:
    """A repository of its own, for a case that leaves it otherwise than it was."""
    return lambda case: made(tmp_path, {"case": case})


def again(study: Study, record: Record, **facts: Any) -> Record:
    """The same run with other facts, under a new seal."""
    changed = structs.replace(record, seal=None, **facts)
    write_record(study.project.root / "records", changed)
    return changed


# -- formats, from the outside: what a writer adds is set aside, what changed is not ------------------------


def _pairs() -> dict[str, tuple[str, Callable[[], bytes], Callable[[], bytes], str]]:
    """Name -> file, as recorded, as it comes out, the verdict. Nothing is drawn before its test runs."""
    pairs: dict[str, tuple[str, Callable[[], bytes], Callable[[], bytes], str]] = {}
    for kind in ("pdf", "svg", "png"):
        first = lambda kind=kind: makers.figure(kind)  # noqa: E731
        pairs[f"{kind}-date"] = (f"f.{kind}", first, lambda k=kind: makers.figure(k, day=2), "equivalent")
        pairs[f"{kind}-curve"] = (f"f.{kind}", first, lambda k=kind: makers.figure(k, last=2), "different")
    text, other = b"a\n1.5\n", b"a\n1.6\n"
    packed = lambda: makers.gzipped(text)  # noqa: E731
    pairs["gzip-time"] = ("t.csv.gz", packed, lambda: makers.gzipped(text, time=2), "equivalent")
    pairs["gzip-content"] = ("t.csv.gz", packed, lambda: makers.gzipped(other, time=2), "different")
    pairs["notebook-count"] = (
        "n.ipynb", makers.notebook, lambda: makers.notebook(count=2), "equivalent",
    )  # fmt: skip
    pairs["notebook-result"] = (
        "n.ipynb", makers.notebook, lambda: makers.notebook("3.6\n"), "different",
    )  # fmt: skip
    return pairs


PAIRS = _pairs()


@pytest.mark.parametrize("name", PAIRS)
def test_what_a_writer_adds_is_set_aside(name: str, study: Study) -> None:
    path, first, second, verdict = PAIRS[name]
    case = Case(files={}, command=("python", "../copy/prog.py", path), world=first(), verdict="identical")
    (study.project.root / name).mkdir(exist_ok=True)
    (study.worlds / "copy").write_bytes(first())
    project, record = recorded(study, name, case)
    (study.worlds / "copy").write_bytes(second())
    found = verified(study, project, record)
    assert (found.verdict, outcomes(found)) == (verdict, {f"{name}/{path}": verdict})


# -- code that was not committed -----------------------------------------------------------------------------

OLD = {"prog.py": "", "gone.py": "", "table.bin": b"\0\1\2", "name.txt": "old\n"}
SUMS_UP = """
import pathlib, more
gone = pathlib.Path('gone.py').exists()
names = pathlib.Path('name.txt').exists(), pathlib.Path('new name.txt').exists()
table = list(pathlib.Path('table.bin').read_bytes())
open('out.csv', 'w').write(f'{more.x},{gone},{names},{table}')
"""


def changed(alone: Callable[[Case], Study]) -> tuple[Study, Project, Record]:
    """A run of a tree in which files are edited, new, deleted, renamed and binary."""
    case = Case(files=OLD, verdict="identical")
    study = alone(case)
    folder = study.project.root / "case"
    (folder / "prog.py").write_text(SUMS_UP)
    (folder / "more.py").write_text("x = 'é'\n")
    (folder / "gone.py").unlink()
    (folder / "name.txt").rename(folder / "new name.txt")
    (folder / "table.bin").write_bytes(b"\0\xff\3\n\r\n")
    project, record = recorded(study, "case", case)
    assert record.code.patch
    study.project.git("checkout", "--quiet", "--", ".")
    for name in ("more.py", "new name.txt"):
        (folder / name).unlink()
    return study, project, record


def test_code_that_was_not_committed_comes_back(alone: Callable[[Case], Study]) -> None:
    study, project, record = changed(alone)
    assert verified(study, project, record).verdict == "identical"


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_patch_that_is_not_there_any_more_blocks(how: str, alone: Callable[[Case], Study]) -> None:
    study, project, record = changed(alone)
    patch = artifacts.path_of(project, record.code.patch or "")
    assert patch is not None
    if how == "gone":
        patch.unlink()
    else:
        patch.write_bytes(patch.read_bytes().replace(b"'w'", b"'x'"))
    found = verified(study, project, record)
    assert (found.verdict, found.findings) == ("blocked", [])
    assert "the patch" in (found.reason or "")


# -- records that somebody changed, or that say too little ---------------------------------------------------

ABSENT = "0" * 40


@pytest.fixture(scope="module")
def _bases() -> list[Record]:
    """The run of which other records are made; recorded when it is first needed."""
    return []


@pytest.mark.parametrize(
    ("facts", "verdict", "says"),
    [
        ({"environment": None}, "identical", ""),
        ({"environment": "0" * 16}, "identical", ""),
        ({"resources": None, "duration": None, "imports": {}}, "identical", ""),
        ({"status": "running", "exit_code": None}, "blocked", "has not ended"),
        ({"status": "interrupted", "exit_code": None, "signal": "SIGINT"}, "blocked", "was interrupted"),
        ({"code": Code(commit=ABSENT)}, "blocked", "is not in this repository"),
        ({"code": Code(version_control="none")}, "blocked", "not in git"),
        ({"code": Code(commit="--output=x")}, "blocked", "is no commit"),
        ({"command": ["case/out.csv"]}, "blocked", "cannot be started"),
        ({"command": ["no-such-program"]}, "blocked", "cannot be started"),
        ({"command": ["python", "\0"]}, "blocked", "NUL"),
        ({"command": [""]}, "blocked", "names no program"),
        ({"command": ["python", "prog.py", "--token=(masked)"]}, "blocked", "masked"),
        ({"directory": "../.."}, "blocked", "leads out"),
        ({"directory": "/"}, "blocked", "outside"),
        ({"directory": "case/prog.py"}, "blocked", ""),
        ({"inputs": [FileRef(path="../x", sha256="0" * 64)]}, "blocked", ""),
        ({"inputs": [FileRef(path="a\0b", sha256="0" * 64)]}, "blocked", "NUL"),
        ({"inputs": [FileRef(path="case/in.csv", sha256=None)]}, "identical", ""),
        ({"outputs": [FileRef(path="case/out.csv", sha256=None)]}, "different", "not known what was recorded"),
        ({"outputs": [FileRef(path="../out.csv", sha256="0" * 64)]}, "different", "did not come out"),
        ({"outputs": [FileRef(path="case/../case/out.csv", sha256="0" * 64)]}, "different", ""),
        ({"outputs": [FileRef(path="a\0b", sha256="0" * 64)]}, "blocked", "NUL"),
        ({"outputs": [FileRef(path=".git/HEAD", sha256="0" * 64)]}, "different", ""),
        ({"outputs": [], "log": Log(stdout=f"sha256:{'0' * 64}")}, "different", ""),
    ],
)  # fmt: skip
def test_a_record_that_says_otherwise(
    facts: dict[str, Any], verdict: str, says: str, study: Study, _bases: list[Record]
) -> None:
    project = project_at(study.project.root)
    if not _bases:
        _bases.append(recorded(study, "case", WRITES)[1])
    found = verified(study, project, again(study, _bases[0], **facts))
    assert found.verdict == verdict, found
    assert says in " ".join([found.reason or "", *(each.said or "" for each in found.findings)])
    assert found.findings == [] if verdict == "blocked" else found.findings


def test_a_place_that_cannot_be_made_blocks(alone: Callable[[Case], Study]) -> None:
    study = alone(WRITES)
    project, record = recorded(study, "case", WRITES)
    rows = Index(project).rows().rows
    (done,) = verify(project, rows, rows, Wish(parent=study.places / "nowhere"), keep=False)
    assert (done.verification.verdict, done.row.id) == ("blocked", record.id)
    assert "no place" in (done.verification.reason or "")


def test_a_program_that_reaches_into_the_users_tree_is_told_of(
    alone: Callable[[Case], Study], uncovered: None
) -> None:
    case = one("open(@HERE@ + '/out.csv', 'w').write('1\\n')\n", "different")
    study = alone(case)
    project, _ = recorded(study, "case", case)
    rows = Index(project).rows().rows
    (done,) = verify(project, rows, rows, Wish(parent=study.places), keep=False)
    assert (done.verification.verdict, outcomes(done.verification)) == (
        "different",
        {"case/out.csv": "missing"},
    )
    (note,) = done.verification.notes
    assert "the working tree itself was written to, case/out.csv" in note


@posix
def test_a_hard_link_to_what_the_user_has_is_no_output(
    alone: Callable[[Case], Study], uncovered: None
) -> None:
    case = CASES["a-hard-link-to-the-users-output"]
    study = alone(case)
    project, _ = recorded(study, "case", case)
    put(study.worlds / "case", "link")
    rows = Index(project).rows().rows
    (done,) = verify(project, rows, rows, Wish(parent=study.places), keep=False)
    (finding,) = done.verification.findings
    assert (finding.outcome, finding.path) == ("missing", "case/out.csv")
    assert "by a hard link" in (finding.said or "")


@posix
@pytest.mark.parametrize("more", [False, True])
def test_what_lies_behind_a_link_that_leads_out_is_not_compared(
    more: bool, alone: Callable[[Case], Study], tmp_path: Path
) -> None:
    text = "open('far/out.csv', 'w').write('1\\n')\n" + (
        "open('out.csv', 'w').write('1\\n')\n" if more else ""
    )
    case = one(text, "blocked")
    study = alone(case)
    (tmp_path / "scratch").mkdir()
    (study.project.root / "case" / "far").symlink_to(tmp_path / "scratch")
    study.project.commit()
    found = verified(study, *recorded(study, "case", case))
    near = {"case/out.csv": "identical"} if more else {}
    assert outcomes(found) == {"case/far/out.csv": "outside"} | near
    assert found.verdict == ("identical" if more else "blocked")


# -- what needs more than a program --------------------------------------------------------------------------


def test_an_input_that_another_run_saw_elsewhere_is_found(alone: Callable[[Case], Study]) -> None:
    case = one(
        "import sys; open('out.csv', 'w').write(open(sys.argv[1]).read().upper())\n",
        "identical",
        data={"data/in.csv": "a\n1\n"},
        command=("python", "prog.py", "data/in.csv"),
    )
    study = alone(case)
    project, record = recorded(study, "case", case)
    folder = study.project.root / "case"
    (folder / "data").rename(folder / "data-2025")
    (study.project.root / ".git" / "info").mkdir(exist_ok=True)
    (study.project.root / ".git" / "info" / "exclude").write_text("data-2025/\n")
    assert verified(study, project, record).verdict == "blocked"
    recorded(study, "case", structs.replace(case, data={}, command=("python", "prog.py", "data-2025/in.csv")))
    assert verified(study, project, record).verdict == "identical"


@posix
def test_what_a_program_leaves_running_is_ended(alone: Callable[[Case], Study]) -> None:
    case = one(LEAVES, "identical")
    study = alone(case)
    project, record = recorded(study, "case", case)
    told = study.worlds / "case.pid"
    put(study.worlds / "case", "stop")  # what the recorded run left is on its own
    wait_for(lambda: not told.exists())
    put(study.worlds / "case", "")
    found = verified(study, project, record)
    assert (found.verdict, outcomes(found)) == ("identical", {"case/out.csv": "identical"})
    assert told.exists() and not running(str(study.places))


@posix
def test_a_program_that_needs_a_terminal_fails_without_one(alone: Callable[[Case], Study]) -> None:
    import pty

    case = one("import os; open('out.csv', 'w').write(os.ttyname(0)[:5])\n", "failed")
    study = alone(case)
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "publisher", "run", "-q", "--", "python", "prog.py"]
    subprocess.run(words, cwd=study.project.root / "case", stdin=theirs, check=True)
    os.close(ours)
    os.close(theirs)
    found = verified(study, *newest(study))
    assert found.verdict == "failed"
    assert "with exit code 1; the run ended with exit code 0" in (found.reason or "")


def test_what_was_typed_is_not_typed_again(alone: Callable[[Case], Study]) -> None:
    study = alone(one("import sys; open('out.csv', 'w').write(sys.stdin.read())\n", "different"))
    words = ["run", "--", "python", "prog.py"]
    assert study.project.publisher(*words, cwd=study.project.root / "case", input="3\n").returncode == 0
    found = verified(study, *newest(study))
    assert (found.verdict, found.findings[0].steady) == ("different", True)


def newest(study: Study) -> tuple[Project, Record]:
    project = project_at(study.project.root)
    return project, Index(project).record("latest")


C = "#include <stdio.h>\nint main(void) { double s = 0; for (int n = 1; n < 100; n++) s += 1.0 / n;\n"
C += 'fprintf(fopen("out.csv", "w"), "%.17g\\n", s); return 0; }\n'
FORTRAN = "program p\nopen(1, file='out.csv')\nwrite(1, *) sum((/(1d0 / n, n = 1, 99)/))\nend program\n"
MPI = C.replace("int main(void) {", "#include <mpi.h>\nint main(int c, char **v) { MPI_Init(&c, &v);")
MPI = MPI.replace("return 0", "MPI_Finalize(); return 0")
OTHERS = {
    "C": (("gcc",), {"p.c": C}, "gcc -O2 -o p p.c && ./p"),
    "Fortran": (("gfortran",), {"p.f90": FORTRAN}, "gfortran -o p p.f90 && ./p"),
    "R": (("Rscript",), {"p.R": "write.csv(data.frame(a = cumsum(1 / 1:9)), 'out.csv')\n"}, "Rscript p.R"),
    "MPI": (("mpicc", "mpirun"), {"p.c": MPI}, "mpicc -o p p.c && mpirun --oversubscribe -n 1 ./p"),
}


@posix
@pytest.mark.parametrize("language", OTHERS)
def test_programs_in_other_languages(
    language: str, alone: Callable[[Case], Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    tools, files, command = OTHERS[language]
    for tool in tools:
        need(tool)
    for name in ("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"):
        monkeypatch.setenv(name, "1")
    case = Case(files=files, command=("sh", "-c", command), verdict="identical")
    study = alone(case)
    project, record = recorded(study, "case", case)
    found = verified(study, project, record)
    assert (found.verdict, outcomes(found).get("case/out.csv")) == ("identical", "identical")


def test_another_version_of_a_package_turns_it_and_the_recorded_one_turns_it_back(
    alone: Callable[[Case], Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = need("uv")
    for name in [each for each in os.environ if each.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    wheels = tmp_path / "wheels"
    for version, text in (
        ("1.0", "version = 1\n"),
        ("2.0", "version = 10\n"),
    ):  # not taken for one by its size
        wheel(wheels, "lib_a", version, module=text)
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    venv = tmp_path / "venv"
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [uv, "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    subprocess.run([*install, "lib_a==1.0"], check=True)
    case = one(
        "import lib_a; open('out.csv', 'w').write(str(lib_a.version))\n",
        "different",
        command=(str(python), "prog.py"),
    )
    study = alone(case)
    project, record = recorded(study, "case", case)
    assert record.imports == {"lib-a": "1.0"}
    subprocess.run([*install, "lib_a==2.0"], check=True)
    found = verified(study, project, record)
    assert (found.verdict, found.findings[0].steady) == ("different", True)
    assert [(each.what, each.recorded, each.found) for each in found.deviations] == [("lib-a", "1.0", "2.0")]
    rows = Index(project).rows().rows
    (done,) = verify(project, rows, rows, Wish(parent=study.places, mode="recorded"), keep=False)
    assert (done.verification.verdict, done.verification.deviations) == ("identical", [])


# -- what is run is what the commit holds --------------------------------------------------------------------


@pytest.fixture(params=["covered", "uncovered"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With and without a system that lets a checkout cover the user's tree."""
    if request.param == "uncovered":
        monkeypatch.setattr(held, "_possible", lambda: ["network"])
    elif not held.can_bind():
        pytest.skip("this system does not let a checkout cover the user's tree")
    return str(request.param)


def script(study: Study, path: str, text: str) -> Path:
    """A program in the folder of the case."""
    place = study.project.root / "case" / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    place.chmod(0o755)
    return place


@posix
def test_a_tool_on_a_path_into_the_project_is_that_of_the_commit(
    alone: Callable[[Case], Study], monkeypatch: pytest.MonkeyPatch, either: str
) -> None:
    case = Case(files={}, command=("mytool",), verdict="identical")
    study = alone(case)
    tool = script(study, "bin/mytool", "#!/bin/sh\necho 1 > out.csv\n")
    study.project.commit()
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    project, record = recorded(study, "case", case)
    tool.write_text("#!/bin/sh\necho 2 > out.csv\n")
    assert verified(study, project, record).verdict == "identical"


@posix
def test_an_interpreter_that_the_commit_holds_is_its_own(alone: Callable[[Case], Study], either: str) -> None:
    case = structs.replace(WRITES, command=("tools/python3", "prog.py"))
    study = alone(case)
    asked = study.worlds / "asked"
    tool = script(study, "tools/python3", f'#!/bin/sh\necho "$@" >> {asked}\nexec python "$@"\n')
    study.project.commit()
    project, record = recorded(study, "case", case)
    tool.write_text("#!/bin/sh\necho 2 > out.csv\n")
    asked.unlink()
    assert verified(study, project, record).verdict == "identical"
    assert asked.read_text() == "prog.py\n"  # what the commit holds is run as recorded, and not otherwise


LEAK = """#!/bin/sh
env > {leak}
exec python "$@"
"""


@posix
def test_an_interpreter_that_came_with_the_repository_later_is_not_run(
    alone: Callable[[Case], Study], tmp_path: Path, either: str
) -> None:
    study = alone(WRITES)
    project, record = recorded(study, "case", WRITES)
    record = again(study, record, command=[".venv/bin/python", "prog.py"])
    leak = tmp_path / "leak"
    script(study, ".venv/bin/python", LEAK.format(leak=leak))
    study.project.commit()
    assert verified(study, project, record).verdict == "identical"
    assert not leak.exists()


@posix
def test_an_interpreter_is_asked_without_the_users_credentials(
    alone: Callable[[Case], Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, either: str
) -> None:
    study = alone(WRITES)
    project, record = recorded(study, "case", WRITES)
    record = again(study, record, command=[".venv/bin/python", "prog.py"])
    leak = tmp_path / "leak"
    script(study, ".venv/bin/python", LEAK.format(leak=leak))
    script(study, ".venv/pyvenv.cfg", "")
    (study.project.root / ".git" / "info").mkdir(exist_ok=True)
    (study.project.root / ".git" / "info" / "exclude").write_text(".venv/\n")
    monkeypatch.setenv("GITHUB_TOKEN", "hush")
    found = verified(study, project, record)
    assert found.verdict == "identical", found
    assert "PATH=" in leak.read_text() and "hush" not in leak.read_text()


FINDER = """\
import importlib.util, os, sys
MAPPING: dict[str, str] = {mapping}
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        place = MAPPING.get(name)
        return place and importlib.util.spec_from_file_location(name, os.path.join(place, "__init__.py"))
sys.meta_path.{at}
"""


def with_editable(study: Study, venv: Path, how: str) -> Path:
    """An environment in which the package `heat` of the case is installed editable; its interpreter."""
    subprocess.run([need("uv"), "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    source = study.project.root / "case" / "src"
    if how == "path":
        (packages / "heat.pth").write_text(f"{source}\n")
        return venv / "bin" / "python"
    first = how != "finder"
    text = FINDER.format(
        mapping="MORE" if first else {"heat": str(source / "heat")},
        at="insert(0, Finder)" if first else "append(Finder)",
    )
    if first:  # as those do that look for a built extension
        text = text.replace("MAPPING:", f"MORE = {{'heat': {str(source / 'heat')!r}}}\nMAPPING:")
    (packages / "__editable___heat_finder.py").write_text(text)
    (packages / "heat.pth").write_text("import __editable___heat_finder\n")
    info = packages / "heat-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: heat\nVersion: 0.1\n")
    address = (study.project.root / "case").as_uri()
    (info / "direct_url.json").write_text(f'{{"url": "{address}", "dir_info": {{"editable": true}}}}')
    return venv / "bin" / "python"


@posix
@pytest.mark.parametrize("how", ["path", "finder", "first"])
@pytest.mark.parametrize("place", ["inside", "outside"])
def test_a_package_that_is_installed_editable_is_that_of_the_commit(
    how: str, place: str, alone: Callable[[Case], Study], tmp_path: Path, either: str
) -> None:
    text = "import heat; open('out.csv', 'w').write(heat.value)\n"
    case = one(text, "identical")
    case = structs.replace(
        case, files={**case.files, "src/heat/__init__.py": "value = '1'\n", "setup.py": ""}
    )
    study = alone(case)
    venv = study.project.root / ".venv" if place == "inside" else tmp_path / "venv"
    if place == "inside":
        (study.project.root / ".gitignore").write_text("records/\n.venv/\n")
        study.project.commit()
    python = with_editable(study, venv, how)
    case = structs.replace(case, command=(str(python), "prog.py"))
    project, record = recorded(study, "case", case)
    (study.project.root / "case" / "src" / "heat" / "__init__.py").write_text("value = '2'\n")
    found = verified(study, project, record)
    if (how, either) == ("first", "uncovered"):
        assert found.verdict == "blocked" and "heat would be taken from the working tree" in (
            found.reason or ""
        )
    else:
        assert found.verdict == "identical", found


# -- both streams --------------------------------------------------------------------------------------------


@posix
def test_what_was_said_on_one_stream_is_compared_with_what_both_say(alone: Callable[[Case], Study]) -> None:
    text = f"import sys; print(1.5, flush=True); print(open({WORLD}).read(), file=sys.stderr)\n"
    study = alone(one(text, "identical"))
    words = [sys.executable, "-m", "publisher", "run", "-q", "--", "python", "prog.py"]
    put(study.worlds / "case", "2")
    folder = study.project.root / "case"
    subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    project, record = newest(study)
    assert record.log and record.log.joined and not record.log.stderr
    assert verified(study, project, record).verdict == "identical"
    put(study.worlds / "case", "3")
    assert verified(study, project, record).verdict == "different"
    put(study.worlds / "case", "2")
    found = verified(study, project, again(study, record, log=structs.replace(record.log, joined=False)))
    assert found.verdict == "different"
    assert "on both streams together" in (found.findings[0].said or "")


def test_a_program_that_reads_records_and_what_they_kept_finds_those_of_its_commit(
    project: ProjectFolder,
) -> None:
    counts = (
        "import pathlib\n"
        "records, kept = (sorted(pathlib.Path('records').glob(each)) for each in ('runs/*/*.yml', 'artifacts/*/*.svg'))\n"
        "open('out.csv', 'w').write(''.join(each.read_text()[:9] for each in [*records[:2], *kept]))\n"
    )
    project.commit(count_py=counts, other_py="import sys; open('a.svg', 'w').write(sys.argv[1])\n")
    for word in ("<svg/>", "<svg></svg>"):
        assert project.publisher("run", "--", "python", "other.py", word).returncode == 0
    project.commit("records")
    assert project.publisher("run", "--label", "counted", "--", "python", "count.py").returncode == 0
    assert project.publisher("run", "--", "python", "other.py", "<svg>  </svg>").returncode == 0
    done = project.publisher("verify", "counted")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "identical" in done.stdout
