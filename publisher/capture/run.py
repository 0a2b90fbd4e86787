"""One run, from the words of a command to its record.

Whatever breaks in this room, the program still runs, and its result is its own.
"""

from __future__ import annotations

import os

from publisher.capture.conclusion import Captured, Conclusion
from publisher.capture.preparation import Preparation, Wish
from publisher.errors import PublisherError, Refused
from publisher.model.files import STRUCTURED, suffix
from publisher.model.project import Project
from publisher.probe import process
from publisher.probe.log import Log


class Unrecorded(Exception):
    """The program ran, but capture broke before it did: there is no record."""

    def __init__(self, outcome: process.Outcome) -> None:
        super().__init__("the program ran without a record")
        self.outcome = outcome  #: how the program ended


def capture(project: Project, wish: Wish) -> Captured:
    """Run a program and keep the record of it.

    Raises:
        WrongUsage: An override cannot be understood, or means nothing. The program did not run.
        CodeNotCommitted: The settings forbid to run code that is not committed. The program did not run.
        UnreadableParameters: Something is to be overridden in a file that cannot be read. It did not run.
        Refused: Publisher made a mistake (the cause), and other parameters may have been asked for. It did not
            run.
        Unrecorded: Publisher made a mistake (the cause). The program ran.
    """
    with process.passing_on() as signals:
        try:
            run = Preparation(project, wish, signals)
        except PublisherError:
            raise
        except Exception as error:
            if _may_override(wish):
                raise Refused(
                    "the program was not started, because it would not have got the parameters that were asked "
                    f"for: {type(error).__name__}: {error}",
                    hint="this is a mistake of publisher, not yours; put the values into the parameter file, or "
                    "run the program without publisher",
                ) from error
            log = Log(0)
            outcome = process.run(
                wish.command,
                directory=wish.directory,
                environment=os.environ,
                stdout=log,
                stderr=log,
                signals=signals,
            )
            raise Unrecorded(outcome) from error
        concluded = False
        run.place.note_program()
        try:
            outcome = process.run(
                run.command,
                directory=wish.directory,
                environment=run.environment,
                stdout=run.stdout,
                stderr=run.stderr,
                signals=signals,
                started=run.place.note_program,
                meanwhile=run.meanwhile,
                orphaned=run.orphaned,
            )
            conclusion = Conclusion(run, outcome)
            try:
                captured = conclusion.captured()
            except Exception as error:
                captured = conclusion.bare(error)
            concluded = True
            return captured
        finally:
            run.cleared(concluded=concluded)


def _may_override(wish: Wish) -> bool:
    """Whether a command may ask for other parameters than those in the file, as far as its words tell."""
    words = wish.command[1:]
    file = any(suffix(word) in STRUCTURED for word in words)
    return bool(wish.overrides) or (file and not wish.verbatim and any("=" in word for word in words))
