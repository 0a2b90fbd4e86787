"""Commands under the rights and limits of a smaller machine, also where the tests run as root."""

from __future__ import annotations

import os
from pathlib import Path

_RIGHTS = "-dac_override,-dac_read_search"  #: by which root passes over the rights of files


def without_root_rights(*words: str | Path) -> list[str]:
    """A command for which the rights of files count, whoever runs it."""
    command = [str(word) for word in words]
    if os.geteuid() != 0:
        return command
    return ["setpriv", f"--bounding-set={_RIGHTS}", f"--inh-caps={_RIGHTS}", "--", *command]


def with_files_of_at_most(size: int, *words: str | Path) -> list[str]:
    """A command that can write no file of more bytes, as on a disk that becomes full."""
    return ["prlimit", f"--fsize={size}", "--", *map(str, words)]
