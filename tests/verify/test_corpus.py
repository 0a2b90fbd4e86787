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
from publisher.store import artifacts
from publisher.store.index import Index
from publisher.store.project import project_at
from publisher.store.records import write_record
from publisher.store.yaml import written
from publisher.verify.rerun import Wish
from publisher.verify.rounds import verify
from tests.capture.test_process import wait_for
from tests.conftest import ProjectFolder
from tests.factory import posix
from tests.formats import makers
from tests.tools import need
from tests.verify.programs import COPY, LEAVES, Case, Then, cases, one, text_of
from tests.verify.wheels import wheel

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
    world, folder = study.worlds / name, study.project.root / name
    project, record = recorded(study, name, case)
    if case.later is not None:
        put(world, case.later)
    case.then(Then(project=study.project, folder=folder, world=world))
    found = verified(study, project, record, limit=case.limit)
    told = {each.path.removeprefix(f"{name}/"): each.outcome for each in found.findings}
    assert found.verdict == case.verdict, found
    assert told == ({"out.csv": case.verdict} if case.findings is None else case.findings)
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


def test_a_program_that_reaches_into_the_users_tree_is_told_of(alone: Callable[[Case], Study]) -> None:
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
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.read_text()), 0)


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
