"""What a run left that publisher did not see to its end: its record completed from what is known, and no more.

Whoever comes next does it: the process that kept the program's streams, or the next command in the project. How
the program ended was seen by nobody, so such a record goes on to say `running`, which is shown as *lost*.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

import msgspec

from publisher.capture.notes import sentence
from publisher.errors import PublisherError
from publisher.model.identity import run_of_name
from publisher.model.project import Project
from publisher.model.record import Log, Record
from publisher.model.secrets import Masking
from publisher.probe.log import read_pieces
from publisher.store import artifacts, live
from publisher.store.folder import remove_halves
from publisher.store.records import read_record, record_files, write_record

_ELSEWHERE = "publisher-run-"  #: how folders of runs among the temporary ones begin
UNSEEN = "publisher was ended while the program ran"  #: begins what is said of such a run


def sweep(project: Project) -> None:
    """See to what was left by runs that were killed, together with their publisher. Never raises.

    It costs one look at a folder where nothing was left.
    """
    with contextlib.suppress(Exception):
        for place in live.others(project, ""):
            if not place.has_ended and not place.alive and place.take():
                try:
                    conclude(project, place)
                finally:
                    place.release()
        live.clear(project)


def folder_elsewhere() -> Path:
    """Return a new folder among the temporary ones, for a run whose project cannot be written to.

    Those that killed runs left there are removed.

    Raises:
        OSError: None can be made.
    """
    import tempfile

    top = Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        for entry in os.scandir(top):
            if re.fullmatch(_ELSEWHERE + r"[a-z0-9_]{8}", entry.name) and _is_left(entry):
                for each in os.scandir(Path(entry.path) / "live"):
                    live.remove(live.Place(Path(each.path)))
                remove_empty(Path(entry.path))
    return Path(tempfile.mkdtemp(prefix=_ELSEWHERE, dir=top))


def _is_left(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is one of ours, and no run of it goes on."""
    if not entry.is_dir(follow_symlinks=False) or sys.platform == "win32":
        return False
    places = Path(entry.path) / "live"
    if entry.stat(follow_symlinks=False).st_uid != os.getuid() or places.is_symlink() or not places.is_dir():
        return False
    found = [Path(each.path) for each in os.scandir(places)]
    return bool(found) and all((each / "lock").is_file() and not live.Place(each).alive for each in found)


def remove_empty(folder: Path) -> None:
    """Remove a folder that `folder_elsewhere` made, once no run is in it."""
    for each in (folder / "live", folder):
        with contextlib.suppress(OSError):
            each.rmdir()


def conclude(project: Project, place: live.Place, *, after: float | None = None) -> None:
    """Complete the record of a run whose program has ended, and that nobody else will complete.

    Args:
        project: Where.
        place: Of the run, held by us.
        after: Seconds after its start at which the program ended; None when nobody saw it.

    Raises:
        NotWritten: The disk is full, or the like; it can be tried again.
    """
    live.remove_left_behind(place)
    if place.about.process:
        remove_halves(project.records, place.about.process)
    path = _record_of(project, place.run)
    if path is not None:
        record = read_record(path)
        if record.status == "running" and not any(each.startswith(UNSEEN) for each in record.problems):
            write_record(project.records, _concluded(project, record, place, after))
    place.end()


def outlive(project: Project, place: live.Place, after: float) -> None:
    """Do what remains to be done of a run by the process that alone is left of publisher: see `conclude`."""
    conclude(project, place, after=after)
    place.release()
    live.clear(project)


def _record_of(project: Project, run: str) -> Path | None:
    with contextlib.suppress(PublisherError):
        return next(
            (Path(each.path) for each in record_files(project.records) if run_of_name(each.name) == run), None
        )
    return None


def _concluded(project: Project, record: Record, place: live.Place, after: float | None) -> Record:
    limit = project.settings.limits.bytes_of("log")
    masking = Masking.of(os.environ)
    read = {name: read_pieces(place.folder / name, limit) for name in ("stdout", "stderr")}
    kept = {
        name: f"sha256:{artifacts.keep(project, masking.bytes(said), f'{name}.txt')}"
        for name, (said, _) in read.items()
        if said
    }
    joined = place.about.joined
    truncated = any(left_out for _, left_out in read.values())
    log = (
        Log(stdout=kept.get("stdout"), stderr=kept.get("stderr"), joined=joined, truncated=truncated)
        if kept
        else None
    )
    if after is None:
        how = f"{UNSEEN}: neither its end nor its exit code was seen, and which files it wrote is not known"
    else:
        how = (
            f"{UNSEEN}, which went on and ended after {after:.1f} s: its exit code was not seen, and which files "
            "it wrote is not known"
        )
    how += "; the log is what was kept up to then" if log else ""
    return msgspec.structs.replace(
        record,
        duration=None if after is None else round(after, 6),
        log=log,
        problems=[*record.problems, sentence(how, project.root)],
    )
