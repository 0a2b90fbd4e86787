"""Programs that install environments: where they are, and what they say, cut down to a sentence."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from publisher.errors import PublisherError
from publisher.model.secrets import masked

LONGEST = 400  #: characters of what a program said that a sentence holds

_PRELUDE = re.compile(
    r"(?:Using|Creating|Resolved|Prepared|Installed|Downloading|Updating|Building|Activate) "
)

SOURCES = {
    "uv": "get it with `pip install uv`, or as https://docs.astral.sh/uv/ tells",
    "pixi": "get it as https://pixi.sh tells",
    "conda": "get micromamba as https://mamba.readthedocs.io tells",
    "conda-lock": "get it with `pip install conda-lock`",
}


class NoEnvironment(PublisherError):
    """An environment cannot be had. The hint says what would help."""

    exit_code = 3


class Complaint(Exception):
    """A program ended with an error; the text is what it said."""


def uv_program() -> str:
    """The path of uv: the one of our own installation, else the one on PATH.

    Raises:
        NoEnvironment: There is none.
    """
    try:
        import uv

        return os.fsdecode(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        return program("uv")


def program(name: str) -> str:
    """The path of a program.

    Raises:
        NoEnvironment: It is not on PATH; the hint says how to get it.
    """
    found = shutil.which(name)
    if found is None:
        raise NoEnvironment(
            f"{name} is not here, and the environment cannot be built without it", hint=SOURCES[name]
        )
    return found


def said(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], given: str | None = None
) -> str:
    """What a program says, on its output and then on its errors.

    Raises:
        Complaint: It ended with an error.
        NoEnvironment: It cannot be started.
    """
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            input=None if given is None else given.encode("utf-8", "surrogateescape"),
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise NoEnvironment(f"{command[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        raise Complaint((done.stderr or done.stdout).decode("utf-8", "replace"))
    return (done.stdout + done.stderr).decode("utf-8", "replace")


def not_installed(what: str, words: str) -> NoEnvironment:
    """The sentence for something that a program could not install, from what it said."""
    return NoEnvironment(
        f"{what} cannot be installed: {in_short(words)}",
        hint="see that the network and the index can be reached",
    )


def in_short(words: str) -> str:
    """What a program said, as the rest of a sentence: without its prelude, credentials and the user's home."""
    lines = (
        re.sub(r"^[\s×╰─▶│├]*(?:error:|cause:|hint:|Caused by:)?\s*", "", each) for each in words.splitlines()
    )
    told = "; ".join(each for each in lines if each and not _PRELUDE.match(each))
    told = masked(told.replace(os.path.expanduser("~") + os.sep, "~/")).rstrip(".;")
    return told if len(told) <= LONGEST else f"{told[:LONGEST].rpartition(' ')[0]} …"
