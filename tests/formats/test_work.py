"""Contents that were made to take for ever: the comparison of them ends. Nothing here looks at a clock.

Each is compared by a program of its own, which is given far more time than it needs: what used to take hours does
not end within it, on any machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from publisher.formats.tally import Tally
from tests.formats.pairs import finding

LIMIT = 120  #: seconds
PROGRAM = """
import sys
from pathlib import Path
from tests.formats.pairs import finding
name, one, other = sys.argv[1:]
print(finding(name, Path(one).read_bytes(), Path(other).read_bytes()).outcome)
"""


def pdf(inside: bytes, info: bytes = b"/Title (a)") -> bytes:
    """A PDF with one object, its information, and something before its table."""
    begin = b"%PDF-1.4\n"
    body = begin + b"1 0 obj\n<<" + info + b">>\nendobj\n" + inside
    table = b"xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n" % len(begin)
    return body + table + b"trailer\n<</Info 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def svg(name: str) -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg'><g id='{name}'/></svg>".encode()


def printed(times: int) -> bytes:
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 1000}
    cell = {"cell_type": "code", "source": "", "outputs": [output] * times}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}).encode()


MADE_TO_TAKE_LONG: dict[str, tuple[str, bytes, bytes]] = {
    "a dictionary of a PDF that ends otherwise": (
        "a.pdf",
        pdf(b"", b"/Kn (v)  " * 40 + b"[1]"),
        pdf(b"", b"/Kn (v)  " * 40 + b"[2]"),
    ),
    "streams of a PDF without an end": ("a.pdf", pdf(b"stream\n" * 100_000), pdf(b"stream\n" * 100_001)),
    "streams of a PDF that all say they are metadata": (
        "a.pdf",
        pdf(b"9 0 obj\n<</Type /Metadata>>\nstream\nendstream\n/Metadata 9 0 R\n" * 20_000),
        pdf(b"9 0 obj\n<</Type /Metadata>>\nstream\nendstream\n/Metadata 9 0 R\n" * 20_001),
    ),
    "a notebook that printed in many goes": ("a.ipynb", printed(20_000), printed(20_001)),
    "an id of SVG without an end": ("a.svg", svg("a" * 300_000), svg("b" * 300_000)),
    "a cell of digits that is no number": ("a.csv", b"1" * 300_000 + b"x\n", b"2" * 300_000 + b"x\n"),
    "a line of digits that are no number": ("a.txt", b"1" * 300_000 + b"x\n", b"2" * 300_000 + b"x\n"),
    "a line of quotes": ("a.txt", b"'\" " * 100_000 + b"1\n", b"'\" " * 100_000 + b"2\n"),
    "a quoted cell without an end": ("a.csv", b'"' + b"a\n" * 100_000, b'"' + b"b\n" * 100_000),
    "a quoted cell of quotes": (
        "a.csv",
        b'"' + b'""\n' * 100_000 + b'a"\n',
        b'"' + b'""\n' * 100_000 + b'b"\n',
    ),
}


@pytest.mark.parametrize("what", MADE_TO_TAKE_LONG)
def test_the_comparison_of_a_content_that_was_made_to_take_long_ends(what: str, tmp_path: Path) -> None:
    name, recorded, found = MADE_TO_TAKE_LONG[what]
    (tmp_path / "one").write_bytes(recorded)
    (tmp_path / "other").write_bytes(found)
    command = [sys.executable, "-c", PROGRAM, name, tmp_path / "one", tmp_path / "other"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True, cwd=root)
    assert done.stdout == "different\n"


@pytest.mark.parametrize(
    ("name", "line"),
    [("a.log", "x = {}\n"), ("a.jsonl", '{{"x": {}}}\n'), ("a.csv", '"a",{}\n')],
    ids=["log", "JSON lines", "table"],
)
def test_many_lines_that_differ_are_weighed_many_at_once(
    name: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = 25_000
    calls = 0
    weigh = Tally._weigh

    def counted(tally: Tally, *arguments: Any) -> None:
        nonlocal calls
        calls += 1
        weigh(tally, *arguments)

    monkeypatch.setattr(Tally, "_weigh", counted)
    one, other = ("".join(line.format(n + more) for n in range(lines)).encode() for more in (0.25, 0.5))
    seen = finding(name, one, other)
    assert seen.measured is not None and seen.measured.differing == lines
    assert calls <= 10
