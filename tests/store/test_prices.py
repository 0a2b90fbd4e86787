"""The table of prices that a project may have of its own, and what is said of one that is wrong."""

from __future__ import annotations

import pytest

from publisher.errors import UnreadableSettings
from publisher.model.cost import Prices
from publisher.store.prices import prices_of, read_prices
from publisher.store.project import project_at

OWN = """\
currency: EUR
providers:
- name: The university
  date: 2026-11-02
  source: the computing centre's list
  machines:
  - {name: node, cores: 48, memory: 192, hour: 0.5}
"""


def test_a_project_may_have_its_own(tmp_path):
    (tmp_path / "publisher.yml").write_text("prices: prices.yml\n")
    (tmp_path / "prices.yml").write_text(OWN)
    prices = prices_of(project_at(tmp_path))
    assert (prices.currency, prices.providers[0].machines[0].cores) == ("EUR", 48)


def test_without_its_own_the_shipped_table_counts(tmp_path):
    (tmp_path / "publisher.yml").write_text("paper: {title: A walk}\n")
    assert prices_of(project_at(tmp_path)).providers[0].name == "AWS"


@pytest.mark.parametrize("named", ["nowhere.yml", "../prices.yml"])
def test_a_file_that_is_not_of_the_project_is_named_with_its_line(tmp_path, named):
    (tmp_path / "prices.yml").write_text(OWN)
    root = tmp_path / "paper"
    root.mkdir()
    (root / "publisher.yml").write_text(f"paper: {{title: A walk}}\nprices: {named}\n")
    with pytest.raises(UnreadableSettings) as caught:
        prices_of(project_at(root))
    assert str(caught.value.where).endswith("publisher.yml:2")
    assert caught.value.what == f"prices: `{named}` is not a file of this project"


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("cores: 48", "cores: many", 7, "$.providers[0].machines[0].cores"),
        ("hour: 0.5", "hour: -1", 7, "$.providers[0].machines[0].hour"),
        ("hour: 0.5", "hours: 0.5", 7, "unknown key `providers.0.machines.0.hours`"),
        ("date: 2026-11-02", "date: last May", 4, "$.providers[0].date"),
        ("date: 2026-11-02", "date: 2026-02-30", 4, "providers.0.date: `2026-02-30` is no day"),
        ("currency: EUR", "currency: euros", 1, "$.currency"),
        ("  source: the", "  - the", 5, ""),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_key(tmp_path, before, after, line, said):
    path = tmp_path / "prices.yml"
    path.write_text(OWN.replace(before, after))
    with pytest.raises(UnreadableSettings) as caught:
        read_prices(path)
    assert str(caught.value.where) == f"{path}:{line}"
    assert said in caught.value.what


def test_a_table_may_be_empty(tmp_path):
    path = tmp_path / "prices.yml"
    path.write_text("# none\n")
    assert read_prices(path) == Prices()
