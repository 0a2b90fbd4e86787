"""What goes wrong while somebody else's program runs: noted, never raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from publisher.errors import PublisherError
from publisher.probe.git import NoAnswer

T = TypeVar("T")


class Notes:
    """What could not be seen or kept, and what the user should hear."""

    def __init__(self) -> None:
        self.problems: list[str] = []  #: go into the record
        self.told: list[str] = []  #: go to the user alone

    def attempt(self, doing: str, look: Callable[[], T]) -> T | None:
        """What a look finds; None when it breaks, and then a problem is noted."""
        try:
            return look()
        except (OSError, PublisherError, NoAnswer) as error:
            self.problems.append(f"could not {doing}: {first_line(error)}")
        except Exception as error:
            self.problems.append(
                f"could not {doing}, by a mistake of publisher: {type(error).__name__}: {error}"
            )
        return None


def first_line(error: Exception) -> str:
    """What an error says, without its advice."""
    return str(error).partition("\n")[0]
