"""YAML that nobody can misread: written, and read. Only this room and `editing` know the format.

What we write, we write ourselves (`written`): block style, a text bare only when no reader of YAML 1.1 or 1.2
takes it for anything else. What we read many of (`read`), PyYAML's C loader reads, with the resolvers of YAML 1.2
and without aliases, tags and duplicate keys. What people wrote is changed in `publisher.store.editing`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from publisher.errors import UnreadableYaml

MARK = "\ufeff"  #: the byte order mark
MOST_BYTES = 32 * 1024 * 1024  #: a longer text is not ours
DEEPEST = 60  #: levels of nesting that we read
LONGEST_KEY = 1000  #: characters before a `:`; YAML looks back 1024, and a longer key stands behind a `?`

# -- writing ------------------------------------------------------------------------------------------------

BARE = re.compile(r"[A-Za-z/][A-Za-z0-9_./+@()-]*(?:[ :=,;][A-Za-z0-9_./+@()=-]+)*")  #: texts without quotes
HEX = re.compile(r"[1-9a-f][0-9a-f]{11,63}")  #: digests without quotes, when no reader takes them for numbers
RESERVED = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)", re.IGNORECASE)
_UNPAIRED = re.compile("[\ud800-\udfff]")
_ESCAPES = {
    ord(c): f"\\u{ord(c):04x}"
    for c in "\x7f\u0085\u2028\u2029\ufeff\ufffe\uffff" + "".join(map(chr, range(0x80, 0xA0)))
}


def written(value: Mapping[str, Any]) -> str:
    """A mapping as block YAML, `\\n` at line ends, in the order of the mapping.

    Values may be None, bool, int, float, str, and lists and mappings of them.

    Raises:
        TypeError: A value is of another kind.
    """
    lines: list[str] = []
    _mapping(value, "", lines)
    return "\n".join(lines) + "\n" if lines else ""


def _mapping(value: Mapping[str, Any], indent: str, lines: list[str]) -> None:
    for key, inner in value.items():
        name = scalar(key)
        if len(name) > LONGEST_KEY:
            lines.append(f"{indent}? {name}")
            name = ""
        _entry(f"{indent}{name}:", inner, indent, lines)


def _entry(head: str, value: Any, indent: str, lines: list[str]) -> None:
    if isinstance(value, Mapping) and value:
        lines.append(head)
        _mapping(value, indent + "  ", lines)
    elif isinstance(value, list | tuple) and value:
        lines.append(head)
        for item in value:
            _item(item, indent, lines)
    else:
        lines.append(f"{head} {_leaf(value)}")


def _item(value: Any, indent: str, lines: list[str]) -> None:
    """One entry of a list; a mapping or a list begins on the line of its dash."""
    if isinstance(value, Mapping | list | tuple) and value:
        first = len(lines)
        if isinstance(value, Mapping):
            _mapping(value, indent + "  ", lines)
        else:
            for inner in value:
                _item(inner, indent + "  ", lines)
        lines[first] = f"{indent}- {lines[first][len(indent) + 2 :]}"
    else:
        lines.append(f"{indent}- {_leaf(value)}")


def _leaf(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    return scalar(value)


def scalar(value: Any) -> str:
    """One value as every reader of YAML understands it."""
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    raise TypeError(f"{type(value).__name__} has no place in a record")


def _number(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    # YAML 1.1 takes 1e-05 for a text: it wants a point, and a sign before the exponent.
    return text if "." in mantissa else f"{mantissa}.0{e}{exponent}"


def _text(text: str) -> str:
    if len(text) < 200 and BARE.fullmatch(text) and not RESERVED.fullmatch(text) and ": " not in text:
        return text
    if HEX.fullmatch(text) and re.search("[a-df]", text):
        return text
    return json.dumps(visible(text), ensure_ascii=False).translate(_ESCAPES)


def visible(text: str) -> str:
    """A text in which a byte that is no UTF-8 (as Python carries it in file names) is a literal `\\xff`."""
    return _UNPAIRED.sub(lambda found: _escape(ord(found[0])), text)


def _escape(code: int) -> str:
    return f"\\x{code & 0xFF:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


# -- reading ------------------------------------------------------------------------------------------------

_LINE_OF_CONFLICT = re.compile(r"^(?:<{7}|={7}|>{7})(?: |\r?$)", re.MULTILINE)
_SUSPECT = re.compile(r"(?:^|[\s\[{,:-])(?:[&*]\S|!)", re.MULTILINE)
_FAR_IN = re.compile(r"^[ \t?:-]{40}", re.MULTILINE)
_OPENINGS = 18  #: with no more `[` and `{` than that, and no line that far in, nothing is as deep as DEEPEST
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_loader: Any = None


def decoded(data: bytes, *, keep_mark: bool = False) -> str:
    """Return the bytes of a YAML file as text.

    Args:
        data: The bytes. Editors on Windows begin UTF-8 with a byte order mark.
        keep_mark: Whether that mark stays, as the first character of the text: of a record it is under the seal.

    Raises:
        UnreadableYaml: They are no UTF-8, are UTF-16, or are too many; `where` is the line.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableYaml(f"{len(data)} bytes are too many (at most {MOST_BYTES})", where="1")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableYaml("begins with the byte order mark of UTF-16", where="1", hint="save it as UTF-8")
    try:
        return data.decode() if keep_mark else data.decode().removeprefix(MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableYaml(
            f"byte 0x{data[error.start]:02x} is no UTF-8", where=str(line), hint="save it as UTF-8"
        ) from error


_TOO_DEEP = "is nested too deep"  #: newer loaders in C stop at some depth by themselves


def read(text: str) -> dict[str, Any]:
    """A YAML text whose top is a mapping, as plain values, by the rules of YAML 1.2.

    Raises:
        UnreadableYaml: It is no YAML, no mapping, holds merge conflicts, aliases, tags or a key twice, or is
            too deep; `where` is the line number, from 1.
    """
    import yaml

    text = text.removeprefix(MARK)
    conflict = _LINE_OF_CONFLICT.search(text)
    if conflict:
        raise UnreadableYaml(
            "has merge-conflict markers",
            where=str(text.count("\n", 0, conflict.start()) + 1),
            hint="resolve the conflict in git first",
        )
    try:
        if _SUSPECT.search(text) or _may_be_deep(text):
            _refuse_aliases(text)
        loader = _our_loader()(text)
        try:
            value = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = _TOO_DEEP if "nesting" in (error.problem or "") else error.problem
        raise UnreadableYaml(what or "is no YAML", where=str(mark.line + 1 if mark else 1)) from error
    except yaml.YAMLError as error:
        odd = _UNPRINTABLE.search(text)
        if odd is None:
            raise UnreadableYaml(str(error).splitlines()[0], where="1") from error
        line = text.count("\n", 0, odd.start()) + 1
        raise UnreadableYaml(
            f"holds U+{ord(odd[0]):04X}, which no YAML may", where=str(line), hint="take it out"
        ) from error
    if not isinstance(value, dict):
        kinds: dict[type, str] = {type(None): "nothing", list: "a list", str: "a text"}
        found = kinds.get(type(value), "a number")
        raise UnreadableYaml(f"holds {found} where a mapping is wanted", where="1")
    return value


def _may_be_deep(text: str) -> bool:
    """Whether a text could be nested too deep: the loader in C goes down without looking where it is."""
    return text.count("[") + text.count("{") > _OPENINGS or _FAR_IN.search(text) is not None


def _refuse_aliases(text: str) -> None:
    """Aliases make bombs, tags make objects, and what is too deep breaks the loader: our files have none."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        line = str(event.start_mark.line + 1) if event.start_mark else "1"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise UnreadableYaml(
                "has an anchor or an alias (`&`, `*`)", where=line, hint="write the value out"
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise UnreadableYaml(f"has a tag (`{tag}`)", where=line, hint="remove it")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise UnreadableYaml(_TOO_DEEP, where=line)


def _our_loader() -> Any:
    """PyYAML's loader, in C where there is one, with the scalars of YAML 1.2 and each key once."""
    global _loader
    if _loader is not None:
        return _loader
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]  # the base is known only when PyYAML is loaded
        yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def resolve(tag: str, pattern: str, first: str) -> None:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))

    resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
    resolve("null", r"^(?:~|null|Null|NULL|)$", "~nN")
    Loader.yaml_implicit_resolvers.setdefault("", []).append(("tag:yaml.org,2002:null", re.compile("^$")))
    resolve("int", r"^(?:[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789")
    # 0123 stays a text: to YAML 1.1 it is 83, to 1.2 it is 123, and its author meant a name.
    number = r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)"
    resolve("float", rf"^(?:{number}|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+.0123456789")

    def integer(loader: Any, node: Any) -> int:
        text = node.value
        try:
            value = int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
            str(value)
        except ValueError as error:
            problem = f"holds an integer of {len(text)} digits, which is too many"
            raise yaml.MarkedYAMLError(None, None, problem, node.start_mark) from error
        return value

    def mapping(loader: Any, node: Any) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                key = key_node.value if isinstance(key_node, yaml.ScalarNode) else repr(key)
            if key in found:
                raise yaml.MarkedYAMLError(None, None, f"has the key `{key}` twice", key_node.start_mark)
            found[key] = loader.construct_object(value_node, deep=True)
        return found

    def floating(loader: Any, node: Any) -> float:
        text = node.value.lower()
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))

    def refused(loader: Any, node: Any) -> None:
        raise yaml.MarkedYAMLError(None, None, f"has a tag (`{node.tag}`)", node.start_mark)

    Loader.yaml_constructors = {None: refused}
    Loader.add_constructor("tag:yaml.org,2002:int", integer)
    Loader.add_constructor("tag:yaml.org,2002:float", floating)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    for kind in ("null", "bool", "str", "seq"):
        Loader.add_constructor(
            f"tag:yaml.org,2002:{kind}", getattr(yaml.SafeLoader, f"construct_yaml_{kind}")
        )
    Loader.add_constructor(
        "tag:yaml.org,2002:seq", lambda loader, node: loader.construct_sequence(node, deep=True)
    )
    _loader = Loader
    return Loader


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line, from 1, on which a key or an entry of a list stands in a text that `read` reads.

    Args:
        text: A YAML text whose top is a mapping.
        path: Keys and numbers of entries, outermost first; where it leads on to nothing, its beginning counts.
    """
    import yaml

    node = yaml.compose(text.removeprefix(MARK), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            inner = [pair for pair in node.value if pair[0].value == step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            inner = [(each, each) for each in node.value[step : step + 1]]
        else:
            break
        if not inner:
            break
        line = inner[0][0].start_mark.line + 1
        node = inner[0][1]
    return line


def place_in(complaint: str) -> list[str | int]:
    """The place named in a complaint such as "Expected `str` - at `$.outputs[1].path`", outermost first."""
    told = re.search(r"`\$(?P<path>[^`]*)`", complaint)
    known = told["path"].partition("[...]")[0] if told else ""  # msgspec does not tell keys of mappings
    return [int(number) if number else key for key, number in re.findall(r"\.(\w+)|\[(\d+)\]", known)]
