"""Parameters: found, read exactly, overridden in a copy, refused when the name is wrong."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.capture.parameters import merged, values_in
from publisher.errors import NoSuchParameter, UnreadableParameters
from tests.conftest import ProjectFolder

SHOW = "import sys; print(open(sys.argv[1]).read())\n"
JSON = '{"wait": 1, "mesh": {"nx": 64, "shape": [1, 2]}, "name": "no", "model.tau": 3}\n'
YAML = """\
# of the study
wait: 1e-3     # seconds
flag: no
code: 0123
mesh:
  nx: 64   # cells
  kind: 'tri'
"""


def run(project: ProjectFolder, *words: str) -> tuple[str, dict[str, Any]]:
    """What the program printed, and the parameters of the record."""
    done = project.publisher("run", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout, project.record()["parameters"]


def test_a_json_file_among_the_arguments_is_parsed(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_json=JSON)
    _, told = run(project, "--", "python", "show.py", "params.json")
    assert told["file"] == "params.json"
    assert told["values"] == json.loads(JSON)
    assert "overrides" not in told


def test_an_option_before_the_command_overrides(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_json=JSON)
    said, told = run(project, "-p", "wait=3", "-p", "mesh.nx=128", "--", "python", "show.py", "params.json")
    assert json.loads(said) == {**json.loads(JSON), "wait": 3, "mesh": {"nx": 128, "shape": [1, 2]}}
    assert told["overrides"] == {"wait": 3, "mesh.nx": 128}
    assert told["values"]["mesh"]["nx"] == 128


def test_words_behind_the_parameter_file_override_and_do_not_reach_the_program(
    project: ProjectFolder,
) -> None:
    project.commit(show_py=SHOW + "print(sys.argv[2:])\n", params_json=JSON)
    said, told = run(project, "--", "python", "show.py", "params.json", "wait=3", "--fast")
    assert said.endswith("['--fast']\n")
    assert told["values"]["wait"] == 3
    assert project.record()["command"] == ["python", "show.py", "params.json", "wait=3", "--fast"]


def test_verbatim_leaves_such_words_to_the_program(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW + "print(sys.argv[2:])\n", params_json=JSON)
    said, told = run(project, "--verbatim", "--", "python", "show.py", "params.json", "wait=3")
    assert said.endswith("['wait=3']\n")
    assert told["values"]["wait"] == 1


def test_the_original_stays_untouched_and_no_copy_stays_behind(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_json=JSON)
    before = (project.root / "params.json").stat()
    run(project, "--", "python", "show.py", "params.json", "wait=3")
    after = (project.root / "params.json").stat()
    assert (project.root / "params.json").read_text() == JSON
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    assert not list(project.root.glob(".params*"))
    assert not project.record().get("outputs")


def test_the_program_finds_files_beside_the_parameter_file_as_before(project: ProjectFolder) -> None:
    program = "import pathlib, sys; print((pathlib.Path(sys.argv[1]).parent / 'mesh.txt').read_text())\n"
    project.write_files({"cases/a.json": '{"n": 1}', "cases/mesh.txt": "the mesh"})
    project.commit(show_py=program)
    said, _ = run(project, "--", "python", "show.py", "cases/a.json", "n=2")
    assert "the mesh" in said


def test_a_file_behind_an_option_is_found_and_replaced(project: ProjectFolder) -> None:
    program = "import sys; print(open(sys.argv[1].split('=')[1]).read())\n"
    project.commit(show_py=program, params_json='{"n": 1}')
    said, told = run(project, "-p", "n=2", "--", "python", "show.py", "--config=params.json")
    assert json.loads(said) == {"n": 2}
    assert told["file"] == "params.json"


def test_a_key_that_holds_dots_is_that_key(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_json=JSON)
    said, _ = run(project, "--", "python", "show.py", "params.json", "model.tau=10")
    assert json.loads(said)["model.tau"] == 10
    assert "model" not in json.loads(said)


def test_an_unknown_name_is_refused_with_the_nearest_ones(project: ProjectFolder) -> None:
    project.commit(show_py="open('ran', 'w')", params_json=JSON)
    done = project.publisher("run", "--", "python", "show.py", "params.json", "mesh.ny=3")
    assert done.returncode == 2
    assert "there is no parameter `mesh.ny`" in done.stderr
    assert "`mesh.nx`" in done.stderr
    assert not (project.root / "ran").exists()
    assert project.records() == []


def test_the_last_part_of_a_name_leads_to_the_whole_name(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_json=JSON)
    done = project.publisher("run", "-p", "nx=3", "--", "python", "show.py", "params.json")
    assert "did you mean `mesh.nx`" in done.stderr


def test_a_new_parameter_is_allowed_when_asked_for(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_json=JSON)
    words = ["--new-parameter", "-p", "mesh.ny=3", "--", "python", "show.py", "params.json"]
    said, _ = run(project, *words)
    assert json.loads(said)["mesh"] == {"nx": 64, "shape": [1, 2], "ny": 3}


def test_an_override_without_a_parameter_file_is_refused(project: ProjectFolder) -> None:
    project.commit(show_py="open('ran', 'w')")
    done = project.publisher("run", "-p", "n=3", "--", "python", "show.py")
    assert done.returncode == 2
    assert "nothing to override `n` in" in done.stderr
    assert not (project.root / "ran").exists()


def test_without_a_parameter_file_such_words_are_the_programs_own(project: ProjectFolder) -> None:
    project.commit(show_py="import sys; print(sys.argv[1:])\n")
    done = project.publisher("run", "--", "python", "show.py", "if=x", "bs=1")
    assert done.stdout == "['if=x', 'bs=1']\n"


def test_a_yaml_file_keeps_everything_but_what_was_overridden(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_yml=YAML)
    said, told = run(project, "--", "python", "show.py", "params.yml", "mesh.nx=128", "flag=yes", "code=0077")
    expected = YAML.replace("nx: 64", "nx: 128").replace("flag: no", "flag: yes").replace("0123", "0077")
    assert "".join(said.split()) == "".join(expected.split())
    assert told["values"] == {
        "wait": 0.001, "flag": "yes", "code": "0077", "mesh": {"nx": 128, "kind": "tri"},
    }  # fmt: skip


def test_what_would_break_the_yaml_is_quoted(project: ProjectFolder) -> None:
    project.commit(show_py=SHOW, params_yml="title: x\nn: 1\n")
    _, told = run(project, "--", "python", "show.py", "params.yml", "title=a: b # c\nn: 7")
    assert told["values"] == {"title": "a: b # c\nn: 7", "n": 1}


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("no", "no"), ("0123", "0123"), ("NaN", math.nan), ("123456789012345678901234567890", 123456789012345678901234567890), ("-0.0", -0.0), ("true", True), ("null", None), ("[1, 2]", [1, 2]), ("", ""), ("a b", "a b")],
)  # fmt: skip
def test_values_typed_for_json_survive_exactly(text: str, value: object) -> None:
    told = merged("p.json", b'{"x": 0}', {"x": text}, new=False).values["x"]
    assert repr(told) == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1e-3", 0.001), ("no", "no"), ("0123", "0123"), (".nan", math.nan), ("123456789012345678901234567890", 123456789012345678901234567890), ("true", True), ("null", None), ("[1, 2]", [1, 2]), ("'3'", "3"), ("2026-11-23", "2026-11-23"), ("12:30:00", "12:30:00")],
)  # fmt: skip
def test_values_typed_for_yaml_survive_exactly(text: str, value: object) -> None:
    result = merged("p.yml", b"x: 0\n", {"x": text}, new=False)
    assert repr(result.values["x"]) == repr(value)
    assert result.text == f"x: {text}\n", "as if it had been typed into the file"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


@given(values=st.dictionaries(st.text(), TREES, max_size=5))
def test_any_json_survives_an_override(values: dict[str, Any]) -> None:
    values["chosen"] = 0
    text = json.dumps(values)
    result = merged("p.json", text.encode(), {"chosen": "1"}, new=False)
    assert repr(result.values) == repr({**json.loads(text), "chosen": 1})


def test_numbers_that_nobody_changes_stay_as_they_are_written() -> None:
    text = '{"f": 3.14159265358979323846, "h": 1e400, "z": -0, "t": "number 0: 5", "n": NaN, "a": 1}'
    result = merged("p.json", text.encode(), {"a": "1E-7"}, new=False)
    assert result.text == text.replace('"a": 1', '"a": 1E-7') + "\n"
    assert merged("p.json", text.encode(), {"a": "1e400"}, new=False).text.endswith('"a": 1e400}\n')
    assert merged("p.json", text.encode(), {"a": '[1.50, {"b": 0.0}]'}, new=False).text.endswith(
        '"a": [1.50, {"b": 0.0}]}\n'
    )


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b'{"a": 1,}', "is no JSON"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[1, 2]", "holds no names"),
        (b"\xff\xfe{}", "byte order mark"),
        (b'{"a": "\xe9"}', "no UTF-8"),
        (b"[" * 100_000, "cannot be read"),
    ],
    ids=["comma", "twice", "list", "utf-16", "latin-1", "deep"],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, complaint: str) -> None:
    with pytest.raises(UnreadableParameters, match=complaint):
        values_in("p.json", data)


def test_the_nearest_names_are_of_the_file() -> None:
    with pytest.raises(NoSuchParameter) as raised:
        merged("p.json", b'{"mobility": 1, "seed": 2}', {"mobilty": "3"}, new=False)
    assert "did you mean `mobility`?" in raised.value.hint


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b'{"a": ', "is no JSON"), (b"x" * 3_000_000, "too long"), (b"\xff\xfe\x00", "byte order mark")],
    ids=["cut off", "huge", "binary"],
)
def test_a_program_runs_all_the_same_when_its_parameters_cannot_be_read(
    project: ProjectFolder, content: bytes, complaint: str
) -> None:
    project.write_files({"params.json": content})
    project.commit(show_py="print('ran')\n")
    done = project.publisher("run", "--", "python", "show.py", "params.json")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    record = project.record()
    assert complaint in record["parameters"]["problem"]
    assert any("the parameters are unknown" in problem for problem in record["problems"])
    assert "the parameters are unknown" in done.stderr


def test_a_parameter_file_without_permission_is_a_problem_in_the_record(project: ProjectFolder) -> None:
    project.commit(show_py="print('ran')\n")
    project.write(params_json="{}")
    (project.root / "params.json").unlink()
    (project.root / "params.json").symlink_to("/proc/self/mem")
    done = project.publisher("run", "--", "python", "show.py", "params.json")
    assert (done.returncode, done.stdout) == (0, "ran\n")
    assert "problem" in project.record().get("parameters", {"problem": "not taken for a file at all"})


def test_credentials_in_parameters_do_not_reach_the_record(project: ProjectFolder) -> None:
    secret = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
    project.commit(
        show_py="print('x')\n", params_json=json.dumps({"db": {"password": "hunter2"}, "t": secret})
    )
    _, told = run(project, "--", "python", "show.py", "params.json", "db.password=hunter3")
    assert told["values"] == {"db": {"password": "(masked)"}, "t": "(masked)"}
    for path in (project.root / "records").rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert secret not in text
            assert "hunter" not in text


def test_a_step_takes_its_overrides_by_name(project: ProjectFolder) -> None:
    settings = "steps:\n  cool:\n    command: python show.py params.json\n    parameters: params.json\n"
    project.commit(show_py=SHOW, params_json=JSON, publisher_yml=settings)
    said, told = run(project, "cool", "mesh.nx=7")
    assert json.loads(said)["mesh"]["nx"] == 7
    assert project.record()["step"] == "cool"
    assert told["overrides"] == {"mesh.nx": 7}


def test_options_may_stand_on_both_sides_of_a_step(project: ProjectFolder) -> None:
    settings = "steps:\n  cool:\n    command: python show.py params.json\n    parameters: params.json\n"
    project.commit(show_py=SHOW, params_json=JSON, publisher_yml=settings)
    words = ["-t", "a", "-p", "wait=5", "cool", "mesh.nx=7", "-r", "is a=b?", "-t", "b", "name=x"]
    _, told = run(project, *words)
    record = project.record()
    assert (record["reason"], record["annotations"]["tags"]) == ("is a=b?", ["a", "b"])
    assert told["overrides"] == {"wait": 5, "mesh.nx": 7, "name": "x"}


def test_a_word_behind_a_step_that_is_no_override_is_wrong_usage(project: ProjectFolder) -> None:
    project.commit(publisher_yml="steps:\n  cool:\n    command: 'true'\n")
    for words in (["cool", "faster"], ["cool", "--no-such-option"]):
        done = project.publisher("run", *words)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr
    assert project.records() == []
