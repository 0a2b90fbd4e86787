"""For each format, files of the real library: what is set aside, what is measured, what is never passed over."""

from __future__ import annotations

import io
import json
import re
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


def svg(name: str, *, clip: str = "url(#{})", style: str = "", **attributes: str) -> bytes:
    """Two shapes with random ids, of which one is referred to."""
    more = "".join(f' {key.replace("_", "-")}="{value.format(name)}"' for key, value in attributes.items())
    return (
        "<svg xmlns='http://www.w3.org/2000/svg'>"
        f'<style>{style.format(name)}</style><g id="{name}"/><g id="q0123456789"/>'
        f'<path clip-path="{clip.format(name)}"{more}/></svg>'
    ).encode()


def swapped(content: bytes, one: bytes = b"p8603eef0e1", other: bytes = b"q0123456789") -> bytes:
    """An SVG in which two elements have each other's id, and all that refers to them stays as it is."""
    begin, id_one, middle, id_other, end = re.split(
        b'(?<=<g id=")(' + one + b"|" + other + b')(?=")', content
    )
    return begin + id_other + middle + id_one + end


def widgets(outer: str, inner: str, *, value: str = "exponent 0.33", printed: str = "1.5") -> bytes:
    """A notebook that shows a box with a text in it, and an output that was caught."""
    caught = [{"output_type": "stream", "name": "stdout", "text": printed}]
    states = {
        inner: {"model_name": "HTMLModel", "state": {"value": value}},
        outer: {"model_name": "VBoxModel", "state": {"children": [f"IPY_MODEL_{inner}"]}},
        "f" + inner: {"model_name": "OutputModel", "state": {"outputs": caught}},
    }
    return makers.notebook_with(dict(sorted(states.items())), shown=outer)


def sparse(*, row: int = 3, rows: int = 100) -> Any:
    from scipy.sparse import csc_array

    return csc_array(([1.5], ([row], [1])), shape=(rows, 4))


def npz_of(array: Any) -> bytes:
    from scipy.sparse import save_npz

    file = io.BytesIO()
    save_npz(file, array)
    return file.getvalue()


def codes(attribute: str, value: Any, code: int) -> bytes:
    """Numbers of HDF5 that an attribute makes codes or characters."""

    def write(file: Any) -> None:
        file["x"] = np.array([code], "u2")
        file["x"].attrs[attribute] = value

    return makers.hdf5_with(write)


def anndata(row: int) -> bytes:
    def write(file: Any) -> None:
        group = file.create_group("X")
        group.attrs["encoding-type"] = "csr_matrix"
        group["indices"] = np.array([row])

    return makers.hdf5_with(write)


def enumeration(value: int, *, inside: bool = False) -> bytes:
    import h5py

    kind = h5py.enum_dtype({"RED": 0, "GREEN": 1, "BLUE": 2}, "i1")
    values = np.array([(value, 1.0)], [("colour", kind), ("x", "f8")]) if inside else np.array([value], kind)
    return makers.hdf5_with(lambda file: file.create_dataset("x", data=values))


def pdf(
    title: str = "(a)", *, date: str = "(D:2025)", stream: bytes = b"", kind: str = "/Type /Metadata"
) -> bytes:
    """A PDF by hand: a page, whose content says that it is metadata, and the document's information."""
    objects = [
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /Contents 4 0 R>>",
        f"<<{kind} /Length {len(stream)}>>\nstream\n".encode() + stream + b"\nendstream",
        f"<< /Title {title} /Kn (v) /CreationDate {date} >>".encode(),
    ]
    text, places = b"%PDF-1.4\n", []
    for n, each in enumerate(objects, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%b\nendobj\n" % (n, each)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size 6 /Root 1 0 R /Info 5 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(text)
    return text + b"xref\n0 6\n" + table + end


#: name, recorded, one that only its writer made different
WRITTEN_OTHERWISE: dict[str, tuple[str, bytes, bytes]] = {
    "table": ("a.csv", TABLE, TABLE.replace(b"1.5", b"1.50").replace(b"energy", b'"energy"').replace(b"\n", b"\r\n")),
    "table with NaN": ("a.csv", b"a\nnan\n-0.0\n", b"a\nNaN\n-0.00\n"),
    "table with cells over lines": ("a.csv", b'a,b\n"x\ny",5\n', b'a,b\n"x\ny",5.0\n'),
    "TSV": ("a.tsv", b"a\tb\n1\t2\n", b"a\tb\n1.0\t2\n"),
    "JSON": ("a.json", TREE, json.dumps(json.loads(TREE), indent=2, sort_keys=True).replace("128", "128.0").encode()),
    "JSON lines": ("a.jsonl", b'{"a": 1}\n{"a": 2}\n', b'{"a":1}\n{"a":2.0}\n'),
    "JSON with escapes": ("a.json", b'["\\u0041"]', b'["A"]'),
    "Parquet of maps with NaN": ("a.parquet", makers.parquet_of_maps("gzip"), makers.parquet_of_maps("snappy")),
    "npz of names that begin alike": (
        "a.npz",
        makers.npz({"a": FIELD, "a-b": FIELD}),
        makers.npz({"a": FIELD, "a-b": FIELD}, packed=True),
    ),
    "ids of SVG in quotes": ("a.svg", svg("p8603eef0e1", clip="url( '#{}' )"), svg("p77aa01bc02", clip="url( '#{}' )")),
    "ids of SVG in a style": ("a.svg", svg("p8603eef0e1", style="#{}{{fill:red}}"), svg("p77aa01bc02", style="#{}{{fill:red}}")),
    "ids of widgets": ("a.ipynb", widgets("a1", "b2"), widgets("b7", "a9")),
    "the information of a PDF with parentheses": ("a.pdf", pdf("(Fig (a\\)))"), pdf("(Fig (a\\)))", date="(D:2026)")),
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
    # What readers drop.
    "an imaginary part of MATLAB": ("a.mat", makers.values_of_matlab(z=[[1 + 1j]]), makers.values_of_matlab(z=[[1 + 9j]])),
    "an imaginary part of MATLAB in single precision": (
        "a.mat",
        makers.values_of_matlab(z=np.array([[1 + 1j]], "c8")),
        makers.values_of_matlab(z=np.array([[1 + 9j]], "c8")),
    ),
    "an imaginary part in a struct": ("a.mat", makers.values_of_matlab(s={"a": 1 + 1j}), makers.values_of_matlab(s={"a": 1 + 9j})),
    "an imaginary part in a cell": (
        "a.mat",
        makers.values_of_matlab(c=np.array([1 + 1j, "x"], object)),
        makers.values_of_matlab(c=np.array([1 + 9j, "x"], object)),
    ),
    "complex numbers and real ones": ("a.mat", makers.values_of_matlab(z=[[1 + 0j]]), makers.values_of_matlab(z=[[1.0]])),
    "a class of MATLAB in a cell": (
        "a.mat",
        makers.values_of_matlab(c=np.array([np.float64(1), "x"], object)),
        makers.values_of_matlab(c=np.array([np.int8(1), "x"], object)),
    ),
    "a channel beside gray": ("a.tif", makers.tiff((7, 8)), makers.tiff((7, 9))),
    "a channel beside colours": ("a.tif", makers.tiff((7, 8, 9, 1), photometric=2), makers.tiff((7, 8, 9, 2), photometric=2)),
    "a fifth channel": ("a.tif", makers.tiff((7, 8, 9, 1, 1), photometric=2, more=(2, 0)), makers.tiff((7, 8, 9, 1, 2), photometric=2, more=(2, 0))),
    "a channel beside CMYK": ("a.tif", makers.tiff((7, 8, 9, 1, 1), photometric=5), makers.tiff((7, 8, 9, 1, 2), photometric=5)),
    "ids of SVG in quotes that are swapped": ("a.svg", svg("p8603eef0e1", clip="url('#{}')"), swapped(svg("p8603eef0e1", clip="url('#{}')"))),
    **{
        f"ids of SVG that {what}": ("a.svg", svg("p8603eef0e1", clip="none", **names), swapped(svg("p8603eef0e1", clip="none", **names)))
        for what, names in (
            ("a style names", {"style": "#{}{{fill:red}}"}),
            ("label something", {"aria_labelledby": "{}"}),
            ("begin something", {"begin": "{}.click"}),
        )
    },
    "an id of SVG that a text shows": (
        "a.svg",
        svg("p8603eef0e1").replace(b"</svg>", b"<text>p8603eef0e1</text></svg>"),
        svg("p77aa01bc02").replace(b"</svg>", b"<text>p8603eef0e1</text></svg>"),
    ),
    "the state of a widget": ("a.ipynb", widgets("a1", "b2"), widgets("a1", "b2", value="exponent 0.99")),
    "what a widget caught": ("a.ipynb", widgets("a1", "b2"), widgets("a1", "b2", printed="9.5")),
    "a parameter of papermill": (
        "a.ipynb",
        makers.notebook_with({}, shown="a", papermill={"parameters": {"x": 1}, "duration": 1.0}),
        makers.notebook_with({}, shown="a", papermill={"parameters": {"x": 2}, "duration": 1.0}),
    ),
    "the order of two spellings in tar": (
        "a.tar",
        makers.in_order("tar", ("./x", b"1"), ("x", b"2")),
        makers.in_order("tar", ("x", b"2"), ("./x", b"1")),
    ),
    "the order of two spellings in zip": (
        "a.zip",
        makers.in_order("zip", ("./x", b"1"), ("x", b"2")),
        makers.in_order("zip", ("x", b"2"), ("./x", b"1")),
    ),
    "a file and what lies below it": (
        "a.zip",
        makers.in_order("zip", ("x", b"1"), ("x/y", b"2")),
        makers.in_order("zip", ("x/y", b"2"), ("x", b"1")),
    ),
    **{
        f"the chunk {name.decode()} of PNG": ("a.png", makers.png_with(name, one), makers.png_with(name, other))
        for name, one, other in (
            (b"cICP", b"\1\x0d\0\1", b"\x09\x10\0\1"),
            (b"sRGB", b"\0", b"\1"),
            (b"cHRM", bytes(32), bytes(31) + b"\1"),
            (b"sBIT", b"\x08\x08\x08", b"\x05\x05\x05"),
            (b"mDCV", bytes(24), bytes(23) + b"\1"),
            (b"pHYs", bytes(8) + b"\1", bytes(7) + b"\1\1"),
            (b"gAMA", b"\0\0\1\0", b"\0\0\2\0"),
            (b"prVt", b"1", b"2"),
        )
    },
    **{
        f"after a {kind}": (f"a.{kind.lower()}", makers.picture(kind, **options), makers.picture(kind, **options) + b"more")
        for kind, options in (("JPEG", {}), ("GIF", {"gray": True}), ("WEBP", {"lossless": True}))
    },
    "the content of a page that says it is metadata": (
        "a.pdf",
        pdf(stream=b"<pdf:Producer>a</pdf:Producer>"),
        pdf(stream=b"<pdf:Producer>b</pdf:Producer>"),
    ),
    "a title of a PDF": ("a.pdf", pdf("(Fig (a))"), pdf("(Fig (b))")),
    "no value and a text": ("a.csv", b"a,b\nNA,1\n", b'a,b\n"NA",1\n'),
    "a number and a quoted one": ("a.csv", b"a\n1.10\n", b'a\n"1.10"\n'),
    "a quoted number": ("a.csv", b'a\n"1.10"\n', b'a\n"1.1"\n'),
    "a quoted number over lines": ("a.csv", b'a,b\n"x\ny","1.10"\n', b'a,b\n"x\ny","1.1"\n'),
    "a column of versions": ("a.csv", b"name,version\nscipy,1.10\n", b"name,version\nscipy,1.1\n"),
    "a column of versions with many rows": (
        "a.csv",
        b"version,x\n" + b"1.10,1\n" * 3000,
        b"version,x\n" + b"1.1,1\n" * 3000,
    ),
    "after an HDF5": ("a.h5", makers.hdf5(FIELD), makers.hdf5(FIELD) + b"more"),
    "what is filled in": (
        "a.h5",
        makers.hdf5_with(lambda file: file.create_dataset("x", (0,), "f8", maxshape=(None,), fillvalue=1.0)),
        makers.hdf5_with(lambda file: file.create_dataset("x", (0,), "f8", maxshape=(None,), fillvalue=2.0)),
    ),
    "a zero after an attribute of netCDF-3": ("a.nc", makers.netcdf3(FIELD, units="a"), makers.netcdf3(FIELD, units="a\0")),
    "after a netCDF-3": ("a.nc", makers.netcdf3(FIELD), makers.netcdf3(FIELD) + b"more"),
    # What is no number.
    **{
        f"{one!r} in {name}": (name, f"{one}\n".encode(), f"{other}\n".encode())
        for name, one, other in (
            ("requirements.txt", "scipy==1.10", "scipy==1.1"),
            ("requirements.txt", "scipy >= 1.10", "scipy >= 1.1"),
            ("requirements.txt", "scipy~=1.10", "scipy~=1.1"),
            ("environment.yml", "  - scipy=1.10", "  - scipy=1.1"),
            ("ci.yml", 'python: "3.10"', 'python: "3.1"'),
            ("ci.yml", "python: '3.10'", "python: '3.1'"),
            ("pixi.lock", "version: 1.10", "version: 1.1"),
            ("poetry.lock", "n = 10", "n = 10.0"),
            ("paper.tex", "see Table 3.10", "see Table 3.1"),
            ("paper.tex", "see Section~3.10", "see Section~3.1"),
            ("paper.md", "Fig. 3.10", "Fig. 3.1"),
            ("paper.bib", "volume = {1.10}", "volume = {1.1}"),
            ("a.txt", "doi 10.1000", "doi 10.10"),
            ("a.txt", "doi 10.1000/10.10", "doi 10.1000/10.1"),
            ("a.txt", "sha 1e10", "sha 10e9"),
            ("stdout.txt", "scipy version 1.10", "scipy version 1.1"),
            ("a.txt", '{"version": 1.10}', '{"version": 1.1}'),
            ("m.py", "7 // 2.0", "7 // 2"),
            ("Makefile", "n = 7", "n = 7.0"),
            ("a.log", "v 3.10", "v 3.1"),
            ("a.log", "10,100 W", "11,100 W"),
            ("a.log", "10'100 W", "11'100 W"),
            ("a.log", "10^3 m", "10^4 m"),
            ("a.log", "1.5 x 10^3 m", "1.6 x 10^3 m"),
            ("a.log", "1.5 × 10⁻³ m", "1.6 × 10⁻³ m"),
            ("a.log", "m**2.1", "m**2.2"),
            ("a.log", "23 Nov 2026", "24 Nov 2026"),
            ("a.log", "Nov 23, 2026", "Nov 24, 2026"),
            ("a.log", "Mon Nov 23 10:00:00 2026", "Mon Nov 23 10:00:00 2027"),
            ("a.log", "#12", "#13"),
            ("a.csv", "007,1", "008,1"),
            ("a.csv", " 007,1", " 008,1"),
            ("a.json", '{"id": 1001}', '{"id": 1002}'),
        )
    },
    "a version in a notebook": ("a.ipynb", makers.notebook("v 3.10\n"), makers.notebook("v 3.1\n")),
    "many names of digits": ("a.csv", b"a\n" + b"007\n" * 3000, b"a\n" + b"008\n" * 3000),
    "many signed names of digits": ("a.csv", b"a\n" + b"-007\n" * 3000, b"a\n" + b" 008\n" * 3000),
    "a row of a sparse array of MATLAB": (
        "a.mat",
        makers.values_of_matlab(s=sparse(row=3)),
        makers.values_of_matlab(s=sparse(row=4)),
    ),
    "the shape of a sparse array of MATLAB": (
        "a.mat",
        makers.values_of_matlab(s=sparse(rows=100)),
        makers.values_of_matlab(s=sparse(rows=101)),
    ),
    "a row of a sparse array of npz": ("a.npz", npz_of(sparse(row=3)), npz_of(sparse(row=4))),
    "a text of MATLAB 7.3": ("a.h5", codes("MATLAB_class", b"char", 65), codes("MATLAB_class", b"char", 66)),
    "a boolean of MATLAB 7.3": ("a.h5", codes("MATLAB_class", b"logical", 0), codes("MATLAB_class", b"logical", 1)),
    "a flag of netCDF-4": ("a.nc", codes("flag_values", [1, 2], 1), codes("flag_values", [1, 2], 2)),
    "a row of a sparse array of anndata": ("a.h5ad", anndata(3), anndata(4)),
    "a value of an enumeration": ("a.h5", enumeration(1), enumeration(2)),
    "a value of an enumeration in a row": ("a.h5", enumeration(1, inside=True), enumeration(2, inside=True)),
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


@pytest.mark.parametrize(
    ("name", "recorded", "found"),
    [
        ("a.log", LOG, LOG.replace(b"12.75", b"12.750")),
        ("a.yml", b"a: 1e3\n", b"a: 1000\n"),
        ("a.ipynb", makers.notebook("x 3.5\n"), makers.notebook("x 3.50\n")),
        ("a.csv", b"x\n-0.0\n", b"x\n0.0\n"),
        ("a.csv", b"x\n" + b"-0.0\n" * 3000, b"x\n" + b"0.0\n" * 3000),
        ("a.json", b"[-0.0]", b"[0.0]"),
        ("a.npy", makers.npy(np.array([-0.0])), makers.npy(np.array([0.0]))),
        ("a.npy", makers.npy(np.array([complex(-0.0, 1)])), makers.npy(np.array([complex(0.0, 1)]))),
        ("a.h5", makers.hdf5(FIELD), makers.hdf5(FIELD * [[-1.0, 1, 1, 1], [1] * 4, [1] * 4])),
        ("a.parquet", makers.parquet(FIELD), makers.parquet(FIELD * [[-1.0, 1, 1, 1], [1] * 4, [1] * 4])),
    ],
)
def test_equal_numbers_that_are_not_the_same_need_a_tolerance(
    name: str, recorded: bytes, found: bytes
) -> None:
    """In a text 3.50 may be a version, and 0.0 and -0.0 are two values that are equal."""
    assert outcome(name, recorded, found) == "different"
    seen = finding(name, recorded, found, Tolerance(atol=0.0))
    assert (seen.outcome, seen.measured and seen.measured.absolute) == ("close", 0.0)


def test_it_is_named_what_was_passed_over_in_what_is_packed() -> None:
    seen = finding("a.csv.gz", makers.gzipped(b"a\n1.50\n"), makers.gzipped(b"a\n1.5\n"))
    assert seen.outcome == "equivalent"
    assert {"the header of gzip", "how numbers are written"} <= set(seen.set_aside)


def test_pictures_of_numbers_and_of_levels_in_one_file_are_both_judged() -> None:
    from PIL import Image

    def tiff(number: float, level: int) -> bytes:
        frames = [
            Image.fromarray(np.full((2, 2), number, "f4")),
            Image.fromarray(np.full((2, 2), level, "u1")),
        ]
        return makers.through_a_file(
            lambda path: frames[0].save(path, "TIFF", save_all=True, append_images=frames[1:])
        )

    coarse = Tolerance(rms=9, atol=0.5)
    assert outcome("a.tif", tiff(1, 1), tiff(9, 2), coarse) == "different"
    assert outcome("a.tif", tiff(1, 1), tiff(1, 2), coarse) == "close"
    assert outcome("a.tif", tiff(1, 1), tiff(1.25, 1), coarse) == "close"


def test_imaginary_parts_are_read_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    one, other = (makers.values_of_matlab(z=[[1 + im * 1j]]) for im in (1, 2))
    seen = finding("a.mat", one, other, Tolerance(atol=2))
    assert (seen.outcome, seen.measured and seen.measured.where) == ("close", "z[0, 0], imaginary part")
    assert capfd.readouterr().err == ""


def test_a_file_that_its_library_does_not_survive_is_different() -> None:
    whole = makers.values_of_matlab(a=[[1.0]])
    damaged = bytearray(whole)
    damaged[176] ^= 1 << 4  # another type than the reader has a place for: scipy 1.17 reads beyond its table
    seen = finding("a.mat", whole, bytes(damaged), Tolerance(rtol=1))
    assert seen.outcome == "different"
    assert seen.said and "one of both is damaged" in seen.said


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
