"""The table of prices of machines: the one that ships with us, or the project's own."""

from __future__ import annotations

from pathlib import Path

from publisher.errors import UnreadableSettings
from publisher.model.cost import Prices, is_day
from publisher.model.project import Project
from publisher.shipped import shipped
from publisher.store.project import SETTINGS, read_as

SHIPPED = "prices.yml"


def prices_of(project: Project) -> Prices:
    """The prices that a project's pages go by: of the file that `prices:` in `publisher.yml` names, else ours.

    Raises:
        UnreadableSettings: The file is not there, lies elsewhere, or cannot be understood; file, line and key are
            named.
    """
    named = project.settings.prices
    if named is None:
        return read_prices(shipped(SHIPPED))
    path = project.root / named
    if not path.resolve().is_relative_to(project.root.resolve()) or not path.is_file():
        from publisher.store.yaml import line_of

        settings = project.root / SETTINGS
        where = (
            f"{settings}:{line_of(settings.read_text('utf-8'), ['prices'])}" if project.configured else None
        )
        raise UnreadableSettings(
            f"prices: `{named}` is not a file of this project",
            where=where,
            hint="name one relative to publisher.yml, or leave `prices` out for the table that publisher ships",
        )
    return read_prices(path)


def read_prices(path: Path) -> Prices:
    """A table of prices.

    Raises:
        UnreadableSettings: It cannot be understood; file, line and key are named.
    """
    prices, text = read_as(Prices, path)
    for number, provider in enumerate(prices.providers):
        if not is_day(provider.date):
            from publisher.store.yaml import line_of

            key: list[str | int] = ["providers", number, "date"]
            raise UnreadableSettings(
                f"providers.{number}.date: `{provider.date}` is no day", where=f"{path}:{line_of(text, key)}"
            )
    return prices
