"""Which outputs are kept as artifacts, and what they measure. Records live in git, so only what is small is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from publisher.model.files import in_words, is_figure, is_metrics
from publisher.model.patterns import matches
from publisher.model.tree import flat

RECORDS_GROW_LARGE = 200 * 1000 * 1000  #: bytes of `records/` from which on the user is warned


class Choice(Struct, frozen=True, kw_only=True):
    """What is kept, and what would have been if it were smaller."""

    kept: list[str]
    left_out: list[str]  #: in words: `out/movie.gif (3.2 MiB, more than 1 MiB)`


def is_wanted(path: str, patterns: Sequence[str]) -> bool:
    """Whether people want to see such an output: a figure, metrics, or what is named."""
    return is_figure(path) or is_metrics(path) or matches(path, patterns)


def chosen(sizes: Mapping[str, int], patterns: Sequence[str], *, file_limit: int, run_limit: int) -> Choice:
    """Which outputs are kept.

    Args:
        sizes: Path of each output in the project -> bytes.
        patterns: Outputs that are kept whatever their suffix.
        file_limit: Bytes that one may have.
        run_limit: Bytes that all of a run may have together; metrics come first, then the smallest.
    """
    wanted = [path for path in sizes if is_wanted(path, patterns)]
    kept: list[str] = []
    left_out: list[str] = []
    total = 0
    for path in sorted(wanted, key=lambda path: (not is_metrics(path), sizes[path], path)):
        size = sizes[path]
        if size > file_limit:
            left_out.append(f"{path} ({in_words(size)}, more than {in_words(file_limit)})")
        elif total + size > run_limit:
            left_out.append(f"{path} ({in_words(size)}, the run's {in_words(run_limit)} are used up)")
        else:
            total += size
            kept.append(path)
    return Choice(kept=sorted(kept), left_out=left_out)


def metrics_in(values: Mapping[str, Any]) -> dict[str, int | float]:
    """The numbers in a metrics file, by dotted name; everything else in it is passed over."""
    return {
        name: value
        for name, value in flat(values).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def metrics_files(outputs: Iterable[str], named: str | None) -> list[str]:
    """The outputs that hold metrics: the one that a step names, else all with such a name."""
    if named:
        return [path for path in outputs if path == named]
    return [path for path in outputs if is_metrics(path)]
