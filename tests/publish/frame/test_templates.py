"""Templates, compiled: what is kept of that, and where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from publisher.publish.frame.templates import Pages
from publisher.publish.paper.gallery import FiguresPage


def rendered() -> str:
    return Pages().render("figures", {"page": FiguresPage(groups=[]), "root": "../"})


def test_what_was_compiled_is_kept_in_the_user_s_own_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "publisher.publish.frame.templates.user_cache_path", lambda name: tmp_path / "cache" / name
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
        "publisher.publish.frame.templates.user_cache_path", lambda name: Path(os.devnull) / name
    )
    assert "There are no figures yet" in rendered()
