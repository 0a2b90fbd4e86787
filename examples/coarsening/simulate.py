"""Phase separation of a binary mixture by the Cahn-Hilliard equation: how fast do domains grow?

    python simulate.py params.json

A mixture quenched below its critical point separates into domains of two phases, and the domains
coarsen. The concentration c (-1 and +1 in the pure phases) on a periodic square follows

    dc/dt = M lap mu,    mu = c**3 - c - kappa lap c,

which lowers the free energy F = integral of (1 - c**2)**2 / 4 + kappa |grad c|**2 / 2 and keeps the
mass. All quantities are dimensionless.

The program reads one JSON file and writes four files into `out/` below the working directory:
`energy.csv`, `field.png`, `growth.png` and `metrics.json`. The same parameters give the same bytes.
It ends with 0; or with 1 and one sentence on stderr, when the parameters make no sense or when a
step raised the free energy, which no solution of the equation does.

Sources:
    J. W. Cahn, J. E. Hilliard, J. Chem. Phys. 28, 258 (1958): the free energy.
    D. J. Eyre, MRS Proceedings 529, 39 (1998); J. Shen, X. Yang, Discrete Contin. Dyn. Syst. 28,
    1669 (2010): the stabilised semi-implicit step.
    B. P. Vollmayr-Lee, A. D. Rutenberg, Phys. Rev. E 68, 066703 (2003): why the step may grow as
    t**(1/3).
    I. M. Lifshitz, V. V. Slyozov, J. Phys. Chem. Solids 19, 35 (1961); D. A. Huse, Phys. Rev. B 34,
    7845 (1986): the growth law.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("Agg")  # figures without a screen; before pyplot is imported
import matplotlib.pyplot as plt
from matplotlib.patheffects import withStroke

Array = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

#: Weight S of the stabilising term. No step, however long, raises the free energy while
#: c**2 <= (1 + 2 S) / 3; with 1.5 that is |c| <= 1.15, and coarsening stays below 1.05.
STABILISATION = 1.5

#: The fit starts after so many spinodal times: the phases are pure then, the interfaces sharp.
FIT_FROM = 15.0

#: The fit ends when the domain length passes this fraction of the side: the box is felt soon after.
FIT_LENGTH = 0.25

#: Blocks along each side of the square, for the standard error of the exponent.
BLOCKS = 4

#: Records of one run, the one at time 0 not counted.
RECORDS = 120


class Refused(ValueError):
    """The parameters make no sense; the message is one sentence for the person who wrote them."""


class Unstable(ArithmeticError):
    """A step raised the free energy; the message is one sentence: when, and what to try."""


# ---- parameters ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """One simulation as its JSON file describes it; all dimensionless."""

    n: int  #: mesh points along each side, a multiple of 4
    spacing: float  #: distance of neighbouring mesh points
    seed: int  #: of the random numbers at the start
    composition: float  #: mean concentration, 0 for equal amounts of both phases
    noise: float  #: largest deviation from the mean at the start
    kappa: float  #: gradient energy coefficient; an interface is about 3 sqrt(kappa) wide
    mobility: float  #: M; only M t matters, so it sets the unit of time
    scheme: str  #: "semi-implicit" or "explicit"
    dt: float  #: first time step (explicit: every time step)
    end: float  #: time of the last step

    @property
    def side(self) -> float:
        """Side of the periodic square."""
        return self.n * self.spacing

    @property
    def spinodal_time(self) -> float:
        """Time in which the fastest wave of an unmixing mixture (c near 0) grows by a factor e."""
        return 4.0 * self.kappa / self.mobility

    @property
    def tension(self) -> float:
        """Energy of a flat interface per unit of its length."""
        return math.sqrt(8.0 * self.kappa) / 3.0

    @property
    def explicit_limit(self) -> float:
        """Longest stable step of the explicit scheme in a pure phase, where mu' = 2 - kappa lap."""
        k2 = 2.0 * (math.pi / self.spacing) ** 2
        return 2.0 / (self.mobility * k2 * (2.0 + self.kappa * k2))


Rule = tuple[type, Callable[[Any], bool], str]
POSITIVE: Rule = (float, lambda v: 0 < v < 1e12, "a number above 0 and below 1e12")

#: Name in the JSON file (a dot enters a nested object): type, condition, the condition in words.
RULES: dict[str, Rule] = {
    "mesh.n": (int, lambda v: 32 <= v <= 4096 and v % 4 == 0, "a multiple of 4 from 32 to 4096"),
    "mesh.spacing": POSITIVE,
    "seed": (int, lambda v: v >= 0, "a whole number, 0 or more"),
    "composition": (float, lambda v: abs(v) <= 0.4, "a number from -0.4 to 0.4"),
    "noise": (float, lambda v: 0 < v <= 0.5, "a number above 0, at most 0.5"),
    "kappa": POSITIVE,
    "mobility": POSITIVE,
    "scheme": (str, lambda v: v in ("semi-implicit", "explicit"), '"semi-implicit" or "explicit"'),
    "dt": POSITIVE,
    "end": POSITIVE,
}


def flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested objects as one dictionary: {"mesh": {"n": 64}} becomes {"mesh.n": 64}."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = above + key
        found |= flat(value, name + ".") if isinstance(value, dict) else {name: value}
    return found


def read_parameters(text: str) -> Parameters:
    """The parameters that a JSON text describes.

    Args:
        text: A JSON object with exactly the names in `RULES`.

    Raises:
        Refused: Not JSON; a name is missing or unknown; a value is of the wrong kind or out of
            range; the mesh cannot resolve an interface; the box is too small, or the end too early,
            for growth to be seen.
    """
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(f"this is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise Refused("a JSON object is wanted, {...}.")
    given = flat(values)
    if unknown := sorted(set(given) - set(RULES)):
        raise Refused(f"`{unknown[0]}` is unknown; the names are {', '.join(RULES)}.")
    checked: dict[str, Any] = {}
    for name, (kind, holds, words) in RULES.items():
        if name not in given:
            raise Refused(f"`{name}` is missing; it must be {words}.")
        value = given[name]
        of_kind = isinstance(value, (int, float) if kind is float else kind)
        if not of_kind or isinstance(value, bool) or not holds(value):
            raise Refused(f"`{name}` is {json.dumps(value)}, but must be {words}.")
        checked[name.removeprefix("mesh.")] = kind(value)
    p = Parameters(**checked)
    if math.sqrt(p.kappa) < 0.6 * p.spacing:
        raise Refused(
            f"`kappa` is {p.kappa:g}, but must be at least {0.36 * p.spacing**2:g}: "
            f"a mesh of spacing {p.spacing:g} cannot resolve thinner interfaces."
        )
    if p.side < 45.0 * math.sqrt(p.kappa):
        raise Refused(
            f"`mesh.n` is {p.n}, but must be at least {45.0 * math.sqrt(p.kappa) / p.spacing:.0f} "
            "at this `kappa`: a smaller box holds too few domains."
        )
    if p.end < 100.0 * p.spinodal_time:
        raise Refused(
            f"`end` is {p.end:g}, but must be at least {100.0 * p.spinodal_time:g} "
            "(400 kappa / mobility): before that there is no growth to fit."
        )
    return p


# ---- the equation --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waves:
    """The wave numbers of a periodic square in the layout of `numpy.fft.rfft2`."""

    ddx: Spectrum  #: d/dx in Fourier space, 0 for the unpaired highest wave, shape (n, 1)
    ddy: Spectrum  #: d/dy in Fourier space, likewise, shape (1, n / 2 + 1)
    k2: Array  #: minus the Laplacian, kx**2 + ky**2, shape (n, n / 2 + 1)
    parseval: Array  #: sum(parseval * |c_k|**2) is the sum of |grad c|**2 over the mesh, same shape


def waves(n: int, spacing: float) -> Waves:
    """The wave numbers of a mesh of n by n points, n even."""
    kx = 2.0 * np.pi * np.fft.fftfreq(n, spacing)[:, None]
    ky = 2.0 * np.pi * np.fft.rfftfreq(n, spacing)[None, :]
    k2 = kx**2 + ky**2
    count = np.full_like(k2, 2.0)  # a column of rfft2 stands for two waves, the outer ones for one
    count[:, [0, -1]] = 1.0
    ddx, ddy = (1j * kx).astype(np.complex128), (1j * ky).astype(np.complex128)
    ddx[n // 2, 0] = ddy[0, -1] = 0.0
    return Waves(ddx, ddy, k2, count * k2 / n**2)


def initial_field(p: Parameters) -> Array:
    """The mixture right after the quench: white noise about the mean, shape (n, n)."""
    noise = np.random.default_rng(p.seed).uniform(-p.noise, p.noise, (p.n, p.n))
    field: Array = p.composition + noise - noise.mean()
    return field


def free_energy(p: Parameters, w: Waves, c: Array, c_k: Spectrum) -> float:
    """F of a field c and its transform c_k: the very sum that a semi-implicit step lowers."""
    bulk = float(np.sum((1.0 - c * c) ** 2)) / 4.0
    gradient = p.kappa / 2.0 * float(np.sum(w.parseval * (c_k.real**2 + c_k.imag**2)))
    return p.spacing**2 * (bulk + gradient)


def block_energies(p: Parameters, w: Waves, c: Array, c_k: Spectrum) -> Array:
    """The free energy in each of BLOCKS x BLOCKS equal squares, shape (BLOCKS**2,)."""
    dx = np.fft.irfft2(w.ddx * c_k, s=c.shape)
    dy = np.fft.irfft2(w.ddy * c_k, s=c.shape)
    density = (1.0 - c * c) ** 2 / 4.0 + p.kappa / 2.0 * (dx * dx + dy * dy)
    cut = density.reshape(BLOCKS, p.n // BLOCKS, BLOCKS, p.n // BLOCKS)
    blocks: Array = p.spacing**2 * cut.sum(axis=(1, 3)).ravel()
    return blocks


def step_length(p: Parameters, time: float) -> float:
    """How long a step that starts at this time is.

    The semi-implicit step is stable at any length, so accuracy decides. Its stabilising term drags
    on an interface of speed v like a force ~ S v dt. v falls as t**(-2/3) and the capillary force
    as t**(-1/3): with dt ~ t**(1/3) the drag stays the same small part of that force, and makes
    growth slower by a constant factor instead of bending its exponent. Measured: with dt ~ t**(2/3)
    the exponent fell to 0.30.

    Source: Vollmayr-Lee and Rutenberg (2003), where 1/3 is the exponent of this class of schemes.
    """
    if p.scheme == "explicit":
        return p.dt
    return p.dt * max(1.0, math.cbrt(time / p.spinodal_time))


def advance(p: Parameters, w: Waves, c: Array, c_k: Spectrum, dt: float) -> tuple[Array, Spectrum]:
    """The field and its transform one step later.

    The semi-implicit step uses mu = c**3 - c + S (new - c) - kappa lap new, linear in the new field
    and diagonal in Fourier space. Multiplied by mu and summed over the mesh it says that F falls by
    M dt |grad mu|**2 + (S - f''/2) (new - c)**2 + kappa |grad (new - c)|**2 / 2, with f'' taken
    somewhere between c and new: none of the three is negative while 3 c**2 - 1 <= 2 S.

    Source: Eyre (1998); Shen and Yang (2010), section 2.
    """
    a = dt * p.mobility * w.k2
    change = a * (np.fft.rfft2(c * c * c - c) + p.kappa * w.k2 * c_k)
    if p.scheme == "semi-implicit":
        change /= 1.0 + a * (STABILISATION + p.kappa * w.k2)
    # c_k minus a change, not the textbook's one fraction with c_k (1 + a + a S) in it: round-off
    # leaves a part in c_k that no real field has, and that form amplifies it until it wins.
    c_k = c_k - change
    return np.fft.irfft2(c_k, s=c.shape), c_k


@dataclass(frozen=True)
class History:
    """What one simulation leaves behind; after time 0 the records are even in log t."""

    times: Array  #: of the records, the first one 0, shape (records,)
    energies: Array  #: free energy at these times
    masses: Array  #: integral of c at these times
    blocks: Array  #: free energy of each block at these times, shape (records, BLOCKS**2)
    field: Array  #: c at the end, shape (n, n)
    steps: int  #: time steps made
    largest_rise: float  #: largest change of the free energy over a step; below 0: it always fell
    largest_c: float  #: largest |c| after any step; the proof of stability wants at most 1.15


def simulate(p: Parameters, say: Callable[[str], None] = lambda line: None) -> History:
    """Solve the equation from the quench to the end.

    Args:
        p: What to solve.
        say: Told a line of progress about ten times.

    Raises:
        Unstable: A step raised the free energy by more than round-off, or it is not finite.
    """
    w = waves(p.n, p.spacing)
    c = initial_field(p)
    c_k = np.fft.rfft2(c)
    energy = free_energy(p, w, c, c_k)
    round_off = 1e-12 * energy
    rows: list[tuple[float, float, float]] = []
    blocks: list[Array] = []

    def record(time: float) -> None:
        rows.append((time, energy, p.spacing**2 * float(c.sum())))
        blocks.append(block_energies(p, w, c, c_k))
        if len(rows) % 12 == 1:
            length = p.tension * p.side**2 / energy
            say(f"t = {time:8.2f}   free energy = {energy:9.2f}   domain length = {length:6.2f}")

    record(0.0)
    due = list(np.geomspace(p.spinodal_time, p.end, RECORDS))
    time, steps, largest_rise, largest_c = 0.0, 0, -math.inf, 0.0
    while due:
        dt = step_length(p, time)
        last = time + dt > p.end * (1.0 - 1e-9)  # leaves no splinter of a step
        if last:
            dt = p.end - time
        c, c_k = advance(p, w, c, c_k, dt)
        time, steps = p.end if last else time + dt, steps + 1
        before, energy = energy, free_energy(p, w, c, c_k)
        largest_rise = max(largest_rise, energy - before)
        largest_c = max(largest_c, float(np.abs(c).max()))
        if not energy <= before + round_off:  # also when it is not a number
            limit, seen = p.explicit_limit, largest_c
            advice = f"|c| has reached {seen:.3g}; try a smaller `dt` than {p.dt:g}."
            if p.scheme == "explicit":
                advice = f"the explicit scheme needs `dt` below {limit:.2g} here, not {p.dt:g}."
            raise Unstable(
                f"the free energy rose by {energy - before:.2g} in step {steps}, at t = {time:.6g}: {advice}"
            )
        if last or time >= due[0]:
            record(time)
            due = [] if last else [target for target in due if target > time]
    times, energies, masses = np.array(rows).T
    return History(times, energies, masses, np.array(blocks), c, steps, largest_rise, largest_c)


# ---- the growth law ------------------------------------------------------------------------------


def domain_length(p: Parameters, energy: Array, share: float = 1.0) -> Array:
    """Domain length from the free energy: area per length of interface, L = tension * area / F.

    When the phases are pure, all free energy sits in the interfaces, so F says how much interface
    is left. Half the usual wavelength, roughly. The first moment of the structure factor is the
    other custom, but in two dimensions its integral depends on log(L / interface width) through the
    tail that sharp interfaces give it (Porod), and rests on few waves: measured at these sizes, its
    exponent is 0.26 while that of F is 0.33.

    Args:
        p: The simulation.
        energy: Free energy, of any shape.
        share: Part of the square that this energy belongs to.

    Source: R. V. Kohn, F. Otto, Commun. Math. Phys. 229, 375 (2002), who bound the growth of 1/F.
    """
    length: Array = p.tension * share * p.side**2 / energy
    return length


def scaling_window(p: Parameters, times: Array, lengths: Array) -> slice:
    """The records in the scaling regime: phases pure already, domains small against the box yet."""
    first = int(np.searchsorted(times, FIT_FROM * p.spinodal_time))
    too_long = np.flatnonzero(lengths > FIT_LENGTH * p.side)
    last = int(too_long[0]) if too_long.size else len(times)
    return slice(first, max(last, first + 4))


def fit_growth(times: Array, lengths: Array) -> tuple[float, float, float]:
    """Fit L = A (t + t0)**n: the law of Lifshitz and Slyozov with a free exponent.

    The law is L**3 = L0**3 + K t, because domains have a size when they form. A straight line
    through log L over log t takes L0 for slow growth, and finds 0.31 here; with t0 = L0**3 / K left
    free, the law holds from the formation of the domains on. Least squares in log L. A box holds
    about (side / L)**2 domains, so the variance of log L grows as L**2, and a weight falls so.

    Args:
        times: Above 0, rising, shape (records,).
        lengths: Above 0, shape (records,).

    Returns:
        Exponent n, amplitude A, origin t0 (between -0.9 and 10 of the first time).

    Source: Huse (1986), on the corrections before the asymptotic law.
    """
    weight = lengths**-2.0 / np.sum(lengths**-2.0)
    y = np.log(lengths) - np.sum(weight * np.log(lengths))

    def line(t0: float) -> tuple[float, Array, Array]:
        """For a given t0 the rest is linear: the slope n, x = log(t + t0) about its mean, misfit."""
        x = np.log(times + t0) - np.sum(weight * np.log(times + t0))
        n = float(np.sum(weight * x * y) / np.sum(weight * x * x))
        return n, x, y - n * x

    low, high = -0.9 * times[0], 10.0 * times[0]
    starts = np.linspace(low, high, 40)
    misfits = [float(np.sum(weight * line(t0)[2] ** 2)) for t0 in starts]
    origin = float(starts[np.argmin(misfits)])
    for _ in range(40):  # Gauss-Newton from there; a closer look at a flat minimum would end in noise
        n, x, misfit = line(origin)
        pull = 1.0 / (times + origin)  # of t0 on x, less what n and A can follow
        pull = pull - np.sum(weight * pull)
        pull = pull - x * np.sum(weight * pull * x) / np.sum(weight * x * x)
        step = np.sum(weight * pull * misfit) / (n * np.sum(weight * pull * pull))
        origin = float(np.clip(origin + step, low, high))
    n = line(origin)[0]
    log_a = float(np.sum(weight * (np.log(lengths) - n * np.log(times + origin))))
    return n, math.exp(log_a), origin


@dataclass(frozen=True)
class Growth:
    """The growth law found in one simulation."""

    exponent: float  #: n in L = A (t + t0)**n, 1/3 in theory
    error: float  #: standard error of the exponent
    amplitude: float  #: A
    origin: float  #: t0
    band: Array  #: standard error of log L at every record, shape (records,)
    window: slice  #: the records that were fitted


def measure_growth(p: Parameters, history: History) -> Growth:
    """The exponent, with a standard error that knows how few domains a box holds.

    The residuals of one run say nothing about its error: L(t) is smooth, for all its points share
    the same few domains. So the square is cut into blocks, each is left out in turn, the fit is
    repeated, and the spread of the exponents is scaled up as the jackknife says. Compared with the
    spread over 24 to 48 seeds it is right to within a quarter for n from 64 to 128.

    Source: H. R. Kuensch, Annals of Statistics 17, 1217 (1989); here the blocks lie in space.
    """
    lengths = domain_length(p, history.energies)
    window = scaling_window(p, history.times, lengths)
    exponent, amplitude, origin = fit_growth(history.times[window], lengths[window])
    rest = history.blocks.sum(axis=1, keepdims=True) - history.blocks
    without = domain_length(p, rest, share=1.0 - 1.0 / BLOCKS**2)  # shape (records, BLOCKS**2)
    exponents = [fit_growth(history.times[window], each[window])[0] for each in without.T]
    scale = math.sqrt(BLOCKS**2 - 1.0)
    band: Array = scale * np.log(without).std(axis=1)
    return Growth(exponent, scale * float(np.std(exponents)), amplitude, origin, band, window)


# ---- what is written -----------------------------------------------------------------------------


def table(p: Parameters, history: History) -> str:
    """The records as CSV: time, free energy, mass (integral of c), domain length.

    The mass is rounded to 1e-9: what it has below that is round-off, another one on each machine.
    """
    lengths = domain_length(p, history.energies)
    masses = np.round(history.masses, 9) + 0.0  # not -0.0
    columns = (history.times, history.energies, masses, lengths)
    rows = (",".join(repr(float(value)) for value in row) for row in zip(*columns, strict=True))
    return "\n".join(["time,energy,mass,length", *rows]) + "\n"


def metrics(p: Parameters, history: History, growth: Growth) -> dict[str, float | int]:
    """The numbers that sum a run up; README.md says what each means."""
    fitted = history.times[growth.window]
    drift = float(np.abs(history.masses - history.masses[0]).max()) / p.side**2
    return {
        "exponent": growth.exponent,
        "exponent_error": growth.error,
        "growth_origin": growth.origin,
        "fit_from": float(fitted[0]),
        "fit_to": float(fitted[-1]),
        "length": float(domain_length(p, history.energies)[-1]),
        "energy": float(history.energies[-1]),
        "energy_largest_rise": history.largest_rise,
        "mass_drift": round(drift, 12),  # about 1e-17, so 0: round-off is no result
        "concentration_largest": history.largest_c,
        "steps": history.steps,
    }


STYLE: Any = {
    "font.size": 11,
    "axes.labelsize": 12,
    "axes.titlesize": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "savefig.dpi": 130,
    "figure.constrained_layout.use": True,
}


def draw_field(p: Parameters, history: History, path: Path) -> None:
    """Draw the final field, with a bar as long as the domain length."""
    length = float(domain_length(p, history.energies)[-1])
    figure, axes = plt.subplots(figsize=(5.6, 4.7))
    image = axes.imshow(
        history.field.T,
        extent=(0.0, p.side, 0.0, p.side),
        origin="lower",
        cmap="managua",
        vmin=-1.0,
        vmax=1.0,
        interpolation="bicubic",
    )
    axes.spines[:].set_visible(False)
    axes.set(xlabel="$x$", ylabel="$y$", title=f"Concentration at $t = {p.end:g}$")
    x, y, halo = 0.05 * p.side, 0.05 * p.side, [withStroke(linewidth=5.0, foreground="white")]
    axes.plot([x, x + length], [y, y], "k", lw=2.5, solid_capstyle="butt", path_effects=halo)
    axes.text(x + length / 2, y + 0.025 * p.side, "$L$", ha="center", path_effects=halo)
    figure.colorbar(image, ax=axes, label="$c$", ticks=[-1, -0.5, 0, 0.5, 1], shrink=0.9)
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def draw_growth(p: Parameters, history: History, growth: Growth, path: Path) -> None:
    """Draw the domain length over time, the fitted law, and a slope of one third as a guide."""
    times, lengths = history.times[1:], domain_length(p, history.energies)[1:]
    spread = np.exp(growth.band[1:])
    fitted = history.times[growth.window]
    law = growth.amplitude * (fitted + growth.origin) ** growth.exponent
    figure, axes = plt.subplots(figsize=(5.6, 4.4))
    axes.fill_between(times, lengths / spread, lengths * spread, color="#0072B2", alpha=0.25, lw=0)
    axes.plot(times, lengths, color="#0072B2", lw=2.5, label="simulation, $\\pm$ one standard error")
    label = f"$A\\,(t + t_0)^n$,  $n = {growth.exponent:.3f} \\pm {growth.error:.3f}$"
    axes.plot(fitted[::4], law[::4], "o", ms=5, mfc="w", mec="#D55E00", mew=1.5, label=label)
    guide = 1.3 * law[-1] * (fitted / fitted[-1]) ** (1 / 3)
    axes.plot(fitted, guide, "--", color="0.3", lw=1.3, label="slope 1/3")
    axes.set(xscale="log", yscale="log", xlabel="time $t$", ylabel="domain length $L$")
    axes.set_title(f"{p.n} \u00d7 {p.n} mesh, mobility {p.mobility:g}, seed {p.seed}")
    low, high = axes.get_ylim()
    axes.set_yticks([tick for tick in (2, 3, 5, 10, 20, 30, 50, 100) if low < tick < high])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("")
    axes.legend(loc="upper left")
    figure.savefig(path, metadata={"Software": None})
    plt.close(figure)


def main(arguments: list[str]) -> int:
    """Run what a JSON file describes: 0 for done; 1, and a sentence on stderr, for not done."""
    if len(arguments) != 1:
        print("usage: python simulate.py params.json", file=sys.stderr)
        return 1
    out = Path("out")
    energy, field, growth = out / "energy.csv", out / "field.png", out / "growth.png"
    summary = out / "metrics.json"
    try:
        p = read_parameters(Path(arguments[0]).read_text(encoding="utf-8"))
        out.mkdir(exist_ok=True)
        for old in (energy, field, growth, summary):  # a run that fails must not show older results
            old.unlink(missing_ok=True)
        print(f"{p.n} x {p.n} mesh, seed {p.seed}, mobility {p.mobility:g}, {p.scheme}", flush=True)
        history = simulate(p, lambda line: print(line, flush=True))
        law = measure_growth(p, history)
        energy.write_text(table(p, history), encoding="utf-8", newline="\n")
        matplotlib.rcdefaults()  # whatever this user's matplotlibrc says
        with plt.rc_context(STYLE):
            draw_field(p, history, field)
            draw_growth(p, history, law, growth)
        numbers = json.dumps(metrics(p, history, law), indent=2)
        summary.write_text(numbers + "\n", encoding="utf-8", newline="\n")
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    except (Refused, UnicodeDecodeError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    except Unstable as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    print(f"domain length ~ (t + t0)^n with n = {law.exponent:.3f} +- {law.error:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
