"""A site that is served while it is worked on, in a browser: a page is loaded again after a build."""

from __future__ import annotations

import threading
from pathlib import Path

from playwright.sync_api import Browser, expect

from publisher.publish.outlet.preview import server

POLICY = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'self'\">"


def test_a_page_that_is_open_shows_what_was_built_since(tmp_path: Path, browser: Browser) -> None:
    page_file = tmp_path / "runs" / "index.html"
    page_file.parent.mkdir()
    page_file.write_text(f"{POLICY}<title>t</title><h1>one run</h1>")
    with server(tmp_path, 0, telling=True) as pages:
        thread = threading.Thread(target=pages.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            page = browser.new_page()
            with page.expect_response(lambda answer: "/.publisher/built" in answer.url):
                page.goto(f"http://127.0.0.1:{pages.server_address[1]}/runs/")
            expect(page.locator("h1")).to_have_text("one run")
            page_file.write_text(f"{POLICY}<title>t</title><h1>two runs</h1>")
            pages.built()
            expect(page.locator("h1")).to_have_text("two runs")
            page.close()
        finally:
            pages.shutdown()
            thread.join()
    assert page_file.read_text().count("script") == 0, "nothing is written into the site"
