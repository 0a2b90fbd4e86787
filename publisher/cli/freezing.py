"""Sites frozen as editions: of a tag, from a checkout of its own; of the working tree, as a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.states import checked_out
from publisher.cli.terminal import say

if TYPE_CHECKING:
    from publisher.model.edition import Edition, Frozen
    from publisher.model.project import Project
    from publisher.probe.checkout import Source
    from publisher.publish.editions.carrier import Carrier


class Press:
    """Where editions are made: whose they are, where the code comes from, what takes them in."""

    def __init__(self, project: Project, source: Source, carrier: Carrier) -> None:
        self.project, self.source, self.carrier = project, source, carrier

    def author(self) -> tuple[str, str]:
        """Who publishes, as git knows them."""
        from publisher.probe import git

        known = git.configuration(self.project.root)
        return known.get("user.name") or "publisher", known.get("user.email") or "publisher@localhost"


def edition_of(press: Press, tag: str, *, anew: bool, as_then: bool = False) -> Edition:
    """The edition of a tag, built from its commit in a place of its own.

    Args:
        press: Where.
        tag: Its name.
        anew: Also when that was done before.
        as_then: By the publisher that the commit used.

    Raises:
        WrongUsage: The tag cannot name an edition.
        PublisherError: There is no such tag, or nothing tells which publisher there was.
        BrokenSite: The site cannot be built, or would not be whole.
    """
    import msgspec

    from publisher import __version__
    from publisher.errors import WrongUsage
    from publisher.model.edition import Edition, Frozen, edition_name
    from publisher.verify.ours import folder_of_ours

    try:
        name = edition_name(tag)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    commit, moment = _tagged(press, tag)
    carrier = press.carrier
    if as_then:
        from publisher.cli.then import build_as_then, version_then

        with checked_out(press.project, press.source, commit) as project:
            version = version_then(project)
        if version != __version__:
            build_as_then(press.project, tag, version, carrier.branch)
            made = carrier.built(name)
            assert made is not None, "it said that it was built"
            return msgspec.json.decode(carrier.message(made), type=Edition)
    known = carrier.built(name)
    if known and not anew:
        found = msgspec.json.decode(carrier.message(known), type=Edition)
        if (found.commit, found.publisher) == (commit, __version__):
            return found
    frozen = Frozen(name=name, tag=tag, commit=commit, committed=f"{moment:%Y-%m-%dT%H:%M:%SZ}")
    say(f"building the site of {tag}, commit {commit[:10]} of {moment:%Y-%m-%d}")
    with (
        checked_out(press.project, press.source, commit) as project,
        folder_of_ours(None) as folder,
    ):
        site = folder / "site"
        runs = _site(project, site, frozen, press.project.settings.site.allow_secrets)
        content = carrier.taken_in(site)
    edition = Edition(**msgspec.structs.asdict(frozen), content=content, runs=runs, publisher=__version__)
    told = msgspec.json.encode(edition).decode()
    carrier.keep_built(name, carrier.commit(content, told, press.author(), int(moment.timestamp())))
    return edition


def _site(project: Project, site: Path, frozen: Frozen, allowed: Sequence[str]) -> int:
    """Build the site of a checkout; how many runs it shows.

    What `publisher.yml` allows today counts beside what it allowed at that commit, which nobody can change.

    Raises:
        SecretsFound: Something at that commit looks like a credential.
        BrokenSite: A record at that commit cannot be read, or the site is too large.
    """
    from publisher.cli.build import build_site, tell, usual
    from publisher.errors import BrokenSite

    report = build_site(project, site, usual(project), edition=frozen, allowed=allowed)
    tell(report)
    if report.problems:
        raise BrokenSite(
            f"{len(report.problems)} records cannot be read at that commit, and an edition stays as it is",
            hint="mend them, commit, and move the tag, or make another one",
        )
    if report.too_large:
        raise BrokenSite(report.too_large)
    return report.runs


def draft_of(press: Press, name: str) -> Edition:
    """The site of the working tree as an edition, which is published nowhere.

    Args:
        press: Where.
        name: What it is called.

    Raises:
        WrongUsage: The name cannot be that of an edition.
        BrokenSite: The site cannot be built.
    """
    import msgspec

    from publisher import __version__
    from publisher.cli.build import build_site, tell, usual
    from publisher.errors import WrongUsage
    from publisher.model.edition import Edition, Frozen, checked_name
    from publisher.probe import git
    from publisher.verify.ours import folder_of_ours

    try:
        checked_name(name)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    words = ["log", "-1", "--format=%H %ct"]
    commit, moment = git.git(press.project.root, *words).decode().split()
    committed = f"{_date_of(moment):%Y-%m-%dT%H:%M:%SZ}"
    frozen = Frozen(name=name, tag="", commit=commit, committed=committed)
    with folder_of_ours(None) as folder:
        place = folder / "site"
        report = build_site(press.project, place, usual(press.project), edition=frozen)
        content = press.carrier.taken_in(place)
    tell(report)
    return Edition(
        **msgspec.structs.asdict(frozen),
        content=content,
        runs=report.runs,
        publisher=__version__,
        draft=True,
    )


def _tagged(press: Press, tag: str) -> tuple[str, datetime]:
    """The commit that a tag means, and when it was made."""
    from publisher.errors import PublisherError, nearest
    from publisher.probe import git

    root = press.project.root
    commit = git.commit_of(root, f"refs/tags/{tag}")
    if commit is None:
        tags = git.git(root, "tag", "--list").decode().split()
        likely = nearest(tag, tags, most=1)
        hint = f"did you mean {likely[0]}?" if likely else f"make it: git tag {tag}"
        raise PublisherError(f"there is no tag `{tag}`", hint=hint)
    moment = git.git(root, "log", "-1", "--format=%ct", commit, "--").decode()
    return commit, _date_of(moment)


def _date_of(moment: str) -> datetime:
    """A moment as git tells it, in seconds since 1970; whoever commits may write any, also beyond our calendar."""
    try:
        return datetime.fromtimestamp(int(moment), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime(9999, 12, 31, tzinfo=UTC)
