"""Executed notebooks to HTML: the only room that knows nbconvert. Nothing is executed here.

A notebook may come from a stranger: nh3 sanitises its outputs and its Markdown where nbconvert would have bleach
do it (which shows harmless elements as text), and the whole page again; images become files, shown by `<img>`.
Where scripts are allowed, what needs them becomes a file as well, shown in a sandboxed frame: see `frames`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from publisher.publish import addresses
from publisher.publish.frame.templates import CompiledBefore
from publisher.publish.listing import visible
from publisher.publish.notebooks.finding import Found
from publisher.publish.notebooks.frames import Frames
from publisher.publish.notebooks.images import size_of
from publisher.publish.notebooks.outputs import FOLD, prepare
from publisher.publish.notebooks.reading import Reading, read_notebook
from publisher.publish.svg import examine

_FORM = 8  #: of what is remembered; a change makes every notebook be rendered again
_SVG = "data:image/svg+xml;base64,"  #: in an `img`, where no script in it runs
_NO_WORDS = "No description has been provided for this image"  #: what nbconvert says of most images
_IMAGE = re.compile(r'<img(?P<rest>(?: [a-z]+="[^"]*")*)>')
#: nbconvert's own, with long outputs folded, and every output in a place that scrolls by itself, also by keyboard
_TEMPLATE = f"""\
{{%- extends "basic/index.html.j2" -%}}
{{%- block output -%}}
{{%- set told = output.metadata.get("{FOLD}") -%}}
{{% if told %}}<details><summary>{{{{ told }}}}</summary>{{% endif %}}
<div class="pub-scroll" tabindex="0">{{{{ super() }}}}</div>
{{% if told %}}</details>{{% endif %}}
{{%- endblock output -%}}
"""
_CLASSES = re.compile(r"[A-Za-z0-9_ -]*")
_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
    ]
)


class Rendered(Struct, frozen=True, kw_only=True):
    """A notebook's page: what is shown and the files that it needs."""

    title: str
    cells: int  #: with code
    executed: int  #: of these
    failed: bool  #: an output is an error
    problem: str  #: why it could not be rendered; empty otherwise
    broken: int = 0  #: outputs and cells that a note stands for, because they cannot be read
    cut: bool = False  #: something is left out because it is too much for a page
    html: str
    files: list[str]  #: names of images and of pages in frames; they lie beside the remembered page
    frames: int = 0  #: of these, pages in frames


def rendered(root: Path, notebook: Found, cache: Path) -> tuple[Rendered, Path]:
    """A notebook's page, remembered by its content; and the folder that holds its files.

    Args:
        root: The project.
        notebook: Which.
        cache: A folder that may be deleted at any time.
    """
    told = f"{_FORM} {notebook.sha256} {notebook.scripts} {notebook.name} {notebook.path}"
    key = hashlib.sha256(told.encode()).hexdigest()
    folder = cache / key[:32]
    try:
        return msgspec.json.decode((folder / "page.json").read_bytes(), type=Rendered), folder
    except (OSError, msgspec.MsgspecError):
        pass
    page, files = _render((root / notebook.path).read_bytes(), notebook)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    part = folder / "page.json.part"
    part.write_bytes(msgspec.json.encode(page))
    part.replace(folder / "page.json")
    return page, folder


def _render(data: bytes, notebook: Found) -> tuple[Rendered, dict[str, bytes]]:
    title = visible(re.sub(r"(?i)\.ipynb$", "", notebook.path.rpartition("/")[2]))
    reading = read_notebook(data)
    if not reading.problem:
        try:
            return _converted(reading, notebook, title)
        except Exception as error:  # a stranger's notebook does not stop the rest of a build
            problem = f"cannot be rendered: {type(error).__name__}: {error}".splitlines()[0][:300]
            reading = Reading(tree={}, problem=problem)
    return Rendered(
        title=title, cells=0, executed=0, failed=False, problem=visible(reading.problem), html="", files=[]
    ), {}


def _converted(reading: Reading, notebook: Found, title: str) -> tuple[Rendered, dict[str, bytes]]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of nbformat, about ids of cells that old notebooks lack
        import nbconvert
        import nbformat
        from traitlets.config import Config

        read: Any = nbformat.reads  # neither library has types
        node = read(json.dumps(reading.tree), as_version=4)
        frames = Frames(notebook.sha256)
        for frames.cell, cell in enumerate(node.cells, 1):
            for output in cell.get("outputs", ()):
                prepare(output, frames.take if notebook.scripts else None)
        settings = Config()
        settings.HTMLExporter.preprocessors = ["nbconvert.preprocessors.ExtractOutputPreprocessor"]
        settings.ExtractOutputPreprocessor.output_filename_template = (
            "{unique_key}-{cell_index}-{index}{extension}"
        )
        make: Any = nbconvert.HTMLExporter
        exporter = make(config=settings, template_name="basic", sanitize_html=True, raw_template=_TEMPLATE)
        exporter.environment.bytecode_cache = CompiledBefore("notebooks")
        exporter.exclude_anchor_links = True
        folder = f"{notebook.name}_files"
        exporter.register_filter("clean_html", lambda html: _clean(str(html), folder))
        resources = {"unique_key": "figure", "output_files_dir": folder}
        html, left = exporter.from_notebook_node(node, resources=resources)
    outputs: dict[str, bytes] = left.get("outputs", {})
    files = {Path(path).name: content for path, content in outputs.items()}
    for name, content in files.items():
        if name.endswith(".svg"):  # which nbconvert extracts and then embeds all the same
            html = html.replace(f"{_SVG}{base64.b64encode(content).decode()}", f"{folder}/{name}")
            drawing = examine(content)
            files[name] = content if drawing.only_draws else drawing.copy
    code = [cell for cell in node.cells if cell.cell_type == "code" and cell.source.strip()]
    page = Rendered(
        title=_title(node) or title,
        cells=len(code),
        executed=sum(cell.execution_count is not None for cell in code),
        failed=any(out.output_type == "error" for cell in code for out in cell.outputs),
        problem="",
        broken=len(reading.broken),
        cut=reading.cut,
        html=frames.put(_IMAGE.sub(partial(_described, files), _clean(html, folder)), folder),
        files=sorted(files | frames.files),
        frames=len(frames.files),
    )
    return page, files | frames.files


def _described(files: Mapping[str, bytes], image: re.Match[str]) -> str:
    """An image with words for who does not see it, and its size, so that a page does not jump when it comes."""
    rest = image["rest"].replace(f' alt="{_NO_WORDS}"', "")
    if ' alt="' not in rest:
        rest += ' alt="picture drawn by the cell above" loading="lazy"'
    source = re.search(r' src="[^"]*/(?P<name>[^"/]+)"', rest)
    size = size_of(files.get(source["name"], b"")) if source else None
    if size and " width=" not in rest and " height=" not in rest:
        rest += f' width="{size[0]}" height="{size[1]}"'
    return f"<img{rest}>"


def _title(node: Any) -> str:
    """The first heading of a notebook."""
    for cell in node.cells:
        if cell.cell_type == "markdown":
            heading = re.search(r"^#{1,2}[ \t]+(?P<text>.+?)[ \t#]*$", cell.source, re.MULTILINE)
            if heading:
                return visible(re.sub(r"[*_`]", "", heading["text"]))[:200]
    return ""


def _clean(html: str, folder: str) -> str:
    """Only harmless elements, links to http and https, images that lie in the notebook's own folder."""
    import nh3

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "src":
            inside = value.startswith(f"{folder}/") and addresses.is_inside(value)
            return value if inside or value.startswith(("data:image/png;base64,", _SVG)) else None
        if name == "href":
            return value if value.startswith(("https://", "http://", "#")) else None
        if name == "tabindex":
            return value if value == "0" else None
        if name == "class":
            return value if _CLASSES.fullmatch(value) and "md-" not in value else None
        return value

    return nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={
            "*": {"class"},
            "a": {"href", "title"},
            "div": {"tabindex"},
            "img": {"src", "alt", "width", "height"},
            "td": {"colspan", "rowspan"},
            "th": {"colspan", "rowspan", "scope"},
            "h1": {"id"},
            "h2": {"id"},
            "h3": {"id"},
            "h4": {"id"},
            "h5": {"id"},
            "h6": {"id"},
        },
        attribute_filter=attribute,
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer",
    )
