"""MkDocs, driven in this process: renders the prose and the frames of a site into a folder.

It does not know what the pages hold; the plugin adds the frames, and whoever called fills them.
"""

from __future__ import annotations

import json
import logging
import os
import re
from html import escape
from pathlib import Path
from typing import Any

os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")  # Material's banner is for people who call `mkdocs`

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config.base import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import MkDocsException

from publisher.errors import BrokenSite
from publisher.model.edition import Frozen
from publisher.model.project import Project
from publisher.plugin.mkdocs import PublisherPlugin
from publisher.publish import addresses
from publisher.publish.listing import visible
from publisher.publish.site import Generated, Site
from publisher.store.cache import cache_folder

_PALETTE = [
    {
        "media": "(prefers-color-scheme)",
        "toggle": {"icon": "material/brightness-auto", "name": "Switch to light mode"},
    },
    {
        "media": "(prefers-color-scheme: light)",
        "scheme": "default",
        "primary": "indigo",
        "accent": "indigo",
        "toggle": {"icon": "material/brightness-7", "name": "Switch to dark mode"},
    },
    {
        "media": "(prefers-color-scheme: dark)",
        "scheme": "slate",
        "primary": "indigo",
        "accent": "indigo",
        "toggle": {"icon": "material/brightness-4", "name": "Follow the system"},
    },
]


class MkDocs:
    """A generator for `publisher.publish.build`."""

    def __init__(
        self,
        config_file: Path | None,
        *,
        portable: bool = False,
        anonymous: bool = False,
        edition: Frozen | None = None,
    ) -> None:
        """Say which configuration to use.

        Args:
            config_file: An `mkdocs.yml`; None for a built-in one.
            portable: Links name files, so that pages open by a double click, whatever the configuration says.
            anonymous: What the configuration says of persons and places is left out.
            edition: What the site is frozen for, beside others; None for one that stands alone.
        """
        self.config_file = config_file
        self.portable = portable
        self.anonymous = anonymous
        self.edition = edition
        self.config: MkDocsConfig | None = None  #: what MkDocs was told, after a call
        self.asked = False  #: the prose shows what records say

    def __call__(self, site: Site, staging: Path) -> Generated:
        """Render into a folder, which MkDocs wipes first.

        Raises:
            BrokenSite: The configuration is wrong or lacks the plugin, or MkDocs failed.
        """
        path = self.config_file or _built_in(site.project)
        heard = _Heard()
        log = logging.getLogger("mkdocs")
        before = (log.level, log.propagate)
        log.setLevel(logging.WARNING)
        log.propagate = False
        log.addHandler(heard)
        config: MkDocsConfig | None = None
        try:
            config = load_config(str(path), site_dir=str(staging))
            plugin = config.plugins.get("publisher")
            if not isinstance(plugin, PublisherPlugin):
                raise BrokenSite(
                    "does not name the plugin, so the pages of runs have nowhere to go",
                    where=path,
                    hint="add these lines to it:\n    plugins:\n      - search\n      - publisher",
                )
            if self.portable:
                config.use_directory_urls = False
            if self.edition:
                as_edition(config, self.edition.name)
            names = without_names(config) if self.anonymous else []
            if self.anonymous and self.config_file is None and not site.project.settings.paper.title:
                config.site_name = "Supplement"  # and not the name of a folder
            plugin.drive(site, self.edition)
            if self.config_file is None:
                plugin.own_docs = cache_folder(site.project) / "docs"
            staging.parent.mkdir(parents=True, exist_ok=True)
            config.plugins.on_startup(command="build", dirty=False)
            mkdocs_build(config)
        except MkDocsException as error:
            said = [*heard.errors, *([str(error)] if str(error) not in " ".join(heard.errors) else [])]
            raise BrokenSite("MkDocs: " + "; ".join(said), where=path) from error
        finally:
            if config is not None:
                config.plugins.on_shutdown()
            log.removeHandler(heard)
            log.setLevel(before[0])
            log.propagate = before[1]
        self.config, self.asked = config, plugin.desk.asked
        generated = plugin.generated(config)
        generated.warnings = heard.warnings
        generated.names = names
        return generated


def as_edition(config: MkDocsConfig, name: str) -> None:
    """Have a configuration make one edition of several: its own address, Material's selector, our banner."""
    extra: Any = config.extra  # a mapping
    extra["version"] = {"provider": "mike", "alias": True}
    if config.site_url:
        config.site_url = f"{config.site_url.rstrip('/')}/{name}/"
    config.extra_javascript.append(addresses.EDITION)


class _Heard(logging.Handler):
    """What MkDocs has to say, kept for whoever talks to the person."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[str] = []
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        kept = self.errors if record.levelno >= logging.ERROR else self.warnings
        kept.append(record.getMessage())


def without_names(config: MkDocsConfig) -> list[str]:
    """Have a configuration say nothing of persons and places; what it said of them."""
    extra: Any = config.extra  # a mapping
    links = [each.get("link") for each in extra.get("social") or () if isinstance(each, dict)]
    holder = re.sub(
        r"<[^>]*>|&\w+;|©|\(c\)|copyright|by\b|[\d–-]{4,}", " ", config.copyright or "", flags=re.I
    )
    said = [config.site_author, config.repo_url, config.site_url, *re.split(r"[,;]| and ", holder), *links]
    config.site_author = config.repo_url = config.repo_name = config.edit_uri = config.copyright = None
    config.edit_uri_template = None
    config.site_url = ""
    for name in ("social", "analytics", "homepage", "scope"):
        extra.pop(name, None)
    return [each.strip() for each in said if isinstance(each, str) and each.strip()]


def _built_in(project: Project) -> Path:
    """The configuration of a project without an `mkdocs.yml`, written into the cache for MkDocs to read."""
    docs = project.root / "docs"
    cache = cache_folder(project)
    if not (docs / "index.md").is_file():
        docs = cache / "docs"
        docs.mkdir(parents=True, exist_ok=True)
    path = cache / "mkdocs.yml"
    path.write_text(json.dumps(built_in(project, docs), indent=2) + "\n", "utf-8")
    return path


def built_in(project: Project, docs: Path) -> dict[str, Any]:
    """What stands in the built-in configuration. Links name files, so that pages open by a double click."""
    return {
        "site_name": escape(
            visible(project.settings.paper.title or project.root.name)
        ),  # themes do not escape it
        "docs_dir": str(docs),
        "use_directory_urls": False,
        "theme": {
            "name": "material",
            "font": False,
            "features": ["navigation.tabs", "content.code.copy", "search.highlight"],
            "palette": _PALETTE,
        },
        "nav": [
            {"Home": "index.md"},
            {"Runs": "runs/index.md"},
            {"Figures": "figures/index.md"},
            {"Reproduction": "reproduction/index.md"},
            {"Notebooks": "notebooks/index.md"},
            {"Environments": "environments/index.md"},
            {"Compare": "compare/index.md"},
            {"Data": "data/index.md"},
            {"Which run made this file?": "which/index.md"},
        ],
        "not_in_nav": "*\n",
        "plugins": ["search", {"publisher": {"root": str(project.root)}}],
        "markdown_extensions": ["admonition", "attr_list", "tables", "toc"],
    }
