"""The forms in which a name stands in files: letter case, accents, quoting, encodings. Pure.

A text is folded first: what quoting, accents and letter case add is taken away. Only the names that then occur are
replaced, each by a pattern that knows what was taken away; and what still occurs in the folded text after that is
reported, so that a file is left out rather than published with a name in a form that nobody thought of.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cached_property
from html.entities import codepoint2name
from urllib.parse import unquote

from publisher.publish.outlet.anonymous.names import TellTales
from publisher.publish.outlet.anonymous.ordinary import ordinary_words
from publisher.publish.outlet.anonymous.places import WORDS

_SOFT = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  #: characters that nobody sees
_BETWEEN = (
    rf"(?:[{_SOFT}]|&shy;|&(?:zwn?j|NoBreak);|&\#(?:0*173|x0*ad|x0*200[bcd]|820[345]);"
    r"|[%=]C2[%=]AD|\\+u(?:00ad|200[bcd])|<wbr/?>)*"
)
_SPACE = (
    r"(?:[\s+._\-\u00a0\u2010\u2011]|&nbsp;|&\#(?:0*32|0*160|x0*20|x0*a0);|[%=](?:25)*(?:20|C2[%=](?:25)*A0)"
    r"|\\+(?:u0020|u00a0|x20|n|t|r)|~|\\,|\\ )"
)
#: What may stand right before a name although it is a letter: the end of something that is quoted, or of a colour.
_QUOTED_BEFORE = (
    r"(?<=[%=][0-9A-Fa-f]{2})|(?<=\\[nrtbfva])|(?<=\\u[0-9A-Fa-f]{4})|(?<=\\x[0-9A-Fa-f]{2})"
    r"|(?<=\[\dm)|(?<=\[\d\dm)|(?<=\[\d;\d\dm)|(?<=\\[0-3][0-7]{2})"
)
_ACCENTS = {"\u0308": "\"", "\u0301": "'", "\u0300": "`", "\u0302": r"\^", "\u0303": "~", "\u030a": "r",
            "\u030c": "v", "\u0327": "c", "\u0328": "k", "\u0304": "=", "\u0306": "u",
            "\u030b": "H", "\u0307": r"\."}  # fmt: skip
_LETTERS = {"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
_TWO_LETTERS = {"ö": "oe", "ä": "ae", "ü": "ue", "ø": "oe", "å": "aa"}
_TEX = {"ß": "ss", "ø": "o", "ł": "l", "å": "aa", "æ": "ae", "œ": "oe"}
_ROUNDS = 3  #: of quoting inside of quoting
_UNESCAPED = re.compile(r"\\+(?:u\{?0*([0-9a-fA-F]{2,6})\}?|x([0-9a-fA-F]{2})|([0-3][0-7]{2}))")
_TEX_ACCENT = re.compile(r"\\(?:[\"'`^~=.]|[rvckuH](?=[\s{]))\s*\{?\\?|\{\\(?=[a-zA-Z]{1,2}[ }])")
_TEX_LETTER = re.compile(r"\{?\\(ss|aa|AA|ae|AE|oe|OE|o|O|l|L|i)(?![a-zA-Z])(?:\{\}|\s|\})*")
_TAGS = re.compile(r"<wbr/?>", re.IGNORECASE)
_HEX_WORD = re.compile(r"[0-9a-f]+", re.IGNORECASE)
_MARKS = map(chr, (*range(0x300, 0x370), *range(0x1AB0, 0x1B00), *range(0x20D0, 0x2100)))
_ALIKE = {"\u2018": "", "\u2019": "", "\u02bc": "", "\u2010": "-", "\u2011": "-", "\u2013": "-"}
_BASE_LETTERS = str.maketrans(_LETTERS | _ALIKE | dict.fromkeys(_MARKS, ""))
_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2})+")  #: quoted-printable, of e-mail
_DROPPED = str.maketrans(dict.fromkeys(_SOFT, ""))
_ENCODINGS = (
    ("utf-8", 1),
    ("latin-1", 1),
    ("utf-16-le", 2),
    ("utf-16-be", 2),
    ("utf-32-le", 4),
    ("utf-32-be", 4),
)
_GLUED = "labs?|groups?|grp|team|users?|home|data|hpc|org"
_FOLDERS = "group groups lab labs data user users people staff homes home"
_FEWEST_JOINED = 8  #: letters of a full name that is looked for without anything between its parts


def fold(text: str) -> str:
    """A text without quoting, accents and letter case, for a look at what it says.

    >>> fold("Zo&euml; %C3%85ngstr\\\\u00f6m"), fold('Zo\\\\"{e}'), fold("M\u00fcl\u00adler")
    ('zoe angstrom', 'zoe', 'muller')
    """
    for _ in range(_ROUNDS):
        before = text
        if "&" in text:
            text = html.unescape(text)
        if "%" in text:
            text = unquote(text, errors="ignore")
        if "=" in text:
            text = _PRINTABLE.sub(lambda found: unquote(found[0].replace("=", "%"), errors="ignore"), text)
        if "\\" in text:
            text = _UNESCAPED.sub(_character, text)
        if text == before:
            break
    if "\\" in text:
        text = _TEX_LETTER.sub(lambda found: _TEX_PLAIN[found[1].lower()], _TEX_ACCENT.sub("", text))
    if "<" in text:
        text = _TAGS.sub("", text)
    text = text.replace("{", "").replace("}", "")
    return _plain(text if text.isascii() else text.translate(_DROPPED))


_TEX_PLAIN = {"ss": "ss", "aa": "a", "ae": "ae", "oe": "oe", "o": "o", "l": "l", "i": "i"}


def _character(found: re.Match[str]) -> str:
    code = int(found[1] or found[2], 16) if found[1] or found[2] else int(found[3], 8)
    return chr(code) if code < 0x110000 else found[0]


def _plain(text: str) -> str:
    text = text.casefold().replace("'", "")
    return text if text.isascii() else unicodedata.normalize("NFKD", text).translate(_BASE_LETTERS)


class _Name:
    """One tell-tale: how it is found in a folded text, and how it is replaced."""

    def __init__(self, text: str, *, word: bool, short: bool = False) -> None:
        self.text = text
        ordinary = word and _plain(text) in ordinary_words()
        self.exact = short or ordinary  #: letter case counts
        self.ordinary = ordinary
        self.short = short
        self.hex = [each for form in _hex_forms(text) for each in (form, form.upper())]
        parts = re.split(r"[\s,]+", text)
        plain = [_plain(each) for each in parts]
        self.needles = {max(plain, key=len)}  #: one of these stands in a folded text that holds the name
        for each in (text, unicodedata.normalize("NFC", text)):
            longest = max(re.split(r"[\s,]+", each), key=len)
            self.needles.add(_plain("".join(_TWO_LETTERS.get(c, c) for c in longest.lower())))
            self.needles.add(_plain(longest.encode().decode("latin-1")))
        #: the whole, in a folded text, to be found after everything was replaced
        alike = "".join(plain) if len("".join(plain)) >= _FEWEST_JOINED else ""
        inner = r"[\s+._,\-]*" if alike else r"[\s+._,\-]+"
        self.rest = re.compile(rf"(?<![^\W\d_]){inner.join(map(re.escape, plain))}(?![^\W\d_])")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        strict = self.short or _HEX_WORD.fullmatch(self.text)
        letter = r"[^\W_]" if strict else r"[^\W\d_]"
        starts, ends = rf"(?<!{letter})|{_QUOTED_BEFORE}", rf"(?!{letter})"
        if not (strict or self.exact):  # in `QuarnstromLab`, `labQuarnstrom`, `quarnstromlab`
            turn = "(?-i:(?<=[a-z])(?=[A-Z]))"
            starts, ends = f"{starts}|{turn}", rf"{ends}|{turn}|(?=(?:{_GLUED})(?!{letter}))"
        before, after = f"(?:{starts})", f"(?:{ends})"
        if self.exact:
            forms = {self.text} if self.short else {self.text, self.text.upper(), self.text.title()}
            spelled = [_pattern(each, exact=True) for each in sorted(forms)]
            if self.ordinary:  # in small letters it is a name only as a folder of people's data
                spelled += _in_folders(self.text.lower())
            whole = "|".join(spelled)
            return re.compile(f"{before}(?:{whole}){after}")
        quoted = "|".join(_hex_forms(self.text))
        return re.compile(f"{before}(?:{_pattern(self.text)}){after}|(?:{quoted})", re.IGNORECASE)


def _in_folders(name: str) -> Iterator[str]:
    for folder in _FOLDERS.split():
        yield rf"(?<=/{folder}/){re.escape(name)}(?=[/\s\"'&<]|$)"


def _hex_forms(text: str) -> list[str]:
    """A name as hexadecimal digits of its bytes."""
    return sorted({each.encode().hex() for each in (text, text.lower(), text.upper())})


def _pattern(text: str, *, exact: bool = False) -> str:
    """A pattern of a name, character by character, in every way of quoting; as it is spelled, if `exact`."""
    text = unicodedata.normalize("NFC", text)
    joined = len(re.sub(r"[\W_]", "", text)) >= _FEWEST_JOINED
    pieces: list[str] = []
    for part in re.findall(r"[\s,]+|[^\s,]+", text):
        if part.isspace():
            pieces.append(_SPACE + ("*" if joined else "+"))
        elif not part.strip(" ,"):
            pieces.append(rf"{_BETWEEN}{_one(',', exact)}{_SPACE}*")
        else:
            pieces.append(_BETWEEN.join(_one(each, exact) for each in part))
    return "".join(pieces)


def _one(char: str, exact: bool) -> str:
    """A pattern of one character."""
    forms: list[str] = []
    for each in dict.fromkeys((char,) if exact else (char, char.lower(), char.upper())):
        if len(each) != 1:
            continue
        code = ord(each)
        forms.append(re.escape(each))
        forms.append(rf"&\#0*{code};?|&\#[xX]0*{code:x};?")
        name = codepoint2name.get(code)
        if name:
            forms.append(rf"&{name};")
        forms.append("".join(rf"[%=](?:25)*{byte:02X}" for byte in each.encode()))
        forms.append(rf"\\+(?:u\{{?0*{code:x}\}}?|U0*{code:x})")
        if code < 256:
            forms.append(rf"\\+x{code:02x}|\\+{code:03o}|[%=](?:25)*{code:02X}")
        if code > 127:
            forms.append("".join(rf"\\+x{byte:02x}" for byte in each.encode()))
            forms.append("".join(rf"\\+{byte:03o}" for byte in each.encode()))
            forms.append(re.escape(each.encode().decode("latin-1")))
            forms.append(re.escape(each.encode().decode("cp1252", errors="ignore")))
            forms += _with_accent(each, exact)
    if char == "'":
        forms += ["\u2019", "\u02bc", "&[lr]squo;", "&apos;", r"\\+'"]
    if char == "-":
        forms += ["\u2010", "\u2011", "&hyphen;"]
    return f"(?:{'|'.join(dict.fromkeys(filter(None, forms)))})"


def _with_accent(char: str, exact: bool) -> Iterator[str]:
    """A letter with an accent in two characters, in LaTeX, and without."""
    plain = _plain(char)
    decomposed = unicodedata.normalize("NFD", char)
    base, marks = decomposed[0], list(decomposed[1:])
    if marks:
        yield re.escape(base) + "".join(map(re.escape, marks))
        yield "".join((base, *(f"&\\#{ord(each)};" for each in marks)))
        yield re.escape(base) + "".join(rf"\\+u{ord(each):04x}" for each in marks)
        yield re.escape(base) + "".join(
            "".join(rf"[%=](?:25)*{byte:02X}" for byte in each.encode()) for each in marks
        )
        accent = _ACCENTS.get(marks[0])
        if accent:
            yield rf"\{{?\\+{accent}\s*\{{?\\?{base}\}}?\}}?"
    tex = _TEX.get(char.lower())
    if tex:
        yield rf"\{{?\\+{tex}(?:\{{\}}|\}}|\s)*"
    if not exact:
        yield re.escape(plain)
        yield _TWO_LETTERS.get(char.lower(), "")


class Forms:
    """Everything that names somebody, ready to be found in texts and in bytes."""

    def __init__(self, tales: TellTales) -> None:
        self._texts = [_Name(each, word=False) for each in _longest_first(tales.texts)]
        words = [_Name(each, word=True) for each in _longest_first(tales.words)]
        self._all = [
            *self._texts,
            *words,
            *(_Name(each, word=True, short=True) for each in sorted(tales.short)),
        ]

    def replace(self, text: str, *, words: bool = True) -> str:
        """A text with other words in place of names.

        Args:
            text: What people wrote, or programs printed.
            words: Replace also single words; not in programs, where a word may be part of the program.
        """
        folded = fold(text)
        for name in self._all if words else self._texts:
            if name.short:
                if name.text in text:
                    text = name.pattern.sub(WORDS, text)
            elif any(each in folded for each in name.needles) or any(each in text for each in name.hex):
                text = name.pattern.sub(WORDS, text)
        return text

    def remain(self, text: str) -> bool:
        """Whether a name is left in a text in a form that `replace` does not know."""
        folded = fold(text)
        return any(
            not name.exact and any(each in folded for each in name.needles) and name.rest.search(folded)
            for name in self._all
        )

    def stand_in(self, data: bytes) -> bool:
        """Whether bytes that are no text hold a name, in any encoding of texts."""
        folded = data.lower()
        for needle, width, exact in self._bytes:
            place = data if exact else folded
            at = place.find(needle)
            while at >= 0:
                if _by_itself(place, at, len(needle), width, needle):
                    return True
                at = place.find(needle, at + 1)
        return False

    @cached_property
    def _bytes(self) -> list[tuple[bytes, int, bool]]:
        found: dict[tuple[bytes, int, bool], None] = {}
        for name in self._all:
            plain = _plain(name.text)
            forms = {name.text, *(unicodedata.normalize(form, name.text) for form in ("NFC", "NFD"))}
            if not name.exact:
                forms |= {plain} if plain not in ordinary_words() else set()
                forms |= {each.lower() for each in forms} | {each.upper() for each in forms}
            for form in sorted(forms):
                for encoding, width in _ENCODINGS:
                    needle = form.encode(encoding, errors="ignore")
                    if len(needle) >= 4 * width or (name.short and width == 1):
                        found[needle if name.exact else needle.lower(), width, name.exact] = None
        return list(found)


def _by_itself(data: bytes, at: int, length: int, width: int, needle: bytes) -> bool:
    """Whether no letter touches a name in bytes."""

    def letter(start: int) -> bool:
        char = data[start : start + width]
        if start < 0 or len(char) < width:
            return False
        if width > 1 and char.strip(b"\0").__len__() != 1:
            return False
        return (char.strip(b"\0") or b"\0").isalpha()

    return not (letter(at - width) or letter(at + length))


def _longest_first(texts: Iterable[str]) -> list[str]:
    return sorted(texts, key=lambda each: (-len(each), each))
