"""Something moves: how long work tells that it goes on, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Hands the items on, and may draw a bar while it does."""

    def __call__(self, items: Iterable[T], *, doing: str, total: int) -> Iterator[T]: ...


def silent(items: Iterable[T], *, doing: str, total: int) -> Iterator[T]:
    """The progress that nobody watches."""
    return iter(items)
