"""What pages look up: shards of runs and of contents, and environments."""

import json
import re
from collections import Counter

import msgspec
import pytest

from publisher.model.environment import Environment, Python, System
from publisher.publish import words
from publisher.publish.files import lookup
from publisher.publish.files.contents import Contents
from publisher.publish.hosting import compare_form
from publisher.publish.run.rerun import Kept
from tests.publish.files.test_contents import A, B, file, none_kept, row
from tests.publish.samples import COMMIT

REMOTE = "git@github.com:someone/paper.git"


def unverified(row):
    return words.UNVERIFIED


def shards(rows, kept=none_kept):
    return list(lookup.run_shards(rows, kept, unverified))


def value(text):
    """What a script puts into `publisherData`."""
    literal = re.search(r"JSON\.parse\('(.*)'\);\n\Z", text)[1]
    return json.loads(re.sub(r"\\(u003c|.)", lambda found: "<" if found[1] == "u003c" else found[1], literal))


def told(row, kept=none_kept):
    """The facts of one run by name, numbers of texts resolved."""
    found = value(shards([row], kept)[0].make())
    texts, others = found["fields"]
    line = found["runs"][row.id]
    return (
        {name: found["texts"][number] for name, number in zip(texts, line, strict=False)}
        | dict(zip(others, line[len(texts) :], strict=True))
        | {"all": found}
    )


def test_a_script_holds_no_end_of_a_script_and_no_odd_line_end():
    nasty = {"</script>": "<!-- ' \" \\ \u2028 \u2029 \n \ud800 é"}
    text = lookup.script("runs", "ab", nasty)
    assert "<" not in text
    assert text.isascii()
    assert text.count("\n") == 2
    assert value(text) == nasty


@pytest.mark.parametrize(("count", "digits"), [(0, 0), (200, 0), (201, 1), (3200, 1), (3201, 2), (10**6, 2)])
def test_the_number_of_shards_grows_with_what_they_hold(count, digits):
    assert lookup.digits_for(count, 200) == digits
    assert len(lookup.names(digits)) == 16**digits


def test_a_shard_that_holds_nothing_is_there_so_that_nothing_is_asked_for_in_vain():
    rows = [msgspec.structs.replace(row(number), id=f"a{number:011x}") for number in range(201)]
    held = Counter({shard.name: len(value(shard.make())["runs"]) for shard in shards(rows)})
    assert set(held) == set("0123456789abcdef")
    assert +held == {"a": 201}


def test_only_the_shard_of_a_changed_run_is_made_again():
    rows = [
        msgspec.structs.replace(row(number), id=f"{number:03x}000000000") for number in range(0, 4096, 16)
    ]
    before = {shard.name: shard.key for shard in shards(rows)}
    rows[3] = msgspec.structs.replace(rows[3], outcome="it agrees", sha256="5" * 64)  # of its record
    after = {shard.name: shard.key for shard in shards(rows)}
    assert [name for name in before if before[name] != after[name]] == [rows[3].id[:1]]


def test_the_same_runs_in_another_order_are_the_same_text():
    rows = [row(number, outputs=[file(f"out/{number}", f"{number:064x}")]) for number in (1, 2, 3)]
    (one,), (other,) = shards(rows), shards(rows[::-1])
    assert one.make() == other.make()
    assert list(value(one.make())["runs"]) == ["000000000001", "000000000002", "000000000003"]


def test_values_are_told_as_yaml_writes_them_so_that_a_text_is_no_number():
    run = msgspec.structs.replace(row(1), parameters={"a": 1, "b": "1", "c": True, "d": 1.0, "e": [1, "x"]})
    found = told(run)
    shape, *numbers = found["parameters"]
    shown = dict(zip(found["all"]["names"][shape], (found["all"]["texts"][n] for n in numbers), strict=True))
    assert shown == {"a": "1", "b": '"1"', "c": "true", "d": "1.0", "e": "[1, x]"}


def test_numbers_that_json_or_a_browser_cannot_hold_are_texts():
    metrics = {"nan": float("nan"), "inf": float("-inf"), "big": 2**60 + 1, "half": 0.1, "whole": 3}
    run = msgspec.structs.replace(row(1), metrics=metrics, parameters={"huge": 10**30})
    assert told(run)["metrics"][1:] == ["NaN", "-Infinity", "1152921504606846977", 0.1, 3]


def test_what_is_cut_off_a_long_text_still_tells_two_apart():
    long = "x" * lookup.LONGEST
    one, other = (told(msgspec.structs.replace(row(1), outcome=long + end))["outcome"] for end in ("a", "b"))
    assert one != other
    assert one.startswith(f"{long}… (401 characters, SHA-256 ")


def test_characters_that_turn_the_direction_of_writing_are_made_visible():
    assert told(msgspec.structs.replace(row(1), branch="gpj.\u202etxt"))["branch"] == "gpj.\\u202etxt"


def test_a_digest_is_whole_where_a_copy_is_kept_and_short_where_not():
    def kept(digest):
        return Kept(address=f"artifacts/aa/{A}.png", place="") if digest == A else None

    outputs = [file("f.png", A, artifact=True), file("g.h5", B, None)]
    found = told(row(1, outputs=outputs), kept)
    texts, flat = found["all"]["texts"], found["outputs"]
    assert (texts[flat[0]], flat[1], flat[2], texts[flat[3]]) == ("f.png", A, 8, ".png")
    assert (texts[flat[4]], *flat[5:]) == ("g.h5", B[:16], -1, -1)


def test_a_copy_that_disappears_has_its_shard_made_again():
    run = row(1, outputs=[file("f.png", A, artifact=True)])
    there = shards([run], lambda digest: Kept(address=f"artifacts/aa/{A}.png", place=""))[0].key
    assert there != shards([run])[0].key


def test_code_is_linked_where_its_place_is_known():
    found = told(msgspec.structs.replace(row(1), repository=REMOTE, commit=COMMIT))
    assert found["commits"] + found["commit"] == f"https://github.com/someone/paper/commit/{COMMIT}"
    assert found["compare"] == "https://github.com/someone/paper/compare/{old}...{new}"
    assert told(msgspec.structs.replace(row(1), repository="/srv/git/paper", commit=COMMIT))["commits"] == ""


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        (REMOTE, "https://github.com/someone/paper/compare/{old}...{new}"),
        ("https://gitlab.com/a/b.git", "https://gitlab.com/a/b/-/compare/{old}...{new}"),
        ("https://codeberg.org/a/b", "https://codeberg.org/a/b/compare/{old}...{new}"),
        ("https://bitbucket.org/a/b", None),
        ("https://git.example.org/a/b", None),
        (None, None),
    ],
)
def test_two_commits_are_compared_where_the_form_of_the_address_is_known(remote, page):
    assert compare_form(remote) == page


def test_a_content_names_its_oldest_runs_and_counts_all():
    rows = [row(number, inputs=[file("in.csv", A)]) for number in range(1, 31)]
    rows[0] = row(1, outputs=[file("out.csv", A)])
    (shard,) = lookup.content_shards(Contents(rows), none_kept)
    found = value(shard.make())
    size, end, made, read, *uses = found["files"][A]
    assert (size, end, made, read) == (8, -1, 1, 29)
    assert uses[::2] == [f"{number:012x}" for number in range(1, 22)]
    assert [found["texts"][number] for number in uses[1:4:2]] == ["out.csv", "in.csv"]


def test_an_environment_is_told_fact_by_fact():
    environment = Environment(
        schema=1,
        system=System(name="Linux", release="6.1", machine="x86_64", memory=16_000_000_000),
        python=Python(implementation="CPython", version="3.11.7", packages={"numpy": "2.4.6"}),
        locks={"uv.lock": A},
        variables={"LANG": "C.UTF-8"},
    )
    found = value(lookup.environment_script("0" * 16, environment))
    assert found["packages"] == {"numpy": "2.4.6"}
    assert found["variables"] == {"LANG": "C.UTF-8"}
    assert found["facts"] == {
        "system": "Linux 6.1 x86_64",
        "memory": "16 GB",
        "python": "CPython 3.11.7",
        "lock file uv.lock": "aaaaaaaaaaaa",
    }
