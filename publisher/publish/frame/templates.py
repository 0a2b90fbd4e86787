"""Templates to HTML: the only room that knows Jinja2.

Everything that comes from a record is escaped; a name that a template uses and its context lacks is an error.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import markupsafe
from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateError,
)
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, escape

from publisher.errors import BrokenSite
from publisher.publish import words
from publisher.shipped import shipped
from publisher.store.cache import user_cache

#: Escapes a text and makes no `Markup` of it. It is not promised to stay: without it pages take longer to make.
_escaped: Callable[[str], str] = getattr(markupsafe, "_escape_inner", escape)
_MOST_PARTS = 2000  #: rendered parts that are remembered


class CompiledBefore(FileSystemBytecodeCache):
    """What was compiled in former builds, which saves each half a second.

    It is code: so it is in the user's own cache, and never in a folder that came with somebody's repository.
    """

    def __init__(self, whose: str) -> None:
        """Find the folder.

        Args:
            whose: Names the kind of environment: each compiles the same file otherwise, as another Jinja2 does.
        """
        folder = user_cache() / "templates" / f"{whose}-{version('jinja2')}"
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        super().__init__(str(folder))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Find it, where it can be read."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, where there is room."""
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


class _Compiling(CodeGenerator):
    """Compiles templates that escape as Jinja's do, but make no `Markup` of each text, only to join them.

    It saves a seventh of the work on a run's page.
    """

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None:
            self.write("environment.escaped(")
        else:
            super()._output_child_pre(node, frame, finalize)


class _Jinja(Environment):
    code_generator_class = _Compiling

    @staticmethod
    def escaped(value: Any) -> str:
        """A value of any kind as HTML."""
        return _escaped(value) if type(value) is str else escape(value)


class Pages:
    """The templates, compiled once."""

    def __init__(self, overrides: Path | None = None, *, directory_urls: bool = False) -> None:
        """Open the templates.

        Args:
            overrides: A folder whose files are taken before ours; a file there may extend `base/` of its name.
            directory_urls: Whether links to a page leave out `index.html`.
        """
        ours = shipped("site_template") / "templates"
        self._folders = [folder for folder in (overrides, ours) if folder and folder.is_dir()]
        self._jinja = _Jinja(
            loader=FileSystemLoader(self._folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=CompiledBefore("pages"),
        )
        index = "" if directory_urls else "index.html"
        self._jinja.globals |= {
            "index": index,
            "size": words.size,
            "plural": words.plural,
            "short": words.short,
        }
        self._jinja.globals["shared"] = self._shared
        self._templates: dict[str, Template] = {}
        self._parts: dict[tuple[Any, ...], Markup] = {}
        self.digest = self._digest(index)

    def _digest(self, *words: str) -> str:
        """A digest of everything that decides how a page looks."""
        digest = hashlib.sha256("\0".join(words).encode())
        for folder in self._folders:
            for path in sorted(folder.rglob("*.j2")):
                digest.update(
                    path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
                )
        return digest.hexdigest()

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """One page's content.

        Args:
            name: Of the template, without `.html.j2`.
            context: What the template's opening comment asks for.

        Raises:
            BrokenSite: The template cannot be read, or uses what it was not given.
        """
        try:
            return self._template(name).render(context)
        except TemplateError as error:
            line = getattr(error, "lineno", None)
            where = f"{name}.html.j2" + (f":{line}" if line else "")
            raise BrokenSite(f"the template cannot be rendered: {error}", where=where) from error

    def _template(self, name: str) -> Template:
        found = self._templates.get(name)
        if found is None:
            # Jinja makes a module anew for each page that imports it: so what all share is known to all.
            self._jinja.globals |= {each: made for each, made in vars(self._macros).items() if callable(made)}
            found = self._templates[name] = self._jinja.get_template(f"{name}.html.j2")
            found.globals = dict(found.globals)  # a chain of mappings, that each page would walk along
        return found

    @cached_property
    def _macros(self) -> Any:
        return self._jinja.get_template("base/parts.html.j2").module

    def _shared(self, name: str, *values: Any) -> Markup:
        """A part of a page of a run; runs of one study share many, which are rendered once."""
        key = (name, *(tuple(each) if isinstance(each, list) else each for each in values))
        found = self._parts.get(key)
        if found is None:
            if len(self._parts) >= _MOST_PARTS:
                self._parts.clear()
            found = self._parts[key] = getattr(self._macros, name)(*values)
        return found

    def sanitised(self, html: str) -> Markup:
        """HTML that a sanitiser has been through, for a template to print as it is."""
        return Markup(html)
