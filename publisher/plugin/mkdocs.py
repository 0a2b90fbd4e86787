"""The MkDocs plugin: adds our frames and index pages to a site, and has them filled when it is built.

It works in two ways. With `mkdocs build` it loads the records itself and fills the pages where MkDocs wrote
them. When `publisher build` drives MkDocs it is given the plan, and filling is left to the driver.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config import base, config_options
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from publisher.errors import BrokenSite, PublisherError
from publisher.model.edition import Frozen
from publisher.model.printable import guard_beginning, printable_line, printable_lines
from publisher.plugin.markdown import Desk, Place
from publisher.publish import addresses
from publisher.publish.finish import finish
from publisher.publish.frame import frame
from publisher.publish.frame.policy import defused
from publisher.publish.frame.templates import CompiledBefore, Pages
from publisher.publish.listing import visible
from publisher.publish.outlet.bundle import date_of_files
from publisher.publish.outlet.folder import Folder
from publisher.publish.paper.prose import Prose
from publisher.publish.publishable import Publishable
from publisher.publish.secrecy import refuse_secrets
from publisher.publish.site import Generated, Site, load, prepare
from publisher.safe_io import first_link
from publisher.shipped import shipped
from publisher.store.cache import cache_folder
from publisher.store.project import project_at

_log = get_plugin_logger("publisher")


def _one_line(record: logging.LogRecord) -> bool:
    """Have what we log be one line in which every character shows, whatever words of strangers are in it."""
    record.msg, record.args = guard_beginning(printable_line(record.getMessage())), None
    return True


_log.logger.addFilter(_one_line)

if TYPE_CHECKING:
    from mkdocs.utils.templates import TemplateContext

_EXTENSION = "publisher.plugin.markdown"
_WITHOUT_TEMPLATES = {"search", "material/search", "publisher"}  #: plugins that leave Jinja2 as it is
_EDITION = "edition/index.md"
_EDITION_TITLE = "This edition"
_INDEX_PAGES = {
    "runs/index.md": (
        "Runs",
        "Every execution behind this work: what ran, why, with which parameters, and what came out.",
    ),
    "figures/index.md": ("Figures", "Every figure, with the run that made it."),
    "notebooks/index.md": ("Notebooks", "Notebooks, with the results that they hold."),
    "environments/index.md": (
        "Environments",
        "What the runs saw around them: the system, Python, and every installed package.",
    ),
    "reproduction/index.md": ("Reproduction", "Can this work be re-run, and does it match?"),
    "compare/index.md": ("Compare", "What is different between runs: any number of them, side by side."),
    "data/index.md": ("Data", "Every file that went into this work or came out of it, by its content."),
    "which/index.md": (
        "Which run made this file?",
        "Drop a file, or paste its SHA-256, and see the run that made it, and those that read it.",
    ),
}


class Options(base.Config):  # type: ignore[no-untyped-call]
    """What stands below `publisher:` in mkdocs.yml."""

    root = config_options.Optional(config_options.Type(str))  #: the project, relative to mkdocs.yml
    templates = config_options.Optional(config_options.Type(str))  #: templates that replace ours


class PublisherPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]
    """Translates between MkDocs' events and the stages of a build."""

    def __init__(self) -> None:
        self.site: Site | None = None
        self.edition: Frozen | None = None
        self.driven = False  #: filling the pages is left to whoever gave us the plan
        self.own_docs: Path | None = None  #: a folder for pages that is ours, and not in the repository
        self.desk = Desk(told=self._told_of)
        self._home = False
        self._copyright: str | None = None  #: as the configuration has it

    def drive(self, site: Site, edition: Frozen | None = None) -> None:
        """Build for a driver, which prepared the plan and fills the pages itself.

        Args:
            site: The plan.
            edition: What the site is frozen for, beside others.
        """
        self.site, self.driven, self.edition = site, True, edition

    def generated(self, config: MkDocsConfig) -> Generated:
        """What MkDocs leaves when it is done."""
        templates = self.config.templates
        return Generated(
            folder=Path(config.site_dir),
            directory_urls=config.use_directory_urls,
            address=(config.site_url or "").rstrip("/") + "/" if config.site_url else "",
            edition=self.edition,
            templates=_beside(config, templates) if templates else None,
        )

    @event_priority(-50)
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Have every page load our style and our script; refuse what must not be published."""
        self._confine(config)
        for listed, address in (
            (config.extra_css, addresses.STYLE),
            (config.extra_javascript, addresses.SCRIPT),
        ):
            if address not in listed:
                listed.append(address)
        self._copyright = config.copyright
        config.markdown_extensions.append(_EXTENSION)
        config.mdx_configs[_EXTENSION] = {"desk": self.desk}
        return config

    def _confine(self, config: MkDocsConfig) -> None:
        """See to it that only files of the repository are read, and nothing is written through a link."""
        root = _beside(config, self.config.root or ".") if self.site is None else self.site.project.root
        with _told(self.driven):
            publishable = Publishable(root)
            self.desk.may_read = publishable.allows
            folders = [config.docs_dir, config.theme.custom_dir, self.config.templates]
            for folder in filter(None, folders):
                place = _beside(config, folder)
                if place != self.own_docs:
                    publishable.refuse_unpublishable(place)
            link = first_link(root, Path(config.site_dir))
            if link is not None:
                raise BrokenSite(
                    "is a symbolic link, and a site is not written through one that a repository may have brought",
                    where=link,
                    hint="remove it, or name another `site_dir`",
                )

    @event_priority(-50)
    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> Files:
        """Add frames, index pages, style and script; load the records unless a driver did."""
        if not self.driven:
            with _told():
                project = project_at(_beside(config, self.config.root or "."))
                self.site = prepare(
                    project, *load(project), but=[Path(config.site_dir), Path(config.docs_dir)]
                )
                refuse_secrets(self.site)
        assert self.site is not None, "a driver gives a plan"
        templates = self.config.templates
        self.desk.resolver = Prose(
            self.site,
            Pages(
                _beside(config, templates) if templates else None,
                directory_urls=config.use_directory_urls,
            ),
        )
        hidden = "[toc, navigation]" if "navigation.tabs" in (config.theme.get("features") or ()) else "[toc]"
        around = f"title: {frame.TITLE}\ndescription: {frame.DESCRIPTION}\nsearch: {{exclude: true}}"
        for section, address in addresses.FRAMES.items():
            file = File.generated(
                config,
                f"{section}/{addresses.FRAME_NAME}.md",
                content=f"---\n{around}\nhide: {hidden}\n---\n",
            )
            file.dest_uri = file.url = address
            file.inclusion = InclusionLevel.NOT_IN_NAV
            files.append(file)
        for path, (title, sentence) in _INDEX_PAGES.items():
            if files.get_file_from_path(path) is None:
                text = f"---\ntitle: {title}\nhide: {hidden}\n---\n# {title}\n\n{sentence}\n"
                files.append(File.generated(config, path, content=text))
        self._home = not any(page.dest_uri == addresses.HOME for page in files.documentation_pages())
        if self._home:
            files.append(
                File.generated(config, "index.md", content=f"---\ntitle: Home\nhide: {hidden}\n---\n")
            )
        if self.edition:
            text = f"---\ntitle: {_EDITION_TITLE}\nhide: {hidden}\nsearch: {{exclude: true}}\n---\n"
            file = File.generated(config, _EDITION, content=text)
            file.inclusion = InclusionLevel.NOT_IN_NAV
            files.append(file)
        for source in sorted((shipped("site_template") / "assets").iterdir()):
            address = f"assets/{source.name}"
            if files.get_file_from_path(address) is None:
                files.append(File.generated(config, address, abs_src_path=str(source)))
        return files

    def on_env(self, env: Any, /, *, config: MkDocsConfig, files: Files) -> Any:
        """Have the theme's templates compiled once, where nobody else's code can change what comes of it."""
        if self.driven and not config.hooks and set(config.plugins) <= _WITHOUT_TEMPLATES:
            env.bytecode_cache = CompiledBefore("theme")
        return env

    def on_nav(self, nav: Navigation, /, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Date pages by the newest run, and have our index pages stand in the navigation by themselves."""
        assert self.site is not None
        for file in files.documentation_pages():
            if file.page is not None and "SOURCE_DATE_EPOCH" not in os.environ:
                file.page.update_date = date_of_files(self.site.date)
        if config.nav is None:
            nav.items = [_alone(item) for item in nav.items]
        return nav

    @event_priority(-100)
    def on_page_markdown(self, markdown: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Say which page comes next to what resolves the names in it."""
        assert self.site is not None
        file = page.file
        place = Path(file.abs_src_path).resolve() if file.abs_src_path and not file.generated_by else None
        root = self.site.project.root
        known = place is not None and place.is_relative_to(root)
        self.desk.place = Place(
            address=file.dest_uri,
            file=place.relative_to(root).as_posix() if place and known else file.src_uri,
            text=file.content_string,
        )
        self.desk.refused.clear()
        return markdown

    def _told_of(self, error: PublisherError) -> Exception:
        """An error in an author's page; a driver takes ours as they are."""
        return error if self.driven else _plugin_error(error)

    @event_priority(-100)
    def on_page_content(self, html: str, /, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Leave markers where our content will go; take scripts out of what authors wrote."""
        path = page.file.src_uri
        for each in self.desk.refused:
            _log.warning(f"{path}: `{os.path.basename(each)}` is not included: git does not track that file")
        html, scripts = defused(html)
        if scripts:
            _log.warning(
                f"{path}: a script in the page does not run; put it into a file that `extra_javascript` names"
            )
        ours = (addresses.EDITION_PAGE, *addresses.FRAMES.values())
        if page.file.dest_uri in ours or (self._home and path == "index.md"):
            return frame.WHOLE
        return html + frame.PART if path in _INDEX_PAGES else html

    def on_page_context(
        self, context: TemplateContext, /, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Show a run page as one of the section that it belongs to; below each, say of which edition it is."""
        if self.edition:
            here = get_relative_url(addresses.EDITION_PAGE, page.url)
            name = f"Edition {self.edition.name}" if self.edition.tag else "Draft"
            said = f'<a href="{here}">{name} of {self.edition.date}: cite it</a>'
            config.copyright = "<br>".join(filter(None, [self._copyright, said]))
        self._mark(page, nav, True)
        self._nav = nav
        return context

    def on_post_page(self, output: str, /, *, page: Page, config: MkDocsConfig) -> str:
        """Take back what `on_page_context` marked."""
        self._mark(page, self._nav, False)
        return output

    def _mark(self, page: Page, nav: Navigation, active: bool) -> None:
        section = next(
            (name for name, address in addresses.FRAMES.items() if page.file.dest_uri == address), None
        )
        for each in nav.pages if section else ():
            if each.file.src_uri == f"{section}/index.md":
                each.active = active

    def on_template_context(
        self, context: TemplateContext, /, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Keep the frames out of the site map."""
        context["pages"] = [f for f in context["pages"] if f.dest_uri not in addresses.FRAMES.values()]
        return context

    @event_priority(-100)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Fill the pages where MkDocs wrote them, unless a driver does it."""
        if not self.driven and self.site is not None:
            with _told():
                generated = self.generated(config)
                finish(
                    self.site,
                    generated,
                    Folder(Path(config.site_dir), cache=cache_folder(self.site.project), in_place=True),
                )
                for complaint in generated.complaints:
                    _log.warning(complaint)
                for each in self.site.broken:
                    _log.warning(f"{visible(each.path)}: {visible(each.reason)}")


def _beside(config: MkDocsConfig, path: str) -> Path:
    """A path of mkdocs.yml, which is relative to where that file is."""
    return Path(config.config_file_path or ".").resolve().parent / path


def _alone(item: Any) -> Any:
    """A section that holds nothing but one of our index pages, as that page."""
    if isinstance(item, Section) and len(item.children) == 1:
        page = item.children[0]
        if isinstance(page, Page) and page.file.src_uri in _INDEX_PAGES:
            page.parent = item.parent
            return page
    return item


def _plugin_error(error: PublisherError) -> PluginError:
    """An error that MkDocs prints as it is: what is wrong, and what to try, each on its line."""
    lines = [f"publisher: {printable_line(error.in_a_line)}"]
    lines += [guard_beginning(f"  {each}") for each in printable_lines(error.hint)]
    return PluginError("\n".join(lines))


class _told:
    """Turns our errors into those that MkDocs prints as one line; a driver takes ours as they are."""

    def __init__(self, driven: bool = False) -> None:
        self._driven = driven

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PublisherError) and not self._driven:
            raise _plugin_error(error) from error
