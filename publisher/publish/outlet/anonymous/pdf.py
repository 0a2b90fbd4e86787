"""PDF files of their pages alone: the only module that knows pikepdf.

A document is written anew with what is needed to draw its pages. Its properties, XMP, scripts, attachments,
forms, annotations, outlines and tags are left out. What stays is looked through: strings in every notation, the
data of streams, and the text that pages show, as far as its letters are known. A document in which a name may
remain is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from publisher.publish.outlet.anonymous.pictures import clean_jpeg

_OF_CATALOG = {"/Type", "/Pages", "/Version"}
_OF_PAGES = {"/Type", "/Kids", "/Count", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/Rotate"}
_OF_PAGE = {
    *(
        "/Type",
        "/Parent",
        "/Contents",
        "/Resources",
        "/MediaBox",
        "/CropBox",
        "/BleedBox",
        "/TrimBox",
        "/ArtBox",
    ),
    *("/Rotate", "/Group", "/UserUnit"),
}
_OF_FORM = {
    *("/Type", "/Subtype", "/FormType", "/BBox", "/Matrix", "/Resources", "/Group", "/Length", "/Filter"),
    *("/DecodeParms", "/PaintType", "/PatternType", "/TilingType", "/XStep", "/YStep"),
}
_OF_IMAGE = {
    *(
        "/Type",
        "/Subtype",
        "/Width",
        "/Height",
        "/ColorSpace",
        "/BitsPerComponent",
        "/Intent",
        "/ImageMask",
        "/Mask",
    ),
    *("/Decode", "/Interpolate", "/SMask", "/SMaskInData", "/Matte", "/Length", "/Filter", "/DecodeParms"),
}
#: Left out wherever they stand.
_NOWHERE = {
    *(
        "/Metadata",
        "/PieceInfo",
        "/LastModified",
        "/AF",
        "/OPI",
        "/Alternates",
        "/Ref",
        "/Measure",
        "/PtData",
    ),
    *(
        "/StructParent",
        "/StructParents",
        "/StructTreeRoot",
        "/JS",
        "/AA",
        "/A",
        "/OpenAction",
        "/Annots",
        "/OC",
    ),
    *("/EmbeddedFiles", "/Thumb", "/B", "/ID", "/Author", "/Creator", "/Producer", "/Properties"),
}
_OPAQUE = {"/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode", "/Crypt"}
_PAIR = re.compile(r"<([0-9A-Fa-f]{2,8})>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(r"<([0-9A-Fa-f]{2,8})>\s*<([0-9A-Fa-f]{2,8})>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_MOST_OBJECTS = 200_000

Names = Callable[[str], bool]  #: whether a text names somebody
Bytes = Callable[[bytes], bool]  #: whether bytes do


def clean_pdf(data: bytes, names: Names, stand_in: Bytes) -> bytes | None:
    """A document with the same pages and nothing that names somebody; None when that cannot be had for sure.

    Args:
        data: The document.
        names: Tells it of a text.
        stand_in: Tells it of bytes.
    """
    try:
        import pikepdf
    except ImportError:
        return None
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if pdf.is_encrypted:
                return None
            _keep(pdf.Root, _OF_CATALOG)
            if "/Info" in pdf.trailer:
                del pdf.trailer["/Info"]
            _Look(pikepdf, names, stand_in).all_of(pdf)
            made = io.BytesIO()
            pdf.save(made, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    except Exception:  # a document that cannot be read, or in which a name may remain, does not stop a build
        return None
    return None if stand_in(made.getvalue()) else made.getvalue()


class _Refused(Exception):
    """A name may remain."""


def _keep(found: Any, keys: set[str]) -> None:
    for key in list(found.keys()):
        if key not in keys:
            del found[key]


class _Look:
    """Cleans all objects of a document, and looks through them."""

    def __init__(self, pikepdf: Any, names: Names, stand_in: Bytes) -> None:
        self.pikepdf = pikepdf
        self.names = names
        self.stand_in = stand_in
        self.seen: set[tuple[int, int]] = set()
        self.fonts: dict[tuple[int, int], dict[int, str]] = {}
        self.count = 0

    def all_of(self, pdf: Any) -> None:
        for page in pdf.pages:
            _keep(page.obj, _OF_PAGE)
        self._look(pdf.Root, "")
        for page in pdf.pages:
            self._drawn(page, page.obj.get("/Resources"))

    def _look(self, top: Any, key: str) -> None:
        waiting = [(top, key)]
        while waiting:
            found, key = waiting.pop()
            self.count += 1
            if self.count > _MOST_OBJECTS:
                raise _Refused("too many objects")
            waiting += self._one(found, key)

    def _one(self, found: Any, key: str) -> Iterator[tuple[Any, str]]:
        kinds = self.pikepdf
        if isinstance(found, kinds.Object) and found.is_indirect:
            if found.objgen in self.seen:
                return
            self.seen.add(found.objgen)
        if isinstance(found, kinds.String):
            if self.names(str(found)) or self.stand_in(bytes(found)):
                raise _Refused("a string names somebody")
        elif isinstance(found, kinds.Name):
            if self.names(str(found)[1:]):
                raise _Refused("a name names somebody")
        elif isinstance(found, kinds.Array):
            yield from ((each, key) for each in found)
        elif isinstance(found, kinds.Stream | kinds.Dictionary):
            if isinstance(found, kinds.Stream):
                self._stream(found)
            elif found.get("/Type") == "/Pages":
                _keep(found, _OF_PAGES)
            for name in list(found.keys()):
                if name in _NOWHERE and not (
                    key in ("/Resources", "/Font", "/XObject") and name != "/Metadata"
                ):
                    del found[name]
                    continue
                if self.names(name[1:]):
                    raise _Refused("a key names somebody")
                yield found[name], name

    def _stream(self, stream: Any) -> None:
        subtype = stream.get("/Subtype")
        if subtype == "/Image":
            _keep(stream, _OF_IMAGE)
        elif (subtype == "/Form" or "/PatternType" in stream) and "/ShadingType" not in stream:
            _keep(stream, _OF_FORM)
        filters = stream.get("/Filter")
        listed = (
            [] if filters is None else list(filters) if isinstance(filters, self.pikepdf.Array) else [filters]
        )
        kinds = [str(each) for each in listed]
        if _OPAQUE & set(kinds):
            raise _Refused("a picture cannot be looked into")
        if "/DCTDecode" in kinds:
            if kinds != ["/DCTDecode"]:
                raise _Refused("a picture is packed twice")
            parameters = stream.get("/DecodeParms")
            stream.write(
                clean_jpeg(stream.read_raw_bytes()),
                filter=self.pikepdf.Name("/DCTDecode"),
                decode_parms=parameters,
            )
            return
        data = stream.read_bytes()
        if self.stand_in(data):
            raise _Refused("a stream names somebody")
        stream.write(data)  # packed anew, so that nothing is left behind the end of what was packed

    def _drawn(self, content: Any, resources: Any, depth: int = 0) -> None:
        """Look at the text that a page or a form shows, its letters as its fonts have them."""
        if depth > 12:
            raise _Refused("forms are nested too deeply")
        kinds = self.pikepdf
        fonts = resources.get("/Font", {}) if resources is not None else {}
        letters: dict[int, str] = {}
        width = 1
        said: list[str] = []
        for operands, operator in kinds.parse_content_stream(content):
            name = str(operator)
            if name == "Tf":
                font = fonts.get(str(operands[0])) if fonts else None
                width = 2 if font is not None and font.get("/Subtype") == "/Type0" else 1
                letters = self._letters(font) if font is not None else {}
            elif name in ("Td", "TD", "Tm", "T*", "BT", "ET", "'", '"'):
                said.append(" ")
            elif name == "INLINE IMAGE" and self.stand_in(
                operands[0].read_raw_bytes() if hasattr(operands[0], "read_raw_bytes") else b""
            ):
                raise _Refused("a picture names somebody")
            for operand in operands:
                for each in operand if isinstance(operand, kinds.Array) else [operand]:
                    if isinstance(each, kinds.String):
                        said.append(_text(bytes(each), letters, width))
            if name == "Do" and resources is not None:
                form = resources.get("/XObject", {}).get(str(operands[0]))
                if form is not None and form.get("/Subtype") == "/Form":
                    self._drawn(form, form.get("/Resources", resources), depth + 1)
        text = "".join(said)
        if self.names(text) or self.names(re.sub(r"\s", "", text)):
            raise _Refused("a page shows a name")

    def _letters(self, font: Any) -> dict[int, str]:
        """Which text a font's codes stand for, by its own word."""
        if font.objgen in self.fonts and font.objgen != (0, 0):
            return self.fonts[font.objgen]
        table: dict[int, str] = {}
        stream = font.get("/ToUnicode")
        if isinstance(stream, self.pikepdf.Stream):
            text = stream.read_bytes().decode("latin-1")
            for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
                table |= {int(code, 16): _from_hex(value) for code, value in _PAIR.findall(block)}
            for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
                for low, high, value, listed in _RANGE.findall(block):
                    first, last = int(low, 16), min(int(high, 16), int(low, 16) + 65535)
                    values = re.findall(r"<([0-9A-Fa-f]+)>", listed)
                    for number, code in enumerate(range(first, last + 1)):
                        if value:
                            start = _from_hex(value)
                            table[code] = (
                                start[:-1] + chr(min(ord(start[-1]) + number, 0x10FFFF)) if start else ""
                            )
                        elif number < len(values):
                            table[code] = _from_hex(values[number])
        self.fonts[font.objgen] = table
        return table


def _from_hex(digits: str) -> str:
    return bytes.fromhex(digits if len(digits) % 2 == 0 else f"{digits}0").decode(
        "utf-16-be", errors="replace"
    )


def _text(data: bytes, letters: dict[int, str], width: int) -> str:
    if not letters:
        return data.decode("latin-1")
    codes = [int.from_bytes(data[at : at + width], "big") for at in range(0, len(data), width)]
    return "".join(letters.get(code, chr(code) if code < 256 else "\ufffd") for code in codes)
