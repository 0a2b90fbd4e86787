"""Files of repo2docker, for Binder: https://repo2docker.readthedocs.io/en/latest/config_files.html. Pure.

Binder's own Python is the one that notebooks run in, so the paper's packages go into it. publisher gets an
environment of its own: what it needs replaces nothing that the paper pins.
"""

from __future__ import annotations

import os
import shlex

from publisher.standards.containers.machine import UV, Machine, NotExported, Written, refuse_docker

FOLDER = ".binder"
_HEAD = """\
#!/usr/bin/env bash
# Written by `publisher export binder`. repo2docker runs it at the top, with Binder's own Python first on PATH.
set -euo pipefail
"""


def files(machine: Machine) -> list[Written]:
    """What repo2docker reads in `.binder/`.

    Raises:
        NotExported: The lock file is of a kind that repo2docker does not read, and nothing in Binder installs.
    """
    refuse_docker(machine, "Binder builds a Dockerfile at the top by itself, when it holds Jupyter")
    if machine.kind in ("pixi", "conda-lock"):
        raise NotExported(
            "Binder makes no environment from it",
            where=machine.lock,
            hint="write an environment.yml of it (`pixi workspace export conda-environment environment.yml`), "
            "and name that under `environment:` in publisher.yml",
        )
    found: dict[str, str] = {}
    if machine.packages:
        found["apt.txt"] = "".join(f"{each}\n" for each in machine.packages)
    if machine.kind == "conda":
        found["environment.yml"] = machine.content
    else:
        found["runtime.txt"] = f"python-{machine.short_python}\n"
    if machine.kind == "requirements":
        found["requirements.txt"] = f"-r {shlex.quote(f'../{machine.lock}')}\n"
    commands = _commands(machine)
    if commands:
        found["postBuild"] = _HEAD + "".join(f"{each}\n" for each in commands)
    return [
        Written(path=f"{FOLDER}/{name}", text=text, executable=name == "postBuild")
        for name, text in found.items()
    ]


def _commands(machine: Machine) -> list[str]:
    lock, lines = machine.lock or "", list[str]()
    python = '--python "$(command -v python)"'
    if machine.kind == "uv":
        project = shlex.quote(f"./{os.path.dirname(lock)}")
        export = f"uv export --quiet --frozen --no-emit-project --project {project}"
        lines.append(f"{export} | uv pip install {python} --requirements -")
    if machine.kind == "pylock":
        lines.append(f"uv pip install {python} --requirements {shlex.quote(f'./{lock}')}")
    if machine.data:
        lines.append(f"uv tool install --quiet {shlex.quote(machine.publisher)}")
        lines.append('"$(uv tool dir --bin)/publisher" setup --data')
    return [f"python -m pip install --quiet --no-cache-dir uv=={UV}", *lines] if lines else []
