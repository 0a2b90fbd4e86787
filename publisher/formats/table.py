"""Tables as text, CSV and TSV (RFC 4180): as many rows and cells, texts the same, numbers measured.

Only lines that are not the same are taken apart, many at once if pyarrow is there. A quoted cell may go over
lines; then both files are read row by row.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from publisher.formats.lines import side_by_side
from publisher.formats.source import PIECE, Source
from publisher.formats.tally import EXACT, NUMERAL, SURE, Tally

_MANY = 2000  #: lines from which on pyarrow is worth its start
_CELLS = 10_000  #: cells that are compared at once
_PADDED = r"^\s*[+-]?0\d"
_NUMBER = r"^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"  #: what pyarrow surely reads as we do
_Lines = tuple[int, bytes, bytes]  #: number of a line, the line in both tables
_Pair = tuple[int, list[bytes] | None, list[bytes] | None]  #: number of a row, its cells in both tables


class _Form:
    """How a table is written: what parts its cells, and what its columns are called."""

    def __init__(self, source: Source) -> None:
        with source.open() as file:
            first = file.readline(1024 * 1024).rstrip(b"\r\n")
        self.comma = b"\t"
        if not source.name.lower().endswith(".tsv"):
            self.comma = max((b",", b";", b"\t"), key=first.count)
        cells = self.cells(first) or []
        is_header = bool(cells) and not any(NUMERAL.fullmatch(cell) for cell in cells)
        self.names = (
            [" ".join(each.decode("utf-8", "replace").split()) for each in cells] if is_header else []
        )

    def cells(self, line: bytes) -> list[bytes] | None:
        """The cells of a line; None when a quoted cell does not end in it."""
        if b'"' not in line:
            return line.split(self.comma)
        try:
            rows = list(csv.reader([line.decode("latin-1")], delimiter=self.comma.decode(), strict=True))
        except csv.Error:
            return None
        return [cell.encode("latin-1") for cell in rows[0]] if len(rows) == 1 else None

    def where(self, row: int, column: int) -> str:
        """`row 3, column energy`: rows count from 1, below the header if there is one."""
        name = self.names[column] if column < len(self.names) else str(column + 1)
        number = row if self.names else row + 1
        return f"row {number}, column {name}" if number else f"header, column {name}"


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two tables. All cells count as compared, those of equal rows as well."""
    form = _Form(recorded)
    cells, cells_found = _count(recorded, form), _count(found, form)
    if cells is None or cells_found is None:
        tally.compared = _compare_rows(_rows(recorded, found, form, tally), form, tally)
        return
    for first, lines, others in side_by_side(recorded, found, tally):
        pairs = zip(itertools.count(first), lines, others, strict=False)
        unlike = [each for each in pairs if each[1] != each[2]]
        if any(b"\r" in each[1] or b"\r" in each[2] for each in unlike):
            unlike = [(n, one.removesuffix(b"\r"), other.removesuffix(b"\r")) for n, one, other in unlike]
        if len(unlike) >= _MANY:
            unlike = _compared_at_once(unlike, form, tally)
        _compare_rows(((row, form.cells(one), form.cells(other)) for row, one, other in unlike), form, tally)
    tally.compared = cells


def _count(source: Source, form: _Form) -> int | None:
    """How many cells a table has; None when a quoted cell goes over lines."""
    count, rest = 0, b""
    with source.open() as file:
        while piece := file.read(PIECE):
            whole, end, tail = piece.rpartition(b"\n")
            if not end:
                rest += tail
                continue
            whole, rest = rest + whole, tail
            if b'"' not in whole:
                count += whole.count(form.comma) + whole.count(b"\n") + 1
                continue
            for line in whole.split(b"\n"):
                if (cells := form.cells(line)) is None:
                    return None
                count += len(cells)
    last = form.cells(rest) if rest else []
    return None if last is None else count + len(last)


def _rows(recorded: Source, found: Source, form: _Form, tally: Tally) -> Iterator[_Pair]:
    """Rows of both side by side, by the rules for quotes."""
    with contextlib.ExitStack() as opened:
        texts = (
            opened.enter_context(io.TextIOWrapper(each.open(), "latin-1", newline=""))
            for each in (recorded, found)
        )
        readers = [csv.reader(text, delimiter=form.comma.decode(), strict=True) for text in texts]
        sizes = [0, 0]
        for row, pair in enumerate(itertools.zip_longest(*readers)):
            sizes = [size + (cells is not None) for size, cells in zip(sizes, pair, strict=True)]
            if None not in pair:
                a, b = ([cell.encode("latin-1") for cell in cells] for cells in pair)
                yield row, a, b
        if sizes[0] != sizes[1]:
            tally.differs(f"has {sizes[1]} rows where {sizes[0]} were recorded", shape=True)


def _compare_rows(rows: Iterable[_Pair], form: _Form, tally: Tally) -> int:
    """Compares rows cell by cell; returns how many cells there were."""
    count = 0
    unlike: list[tuple[int, int, bytes, bytes]] = []

    def weigh() -> None:
        tally.numerals(
            [each[2] for each in unlike], [each[3] for each in unlike], lambda n: form.where(*unlike[n][:2])
        )
        unlike.clear()

    for row, one, other in rows:
        one, other = one or [], other or []
        count += len(one)
        if len(one) != len(other):
            place = form.where(row, 0).partition(",")[0]
            tally.differs(f"has {len(other)} cells where {len(one)} were recorded ({place})", shape=True)
            continue
        unlike += [(row, n, a, b) for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
        if len(unlike) > _CELLS:
            weigh()
    weigh()
    return count


def _compared_at_once(lines: list[_Lines], form: _Form, tally: Tally) -> list[_Lines]:
    """Compares many lines, column by column, with pyarrow; returns those that have to be taken one by one."""
    rest: list[_Lines] = []
    columns = _columns(lines, form.comma)
    if columns is None:
        commas = lines[0][1].count(form.comma)
        plain: list[_Lines] = []
        for each in lines:
            _, one, other = each
            alike = one.count(form.comma) == other.count(form.comma) == commas
            quoted = b'"' in one or b'"' in other or b"\r" in one or b"\r" in other
            (plain if alike and not quoted else rest).append(each)
        if not plain or (columns := _columns(plain, form.comma)) is None:
            return lines
        lines = plain
    for number, (one, other) in enumerate(columns):
        _compare_column(one, other, partial(_where, form, lines, number), tally)
    return rest


def _columns(lines: list[_Lines], comma: bytes) -> list[tuple[Any, Any]] | None:
    """The columns of both tables as texts; None when pyarrow cannot do it, or might not do as we do."""
    try:
        import pyarrow as pa  # type: ignore[import-untyped]
        from pyarrow import csv
    except ImportError:
        return None
    names = [str(n) for n in range(lines[0][1].count(comma) + 1)]
    tables = []
    for text in (b"\n".join([one for _, one, _ in lines]), b"\n".join([other for _, _, other in lines])):
        if b'"' in text or b"\r" in text:
            return None
        try:
            table = csv.read_csv(
                pa.BufferReader(text + b"\n"),
                csv.ReadOptions(column_names=names, block_size=len(text) + 2),
                csv.ParseOptions(delimiter=comma.decode(), quote_char=False, ignore_empty_lines=False),
                csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), null_values=[], check_utf8=False
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != len(lines):
            return None
        tables.append([column.combine_chunks() for column in table.columns])
    return list(zip(*tables, strict=True))


def _where(form: _Form, lines: list[_Lines], column: int, index: int) -> str:
    return form.where(lines[index][0], column)


def _compare_column(recorded: Any, found: Any, where: Callable[[int], str], tally: Tally) -> None:
    """Compares cells of a column, which pyarrow holds as texts.

    What doubles cannot tell for sure goes the slow way: numbers of many digits, cells that are equal as doubles
    and may not be as written, whatever is no number.
    """
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    at = np.flatnonzero(compute.not_equal(recorded, found).to_numpy(zero_copy_only=False))
    slow = []
    one, other = (recorded, found) if len(at) == len(recorded) else (recorded.take(at), found.take(at))
    for numbers in (True, False):  # first as if all were numbers, then those that look like some
        if not numbers:
            looks = [compute.match_substring_regex(each, _NUMBER) for each in (one, other)]
            mask = compute.and_(*looks).to_numpy(zero_copy_only=False)
            slow.append(at[~mask])
            at = at[mask]
            one, other = recorded.take(at), found.take(at)
        try:
            x, y = (each.cast(pa.float64()).to_numpy() for each in (one, other))
        except pa.ArrowInvalid:
            continue
        clear = (x != y) & (np.abs(x) < EXACT) & (np.abs(y) < EXACT)
        tally.numbers(x[clear], y[clear], partial(_from, where, at[clear]))
        same = np.flatnonzero((x == y) & (np.abs(x) > 1e-300) & (np.abs(x) < EXACT))
        for each in (one, other):
            texts = each.take(same)
            padded = compute.match_substring_regex(texts, _PADDED).to_numpy(zero_copy_only=False)
            same = same[(compute.binary_length(texts).to_numpy() <= SURE) & ~padded]
        clear[same] = True
        at = at[~clear]
        break
    at = np.concatenate([at, *slow])
    cells, cells_found = (
        [cell or b"" for cell in each.take(at).cast(pa.binary()).to_pylist()] for each in (recorded, found)
    )
    tally.numerals(cells, cells_found, partial(_from, where, at))


def _from(where: Callable[[int], str], places: Any, index: int) -> str:
    return where(int(places[index]))
