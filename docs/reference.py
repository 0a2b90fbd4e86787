"""Writes the pages that are made from the code: docs/commands.md and docs/record.schema.json.

    python docs/reference.py

`tests/test_docs.py` fails when they are not as this would write them.
"""

from __future__ import annotations

import argparse
import importlib
import io
from pathlib import Path

from publisher.cli.main import COMMANDS, parser_of
from publisher.model.schema import record_schema
from publisher.standards.rows_json import strict

DOCS = Path(__file__).resolve().parent


def commands() -> str:
    """Every command with its options."""
    page = io.StringIO()
    page.write(
        "# Commands\n\nOne word each. Exit codes: 0 done, 1 the answer is no, 2 wrong usage, 3 refused; "
    )
    page.write("`run` returns the\nprogram's own. Each has `--help`; `--json` where it answers with data.\n")
    for name, path in COMMANDS.items():
        module = importlib.import_module(path)
        page.write(f"\n## {name}\n\n{module.HELP[0].upper()}{module.HELP[1:]}.\n\n")
        page.write(f"```sh\n{module.EXAMPLE}\n```\n")
        told = [_row(action) for action in parser_of(name, module)._actions if _is_told(action)]
        if told:
            page.write("\n| | |\n|---|---|\n" + "".join(told))
    return page.getvalue()


def _is_told(action: argparse.Action) -> bool:
    return action.help is not argparse.SUPPRESS and "--help" not in action.option_strings


def _row(action: argparse.Action) -> str:
    value = action.metavar or (
        "{" + ",".join(action.choices) + "}" if action.choices else action.dest.upper()
    )
    words = ", ".join(action.option_strings) or str(value)
    if action.option_strings and action.nargs != 0:
        words += f" {value}"
    return f"| `{words}` | {action.help or ''} |\n"


def pages() -> dict[str, str]:
    """Name of each page -> its text."""
    return {"commands.md": commands(), "record.schema.json": strict(record_schema()) + "\n"}


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text, "utf-8")
