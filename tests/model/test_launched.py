"""Which word of a command is its Python interpreter."""

from __future__ import annotations

import pytest

from publisher.model.launched import python_at


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("python heat.py", "python"),
        ("/opt/env/bin/python3.12 heat.py", "/opt/env/bin/python3.12"),
        (r"C:\study\.venv\Scripts\python.exe heat.py", r"C:\study\.venv\Scripts\python.exe"),
        ("pypy3 heat.py python", "pypy3"),
        ("mpirun -np 4 --mca btl self python3 heat.py", "python3"),
        ("/usr/bin/mpiexec -n 2 python heat.py", "python"),
        ("srun --ntasks=4 -c 2 python heat.py", "python"),
        ("env -u X A=1 nice -n 5 python heat.py", "python"),
        ("time -p timeout -s KILL 60 python heat.py", "python"),
        ("taskset -c 0,1 python heat.py", "python"),
        ("numactl --physcpubind=0 -m 0 python heat.py", "python"),
        ("xvfb-run -a -s '-screen' python heat.py", "python"),
        ("uv run --with rich python heat.py", "python"),
        ("uv --quiet run -- python heat.py", "python"),
        ("conda run -n study python heat.py", "python"),
    ],
)
def test_it_is_the_first_or_stands_behind_those_that_start_it(command: str, word: str) -> None:
    words = command.split()
    at = python_at(words)
    assert at is not None and words[at] == word


@pytest.mark.parametrize(
    "command",
    [
        "",
        "cp in/a.csv out/python",
        "sh g.sh results/python",
        "Rscript a.R python",
        "mpirun -n 2 ./model python",
        "uv pip install python",
        "uv run heat.py python",
        "timeout",
        "env -u",
        "taskset -c 0 ./model /usr/bin/python",
    ],
)
def test_a_file_that_is_called_so_is_none(command: str) -> None:
    assert python_at(command.split()) is None
