"""Read a notebook that anybody may have written: what can be shown of it, and what is broken. Pure.

One broken output or cell becomes a note in its place, and the rest is shown. What is too much for a page is cut,
with a note. It knows the form of notebooks (nbformat 3 and 4), and not what renders them.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from html import escape
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from publisher.publish import words

MOST_CELLS = 5_000  #: that are shown
MOST_OUTPUTS = 2_000  #: of a notebook, once what a program printed in pieces is put together
MOST_OUTPUTS_OF_CELL = 200
MOST_SOURCE = 50_000  #: characters of a cell's source
MOST_TEXT = 4_000_000  #: characters of all sources and outputs
_MINOR = 5  #: of version 4, in which notebooks are handed on
_COUNTED = 100_000  #: characters of one output at most, because more is cut when it is shown
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_ATTACHMENT = re.compile(r"attachment:(?P<name>[^\s()<>\"']*)")
#: Kinds of outputs and cells, in version 4 and before.
_OUTPUT_TYPES = (
    frozenset(("stream", "display_data", "execute_result", "error")),
    frozenset(("stream", "display_data", "pyout", "pyerr")),
)
_CELL_TYPES = (
    frozenset(("code", "markdown", "raw")),
    frozenset(("code", "markdown", "raw", "heading", "html")),
)
#: What the bytes of a picture begin with.
_BEGINNINGS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF-",),
}
_TEXTS = ("text/", "image/svg+xml")
_SHOWN = (
    *_BEGINNINGS,
    "image/svg+xml",
    "text/html",
    "text/markdown",
    "text/latex",
)  #: what says more than a name


class Reading(Struct, frozen=True, kw_only=True):
    """What a notebook holds, so that it can be rendered."""

    tree: dict[str, Any]  #: in the form that its `nbformat` says; empty when there is a `problem`
    problem: str = ""  #: why it cannot be shown at all; empty otherwise
    broken: list[str] = []  #: what could not be read in it, where a note stands now
    cut: bool = False  #: something is left out because it is too much for a page


def read_notebook(data: bytes) -> Reading:
    """Read the bytes of a notebook. Nothing is executed, and no error is raised for what they hold."""
    try:
        tree = _tree(data)
        return _Cleaning(tree).reading()
    except _Unreadable as error:
        return Reading(tree={}, problem=str(error))
    except RecursionError:
        return Reading(tree={}, problem="is not a notebook: its JSON is nested too deeply")
    except Exception as error:  # a stranger's notebook does not stop a build
        return Reading(tree={}, problem=f"cannot be read: {type(error).__name__}: {error}"[:300])


class _Unreadable(Exception):
    """A sentence without its subject, which is the file."""


def _tree(data: bytes) -> dict[str, Any]:
    if not data.strip():
        raise _Unreadable("is empty")
    if data.startswith(b"version https://git-lfs.github.com/"):
        raise _Unreadable("is a pointer of Git LFS, not the notebook; fetch it with `git lfs pull`")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _Unreadable(f"is not UTF-8: byte {data[error.start]:#04x} at offset {error.start}") from None
    try:
        tree = json.loads(text)
        if "\\ud" in text.lower():  # half a character, which JSON can hold and nothing else
            tree = json.loads(json.dumps(tree, ensure_ascii=False).encode(errors="replace"))
    except ValueError as error:
        conflict = _CONFLICT.search(text)
        if conflict:
            line = text.count("\n", 0, conflict.start()) + 1
            raise _Unreadable(f"holds the marks of a merge conflict, first in line {line}") from None
        told = str(error) if not isinstance(error, json.JSONDecodeError) else error.msg.lower()
        where = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        if isinstance(error, json.JSONDecodeError) and error.pos >= len(text.rstrip()):
            told = f"it ends too early ({told})"
        raise _Unreadable(f"is not JSON{where}: {told[:200]}") from None
    if not isinstance(tree, dict):
        raise _Unreadable("is JSON, but not a notebook: the outermost value is not an object")
    version = tree.get("nbformat")
    if version is None:
        raise _Unreadable("has no `nbformat`, which says how a notebook is to be read")
    if version not in (2, 3, 4) or isinstance(version, bool):
        raise _Unreadable(f"has `nbformat` {str(version)[:20]}; versions 2, 3 and 4 can be read")
    return tree


class _Cleaning:
    """One notebook, under way."""

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree
        self.broken: list[str] = []
        self.cut = False
        self._text = MOST_TEXT
        self._outputs = MOST_OUTPUTS

    def reading(self) -> Reading:
        tree = self.tree
        version = int(tree["nbformat"])
        metadata = tree.get("metadata")
        kept: dict[str, Any] = {
            "nbformat": version,
            "nbformat_minor": _MINOR if version == 4 else 0,
            "metadata": _plain_metadata(metadata if isinstance(metadata, dict) else {}),
        }
        if version == 4:
            kept["cells"] = self._cells(tree.get("cells"), "cells")
        else:
            sheets = tree.get("worksheets")
            if not isinstance(sheets, list) or not all(isinstance(each, dict) for each in sheets):
                raise _Unreadable("has no list of `worksheets`")
            kept["worksheets"] = [
                {"cells": self._cells(each.get("cells"), "cells"), "metadata": {}} for each in sheets
            ]
        return Reading(tree=kept, broken=self.broken, cut=self.cut)

    def _cells(self, found: Any, name: str) -> list[dict[str, Any]]:
        if not isinstance(found, list):
            raise _Unreadable(f"has no list of `{name}`")
        cells = [self._cell(number, each) for number, each in enumerate(found[:MOST_CELLS], 1)]
        if len(found) > MOST_CELLS:
            self.cut = True
            cells.append(_note_cell(f"{words.plural(len(found) - MOST_CELLS, 'more cell')} not shown here"))
        if self.tree["nbformat"] == 4:
            for number, cell in enumerate(cells, 1):
                cell["id"] = f"cell-{number}"  # which this minor version requires, and no page shows
        return cells

    def _cell(self, number: int, found: Any) -> dict[str, Any]:
        where = f"cell {number}"
        if not isinstance(found, dict):
            return self._broken_cell(where, "is not an object")
        kind = found.get("cell_type")
        if not isinstance(kind, str) or kind not in _CELL_TYPES[self.tree["nbformat"] < 4]:
            return self._broken_cell(where, f"has the unknown type `{str(kind)[:40]}`")
        key = "input" if self.tree["nbformat"] < 4 and kind == "code" else "source"
        source = _joined(found.get(key, ""))
        if source is None:
            return self._broken_cell(where, f"has a `{key}` that is not text")
        cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, key: self._shortened(source)}
        if type(found.get("level")) is int and kind == "heading":
            cell["level"] = min(max(found["level"], 1), 6)
        if isinstance(found.get("attachments"), dict):
            cell["attachments"] = dict(self._attachments(where, found["attachments"]))
        if kind == "markdown":
            cell[key] = self._with_attachments(where, cell[key], cell.get("attachments", {}))
        if kind == "code":
            for name in ("execution_count", "prompt_number"):
                if name in found:
                    cell[name] = found[name] if type(found[name]) is int else None
            cell.setdefault("prompt_number" if key == "input" else "execution_count", None)
            cell["outputs"] = self._all_outputs(where, found.get("outputs", []))
            if key == "input":
                cell["language"] = str(found.get("language", "python"))[:40]
                cell["collapsed"] = False
        return cell

    def _broken_cell(self, where: str, reason: str) -> dict[str, Any]:
        self.broken.append(f"{where} {reason}")
        return _note_cell(f"{where.capitalize()} cannot be shown: it {reason}")

    def _shortened(self, source: str) -> str:
        most = max(min(MOST_SOURCE, self._text), 200)
        self._text -= min(len(source), most)
        if len(source) <= most:
            return source
        self.cut = True
        return (
            f"{source[:most]}\n… {words.count(len(source) - most)} characters are not shown here; the notebook"
            " holds them …"
        )

    def _attachments(self, where: str, found: dict[Any, Any]) -> Iterator[tuple[str, dict[str, str]]]:
        for name, kinds in found.items():
            good: dict[str, str] = {}
            for kind, data in kinds.items() if isinstance(kinds, dict) else ():
                text = _joined(data)
                odd = "is not text" if text is None else _why_broken(kind, text)
                if text is None or odd:
                    self.broken.append(f"{where}, attachment `{str(name)[:60]}`: {odd}")
                elif len(text) > self._text:
                    self.cut = True
                else:
                    self._text -= len(text)
                    good[str(kind)] = text
            if good:
                yield str(name), good

    def _with_attachments(self, where: str, source: str, attachments: dict[str, Any]) -> str:
        """A text that refers to no attachment that is not there, because that would stop the rendering."""

        def known(found: re.Match[str]) -> str:
            name = found["name"]
            if name in attachments or unquote(name) in attachments:
                return found[0]
            said = f"{where} refers to the attachment `{name[:60]}`, which is missing or broken"
            if not any(each.startswith(f"{where}, attachment") for each in self.broken):
                self.broken.append(said)
            return "#"

        return _ATTACHMENT.sub(known, source)

    def _all_outputs(self, where: str, found: Any) -> list[dict[str, Any]]:
        if not isinstance(found, list):
            self.broken.append(f"{where} has outputs that are not a list")
            return [self._note(f"The outputs of {where} cannot be shown: they are not a list.")]
        made: list[dict[str, Any]] = []
        left = 0
        for number, output in enumerate(_merged(found) if len(found) > MOST_OUTPUTS_OF_CELL else found, 1):
            if len(made) >= MOST_OUTPUTS_OF_CELL or self._outputs <= 0 or self._text <= 0:
                left += 1
                continue
            cleaned = self._output(f"{where}, output {number}", output)
            self._outputs -= 1
            self._text -= min(sum(map(len, _shown_texts(cleaned))), _COUNTED)
            made.append(cleaned)
        if left:
            self.cut = True
            many = words.plural(left, "more output is", "more outputs are")
            made.append(self._note(f"{many} not shown here; the notebook holds them."))
        return made

    def _note(self, sentence: str) -> dict[str, Any]:
        """An output that says something."""
        html = f'<p class="pub-note">{escape(sentence)}</p>'
        note: dict[str, Any] = {"output_type": "display_data", "metadata": {}}
        return note | ({"data": {"text/html": html}} if self.tree["nbformat"] == 4 else {"html": html})

    def _output(self, where: str, found: Any) -> dict[str, Any]:
        def broken(reason: str) -> dict[str, Any]:
            self.broken.append(f"{where} {reason}")
            return self._note(f"This output cannot be shown: it {reason}.")

        if not isinstance(found, dict):
            return broken("is not an object")
        kind = found.get("output_type")
        if not isinstance(kind, str) or kind not in _OUTPUT_TYPES[self.tree["nbformat"] < 4]:
            return broken(f"has the unknown type `{str(kind)[:40]}`")
        output: dict[str, Any] = {"output_type": kind}
        if kind == "stream":
            text = _joined(found.get("text"))
            if text is None:
                return broken("has a `text` that is not text")
            output["text"] = text
            output["name"] = "stderr" if "stderr" in (found.get("name"), found.get("stream")) else "stdout"
            output["stream"] = output["name"]
            if self.tree["nbformat"] == 4:
                del output["stream"]
            else:
                del output["name"]
            return output
        if kind in ("error", "pyerr"):
            lines = found.get("traceback")
            output["ename"], output["evalue"] = (
                str(found.get(each, ""))[:1000] for each in ("ename", "evalue")
            )
            output["traceback"] = list(map(str, lines)) if isinstance(lines, list) else [str(lines or "")]
            return output
        if kind in ("execute_result", "pyout"):
            name = "execution_count" if kind == "execute_result" else "prompt_number"
            output[name] = found[name] if type(found.get(name)) is int else None
        if self.tree["nbformat"] < 4:  # kinds stand beside `output_type`, by short names
            for name, value in found.items():
                if name in ("output_type", "metadata", "prompt_number"):
                    continue
                text = _joined(value)
                odd = "is not text" if text is None else _why_broken(_OLD_KINDS.get(name, ""), text)
                if odd:
                    return broken(f"has a `{str(name)[:40]}` that {odd}")
                output[name] = text
            output["metadata"] = {}
            return output
        data = found.get("data")
        if not isinstance(data, dict):
            return broken("has no `data`")
        good, odd = {}, ""
        for name, value in data.items():
            reason = _why_unusable(name, value)
            odd = odd or (f"has a `{str(name)[:40]}` that {reason}" if reason else "")
            if not reason:
                good[name] = value
        if odd and not any(each in good for each in _SHOWN):
            return broken(odd)
        if odd:
            self.broken.append(f"{where} {odd}")
        output |= {
            "data": good,
            "metadata": found["metadata"] if isinstance(found.get("metadata"), dict) else {},
        }
        return output


_OLD_KINDS = {"png": "image/png", "jpeg": "image/jpeg"}


def _why_unusable(kind: str, value: Any) -> str:
    if kind in _BEGINNINGS or kind.startswith(_TEXTS):
        text = _joined(value)
        return "is not text" if text is None else _why_broken(kind, text)
    return ""


def _why_broken(kind: str, text: str) -> str:
    """Why base64 is not the picture that it says; empty when it is, or when it should be no picture."""
    if kind not in _BEGINNINGS:
        return ""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return "is not base64"
    return "" if data.startswith(_BEGINNINGS[kind]) else "is not such a picture"


def _merged(outputs: list[Any]) -> Iterator[Any]:
    """Outputs, with what a program printed in pieces put together."""
    pieces: list[str] = []
    last: dict[str, Any] = {}
    name: Callable[[dict[str, Any]], Any] = lambda each: each.get("name", each.get("stream"))  # noqa: E731
    for output in outputs:
        stream = isinstance(output, dict) and output.get("output_type") == "stream"
        text = _joined(output.get("text")) if stream else None
        if text is not None and pieces and name(output) == name(last):
            pieces.append(text)
            continue
        if pieces:
            yield last | {"text": "".join(pieces)}
            pieces = []
        if text is None:
            yield output
        else:
            last, pieces = output, [text]
    if pieces:
        yield last | {"text": "".join(pieces)}


def _joined(text: Any) -> str | None:
    """A text that may stand there as a list of lines; None when it is neither."""
    if isinstance(text, list) and all(isinstance(each, str) for each in text):
        text = "".join(text)
    if not isinstance(text, str):
        return None
    return text


def _shown_texts(output: dict[str, Any]) -> Iterator[str]:
    yield output.get("text") or ""
    yield from output.get("traceback") or ()
    for kind, value in (output.get("data") or {}).items():
        if kind.startswith("text/"):
            yield _joined(value) or ""


def _plain_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """What says in which language the cells are."""
    kept = {}
    language = metadata.get("language_info")
    if isinstance(language, dict) and isinstance(language.get("name"), str):
        names = ("name", "pygments_lexer")
        kept["language_info"] = {key: language[key] for key in names if isinstance(language.get(key), str)}
    return kept


def _note_cell(sentence: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": f"*{_plain(sentence)}.*"}


def _plain(sentence: str) -> str:
    """A sentence without what Markdown would make something of."""
    return re.sub(r"[\\`*_\[\]<>&$!|#]", "", sentence)
