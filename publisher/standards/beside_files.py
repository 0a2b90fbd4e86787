"""What did not match, as lines that GitHub shows beside the files of a pull request. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.model.printable import printable_line
from publisher.model.row import Row
from publisher.model.verification import MATCHES, Verification, blame_in_a_sentence, in_a_sentence


def beside_files(told: Sequence[tuple[Row, Verification]]) -> Iterator[str]:
    """A line for each run that does not match: an error where it differs, a warning where it is blocked."""
    for row, verification in told:
        if verification.verdict in MATCHES:
            continue
        level = "warning" if verification.verdict == "blocked" else "error"
        parts = [in_a_sentence(verification), blame_in_a_sentence(verification), verification.unblock]
        sentence = f"{verification.verdict}: {'; '.join(filter(None, parts))}"
        yield annotation(level, sentence, f"records/{row.name}", f"run {row.id[:7]} {row.step}".strip())


def annotation(level: str, sentence: str, file: str, title: str) -> str:
    """Return one line, in which words of strangers stay words.

    Source: workflow commands of GitHub Actions, and what the runner escapes in their values.
    """
    return f"::{level} file={_property(file)},title={_property(title)}::{_data(sentence)}"


def _data(text: str) -> str:
    return printable_line(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
