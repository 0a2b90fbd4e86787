"""What MkDocs rendered last time, taken again when nothing that it is made from has changed.

MkDocs takes a second to start and to render a handful of pages, which is as long as bringing ten thousand runs up
to date. Whether it would render the same is decided without loading it, and only for configurations of which
everything is known: with other plugins, hooks or extensions, which may read anything, it renders each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from publisher.model.edition import Frozen
from publisher.publish.site import Generated, Site
from publisher.shipped import shipped

if TYPE_CHECKING:
    from publisher.plugin import generator

#: What renders, by its distribution: another version may render otherwise.
_MADE_WITH = ("mkdocs", "mkdocs-material", "Markdown", "pymdown-extensions", "Pygments", "Jinja2")
_PLUGINS = {"search", "material/search", "publisher"}
_READ_FILES = {"pymdownx.snippets", "pymdownx.b64"}
_EXTENSIONS = {
    *("abbr", "admonition", "attr_list", "codehilite", "def_list", "extra", "fenced_code", "footnotes"),
    *("md_in_html", "meta", "nl2br", "sane_lists", "smarty", "tables", "toc", "publisher.plugin.markdown"),
}
_NEW = "new-"  #: how a folder that is being rendered is called
_READ_ELSEWHERE = ("!ENV", "INHERIT", "!relative", "!!")


class _Memory(Struct, frozen=True, kw_only=True):
    """What is kept beside the rendered pages."""

    key: str
    places: list[str]  #: files and folders that the pages are made from
    asks: bool  #: the pages show what records say
    directory_urls: bool
    address: str
    templates: str | None
    warnings: list[str]


class MkDocs:
    """A generator for `publisher.publish.build`; see `publisher.plugin.generator.MkDocs`, which does the work."""

    def __init__(
        self,
        config_file: Path | None,
        *,
        portable: bool = False,
        anonymous: bool = False,
        edition: Frozen | None = None,
    ) -> None:
        """Say which configuration to use, and what is otherwise than it says.

        Args:
            config_file: An `mkdocs.yml`; None for a built-in one.
            portable: See the generator that does the work; such pages are rendered each time.
            anonymous: The same.
            edition: The same.
        """
        self.config_file = config_file
        self.portable = portable
        self.anonymous = anonymous
        self.edition = edition

    def __call__(self, site: Site, folder: Path) -> Generated:
        """Have a folder of the cache hold what MkDocs renders; it is left as it is when that would be the same.

        Raises:
            BrokenSite: The configuration is wrong or lacks the plugin, or MkDocs failed.
        """
        path = folder.with_name(f"{folder.name}.json")
        memory = _read(path)
        if memory and folder.is_dir() and memory.key == self._key(site, memory.places, asks=memory.asks):
            return Generated(
                folder=folder,
                directory_urls=memory.directory_urls,
                address=memory.address,
                templates=Path(memory.templates) if memory.templates else None,
                warnings=list(memory.warnings),
            )
        path.unlink(missing_ok=True)
        from publisher.plugin import generator

        rendering = generator.MkDocs(
            self.config_file, portable=self.portable, anonymous=self.anonymous, edition=self.edition
        )
        generated = _in_place(rendering, site, folder)
        places = _places(rendering.config, self.config_file)
        if places is None or self.portable or self.anonymous or self.edition:
            return generated
        if generated.templates:
            places.append(str(generated.templates))
        if any(os.path.islink(path) for place in places for path, _, _ in _files(Path(place))):
            return generated  # what is behind a link, and whether it may be published, is looked at each time
        memory = _Memory(
            key=self._key(site, places, asks=rendering.asked),
            places=places,
            asks=rendering.asked,
            directory_urls=generated.directory_urls,
            address=generated.address,
            templates=str(generated.templates) if generated.templates else None,
            warnings=list(generated.warnings),
        )
        with contextlib.suppress(OSError):
            path.write_bytes(msgspec.json.encode(memory))
        return generated

    def _key(self, site: Site, places: Sequence[str], *, asks: bool) -> str:
        """A digest of everything that decides what MkDocs renders."""
        digest = hashlib.sha256()

        def add(*words: object) -> None:
            digest.update(repr(words).encode(errors="replace"))

        add(str(self.config_file), str(site.project.root), site.project.settings, site.paper, site.date)
        add([_version(name) for name in _MADE_WITH], os.environ.get("SOURCE_DATE_EPOCH"))
        if self.config_file:
            digest.update(self.config_file.read_bytes())
        else:
            add((site.project.root / "docs" / "index.md").is_file())
        for place in (Path(__file__).parent, shipped("site_template") / "assets", *map(Path, places)):
            for name, size, modified in _files(place):
                add(name, size, modified)
        if asks:
            told = [(row.id, row.sha256, row.status, row.verdict, row.verified) for row in site.chosen.rows]
            add(told, site.notebooks)
            add(*(name for name, _, _ in _files(site.project.records / "artifacts")))
            for place in (shipped("site_template") / "templates", Path(__file__).parents[1] / "publish"):
                add(*_files(place))
        return digest.hexdigest()


def _in_place(rendering: generator.MkDocs, site: Site, folder: Path) -> Generated:
    """Render into a new folder, because MkDocs empties the one it is given; it then takes the old one's place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for left in folder.parent.glob(f"{_NEW}*"):  # by a build that was killed: there is one build at a time
        shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=_NEW, dir=folder.parent))
    try:
        generated = rendering(site, new)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    generated.folder = folder
    return generated


def _read(path: Path) -> _Memory | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Memory)
    except (OSError, msgspec.MsgspecError):
        return None


def _places(config: Any, config_file: Path | None) -> list[str] | None:
    """Everything that a configuration has MkDocs read; None when that is not known."""
    if config is None or config.hooks or not set(config.plugins) <= _PLUGINS:
        return None
    extensions = {name for name in config.markdown_extensions if not name.startswith("pymdownx.")}
    if not extensions <= _EXTENSIONS or _READ_FILES & set(config.markdown_extensions):
        return None
    if config_file and any(word in config_file.read_text("utf-8") for word in _READ_ELSEWHERE):
        return None
    return [str(place) for place in (config.docs_dir, config.theme.custom_dir) if place]


def _files(place: Path) -> Iterator[tuple[str, int, int]]:
    """Every file and every link below a folder, with size and time, in order; no link is followed."""
    for folder, inner, names in os.walk(place):
        links = [each for each in inner if os.path.islink(os.path.join(folder, each))]
        inner[:] = sorted(each for each in inner if each != "__pycache__")
        for name in sorted([*names, *links]):
            path = os.path.join(folder, name)
            with contextlib.suppress(OSError):
                found = os.lstat(path)
                yield path, found.st_size, found.st_mtime_ns


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
