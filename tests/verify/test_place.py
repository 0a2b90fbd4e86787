"""The place of a re-run: everything that the run had, and nothing that the user has is touched."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest

from publisher.errors import NotWritten, PublisherError
from publisher.model.environment import Environment
from publisher.model.project import Project
from publisher.model.record import Code, FileRef, Launch, Parameters, Record, Resources
from publisher.probe import held
from publisher.store import artifacts
from publisher.store.project import project_at
from publisher.store.records import read_record, record_text
from publisher.supply.credentials import is_for_nobody_else
from publisher.verify.ours import remove
from publisher.verify.place import Blocked, Place, Ran, opened
from publisher.verify.variables import time_limit, variables_for, with_salt
from publisher.verify.words import words_given
from tests.conftest import ProjectFolder
from tests.factory import a_record, an_environment, posix, sha256, with_parameters
from tests.probe.test_checkout import digest

SHOW = "import sys; print(sys.argv[1:]); print(open(sys.argv[1]).read())\n"
JSON = '{"wait": 1, "mesh": {"nx": 64}}\n'


def recorded(project: ProjectFolder, *words: str, cwd: Path | None = None) -> tuple[Project, Record, str]:
    """A run: the project, its record, and what it said."""
    done = project.publisher("run", *words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return project_at(cwd or project.root), read_record(project.records()[-1]), done.stdout


def run_again(place: Place, **options: object) -> Ran:
    """The program again, with the interpreter that is here."""
    variables = variables_for(place.record, None)
    return place.run(place.command(), place.environment(variables), **options)  # type: ignore[arg-type]


def said(ran: Ran) -> str:
    assert ran.outcome.exit_code == 0, (ran.outcome, ran.stderr.whole())
    return ran.stdout.whole().decode()


def blocked(project: Project, record: Record, tmp_path: Path) -> Blocked:
    """Why a run cannot be re-run; nothing is left of the attempt."""
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Blocked) as caught, opened(project, record, parent=tmp_path):
        pass
    assert sorted(tmp_path.iterdir()) == before
    assert isinstance(caught.value, PublisherError) and caught.value.exit_code == 3 and caught.value.hint
    return caught.value


@posix
def test_a_run_of_a_changed_tree_with_an_ignored_input_comes_out_again(
    project: ProjectFolder, tmp_path: Path
) -> None:
    program = (
        "import tool, shutil, pathlib; pathlib.Path('out').mkdir(exist_ok=True);"
        "shutil.copy('data/in.csv', 'out/copy.csv'); pathlib.Path('out/more.txt').write_text(tool.x)"
    )
    project.write_files({".gitignore": "data/\nout/\n", "data/in.csv": "1,2\n"})
    project.commit(heat_py="")
    project.write(heat_py=program, tool_py="x = 'new'\n")
    home, record, _ = recorded(project, "--", "python", "heat.py")
    assert record.code.patch and [each.path for each in record.inputs] == ["data/in.csv"]
    project.write(heat_py="raise SystemExit('the working tree')")
    (project.root / "tool.py").unlink()
    before = digest(project.root)
    with opened(home, record, parent=tmp_path) as place:
        assert place.folder.parent == tmp_path and place.found == {"data/in.csv": "in the working tree"}
        ran = run_again(place)
        assert ran.outcome.exit_code == 0, ran.stderr.whole()
        assert ran.came.outputs == {path: place.root / path for path in ("out/copy.csv", "out/more.txt")}
        assert (ran.came.additional, ran.came.outside, place.notes) == ([], [], [])
        assert (place.root / "out/more.txt").read_text() == "new"
    assert not place.folder.exists()
    assert digest(project.root) == before


@pytest.mark.parametrize(
    "words",
    [
        ["--", "python", "show.py", "params.json", "wait=3", "--fast", "-x", "wait=5"],
        ["-p", "wait=3", "-p", "mesh.nx=128", "--", "python", "show.py", "./params.json"],
        ["-p", "wait=3", "--", "python", "show.py", "params.json", "--again=params.json"],
        ["--", "python", "show.py", "params.json", "other=3"],
        ["solve", "wait=4"],
    ],
    ids=["behind", "before", "option", "nothing", "step"],
)
def test_a_program_gets_the_words_and_the_parameters_that_it_got(
    words: list[str], project: ProjectFolder, tmp_path: Path
) -> None:
    step = "steps:\n  solve: {command: python show.py params.json wait=9, parameters: params.json}\n"
    project.write_files({"publisher.yml": step})
    project.commit(show_py=SHOW, params_json='{"wait": 1, "mesh": {"nx": 64}, "other": 1}\n')
    home, record, out = recorded(project, *words)
    project.write(params_json="{}")
    with opened(home, record, parent=tmp_path) as place:
        assert said(run_again(place)) == out


def test_a_project_and_a_start_below_the_top(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files(
        {
            "study/publisher.yml": "",
            "study/src/show.py": SHOW,
            "study/src/p.json": JSON,
            "records/x": "",
            "top.txt": "",
        }
    )
    project.commit()
    source = project.root / "study" / "src"
    done = project.publisher("run", "--", "python", "show.py", "p.json", "wait=2", cwd=source)
    (path,) = project.root.glob("study/records/runs/*/*.yml")
    project.commit()
    home, record = project_at(source), read_record(path)
    record = msgspec.structs.replace(record, code=Code(commit=project.git("rev-parse", "HEAD")))
    with opened(home, record, parent=tmp_path) as place:
        assert place.root == place.top / "study" and place.directory == place.root / "src"
        assert said(run_again(place)) == done.stdout
        assert (place.top / "records/x").exists() and not (place.root / "records").exists()


def test_paths_into_the_users_tree_lead_into_the_place(
    project: ProjectFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import sys, tool; print(tool.__file__); open(sys.argv[2], 'w').write('x')"
    project.write_files({"lib/tool.py": "", "deep/out.txt": ""})
    project.commit(heat_py=program)
    monkeypatch.setenv("PYTHONPATH", str(project.root / "lib"))
    script, out = project.root / "heat.py", project.root / "deep" / "out.txt"
    home, record, _ = recorded(project, "--", "python", str(script), "--o", str(out))
    record = msgspec.structs.replace(record, command=["python", str(script), f"--o={out}", str(out)])
    out.write_text("as it was")
    before = digest(project.root)
    with opened(home, record, parent=tmp_path) as place:
        assert place.command()[2] == f"--o={place.top / 'deep' / 'out.txt'}"
        ran = run_again(place)
        assert said(ran).strip() == str(place.top / "lib" / "tool.py")
    assert digest(project.root) == before


@pytest.mark.parametrize("words", [["cp", "a.csv"], ["sh", "g.sh"]])
def test_a_file_that_is_called_python_is_no_interpreter(
    words: list[str], project: ProjectFolder, tmp_path: Path
) -> None:
    commit = project.commit(a_csv="")
    command = [*words, str(project.root / "out" / "python")]
    record = a_record(command=command, code=Code(commit=commit))
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        assert place.command() == [*words, str(place.root / "out" / "python")]


def test_what_a_run_writes_is_told_from_what_was_there(project: ProjectFolder, tmp_path: Path) -> None:
    project.write_files({"old.txt": "as committed", "again.txt": "as committed"})
    commit = project.commit(heat_py="for n in ('again.txt', 'new.txt'): open(n, 'w').write('as committed')")
    names = ["old.txt", "again.txt", "never.txt", "~/elsewhere.txt"]
    record = a_record(
        command=["python", "heat.py"],
        code=Code(commit=commit),
        outputs=[FileRef(path=each, sha256="0" * 64) for each in names],
    )
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        came = run_again(place).came
        again = place.root / "again.txt"
        assert came.outputs == {"old.txt": None, "again.txt": again, "never.txt": None}
        assert (came.additional, came.outside) == (["new.txt"], ["~/elsewhere.txt"])


def test_what_was_recorded_counts_also_where_it_is_to_be_ignored_since(
    project: ProjectFolder, tmp_path: Path
) -> None:
    project.write_files({"publisher.yml": 'ignore: ["out/**"]\n'})
    commit = project.commit(
        heat_py="import os; os.mkdir('out')\nfor n in 'ab': open('out/' + n, 'w').close()"
    )
    record = a_record(
        command=["python", "heat.py"],
        code=Code(commit=commit),
        outputs=[FileRef(path="out/a", sha256="0" * 64)],
    )
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        came = run_again(place).came
        assert (came.outputs, came.additional) == ({"out/a": place.root / "out" / "a"}, [])


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are texts there")
def test_an_output_whose_name_is_no_text_is_known(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="open(b'out\\xff.csv', 'w').close()")
    outputs = [FileRef(path="out\\xff.csv", sha256="0" * 64)]
    record = a_record(command=["python", "heat.py"], code=Code(commit=commit), outputs=outputs)
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        came = run_again(place).came
        assert came.outputs == {"out\\xff.csv": place.root / "out\udcff.csv"}
        assert came.additional == []


@posix
def test_what_lies_behind_a_link_in_the_place_of_a_place_is_no_result(
    project: ProjectFolder, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "tree").mkdir(parents=True)
    (theirs / "tree" / "out.csv").write_text("1")
    program = (
        "import os; tree = os.getcwd(); place = os.path.dirname(tree)\n"
        f"os.rename(place, {str(tmp_path / 'away')!r}); os.symlink({str(theirs)!r}, place)\n"
    )
    commit = project.commit(heat_py=program)
    record = a_record(
        command=["python", "heat.py"],
        code=Code(commit=commit),
        outputs=[FileRef(path="out.csv", sha256="0" * 64)],
    )
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        assert run_again(place).came.outputs == {"out.csv": None}
        assert place.scratch() == place.folder and not place.folder.is_symlink()
    assert sorted(theirs.rglob("*")) == [theirs / "tree", theirs / "tree" / "out.csv"]


def test_a_run_before_the_first_commit(project: ProjectFolder, tmp_path: Path) -> None:
    project.write(heat_py="print('first')")
    home, record, out = recorded(project, "--", "python", "heat.py")
    assert record.code.commit is None
    with opened(home, record, parent=tmp_path) as place:
        assert said(run_again(place)) == out


# -- what blocks -------------------------------------------------------------------------------------------


@pytest.fixture
def simple(project: ProjectFolder) -> tuple[Project, Record]:
    """A project of one program, and a run of it."""
    commit = project.commit(heat_py="x = 1\n", params_json=JSON)
    return project_at(project.root), a_record(command=["python", "heat.py"], code=Code(commit=commit))


def test_what_is_missing_blocks_and_says_what_would_help(
    simple: tuple[Project, Record], tmp_path: Path
) -> None:
    home, record = simple
    commit = record.code.commit

    def but(**facts: object) -> Blocked:
        return blocked(home, msgspec.structs.replace(record, **facts), tmp_path)

    assert "is not in this repository" in but(code=Code(commit="a" * 40)).what
    assert "not in git" in but(code=Code(version_control="none")).what
    lost = but(inputs=[FileRef(path="data/in.csv", sha256="0" * 64)])
    assert "`data/in.csv`" in lost.what and "`data:`" in lost.hint
    assert "leads out" in but(inputs=[FileRef(path="../heat study/heat.py", sha256=sha256("x = 1\n"))]).what
    assert "outside of the project" in but(directory="/tmp").what
    assert "outside of the project" in but(directory="~/x").what
    assert "leads out" in but(directory="../x").what
    assert "masked" in but(command=["python", "--token=(masked)"]).what
    assert "not among the artifacts" in but(code=Code(commit=commit, patch=f"sha256:{'0' * 64}")).what
    assert "were not kept: heat.py" in but(code=Code(commit=commit, changed=["heat.py", "new.py"])).what
    patch = f"sha256:{artifacts.keep(home, b'', 'p.patch')}"
    told = Code(commit=commit, patch=patch, changed=["heat.py"], left_out=["heat.py"])
    assert "were not kept: heat.py" in but(code=told).what
    parameters = msgspec.structs.replace(with_parameters(wait=3), overrides={"wait": 3})
    assert "`params.json` was not kept" in but(parameters=parameters).what


def test_an_artifact_that_is_not_what_its_name_says_is_not_applied(
    simple: tuple[Project, Record], tmp_path: Path
) -> None:
    home, record = simple
    patch = artifacts.keep(home, b"x", "p.patch")
    kept = artifacts.path_of(home, patch)
    assert kept is not None
    kept.write_bytes(b"y")
    code = msgspec.structs.replace(record.code, patch=f"sha256:{patch}")
    assert (
        "not among the artifacts" in blocked(home, msgspec.structs.replace(record, code=code), tmp_path).what
    )


@posix
def test_an_input_below_a_link_of_the_commit_is_not_written_through_it(
    project: ProjectFolder, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project.root / "data").symlink_to(outside)
    commit = project.commit(heat_py="")
    home = project_at(project.root)
    kept = artifacts.keep(home, b"content", "in.csv")
    record = a_record(code=Code(commit=commit), inputs=[FileRef(path="data/in.csv", sha256=kept)])
    assert "goes through the link `data`" in blocked(home, record, tmp_path).what
    assert list(outside.iterdir()) == []
    above = a_record(code=Code(commit=commit), directory="data/deep")
    assert "goes through the link" in blocked(home, above, tmp_path).what
    assert list(outside.iterdir()) == []


def test_a_place_that_cannot_be_made_is_said(simple: tuple[Project, Record], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for parent in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(NotWritten, match="no place can be made"), opened(*simple, parent=parent):
            pass


def test_what_is_not_as_it_was_is_noted(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="")
    told = b"Submodule lib contains untracked content\nSubmodule (masked) contains untracked content\n"
    patch = f"sha256:{artifacts.keep(project_at(project.root), told, 'p.patch')}"
    code = Code(commit=commit, patch=patch, changed=["lib", "new.bin"], left_out=["new.bin"])
    record = a_record(code=code, inputs=[FileRef(path="gone.csv")])
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        assert place.notes == [
            "credentials are masked in the patch, so those lines are not as they were",
            "new files in the submodule `lib` were not kept",
            "new files in the submodule `(masked)` were not kept",
            "new files that were not kept, and are not there: new.bin",
            "the content of the input `gone.csv` is not recorded: it cannot be checked",
        ]


# -- the program -------------------------------------------------------------------------------------------


@posix
def test_a_program_sees_its_place_and_no_credentials(
    simple: tuple[Project, Record], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = [
        "GITHUB_TOKEN",
        "AWS_PROFILE",
        "MY_PASSWORD",
        "ACTIONS_RUNTIME_URL",
        "SSH_AUTH_SOCK",
        "GITHUB_ENV",
    ]
    for name in (*secrets, "GIT_DIR", "OMP_NUM_THREADS", "TZ", "HARMLESS"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("SHAPED", "ghp_0123456789abcdefghij0123")
    home, record = simple
    with opened(home, record, parent=tmp_path) as place:
        found = place.environment({"MPLBACKEND": "Agg", "svg.hashsalt": "s"})
        assert not {*secrets, "GIT_DIR", "OMP_NUM_THREADS", "TZ", "SHAPED", "svg.hashsalt"} & set(found)
        assert (found["HARMLESS"], found["MPLBACKEND"], found["HOME"]) == ("x", "Agg", os.environ["HOME"])
        assert found["TMPDIR"].startswith(str(place.folder)) and os.path.isdir(found["TMPDIR"])
        assert str(place.folder) in found["GIT_CEILING_DIRECTORIES"].split(os.pathsep)
        command = ["sh", "-c", "pwd; git rev-parse HEAD; git status --porcelain; cat; mktemp"]
        ran = place.run(command, found)
        where, head, made = said(ran).split("\n")[:3]
        assert (where, head) == (str(place.directory), record.code.commit)
        assert made.startswith(found["TMPDIR"])
        assert ran.network == ("held back" if held.can_hold_network() else "open")
        assert place.run(["true"], found, network=True).network == "open"


@pytest.mark.parametrize("network", [True, False])
def test_a_step_has_the_network_only_when_it_may(
    network: bool, simple: tuple[Project, Record], tmp_path: Path
) -> None:
    if not held.can_hold_network():
        pytest.skip("this system does not let us hold the network back")
    program = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5)"
    with opened(*simple, parent=tmp_path) as place, socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", program, str(server.getsockname()[1])]
        ran = place.run(command, place.environment({}), network=network)
    assert (ran.outcome.exit_code == 0, ran.network) == (network, "open" if network else "held back")


@posix
def test_an_svg_comes_out_the_same_unless_the_checkout_has_settings_of_its_own(
    project: ProjectFolder, tmp_path: Path, home: Path
) -> None:
    pytest.importorskip("matplotlib")
    program = "import matplotlib as m; print(m.rcParams['svg.hashsalt'], m.rcParams['lines.linewidth'], m.get_backend())"
    project.write_files({"own/matplotlibrc": "lines.linewidth: 5\n"})
    commit = project.commit(heat_py=program)
    (home / ".config" / "matplotlib").mkdir(parents=True, exist_ok=True)
    (home / ".config" / "matplotlib" / "matplotlibrc").write_text("lines.linewidth: 3\n")
    record = a_record(command=["python", "heat.py"], code=Code(commit=commit))
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        assert said(run_again(place)).lower().split() == ["publisher", "3.0", "agg"]
    record = msgspec.structs.replace(record, command=["python", "../heat.py"], directory="own")
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        assert said(run_again(place)).lower().split() == ["none", "5.0", "agg"]


def test_its_time_is_limited(project: ProjectFolder, tmp_path: Path) -> None:
    commit = project.commit(heat_py="import time; open('half', 'w').close(); time.sleep(600)")
    record = a_record(command=["python", "heat.py"], code=Code(commit=commit))
    with opened(project_at(project.root), record, parent=tmp_path) as place:
        ran = run_again(place, limit=1.0)
        assert ran.outcome.problem == "its time was over after 1 s" and ran.came.additional == ["half"]


# -- the place goes ----------------------------------------------------------------------------------------


@posix
def test_a_place_goes_also_when_it_cannot_be_written_to(
    simple: tuple[Project, Record], tmp_path: Path
) -> None:
    if os.getuid() == 0:
        closed = tmp_path / "closed"  # for root nothing is closed; so the way for others is looked at alone
        (closed / "deep").mkdir(parents=True)
        (closed / "deep").chmod(0)
        remove(closed)
        assert not closed.exists()
    with pytest.raises(KeyboardInterrupt), opened(*simple, parent=tmp_path) as place:
        (place.root / "deep" / "er").mkdir(parents=True)
        (place.root / "deep" / "er" / "x").write_text("")
        for name in ("deep/er/x", "deep/er", "deep"):
            (place.root / name).chmod(0o400 if name.endswith("x") else 0o500)
        raise KeyboardInterrupt
    assert not list(tmp_path.glob("*publisher-verify*"))


@posix
def test_a_link_in_the_place_of_a_place_is_not_followed(
    simple: tuple[Project, Record], tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    (theirs / "deep").mkdir(parents=True, mode=0o750)
    (theirs / "deep").chmod(0o500)
    (theirs / "thesis.txt").write_text("x")
    with opened(*simple, parent=tmp_path) as place:
        place.folder.rename(tmp_path / "away")
        place.folder.symlink_to(theirs)
    assert not place.folder.is_symlink()
    assert (theirs / "thesis.txt").exists() and (theirs / "deep").stat().st_mode & 0o777 == 0o500


REMOVE = """\
import os, sys
from pathlib import Path
from publisher.verify.ours import remove
if os.getuid() == 0:  # for root nothing is closed
    os.setgroups([]); os.setgid(12345); os.setuid(12345)
top = Path(sys.argv[1]) / "place"
(top / "tree" / "deep").mkdir(parents=True)
(top / "live").mkdir()
(top / "link").symlink_to(sys.argv[1])
(top / "tree" / "deep" / "x").write_text("")
for each in (top / "tree" / "deep", top / "tree", top):
    each.chmod(0)
remove(top)
print(list(top.parent.iterdir()), oct(top.parent.stat().st_mode & 0o777))
"""


@posix
def test_a_place_that_is_closed_to_us_goes_as_well() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        done = subprocess.run([sys.executable, "-c", REMOVE, folder], capture_output=True, text=True)
    assert done.stdout == "[] 0o777\n", done.stderr


def test_what_is_only_called_as_a_place_is_not_touched(
    simple: tuple[Project, Record], tmp_path: Path
) -> None:
    names = ["publisher-verify-paper", "publisher-verify-abcd1234", "publisher-verify-abcd1234-more"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("x")
    (tmp_path / names[1] / "live").write_text("a file")
    (tmp_path / names[2] / "live").mkdir()
    (tmp_path / names[2] / "live" / "lock").write_text("")
    with opened(*simple, parent=tmp_path):
        assert all((tmp_path / name / "thesis.txt").exists() for name in names)


HOLD = """\
import sys, time; from pathlib import Path
from publisher.store.project import project_at
from publisher.store.records import understood
from publisher.verify.place import opened
record = understood(sys.stdin.read(), "stdin")
with opened(project_at(Path.cwd()), record, parent=Path(sys.argv[1])) as place:
    print(place.folder, flush=True)
    place.run(["sh", "-c", "echo $$ > pid; sleep 600"], place.environment({}))
"""


@posix
def test_what_a_killed_verification_left_is_removed_by_the_next_and_what_lives_is_not(
    simple: tuple[Project, Record], tmp_path: Path
) -> None:
    home, record = simple
    base = tmp_path / "temporary"
    base.mkdir()
    (base / "publisher-verify-of somebody").write_text("a file")
    (base / "other").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(base)],
        cwd=home.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin and holder.stdout
        holder.stdin.write(record_text(record))
        holder.stdin.close()
        folder = Path(holder.stdout.readline().rstrip("\n"))
        assert folder.parent == base
        with opened(home, record, parent=base) as place:
            assert folder.is_dir() and place.folder != folder
        assert folder.is_dir()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with opened(home, record, parent=base):
        assert not folder.exists()
    assert sorted(each.name for each in base.iterdir()) == ["other", "publisher-verify-of somebody"]


# -- pure --------------------------------------------------------------------------------------------------


def test_time_is_limited_by_what_it_took() -> None:
    assert time_limit(a_record(duration=3.0)) == 90.0
    assert time_limit(a_record(duration=None)) == 3600.0


def variables(record: Record, environment: Environment | None = None, **recorded: str) -> dict[str, str]:
    if recorded:
        environment = msgspec.structs.replace(an_environment(), variables=recorded)
    return variables_for(record, environment)


def test_what_makes_a_program_do_what_it_did() -> None:
    record = a_record(started="2026-11-23T06:35:12.482913Z", resources=Resources(cores=3))
    assert variables(record) == {
        "OMP_NUM_THREADS": "3",
        "OPENBLAS_NUM_THREADS": "3",
        "MKL_NUM_THREADS": "3",
        "BLIS_NUM_THREADS": "3",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": "1795415712",
        "MPLBACKEND": "Agg",
        "svg.hashsalt": "publisher",
    }


def test_what_was_recorded_comes_first() -> None:
    told = {
        "OMP_NUM_THREADS": "2",
        "PYTHONHASHSEED": "7",
        "MPLBACKEND": "svg",
        "SOURCE_DATE_EPOCH": "5",
        "TZ": "UTC",
        "CUDA_VISIBLE_DEVICES": "3",
        "XLA_FLAGS": "(masked)",
    }
    found = variables(a_record(resources=Resources(cores=3)), **told)
    del told["CUDA_VISIBLE_DEVICES"], told["XLA_FLAGS"]
    assert found == {**told, "svg.hashsalt": "publisher"}


def test_threads_are_not_set_where_nobody_knows_or_a_launcher_does() -> None:
    assert "OMP_NUM_THREADS" not in variables(a_record())
    record = a_record(resources=Resources(cores=3), launch=Launch(mode="mpi", processes=2))
    assert "OMP_NUM_THREADS" not in variables(record)


def test_a_notebook_keeps_the_backend_that_shows_its_figures() -> None:
    assert "MPLBACKEND" not in variables(a_record(command=["jupyter", "nbconvert", "--execute", "a.ipynb"]))


@pytest.mark.parametrize(
    ("name", "value", "answer"),
    [
        ("NPM_TOKEN", "x", True),
        ("db_password", "x", True),
        ("CI_JOB_JWT", "x", True),
        ("INDEX", "https://me:secret@example.org/simple", True),
        ("PATH", "/usr/bin", False),
        ("HOME", "/home/me", False),
        ("CI", "true", False),
        ("LD_LIBRARY_PATH", "/opt/lib", False),
        ("TOKENIZERS_PARALLELISM", "false", True),  # rather one too many
    ],
)
def test_what_is_kept_from_a_program(name: str, value: str, answer: bool) -> None:
    assert is_for_nobody_else(name, value) is answer


def test_settings_that_have_a_salt_keep_it() -> None:
    assert with_salt("svg.hashsalt: mine\n", "s") == "svg.hashsalt: mine\n"
    assert with_salt("# svg.hashsalt: none", "s") == "# svg.hashsalt: none\nsvg.hashsalt: s\n"


def test_the_parameter_file_typed_on_another_machine_is_known_by_its_end() -> None:
    parameters = Parameters(file="study/p.json", overrides={"n": 3})
    record = a_record(command=["./a.out", "/home/ada/study/p.json", "n=3", "m=4"], parameters=parameters)
    assert words_given(record, "/here/.params") == ["./a.out", "/here/.params", "m=4"]
    assert words_given(record, None) == record.command
