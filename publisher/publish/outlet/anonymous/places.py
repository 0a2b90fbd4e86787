"""Patterns of e-mail addresses, ORCID iDs and absolute paths, whoever they name. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

WORDS = "(anonymous)"

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}(?![\w-])")
ORCID = re.compile(r"(?<![\d-])\d{4}-\d{4}-\d{4}-\d{3}[\dX](?![\d-])")
_ROOTS = (
    "home|Users|root|tmp|private|scratch|lustre|gpfs|beegfs|nfs|mnt|media|srv|work|projects|export|afs|net|Volumes|opt/home"
    "|var/tmp|var/folders|var/home|usr/home|data/home"
)
PATH = re.compile(rf"(?<![\w.~)\-])/(?:{_ROOTS})(?:/+[^\s/\"'<>|:;,&()\[\]{{}}\\`*]+)+/?")
QUOTED_PATH = re.compile(rf"%2F(?:{_ROOTS})(?:%2F[^\s/\"'<>&%]*(?:%(?!2F)[0-9A-F]{{2}}[^\s/\"'<>&%]*)*)+")
WINDOWS = re.compile(
    r"(?<![A-Za-z])[A-Za-z]:(?:\\+|/)(?:Users|Documents and Settings|home)(?:(?:\\+|/)[^\s\\/\"'<>|:;,&]+)+",
    re.IGNORECASE,
)
ACCOUNT = re.compile(
    r"(?:(?<![\w.~)\-])/(?:home|Users|scratch|var/home|usr/home|export/home)/|\b[A-Za-z]:(?:\\+|/)Users(?:\\+|/))"
    r"(?P<name>[^\s\\/\"'<>|:;,&()]+)"
)


def replace_paths(text: str) -> str:
    """A text without absolute paths of people's files."""
    return QUOTED_PATH.sub(quote(WORDS), WINDOWS.sub(_place, PATH.sub(_place, text)))


def replace_addresses(text: str) -> str:
    """A text without e-mail addresses and ORCID iDs."""
    return ORCID.sub(WORDS, EMAIL.sub(WORDS, text))


def tells_place(text: str) -> bool:
    """Whether the name of an account stands in a path."""
    return bool(ACCOUNT.search(text) or WINDOWS.search(text))


def _place(found: re.Match[str]) -> str:
    """An absolute path: of a file some folders deep its own name stays, which a reader needs."""
    parts = [each for each in re.split(r"[/\\]+", found[0]) if each]
    return f"{WORDS}/{parts[-1]}" if len(parts) > 3 else WORDS
