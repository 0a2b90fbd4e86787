"""The small paper of the demo: its program does what its page claims."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

WALK = Path(__file__).resolve().parent.parent / "examples" / "walk"


@pytest.fixture
def walk(tmp_path):
    """Runs the program in a folder of its own, with some parameters changed."""
    shutil.copy(WALK / "walk.py", tmp_path)
    parameters = json.loads((WALK / "params.json").read_text(encoding="utf-8"))

    def run(**changed: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "p.json").write_text(json.dumps(parameters | changed), encoding="utf-8")
        words = [sys.executable, "walk.py", "p.json"]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, encoding="utf-8")

    return run


@pytest.fixture
def exponent(walk, tmp_path):
    """The exponent and its error, as the program measures them."""

    def measured(**changed: object) -> tuple[float, float]:
        done = walk(**changed)
        assert done.returncode == 0, done.stderr
        metrics = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
        return metrics["exponent"], metrics["exponent_error"]

    return measured


@pytest.mark.parametrize("changed", [{}, {"seed": 2}, {"steps": 8000}])
def test_a_fair_crowd_spreads_with_exponent_one(exponent, changed):
    value, error = exponent(**changed)
    assert 0.005 < error < 0.05
    assert abs(value - 1) < 2 * error


def test_a_drift_spreads_faster(exponent):
    value, error = exponent(bias=0.2)
    assert value > 1 + 10 * error


def test_without_chance_the_exponent_is_two(exponent):
    assert exponent(bias=1) == (pytest.approx(2), pytest.approx(0, abs=1e-9))


def test_the_same_parameters_give_the_same_bytes(exponent, tmp_path):
    def outputs() -> dict[str, bytes]:
        exponent()
        return {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    first = outputs()
    assert set(first) == {"displacement.csv", "metrics.json", "walk.svg"}
    assert outputs() == first


def test_the_figure_is_an_svg_that_can_be_read(exponent, tmp_path):
    exponent()
    picture = ET.parse(tmp_path / "out" / "walk.svg").getroot()
    told = " ".join(picture.itertext())
    assert "mean squared displacement" in told
    assert "theory for a fair coin: exponent 1" in told


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"walkers": 5}, "walkers: 5 are too few for an error estimate, at least 20 are needed"),
        ({"steps": 50}, "steps: 50 are too few to fit a line from step 10 on"),
        ({"bias": 1.5}, "bias: 1.5 must lie between -1 (always left) and 1 (always right)"),
    ],
)
def test_parameters_without_sense_are_refused_in_a_sentence(walk, tmp_path, changed, sentence):
    done = walk(**changed)
    assert done.returncode == 1
    assert done.stderr.strip() == sentence
    assert not (tmp_path / "out").exists()
