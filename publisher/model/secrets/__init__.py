"""Credentials in texts, so that none reaches a record: their forms, their names, and texts without them. Pure.

Masking knows the forms that tokens of common services have, the names under which people keep passwords, and the
values of secret environment variables. A value that none of these gives away is not recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publisher.model.secrets.masking import Masking as Masking
from publisher.model.secrets.masking import found_in as found_in
from publisher.model.secrets.masking import may_be_shown as may_be_shown
from publisher.model.secrets.masking import was_cut as was_cut
from publisher.model.secrets.names import keeps_secrets as keeps_secrets
from publisher.model.secrets.names import names_a_secret as names_a_secret
from publisher.model.secrets.values import MASK as MASK

VERSION = 1  #: of the tables; what was found by older ones is looked for again

_plain = Masking()


def masked(text: str) -> str:
    """Return the text with every recognised credential replaced by `(masked)`."""
    return _plain.text(text)


def masked_bytes(data: bytes) -> bytes:
    """Return the output of a program with credentials masked; the same bytes when there are none."""
    return _plain.bytes(data)


def masked_changes(patch: str) -> str:
    """Return a patch without credentials, with as many lines as before."""
    return _plain.patch(patch)


def masked_command(words: Sequence[str]) -> list[str]:
    """Return a command without credentials: `--token=x`, `--password x` and all known forms are masked."""
    return _plain.command(words)


def masked_values(value: Any, name: str = "") -> Any:
    """Return a tree of parameters without credentials, recognised by name and by form."""
    return _plain.values(value, name)
