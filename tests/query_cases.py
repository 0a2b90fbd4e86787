"""Queries and the runs that they take, for all who speak the language: Python and the pages.

`cases/queries.txt` has a case a line: a query, ` -> `, and the names of the runs that it takes; `refused` stands
for a query that is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec.structs import replace

from publisher.model.row import Row
from publisher.store.records import record_name

_FACTS: dict[str, dict[str, Any]] = {
    "first": {
        "status": "failed",
        "started": "2026-11-23T06:35:12.482913Z",
        "duration": 3.25,
        "reason": "does a Finer mesh move the exponent?",
        "label": "reference",
        "step": "coarsening",
        "outcome": "agrees with 1/3",
        "command": "python simulate.py params.json",
        "commit": "08d04df6a9b561eb146d3a7461f763869fdc48a7",
        "branch": "feature/mesh",
        "environment": "0123456789abcdef",
        "verdict": "close",
        "author": "Ada Example",
        "tags": ["fig3", "two words"],
        "parameters": {
            "mesh.dt": 0.05,
            "mesh.n": 128,
            "other.n": 7,
            "seed": 1,
            "scheme": "explicit",
            "adaptive": True,
            "said": "true",
            "name": "0123",
            "small": "1e-3",
            "lost": float("nan"),
            "far": float("inf"),
            "none": None,
            "grid": [64, 128],
            "words": ["a", "b"],
            "large": 10**30,
            "note": "a=b",
            "tree": {},
        },
        "metrics": {"exponent": 0.331, "energy.final": -12.5, "lost.metric": float("nan")},
    },
    "second": {
        "status": "completed",
        "started": "2026-11-24T06:35:12.000001Z",
        "duration": 61.0,
        "reason": "Größe ΣΑΣ",
        "step": "figure",
        "command": "python plot.py",
        "commit": "18d04df6a9b561eb146d3a7461f763869fdc48a7",
        "branch": "main",
        "environment": "0223456789abcdef",
        "verdict": "different",
        "dirty": True,
        "author": "Ünal STRASSE",
        "tags": ["fig4"],
        "parameters": {
            "n": 9,
            "mesh.dt": 1,
            "seed": 2,
            "scheme": "implicit",
            "adaptive": False,
            "large": 2**53 + 1,
        },
        "metrics": {"exponent": 0.32, "n": 5},
    },
    "third": {
        "status": "running",
        "started": "2026-11-23T06:35:12.000000Z",
        "command": "true",
        "parameters": {"seed": "1", "none": 0, "grid": [64, 128.0], "far": -1e300, "a.b": 1, "exponent": 1.0},
        "metrics": {"mesh.n": 1e-5},
    },
    "fourth": {
        "status": "lost",
        "started": "2025-01-01T00:00:00.500000Z",
        "duration": 0.5,
        "reason": 'see: this, where a<b and "quotes" stand; a mesh-free method',
        "label": "fig3",
        "command": "python \\ 'x'",
        "tags": ["é", "a b"],
        "parameters": {
            "duration": 5,
            "dt": -0.0,
            "odd name": 3,
            "naïve": 4,
            "x-y": 0.25,
            "big[0]": 12,
            "p/q": 1e22,
        },
    },
}


def rows() -> dict[str, Row]:
    """The runs by name, oldest first."""
    found = {
        name: Row(id=f"{number}f3a9c1e5b0{number}", name="", **facts)
        for number, (name, facts) in enumerate(_FACTS.items(), 1)
    }
    return {name: _named(row) for name, row in sorted(found.items(), key=lambda each: each[1].started)}


def _named(row: Row) -> Row:
    return replace(row, name=record_name(row.started, row.id))


def cases() -> list[tuple[str, str]]:
    """Every query with the names of the runs that it takes, sorted, or `refused`."""
    text = (Path(__file__).parent / "cases" / "queries.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(query, taken.strip()) for query, _, taken in (line.rpartition(" ->") for line in lines)]
