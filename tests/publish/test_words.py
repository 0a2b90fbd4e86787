import pytest

from publisher.publish import words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0, "0 ms"), (0.0123, "12 ms"), (0.9996, "1.0 s"), (3.260912, "3.3 s"), (59.96, "1 min 0 s"),
     (75, "1 min 15 s"), (3600, "1 h 0 min"), (12_345, "3 h 26 min"), (200_000, "2 d 7 h")],
)  # fmt: skip
def test_durations_are_human(seconds, said):
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (2210, "2.2 kB"),
        (48_211, "48 kB"),
        (999_600, "1.0 MB"),
        (3_400_000_000, "3.4 GB"),
    ],
)
def test_sizes_are_human(count, said):
    assert words.size(count) == said


def test_values_that_look_alike_are_told_apart():
    shown = [words.value(each) for each in ("no", False, "0123", 123, "1e-3", 0.001, None, "", float("nan"))]
    assert len(set(shown)) == len(shown)


def test_a_value_typed_on_the_command_line_comes_back_the_same():
    from publisher.store.editing import as_typed

    for value in ("no", "0123", "plain", "two words", "1e5", 3, 1.5e-9, True, "a: b", "# c"):
        assert as_typed(words.typed(value)) == value


def test_a_huge_value_is_cut_and_says_so():
    shown = words.value(list(range(5000)))
    assert len(shown) < 500
    assert "characters" in shown


def test_decimal_points_stand_in_line():
    padded = words.aligned(["0.331", "12.7", "3", "1e+20"])
    ends = [len(text) - (text.index(".") if "." in text else text.index("\u2008")) for text in padded]
    assert len(set(ends)) == 1
    assert words.aligned(["1", "20"]) == ["1", "20"]


def test_numbers_of_any_size_have_a_form():
    assert [words.number(each) for each in (12, 0.3331234567, 10**400, float("nan"))] == [
        "12",
        "0.333123",
        "1.00000e+400",
        "nan",
    ]


def test_a_command_is_quoted_as_a_shell_wants_it():
    assert words.command(["python", "-c", "print('a b')"]) == "python -c 'print('\"'\"'a b'\"'\"')'"
