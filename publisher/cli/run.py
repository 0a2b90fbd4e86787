"""`publisher run`: run a program and keep the record."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.here import project_here
from publisher.cli.terminal import complain, how_long, say, say_lines

if TYPE_CHECKING:
    from publisher.capture.conclusion import Captured

HELP = "run a program and record it"
EXAMPLE = (
    'publisher run -r "does a finer mesh change it?" -t fig3 -- python simulate.py params.json mesh.n=256'
)


class EndedBySignal(int):
    """An exit code, and the signal behind it."""

    name: str

    def end_by_signal(self) -> None:
        """End this process as the program was ended, so that a shell sees the same."""
        if sys.platform == "win32":
            return
        import resource

        from publisher.model.signals import signal_number

        number = signal_number(self.name)
        if number is None:
            return

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the program's core is its own, not ours
        with contextlib.suppress(
            OSError, ValueError
        ):  # SIGKILL, and those that the C library keeps to itself
            signal.signal(number, signal.SIG_DFL)
        with contextlib.suppress(OSError):
            os.kill(os.getpid(), number)


def options(parser: argparse.ArgumentParser) -> None:
    """What may stand before the command, or around a step."""
    parser.usage = (
        "publisher run [OPTIONS] -- COMMAND...\n       publisher run [OPTIONS] STEP [name=value ...]"
    )
    _about_the_run(parser)
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _about_the_run(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-r", "--reason", help="why: a sentence for whoever reads the record")
    add("-t", "--tag", action="append", default=[], dest="tags", help="may be given again")
    add("--label", help="a name of your own for this run")
    add("--step", action="store_true", help="refuse what is no step of publisher.yml")
    changed = "a value other than in the parameter file, which stays as it is; may be given again"
    add(
        "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", dest="overrides", help=changed
    )
    add("--new-parameter", action="store_true", help="allow names that the parameter file lacks")
    add("--verbatim", action="store_true", help="name=value behind the parameter file is the program's own")
    add("--input", action="append", default=[], metavar="PATH", dest="inputs", help="a file that it reads")
    add(
        "--output",
        action="append",
        default=[],
        metavar="PATH",
        dest="outputs",
        help="a file to keep if small",
    )
    dirty = "uncommitted code: keep the difference (unless set otherwise), stop, or pass over it"
    add("--on-dirty", choices=("patch", "error", "allow"), help=dirty)
    add("--commit", action="store_true", help="commit the record, and nothing else")
    add("-q", "--quiet", action="store_true", help="say nothing unless something is wrong")


def _behind_step(words: Sequence[str], args: argparse.Namespace) -> argparse.Namespace:
    """Options and overrides behind the name of a step, added to those before it."""
    from publisher.cli.main import Parser

    parser = Parser(prog="publisher run STEP", allow_abbrev=False)
    _about_the_run(parser)
    parser.add_argument("values", nargs="*", metavar="NAME=VALUE")
    args = parser.parse_intermixed_args(list(words), args)
    args.overrides = [*args.overrides, *args.values]
    return args


def run(args: argparse.Namespace) -> int:
    """Run and record; the exit code is the program's own."""
    from publisher.capture.preparation import Wish
    from publisher.capture.run import Unrecorded, capture
    from publisher.errors import WrongUsage, nearest, one_of

    try:
        here = Path.cwd()
    except OSError:
        return _without_place(list(args.command))
    project = project_here(here)
    command, step = list(args.command), None
    directory = here
    steps = project.settings.steps
    if command[:1] == ["--"]:
        command = command[1:]
    elif command and command[0] in steps:
        step = command[0]
        args = _behind_step(command[1:], args)
        command = steps[step].words
        directory = project.root / (steps[step].directory or "")
        if not directory.is_dir():
            raise WrongUsage(f"the folder of step `{step}` does not exist", where=directory)
    elif args.step:
        likely = nearest(command[0], steps, most=1) if command else []
        hint = f"did you mean {likely[0]}?" if likely else f"the steps are: {one_of(list(steps)) or 'none'}"
        raise WrongUsage(f"`{command[0] if command else ''}` is no step of publisher.yml", hint=hint)
    if not command:
        known = (
            f"the steps are {', '.join(steps)}"
            if steps
            else "for example: publisher run -- python simulate.py"
        )
        raise WrongUsage("nothing to run", hint=known)
    refuse_long(reason=args.reason, label=args.label, tag=args.tags)
    wish = Wish(
        command=command,
        directory=Path(os.path.realpath(directory)),
        step=step,
        reason=args.reason,
        label=args.label,
        tags=args.tags,
        inputs=[_in_project(path, here, project.root) for path in args.inputs],
        outputs=[_in_project(path, here, project.root) for path in args.outputs],
        overrides=args.overrides,
        new_parameters=args.new_parameter,
        verbatim=args.verbatim,
        on_dirty=args.on_dirty or project.settings.on_dirty,
    )
    try:
        captured = capture(project, wish)
    except Unrecorded as error:
        say(f"publisher: there is no record of this run, by a mistake of publisher: {error.__cause__!r}")
        return _code(error.outcome.returned, error.outcome.signal)
    with contextlib.suppress(Exception):  # whatever happens to our words, the program's result is its own
        _tell(captured, list(steps))
    if args.commit:
        try:
            _commit(captured, captured.record.reason or " ".join(captured.record.command))
        except Exception as error:
            say(f"publisher: not committed, by a mistake of publisher: {type(error).__name__}: {error}")
    if not args.quiet and captured.path is not None:
        with contextlib.suppress(Exception):
            _tell_recorded(captured)
    return _code(captured.outcome.returned, captured.outcome.signal)


def _tell(captured: Captured, steps: Sequence[str]) -> None:
    """What the user should hear of a run."""
    outcome, record = captured.outcome, captured.record
    if outcome.problem:
        say(f"publisher: {outcome.problem}")
        _suggest(record.command[0], steps)
    for told in captured.told:
        if told != f"note: {outcome.problem}":
            first, _, rest = told.partition("\n")
            say(f"publisher: {first}")
            say_lines(rest)


def _tell_recorded(captured: Captured) -> None:
    """That a record was written, and what it holds."""
    record = captured.record
    kept = sum(out.artifact for out in record.outputs)
    many = "" if len(record.outputs) == 1 else "s"
    told = f", {len(record.outputs)} output{many} ({kept} kept)" if record.outputs else ""
    told += f", {len(record.uncertain)} uncertain" if record.uncertain else ""
    say(f"publisher: recorded {record.id[:7]} · {record.status} in {how_long(record.duration)}{told}")


def refuse_long(**words: str | list[str] | None) -> None:
    """Refuse texts that nobody would read, before anything is done: they would be in every table and page.

    Args:
        words: What a person says of a run, by the name of the option.

    Raises:
        WrongUsage: One of them is longer than `LONGEST_WORDS`.
    """
    from publisher.errors import WrongUsage
    from publisher.model.record import LONGEST_WORDS

    for name, told in words.items():
        for each in [told] if isinstance(told, str) else told or []:
            size = len(each.encode("utf-8", "surrogateescape"))
            if size > LONGEST_WORDS:
                raise WrongUsage(
                    f"--{name}: {size} bytes are too many (at most {LONGEST_WORDS})",
                    hint="put a long text into a file of the repository, and name that",
                )


def _without_place(command: Sequence[str]) -> int:
    """Run a program in a folder that is gone: it may not mind, but there is no project to record it in."""
    import subprocess

    say("publisher: the working directory does not exist any more; the program runs without a record")
    words = [word for at, word in enumerate(command) if at or word != "--"]
    try:
        return subprocess.run(words, check=False).returncode
    except OSError as error:
        say(f"publisher: {error.strerror}")
        return 127


def _in_project(path: str, here: Path, root: Path) -> str:
    """A path or pattern of the command line, relative to the project, or absolute when outside of it."""
    place = os.path.normpath(os.path.join(here, os.path.expanduser(path)))
    real = os.path.join(os.path.realpath(os.path.dirname(place)), os.path.basename(place))
    return os.path.relpath(real, root).replace(os.sep, "/") if real.startswith(str(root) + os.sep) else place


def _suggest(program: str, steps: Sequence[str]) -> None:
    from publisher.errors import nearest

    likely = nearest(program, steps, most=1)
    if likely:
        say(f"  did you mean the step `{likely[0]}`?")


def _commit(captured: Captured, subject: str) -> None:
    from publisher.capture.commit import commit_files
    from publisher.errors import PublisherError

    if captured.path is None:
        say("publisher: not committed: the record is not where it belongs")
        return
    if captured.repository is None:
        known = captured.record.code.version_control == "none"
        say(f"publisher: not committed: {'this is no git repository' if known else 'git did not answer'}")
        return
    try:
        made = commit_files(
            captured.repository, captured.written, f"Record {captured.record.id[:7]}: {subject[:200]}"
        )
    except PublisherError as error:
        complain(error)
    else:
        say(f"publisher: committed as {made[:10]}")


def _code(returned: int, ended_by: str | None) -> int:
    if ended_by is None:
        return returned
    code = EndedBySignal(returned)
    code.name = ended_by
    return code
