"""One thing that a project needs on a machine, and how it is there. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

State = Literal["right", "done", "missing", "other", "unavailable", "yours"]


class Piece(Struct, frozen=True, kw_only=True):
    """A file, an environment, or a package of the system.

    `right`: it was here as it should be. `done`: it was brought now. `missing`: it is not here. `other`: something
    else is in its place, or was at its address. `unavailable`: it cannot be had. `yours`: it is left to a person.
    """

    kind: Literal["system", "data", "environment"]
    name: str  #: a path in the project, or the name of a package
    state: State
    told: str  #: how it is, as the rest of a sentence that begins with its name
    hint: str = ""  #: what to do about it


def exit_code(pieces: Sequence[Piece]) -> int:
    """0 when all is there, 1 when something is missing or is another one, else 3 when something cannot be had."""
    states = {each.state for each in pieces}
    return 1 if states & {"missing", "other"} else 3 if "unavailable" in states else 0
