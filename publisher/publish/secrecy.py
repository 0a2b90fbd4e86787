"""Nothing is published that looks like a credential, unless it was allowed by its id."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator

from publisher.progress import Progress, silent
from publisher.publish.site import Site
from publisher.store import artifacts
from publisher.store.leaks import SETTINGS, WHAT_TO_DO, SecretsFound, documents, published

MOST = 20  #: places that are named


def refuse_secrets(site: Site, *, allowed: Collection[str] = (), progress: Progress = silent) -> None:
    """Refuse to make a site of files in which something looks like a credential.

    Args:
        site: What it will hold.
        allowed: Ids of findings that may be published, besides those that `publisher.yml` allows.
        progress: Watches.

    Raises:
        SecretsFound: Something looks like a credential; it says where.
    """
    allowed = {*allowed, *site.project.settings.site.allow_secrets}
    found = [
        leak for leak in published(site.project, _files(site), progress=progress) if leak.id not in allowed
    ]
    if not found:
        return
    places = [str(leak) for leak in found[:MOST]]
    more = [f"and {len(found) - MOST} more: publisher check --secrets"] if len(found) > MOST else []
    many = "1 place looks" if len(found) == 1 else f"{len(found)} places look"
    hint = "\n".join([*places, *more, WHAT_TO_DO])
    raise SecretsFound(f"not published: {many} like a credential", hint=hint)


def _files(site: Site) -> Iterator[str]:
    """Yield what is shown or copied: documents, records, re-runs, environments, artifacts, notebooks, settings."""
    project = site.project
    rows = site.chosen.rows
    kept = artifacts.all_kept(project)
    base = len(str(project.root)) + 1
    for row in rows:
        yield f"records/{row.name}"
        for each in site.verified.get(row.id, ()):
            yield f"records/{each.name}"
    for name in sorted({row.environment for row in rows if row.environment}):
        yield f"records/environments/{name}.yml"
    shown = {digest for row in rows for digest in row.kept}
    shown.update(digest for told in site.verified.values() for each in told for digest in each.kept)
    for digest in sorted(shown):
        if digest in kept:
            yield str(kept[digest])[base:].replace(os.sep, "/")
    for notebook in site.notebooks:
        yield notebook.path
    yield from SETTINGS
    for path in documents(project.root):
        yield str(path)[base:].replace(os.sep, "/")
