"""Cells of CSV: no formula, one line, numbers as they are; the same in Python and on the page."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.row import row_of
from publisher.standards.rows_csv import cell, export
from tests.factory import NASTY, a_record, with_parameters

CASES = json.loads((Path(__file__).parents[1] / "cases" / "cells.json").read_text("utf-8"))


def written(value: Any) -> str:
    """A value as it stands in a line between two commas."""
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerow(
        ["x", value if type(value) in (int, float) else cell(value), "x"]
    )
    return out.getvalue()[2:-3]


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["value"])[:40])
def test_a_cell_is_as_the_table_of_cases_has_it(case: dict[str, Any]) -> None:
    assert written(case["value"]) == case["cell"]


@given(st.text() | st.sampled_from(NASTY))
def test_no_cell_begins_a_formula_and_each_is_one_line(text: str) -> None:
    (found,) = next(csv.reader([f"{written(text)}\n"])) if text else ("",)
    assert len(found.splitlines()) <= 1
    assert not found.lstrip(" '\"").startswith(("=", "@", "＝", "＋", "－", "＠")) or found.startswith("'")
    assert "\t" not in found and "\x1b" not in found


def test_a_header_is_no_formula_either() -> None:
    text = export(
        [row_of(a_record(parameters=with_parameters(**{"=1+1": 1, "a\n=1": 2}), metrics={"\t=x": 1.5}), "x")]
    )
    header, line = text.splitlines()
    assert "param.a␤=1" in header and text.count("\n") == 2
    assert line.endswith(",1,2,1.5")


def test_numbers_are_written_as_numbers() -> None:
    values = {"a": -0.5, "b": -3, "c": float("-inf"), "d": 1e-05, "e": float("nan"), "f": 10**30}
    (found,) = csv.DictReader(StringIO(export([row_of(a_record(parameters=with_parameters(**values)), "x")])))
    assert [found[f"param.{name}"] for name in values] == ["-0.5", "-3", "-inf", "1e-05", "nan", str(10**30)]
