"""All that is printed. Answers go to stdout, talk goes to stderr; only here is rich known.

Whatever is printed may hold texts of strangers, so every function here makes one line of a text, and lets
nothing in it be obeyed by a terminal or a runner of CI, nor pass for a line of ours. A test holds that nothing
else prints.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from publisher.errors import PublisherError
from publisher.model.printable import guard_beginning, printable_line, printable_lines

T = TypeVar("T")

MARKS = {"completed": "✓", "failed": "✕", "interrupted": "⏸", "running": "…", "lost": "?"}
STYLES = {
    "bold": "1",
    "dim": "2",
    "completed": "32",
    "failed": "31",
    "interrupted": "33",
    "running": "36",
    "lost": "35",
    "id": "36",
}  #: what is said -> SGR code
_DIFF = {"+": "completed", "-": "failed", "@": "id"}  #: first character of a line of a diff -> style


_LONGEST_CELL = 1_000  #: characters
_LONGEST_LINE = 4_000  #: characters of what is said to a person


class Column(Struct, frozen=True):
    """One column of a table."""

    title: str
    right: bool = False  #: numbers stand at the right
    style: str = ""  #: one of `STYLES`
    most: int = 0  #: characters on a terminal; 0 for as many as there are
    optional: bool = False  #: left out where a terminal is too narrow


def say(text: str) -> None:
    """Talk to a person, in one line; where nobody can listen, nothing happens."""
    if len(text) > _LONGEST_LINE:  # which would push away what was said before it
        text = f"{text[:_LONGEST_LINE]}… ({len(text) - _LONGEST_LINE} more characters)"
    _say_whole(text)


def _say_whole(text: str) -> None:
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        print(_encodable(guard_beginning(printable_line(text)), sys.stderr), file=sys.stderr, flush=True)


def say_lines(text: str) -> None:
    """Talk to a person in several lines, each set in below a line that was said before."""
    for each in printable_lines(text):
        _say_whole(f"  {each}")


def complain(error: PublisherError, *, before: str = "publisher: ") -> None:
    """Say what is wrong, and below it what to try."""
    say(before + error.in_a_line)
    say_lines(error.hint)


def answer(text: str = "") -> None:
    """Give one line of an answer that could be piped."""
    print(_encodable(guard_beginning(printable_line(text)), sys.stdout), flush=True)


def answer_lines(text: str) -> None:
    """Give lines of an answer, each set in below a line that was given before."""
    for each in printable_lines(text):
        answer(f"  {each}")


def quote(text: str | bytes, *, diff: bool = False) -> None:
    """Show a text of several lines that somebody else wrote, with a bar before each.

    Args:
        text: What was written.
        diff: Whether its lines are those of a diff, which have colours on a terminal.
    """
    shown = text if isinstance(text, str) else text.decode("utf-8", "replace")
    for each in printable_lines(shown):
        style = _DIFF.get(each[:1], "") if diff else ""
        print(f"| {styled(_encodable(each, sys.stdout), style)}")


def hand_over(data: str | bytes) -> None:
    """Give an answer that another program reads: byte for byte, texts in UTF-8.

    A terminal gets it without control codes. Who composes the text sees to it that no line of it is obeyed.
    """
    if sys.stdout.isatty():
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        for each in printable_lines(text):
            print(_encodable(each, sys.stdout))
        sys.stdout.flush()
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data if isinstance(data, bytes) else data.encode())
    sys.stdout.buffer.flush()


def say_for_libraries() -> None:
    """Have what libraries warn of and log go through `say`: they quote files of strangers."""
    import logging
    import warnings

    class Said(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(f"{record.name}: {record.getMessage()}")

    def show(message: Warning | str, category: type[Warning], *where: object, **more: object) -> None:
        say(f"{category.__name__}: {message}")

    logging.lastResort = Said(logging.WARNING)
    warnings.showwarning = show


def command_runner(annotation: str) -> None:
    """Say a line that the runner of GitHub obeys; only `publisher.standards.beside_files` makes such lines."""
    print(_encodable(printable_line(annotation), sys.stderr), file=sys.stderr, flush=True)


def _encodable(text: str, stream: object) -> str:
    """A text without what the encoding of a stream does not have."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def styled(text: str, style: str) -> str:
    """A text in a style, where stdout is a terminal that has any."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if style in STYLES and _colours() else text


def _colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def status(name: str) -> str:
    """A status as shape and word."""
    return f"{MARKS.get(name, ' ')} {name}"


def line(*parts: tuple[str, str]) -> None:
    """Give one line of an answer, of texts each in its style. It never begins with the sign of a verdict."""
    print(guard_beginning(_in_styles(parts)))


def marked_line(mark: tuple[str, str], *parts: tuple[str, str]) -> None:
    """Give one line of an answer that begins with a sign of ours, such as that of a verdict."""
    print(styled(_encodable(mark[0], sys.stdout), mark[1]) + _in_styles(parts))


def _in_styles(parts: Iterable[tuple[str, str]]) -> str:
    return "".join(styled(_encodable(printable_line(text), sys.stdout), style) for text, style in parts)


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """A table on stdout, fitted to a terminal, whole elsewhere.

    The last column gets the room that the others leave. A status is in its colour.
    """
    columns = [msgspec.structs.replace(each, title=_bounded(printable_line(each.title))) for each in columns]
    by_column = [_clean([*map(_bounded, cells)]) for cells in zip(*rows, strict=True)]
    widths = [
        max(display_width(column.title), *map(len if simple else display_width, set(cells)))
        for column, (cells, simple) in zip(columns, by_column, strict=True)
    ]
    shown = dict(enumerate(widths))
    if sys.stdout.isatty():
        shown = _that_fit(columns, widths, os.get_terminal_size(sys.stdout.fileno()).columns)
    drawn = []
    for at, width in shown.items():
        cells, simple = by_column[at]
        title = [styled(_fitted(columns[at].title, columns[at], width), "bold")]
        fitted = _column(columns[at], cells, width, simple=simple and width == widths[at])
        drawn.append([*title, *fitted] if any(column.title for column in columns) else fitted)
    print("\n".join(guard_beginning("  ".join(cells).rstrip()) for cells in zip(*drawn, strict=True)))


def _bounded(cell: str) -> str:
    """The beginning of a cell that is so long that no table should be set by it."""
    return cell if len(cell) <= _LONGEST_CELL else f"{cell[:_LONGEST_CELL]}…"


def _clean(cells: Sequence[str]) -> tuple[Sequence[str], bool]:
    """Cells of one line each, and whether they are simple: each character of them takes one column."""
    text = "".join(cells)
    if text.isascii() and text.isprintable() and "##" not in text:
        return cells, True
    told = {cell: _encodable(printable_line(cell), sys.stdout) for cell in set(cells)}
    return [told[cell] for cell in cells], False


def _column(column: Column, cells: Sequence[str], width: int, *, simple: bool) -> list[str]:
    """The cells of a column, all of one width, in their styles."""
    if simple and not (column.style and _colours()):
        return (
            [cell.rjust(width) for cell in cells] if column.right else [cell.ljust(width) for cell in cells]
        )
    styles = {status(name): name for name in MARKS} if _colours() else {}
    style = column.style if _colours() else ""
    told = {cell: styled(_fitted(cell, column, width), styles.get(cell, style)) for cell in set(cells)}
    return [told[cell] for cell in cells]


def _that_fit(columns: Sequence[Column], widths: Sequence[int], room: int) -> dict[int, int]:
    """The columns that a terminal has room for, by their place, with their widths.

    The last gets what the others leave, at least 16 characters; until it has them, optional ones are left out,
    the last first.
    """
    shown = {
        at: min(width, column.most or width)
        for at, (column, width) in enumerate(zip(columns, widths, strict=True))
    }
    last = len(columns) - 1
    wanted = min(shown.pop(last), 16)

    def left() -> int:
        return room - sum(shown.values()) - 2 * len(shown)

    for at in reversed(list(shown)):
        if left() < wanted and columns[at].optional:
            del shown[at]
    return shown | {last: max(min(widths[last], left()), wanted)}


def _fitted(cell: str, column: Column, width: int) -> str:
    if display_width(cell) > width:
        cell = _cut(cell, width)
    blank = " " * (width - display_width(cell))
    return blank + cell if column.right else cell + blank


def _cut(text: str, width: int) -> str:
    """The beginning of a text, and a sign that there is more."""
    while display_width(text) > width - 1:
        text = text[:-1]
    return f"{text}…" + " " * (width - 1 - display_width(text))


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def code(data: str | bytes, language: str) -> None:
    """Show a file as it is: coloured where there is a terminal, byte for byte elsewhere."""
    if not _colours():
        hand_over(data)
        return
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    from rich.console import Console
    from rich.syntax import Syntax

    shown = "\n".join(printable_lines(text))
    Console().print(
        Syntax(_encodable(shown, sys.stdout), language, background_color="default", word_wrap=True)
    )


def bar(items: Iterable[T], *, doing: str, total: int) -> Iterator[T]:
    """A bar on stderr while items go by; none for work that is soon done, and none where nobody looks."""
    if total < 200 or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=doing, total=total, console=Console(stderr=True), transient=True)


@contextlib.contextmanager
def arriving(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while bytes arrive; its function is told how many came, of how many (0: unknown)."""
    if sys.stderr is None or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda come, whole: None
        return
    from rich import progress
    from rich.console import Console

    columns = (progress.TextColumn("{task.description}", markup=False), progress.BarColumn())
    numbers = (progress.DownloadColumn(), progress.TransferSpeedColumn(), progress.TimeRemainingColumn())
    console = Console(stderr=True)
    with progress.Progress(*columns, *numbers, console=console, transient=True) as drawn:
        task = drawn.add_task(_encodable(printable_line(what), sys.stderr), total=None)
        yield lambda come, whole: drawn.update(task, completed=come, total=whole or None)


def how_long(seconds: float | None) -> str:
    """A duration as people say it: `3.3 s`, `2 min 5 s`, `1 h 12 min`."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def when(started: str) -> str:
    """A moment of a record in the time of the reader, to the minute."""
    try:
        past = int(started[14:16]) % 15
        local = _quarter(f"{started[:14]}{int(started[14:16]) - past:02}Z")
        return f"{local[:-2]}{int(local[-2:]) + past:02}"
    except ValueError:
        return started


@functools.cache
def _quarter(started: str) -> str:
    """A quarter of an hour in the time of the reader; all zones are whole quarters from UTC, and change on one."""
    from datetime import datetime

    return datetime.fromisoformat(started).astimezone().isoformat(" ", "minutes")[:16]


def number(value: object) -> str:
    """A value as a cell shows it: six digits of a float, texts as they are."""
    kind = type(value)
    if kind is float:
        return f"{value:.6g}"
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    return "" if value is None else str(value)


def size(amount: int | None) -> str:
    """A number of bytes as people say it; `?` when it is unknown."""
    from publisher.model.files import in_words

    return "?" if amount is None else in_words(amount)
