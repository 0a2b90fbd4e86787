"""What it costs, as a page says it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from publisher.model.cost import GIBIBYTE, Estimate, Machine, Prices, Provider, Used
from publisher.model.row import Row
from publisher.publish.costs import cost_of, paper_runs, said, whole_paper

MACHINE = Machine(name="c7i.xlarge", cores=4, memory=8, hour=0.1785)
PROVIDER = Provider(
    name="AWS", region="us-east-1", date="2026-07-20", source="a list", machines=[MACHINE], least=60
)
PRICES = Prices(providers=[PROVIDER])
USED = Used(duration=600.0, cpu_time=590.0, peak_memory=GIBIBYTE, processes=1)


def row(number: int, **facts: object) -> Row:
    told = {
        "id": f"{number:012x}",
        "name": "",
        "status": "completed",
        "started": f"2026-11-01T00:00:{number:02d}Z",
        "used": USED,
    }
    return Row(**(told | facts))  # type: ignore[arg-type]


def estimate(low: float, usual: float, high: float) -> Estimate:
    return Estimate(provider=PROVIDER, machine=MACHINE, low=low, usual=usual, high=high)


def test_ten_minutes_in_a_sentence():
    # 720, 1200 and 1800 seconds at 0.1785 an hour: 0.0357, 0.0595, 0.08925
    cost = cost_of(USED, "completed", PRICES)
    assert (cost.about, cost.span) == ("about $0.06", "$0.03 to $0.09")
    assert (cost.machine, cost.date, cost.day) == (
        "c7i.xlarge, AWS us-east-1",
        "2026-07-20",
        "20 Jul 2026",
    )


@pytest.mark.parametrize(
    ("figures", "about", "span"),
    [
        ((0.001, 0.002, 0.003), "under $0.01", ""),
        ((0.003, 0.008, 0.016), "about $0.01", "up to $0.02"),
        ((0.001, 0.004, 0.011), "about $0.01", "up to $0.02"),
        ((0.07, 0.14, 0.29), "about $0.14", "$0.07 to $0.29"),
        ((1234.5, 2345.6, 3456.7), "about $2\u202f346", "$1\u202f234 to $3\u202f457"),
        ((0.0, 0.0, 0.0), "free", ""),
    ],
)
def test_small_and_large_sums(figures, about, span):
    cost = said(estimate(*figures), "USD")
    assert (cost.about, cost.span) == (about, span)


def test_another_currency_stands_behind_its_sum():
    assert said(estimate(1, 2, 3), "CHF").about == "about 2.00 CHF"


def amount(text: str) -> float:
    return float(text.rpartition("$")[2].replace("\u202f", ""))


@given(some.lists(some.floats(0.011, 1e6), min_size=3, max_size=3).map(sorted))
def test_the_range_that_is_said_holds_what_was_estimated(figures):
    cost = said(estimate(*figures), "USD")
    low, _, high = cost.span.rpartition(" to ")
    assert (amount(low) if "$" in low else 0.0) <= figures[0] + 1e-6
    assert amount(high) >= figures[2] - 1e-6
    assert amount(low) <= amount(cost.about) <= amount(high) if "$" in low else True


@pytest.mark.parametrize(
    ("facts", "status", "why"),
    [
        ({"peak_memory": None}, "completed", "What it costs is not known: memory is not recorded"),
        (
            {"peak_memory": None, "duration": None},
            "completed",
            "What it costs is not known: how long it took, memory are not recorded",
        ),
        ({}, "interrupted", "What it costs is not known, because it did not come to its end"),
        ({}, "lost", "What it costs is not known, because it did not come to its end"),
        (
            {"peak_memory": 10 * GIBIBYTE},
            "completed",
            "No machine of the price table is large enough: it needs 1 core and 17 GB",
        ),
    ],
)
def test_without_a_ground_there_is_no_figure_but_a_reason(facts, status, why):
    cost = cost_of(msgspec.structs.replace(USED, **facts), status, PRICES)
    assert (cost.about, cost.why) == ("", why)


def test_the_paper_is_the_newest_completed_run_of_each_step():
    rows = [
        row(1, step="walk"),
        row(2, step="walk"),
        row(3, step="walk", status="failed"),
        row(4, step="fit", status="failed"),
        row(5, step="gone"),
    ]
    runs, left = paper_runs(rows, ["walk", "fit"], [])
    assert ([(name, each.id[-1]) for name, each in runs], left) == ([("walk", "2")], ["fit"])
    runs, left = paper_runs(rows, [], [])
    assert ([name for name, _ in runs], left) == (["walk", "gone"], ["fit"])


def test_without_steps_the_paper_is_the_runs_of_its_figures_each_once():
    rows = [row(1, reason="why"), row(2)]
    runs, left = paper_runs(rows, [], [rows[0], rows[0]])
    assert ([(name, each.id) for name, each in runs], left) == ([("why", rows[0].id)], [])


def test_the_paper_is_set_up_once():
    # two runs of 600 s: 1320, 2100 and 3000 seconds: 0.06545, 0.104125, 0.14875
    whole = whole_paper([("walk", row(1)), ("fit", row(2))], ["draw"], PRICES)
    assert (whole.cost.about, whole.cost.span) == ("about $0.10", "$0.06 to $0.15")
    assert whole.left == "Not counted, because no run of it has completed: draw."
    assert [(each.cost.machine, each.size) for each in whole.offers] == [
        ("c7i.xlarge, AWS us-east-1", "4 cores, 8 GiB")
    ]


def test_of_a_paper_with_a_run_that_nothing_is_known_of_there_is_no_sum():
    whole = whole_paper([("walk", row(1)), ("fit", row(2, used=Used()))], [], PRICES)
    assert whole.cost.about == ""
    assert whole.cost.why == "What it costs is not known: of 1 run too little is recorded"
    assert whole.parts[1].why == "not recorded: how long it took, CPU time, memory"
    assert whole_paper([], [], PRICES).cost.why == "What it costs is not known: no run of it has completed"
