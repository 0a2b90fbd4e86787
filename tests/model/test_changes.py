"""What changed between two states of a paper, on states that are small enough to see through."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from publisher.model.changes import Drawn, Snapshot, changes
from publisher.model.difference import Change
from publisher.standards.changes import as_markdown


def run(id: str, **facts: Any) -> dict[str, Any]:
    plain = {
        "id": id,
        "status": "completed",
        "started": f"2026-11-2{id[0]}T06:35:12Z",
        "command": "python a.py",
    }
    return plain | {"verdict": "unverified", "commit": "c" * 40, "dirty": False, "environment": "e1"} | facts


def state(name: str, *runs: dict[str, Any], figures: dict[str, tuple[str, str]] | None = None) -> Snapshot:
    """A state with runs, and figures by path: the digest, and the run that made it."""
    return Snapshot(
        name=name,
        date="2026-11-23",
        runs={each["id"]: each for each in runs},
        figures={
            path: Drawn(path=path, sha256=digest, address=f"artifacts/{digest}.png", run=made)
            for path, (digest, made) in (figures or {}).items()
        },
        environments={"e1": {"numpy": "2.4.1", "python": "3.11"}, "e2": {"numpy": "2.4.6", "python": "3.11"}},
    )


def test_a_figure_that_changed_is_told_with_what_differs_in_the_runs_that_made_it() -> None:
    before = state("v1", run("1", **{"param.dt": 0.1, "metric.e": 1.0}), figures={"f.png": ("a", "1")})
    after = state(
        "v2",
        run("1", **{"param.dt": 0.1, "metric.e": 1.0}),
        run("2", **{"param.dt": 0.05, "metric.e": 2.0, "environment": "e2", "commit": "d" * 40}),
        figures={"f.png": ("b", "2"), "g.png": ("c", "2")},
    )
    found = changes(before, after)
    first, second = found.figures
    assert (first.path, first.kind, second.path, second.kind) == ("f.png", "changed", "g.png", "new")
    assert first.facts == [
        Change("parameters", "dt", 0.1, 0.05),
        Change("metrics", "e", 1.0, 2.0),
        Change("code", "commit", "c" * 40, "d" * 40),
        Change("environment", "numpy", "2.4.1", "2.4.6"),
    ]
    assert [flat["id"] for flat in found.added] == ["2"]
    assert (found.gone, found.kept, found.same_figures) == ([], 1, 0)


def test_a_figure_with_the_same_bytes_is_the_same_whoever_drew_it() -> None:
    before = state("v1", run("1"), figures={"f.png": ("a", "1")})
    after = state("v2", run("1"), run("2"), figures={"f.png": ("a", "2")})
    found = changes(before, after)
    assert (found.figures, found.same_figures) == ([], 1)


def test_a_step_is_told_by_its_newest_completed_run() -> None:
    before = state("v1", run("1", step="draw", **{"param.n": 1}), run("2", step="gone"))
    failed = run("4", step="draw", status="failed", **{"param.n": 9})
    after = state(
        "v2", run("1", step="draw", **{"param.n": 1}), run("3", step="draw", **{"param.n": 2}), failed
    )
    steps = {
        each.name: (each.kind, each.before, each.after, each.facts) for each in changes(before, after).steps
    }
    assert steps == {
        "draw": ("changed", "1", "3", [Change("parameters", "n", 1, 2)]),
        "gone": ("gone", "2", "", []),
    }


def test_what_is_said_later_of_a_run_and_the_sum_of_verdicts_are_told() -> None:
    before = state("v1", run("1", tags=[]), run("2", verdict="identical"))
    after = state("v2", run("1", tags=["fig3"], verdict="different"), run("2", verdict="identical"))
    found = changes(before, after)
    assert [(each.run, [fact.name for fact in each.facts]) for each in found.reviewed] == [
        ("1", ["verdict", "tags"])
    ]
    assert found.matching == ((1, 1), (1, 2))
    assert "**Re-runs:** 1 of 2 match (before: 1 of 1)." in as_markdown(found)


def test_parameters_and_metrics_that_came_and_went_are_named() -> None:
    found = changes(state("v1", run("1", **{"param.a": 1})), state("v2", run("2", **{"metric.b": 1})))
    assert [(each.name, each.before is None) for each in found.names] == [
        ("metric.b", True),
        ("param.a", False),
    ]


def test_words_of_strangers_stay_words_in_markdown() -> None:
    evil = "| x |\n# [a](javascript:b) <img> @somebody"
    told = as_markdown(changes(state("v1"), state(evil, run("1", reason=evil, step=evil))))
    assert all(not line.startswith("# ") for line in told.splitlines())
    assert "<img>" not in told and " @somebody" not in told and "[a](" not in told


def test_an_edition_of_before_that_does_not_tell_its_figures_is_not_said_to_have_none() -> None:
    before = Snapshot(name="v0", date="2026-11-01", figures=None)
    found = changes(before, state("v1", run("1"), figures={"f.png": ("a", "1")}))
    assert (found.figures, found.same_figures, found.untold) == ([], 0, "v0")
    assert "v0 does not tell which it shows" in as_markdown(found)


def test_a_comment_stays_shorter_than_github_takes() -> None:
    long = {f"param.p{number}": "x" * 70_000 for number in range(400)}
    runs = [run(str(n), step=f"step {n}", reason="y" * 70_000, **long) for n in range(1, 9)]
    told = as_markdown(changes(state("v1"), state("v2", *runs)))
    assert len(told) < 65_536


RUNS = st.dictionaries(
    st.sampled_from("123456789"),
    st.fixed_dictionaries(
        {
            "step": st.sampled_from(["", "draw", "sum"]),
            "verdict": st.sampled_from(["unverified", "identical", "different"]),
            "param.n": st.sampled_from([1, 1.0, True, float("nan"), [1], "1"]),
        }
    ),
)


@given(RUNS, RUNS)
def test_one_way_is_the_other_way_back(first: dict[str, Any], second: dict[str, Any]) -> None:
    one, other = (
        state(name, *(run(id, **facts) for id, facts in sorted(each.items())))
        for name, each in (("a", first), ("b", second))
    )
    there, back = changes(one, other), changes(other, one)
    assert [each["id"] for each in there.added] == [each["id"] for each in back.gone]
    assert [(each.run, [(fact.before, fact.after) for fact in each.facts]) for each in there.reviewed] == [
        (each.run, [(fact.after, fact.before) for fact in each.facts]) for each in back.reviewed
    ]
    turned = {"new": "gone", "gone": "new", "changed": "changed"}
    assert [(each.name, each.kind) for each in there.steps] == [
        (each.name, turned[each.kind]) for each in back.steps
    ]
    assert changes(one, one).nothing
    assert as_markdown(there).startswith("### From a to b\n")
