"""What the tests of pages share: a browser, and the site of a module as a server shows it.

A module has a fixture `site`, the folder of its site.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.shown import shown
from tests.tools import BROWSER_ARGS, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, for all tests of a module."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def origin(site: Path) -> Iterator[str]:
    """The address of the top of the module's site."""
    with shown(site) as address:
        yield address
