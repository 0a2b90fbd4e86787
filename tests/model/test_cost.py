"""What a run needs, which machines fit, and what they cost, against figures that were worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from publisher.model.cost import (
    GIBIBYTE,
    Machine,
    Need,
    Prices,
    Provider,
    Used,
    binder_takes,
    cheapest,
    estimate,
    fits,
    missing,
    need_of,
    price,
    together,
)
from publisher.shipped import shipped
from publisher.store.prices import read_prices

SHIPPED = read_prices(shipped("prices.yml"))
AWS, AZURE, CODESPACES, ACTIONS = SHIPPED.providers


def machine(provider: Provider, name: str) -> Machine:
    return next(each for each in provider.machines if each.name == name)


def used(**facts: float) -> Used:
    told = {"duration": 100.0, "cpu_time": 90.0, "peak_memory": GIBIBYTE, "processes": 1, "cores": 8}
    return Used(**(told | facts))  # type: ignore[arg-type]


def needed(**facts: float) -> Need:
    need = need_of(used(**facts))
    assert need is not None
    return need


@pytest.mark.parametrize(
    ("facts", "cores"),
    [
        ({}, 1),
        ({"cpu_time": 0.0}, 1),
        ({"cpu_time": 101.0}, 2),
        ({"cpu_time": 350.0}, 4),
        ({"cpu_time": 350.0, "cores": 2}, 2),
        ({"cpu_time": 350.0, "launched": 16}, 16),
        ({"cpu_time": 350.0, "launched": 2}, 4),
        ({"duration": 0.0}, 1),
        ({"duration": 1e-300, "cores": None}, 1_000_000),
    ],
)
def test_cores_are_those_kept_busy_or_those_of_mpi(facts, cores):
    assert needed(**facts).cores == cores


@pytest.mark.parametrize(
    ("facts", "gibibytes"),
    [
        ({}, 2.0),  # 1 and a half of it, and half a GiB for the system
        ({"processes": 8, "cpu_time": 350.0}, 6.5),  # 4 of them side by side
        ({"processes": 100}, 2.0),  # one after another
        ({"launched": 16, "processes": 16}, 24.5),
    ],
)
def test_memory_is_that_of_all_processes_side_by_side_with_head_room(facts, gibibytes):
    assert needed(**facts).memory == gibibytes * GIBIBYTE


def test_what_is_not_recorded_gives_no_figure_and_is_named():
    assert missing(used(peak_memory=None)) == ["memory"]
    assert missing(Used()) == ["how long it took", "CPU time", "memory"]
    assert need_of(used(duration=None)) is need_of(used(cpu_time=float("nan"))) is None


def test_an_hour_on_four_cores():
    need = needed(duration=3600.0, cpu_time=4 * 3600.0, peak_memory=4 * GIBIBYTE)  # 4 cores, 6.5 GiB
    found = {each.provider.name: each for each in cheapest(need, SHIPPED)}
    assert {name: each.machine.name for name, each in found.items()} == {
        "AWS": "c7i.xlarge",
        "Azure": "D4s_v5",
        "Codespaces": "4-core",
        "GitHub Actions": "4-core",
    }
    aws = found["AWS"]
    assert aws.low == pytest.approx(0.1785 * (3600 + 120) / 3600)
    assert aws.usual == pytest.approx(0.1785 * (5400 + 300) / 3600)
    assert aws.high == pytest.approx(0.1785 * (7200 + 600) / 3600)
    assert cheapest(need, SHIPPED)[0] == aws


def test_a_run_of_seconds_is_billed_for_its_set_up():
    need = needed(duration=3.0, cpu_time=3.0, peak_memory=GIBIBYTE // 10)
    found = {each.provider.name: each for each in cheapest(need, SHIPPED)}
    assert found["Azure"].low == pytest.approx(0.096 * 300 / 3600), "five minutes at least"
    assert found["AWS"].low == pytest.approx(0.1008 * 123 / 3600)
    assert found["GitHub Actions"].low == pytest.approx(0.018), "three minutes that have begun, 0.006 each"
    assert found["GitHub Actions"].high == pytest.approx(0.066), "606 seconds are eleven"


def test_much_memory_asks_for_a_larger_machine():
    need = needed(peak_memory=30 * GIBIBYTE)  # 45.5 GiB
    found = {each.provider.name: each.machine.name for each in cheapest(need, SHIPPED)}
    assert found == {"AWS": "r7i.2xlarge", "Azure": "E8s_v5", "Codespaces": "16-core"}


def test_a_job_that_may_be_ended_before_its_end_is_not_offered():
    three_hours = needed(duration=3 * 3600.0, cpu_time=3 * 3600.0)
    assert not fits(three_hours, machine(ACTIONS, "2-core"), ACTIONS), "half as fast it takes six and more"
    assert fits(needed(duration=2 * 3600.0, cpu_time=1.0), machine(ACTIONS, "2-core"), ACTIONS)


@pytest.mark.parametrize("name", ["t3.medium", "p5.4xlarge"])
def test_machines_of_lent_speed_and_with_graphics_cards_are_not_suggested(name):
    assert not fits(needed(), machine(AWS, name), AWS)


def test_a_minimum_and_begun_steps_are_billed():
    assert price(machine(AWS, "m7i.large"), AWS, 10) == pytest.approx(0.1008 / 60)
    assert price(machine(ACTIONS, "2-core"), ACTIONS, 61) == pytest.approx(0.012)


def test_runs_one_after_another_need_the_most_of_each_and_the_time_of_all():
    first = needed(duration=60.0, cpu_time=200.0)
    second = needed(duration=100.0, peak_memory=8 * GIBIBYTE)
    both = together([first, second])
    assert both == Need(cores=4, memory=12.5 * GIBIBYTE, seconds=160.0, cpu_time=290.0)
    assert together([]) is None


def test_binder_has_two_gigabytes_and_an_hour():
    assert binder_takes(needed(peak_memory=500_000_000, duration=7000.0, cpu_time=3600.0))
    assert not binder_takes(needed(peak_memory=1_000_000_000)), "with head-room it is 2.04 GB"
    assert not binder_takes(needed(peak_memory=1, duration=7000.0, cpu_time=3601.0))
    assert not binder_takes(None)


def test_the_shipped_table_has_the_price_of_each_machine_and_its_day():
    assert {each.name: each.date for each in SHIPPED.providers} == {
        "AWS": "2026-07-20",
        "Azure": "2026-06-18",
        "Codespaces": "2026-01-01",
        "GitHub Actions": "2026-01-01",
    }
    assert all(each.hour > 0 for provider in SHIPPED.providers for each in provider.machines)


durations = some.floats(0, 1e7, allow_nan=False)
uses = some.builds(
    Used,
    duration=durations,
    cpu_time=durations,
    peak_memory=some.integers(0, 2**38),
    processes=some.none() | some.integers(0, 500),
    cores=some.none() | some.integers(0, 256),
    launched=some.none() | some.integers(0, 256),
)
machines = some.builds(
    Machine,
    name=some.just("m"),
    cores=some.integers(1, 64),
    memory=some.floats(1, 512),
    hour=some.floats(0, 50),
    gpu=some.none() | some.just("T4"),
    burstable=some.booleans(),
)
providers = some.builds(
    Provider,
    name=some.just("p"),
    date=some.just("2026-07-20"),
    source=some.just("s"),
    machines=some.lists(machines, min_size=1, max_size=6),
    step=some.sampled_from([1.0, 60.0, 3600.0]),
    least=some.sampled_from([0.0, 60.0, 300.0]),
    longest=some.none() | some.just(21600.0),
)


@given(uses, some.lists(providers, max_size=3))
def test_low_is_at_most_usual_is_at_most_high_and_a_named_machine_fits(run, table):
    need = need_of(run)
    assert need is not None
    found = cheapest(need, Prices(providers=table))
    assert found == sorted(found, key=lambda each: (each.usual, each.high))
    for each in found:
        assert 0 <= each.low <= each.usual <= each.high
        assert each.machine.cores >= need.cores
        assert each.machine.memory * GIBIBYTE >= need.memory
        assert each.machine.gpu is None and not each.machine.burstable
        others = [other for other in each.provider.machines if fits(need, other, each.provider)]
        assert all(estimate(need, other, each.provider).usual >= each.usual for other in others)
