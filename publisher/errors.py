"""What can go wrong, as sentences a person can act on.

Every error that a user may meet is a `PublisherError`: it says what is wrong, where (a file, a line, a
key), and what to try. It does not know how it is printed; only the command line and the plugin catch it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path


class PublisherError(Exception):
    """What is wrong, where, and what to try."""

    exit_code = 1  #: what the command line returns for it

    def __init__(self, what: str, *, where: Path | str | None = None, hint: str = "") -> None:
        super().__init__(what)
        self.what = what  #: one sentence, no full stop
        self.where = where  #: file, optionally with `:line`, or a key; None when the sentence says it
        self.hint = hint  #: what to do about it; empty when there is nothing to advise

    @property
    def in_a_line(self) -> str:
        """Where and what, without the hint."""
        return f"{self.where}: {self.what}" if self.where is not None else self.what

    def __str__(self) -> str:
        return f"{self.in_a_line}\n  {self.hint}" if self.hint else self.in_a_line


class WrongUsage(PublisherError):
    """The command line was not understood."""

    exit_code = 2


class NoSuchParameter(WrongUsage):
    """A parameter is to be overridden that the parameter file lacks."""


class Refused(PublisherError):
    """It could be done, but the settings of the project forbid it."""

    exit_code = 3


class CodeNotCommitted(Refused):
    """The working tree differs from its commit, and `on_dirty: error` is set."""


class UnreadableYaml(PublisherError):
    """A text is not the YAML that we read."""


class UnreadableRecord(PublisherError):
    """A record file cannot be read as a record."""


class UnreadableSettings(PublisherError):
    """`publisher.yml` cannot be read, or says something that we do not know."""

    exit_code = 2


class UnreadableParameters(PublisherError):
    """A parameter file cannot be read, so nothing in it can be overridden."""

    exit_code = 2


class NoSuchRun(PublisherError):
    """No record, or more than one, answers to a name."""


class BrokenSite(PublisherError):
    """A built site lacks something that was promised."""


class NotWritten(PublisherError):
    """Something could not be written where it belongs."""


#: What the system says of a full disk, of a quota, and of missing rights: no mistake of ours.
NO_ROOM = frozenset(
    getattr(errno, name)
    for name in ("EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "EFBIG")
    if hasattr(errno, name)
)


def one_of(names: Iterable[str], *, most: int = 3) -> str:
    """Names as they read in a sentence: at most `most` of them, and how many more there are."""
    listed = list(names)
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def nearest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The known names that a mistyped one may have meant, the likeliest first."""
    from difflib import get_close_matches

    known = list(known)
    last_parts = {each: each.rpartition(".")[2] for each in known}
    same_end = [each for each, last in last_parts.items() if last == name.rpartition(".")[2]]
    alike = get_close_matches(name, known, n=most, cutoff=0.5)
    return list(dict.fromkeys([*same_end, *alike]))[:most]
