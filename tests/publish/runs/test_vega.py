"""The plotting library: made once, and not at all where its package is not."""

from __future__ import annotations

import sys

import pytest

from publisher.publish.runs import vega

pytestmark = pytest.mark.skipif(
    not vega.plotting_version(), reason="needs vl-convert-python (the `site` extra)"
)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The cache of a user who has none yet."""
    place = tmp_path / "user"
    monkeypatch.setattr(vega, "user_cache", lambda: place)
    return place


def test_the_library_is_one_script_with_its_licence_above(cache):
    path = vega.plotting_script()
    text = path.read_text("utf-8")
    assert path.parent == cache
    assert text.startswith("/*! Vega")
    assert "Redistributions in binary form must reproduce" in text[:2_000]
    assert "window.publisherVega" in text[-500:]
    assert len(text) < 1_000_000


def test_it_is_made_once_for_each_version_whatever_the_project(cache, monkeypatch):
    path = vega.plotting_script()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    assert vega.plotting_script() == path
    monkeypatch.setattr(vega, "plotting_version", lambda: "0.0")
    with pytest.raises(ImportError):
        vega.plotting_script()


def test_a_package_that_is_not_installed_has_no_version(monkeypatch):
    monkeypatch.setattr(vega, "PACKAGE", "a-package-that-nobody-has")
    assert vega.plotting_version() == ""
