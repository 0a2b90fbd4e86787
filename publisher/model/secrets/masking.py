"""Texts without the credentials in them: one function for each kind of content that is written.

Pure: the caller passes the environment variables of the process, and the values of secret ones are masked in
every text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec

from publisher.model.secrets.forms import Found, blocks, copies, fragments, logins, tokens
from publisher.model.secrets.named import values as named_values
from publisher.model.secrets.names import grade
from publisher.model.secrets.options import given, in_lines
from publisher.model.secrets.values import MASK, is_plain, looks_random

S = TypeVar("S", bound=msgspec.Struct)

PIECE = 1 << 18  #: characters that are looked at in one go
_AHEAD, _BEHIND = 1 << 16, 1 << 12  #: characters around a piece that are seen with it
_TRIMMED = " \t\r\n\"'`,;"  #: what may stand behind a value and is no part of it
_SHORTEST = 6  #: characters of a variable's value that is masked wherever it stands
_WITHIN = 12  #: from which length on it is masked also within a longer word

_SETTINGS_FILE = (
    r"(?i).*\.(?:json|jsonl|ya?ml|toml|ini|cfg|conf|config|properties|env|txt|sh|bash|zsh|fish|csh"
    r"|ksh|ps1|bat|cmd|tf|tfvars|hcl"
    r"|xml|csv|tsv|log|md|rst|sql|service|sbatch|slurm|pbs|job|envrc|out|err|http|plist|netrc|npmrc"
    r"|local|example)"
    r"|(?:.*/)?\.[^/]*|(?:.*/)?[^./]+|(?:.*/)?(?:Dockerfile|Makefile|Snakefile)\..*"
)
_CUT = "bytes left out: masking was interrupted …]"
_DIGESTS = ("sha256", "essence")  #: fields that hold nothing else
_COLOUR = r"\x1b\[[0-9;?]{0,32}[A-Za-z]"
_CODE = (".py", ".c", ".cpp", ".h", ".f90", ".jl", ".r", ".R", ".m", ".rs", ".go", ".java", ".ts", ".patch")
_OPTION = r"--?[A-Za-z][\w.-]*(?:=.*)?"
_NAMED = r"(?P<name>-{0,2}[\w.\[\]\"'-]+)(?P<sign>=|:=)(?P<value>.+)"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


class Masking:
    """Mask credentials that are recognised by form, by name, or as the value of a secret variable."""

    def __init__(self, known: Iterable[str] = (), *, wanted: Callable[[], bool] = lambda: True) -> None:
        """Take the texts that are known to be secret.

        Args:
            known: Each is masked wherever it occurs.
            wanted: Asked between pieces of a long text; when it says no, the rest of a log is left out.
        """
        self._known = sorted({form for each in known for form in _written(each)}, key=len, reverse=True)
        self._wanted = wanted

    @classmethod
    def of(
        cls,
        environment: Mapping[str, str],
        *,
        wanted: Callable[[], bool] = lambda: True,
        is_place: Callable[[str], bool] = lambda value: False,
    ) -> Masking:
        """Return a masking that knows the values of the secret ones of these variables.

        Args:
            environment: Names and values.
            wanted: See the class.
            is_place: Whether a value is the path of an existing file, and so no credential.
        """
        return cls(
            (
                each
                for each in secrets_in(environment)
                if not (each.startswith(("/", "~", ".")) and is_place(each))
            ),
            wanted=wanted,
        )

    # -- looking ---------------------------------------------------------------------------------------------

    def found(self, text: str, *, code: bool = False, named: bool = True) -> list[Found]:
        """Return where credentials are in a text, in order and without overlap.

        Args:
            text: Any text.
            code: The text is source code, in which only quoted text is a value.
            named: Whether names count, besides forms and known values.
        """
        if len(text) <= PIECE:
            return _joined(self._look(text, code, named))
        return _joined(each for _, found in self._pieces(text, code, named) for each in found)

    def _pieces(self, text: str, code: bool, named: bool) -> Iterator[tuple[int, list[Found]]]:
        """The end of each piece of a text, and what begins in it; so the work can be given up in between."""
        at = 0
        while at < len(text):
            end = text.rfind("\n", at, at + PIECE) + 1 if at + PIECE < len(text) else len(text)
            if end <= at:
                end = min(at + PIECE, len(text))
            begin = max(0, at - _BEHIND)
            window = text[begin : end + _AHEAD]
            found = [
                (start + begin, stop + begin, kind) for start, stop, kind in self._look(window, code, named)
            ]
            found = [each for each in found if at <= each[0] < end]
            if found and end < len(text):
                last = max(found, key=lambda each: each[1])
                if not text[last[1] : begin + len(window)].strip(_TRIMMED):
                    # It goes on beyond what was seen, so to the end of its line.
                    line = text.find("\n", last[1])
                    end = max(end, line if line >= 0 else len(text))
                    found[found.index(last)] = (last[0], end, last[2])
            yield end, found
            at = end

    def _look(self, text: str, code: bool, named: bool) -> Iterator[Found]:
        if len(text) < 4:
            return
        if "\x1b[" in text:  # colours stand between a name and its value
            text = _compiled(_COLOUR).sub(lambda colour: " " * len(colour[0]), text)
        for known in self._known:
            yield from _occurrences(text, known)
        yield from blocks(text)
        yield from tokens(text)
        yield from logins(text)
        yield from copies(text)
        yield from fragments(text)
        if named:
            yield from named_values(text, code=code)
            yield from in_lines(text)

    # -- masking ---------------------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """Return a text with every credential replaced by `(masked)`."""
        return _without(text, self.found(text))

    def bytes(self, data: bytes) -> bytes:
        """Return the output of a program, masked; the same object when there is nothing to mask.

        When the work is no longer wanted, the rest is left out, and a line says so.
        """
        text = data.decode("utf-8", "surrogateescape")
        if len(text) <= PIECE:
            found = self.found(text)
            return _without(text, found).encode("utf-8", "surrogateescape") if found else data
        every: list[Found] = []
        for end, found in self._pieces(text, False, True):
            every += found
            if end < len(text) and not self._wanted():
                left = len(text[end:].encode("utf-8", "surrogateescape"))
                shown = _without(text[:end], _joined(each for each in every if each[1] <= end))
                cut = max((each[0] for each in every if each[1] > end), default=len(shown))
                return f"{shown[:cut]}\n[… {left} {_CUT}\n".encode("utf-8", "surrogateescape")
        return _without(text, _joined(every)).encode("utf-8", "surrogateescape") if every else data

    def patch(self, patch: str) -> str:
        """Return a patch without credentials, with as many lines as before.

        In settings and shell files every value under a secret name is masked, in code only quoted text.
        """
        sections = re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE)
        return "".join(self._section(each) for each in sections)

    def _section(self, section: str) -> str:
        path = section.partition("\n")[0].rstrip().rstrip('"').rpartition(" b/")[2]
        code = not _compiled(_SETTINGS_FILE).fullmatch(path)
        return _without(section, self.found(section, code=code), lines=True)

    def command(self, words: Sequence[str]) -> list[str]:
        """Return a command without credentials: `--token=x`, `--password x`, `curl -u user:pw`, known forms."""
        hidden: dict[int, list[Found]] = {}
        for at, start, stop in given(words):
            hidden.setdefault(at, []).append((start, stop, ""))
        shown: list[str] = []
        follows = 0
        for at, word in enumerate(words):
            named = _compiled(_NAMED).fullmatch(word)
            known = grade(named["name"].strip("[]\"'")) if named else 0
            if follows and not _compiled(_OPTION).fullmatch(word) and _hides(word, follows):
                shown.append(MASK)
            elif (
                named
                and known
                and not any(each.isspace() for each in named["name"])
                and _hides(named["value"], known)
            ):
                shown.append(f"{named['name']}{named['sign']}{MASK}")
            else:
                shown.append(_without(word, _joined([*self.found(word), *hidden.get(at, [])])))
            follows = grade(word) if word.startswith("-") and named is None else 0
        return shown

    def values(self, value: Any, name: str = "") -> Any:
        """Return a tree of parameters without credentials, recognised by name and by form."""
        if isinstance(value, dict):
            # `token: {kind: wordpiece}` are settings; what stands below `secrets:` is secret
            inner = name if grade(name) == 2 and not name.lower().endswith(("token", "pass")) else ""
            return _each_once(
                (self.text(key) if isinstance(key, str) else key, self.values(each, inner or str(key)))
                for key, each in value.items()
            )
        if isinstance(value, list):
            return [self.values(each, name) for each in value]
        if isinstance(value, bool | float) or value is None:
            return value
        known = grade(name)
        if isinstance(value, int):
            return MASK if known == 2 and abs(value) >= 10**6 else value
        if not isinstance(value, str):
            return value
        return MASK if known and _hides(value, known) else self.text(value)

    def struct(self, value: S) -> S:
        """Return a record, an environment or a verification without credentials in any of its texts.

        Its command, parameters and variables are masked as such.
        """
        told = msgspec.to_builtins(value)
        if isinstance(told.get("command"), list):
            told["command"] = self.command(told["command"])
        parameters = told.get("parameters")
        if isinstance(parameters, dict):
            for name in ("overrides", "values"):
                if name in parameters:
                    parameters[name] = self.values(parameters[name])
        if isinstance(told.get("variables"), dict):
            told["variables"] = self.values(told["variables"])
        if self.found("\n".join(_texts(told))):
            told = self._masked(told)
        return msgspec.convert(told, type(value))

    def _masked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return _each_once(
                (self.text(key), each if key in _DIGESTS else self._masked(each))
                for key, each in value.items()
            )
        if isinstance(value, list):
            return [self._masked(each) for each in value]
        return self.text(value) if isinstance(value, str) else value


def was_cut(log: bytes) -> bool:
    """Return whether the masking of a log was interrupted."""
    return log.endswith(f"{_CUT}\n".encode())


def may_be_shown(path: str, data: bytes, masking: Masking) -> bool:
    """Return whether no credential is recognised in a file of a run."""
    return not found_in(path, data, masking)


def found_in(path: str, data: bytes, masking: Masking) -> list[Found]:
    """Return where credentials are in a file, none if it is binary; in pages and prose only forms count."""
    if b"\0" in data[:8192]:
        return []
    drawn = path.lower().endswith((".html", ".htm", ".js", ".svg", ".ipynb", ".css", ".map", ".md"))
    return masking.found(data.decode("utf-8", "surrogateescape"), named=not drawn, code=path.endswith(_CODE))


def secrets_in(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of secret variables, unless short or a common word, and passwords in addresses."""
    for name, value in environment.items():
        known = grade(name)
        if known and _hides(value, known):
            yield from filter(
                _is_worth, [value, *(each.strip() for each in value.splitlines()[1:-1] if len(each) >= 16)]
            )
        elif "://" in value and "@" in value:
            for start, stop, _ in logins(value):
                password = value[start:stop].partition(":")[2]
                if len(password) >= 8 and _is_worth(password):
                    yield password


def _is_worth(value: str) -> bool:
    """Whether a value may be masked wherever it stands, and no usual word disappears from a log."""
    value = value.strip()
    if len(value) < _SHORTEST or is_plain(value) or value.isdigit():
        return False
    return not (
        value.isalpha() and len(value) < _WITHIN and (value.islower() or value.isupper() or value.istitle())
    )


def _hides(value: str, known: int) -> bool:
    """Whether a value that stands under a name, apart from any text, is one to hide."""
    return not is_plain(value) and (known == 2 or looks_random(value))


def _written(secret: str) -> Iterator[str]:
    """The ways in which a text may be written: as it is, quoted for JSON, for an address, in base64."""
    import json
    from binascii import b2a_base64

    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    data = secret.encode(errors="surrogateescape")
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~"
    yield "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in data)
    if len(data) >= 8:
        yield b2a_base64(data[: len(data) // 3 * 3], newline=False).decode()


def _occurrences(text: str, known: str) -> Iterator[Found]:
    at = text.find(known)
    while at >= 0:
        end = at + len(known)
        within = (at and text[at - 1].isalnum()) or text[end : end + 1].isalnum()
        if len(known) >= _WITHIN or not within:
            yield at, end, "value of a secret variable"
        at = text.find(known, end)


def _joined(found: Iterable[Found]) -> list[Found]:
    """Places in order; those that touch or overlap are one."""
    every: list[Found] = []
    for start, stop, kind in sorted(found, key=lambda each: (each[0], -each[1])):
        if every and start <= every[-1][1]:
            if stop > every[-1][1]:
                every[-1] = (every[-1][0], stop, every[-1][2])
        else:
            every.append((start, stop, kind))
    return every


def _without(text: str, found: Sequence[Found], *, lines: bool = False) -> str:
    """Return a text with `(masked)` in these places; `lines` keeps the number of lines, as a patch needs."""
    if not found:
        return text
    parts: list[str] = []
    at = 0
    for start, stop, _ in found:
        parts += (text[at:start], MASK)
        if lines:
            parts += (f"\n{line[:1]}{MASK}" for line in text[start:stop].split("\n")[1:])
        at = stop
    return "".join([*parts, text[at:]])


def _each_once(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """A mapping; names that became the same are told apart by a number."""
    told: dict[Any, Any] = {}
    for key, value in pairs:
        name, number = key, 1
        while name in told:
            number += 1
            name = f"{key} {number}"
        told[name] = value
    return told


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            if key not in _DIGESTS:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
