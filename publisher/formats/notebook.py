"""Notebooks (nbformat 4): sources, outputs, widgets; counts, ids, times and the kernel are set aside.

Pictures among the outputs are compared by their own essence. What a program printed is one text, however it was
cut while it was printed. Widgets are numbered, and compared with all of their state; see `widgets`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from publisher.formats.essence import Essence
from publisher.formats.source import Source, Unreadable
from publisher.formats.tally import Pairs
from publisher.formats.text import compare_line
from publisher.formats.tree import Numeral, read_json
from publisher.formats.widgets import VIEW, Widgets

if TYPE_CHECKING:
    from publisher.formats.tally import Tally

_OF_THE_NOTEBOOK = {"kernelspec", "language_info", "widgets"}
_OF_A_CELL = {"execution", "ExecuteTime"}
_OF_PAPERMILL = {"start_time", "end_time", "duration", "version", "input_path", "output_path"}
_PICTURES = {"image/png": "picture.png", "image/svg+xml": "picture.svg"}


def content_of(source: Source) -> list[tuple[str, str, bool]]:
    """What counts of a notebook: where, a text, and whether its numbers may be measured.

    Raises:
        Unreadable: It is no notebook of version 4.
    """
    tree = read_json(source.whole())
    if not isinstance(tree, dict) or tree.get("nbformat") != "4" or not isinstance(tree.get("cells"), list):
        raise Unreadable("is no notebook of version 4")
    top = {key: value for key, value in tree.items() if key not in {"cells", "metadata", "nbformat_minor"}}
    metadata = _less(tree.get("metadata"), _OF_THE_NOTEBOOK)
    parts = [("notebook", _plain({**top, "metadata": metadata}), False)]
    widgets = Widgets(tree)
    for n, cell in enumerate(tree["cells"], 1):
        rest = {key: cell[key] for key in cell if key not in {"id", "execution_count", "outputs", "source"}}
        rest["metadata"] = _less(cell.get("metadata"), _OF_A_CELL)
        where = f"cell {n}"
        parts += [(where, _plain(rest), False), (f"{where}, source", _joined(cell.get("source", "")), False)]
        for m, output in enumerate(_merged(cell.get("outputs", [])), 1):
            parts += [
                (f"{where}, output {m}{what}", text, measured)
                for what, text, measured in _output(output, widgets)
            ]
    return parts + [(where, _plain(state), False) for where, state in widgets.states()]


def _less(mapping: Any, names: set[str]) -> Any:
    """Metadata without what is set aside; of papermill the parameters stay, the times and places do not."""
    if not isinstance(mapping, dict):
        return mapping
    rest = {key: value for key, value in mapping.items() if key not in names}
    if isinstance(papermill := rest.get("papermill"), dict):
        rest["papermill"] = {key: value for key, value in papermill.items() if key not in _OF_PAPERMILL}
    return rest


def _plain(value: Any) -> str:
    return json.dumps(_marked(value), sort_keys=True)


def _marked(value: Any) -> Any:
    """A tree in which the number 5 is not the text "5"."""
    if isinstance(value, dict):
        return {key: _marked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_marked(each) for each in value]
    return (
        f"number {value}"
        if isinstance(value, Numeral)
        else f"text {value}"
        if isinstance(value, str)
        else value
    )


def _joined(text: Any) -> str:
    parts = text if isinstance(text, list) else [text]
    if not all(isinstance(part, str) for part in parts):
        raise Unreadable("is no notebook: something in it should be a text")
    return "".join(parts)


def _merged(outputs: list[Any]) -> list[dict[str, Any]]:
    """Outputs, with what was printed to one stream in a row as one output."""
    merged: list[tuple[dict[str, Any], list[str]]] = []
    for output in outputs:
        if not isinstance(output, dict):
            raise Unreadable("is no notebook: it has an output that is none")
        if output.get("output_type") != "stream" or set(output) != {"output_type", "name", "text"}:
            merged.append((output, []))
            continue
        last, printed = merged[-1] if merged else ({}, [])
        if not printed or last["name"] != output["name"]:
            printed = []
            merged.append((output, printed))
        printed.append(_joined(output["text"]))
    return [{**output, "text": "".join(printed)} if printed else output for output, printed in merged]


def _output(output: dict[str, Any], widgets: Widgets) -> list[tuple[str, str, bool]]:
    rest = {key: value for key, value in output.items() if key not in {"execution_count", "data", "text"}}
    parts = [("", _plain(rest), False)]
    if "text" in output:
        parts.append((", text", _joined(output["text"]), True))
    data = output.get("data", {})
    if not isinstance(data, dict):
        raise Unreadable("is no notebook: it has an output without data")
    for mime in sorted(data):
        if mime == VIEW:
            parts.append((f", {mime}", _plain(widgets.view(data[mime])), False))
        elif mime in _PICTURES:
            parts.append((f", {mime}", _picture(mime, _joined(data[mime])), False))
        elif mime.startswith("text/"):
            parts.append((f", {mime}", _joined(data[mime]), True))
        else:
            parts.append((f", {mime}", _plain(data[mime]), False))
    return parts


class _Held(Source):
    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(Path(name), name)
        self._data = data

    def open(self) -> BinaryIO:
        return io.BytesIO(self._data)


def _picture(mime: str, text: str) -> str:
    from publisher.formats.kinds import essence_in

    data = base64.b64decode(text) if mime == "image/png" else text.encode()
    essence = essence_in(_Held(data, _PICTURES[mime]))
    return f"essence {essence}" if essence else f"sha256 {hashlib.sha256(data).hexdigest()}"


def essence(source: Source) -> str:
    """The digest of what counts."""
    digest = Essence("notebook", 2)
    for where, text, _ in content_of(source):
        digest.add(where, text)
    return digest.hexdigest()


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares cell by cell; numbers in what was put out are measured, sources must be the same."""
    one, other = content_of(recorded), content_of(found)
    if [part[0] for part in one] != [part[0] for part in other]:
        tally.differs("has other cells or outputs", shape=True)
        return
    pairs = Pairs(tally, as_written=True)
    for (where, text, measured), (_, text_found, _) in zip(one, other, strict=True):
        if text != text_found and not measured:
            tally.differs(f"has another {where}")
        elif text != text_found:
            lines, others = text.split("\n"), text_found.split("\n")
            if len(lines) != len(others):
                tally.differs(f"has another number of lines in {where}", shape=True)
                continue
            for n, pair in enumerate(zip(lines, others, strict=True), 1):
                if pair[0] != pair[1]:
                    one_line, other_line = (_bytes(each) for each in pair)
                    compare_line(one_line, other_line, f"{where}, line {n}", pairs)
    pairs.weigh()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
