"""`publisher verify`: run recorded runs again, and say whether they still come out the same."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import answer, bar, command_runner, hand_over, how_long, marked_line, say

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.model.record import Author
    from publisher.model.row import Row
    from publisher.model.verification import Finding
    from publisher.store.index import Rows
    from publisher.verify.bisection import Begun, Ended, Tried
    from publisher.verify.rerun import Wish
    from publisher.verify.rounds import Done
    from publisher.verify.surroundings import Mode

    Group = tuple[Sequence[Row], Wish]

HELP = "run recorded runs again and compare what comes out"
EXAMPLE = "publisher verify --step coarsening --jobs 2"
RUNS_STRANGERS = True  #: programs that a repository names are started

_STYLES = {
    "identical": "completed",
    "equivalent": "completed",
    "close": "completed",
    "blocked": "interrupted",
}
_MOST_LINES = 8  #: findings that are told of one run


def options(parser: argparse.ArgumentParser) -> None:
    """Which runs, where, and how it is told."""
    parser.usage = "publisher verify [OPTIONS] [--from ADDRESS] [RUN... | QUERY... | --step NAME | --all]"
    add = parser.add_argument
    add("runs", nargs="*", help="ids, labels, `latest`, or a query; see docs/queries.md")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--step", metavar="NAME", help="the newest completed run of a step")
    which.add_argument("--all", action="store_true", help="every run that ended")
    which.add_argument(
        "--since",
        metavar="COMMIT",
        help="runs recorded since, and steps whose code or inputs changed, with the code of now",
    )
    add("-j", "--jobs", type=int, default=1, metavar="N", help="how many at once (1 unless given)")
    add(
        "--environment",
        choices=("current", "recorded", "locked", "anew"),
        help="as it is here (unless given), as recorded, from the lock file of the commit; anew: from that, "
        "else as recorded",
    )
    add(
        "--bisect",
        action="store_true",
        help="find the package that turns a result; of a run that matches, the later commit",
    )
    add("--network", action="store_true", help="all may use the network, not only steps that say so")
    add("--no-record", action="store_true", help="keep nothing in records/")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="the verifications as JSON")
    form.add_argument("--summary", action="store_true", help="Markdown for the summary of a CI job")
    add("--junit", type=Path, metavar="FILE", help="write JUnit XML too, a test for each run")
    add("--annotations", action="store_true", help="say what does not match as GitHub shows it beside files")
    add(
        "--attest",
        type=Path,
        metavar="DIR",
        help="write an in-toto test result there, for a platform to sign",
    )
    other = parser.add_argument_group("somebody else's paper")
    other.add_argument(
        "--from",
        dest="source",
        metavar="ADDRESS",
        help="clone it, re-run its steps (unless runs are named), build its site, write a certificate",
    )
    other.add_argument("--ref", help="its tag, branch or commit; its newest state unless given")
    other.add_argument("--to", metavar="DIR", help="a new folder for all of it; NAME-rerun unless given")
    other.add_argument("--yes", action="store_true", help="do not ask before its programs are run")


def run(args: argparse.Namespace) -> int:
    """Verify; 0 when all match, 1 when one differs or failed, 3 when one is blocked and none differs.

    With `--all` and with `--from`, a record that cannot be read is one that is blocked; with `--from` so is a step
    without a run.
    """
    from msgspec import structs

    from publisher.errors import WrongUsage
    from publisher.store.index import Index
    from publisher.verify.rerun import Wish

    if args.jobs < 1:
        raise WrongUsage(f"--jobs {args.jobs}: at least one is needed")
    if args.bisect and args.environment == "recorded":
        raise WrongUsage(
            "--bisect looks for what turns a result between the recorded environment and another one, "
            "so it cannot go with --environment recorded",
            hint="leave --environment away for the one that is here, or give --environment locked",
        )
    if args.junit and args.junit.is_dir():
        raise WrongUsage(f"--junit {args.junit}: is a folder", hint="name a file in it")
    if args.source:
        return _foreign(args)
    given = [name for name in ("ref", "to", "yes") if getattr(args, name)]
    if given:
        raise WrongUsage(f"--{given[0]} goes with --from ADDRESS")
    project = project_here()
    told = Index(project).rows(progress=bar)
    unreadable = _unreadable(told) if args.all else []
    if args.since:
        from publisher.cli.since import since

        chosen, touched, head = since(project, told.rows, args.since)
    else:
        nothing = unreadable and all(row.status in ("running", "lost") for row in told.rows)
        chosen, touched, head = ([] if nothing else _chosen(project, told.rows, args)), [], ""
    wish = Wish(mode=_mode(project, args), network=args.network)
    groups = [(chosen, wish), (touched, structs.replace(wish, commit=head))]
    done = _verified(project, groups, told.rows, args)
    return _exit_code(done, blocked=bool(unreadable))


def _mode(project: Project, args: argparse.Namespace) -> Mode:
    """How environments are chosen."""
    if args.environment == "anew":
        from publisher.cli.foreign import mode_for

        return mode_for(project)
    mode: Mode = args.environment or "current"
    return mode


def _foreign(args: argparse.Namespace) -> int:
    """The same for somebody else's paper."""
    from publisher.cli import foreign
    from publisher.errors import WrongUsage
    from publisher.store.index import Index
    from publisher.verify.rerun import Wish

    if args.no_record:
        raise WrongUsage(
            "--no-record and --from exclude each other", hint="records go into the clone, not to you"
        )
    if args.bisect:
        raise WrongUsage(
            "--bisect and --from exclude each other", hint="bisect in the clone, when it is there"
        )
    clone, project = foreign.had(args)
    told = Index(project).rows(progress=bar)
    unreadable = _unreadable(told)
    if args.all or args.step or args.runs:
        chosen, unrecorded = _chosen(project, told.rows, args), list[str]()
    else:
        chosen, unrecorded = foreign.of_steps(project, told.rows)
    for step in unrecorded:
        say(f"step {step}: no completed run is recorded, so there is nothing to compare with")
    if not chosen:
        say(f"nothing to re-run: there is no completed run in {project.records}")
        return 3
    anew = args.environment in (None, "anew")
    mode = foreign.mode_for(project) if anew else args.environment
    if not foreign.agreed(clone, project, chosen, mode, args):
        say("nothing was run")
        return 3
    begun = datetime.now(UTC)
    done = _verified(project, [(chosen, Wish(mode=mode, network=args.network))], told.rows, args)
    foreign.certify(
        clone,
        project,
        done,
        mode=mode,
        begun=begun,
        ref=args.ref,
        unrecorded=unrecorded,
        unreadable=unreadable,
    )
    foreign.show(clone, project)
    return _exit_code(done, blocked=bool(unreadable or unrecorded))


def _unreadable(told: Rows) -> list[str]:
    """Records that cannot be verified because they cannot be read, each in a sentence that is said."""
    found = [
        f"records/{each.name}{f':{each.line}' if each.line else ''}: not verified: {each.reason}"
        for each in told.problems
        if each.name.startswith("runs/")
    ]
    for sentence in found:
        say(sentence)
    return found


def _verified(
    project: Project, groups: Sequence[Group], rows: Sequence[Row], args: argparse.Namespace
) -> list[Done]:
    """Verify runs, and tell of each as it was asked for.

    Args:
        project: Whose.
        groups: Runs, and how. What another commit's code puts out is no verification of a run, and not kept.
        rows: All runs.
        args: How it is told.
    """
    from publisher.model.verification import MATCHES
    from publisher.standards.junit import junit
    from publisher.standards.verdicts import verdicts
    from publisher.store.folder import write_whole
    from publisher.verify.rounds import stop_when_told, verify

    stop_when_told()
    quiet = args.json or args.summary
    done: list[Done] = []
    for chosen, wish in groups:
        if wish.commit and chosen:
            say(f"with the code of {wish.commit[:10]}, which nobody recorded:")
        for one in verify(
            project,
            chosen,
            rows,
            wish,
            jobs=args.jobs,
            author=_author(project),
            keep=not args.no_record and not wish.commit,
            bisect=_tell_search if args.bisect else None,
        ):
            done.append(one)
            if not quiet:
                _tell(one)
            if one.unkept:
                say(f"publisher: the verification of {one.row.id[:7]} could not be kept: {one.unkept}")
    results = [(each.row, each.verification) for each in done]
    if args.annotations:
        from publisher.standards.beside_files import beside_files

        for each in beside_files(results):
            command_runner(each)
    if args.summary:
        hand_over(verdicts(results))
    elif args.json:
        _as_json(done)
    else:
        matching = sum(each.verification.verdict in MATCHES for each in done)
        say(f"{matching} of {len(done)} match")
    if args.junit:  # behind the answer, which is not lost where there is no room for a file
        text = junit(results, project.settings.paper.title or project.root.name)
        write_whole(args.junit, text.encode())
    if args.attest:
        _attest(project, done, args.attest)
    return done


def _attest(project: Project, done: Sequence[Done], folder: Path) -> None:
    """Write what a platform signs: the statement, its predicate alone, and the digests of what it is about."""
    import json
    import os

    from publisher.probe import git
    from publisher.probe.tree import sha256_of
    from publisher.standards.in_toto import predicate, statement
    from publisher.store.folder import write_whole
    from publisher.verify.rerun import job_address

    kept = [each for each in done if each.path]
    if not kept:
        say("nothing was kept, so there is nothing to attest")
        return
    subjects = [
        (each.path.relative_to(project.root).as_posix(), sha256_of(each.path)) for each in kept if each.path
    ]
    found = predicate(
        [(each.row, each.verification) for each in kept],
        repository=next((each.row.repository for each in kept if each.row.repository), ""),
        commit=git.commit_of(project.root, "HEAD") or "",
        job=job_address(os.environ) or "",
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in (("statement.json", statement(subjects, found)), ("predicate.json", found)):
        write_whole(folder / name, (json.dumps(value, indent=2) + "\n").encode())
    sums = "".join(f"{sha256}  {name}\n" for name, sha256 in subjects)
    write_whole(folder / "subjects.txt", sums.encode())


def _exit_code(done: Sequence[Done], *, blocked: bool) -> int:
    found = {each.verification.verdict for each in done}
    if found & {"different", "failed"}:
        return 1
    return 3 if blocked or "blocked" in found else 0


def _chosen(project: Project, rows: list[Row], args: argparse.Namespace) -> list[Row]:
    """The runs that are meant."""
    from publisher.errors import NoSuchRun, WrongUsage, nearest
    from publisher.model.query import parsed
    from publisher.store.index import Index

    ended = [row for row in rows if row.status not in ("running", "lost")]
    if args.all:
        found = ended
    elif args.step:
        found = [row for row in ended if row.step == args.step and row.status == "completed"][-1:]
        if not found:
            likely = nearest(args.step, {row.step for row in rows if row.step}, most=1)
            raise NoSuchRun(
                f"no completed run of a step `{args.step}` is recorded",
                hint=f"did you mean `{likely[0]}`?" if likely else f"record one: publisher run {args.step}",
            )
    elif args.runs:
        try:
            names = [Index(project).find(word) for word in args.runs]
            paths = {name.relative_to(project.records).as_posix() for name in names}
            found = [row for row in rows if row.name in paths]
        except NoSuchRun:
            query = parsed(args.runs)
            found = [row for row in ended if query.takes(row)]
    else:
        raise WrongUsage("which runs?", hint="name some, or give --step NAME or --all")
    if not found and args.all:
        say("nothing is recorded yet")
    elif not found:
        raise NoSuchRun("no run is like that", hint="see publisher list")
    return found


def _author(project: Project) -> Author | None:
    """Who asks, as far as the settings let it be told."""
    from publisher.model.record import Author
    from publisher.probe import git

    user = project.settings.privacy.user
    try:
        known = git.configuration(project.root)
    except git.NoAnswer:
        return None
    name, email = known.get("user.name"), known.get("user.email")
    if user == "none" or not (name or email):
        return None
    return Author(name=name, email=email if user == "email" else None)


def _tell_search(told: Begun | Tried | Ended) -> None:
    """How a search for what turns a result goes on."""
    from publisher.verify.bisection import Begun, Tried

    if isinstance(told, Begun):
        each = f" of {how_long(told.seconds)}" if told.seconds is not None else ""
        runs = "re-run" if told.most == 1 else "re-runs"
        say(f"{told.run[:7]} is {told.verdict}; bisecting {told.among}: about {told.most} {runs}{each}")
    elif isinstance(told, Tried):
        why = f": {told.reason}" if told.reason else ""
        say(f"  {told.number}  {told.what}: {told.verdict}{why}")
    else:
        say(f"{told.run[:7]}: {told.said}")


def _tell(done: Done) -> None:
    """One run: its verdict in a line, and below it what a person would ask next."""
    from publisher.model.verification import MATCHES, SHAPES, blame_in_a_sentence, in_a_sentence
    from publisher.verify.deviations import in_a_sentence as deviations_in_a_sentence

    row, verification = done.row, done.verification
    style = _STYLES.get(verification.verdict, "failed")
    marked_line(
        (f"{SHAPES[verification.verdict]} {verification.verdict:<11}", style),
        (row.id[:7], "id"),
        (f"  {row.step or row.command[:30]}  {in_a_sentence(verification)}", ""),
        (f"  {how_long(verification.duration)}", "dim"),
    )
    if blame := blame_in_a_sentence(verification):
        answer(f"    {blame}")
    if verification.verdict == "identical":
        return
    worth = [
        each for each in verification.findings if each.outcome not in ("identical", "additional", "outside")
    ]
    for finding in worth[:_MOST_LINES]:
        answer(f"    {finding.path}: {_of_finding(finding)}")
    if len(worth) > _MOST_LINES:
        answer(f"    and {len(worth) - _MOST_LINES} more")
    if verification.verdict not in MATCHES and verification.deviations:
        answer(f"    here is {deviations_in_a_sentence(verification.deviations)}")
    if verification.unblock:
        answer(f"    to unblock it: {verification.unblock}")


def _of_finding(finding: Finding) -> str:
    parts: list[str] = [finding.outcome]
    if finding.said:
        parts.append(finding.said)
    measured = finding.measured
    if measured and measured.absolute is not None:
        relative = "" if measured.relative is None else f", relative {measured.relative:.1e}"
        parts.append(
            f"largest error {measured.absolute:.3g}{relative}"
            + (f" at {measured.where}" if measured.where else "")
        )
    if finding.steady is False:
        parts.append("a second re-run put out something else again: it is not deterministic")
    return "; ".join(parts)


def _as_json(done: list[Done]) -> None:
    import msgspec

    from publisher.standards.rows_json import strict

    hand_over(strict([msgspec.to_builtins(each.verification) for each in done]) + "\n")
