"""Files as the real libraries write them, for comparisons: the content, and what a writer adds, both chosen."""

from __future__ import annotations

import base64
import datetime
import gzip
import io
import json
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

FIELD = np.arange(12.0).reshape(3, 4)


def moved(by: float) -> Any:
    """The field with one number moved."""
    field = FIELD.copy()
    field[1, 2] += by
    return field


def through_a_file(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write(path)
        return path.read_bytes()


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(arrays: Mapping[str, Any], *, packed: bool = False) -> bytes:
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, **arrays)
    return file.getvalue()


def hdf5(field: Any, *, units: str = "m", chunks: Any = None, track_times: bool = False) -> bytes:
    """Groups, attributes, texts, links, references, compound and boolean types, scales of dimensions."""
    import h5py

    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            packing = "gzip" if chunks else None
            file.create_dataset(
                "g/field", data=field, chunks=chunks, compression=packing, track_times=track_times
            )
            file.attrs["units"] = units
            file["g"].attrs["counts"] = np.arange(3)
            file["names"] = ["a", "bc"]
            file["soft"] = h5py.SoftLink("/g/field")
            file["hard"] = file["g/field"]
            file["reference"] = file["g"].ref
            file.create_dataset("empty", data=h5py.Empty("f4"))
            file["flags"] = np.array([True, False])
            file["rows"] = np.array([(1, b"a")], dtype=[("number", "i4"), ("text", "S3")])
            file["time"] = np.arange(3.0)
            file["time"].make_scale("time")
            file["series"] = np.arange(3.0)
            file["series"].dims[0].attach_scale(file["time"])

    return through_a_file(write)


def netcdf3(field: Any, *, units: str = "m") -> bytes:
    from scipy.io import netcdf_file

    def write(path: Path) -> None:
        with netcdf_file(path, "w") as file:
            file.createDimension("time", None)
            file.createDimension("x", field.shape[1])
            variable = file.createVariable("field", "d", ("time", "x"))
            variable[:] = field
            variable.units = units

    return through_a_file(write)


def matlab(field: Any, *, packed: bool = False, label: str = "text") -> bytes:
    from scipy.io import savemat
    from scipy.sparse import csc_array

    file = io.BytesIO()
    cell = np.array([1.0, "x"], object)
    struct = {"a": 1.0, "c": [1.0, 2.0]}
    values = {"field": field, "struct": struct, "cell": cell, "sparse": csc_array(np.eye(3)), "label": label}
    savemat(file, values, do_compression=packed)
    return file.getvalue()


def parquet(field: Any, **options: Any) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as library

    file = io.BytesIO()
    columns = {
        "field": field.reshape(-1),
        "text": ["a", None, "c"] * 4,
        "list": [[1.0, float("nan")]] * 12,
        "struct": [{"q": 1.5}] * 12,
        "code": pa.array(["u", "v"] * 6).dictionary_encode(),
    }
    library.write_table(pa.table(columns), file, **options)
    return file.getvalue()


def parquet_of_maps(compression: str) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as library

    file = io.BytesIO()
    maps = pa.array(
        [[("a", float("nan"))], None, [("b", 1.0), ("c", 2.0)]], pa.map_(pa.string(), pa.float64())
    )
    library.write_table(pa.table({"map": maps}), file, compression=compression)
    return file.getvalue()


def figure(kind: str, *, last: float = 3, day: int = 1) -> bytes:
    """A figure of matplotlib; the day is in its metadata, and its ids are random."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn, axes = pyplot.subplots(figsize=(2, 2))
    axes.plot([1, 2, last], marker="o")
    axes.set_ylim(0, 5)
    date = datetime.datetime(2026, 1, day)
    metadata = {
        "pdf": {"CreationDate": date},
        "svg": {"Date": date.isoformat()},
        "png": {"Software": f"{day}"},
    }
    file = io.BytesIO()
    drawn.savefig(file, format=kind, metadata=metadata[kind])
    pyplot.close(drawn)
    return file.getvalue()


PIXELS = np.random.default_rng(1).integers(0, 250, (20, 30, 3), dtype=np.uint8)


def picture(
    kind: str, *, brighter: int = 0, at: tuple[int, int] = (3, 4), gray: bool = False, **options: Any
) -> bytes:
    """A picture in which one pixel may be brighter."""
    from PIL import Image

    pixels = PIXELS.copy()
    pixels[at] += np.uint8(brighter)
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if gray else pixels).save(file, kind, **options)
    return file.getvalue()


def zipped(members: Mapping[str, bytes], *, month: int = 1, backwards: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if backwards else zipfile.ZIP_STORED) as archive:
        for name in sorted(members, reverse=backwards):
            archive.writestr(zipfile.ZipInfo(name, (2026, month, 1, 0, 0, 0)), members[name])
    return file.getvalue()


def in_order(kind: str, *members: tuple[str, bytes]) -> bytes:
    """A zip or tar file of members in this order, under these spellings of their names."""
    file = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(file, "w") as archive:
            for name, data in members:
                archive.writestr(zipfile.ZipInfo(name), data)
        return file.getvalue()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return file.getvalue()


def tarred(
    members: Mapping[str, bytes], *, time: int = 1, mode: int = 0o644, backwards: bool = False
) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in sorted(members, reverse=backwards):
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.mode, member.uid = len(members[name]), time, mode, time
            archive.addfile(member, io.BytesIO(members[name]))
    return file.getvalue()


def gzipped(data: bytes, *, time: int = 1) -> bytes:
    return gzip.compress(data, mtime=time)


def workbook(cell: str, *, day: int = 1) -> bytes:
    """A spreadsheet, as far as it matters: what office programs put into the zip file."""
    core = (
        f"<cp:coreProperties><dcterms:created>2026-01-0{day}T00:00:00Z</dcterms:created></cp:coreProperties>"
    )
    sheet = f"<worksheet><c><v>{cell}</v></c></worksheet>"
    members = {
        "[Content_Types].xml": "<Types/>",
        "docProps/core.xml": core,
        "xl/worksheets/sheet1.xml": sheet,
    }
    return zipped({name: text.encode() for name, text in members.items()}, month=day)


def notebook(
    printed: str = "3.5\n",
    *,
    source: str = "print(3.5)",
    count: int = 1,
    cut: bool = False,
    image: bytes = b"",
) -> bytes:
    """A notebook with one cell that was executed; `cut` prints in two goes."""
    import nbformat
    from nbformat import v4

    parts = [printed[:1], printed[1:]] if cut else [printed]
    outputs = [v4.new_output("stream", name="stdout", text=part) for part in parts]
    if image:
        outputs.append(v4.new_output("display_data", {"image/png": base64.b64encode(image).decode()}))
    times = {"execution": {"iopub.execute_input": f"2026-01-0{count}T00:00:00Z"}}
    cell = v4.new_code_cell(source, execution_count=count, outputs=outputs, metadata=times)
    return str(nbformat.writes(v4.new_notebook(cells=[cell]))).encode()


def tiff(pixel: tuple[int, ...], *, photometric: int = 1, more: tuple[int, ...] = (0,)) -> bytes:
    """A TIFF of 2 × 2 equal pixels with more channels than colours, which Pillow reads and does not write.

    Args:
        pixel: Levels of its channels.
        photometric: 1 gray, 2 red, green and blue, 5 CMYK.
        more: What the channels beyond are: 0 nothing that is said, 2 opacity.
    """
    samples = len(pixel)
    pixels = bytes(pixel) * 4
    tags: list[tuple[int, str, tuple[int, ...]]] = [
        (256, "H", (2,)), (257, "H", (2,)), (258, "H", (8,) * samples), (259, "H", (1,)),
        (262, "H", (photometric,)), (273, "I", (8,)), (277, "H", (samples,)), (278, "H", (2,)),
        (279, "I", (len(pixels),)), (284, "H", (1,)), (338, "H", more),
    ]  # fmt: skip
    behind = 8 + len(pixels) + 2 + 12 * len(tags) + 4
    entries = rest = b""
    for tag, kind, values in tags:
        data = struct.pack(f"<{len(values)}{kind}", *values).ljust(4, b"\0")
        if len(data) > 4:
            data, rest = struct.pack("<I", behind + len(rest)), rest + data
        entries += struct.pack("<HHI", tag, {"H": 3, "I": 4}[kind], len(values)) + data
    table = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + table + rest


def png_with(name: bytes, data: bytes, *, after: str = "IHDR") -> bytes:
    """A PNG with one more chunk."""
    whole = picture("PNG")
    at = 33 if after == "IHDR" else whole.index(after.encode()) - 4
    check = struct.pack(">I", zlib.crc32(name + data))
    return whole[:at] + struct.pack(">I", len(data)) + name + data + check + whole[at:]


def values_of_matlab(**values: Any) -> bytes:
    from scipy.io import savemat

    file = io.BytesIO()
    savemat(file, values)
    return file.getvalue()


def hdf5_with(write: Callable[[Any], object]) -> bytes:
    """An HDF5 file that is written by what is handed in."""
    import h5py

    def to(path: Path) -> None:
        with h5py.File(path, "w") as file:
            write(file)

    return through_a_file(to)


def notebook_with(widgets: Mapping[str, Any], *, shown: str, **metadata: Any) -> bytes:
    """A notebook whose only output is a widget, with the state of all widgets."""
    from nbformat import v4

    view = {"application/vnd.jupyter.widget-view+json": {"model_id": shown, "version_major": 2}}
    cell = v4.new_code_cell("show()", outputs=[v4.new_output("display_data", view)])
    cell["id"] = "a"
    state = {"application/vnd.jupyter.widget-state+json": {"state": widgets, "version_major": 2}}
    return json.dumps(v4.new_notebook(cells=[cell], metadata={"widgets": state, **metadata})).encode()
