"""What `check` finds, and that it finds nothing where all is well."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from publisher.model.project import FigureText, Project
from publisher.model.record import Annotations, Code, FileRef, Log, Parameters
from publisher.model.verification import Finding, Verification
from publisher.store import artifacts, live
from publisher.store.environments import keep_environment
from publisher.store.records import annotate, facts_and_rest, seal_of
from publisher.store.soundness import findings
from publisher.store.verifications import write_verification
from tests.factory import COMMIT, an_environment, keep, keep_text, posix, project_in, sha256


@pytest.fixture
def place(tmp_path: Path) -> Project:
    """A sound project: two runs with an output, a log, a patch and merged parameters among the artifacts."""
    made = project_in(tmp_path / "heat study")
    for number in (1, 2):
        output = artifacts.keep(made, f"{number},2\n".encode(), "energy.csv")
        keep(
            made,
            number,
            id=f"{number:012x}",
            environment=keep_environment(made, an_environment(numpy=f"2.4.{number}")),
            outputs=[FileRef(path="out/energy.csv", sha256=output, artifact=True)],
            log=Log(stdout="sha256:" + artifacts.keep(made, b"said\n", "log.txt")),
            code=Code(
                commit=COMMIT, changed=["a"], patch="sha256:" + artifacts.keep(made, b"diff\n", "patch.diff")
            ),
            parameters=Parameters(given="sha256:" + artifacts.keep(made, b"{}", "params.json")),
        )
    return made


def told(place: Project) -> list[tuple[str, str]]:
    return [(each.kind, each.where) for each in findings(place)]


def first(place: Project) -> Path:
    return next(place.records.glob("runs/*/*-000000000001.yml"))


def where(place: Project, path: Path) -> str:
    return path.relative_to(place.root).as_posix()


def artifact(place: Project, text: bytes) -> Path:
    path = artifacts.path_of(place, sha256(text))
    assert path is not None
    return path


def test_nothing_is_found_where_all_is_sound(place: Project) -> None:
    assert findings(place) == []
    annotate(first(place), lambda values: values.update(outcome="well"))
    assert findings(place) == []


def test_nothing_is_found_where_there_are_no_records(tmp_path: Path) -> None:
    assert findings(project_in(tmp_path)) == []


def test_line_ends_of_windows_are_sound(place: Project) -> None:
    for path in [*place.records.glob("runs/*/*.yml"), *place.records.glob("environments/*.yml")]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert findings(place) == []


def test_a_changed_fact_is_found_with_the_command_that_shows_it(place: Project) -> None:
    path = first(place)
    path.write_text(path.read_text().replace("duration: 3.25", "duration: 3.24"))
    (finding,) = findings(place)
    assert (finding.kind, finding.where) == ("seal", where(place, path))
    assert "seal is broken" in finding.what and f"git log -p -- {where(place, path)}" in finding.hint


def test_a_record_without_a_seal_is_found(place: Project) -> None:
    path = first(place)
    path.write_text(
        "".join(line for line in path.read_text().splitlines(True) if not line.startswith("seal:"))
    )
    assert [(each.kind, each.what) for each in findings(place)] == [("seal", "has no seal")]


def test_a_record_that_cannot_be_read_is_found_with_its_line_and_hides_nothing_else(place: Project) -> None:
    path = first(place)
    path.write_text(path.read_text().replace("exit_code: 0", "exit_code: none"))
    line = path.read_text().splitlines().index("exit_code: none") + 1
    assert told(place) == [("unreadable", f"{where(place, path)}:{line}")], "its artifacts are not orphans"


@pytest.mark.parametrize("text", [b"1,2\n", b"said\n", b"diff\n", b"{}"])
def test_a_missing_artifact_is_found_for_each_of_its_runs(text: bytes, place: Project) -> None:
    artifact(place, text).unlink()
    runs = sorted(where(place, path) for path in place.records.glob("runs/*/*.yml"))
    assert told(place) == [("missing", run) for run in (runs[:1] if text == b"1,2\n" else runs)]


def test_a_missing_environment_is_found(place: Project) -> None:
    next(place.records.glob("environments/*.yml")).unlink()
    assert [kind for kind, _ in told(place)] == ["missing"]


def test_a_damaged_artifact_is_found(place: Project) -> None:
    path = artifact(place, b"1,2\n")
    path.write_bytes(b"1,3\n")
    assert told(place) == [("damaged", where(place, path))]


def test_a_damaged_environment_is_found(place: Project) -> None:
    path = next(place.records.glob("environments/*.yml"))
    path.write_text(path.read_text().replace("2.4.", "2.5."))
    assert told(place) == [("damaged", where(place, path))]


def test_an_environment_that_is_no_text_is_found(place: Project) -> None:
    path = next(place.records.glob("environments/*.yml"))
    path.write_bytes(b"\xff")
    assert told(place) == [("unreadable", where(place, path))]


def test_orphans_are_found(place: Project) -> None:
    lonely = artifacts.path_of(place, artifacts.keep(place, b"nobody's", "a.csv"))
    name = keep_environment(place, an_environment(scipy="1"))
    assert lonely is not None
    assert told(place) == [("orphan", f"records/environments/{name}.yml"), ("orphan", where(place, lonely))]
    assert all("deleted" in each.hint for each in findings(place))


@pytest.mark.parametrize("folder", ["artifacts/ab", "environments", "runs/2026-11", "runs"])
def test_what_was_left_half_written_is_found(folder: str, place: Project) -> None:
    path = place.records / folder / ".20261123.yml.123-abcdef.part"
    path.parent.mkdir(exist_ok=True)
    path.write_text("half")
    assert [(each.kind, each.where, each.what) for each in findings(place)] == [
        ("orphan", where(place, path), "was left half written")
    ]


@pytest.mark.parametrize(
    "name", ["runs/2026-11/20261123T000112-00000000000f.yml", "runs/2026-12/20261123T000112-000000000001.yml"]
)
def test_a_record_under_the_wrong_name_is_found_with_the_right_one(name: str, place: Project) -> None:
    old, new = first(place), place.records / name
    new.parent.mkdir(exist_ok=True)
    old.rename(new)
    (finding,) = findings(place)
    assert (finding.kind, finding.where) == ("name", f"records/{name}")
    assert finding.what == f"should be called {where(place, old)}"


def test_the_same_run_twice_is_found(place: Project) -> None:
    copy = keep_text(place.root, first(place).read_bytes(), "runs/2026-12/copy.yml")
    found = findings(place)
    assert {each.kind for each in found} == {"name"} and {each.where for each in found} == {
        where(place, copy)
    }
    assert f"is the same run as {where(place, first(place))}" in [each.what for each in found]


@posix
def test_links_are_found_and_not_followed(place: Project, tmp_path: Path) -> None:
    path = artifact(place, b"1,2\n")
    (tmp_path / "outside").write_bytes(b"1,2\n")
    path.unlink()
    path.symlink_to(tmp_path / "outside")
    record = place.records / "runs" / "2026-11" / "20261123T000912-ffffffffffff.yml"
    record.symlink_to("nowhere")
    environment = next(place.records.glob("environments/*.yml"))
    environment.rename(tmp_path / environment.name)
    environment.symlink_to(tmp_path / environment.name)
    assert told(place) == [
        ("missing", where(place, first(place))),
        ("unreadable", where(place, record)),
        ("damaged", where(place, environment)),
        ("damaged", where(place, path)),
    ]


def test_findings_are_in_the_order_of_the_files_and_the_same_each_time(place: Project) -> None:
    for number in range(5, 9):
        keep(place, number, id=f"{number:012x}", environment="0" * 16)
    found = findings(place)
    records = [each.where for each in found]
    assert records == sorted(records) and len(found) == 4
    assert findings(place) == found


def test_other_hidden_files_are_nobodys_business(place: Project) -> None:
    for folder in ("artifacts", "artifacts/ab", "environments", "runs"):
        (place.records / folder).mkdir(exist_ok=True)
        (place.records / folder / ".gitattributes").write_text("* -text\n")
    assert findings(place) == []


def figured(place: Project, number: int, path: str, **facts: object) -> None:
    sha = artifacts.keep(place, f"figure {number}".encode(), path)
    keep(place, number, outputs=[FileRef(path=path, sha256=sha, artifact=True)], **facts)


def described(place: Project, **figures: FigureText) -> Project:
    settings = msgspec.structs.replace(place.settings, figures=figures)
    return msgspec.structs.replace(place, settings=settings)


def test_a_figure_without_words_is_named_once_for_each_path(place: Project) -> None:
    for number in (3, 4):
        figured(place, number, "out/field.png")
    figured(place, 5, "out/growth.svg")
    found = [each for each in findings(place) if each.kind == "alt"]
    assert [each.what.split(" has ")[0] for each in found] == [
        "the figure out/field.png of 2 runs",
        "the figure out/growth.svg of a run",
    ]
    assert "figures:" in found[0].hint


def test_a_figure_with_words_is_not_named(place: Project) -> None:
    figured(place, 3, "out/field.png")
    figured(place, 4, "out/growth.png")
    some = described(place, **{"out/field.png": FigureText(alt="Waves")})
    assert [each.what.split()[2] for each in findings(some)] == ["out/growth.png"]
    assert findings(described(place, **{"out/*.png": FigureText(alt="Waves")})) == []
    assert len(findings(described(place, **{"out/*.png": FigureText(caption="Waves")}))) == 2


def test_a_figure_that_is_not_published_needs_no_words(place: Project) -> None:
    figured(place, 3, "out/field.png", annotations=Annotations(publish=False))
    assert findings(place) == []


# -- verifications -------------------------------------------------------------------------------------------


def verify(place: Project, **facts: object) -> Path:
    """A sound verification of the first run, with a picture, a log and an environment of its own."""
    kept = {
        name: "sha256:" + artifacts.keep(place, name.encode(), f"{name}.txt") for name in ("picture", "log")
    }
    values = {
        "schema": 1,
        "run": f"{1:012x}",
        "verdict": "different",
        "started": "2026-11-24T05:06:07.123456Z",
        "record": seal_of(facts_and_rest(first(place).read_text())[0]),
        "environment": keep_environment(place, an_environment(numpy="9")),
        "findings": [Finding(path="out/energy.csv", outcome="different", picture=kept["picture"])],
        "log": Log(stdout=kept["log"]),
    }
    return write_verification(place.records, Verification(**(values | facts)))  # type: ignore[arg-type]


def test_a_sound_verification_is_sound_and_what_it_names_is_not_lonely(place: Project) -> None:
    verify(place)
    verify(place)  # in the same second: its name goes on
    assert findings(place) == []


def test_a_changed_verification_is_found(place: Project) -> None:
    path = verify(place)
    path.write_text(path.read_text().replace("verdict: different", "verdict: identical"))
    (finding,) = findings(place)
    assert (finding.kind, finding.where) == ("seal", where(place, path))
    assert "re-run" in finding.what


def test_a_verification_of_other_facts_is_found_with_what_to_do(place: Project) -> None:
    path = verify(place, record="sha256:" + "0" * 64)
    (finding,) = findings(place)
    assert (finding.kind, finding.where) == ("seal", where(place, path))
    assert finding.hint == "verify it again: publisher verify 0000000"


def test_a_verification_of_nothing_is_found_unless_a_record_cannot_be_read(place: Project) -> None:
    path = verify(place, run="f" * 12)
    assert told(place) == [("orphan", where(place, path))]
    first(place).write_text("no: [")
    assert [kind for kind, _ in told(place)] == ["unreadable"]


def test_what_a_verification_names_and_is_missing_is_found(place: Project) -> None:
    path = verify(place)
    artifact(place, b"picture").unlink()
    artifact(place, b"log").unlink()
    (place.records / "environments" / f"{keep_environment(place, an_environment(numpy='9'))}.yml").unlink()
    assert told(place) == [("missing", where(place, path))] * 3


def test_a_verification_that_cannot_be_read_or_has_another_name_is_found(place: Project) -> None:
    path = verify(place)
    moved = path.rename(path.with_name("mine.yml"))
    assert told(place) == [("name", where(place, moved))]
    moved.write_text("schema: 1\nrun: no\n")
    assert [kind for kind, _ in told(place)] == ["unreadable"]


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "out/../../x",
        "..",
        "~/../x",
        "/etc/shadow",
        "/proc/self/environ",
        "..\\x",
        "/scratch/../etc/x",
    ],
)
def test_an_output_that_leads_out_of_the_project_is_named(path: str, place: Project) -> None:
    keep(place, 9, id=f"{9:012x}", outputs=[FileRef(path=path, sha256="a" * 64)])
    (found,) = findings(place)
    assert found.kind == "outside" and f"`{path}`" in found.what


def test_an_input_and_a_parameter_file_that_lead_upwards_are_named(place: Project) -> None:
    record = {"inputs": [FileRef(path="../x", sha256="a" * 64)], "parameters": Parameters(file="../p.json")}
    keep(place, 9, id=f"{9:012x}", **record)
    assert [each.kind for each in findings(place)] == ["outside", "outside"]


def test_files_elsewhere_as_publisher_records_them_are_sound(place: Project) -> None:
    outputs = [
        FileRef(path=path, sha256="a" * 64)
        for path in ("/scratch/ada/x.h5", "~/x.h5", "/tmp/x", "a..b/c", "...")
    ]
    inputs = [
        FileRef(path=path, sha256="a" * 64) for path in ("/usr/share/dict/words", "/data/x", "~/x", "in/x")
    ]
    keep(place, 9, id=f"{9:012x}", outputs=outputs, inputs=inputs)
    assert findings(place) == []


def test_a_verification_of_no_day_of_the_calendar_is_unreadable(place: Project) -> None:
    wrong = Verification(schema=1, run=f"{1:012x}", verdict="blocked", started="2026-13-45T99:00:00Z")
    write_verification(place.records, wrong)
    (found,) = findings(place)
    assert found.kind == "unreadable" and "makes no sense" in found.what


# -- what is to be known -------------------------------------------------------------------------------------


def test_a_lost_run_is_named(place: Project) -> None:
    keep(place, 5, id="5" * 12, status="running", duration=None, exit_code=None)
    (found,) = findings(place)
    assert (found.kind, found.is_note) == ("lost", True) and "lost" in found.what


def test_a_run_under_way_is_not_named(place: Project) -> None:
    keep(place, 5, id="5" * 12, status="running", duration=None, exit_code=None)
    here = live.place_of(place, "5" * 12)
    here.hold()
    assert findings(place) == []
    here.release()


def test_parameter_copies_among_outputs_are_named(place: Project) -> None:
    keep(place, 5, id="5" * 12, outputs=[FileRef(path="in/.params-c6101e88a2a2.json", sha256=sha256("{}"))])
    (found,) = findings(place)
    assert found.kind == "doubt" and ".params-c6101e88a2a2.json" in found.what


def test_a_site_among_outputs_is_named(place: Project) -> None:
    paths = ["site/.publisher.json", "site/index.html", "out/a.csv"]
    keep(place, 5, id="5" * 12, outputs=[FileRef(path=each, sha256=sha256(each)) for each in paths])
    (found,) = findings(place)
    assert found.kind == "doubt" and "site/index.html" in found.what and "out/a.csv" not in found.what


@pytest.mark.parametrize(
    ("started", "same", "doubt"),
    [
        ("2026-11-23T00:00:30Z", True, True),
        ("2026-11-23T00:00:30Z", False, False),
        ("2026-11-23T00:02:00Z", True, False),
    ],
)
def test_records_that_claim_one_content_while_both_ran_are_named(
    place: Project, started: str, same: bool, doubt: bool
) -> None:
    for number, (begun, text) in enumerate((("2026-11-23T00:00:00Z", "x"), (started, "x" if same else "y"))):
        out = FileRef(path="out/metrics.json", sha256=sha256(text))
        keep(place, number, id=f"{number + 5}" * 12, started=begun, duration=60.0, outputs=[out])
    assert [each.kind for each in findings(place)] == (["doubt"] if doubt else [])
