"""What no longer stands as it was recorded, in real projects: programs are run, then something is changed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from publisher.model.record import Code, FileRef
from publisher.model.row import Row, row_of
from publisher.store.index import Index
from publisher.store.project import project_at
from publisher.verify.staleness import (
    Reason,
    Staleness,
    Standing,
    Then,
    changed_code,
    last_checked,
    newest_of_figures,
    newest_of_steps,
    reasons,
    staleness,
)
from tests.conftest import ProjectFolder
from tests.factory import a_record, keep

NOW = datetime(2026, 12, 24, tzinfo=UTC)
PROGRAM = """\
import json, pathlib
import physics
pathlib.Path("out").mkdir(exist_ok=True)
wait = json.load(open("params.json"))["wait"]
total = sum(map(float, open("data.csv"))) * physics.factor
pathlib.Path("out/energy.svg").write_text(f"<svg><!-- {total * wait} --></svg>")
"""
SETTINGS = """\
steps:
  coarsening:
    command: python simulate.py params.json
    inputs: [data.csv]
    outputs: ["out/**"]
"""


_ran: list[Path] = []  #: where the project has run once, for all tests


@pytest.fixture
def study(project: ProjectFolder, tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    """A project of one step, which has run."""
    if not _ran:
        first = ProjectFolder(tmp_path_factory.mktemp("ran") / "study")
        ignored = ".publisher/\nout/\n"
        first.write_files({"publisher.yml": SETTINGS, ".gitignore": ignored, "data.csv": "1\n2\n"})
        first.commit(
            simulate_py=PROGRAM, physics_py="factor = 2\n", notes_md="a note\n", params_json='{"wait": 3}\n'
        )
        run(first, "coarsening")
        _ran.append(first.root)
    shutil.copytree(_ran[0], project.root, dirs_exist_ok=True)
    return project


def run(project: ProjectFolder, *words: str, code: int = 0) -> None:
    done = project.publisher("run", *words)
    assert done.returncode == code, done.stderr


def look(project: ProjectFolder) -> Staleness:
    here = project_at(project.root)
    return staleness(here, Index(here).rows().rows, now=NOW)


def step(project: ProjectFolder) -> Standing:
    (found,) = look(project).steps
    return found


def told(standing: Standing) -> list[tuple[str, str | None]]:
    return [(each.kind, each.path) for each in standing.reasons]


def test_what_has_just_run_is_fresh(study: ProjectFolder):
    found = look(study)
    assert [(each.name, each.fresh) for each in found.steps] == [("coarsening", True)]
    assert [(each.name, each.fresh) for each in found.figures] == [("out/energy.svg", True)]
    assert found.steps[0].run == found.figures[0].run == study.record()["id"]


def test_it_stays_fresh_when_its_record_and_other_texts_are_committed(study: ProjectFolder):
    study.write_files({"records/artifacts/ab/cd.ipynb": "{}"})
    study.commit(notes_md="another note\n", more_txt="more\n")
    assert step(study).fresh


def test_the_program_s_own_file_is_named_first(study: ProjectFolder):
    study.write(simulate_py=PROGRAM + "# more\n", physics_py="factor = 3\n", another_f90="end\n")
    found = step(study)
    assert told(found) == [("code", "simulate.py"), ("code", "another.f90"), ("code", "physics.py")]
    assert [each.main for each in found.reasons] == [True, False, False]
    assert found.reasons[1].recorded is None
    assert look(study).figures[0].reasons == found.reasons


def test_a_change_that_was_committed_counts_as_well(study: ProjectFolder):
    study.commit(physics_py="factor = 3\n")
    assert told(step(study)) == [("code", "physics.py")]
    study.commit(physics_py="factor = 2\n")
    assert step(study).fresh


def test_inputs_are_compared_by_content(study: ProjectFolder):
    before = study.record()["inputs"][0]["sha256"]
    study.write(data_csv="3\n2\n")
    (found,) = step(study).reasons
    assert (found.kind, found.path, found.recorded) == ("input", "data.csv", before)
    assert found.found not in (None, before)
    study.write(data_csv="1\n2\n3\n")
    assert step(study).reasons[0].found == "6 bytes"
    study.write(data_csv="1\n2\n")
    assert step(study).fresh


def test_each_run_is_compared_with_the_input_that_it_had(study: ProjectFolder):
    study.write_files({"publisher.yml": SETTINGS + "  again: {command: python simulate.py params.json}\n"})
    study.commit(data_csv="10\n20\n")
    run(study, "again")
    assert [told(each) for each in look(study).steps] == [[("input", "data.csv")], []]
    study.commit(data_csv="1\n2\n")
    assert [told(each) for each in look(study).steps] == [[], [("input", "data.csv")]]


def test_an_input_whose_content_was_never_known_is_not_said_to_have_changed():
    record = a_record(inputs=[FileRef(path="data.csv", size=4)])
    assert reasons(Then(record=record, blobs={}), row_of(record, "r.yml"), {}, lambda file: "a" * 64) == []


def test_an_input_that_is_gone_is_not_here(study: ProjectFolder):
    recorded = study.record()["inputs"][0]["sha256"]
    (study.root / "data.csv").unlink()
    assert step(study).reasons == [Reason(kind="input", path="data.csv", recorded=recorded, found=None)]


def test_parameters_are_compared_as_they_stood_before_overrides(study: ProjectFolder):
    run(study, "coarsening", "wait=5")
    assert step(study).fresh
    study.write(params_json='{"wait": 4}\n')
    assert told(step(study)) == [("parameters", "params.json")]


def test_another_command_in_the_settings_is_said(study: ProjectFolder):
    study.write_files({"publisher.yml": SETTINGS.replace("python sim", "python -O sim")})
    found = look(study)
    assert [each.kind for each in found.steps[0].reasons] == ["command"]
    assert found.figures[0].fresh


def test_a_step_that_never_ran_is_said(study: ProjectFolder):
    study.write_files({"publisher.yml": SETTINGS + "  fit: {command: python fit.py}\n"})
    found = look(study).steps
    assert [(each.name, each.run, told(each)) for each in found][1] == ("fit", None, [("never", None)])


def test_a_failed_run_is_said(study: ProjectFolder):
    study.commit(simulate_py="raise SystemExit(4)\n")
    run(study, "coarsening", code=4)
    found = step(study)
    assert [(each.kind, each.recorded) for each in found.reasons] == [("failed", "failed")]


def test_code_that_was_not_committed_is_compared_with_its_patch(study: ProjectFolder):
    study.write(physics_py="factor = 3\n", extra_sh="new = 1\n")
    run(study, "coarsening")
    assert told(step(study)) == [("dirty", None)]
    study.write(extra_sh="new = 2\n")
    assert told(step(study)) == [("dirty", None), ("code", "extra.sh")]
    study.commit(extra_sh="new = 1\n")
    assert told(step(study)) == [("dirty", None)]


def test_code_that_was_never_committed_is_all_in_the_patch(project: ProjectFolder):
    project.write_files({"publisher.yml": SETTINGS, "data.csv": "1\n", ".gitignore": ".publisher/\nout/\n"})
    project.write(simulate_py=PROGRAM, physics_py="factor = 2\n", params_json='{"wait": 3}\n')
    run(project, "coarsening")
    assert told(step(project)) == [("dirty", None)]
    project.commit(physics_py="factor = 3\n")
    assert told(step(project)) == [("dirty", None), ("code", "physics.py")]


def test_code_that_no_patch_holds_is_unknown(study: ProjectFolder):
    study.write_files({"raw.bin": b"\0raw"})
    run(study, "coarsening")
    assert told(step(study)) == [("dirty", None)]
    study.write_files({"compiled.m": b"\0code"})
    run(study, "coarsening")
    assert told(step(study)) == [("dirty", None), ("unknown", None)]


def test_a_commit_that_is_not_here_is_unknown_and_not_changed(study: ProjectFolder):
    (study.root / ".git").rename(study.root.parent / "lost")
    study.git("init", "--quiet", "--template=")
    study.commit()
    assert told(step(study)) == [("unknown", None)]


def test_without_git_nobody_can_tell(study: ProjectFolder):
    (study.root / ".git").rename(study.root.parent / "lost")
    assert told(step(study)) == [("unknown", None)]


def test_a_record_that_cannot_be_read_any_more_is_unknown(study: ProjectFolder):
    here = project_at(study.root)
    rows = Index(here).rows().rows
    study.records()[0].write_text("no record")
    (found,) = staleness(here, rows, now=NOW).steps
    assert told(found) == [("unknown", None)]


def test_a_project_in_a_folder_of_a_repository_has_its_own_paths(study: ProjectFolder):
    inner = study.root / "paper"
    study.write_files(
        {
            f"paper/{name}": (study.root / name).read_text()
            for name in ("simulate.py", "physics.py", "params.json")
        }
        | {"paper/publisher.yml": SETTINGS, "paper/data.csv": "1\n", "paper/.gitignore": "out/\n"}
    )
    study.commit()
    done = study.publisher("run", "coarsening", cwd=inner)
    assert done.returncode == 0, done.stderr
    here = project_at(inner)
    rows = Index(here).rows().rows
    assert staleness(here, rows, now=NOW).steps[0].fresh
    study.write_files({"paper/physics.py": "factor = 7\n", "shared.py": "x = 1\n"})
    assert told(staleness(here, rows, now=NOW).steps[0]) == [
        ("code", "../shared.py"),
        ("code", "physics.py"),
    ]


# -- pure ----------------------------------------------------------------------------------------------------


def rows_of(*facts: dict[str, object]) -> list[Row]:
    return [row_of(a_record(number, **each), f"runs/{number}.yml") for number, each in enumerate(facts, 1)]


def figure(path: str) -> FileRef:
    return FileRef(path=path, sha256="a" * 64, artifact=True)


def test_the_newest_run_of_a_step_is_one_that_ended():
    rows = rows_of(
        {"step": "fit"}, {"step": "fit", "status": "failed"}, {"step": "fit", "status": "running"}, {}
    )
    assert newest_of_steps(rows, ["fit", "plot"]) == {"fit": rows[1]}


def test_each_figure_has_the_newest_run_that_kept_it(study: ProjectFolder):
    rows = rows_of(
        {"outputs": [figure("out/a.png"), figure("out/b.png"), figure("out/c.csv")]},
        {"outputs": [figure("out/a.png")]},
        {"outputs": [FileRef(path="out/b.png", sha256="b" * 64), figure("out/notes.txt")]},
    )
    hidden = msgspec.structs.replace(rows[1], publish=False)
    settings = project_at(study.root).settings
    assert newest_of_figures(rows, settings) == {"out/a.png": rows[1], "out/b.png": rows[0]}
    assert newest_of_figures([rows[0], hidden], settings)["out/a.png"] == rows[0]


def test_only_code_counts_as_code_but_the_program_s_own_file_whatever_its_name():
    then = {"model": "1", "a.py": "1", "b.txt": "1", "out.py": "1", "made.py": "1", "same.py": "1"}
    here = {name: "1" if name == "same.py" else "2" for name in then}
    found = changed_code(then, here, Code(main_file="model"), others=["made.py"], results=["out.*"])
    assert [each.path for each in found] == ["model", "a.py"]


def test_a_module_that_the_program_did_not_read_does_not_count():
    then = {"a.py": "1", "b.py": "1", "c.f90": "1", "../d.py": "1"}
    ran = Code(main_file="main.sh", sources=["a.py"])
    found = changed_code(then, dict.fromkeys(then, "2"), ran)
    assert [each.path for each in found] == ["../d.py", "a.py", "c.f90"]


def test_a_change_of_code_that_it_did_not_read_leaves_a_step_fresh(study: ProjectFolder):
    study.write_files({"other.py": "x = 1\n"})
    assert step(study).fresh
    study.write_files({"physics.py": "factor = 7\n"})
    assert told(step(study)) == [("code", "physics.py")]


def test_when_each_run_was_last_verified():
    first, second, failed = rows_of({}, {}, {"status": "failed"})
    first = structs.replace(first, verdict="different", verified="2026-12-14T00:00:00.5Z")
    found = last_checked([first, second, failed], NOW)
    assert [(each.run, each.verdict) for each in found] == [(first.id, "different"), (second.id, None)]
    whole = Staleness(steps=[], figures=[], checked=found)
    assert [each.run for each in whole.never_verified] == [second.id]
    assert [each.run for each in whole.verified_before(9)] == [first.id]
    assert whole.verified_before(10) == []


def test_a_project_without_runs_or_steps_has_nothing_to_tell(project: ProjectFolder):
    assert look(project) == Staleness(steps=[], figures=[], checked=[])


def test_only_the_newest_runs_are_looked_at(study: ProjectFolder):
    """A record that is older than the newest of its step and of its figures may be as broken as it will."""
    keep(study.root, 1, step="coarsening", started="2026-01-01T00:00:00Z", outputs=[figure("out/energy.svg")])
    here = project_at(study.root)
    rows = Index(here).rows().rows
    study.records()[0].write_text("no record")
    assert staleness(here, rows, now=NOW).steps[0].fresh
