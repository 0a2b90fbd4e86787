"""A dev container, for Codespaces and editors: https://containers.dev/implementors/json_reference/. Pure."""

from __future__ import annotations

import json
from typing import Any

from publisher.standards.containers.machine import Machine, Written, gigabytes, image, installers, of_pip

FOLDER = ".devcontainer"
_ROOT = "${containerWorkspaceFolder}"


def files(machine: Machine) -> list[Written]:
    """`devcontainer.json`, and a Dockerfile beside it where a program has to come from another image."""
    told: dict[str, Any] = {"name": _plain(machine.name)}
    more: list[Written] = []
    taken = installers(machine)
    if machine.kind == "docker":
        told["build"] = {"dockerfile": f"../{_plain(machine.lock or '')}", "context": ".."}
    elif taken:
        told["build"] = {"dockerfile": "Dockerfile"}
        copies = "".join(f"COPY --from={source} {there} {here}\n" for there, (source, here) in taken.items())
        text = f"# Written by `publisher export devcontainer`.\nFROM {image(machine)}\n{copies}"
        more.append(Written(path=f"{FOLDER}/Dockerfile", text=text))
    else:
        told["image"] = image(machine)
    needs: dict[str, Any] = {}
    if machine.cores:
        needs["cpus"] = machine.cores
    if machine.memory:
        needs["memory"] = f"{gigabytes(machine.memory)}gb"
    if needs:
        told["hostRequirements"] = needs
    apt = " --apt" if machine.packages and machine.kind != "docker" else ""
    told["postCreateCommand"] = f"python -m pip install {of_pip(machine)} && publisher setup{apt}"
    if machine.place:
        told["remoteEnv"] = {"PATH": f"{_ROOT}/{machine.place}/bin:${{containerEnv:PATH}}"}
        settings = {"python.defaultInterpreterPath": f"{_ROOT}/{machine.place}/bin/python"}
        told["customizations"] = {"vscode": {"extensions": ["ms-python.python"], "settings": settings}}
    return [Written(path=f"{FOLDER}/devcontainer.json", text=json.dumps(told, indent=2) + "\n"), *more]


def _plain(text: str) -> str:
    """A text in which nothing is replaced by what reads the file, which has no way to quote `${…}`."""
    return text.replace("${", "$ {")
