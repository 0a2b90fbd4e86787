"""What the page of one run shows: a record turned into the lines that a reader asks for. Pure.

One question leads: what made this, and can I trust it? What the record does not say is left out; nothing is
claimed that was not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from publisher.model.cost import Prices, need_of
from publisher.model.environment import Environment
from publisher.model.files import SHOWN, suffix
from publisher.model.paper import PaperFacts
from publisher.model.project import FigureText, Settings
from publisher.model.record import FileRef, Record
from publisher.model.row import Row
from publisher.model.tree import flat
from publisher.publish import addresses, words
from publisher.publish.citing import Citation, citation
from publisher.publish.costs import Cost, cost_of
from publisher.publish.environments import summary
from publisher.publish.launching import CODESPACES, Door, Ground, binder_reads, doors
from publisher.publish.listing import Listing, last_lines, visible
from publisher.publish.notebooks.behind import ShownNotebook
from publisher.publish.run.checks import Check
from publisher.publish.run.equipping import lock_of
from publisher.publish.run.facts import Fact, code_facts, metric_fact, process_facts
from publisher.publish.run.lineage import ALONE, Lineage, Others
from publisher.publish.run.neighbours import Beside
from publisher.publish.run.rerun import Kept, commands_to_rerun

DEEPEST = 6  #: steps by which parameters are nested at most; below, their names are dotted
LAST_LINES = 12  #: of a log, shown at once when a run did not end well
MOST_FILES = 30  #: inputs, and outputs, that are named; the record has them all
MOST_IMPORTS = 80
MANY_FILES = 3  #: of which a folder that all lie in is said once
_NOBODY = Others([])

FindKept = Callable[[str], Kept | None]  #: a digest -> the copy of that content, when one is kept


class Parameter(Struct, frozen=True, kw_only=True):
    """One parameter, or one that holds others."""

    name: str
    shown: str  #: empty for one that holds others
    inner: list[Parameter] = []
    set_by_hand: bool = False  #: overrode what the file says
    differs: bool = False  #: from the neighbour


class File(Struct, frozen=True, kw_only=True):
    """A file that the run read or wrote."""

    path: str
    size: str
    exact_size: str  #: when `size` says less
    sha256: str
    address: str  #: of the kept copy; empty when none is kept
    opens: bool  #: the copy is shown by a browser without running anything; otherwise it is downloaded
    notebook: str  #: address of the page that shows it, of a notebook; or empty
    runs: list[str]  #: that made an input, or read an output
    name: str  #: what the run that made an input called it, if otherwise
    more: bool  #: and others


class Files(Struct, frozen=True, kw_only=True):
    """What a run read, or wrote."""

    files: list[File]
    count: int  #: of all, also those that are not named
    related: bool  #: one of them leads to another run
    how: str  #: how we know of them, when of all alike
    folder: str  #: that all of them lie in, with `/` at the end, and their paths start from; or empty


class Figure(Struct, frozen=True, kw_only=True):
    """An output that people look at."""

    path: str
    address: str
    alt: str
    opens: bool
    caption: str = ""
    source: str = ""  #: address of the original as text, where a sanitised copy is shown


class Around(Struct, frozen=True, kw_only=True):
    """What a run's page shows that stands in no record."""

    beside: Beside = Beside()
    lineage: Lineage = ALONE
    paper: PaperFacts = PaperFacts()
    settings: Settings = Settings()  #: what `publisher.yml` says of figures, data and environment
    notebooks: dict[str, ShownNotebook] = {}  #: those that the run wrote or read and the site shows, by path
    address: str = ""  #: of the site, with `/` at the end; empty when it is not known
    check: Check | None = None  #: what its re-runs came to; None when there was none
    ground: Ground = Ground()  #: what the repository holds
    prices: Prices = Prices()  #: of machines


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
    check: Check | None
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
    notebooks: list[tuple[str, ShownNotebook]]  #: path and page
    metrics: list[Fact]
    steps_to_rerun: list[str]
    cost: Cost  #: to run it again
    doors: list[Door]  #: services that can, apart from Codespaces
    rerun_notes: list[str]
    plain_command: str  #: what the last of these lines is without us; empty when parameters were set by hand
    beside: Beside
    repeats: str  #: a run that is not on this site
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
    inputs: Files
    outputs: Files
    uncertain: list[str]  #: paths that this run or another beside it wrote
    more_uncertain: int
    lineage: Lineage
    imports: list[str]
    more_imports: int
    environment: str  #: the address of its page below the site; empty when there is none
    environment_summary: str
    process: list[Fact]
    stdout: Listing | None
    stderr: Listing | None
    stdout_address: str
    stderr_address: str
    log_missing: bool
    log_truncated: bool
    last_words: Listing | None  #: the end of what it said, when it did not end well
    problems: list[str]
    permalink: str  #: where the page will be found; empty when that is not known
    citation: Citation


def run_page(
    record: Record,
    row: Row,
    *,
    kept: FindKept,
    listings: Mapping[str, Listing],
    around: Around,
    environment: Environment | None = None,
) -> RunPage:
    """What the page of a run shows.

    Args:
        record: The run.
        row: Its line in the table, which knows whether a run under way is lost.
        kept: Finds kept copies.
        listings: Log and patch by digest, those that could be read.
        around: The rest of the site, as far as this page shows it.
        environment: What the run saw around it.
    """
    figures = [
        _figure(out, record, around.settings.figure(out.path), copy)
        for out, copy in _kept_figures(record, kept)
    ]
    log = record.log
    patch = kept(record.code.patch or "")
    stdout, stderr = (kept(log.stdout or ""), kept(log.stderr or "")) if log else (None, None)
    took = "" if record.duration is None else words.duration(record.duration)
    mark = words.STATUS[row.status]
    neighbour, lineage = around.beside.neighbour, around.lineage
    different = {each.name for each in neighbour.differences} if neighbour else set()
    parameters = record.parameters
    rerun, rerun_notes = commands_to_rerun(
        record,
        patch,
        around.ground.prefix,
        around.paper.repository,
        environment=environment,
        settings=around.settings,
    )
    pinned = bool(
        environment and environment.python and not lock_of(environment, around.settings.environment)
    )
    permalink = f"{around.address}{addresses.run_page(record.id)}" if around.address else ""
    imports = [visible(f"{n} {v}") for n, v in list(record.imports.items())[:MOST_IMPORTS]]
    command = visible(words.command(record.command))
    repeats = (record.parent and record.parent.repeats) or ""
    return RunPage(
        id=record.id,
        short=words.short(record.id),
        title=words.title_of(row),
        description=_description(record, mark, took),
        command=command,
        is_command_title=not (row.reason or row.label or row.step),
        mark=mark,
        verdict=words.VERDICT[row.verdict],
        check=around.check,
        ended=_ended(record, row, took),
        started=record.started,
        when=words.moment(record.started),
        took=took,
        took_exact="" if record.duration is None else words.exactly(record.duration),
        step=visible(record.step or ""),
        label=visible(record.label or ""),
        author=visible((record.author and record.author.name) or ""),
        outcome=record.annotations.outcome or "",
        tags=[visible(tag) for tag in record.annotations.tags],
        notes=[
            {"text": n.text, "at": n.at or "", "by": visible(n.by or "")} for n in record.annotations.notes
        ],
        figures=figures,
        notebooks=[(visible(path), each) for path, each in sorted(around.notebooks.items())],
        metrics=[metric_fact(name, found) for name, found in record.metrics.items()],
        steps_to_rerun=rerun,
        cost=cost_of(row.used, row.status, around.prices),
        doors=_doors(record, row, around, environment),
        rerun_notes=rerun_notes,
        plain_command="" if parameters and parameters.overrides else command,
        beside=around.beside,
        repeats=repeats if not (neighbour and neighbour.repeated) else "",
        parameters=_parameters(parameters.values, parameters.overrides, different) if parameters else [],
        parameter_file=visible((parameters and parameters.file) or ""),
        parameter_problem=(parameters and parameters.problem) or "",
        code=code_facts(record.code, around.paper.repository),
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
        inputs=_files(record.inputs, kept, lineage.made, around.notebooks, made=True),
        outputs=_files(record.outputs, kept, lineage.read, around.notebooks, made=False),
        uncertain=[words.path(each.path) for each in record.uncertain[:MOST_FILES]],
        more_uncertain=max(0, len(record.uncertain) - MOST_FILES),
        lineage=lineage,
        imports=imports if not pinned else [],
        more_imports=len(record.imports) - len(imports),
        environment=addresses.environment_page(record.environment)
        if record.environment and environment
        else "",
        environment_summary=summary(environment)
        if environment
        else visible(f"{record.environment}, which is missing from the records")
        if record.environment
        else "",
        process=process_facts(record),
        stdout=listings.get((log and log.stdout) or ""),
        stderr=listings.get((log and log.stderr) or ""),
        stdout_address=stdout.address if stdout else "",
        stderr_address=stderr.address if stderr else "",
        log_missing=bool(log and ((log.stdout and not stdout) or (log.stderr and not stderr))),
        log_truncated=bool(log and log.truncated),
        last_words=_last_words(record, listings),
        problems=[visible(each) for each in record.problems],
        permalink=permalink,
        citation=citation(record, around.paper, permalink),
    )


def _doors(record: Record, row: Row, around: Around, environment: Environment | None) -> list[Door]:
    """The services that can run it, but for one that a script finds by the commands: pages have to be small."""
    binder = environment is not None and binder_reads(environment.locks, around.ground.prefix)
    found = doors(
        record.code.repository or around.paper.repository,
        record.code.commit,
        ground=around.ground,
        need=need_of(row.used) if binder else None,
        binder=binder,
    )
    return [each for each in found if each.name != CODESPACES]


def opens_safely(address: str) -> bool:
    """Whether a link opens a copy, rather than downloading it: in an edition of before an SVG may run a script."""
    return not address.endswith(".svg")


def _kept_figures(record: Record, kept: FindKept) -> list[tuple[FileRef, Kept]]:
    shown = [out for out in record.outputs if out.artifact and out.sha256 and suffix(out.path) in SHOWN]
    found = [(out, kept(out.sha256 or "")) for out in shown]
    return [(out, copy) for out, copy in found if copy]


def _figure(out: FileRef, record: Record, text: FigureText, copy: Kept) -> Figure:
    path = visible(out.path)
    return Figure(
        path=path,
        address=copy.address,
        alt=visible(text.alt) or f"{path} of run {words.short(record.id)}",
        opens=opens_safely(copy.address),
        source=copy.source,
        caption=visible(text.caption),
    )


def _description(record: Record, mark: words.Mark, took: str) -> str:
    what = f" of {record.step}" if record.step else ""
    lasted = f" in {took}" if took and mark.word == "completed" else ""
    text = f"Run {words.short(record.id)}{what}, {mark.word}{lasted}, {words.day(record.started)}"
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
    found: list[Parameter] = []
    for key, value in (values if depth < DEEPEST else flat(values)).items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            inner = _parameters(value, overrides, different, f"{name}.", depth + 1)
            found.append(Parameter(name=visible(str(key)), shown="", inner=inner))
        else:
            found.append(
                Parameter(
                    name=visible(str(key)),
                    shown=words.value(value),
                    set_by_hand=name in overrides,
                    differs=visible(name) in different,
                )
            )
    return found


def _files(
    refs: list[FileRef],
    kept: FindKept,
    others: Mapping[str, Others],
    notebooks: Mapping[str, ShownNotebook],
    *,
    made: bool,
) -> Files:
    paths = [words.path(each.path) for each in refs[:MOST_FILES]]
    folder = _folder(paths)
    files = [
        _file(
            each,
            path[len(folder) :],
            kept,
            found := others.get(each.sha256 or "", _NOBODY),
            made=made and bool(found.runs),
            notebook=notebooks[each.path].address if each.path in notebooks else "",
        )
        for each, path in zip(refs, paths, strict=False)
    ]
    ways = {each.seen_by for each in refs}
    return Files(
        files=files,
        count=len(refs),
        related=any(each.runs for each in files),
        how=(ways.pop() or "") if len(ways) == 1 else "",
        folder=folder,
    )


def _folder(paths: list[str]) -> str:
    """The folder that many files lie in, with `/` at the end; empty when there is none, or they are few."""
    if len(paths) < MANY_FILES:
        return ""
    first, last = min(paths), max(paths)  # what these two have in common, all have
    same = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return "" if first.startswith("/") else first[: first.rfind("/", 0, same) + 1]


def _file(ref: FileRef, path: str, kept: FindKept, others: Others, *, made: bool, notebook: str) -> File:
    copy = kept(ref.sha256) if ref.sha256 and (ref.artifact or made) else None
    return File(
        path=path,
        size="" if ref.size is None else words.size(ref.size),
        exact_size="" if ref.size is None or ref.size < 1000 else words.plural(ref.size, "byte"),
        sha256=ref.sha256 or "",
        address=copy.original if copy else "",
        opens=opens_safely(copy.original) if copy else False,
        notebook=notebook,
        runs=others.runs,
        name=others.name,
        more=others.more,
    )
