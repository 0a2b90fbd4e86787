"""`publisher rehearse`: the workflows of GitHub Actions on this machine, before anything is pushed."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.cli.terminal import how_long, line, marked_line, quote, say

if TYPE_CHECKING:
    from publisher.model.project import Project
    from publisher.rehearse.rehearsal import Event, Ran, Stage
    from publisher.rehearse.workflow import Workflow

HELP = "run the workflows of .github/workflows here, as GitHub would"
EXAMPLE = "publisher rehearse verify"
RUNS_STRANGERS = True  #: programs that a repository names are started

_TAG = "rehearsal"  #: made in the copy, where the repository has no tag
_STYLES = {"done": "completed", "failed": "failed", "left out": "dim", "left to GitHub": "dim"}
_SHAPES = {"done": "✓", "failed": "✕", "left out": "·", "left to GitHub": "·"}
_OURS = ("publish", "verify", "run", "preview")


def options(parser: argparse.ArgumentParser) -> None:
    """Which workflows, and where their traces are left."""
    add = parser.add_argument
    add(
        "workflows",
        nargs="*",
        metavar="NAME",
        help="publish, verify, run, preview; all of these unless given",
    )
    add("--step", metavar="NAME", help="the step that `run` runs; the first of publisher.yml unless given")
    add("--var", action="append", default=[], metavar="NAME=VALUE", help="a variable of the repository")
    add("--keep", type=Path, metavar="DIR", help="a new folder in which logs, artifacts and clones stay")


def run(args: argparse.Namespace) -> int:
    """Rehearse the committed state; 1 when a job fails."""
    from publisher.errors import WrongUsage
    from publisher.probe import git
    from publisher.store.project import project_at

    project = project_at(Path.cwd())
    try:
        top = Path(git.git(project.root, "rev-parse", "--show-toplevel").decode().strip())
        head = git.git(project.root, "rev-parse", "--verify", "HEAD").decode().strip()
    except git.NoAnswer as error:
        raise WrongUsage("there is no commit to rehearse", hint="git commit, then again") from error
    names = args.workflows or [each for each in _OURS if _file(top, each).is_file()]
    if not names:
        raise WrongUsage(
            "there is no workflow of ours in .github/workflows", hint="publisher init --github writes them"
        )
    if git.git(project.root, "status", "--porcelain", "--", ".github", "publisher.yml").strip():
        say("what is not committed is not rehearsed: .github or publisher.yml has changes")
    bad = False
    with _kept(args.keep) as folder:
        for name in names:
            workflow = _read(top, name)
            for event in _events(project, workflow, name, top, head, args):
                place = folder / f"{name}-{event.name}{'-tag' if '/tags/' in event.ref else ''}"
                line((f"{workflow.name or name}", "bold"), (f", on {_said(event)}", "dim"))
                bad |= not _rehearsed(workflow, event, _stage(top, head, event, place, args))
    say("a job failed" if bad else "every job succeeded")
    return 1 if bad else 0


def _rehearsed(workflow: Workflow, event: Event, stage: Stage) -> bool:
    from publisher.rehearse.rehearsal import rehearse

    return rehearse(workflow, event, stage, _tell)


def _tell(ran: Ran) -> None:
    mark = (f"  {_SHAPES[ran.outcome]} ", _STYLES[ran.outcome])
    took = f"  {how_long(ran.seconds)}" if ran.seconds >= 0.1 else ""
    why = str(ran.outcome) if ran.outcome.startswith("left") else ""
    why += f": {ran.said}" if why and ran.said else ""
    marked_line(mark, (f"{ran.job}: {ran.title}", ""), (took + (f"  {why}" if why else ""), "dim"))
    if ran.outcome == "failed":
        quote(ran.said)


def _file(top: Path, name: str) -> Path:
    return top / ".github" / "workflows" / f"{name}.yml"


def _read(top: Path, name: str) -> Workflow:
    from publisher.errors import WrongUsage, nearest
    from publisher.probe import git
    from publisher.rehearse.workflow import workflow_of
    from publisher.store.yaml import read

    path = f".github/workflows/{name}.yml"
    try:
        text = git.git(top, "show", f"HEAD:{path}").decode(errors="replace")
    except git.NoAnswer as error:
        known = sorted(each.stem for each in _file(top, name).parent.glob("*.yml"))
        likely = nearest(name, known, most=1)
        hint = f"did you mean {likely[0]}?" if likely and likely[0] != name else "commit it first"
        raise WrongUsage(f"there is no workflow `{name}` in what is committed", hint=hint) from error
    return workflow_of(read(text), path)


def _events(
    project: Project, workflow: Workflow, name: str, top: Path, head: str, args: argparse.Namespace
) -> Iterator[Event]:
    """What begins a workflow: a push of the branch, then of a tag; a pull request; its hour; a person."""
    from publisher.probe import git
    from publisher.rehearse.rehearsal import Event

    branch = _branch(top)
    for begins in workflow.begins_with:
        ref, inputs, told = f"refs/heads/{branch}", dict[str, str](), dict[str, Any]()
        if begins == "workflow_dispatch":
            step = args.step or next(iter(project.settings.steps), "")
            if name != "run" or not step:
                if name == "run":
                    say("run: publisher.yml names no step, so there is nothing to run")
                continue
            inputs = {"step": step, "overrides": "", "reason": "a rehearsal"}
        elif begins == "pull_request":
            before = git.git(top, "rev-list", "--max-count=2", "HEAD").decode().split()
            base = {"sha": before[-1], "ref": branch}
            change = {"repo": {"full_name": _repository(top)}, "sha": head}
            told = {"pull_request": {"number": 1, "base": base, "head": change}}
        elif begins not in ("push", "schedule"):
            say(f"{name}: the event {begins} is not rehearsed")
            continue
        yield Event(name=begins, ref=ref, sha=head, inputs=inputs, told=told)
        pushed = workflow.events.get("push") if isinstance(workflow.events, dict) else None
        if begins == "push" and "tags" in (pushed or {}):
            yield Event(name=begins, ref=f"refs/tags/{_TAG}", sha=head)


def _stage(top: Path, head: str, event: Event, folder: Path, args: argparse.Namespace) -> Stage:
    """A bare copy of the repository, whose default branch is what is checked out here."""
    from publisher.rehearse.rehearsal import Stage

    folder.mkdir(parents=True)
    remote, branch = folder / "remote.git", _branch(top)
    copy = ["git", "clone", "--quiet", "--bare", "--no-hardlinks", str(top), str(remote)]
    subprocess.run(copy, check=True, capture_output=True)
    inside = ["git", f"--git-dir={remote}"]
    subprocess.run([*inside, "update-ref", f"refs/heads/{branch}", head], check=True)
    subprocess.run([*inside, "symbolic-ref", "HEAD", f"refs/heads/{branch}"], check=True)
    if event.ref.startswith("refs/tags/"):
        subprocess.run([*inside, "update-ref", event.ref, head], check=True)
    variables = dict(each.split("=", 1) for each in args.var if "=" in each)
    return Stage(
        remote=remote, folder=folder, repository=_repository(top), branch=branch, variables=variables
    )


def _branch(top: Path) -> str:
    from publisher.probe import git

    try:
        return git.git(top, "symbolic-ref", "--quiet", "--short", "HEAD").decode().strip()
    except git.NoAnswer:
        return "main"


def _repository(top: Path) -> str:
    """OWNER/NAME, of the remote where it says so."""
    from publisher.probe import git

    try:
        address = git.git(top, "config", "--get", "remote.origin.url").decode().strip()
    except git.NoAnswer:
        return f"rehearsal/{top.name}"
    owner, _, name = address.removesuffix("/").removesuffix(".git").replace(":", "/").rpartition("/")
    return f"{owner.rpartition('/')[2] or 'rehearsal'}/{name}"


def _said(event: Event) -> str:
    kind = "tag" if event.ref.startswith("refs/tags/") else "branch"
    what = {"push": f"a push of a {kind}", "pull_request": "a pull request", "schedule": "its hour"}
    return what.get(event.name, f"a person's wish: {event.inputs.get('step', '')}")


@contextlib.contextmanager
def _kept(wanted: Path | None) -> Iterator[Path]:
    """The folder for all of it."""
    from publisher.errors import WrongUsage

    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="publisher-rehearsal-", ignore_cleanup_errors=True) as folder:
            yield Path(os.path.realpath(folder))
        return
    if wanted.exists():
        raise WrongUsage("is there already", where=wanted, hint="name a new folder")
    wanted.mkdir(parents=True)
    yield wanted.resolve()
