"""Files of many kinds that name somebody, each in another way, for tests of anonymous sites."""

from __future__ import annotations

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import pickle
import sqlite3
import struct
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote

import h5py
import numpy
import pikepdf
import pyarrow
import pyarrow.parquet
import scipy.io
from PIL import Image, ImageCms, PngImagePlugin

from tests.publish import samples

NAME = "Zoë Quarnström"
SECOND = "Bertrand O'Malloway"
EMAIL = "zquarn@cs.uni-plonk.example.edu"
ORCID = "0000-0002-1825-0097"
REMOTE = "git@github.com:plonk-lab/paper-of-us.git"
PLACE = "/home/zquarn/secret/in.csv"
HOST, SHORT = "plonkbox.uni-plonk.example.edu", "hq7"
#: None of these may be in an anonymous site, however it is written: small letters, without accents.
NEEDLES = ("quarn", "malloway", "plonk", ORCID)


def picture() -> Image.Image:
    """A small picture."""
    return Image.frombytes("RGB", (8, 8), bytes(range(192)))


def saved(kind: str, **options: object) -> bytes:
    """That picture as a file."""
    made = io.BytesIO()
    picture().save(made, kind, **options)
    return made.getvalue()


def exif() -> bytes:
    """What a camera notes, with the name of whoever holds it."""
    noted = Image.Exif()
    noted[0x013B], noted[0x8298] = NAME, SECOND
    return noted.tobytes()


def png_with(kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk."""
    data = samples.png(8, 8)
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


def jpeg_with(marker: int, body: bytes) -> bytes:
    """A JPEG with one more segment."""
    data = saved("JPEG")
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def pdf_with(change: object = None, raw: bytes = b"", content: bytes = b"", **saving: object) -> bytes:
    """A PDF of one page, changed by a function before it is saved, or with bytes in place of `/Author (X)`."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(99, 99))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    page.Contents = pdf.make_stream(content or b"BT /F1 9 Tf (axis) Tj ET")
    if change:
        change(pdf, page)
    made = io.BytesIO()
    pdf.save(made, **saving)
    data = made.getvalue()
    if raw:
        data = data.replace(b"%%EOF", b"9 0 obj\n<< /Author " + raw + b" >>\nendobj\n%%EOF")
        data = data.replace(b"trailer <<", b"trailer << /Info 9 0 R")
    return data


def _info(pdf, page):
    pdf.docinfo["/Author"] = NAME


def _xmp(pdf, page):
    with pdf.open_metadata() as told:
        told["dc:creator"] = [NAME]


def _attached(pdf, page):
    pdf.attachments["a.txt"] = pikepdf.AttachedFileSpec(pdf, f"by {NAME}".encode(), filename="a.txt")


def _script(pdf, page):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(f"'{NAME}'"))


def _annotated(pdf, page):
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], T=pikepdf.String(NAME)
    )
    page.Annots = pdf.make_indirect(pikepdf.Array([note]))


def _outlined(pdf, page):
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(NAME, 0))


def _private(pdf, page):
    page.obj["/PieceInfo"] = pikepdf.Dictionary(X=pikepdf.Dictionary(Private=pikepdf.String(NAME)))


def _key(pdf, page):
    page.Resources.XObject = pikepdf.Dictionary(
        {
            "/Quarnstrom": pdf.make_stream(
                b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1]
            )
        }
    )


def _photo(pdf, page):
    page.Resources.XObject = pikepdf.Dictionary(
        P=pdf.make_stream(
            saved("JPEG", exif=exif()), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=8, Height=8,
            ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
        )
    )  # fmt: skip


def _glyphs(pdf, page):
    """Text by numbers of glyphs, as XeLaTeX and browsers write it, with a table that says which letters they are."""
    letters = sorted(set(NAME))
    table = "".join(f"<{n:04x}> <{ord(c):04x}>\n" for n, c in enumerate(letters, 1))
    cmap = f"{len(letters)} beginbfchar\n{table}endbfchar\n".encode()
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=pikepdf.Name.X,
        ToUnicode=pdf.make_stream(cmap),
    )
    page.Resources.Font = pikepdf.Dictionary(F1=font)
    codes = "".join(f"{letters.index(c) + 1:04x}" for c in NAME)
    page.Contents = pdf.make_stream(f"BT /F1 9 Tf <{codes}> Tj ET".encode())


def packed(write: object) -> bytes:
    """What a function writes into an open archive."""
    made = io.BytesIO()
    write(made)
    return made.getvalue()


def zipped(
    files: dict[str, bytes], comment: bytes = b"", extra: bytes = b"", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A zip file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.extra, entry.compress_type = extra, method
            archive.writestr(entry, data)
        archive.comment = comment
    return made.getvalue()


def tarred(
    mode: str = "w", uname: str = "", name: str = "a.txt", data: bytes = b"", **options: object
) -> bytes:
    """A tar file."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, **options) as archive:
        entry = tarfile.TarInfo(name)
        entry.size, entry.uname = len(data), uname
        archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def on_disk(suffix: str, write: object) -> bytes:
    """What a library writes that needs a path."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        write(path)
        return path.read_bytes()


def _sqlite(path):
    with sqlite3.connect(path) as base:
        base.execute("create table t (x)")
        base.execute("insert into t values (?)", [NAME])
    base.close()


def _hdf5(path):
    with h5py.File(path, "w") as file:
        file.create_dataset(
            "x", data=numpy.frombuffer(b"0" * 500 + NAME.encode(), "u1"), compression="gzip", chunks=True
        )


TEXT = f"made by {NAME} "
B64 = base64.b64encode(f"the author is {NAME} of {HOST}".encode()).decode()
EXIF_JPEG = base64.b64encode(saved("JPEG", exif=exif())).decode()


def octal(text: str) -> bytes:
    """A string of a PDF in UTF-16, as hyperref writes it."""
    return b"(" + b"".join(b"\\%03o" % each for each in b"\xfe\xff" + text.encode("utf-16-be")) + b")"


SOFT = "\u00ad".join(NAME)
#: By what is told in which way: the suffix of a file, and its bytes.
PLANTED: dict[str, tuple[str, bytes]] = {
    # texts
    "text": ("txt", TEXT.encode()),
    "Latin 1": ("txt", TEXT.encode("latin-1")),
    "UTF-16": ("txt", TEXT.encode("utf-16")),
    "UTF-16 without a mark": ("txt", TEXT.encode("utf-16-le")),
    "UTF-16 the other way": ("txt", TEXT.encode("utf-16-be")),
    "UTF-32": ("txt", TEXT.encode("utf-32")),
    "UTF-32 without a mark": ("txt", TEXT.encode("utf-32-le")),
    "decomposed": ("txt", unicodedata.normalize("NFD", TEXT).encode()),
    "capitals": ("txt", TEXT.upper().encode()),
    "small letters": ("txt", TEXT.lower().encode()),
    "no accents": ("txt", b"Zoe Quarnstrom, Z. Quarnstrom"),
    "two letters": ("txt", b"Quarnstroem"),
    "entities": ("html", b"<p>Zo&euml; Quarnstr&ouml;m"),
    "entities by number": ("html", "".join(f"&#{ord(c)};" for c in NAME).encode()),
    "entities by hexadecimal number": ("html", "".join(f"&#x{ord(c):04X};" for c in NAME).encode()),
    "entities of entities": ("html", html.escape("Zo&euml; Quarnstr&ouml;m").encode()),
    "percent": ("txt", quote(NAME).encode()),
    "percent, every letter": ("txt", "".join(f"%{b:02x}" for b in NAME.encode()).encode()),
    "percent twice": ("txt", quote(quote(NAME)).encode()),
    "quoted printable": ("txt", b"Zo=C3=AB Quarnstr=C3=B6m"),
    "JSON": ("json", json.dumps({"by": NAME}).encode()),
    "JSON in JSON": ("json", json.dumps(json.dumps({"by": NAME})).encode()),
    "JSON after a line end": ("json", json.dumps({"log": f"start\n{NAME}\tend"}).encode()),
    "JSON, every letter": ("json", b'"' + "".join(f"\\u{ord(c):04X}" for c in NAME).encode() + b'"'),
    "bytes of Python": ("txt", repr(NAME.encode()).encode()),
    "escapes of C": ("txt", "".join(f"\\x{b:02x}" for b in NAME.encode()).encode()),
    "octal": ("txt", "".join(f"\\{b:03o}" for b in NAME.encode()).encode()),
    "LaTeX": ("tex", rb"Zo\"{e} Quarnstr\"om, {\"o} Quarnstr{\"o}m".replace(b'{\\"o} ', b"")),
    "soft hyphens": ("txt", SOFT.encode()),
    "soft hyphens of HTML": ("html", "&shy;".join(NAME).encode()),
    "zero width": ("txt", "\u200b".join(NAME).encode()),
    "no-break space": ("html", b"Bertrand&nbsp;O&rsquo;Malloway"),
    "typographic": ("txt", "O\u2019Malloway".encode()),
    "read as Latin 1": ("txt", NAME.encode().decode("latin-1").encode()),
    "across lines": ("txt", "Zoë\n    Quarnström".encode()),
    "joined": ("txt", b"zoe_quarnstrom zoe.quarnstrom zoequarnstrom quarnstrom2024"),
    "hexadecimal digits": ("txt", NAME.encode().hex().encode()),
    "colours": ("txt", "\x1b[31mQuarnström\x1b[0m".encode()),
    "colours in JSON": ("json", json.dumps("\x1b[1;31mQuarnström\x1b[0m").encode()),
    "group folder": ("txt", b"/groups/quarnstrom-lab/x /data/QUARNSTROM/y"),
    "remote": ("txt", REMOTE.encode()),
    "quoted remote": ("html", quote("https://github.com/plonk-lab/paper-of-us", safe="").encode()),
    "organisation": ("txt", b"see plonk-lab, PLONK-LAB, https://plonk-lab.github.io/x"),
    "mail domain": ("txt", b"cs.uni-plonk.example.edu and uni-plonk.example.edu and UNI-PLONK.example.edu"),
    "host": ("txt", b"on plonkbox, PLONKBOX-1"),
    "address": ("txt", EMAIL.upper().encode()),
    "ORCID": ("txt", f"https://orcid.org/{ORCID}".encode()),
    "path": ("txt", PLACE.encode()),
    "base64": ("txt", B64.encode()),
    "base64 in lines": ("txt", base64.encodebytes(TEXT.encode() * 9)),
    "base64 for addresses": ("txt", base64.urlsafe_b64encode(b"\xff\xfe\xfd" * 9 + TEXT.encode() * 2)),
    "base64 twice": ("txt", base64.b64encode(B64.encode())),
    "base64 after a path": ("txt", f"/api/v1/{B64}".encode()),
    "base64 of JSON": ("json", json.dumps({"x": base64.encodebytes(json.dumps({"by": NAME}).encode() * 5).decode()}).encode()),
    "base64 of gzip": ("txt", base64.b64encode(gzip.compress(TEXT.encode() * 5))),
    "base64 of UTF-16": ("txt", base64.b64encode(TEXT.encode("utf-16-le"))),
    "laboratory in one word": ("txt", b"/shared/QuarnstromLab/x quarnstromlab labQuarnstrom"),
    "account of initial and name": ("txt", b"zquarnstrom@node3 quarnstromz"),
    "base64 of zlib": ("txt", base64.b64encode(zlib.compress(TEXT.encode() * 5))),
    "base64 of TIFF": ("txt", base64.b64encode(saved("TIFF", tiffinfo={315: NAME}, compression="tiff_lzw"))),
    "base64 of pickle": ("txt", base64.b64encode(pickle.dumps(zlib.compress(NAME.encode())))),
    "script in small letters": ("js", b"/* quarnstrom */"),
    "broken UTF-8": ("txt", b"\xff " + unicodedata.normalize("NFD", TEXT).encode() + SOFT.upper().encode()),
    "part of a family name": ("txt", b"the Malloway scheme"),
    "label of a domain": ("txt", b"at uni-plonk, 2026"),
    "script": ("js", f"// by {NAME}".encode()),
    # pictures
    "PNG text": ("png", saved("PNG", pnginfo=(lambda i: (i.add_text("Author", NAME), i)[1])(PngImagePlugin.PngInfo()))),
    "PNG packed text": ("png", png_with(b"zTXt", b"Author\0\0" + zlib.compress(NAME.encode()))),
    "PNG international text": ("png", png_with(b"iTXt", b"Author\0\1\0\0\0" + zlib.compress(NAME.encode()))),
    "PNG profile": ("png", png_with(b"iCCP", b"x\0\0" + zlib.compress(NAME.encode()))),
    "PNG credentials": ("png", png_with(b"caBX", NAME.encode())),
    "PNG private": ("png", png_with(b"prVt", NAME.encode("utf-16-be"))),
    "PNG EXIF": ("png", saved("PNG", exif=exif())),
    "PNG after its end": ("png", samples.png(8, 8) + NAME.encode()),
    "JPEG EXIF": ("jpg", saved("JPEG", exif=exif())),
    "JPEG comment": ("jpg", jpeg_with(0xFE, NAME.encode())),
    "JPEG IPTC": ("jpg", jpeg_with(0xED, b"Photoshop 3.0\0" + NAME.encode())),
    "JPEG profile": ("jpg", saved("JPEG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + NAME.encode())),
    "JPEG XMP": ("jpg", jpeg_with(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + NAME.encode())),
    "JPEG thumbnail": ("jpg", jpeg_with(0xE0, b"JFXX\0\x10" + NAME.encode())),
    "JPEG after its end": ("jpg", saved("JPEG") + NAME.encode()),
    "GIF comment": ("gif", saved("GIF", comment=NAME.encode())),
    "GIF extension": ("gif", (lambda d: d[:-1] + b"\x21\xff\x0bXMP DataXMP" + bytes([len(NAME.encode())]) + NAME.encode() + b"\0;")(saved("GIF"))),
    "WebP EXIF": ("webp", saved("WEBP", exif=exif())),
    "WebP XMP": ("webp", saved("WEBP", xmp=NAME.encode())),
    "TIFF": ("tiff", saved("TIFF", tiffinfo={315: NAME})),
    "BMP after its end": ("bmp", saved("BMP") + NAME.encode()),
    "SVG metadata": ("svg", f"<svg xmlns='http://www.w3.org/2000/svg'><metadata><a>{NAME}</a></metadata></svg>".encode()),
    "SVG comment": ("svg", f"<svg xmlns='http://www.w3.org/2000/svg'><!-- {NAME} --></svg>".encode()),
    "SVG description": ("svg", f"<svg xmlns='http://www.w3.org/2000/svg'><desc>{NAME}</desc></svg>".encode()),
    "SVG path": ("svg", f"<svg xmlns='http://www.w3.org/2000/svg' xmlns:s='urn:s' s:docname='{PLACE}'/>".encode()),
    "SVG photo": ("svg", f"<svg xmlns='http://www.w3.org/2000/svg'><image href='data:image/jpeg;base64,{EXIF_JPEG}'/></svg>".encode()),
    "SVG in UTF-16": ("svg", f"<svg xmlns='http://www.w3.org/2000/svg'><text>{NAME}</text></svg>".encode("utf-16")),
    "HTML photo": ("html", f"<img src='data:image/jpeg;base64,{EXIF_JPEG}'>".encode()),
    "HTML quoted photo": ("html", f"<img src='data:image/jpeg;base64,{quote(EXIF_JPEG, safe='')}'>".encode()),
    # documents
    "PDF properties": ("pdf", pdf_with(_info)),
    "PDF literal": ("pdf", pdf_with(raw=f"({NAME})".encode("latin-1"))),
    "PDF hexadecimal": ("pdf", pdf_with(raw=b"<FEFF" + NAME.encode("utf-16-be").hex().encode() + b">")),
    "PDF octal": ("pdf", pdf_with(raw=octal(NAME))),
    "PDF XMP": ("pdf", pdf_with(_xmp)),
    "PDF attachment": ("pdf", pdf_with(_attached)),
    "PDF script": ("pdf", pdf_with(_script)),
    "PDF annotation": ("pdf", pdf_with(_annotated)),
    "PDF outline": ("pdf", pdf_with(_outlined)),
    "PDF private": ("pdf", pdf_with(_private)),
    "PDF key": ("pdf", pdf_with(_key)),
    "PDF photo": ("pdf", pdf_with(_photo)),
    "PDF object stream": ("pdf", pdf_with(_info, object_stream_mode=pikepdf.ObjectStreamMode.generate)),
    "PDF page": ("pdf", pdf_with(content=f"BT /F1 9 Tf ({NAME}) Tj ET".encode("latin-1"), compress_streams=True)),
    "PDF kerned": ("pdf", pdf_with(content=b"BT /F1 9 Tf [(Qua) 20 (rnstr) -3 (\\366m)] TJ ET")),
    "PDF letter by letter": ("pdf", pdf_with(content=b"BT /F1 9 Tf " + b" ".join(b"(%c) Tj 5 0 Td" % c for c in b"Quarnstrom") + b" ET")),
    "PDF hexadecimal page": ("pdf", pdf_with(content=b"BT /F1 9 Tf <" + NAME.encode("latin-1").hex().encode() + b"> Tj ET")),
    "PDF glyphs": ("pdf", pdf_with(_glyphs)),
    "PDF after its end": ("pdf", pdf_with() + NAME.encode()),
    "PDF comment": ("pdf", pdf_with().replace(b"%%EOF", b"% " + NAME.encode() + b"\n%%EOF")),
    "PDF encrypted": ("pdf", pdf_with(_info, encryption=pikepdf.Encryption(owner="x", user=""))),
    # archives and packed files
    "gzip": ("gz", gzip.compress(TEXT.encode() * 9)),
    "gzip name": ("gz", (lambda b: (gzip.GzipFile("zquarn-data.txt", "wb", fileobj=b).close(), b.getvalue())[1])(io.BytesIO())),
    "gzip in gzip": ("gz", gzip.compress(gzip.compress(TEXT.encode() * 9))),
    "gzip, two": ("gz", gzip.compress(b"x") + gzip.compress(TEXT.encode() * 9)),
    "gzip of a picture": ("gz", gzip.compress(saved("JPEG", exif=exif()))),
    "bzip2": ("bz2", bz2.compress(TEXT.encode() * 9)),
    "xz": ("xz", lzma.compress(TEXT.encode() * 9)),
    "lzma": ("lzma", lzma.compress(TEXT.encode() * 9, lzma.FORMAT_ALONE)),
    "zlib": ("z", zlib.compress(TEXT.encode() * 9)),
    "zstd, raw": ("zst", b"\x28\xb5\x2f\xfd\x20" + bytes([len(NAME.encode())]) + (len(NAME.encode()) << 3 | 1).to_bytes(3, "little") + NAME.encode()),
    "zip": ("zip", zipped({"a.txt": TEXT.encode() * 9})),
    "zip in zip": ("zip", zipped({"b.zip": zipped({"a.txt": TEXT.encode() * 9})})),
    "zip of a photo": ("zip", zipped({"a.jpg": saved("JPEG", exif=exif())})),
    "zip comment": ("zip", zipped({"a.txt": b"x"}, comment=NAME.encode())),
    "zip name": ("zip", zipped({"Quarnstrom/a.txt": b"x"})),
    "zip extra": ("zip", zipped({"a.txt": b"x"}, extra=b"\x99\x99" + struct.pack("<H", len(NAME.encode())) + NAME.encode())),
    "zip before its beginning": ("zip", b"PK\x03\x04" + gzip.compress(TEXT.encode() * 9) + zipped({"a.txt": b"x"})),
    "zip, bzip2": ("zip", zipped({"a.txt": TEXT.encode() * 9}, method=zipfile.ZIP_BZIP2)),
    "zip, lzma": ("zip", zipped({"a.txt": TEXT.encode() * 9}, method=zipfile.ZIP_LZMA)),
    "tar": ("tar", tarred(data=TEXT.encode())),
    "tar account": ("tar", tarred(uname="zquarn")),
    "tar unknown account": ("tar", tarred(uname="plonkuser")),
    "tar name": ("tar", tarred(name="quarnstrom.txt")),
    "tar.gz": ("gz", tarred("w:gz", data=TEXT.encode())),
    "tar.xz": ("xz", tarred("w:xz", data=TEXT.encode())),
    "tar.bz2": ("bz2", tarred("w:bz2", data=TEXT.encode())),
    # data
    "numpy U": ("npy", packed(lambda file: numpy.save(file, numpy.array([NAME])))),
    "numpy U the other way": ("npy", packed(lambda file: numpy.save(file, numpy.array([NAME]).astype(">U20")))),
    "numpy S": ("npy", packed(lambda file: numpy.save(file, numpy.array([NAME.encode()])))),
    "numpy objects": ("npy", packed(lambda file: numpy.save(file, numpy.array([{1: NAME}], object), allow_pickle=True))),
    "numpy U, small letters": ("npy", packed(lambda file: numpy.save(file, numpy.array([NAME.lower()])))),
    "npz": ("npz", packed(lambda file: numpy.savez_compressed(file, a=numpy.array([NAME])))),
    "pickle": ("pkl", pickle.dumps({"by": NAME})),
    "SQLite": ("db", on_disk(".db", _sqlite)),
    "HDF5": ("h5", on_disk(".h5", _hdf5)),
    "Parquet": ("parquet", packed(lambda file: pyarrow.parquet.write_table(pyarrow.table({"a": [NAME] * 50}), file))),
    "MATLAB": ("mat", packed(lambda file: scipy.io.savemat(file, {"a": "Quarnstrom"}, do_compression=True))),
    "bytes": ("bin", b"\0\1" + NAME.encode()),
    "bytes, UTF-16": ("bin", b"\0\1" + NAME.encode("utf-16-le")),
    "bytes and base64": ("bin", b"\0\1" + B64.encode()),
}  # fmt: skip
