"""Nothing is printed but through `cli/terminal.py`, which cleans it: a rule that reads the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "publisher"
ALLOWED = {
    "cli/terminal.py": "the place where it is done",
    "formats/matlab.py": "a child of ours that hands a value back through a pipe",
    "probe/warden.py": "prints numbers and names of its own, to a pipe that publisher reads",
}
STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
PRINTERS = {
    "print",
    "pprint",
    "Console",
    "print_exc",
    "print_exception",
    "showwarning",
    "warn",
    "basicConfig",
}
WRITERS = {"write", "writelines", "buffer"}


def printing(text: str) -> Iterator[tuple[int, str]]:
    """Lines of a module that print, and what does."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in PRINTERS:
                yield node.lineno, name
        if isinstance(node, ast.Attribute) and node.attr in WRITERS:
            stream = node.value
            if (
                isinstance(stream, ast.Attribute)
                and stream.attr in STREAMS
                and getattr(stream.value, "id", "") == "sys"
            ):
                yield node.lineno, f"sys.{stream.attr}.{node.attr}"
        if (
            isinstance(node, ast.keyword)
            and node.arg == "file"
            and getattr(node.value, "attr", "") in STREAMS
        ):
            yield node.value.lineno, "file="
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "write" and node.args:
            first = node.args[0]
            if (
                isinstance(first, ast.Constant)
                and first.value in (1, 2)
                and not isinstance(first.value, bool)
            ):
                yield node.lineno, "os.write to a stream"


def test_nothing_prints_but_the_terminal() -> None:
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{line}: {what}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).as_posix() not in ALLOWED
        for line, what in printing(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "print('x')",
        "import sys; sys.stdout.write(x)",
        "import sys; sys.stderr.buffer.write(x)",
        "import traceback; traceback.print_exc()",
        "console = Console(); console.print(x)",
        "log(x, file=sys.stderr)",
        "import os; os.write(2, x)",
        "import warnings; warnings.warn(x)",
    ],
)
def test_what_prints_is_found(text: str) -> None:
    assert list(printing(text))


def test_what_the_plugin_logs_goes_through_the_filter_that_cleans() -> None:
    from publisher.plugin import mkdocs

    assert mkdocs._one_line in mkdocs._log.logger.filters
    text = (PACKAGE / "plugin" / "mkdocs.py").read_text("utf-8")
    assert "PluginError(f" not in text, "`_plugin_error` cleans"
