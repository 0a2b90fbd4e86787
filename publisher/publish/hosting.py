"""Where a commit, or a file in it, can be seen on the web. Pure.

Only what we know for sure becomes a link: a wrong one is worse than none.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+\.[a-z]{2,}):(?!//)(?P<path>[\w./~-]+)", re.IGNORECASE)
_URL = re.compile(
    r"(?:https?|ssh|git)://(?:[^@/\s]*@)?(?P<host>[\w.-]+)(?P<port>:\d+)?/(?P<path>[\w./~-]+)", re.IGNORECASE
)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_BRANCHES = {
    "github.com": ("/commit/", "/blob/"),
    "gitlab.com": ("/-/commit/", "/-/blob/"),
    "codeberg.org": ("/commit/", "/src/commit/"),
    "bitbucket.org": ("/commits/", "/src/"),
}


@lru_cache(maxsize=64)
def web_address(repository: str | None) -> str | None:
    """The page of a repository, of the forms in which git knows remotes; None when it has none that we know.

    >>> web_address("git@github.com:someone/paper.git")
    'https://github.com/someone/paper'
    """
    found = _URL.fullmatch(repository or "") or _SCP.fullmatch(repository or "")
    if found is None:
        return None
    host = found["host"].lower()
    path = found["path"].strip("/").removesuffix(".git")
    if _forms(host) is None or ".." in path or path.count("/") < 1:
        return None
    return f"https://{host}/{path}"


def _forms(host: str) -> tuple[str, str] | None:
    if host.startswith("gitlab."):
        return _BRANCHES["gitlab.com"]
    return _BRANCHES.get(host)


def commit_page(repository: str | None, commit: str | None) -> str | None:
    """The page of a commit; None when there is none that we know."""
    home = web_address(repository)
    if home is None or not _COMMIT.fullmatch(commit or ""):
        return None
    forms = _forms(home.split("/")[2])
    return f"{home}{forms[0]}{commit}" if forms else None


def file_page(repository: str | None, commit: str | None, path: str | None) -> str | None:
    """The page of a file as it was at a commit; None when there is none that we know."""
    home = web_address(repository)
    if home is None or not path or not _COMMIT.fullmatch(commit or "") or path.startswith(("/", "~/")):
        return None
    forms = _forms(home.split("/")[2])
    return f"{home}{forms[1]}{commit}/{quote(path, errors='replace')}" if forms else None


def compare_form(repository: str | None) -> str | None:
    """The page of the difference of two commits, which are to be put for `{old}` and `{new}`; None as above.

    >>> compare_form("git@github.com:someone/paper.git")
    'https://github.com/someone/paper/compare/{old}...{new}'
    """
    home = web_address(repository)
    between = {"/commit/": "/compare/", "/-/commit/": "/-/compare/"}  # Bitbucket's form is not known for sure
    forms = _forms(home.split("/")[2]) if home else None
    return f"{home}{between[forms[0]]}{{old}}...{{new}}" if forms and forms[0] in between else None


def place_of(repository: str | None) -> tuple[str, list[str]] | None:
    """The host of a repository and its names there, outermost first; None when we do not know the host.

    >>> place_of("git@github.com:someone/paper.git")
    ('github.com', ['someone', 'paper'])
    """
    home = web_address(repository)
    if home is None:
        return None
    host, *names = home.removeprefix("https://").split("/")
    return (host, names) if all(name.strip(".") for name in names) else None


def is_commit(text: str | None) -> bool:
    """Whether a text is the whole id of a commit, as hosts of repositories take it."""
    return bool(_COMMIT.fullmatch(text or ""))


def clone_address(repository: str | None) -> str | None:
    """What stands behind `git clone`: the page where we know one, because it needs no key; else the remote."""
    return web_address(repository) or repository
