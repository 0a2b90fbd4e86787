"""An Apptainer definition file: https://apptainer.org/docs/user/latest/definition_files.html. Pure.

An image of Apptainer cannot be written to, so what it runs works in the folder where it is started: a clone of the
paper, with the environment from the image.
"""

from __future__ import annotations

import re
import shlex

from publisher.standards.containers.machine import (
    Machine,
    Written,
    apt_lines,
    image,
    installers,
    of_pip,
    refuse_docker,
)


def files(machine: Machine) -> list[Written]:
    """`NAME.def`.

    Raises:
        NotExported: The environment is a Dockerfile of the project's own.
    """
    refuse_docker(
        machine, "docker build --tag paper . && apptainer build paper.sif docker-daemon:paper:latest"
    )
    name = re.sub(r"[^a-z0-9]+", "-", machine.name.lower())[:40].strip("-") or "paper"
    taken = installers(machine)
    lines = [
        "# Written by `publisher export apptainer` from publisher.yml and the records. In a clone of the paper:",
        f"#   apptainer build {name}.sif {name}.def && apptainer run {name}.sif",
    ]
    for number, (source, _) in enumerate(taken.values()):
        lines += ["Bootstrap: docker", f"From: {source}", f"Stage: installer{number}", ""]
    lines += ["Bootstrap: docker", f"From: {image(machine, 'slim-')}"]
    lines += ["Stage: paper", ""] if taken else [""]
    for number, (there, (_, here)) in enumerate(taken.items()):
        lines += [f"%files from installer{number}", f"    {there} {here}", ""]
    lines += ["%files", "    . /paper", "", "%post", "    set -eu"]
    lines += [f"    {each}" for each in apt_lines(["git", *machine.packages])]
    lines += [f"    python -m pip install --no-cache-dir {of_pip(machine)}", "    cd /paper"]
    if machine.place:
        # The environment of the machine that it is built on came along, and is not the one that is wanted.
        lines.append(f"    rm -rf {shlex.quote(f'./{machine.place}')} .publisher")
    lines += ["    publisher setup", ""]
    if machine.place:
        lines += ["%environment", f'    export PATH={shlex.quote(f"/paper/{machine.place}/bin")}":$PATH"', ""]
    lines += [
        "%runscript",
        '    if [ "$#" -eq 0 ]; then set -- publisher verify --all; fi',
        '    exec "$@"',
    ]
    return [Written(path=f"{name}.def", text="\n".join(lines) + "\n")]
