"""What the tests of pages share: a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.tools import BROWSER_ARGS, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, for all tests of a module."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        yield opened
        opened.close()
