"""Programs whose verdict is known by how they are made: what each does, what happens then, what has to be said.

Most look at *the world*: a file outside of the project that no record names. It stands for whatever a record
does not hold: another version of a library, another machine, luck.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from publisher.model.project import Tolerance
from publisher.model.verification import Outcome, Verdict
from tests.conftest import ProjectFolder

WORLD = "@WORLD@"  #: in a program: the path of the world, as a Python text
HERE = "@HERE@"  #: the folder of the case, as a Python text

PUT_OUT = f"open('out.csv', 'w').write(open({WORLD}).read())\n"
COPY = f"import shutil, sys; shutil.copyfile({WORLD}, sys.argv[1])\n"
FINE = Tolerance(rtol=1e-6)
COARSE = Tolerance(rtol=10.0, atol=10.0)


class Then(Struct, frozen=True, kw_only=True):
    """Where a case lies while something happens between its run and its verification."""

    project: ProjectFolder
    folder: Path  #: of the case
    world: Path


class Case(Struct, frozen=True, kw_only=True):
    """One program and the truth about it. Paths are relative to the folder of the case."""

    verdict: Verdict
    files: Mapping[str, str | bytes] = field(default_factory=dict)  #: committed; `prog.py` is the program
    data: Mapping[str, str] = field(default_factory=dict)  #: not committed, and ignored by git
    command: tuple[str, ...] = ("python", "prog.py")
    overrides: tuple[str, ...] = ()
    world: str | bytes = ""
    later: str | bytes | None = None  #: the world when it is verified; None when it is as it was
    then: Callable[[Then], object] = lambda then: None
    tolerance: Tolerance | None = None
    findings: Mapping[str, Outcome] | None = None  #: all of them; None: one for `out.csv`, as the verdict
    steady: bool | None = None  #: of the first finding
    says: str = ""  #: stands in the reason, or in what is said of a finding
    limit: float | None = None  #: seconds that the re-run may take
    uncovered: Verdict | None = None  #: where the system does not let the checkout cover the user's tree


def one(text: str, verdict: Verdict, **facts: object) -> Case:
    """A case of one Python program."""
    return Case(files={"prog.py": text}, verdict=verdict, **facts)  # type: ignore[arg-type]


def edit(**texts: str) -> Callable[[Then], object]:
    """Other texts in the place of tracked files, committed."""

    def then(then: Then) -> None:
        for name, text in texts.items():
            (then.folder / ".".join(name.rsplit("_", 1))).write_text(text)
        then.project.commit()

    return then


def _lazy(text: str) -> str:
    """A program that does nothing any more once the world says `lazy`."""
    return f"import sys\nif open({WORLD}).read() == 'lazy': sys.exit(0)\n{text}"


READS = "open('out.csv', 'w').write(open('data/in.csv').read())\n"
SUM = f"numbers = [float(each) for each in open({WORLD})]\nopen('out.csv', 'w').write(f'{{sum(numbers)!r}}\\n')\n"
LINES = f"import sys; sys.stdout.write('a' * 3_000 + open({WORLD}).read() + 'z' * 3_000)\n"
PARAMETERS = """
import sys
text = open(sys.argv[1]).read()
open('out.csv', 'w').write(text)
"""
LEAVES = f"""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for each in (0, 1, 2): os.close(each)
        open({WORLD} + '.pid', 'w').write(str(os.getpid()))
        while open({WORLD}).read() != 'stop': time.sleep(0.01)
        os.remove({WORLD} + '.pid')
    os._exit(0)
os.wait()
while not os.path.exists({WORLD} + '.pid'): time.sleep(0.01)
open('out.csv', 'w').write('1\\n')
"""


CASES: dict[str, Case] = {
    # -- what comes out the same, or does not ----------------------------------------------------------------
    "deterministic": one("open('out.csv', 'w').write('1,2\\n')\n", "identical"),
    "seeded": one(
        "import random; random.seed(3); open('out.csv', 'w').write(str(random.random()))\n", "identical"
    ),
    "unseeded": one(
        "import random; open('out.csv', 'w').write(str(random.random()))\n", "different", steady=False
    ),
    "set-order": one(
        "open('out.txt', 'w').write(' '.join({f'word-{n}' for n in range(40)}))\n",
        "different",
        findings={"out.txt": "different"},
        steady=False,
    ),
    "clock": one("import time; open('out.csv', 'w').write(str(time.time_ns()))\n", "different", steady=False),
    "its-own-place": one(
        "import os; open('out.txt', 'w').write(os.getcwd())\n",
        "different",
        findings={"out.txt": "different"},
        steady=False,
    ),
    "written-otherwise": one(PUT_OUT, "equivalent", world="a\n1.50\n", later="a\n1.5\n"),
    "a-bit-off": one(PUT_OUT, "different", world="a\n1.0\n", later="a\n1.000000001\n", steady=True),
    "a-bit-off-and-allowed": one(
        PUT_OUT, "close", world="a\n1.0\n", later="a\n1.000000001\n", tolerance=FINE
    ),
    "two-percent-off": one(PUT_OUT, "different", world="a\n1.0\n", later="a\n1.02\n", tolerance=FINE),
    "sum-in-another-order-allowed": one(
        SUM, "close", world="0.1\n0.2\n0.3\n", later="0.3\n0.2\n0.1\n", tolerance=FINE
    ),
    "a-row-more": one(PUT_OUT, "different", world="a\n1\n", later="a\n1\n1\n", tolerance=COARSE),
    "another-name": one(PUT_OUT, "different", world="a,b\nx,1\n", later="a,b\ny,1\n", tolerance=COARSE),
    "no-number-any-more": one(PUT_OUT, "different", world="a\n1\n", later="a\nnan\n", tolerance=COARSE),
    "broken": Case(
        files={"prog.py": COPY},
        command=("python", "prog.py", "out.csv"),
        verdict="different",
        world="a\n1\n",
        later=b"a\n1\0\xff\n",
        tolerance=COARSE,
    ),
    "empty": one("open('out.csv', 'w').close()\n", "identical"),
    # -- what is written -------------------------------------------------------------------------------------
    "less": one(
        f"open('out.csv', 'w').write('1\\n')\nif open({WORLD}).read() == 'all': open('more.csv', 'w').write('2\\n')\n",
        "different",
        world="all",
        later="",
        findings={"more.csv": "missing", "out.csv": "identical"},
        says="did not come out",
    ),
    "nothing": one(
        _lazy("open('out.csv', 'w').write('1\\n')\n"),
        "different",
        later="lazy",
        findings={"out.csv": "missing"},
    ),
    "a-name-that-begins-with-a-tilde": one(
        "open('~t.csv', 'w').write('1\\n')\n", "identical", findings={"~t.csv": "identical"}
    ),
    "more": one(
        f"open('out.csv', 'w').write('1\\n')\nif open({WORLD}).read(): open('more.csv', 'w').write('2\\n')\n",
        "identical",
        later="all",
        findings={"out.csv": "identical", "more.csv": "additional"},
    ),
    "tracked-output": Case(
        files={"prog.py": "open('out.csv', 'w').write('1\\n')\n", "out.csv": "1\n"}, verdict="identical"
    ),
    "tracked-output-not-written": Case(
        files={"prog.py": _lazy("open('out.csv', 'w').write('1\\n')\n"), "out.csv": "1\n"},
        verdict="different",
        later="lazy",
        findings={"out.csv": "missing"},
    ),
    **{
        f"tracked-output-{name}": Case(
            files={
                "prog.py": f"import os\nif open({WORLD}).read(): {what}\n"
                "else: open('out.csv', 'w').write('1\\n')\n",
                "out.csv": "1\n",
            },
            verdict="different",
            later="lazy",
            findings={"out.csv": "missing"},
            says="the commit held it already",
        )
        for name, what in {
            "touched": "os.utime('out.csv')",
            "with-other-rights": "os.chmod('out.csv', 0o600)",
            "moved-away-and-back": "os.rename('out.csv', 'x'); os.rename('x', 'out.csv')",
            "under-a-new-link": "os.link('out.csv', 'x'); os.remove('out.csv'); os.rename('x', 'out.csv')",
        }.items()
    },
    **{
        f"tracked-output-written-{name}": Case(
            files={"prog.py": f"import os\n{what}\n", "out.csv": "1\n"}, verdict="identical"
        )
        for name, what in {
            "anew": "os.remove('out.csv'); open('out.csv', 'w').write('1\\n')",
            "beside": "open('x', 'w').write('1\\n'); os.replace('x', 'out.csv')",
            "in-place": "file = open('out.csv', 'r+'); file.write('1\\n')",
        }.items()
    },
    "output-committed-since": one(
        _lazy("open('out.csv', 'w').write('1\\n')\n"),
        "different",
        later="lazy",
        then=lambda then: then.project.commit(),
        findings={"out.csv": "missing"},
    ),
    "output-equals-input": one(READS, "identical", data={"data/in.csv": "1\n"}),
    "expected-output-from-the-users-tree": one(
        f"import shutil; shutil.copyfile({HERE} + '/data/golden.csv', 'out.csv')\n",
        "identical",  # what was read is among the artifacts
        uncovered="different",
        data={"data/golden.csv": "1\n"},
        then=lambda then: (then.folder / "data/golden.csv").write_text("2\n"),
    ),
    "its-own-last-output-from-the-users-tree": one(
        f"import os\nlast = {HERE} + '/out.csv'\nn = int(open(last).read()) if os.path.exists(last) else 0\n"
        "open('out.csv', 'w').write(f'{n + 1}\\n')\n",
        "identical",
        uncovered="different",
    ),
    "a-copy-of-the-users-output": one(
        f"import shutil\nif open({WORLD}).read(): shutil.copyfile({HERE} + '/out.csv', 'out.csv')\n"
        "else: open('out.csv', 'w').write('1\\n')\n",
        "failed",
        uncovered="identical",  # it cannot be told there
        later="copy",
        findings={"out.csv": "missing"},
    ),
    "a-copy-of-the-users-artifact": one(
        f"import glob, shutil\nkept = glob.glob({HERE} + '/../records/artifacts/*/*.svg')\n"
        f"if open({WORLD}).read(): [shutil.copyfile(each, 'out.svg') for each in kept if open(each, 'rb').read() == b'71\\n']\n"
        "else: open('out.svg', 'w').write('71\\n')\n",
        "different",
        uncovered="identical",  # it cannot be told there
        later="copy",
        findings={"out.svg": "missing"},
    ),
    "a-hard-link-to-the-users-output": one(
        f"import os, contextlib\nif open({WORLD}).read():\n"
        f"    with contextlib.suppress(OSError): os.link({HERE} + '/out.csv', 'out.csv')\n"
        "else: open('out.csv', 'w').write('1\\n')\n",
        "different",
        later="link",
        findings={"out.csv": "missing"},
    ),
    "a-hard-link-of-its-own": one(
        "import os; open('new.csv', 'w').write('1\\n'); os.link('new.csv', 'out.csv')\n",
        "identical",
        findings={"new.csv": "identical", "out.csv": "identical"},
    ),
    "works-in-the-users-tree": Case(
        files={"prog.sh": f"cd {HERE} && echo 1 > out.csv\n"},
        command=("sh", "prog.sh"),
        verdict="identical",
    ),
    "a-link-beside": one(
        "import os; open('out.csv', 'w').write('1\\n'); os.symlink('out.csv', 'link.csv')\n", "identical"
    ),
    "a-link-instead": one(
        f"import os\nif open({WORLD}).read(): open('real.csv', 'w').write('1\\n'); os.symlink('real.csv', 'out.csv')\n"
        "else: open('out.csv', 'w').write('1\\n')\n",
        "different",
        later="link",
        findings={"out.csv": "missing", "real.csv": "additional"},
    ),
    "a-link-to-the-users-output": one(
        f"import os\nif open({WORLD}).read(): os.symlink({HERE} + '/out.csv', 'out.csv')\n"
        "else: open('out.csv', 'w').write('1\\n')\n",
        "different",
        later="link",
        findings={"out.csv": "missing"},
    ),
    "a-linked-folder-of-the-users": one(
        f"import os\nif open({WORLD}).read(): os.symlink({HERE} + '/sub', 'sub')\n"
        "else: os.mkdir('sub'); open('sub/out.csv', 'w').write('1\\n')\n",
        "different",
        later="link",
        findings={"sub/out.csv": "missing"},
    ),
    "a-folder-instead": one(
        f"import os\nif open({WORLD}).read(): os.mkdir('out.csv'); open('out.csv/x', 'w').write('1\\n')\n"
        "else: open('out.csv', 'w').write('1\\n')\n",
        "different",
        later="folder",
        findings={"out.csv": "missing", "out.csv/x": "additional"},
    ),
    "outside-too": one(
        "import os; open('out.csv', 'w').write('1\\n'); open(os.path.expanduser('~/o.csv'), 'w').write('1\\n')\n",
        "identical",
        findings={"out.csv": "identical", "~/o.csv": "outside"},
    ),
    "outside-only": one(
        "import os; open(os.path.expanduser('~/o.csv'), 'w').write('1\\n'); print('done')\n",
        "blocked",
        findings={"~/o.csv": "outside"},
        says="put out nothing in the project",
    ),
    "nothing-at-all": one("import sys; sys.stderr.write('x')\n", "blocked", findings={}),
    # -- what it said ----------------------------------------------------------------------------------------
    "says": one("print(1.5)\n", "identical", findings={"standard output": "identical"}),
    "says-it-and-removes-its-place": one(
        f"import os, shutil; print(1.5, flush=True)\nif open({WORLD}).read(): shutil.rmtree(os.getcwd())\n",
        "identical",
        later="remove",
        findings={"standard output": "identical"},
    ),
    "says-otherwise": one(
        f"print(open({WORLD}).read())\n",
        "different",
        world="1.5",
        later="1.6",
        findings={"standard output": "different"},
        steady=True,
    ),
    "says-it-on-the-other-stream": one(
        f"import sys; print(1.5, file=sys.stderr if open({WORLD}).read() else sys.stdout)\n",
        "different",
        later="other",
        findings={"standard output": "different"},
    ),
    "says-nothing-any-more": one(
        _lazy("print(1)\n"), "different", later="lazy", findings={"standard output": "different"}
    ),
    "says-with-a-warning": one(
        f"import sys; print(1.5); sys.stderr.write(open({WORLD}).read())\n",
        "identical",
        later="deprecated\n",
        findings={"standard output": "identical"},
    ),
    "says-a-lot": one(LINES, "blocked", world="1.5", findings={}, says="too long"),
    "says-a-lot-of-something-else": one(
        LINES, "blocked", world="1.5", later="1.6", findings={}, says="too long"
    ),
    "says-a-lot-and-ends-otherwise": one(
        f"import sys; sys.stdout.write('a' * 6_000 + open({WORLD}).read())\n",
        "different",
        world="1.5",
        later="1.6",
        findings={"standard output": "different"},
    ),
    "says-a-secret": one(
        f"print('https://ada:' + open({WORLD}).read() + '@example.org/')\n",
        "equivalent",
        world="hunter2",
        later="swordfish",
        findings={"standard output": "equivalent"},
    ),
    # -- how it ends -----------------------------------------------------------------------------------------
    "fails-as-before": one("import sys; open('out.csv', 'w').write('1\\n'); sys.exit(3)\n", "identical"),
    "fails-now": one(
        f"import sys; open('out.csv', 'w').write('1\\n'); sys.exit(int(open({WORLD}).read()))\n",
        "failed",
        world="0",
        later="3",
        findings={"out.csv": "identical"},
        says="with exit code 3; the run ended with exit code 0",
    ),
    "works-now": one(
        f"import sys; open('out.csv', 'w').write('1\\n'); sys.exit(int(open({WORLD}).read()))\n",
        "failed",
        world="3",
        later="0",
        findings={"out.csv": "identical"},
    ),
    "killed-now": one(
        f"import os; open('out.csv', 'w').write('1\\n')\nif open({WORLD}).read(): os.kill(os.getpid(), 9)\n",
        "failed",
        later="kill",
        findings={"out.csv": "identical"},
        says="for want of memory",
    ),
    "hangs-now": one(
        f"import time; open('out.csv', 'w').write('1\\n')\nwhile open({WORLD}).read(): time.sleep(0.01)\n",
        "failed",
        later="hang",
        findings={"out.csv": "identical"},
        limit=0.6,
        says="its time was over after 0.6 s",
    ),
    # -- what it needs ---------------------------------------------------------------------------------------
    "input-gone": one(
        READS,
        "blocked",
        data={"data/in.csv": "a\n1234\n"},
        then=lambda then: ((then.folder / "data/in.csv").unlink(), (then.folder / "out.csv").unlink()),
        findings={},
        says="it is not there",
    ),
    "input-changed": one(
        READS + "open('out.csv', 'a').write('more')\n",
        "blocked",
        data={"data/in.csv": "a\n4321\n"},
        then=lambda then: (then.folder / "data/in.csv").write_text("a\n3\n"),
        findings={},
        says="it is another content",
    ),
    "input-edited-and-committed": Case(
        files={"prog.py": READS.replace("data/", ""), "in.csv": "a\n1\n"},
        verdict="identical",
        then=edit(in_csv="a\n2\n"),
    ),
    "program-edited-and-committed": one(
        "open('out.csv', 'w').write('1\\n')\n",
        "identical",
        then=edit(prog_py="open('out.csv', 'w').write('2\\n')\n"),
    ),
    "program-edited-and-not-committed": one(
        "open('out.csv', 'w').write('1\\n')\n",
        "identical",
        then=lambda then: (then.folder / "prog.py").write_text("raise SystemExit(1)\n"),
    ),
    "input-changed-in-place": Case(
        files={"prog.py": "import sys; open(sys.argv[1], 'a').write('2\\n')\n"},
        command=("python", "prog.py", "in.log"),
        data={"in.log": "1\n"},
        verdict="different",  # that it was there before, nobody knows any more: it starts from nothing
        findings={"in.log": "different"},
        steady=True,
    ),
    "input-read-and-changed-in-place": Case(
        files={"prog.py": "n = int(open('data/n').read()); open('data/n', 'w').write(f'{n + 1}')\n"},
        command=("python", "prog.py"),
        data={"data/n": "1"},
        verdict="failed",
        findings={"data/n": "missing"},
    ),
    "input-destroyed-by-the-first-of-two": one(
        f"import os\nplace = os.path.expanduser('~/in.csv')\ntext = open(place).read()\n"
        f"if open({WORLD}).read(): os.remove(place); text = '2\\n'\nopen('out.csv', 'w').write(text)\n",
        "different",
        data={"~/in.csv": "1\n"},
        later="remove",
    ),
    # -- its own files ---------------------------------------------------------------------------------------
    "edits-its-own-source": one(
        "open('prog.py', 'a').write('# again\\n'); open('out.csv', 'w').write(open('prog.py').read())\n",
        "identical",
        findings={"out.csv": "identical", "prog.py": "identical"},
    ),
    "appends-to-a-tracked-file": Case(
        files={"prog.py": "open('log.txt', 'a').write('2\\n')\n", "log.txt": "1\n"},
        verdict="identical",
        findings={"log.txt": "identical"},
    ),
    "appends-to-an-ignored-file": one(
        "open('more.log', 'a').write('2\\n')\n",
        "different",
        data={"more.log": "1\n"},
        findings={"more.log": "different"},
        steady=True,
    ),
    # -- parameters ------------------------------------------------------------------------------------------
    "json": Case(
        files={"prog.py": PARAMETERS, "p.json": '{"a": {"b": 1}, "c": 2}\n'},
        command=("python", "prog.py", "p.json"),
        then=edit(p_json="{}"),
        verdict="identical",
    ),
    "json-overridden": Case(
        files={"prog.py": PARAMETERS, "p.json": '{"a": {"b": 1}, "c": 2}\n'},
        command=("python", "prog.py", "p.json"),
        overrides=("a.b=7", "c=x"),
        then=edit(p_json="{}"),
        verdict="identical",
    ),
    "yaml-overridden": Case(
        files={"prog.py": PARAMETERS, "p.yaml": "a:\n  b: 1  # why\nc: no\n"},
        command=("python", "prog.py", "p.yaml"),
        overrides=("a.b=017",),
        then=edit(p_yaml="a: {}"),
        verdict="identical",
    ),
    "yml-behind-an-option": Case(
        files={"prog.py": PARAMETERS.replace("argv[1]", "argv[1][9:]"), "p.yml": "a: 1\n"},
        command=("python", "prog.py", "--config=p.yml"),
        overrides=("a=5",),
        then=edit(p_yml="a: 2\n"),
        verdict="identical",
    ),
    "json-ignored-and-changed": Case(
        files={"prog.py": PARAMETERS + "open('out.csv', 'a').write('x')\n"},
        data={"data/p.json": '{"a": 1}'},
        command=("python", "prog.py", "data/p.json"),
        then=lambda then: (then.folder / "data/p.json").write_text('{"a": 2}'),
        verdict="blocked",
        findings={},
        says="it is another content",
    ),
}

POSIX_ONLY = {
    "a-hard-link-to-the-users-output", "a-hard-link-of-its-own", "works-in-the-users-tree",
    "says-it-and-removes-its-place", "a-link-beside", "a-link-instead", "a-link-to-the-users-output", "a-linked-folder-of-the-users",
    "killed-now",
}  # fmt: skip


def text_of(program: str, world: Path, folder: Path) -> str:
    """A program with its paths in it."""
    return program.replace(WORLD, repr(str(world))).replace(HERE, repr(str(folder)))


def cases() -> dict[str, Case]:
    """Those that this system can run."""
    return {name: case for name, case in CASES.items() if sys.platform != "win32" or name not in POSIX_ONLY}
