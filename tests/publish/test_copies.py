"""How a kept file of a stranger is served."""

import hashlib

import pytest

from publisher.publish.copies import AS_IT_IS, files_of, is_markup, kept_copy, record_text
from tests.support.hostile_svg import HOSTILE, svg

HEX = "ab" * 32


def copy_of(tmp_path, name, data, **options):
    path = tmp_path / f"{HEX}.{name}"
    path.write_bytes(data)
    return kept_copy(path, HEX, "records/x", **options)


@pytest.mark.parametrize("name", ["dat", "log", "out", "h5", "vtu", "unknown"])
@pytest.mark.parametrize(
    "data",
    [b"<html>", b"\n\t <svg>", b"\xef\xbb\xbf<!--", "<?xml?>".encode("utf-16"), "<x/>".encode("utf-32")],
)
def test_markup_with_an_ending_that_servers_may_not_know_is_served_as_text(tmp_path, name, data):
    assert copy_of(tmp_path, name, data).address == f"artifacts/ab/{HEX}.{name}.txt"
    assert copy_of(tmp_path, name, b"1 < 2").address == f"artifacts/ab/{HEX}.{name}"


def test_a_drawing_is_copied_byte_for_byte(tmp_path):
    copy = copy_of(tmp_path, "svg", svg("").encode())
    assert copy.source == copy.sanitised == ""
    ((address, _, read),) = files_of(copy, tmp_path / f"{HEX}.svg")
    assert (address, read()) == (f"artifacts/ab/{HEX}.svg", svg("").encode())


def test_of_another_svg_a_sanitised_copy_is_shown_and_the_original_is_text(tmp_path):
    copy = copy_of(tmp_path, "svg", HOSTILE["script"])
    files = {address: read() for address, _, read in files_of(copy, tmp_path / f"{HEX}.svg")}
    assert list(files) == [f"artifacts/ab/{HEX}.sanitised.svg", f"artifacts/ab/{HEX}.svg.txt"]
    assert files[copy.source] == HOSTILE["script"]
    assert hashlib.sha256(files[copy.address]).hexdigest() == copy.sanitised


def test_a_drawing_that_lies_in_the_site_is_not_read_again(tmp_path):
    asked = []
    copy = kept_copy(
        tmp_path / f"{HEX}.svg", HEX, "", known=lambda address, key: asked.append((address, key)) or True
    )
    assert asked == [(f"artifacts/ab/{HEX}.svg", AS_IT_IS)] and copy.source == ""


def test_a_record_whose_first_key_is_markup_is_no_page():
    record = b"<script>window.hacked=1</script>: 1\nschema: 1\n"
    assert not is_markup(record_text(record))
    assert record_text(record).endswith(b"\n" + record)
    assert record_text(b"schema: 1\n") == b"schema: 1\n"
