"""`publisher check` as a process."""

from __future__ import annotations

import json
import sys

from publisher.model.record import FileRef
from publisher.store import artifacts
from tests.conftest import ProjectFolder
from tests.factory import keep, keep_text, posix, project_in


def test_real_runs_are_sound_also_after_an_annotation(project: ProjectFolder) -> None:
    project.commit(sim_py="print('said'); open('metrics.json', 'w').write('{\"m\": 1}')")
    project.write(sim_py="print('changed'); open('metrics.json', 'w').write('{\"m\": 2}')")
    assert project.publisher("run", "--", sys.executable, "sim.py").returncode == 0
    project.publisher("annotate", "latest", "-t", "fig3", "--note", "n")
    done = project.publisher("check")
    assert (done.returncode, done.stdout) == (0, "") and done.stderr.startswith("1 records, ")
    assert done.stderr.endswith(": all sound\n")
    assert project.record()["code"]["patch"] and project.record()["outputs"][0]["artifact"]


def test_no_records_are_sound(project: ProjectFolder) -> None:
    done = project.publisher("check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "0 records, 0 B: all sound\n")


def test_each_finding_is_a_line_with_its_place_and_the_answer_is_no(project: ProjectFolder) -> None:
    record = keep(project.root, outputs=[FileRef(path="a", sha256="1" * 64, artifact=True)])
    (path,) = project.root.glob(f"records/runs/*/*{record.id}.yml")
    path.write_text(path.read_text().replace("exit_code: 0", "exit_code: 1"))
    broken = keep_text(project.root, "schema: 1\nid: [\n")
    lonely = artifacts.keep(project_in(project.root), b"x", "a.csv")
    done = project.publisher("check")
    assert done.returncode == 1
    place = "records/runs/2026-11"
    assert (
        f"{place}/{path.name}: its seal is broken: a fact was changed after the run\n  see what: git log"
        in done.stdout
    )
    assert f"{place}/{path.name}: names an artifact that is missing: 111111111111…\n" in done.stdout
    assert f"{place}/{broken.name}:3: " in done.stdout
    assert lonely not in done.stdout, "it may belong to the record that cannot be read"
    assert done.stderr.startswith("2 records, ") and done.stderr.endswith(": 3 to look at\n")
    assert broken.read_text() == "schema: 1\nid: [\n"


def test_json_tells_the_findings(project: ProjectFolder) -> None:
    assert json.loads(project.publisher("check", "--json").stdout) == []
    lonely = artifacts.keep(project_in(project.root), b"x", "a.csv")
    done = project.publisher("check", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout) == [
        {
            "where": f"records/artifacts/{lonely[:2]}/{lonely}.csv",
            "what": "belongs to no run and no verification",
            "kind": "orphan",
            "hint": "it can be deleted",
        }
    ]


def test_files_that_a_hook_hands_on_are_taken_and_all_are_checked(project: ProjectFolder) -> None:
    keep(project.root)
    keep_text(project.root, "- 1\n")
    assert project.publisher("check", "records/runs/2026-11/other.yml").returncode == 1


@posix
def test_names_of_strangers_are_shown_harmlessly(project: ProjectFolder) -> None:
    keep_text(project.root, "- 1\n", "runs/2026-11/\x1b[2Jevil\x07.yml")
    done = project.publisher("check")
    assert (
        done.returncode == 1
        and "\x1b" not in done.stdout
        and r"\x1b[2Jevil\x07.yml:1: holds a list" in done.stdout
    )
    assert "\x1b" not in project.publisher("list").stderr


def test_a_published_figure_without_words_is_named_and_one_with_words_is_not(project: ProjectFolder) -> None:
    made = project_in(project.root)
    sha256 = artifacts.keep(made, b"picture", "field.png")
    keep(project.root, outputs=[FileRef(path="out/field.png", sha256=sha256, artifact=True)])
    done = project.publisher("check")
    assert done.returncode == 1
    assert done.stdout.startswith("publisher.yml: the figure out/field.png of a run has no words for readers")
    hint = done.stdout.split("what it shows:", 1)[1].replace("…", "Waves on a square")
    (project.root / "publisher.yml").write_text("\n".join(line[4:] for line in hint.splitlines()) + "\n")
    done = project.publisher("check")
    assert (done.returncode, done.stdout) == (0, "")


def test_notes_do_not_make_the_answer_no(project: ProjectFolder) -> None:
    keep(project.root, status="running", duration=None, exit_code=None)
    done = project.publisher("check")
    assert done.returncode == 0
    assert "lost run" in done.stdout and done.stderr.endswith("all sound, 1 note\n")
    (found,) = json.loads(project.publisher("check", "--json").stdout)
    assert found["kind"] == "lost"
