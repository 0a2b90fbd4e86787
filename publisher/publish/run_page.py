"""What the page of one run shows: a record turned into the lines that a reader asks for. Pure.

One question leads: what made this, and can I trust it? What the record does not say is left out; nothing is
claimed that was not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from publisher.model.files import SHOWN, suffix
from publisher.model.record import FileRef, Record
from publisher.model.row import Row
from publisher.publish import words
from publisher.publish.facts import Fact, code_facts, metric_fact, process_facts
from publisher.publish.listing import Listing, last_lines, visible
from publisher.publish.rerun import Kept, commands_to_rerun

DEEPEST = 6  #: steps by which parameters are indented at most
LAST_LINES = 12  #: of a log, shown at once when a run did not end well

FindKept = Callable[[str], Kept | None]  #: a digest -> the copy of that content, when one is kept


class Parameter(Struct, frozen=True, kw_only=True):
    """One line of the nested table of parameters."""

    depth: int
    name: str
    shown: str  #: empty for a branch
    branch: bool = False
    set_by_hand: bool = False  #: overrode what the file says
    differs: bool = False  #: from the neighbour


class File(Struct, frozen=True, kw_only=True):
    """A file that the run read or wrote."""

    path: str
    size: str
    exact_size: str
    sha256: str
    address: str  #: of the kept copy; empty when none is kept
    opens: bool  #: the copy is shown by a browser without running anything; otherwise it is downloaded
    how: str  #: how we know of it


class Figure(Struct, frozen=True, kw_only=True):
    """An output that people look at."""

    path: str
    address: str
    alt: str
    opens: bool


class Difference(Struct, frozen=True, kw_only=True):
    """One parameter that the neighbour has otherwise."""

    name: str
    now: str
    before: str


class Neighbour(Struct, frozen=True, kw_only=True):
    """The run before this one, of the same step or command, and what is different in it."""

    id: str
    title: str
    differences: list[Difference]
    same: int  #: parameters that are equal
    code: str  #: what is to be said of the code; empty when there is nothing


class RunPage(Struct, frozen=True, kw_only=True):
    """Everything on the page of one run, in words."""

    id: str
    short: str
    title: str
    description: str
    command: str
    is_command_title: bool
    mark: words.Mark
    verdict: words.Mark
    ended: str  #: how it ended, in a few words behind the mark
    started: str
    when: str
    took: str
    took_exact: str
    step: str
    label: str
    author: str
    outcome: str
    tags: list[str]
    notes: list[dict[str, str]]
    figures: list[Figure]
    metrics: list[Fact]
    steps_to_rerun: list[str]
    rerun_notes: list[str]
    plain_command: str  #: what the last of these lines is without us; empty when parameters were set by hand
    neighbour: Neighbour | None
    repeats: str
    parameters: list[Parameter]
    parameter_file: str
    parameter_problem: str
    code: list[Fact]
    changed: list[str]
    left_out: list[str]
    submodules: list[Fact]
    patch_address: str
    patch: Listing | None
    patch_missing: bool
    inputs: list[File]
    outputs: list[File]
    imports: list[Fact]
    environment_id: str
    process: list[Fact]
    stdout: Listing | None
    stderr: Listing | None
    stdout_address: str
    stderr_address: str
    log_missing: bool
    log_truncated: bool
    last_words: Listing | None  #: the end of what it said, when it did not end well
    problems: list[str]
    raw: str  #: name of the raw record beside the page


def title_of(row: Row) -> str:
    """What a run is called: why it was made, else its label, else its step, else its command."""
    return visible(row.reason or row.label or row.step or row.command or "a run")


def run_page(
    record: Record,
    row: Row,
    *,
    kept: FindKept,
    listings: Mapping[str, Listing],
    neighbour: Neighbour | None,
    prefix: str = "",
) -> RunPage:
    """What the page of a run shows.

    Args:
        record: The run.
        row: Its line in the table, which knows whether a run under way is lost.
        kept: Finds kept copies.
        listings: Log and patch by digest, those that could be read.
        neighbour: The run before it of the same kind.
        prefix: Folders from the top of the repository to the project, with `/` at the end; or empty.
    """
    figures = [_figure(out, record, found) for out, found in _kept_figures(record, kept)]
    log = record.log
    patch = kept(record.code.patch or "")
    stdout, stderr = (kept(log.stdout or ""), kept(log.stderr or "")) if log else (None, None)
    took = "" if record.duration is None else words.duration(record.duration)
    mark = words.STATUS[row.status]
    different = {each.name for each in neighbour.differences} if neighbour else set()
    parameters = record.parameters
    rerun, rerun_notes = commands_to_rerun(record, patch, prefix)
    return RunPage(
        id=record.id,
        short=words.short(record.id),
        title=title_of(row),
        description=_description(record, mark, took),
        command=visible(words.command(record.command)),
        is_command_title=not (row.reason or row.label or row.step),
        mark=mark,
        verdict=words.UNVERIFIED,
        ended=_ended(record, row, took),
        started=record.started,
        when=words.moment(record.started),
        took=took,
        took_exact="" if record.duration is None else f"{record.duration!r} s",
        step=visible(record.step or ""),
        label=visible(record.label or ""),
        author=visible((record.author and record.author.name) or ""),
        outcome=record.annotations.outcome or "",
        tags=[visible(tag) for tag in record.annotations.tags],
        notes=[
            {"text": n.text, "at": n.at or "", "by": visible(n.by or "")} for n in record.annotations.notes
        ],
        figures=figures,
        metrics=[metric_fact(name, found) for name, found in record.metrics.items()],
        steps_to_rerun=rerun,
        rerun_notes=rerun_notes,
        plain_command="" if parameters and parameters.overrides else visible(words.command(record.command)),
        neighbour=neighbour,
        repeats=(record.parent and record.parent.repeats) or "",
        parameters=list(_parameters(parameters.values, parameters.overrides, different))
        if parameters
        else [],
        parameter_file=visible((parameters and parameters.file) or ""),
        parameter_problem=(parameters and parameters.problem) or "",
        code=code_facts(record.code),
        changed=[visible(path) for path in record.code.changed],
        left_out=[visible(path) for path in record.code.left_out],
        submodules=[
            Fact(
                name=visible(s.path), shown=s.commit[:10] + (", changed" if s.changed else ""), exact=s.commit
            )
            for s in record.code.submodules
        ],
        patch_address=patch.address if patch else "",
        patch=listings.get(record.code.patch or ""),
        patch_missing=record.code.patch is not None and patch is None,
        inputs=[_file(each, kept) for each in record.inputs],
        outputs=[_file(each, kept) for each in record.outputs],
        imports=[Fact(name=visible(n), shown=visible(v)) for n, v in record.imports.items()],
        environment_id=record.environment or "",
        process=process_facts(record),
        stdout=listings.get((log and log.stdout) or ""),
        stderr=listings.get((log and log.stderr) or ""),
        stdout_address=stdout.address if stdout else "",
        stderr_address=stderr.address if stderr else "",
        log_missing=bool(log and ((log.stdout and not stdout) or (log.stderr and not stderr))),
        log_truncated=bool(log and log.truncated),
        last_words=_last_words(record, listings),
        problems=[visible(each) for each in record.problems],
        raw=f"{record.id}.yml",
    )


def opens_safely(address: str) -> bool:
    """Whether a browser may open a copy by its address: an SVG file could run a script there."""
    return not address.endswith(".svg")


def _kept_figures(record: Record, kept: FindKept) -> list[tuple[FileRef, Kept]]:
    shown = [out for out in record.outputs if out.artifact and out.sha256 and suffix(out.path) in SHOWN]
    found = [(out, kept(out.sha256 or "")) for out in shown]
    return [(out, copy) for out, copy in found if copy]


def _figure(out: FileRef, record: Record, copy: Kept) -> Figure:
    path = visible(out.path)
    return Figure(
        path=path,
        address=copy.address,
        alt=f"{path} of run {words.short(record.id)}"
        + (f": {visible(record.reason)}" if record.reason else ""),
        opens=opens_safely(copy.address),
    )


def _description(record: Record, mark: words.Mark, took: str) -> str:
    what = f" of {record.step}" if record.step else ""
    lasted = f" in {took}" if took and mark.word == "completed" else ""
    why = f": {record.reason}" if record.reason else ""
    text = f"Run {words.short(record.id)}{what}, {mark.word}{lasted}, {words.day(record.started)}{why}"
    return visible(text[:300])


def _ended(record: Record, row: Row, took: str) -> str:
    if row.status == "completed":
        return f"in {took}" if took else ""
    if row.status == "lost":
        return "its process disappeared, and how it ended is not known; started"
    if row.status == "running":
        return "under way when this page was made; started"
    how = f"by {record.signal}" if record.signal else ""
    if record.exit_code is not None:
        how = f"with exit code {record.exit_code}"
    return " ".join(part for part in (how, f"after {took}" if took else "") if part)


def _last_words(record: Record, listings: Mapping[str, Listing]) -> Listing | None:
    if record.log is None or record.succeeded:
        return None
    for digest in (record.log.stderr, record.log.stdout):
        listing = listings.get(digest or "")
        if listing is not None and listing.lines:
            lines = min(listing.lines, LAST_LINES)
            return Listing(pieces=last_lines(listing, lines), lines=lines, size=listing.size, hidden=0)
    return None


def _parameters(
    values: Mapping[str, Any],
    overrides: Mapping[str, Any],
    different: set[str],
    prefix: str = "",
    depth: int = 0,
) -> list[Parameter]:
    lines: list[Parameter] = []
    shown_depth = min(depth, DEEPEST)
    for key, found in values.items():
        name = f"{prefix}{key}"
        if isinstance(found, Mapping) and found:
            lines.append(Parameter(depth=shown_depth, name=visible(str(key)), shown="", branch=True))
            lines += _parameters(found, overrides, different, f"{name}.", depth + 1)
        else:
            lines.append(
                Parameter(
                    depth=shown_depth,
                    name=visible(str(key)),
                    shown=words.value(found),
                    set_by_hand=name in overrides,
                    differs=name in different,
                )
            )
    return lines


def _file(ref: FileRef, kept: FindKept) -> File:
    copy = kept(ref.sha256) if ref.artifact and ref.sha256 else None
    return File(
        path=visible(ref.path),
        size="" if ref.size is None else words.size(ref.size),
        exact_size="" if ref.size is None else f"{ref.size:,} bytes",
        sha256=ref.sha256 or "",
        address=copy.address if copy else "",
        opens=opens_safely(copy.address) if copy else False,
        how=ref.seen_by or "",
    )
