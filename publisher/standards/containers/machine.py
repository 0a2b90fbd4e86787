"""What a project needs of a machine, from which the texts for all systems are made; and what they share. Pure.

Texts of users go into shell, Docker and JSON. They are quoted for it, and a path that cannot be (it holds a line
end, or what Docker would replace) is refused.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from msgspec import Struct

from publisher.errors import PublisherError
from publisher.model.locks import Kind, kind_of, place_of
from publisher.model.record import Record

UV = "0.13.8"  #: these four as of 2026-11: whoever builds an image in ten years wants what there was
PIXI = "ghcr.io/prefix-dev/pixi:0.76.2"
MICROMAMBA = "mambaorg/micromamba:2.0.5"
CONDA_LOCK = "4.0.3"
DEBIAN = "bookworm"  #: for which there are images of every Python that is asked for
OLDEST = (3, 11)  #: Python that publisher itself runs on

_PLAIN = re.compile(r"[\w ./+@=:,-]+")
_GB = 1024**3


class NotExported(PublisherError):
    """A project cannot be told to a system. The hint says which could be."""

    exit_code = 3


class Written(Struct, frozen=True, kw_only=True):
    """One file that another system reads."""

    path: str  #: relative to the project
    text: str
    executable: bool = False


class Machine(Struct, frozen=True, kw_only=True):
    """What a project needs."""

    name: str  #: of the paper, any text
    python: str  #: the version that runs had, `3.11.7`
    publisher: str  #: what pip is asked for
    lock: str | None = None  #: the file that the environment is made from, relative to the project
    content: str = ""  #: of that file
    packages: tuple[str, ...] = ()  #: of Debian
    data: bool = False  #: some of it is fetched
    cores: int | None = None  #: that the runs kept busy
    memory: int | None = None  #: bytes that the largest run took

    @property
    def kind(self) -> Kind | None:
        """What makes the environment."""
        return kind_of(self.lock) if self.lock else None

    @property
    def place(self) -> str | None:
        """The folder of the environment, relative to the project; None when there is none.

        Raises:
            NotExported: Its path is none that every system can be told.
        """
        found = place_of(self.lock) if self.lock else ""
        if found and not _PLAIN.fullmatch(found):
            raise NotExported(
                f"the environment would lie in `{found}`, which not every system can be told",
                hint="rename the folder of the lock file: letters, digits, spaces and ./+@=:,- are understood",
            )
        return found or None

    @property
    def short_python(self) -> str:
        """`3.11`; `3.12` when nobody can tell."""
        read = re.match(r"\d+\.\d+(?!\d)", self.python, re.ASCII)
        return read[0] if read else "3.12"


def need(records: Sequence[Record]) -> tuple[int | None, int | None]:
    """How many cores runs kept busy, and how many bytes the largest took; None where nobody measured.

    Not what their machine had: a supplement is not to ask for a workstation because it was written on one.
    """
    cores, memory = list[int](), list[int]()
    for record in records:
        used = record.resources
        if used and used.cpu_time and record.duration:
            cores.append(max(1, min(round(used.cpu_time / record.duration), used.cores or 1)))
        if used and used.peak_memory:
            memory.append(used.peak_memory)
    return max(cores, default=None), max(memory, default=None)


def gigabytes(memory: int) -> int:
    """Whole gigabytes that a machine has to have for a run, with one for what is around it."""
    return -(-memory // _GB) + 1


def image(machine: Machine, variant: str = "") -> str:
    """The image of a Python: the recorded one where publisher itself runs on it.

    An older or an unusual one is had by the environment, which brings its own.
    """
    version = machine.python
    release = re.fullmatch(r"(\d+)\.(\d+)\.\d+", version, re.ASCII)
    if release is None or (int(release[1]), int(release[2])) < OLDEST:
        version = "3.12"
    return f"python:{version}-{variant}{DEBIAN}"


def docker_word(text: str) -> str:
    """A text as one word in double quotes of a Dockerfile, in which nothing is replaced."""
    return '"' + re.sub(r'(["\\$])', r"\\\1", text) + '"'


def installers(machine: Machine) -> dict[str, tuple[str, str]]:
    """Programs that are taken from other people's images: where they are there -> image, where they go."""
    if machine.kind == "pixi":
        return {"/usr/local/bin/pixi": (PIXI, "/usr/local/bin/pixi")}
    if machine.kind in ("conda", "conda-lock"):
        return {"/bin/micromamba": (MICROMAMBA, "/usr/local/bin/micromamba")}
    return {}


def of_pip(machine: Machine) -> str:
    """What pip installs in a container, beside the paper's environment, as words of a shell."""
    also = [f"conda-lock=={CONDA_LOCK}"] if machine.kind == "conda-lock" else []
    return shlex.join([machine.publisher, *also])


def apt_lines(packages: Sequence[str]) -> list[str]:
    """The commands that install Debian's packages, and leave no lists behind."""
    words = shlex.join(packages)
    return [
        "apt-get update",
        f"DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends {words}",
        "rm -rf /var/lib/apt/lists/*",
    ]


def refuse_docker(machine: Machine, hint: str) -> None:
    """Raises NotExported for a project whose environment is a Dockerfile of its own."""
    if machine.kind == "docker":
        raise NotExported("the environment is a Dockerfile already", where=machine.lock, hint=hint)
