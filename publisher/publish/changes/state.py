"""What the site of a project would show now, to be compared with what an edition shows."""

from __future__ import annotations

from functools import partial

from publisher.errors import PublisherError
from publisher.model.changes import Snapshot
from publisher.model.environment import Environment
from publisher.model.project import Project
from publisher.publish.changes.snapshot import environments_data, figures_data, snapshot
from publisher.publish.runs.chosen import Unreadable, chosen, records_data
from publisher.publish.site import kept_in, load
from publisher.store.environments import read_environment


def state_of(project: Project, name: str, date: str) -> tuple[Snapshot, list[Unreadable]]:
    """What its site would show, and the records that cannot be read.

    Args:
        project: Whose.
        name: What this state is called.
        date: Of it: 2026-11-23.
    """
    rows, problems, _ = load(project)
    shown = chosen(rows, problems, only=project.settings.site.publish == "only")
    names = {row.environment for row in shown.rows if row.environment}
    files = {
        "records.json": records_data(shown),
        "figures.json": figures_data(shown.rows, partial(kept_in, project), project.settings),
        "environments.json": environments_data(names, partial(_environment, project)),
    }
    return snapshot(name, date, files.get), shown.problems


def _environment(project: Project, name: str) -> Environment | None:
    try:
        return read_environment(project, name)
    except PublisherError:
        return None
