"""Values in a text that stand under the name of a credential: `password=…`, `"client_secret": "…"`, `--token …`.

Each name is found by a literal part of it; what surrounds it is read by bounded expressions, so the time is linear
in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from publisher.model.secrets.forms import Found
from publisher.model.secrets.names import grade, is_of_passwords
from publisher.model.secrets.values import MASK, is_plain, looks_random

_PARTS = (
    "pass", "pwd", "pw", "secret", "token", "key", "cred", "auth", "hook", "conn", "cookie", "bearer", "jwt",
    "sig", "mnemonic", "phrase", "session", "dsn", "otp",
)  # fmt: skip
_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$-"
_LONGEST_NAME = 120
_QUOTES = "\"'`"

_GAP = r"[ \t]*+"
_CLOSE = r"(?P<close>\\{0,7}[\"'`]{0,3}+\]?)"
_BLOCK = r"(?:[|>][-+0-9]{0,2}[ \t]*+\r?\n[-+ ]?[ \t]++)?"
_SCHEME = r"(?:(?:[Bb]asic|BASIC|[Bb]earer|BEARER|[Tt]oken|[Dd]igest|[Aa]pi[Kk]ey|Negotiate)[ \t]++(?=\S))?"
_TAG = r"(?:(?:!{1,2}[\w:.-]{0,40}+|&[\w-]{1,40}+)[ \t]++)?"  # `!!str`, `&anchor` of YAML
#: `=`, `:`, `=>`, `:=`, `==`, in an address `%3D`; before `=` a type may stand; a text of YAML may begin below.
_ASSIGNED = (
    rf"{_CLOSE}{_GAP}(?P<sign>(?::[ \t]*+[A-Za-z][\w.\[\], |]{{0,60}}?)?[ \t]{{0,4}}(?:=>|:=|<-"
    rf"|[!=]?={{1,2}}|%3[Dd])|->|:(?![:/]))"
    rf"{_GAP}{_TAG}{_BLOCK}{_SCHEME}"
)
#: `"name": "DB_PASSWORD", "value": "…"`, and the same on two lines.
_PAIRED = (
    rf"{_CLOSE}{_GAP},?{_GAP}(?:\r?\n[-+ ]?[ \t]*+)?\\{{0,3}}[\"']?(?i:value|content"
    rf"|default){{1}}\\{{0,3}}[\"']?{_GAP}[:=]{_GAP}{_BLOCK}"
)
_LISTED = r"(?P<close>\\{0,3}[\"'])[ \t]*+,\s*+(?=\\{0,3}[\"'])"  # `'--password', '…'`
_TAGGED = r"(?P<close>)[^<>\n]{0,80}+>"  # `<password>…<`
_BESIDE = (
    r"(?P<close>[\"'`]?)(?:[ \t]++(?:is|was|are)(?=[ \t:]))?:?[ \t]++(?:[|=][ \t]++)?|(?P<bar>),"
    r"|[ \t]*+\|[ \t]*+"
)

_QUOTED = r"""(?x)
    [bBrRuUfF@$]{0,2}
    (?: (?P<triple>\"\"\"|''')(?P<inner>(?s:.){0,2048}?)(?P=triple)
      | (?P<escape>\\{1,7}[\"'])(?P<escaped>[^\n]{0,1024}?)(?P=escape)
      | \"(?P<double>(?:[^\"\\\n]|\\[^\n])*+)\"
      | '(?P<single>(?:[^'\\\n]|\\[^\n])*+)'
      | `(?P<tick>[^`\n]*+)` )
"""
_BARE = r"\\?[\"'`]?(?P<bare>[^\s\"'`,;(){}\[\]<>&|\\\x00]{1,256}+)"
_ITEMS = (
    r"[\[(][ \t]*+(?P<all>(?P<first>\"[^\"\n]*+\"|'[^'\n]*+')"
    r"(?:[ \t]{0,4}+,[ \t]{0,4}+(?:\"[^\"\n]{0,400}+\"|'[^'\n]{0,400}+')){0,100}+)"
)
#: A value without quotes that is given on the command line, in an option, or is a line of variables.
_WORD = r"\\?[\"'`]?(?P<bare>[^\s\"'`\x00]{1,256}+)"
#: The rest of a line, up to where another name begins.
_LINE = r"(?P<bare>[^\n\x00]{1,4096}?)(?=[ \t,;]{1,8}[\w.-]{1,64}[ \t]{0,4}[=:]|[ \t\r]*(?:\n|\Z|\x00))"
_BEGINS = frozenset(
    (
        "",
        "export",
        "set",
        "setx",
        "setenv",
        "env",
        "declare",
        "declare -x",
        "typeset -x",
        "local",
        "const",
        "let",
        "var",
        "ENV",
        "ARG",
        "?",
    )
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def values(text: str, *, code: bool = False) -> Iterator[Found]:
    """Yield the values under names of credentials.

    Args:
        text: Any text.
        code: The text is a program: only what stands in quotes, and comments, hold values.
    """
    small = text.lower()
    if len(small) != len(text):
        small = "".join(each.lower() if each.isascii() else each for each in text)
    for part in _PARTS:
        at = small.find(part)
        while at >= 0:
            read = _compiled(r"[A-Za-z0-9_.$-]*+").match(text, at)
            end = read.end() if read else at + len(part)
            head = text[max(0, at - _LONGEST_NAME) : at]
            start = at - (len(head) - len(head.rstrip(_NAME)))
            stop = at
            if end - at <= _LONGEST_NAME:
                name = text[start:end]
                known = grade(name.strip(".$"))
                if known:
                    found = _value(text, start, end, name, known, code)
                    if found is not None:
                        kind = f"value of {name.strip('.$')}"
                        yield *found, kind
                        stop = found[1]
                        if "\n" in text[end : found[0]]:
                            yield from ((*each, kind) for each in _below(text, end, stop))
            at = small.find(part, max(end, stop))


def _below(text: str, end: int, stop: int) -> Iterator[tuple[int, int]]:
    """Yield the rest of a value below its name: more lines of a block, and the line that a patch adds."""
    line = text.rfind("\n", end, stop) + 1
    indent = _compiled(r"[-+ ]?[ \t]*+").match(text, line)
    depth = indent.end() - line if indent else 0
    if _compiled(r"[^\n]{0,200}[|>][-+0-9]{0,2}[ \t]*\r?\n").match(text, end):
        rest = _compiled(rf"[^\n]*+(?:\n[-+ ]?[ \t]{{{max(depth - 1, 1)},}}+[^\n]*+)*+").match(text, stop)
        if rest is not None and rest.end() > stop:
            yield stop, rest.end()
        return
    read = _compiled(r"[^\n]{0,400}\n\+[ \t]*+[\"']?(?:value|content|default)[\"']?[ \t]*+[:=][ \t]*+").match(
        text, stop
    )
    value = read and _compiled(r"\"[^\"\n]++|'[^'\n]++|[^\s\"']++").match(text, read.end())
    if value and not is_plain(value[0].strip("\"'")):
        yield value.start() + value[0].startswith(("'", '"')), value.end()


def _value(text: str, start: int, end: int, name: str, known: int, code: bool) -> tuple[int, int] | None:
    """Where the value under a name stands; None when there is none, or none to hide."""
    before = text[start - 1 : start] if start else ""
    option = name.startswith("-")
    if code and _is_comment(text, start):
        code = False
    if (read := _compiled(_ASSIGNED).match(text, end)) is not None:
        if name == "PASS" and read["sign"] == ":":
            return None  # what a test says of itself
        return _after(
            text, read.end(), start, name, known, code, line=not read["close"], equals="=" in read["sign"]
        )
    if before and before in _QUOTES and (read := _compiled(_PAIRED).match(text, end)) is not None:
        return _after(text, read.end(), start, name, known, code)
    if before and before in _QUOTES and (read := _compiled(_LISTED).match(text, end)) is not None:
        return _after(text, read.end(), start, name, known if option else 1, code, shortest=6)
    if before in (":", " ") and (read := _compiled(_PAIRED).match(text, end)) is not None and "\n" in read[0]:
        return _after(text, read.end(), start, name, known, code)
    if before == "<" and (read := _compiled(_TAGGED).match(text, end)) is not None:
        bare = _compiled(r"(?P<bare>[^<\n]{1,256}+)").match(text, read.end())
        return bare.span("bare") if bare and not _is_plain(bare["bare"], name, known, True) else None
    if code or known < 2:
        return None
    if option:
        read = _compiled(r"[ \t]++").match(text, end)
        return None if read is None else _after(text, read.end(), start, name, known, False, option=True)
    read = _compiled(_BESIDE).match(text, end)
    if read is None or not any(part in name.lower() for part in _PARTS[:6]):
        return None
    return _after(text, read.end(), start, name, 1, False, shortest=6)


def _after(
    text: str,
    at: int,
    start: int,
    name: str,
    known: int,
    code: bool,
    *,
    line: bool = False,
    equals: bool = False,
    option: bool = False,
    shortest: int = 12,
) -> tuple[int, int] | None:
    """The value that begins at a place, if it is one to hide."""
    quoted = _compiled(_QUOTED).match(text, at)
    if quoted is not None:
        group = quoted.lastgroup or ""
        group = "inner" if group == "triple" else "escaped" if group == "escape" else group
        hidden = not _is_plain(quoted[group], name, known, True, shortest)
        return quoted.span(group) if hidden else None
    if known == 2 and text[at : at + 1] in ("[", "(") and (items := _compiled(_ITEMS).match(text, at)):
        first = items["first"][1:-1]
        return (
            None if _is_plain(first, name, known, True) else (items.start("first") + 1, items.end("all") - 1)
        )
    if code:
        return None
    bare = _compiled(_BARE).match(text, at)
    if bare is None:
        if not (line and _begins_line(text, start)) and not option:
            return None
        bare = _compiled(_WORD).match(text, at)
        if bare is None or bare["bare"].startswith(("$", "(", "{", "[", "<", MASK)):
            return None
    first, stop = bare.span("bare")
    value = bare["bare"]
    if text[stop : stop + 1] in ("(", "[") and value.replace(".", "").replace("_", "").isalnum():
        return None  # a call, or an item of something
    if text[stop : stop + 1] == "(" and text.startswith(MASK, stop):
        return None
    phrase = name.lower().rstrip("\"'").endswith(("phrase", "mnemonic"))  # has blanks in it
    beginning = (line and _begins_line(text, start)) or phrase
    if option or (beginning and equals and not phrase):
        word = _compiled(_WORD).match(text, at)
        if word is not None:
            first, stop = word.span("bare")
            value = word["bare"]
    if _is_plain(value, name, known, False, shortest):
        return None
    if len(value) >= 256:  # what was read decides; the rest of it goes as well
        rest = _compiled(r"[^\s\"'`\x00]++").match(text, stop)
        return first, rest.end() if rest else stop
    if beginning:
        rest = _compiled(_LINE).match(text, first)
        if rest is not None:
            stop = max(stop, rest.end("bare"))
            while stop > first and text[stop - 1] in " \t\r\"'`,;":
                stop -= 1
    elif not option:
        stop -= len(value) - len(value.rstrip(".:!?"))
    return (first, stop) if stop > first else None


def _is_plain(value: str, name: str, known: int, quoted: bool, shortest: int = 12) -> bool:
    """Whether a value is none to hide, by how much its name says."""
    if is_plain(value) or (not quoted and is_plain(value.strip("[](){}<>,;"))):
        return True
    value = value.strip()
    if known < 2:
        if shortest < 12:  # beside the name, with no sign between: no word of a sentence is meant
            return not _is_odd(value, shortest)
        return not looks_random(value, shortest=shortest)
    if quoted or is_of_passwords(name):
        return False
    return value.isalpha() and len(value) < 16 and (value.islower() or value.istitle() or value.isupper())


def _is_odd(value: str, shortest: int) -> bool:
    """Whether a text is neither a word nor a number nor a name with a number: `hunter2`, `wJalr/K7`."""
    value = value.strip(".,:;!?")
    if looks_random(value.replace(" ", "")):
        return True
    if len(value) < shortest or " " in value:
        return False
    if not any(each.isdigit() for each in value) or not any(each.isalpha() for each in value):
        return looks_random(value, shortest=12)
    plain = (
        r"(?:v|sha|md|utf|step|id|no|nr|n|t|run|epoch|version|line|type|index|id|cls|tok|token|task"
        r"|test|layer|file|node|part)[-_.=:#]?[0-9].*|[0-9].{0,3}|[0-9.]+[A-Za-z%]{0,3}"
        r"|[\w-]+[./][\w./-]*|0x.*|[A-Za-z_]\w*\(.*"
    )
    return _compiled(plain).fullmatch(value.lower()) is None


def _begins_line(text: str, start: int) -> bool:
    """Whether a name is the first of its line, but for what leads a list, a patch or a variable in."""
    begin = max(text.rfind("\n", max(0, start - 60), start), text.rfind("\0", max(0, start - 60), start)) + 1
    if begin == 0 and start > 60:
        return False
    return text[begin:start].strip(" \t+-*#>\"'$%").strip() in _BEGINS


def _is_comment(text: str, start: int) -> bool:
    near = max(0, start - 300)
    before = text[max(near, text.rfind("\n", near, start) + 1) : start]
    return (
        "# " in before
        or "// " in before
        or before.lstrip("+- \t").startswith(("#", "//", "*", "%", ";", "--", "!"))
    )
