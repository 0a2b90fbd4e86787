"""Which run executed a notebook, and which runs it read; which notebooks a run leads to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from publisher.model.row import Row
from publisher.publish import addresses, words
from publisher.publish.notebooks.finding import Found
from publisher.publish.run.lineage import Flow, Uses

MOST_READ = 10  #: runs that are named


class ReadRun(Struct, frozen=True, kw_only=True):
    """A run whose output a notebook read."""

    id: str
    title: str


class NotebookRuns(Struct, frozen=True, kw_only=True):
    """The runs that a notebook's page links to."""

    executed: str = ""  #: id of the run that wrote the notebook; empty when none on this site did
    when: str = ""
    changed: bool = False  #: it is not as that run wrote it
    read: list[ReadRun] = []
    more: int = 0  #: further runs that it read


class ShownNotebook(Struct, frozen=True, kw_only=True):
    """A notebook's page, for the run that wrote it or read it."""

    address: str  #: of the page
    changed: bool  #: it shows the notebook otherwise than the run left it


def shown_notebooks(row: Row, notebooks: Mapping[str, Found]) -> dict[str, ShownNotebook]:
    """The notebooks among a run's files that the site shows, by their paths.

    Args:
        row: The run.
        notebooks: Those of the site, by their paths.
    """
    read, written = row.read_and_written
    left = {file.path: file.sha256 for file in (*read, *written) if file.path in notebooks}
    return {
        path: ShownNotebook(
            address=addresses.notebook_page(notebooks[path].name),
            changed=sha256 != notebooks[path].sha256,
        )
        for path, sha256 in sorted(left.items())
    }


def notebook_runs(notebooks: Sequence[Found], rows: Sequence[Row], uses: Uses) -> dict[str, NotebookRuns]:
    """The runs behind each notebook, by its path.

    A run executed a notebook when it wrote exactly its bytes; of a notebook that was changed since, the newest
    run is named that wrote to its path.

    Args:
        notebooks: Which.
        rows: The runs, oldest first.
        uses: Who made and who read a content.
    """
    if not notebooks:
        return {}
    at = {row.id: row for row in rows}
    found = {each.path: made[-1] for each in notebooks if (made := uses.made_by(each.sha256))}
    exact = set(found)
    missing = {each.path for each in notebooks} - exact
    for row in reversed(rows):
        if not missing:
            break
        for out in row.outputs:
            if out.path in missing:
                found[out.path] = row.id
                missing.discard(out.path)
    flow = Flow(rows, uses)
    return {path: _of(at[run], path not in exact, at, flow) for path, run in sorted(found.items())}


def _of(row: Row, changed: bool, rows: dict[str, Row], flow: Flow) -> NotebookRuns:
    made = flow.of(row).made.values()
    read = list(dict.fromkeys(run for others in made for run in others.runs))
    return NotebookRuns(
        executed=row.id,
        when=words.moment(row.started),
        changed=changed,
        read=[ReadRun(id=run, title=words.title_of(rows[run])) for run in read[:MOST_READ]],
        more=len(read[MOST_READ:]),
    )
