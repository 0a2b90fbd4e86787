"""The table of queries that Python and the pages share."""

from __future__ import annotations

import pytest

from publisher.errors import WrongUsage
from publisher.model.query import parsed
from tests import query_cases


@pytest.mark.parametrize(("query", "taken"), query_cases.cases())
def test_a_query_takes_the_runs_of_the_table(query: str, taken: str) -> None:
    runs = query_cases.rows()
    if taken == "refused":
        with pytest.raises(WrongUsage):
            parsed(query)
    else:
        assert " ".join(sorted(name for name, row in runs.items() if parsed(query).takes(row))) == taken
