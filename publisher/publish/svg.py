"""Decide whether an SVG only draws, and write a copy of it that does. Pure.

One table, of what is allowed, serves both: an SVG in which nothing else is found may be served as it is, byte for
byte; of any other a copy is written that holds nothing else. What is not in the table is not allowed: scripts,
event handlers, foreign content, animation (it can change a link), processing instructions, and whatever loads
something. The parser reads no DTD and expands no entity but the five of XML. It does not know where files go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_DTD = re.compile(r"(?:https?://www\.w3\.org/(?:TR|Graphics)/[\w./-]*)?")
_DEEPEST = 200  #: elements inside each other
_MOST_DRAWN = 1_000_000  #: elements that `use` draws again
_MOST_NAMED = 20  #: kinds of removed things that are named


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Elements that draw, or describe what is drawn. `a` only groups, because its link is not kept.
_ELEMENTS = _set_of(
    "a circle clipPath defs desc ellipse feBlend feColorMatrix feComponentTransfer feComposite"
    " feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA"
    " feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset"
    " fePointLight feSpecularLighting feSpotLight feTile feTurbulence filter g image line linearGradient"
    " marker mask metadata path pattern polygon polyline radialGradient rect stop style svg switch symbol"
    " text textPath title tspan use"
)
#: Namespaces of what editors and plotting libraries note beside the drawing. A browser makes nothing of them.
_NOTES = frozenset(
    [
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://creativecommons.org/ns#",
        "http://web.resource.org/cc/",
        "http://purl.org/dc/elements/1.1/",
        "http://purl.org/dc/terms/",
        "http://www.inkscape.org/namespaces/inkscape",
        "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    ]
)
#: Attributes of which a browser understands functions and addresses; also properties of a style.
_PRESENTATION = _set_of(
    "alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation"
    " color-interpolation-filters color-rendering cursor direction display dominant-baseline"
    " enable-background fill fill-opacity fill-rule filter flood-color flood-opacity font font-family"
    " font-size font-size-adjust font-stretch font-style font-variant font-weight"
    " glyph-orientation-horizontal glyph-orientation-vertical gradientTransform image-rendering kerning"
    " letter-spacing lighting-color marker marker-end marker-mid marker-start mask opacity overflow"
    " paint-order patternTransform pointer-events shape-rendering stop-color stop-opacity stroke"
    " stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity"
    " stroke-width text-anchor text-decoration text-rendering transform transform-box transform-origin"
    " unicode-bidi vector-effect visibility white-space word-spacing writing-mode"
)
_PROPERTIES = _PRESENTATION | _set_of(
    "-inkscape-font-specification -inkscape-stroke background background-color block-progression"
    " color-profile cx cy d font-feature-settings font-kerning font-variant-alternates font-variant-caps"
    " font-variant-east-asian font-variant-ligatures font-variant-numeric font-variant-position"
    " font-variation-settings height inline-size isolation line-height mask-type max-height max-width"
    " min-height min-width mix-blend-mode r rx ry shape-inside shape-margin shape-padding shape-subtract"
    " solid-color solid-opacity stroke-alignment text-align text-align-last text-decoration-color"
    " text-decoration-line text-decoration-style text-decoration-fill text-decoration-stroke"
    " text-decoration-thickness text-indent text-orientation text-overflow text-shadow text-size-adjust"
    " text-transform text-underline-offset user-select -webkit-user-select -moz-user-select width x y"
)
#: Attributes that hold numbers, names and words, of which a browser makes nothing else.
_INERT = _set_of(
    "amplitude azimuth baseFrequency baseProfile bias class clipPathUnits contentScriptType"
    " contentStyleType cx cy d data-name diffuseConstant divisor dx dy edgeMode elevation exponent"
    " filterRes filterUnits fr fx fy gradientUnits height id in in2 intercept k1 k2 k3 k4 kernelMatrix"
    " kernelUnitLength lang lengthAdjust limitingConeAngle markerHeight markerUnits markerWidth"
    " maskContentUnits maskUnits media method mode numOctaves offset operator order orient pathLength"
    " patternContentUnits patternUnits points pointsAtX pointsAtY pointsAtZ preserveAlpha"
    " preserveAspectRatio primitiveUnits r radius refX refY requiredFeatures result role rotate rx ry"
    " scale seed side slope spacing specularConstant specularExponent spreadMethod startOffset"
    " stdDeviation stitchTiles surfaceScale systemLanguage tabindex tableValues targetX targetY textLength"
    " type values version viewBox width x x1 x2 xChannelSelector y y1 y2 yChannelSelector z zoomAndPan"
)
_WORDY = re.compile(r"(?:aria|data)-[a-z0-9_.-]+", re.IGNORECASE)
_INSIDE = re.compile(r"#[^\s()\"'<>\\]*")
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*")
_DRAWS_PICTURE = frozenset(("image", "feImage"))
_FUNCTIONS = _set_of(
    "blur brightness calc color color-mix contrast cubic-bezier drop-shadow grayscale hsl hsla hue-rotate"
    " hwb inset invert lab lch matrix matrix3d max min clamp oklab oklch opacity perspective polygon rgb"
    " rgba rotate rotate3d rotatex rotatey rotatez saturate scale scale3d scalex scaley scalez sepia skew"
    " skewx skewy translate translate3d translatex translatey translatez circle ellipse"
)
_QUOTED = re.compile(r"\"[^\"\\\n]*\"|'[^'\\\n]*'|/\*.*?\*/", re.DOTALL)
_CALL = re.compile(r"(?P<name>[\w-]*)\s*\((?P<address>\s*#[^\s()\"'<>\\]*\s*\))?")
_ODD = re.compile(r"[\\<>@{}\"']|/\*")
_RULE = re.compile(r"(?P<selector>[\w\s.,#*>+~:()\[\]=^$|\0-]+)\{(?P<body>[^{}]*)\}")
_AT_RULE = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\}|\Z)")


class Drawing(Struct, frozen=True, kw_only=True):
    """An SVG as it may be shown."""

    copy: bytes  #: only what is allowed
    removed: list[str]  #: what the copy lacks, in words; empty when the original only draws
    readable: bool = True  #: otherwise the copy is a picture that says why not

    @property
    def only_draws(self) -> bool:
        """Whether the original may be served as it is."""
        return self.readable and not self.removed


def examine(data: bytes) -> Drawing:
    """Read an SVG, and write a copy that only draws.

    Args:
        data: A whole file, by whomever.
    """
    reader = _Reader()
    try:
        reader.read(data)
    except (_Refused, expat.ExpatError, ValueError, LookupError) as error:
        return Drawing(copy=_cannot_be_shown(str(error)), removed=[str(error)], readable=False)
    removed = list(dict.fromkeys(reader.removed))
    if not _is_plain_utf8(data, reader.encoding):
        removed.append("a character encoding other than UTF-8")
    return Drawing(copy="".join(reader.made).encode(), removed=removed[:_MOST_NAMED])


def _is_plain_utf8(data: bytes, declared: str) -> bool:
    """Whether every reader takes the bytes for the same characters."""
    if declared.lower() not in ("", "utf-8", "utf8", "us-ascii", "ascii"):
        return data.isascii() and declared.lower() in ("iso-8859-1", "latin1")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cannot_be_shown(reason: str) -> bytes:
    told = escape(f"This SVG cannot be shown safely: {reason}"[:160])
    return (
        f'<svg xmlns="{_SVG}" width="640" height="40" viewBox="0 0 640 40">'
        f'<text x="8" y="25" font-family="sans-serif" font-size="13">{told}</text></svg>\n'
    ).encode()


class _Refused(Exception):
    """Something that is not read at all."""


class _Reader:
    """One SVG, under way."""

    def __init__(self) -> None:
        self.made: list[str] = ['<?xml version="1.0" encoding="utf-8"?>\n']
        self.removed: list[str] = []
        self.encoding = ""
        self._open: list[str] = []  #: names of elements that are copied; empty for others
        self._left = 0  #: elements under way that are left out, as are all inside of them
        self._style: list[str] | None = None
        self._names: list[str] = []  #: ids of the elements under way, empty for those without
        self._uses: dict[str, list[str]] = {}  #: what is drawn again inside of each id; of "" in the whole

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = partial(_refuse, "it declares entities")
        parser.ExternalEntityRefHandler = partial(_refuse, "it refers to another file")
        parser.SkippedEntityHandler = partial(_refuse, "it has an unknown entity")
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(data, True)
        if self._drawn("", {}) > _MOST_DRAWN:
            raise _Refused("it draws the same again too many times")

    def _drawn(self, name: str, known: dict[str, int], depth: int = 0) -> int:
        """How many elements are drawn again for one, by uses inside of uses."""
        if depth > _DEEPEST:
            raise _Refused(f"it draws the same again more than {_DEEPEST} deep")
        if name not in known:
            known[name] = 0  # a circle draws nothing
            total = sum(1 + self._drawn(each, known, depth + 1) for each in self._uses.get(name, ()))
            known[name] = min(total, _MOST_DRAWN + 1)
        return known[name]

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        self.encoding = encoding or ""

    def _doctype(self, name: str, system: str | None, public: str | None, subset: int) -> None:
        if subset:
            raise _Refused("it has a document type of its own")
        if not _DTD.fullmatch(system or ""):
            self.removed.append("a document type")

    def _instruction(self, target: str, data: str) -> None:
        self.removed.append("a processing instruction")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if len(self._open) >= _DEEPEST:
            raise _Refused(f"its elements are more than {_DEEPEST} deep")
        space, _, local = name.rpartition(" ")
        root = not self._open
        self._names.append(attributes.get("id", ""))
        if local == "use":
            drawn = attributes.get("href", attributes.get(f"{_XLINK} href", "")).removeprefix("#")
            for each in {"", *self._names}:
                self._uses.setdefault(each, []).append(drawn)
        allowed = space == _SVG and local in _ELEMENTS and (not root or local == "svg")
        if root and not allowed:
            raise _Refused(f"its first element is `{local[:40]}`, not `svg` in the namespace of SVG")
        if self._left or not allowed:
            self._left += 1
            self._open.append("")
            if not allowed and not (space in _NOTES and all(map(_is_note, attributes))):
                self.removed.append(f"an element `{local[:40]}`")
            elif allowed:
                self._look(local, attributes)
            return
        if local == "metadata":  # nobody is shown it
            self._left += 1
            self._open.append("")
            self._look(local, attributes)
            return
        self._open.append(local)
        told = "".join(f" {key}={quoteattr(value)}" for key, value in self._kept(local, attributes))
        spaces = f' xmlns="{_SVG}" xmlns:xlink="{_XLINK}"' if root else ""
        self.made.append(f"<{local}{spaces}{told}>")
        self._style = [] if local == "style" else self._style

    def _look(self, local: str, attributes: Mapping[str, str]) -> None:
        """Judge an element that is left out together with what is around it: a browser still obeys it there."""
        for _ in self._kept(local, attributes):
            pass
        if local == "style":
            self.removed.append("a style")

    def _end(self, name: str) -> None:
        local = self._open.pop()
        self._names.pop()
        if not local:
            self._left -= 1
            return
        if local == "style":
            text, whole = clean_sheet("".join(self._style or ()))
            self._style = None
            self.made.append(escape(text))
            if not whole:
                self.removed.append("a style")
        self.made.append(f"</{local}>")

    def _text(self, text: str) -> None:
        if self._left:
            return
        if self._style is not None:
            self._style.append(text)
        else:
            self.made.append(escape(text))

    def _kept(self, element: str, attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name, value in attributes.items():
            space, _, local = name.rpartition(" ")
            if space == _XML and local in ("space", "lang", "id"):
                yield f"xml:{local}", value
            elif local == "href" and space in ("", _XLINK):
                if self._leads_inside(element, value):
                    yield "href" if not space else "xlink:href", value
                else:
                    self.removed.append("a link")
            elif space == _XLINK and local in ("title", "type", "show", "actuate", "role", "arcrole"):
                continue  # says something of a link
            elif not space and local == "style":
                text, whole = clean_declarations(value)
                if not whole:
                    self.removed.append("a style")
                if text:
                    yield local, text
            elif not space and local in _PRESENTATION:
                if _is_harmless(value):
                    yield local, value
                else:
                    self.removed.append(f"an attribute `{local}`")
            elif not space and (local in _INERT or _WORDY.fullmatch(local)):
                yield local, value
            elif not (space in _NOTES and _is_note(local)):
                self.removed.append(f"an attribute `{local[:40]}`")

    def _leads_inside(self, element: str, address: str) -> bool:
        if _INSIDE.fullmatch(address):
            return True
        return element in _DRAWS_PICTURE and _PICTURE.fullmatch(address) is not None


def _is_note(name: str) -> bool:
    """Whether an attribute may stand in what editors note: no handler, and nothing that moves where links lead."""
    space, _, local = name.rpartition(" ")
    return not local.lower().startswith("on") and not (space == _XML and local == "base")


def _refuse(reason: str, *_: object) -> int:
    raise _Refused(reason)


def clean_sheet(text: str) -> tuple[str, bool]:
    """A style sheet of which only harmless rules are left, and whether that is all of it."""
    hidden, strings = _hide_strings(text)
    left = _AT_RULE.sub("", hidden)
    whole = left == hidden
    rules = []
    at = 0
    for rule in _RULE.finditer(left):
        whole = whole and not left[at : rule.start()].strip()
        at = rule.end()
        body, good = _declarations(rule["body"], strings)
        whole = whole and good
        if body:
            rules.append(f"{_show_strings(rule['selector'], strings)}{{{body}}}")
    return "".join(rules), whole and not left[at:].strip()


def clean_declarations(text: str) -> tuple[str, bool]:
    """Declarations, as in an attribute `style`, of which only harmless ones are left, and whether that is all."""
    return _declarations(*_hide_strings(text))


def _declarations(hidden: str, strings: list[str]) -> tuple[str, bool]:
    kept, whole = [], True
    for declaration in hidden.split(";"):
        if not declaration.strip():
            continue
        name, colon, value = declaration.partition(":")
        good = bool(colon) and name.strip().lower() in _PROPERTIES and _calls_are_harmless(value)
        whole = whole and good
        if good:
            kept.append(_show_strings(declaration.strip(), strings))
    return "; ".join(kept), whole


def _is_harmless(value: str) -> bool:
    """Whether the value of a property loads nothing."""
    return _calls_are_harmless(_hide_strings(value)[0])


def _calls_are_harmless(hidden: str) -> bool:
    if _ODD.search(hidden):
        return False
    for call in _CALL.finditer(hidden):
        name = call["name"].lower()
        if not (name in _FUNCTIONS or not name or (name == "url" and call["address"])):
            return False
    return True


def _hide_strings(text: str) -> tuple[str, list[str]]:
    """A style with its strings as numbers between NULs and without its comments.

    A string that names a part of the same drawing, as in `url("#a")`, is left without its quotes.
    """
    strings: list[str] = []

    def hide(found: re.Match[str]) -> str:
        if found[0].startswith("/*"):
            return " "
        if _INSIDE.fullmatch(found[0][1:-1]):
            return found[0][1:-1]
        strings.append(found[0])
        return f"\0{len(strings) - 1}\0"

    return _QUOTED.sub(hide, text.replace("\0", "")), strings


def _show_strings(hidden: str, strings: list[str]) -> str:
    return re.sub(r"\0(\d+)\0", lambda found: strings[int(found[1])], hidden)
