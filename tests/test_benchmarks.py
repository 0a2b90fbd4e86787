"""The benchmarks run: with few records, and without a look at what they measure."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import editions, verify


@pytest.mark.parametrize("name", ["run", "list", "fill", "build", "verify", "compare", "editions", "changes"])
def test_a_benchmark_runs_and_says_its_figures(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmarks, "MANY", 3)
    monkeypatch.setattr(benchmarks, "PAGES", 3)
    monkeypatch.setattr(benchmarks, "TIMES", 1)
    monkeypatch.setattr(editions, "RUNS", 3)
    monkeypatch.setattr(editions, "MANY", 3)
    monkeypatch.setattr(editions, "EDITIONS", 2)
    monkeypatch.setattr(verify, "RUNS", 2)
    monkeypatch.setattr(verify, "LINES", 3000)
    benchmarks.BENCHMARKS[name](tmp_path)
    assert "CPU" in capsys.readouterr().out
