"""A Dockerfile: https://docs.docker.com/reference/dockerfile/. It verifies the paper when run. Pure."""

from __future__ import annotations

from publisher.standards.containers.machine import (
    Machine,
    Written,
    apt_lines,
    docker_word,
    image,
    installers,
    of_pip,
    refuse_docker,
)

IGNORED = ("**/.venv", "**/.conda", "**/.pixi", ".publisher", "site", "**/__pycache__")


def files(machine: Machine) -> list[Written]:
    """The Dockerfile, and what it leaves behind of the folder that it is built in.

    Raises:
        NotExported: There is a Dockerfile of the project's own.
    """
    refuse_docker(machine, "docker build . builds it")
    lines = [
        "# Written by `publisher export dockerfile` from publisher.yml and the records.",
        "#   docker build --tag paper . && docker run --rm paper",
        f"FROM {image(machine, 'slim-')}",
        "",
        _run(apt_lines(["git", *machine.packages])),
    ]
    for there, (source, here) in installers(machine).items():
        lines.append(f"COPY --from={source} {there} {here}")
    lines += [
        _run([f"python -m pip install --no-cache-dir {of_pip(machine)}"]),
        "",
        "WORKDIR /paper",
        "COPY . .",
        _run(["publisher setup"]),
    ]
    if machine.place:
        lines.append(f'ENV PATH={docker_word(f"/paper/{machine.place}/bin")[:-1]}:$PATH"')
    lines.append('CMD ["publisher", "verify", "--all"]')
    ignored = "# What is made again in the image.\n" + "".join(f"{each}\n" for each in IGNORED)
    return [
        Written(path="Dockerfile", text="\n".join(lines) + "\n"),
        Written(path="Dockerfile.dockerignore", text=ignored),
    ]


def _run(commands: list[str]) -> str:
    return "RUN " + " \\\n && ".join(commands)
