"""What a page looks up when a reader asks: runs by id and files by content, in shards so that it loads few. Pure.

A shard is a classic script, because `fetch` and modules do not work from `file://`. It puts what it holds into
`window.publisherData` under the name of its kind and of itself. A text that is there more than once is written
once and named by its number. `site_template/assets/lookup.js` reads what is written here.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from publisher.model.environment import Environment
from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.files.contents import PATH_BITS, PATH_OF, Contents
from publisher.publish.hosting import commit_page, compare_form
from publisher.publish.listing import visible
from publisher.publish.run.page import FindKept

MOST_USES = 20  #: runs of one content that are named, of those that made it and of those that read it
LONGEST = 400  #: characters of one text; the run's page and its record have the rest
WHOLE = "all"  #: the name of a shard when there is only one
SHORT_DIGEST = 16  #: digits that tell contents apart of which no copy is kept

#: The facts of a run, in their order; those of the first line are numbers of texts.
TEXTS = (
    *("title", "status", "verdict", "step", "label", "reason", "outcome", "command", "commit", "branch"),
    *("commits", "compare", "environment", "ended"),
)
OTHERS = ("started", "duration", "dirty", "patch", "tags", "parameters", "metrics", "inputs", "outputs")


#: Digest, size, end of the copy's name, how many made and read it, some of them with their paths.
_Line = tuple[str, int, str | None, int, int, list[tuple[str, str]]]


class LookupPage(Struct, frozen=True, kw_only=True):
    """A page that looks things up: compare, and which run made this file."""

    contents: int  #: digits that name a shard of contents
    runs: int  #: digits that name a shard of runs
    newest: list[str]  #: ids of the last two runs


class Shard(Struct, frozen=True):
    """One script before it is written."""

    name: str  #: of the shard: the digits with which all its keys begin
    key: str  #: a digest of what it is made from
    make: Callable[[], str]  #: its text


def digits_for(count: int, shard: int) -> int:
    """How many first digits name a shard, so that one holds about so many things: 0, 1 or 2.

    >>> digits_for(100, 1000), digits_for(10_000, 1000), digits_for(1_000_000, 1000)
    (0, 1, 2)
    """
    return 0 if count <= shard else 1 if count <= 16 * shard else 2


def content_digits(contents: Contents) -> int:
    """How many digits of a digest name its shard."""
    return digits_for(len(contents), 1000)


def run_digits(rows: Sequence[Row]) -> int:
    """How many digits of a run's id name its shard."""
    return digits_for(len(rows), 200)


def names(digits: int) -> list[str]:
    """The names of all shards, also of those that nothing falls into, so that none is asked for in vain."""
    return [format(number, f"0{digits}x") for number in range(16**digits)] if digits else [WHOLE]


def script(kind: str, name: str, value: Any) -> str:
    """A classic script that puts a value into `publisherData`.

    >>> print(script("runs", "ab", {"it's": "</script>"}), end="")
    window.publisherData=window.publisherData||{};
    (publisherData.runs=publisherData.runs||{})["ab"]=JSON.parse('{"it\\'s":"\\u003c/script>"}');
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    text = text.replace("\\", "\\\\").replace("'", "\\'").replace("<", "\\u003c")
    return (
        "window.publisherData=window.publisherData||{};\n"
        f"(publisherData.{kind}=publisherData.{kind}||{{}})[{json.dumps(name)}]=JSON.parse('{text}');\n"
    )


def content_shards(contents: Contents, kept: FindKept) -> Iterator[Shard]:
    """Files by content: `{digest: [size, end, made, read, run, path, run, path …]}`, first the runs that made it.

    The digest of a sanitised copy leads to that of its original.

    `end` is the end of the kept copy's name. `made` and `read` are how many there are; at most `MOST_USES` of each
    are named, the oldest.

    Args:
        contents: All of them.
        kept: Finds kept copies.
    """
    digits = content_digits(contents)
    sorted_in: dict[str, list[_Line]] = {name: [] for name in names(digits)}
    copies: dict[str, dict[str, str]] = {name: {} for name in names(digits)}
    runs, paths = contents.runs, contents.paths
    for sha256, size, has_copy, made, read in contents.lines():
        named = (*made[:MOST_USES], *read[:MOST_USES])
        uses = [(runs[use >> PATH_BITS], paths[use & PATH_OF]) for use in named]
        copy = kept(sha256) if has_copy else None
        end = copy.original.rpartition("/")[2][64:] if copy else None
        if copy and copy.sanitised:
            copies[copy.sanitised[:digits] or WHOLE][copy.sanitised] = sha256
        sorted_in[sha256[:digits] or WHOLE].append((sha256, size, end, len(made), len(read), uses))
    for name, found in sorted_in.items():
        yield Shard(
            name,
            hashlib.sha256(_packed([found, copies[name]])).hexdigest(),
            lambda name=name, found=found: script("contents", name, _contents(found, copies[name])),  # type: ignore[misc]
        )


def _contents(found: Sequence[_Line], copies: dict[str, str]) -> dict[str, Any]:
    texts = _Texts()
    files: dict[str, list[Any]] = {}
    for sha256, size, end, made, read, uses in sorted(found, key=lambda line: line[0]):
        files[sha256] = [size, -1 if end is None else texts.number(end), made, read]
        for run, path in uses:
            files[sha256] += (run, texts.number(path))
    told = {"most": MOST_USES, "texts": texts.all, "files": files}
    return told | {"copies": dict(sorted(copies.items()))} if copies else told


def run_shards(rows: Sequence[Row], kept: FindKept, verdict: Callable[[Row], words.Mark]) -> Iterator[Shard]:
    """Runs by id, everything that can differ between two of them.

    Args:
        rows: The runs.
        kept: Finds kept copies.
        verdict: What is known of re-runs of a run.
    """
    digits = run_digits(rows)
    sorted_in: dict[str, list[Row]] = {name: [] for name in names(digits)}
    for row in rows:
        sorted_in[row.id[:digits] or WHOLE].append(row)
    for name, found in sorted_in.items():
        digest = hashlib.sha256()
        for row in found:
            digest.update(f"{row.id} {row.sha256} {row.status} {verdict(row).word}".encode())
            for out in row.kept_outputs:
                copy = kept(out.sha256 or "")
                digest.update(copy.address.encode() if copy else b"-")
            if row.patch:
                digest.update(b"+" if kept(row.patch) else b"-")
        yield Shard(
            name,
            digest.hexdigest(),
            lambda name=name, found=found: script("details", name, _runs(found, kept, verdict)),  # type: ignore[misc]
        )


def _packed(value: Any) -> bytes:
    """A value as bytes that no other value has."""
    try:
        return _encode(value)
    except (OverflowError, UnicodeEncodeError):  # an integer beyond 64 bits; half a character
        return repr(value).encode(errors="backslashreplace")


_encode = msgspec.msgpack.Encoder(enc_hook=str).encode


def _runs(rows: Sequence[Row], kept: FindKept, verdict: Callable[[Row], words.Mark]) -> dict[str, Any]:
    texts = _Texts()
    number = texts.number
    shapes: dict[tuple[str, ...], int] = {}

    def named(values: dict[str, Any]) -> int:
        """The number of a list of names, which most runs of a study share."""
        return shapes.setdefault(tuple(visible(name) for name in values), len(shapes))

    def files(found: Sequence[Any]) -> list[Any]:
        line: list[Any] = []
        for file in found:
            copy = kept(file.sha256) if file.artifact and file.sha256 else None
            digest = (file.sha256 or "")[: None if copy else SHORT_DIGEST]
            end = number(copy.address.rpartition("/")[2][64:]) if copy else -1
            line += (number(file.path), digest, -1 if file.size is None else file.size, end)
        return line

    def ended(row: Row) -> str:
        if row.signal:
            return f"by {row.signal}"
        return "" if row.exit_code is None else f"exit code {row.exit_code}"

    runs: dict[str, list[Any]] = {}
    for row in sorted(rows, key=lambda row: row.id):
        mark, checked = words.STATUS[row.status], verdict(row)
        read, written = row.read_and_written
        patch = kept(row.patch) if row.patch else None
        told = (
            words.title_of(row),
            f"{mark.shape} {mark.word}",
            f"{checked.shape} {checked.word}",
            row.step,
            row.label,
            row.reason,
            row.outcome,
            row.command,
            row.commit,
            row.branch,
            (commit_page(row.repository, row.commit) or "").removesuffix(row.commit),
            compare_form(row.repository) or "",
            row.environment,
            ended(row),
        )
        runs[row.id] = [
            *map(number, told),
            row.started,
            _number(row.duration),
            int(row.dirty),
            [row.patch.removeprefix("sha256:"), patch.address if patch else ""] if row.patch else [],
            [number(tag) for tag in row.tags],
            [named(row.parameters), *(number(_value(found)) for found in row.parameters.values())],
            [named(row.metrics), *map(_number, row.metrics.values())],
            files(read),
            files(written),
        ]
    return {
        "fields": [TEXTS, OTHERS],
        "texts": texts.all,
        "names": [list(shape) for shape in shapes],
        "runs": runs,
    }


def environment_script(name: str, environment: Environment) -> str:
    """An environment as a script."""
    return script("environments", name, told_environment(environment))


def told_environment(environment: Environment) -> dict[str, dict[str, str]]:
    """An environment fact by fact, as `publisher diff` has them."""
    system, python = environment.system, environment.python
    facts = {
        "system": f"{system.name} {system.release} {system.machine}",
        "distribution": system.distribution,
        "host": system.hostname,
        "processor": system.cpu,
        "cores": system.cores,
        "memory": None if system.memory is None else words.size(system.memory),
        "python": python and f"{python.implementation} {python.version}",
    }
    facts |= {f"lock file {name}": digest[:12] for name, digest in environment.locks.items()}
    return {
        "facts": {name: visible(str(fact)) for name, fact in facts.items() if fact is not None},
        "packages": _shown(python.packages) if python else {},
        "variables": _shown(environment.variables),
    }


def _shown(values: dict[str, str]) -> dict[str, str]:
    return {visible(name): visible(value) for name, value in values.items()}


class _Texts:
    """Texts, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._seen: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The place of a text, as a page shows it."""
        known = self._seen.get(text)
        if known is None:
            shown = text
            if len(text) > LONGEST:
                # What is cut off still counts when two texts are compared.
                rest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
                shown = f"{text[:LONGEST]}… ({words.plural(len(text), 'character')}, SHA-256 {rest}…)"
            known = self._seen[text] = self._numbers.setdefault(visible(shown), len(self._numbers))
        return known

    @property
    def all(self) -> list[str]:
        """In the order of their numbers."""
        return list(self._numbers)


@lru_cache(maxsize=4096)
def _typed(found: Any, written: str) -> str:
    return words.typed(found)


def _value(found: Any) -> str:
    """A value as YAML writes it; what is equal and yet written otherwise (1, 1.0, True) is kept apart."""
    return words.typed(found) if isinstance(found, list | dict) else _typed(found, repr(found))


def _number(found: float | None) -> float | str | None:
    """A number as JSON can hold it and a browser reads it without a loss; else as a text."""
    if isinstance(found, float) and not math.isfinite(found):
        return "NaN" if found != found else "Infinity" if found > 0 else "-Infinity"
    if isinstance(found, int) and abs(found) > 2**53:
        return str(found)
    return found
