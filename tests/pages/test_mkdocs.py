"""A site that plain `mkdocs build` made, with the plugin alone, walked by a reader."""

import hashlib
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.publish import samples
from tests.shown import shown

FILE = samples.png(seed=3)  # which the third run of the paper made


@pytest.fixture(params=["directories, from a server", "files, from a folder"])
def start(request, tmp_path):
    """The home page of the site; links that name directories need a server."""
    served = request.param.startswith("directories")
    root = samples.paper(tmp_path / "paper").root
    (root / "mkdocs.yml").write_text(
        f"site_name: Coarsening\nuse_directory_urls: {str(served).lower()}\n"
        "theme: {name: material, font: false}\nplugins: [search, publisher]\n"
    )
    (root / "docs").mkdir()
    (root / "docs/index.md").write_text("# Growth\n\nThe runs are [here](runs/index.md).\n")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"]
    subprocess.run(command, cwd=root, check=True)
    if not served:
        yield (root / "site/index.html").as_uri()
        return
    with shown(root / "site") as address:
        yield address


def test_a_reader_walks_from_home_to_runs_a_run_a_comparison_and_a_file(start, browser):
    page = browser.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(f"{page.url}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))

    page.goto(start)
    expect(page.get_by_role("heading", level=1)).to_have_text("Growth")
    page.get_by_role("link", name="here").click()
    rows = page.locator(".pub-ex-body [role=row]")
    expect(rows).to_have_count(14)
    page.get_by_label("Filter runs").fill("nx=64 seed=9")
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name=samples.REASON).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(samples.REASON)
    page.get_by_role("link", name="Compare the two").click()
    expect(page.locator(".pub-comparison thead a").first).to_have_text(samples.run_id(9)[:7])
    page.get_by_role("combobox").fill("mobility that is far")
    page.get_by_role("option").click()
    expect(page.locator(".pub-comparison thead a")).to_have_count(3)

    page.get_by_role("link", name="Which run made this file?").first.click()
    page.get_by_label("paste its SHA-256").fill(hashlib.sha256(FILE).hexdigest())
    page.get_by_role("button", name="Look it up").click()
    expect(page.locator(".pub-found h2")).to_contain_text(f"made by run {samples.run_id(3)[:7]}")
    page.locator(".pub-found h2 a").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(samples.REASON)
    page.close()
    assert complaints == []
