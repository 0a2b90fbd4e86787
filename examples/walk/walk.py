"""How fast does a crowd of random walkers spread?

Each walker stands on a line and steps to the left or to the right at every tick of the clock. The mean of the
squared distance from the start grows as a power of time; for a fair coin theory says that the exponent is 1
(A. Einstein, Annalen der Physik 322, 549, 1905).

    python walk.py params.json

Written to out/: displacement.csv, metrics.json, walk.svg. Only Python's standard library is used.
"""

import json
import math
import random
import sys
from itertools import accumulate
from pathlib import Path

FIT_FROM = 10  # the first time (in steps) that the fitted line looks at
GROUPS = 10  # the walkers are split into so many groups; the scatter between them gives the error
OUT = Path("out")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python walk.py params.json")
    parameters = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    walkers, steps = parameters["walkers"], parameters["steps"]
    seed, bias = parameters["seed"], parameters["bias"]
    if walkers < 2 * GROUPS:
        sys.exit(f"walkers: {walkers} are too few for an error estimate, at least {2 * GROUPS} are needed")
    if steps < 10 * FIT_FROM:
        sys.exit(f"steps: {steps} are too few to fit a line from step {FIT_FROM} on")
    if not -1 <= bias <= 1:
        sys.exit(f"bias: {bias} must lie between -1 (always left) and 1 (always right)")

    times = spaced_evenly_in_log(steps)
    squares = [[position**2 for position in walk] for walk in walks(walkers, steps, seed, bias, times)]
    spread = mean(squares)
    error = [scatter / math.sqrt(walkers) for scatter in deviation(squares, spread)]
    exponent, amplitude, uncertainty = growth(times, squares)

    lines = ["time,mean_squared_displacement,standard_error"]
    lines += [f"{t},{s:.6g},{e:.6g}" for t, s, e in zip(times, spread, error)]
    write("displacement.csv", "\n".join(lines) + "\n")
    metrics = {"exponent": round(exponent, 4), "exponent_error": round(uncertainty, 4)}
    write("metrics.json", json.dumps(metrics) + "\n")
    write("walk.svg", drawing(times, spread, error, exponent, amplitude, uncertainty, parameters))
    print(f"exponent {exponent:.3f} +/- {uncertainty:.3f}, from {walkers} walkers (theory, without bias: 1)")


def write(name: str, text: str) -> None:
    """Put a file into out/, with the same bytes on every system."""
    OUT.mkdir(exist_ok=True)
    (OUT / name).write_text(text, encoding="utf-8", newline="\n")


# -- the walk ----------------------------------------------------------------------------------------------


def spaced_evenly_in_log(steps: int, per_decade: int = 8) -> list[int]:
    """Times from 1 to `steps`, about equally far from each other on a logarithmic axis."""
    count = round(per_decade * math.log10(steps))
    return sorted({round(steps ** (i / count)) for i in range(count + 1)})


def walks(walkers: int, steps: int, seed: int, bias: float, times: list[int]) -> list[list[int]]:
    """The positions of each walker at each of the times. A step goes right with probability (1 + bias) / 2."""
    toss = random.Random(seed).random
    right = (1 + bias) / 2
    found = []
    for _ in range(walkers):
        position = list(accumulate([1 if toss() < right else -1 for _ in range(steps)]))
        found.append([position[t - 1] for t in times])
    return found


def mean(rows: list[list[float]]) -> list[float]:
    return [sum(column) / len(rows) for column in zip(*rows)]


def deviation(rows: list[list[float]], average: list[float]) -> list[float]:
    squares = (sum((value - a) ** 2 for value in column) for column, a in zip(zip(*rows), average))
    return [math.sqrt(total / (len(rows) - 1)) for total in squares]


def growth(times: list[int], squares: list[list[float]]) -> tuple[float, float, float]:
    """Exponent and amplitude of `amplitude * time ** exponent`, and the exponent's error.

    The error is the jackknife's: the line is fitted again and again, each time without one group of walkers.
    """
    exponent, amplitude = line(times, mean(squares))
    without = [
        line(times, mean([s for i, s in enumerate(squares) if i % GROUPS != g]))[0] for g in range(GROUPS)
    ]
    centre = sum(without) / GROUPS
    variance = (GROUPS - 1) / GROUPS * sum((e - centre) ** 2 for e in without)
    return exponent, amplitude, math.sqrt(variance)


def line(times: list[int], spread: list[float]) -> tuple[float, float]:
    """The straight line through the logarithms, by least squares: its slope, and its height at time 1."""
    points = [(math.log(t), math.log(s)) for t, s in zip(times, spread) if t >= FIT_FROM]
    x0 = sum(x for x, _ in points) / len(points)
    y0 = sum(y for _, y in points) / len(points)
    slope = sum((x - x0) * (y - y0) for x, y in points) / sum((x - x0) ** 2 for x, _ in points)
    return slope, math.exp(y0 - slope * x0)


# -- the figure: SVG, written by hand ----------------------------------------------------------------------

WIDTH, HEIGHT = 720, 480
LEFT, RIGHT, TOP, BOTTOM = 84, 28, 64, 66
BLUE, VERMILION, INK, GREY = "#0072b2", "#d55e00", "#222222", "#dddddd"  # told apart by every eye


def drawing(times, spread, error, exponent, amplitude, uncertainty, parameters) -> str:
    """Mean squared displacement against time, both axes logarithmic, with the line that was fitted."""
    x_end = math.ceil(math.log10(times[-1]) - 1e-9)
    y_end = math.ceil(math.log10(max(spread)) + 0.15)

    def x(time: float) -> float:
        return LEFT + math.log10(time) / x_end * (WIDTH - LEFT - RIGHT)

    def y(square: float) -> float:
        return HEIGHT - BOTTOM - math.log10(max(square, 1)) / y_end * (HEIGHT - TOP - BOTTOM)

    def text(at_x: float, at_y: float, words: str, more: str = "") -> str:
        return f'<text x="{at_x:.1f}" y="{at_y:.1f}" {more}>{words}</text>'

    def stroke(x1: float, y1: float, x2: float, y2: float, more: str) -> str:
        return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {more}/>'

    def decade(power: int) -> str:
        return f'10<tspan dy="-6" font-size="11">{power}</tspan>'

    told = ", ".join(f"{name} {value}" for name, value in parameters.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'width="{WIDTH}" height="{HEIGHT}" fill="{INK}" '
        'font-family="system-ui, Helvetica, Arial, sans-serif" font-size="14">',
        f"<title>Mean squared displacement against time: exponent {exponent:.3f} ± {uncertainty:.3f}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFT, 28, "The crowd spreads as a power of time", 'font-size="18" font-weight="600"'),
        text(LEFT, 49, told, 'fill="#666666"'),
    ]
    for power in range(x_end + 1):
        parts.append(stroke(x(10**power), TOP, x(10**power), HEIGHT - BOTTOM, f'stroke="{GREY}"'))
        parts.append(text(x(10**power), HEIGHT - BOTTOM + 24, decade(power), 'text-anchor="middle"'))
    for power in range(y_end + 1):
        parts.append(stroke(LEFT, y(10**power), WIDTH - RIGHT, y(10**power), f'stroke="{GREY}"'))
        parts.append(text(LEFT - 12, y(10**power) + 5, decade(power), 'text-anchor="end"'))
    parts.append(stroke(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, f'stroke="{INK}"'))
    parts.append(stroke(LEFT, TOP, LEFT, HEIGHT - BOTTOM, f'stroke="{INK}"'))

    upper = [f"{x(t):.1f},{y(s + 2 * e):.1f}" for t, s, e in zip(times, spread, error)]
    lower = [f"{x(t):.1f},{y(s - 2 * e):.1f}" for t, s, e in zip(times, spread, error)]
    parts.append(f'<polygon points="{" ".join(upper + lower[::-1])}" fill="{BLUE}" fill-opacity="0.15"/>')
    guide = f'stroke="{VERMILION}" stroke-width="2" stroke-dasharray="8 5"'
    parts.append(stroke(x(1), y(1), x(times[-1]), y(times[-1]), guide))
    fit = f'stroke="{BLUE}" stroke-width="2"'
    first, last = amplitude * FIT_FROM**exponent, amplitude * times[-1] ** exponent
    parts.append(stroke(x(FIT_FROM), y(first), x(times[-1]), y(last), fit))
    for t, s in zip(times, spread):
        parts.append(f'<circle cx="{x(t):.1f}" cy="{y(s):.1f}" r="4" fill="{BLUE}" stroke="#ffffff"/>')

    legend = LEFT + 24
    parts.append(stroke(legend, TOP + 24, legend + 36, TOP + 24, fit))
    parts.append(f'<circle cx="{legend + 18}" cy="{TOP + 24}" r="4" fill="{BLUE}" stroke="#ffffff"/>')
    parts.append(text(legend + 46, TOP + 29, f"measured: exponent {exponent:.3f} ± {uncertainty:.3f}"))
    parts.append(stroke(legend, TOP + 50, legend + 36, TOP + 50, guide))
    parts.append(text(legend + 46, TOP + 55, "theory for a fair coin: exponent 1"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 18, "time (steps)", 'text-anchor="middle"'))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = f'text-anchor="middle" transform="rotate(-90 26 {middle:.0f})"'
    parts.append(text(26, middle, "mean squared displacement (steps²)", turned))
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    main()
