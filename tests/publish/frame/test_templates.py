"""Templates, compiled: what is kept of that and where, and that what they show is escaped."""

from __future__ import annotations

import os
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from publisher.publish.frame.templates import CompiledBefore, Pages
from publisher.publish.paper.gallery import FiguresPage


def rendered() -> str:
    return Pages().render("figures", {"page": FiguresPage(groups=[]), "root": "../"})


def test_what_was_compiled_is_kept_in_the_user_s_own_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "publisher.publish.frame.templates.user_cache", lambda: tmp_path / "cache" / "publisher"
    )
    monkeypatch.chdir(tmp_path)
    first = rendered()
    kept = {path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert kept and rendered() == first
    assert kept == {path.stat().st_mtime_ns for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    assert [each.name for each in tmp_path.iterdir()] == ["cache"]


def test_where_no_cache_can_be_kept_templates_are_compiled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "publisher.publish.frame.templates.user_cache", lambda: Path(os.devnull) / "publisher"
    )
    assert "There are no figures yet" in rendered()


#: A value, and all the ways in which a template of ours shows one: bare, from a macro, a block that is set, a filter.
EVERY_WAY = """\
{% macro told(text) %}<b>{{ text }}</b>{% endmacro %}{% set kept %}<i>{{ value }}</i>{% endset %}
{{ value }} {{ told(value) }} {{ kept }} {{ [value, value] | join(", ") }} {{ "<" ~ value }}
{% for each in [value] %}{{ each }}{{ " · " if loop.last }}{% endfor %}"""


class Html:
    def __html__(self) -> str:
        return "<u>"


def shown(folder: Path, value: object) -> str:
    (folder / "every.html.j2").write_text(EVERY_WAY)
    return Pages(folder).render("every", {"value": value})


@pytest.mark.parametrize(
    "value", ["<script>alert(1)</script>", "'\"&", "✓", Markup("<b>"), Html(), 7, None, ["<"]]
)
def test_values_are_escaped_as_jinja_does(value: object, tmp_path: Path) -> None:
    plain = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    assert shown(tmp_path, value) == plain.from_string(EVERY_WAY).render(value=value)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder = tmp_path_factory.mktemp("one")
    (folder / "one.html.j2").write_text("{{ text }}")
    return Pages(folder)


@given(text=st.text())
def test_any_text_is_escaped(text: str, one: Pages) -> None:
    assert one.render("one", {"text": text}) == str(escape(text))


def test_what_others_compiled_from_the_same_file_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "publisher.publish.frame.templates.user_cache", lambda: tmp_path / "cache" / "publisher"
    )
    (tmp_path / "one.html.j2").write_text("{{ text }}")
    theirs = jinja2.Environment(
        loader=jinja2.FileSystemLoader([tmp_path]), bytecode_cache=CompiledBefore("theme")
    )
    assert theirs.get_template("one.html.j2").render(text="<b>") == "<b>"
    assert Pages(tmp_path).render("one", {"text": "<b>"}) == "&lt;b&gt;"


def test_without_the_quick_way_to_escape_pages_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = shown(tmp_path, "<script>")
    monkeypatch.setattr("publisher.publish.frame.templates._escaped", escape)
    assert shown(tmp_path, "<script>") == first
