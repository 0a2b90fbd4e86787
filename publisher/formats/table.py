"""Tables as text, CSV and TSV (RFC 4180): as many rows and cells, texts the same, numbers measured.

A cell that is quoted on either side is a text, and so is one in a column that is called `version` or the like.
1.50 and 1.5 are the same number otherwise: a table has no other way to give a number than to write it, and each
writer has its own; the finding says that it was not compared how numbers are written.

Only lines that are not the same are taken apart, many at once if pyarrow is there. A quoted cell may go over
lines; then both files are read row by row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO

from publisher.formats.lines import LONGEST, side_by_side
from publisher.formats.names import names_something
from publisher.formats.source import PIECE, Source, Unreadable, pieces
from publisher.formats.tally import EXACT, NUMERAL, SURE, Pairs, Tally

_MANY = 2000  #: lines from which on pyarrow is worth its start
_PADDED = r"^\s*[+-]?0\d"
_NUMBER = r"^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"  #: what pyarrow surely reads as we do
_IN_QUOTES = re.compile(rb'(?:[^"]++|"")*+')
#: Bare cells that mean something else than the same text in quotes: nothing, a number, no value, yes and no.
_NO_TEXTS = re.compile(rb"|null|none|na|n/a|#n/a|nil|true|false|t|f|\.|-", re.IGNORECASE)
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
        self._cell = re.compile(rb'("(?:[^"]++|"")*+"|(?!")[^%b]*+)(%b|\Z)' % (self.comma, self.comma))
        cells = self.cells(first) or []
        is_header = bool(cells) and not any(NUMERAL.fullmatch(cell) for cell in cells)
        self.names = (
            [" ".join(_bare(each).decode("utf-8", "replace").split()) for each in cells] if is_header else []
        )
        self.texts = {
            n for n, name in enumerate(self.names) if names_something(name)
        }  #: columns without numbers

    def cells(self, line: bytes) -> list[bytes] | None:
        """The cells of a line, those in quotes with them; None when a quoted cell does not end in it."""
        if b'"' not in line:
            return line.split(self.comma)
        cells, rest = self.begun(line.removesuffix(b"\r"))
        return cells if rest is None else None

    def begun(self, line: bytes, at: int = 0) -> tuple[list[bytes], int | None]:
        """The cells of a line from a place on, and where one begins that does not end in it; None if all do.

        Raises:
            Unreadable: Something follows a quoted cell.
        """
        cells: list[bytes] = []
        while match := self._cell.match(line, at):
            cells.append(match[1])
            at = match.end()
            if not match[2]:
                return cells, None
        opened = _IN_QUOTES.match(line, at + 1)
        if opened is None or opened.end() < len(line):
            raise Unreadable("is no table: something follows a cell that is in quotes")
        return cells, at

    def where(self, row: int, column: int) -> str:
        """`row 3, column energy`: rows count from 1, below the header if there is one."""
        name = self.names[column] if column < len(self.names) else str(column + 1)
        number = row if self.names else row + 1
        return f"row {number}, column {name}" if number else f"header, column {name}"


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two tables. All cells count as compared, those of equal rows as well."""
    form = _Form(recorded)
    cells = _count(recorded, form)
    if cells is None or (_has_quotes(found) and _count(found, form) is None):
        tally.compared = _compare_rows(_rows(recorded, found, form, tally), form, tally)
        return
    for first, lines, others in side_by_side(recorded, found, tally):
        all_lines = zip(itertools.count(first), lines, others, strict=False)
        unlike = [each for each in all_lines if each[1] != each[2]]
        if b"\r" in b"".join([text for each in unlike for text in each[1:]]):
            unlike = [(n, one.removesuffix(b"\r"), other.removesuffix(b"\r")) for n, one, other in unlike]
        if len(unlike) >= _MANY:
            unlike = _compared_at_once(unlike, form, tally)
        _compare_rows(((row, form.cells(one), form.cells(other)) for row, one, other in unlike), form, tally)
    tally.compared = cells


def _has_quotes(source: Source) -> bool:
    with source.open() as file:
        return any(b'"' in piece for piece in pieces(file))


def _count(source: Source, form: _Form) -> int | None:
    """How many cells a table has; None when a quoted cell goes over lines."""
    count, rest = 0, b""
    with source.open() as file:
        while piece := file.read(PIECE):
            whole, end, tail = piece.rpartition(b"\n")
            if not end:
                rest += tail
                if len(rest) > LONGEST:
                    raise Unreadable(f"has a line of more than {LONGEST // 1024**2} MiB")
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
    with recorded.open() as one, found.open() as other:
        sizes = [0, 0]
        for row, pair in enumerate(itertools.zip_longest(_rows_of(one, form), _rows_of(other, form))):
            sizes = [size + (cells is not None) for size, cells in zip(sizes, pair, strict=True)]
            if None not in pair:
                yield row, *pair
        if sizes[0] != sizes[1]:
            tally.differs(f"has {sizes[1]} rows where {sizes[0]} were recorded", shape=True)


def _rows_of(file: BinaryIO, form: _Form) -> Iterator[list[bytes]]:
    """The rows of a table in which quoted cells go over lines.

    Raises:
        Unreadable: A quoted cell has no end within 64 MiB, or something follows it.
    """
    cells: list[bytes] = []
    opened: list[bytes] = []  #: what was read of a cell whose quotes did not end yet
    size = 0
    while line := file.readline(LONGEST - size + 1):
        size += len(line)
        if size > LONGEST:
            raise Unreadable(f"has a row of more than {LONGEST // 1024**2} MiB")
        line = line.removesuffix(b"\n")
        at: int | None = 0
        if opened:
            ended = _IN_QUOTES.match(line)
            assert ended is not None
            if ended.end() == len(line):
                opened.append(line)
                continue
            at = ended.end() + 1
            cells.append(b"\n".join([*opened, line[:at]]))
            opened = []
            line = line.removesuffix(b"\r")
            if at == len(line):
                at = None
            elif line[at : at + 1] != form.comma:
                raise Unreadable("is no table: something follows a cell that is in quotes")
            else:
                at += 1
        if at is not None:
            more, at_open = form.begun(line.removesuffix(b"\r"), at)
            cells += more
            if at_open is not None:
                opened = [line[at_open:]]
                continue
        yield cells
        cells, size = [], 0
    if opened:
        raise Unreadable("is no table: a cell in quotes has no end")


def _compare_rows(rows: Iterable[_Pair], form: _Form, tally: Tally) -> int:
    """Compares rows cell by cell; returns how many cells there were."""
    count = 0
    pairs = Pairs(tally)
    for row, one, other in rows:
        one, other = one or [], other or []
        count += len(one)
        if len(one) != len(other):
            place = form.where(row, 0).partition(",")[0]
            tally.differs(f"has {len(other)} cells where {len(one)} were recorded ({place})", shape=True)
            continue
        for n, (a, b) in enumerate(zip(one, other, strict=True)):
            if a == b:
                continue
            quoted = b'"' in (a[:1], b[:1])
            if not quoted and n not in form.texts:
                pairs.add(a, b, partial(form.where, row, n))
            elif not quoted or not _same_text(a, b):
                tally.texts_differ(form.where(row, n), a, b)
    pairs.weigh()
    return count


def _bare(cell: bytes) -> bytes:
    return cell[1:-1].replace(b'""', b'"') if cell[:1] == b'"' else cell


def _same_text(one: bytes, other: bytes) -> bool:
    """Whether two cells, of which one at least is in quotes, are the same text."""
    bare = _bare(one)
    return bare == _bare(other) and not (_NO_TEXTS.fullmatch(bare) or NUMERAL.fullmatch(bare))


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
        where = partial(_where, form, lines, number)
        if number in form.texts:
            _compare_texts(one, other, where, tally)
        else:
            _compare_column(one, other, where, tally)
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
    one, other = (recorded, found) if len(at) == len(recorded) else (recorded.take(at), found.take(at))
    padded = _padded(one) | _padded(other)
    slow = [at[padded]]
    if padded.any():
        at = at[~padded]
        one, other = recorded.take(at), found.take(at)
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
            same = same[compute.binary_length(each.take(same)).to_numpy() <= SURE]
        clear[same] = True
        at = at[~clear]
        break
    at = np.concatenate([at, *slow])
    cells, cells_found = (
        [cell or b"" for cell in each.take(at).cast(pa.binary()).to_pylist()] for each in (recorded, found)
    )
    tally.numerals(cells, cells_found, partial(_from, where, at))


def _padded(texts: Any) -> Any:
    """Which of the texts of pyarrow begin with a 0 and another digit, as names do and no number."""
    import numpy as np
    from pyarrow import compute

    begins = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)
    if not len(data):
        return np.zeros(len(texts), bool)

    def byte(places: Any) -> Any:
        found = data[np.minimum(places, len(data) - 1)]
        return np.where(places < begins[1:], found, 0)

    at = begins[:-1].copy()
    first = byte(at)
    at += (first == ord("+")) | (first == ord("-"))
    second = byte(at + 1)
    padded = (byte(at) == ord("0")) & (second >= ord("0")) & (second <= ord("9"))
    spaced = np.flatnonzero((first == ord(" ")) | (first == ord("\t")))
    if len(spaced):
        looks = compute.match_substring_regex(texts.take(spaced), _PADDED)
        padded[spaced] = looks.to_numpy(zero_copy_only=False)
    return padded


def _compare_texts(recorded: Any, found: Any, where: Callable[[int], str], tally: Tally) -> None:
    """Compares cells of a column that holds names: none of them is a number."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    at = np.flatnonzero(compute.not_equal(recorded, found).to_numpy(zero_copy_only=False))
    pairs = (each.take(at).cast(pa.binary()).to_pylist() for each in (recorded, found))
    for n, one, other in zip(at, *pairs, strict=True):
        tally.texts_differ(where(int(n)), one, other)


def _from(where: Callable[[int], str], places: Any, index: int) -> str:
    return where(int(places[index]))
