"""Records from Python: `publisher.runs` and `publisher.artifact`."""

from __future__ import annotations

from pathlib import Path

import pytest

import publisher
from publisher.errors import NoSuchRun, WrongUsage
from publisher.model.project import Project
from publisher.model.record import FileRef
from publisher.store.artifacts import keep as keep_artifact
from tests.factory import keep, project_in, with_parameters


@pytest.fixture
def place(tmp_path: Path) -> Project:
    made = project_in(tmp_path / "heat study")
    for number in (1, 2, 3):
        digest = keep_artifact(made, f"{number}\n".encode(), "a.csv")
        keep(
            made,
            number,
            step="coarsening",
            parameters=with_parameters(mesh={"n": 64 * number}),
            metrics={"exponent": 0.3 + number / 100},
            outputs=[
                FileRef(path="out/a.csv", sha256=digest, size=2, artifact=True),
                FileRef(path="out/b.csv"),
            ],
        )
    return made


def test_runs_are_flat_dictionaries_oldest_first(place: Project) -> None:
    runs = publisher.runs(root=place.root)
    assert [run["param.mesh.n"] for run in runs] == [64, 128, 192]
    assert runs[0]["status"] == "completed" and runs[0]["metric.exponent"] == 0.31


def test_a_query_chooses(place: Project) -> None:
    assert len(publisher.runs("step:coarsening mesh.n>=128", root=place.root)) == 2
    with pytest.raises(WrongUsage):
        publisher.runs("stp:coarsening", root=place.root)


def test_the_working_directory_is_the_project_unless_told(
    place: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place.root / "src").mkdir()
    monkeypatch.chdir(place.root / "src")
    assert len(publisher.runs()) == 3


def test_pandas_takes_the_runs_as_they_are(place: Project) -> None:
    import pandas

    frame = pandas.DataFrame(publisher.runs(root=place.root))
    assert list(frame["param.mesh.n"]) == [64, 128, 192] and frame["metric.exponent"].dtype == float


def test_the_kept_copy_of_an_output_is_a_path(place: Project) -> None:
    assert publisher.artifact("latest", "out/a.csv", root=place.root).read_text() == "3\n"
    first = publisher.runs(root=place.root)[0]["id"]
    assert publisher.artifact(first, "a.csv", root=str(place.root)).read_text() == "1\n"


@pytest.mark.parametrize(
    ("run", "output"), [("latest", "out/b.csv"), ("latest", "c.csv"), ("none", "out/a.csv")]
)
def test_what_was_not_kept_is_said(run: str, output: str, place: Project) -> None:
    with pytest.raises(NoSuchRun):
        publisher.artifact(run, output, root=place.root)
