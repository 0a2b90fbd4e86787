"""What re-runs came to, counted from rows alone: what the page, the home page and the badge answer. Pure.

Nothing is claimed that was not measured: a run that was not re-run counts in every total, and as that. No
sentence made here says more than "re-run matches"; whether results were reproduced is for others to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from publisher.model.row import UNVERIFIED, Row
from publisher.model.verification import MATCHES
from publisher.publish import words

#: `matches`: every run was re-run and matches. `partly`: those that could be re-run match, and there are others.
#: `differs`: a re-run came out otherwise, or failed. `blocked`: none could be re-run. `unknown`: none was.
State = Literal["matches", "partly", "differs", "blocked", "unknown"]

MARKS: dict[State, words.Mark] = {
    "matches": words.Mark("✓", "re-run matches", "good"),
    "partly": words.Mark("✓", "re-run matches", "held"),
    "differs": words.Mark("≠", "re-run differs", "bad"),
    "blocked": words.Mark("⊘", "could not be re-run", "held"),
    "unknown": words.Mark("·", "not re-run", "none"),
}


class Standing(Struct, frozen=True, kw_only=True):
    """How many of the published runs were re-run, and what it came to."""

    runs: int  #: that ended
    open: int  #: that are under way or lost, so that there is nothing to compare with
    counts: dict[str, int]  #: by verdict, in the order of verdicts; those that there are
    checked: str  #: when the newest verdict was found, UTC; empty when there is none

    @property
    def matching(self) -> int:
        """Runs whose re-run matches."""
        return sum(self.counts.get(each, 0) for each in MATCHES)

    @property
    def differing(self) -> int:
        """Runs whose re-run came out otherwise, or failed."""
        return self.counts.get("different", 0) + self.counts.get("failed", 0)

    @property
    def blocked(self) -> int:
        """Runs that could not be re-run."""
        return self.counts.get("blocked", 0)

    @property
    def unverified(self) -> int:
        """Runs that were never re-run."""
        return self.counts.get(UNVERIFIED, 0)

    @property
    def state(self) -> State:
        """All of it in a word."""
        if self.differing:
            return "differs"
        if self.matching:
            return "matches" if self.matching == self.runs else "partly"
        return "blocked" if self.blocked else "unknown"

    @property
    def mark(self) -> words.Mark:
        """That word with its shape."""
        return MARKS[self.state]

    @property
    def count(self) -> str:
        """Of how many runs the word is said: `24 of 26 runs`, `26 runs`, `no runs`."""
        told = {
            "differs": self.differing,
            "blocked": self.blocked,
            "unknown": self.unverified,
        }.get(self.state, self.matching)
        if not self.runs:
            return "no runs"
        whole = words.plural(self.runs, "run")
        if told != self.runs:
            return f"{words.count(told)} of {whole}"
        return f"all {whole}" if self.state in ("matches", "differs") and self.runs > 1 else whole


def standing(rows: Sequence[Row]) -> Standing:
    """What re-runs of these runs came to."""
    ended = [row for row in rows if row.status not in ("running", "lost")]
    counted = Counter[str](row.verdict for row in ended)
    return Standing(
        runs=len(ended),
        open=len(rows) - len(ended),
        counts={each: counted[each] for each in words.VERDICT if each in counted},
        checked=max((row.verified for row in ended), default=""),
    )


def answer(told: Standing) -> tuple[str, str]:
    """Whether the work can be re-run and matches: a word or two, and a sentence with the numbers behind it."""
    if not told.runs:
        return "Nothing to re-run yet", "No run that ended is published on this site."
    if told.state == "unknown":
        none = "The one run" if told.runs == 1 else f"None of the {words.plural(told.runs, 'run')}"
        return "Nobody has tried yet", f"{none} has {'not ' if told.runs == 1 else ''}been re-run."
    if told.state == "blocked":
        return "It could not be tried", f"{_rest(told)}."
    runs = words.plural(told.runs, "run")
    if told.state == "matches":
        every = "The one run was" if told.runs == 1 else f"All {runs} were"
        return "Yes", f"{every} re-run, and {'it matches' if told.runs == 1 else 'all match'}."
    rest = _rest(told)
    if told.state == "partly":
        verb = "matches" if told.matching == 1 else "match"
        return (
            "As far as it was tried",
            f"Of {runs}, {words.count(told.matching)} {verb} when re-run; {rest}.",
        )
    parts = [(told.matching, "matches", "match"), (told.counts.get("different", 0), "differs", "differ")]
    parts.append((told.counts.get("failed", 0), "fails", "fail"))
    said = [
        f"{words.count(count) if count else 'none'} {one if count == 1 else many}"
        for count, one, many in parts
    ]
    said = [each for each, part in zip(said, parts, strict=True) if part[0] or part[1] == "matches"]
    first = f"{', '.join(said[:-1])} and {said[-1]} when re-run"
    return "Not all of it", f"Of {runs}, {first}{f'; {rest}' if rest else ''}."


def _rest(told: Standing) -> str:
    """What was not compared: `1 could not be re-run, 3 have not been re-run`."""
    parts = [f"{words.count(told.blocked)} could not be re-run"] if told.blocked else []
    if told.unverified:
        parts.append(
            f"{words.count(told.unverified)} {'has' if told.unverified == 1 else 'have'} not been re-run"
        )
    if told.state == "blocked" and not told.unverified:
        return (
            f"The one run {parts[0][2:]}"
            if told.runs == 1
            else f"None of the {words.plural(told.runs, 'run')} could be re-run"
        )
    text = ", ".join(parts)
    return f"Of {words.plural(told.runs, 'run')}, {text}" if told.state == "blocked" else text
