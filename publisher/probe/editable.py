"""Packages that are installed editable: those whose modules lie in a project's own folder.

Read from the folders on an interpreter's path, without asking it. What a `.pth` adds to that path is on it
already; here are the finders that hang themselves beside it. It does not know whose project that is.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

_FINDER = re.compile(r"__editable__.*|_editable_impl_.*|.*_editable(?:_loader)?", re.DOTALL)
_MAPPING = re.compile(r"^MAPPING\b[^=\n]*=\s*(\{.*\})\s*$", re.MULTILINE)
_MAPPED = re.compile(r"\.map_module\((['\"].*?['\"]),\s*(['\"].*?['\"])\)")


class Editable(Struct, frozen=True, kw_only=True):
    """What is installed so."""

    folders: dict[str, str] = field(default_factory=dict)  #: package -> the folder of its project
    modules: dict[str, str] = field(
        default_factory=dict
    )  #: module -> its folder or file, where a finder says so


def editable(search_path: Sequence[str]) -> Editable:
    """Every package that is installed editable.

    Args:
        search_path: The interpreter's `sys.path`.
    """
    found = Editable()
    for entry in search_path:
        if os.path.basename(entry).endswith("-packages"):
            try:
                names = os.listdir(entry)
            except OSError:
                continue
            for name in names:
                _look_at(os.path.join(entry, name), found)
    return found


def _look_at(path: str, found: Editable) -> None:
    stem, suffix = os.path.splitext(os.path.basename(path))
    if suffix == ".dist-info":
        folder = project_in(_text(os.path.join(path, "direct_url.json")))
        if folder:
            found.folders[stem.partition("-")[0]] = folder
    elif suffix == ".py" and _FINDER.fullmatch(stem):
        found.modules.update(modules_in(_text(path)))


def project_in(text: str) -> str | None:
    """The folder of a project from a `direct_url.json` (PEP 610); None where it is not installed editable."""
    try:
        told = json.loads(text)
        address = urlsplit(str(told["url"]))
        is_editable = told["dir_info"]["editable"] is True
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return unquote(address.path) if is_editable and address.scheme == "file" else None


def modules_in(text: str) -> dict[str, str]:
    """The modules that a finder leads somewhere, from its text: setuptools', and that of `editables`."""
    found: dict[str, str] = {}
    for told in _MAPPING.finditer(text):
        try:
            mapping = ast.literal_eval(told[1])
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        found |= {str(name): str(path) for name, path in mapping.items()} if isinstance(mapping, dict) else {}
    for told in _MAPPED.finditer(text):
        found[str(ast.literal_eval(told[1]))] = str(ast.literal_eval(told[2]))
    return found


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
