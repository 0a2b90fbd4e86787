"""Which command was asked for, and what becomes of errors. Each command is one module, loaded when called."""

from __future__ import annotations

import argparse
import importlib
import io
import signal
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from publisher import __version__
from publisher.cli.here import announced
from publisher.cli.terminal import answer, complain, say, say_for_libraries, say_lines
from publisher.errors import NO_ROOM, NotWritten, PublisherError, nearest
from publisher.model.printable import printable_line

COMMANDS = {
    "init": "publisher.cli.init",
    "setup": "publisher.cli.setup",
    "run": "publisher.cli.run",
    "list": "publisher.cli.list",
    "show": "publisher.cli.show",
    "diff": "publisher.cli.diff",
    "annotate": "publisher.cli.annotate",
    "which": "publisher.cli.which",
    "verify": "publisher.cli.verify",
    "status": "publisher.cli.status",
    "check": "publisher.cli.check",
    "build": "publisher.cli.build",
    "serve": "publisher.cli.serve",
    "edition": "publisher.cli.edition",
    "changes": "publisher.cli.changes",
    "rehearse": "publisher.cli.rehearse",
    "export": "publisher.cli.export",
    "demo": "publisher.cli.demo",
    "about": "publisher.cli.about",
}  #: in the order in which a newcomer needs them

INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """Do what a command line asks for; returns the exit code.

    0 for done, 1 for "the answer is no", 2 for wrong usage, 3 for refused; `run` returns the program's own.
    """
    if sys.stdout is None:  # it was closed before we were started: what we say goes nowhere
        sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        code = _command(list(argv))
        sys.stdout.flush()
        return code
    except PublisherError as error:
        complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return 0
    except OSError as error:
        if error.errno not in NO_ROOM:
            return _our_mistake(error, argv)
        say(f"publisher: {error.filename or 'a file'}: cannot be read or written: {error.strerror}")
        return NotWritten.exit_code
    except Exception as error:
        return _our_mistake(error, argv)


def _command(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        for each in _overview():
            answer(each)
        return 0 if argv else 2
    if argv[0] in ("-V", "--version"):
        answer(f"publisher {__version__}")
        return 0
    name = argv[0]
    if name not in COMMANDS:
        likely = nearest(name, COMMANDS, most=1)
        say(f"publisher: there is no command `{name}`" + (f"; did you mean `{likely[0]}`?" if likely else ""))
        say("publisher --help lists them")
        return 2
    if name != "run":  # which has its program inherit what we do
        _hear_children()
    module = importlib.import_module(COMMANDS[name])
    if name != "run":  # which loads none, and starts before every program
        say_for_libraries()
    if getattr(module, "RUNS_STRANGERS", False):  # before anything is started that could read it
        from publisher.probe.own_environment import hide_environment

        hide_environment()
    parser = parser_of(name, module)
    try:
        words = getattr(module, "typed", list)(argv[1:])
        parse = parser.parse_intermixed_args if getattr(module, "INTERMIXED", False) else parser.parse_args
        parsed = parse(words)
        with announced(name, parsed):
            result = module.run(parsed)
    except SystemExit as left:  # argparse has said what is wrong
        return left.code if isinstance(left.code, int) else 2
    assert isinstance(result, int)
    return result


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line, also where a word of the command line holds more."""

    def error(self, message: str) -> NoReturn:
        super().error(printable_line(message))


def _hear_children() -> None:
    """See to it that the exit codes of git and others reach us, whoever started us."""
    if sys.platform != "win32" and signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def parser_of(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """The parser of one command."""
    parser = Parser(
        prog=f"publisher {name}",
        description=module.HELP,
        epilog=f"example:\n  {module.EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.options(parser)
    return parser


def _overview() -> list[str]:
    lines = ["publisher keeps a record of every run of a program, and publishes the records as a site.", ""]
    for name, module in COMMANDS.items():
        lines.append(f"  {name:<10}{importlib.import_module(module).HELP}")
    lines += ["", "publisher COMMAND --help tells more, with an example. The first thing to try:", ""]
    lines += ["  publisher run -- python simulate.py params.json"]
    return lines


def _forget_stdout() -> None:
    """Our reader has left: nothing more is written, also not when the interpreter ends."""
    import os

    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())


def _our_mistake(error: Exception, argv: Sequence[str]) -> int:
    """A mistake of ours: no traceback on the terminal, but a text ready for an issue in a file."""
    import tempfile
    import traceback

    from publisher.cli.about import facts
    from publisher.model.secrets import masked, masked_command

    text = "".join(traceback.format_exception(error))
    told = "\n".join(f"- {name}: {value}" for name, value in facts().items())
    report = masked(f"`publisher {' '.join(masked_command(list(argv)))}`\n\n```\n{text}```\n\n{told}\n")
    say(f"publisher: this is a mistake of publisher, not yours: {type(error).__name__}: {error}")
    try:
        with tempfile.NamedTemporaryFile(prefix="publisher-mistake-", suffix=".md", delete=False) as file:
            file.write(report.encode("utf-8", "backslashreplace"))
    except OSError:
        say_lines(report)
    else:
        say(f"  what an issue about it should say is in {file.name}")
    return 70
