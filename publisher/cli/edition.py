"""`publisher edition`: sites frozen for tags of git, published side by side on one branch."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.extras import site_needed_for
from publisher.cli.freezing import Press, draft_of, edition_of
from publisher.cli.here import project_here
from publisher.cli.terminal import Column, hand_over, say, table

if TYPE_CHECKING:
    from publisher.model.edition import Edition, Editions
    from publisher.model.project import Project
    from publisher.probe.checkout import Source
    from publisher.publish.editions.carrier import Carrier, State

HELP = "freeze the site of a tag, and publish it beside the others"
EXAMPLE = "publisher edition publish v1.0 --push"
INTERMIXED = True  #: options may stand between an action and its names

_TRIES = 4  #: where others publish meanwhile
_MOST_TOLD = 8  #: files that are named where two builds differ


def options(parser: argparse.ArgumentParser) -> None:
    """What is to be done, with which edition."""
    parser.usage = "publisher edition {build,publish,list,unpack,...} [NAMES...] [OPTIONS]"
    add = parser.add_argument
    add("action", choices=list(_ACTIONS), metavar="ACTION", help=", ".join(_ACTIONS))
    add("names", nargs="*", metavar="NAME", help="a tag; for alias and notice then the alias, the words")
    add("--branch", default="gh-pages", help="that carries the editions (gh-pages unless given)")
    add("--push", action="store_true", help="extend the branch of the remote, and push it")
    add("--remote", default="origin", help="to which --push pushes (origin unless given)")
    add("--as-then", action="store_true", help="built by the publisher, and so the templates, of that commit")
    add("--replace", action="store_true", help="another build in the place of one that is published")
    add("--draft", metavar="NAME", help="for unpack: the site of the working tree, beside the editions")
    add("--json", action="store_true", help="the list as JSON")


def run(args: argparse.Namespace) -> int:
    """Do it; 1 when a build has something wrong in it, 3 when what is published would not stay as it is."""
    from publisher.probe.checkout import source_at

    with site_needed_for("an edition"):
        from publisher.publish.editions.carrier import Carrier

    wanted, action = _ACTIONS[args.action]
    if len(args.names) != wanted:
        return _usage(args.action, wanted)
    project = project_here()
    source = source_at(project.root)
    return action(_Command(project, source, Carrier(source.common, args.branch), args))


def _usage(action: str, wanted: int) -> int:
    from publisher.errors import WrongUsage

    forms = {0: "", 1: " FOLDER" if action == "unpack" else " TAG", 2: " EDITION WORD"}
    raise WrongUsage(
        f"publisher edition {action}{forms[wanted]} takes {wanted or 'no'} name{'s' * (wanted != 1)}"
    )


class _Command(Press):
    """A press, and the words of the command line: what every action works with."""

    def __init__(self, project: Project, source: Source, carrier: Carrier, args: argparse.Namespace) -> None:
        super().__init__(project, source, carrier)
        self.args = args

    def state(self) -> State:
        """What is published: on the remote, with --push, else on the branch here."""
        from publisher.probe.remote import fetched

        if not self.args.push:
            return self.carrier.state()
        tip = fetched(self.project.root, self.args.remote, self.args.branch)
        return self.carrier.state(tip) if tip else self.carrier.nothing()

    def publish(self, state: State, editions: Editions) -> None:
        """Make these the published editions, in one step."""
        import time

        from publisher.probe.remote import pushed
        from publisher.publish.editions.publication import composed, message

        tree = composed(self.carrier, editions)
        commit = self.carrier.commit(tree, message(editions), self.author(), int(time.time()))
        if self.args.push:
            pushed(self.project.root, self.args.remote, commit, self.args.branch, before=state.commit)
            say(f"pushed to {self.args.remote}, branch {self.args.branch}")
            self.carrier.follow(commit)
        else:
            self.carrier.become(commit, before=state.commit)

    def named(self, editions: Editions, name: str) -> Edition:
        """The published edition of a name.

        Raises:
            NoSuchEdition: There is none.
        """
        from publisher.errors import PublisherError, nearest, one_of

        found = editions.meant(name)
        if found is None:
            known = [each.name for each in editions.editions]
            likely = nearest(name, known, most=1)
            hint = f"did you mean {likely[0]}?" if likely else f"published are: {one_of(known) or 'none'}"
            raise PublisherError(f"no edition `{name}` is published", hint=hint)
        return found


def _build(press: _Command) -> int:
    edition = edition_of(press, press.args.names[0], anew=True, as_then=press.args.as_then)
    say(f"built {edition.name}: {_runs(edition)}, commit {edition.commit[:10]} of {edition.date}")
    say(f"publish it with: publisher edition publish {press.args.names[0]}")
    return 0


def _runs(edition: Edition) -> str:
    return f"{edition.runs} run{'s' * (edition.runs != 1)}"


def _publish(press: _Command) -> int:
    from publisher.probe.remote import RemoteRefuses

    tag = press.args.names[0]
    press.state()  # what is damaged or cannot be reached is said before the build
    edition = edition_of(press, tag, anew=False, as_then=press.args.as_then)
    for left in reversed(range(_TRIES)):
        state = press.state()
        try:
            return _published(press, state, edition, tag)
        except RemoteRefuses:
            if not left or press.state().commit == state.commit:  # nobody else published meanwhile
                raise
    raise AssertionError("the last try returns or raises")


def _published(press: _Command, state: State, edition: Edition, tag: str) -> int:
    """Publish a built edition beside those of a state."""
    from publisher.errors import WrongUsage

    if edition.name in state.editions.aliases:
        raise WrongUsage(
            f"`{edition.name}` is an alias of {state.editions.aliases[edition.name]}",
            hint=f"take it away first: publisher edition remove {edition.name}",
        )
    before = next((each for each in state.editions.editions if each.name == edition.name), None)
    if before and before.content == edition.content:
        say(f"{edition.name} is published already, to the byte")
        return 0
    if before and not press.args.replace:
        _refuse(press, before, edition)
    press.publish(state, state.editions.with_edition(edition))
    press.carrier.forget_built(edition.name)
    say(f"published {edition.name}: {_runs(edition)}, commit {edition.commit[:10]} of {edition.date}")
    return 0


def _refuse(press: _Command, before: Edition, edition: Edition) -> None:
    """An edition that was read stays as it is: say what would differ.

    Raises:
        Refused: Always.
    """
    from publisher.errors import Refused, one_of

    if before.tag != edition.tag:
        what = f"it was made from the tag {before.tag}, and this is {edition.tag}"
    elif before.commit != edition.commit:
        what = f"its tag meant commit {before.commit[:10]}, and means {edition.commit[:10]} now"
    else:
        what = f"it was built by publisher {before.publisher}, and this is {edition.publisher}"
    differing = press.carrier.differing(before.content, edition.content)
    raise Refused(
        f"edition {before.name} is published, and would not stay as it is: {what}; "
        f"{len(differing)} files differ: {one_of(differing, most=_MOST_TOLD)}",
        hint="give the new state a tag of its own, or publish it in that place with --replace",
    )


def _list(press: _Command) -> int:
    import msgspec

    from publisher.standards.rows_json import strict

    editions: Editions = press.state().editions
    if press.args.json:
        hand_over(strict(msgspec.to_builtins(editions)) + "\n")
        return 0
    if not editions.editions:
        say("nothing is published yet: publisher edition publish TAG")
        return 0
    start = editions.start
    columns = [Column("edition", style="id"), Column("date"), Column("commit"), Column("runs", right=True)]
    rows = [
        [
            each.name,
            each.date,
            each.commit[:10],
            str(each.runs),
            ", ".join(
                [alias for alias, name in editions.aliases.items() if name == each.name]
                + (["the top leads here"] if each is start else [])
            ),
        ]
        for each in editions.editions
    ]
    table([*columns, Column("")], rows)
    return 0


def _unpack(press: _Command) -> int:
    """Write all that is published into a folder, as a server shows it; with a draft beside it."""
    from publisher.errors import BrokenSite, WrongUsage, one_of
    from publisher.model.project import size_in_bytes
    from publisher.publish.editions.publication import composed
    from publisher.publish.words import size as in_words

    folder = Path(press.args.names[0])
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUsage("is there already, and something is in it", where=folder, hint="name another folder")
    carrier = press.carrier
    editions: Editions = carrier.state(carrier.here_or_at(press.args.remote)).editions
    if press.args.draft:
        name = press.args.draft
        if any(each.name == name for each in editions.editions):
            raise WrongUsage(f"`{name}` is an edition of its own", hint="give the draft another name")
        editions = editions.with_edition(draft_of(press, name))
    if not editions.editions:
        raise BrokenSite("nothing is published yet", hint="publish one, or give --draft NAME")
    size = carrier.write_out(composed(carrier, editions), folder)
    limit = press.project.settings.site.max_size
    if size > size_in_bytes(limit):
        raise BrokenSite(
            f"is {in_words(size)}, more than `site.max_size` allows ({limit})",
            where=folder,
            hint="remove an edition, or allow more; GitHub Pages takes 1 GB",
        )
    say(f"{folder}/ holds {one_of([each.name for each in editions.editions])}: {in_words(size)}")
    return 0


def _alias(press: _Command) -> int:
    from publisher.errors import WrongUsage
    from publisher.model.edition import checked_name

    name, alias = press.args.names
    state = press.state()
    edition = press.named(state.editions, name)
    try:
        checked_name(alias)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    if any(each.name == alias for each in state.editions.editions):
        raise WrongUsage(f"`{alias}` is an edition of its own")
    press.publish(state, state.editions.with_alias(alias, edition.name))
    say(f"{alias} leads to {edition.name}")
    return 0


def _notice(press: _Command) -> int:
    name, words = press.args.names
    state = press.state()
    edition = press.named(state.editions, name)
    press.publish(state, state.editions.with_notice(edition.name, " ".join(words.split())))
    say(
        f"pages of {edition.name} say: {words}"
        if words
        else f"pages of {edition.name} say nothing of it any more"
    )
    return 0


def _default(press: _Command) -> int:
    state = press.state()
    edition = press.named(state.editions, press.args.names[0])
    press.publish(state, state.editions.with_default(press.args.names[0]))
    say(f"the top of the site leads to {edition.name}")
    return 0


def _remove(press: _Command) -> int:
    state = press.state()
    name = press.args.names[0]
    if name in state.editions.aliases:
        rest = {alias: meant for alias, meant in state.editions.aliases.items() if alias != name}
        press.publish(state, state.editions.with_aliases(rest))
        say(f"the alias {name} is gone")
        return 0
    edition = press.named(state.editions, name)
    press.publish(state, state.editions.without(edition.name))
    say(f"{edition.name} is gone from the site; its tag and its records stay")
    return 0


_ACTIONS: dict[str, tuple[int, Callable[[_Command], int]]] = {
    "build": (1, _build),
    "publish": (1, _publish),
    "list": (0, _list),
    "unpack": (1, _unpack),
    "alias": (2, _alias),
    "notice": (2, _notice),
    "default": (1, _default),
    "remove": (1, _remove),
}  #: what can be done -> how many names it takes, and what does it
