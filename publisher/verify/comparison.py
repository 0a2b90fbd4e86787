"""How one output compares with what was recorded: a finding, with the measured error. When in doubt: different.

First bytes, then the content without what its writer adds, then numbers or pixels. It writes nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import structs

from publisher.errors import PublisherError
from publisher.formats.kinds import Format, essence_of, kind_of, module_of
from publisher.formats.source import Source
from publisher.formats.tally import Tally
from publisher.model.patterns import matches
from publisher.model.project import Tolerance
from publisher.model.record import FileRef
from publisher.model.verification import Finding
from publisher.probe.tree import sha256_of

_INSTALL = "pip install 'provenance-publisher[verify]'"
_PACKAGES = {"PIL": "Pillow"}  #: where a library is not called as its package


def tolerance_for(
    path: str, of_step: Mapping[str, Tolerance], of_project: Mapping[str, Tolerance]
) -> Tolerance | None:
    """The tolerance that was declared for a path: by its step, else for the whole project.

    In each, the path itself comes before patterns, and of those the first that means it counts.
    """
    for declared in (of_step, of_project):
        if path in declared:
            return declared[path]
        for pattern, tolerance in declared.items():
            if matches(path, [pattern]):
                return tolerance
    return None


def compared(
    path: str,
    recorded: FileRef,
    kept: Path | None,
    found: Path | None,
    tolerance: Tolerance | None,
    *,
    picture: Callable[[bytes], str] | None = None,
) -> Finding:
    """How an output that came out compares with the recorded one.

    Args:
        path: Of the output, as recorded; its suffix tells the format.
        recorded: What the record says of it.
        kept: A copy of the recorded content, wherever it still is; None when there is none.
        found: What came out; None when nothing did. It must not lead out of where the program ran.
        tolerance: That was declared for it.
        picture: Keeps the bytes of a PNG and returns its digest, `sha256:…`; called when pixels differ.

    Returns:
        Never anything better than what was seen: a file that breaks the library that reads it is *different*.
    """
    finding = Finding(path=path, outcome="different", recorded=recorded.sha256)
    if found is None:
        return structs.replace(finding, outcome="missing", said="did not come out")
    try:
        finding = structs.replace(finding, found=sha256_of(found))
        if recorded.sha256 is None:
            return structs.replace(
                finding, said="it is not known what was recorded: the content could not be had then"
            )
        if finding.found == recorded.sha256:
            return structs.replace(finding, outcome="identical", how="bytes")
        if tolerance is not None:
            finding = structs.replace(finding, rtol=tolerance.rtol, atol=tolerance.atol, rms=tolerance.rms)
        if kept is None:
            return _by_essence(finding, recorded, found)
        if sha256_of(kept) != recorded.sha256:
            finding = _by_essence(finding, recorded, found)
            return structs.replace(finding, said=f"the kept copy is not what was recorded; {finding.said}")
    except OSError as error:
        return structs.replace(finding, said=f"cannot be read: {error.strerror or error}")
    return _looked_into(finding, Source(kept, path), Source(found, path), picture)


def _by_essence(finding: Finding, recorded: FileRef, found: Path) -> Finding:
    """What can be said without a copy of the recorded content."""
    if recorded.essence is None:
        said = "has other bytes; what was recorded was not kept, so it could not be looked into"
        return structs.replace(finding, how="bytes", said=said)
    source = Source(found, finding.path)
    kind = kind_of(finding.path, source.head())
    if kind is not None and essence_of(found, finding.path) == recorded.essence:
        said = "what was recorded was not kept; the digest of its content is the same"
        return structs.replace(
            finding, outcome="equivalent", how="content", set_aside=list(kind.sets_aside), said=said
        )
    said = "has another content; what was recorded was not kept, so it could not be looked into further"
    return structs.replace(finding, how="content", said=said)


def _looked_into(
    finding: Finding, recorded: Source, found: Source, picture: Callable[[bytes], str] | None
) -> Finding:
    """What both contents say, once their bytes are not the same."""
    kind, kind_found = (kind_of(each.name, each.head()) for each in (recorded, found))
    if kind is None or kind != kind_found:
        said = "has other bytes, and could not be looked into: "
        said += (
            "it is of no known format, or not what its name says"
            if kind == kind_found
            else "the recorded one is another kind of file"
        )
        return structs.replace(finding, how="bytes", said=said)
    tally = Tally(finding.rtol, finding.atol)
    try:
        if kind.essence is not None and _same_essence(kind.essence, recorded, found):
            return structs.replace(
                finding, outcome="equivalent", how="content", set_aside=list(kind.sets_aside)
            )
        if kind.compare is None:
            said = f"has another content; {kind.name} is not looked into further"
            return structs.replace(finding, how="content", said=said)
        module_of(kind.compare).compare(recorded, found, tally)
    except Exception as error:
        # A broken file breaks the libraries that read it in more ways than can be listed.
        return structs.replace(finding, how="bytes", said=_why(error, kind))
    return _judged(finding, kind, tally, picture)


def _same_essence(module: str, recorded: Source, found: Source) -> bool:
    essence = module_of(module).essence
    return bool(essence(recorded) == essence(found))


def _why(error: Exception, kind: Format) -> str:
    """Why it could not be looked into, in a sentence."""
    if isinstance(error, ImportError):
        library = (error.name or "a library").partition(".")[0]
        return f"has other bytes; to look into it {_PACKAGES.get(library, library)} is needed: {_INSTALL}"
    if isinstance(error, PublisherError):
        return f"has other bytes, and could not be looked into: one of both {error.what}"
    if isinstance(error, RecursionError):
        return "has other bytes, and could not be looked into: it is nested too deeply"
    return f"has other bytes, and could not be looked into: one of both is broken, or no {kind.name}"


def _judged(finding: Finding, kind: Format, tally: Tally, picture: Callable[[bytes], str] | None) -> Finding:
    """The finding that a tally comes to."""
    measured = tally.measured()
    pixels = kind.looks_at == "pixels" and (tally.rms is not None or measured is None)
    changes: dict[str, Any] = {"how": "pixels" if pixels else "numbers", "measured": measured}
    inside = not tally.outside
    if tally.rms:
        inside = inside and finding.rms is not None and tally.rms <= finding.rms
    if tally.drawn is not None and picture is not None:
        changes["picture"] = picture(tally.drawn())
    if not tally.said and (inside or not tally.differing):
        changes["outcome"] = "close" if tally.differing else "equivalent"
        changes["set_aside"] = [*kind.passes_over, *tally.passed_over]
    else:
        changes["said"] = _said(finding, tally)
    return structs.replace(finding, **changes)


def _said(finding: Finding, tally: Tally) -> str:
    parts = list(tally.said)
    if tally.others:
        parts.append(f"{tally.others} more such differences")
    if tally.rms is not None and tally.differing:
        limit = "no tolerance was declared" if finding.rms is None else f"{finding.rms:g} were allowed"
        parts.append(
            f"{tally.differing} of {tally.compared} pixels differ, by {tally.rms:.3g} levels RMS; {limit}"
        )
    elif tally.outside and tally.comparable:
        declared = finding.rtol is not None or finding.atol is not None
        differ = "differ by more than was allowed" if declared else "differ"
        parts.append(f"{tally.outside} of {tally.compared} values {differ}, first at {tally.first_outside}")
        parts += [] if declared else ["no tolerance was declared"]
    return "; ".join(parts)
