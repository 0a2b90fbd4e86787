"""What a repository may say in names, reasons and settings: every command prints it, and no line of it is obeyed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from publisher.model.printable import HIDDEN
from publisher.model.record import Annotations, Note, Parameters
from publisher.store.records import read_record, write_record
from tests.conftest import ProjectFolder
from tests.factory import posix

LINES = (
    "x\n::stop-commands::zzz\n  ::add-mask::e\r\n##[error]FORGED\r= identical   0000000  FORGED\x0b= identical FORGED"
    "\u2028= identical FORGED\u2029::error::FORGED\x85::group::FORGED\x1c::debug::FORGED\x1b[31m\x9b2J\u202eevil\u2066\u200b\u061c"
)
BEGINNINGS = [
    "::add-mask::FORGED",
    "\t ::stop-commands::FORGED",
    "= identical    0000000  step  all 3 outputs are identical FORGED",
    "✓ identical FORGED",
    "a ##[add-mask]FORGED ##vso[task.complete]",
    "[red]not red[/red] FORGED",
    "\u2003\u00a0::error::FORGED",
    "3 of 3 match FORGED",
]
PROGRAM = """\
import json, os, sys
os.makedirs("out", exist_ok=True)
open("out/r.txt", "w").write(open("params.json").read() + (os.environ.get("TURN") or ""))
open("out/a\\n::error::FORGED\\n.png", "w").write("x")
json.dump({"m\\n::error::FORGED": 1}, open("out/metrics.json", "w"))
print("::error::of the program")
"""
SETTINGS = """\
paper: {title: "T\\n::error::FORGED"}
steps:
  "s\\n::error::FORGED\\n= identical FORGED": {command: python sim.py params.json, outputs: ["out/*"], metrics: out/metrics.json}
  "::add-mask::FORGED": {command: python sim.py params.json, outputs: ["out/*"], metrics: out/metrics.json}
data:
  "d\\n::error::FORGED.csv": {url: "https://127.0.0.1:1/x", sha256: "%s"}
figures:
  "f\\n::error::FORGED.png": {alt: x}
""" % ("a" * 64)
OURS = re.compile(r"::(?:error|warning) file=records/[^:]*,title=[^:]*::")


def faults(text: str, *, annotations: bool = False) -> list[str]:
    """The lines that a runner of CI would obey, that hide something, or that pass for one of ours."""
    found = []
    for line in re.split(r"\r\n|[\r\n]", text):
        begin = line.lstrip()
        obeyed = begin.startswith("::") and not (annotations and OURS.match(line))
        forged = "FORGED" in line and re.match(r"\s*[=✓]\s+identical|3 of 3 match", line)
        if obeyed or forged or "##[" in line or "##vso[" in line or re.search(f"[{HIDDEN}]", line):
            found.append(line)
    return found


@pytest.fixture
def hostile(project: ProjectFolder) -> ProjectFolder:
    """A paper with a real run, and copies of its record in which every text is a stranger's."""
    project.write_files(
        {"publisher.yml": SETTINGS, ".gitignore": "out/\nsite/\n.publisher/\n", "params.json": '{"a": 1}'}
    )
    project.commit(sim_py=PROGRAM)
    project.git("tag", "v0")
    done = project.publisher(
        "run",
        "-r",
        LINES.replace("\x1b", ""),
        "-t",
        "x\n::error::FORGED",
        "--",
        "python",
        "sim.py",
        "params.json",
    )
    assert done.returncode == 0, done.stderr
    (real,) = project.records()
    record = read_record(real)
    for number, text in enumerate([LINES, *BEGINNINGS]):
        outputs = [
            structs.replace(out, path=f"{text}{at}.png", artifact=at == 0)
            for at, out in enumerate(record.outputs)
        ]
        write_record(
            project.root / "records",
            structs.replace(
                record,
                id=f"{number:011x}a",
                reason=text,
                label=text,
                step=text,
                command=["python", "sim.py", "params.json", text.replace("\0", "")],
                parameters=Parameters(
                    file=text, values={text: text, "a": number, "b": {text: [text]}}, overrides={text: 1}
                ),
                metrics={text: float(number)},
                problems=[text],
                inputs=outputs[:1],
                outputs=outputs,
                annotations=Annotations(
                    tags=[text], outcome=text, notes=[Note(at="2026-11-23T10:00:00Z", by=text, text=text)]
                ),
                code=structs.replace(
                    record.code, branch=text, repository=text, changed=[text], left_out=[text]
                ),
            ),
        )
    (real.parent / "20261123T100000-\n::error::FORGED\n.yml").write_text("no: record\n")
    (real.parent / "20261123T100000-aaaaaaaaaaaa.yml").write_text('schema: 1\n"k\\n::error::FORGED": [\n')
    (project.root / "docs").mkdir()
    (project.root / "docs" / "index.md").write_text("# Home\n<script>x</script>\n{{ runs }}\n")
    (project.root / "docs" / "a\n::error::FORGED\n.md").write_text("<script>x</script>\n")
    return project


@posix
def test_no_command_prints_a_line_of_a_stranger(hostile: ProjectFolder, tmp_path: Path) -> None:
    hostile.commit("all")
    real = next(
        path
        for path in hostile.records()
        if b"aaaaaaaaaaaa" not in path.name.encode() and "::" not in path.name
    )
    run = real.stem.rpartition("-")[2]
    commands = [
        ["list"], ["list", "--long"], ["list", "--json"], ["list", "--csv"],
        ["show", run], ["show", "00000000000a"], ["show", "00000000001a"], ["show", "00000000003a"], ["show", "00000000003a", "--json"],
        ["diff", run, "00000000000a"], ["diff", "00000000000a", "00000000001a", "--json"],
        ["diff", "00000000001a", "00000000003a"],
        ["which", str(hostile.root / "out/r.txt")], ["which", "--json", str(hostile.root / "out/r.txt")],
        ["check"], ["check", "--json"], ["status"], ["status", "--json"],
        ["setup", "--check"], ["setup", "--check", "--json"], ["setup", "--data"], ["about"], ["init"],
        ["annotate", "00000000000a", "-t", "y"],
        ["verify", "00000000000a", run, "00000000001a", "00000000003a", "--no-record"],
        ["verify", run, "00000000000a", "--no-record", "--json"],
        ["verify", run, "00000000003a", "--no-record", "--summary", "--junit", str(tmp_path / "junit.xml")],
        ["verify", "00000000000a", "00000000001a", "--no-record", "--annotations"],
        ["verify", "--all", "--no-record"], ["verify", "--step", "::add-mask::FORGED", "--no-record"],
        ["changes", "v0"], ["changes", "v0", "--markdown"], ["changes", "v0", "--json"],
        ["export", "devcontainer", str(tmp_path / "exported")],
        ["build"], ["build", "--strict", "--json"], ["build", "--anonymous", "--zip", str(tmp_path / "x.zip")],
        ["edition", "build", "v0"], ["edition", "publish", "v0"], ["edition", "list"], ["edition", "list", "--json"],
        ["edition", "notice", "v0", "\n::error::FORGED"],
        ["list", "nothing\n::error::FORGED"], ["show", "nothing\n::error::FORGED"], ["nothing\n::error::FORGED"],
        ["list", "--csv", "--\n::error::FORGED"], ["run", "--step", "\n::error::FORGED"],
        ["run", "-p", "a\n::error::FORGED=1", "--", "python", "sim.py", "params.json"],
        ["run", "--", "no-such\n::error::FORGED"],
    ]  # fmt: skip
    found = {}
    for words in commands:
        done = hostile.publisher(*words)
        assert "mistake of publisher" not in done.stderr, (words, done.stderr)
        told = done.stdout + "\n" + done.stderr
        if words[0] == "run":  # the program's own words pass through
            told = told.replace("::error::of the program", "")
        if bad := faults(told, annotations="--annotations" in words):
            found[" ".join(words)] = bad
    assert found == {}
    assert not faults((tmp_path / "junit.xml").read_text("utf-8"))


@posix
def test_mkdocs_build_logs_no_line_of_a_stranger(hostile: ProjectFolder) -> None:
    (hostile.root / "mkdocs.yml").write_text("site_name: x\nplugins: [publisher]\n")
    words = [sys.executable, "-m", "mkdocs", "build"]
    done = subprocess.run(words, cwd=hostile.root, capture_output=True, encoding="utf-8")
    assert "a script in the page does not run" in done.stderr and "FORGED" in done.stderr
    assert faults(done.stdout + done.stderr) == []


def test_a_terminal_shows_a_line_break_and_no_order(project: ProjectFolder) -> None:
    project.commit(sim_py="")
    project.publisher("run", "-r", "a\nb", "--", "true")
    done = project.publisher("list")
    assert "a␤b" in done.stdout


def test_what_libraries_warn_of_and_log_is_cleaned(project: ProjectFolder) -> None:
    program = """
import logging, warnings
from publisher.cli.main import main
main(["about"])
warnings.warn("a\\n::error::FORGED")
logging.getLogger("a.library").warning("b %s", "\\n::error::FORGED\\x1b[31m")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.root, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0 and done.stderr.count("FORGED") == 2, done.stderr
    assert faults(done.stderr) == []


def test_a_run_loads_nothing_for_its_words(project: ProjectFolder) -> None:
    program = """
import sys
from publisher.cli.main import main
main(["run", "-q", "--", "true"])
print(sorted({"rich", "logging", "unicodedata", "difflib"} & set(sys.modules)))
"""
    project.commit(a_txt="x")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.root, capture_output=True, encoding="utf-8"
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout
