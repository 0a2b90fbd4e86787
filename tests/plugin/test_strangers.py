"""Whose `mkdocs.yml` is taken as it is, and whose is not."""

from __future__ import annotations

import pytest

from publisher.cli.init import MKDOCS_YML
from publisher.plugin.strangers import not_harmless

HARMLESS = [
    MKDOCS_YML.format(title="A paper"),
    "site_name: x\nplugins: [search, publisher]\n",
    "site_name: x\nplugins:\n  search:\n  publisher:\n",
    "site_name: x\ntheme: material\ndocs_dir: text\nmarkdown_extensions:\n- toc: {permalink: true}\n- admonition\n",
]
OTHERS = {
    "hooks: [evil.py]": "hooks",
    "INHERIT: ../other.yml": "INHERIT",
    "plugins: [search, publisher, macros]": "macros",
    "plugins: {macros: {}}": "macros",
    "plugins: [{publisher: {templates: mine}}]": "option of a plugin",
    "theme: {name: material, custom_dir: overrides}": "custom_dir",
    "theme: {name: null, custom_dir: overrides}": "theme.name",
    "theme: ./mine": "theme.name",
    "extra_templates: [x.html]": "extra_templates",
    "markdown_extensions: [evil.module]": "evil.module",
    "markdown_extensions: [pymdownx.snippets]": "pymdownx.snippets",
    "markdown_extensions: [{toc: {slugify: os.system}}]": "option of an extension",
    "markdown_extensions: [{toc: {slugify: !!python/name:os.system }}]": "tag",
    "markdown_extensions: [{toc: {slugify: !!python/object/apply:os.system [touch x]}}]": "tag",
    "site_name: !ENV HOME": "tag",
    "docs_dir: /etc": "docs_dir",
    "docs_dir: ../..": "docs_dir",
    "docs_dir: [a]": "docs_dir",
    "extra: {a: 1}": "extra",
    "a: &a [1]\nb: *a": "",
    "[": "",
}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_names_pages_is_harmless(text: str) -> None:
    assert not_harmless(text) == ""


@pytest.mark.parametrize(("text", "why"), OTHERS.items())
def test_what_may_run_a_program_or_read_other_files_is_named(text: str, why: str) -> None:
    assert not_harmless(text)
    assert why in not_harmless(text)
