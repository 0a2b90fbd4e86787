"""`publisher build`: the site, brought up to date."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.terminal import bar, say

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.publish.build import Report

HELP = "make the site from the records and the documentation"
EXAMPLE = "publisher build --site-dir public"


def options(parser: argparse.ArgumentParser) -> None:
    """Where from and where to."""
    where(parser)
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
    """Build once, and say what was done; with `--strict`, 1 when there was something to warn of."""
    project, site_dir, config_file = places(args)
    report = build_site(project, site_dir, config_file)
    _say(report, site_dir)
    return 1 if args.strict and (report.warnings or report.problems) else 0


def places(args: argparse.Namespace) -> tuple[Project, Path, Path | None]:
    """The project, the site's folder, and the configuration, if there is one."""
    from publisher.errors import WrongUsage
    from publisher.store.project import project_at

    project = project_at(Path.cwd())
    config_file: Path | None = args.config_file
    if config_file is None:
        usual = [project.root / "mkdocs.yml", project.root / "mkdocs.yaml"]
        config_file = next((each for each in usual if each.is_file()), None)
    elif not config_file.is_file():
        raise WrongUsage("there is no such file", where=config_file)
    site_dir = Path(args.site_dir).absolute() if args.site_dir else project.root / "site"
    return project, site_dir, config_file


def build_site(project: Project, site_dir: Path, config_file: Path | None) -> Report:
    """One build by MkDocs.

    Raises:
        PublisherError: What the site is made with is not installed, or the build failed.
    """
    from publisher.errors import BrokenSite

    try:
        from publisher.plugin.generator import MkDocs
        from publisher.publish.build import build
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("publisher"):
            raise
        raise BrokenSite(
            f"making a site needs {error.name}, which is not installed",
            hint='get it with `pip install "provenance-publisher[site]"`',
        ) from error
    return build(project, site_dir, MkDocs(config_file), progress=bar)


def _say(report: Report, site_dir: Path) -> None:
    tell(report)
    changes = report.changes
    removed = f", {len(changes.removed)} removed" if changes.removed else ""
    place = os.path.relpath(site_dir)
    say(
        f"publisher: {place}/ holds {_many(report.runs, 'run')}: {_many(len(changes.written), 'file')} written, "
        f"{changes.same} unchanged{removed}"
    )
    if changes.foreign:
        from publisher.errors import one_of

        say(f"publisher: left alone in {place}/, because they are not ours: {one_of(changes.foreign)}")


def tell(report: Report) -> None:
    """What a person has to know of a build: warnings, and records that could not be read."""
    for warning in report.warnings:
        say(f"publisher: MkDocs: {warning}")
    for problem in report.problems:
        line = f":{problem.line}" if problem.line else ""
        say(f"publisher: {problem.file}{line}: {problem.reason}")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
