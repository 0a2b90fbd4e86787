"""For each format, files of the real library: what is set aside, what is measured, what is never passed over."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from publisher.model.project import Tolerance
from tests.formats import makers
from tests.formats.makers import FIELD, moved
from tests.formats.pairs import LOOSE, essence, finding, outcome

TABLE = b"t,energy,name\n0,1.5,a\n1,2.5,b\n"
TREE = b'{"mesh": {"nx": 128, "dx": [0.5, 0.25]}, "ok": true, "none": null, "name": "x"}'
LOG = b"step 3 of 10: energy=-12.75 (run-7, 12:30:05, v1.2.3)\n"

#: name, recorded, one that only its writer made different
WRITTEN_OTHERWISE: dict[str, tuple[str, bytes, bytes]] = {
    "table": ("a.csv", TABLE, TABLE.replace(b"1.5", b'"1.50"').replace(b"\n", b"\r\n")),
    "table with NaN": ("a.csv", b"a\nnan\n-0.0\n", b"a\nNaN\n0.0\n"),
    "table with cells over lines": ("a.csv", b'a,b\n"x\ny",5\n', b'a,b\n"x\ny",5.0\n'),
    "TSV": ("a.tsv", b"a\tb\n1\t2\n", b"a\tb\n1.0\t2\n"),
    "JSON": ("a.json", TREE, json.dumps(json.loads(TREE), indent=2, sort_keys=True).replace("128", "128.0").encode()),
    "JSON lines": ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', b'{"a":1}\n{"a":2.0}\n'),
    "text": ("a.log", LOG, LOG.replace(b"12.75", b"12.750")),
    "gzip": ("a.bin.gz", makers.gzipped(b"\0x"), makers.gzipped(b"\0x", time=2)),
    "gzip of a table": ("a.csv.gz", makers.gzipped(TABLE), makers.gzipped(TABLE.replace(b"1.5", b"1.50"))),
    "gzip of tar": ("a.tgz", makers.gzipped(makers.tarred({"a": b"1"})), makers.gzipped(makers.tarred({"a": b"1"}, time=2))),
    "zip": ("a.zip", makers.zipped({"a": b"1", "b": b"2"}), makers.zipped({"a": b"1", "b": b"2"}, month=2, backwards=True)),
    "workbook": ("a.xlsx", makers.workbook("1"), makers.workbook("1", day=2)),
    "tar": ("a.tar", makers.tarred({"a": b"1", "b": b"2"}), makers.tarred({"a": b"1", "b": b"2"}, time=2, backwards=True)),
    "PDF": ("a.pdf", makers.figure("pdf"), makers.figure("pdf", day=2)),
    "SVG": ("a.svg", makers.figure("svg"), makers.figure("svg", day=2)),
    "gzip of SVG": ("a.svgz", makers.gzipped(makers.figure("svg")), makers.gzipped(makers.figure("svg", day=2))),
    "PNG": ("a.png", makers.figure("png"), makers.figure("png", day=2)),
    "PNG packed otherwise": ("a.png", makers.picture("PNG"), makers.picture("PNG", compress_level=1)),
    "TIFF packed otherwise": ("a.tif", makers.picture("TIFF"), makers.picture("TIFF", compression="tiff_deflate")),
    "notebook": ("a.ipynb", makers.notebook(), makers.notebook(count=2, cut=True)),
    "notebook with a picture": (
        "a.ipynb",
        makers.notebook(image=makers.figure("png")),
        makers.notebook(image=makers.figure("png", day=2)),
    ),
    "HDF5": ("a.h5", makers.hdf5(FIELD), makers.hdf5(FIELD, chunks=(2, 2))),
    "HDF5 with times": ("a.h5", makers.hdf5(FIELD), makers.hdf5(FIELD, track_times=True)),
    "netCDF-4": ("a.nc", makers.hdf5(FIELD), makers.hdf5(FIELD, chunks=(2, 2))),
    "MATLAB": ("a.mat", makers.matlab(FIELD), makers.matlab(FIELD, packed=True)),
    "Parquet": ("a.parquet", makers.parquet(FIELD), makers.parquet(FIELD, row_group_size=5, compression="gzip")),
    "npz": ("a.npz", makers.npz({"x": FIELD}), makers.npz({"x": FIELD}, packed=True)),
}  # fmt: skip


@pytest.mark.parametrize("what", WRITTEN_OTHERWISE)
def test_what_only_a_writer_made_different_is_equivalent(what: str) -> None:
    name, recorded, found = WRITTEN_OTHERWISE[what]
    assert recorded != found
    seen = finding(name, recorded, found)
    assert (seen.outcome, seen.said) == ("equivalent", None)
    assert seen.set_aside, "it says what was not compared"
    assert finding(name, recorded, recorded).outcome == "identical"


#: name, recorded, one with other content that no number explains
OTHER: dict[str, tuple[str, bytes, bytes]] = {
    "a text in a table": ("a.csv", TABLE, TABLE.replace(b",a", b",c")),
    "a name of a column": ("a.csv", TABLE, TABLE.replace(b"energy", b"energie")),
    "a row": ("a.csv", TABLE, TABLE + b"2,3.5,c\n"),
    "a cell": ("a.csv", TABLE, TABLE.replace(b"2.5,", b"")),
    "a number and an empty cell": ("a.csv", TABLE, TABLE.replace(b"2.5", b"")),
    "a number and NaN": ("a.csv", TABLE, TABLE.replace(b"2.5", b"nan")),
    "an infinity": ("a.csv", b"a\ninf\n", b"a\n-inf\n"),
    "a name of digits": ("a.csv", b"id\n007\n", b"id\n7\n"),
    "a digit in a quoted text over lines": ("a.csv", b'a\n"x\n5"\n', b'a\n"x\n6"\n'),
    "what parts the cells": ("a.csv", b"a,b\n1,2\n", b"a;b\n1;2\n"),
    "a key": ("a.json", TREE, TREE.replace(b"nx", b"ny")),
    "an element of a list": ("a.json", TREE, TREE.replace(b", 0.25", b"")),
    "true and 1": ("a.json", TREE, TREE.replace(b"true", b"1")),
    "a number and a text": ("a.json", TREE, TREE.replace(b"128", b'"128"')),
    "a key twice": ("a.json", b'{"a": 1, "a": 2}', b'{"a": 3, "a": 2}'),
    "a line of JSON": ("a.jsonl", b'{"a": 1}\n', b'{"a": 1}\n{"a": 1}\n'),
    "a word": ("a.log", LOG, LOG.replace(b"energy", b"enthalpy")),
    "a name with digits": ("a.log", LOG, LOG.replace(b"run-7", b"run-8")),
    "a time": ("a.log", LOG, LOG.replace(b"12:30:05", b"12:30:06")),
    "a version": ("a.log", LOG, LOG.replace(b"v1.2.3", b"v1.2.4")),
    "a date": ("a.log", b"on 2026-11-23\n", b"on 2026-11-24\n"),
    "a digest": ("a.log", b"a3f9 1e5b02c 7\n", b"a3f8 1e5b02c 7\n"),
    "an id of leading zeros": ("a.log", b"id 0012\n", b"id 0013\n"),
    "an end of a line": ("a.log", LOG, LOG.rstrip(b"\n")),
    "what is packed": ("a.bin.gz", makers.gzipped(b"\0x"), makers.gzipped(b"\0y")),
    "a member of zip": ("a.zip", makers.zipped({"a": b"1"}), makers.zipped({"a": b"2"})),
    "a name in zip": ("a.zip", makers.zipped({"a": b"1"}), makers.zipped({"b": b"1"})),
    "before a zip": ("a.zip", makers.zipped({"a": b"1"}), b"PK\3\4" + makers.zipped({"a": b"1"})),
    "after a zip": ("a.zip", makers.zipped({"a": b"1"}), makers.zipped({"a": b"1"}) + b"x"),
    "a cell of a workbook": ("a.xlsx", makers.workbook("1"), makers.workbook("2")),
    "a member of tar": ("a.tar", makers.tarred({"a": b"1"}), makers.tarred({"a": b"2"})),
    "a mode in tar": ("a.tar", makers.tarred({"a": b"1"}), makers.tarred({"a": b"1"}, mode=0o755)),
    "after a tar": ("a.tar", makers.tarred({"a": b"1"}), makers.tarred({"a": b"1"}) + b"x"),
    "a point of a PDF": ("a.pdf", makers.figure("pdf"), makers.figure("pdf", last=3.1)),
    "a point of an SVG": ("a.svg", makers.figure("svg"), makers.figure("svg", last=3.1)),
    "a point of a PNG": ("a.png", makers.figure("png"), makers.figure("png", last=3.1)),
    "a pixel": ("a.png", makers.picture("PNG"), makers.picture("PNG", brighter=1)),
    "a pixel of a GIF": ("a.gif", makers.picture("GIF", gray=True), makers.picture("GIF", gray=True, brighter=1)),
    "a pixel of a WebP": ("a.webp", makers.picture("WEBP", lossless=True), makers.picture("WEBP", lossless=True, brighter=1)),
    "a mode": ("a.png", makers.picture("PNG"), makers.picture("PNG", gray=True)),
    "a colour profile": ("a.png", makers.picture("PNG"), makers.picture("PNG", icc_profile=b"profile")),
    "what a tag of TIFF says": ("a.tif", makers.picture("TIFF"), makers.picture("TIFF", description="in metres")),
    "a source": ("a.ipynb", makers.notebook(), makers.notebook(source="print(3.6)")),
    "an output": ("a.ipynb", makers.notebook(), makers.notebook("other\n")),
    "a picture in a notebook": (
        "a.ipynb",
        makers.notebook(image=makers.figure("png")),
        makers.notebook(image=makers.figure("png", last=3.1)),
    ),
    "an attribute of HDF5": ("a.h5", makers.hdf5(FIELD), makers.hdf5(FIELD, units="cm")),
    "a type of HDF5": ("a.h5", makers.hdf5(FIELD), makers.hdf5(FIELD.astype("f4"))),
    "a shape of HDF5": ("a.h5", makers.hdf5(FIELD), makers.hdf5(FIELD[:2])),
    "an attribute of netCDF-3": ("a.nc", makers.netcdf3(FIELD), makers.netcdf3(FIELD, units="cm")),
    "a shape of netCDF-3": ("a.nc", makers.netcdf3(FIELD), makers.netcdf3(FIELD[:2])),
    "a type of MATLAB": ("a.mat", makers.matlab(FIELD), makers.matlab(FIELD.astype("i4"))),
    "a text of MATLAB": ("a.mat", makers.matlab(FIELD), makers.matlab(FIELD, label="texts")),
    "a type of Parquet": ("a.parquet", makers.parquet(FIELD), makers.parquet(FIELD.astype("f4"))),
    "a type of npy": ("a.npy", makers.npy(FIELD), makers.npy(FIELD.astype("f4"))),
    "a shape of npy": ("a.npy", makers.npy(FIELD), makers.npy(FIELD.T.copy())),
    "a name in npz": ("a.npz", makers.npz({"x": FIELD}), makers.npz({"y": FIELD})),
    "a boolean": ("a.npy", makers.npy(np.array([True, False])), makers.npy(np.array([True, True]))),
    "a date of npy": ("a.npy", makers.npy(np.array(["2026-01-01"], "M8[D]")), makers.npy(np.array(["2026-01-02"], "M8[D]"))),
    "bytes of no format": ("a.bin", b"\0a", b"\0b"),
}  # fmt: skip


@pytest.mark.parametrize("what", OTHER)
@pytest.mark.parametrize("tolerance", [None, Tolerance(rtol=0.5, atol=0.5)], ids=["strict", "tolerant"])
def test_other_content_is_different_whatever_is_tolerated(what: str, tolerance: Tolerance | None) -> None:
    name, recorded, found = OTHER[what]
    for one, other in ((recorded, found), (found, recorded)):
        seen = finding(name, one, other, tolerance)
        assert seen.outcome == "different"
        assert seen.said
    assert finding(name, recorded, found, tolerance, kept=False).outcome == "different"


NUMBERS: dict[str, tuple[str, Any, str]] = {
    "table": ("a.csv", lambda field: b"a,b,c,d\n" + "\n".join(",".join(map(repr, row)) for row in field.tolist()).encode(), "row 2, column c"),
    "JSON": ("a.json", lambda field: json.dumps({"mesh": {"field": field.tolist()}}).encode(), "$.mesh.field[1][2]"),
    "YAML": ("a.yml", lambda field: "".join(f"field: {row}\n" for row in field.tolist()).encode(), "line 2, number 3"),
    "notebook": ("a.ipynb", lambda field: makers.notebook(f"{field.tolist()}\n"), "cell 1, output 1, text, line 1, number 7"),
    "npy": ("a.npy", makers.npy, "array[1, 2]"),
    "npy by columns": ("a.npy", lambda field: makers.npy(np.asfortranarray(field)), "array[1, 2]"),
    "complex": ("a.npy", lambda field: makers.npy(field * 1j), "array[1, 2], imaginary part"),
    "npz": ("a.npz", lambda field: makers.npz({"x": FIELD, "field": field}), "field[1, 2]"),
    "HDF5": ("a.h5", makers.hdf5, "/g/field[1, 2]"),
    "netCDF-3": ("a.nc", makers.netcdf3, "field[1, 2]"),
    "MATLAB": ("a.mat", makers.matlab, "field[1, 2]"),
    "Parquet": ("a.parquet", makers.parquet, "row 7, column field"),
    "gzip of npy": ("a.npy.gz", lambda field: makers.gzipped(makers.npy(field)), "array[1, 2]"),
}  # fmt: skip


@pytest.mark.parametrize("what", NUMBERS)
def test_a_number_that_moved_is_measured_and_judged_by_the_tolerance(what: str) -> None:
    name, made, where = NUMBERS[what]
    recorded, found = made(FIELD), made(moved(6e-9))
    for tolerance, expected in ((LOOSE, "close"), (None, "different"), (Tolerance(rtol=1e-10), "different")):
        seen = finding(name, recorded, found, tolerance)
        assert (seen.outcome, seen.how) == (expected, "numbers")
        assert (
            seen.measured is not None
            and seen.measured.absolute is not None
            and seen.measured.relative is not None
        )
        assert seen.measured.differing == 1
        assert seen.measured.where == where
        assert abs(seen.measured.absolute - 6e-9) < 1e-14
        assert abs(seen.measured.relative - 1e-9) < 1e-14
    assert outcome(name, recorded, made(moved(1e-3)), LOOSE) == "different"


def test_a_picture_is_measured_in_levels_and_judged_by_its_own_tolerance() -> None:
    recorded, found = makers.picture("PNG"), makers.picture("PNG", brighter=3)
    seen = finding("a.png", recorded, found, Tolerance(rms=1))
    assert (seen.outcome, seen.how) == ("close", "pixels")
    assert seen.measured is not None and seen.measured.rms is not None
    assert (seen.measured.compared, seen.measured.differing, seen.measured.absolute) == (600, 1, 3.0)
    assert seen.measured.where == "pixel 4, 3"
    assert abs(seen.measured.rms - (27 / 1800) ** 0.5) < 1e-12
    assert outcome("a.png", recorded, found, Tolerance(rms=0.1)) == "different"
    assert outcome("a.png", recorded, found, Tolerance(atol=100, rtol=100)) == "different"


def test_a_picture_of_numbers_is_measured_as_numbers() -> None:
    from PIL import Image

    def tiff(pixels: Any) -> bytes:
        return makers.through_a_file(lambda path: Image.fromarray(pixels).save(path, "TIFF"))

    field = FIELD.astype("f4")
    seen = finding("a.tif", tiff(field), tiff(field + np.float32(1e-4)), Tolerance(rms=255))
    assert (seen.outcome, seen.how) == ("different", "numbers")
    assert outcome("a.tif", tiff(field), tiff(field + np.float32(1e-4)), Tolerance(atol=1e-3)) == "close"


def test_every_frame_of_a_moving_picture_counts() -> None:
    from PIL import Image

    def gif(last: int) -> bytes:
        frames = [Image.fromarray(np.full((4, 4), level, np.uint8)) for level in (10, 100, last)]
        return makers.through_a_file(
            lambda path: frames[0].save(path, "GIF", save_all=True, append_images=frames[1:])
        )

    seen = finding("a.gif", gif(200), gif(201))
    assert (seen.outcome, seen.measured and seen.measured.where) == ("different", "pixel 0, 0, frame 3")


def test_more_than_eight_bits_a_channel_are_never_made_coarser() -> None:
    import struct
    import zlib

    def deep(level: int) -> bytes:
        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        header = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0)
        pixel = b"\0" + struct.pack(">HHH", 5000, 5000, level)
        chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixel)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + chunks

    assert outcome("a.png", deep(5001), deep(5002), Tolerance(rms=9)) == "different"


def test_without_a_copy_the_essence_still_tells_equivalent() -> None:
    for what in ("PDF", "SVG", "PNG", "gzip", "zip", "workbook", "tar", "notebook", "HDF5", "gzip of tar"):
        name, recorded, found = WRITTEN_OTHERWISE[what]
        seen = finding(name, recorded, found, kept=False)
        assert (seen.outcome, seen.how) == ("equivalent", "content"), what


@pytest.mark.parametrize(
    ("name", "content", "begins"),
    [
        ("a.gz", makers.gzipped(b"x"), "d6da9e766a98"),
        ("a.zip", makers.zipped({"a": b"x"}), "69b9cf05f505"),
        ("a.tar", makers.tarred({"a": b"x"}), "2704cfda692f"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><g id='p0123456789'/></svg>", "4501af592d88"),
    ],
)
def test_an_essence_is_the_same_in_every_version_of_ours(name: str, content: bytes, begins: str) -> None:
    """Records keep it for ever: another meaning needs another version, not another value here."""
    assert (essence(name, content) or "").startswith(begins)
