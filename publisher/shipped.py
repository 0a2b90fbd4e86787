"""Where the files that ship with the package lie: in the wheel inside it, in a checkout beside it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The folder `site_template`, `examples/walk` or `.github`, wherever this installation has it."""
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name
