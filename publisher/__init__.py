"""Keeps a record of every run of a simulation, and publishes the records as the supplement of a paper.

From Python, records are read in two ways::

    import publisher

    rows = publisher.runs("step:coarsening status:completed")   # a list of flat dictionaries
    path = publisher.artifact(rows[0]["id"], "out/energy.csv")  # the kept copy of an output
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__version__ = "0.1.0"


def runs(query: str = "", *, root: str | Path | None = None) -> list[dict[str, Any]]:
    """The runs of a project, oldest first, each as a flat dictionary, as `pandas.DataFrame` takes it.

    Args:
        query: Words and terms, as `publisher list` takes them: ``"tag:fig3 dt<0.1"``.
        root: A folder in the project; the working directory unless given.

    Returns:
        Dictionaries with the keys ``id, status, reason, started, duration, …`` and one key for each
        parameter (``param.mesh.n``) and metric (``metric.exponent``).

    Raises:
        PublisherError: The query cannot be understood.
    """
    from pathlib import Path

    from publisher.model.query import parsed
    from publisher.store.index import Index
    from publisher.store.project import project_at

    rows = Index(project_at(Path(root or "."))).rows().rows
    wanted = parsed(query)
    return [row.as_flat() for row in rows if wanted.takes(row)]


def artifact(run: str, output: str, *, root: str | Path | None = None) -> Path:
    """The kept copy of an output of a run.

    Args:
        run: The beginning of a run's id, its label, or ``latest``.
        output: The path of the output, relative to the project.
        root: A folder in the project; the working directory unless given.

    Raises:
        PublisherError: There is no such run, it has no such output, or no copy was kept.
    """
    from pathlib import Path

    from publisher.store.artifacts import kept_output
    from publisher.store.index import Index
    from publisher.store.project import project_at

    project = project_at(Path(root or "."))
    return kept_output(project, Index(project).record(run), output)
