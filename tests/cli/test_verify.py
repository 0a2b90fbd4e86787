"""`publisher verify`: which runs, what is said, and the exit code, on which a CI job stands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from publisher.cli.main import main
from publisher.model.record import Record
from tests.factory import keep_text, posix
from tests.support.processes import wait_for
from tests.verify.programs import Case
from tests.verify.programs import one as program
from tests.verify.test_corpus import Study, made, put, recorded, state

CASES = {
    "same": program("open('out.csv', 'w').write('1\\n')\n", "identical"),
    "close": program("open('out.csv', 'w').write(open(@WORLD@).read())\n", "close"),
    "other": program("import os; open('out.csv', 'w').write(os.urandom(8).hex())\n", "different"),
    "failing": program("import sys; print(1); sys.exit(int(open(@WORLD@).read()))\n", "failed", world="0"),
    "gone": program(
        "open('out.csv', 'w').write(open('data/in.csv').read() + 'x')\n",
        "blocked",
        data={"data/in.csv": "7\n"},
    ),
}


@pytest.fixture
def study(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    """A repository with the programs, its top the working directory; the process hears signals as before."""
    before = {
        each: signal.getsignal(each) for each in (signal.SIGTERM, getattr(signal, "SIGHUP", None)) if each
    }
    study = made(tmp_path, CASES)
    monkeypatch.chdir(study.project.root)
    monkeypatch.setattr("tempfile.tempdir", str(study.places))
    yield study
    assert list(study.places.iterdir()) == []
    for number, handler in before.items():
        signal.signal(number, handler)


def run(study: Study, *names: str) -> list[Record]:
    """Record runs, and let what is to happen to them happen."""
    told = []
    for name in names:
        case: Case = CASES[name]
        told.append(recorded(study, name, case)[1])
    put(study.worlds / "failing", "4")
    if "gone" in names:
        (study.project.root / "gone/data/in.csv").unlink()
    return told


@pytest.mark.parametrize(
    ("names", "code", "last"),
    [
        (["same"], 0, "1 of 1 match"),
        (["same", "other"], 1, "1 of 2 match"),
        (["same", "failing"], 1, "1 of 2 match"),
        (["same", "gone"], 3, "1 of 2 match"),
        (["gone", "other", "same"], 1, "1 of 3 match"),
    ],
)
def test_the_exit_code_tells_whether_all_match(
    names: list[str], code: int, last: str, study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    run(study, *names)
    capsys.readouterr()
    assert main(["verify", "--all"]) == code
    told = capsys.readouterr()
    assert told.err.splitlines()[-1] == last
    for name in names:
        assert CASES[name].verdict in told.out
    assert ("not deterministic" in told.out) == ("other" in names)
    assert ("to unblock it:" in told.out) == ("gone" in names)


def test_what_is_said_can_be_read_by_programs(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    records = run(study, "same", "gone")
    capsys.readouterr()
    assert main(["verify", "--all", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert [(each["run"], each["verdict"]) for each in told] == [
        (records[0].id, "identical"),
        (records[1].id, "blocked"),
    ]
    assert main(["verify", "--all", "--summary", "--junit", "new/junit.xml"]) == 3
    assert capsys.readouterr().out.startswith("### 1 of 2 re-runs match\n")
    suite = ElementTree.parse("new/junit.xml").getroot()
    assert (suite.attrib["tests"], suite.attrib["skipped"], suite.attrib["failures"]) == ("2", "1", "0")


def test_a_report_that_cannot_be_written_is_said_in_a_sentence(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    run(study, "same")
    assert main(["verify", "--all", "--junit", "."]) == 2
    assert "is a folder" in capsys.readouterr().err
    assert main(["verify", "--all", "--junit", "publisher.yml/x"]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_which_runs(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = run(study, "same", "gone")
    for words, meant in (
        (["latest"], [second.id]),
        ([first.id[:8]], [first.id]),
        ([first.id, first.id[:9], second.id], [first.id, second.id]),
        (["status:completed"], [first.id, second.id]),
    ):
        capsys.readouterr()
        main(["verify", "--no-record", "--json", *words])
        assert [each["run"] for each in json.loads(capsys.readouterr().out)] == meant
    assert main(["verify"]) == 2
    assert main(["verify", "--jobs", "0", "--all"]) == 2
    assert main(["verify", "ffffffffffff"]) == 1
    assert main(["verify", "--step", "nothing"]) == 1
    assert not (study.project.root / "records" / "verifications").exists()


def test_a_record_that_cannot_be_read_is_no_match(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    run(study, "same")
    keep_text(study.project.root, "id: [")
    assert main(["verify", "--all"]) == 3
    assert "20261123T000012-aaaaaaaaaaaa.yml:2: not verified: " in capsys.readouterr().err
    assert main(["verify", "latest"]) == 0


def test_the_only_record_is_named_when_it_cannot_be_read(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_text(study.project.root, "id: [")
    assert main(["verify", "--all", "--json"]) == 3
    told = capsys.readouterr()
    assert "20261123T000012-aaaaaaaaaaaa.yml:2: not verified: " in told.err and json.loads(told.out) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  size: 2\n", f"  size: {'9' * 26}\n"),
        ("command:\n- python\n- prog.py\n", "command: []\n"),
    ],
)
def test_what_no_record_can_say_is_a_sentence_with_file_and_line(
    old: str, new: str, study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    run(study, "same")
    (path,) = study.project.records()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    for words, code in ((["verify", "--all"], 3), (["list"], 1)):
        assert main(words) == code
        assert f"{path.name}:" in capsys.readouterr().err


def test_a_record_whose_seal_is_broken_is_no_match(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    run(study, "same", "close")
    path = study.project.records()[0]
    path.write_text(path.read_text().replace("exit_code: 0", "exit_code: 1"))
    assert main(["verify", "--all"]) == 3
    told = capsys.readouterr()
    assert "its seal is broken" in told.out and "1 of 2 match" in told.err


def test_a_strangers_record_cannot_write_on_the_terminal(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "\x1b[31mred\x07\u202e.csv"
    case = program(f"open({name!r}, 'w').write(open(@WORLD@).read())\n", "different", world="1")
    study.project.write_files(
        {"other/prog.py": case.files["prog.py"].replace("@WORLD@", repr(str(study.worlds / "other")))}
    )  # type: ignore[arg-type]
    study.project.commit()
    recorded(study, "other", case)
    put(study.worlds / "other", "2")
    capsys.readouterr()
    assert main(["verify", "latest"]) == 1
    told = capsys.readouterr().out
    assert "red" in told and not {"\x1b", "\x07"} & set(told)


@posix
def test_a_program_that_is_told_to_end_while_it_verifies(study: Study) -> None:
    waits = "open(@WORLD@ + '.here', 'w')\nopen('out.csv', 'w').write('1')\nwhile open(@WORLD@).read() == 'wait': pass\n"
    case = program(waits, "identical")
    text = waits.replace("@WORLD@", repr(str(study.worlds / "same")))
    study.project.write_files({"same/prog.py": text})
    study.project.commit()
    recorded(study, "same", case)
    recorded(study, "other", CASES["other"])
    (study.worlds / "same.here").unlink()
    put(study.worlds / "same", "wait")
    assert main(["list"]) == 0
    before = state(study.project.root)
    words = [sys.executable, "-m", "publisher", "verify", "--all", "--junit", "junit.xml"]
    going = subprocess.Popen(words, env={**os.environ, "TMPDIR": str(study.places)}, stderr=subprocess.PIPE)
    wait_for((study.worlds / "same.here").exists)
    going.terminate()
    assert going.communicate(timeout=30)[1] == b""
    assert going.returncode == 130
    assert state(study.project.root) == before
