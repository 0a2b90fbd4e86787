"""What it costs to run something again, as a page says it. Pure.

The figures come from `model/cost.py`; here they become words. Where a figure would stand on nothing, a sentence
says what is missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from publisher.errors import one_of
from publisher.model.cost import Estimate, Need, Prices, Used, cheapest, missing, need_of, together
from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.listing import visible

#: How figures come about, for a page.
METHOD = (
    "Cores are the recorded CPU time divided by the recorded time, rounded up (with MPI, one for each process); "
    "memory is the recorded peak and half of it again; the machine is the cheapest that has both. The lower "
    "figure is for a machine as fast as the recorded one, set up in 2 minutes (environment and data); the upper "
    "one for a machine half as fast, set up in 10; the one between takes half as long again, and 5 minutes. "
    "Discs, transfer and taxes are not counted."
)
MOST_PARTS = 200  #: runs that are named
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


class Cost(Struct, frozen=True, kw_only=True):
    """What something costs, in a line."""

    about: str = ""  #: `about $0.06`; empty when there is no figure
    span: str = ""  #: `$0.04 to $0.12`; empty when `about` says it
    machine: str = ""  #: `c7i.xlarge, AWS us-east-1`
    date: str = ""  #: of its price, as 2026-07-20
    day: str = ""  #: the same, for people
    why: str = ""  #: there is no figure, in a sentence without its full stop


NO_COST = Cost()  #: nothing is said of it


class Offer(Struct, frozen=True, kw_only=True):
    """The cheapest machine of one provider."""

    cost: Cost
    size: str  #: `4 cores, 16 GiB`
    free: str  #: when it costs nothing: `on public repositories`; or empty
    source: str


class Part(Struct, frozen=True, kw_only=True):
    """One run of those that make the paper."""

    name: str  #: of its step, or what it is called
    run: str
    short: str
    took: str
    cores: str
    memory: str  #: with head-room
    why: str  #: nothing can be said of it


class Whole(Struct, frozen=True, kw_only=True):
    """What it costs to run the whole paper again, one run after another on one machine."""

    cost: Cost
    steps: bool  #: they are runs of steps; else of figures
    parts: list[Part]
    more: int  #: further runs that are counted
    offers: list[Offer]
    left: str  #: what is not counted, because it never came to its end; or empty
    need: Need | None = None


def cost_of(used: Used, status: str, prices: Prices) -> Cost:
    """What it costs to run a run again.

    Args:
        used: What it used.
        status: As a row has it.
        prices: The table.
    """
    if status not in ("completed", "failed"):
        return Cost(why="What it costs is not known, because it did not come to its end")
    need = need_of(used)
    if need is None:
        return Cost(why=_unknown(missing(used)))
    return _cost(need, cheapest(need, prices), prices)


def _unknown(names: Sequence[str]) -> str:
    return f"What it costs is not known: {one_of(names)} {'is' if len(names) == 1 else 'are'} not recorded"


def _cost(need: Need, found: Sequence[Estimate], prices: Prices) -> Cost:
    if not found:
        needs = f"{words.plural(need.cores, 'core')} and {_memory(need.memory)}"
        return Cost(why=f"No machine of the price table is large enough: it needs {needs}")
    return said(found[0], prices.currency)


def said(found: Estimate, currency: str) -> Cost:
    """An estimate in words. The range is rounded outwards, so that it holds what it stands for."""
    provider = found.provider
    place = " ".join(filter(None, (provider.name, provider.region)))
    low, high = _rounded(found.low, math.floor), _rounded(found.high, math.ceil)
    span = (
        f"{_money(low, currency)} to {_money(high, currency)}" if low else f"up to {_money(high, currency)}"
    )
    about = f"about {_money(max(_rounded(found.usual, round), 0.01), currency)}"
    if high <= 0.01:
        about, span = ("free", "") if not found.high else (f"under {_money(0.01, currency)}", "")
    return Cost(
        about=about,
        span=span,
        machine=visible(f"{found.machine.name}, {place}"),
        date=provider.date,
        day=words.day(provider.date),
    )


def _rounded(amount: float, how: Callable[[float], int]) -> float:
    """To hundredths; from 100 on, where hundredths say nothing, to whole ones."""
    parts = 100 if amount < 100 else 1
    return how(round(amount * parts, 6)) / parts  # 0.07 * 100 is a little more than 7


def _money(amount: float, currency: str) -> str:
    shown = f"{amount:.2f}" if amount < 100 else f"{amount:,.0f}".replace(",", "\u202f")
    sign = _SIGNS.get(currency)
    return f"{sign}{shown}" if sign else f"{shown} {currency}"


def _memory(count: float) -> str:
    return words.size(round(count))


def paper_runs(
    rows: Iterable[Row], steps: Iterable[str], figures: Iterable[Row]
) -> tuple[list[tuple[str, Row]], list[str]]:
    """The runs that make the paper, by name, and the steps of it that no completed run stands for.

    They are the newest completed run of each step; where there are no steps, of each figure.

    Args:
        rows: The published runs, oldest first.
        steps: Those of `publisher.yml`, in its order; without them, those that runs name.
        figures: The newest run of each figure.
    """
    newest: dict[str, Row] = {}
    for row in rows:
        if row.step:
            newest.setdefault(row.step, row)
            if row.status == "completed":
                newest[row.step] = row
    names = list(steps) or list(newest)
    if names:
        done = {name: newest[name] for name in names if name in newest and newest[name].status == "completed"}
        return [(visible(name), row) for name, row in done.items()], [
            visible(name) for name in names if name not in done
        ]
    unique = {row.id: row for row in figures if row.status == "completed"}
    return [(words.title_of(row), row) for row in unique.values()], []


def whole_paper(
    runs: Sequence[tuple[str, Row]], left: Sequence[str], prices: Prices, *, steps: bool = True
) -> Whole:
    """What it costs to run the paper again.

    Args:
        runs: What `paper_runs` says.
        left: The same.
        prices: The table.
        steps: The runs are those of steps.
    """
    parts = [_part(name, row) for name, row in runs]
    needs = [need for _, row in runs if (need := need_of(row.used))]
    unknown = sum(bool(part.why) for part in parts)
    need = together(needs) if not unknown else None
    found = cheapest(need, prices) if need else []
    if need:
        cost = _cost(need, found, prices)
    elif unknown:
        cost = Cost(
            why=f"What it costs is not known: of {words.plural(unknown, 'run')} too little is recorded"
        )
    else:
        cost = Cost(why="What it costs is not known: no run of it has completed")
    return Whole(
        cost=cost,
        steps=steps,
        parts=parts[:MOST_PARTS],
        more=len(parts[MOST_PARTS:]),
        offers=[_offer(each, prices.currency) for each in found],
        left=f"Not counted, because no run of it has completed: {one_of(left)}." if left else "",
        need=need,
    )


def _part(name: str, row: Row) -> Part:
    need = need_of(row.used)
    return Part(
        name=name,
        run=row.id,
        short=words.short(row.id),
        took=words.duration(need.seconds) if need else "",
        cores=str(need.cores) if need else "",
        memory=_memory(need.memory) if need else "",
        why="" if need else f"not recorded: {one_of(missing(row.used))}",
    )


def _offer(found: Estimate, currency: str) -> Offer:
    machine = found.machine
    return Offer(
        cost=said(found, currency),
        size=f"{words.plural(machine.cores, 'core')}, {machine.memory:g} GiB",
        free=visible(machine.free or ""),
        source=visible(found.provider.source),
    )


NOTHING = whole_paper([], [], Prices())  #: what there is to say of no run at all
