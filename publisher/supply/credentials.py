"""Which of the user's variables a program gets that may be a stranger's, and one that installs packages. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

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


def for_installers(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables for a program that installs packages, which may run what a repository says builds them.

    Without what is for nobody else, but for what the index of packages is asked with.
    """
    return {
        name: value
        for name, value in environment.items()
        if not is_for_nobody_else(name, value) or _FOR_AN_INDEX.fullmatch(name)
    }
