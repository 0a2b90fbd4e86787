"""Tests of the example study: its physics, its promises about files, and how it refuses and fails.

The program knows nothing of publisher, and these tests neither. Its functions are loaded by path;
what it does to a folder is tested by running it.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("matplotlib", minversion="3.10")  # the colours of field.png

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "coarsening"
DEFAULT = json.loads((EXAMPLE / "params.json").read_text(encoding="utf-8"))
OUTPUTS = ["energy.csv", "field.png", "growth.png", "metrics.json"]


def load(name: str) -> ModuleType:
    """A program of the example as a module; it is in no package."""
    spec = importlib.util.spec_from_file_location(f"coarsening_{name}", EXAMPLE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


coarsening = load("simulate")


def changed(**values: Any) -> dict[str, Any]:
    """The default parameters with some values changed; `n` and `spacing` belong to the mesh."""
    parameters = json.loads(json.dumps(DEFAULT))
    for name, value in values.items():
        (parameters["mesh"] if name in ("n", "spacing") else parameters)[name] = value
    return dict(parameters)


def parameters(**values: Any) -> Any:
    return coarsening.read_parameters(json.dumps(changed(**values)))


def run(folder: Path, **values: Any) -> subprocess.CompletedProcess[str]:
    """Run the program as a scientist does, with warnings as errors."""
    folder.mkdir(exist_ok=True)
    (folder / "params.json").write_text(json.dumps(changed(**values)), encoding="utf-8")
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "ignore::DeprecationWarning",
        str(EXAMPLE / "simulate.py"),
        "params.json",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def many_seeds() -> list[tuple[Any, Any]]:
    """Eight small boxes to the default end: what was simulated, and the growth law found in it."""
    histories = [coarsening.simulate(parameters(n=64, seed=seed)) for seed in range(1, 9)]
    return [(h, coarsening.measure_growth(parameters(n=64), h)) for h in histories]


# ---- the equation --------------------------------------------------------------------------------


def test_mass_is_conserved() -> None:
    p = parameters(n=32, end=200.0, composition=0.2)
    masses = coarsening.simulate(p).masses
    assert masses[0] == pytest.approx(0.2 * 32**2)
    assert np.abs(masses - masses[0]).max() < 1e-12 * 32**2


def test_the_free_energy_never_rises(many_seeds: list[tuple[Any, Any]]) -> None:
    for history, _ in many_seeds:
        assert np.all(np.diff(history.energies) < 0)
        assert history.largest_rise < 0


@pytest.mark.parametrize("dt", [0.01, 1.0, 100.0])
def test_the_free_energy_falls_at_any_step_length(dt: float) -> None:
    history = coarsening.simulate(parameters(n=32, end=200.0, dt=dt))
    assert history.largest_rise <= 1e-12 * history.energies[0]


def test_the_concentration_stays_where_the_proof_holds(many_seeds: list[tuple[Any, Any]]) -> None:
    bound = math.sqrt((1 + 2 * coarsening.STABILISATION) / 3)
    assert max(history.largest_c for history, _ in many_seeds) < bound


def test_blocks_hold_all_the_free_energy(many_seeds: list[tuple[Any, Any]]) -> None:
    history, _ = many_seeds[0]
    assert history.blocks[60:].sum(axis=1) == pytest.approx(history.energies[60:], rel=1e-3)


def test_a_small_wave_grows_at_the_rate_of_linear_theory() -> None:
    p = parameters(n=64)
    w = coarsening.waves(p.n, p.spacing)
    k = 2 * np.pi * 8 / p.side
    wave = np.cos(k * np.arange(p.n) * p.spacing)[:, None] * np.ones(p.n)
    c, c_k, dt = 1e-6 * wave, np.fft.rfft2(1e-6 * wave), 1e-3
    for _ in range(1000):
        c, c_k = coarsening.advance(p, w, c, c_k, dt)
    rate = math.log(c.max() / 1e-6)  # over one unit of time
    assert rate == pytest.approx(p.mobility * k**2 * (1 - p.kappa * k**2), rel=2e-3)


def test_the_semi_implicit_scheme_is_of_first_order() -> None:
    p = parameters(n=32)
    w = coarsening.waves(p.n, p.spacing)
    start = coarsening.simulate(parameters(n=32, end=200.0)).field

    def after_one(scheme: str, steps: int) -> Any:
        c, c_k = start, np.fft.rfft2(start)
        for _ in range(steps):
            c, c_k = coarsening.advance(dataclasses.replace(p, scheme=scheme), w, c, c_k, 1.0 / steps)
        return c

    exact = after_one("explicit", 2000)
    errors = [np.abs(after_one("semi-implicit", steps) - exact).max() for steps in (50, 100)]
    assert errors[0] / errors[1] == pytest.approx(2.0, abs=0.2)


def test_a_part_of_the_transform_that_no_real_field_has_does_not_grow() -> None:
    p = parameters(n=32)
    w = coarsening.waves(p.n, p.spacing)
    c = coarsening.initial_field(p)
    c_k = np.fft.rfft2(c)
    c_k[1, 0] += 1e-9j  # its mirror image, c_k[-1, 0], stays: irfft2 does not see this
    for _ in range(4000):
        c, c_k = coarsening.advance(p, w, c, c_k, 0.5)
    assert np.abs(c_k - np.fft.rfft2(c)).max() < 2e-9


def test_a_flat_interface_has_the_tension_that_the_length_is_measured_with() -> None:
    p = parameters(n=64, spacing=0.5)
    w = coarsening.waves(p.n, p.spacing)
    x = p.spacing * np.arange(p.n)
    width = math.sqrt(2 * p.kappa)
    profile = np.tanh((x - p.side / 4) / width) - np.tanh((x - 3 * p.side / 4) / width) - 1
    c = profile[:, None] * np.ones(p.n)
    energy = coarsening.free_energy(p, w, c, np.fft.rfft2(c))
    assert energy == pytest.approx(2 * p.side * p.tension, rel=1e-5)


def test_mobility_only_sets_the_unit_of_time() -> None:
    slow = coarsening.simulate(parameters(n=32, end=200.0))
    fast = coarsening.simulate(parameters(n=32, end=50.0, dt=0.02, mobility=4.0))
    assert fast.times * 4 == pytest.approx(slow.times)
    assert fast.energies == pytest.approx(slow.energies, rel=1e-9)


# ---- the growth law ------------------------------------------------------------------------------


def test_an_exact_law_is_found_again() -> None:
    times = np.geomspace(30, 2000, 60)
    found = coarsening.fit_growth(times, 1.2 * (times + 9.0) ** 0.33)
    assert found == pytest.approx((0.33, 1.2, 9.0), rel=1e-6)


def test_each_exponent_is_one_third_within_its_error(many_seeds: list[tuple[Any, Any]]) -> None:
    deviations = [(growth.exponent - 1 / 3) / growth.error for _, growth in many_seeds]
    assert max(map(abs, deviations)) < 3.0
    assert sorted(map(abs, deviations))[-2] < 2.0  # of eight, one may be out by chance


def test_the_mean_exponent_is_one_third_within_its_error(many_seeds: list[tuple[Any, Any]]) -> None:
    exponents = [growth.exponent for _, growth in many_seeds]
    error = np.std(exponents, ddof=1) / math.sqrt(len(exponents))
    assert abs(np.mean(exponents) - 1 / 3) < 2 * error
    assert error < 0.015


def test_the_stated_error_is_the_spread_over_seeds(many_seeds: list[tuple[Any, Any]]) -> None:
    spread = np.std([growth.exponent for _, growth in many_seeds], ddof=1)
    stated = np.sqrt(np.mean([growth.error**2 for _, growth in many_seeds]))
    assert 0.6 < stated / spread < 1.7


# ---- the program ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def default_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("default run")
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "out"


def test_the_default_run_finds_one_third(default_run: Path) -> None:
    metrics = json.loads((default_run / "metrics.json").read_text(encoding="utf-8"))
    assert abs(metrics["exponent"] - 1 / 3) < 2 * metrics["exponent_error"]
    assert metrics["exponent_error"] < 0.025
    assert metrics["energy_largest_rise"] < 0
    assert metrics["mass_drift"] == 0


def test_the_table_holds_what_the_metrics_say(default_run: Path) -> None:
    metrics = json.loads((default_run / "metrics.json").read_text(encoding="utf-8"))
    header, *rows = (default_run / "energy.csv").read_text(encoding="utf-8").splitlines()
    assert header == "time,energy,mass,length"
    time, energy, _, length = map(float, rows[-1].split(","))
    assert (time, energy, length) == (DEFAULT["end"], metrics["energy"], metrics["length"])


def test_figures_are_small_pictures(default_run: Path) -> None:
    for name in ("field.png", "growth.png"):
        content = (default_run / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert len(content) < 300_000


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run(tmp_path / folder, n=32, end=200.0).returncode == 0
    for name in OUTPUTS:
        one, two = (tmp_path / folder / "out" / name for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name


def test_another_seed_gives_another_field() -> None:
    one, two = (coarsening.initial_field(parameters(n=32, seed=seed)) for seed in (1, 2))
    assert not np.array_equal(one, two)


def test_an_explicit_run_with_a_long_step_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "metrics.json").write_text("{}", encoding="utf-8")  # of an earlier run
    done = run(tmp_path, n=64, scheme="explicit", dt=0.02)
    assert done.returncode == 1
    assert done.stderr.startswith("stopped: the free energy rose by ")
    assert done.stderr.endswith("the explicit scheme needs `dt` below 0.0085 here, not 0.02.\n")
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


def test_a_step_beyond_all_reason_ends_with_a_sentence_too(tmp_path: Path) -> None:
    done = run(tmp_path, n=32, scheme="explicit", dt=1e11, end=1e11)
    assert done.returncode == 1
    assert done.stderr.startswith("stopped: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"n": 63}, "`mesh.n` is 63, but must be a multiple of 4 from 32 to 4096."),
        ({"n": 64.0}, "`mesh.n` is 64.0, but must be a multiple of 4 from 32 to 4096."),
        ({"n": True}, "`mesh.n` is true, but must be a multiple of 4 from 32 to 4096."),
        ({"spacing": 0}, "`mesh.spacing` is 0, but must be a number above 0 and below 1e12."),
        ({"seed": -1}, "`seed` is -1, but must be a whole number, 0 or more."),
        ({"composition": 0.6}, "`composition` is 0.6, but must be a number from -0.4 to 0.4."),
        ({"noise": 0}, "`noise` is 0, but must be a number above 0, at most 0.5."),
        ({"kappa": 0.1}, "`kappa` is 0.1, but must be at least 0.36: a mesh of spacing 1"),
        ({"kappa": 2.0, "n": 32}, "`mesh.n` is 32, but must be at least 64 at this `kappa`:"),
        ({"mobility": "fast"}, '`mobility` is "fast", but must be a number above 0 and below 1e12.'),
        ({"scheme": "magic"}, '`scheme` is "magic", but must be "semi-implicit" or "explicit".'),
        ({"dt": -0.1}, "`dt` is -0.1, but must be a number above 0 and below 1e12."),
        ({"dt": math.nan}, "`dt` is NaN, but must be a number above 0 and below 1e12."),
        ({"end": 10**400}, "`end` is 1000"),
        ({"end": 10.0}, "`end` is 10, but must be at least 200 (400 kappa / mobility)"),
        ({"temperature": 300}, "`temperature` is unknown; the names are mesh.n, mesh.spacing,"),
    ],
)
def test_bad_parameters_are_refused(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(coarsening.Refused) as refused:
        parameters(**values)
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(".")


def test_a_missing_parameter_is_named() -> None:
    without = {name: value for name, value in DEFAULT.items() if name != "dt"}
    with pytest.raises(coarsening.Refused, match="`dt` is missing; it must be a number above 0"):
        coarsening.read_parameters(json.dumps(without))


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "3"])
def test_a_file_that_holds_no_object_is_refused(text: str) -> None:
    with pytest.raises(coarsening.Refused):
        coarsening.read_parameters(text)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "usage: python simulate.py params.json\n"),
        (["nowhere.json"], "nowhere.json: No such file or directory.\n"),
        (["bad.json"], "bad.json: a JSON object is wanted, {...}.\n"),
    ],
)
def test_a_run_that_cannot_start_says_why(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text("[]", encoding="utf-8")
    assert coarsening.main(arguments) == 1
    assert capsys.readouterr().err == sentence
    assert not Path("out").exists()


# ---- the study -----------------------------------------------------------------------------------


def test_the_study_is_24_runs_that_succeed_and_one_that_fails() -> None:
    commands = load("study").study()
    assert [code for _, code in commands] == [0] * 24 + [1]
    assert len({tuple(command) for command, _ in commands}) == 25


def test_the_study_asks_for_parameters_that_the_program_takes() -> None:
    for command, _ in load("study").study():
        settings = [word.split("=") for word in command if "=" in word]
        values = {
            name.removeprefix("mesh."): value if name == "scheme" else json.loads(value)
            for name, value in settings
        }
        assert parameters(**values).end == DEFAULT["end"]


def test_the_notebook_was_executed_from_its_beginning_to_its_end() -> None:
    notebook = json.loads((EXAMPLE / "figure.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert all(output["output_type"] != "error" for cell in cells for output in cell["outputs"])
