"""A whole build: load records, prepare the plan, have the generator render, finish.

A generator is handed in; all that is known of it here is that it leaves rendered pages in a folder.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct, field

from publisher.errors import PublisherError, WrongUsage
from publisher.file_lock import hold
from publisher.model.environment import Environment
from publisher.model.paper import PaperFacts
from publisher.model.project import Paper, Project, size_in_bytes
from publisher.model.record import Record
from publisher.progress import Progress, silent
from publisher.publish.finish import finish
from publisher.publish.listing import visible
from publisher.publish.notebooks.finding import BrokenNotebook
from publisher.publish.outlet.anonymous.names import tell_tales
from publisher.publish.outlet.anonymous.scrubber import Scrubber
from publisher.publish.outlet.anonymous.values import (
    anonymous_facts,
    anonymous_record,
    anonymous_row,
    anonymous_settings,
)
from publisher.publish.outlet.folder import Changes, Folder
from publisher.publish.outlet.weight import Weight, excess, weighed
from publisher.publish.runs.chosen import Unreadable
from publisher.publish.secrecy import refuse_secrets
from publisher.publish.site import Generated, Site, load, prepare
from publisher.publish.unchanged import Unchanged
from publisher.publish.workbench import ReadRecord
from publisher.safe_io import first_link
from publisher.store.cache import HERE, cache_folder
from publisher.store.environments import read_environment
from publisher.store.reading import Reading
from publisher.store.records import read_bytes, read_record, text_of
from publisher.store.verifications import verification_of

Waiting = Callable[[int | None], None]
BUNDLED = "supplement"  #: below the cache: sites that go into zip files


class Report(Struct, kw_only=True):
    """What a build did."""

    runs: int
    problems: list[Unreadable]
    notebooks: int
    changes: Changes
    warnings: list[str]  #: of the generator
    complaints: list[str]  #: what pages want and our policy forbids
    weight: Weight
    too_large: str = ""  #: why it is larger than `site.max_size` allows, and what to do; empty when it is not
    left_out: list[str] = field(default_factory=list)  #: of an anonymous site: what could not be made so
    title: str = ""  #: of the paper, or of the project's folder
    date: str  #: of the newest run
    addresses: list[str]  #: every file of the site


class Generator(Protocol):
    """Renders the prose pages and the frames of a site into a folder."""

    def __call__(self, site: Site, folder: Path, /) -> Generated: ...


def build(
    project: Project,
    site_dir: Path,
    generator: Generator,
    *,
    variant: str = "",
    anonymous: Sequence[str] | None = None,
    allowed: Sequence[str] | None = (),
    progress: Progress = silent,
    waiting: Waiting = lambda holder: None,
) -> Report:
    """Bring a site folder up to date.

    Args:
        project: Whose site.
        site_dir: The folder; it is made when it is not there, and never wiped.
        generator: Renders prose and frames.
        variant: Names what the generator does otherwise than usual; each has rendered pages of its own.
        anonymous: For a site that does not tell who made it: names, e-mail addresses, accounts and hosts that
            must not be in it, besides those that records and settings tell. None for a usual site.
        allowed: Ids of what looks like a credential, and may be published; None when the site is not published.
        progress: Watches.
        waiting: Called when another build of the project has to end first, with its process id if that is known.

    Raises:
        SecretsFound: Something that would be published looks like a credential.
        WrongUsage: The folder is one that holds something else than a site.
        BrokenSite: The generator failed, or did not leave what was asked of it.
        NotWritten: Something could not be written.
    """
    site_dir = _allowed(project, site_dir)
    with _alone(project, waiting):
        return _build(
            project,
            site_dir,
            generator,
            variant=variant,
            anonymous=anonymous,
            allowed=allowed,
            progress=progress,
        )


@contextlib.contextmanager
def _alone(project: Project, waiting: Waiting) -> Iterator[None]:
    """Within it, no other process builds this project: what is rendered and noted is for one build at a time."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # without a cache nothing is shared
            stack.enter_context(hold(cache_folder(project) / "build.lock", waiting=waiting))
        yield


def _build(
    project: Project,
    site_dir: Path,
    generator: Generator,
    *,
    variant: str,
    anonymous: Sequence[str] | None,
    allowed: Sequence[str] | None,
    progress: Progress,
) -> Report:
    reading = Reading(project.records)
    site = prepare(project, *load(project, reading=reading, progress=progress), but=[site_dir])
    if allowed is not None:
        refuse_secrets(site, allowed=allowed, progress=progress)
    read: ReadRecord = reading
    scrubber: Scrubber | None = None
    papers: list[PaperFacts | Paper] = [site.paper, project.settings.paper]
    if anonymous is not None:
        site = _without_persons(site)
        read = partial(_read_anonymous, reading)
    generated = generator(site, cache_folder(project) / "rendered" / (variant or "usual"))
    if anonymous is not None:
        records = progress(site.chosen.rows, doing="looking for names", total=len(site.chosen.rows))
        scrubber = Scrubber(
            tell_tales(
                (read_record(project.records / row.name) for row in records),
                _environments(site),
                papers,
                [*anonymous, *generated.names, *_verifiers(site)],
            )
        )
    last = Unchanged(site, site_dir)
    folder = None if scrubber else last.found(generated)
    if folder is None:
        folder = Folder(site_dir, cache=cache_folder(project), gate=scrubber)
        finish(site, generated, folder, progress=progress, read=read)
        if not scrubber:
            last.remember(generated)
    weight = weighed(folder.sizes)
    return Report(
        runs=len(site.chosen.rows),
        problems=[*site.chosen.problems, *map(_unreadable, site.broken)],
        notebooks=len(site.notebooks),
        changes=folder.changes,
        warnings=generated.warnings,
        complaints=generated.complaints,
        weight=weight,
        too_large=excess(weight, size_in_bytes(project.settings.site.max_size)),
        left_out=sorted(set(scrubber.left_out)) if scrubber else [],
        title=site.paper.title or ("" if scrubber else project.root.name),
        date=site.date,
        addresses=sorted(folder.sizes),
    )


def _unreadable(notebook: BrokenNotebook) -> Unreadable:
    return Unreadable(file=visible(notebook.path), line=0, reason=visible(notebook.reason))


def _without_persons(site: Site) -> Site:
    """A site whose pages name nobody; what stands in texts is left to the scrubber."""
    settings = site.project.settings
    settings = msgspec.structs.replace(settings, paper=anonymous_settings(settings.paper), data={})
    rows = [anonymous_row(row) for row in site.chosen.rows]
    return msgspec.structs.replace(
        site,
        project=msgspec.structs.replace(site.project, settings=settings),
        chosen=msgspec.structs.replace(site.chosen, rows=rows),
        verified={
            run: [msgspec.structs.replace(each, author="", job="") for each in told]
            for run, told in site.verified.items()
        },
        paper=anonymous_facts(site.paper),
    )


def _read_anonymous(read: ReadRecord, name: str) -> tuple[bytes, Record]:
    data, record = read(name)
    return data, anonymous_record(record)


def _verifiers(site: Site) -> Iterator[str]:
    """Who verified runs, and where."""
    for name in (each.name for told in site.verified.values() for each in told):
        path = site.project.records / name
        with contextlib.suppress(PublisherError):
            found = verification_of(text_of(read_bytes(path), path), path)
            author, machine = found.author, found.machine
            told = [author.name, author.email] if author else []
            told += [machine.name, machine.job] if machine else []
            yield from filter(None, told)


def _environments(site: Site) -> Iterator[Environment]:
    for name in sorted({row.environment for row in site.chosen.rows if row.environment}):
        with contextlib.suppress(PublisherError):
            yield read_environment(site.project, name)


def _allowed(project: Project, site_dir: Path) -> Path:
    """A folder that may be a site's, resolved."""
    root = Path(os.path.realpath(project.root))
    link = first_link(root, root / site_dir) or first_link(project.root, project.root / site_dir)
    if link is not None:
        raise WrongUsage(
            "is a symbolic link, and a site is not written through one that a repository may have brought",
            where=link,
            hint=f"remove it, or name the folder that is meant: --site-dir {os.path.realpath(link)}",
        )
    place = Path(os.path.realpath(root / site_dir))
    docs, records, cache = root / "docs", root / "records", root / HERE
    if place == root or place in root.parents or (place / ".git").exists():
        raise WrongUsage(
            "the site cannot be written over the project", where=place, hint="name a folder of its own"
        )
    for taken in (docs, records, cache):
        if place == taken or taken in place.parents:
            raise WrongUsage(f"the site cannot be written into `{taken.name}/`", where=place)
    if place.exists() and not place.is_dir():
        raise WrongUsage("is a file, where the site's folder should be", where=place)
    return place
