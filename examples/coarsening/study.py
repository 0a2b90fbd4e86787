"""The study behind the paper's figure: 24 runs that succeed and one that is meant to fail.

    python study.py

It types what a person would type in this folder,

    publisher run -r "is the exponent 1/3 ...?" -t study coarsening mesh.n=64 seed=1 mobility=1.0

once for each set of parameters, and stops at the first run that ends in another way than it should.

The spacing is the same on all meshes: a larger mesh is a larger box, with more domains to average
over, at the same resolution of an interface. (One box on finer meshes would ask another question,
whether interfaces are resolved, and answer it with no more domains.) The end is the same too. The
smallest box sets it: at t = 2000 a domain is as long as a quarter of its side. Half the mobility
then only means half the way.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from itertools import product
from pathlib import Path

MESHES = (64, 96, 128)
SEEDS = (1, 2, 3, 4)
MOBILITIES = (0.5, 1.0)

WHY_MOBILITY = {
    0.5: "do domains at half the mobility follow the same curve in M t?",
    1.0: "is the exponent 1/3, and does a larger box move it?",
}
WHY_EXPLICIT = "can the explicit scheme do with an eighth of the usual step?"


def run_command(reason: str, tag: str, **values: object) -> list[str]:
    """What to type for one run; in a name, two underscores stand for the dot of a nested object."""
    settings = [f"{name.replace('__', '.')}={value}" for name, value in values.items()]
    program = [sys.executable, "-m", "publisher", "run"]
    return [*program, "-r", reason, "-t", tag, "coarsening", *settings]


def study() -> list[tuple[list[str], int]]:
    """Each command with the exit code that it should have."""
    sets = product(MESHES, SEEDS, MOBILITIES)
    commands = [
        (run_command(WHY_MOBILITY[m], "study", mesh__n=n, seed=seed, mobility=m), 0) for n, seed, m in sets
    ]
    unstable = run_command(WHY_EXPLICIT, "instability", scheme="explicit", dt=0.01)
    return [*commands, (unstable, 1)]


def main() -> int:
    """Run the study; 0 if every run ended as it should, otherwise 1."""
    for command, expected in study():
        print("$ publisher", shlex.join(command[3:]), flush=True)
        code = subprocess.run(command, cwd=Path(__file__).resolve().parent, check=False).returncode
        if code != expected:
            print(f"this run ended with {code}, not with {expected}: stopped.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
