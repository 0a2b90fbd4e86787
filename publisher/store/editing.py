"""YAML that people wrote, changed in one place: comments, order and layout stay. The only room of ruamel.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from publisher.errors import UnreadableYaml
from publisher.store.yaml import read, scalar, visible, written

LAID_OUT = 100_000  #: characters of a text up to which an edit keeps blanks that align values


class Nothing:
    """A null that is written out; an empty one elsewhere in the text stays empty."""


class Moment(str):
    """A date as it was typed; ruamel.yaml would read it and write it anew."""


def _round_trip() -> Any:
    """ruamel.yaml such that a value stays as it was typed."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor
    from ruamel.yaml.representer import RoundTripRepresenter

    class Constructor(RoundTripConstructor):
        pass

    class Representer(RoundTripRepresenter):
        pass

    null, moment = "tag:yaml.org,2002:null", "tag:yaml.org,2002:timestamp"
    Constructor.add_constructor(moment, lambda loader, node: Moment(node.value))
    Representer.add_representer(Moment, lambda dumper, text: dumper.represent_scalar(moment, text))
    Representer.add_representer(Nothing, lambda dumper, _: dumper.represent_scalar(null, "null"))
    yaml = YAML(typ="rt")
    yaml.Constructor, yaml.Representer = Constructor, Representer
    yaml.preserve_quotes = True
    yaml.width = 10**6
    return yaml


def edited(text: str, change: Callable[[Any], None]) -> str:
    """A YAML text after a change to what it says; comments, order and layout stay.

    Args:
        text: A YAML text whose top is a mapping; may be empty.
        change: Gets the mapping (ruamel.yaml's, which remembers comments) and alters it.

    Raises:
        UnreadableYaml: The text is no YAML mapping.
    """
    from io import StringIO

    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import MarkedYAMLError

    yaml = _round_trip()
    dash = re.search(r"^(?P<parent> *)[^\s#-][^\n]*:[ ]*\n(?P<item> *)- ", text, re.MULTILINE)
    if dash and len(dash["item"]) >= len(dash["parent"]) + 2:
        yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        value = yaml.load(text)
    except MarkedYAMLError as error:
        line = str(error.problem_mark.line + 1) if error.problem_mark else "1"
        raise UnreadableYaml(error.problem or "is no YAML", where=line) from error
    if not isinstance(value, dict | None):
        raise UnreadableYaml("is no mapping", where="1")

    def dumped() -> str:
        out = StringIO()
        yaml.dump(value, out)
        return out.getvalue()

    if value is None:  # only comments, if anything
        value = CommentedMap()
        change(value)
        glue = "\n" if text and not text.endswith("\n") else ""
        return f"{text}{glue}{dumped()}"
    before = dumped() if len(text) <= LAID_OUT else text
    change(value)
    after = dumped()
    return after if text == before else _in_layout_of(text, before, after)


def _in_layout_of(text: str, before: str, after: str) -> str:
    """`after`, with the lines that it shares with `before` as they stand in `text`.

    ruamel.yaml keeps comments, order and quotes, but sets every line anew: blanks that align values are gone.

    Args:
        text: As it stood.
        before: The same as ruamel.yaml sets it.
        after: That with a change.
    """
    from difflib import SequenceMatcher

    old, new, changed = (each.split("\n") for each in (text, before, after))
    if len(old) != len(new):
        return after
    above = _alike(new, changed)
    below = _alike(new[above:][::-1], changed[above:][::-1])
    lines = old[:above]
    new, changed = new[above : len(new) - below], changed[above : len(changed) - below]
    for kind, start, end, first, last in SequenceMatcher(None, new, changed).get_opcodes():
        lines += old[above + start : above + end] if kind == "equal" else changed[first:last]
    lines += old[len(old) - below :]
    told = "\n".join(lines)
    try:
        return told if written(read(told)) == written(read(after)) else after
    except UnreadableYaml:
        return after


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def unmistakable(text: str) -> str:
    """A new text for `edited`: in quotes where a reader might take it for something else."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    text = visible(text)
    return text if scalar(text) == text else DoubleQuotedScalarString(text)


def as_typed(text: str) -> Any:
    """A value as if its text stood bare in a YAML file, ready for `edited`: `1e-3` stays `1e-3`.

    A text that would not be one value there (`a: b`, `# c`) is a string.
    """
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    if text[:1] in ("&", "*", "!"):
        return text
    try:
        holder = _round_trip().load(f"v: {text}\n")
    except (YAMLError, ValueError):
        return text
    alone = isinstance(holder, CommentedMap) and list(holder) == ["v"]
    if not alone or "\n" in text:
        return text
    if holder["v"] is None:
        return Nothing() if text in ("null", "~", "Null", "NULL") else text
    if isinstance(holder["v"], str) and holder["v"] != text and text[:1] not in "\"'":
        return text
    return holder["v"]
