"""Which format a file is of, by its name and its first bytes, and which module knows the format.

A file whose name says one thing and whose bytes say another is of no format: only its bytes are compared.
Nothing is loaded before it is needed: a run passes here when it ends.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from publisher.errors import PublisherError
from publisher.formats.source import Source


class Format(Struct, frozen=True, kw_only=True):
    """One format and what can be done with it."""

    name: str  #: as in `is no PNG`
    suffixes: tuple[str, ...]  #: lower case; none means any other text
    magic: tuple[tuple[int, bytes], ...] = ()  #: place and bytes, any of which must be there; none: a text
    essence: str | None = None  #: module with `essence(source) -> str`
    sets_aside: tuple[str, ...] = ()  #: what that leaves out, in words
    compare: str | None = None  #: module with `compare(recorded, found, tally)`
    looks_at: Literal["numbers", "pixels"] = "numbers"
    passes_over: tuple[str, ...] = ()  #: what `compare` does not look at, in words


_HERE = "publisher.formats"
_HDF5 = b"\x89HDF\r\n\x1a\n"
_TEXT_DOES_NOT_HOLD = bytes(each for each in range(32) if each not in b"\t\n\v\f\r\x1b")
_OF_A_NOTEBOOK = (
    "counts of executions",
    "ids and times of cells",
    "ids of widgets",
    "the kernel",
    "the minor version of the format",
    "metadata of pictures",
)
_OF_JSON = ("how numbers and texts are written", "white space", "the order of keys")
_CODE = (
    "ado asm awk bash bat bib c cc cfg cjs cl clj cls cmake cmd cpp cs css cu cuh cxx dart do "
    "dockerfile el erl ex f f03 f08 f77 f90 f95 fish for fpp fs go gradle groovy h hh hpp hs hxx ipp "
    "java jl js jsx kt lisp lock lua m makefile mjs mk ml mod mojo nf nim nix nu pas php pl pm pro "
    "ps1 psm1 pxd py pyi pyw pyx r rb rkt rmd rs sas sbatch sbt scala scm sh slurm smk snakefile sql "
    "sty swift tcl ts tsx vb vhd wl wls zig zsh md5 sha1 sha256 sha512"
)

FORMATS = (
    Format(
        name="PNG",
        suffixes=(".png", ".apng"),
        magic=((0, b"\x89PNG\r\n\x1a\n"),),
        essence=f"{_HERE}.png",
        sets_aside=("text chunks", "the time of the last change"),
        compare=f"{_HERE}.pictures",
        looks_at="pixels",
        passes_over=("compression", "text chunks", "the time of the last change", "EXIF but the orientation"),
    ),
    Format(
        name="JPEG",
        suffixes=(".jpg", ".jpeg"),
        magic=((0, b"\xff\xd8\xff"),),
        compare=f"{_HERE}.pictures",
        looks_at="pixels",
        passes_over=("compression", "metadata"),
    ),
    Format(
        name="GIF",
        suffixes=(".gif",),
        magic=((0, b"GIF87a"), (0, b"GIF89a")),
        compare=f"{_HERE}.pictures",
        looks_at="pixels",
        passes_over=("compression", "metadata"),
    ),
    Format(
        name="TIFF",
        suffixes=(".tif", ".tiff"),
        magic=((0, b"II*\0"), (0, b"MM\0*")),
        compare=f"{_HERE}.pictures",
        looks_at="pixels",
        passes_over=(
            "compression",
            "the date",
            "the program, the artist and the computer that wrote it",
            "EXIF but the orientation",
            "bytes that no tag leads to",
        ),
    ),
    Format(
        name="WebP",
        suffixes=(".webp",),
        magic=((8, b"WEBP"),),
        compare=f"{_HERE}.pictures",
        looks_at="pixels",
        passes_over=("compression", "metadata"),
    ),
    Format(
        name="SVG",
        suffixes=(".svg",),
        essence=f"{_HERE}.svg",
        sets_aside=("the date of creation", "random ids"),
    ),
    Format(
        name="PDF",
        suffixes=(".pdf",),
        magic=((0, b"%PDF-"),),
        essence=f"{_HERE}.pdf",
        sets_aside=("dates", "ids", "the program that wrote it"),
    ),
    Format(
        name="notebook",
        suffixes=(".ipynb",),
        essence=f"{_HERE}.notebook",
        sets_aside=_OF_A_NOTEBOOK,
        compare=f"{_HERE}.notebook",
        passes_over=(*_OF_A_NOTEBOOK, "how numbers are written"),
    ),
    Format(
        name="gzip",
        suffixes=(".gz", ".tgz", ".svgz"),
        magic=((0, b"\x1f\x8b\x08"),),
        essence=f"{_HERE}.gz",
        sets_aside=("the header of gzip", "compression", "metadata of what is packed"),
        compare=f"{_HERE}.gz",
        passes_over=("the header of gzip", "compression"),
    ),
    Format(
        name="npz",
        suffixes=(".npz",),
        magic=((0, b"PK\x03\x04"), (0, b"PK\x05\x06")),
        essence=f"{_HERE}.zipped",
        sets_aside=("times", "compression", "modes", "bytes that belong to no entry"),
        compare=f"{_HERE}.npy",
        passes_over=(
            "times",
            "compression",
            "modes",
            "the form of the header",
            "bytes that belong to no entry",
        ),
    ),
    Format(
        name="zip",
        suffixes=(".zip", ".xlsx", ".xlsm", ".docx", ".pptx", ".ods", ".odt", ".odp"),
        magic=((0, b"PK\x03\x04"), (0, b"PK\x05\x06")),
        essence=f"{_HERE}.zipped",
        sets_aside=(
            "times",
            "compression",
            "modes",
            "the order of the entries",
            "dates and writer of an office document",
            "bytes that belong to no entry",
        ),
    ),
    Format(
        name="tar",
        suffixes=(".tar",),
        magic=((257, b"ustar"),),
        essence=f"{_HERE}.tar",
        sets_aside=("times", "owners", "the order of the members"),
    ),
    Format(
        name="HDF5",
        suffixes=(".h5", ".hdf5", ".hdf", ".he5", ".nxs", ".h5ad"),
        magic=((0, _HDF5),),
        essence=f"{_HERE}.hdf5",
        sets_aside=("times of objects", "how it is stored"),
        compare=f"{_HERE}.hdf5",
        passes_over=("times of objects", "how it is stored"),
    ),
    Format(
        name="netCDF-4",
        suffixes=(".nc", ".nc4", ".cdf"),
        magic=((0, _HDF5),),
        essence=f"{_HERE}.hdf5",
        sets_aside=("times of objects", "how it is stored", "versions of netCDF's libraries"),
        compare=f"{_HERE}.hdf5",
        passes_over=("times of objects", "how it is stored", "versions of netCDF's libraries"),
    ),
    Format(
        name="netCDF-3",
        suffixes=(".nc", ".nc3", ".cdf"),
        magic=((0, b"CDF\x01"), (0, b"CDF\x02")),
        compare=f"{_HERE}.netcdf3",
        passes_over=("how it is stored",),
    ),
    Format(
        name="MATLAB 7.3",
        suffixes=(".mat",),
        magic=((512, _HDF5),),
        essence=f"{_HERE}.hdf5",
        sets_aside=("times of objects", "how it is stored", "the header"),
        compare=f"{_HERE}.hdf5",
        passes_over=("times of objects", "how it is stored", "the header"),
    ),
    Format(
        name="MATLAB",
        suffixes=(".mat",),
        magic=((0, b"MATLAB 5.0 MAT-file"),),
        compare=f"{_HERE}.matlab",
        passes_over=("the header, which holds the date", "compression"),
    ),
    Format(
        name="npy",
        suffixes=(".npy",),
        magic=((0, b"\x93NUMPY"),),
        compare=f"{_HERE}.npy",
        passes_over=("the form of the header",),
    ),
    Format(
        name="Parquet",
        suffixes=(".parquet", ".pq"),
        magic=((0, b"PAR1"),),
        compare=f"{_HERE}.parquet",
        passes_over=("the program that wrote it", "how it is stored"),
    ),
    Format(
        name="table",
        suffixes=(".csv", ".tsv"),
        compare=f"{_HERE}.table",
        passes_over=("how numbers are written", "quotes", "ends of lines"),
    ),
    Format(
        name="JSON lines",
        suffixes=(".jsonl", ".ndjson"),
        compare=f"{_HERE}.tree",
        passes_over=_OF_JSON,
    ),
    Format(
        name="JSON",
        suffixes=(".json", ".geojson"),
        compare=f"{_HERE}.tree",
        passes_over=_OF_JSON,
    ),
    Format(
        name="source code",
        suffixes=tuple(f".{each}" for each in _CODE.split()),
        compare=f"{_HERE}.exact",
    ),
    Format(name="text", suffixes=(), compare=f"{_HERE}.text", passes_over=("how numbers are written",)),
)
"""Every format that we know. Another one is a module, and a line here."""

_KNOWN = {suffix for each in FORMATS for suffix in each.suffixes}


def kind_of(path: str, head: bytes) -> Format | None:
    """The format of a file; None when it is none that we know, or not what its name says.

    Args:
        path: Its name, of which the suffix counts.
        head: Its first 1024 bytes, or all of a shorter one.
    """
    suffix = "." + path.rpartition("/")[2].lower().rpartition(".")[2]
    for each in FORMATS:
        if suffix in each.suffixes or (not each.suffixes and suffix not in _KNOWN):
            if each.magic and any(head[at : at + len(magic)] == magic for at, magic in each.magic):
                return each
            if not each.magic and head.translate(None, _TEXT_DOES_NOT_HOLD) == head:
                return each
    return None


def module_of(name: str) -> Any:
    """A format's module, loaded when it is needed.

    Raises:
        ImportError: A library that it needs is not installed.
    """
    return importlib.import_module(name)


def essence_of(path: Path, name: str) -> str | None:
    """SHA-256 of a file's content without what its writer adds, as 64 hex digits.

    Args:
        path: The file.
        name: The path under which it is known, whose suffix tells the format.

    Returns:
        None when the format has nothing that a writer adds, or the file cannot be read as what its name says.
    """
    return essence_in(Source(path, name))


def essence_in(source: Source) -> str | None:
    """The same for any content, also for one that is packed in a file."""
    try:
        kind = kind_of(source.name, source.head())
        if kind is None or kind.essence is None:
            return None
        digest: str = module_of(kind.essence).essence(source)
        return digest
    except (PublisherError, ImportError):
        return None
    except Exception:  # a broken file breaks the libraries that read it in more ways than can be listed
        return None
