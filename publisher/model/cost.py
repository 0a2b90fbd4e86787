"""What it costs to run something again: what it needs, which machines fit, and a price with a range. Pure.

It knows no price: a table of prices is handed in, see `publisher/prices.yml`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Annotated

from msgspec import Meta, Struct, field

from publisher.model.record import Record

GIBIBYTE = 1024**3
HEAD_ROOM = 1.5  #: memory that is asked for, by the memory that was used
MOST_CORES = 1e6  #: beyond which a clock was wrong
SYSTEM = GIBIBYTE // 2  #: bytes that a machine's own system takes
BINDER_MEMORY = 2 * 1000**3  #: bytes that mybinder.org gives
BINDER_CPU = 3600.0  #: seconds of a processor that mybinder.org gives

Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d$")]
Positive = Annotated[float, Meta(gt=0)]


class Machine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One size of machine that a provider rents out."""

    name: str
    cores: Annotated[
        int, Meta(ge=1)
    ]  #: as the provider counts them; of a cloud often half of a real one each
    memory: Positive  #: GiB
    hour: Annotated[float, Meta(ge=0)]  #: its price, in the currency of the table
    gpu: str | None = None  #: a machine with one is never suggested: no record says that it needs it
    burstable: bool = False  #: its price holds for one that mostly waits; it is never suggested
    free: str | None = None  #: when it costs nothing, in words: `on public repositories`


class Provider(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Who rents machines out, and how they are billed."""

    name: str
    date: Day  #: on which its prices were read
    source: str  #: where they were read, in words
    machines: Annotated[list[Machine], Meta(min_length=1)]
    region: str | None = None
    step: Positive = 1.0  #: seconds that are billed at a time, from their start
    least: Annotated[float, Meta(ge=0)] = 0.0  #: seconds that are billed at least
    longest: Positive | None = None  #: seconds after which it stops what runs; None when it does not

    @cached_property
    def by_price(self) -> list[Machine]:
        """Its machines, the cheapest first; of two at one price the smaller."""
        return sorted(self.machines, key=lambda each: (each.hour, each.cores))


class Prices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of prices."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] = "USD"  #: ISO 4217
    providers: list[Provider] = field(default_factory=list)


class Used(Struct, frozen=True, kw_only=True, array_like=True):
    """What a run used, as it was recorded. None where nothing was."""

    duration: float | None = None  #: seconds of wall time
    cpu_time: float | None = None  #: seconds of all processors together
    peak_memory: int | None = None  #: bytes, of the largest process
    processes: int | None = None  #: Python processes that reported, also one after another
    cores: int | None = None  #: processors that it was allowed to use
    launched: int | None = None  #: MPI processes


class Need(Struct, frozen=True, kw_only=True):
    """What a machine must have for runs that go one after another."""

    cores: int
    memory: float  #: bytes, with head-room
    seconds: float  #: that they took as recorded
    cpu_time: float  #: seconds of all processors together


class Assumed(Struct, frozen=True, kw_only=True):
    """How another machine is thought to do."""

    slower: float  #: how many times as long the program takes as recorded
    setup: float  #: seconds until it starts: the machine, the environment, the data


FAST = Assumed(slower=1.0, setup=120.0)
USUAL = Assumed(slower=1.5, setup=300.0)
SLOW = Assumed(slower=2.0, setup=600.0)


class Estimate(Struct, frozen=True, kw_only=True):
    """What something costs on one machine, in the currency of the table."""

    provider: Provider
    machine: Machine
    low: float
    usual: float
    high: float


def used_by(record: Record) -> Used:
    """What a record says that its run used."""
    found = record.resources
    return Used(
        duration=record.duration,
        cpu_time=found.cpu_time if found else None,
        peak_memory=found.peak_memory if found else None,
        processes=found.processes if found else None,
        cores=found.cores if found else None,
        launched=record.launch.processes if record.launch.mode == "mpi" else None,
    )


def missing(used: Used) -> list[str]:
    """What is not recorded of a run, and without which nothing can be said of what it costs; in words."""
    told = {"how long it took": used.duration, "CPU time": used.cpu_time, "memory": used.peak_memory}
    return [name for name, found in told.items() if found is None or not math.isfinite(found)]


def need_of(used: Used) -> Need | None:
    """What a run needs, from what it used; None when `missing` names something.

    Cores: as many as its CPU time kept busy on average, rounded up, at least 1, never more than it was allowed to
    use; one for each MPI process where there are more of these. Memory: that of the largest process, as many times
    as processes can have been at work side by side (all MPI processes; else the Python processes, but no more than
    cores), half as much again as head-room, and half a GiB for the system.
    """
    if missing(used):
        return None
    duration, cpu_time, memory = used.duration or 0.0, used.cpu_time or 0.0, used.peak_memory or 0
    busy = max(1, math.ceil(min(cpu_time / duration, MOST_CORES))) if duration > 0 else 1
    busy = min(busy, used.cores) if used.cores else busy
    cores = max(busy, used.launched or 1)
    beside = used.launched or min(used.processes or 1, cores)
    return Need(
        cores=cores,
        memory=memory * max(1, beside) * HEAD_ROOM + SYSTEM,
        seconds=max(0.0, duration),
        cpu_time=max(0.0, cpu_time),
    )


def together(needs: Sequence[Need]) -> Need | None:
    """What several runs need that go one after another on one machine; None of none."""
    if not needs:
        return None
    return Need(
        cores=max(each.cores for each in needs),
        memory=max(each.memory for each in needs),
        seconds=sum(each.seconds for each in needs),
        cpu_time=sum(each.cpu_time for each in needs),
    )


def seconds_of(need: Need, assumed: Assumed) -> float:
    """How long a machine is rented for."""
    return assumed.setup + assumed.slower * need.seconds


def fits(need: Need, machine: Machine, provider: Provider) -> bool:
    """Whether a machine has the cores and the memory, and is let run to the end, also when all goes slowly."""
    return (
        machine.cores >= need.cores
        and machine.memory * GIBIBYTE >= need.memory
        and not machine.gpu
        and not machine.burstable
        and (provider.longest is None or seconds_of(need, SLOW) <= provider.longest)
    )


def price(machine: Machine, provider: Provider, seconds: float) -> float:
    """What a machine costs that is rented for so many seconds, as its provider bills: by steps that have begun."""
    billed = max(math.ceil(seconds / provider.step) * provider.step, provider.least)
    return machine.hour * billed / 3600


def estimate(need: Need, machine: Machine, provider: Provider) -> Estimate:
    """What it costs on one machine.

    Low: as fast as recorded, set up in 2 minutes. High: half as fast, set up in 10 minutes. Between them: half as
    long again, set up in 5 minutes. Discs, transfer and taxes are not counted.
    """
    low, usual, high = (
        price(machine, provider, seconds_of(need, assumed)) for assumed in (FAST, USUAL, SLOW)
    )
    return Estimate(provider=provider, machine=machine, low=low, usual=usual, high=high)


def cheapest(need: Need, prices: Prices) -> list[Estimate]:
    """The cheapest machine that fits of each provider that has one, the cheapest of all first."""
    found: list[Estimate] = []
    for provider in prices.providers:
        machine = next((each for each in provider.by_price if fits(need, each, provider)), None)
        if machine:
            found.append(estimate(need, machine, provider))
    return sorted(found, key=lambda each: (each.usual, each.high))


def binder_takes(need: Need | None) -> bool:
    """Whether mybinder.org is enough: 2 GB of memory, an hour of one processor. It promises nothing unknown."""
    return need is not None and need.memory <= BINDER_MEMORY and need.cpu_time <= BINDER_CPU


def is_day(text: str) -> bool:
    """Whether a text is a day that there is: 2026-02-30 is none."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
