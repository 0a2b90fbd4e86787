"""The floors of the house, held by reading imports: data flows one way.

The checker is a function from the texts of modules to sentences, so that it is tried on small houses first:
a rule that cannot fail holds nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from msgspec import Struct

HOUSE = Path(__file__).resolve().parent.parent / "publisher"

GROUND = {
    "errors",
    "file_lock",
    "progress",
    "safe_io",
    "shipped",
}  #: modules on the lowest floor that every room may stand on
FLOORS = {
    **dict.fromkeys(GROUND, 1),
    "model": 1,
    "store": 2,
    "probe": 2,
    "standards": 2,
    "formats": 2,
    "supply": 2,
    "setup": 3,
    "capture": 3,
    "verify": 3,
    "publish": 3,
    "rehearse": 3,
    "cli": 4,
    "plugin": 4,
}
DOORSTEP = {"__init__.py", "__main__.py"}  #: of the package itself; they open the doors

#: The command line's modules that may open the other door, and why.
DOORS = {
    "cli/build.py": "runs the site generator, whose plugin is the only module that knows MkDocs",
}

#: Heavy libraries and the one place (a module, or a folder) where each may be imported.
HOMES = {
    "jinja2": "publish/frame/templates.py",
    "markupsafe": "publish/frame/templates.py",
    "nbconvert": "publish/notebooks/rendering.py",
    "nbformat": "publish/notebooks/rendering.py",
    "pikepdf": "publish/outlet/anonymous/pdf.py",
    "rich": "cli/terminal.py",
    "vl_convert": "publish/runs/vega.py",
    "markdown": "plugin/markdown.py",
    "mkdocs": "plugin/",
    "ruamel": "store/",
    "yaml": "store/yaml.py",
    "numpy": "formats/",
    "PIL": "formats/",
    "h5py": "formats/",
    "pyarrow": "formats/",
    "scipy": "formats/",
    "pooch": "supply/download.py",
    "requests": "supply/download.py",
}
#: Libraries that at most one module of each of these rooms may import.
ONE_MODULE_EACH = {"pygit2": ("probe", "publish")}

#: Rooms that a command loads when it is called, not when the command line starts.
LOADED_WHEN_CALLED = {"capture", "publish", "rehearse", "setup", "store", "supply", "verify"}

NAMELESS = {"util", "utils", "helper", "helpers", "manager", "managers", "handler", "handlers"}


class Import(Struct, frozen=True, kw_only=True):
    """One module that another one names."""

    module: str  #: dotted
    line: int
    relative: bool = False
    at_start: bool = False  #: carried out when the module is imported


@cache
def imports(text: str) -> list[Import]:
    """Every import of a module, those in functions included, in the order of its lines."""
    found: list[Import] = []

    def look(node: ast.AST, at_start: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(module=each.name, line=node.lineno, at_start=at_start) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            names = [f"{base}.{each.name}" for each in node.names] if base == "publisher" else [base]
            for name in names:
                found.append(
                    Import(module=name, line=node.lineno, relative=node.level > 0, at_start=at_start)
                )
        elif isinstance(node, ast.Call) and _named(node.func) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.append(Import(module=first.value, line=node.lineno, at_start=at_start))
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for_readers = isinstance(node, ast.If) and _named(node.test) == "TYPE_CHECKING"
        for child in ast.iter_child_nodes(node):
            look(child, at_start and not function and not for_readers)

    look(ast.parse(text), True)
    return sorted(found, key=lambda each: each.line)


def _named(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def broken(modules: Mapping[str, str]) -> list[str]:
    """Every place where a house breaks a rule, as `path:line: what, and the rule`.

    Args:
        modules: The text of each module by its path in the package, `cli/run.py`.
    """
    return sorted(
        complaint
        for path, text in modules.items()
        for rule in (_form, _floors, _homes, _stages)
        for complaint in rule(path, text)
    ) + sorted(_shared_homes(modules))


def _room(path: str) -> str:
    return path.split("/")[0].removesuffix(".py")


def _ours(module: str) -> str | None:
    """The room that a dotted name leads to; None for other people's modules and for the package itself."""
    parts = module.split(".")
    return parts[1] if parts[0] == "publisher" and len(parts) > 1 and parts[1] in FLOORS else None


def _form(path: str, text: str) -> Iterator[str]:
    if ast.get_docstring(ast.parse(text)) is None:
        yield f"{path}:1: no docstring: every file opens with what it is for"
    nameless = NAMELESS.intersection(re.split(r"[/_.]", path))
    for word in sorted(nameless):
        yield f"{path}:1: `{word}` is no name: a file is a thing or a place"
    if path not in DOORSTEP and _room(path) not in FLOORS:
        yield f"{path}:1: `{_room(path)}` has no floor: rooms are {', '.join(sorted(FLOORS))}"
    for each in imports(text):
        if each.relative:
            yield f"{path}:{each.line}: a relative import: absolute ones show the floor that they go to"


def _floors(path: str, text: str) -> Iterator[str]:
    room = _room(path)
    if path in DOORSTEP or room not in FLOORS:
        return
    for each in imports(text):
        other = _ours(each.module)
        if other is None or other == room or (other in GROUND and room not in GROUND):
            continue
        if {room, other} == {"cli", "plugin"} and path in DOORS:
            continue
        here, there = FLOORS[room], FLOORS[other]
        if there > here:
            yield (
                f"{path}:{each.line}: imports {each.module}: {room} is on floor {here} and {other} above it, "
                f"on floor {there}; imports go down"
            )
        elif there == here:
            yield (
                f"{path}:{each.line}: imports {each.module}: {room} and {other} are neighbours on floor {here}; "
                "neighbours do not know each other"
            )


def _homes(path: str, text: str) -> Iterator[str]:
    for each in imports(text):
        library = each.module.split(".")[0]
        home = HOMES.get(library)
        if home is not None and path != home and not (home.endswith("/") and path.startswith(home)):
            yield f"{path}:{each.line}: imports {library}, which has one room: {home}"
        if library in ONE_MODULE_EACH and _room(path) not in ONE_MODULE_EACH[library]:
            rooms = " and ".join(f"{room}/" for room in ONE_MODULE_EACH[library])
            yield f"{path}:{each.line}: imports {library}, which belongs to one module of each of {rooms}"


def _shared_homes(modules: Mapping[str, str]) -> Iterator[str]:
    for library, rooms in ONE_MODULE_EACH.items():
        users = [
            (path, each.line)
            for path, text in sorted(modules.items())
            for each in imports(text)
            if each.module.split(".")[0] == library
        ]
        for room in rooms:
            places = {path: line for path, line in reversed(users) if _room(path) == room}
            first, *others = sorted(places) or [""]
            for path in others:
                yield (
                    f"{path}:{places[path]}: imports {library}, as {first} does: one module of {room}/ may know it"
                )


def _stages(path: str, text: str) -> Iterator[str]:
    if _room(path) != "cli":
        return
    for each in imports(text):
        if each.at_start and _ours(each.module) in LOADED_WHEN_CALLED:
            yield (
                f"{path}:{each.line}: imports {each.module} when the command line starts; "
                "a command loads its work inside the function that does it"
            )


# -- the house ---------------------------------------------------------------------------------------------


def house() -> dict[str, str]:
    return {
        path.relative_to(HOUSE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(HOUSE.rglob("*.py"))
        if not {"site_template", "examples"} & set(path.relative_to(HOUSE).parts)
    }


def test_the_house_keeps_its_floors():
    problems = broken(house())
    assert not problems, "\n" + "\n".join(f"publisher/{problem}" for problem in problems)


def test_every_exception_is_still_needed():
    modules = house()
    unused = [
        path
        for path in DOORS
        if not any(_ours(each.module) == "plugin" for each in imports(modules.get(path, "")))
    ]
    assert not unused, f"DOORS lets these import the plugin, and they do not: {', '.join(unused)}"


# -- the rules, on houses of a few lines -------------------------------------------------------------------


def module(*lines: str) -> str:
    return "\n".join(['"""A room."""', "", *lines, ""])


SOUND = {
    "__init__.py": module("from publisher.model.record import Record"),
    "__main__.py": module("from publisher.cli.main import main"),
    "errors.py": module(),
    "shipped.py": module("from pathlib import Path"),
    "model/__init__.py": module(),
    "model/record.py": module(
        "from publisher import __version__", "from publisher.errors import PublisherError"
    ),
    "store/yaml.py": module("import yaml", "from ruamel.yaml import YAML"),
    "store/records.py": module("import publisher.store.yaml", "from publisher.model import record"),
    "probe/git.py": module("import pygit2", "from publisher.errors import PublisherError"),
    "capture/run.py": module("from publisher.probe.git import head", "from publisher.store import records"),
    "publish/frame/templates.py": module("import jinja2", "from publisher.shipped import shipped"),
    "publish/changes.py": module("def log():", "    import pygit2"),
    "plugin/mkdocs.py": module(
        "from mkdocs.plugins import BasePlugin", "import publisher.publish.frame.templates"
    ),
    "cli/terminal.py": module("def table():", "    from rich.table import Table"),
    "cli/run.py": module(
        "import publisher.errors", "def run():", "    from publisher.capture.run import capture"
    ),
    "cli/build.py": module("def run():", "    from publisher.plugin.mkdocs import build"),
}


def test_a_sound_house_has_no_complaints():
    assert broken(SOUND) == []


@pytest.mark.parametrize(
    ("path", "added", "complaint"),
    [
        ("model/record.py", "import publisher.store.records", "store above it, on floor 2; imports go down"),
        ("store/records.py", "from publisher.capture import run", "imports go down"),
        ("capture/run.py", "from publisher import cli", "imports publisher.cli: "),
        (
            "errors.py",
            "from publisher.model.record import Record",
            "errors and model are neighbours on floor 1",
        ),
        ("shipped.py", "from publisher.errors import PublisherError", "are neighbours"),
        (
            "store/records.py",
            "from publisher.probe.git import head",
            "store and probe are neighbours on floor 2",
        ),
        ("capture/run.py", "import publisher.publish.frame.templates", "neighbours do not know each other"),
        ("plugin/mkdocs.py", "from publisher.cli.terminal import say", "plugin and cli are neighbours"),
        ("cli/run.py", "def f():\n    import publisher.plugin.mkdocs", "cli and plugin are neighbours"),
        ("probe/git.py", "import_module('publisher.cli.main')", "imports go down"),
        ("probe/git.py", "if TYPE_CHECKING:\n    import publisher.capture.run", "imports go down"),
        ("model/record.py", "from .tree import flat", "a relative import"),
        ("publish/changes.py", "from markupsafe import Markup", "imports markupsafe, which has one room"),
        (
            "publish/frame/templates.py",
            "import nbconvert.exporters",
            "one room: publish/notebooks/rendering.py",
        ),
        ("store/records.py", "import yaml", "one room: store/yaml.py"),
        ("probe/git.py", "import ruamel.yaml", "one room: store/"),
        ("cli/run.py", "def f():\n    from rich import print", "one room: cli/terminal.py"),
        ("publish/frame/templates.py", "import mkdocs", "one room: plugin/"),
        ("capture/run.py", "import pygit2", "one module of each of probe/ and publish/"),
        ("publish/frame/templates.py", "import pygit2", "as publish/changes.py does"),
        ("cli/run.py", "from publisher.store.index import Index", "when the command line starts"),
        ("cli/run.py", "from publisher import capture", "when the command line starts"),
        (
            "cli/run.py",
            "try:\n    import publisher.verify\nexcept ImportError:\n    pass",
            "command line starts",
        ),
    ],
)
def test_a_broken_rule_is_named_with_its_line(path, added, complaint):
    before = SOUND[path].count("\n")
    at = before + next(n for n, line in enumerate(added.splitlines(), 1) if "import" in line)
    problems = broken({**SOUND, path: SOUND[path] + added + "\n"})
    assert len(problems) == 1
    assert problems[0].startswith(f"{path}:{at}: ")
    assert complaint in problems[0]


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        ("store/cache.py", "import os\n", "store/cache.py:1: no docstring"),
        ("store/path_utils.py", module(), "`utils` is no name"),
        ("probe/manager/git.py", module(), "`manager` is no name"),
        ("attic/box.py", module(), "`attic` has no floor"),
        ("version.py", module(), "`version` has no floor"),
    ],
)
def test_a_module_of_the_wrong_form_is_named(path, text, complaint):
    problems = broken({**SOUND, path: text})
    assert len(problems) == 1
    assert complaint in problems[0]


def test_an_import_for_the_eyes_of_the_type_checker_costs_no_time():
    lazy = module("if TYPE_CHECKING:", "    from publisher.store.index import Index")
    assert broken({**SOUND, "cli/list.py": lazy}) == []
