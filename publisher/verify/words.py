"""The words that a recorded program was started with, from those that were typed. Pure.

What was typed is in the record; with overrides, the program got other words: without them, and with the merged
parameter file in place of its own.
"""

from __future__ import annotations

import os
import re

from publisher.model.record import Record

_OPTION = re.compile(r"--?[A-Za-z][\w-]*=(?P<value>.+)", re.DOTALL)


def words_given(record: Record, merged: str | None) -> list[str]:
    """The words that a program was started with: without overrides, with the merged file for its parameter file.

    Args:
        record: The run.
        merged: What to name in place of the parameter file; None where nothing was overridden.
    """
    told = record.parameters
    if told is None or merged is None:
        return list(record.command)
    words: list[str] = []
    behind = False  #: the parameter file has been passed
    for at, word in enumerate(record.command):
        value_of_option = at > 0 and re.fullmatch(r"-[^=]*", record.command[at - 1]) is not None
        override = word.partition("=")[0] in told.overrides and "=" in word
        if at > 0 and names_parameters(word, record):
            words.append(word[: len(word) - len(path_in(word) or "")] + merged)
            behind = True
        elif not (override and behind and record.step is None and not value_of_option):
            words.append(word)
    return words


def names_parameters(word: str, record: Record) -> bool:
    """Whether a word is the parameter file of a run, or holds it behind `--option=`."""
    path, file = path_in(word), record.parameters and record.parameters.file
    if not path or not file:
        return False
    if path.startswith("~/") or os.path.isabs(path):
        return path == file or (not file.startswith(("~/", "/")) and path.endswith(f"/{file}"))
    return os.path.normpath(f"{record.directory or '.'}/{path}").replace(os.sep, "/") == file


def path_in(word: str) -> str | None:
    """The path that a word may be: itself, or what follows `--option=`; None for another option."""
    option = _OPTION.fullmatch(word)
    if option:
        return option["value"]
    return None if word.startswith("-") else word
