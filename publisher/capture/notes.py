"""What goes wrong while somebody else's program runs: noted, never raised."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from publisher.errors import PublisherError
from publisher.model.places import without_places
from publisher.model.secrets import masked
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


def sentence(text: str, root: Path) -> str:
    """A problem as a record says it: without credentials, and without paths that only this machine has.

    Every text that goes into `problems` passes here.
    """
    return masked(without_places(text, root=str(root), home=os.path.expanduser("~")))
