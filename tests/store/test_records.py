"""Record files: sealed facts above, annotations below, and errors that name file and line."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml as pyyaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from publisher.errors import NotWritten, UnreadableRecord
from publisher.model.record import (
    Annotations,
    Author,
    Code,
    FileRef,
    Launch,
    Log,
    Note,
    Parameters,
    Parent,
    Record,
    Resources,
    Submodule,
)
from publisher.store.records import (
    annotate,
    facts_and_rest,
    read_record,
    read_text,
    record_files,
    record_text,
    seal_holds,
    seal_of,
    understood,
    write_record,
)
from publisher.store.yaml import read
from tests.factory import COMMIT, NASTY, a_record, keep_text, posix, same, with_parameters

FULL = a_record(
    label="first",
    status="failed",
    reason="does a finer mesh move the exponent?",
    directory="sub",
    step="coarsening",
    exit_code=1,
    signal="SIGTERM",
    received=["SIGINT"],
    resources=Resources(cpu_time=3.11, peak_memory=84123648, processes=1, cores=2),
    launch=Launch(mode="mpi", processes=4, batch={"SLURM_JOB_ID": "12"}),
    code=Code(
        repository="https://github.com/someone/paper",
        commit=COMMIT,
        branch="main",
        swhid=f"swh:1:rev:{COMMIT}",
        shallow=True,
        submodules=[Submodule(path="lib", commit=COMMIT, changed=True)],
        changed=["a.py"],
        patch="sha256:" + "1" * 64,
        left_out=["b.bin"],
        main_file="simulate.py",
    ),
    parameters=Parameters(
        file="params.json",
        sha256="2" * 64,
        overrides={"mesh.n": 128},
        given="sha256:" + "3" * 64,
        values={"mesh": {"n": 128}, "dt": 1e-05, "scheme": "no", "seeds": [1, 10**30], "nan": float("nan")},
    ),
    environment="4be1" * 4,
    imports={"numpy": "2.4.6"},
    inputs=[FileRef(path="data/in.csv", sha256="4" * 64, size=10, seen_by="argument")],
    outputs=[
        FileRef(path="out/a.csv", sha256="5" * 64, size=11, seen_by="traced", artifact=True),
        FileRef(path="out/b.csv", sha256="6" * 64, size=12, seen_by="changed"),
    ],
    uncertain=[FileRef(path="out/c.csv", seen_by="traced")],
    metrics={"exponent": 0.331, "count": 10**30, "lost": float("nan")},
    log=Log(stdout="sha256:" + "7" * 64, stderr="sha256:" + "8" * 64, truncated=True),
    author=Author(name="Ada", email="ada@example.org"),
    parent=Parent(repeats="0" * 12, sweep="s", notebook="n.ipynb"),
    problems=["something could not be seen"],
    annotations=Annotations(
        tags=["fig3", "no"],
        outcome="agrees with 1/3",
        publish=False,
        notes=[Note(at="2026-11-24T09:00:00Z", by="Ada", text="12:30")],
    ),
)  #: nothing in it is left out of its file


def written_in(folder: Path, record: Record = FULL) -> Path:
    return write_record(folder / "records", record)


def sealed(folder: Path, annotations: str, facts: str = "") -> Path:
    """A record's file with annotations as people write them."""
    above = facts_and_rest(record_text(a_record()))[0] + facts
    return keep_text(folder, f"{above}seal: {seal_of(above)}\n{annotations}")


def set_outcome(annotations: Any) -> None:
    annotations["outcome"] = "changed"


# -- the file -----------------------------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    found = msgspec.to_builtins(read_record(written_in(tmp_path)))
    found.pop("seal")
    assert same(found, msgspec.to_builtins(FULL))


def test_a_file_lies_below_its_month_and_is_named_by_second_and_id(tmp_path: Path) -> None:
    path = written_in(tmp_path, a_record(started="2026-11-23T06:35:12.482913Z", id="7f3a9c1e5b02"))
    assert path.relative_to(tmp_path).as_posix() == "records/runs/2026-11/20261123T063512-7f3a9c1e5b02.yml"


def test_keys_stand_in_the_order_of_the_fields() -> None:
    def order(values: dict[str, Any], kind: type[msgspec.Struct], optional: bool = True) -> None:
        assert list(values) == [name for name in kind.__struct_fields__ if name in values]

    values = read(record_text(FULL))
    assert list(values) == list(Record.__struct_fields__), (
        "a field of the full record is missing, or is out of order"
    )
    order(values["code"], Code)
    order(values["parameters"], Parameters)
    order(values["outputs"][0], FileRef)
    assert list(values["annotations"]) == list(Annotations.__struct_fields__)


def test_the_seal_stands_between_facts_and_annotations() -> None:
    keys = re.findall(r"^(\w+):", record_text(FULL), re.MULTILINE)
    assert keys[-3:] == ["problems", "seal", "annotations"]


def test_a_new_record_shows_where_annotations_go() -> None:
    assert record_text(a_record()).endswith("\nannotations:\n  tags: []\n")


def test_facts_that_say_nothing_are_left_out() -> None:
    values = read(record_text(a_record()))
    assert not {"reason", "label", "signal", "inputs", "metrics", "parent"} & set(values)


@given(
    record=st.builds(
        a_record,
        reason=st.text() | st.sampled_from(NASTY),
        command=st.lists(st.text() | st.sampled_from(NASTY), min_size=1),
        label=st.none() | st.text(),
        duration=st.none() | st.floats(min_value=0, max_value=10**9),
        metrics=st.dictionaries(st.text(), st.integers() | st.floats()),
        parameters=st.none()
        | st.dictionaries(st.text(), st.integers() | st.floats() | st.text() | st.lists(st.text())).map(
            lambda values: Parameters(values=values)
        ),
        annotations=st.builds(Annotations, tags=st.lists(st.text()), outcome=st.none() | st.text()),
    )
)
def test_any_record_is_read_as_it_was_by_us_and_by_others_and_its_seal_holds(record: Record) -> None:
    text = record_text(record)
    assert seal_holds(text)
    found = msgspec.to_builtins(understood(text, "x"))
    found.pop("seal")
    assert same(found, msgspec.to_builtins(record))
    assert same(pyyaml.safe_load(text), read(text))
    assert same(YAML(typ="safe", pure=True).load(text), read(text))


# -- the seal -----------------------------------------------------------------------------------------------


def with_sed(path: Path) -> str:
    """The seal as anybody computes it."""
    command = "sed '/^seal:/,$d' \"$1\" | sha256sum"
    done = subprocess.run(["sh", "-c", command, "sh", str(path)], capture_output=True, text=True, check=True)
    return "sha256:" + done.stdout.split()[0]


@pytest.mark.skipif(sys.platform != "linux", reason="sed and sha256sum are those of Linux")
def test_sed_and_sha256sum_check_a_seal_without_us(tmp_path: Path) -> None:
    path = written_in(tmp_path)
    assert f"\nseal: {with_sed(path)}\n" in path.read_text()
    annotate(path, set_outcome)
    assert f"\nseal: {with_sed(path)}\n" in path.read_text()
    path.write_bytes(path.read_bytes().replace(b"exit_code: 1", b"exit_code: 0"))
    assert f"\nseal: {with_sed(path)}\n" not in path.read_text()


@pytest.mark.parametrize("old", ["exit_code: 1", "n: 128", "# added", "size: 11"])
def test_a_changed_fact_breaks_the_seal(old: str) -> None:
    text = record_text(FULL)
    changed = f"# added\n{text}" if old == "# added" else text.replace(old, old[:-1] + "7")
    assert seal_holds(text) and changed != text
    assert not seal_holds(changed)


def test_changed_annotations_do_not_break_the_seal() -> None:
    text = record_text(FULL)
    facts, rest = facts_and_rest(text)
    assert seal_holds(facts + rest.replace("fig3", "fig4") + "# more\n")


def test_line_ends_of_windows_do_not_break_the_seal() -> None:
    text = record_text(FULL).replace("\n", "\r\n")
    assert seal_holds(text)
    assert not seal_holds(text.replace("size: 11", "size: 12"))
    assert understood(text, "x").exit_code == 1


@pytest.mark.parametrize(
    ("form", "holds"),
    [
        ("seal: {}", True),
        ("seal:   {}  ", True),
        ('seal: "{}"', True),
        ("seal: {} # by hand", True),
        ("seal: {}0", False),
        ("seal:", False),
        ("seal: sha256:", False),
        ("seal: sha256:" + "0" * 64, False),
    ],
)
def test_the_form_of_the_seals_line_is_free_but_its_digest_is_not(form: str, holds: bool) -> None:
    facts = facts_and_rest(record_text(FULL))[0]
    assert seal_holds(facts + form.format(seal_of(facts)) + "\nannotations: {}\n") is holds
    assert seal_holds(facts + form.format(seal_of(facts))) is holds


def test_a_record_without_seal_has_none_that_holds() -> None:
    assert not seal_holds(facts_and_rest(record_text(FULL))[0])


# -- annotations --------------------------------------------------------------------------------------------

BY_HAND = """\
# what we think of it
annotations:
  tags:      # short
  - fig3     # the third
  - 'draft'

  rating:    5        # out of 5
  publish: true
  reviewers: {first: no, second: [a,b],   third: 017}
  when: 2026-11-24 9:30:00
  notes:
  - at: 2026-11-24T09:00:00Z   # by hand
    text: |
      two
        lines
    mood: ':-)'
future:
  nested: {deep: [1, 1e5, ~]}
# the end
"""


def test_an_annotation_changes_its_own_line_and_no_other_byte(tmp_path: Path) -> None:
    path = sealed(tmp_path, BY_HAND, facts="invented: {by: somebody, when: 12:30:00}\n")
    before = path.read_text()
    annotate(path, lambda annotations: annotations.update(publish=False))
    assert path.read_text() == before.replace("publish: true", "publish: false")


def test_unknown_keys_and_comments_survive_a_new_annotation_byte_for_byte(tmp_path: Path) -> None:
    path = sealed(tmp_path, BY_HAND, facts="invented: {by: somebody}\ncode2:\n    far:   in\n")
    before = path.read_text()
    annotate(path, set_outcome)
    after = path.read_text()
    assert "  outcome: changed\n" in after
    assert after.replace("  outcome: changed\n", "") == before


def test_a_comment_on_the_seals_line_survives(tmp_path: Path) -> None:
    path = sealed(tmp_path, "annotations: {}\n")
    path.write_text(path.read_text().replace("\nannotations", " # sealed on a Monday\nannotations"))
    annotate(path, set_outcome)
    assert " # sealed on a Monday\n" in path.read_text() and seal_holds(path.read_text())


@pytest.mark.parametrize(
    "annotations",
    [
        "",
        "annotations:\n",
        "annotations: {}\n",
        "# only a comment\n",
        "annotations: {tags: []}\n",
        "annotations:\n  tags:\n  notes:\n  publish:\n  outcome:\n",
    ],
)
def test_annotations_that_say_nothing_yet_can_be_added_to(annotations: str, tmp_path: Path) -> None:
    path = sealed(tmp_path, annotations)
    annotate(path, set_outcome)
    assert read_record(path).annotations.outcome == "changed"
    assert ("# only a comment" in path.read_text()) is ("#" in annotations)


def test_a_file_that_ends_with_its_seal_can_be_annotated(tmp_path: Path) -> None:
    path = sealed(tmp_path, "")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    annotate(path, set_outcome)
    assert read_record(path).annotations.outcome == "changed" and seal_holds(path.read_text())


def test_line_ends_of_windows_stay_when_annotated(tmp_path: Path) -> None:
    path = sealed(tmp_path, BY_HAND)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    annotate(path, set_outcome)
    data = path.read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") and b"outcome: changed" in data
    assert seal_holds(data.decode())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tags=st.lists(st.text() | st.sampled_from(NASTY), max_size=4),
    outcome=st.text() | st.sampled_from(NASTY),
    note=st.text() | st.sampled_from(NASTY),
)
def test_any_annotation_is_read_the_same_by_all_and_changes_no_byte_above_the_seal(
    tags: list[str], outcome: str, note: str, tmp_path: Path
) -> None:
    path = written_in(tmp_path)
    facts = facts_and_rest(path.read_text())[0]

    def change(annotations: Any) -> None:
        annotations["tags"] = [*annotations["tags"], *tags]
        annotations["outcome"] = outcome
        annotations["notes"].append({"text": note})

    annotate(path, change)
    text = path.read_bytes().decode()
    assert text.startswith(facts) and seal_holds(text)
    found = read(text)
    assert found["annotations"]["tags"] == ["fig3", "no", *tags]
    assert found["annotations"]["outcome"] == outcome
    assert found["annotations"]["notes"][-1] == {"text": note}
    assert same(pyyaml.safe_load(text), found)
    assert same(YAML(typ="safe", pure=True).load(text), found)


def test_bytes_of_a_terminal_that_are_no_utf8_can_be_annotated(tmp_path: Path) -> None:
    path = written_in(tmp_path)
    annotate(path, lambda annotations: annotations.update(outcome="caf\udce9"))
    assert read_record(path).annotations.outcome == r"caf\xe9"


def refused(act: Callable[[], object]) -> UnreadableRecord:
    with pytest.raises(UnreadableRecord) as caught:
        act()
    return caught.value


def test_what_was_said_of_a_run_while_it_was_running_stays_when_it_ends(tmp_path: Path) -> None:
    running = a_record(
        status="running", duration=None, exit_code=None, annotations=Annotations(tags=["fig3"])
    )
    path = written_in(tmp_path, running)
    annotate(path, set_outcome)
    path.write_text(path.read_text() + "mine: {a:   1}\n")
    ended = msgspec.structs.replace(running, status="failed", duration=1.5, exit_code=3)
    assert written_in(tmp_path, ended) == path
    record = read_record(path)
    assert (record.status, record.exit_code) == ("failed", 3) and seal_holds(path.read_text())
    assert record.annotations == Annotations(tags=["fig3"], outcome="changed")
    assert path.read_text().endswith("\nmine: {a:   1}\n")


@pytest.mark.parametrize(
    "before",
    [
        "status: running\n- broken",
        "- 1\n",
        "\0",
        "",
        "status: running\nseal: x\n",
        "status: running\nseal: x\nannotations: [\n",
    ],
)
def test_whatever_stood_there_the_end_of_a_run_is_written(before: str, tmp_path: Path) -> None:
    path = written_in(tmp_path)
    path.write_text(before)
    written_in(tmp_path)
    assert path.read_text() == record_text(FULL)


def test_an_annotation_of_the_wrong_kind_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    path = written_in(tmp_path)
    before = path.read_bytes()
    error = refused(lambda: annotate(path, lambda annotations: annotations.update(tags=3)))
    assert "$.annotations.tags" in error.what
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_record_without_seal_is_not_annotated(tmp_path: Path) -> None:
    path = keep_text(tmp_path, facts_and_rest(record_text(a_record()))[0])
    before = path.read_bytes()
    assert "no seal" in refused(lambda: annotate(path, set_outcome)).what
    assert path.read_bytes() == before


# -- errors -------------------------------------------------------------------------------------------------


def line_with(text: str, words: str, nth: int = 0) -> int:
    return [number for number, line in enumerate(text.splitlines(), 1) if words in line][nth]


@pytest.mark.parametrize(
    ("old", "new", "nth", "path"),
    [
        ("  size: 12", "  size: big", 0, "$.outputs[1].size"),
        ("  size: 10", "  size: [1]", 0, "$.inputs[0].size"),
        ("  size: 12", f"  size: {'9' * 26}", 0, "$.outputs[1].size"),
        ("  size: 12", "  size: -1", 0, "$.outputs[1].size"),
        ("  cores: 2", f"  cores: {2**63}", 0, "$.resources.cores"),
        ("    changed: true", "    changed: 3", 0, "$.code.submodules[0].changed"),
        ("  commit: ", "  commit: 12 #", 0, "$.code.commit"),
        ("- simulate.py", "- [simulate.py]", 0, "$.command[1]"),
        ("status: failed", "status: fine", 0, "$.status"),
        ("exit_code: 1", "exit_code: one", 0, "$.exit_code"),
        ("  publish: false", "  publish: maybe", 0, "$.annotations.publish"),
        ("    by: Ada", "    by: {}", 0, "$.annotations.notes[0].by"),
    ],
)
def test_a_wrong_type_is_named_by_path_and_line(
    old: str, new: str, nth: int, path: str, tmp_path: Path
) -> None:
    text = record_text(FULL)
    changed = text.replace(old, new)
    assert changed != text
    where = keep_text(tmp_path, changed)
    error = refused(lambda: read_record(where))
    assert path in error.what
    assert error.where == f"{where}:{line_with(changed, new, nth)}"


def test_a_command_without_a_word_is_refused(tmp_path: Path) -> None:
    text = re.sub(r"^command:\n(- .*\n)+", "command: []\n", record_text(FULL), flags=re.MULTILINE)
    where = keep_text(tmp_path, text)
    error = refused(lambda: read_record(where))
    assert "$.command" in error.what and error.where == f"{where}:{line_with(text, 'command: []')}"


def test_a_missing_field_is_named(tmp_path: Path) -> None:
    where = keep_text(tmp_path, record_text(FULL).replace("started: ", "began: "))
    error = refused(lambda: read_record(where))
    assert "`started`" in error.what and error.where == f"{where}:1"


def test_a_missing_field_deep_inside_is_named_with_the_line_of_its_entry(tmp_path: Path) -> None:
    text = record_text(FULL).replace("- path: out/b.csv\n  sha256", "- sha256")
    where = keep_text(tmp_path, text)
    error = refused(lambda: read_record(where))
    assert "`path`" in error.what and "$.outputs[1]" in error.what
    assert error.where == f"{where}:{line_with(text, '- sha256')}"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("duration: 3.25", "duration: -1.0", "duration"),
        ("duration: 3.25", "duration: .nan", "duration"),
        ("duration: 3.25", "duration: 1.0e+300", "duration"),
        ("exit_code: 1", f"exit_code: {10**30}", "exit_code"),
        ("2026-11-23T", "2026-13-32T", "started"),
        ("2026-11-23T", "0001-01-01T", "started"),
    ],
)
def test_a_fact_that_no_run_can_have_is_named_by_line(old: str, new: str, field: str, tmp_path: Path) -> None:
    text = record_text(FULL).replace(old, new)
    where = keep_text(tmp_path, text)
    error = refused(lambda: read_record(where))
    assert error.what == f"`{field}` makes no sense"
    assert error.where == f"{where}:{line_with(text, new)}"


def test_a_newer_schema_is_refused_with_advice(tmp_path: Path) -> None:
    where = keep_text(tmp_path, "# from the future\n" + record_text(FULL).replace("schema: 1", "schema: 2"))
    error = refused(lambda: read_record(where))
    assert "schema 2" in error.what and "newer" in error.what
    assert error.where == f"{where}:2"
    assert "pip install -U provenance-publisher" in error.hint


def test_unknown_keys_are_passed_over() -> None:
    text = (
        record_text(FULL)
        .replace("status: ", "mood: [good]\nstatus: ")
        .replace("  commit", "  mood: 1\n  commit", 1)
    )
    assert understood(text, "x").code == FULL.code


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("schema: 1\n".encode("utf-16"), 1),
        ("schema: 1\nreason: é\n".encode("latin-1"), 2),
        (b"schema: 1\nreason: x\0\n", 2),
        (b"schema: 1\n<<<<<<< HEAD\n", 2),
        (b"schema: 1\nid: 1\nid: 2\n", 3),
        (b"", 1),
        (b"- 1\n", 1),
    ],
    ids=["UTF-16", "Latin-1", "NUL", "conflict", "key twice", "empty", "list"],
)
def test_what_is_no_yaml_of_ours_is_refused_with_file_and_line(
    data: bytes, line: int, tmp_path: Path
) -> None:
    where = keep_text(tmp_path, data)
    for act in (read_record, lambda path: annotate(path, set_outcome)):
        assert refused(lambda act=act: act(where)).where == f"{where}:{line}"
    assert where.read_bytes() == data


@pytest.mark.parametrize("cut", [0.1, 0.35, 0.6, 0.8])
def test_a_record_that_is_cut_off_is_no_record_or_one_without_a_seal(cut: float, tmp_path: Path) -> None:
    text = record_text(FULL)
    where = keep_text(tmp_path, text[: int(len(text) * cut)])
    try:
        read_record(where)
    except UnreadableRecord as error:
        assert str(error.where).startswith(f"{where}:")
    assert not seal_holds(where.read_text())


def test_a_file_that_is_gone_is_said_to_be_unreadable(tmp_path: Path) -> None:
    error = refused(lambda: read_record(tmp_path / "none.yml"))
    assert "cannot be read" in error.what and error.where == tmp_path / "none.yml"


@posix
def test_a_symbolic_link_is_no_record(tmp_path: Path) -> None:
    path = written_in(tmp_path / "elsewhere")
    link = tmp_path / "records" / "runs" / "2026-11" / path.name
    link.parent.mkdir(parents=True)
    link.symlink_to(path)
    assert "symbolic link" in refused(lambda: read_text(link)).what


# -- the folder ---------------------------------------------------------------------------------------------


def test_only_files_of_records_are_looked_at(tmp_path: Path) -> None:
    path = written_in(tmp_path)
    for other in ("README.md", ".hidden.yml", f".{path.name}.1-abc.part", "notes.txt"):
        (path.parent / other).write_text("x")
    (tmp_path / "records" / "runs" / "stray.yml").write_text("x")
    assert [entry.name for entry in record_files(tmp_path / "records")] == [path.name]


def test_no_folder_is_no_records(tmp_path: Path) -> None:
    assert list(record_files(tmp_path / "records")) == []


def test_a_record_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "runs").write_text("in the way")
    with pytest.raises(NotWritten, match="cannot write"):
        written_in(tmp_path)
    assert [path.name for path in (tmp_path / "records").iterdir()] == ["runs"]


def test_records_hold_names_of_parameters_that_look_like_ours(tmp_path: Path) -> None:
    record = a_record(parameters=with_parameters(seal="x", annotations={"tags": 1}, schema=9))
    path = written_in(tmp_path, record)
    assert read_record(path).parameters == record.parameters and seal_holds(path.read_text())
    annotate(path, set_outcome)
    assert read_record(path).parameters == record.parameters and seal_holds(path.read_text())


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("duration: ", "duration: .inf #", "duration"),
        ("duration: ", "duration: .nan #", "duration"),
        ("duration: ", "duration: -1.0 #", "duration"),
        ("exit_code: ", "exit_code: 123456789012345678901234567890 #", "exit_code"),
        ('started: "2026', 'started: "9999', "started"),
        ('started: "2026', 'started: "0001', "started"),
        ("-23T", "-32T", "started"),
    ],
)
def test_a_fact_that_no_run_can_have_is_named(old: str, new: str, key: str) -> None:
    text = record_text(FULL)
    assert old in text
    with pytest.raises(UnreadableRecord, match=f"`{key}` makes no sense"):
        understood(text.replace(old, new, 1), "x")
