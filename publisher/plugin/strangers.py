"""Whether the `mkdocs.yml` of somebody else's repository does nothing but name pages. Pure.

Hooks, plugins, templates and Python names in such a file are programs: who looks at a stranger's records has not
agreed to run them. What is not known to be harmless is not taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.errors import UnreadableYaml
from publisher.store.yaml import read

_KEYS = {
    *(
        "site_name",
        "site_description",
        "site_author",
        "site_url",
        "repo_url",
        "repo_name",
        "edit_uri",
        "copyright",
    ),
    *("docs_dir", "use_directory_urls", "strict", "exclude_docs", "not_in_nav", "draft_docs", "nav", "theme"),
    *("plugins", "markdown_extensions", "extra_css"),
}
_THEME = {"name", "font", "features", "palette", "language", "logo", "favicon", "icon"}
_EXTENSIONS = {
    *(
        "abbr",
        "admonition",
        "attr_list",
        "def_list",
        "footnotes",
        "md_in_html",
        "meta",
        "sane_lists",
        "tables",
        "toc",
    ),
    *("pymdownx.details", "pymdownx.highlight", "pymdownx.inlinehilite", "pymdownx.keys", "pymdownx.mark"),
    *(
        "pymdownx.smartsymbols",
        "pymdownx.superfences",
        "pymdownx.tabbed",
        "pymdownx.tasklist",
        "pymdownx.tilde",
    ),
}


def not_harmless(text: str) -> str:
    """What in a configuration of MkDocs might run a program or read other files, in a few words; else empty."""
    try:
        values = read(text)
    except UnreadableYaml as error:
        return f"line {error.where}: {error.what}"
    unknown = sorted(map(str, values.keys() - _KEYS))
    if unknown:
        return f"`{unknown[0]}`"
    theme = values.get("theme", "mkdocs")  # the one that MkDocs takes by itself
    theme = theme if isinstance(theme, dict) else {"name": theme}
    if theme.get("name") not in ("material", "mkdocs", "readthedocs"):
        return "`theme.name`"
    if odd := sorted(theme.keys() - _THEME):
        return f"`theme.{odd[0]}`"
    docs = values.get("docs_dir", "docs")
    if not isinstance(docs, str) or docs.startswith(("/", "~", "\\")) or ":" in docs or ".." in docs:
        return "`docs_dir`"
    plugins, extensions = _named(values.get("plugins")), _named(values.get("markdown_extensions"))
    if odd := sorted(plugins.keys() - {"search", "publisher"}):
        return f"the plugin `{odd[0]}`"
    if any(plugins.values()):
        return "an option of a plugin"
    if odd := sorted(extensions.keys() - _EXTENSIONS):
        return f"the extension `{odd[0]}`"
    if not all(_is_plain(option) for each in extensions.values() for option in each.values()):
        return "an option of an extension"
    return ""


def _named(said: Any) -> dict[str, Mapping[str, Any]]:
    """Plugins or extensions with their options, of the forms in which they may be listed."""
    if isinstance(said, dict):
        said = [{name: options} for name, options in said.items()]
    found: dict[str, Mapping[str, Any]] = {}
    for each in said if isinstance(said, list) else []:
        pairs = each.items() if isinstance(each, dict) else [(each, None)]
        found |= {str(name): options if isinstance(options, dict) else {} for name, options in pairs}
    return found


def _is_plain(option: Any) -> bool:
    return option is None or isinstance(option, bool | int)
