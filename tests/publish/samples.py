"""Projects with records in them, written by the store, for tests of pages: no program is run."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import msgspec

from publisher.model.environment import Environment, Python, System
from publisher.model.project import Project, Settings
from publisher.model.record import (
    Annotations,
    Author,
    Code,
    FileRef,
    Log,
    Note,
    Parameters,
    Record,
    Resources,
)
from publisher.model.verification import Finding, Machine, Verification, verdict_of
from publisher.store.artifacts import keep
from publisher.store.environments import keep_environment
from publisher.store.records import facts_and_rest, read_bytes, record_name, seal_of, text_of, write_record
from publisher.store.verifications import write_verification

COMMIT = "08d04df6a9b561eb146d3a7461f763869fdc48a7"
REASON = "does a finer mesh move the exponent?"


def png(width: int = 320, height: int = 240, seed: int = 1) -> bytes:
    """A picture with waves in it."""
    from math import cos, sin

    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            wave = sin(x * (6 + seed) / width * 3) * cos(y * (5 + seed) / height * 3)
            rows += bytes((int(120 + 100 * wave), int(110 + 60 * wave), int(140 - 90 * wave)))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(rows)))
        + chunk(b"IEND", b"")
    )


def project_at(root: Path) -> Project:
    """An empty project."""
    root.mkdir(parents=True, exist_ok=True)
    return Project(root=root, settings=Settings(), configured=False)


def run_id(number: int) -> str:
    """The id of the run of a number."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:12]


def record(project: Project, number: int = 1, **facts: Any) -> Record:
    """A record in the store: one of a study over a mesh, all alike but for what is given."""
    minute, hour = number % 60, number // 60 % 24
    nx = (64, 128, 256)[number % 3]
    fields: dict[str, Any] = {
        "schema": 1,
        "id": run_id(number),
        "status": "completed",
        "reason": REASON,
        "command": ["python", "simulate.py", "params.json"],
        "step": "coarsening",
        "started": f"2026-11-{1 + number // 1440:02d}T{hour:02d}:{minute:02d}:12.482913Z",
        "duration": 3.260912 + number % 7,
        "exit_code": 0,
        "resources": Resources(cpu_time=3.11, peak_memory=84123648, processes=1, cores=2),
        "code": Code(
            repository="https://github.com/someone/paper",
            commit=COMMIT,
            branch="main",
            swhid=f"swh:1:rev:{COMMIT}",
            main_file="simulate.py",
        ),
        "parameters": Parameters(
            file="params.json",
            overrides={"seed": number},
            values={
                "seed": number,
                "mobility": 1.0,
                "dt": 0.1,
                "mesh": {"nx": nx, "ny": 64, "boundary": "periodic"},
                "scheme": "semi-implicit",
                "steps": 20000,
            },
        ),
        "environment": environment(project),
        "imports": {"numpy": "2.4.6", "scipy": "1.17.0"},
        "inputs": [FileRef(path="data/in.csv", sha256="1" * 64, size=1048576, seen_by="argument")],
        "outputs": [
            FileRef(path="out/energy.csv", sha256="2" * 64, size=2210, seen_by="changed"),
        ],
        "metrics": {"exponent": 0.331 + number % 10 / 1000, "energy": 12.7 + number},
        "author": Author(name="Ada Example", email="ada@example.org"),
    }
    made = Record(**(fields | facts))
    write_record(project.records, made)
    return made


def verification(project: Project, of: Record, *outcomes: str, **facts: Any) -> Verification:
    """A verification in the store, by whoever is given: of outputs that came out in these ways."""
    path = project.records / record_name(of.started, of.id)
    findings = [
        Finding(path=f"out/{number}.csv", outcome=each, how="bytes")  # type: ignore[arg-type]
        for number, each in enumerate(outcomes, 1)
    ]
    fields: dict[str, Any] = {
        "schema": 1,
        "run": of.id,
        "verdict": verdict_of(findings) or "blocked",
        "started": "2026-11-12T02:00:00.000000Z",
        "duration": 3.1,
        "record": seal_of(facts_and_rest(text_of(read_bytes(path), path))[0]),
        "findings": findings,
        "author": Author(name="Ada Example"),
        "machine": Machine(system="Linux 6.1, x86_64"),
    }
    made = Verification(**(fields | facts))
    write_verification(project.records, made)
    return made


def environment(project: Project) -> str:
    """An environment in the store."""
    return keep_environment(
        project,
        Environment(
            schema=1,
            system=System(
                name="Linux",
                release="6.1.0",
                machine="x86_64",
                distribution="Debian 13",
                cpu="Example 9",
                cores=8,
                memory=16_000_000_000,
            ),
            python=Python(
                implementation="CPython",
                version="3.11.7",
                packages={f"package-{n}": f"1.{n}" for n in range(40)}
                | {"numpy": "2.4.6", "scipy": "1.17.0"},
            ),
            variables={"OMP_NUM_THREADS": "2", "LANG": "C.UTF-8"},
        ),
    )


def kept(project: Project, path: str, data: bytes) -> FileRef:
    """An output that was kept."""
    return FileRef(
        path=path, sha256=keep(project, data, path), size=len(data), seen_by="changed", artifact=True
    )


def log(project: Project, stdout: bytes = b"", stderr: bytes = b"", truncated: bool = False) -> Log:
    """A log that was kept."""
    return Log(
        stdout=f"sha256:{keep(project, stdout, 'stdout.txt')}" if stdout else None,
        stderr=f"sha256:{keep(project, stderr, 'stderr.txt')}" if stderr else None,
        truncated=truncated,
    )


def all_of(project: Project, text: str) -> dict[str, Any]:
    """Facts of a record that say one text wherever a text can stand."""
    patch = f"sha256:{keep(project, text.encode(), 'x.patch')}"
    parameters = Parameters(file=text, values={text: text}, overrides={text: text}, problem=text)
    return {
        **dict.fromkeys(("reason", "label", "step", "directory"), text),
        "command": [text],
        "code": Code(
            repository=f"https://github.com/a/b{text}",
            commit=text,
            branch=text,
            main_file=text,
            changed=[text],
            left_out=[text],
            patch=patch,
        ),
        "parameters": parameters,
        "metrics": {text: 1.0},
        "imports": {text: text},
        "problems": [text],
        "log": log(project, text.encode(), text.encode()),
        "author": Author(name=text),
        "annotations": Annotations(tags=[text], outcome=text, notes=[Note(text=text, by=text)]),
    }


PATCH = b"""\
diff --git a/simulate.py b/simulate.py
index 1111111..2222222 100644
--- a/simulate.py
+++ b/simulate.py
@@ -10,7 +10,8 @@ def step(field, dt):
     spectrum = fft(field)
-    spectrum *= 1 - dt * k2
+    spectrum /= 1 + dt * k2
+    spectrum[cut] = 0  # <b>dealias</b>
     return ifft(spectrum).real
"""


def notebook(*cells: dict[str, Any]) -> str:
    """The text of a notebook."""
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def code_cell(source: str, *outputs: dict[str, Any], count: int | None = 1) -> dict[str, Any]:
    """A cell of code with its outputs."""
    return {
        "cell_type": "code",
        "id": hashlib.sha256(source.encode()).hexdigest()[:8],
        "metadata": {},
        "source": source,
        "execution_count": count,
        "outputs": list(outputs),
    }


def text_cell(source: str) -> dict[str, Any]:
    """A cell of Markdown."""
    return {
        "cell_type": "markdown",
        "id": hashlib.sha256(source.encode()).hexdigest()[:8],
        "metadata": {},
        "source": source,
    }


def shows(**data: Any) -> dict[str, Any]:
    """An output that displays: `shows(text_html="<b>")`."""
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {k.replace("_", "/", 1): v for k, v in data.items()},
    }


def paper(root: Path) -> Project:
    """A small paper with everything in it that a page may meet."""
    project = project_at(root)
    figure = kept(project, "out/field.png", png(seed=2))
    chart = kept(
        project,
        "out/energy.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 120"><script>window.hacked=1</script>'
        b'<path d="M10 10 C 60 90 90 95 190 100" fill="none" stroke="navy" stroke-width="2"/></svg>',
    )
    for number in range(1, 9):
        record(
            project,
            number,
            outputs=[
                kept(project, "out/field.png", png(seed=number)),
                kept(project, "out/metrics.json", b'{"exponent": 0.331}'),
            ],
        )
    record(
        project,
        9,
        label="final",
        outputs=[
            figure,
            chart,
            kept(project, "out/report.html", b"<script>alert(1)</script>"),
            FileRef(path="out/huge.h5", sha256="4" * 64, size=3_400_000_000, seen_by="traced"),
        ],
        code=Code(
            repository="git@github.com:someone/paper.git",
            commit=COMMIT,
            branch="main",
            changed=["simulate.py"],
            patch=f"sha256:{keep(project, PATCH, 'run.patch')}",
            main_file="simulate.py",
        ),
        log=log(
            project,
            b"\x1b[1mstep\x1b[0m 1 energy 12.9\nstep 2 energy \x1b[32m12.7\x1b[0m\n\xff\xfe raw\n" * 12,
            b"\x1b[31;1mwarning\x1b[0m: the mesh is coarse\n",
        ),
        annotations=Annotations(
            tags=["fig3", "mesh study"],
            outcome="exponent agrees with 1/3 within its error",
            notes=[
                Note(
                    text="Checked against the table of the 2019 paper.\nThe last decimal differs.",
                    at="2026-11-24T09:00:00Z",
                    by="Ada Example",
                )
            ],
        ),
    )
    record(
        project,
        10,
        status="failed",
        exit_code=1,
        metrics={},
        outputs=[],
        reason="mobility that is far too large",
        log=log(
            project,
            stderr=b'Traceback (most recent call last):\n  File "simulate.py"\nFloatingPointError: overflow\n',
        ),
        problems=["`out/metrics.json` could not be read: Expecting value: line 1 column 1"],
    )
    record(
        project,
        11,
        status="interrupted",
        exit_code=None,
        signal="SIGINT",
        received=["SIGINT"],
        metrics={},
        outputs=[],
        reason=None,
    )
    record(
        project,
        12,
        status="running",
        exit_code=None,
        duration=None,
        metrics={},
        outputs=[],
        reason="a long one over the night",
    )
    record(
        project,
        13,
        step=None,
        reason=None,
        command=["python", "-c", "print('two words')"],
        parameters=None,
        metrics={},
        inputs=[],
        outputs=[],
        environment=None,
        imports={},
    )
    broken = project.records / "runs" / "2026-11" / f"20261101T000830-{'b' * 12}.yml"
    broken.write_text("schema: 1\nid: bbbbbbbbbbbb\n<<<<<<< HEAD\nstatus: completed\n")
    (root / "analysis.ipynb").write_text(
        notebook(
            text_cell(
                "# Growth of domains\n\nThe exponent should be $1/3$; see [theory](https://example.org/theory)."
            ),
            code_cell(
                "import numpy as np\nprint(np.arange(3))",
                {"output_type": "stream", "name": "stdout", "text": "[0 1 2]\n"},
            ),
            code_cell(
                "table",
                shows(
                    text_html="<style scoped>.dataframe {color: red}</style>"
                    "<table class='dataframe'>"
                    "<thead><tr><th></th><th>nx</th><th>exponent</th></tr></thead>"
                    "<tbody><tr><th>0</th><td>64</td><td>0.329</td></tr><tr><th>1</th><td>128</td><td>0.331</td></tr></tbody></table>"
                    "<script>window.hacked = 1</script><img src=x onerror='window.hacked=1'>",
                    text_plain="table",
                ),
                count=2,
            ),
            code_cell(
                "plot()",
                shows(image_png=__import__("base64").b64encode(png(seed=5)).decode(), text_plain="<Figure>"),
                count=3,
            ),
        )
    )
    return project


def encoded(value: Any) -> bytes:
    """A value as JSON."""
    return msgspec.json.encode(value)
