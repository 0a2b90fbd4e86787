"""The data script of the runs page: every published run as columns that a browser understands in no time. Pure.

The script is classic and assigns `window.publisherData.runs`, because neither `fetch` nor modules work on a page
that was opened from a folder. Each column is a text of its own that is understood when it is needed: numbers as
they are, or the different values once and, for each run, which of them it has. Runs stand newest first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.runs.chosen import Chosen
from publisher.publish.runs.table import Columns, name_of, started_by_name

LARGEST = 2**53  #: whole numbers up to it are themselves in JavaScript
LONGEST = 2_000  #: characters of one value as JSON; a longer one is shown cut, and equals nothing

_TEXTS = {
    "reason": "why",
    "label": "label",
    "step": "step",
    "outcome": "outcome",
    "command": "command",
    "commit": "commit",
    "environment": "environment",
    "branch": "branch",
    "author": "author",
}  #: attributes of a row that are texts, and their headings
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = len("2026-11-23T06:35:12.482913Z")


def runs_script(chosen: Chosen, columns: Columns) -> bytes:
    """The whole script.

    Args:
        chosen: The runs, and the records that could not be read.
        columns: What is shown at first.
    """
    return "".join(_pieces(chosen, columns)).encode("ascii")


def has_numbers(chosen: Chosen) -> bool:
    """Whether there is something to plot: any run has a metric, or a parameter that is a number."""
    return any(
        row.metrics or any(isinstance(value, int | float) for value in row.parameters.values())
        for row in chosen.rows
    )


def _pieces(chosen: Chosen, columns: Columns) -> Iterator[str]:
    rows = sorted(chosen.rows, key=name_of, reverse=True)
    seen = {row.verdict for row in rows}
    marks = {
        "status": {mark.word: [mark.shape, mark.kind] for mark in words.STATUS.values()},
        "verdict": {each: [mark.shape, mark.kind] for each, mark in words.VERDICT.items() if each in seen},
    }
    broken = [
        {
            "file": each.file,
            "line": each.line,
            "reason": each.reason,
            "started": started_by_name(each.file.rpartition("/")[2]),
        }
        for each in sorted(chosen.problems, key=lambda each: each.file.rpartition("/")[2], reverse=True)
    ]
    yield "window.publisherData=window.publisherData||{};publisherData.runs={"
    yield f'"version":1,"count":{len(rows)},"marks":{_json(marks)},"broken":{_json(broken)},'
    yield f'"ids":"{"".join(row.id for row in rows)}","columns":[\n'
    yield ",\n".join(_columns(rows, columns))
    yield "\n]};\n"


def _columns(rows: Sequence[Row], shown: Columns) -> Iterator[str]:
    yield _column({"key": "started", "name": "when", "kind": "time"}, _times([row.started for row in rows]))
    durations = {at: row.duration for at, row in enumerate(rows) if row.duration is not None}
    yield _column({"key": "duration", "name": "took", "kind": "number"}, _cells(durations, len(rows)))
    for key, values in (("status", [row.status for row in rows]), ("verdict", [row.verdict for row in rows])):
        yield _column({"key": key, "name": key, "kind": "text"}, _dictionary(values))
    for key, name in _TEXTS.items():
        texts = [getattr(row, key) for row in rows]
        if any(texts):
            yield _column({"key": key, "name": name, "kind": "text"}, _dictionary(texts))
    if any(row.tags for row in rows):
        tags = [json.dumps(row.tags) for row in rows]
        yield _column({"key": "tags", "name": "tags", "kind": "tags"}, _dictionary(tags, each=json.loads))
    if any(row.dirty for row in rows):
        dirty = dict(enumerate(row.dirty for row in rows))
        yield _column({"key": "dirty", "name": "dirty", "kind": "value"}, _cells(dirty, len(rows)))
    vary = set(shown.varying)
    for kind, values_of, first in (
        ("param", [row.parameters for row in rows], shown.parameters),
        ("metric", [row.metrics for row in rows], shown.metrics),
    ):
        for name, cells in _by_name(values_of).items():
            head: dict[str, Any] = {"key": f"{kind}.{name}", "name": name, "kind": "value"}
            if name in first:
                head["first"] = True
            if kind == "param" and name in vary:
                head["varies"] = True
            if _is_numeric(cells.values()):
                head["numeric"] = True
            yield _column(head, _cells(cells, len(rows)))


def _by_name(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[int, Any]]:
    """For each name the values by the place of their run."""
    found: dict[str, dict[int, Any]] = {}
    for at, values in enumerate(rows):
        for name, value in values.items():
            column = found.get(name)
            if column is None:
                column = found[name] = {}
            column[at] = value
    return found


def _column(head: Mapping[str, Any], body: Mapping[str, str]) -> str:
    """A column; what is large in it is a text of JSON, which the browser reads when it needs it."""
    told = [f"{_json(key)}:{_json(value)}" for key, value in head.items()]
    told += [f"{_json(key)}:{_quoted(text)}" for key, text in body.items()]
    return "{" + ",".join(told) + "}"


def _times(instants: Sequence[str]) -> dict[str, str]:
    """Instants as microseconds, each as the difference to the one before it in the table."""
    try:
        found = [_microseconds(instant) for instant in instants]
    except ValueError:
        return {"texts": _json(instants)}
    return {"steps": _json([now - before for before, now in zip([0, *found], found, strict=False)])}


def _microseconds(instant: str) -> int:
    if len(instant) != _INSTANT:
        raise ValueError(instant)
    since = datetime.fromisoformat(instant) - _EPOCH
    found = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    if abs(found) > LARGEST:
        raise ValueError(instant)
    return found


def _dictionary(values: Sequence[str], *, each: Any = str) -> dict[str, str]:
    """The different values, in the order of their first run, and which of them each run has."""
    place = {value: at for at, value in enumerate(dict.fromkeys(values))}
    if 2 * len(place) > len(values) > 1:
        return {"own": _json(list(map(each, values)))}
    return {"values": _json(list(map(each, place)))} | _places([place[value] for value in values], len(place))


def _places(places: Sequence[int], different: int) -> dict[str, str]:
    """Which of some values each run has; one digit each when that is enough, nothing when there is one."""
    if different <= 1:
        return {}
    if different <= 10:
        return {"digits": "".join(map(str, places))}
    return {"at": _json(places)}


def _cells(cells: Mapping[int, Any], count: int) -> dict[str, str]:
    """A column of values of any kind that some runs may lack.

    Args:
        cells: The values by the place of their run.
        count: Of all runs.
    """
    values = list(cells.values())
    body = {} if len(values) == count else {"rows": _json(_differences(list(cells)))}
    kinds = set(map(type, values))
    if kinds == {float}:
        body["float"] = "true"
    keys: list[Any] = values
    if not (kinds == {int} or kinds == {str} or (kinds == {float} and not _has_odd_floats(values))):
        keys = [f"{type(value).__name__} {value!r}" for value in values]
    first = dict(zip(reversed(keys), reversed(values), strict=True))  # of those alike, the first run's
    place = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    if kinds <= {int, float} and 2 * len(place) > len(values) > 1:
        return body | {"numbers": _json(list(map(_number, values)))}
    different = [first[key] for key in place]
    shown = {at: words.value(each) for at, each in enumerate(different) if _shown_otherwise(each, kinds)}
    if shown:
        body["shown"] = _json(shown)
    return (
        body
        | {"values": _json(list(map(_value, different)))}
        | _places([place[key] for key in keys], len(place))
    )


def _is_numeric(values: Iterable[Any]) -> bool:
    """Whether a column can be an axis: all that it holds is numbers, or nothing."""
    kinds = set(map(type, values))
    return bool(kinds & {int, float}) and kinds <= {int, float, type(None)}


def _has_odd_floats(values: Iterable[float]) -> bool:
    """Whether there are some that equal others and are not the same, or do not equal themselves."""
    return any(value == 0 or value != value for value in values)


def _differences(rising: Sequence[int]) -> list[int]:
    return [now - before for before, now in zip([0, *rising], rising, strict=False)]


def _number(value: float) -> float | str:
    """A number as JSON; a text where JSON or JavaScript cannot hold it."""
    if isinstance(value, int):
        return value if abs(value) <= LARGEST else str(value)
    return value if math.isfinite(value) else str(_plain(value))


def _value(value: Any) -> Any:
    """A value as JSON: texts, numbers, truth and null as they are, all else as an object of one field."""
    plain: Any = value
    if isinstance(value, bool | str) or value is None:
        pass
    elif isinstance(value, int | float):
        number = _number(value)
        plain = {"number": number} if isinstance(number, str) else number
    else:
        plain = {"tree": _tree(value)}
    if len(_json(plain)) > LONGEST:
        return {"long": words.value(value)}
    return plain


def _tree(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_tree(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _tree(each) for key, each in value.items()}
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


def _shown_otherwise(value: Any, kinds: set[type]) -> bool:
    """Whether the browser, left alone, would write a value otherwise than every other page does."""
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, str):
        return words.value(value) != value
    if isinstance(value, int):
        return abs(value) > LARGEST
    if isinstance(value, float):
        text = repr(value)
        return not text.replace(".", "").lstrip("-").isdigit() or (value.is_integer() and kinds != {float})
    return True


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _quoted(text: str) -> str:
    """A text of JSON as a text of JavaScript."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
