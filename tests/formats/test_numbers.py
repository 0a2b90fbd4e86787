"""No change of content is passed over: texts of numbers, changed at random, in all ways of reading them."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from publisher.formats import lines, netcdf3, table
from publisher.formats.source import Source
from publisher.formats.tally import NUMERAL, Tally
from publisher.model.project import Tolerance
from tests.formats import makers
from tests.formats.pairs import essence, finding, outcome

often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

doubles = st.floats(allow_nan=False, allow_infinity=False, width=32)
cells = st.one_of(
    doubles.map(repr),
    st.integers().map(str),
    st.text("ab,\"' \n;0.e-", max_size=5),
    st.sampled_from(["nan", "", "inf"]),
)
tables = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), min_size=1, max_size=8)
)


def written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def changed(data: st.DataObject, content: bytes) -> bytes:
    """A content with one byte more, less or other."""
    at = data.draw(st.integers(0, len(content)))
    new = data.draw(st.sampled_from([bytes([n]) for n in b'0123456789.,-+eE"\n x\0'] + [b""]))
    return content[:at] + new + content[at + data.draw(st.integers(0, 1)) :]


def values_of(content: bytes) -> list[list[Any]] | None:
    """A table as it must be understood: texts, and numbers exactly; None where it is no table."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("latin-1"), newline=""), strict=True))
    except csv.Error:
        return None
    return [[_value(cell) for cell in row or [""]] for row in rows]


def _value(cell: str) -> Any:
    if not NUMERAL.fullmatch(cell.encode("latin-1")):
        return cell
    number = Decimal(cell.strip())
    return "NaN" if number.is_nan() else number


@often
@given(tables, st.data())
def test_a_changed_table_is_equivalent_only_if_each_cell_has_the_same_value(
    rows: Any, data: st.DataObject
) -> None:
    recorded = written(rows)
    found = changed(data, recorded)
    assume(found != recorded)
    # Both as a small table, and cut into pieces that lie across cells and lines.
    for piece in (lines.PIECE, 7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "PIECE", piece)
            patch.setattr(table, "PIECE", piece)
            seen = outcome("a.csv", recorded, found)
        assert seen in ("equivalent", "different")
        if seen == "equivalent":
            assert values_of(recorded) == values_of(found)


@often
@given(st.lists(st.lists(doubles, min_size=3, max_size=3), min_size=3, max_size=6), st.data())
def test_pyarrow_and_the_slow_way_count_the_same(rows: list[list[float]], data: st.DataObject) -> None:
    recorded = written([[repr(x) for x in row] for row in rows])
    shown = data.draw(st.sampled_from(["%.17g", "%.3f", "%r", "+%s", "%.9e", "x%s", "%s,1"]))
    found = "\n".join(
        ",".join((shown if data.draw(st.booleans()) else "%r") % (x * (1 + 1e-9)) for x in row)
        for row in rows
    ).encode()
    seen = []
    for many in (0, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(table, "_MANY", many)
            found_so = finding("a.csv", recorded, found + b"\n", Tolerance(rtol=1e-6))
        measured = found_so.measured
        seen.append(
            (found_so.outcome, measured and (measured.compared, measured.differing, measured.absolute))
        )
    assert seen[0] == seen[1]


@often
@given(st.lists(doubles, min_size=1), st.data())
def test_a_number_beyond_the_tolerance_is_never_better_than_different(
    numbers: list[float], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(numbers) - 1))
    rtol, atol = data.draw(st.sampled_from([(1e-6, 0.0), (0.0, 1e-3), (1e-9, 1e-9)]))
    allowed = atol + rtol * abs(numbers[at])
    other = list(numbers)
    other[at] += data.draw(st.sampled_from([-1, 1])) * (allowed * 1.01 + 1e-30)
    assume(abs(other[at] - numbers[at]) > allowed)
    tolerance = Tolerance(rtol=rtol, atol=atol)
    for name, made in (
        ("a.csv", lambda values: written([["x"], *([repr(x)] for x in values)])),
        ("a.json", lambda values: json.dumps(values).encode()),
        ("a.txt", lambda values: "".join(f"x = {x!r};\n" for x in values).encode()),
        ("a.npy", lambda values: makers.npy(np.array(values))),
    ):
        seen = finding(name, made(numbers), made(other), tolerance)
        assert seen.outcome == "different"
        assert seen.measured is not None and seen.measured.differing == 1


trees = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), doubles, st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@often
@given(trees, st.data())
def test_a_changed_tree_is_equivalent_only_if_it_means_the_same(tree: Any, data: st.DataObject) -> None:
    recorded = json.dumps(tree).encode()
    found = changed(data, recorded)
    assume(found != recorded)
    seen = outcome("a.json", recorded, found)
    assert seen in ("equivalent", "different")
    if seen == "equivalent":
        one, other = (json.loads(each, parse_float=Decimal, parse_int=Decimal) for each in (recorded, found))
        assert repr(_plain(one)) == repr(_plain(other))


def _plain(tree: Any) -> Any:
    if isinstance(tree, dict):
        return sorted((key, _plain(value)) for key, value in tree.items())
    if isinstance(tree, list):
        return [_plain(each) for each in tree]
    return (Decimal(0) if not tree else tree.normalize()) if isinstance(tree, Decimal) else tree


@often
@given(st.text("ab 0123456789.-:/+eE=,()\n", max_size=60), st.data())
def test_a_changed_text_is_close_without_an_error_only_if_numbers_alone_are_written_otherwise(
    text: str, data: st.DataObject
) -> None:
    recorded = text.encode()
    found = changed(data, recorded)
    assume(found != recorded)
    for piece in (lines.PIECE, 5):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "PIECE", piece)
            assert outcome("a.txt", recorded, found) == "different"
            seen = outcome("a.txt", recorded, found, Tolerance(atol=0.0))
        if seen != "different":
            assert seen == "close"
            # What may be left out or added without another meaning.
            bare = [each.translate(None, b"0+-.eE") for each in (recorded, found)]
            assert bare[0] == bare[1]


contents = st.binary(min_size=1, max_size=60)


@often
@given(contents, contents)
def test_an_essence_passes_over_no_content(one: bytes, other: bytes) -> None:
    assume(one != other)
    for name, made in (
        ("a.gz", makers.gzipped),
        ("a.zip", lambda content: makers.zipped({"member": content})),
        ("a.zip", lambda content: makers.zipped({content.hex(): b"same"})),
        ("a.tar", lambda content: makers.tarred({"member": content})),
        ("a.tgz", lambda content: makers.gzipped(makers.tarred({"member": content}))),
        ("a.tar", lambda content: makers.tarred({content.hex(): b"same"})),
        ("a.ipynb", lambda content: makers.notebook(content.decode("latin-1"))),
        ("a.ipynb", lambda content: makers.notebook(source=content.decode("latin-1"))),
    ):
        assert essence(name, made(one)) not in (None, essence(name, made(other)))


@often
@given(st.data())
def test_a_changed_byte_of_an_archive_or_a_picture_changes_what_it_shows_or_nothing(
    data: st.DataObject,
) -> None:
    """What is equivalent in spite of a changed byte holds the same members, or the same pixels."""
    name, recorded = data.draw(st.sampled_from(_WHOLE))
    at = data.draw(st.integers(0, len(recorded) - 1))
    found = recorded[:at] + bytes([recorded[at] ^ data.draw(st.integers(1, 255))]) + recorded[at + 1 :]
    if outcome(name, recorded, found) == "equivalent":
        assert _shown(name, recorded) == _shown(name, found)


_WHOLE = [
    ("a.zip", makers.zipped({"a": b"12", "b": b"3"})),
    ("a.tar", makers.tarred({"a": b"12", "b": b"3"})),
    ("a.gz", makers.gzipped(b"some content")),
    ("a.png", makers.picture("PNG")),
    ("a.npy", makers.npy(makers.FIELD)),
    ("a.npz", makers.npz({"x": makers.FIELD})),
    ("a.pdf", makers.figure("pdf")),
]


def _shown(name: str, content: bytes) -> Any:
    import gzip
    import re
    import tarfile
    import zipfile

    from PIL import Image

    file = io.BytesIO(content)
    if name == "a.zip":
        with zipfile.ZipFile(file) as archive:
            return {each: archive.read(each) for each in archive.namelist()}
    if name == "a.tar":
        with tarfile.open(fileobj=file) as members:
            return {each.name: members.extractfile(each).read() for each in members}  # type: ignore[union-attr]
    if name == "a.gz":
        return gzip.decompress(content)
    if name == "a.png":
        return np.asarray(Image.open(file)).tobytes()
    if name in ("a.npy", "a.npz"):
        loaded = np.load(file)
        return (loaded["x"] if name == "a.npz" else loaded).tolist()
    return re.sub(rb"(?s)/(Creator|Producer|CreationDate) \(.*?\)", b"", content)


def test_numbers_that_no_double_can_tell_apart_are_told_apart() -> None:
    for name, made in (("a.csv", "x\n{}\n"), ("a.json", "[{}]"), ("a.txt", "x {}\n")):
        for one, other in (
            ("9007199254740993", "9007199254740992"),
            ("0.1", "0.10000000000000000001"),
            ("1e400", "2e400"),
            ("1e-400", "2e-400"),
        ):
            recorded, found = made.format(one).encode(), made.format(other).encode()
            seen = finding(name, recorded, found)
            assert seen.outcome == "different"
            assert seen.measured is not None and seen.measured.differing == 1
            assert outcome(name, recorded, recorded + b"\n" * (name == "a.json")) != "different"
        assert (
            outcome(name, made.format("1e400").encode(), made.format("2e400").encode(), Tolerance(rtol=1e-3))
            == "different"
        )


@pytest.mark.parametrize("kind", ["i1", "u1", "i8", "u8"])
def test_whole_numbers_are_subtracted_without_overflow(kind: str) -> None:
    limits = np.iinfo(kind)
    tally = Tally()
    tally.numbers(np.array([limits.min, 0], kind), np.array([limits.max, 0], kind), str)
    assert tally.absolute == float(int(limits.max) - int(limits.min))
    assert (tally.compared, tally.differing, tally.where) == (2, 1, "0")


def test_an_error_to_zero_is_absolute_only() -> None:
    tally = Tally(rtol=1.0)
    tally.numbers(np.array([0.0]), np.array([1e-300]), str)
    assert (tally.absolute, tally.relative, tally.outside) == (1e-300, None, 1)


def test_nan_and_infinities_are_never_within_a_tolerance() -> None:
    nan, inf = float("nan"), float("inf")
    tally = Tally(rtol=inf, atol=inf)
    tally.numbers(np.array([nan, inf, -inf]), np.array([nan, inf, -inf]), str)
    assert (tally.differing, tally.said) == (0, [])
    tally.numbers(np.array([nan, inf, 1.0]), np.array([1.0, -inf, nan]), str)
    assert (tally.differing, tally.outside, tally.absolute, len(tally.said)) == (3, 3, None, 3)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("records", [0, 1, 3])
@pytest.mark.parametrize("several", [True, False], ids=["several variables", "one variable"])
def test_what_we_read_of_a_netcdf3_is_what_scipy_reads(
    version: int, records: int, several: bool, tmp_path: Path
) -> None:
    from scipy.io import netcdf_file

    path = tmp_path / "a.nc"
    with netcdf_file(path, "w", version=version) as file:
        file.history = "text"
        file.createDimension("time", None)
        file.createDimension("x", 3)
        file.createVariable("scalar", "d", ())[...] = 2.5
        file.createVariable("plain", "i", ("x",))[:] = [1, 2, 3]
        moving = [("byte", "b", ("time", "x")), ("short", "h", ("time",)), ("float", "f", ("time", "x"))]
        for name, kind, over in moving[: 3 if several else 1]:
            variable = file.createVariable(name, kind, over)
            for n in range(records):
                variable[n] = n + 1
            variable.units = np.array([1, 2], "i4")
    ours = {each.name: each for each in netcdf3._contents(Source(path, "a.nc"))}
    with netcdf_file(path, "r", mmap=False) as file:
        for name, variable in file.variables.items():
            assert ours[name].shape == variable.data.shape
            pieces = list(ours[name].pieces())
            values = np.concatenate(pieces) if pieces else np.array([], variable.data.dtype)
            assert values.tolist() == variable.data.reshape(-1).tolist()
    assert list(ours) == sorted(ours)
    assert next(ours["@history"].pieces())[0] == b"text"


def test_lines_are_given_in_step_however_they_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"same\n" * 5 + b"a\n\nlonger line\nend")
    other.write_bytes(b"same\n" * 5 + b"bb\n\nlonger line\nend")
    for piece in (1, 2, 3, 5, 8, 1000):
        monkeypatch.setattr(lines, "PIECE", piece)
        tally = Tally()
        pairs = lines.side_by_side(Source(one, "a"), Source(other, "a"), tally)
        unlike = [
            (first + n, a, b)
            for first, left, right in pairs
            for n, (a, b) in enumerate(zip(left, right, strict=True))
            if a != b
        ]
        assert (unlike, tally.said) == ([(5, b"a", b"bb")], [])
