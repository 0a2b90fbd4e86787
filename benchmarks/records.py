"""Many records, made in no time: what a large study looks like on disk."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.model.record import (
    SCHEMA,
    Annotations,
    Author,
    Code,
    FileRef,
    Log,
    Parameters,
    Record,
    Resources,
)
from publisher.store.records import write_record

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def record(number: int, environment: str | None = None) -> Record:
    """A record as a real study leaves it: 100 lines or so."""

    def digest(*words: object) -> str:
        return hashlib.sha256(repr(words).encode()).hexdigest()

    started = (BEGIN + timedelta(seconds=97 * number)).isoformat(timespec="microseconds")
    names = ["energy.csv", "field.png", "growth.png", "metrics.json"]
    return Record(
        schema=SCHEMA,
        id=digest("run", number)[:12],
        status="failed" if number % 50 == 7 else "completed",
        reason=f"does a mesh of {64 + number % 5 * 32} cells move the exponent?",
        command=["python", "simulate.py", "params.json", f"seed={number}"],
        step="coarsening",
        started=started.replace("+00:00", "Z"),
        duration=3.0 + number % 7 / 10,
        exit_code=int(number % 50 == 7),
        resources=Resources(cpu_time=3.1, peak_memory=84_123_648, processes=1, cores=2),
        code=Code(
            repository="https://example.org/paper",
            commit=digest("commit", number // 100)[:40],
            branch="main",
            swhid=f"swh:1:rev:{digest('commit', number // 100)[:40]}",
            main_file="simulate.py",
        ),
        parameters=Parameters(
            file="params.json",
            sha256=digest("params"),
            overrides={"seed": number},
            values={
                "mesh": {"n": 64 + number % 5 * 32, "length": 64.0},
                "seed": number,
                "mobility": 1.0,
                "dt": 0.1,
                "end": 400.0,
                "kappa": 1.0,
                "scheme": "semi-implicit",
            },
        ),
        environment=environment,
        imports={"numpy": "2.4.6", "matplotlib": "3.11.2"},
        inputs=[FileRef(path="data/in.csv", sha256=digest("in"), size=1_048_576, seen_by="traced")],
        outputs=[
            FileRef(path=f"out/{name}", sha256=digest(name, number), size=2210, seen_by="traced")
            for name in names
        ],
        metrics={"exponent": 0.33 + number % 11 / 1000, "energy": 12.7, "mass_drift": 1.1e-16},
        log=Log(stdout=f"sha256:{digest('log', number)}"),
        author=Author(name="Ada Example", email="ada@example.org"),
        annotations=Annotations(tags=["fig3"] if number % 10 == 0 else []),
    )


def write_many(records: Path, count: int) -> None:
    """Write so many records below a folder."""
    for number in range(count):
        write_record(records, record(number))
