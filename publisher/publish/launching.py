"""Where a reader can run something with a click: addresses of services that make a machine for it. Pure.

Only what can work is offered: a service that does not know the host, or is too small, has no button. Names are
percent-encoded, so that none leads anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

from msgspec import Struct

from publisher.model.cost import Need, binder_takes
from publisher.publish.hosting import is_commit, place_of

CODESPACES = "Codespaces"
WORKFLOW = ".github/workflows/run.yml"  #: which GitHub's page can start by hand
#: Files at the top of a repository from which Binder makes an environment, of those that records name.
BINDER_READS = frozenset(
    ["requirements.txt", "environment.yml", "Pipfile.lock", "Manifest.toml", "Dockerfile"]
)
BINDER_FOLDERS = ("binder", ".binder")  #: which it looks into first
_ZENODO = re.compile(r"10\.5281/zenodo\.\d{1,12}")


class Door(Struct, frozen=True, kw_only=True):
    """A service that runs it."""

    name: str
    address: str


class Ground(Struct, frozen=True, kw_only=True):
    """What the repository holds that services look for, as it lies here."""

    prefix: str = ""  #: folders from its top to the project, with `/` at the end; or empty
    workflow: bool = False  #: it has `WORKFLOW`
    binder: bool = False  #: Binder can make an environment from it


def binder_reads(locks: Iterable[str], prefix: str) -> bool:
    """Whether Binder can make an environment from the lock files that a run saw: it looks at the top only."""
    return not prefix and not BINDER_READS.isdisjoint(locks)


def doors(
    repository: str | None,
    commit: str | None,
    *,
    ground: Ground,
    need: Need | None,
    binder: bool,
    notebook: str = "",
    deposit: str = "",
) -> list[Door]:
    """The services that can run something.

    Args:
        repository: The remote, as git knows it; None or empty when it is not known or must not be told.
        commit: Of the code that ran.
        ground: What the repository holds.
        need: What it needs; None when that is not known.
        binder: Binder can make an environment of that commit.
        notebook: A path in the project, when it is a notebook; else empty.
        deposit: A DOI, for what has no repository at a host that Binder knows.
    """
    place = place_of(repository)
    host, names = place or ("", [])
    github = [quote(name, safe="") for name in names] if host == "github.com" and len(names) == 2 else []
    path = f"{ground.prefix}{notebook}" if notebook else ""
    at = commit if is_commit(commit) else ""
    found: list[Door] = []
    if github:
        address = f"https://codespaces.new/{'/'.join(github)}?quickstart=1"
        found.append(Door(name=CODESPACES, address=address))
    if binder and binder_takes(need) and (address := _binder(host, names, github, at or "", path, deposit)):
        found.append(Door(name="Binder", address=address))
    if github and at and path.endswith(".ipynb"):
        address = f"https://colab.research.google.com/github/{'/'.join(github)}/blob/{at}/{_quoted(path)}"
        found.append(Door(name="Colab", address=address))
    if github and ground.workflow:
        address = f"https://github.com/{'/'.join(github)}/actions/workflows/{WORKFLOW.rpartition('/')[2]}"
        found.append(Door(name="GitHub Actions", address=address))
    return found


def _binder(host: str, names: list[str], github: list[str], commit: str, path: str, deposit: str) -> str:
    """The address at mybinder.org; empty when it does not know where to get the repository from."""
    opened = f"?labpath={quote(path, safe='', errors='replace')}" if path else ""
    if commit and github:
        return f"https://mybinder.org/v2/gh/{'/'.join(github)}/{commit}{opened}"
    if commit and host == "gitlab.com":
        return f"https://mybinder.org/v2/gl/{quote('/'.join(names), safe='')}/{commit}{opened}"
    if not names and _ZENODO.fullmatch(deposit):
        return f"https://mybinder.org/v2/zenodo/{deposit}/{opened}"
    return ""


def _quoted(path: str) -> str:
    return quote(path, errors="replace")
