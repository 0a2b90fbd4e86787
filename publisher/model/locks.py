"""Files that environments are made from: by what, where their users expect them, how they are entered. Pure."""

from __future__ import annotations

import re
import shlex
from typing import Literal

Kind = Literal["uv", "pixi", "pylock", "conda-lock", "requirements", "conda", "docker"]

LOCKED: dict[str, Kind] = {
    "uv.lock": "uv",
    "pixi.lock": "pixi",
    "pylock.toml": "pylock",
    "conda-lock.yml": "conda-lock",
    "requirements.lock": "requirements",
    "requirements.txt": "requirements",
    "environment.yml": "conda",
}  #: by their usual names; of several in a project the first counts

_NAMED: dict[str, Kind] = {
    r"pylock\.[^.]+\.toml": "pylock",
    r"(?:.*[-_.])?requirements.*\.(?:txt|lock)": "requirements",
    r"(?:.*[-_.])?conda-lock.*\.ya?ml": "conda-lock",
    r"(?:.*[-_.])?environment.*\.ya?ml": "conda",
    r"(?:.*[-_.])?(?:Docker|Container)file(?:\..*)?": "docker",
}


def kind_of(lock: str) -> Kind | None:
    """What makes an environment of a file, told by its name; None for one that we do not know."""
    name = lock.rpartition("/")[2]
    return LOCKED.get(name) or next((kind for form, kind in _NAMED.items() if re.fullmatch(form, name)), None)


def place_of(lock: str) -> str:
    """The folder of its environment, relative to the project; empty for a Dockerfile.

    uv and pixi put it beside their lock file, all others get it at the top.
    """
    kind, beside = kind_of(lock), lock.rpartition("/")[0]
    if kind in ("uv", "pixi"):
        name = ".venv" if kind == "uv" else ".pixi/envs/default"
        return f"{beside}/{name}" if beside else name
    return {"conda": ".conda", "conda-lock": ".conda", "docker": ""}.get(kind or "", ".venv")


def entered_by(lock: str) -> str:
    """What is typed in the project's folder to enter its environment."""
    kind, place, beside = kind_of(lock), place_of(lock), lock.rpartition("/")[0]
    if kind == "pixi":
        where = f" --manifest-path {shlex.quote(beside)}" if beside else ""
        return f'eval "$(pixi shell-hook{where})"'
    if kind in ("conda", "conda-lock"):
        return f"conda activate ./{place}"
    return f". {shlex.quote(f'{place}/bin/activate')}"
