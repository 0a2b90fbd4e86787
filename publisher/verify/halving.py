"""What turns an answer, found by halving: the first place on a line, or the fewest things of a set. Pure.

A question is answered by yes (it turned), by no, or not at all: a place about which nothing can be learned is
passed over, and never counts for either side. It knows neither packages nor commits, nor what it costs to ask.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

Thing = TypeVar("Thing", bound=Hashable)

#: Whether it has turned; None where that cannot be told.
Answer = bool | None


class Turn(Struct, frozen=True, kw_only=True):
    """Where on a line it turns: behind one place, and at another one at the latest."""

    after: int  #: the last place that is known not to have turned
    at: int  #: the first place that is known to have; nothing could be told of those between


class Together(Struct, Generic[Thing], frozen=True, kw_only=True):
    """Things of a set that turn it when they come together.

    Each group holds one, at least, without which the others do not turn it. A group of one names it; of those
    in a larger one, no fewer could be tried apart.
    """

    groups: list[list[Thing]]  #: in the order of how likely they are
    along: list[Thing]  #: came along: nothing could be told without them
    seen: (
        bool  #: these were seen to turn it; else it is only known that nothing else that could be tried does
    )

    @property
    def all(self) -> list[Thing]:
        """Everything that is named."""
        return [*(each for group in self.groups for each in group), *self.along]


def most_tries(places: int) -> int:
    """How many questions a line takes where each is answered.

    Args:
        places: How many there are at which it may turn.
    """
    return (places - 1).bit_length() if places > 1 else 0


def most_for_one(things: int) -> int:
    """How many questions a set takes where each is answered and one thing turns it.

    The first alone, all, those that halving takes, the one that is found, and all without it.
    """
    return most_tries(things) + 4 if things > 1 else things


def patience(places: int) -> int:
    """After how many questions without an answer a line is left as far as it is."""
    return 2 * most_tries(places) + 2


def turn(after: int, at: int, turned: Callable[[int], Answer]) -> Turn:
    """Where on a line it turns: the two places nearest to each other, of which one has not turned and one has.

    It halves; where a place tells nothing, it looks at the quarters, then at the eighths, and goes on from what it
    learns. Where it turns more than once, one of the turns is found.

    Args:
        after: A place that has not turned.
        at: A place behind it that has.
        turned: Asks for a place between.
    """
    untold: set[int] = set()
    left = patience(at - after)
    while len(untold) < left:
        place = next((each for each in _spread(after, at) if each not in untold), None)
        if place is None:
            break
        answer = turned(place)
        if answer is None:
            untold.add(place)
        elif answer:
            at = place
        else:
            after = place
    return Turn(after=after, at=at)


def _spread(after: int, at: int) -> Iterator[int]:
    """All places between two, the middle first, then the middles of what that leaves."""
    stretches = deque([(after, at)])
    while stretches:
        left, right = stretches.popleft()
        middle = (left + right) // 2
        if left < middle:
            yield middle
            stretches += [(left, middle), (middle, right)]


def together(things: Sequence[Thing], turned: Callable[[Sequence[Thing]], Answer]) -> list[Together[Thing]]:
    """Which things of a set turn it: the fewest that do together, and others that do so without them.

    That none of them turns it is known before; whether all do is asked. The first thing is tried on its own
    before anything is halved: the likeliest belongs there. Where `n` things are there, `k` of them are needed, and
    every question has an answer, it takes `k (log2(n) + 2)` questions and a few.

    Of the things in their order, the shortest beginning that turns it ends with one that is needed: it is kept,
    what comes behind it is dropped, and the beginning is shortened again until what is kept turns it alone. Where
    things exclude each other, the order is turned round, as long as that tells them apart.

    Args:
        things: In the order of how likely they are; each once.
        turned: Whether some of them turn it together.

    Returns:
        Empty when nothing is seen to turn it, and all together do not. Several sets when what is left without the
        first still turns it.
    """
    known: dict[frozenset[Thing], Answer] = {frozenset(): False}

    def ask(some: Sequence[Thing]) -> Answer:
        key = frozenset(some)
        if key not in known:
            known[key] = turned([each for each in things if each in key])
        return known[key]

    if things and ask(things[:1]):
        found = [Together(groups=[[things[0]]], along=[], seen=True)]
    elif not things or ask(things) is False:
        return []
    else:
        found = [_fewest(things, ask)]
    while found[-1].seen:
        left = [each for each in things if not any(each in one.all for one in found)]
        if not ask(left):
            break
        found.append(_fewest(left, ask))
    return found


def _fewest(things: Sequence[Thing], ask: Callable[[Sequence[Thing]], Answer]) -> Together[Thing]:
    """The fewest things that turn it, where all of them do."""
    groups: list[list[Thing]] = []
    along: list[Thing] = []
    left = list(things)
    while left:
        kept = [each for group in groups for each in group]
        alone = ask(kept)
        if alone:
            break
        # Where those that are kept tell nothing on their own, nobody knows whether more is needed.
        left, group, sure = _beginning(left, kept, ask, sure=alone is False)
        in_vain = 0
        while len(group) > 1 and in_vain < 2:
            before, fewer, sure = _beginning(group[::-1], kept + left, ask, sure=sure)
            in_vain = 0 if len(fewer) <= len(group) / 2 else in_vain + 1
            left, group = left + before, fewer
        if not sure:
            along = group
            break
        groups.append(group)
    named = [*(each for group in groups for each in group), *along]
    return Together(groups=groups[::-1], along=along, seen=ask(named) is True)


def _beginning(
    things: list[Thing], kept: list[Thing], ask: Callable[[Sequence[Thing]], Answer], *, sure: bool
) -> tuple[list[Thing], list[Thing], bool]:
    """The beginning of things that, with those that are kept, does not turn it yet; and those after which it does.

    Args:
        things: That turn it with those that are kept.
        kept: What they come to.
        ask: Whether some turn it.
        sure: Whether what is kept is known not to turn it.

    Returns:
        The last says whether the beginning is known not to turn it; it is empty where that is not known.
    """
    line = turn(0 if sure else -1, len(things), lambda place: ask(kept + things[:place]))
    start = max(line.after, 0)
    return things[:start], things[start : line.at], line.after >= 0
