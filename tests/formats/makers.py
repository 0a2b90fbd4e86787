"""Files as the real libraries write them, for comparisons: the content, and what a writer adds, both chosen."""

from __future__ import annotations

import base64
import datetime
import gzip
import io
import tarfile
import tempfile
import zipfile
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
