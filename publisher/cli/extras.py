"""What some commands need besides the core, and a sentence where it is not installed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from publisher.errors import PublisherError


class NotInstalled(PublisherError):
    """A library is needed that the core does without."""


@contextlib.contextmanager
def site_needed_for(doing: str) -> Iterator[None]:
    """Within it, a library of the extra `site` that is missing is a sentence.

    Raises:
        NotInstalled: One is.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("publisher"):
            raise
        raise NotInstalled(
            f"{doing} needs {error.name}, which is not installed",
            hint='get it with `pip install "provenance-publisher[site]"`',
        ) from error
