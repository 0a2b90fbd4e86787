"""Which packages of Debian's kind of system are installed, as dpkg says. Asks and changes nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence


def missing(packages: Sequence[str]) -> list[str] | None:
    """Those of some packages that are not installed, or not in the version behind a `=`; None without dpkg.

    Args:
        packages: `gfortran`, `libfoo:arm64`, or `gfortran=4:12.2.0-3`.
    """
    program = shutil.which("dpkg-query")
    if program is None:
        return None
    return [each for each in packages if not _is_installed(program, *each.partition("=")[::2])]


def _is_installed(program: str, name: str, version: str) -> bool:
    words = [program, "--show", "--showformat=${db:Status-Status} ${Version}\\n", "--", name]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode:
        return False
    told = [line.split(" ", 1) for line in done.stdout.splitlines()]
    return any(each[0] == "installed" and version in ("", each[-1]) for each in told)
