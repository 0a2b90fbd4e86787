"""How runs and files are called: ids, names of records, kinds of files, sizes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.files import in_words, is_figure, is_metrics, suffix
from publisher.model.identity import may_be_prefix, record_name, run_id, run_of_name
from publisher.model.project import size_in_bytes

STARTED = "2026-11-23T06:35:12.482913Z"


def test_an_id_is_twelve_hex_digits_of_what_it_is_made_of() -> None:
    first = run_id(STARTED, ["python", "a.py"], b"1")
    assert may_be_prefix(first) and len(first) == 12
    assert first == run_id(STARTED, ["python", "a.py"], b"1")
    others = {
        run_id(STARTED, ["python", "a.py"], b"2"),
        run_id(STARTED, ["python a.py"], b"1"),
        run_id("2026-11-23T06:35:12.482914Z", ["python", "a.py"], b"1"),
    }
    assert len(others | {first}) == 4


def test_a_command_of_any_bytes_has_an_id() -> None:
    assert len(run_id(STARTED, ["caf\udce9"], b"")) == 12


def test_a_records_name_holds_month_second_and_id() -> None:
    assert record_name(STARTED, "7f3a9c1e5b02") == "runs/2026-11/20261123T063512-7f3a9c1e5b02.yml"
    assert run_of_name(record_name(STARTED, "7f3a9c1e5b02")) == "7f3a9c1e5b02"


@pytest.mark.parametrize(
    "name", ["", "x.yml", "20261123T063512-7f3a9c1e5b0.yml", "20261123T063512-7F3A9C1E5B02.yml", "a/-.yml"]
)
def test_a_name_without_an_id_has_none(name: str) -> None:
    assert run_of_name(name) == ""


@pytest.mark.parametrize(
    ("word", "may"),
    [("7", True), ("7f3a9c1e5b02", True), ("", False), ("7F", False), ("7f3a9c1e5b021", False), ("x", False)],
)
def test_a_word_may_be_the_beginning_of_an_id(word: str, may: bool) -> None:
    assert may_be_prefix(word) is may


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("out/a.PNG", ".png"),
        ("a.tar.gz", ".gz"),
        ("a", ""),
        (".bashrc", ""),
        ("dir.d/a", ""),
        ("a.b-c", ""),
        ("a." + "x" * 10, "." + "x" * 10),
        ("a." + "x" * 11, ""),
    ],
)
def test_a_suffix_is_lower_case_and_safe_or_none(path: str, end: str) -> None:
    assert suffix(path) == end


def test_figures_are_known_by_their_suffix() -> None:
    assert is_figure("out/a.PNG") and is_figure("a.svg") and not is_figure("a.csv") and not is_figure("png")


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("metrics.json", True),
        ("out/metrics.yml", True),
        ("final-metrics.yaml", True),
        ("run_1.metrics.json", True),
        ("METRICS.JSON", True),
        ("metrics.csv", False),
        ("geometrics.json", False),
        ("metrics-old.json", False),
        ("metrics/a.json", False),
    ],
)
def test_metrics_are_known_by_their_name(path: str, holds: bool) -> None:
    assert is_metrics(path) is holds


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_999, "10 kB"),
        (48_211, "48 kB"),
        (999_499, "999 kB"),
        (999_999, "1.0 MB"),
        (3_200_000, "3.2 MB"),
        (999_999_999, "1.0 GB"),
        (5_000_000_000, "5.0 GB"),
    ],
)
def test_sizes_are_told_as_people_say_them(size: int, words: str) -> None:
    assert in_words(size) == words


@given(st.integers(min_value=0, max_value=10**15))
def test_no_size_has_more_than_three_digits_below_a_gigabyte(size: int) -> None:
    number, unit = in_words(size).split()
    assert unit == "GB" or (len(number) <= 3 and float(number) < 1000)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2 MiB", 2 * 1024**2),
        ("500 kB", 500_000),
        ("1048576", 1048576),
        ("1.5KiB", 1536),
        (" 3 B ", 3),
        (7, 7),
        ("0", 0),
    ],
)
def test_sizes_are_read_as_people_write_them(text: int | str, size: int) -> None:
    assert size_in_bytes(text) == size


@pytest.mark.parametrize("text", ["", "MiB", "2 mib", "1,5 MB", "-1", "1e3", "2 MiB MiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        size_in_bytes(text)
