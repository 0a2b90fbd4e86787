"""How files are spoken of in a record: kinds by suffix, paths that a page can show. Pure."""

from __future__ import annotations

import re

FIGURES = frozenset({".png", ".svg", ".pdf", ".jpg", ".jpeg", ".gif", ".webp", ".eps"})
SHOWN = frozenset({".png", ".svg", ".jpg", ".jpeg", ".gif", ".webp"})  #: those that a browser draws
STRUCTURED = frozenset({".json", ".yml", ".yaml"})  #: formats of parameter and metrics files that we read
LOCKS = (
    "uv.lock",
    "pixi.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "conda-lock.yml",
    "environment.yml",
    "requirements.txt",
    "renv.lock",
    "Manifest.toml",
    "Dockerfile",
)  #: files that pin an environment, in the project's top folder
BUILT = ".publisher.json"  #: the file that marks a folder as a site which we built

PARAMETERS_COPY = (
    ".params-"  #: how a copy of a parameter file with overrides begins, which lies beside the original
)

_PARAMETERS_COPY = re.compile(r"\.params-[0-9a-f]{12}(?:\..*)?", re.DOTALL)
_METRICS = re.compile(r"(?:^|.*[._-])metrics", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")


def suffix(path: str) -> str:
    """The lower-case suffix of a path with its dot; empty when it has none that is safe in a file name."""
    name = path.rpartition("/")[2]
    stem, dot, end = name.rpartition(".")
    found = f".{end.lower()}" if dot and stem else ""
    return found if _SUFFIX.fullmatch(found) else ""


def is_parameters_copy(path: str) -> bool:
    """Return whether a file is the copy of a parameter file that a run has for as long as its program runs."""
    name = path.rpartition("/")[2]
    return name.startswith(PARAMETERS_COPY) and _PARAMETERS_COPY.fullmatch(name) is not None


def is_figure(path: str) -> bool:
    """Whether people look at such a file."""
    return suffix(path) in FIGURES


def is_metrics(path: str) -> bool:
    """Whether a file is one of metrics by its name: `metrics.json`, `final-metrics.yml`."""
    name = path.rpartition("/")[2]
    return suffix(path) in STRUCTURED and _METRICS.fullmatch(name.rpartition(".")[0]) is not None


def in_words(size: int) -> str:
    """A number of bytes as people say it: `48 kB`, `3.2 MB`."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        shown = f"{amount:.1f}" if amount < 9.95 and unit != "B" else f"{amount:.0f}"
        if float(shown) < 1000:
            return f"{shown} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
