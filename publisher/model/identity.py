"""How a run is named: its id, the name of its file, and what a person may type for it. Pure."""

from __future__ import annotations

import hashlib

LATEST = "latest"


def run_id(started: str, command: list[str], nonce: bytes) -> str:
    """The id of a run, known before its program starts: 12 hex digits of a SHA-256.

    Args:
        started: The moment of the start in UTC.
        command: The command as typed.
        nonce: Random bytes, so that two runs at one moment differ.
    """
    return hashlib.sha256(
        "\0".join([started, *command]).encode(errors="surrogateescape") + nonce
    ).hexdigest()[:12]


def record_name(started: str, run: str) -> str:
    """Where a record lies below `records/`: `runs/2026-11/20261123T063512-7f3a9c1e5b02.yml`."""
    compact = started[:19].replace("-", "").replace(":", "")
    return f"runs/{started[:7]}/{compact}-{run}.yml"


def verification_name(started: str, run: str) -> str:
    """Where a verification lies below `records/`: `verifications/2026-12/20261201T020000-7f3a9c1e5b02.yml`."""
    return "verifications" + record_name(started, run).removeprefix("runs")


def run_of_name(name: str) -> str:
    """The id in a record's file name; empty when it holds none."""
    stem = name.rpartition("/")[2].removesuffix(".yml")
    run = stem.rpartition("-")[2]
    return run if len(run) == 12 and all(c in "0123456789abcdef" for c in run) else ""


def may_be_prefix(text: str) -> bool:
    """Whether a word could be the beginning of a run's id."""
    return 0 < len(text) <= 12 and all(c in "0123456789abcdef" for c in text)
