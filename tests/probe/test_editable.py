"""Packages that are installed editable."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.probe.editable import Editable, editable, modules_in, project_in

SETUPTOOLS = """\
import sys
MAPPING: dict[str, str] = {'heat': '/study/src/heat', 'more.deep': '/study/more.py'}
NAMESPACES: dict[str, list[str]] = {}
"""
EDITABLES = "F = RedirectingFinder\nF.install()\nF.map_module('heat', '/study/it\\'s/heat.py')\n"


def test_finders_say_where_modules_are() -> None:
    assert modules_in(SETUPTOOLS) == {"heat": "/study/src/heat", "more.deep": "/study/more.py"}
    assert modules_in("MAPPING = __import__('os')\nMAPPING = {f(): 1}\n") == {}
    assert modules_in("F.map_module('heat', '/study/heat.py')") == {"heat": "/study/heat.py"}


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ('{"url": "file:///my%20study", "dir_info": {"editable": true}}', "/my study"),
        ('{"url": "file:///study", "dir_info": {}}', None),
        ('{"url": "https://example.org/x", "dir_info": {"editable": true}}', None),
        ('{"url": 3, "dir_info": {"editable": true}}', None),
        ("[", None),
        ("", None),
    ],
)
def test_a_package_says_from_which_folder_it_is_installed(text: str, folder: str | None) -> None:
    assert project_in(text) == folder


def test_only_folders_of_packages_are_looked_at(tmp_path: Path) -> None:
    for folder in ("site-packages", "src"):
        info = tmp_path / folder / "heat-0.1.dist-info"
        info.mkdir(parents=True)
        told = f'{{"url": "file:///{folder}", "dir_info": {{"editable": true}}}}'
        (info / "direct_url.json").write_text(told)
        (tmp_path / folder / "__editable___heat_0_1_finder.py").write_text(SETUPTOOLS)
    found = editable([str(tmp_path / "src"), str(tmp_path / "site-packages"), str(tmp_path / "nowhere")])
    assert found == Editable(folders={"heat": "/site-packages"}, modules=modules_in(SETUPTOOLS))
