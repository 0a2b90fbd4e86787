"""Which of the user's variables a program gets that may be a stranger's, and one that installs packages."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping

from publisher.model.secrets import masked, names_a_secret

_FOR_NOBODY_ELSE = re.compile(
    r"""
      .*(?:TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|AUTH|COOKIE).*
    | .*_(?:KEY|PAT|PWD)
    | (?:GITHUB|ACTIONS|RUNNER|GITLAB|CI|AWS|AZURE|ARM|GOOGLE|GCP|DOCKER|KUBE|VAULT|SSH|GPG|TWINE|NPM_CONFIG)_.*
    | KUBECONFIG | NETRC | PGPASSFILE | KRB5CCNAME | DBUS_SESSION_BUS_ADDRESS | DISPLAY | WAYLAND_DISPLAY
    | GIT_.* | PUBLISHER_.* | PYTHONSTARTUP | BASH_ENV | ENV | OLDPWD | PWD
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FOR_AN_INDEX = re.compile(
    r"(?:UV_(?!PUBLISH_)|PIP_|CONDA_|MAMBA_|PIXI_|RATTLER_).* | NETRC | (?:HTTPS?|ALL|NO|FTP)_PROXY",
    re.VERBOSE | re.IGNORECASE,
)


def is_for_nobody_else(name: str, value: str) -> bool:
    """Whether a variable is not handed to a program that may be a stranger's: credentials, and ways to them."""
    return _FOR_NOBODY_ELSE.fullmatch(name) is not None or names_a_secret(name) or masked(value) != value


_FOR_OURSELVES = re.compile(
    r"""
      GIT_.* | PUBLISHER_.* | GITHUB_(?:ACTIONS|RUN_ID|SERVER_URL|REPOSITORY) | CI_JOB_URL
    | DISPLAY | WAYLAND_DISPLAY | OLDPWD | PWD
    """,
    re.VERBOSE,
)  #: what publisher and git need while they re-run, where it is no credential


@contextlib.contextmanager
def credentials_aside() -> Iterator[dict[str, str]]:
    """Take credentials out of our environment, which every process that we start inherits; yield them.

    What an index of packages is asked with stays, for downloads and installers.
    """
    removed: dict[str, str] = {}
    for name, value in list(os.environ.items()):
        if name.startswith("GIT_CONFIG_VALUE_"):  # git counts them
            if masked(value) != value:
                removed[name] = value
                os.environ[name] = ""
        elif _is_aside(name, value):
            removed[name] = value
            del os.environ[name]
    try:
        yield dict(removed)
    finally:
        os.environ.update(removed)


def _is_aside(name: str, value: str) -> bool:
    if _FOR_AN_INDEX.fullmatch(name) or not is_for_nobody_else(name, value):
        return False
    ours = _FOR_OURSELVES.fullmatch(name) and not names_a_secret(name) and masked(value) == value
    return not ours


def for_installers(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables for a program that installs packages, which may run what a repository says builds them.

    Without what is for nobody else, but for what the index of packages is asked with.
    """
    return {
        name: value
        for name, value in environment.items()
        if not is_for_nobody_else(name, value) or _FOR_AN_INDEX.fullmatch(name)
    }
