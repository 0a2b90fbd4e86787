"""`publisher build`: the site, brought up to date."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.extras import site_needed_for
from publisher.cli.here import project_here
from publisher.cli.terminal import bar, hand_over, say

if TYPE_CHECKING:
    from publisher.model.edition import Frozen
    from publisher.model.project import Project
    from publisher.publish.build import Report

HELP = "make the site from the records and the documentation"
EXAMPLE = "publisher build --zip supplement.zip --anonymous"


def options(parser: argparse.ArgumentParser) -> None:
    """Where from and where to."""
    where(parser)
    parser.add_argument(
        "--zip", type=Path, default=None, metavar="FILE",
        help="make one zip file that opens without a server, and leave the site's folder alone",
    )  # fmt: skip
    parser.add_argument(
        "--anonymous", action="store_true",
        help="for double-blind review: names, addresses, hosts, remotes and absolute paths are left out",
    )  # fmt: skip
    parser.add_argument(
        "--allow-secrets", action="append", default=[], metavar="ID",
        help="publish a finding that is not a credential, by the ID that the build reports; repeatable",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print what was done as JSON")
    parser.add_argument("--strict", action="store_true", help="end with 1 when there is anything to warn of")


def where(parser: argparse.ArgumentParser) -> None:
    """The options that `serve` has too."""
    parser.add_argument(
        "--site-dir", type=Path, default=None, metavar="DIR", help="the site's folder (site/ unless given)"
    )
    parser.add_argument(
        "-f", "--config-file", type=Path, default=None, metavar="FILE",
        help="the MkDocs configuration (mkdocs.yml unless given; a built-in one where there is none)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Build once, and say what was done; 1 when the site is too large.

    With `--strict`, 1 as well when there was something to warn of.
    """
    gc.set_threshold(
        20_000, 1_000, 1_000
    )  # what a page leaves behind is young; what a build remembers stays to its end
    project, site_dir, config_file = places(args)
    target: Path | None = args.zip.absolute() if args.zip else None
    also = _names(project) if args.anonymous else None
    if target:
        site_dir = _bundled(project, target, args)
    report = build_site(
        project,
        site_dir,
        config_file,
        anonymous=also,
        portable=target is not None,
        allowed=args.allow_secrets,
    )
    _say(report, site_dir, target)
    size = None
    if target and not report.too_large:
        size = _zipped(report, site_dir, target)
    if args.json:
        _print(report, size)
    if report.too_large:
        say(f"publisher: {report.too_large}")
        return 1
    return 1 if args.strict and _anything_odd(report) else 0


def _anything_odd(report: Report) -> bool:
    return bool(report.warnings or report.complaints or report.problems or report.left_out)


def _names(project: Project) -> list[str]:
    """Who and where the person is that builds, for what must not be in an anonymous site."""
    import getpass
    import platform

    from publisher.probe.git import configuration

    told = configuration(project.root)
    names = [value for name, value in told.items() if name.startswith(("user.", "remote."))]
    with contextlib.suppress(Exception):  # no name for the account: there is none to leave out
        names.append(getpass.getuser())
    return [*names, platform.node()]


def _bundled(project: Project, target: Path, args: argparse.Namespace) -> Path:
    """The folder of a site that goes into a zip file."""
    from publisher.errors import WrongUsage
    from publisher.publish.build import BUNDLED
    from publisher.store.cache import cache_folder

    if args.site_dir:
        raise WrongUsage("--zip and --site-dir exclude each other", hint="leave one of them out")
    if target.is_dir():
        raise WrongUsage("is a folder, where the zip file should be", where=target)
    return cache_folder(project) / BUNDLED / ("anonymous" if args.anonymous else "named")


def _zipped(report: Report, site_dir: Path, target: Path) -> int:
    from publisher.publish.outlet.bundle import bundle
    from publisher.publish.words import size

    length = bundle(site_dir, report.addresses, target, title=report.title, date=report.date)
    say(f"publisher: {os.path.relpath(target)} has {size(length)}; unpack it and open index.html")
    return length


def _print(report: Report, size: int | None) -> None:
    import msgspec

    from publisher.standards.rows_json import strict

    told = msgspec.to_builtins(report)
    changes = {
        name: found if isinstance(found, int) else len(found) for name, found in told["changes"].items()
    }
    told |= {"changes": changes, "files": len(report.addresses), "zip_size": size}
    del told["addresses"]
    hand_over(strict(told) + "\n")


def places(args: argparse.Namespace) -> tuple[Project, Path, Path | None]:
    """The project, the site's folder, and the configuration, if there is one."""
    from publisher.errors import WrongUsage

    project = project_here()
    config_file: Path | None = args.config_file
    if config_file is None:
        config_file = usual(project)
    elif not config_file.is_file():
        raise WrongUsage("there is no such file", where=config_file)
    site_dir = Path(args.site_dir).absolute() if args.site_dir else project.root / "site"
    return project, site_dir, config_file


def usual(project: Project) -> Path | None:
    """Return the project's own configuration of MkDocs; None when there is none.

    Raises:
        BrokenSite: It is a link that leads out of the project.
    """
    from publisher.errors import BrokenSite
    from publisher.safe_io import is_linked_out

    places = [project.root / "mkdocs.yml", project.root / "mkdocs.yaml"]
    found = next((each for each in places if each.is_file()), None)
    if found and is_linked_out(found):
        raise BrokenSite(
            "is a symbolic link that leads out of the project, so it is not read",
            where=found,
            hint="put the file itself in its place, or name the one that is meant: --config-file FILE",
        )
    return found


def harmless(project: Project) -> Path | None:
    """The configuration of somebody else's paper; None, for a built-in one, when theirs might run programs."""
    path = usual(project)
    if path is None:
        return None
    from publisher.plugin.strangers import not_harmless

    odd = not_harmless(path.read_text("utf-8", errors="replace"))
    if odd:
        say(f"the site is built without the paper's own {path.name}, which might run programs: {odd}")
    return None if odd else path


def build_site(
    project: Project,
    site_dir: Path,
    config_file: Path | None,
    *,
    anonymous: list[str] | None = None,
    portable: bool = False,
    edition: Frozen | None = None,
    allowed: Sequence[str] | None = (),
) -> Report:
    """One build by MkDocs.

    Args:
        project: Whose site.
        site_dir: Where to.
        config_file: Of MkDocs; None for a built-in one.
        anonymous: See `publisher.publish.build.build`.
        portable: Pages open by a double click, whatever the configuration says.
        edition: What the site is frozen for, beside others.
        allowed: Ids of what looks like a credential, and may be published; None when the site is not published.

    Raises:
        PublisherError: What the site is made with is not installed, or the build failed.
    """
    from publisher.errors import NO_ROOM, NotWritten

    variant = "-".join(
        name for name, on in (("anonymous", anonymous is not None), ("portable", portable)) if on
    )
    try:
        with site_needed_for("making a site"):
            from publisher.plugin.remembered import MkDocs
            from publisher.publish.build import build

            generator = MkDocs(
                config_file, portable=portable, anonymous=anonymous is not None, edition=edition
            )
            return build(
                project,
                site_dir,
                generator,
                variant=variant,
                anonymous=anonymous,
                allowed=allowed,
                progress=bar,
                waiting=_wait_for,
            )
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise NotWritten(
            f"cannot be written: {error.strerror}",
            where=error.filename,
            hint="a build needs room for its cache (see `publisher about`) and for the site (--site-dir)",
        ) from error


def _wait_for(holder: int | None) -> None:
    process = f" (process {holder})" if holder else ""
    say(f"publisher: another build of this project is under way{process}; this one begins when it has ended")


def _say(report: Report, site_dir: Path, target: Path | None) -> None:
    from publisher.publish.outlet.weight import told

    tell(report)
    for address in report.left_out:
        say(f"publisher: left out, because it may name somebody and cannot be cleaned for sure: {address}")
    changes = report.changes
    removed = f", {len(changes.removed)} removed" if changes.removed else ""
    place = os.path.relpath(site_dir)
    say(
        f"publisher: {place}/ holds {_many(report.runs, 'run')}: {_many(len(changes.written), 'file')} written, "
        f"{changes.same} unchanged{removed}"
    )
    say(f"publisher: {told(report.weight)}")
    if changes.foreign:
        from publisher.errors import one_of

        say(f"publisher: left alone in {place}/, because they are not ours: {one_of(changes.foreign)}")


def tell(report: Report) -> None:
    """What a person has to know of a build: warnings, and records that could not be read."""
    for warning in report.warnings:
        say(f"publisher: MkDocs: {warning}")
    for complaint in report.complaints:
        say(f"publisher: {complaint}")
    for problem in report.problems:
        line = f":{problem.line}" if problem.line else ""
        say(f"publisher: {problem.file}{line}: {problem.reason}")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
