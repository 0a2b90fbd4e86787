"""The zip file of a site, opened from a folder, as a reviewer does."""

import contextlib
import zipfile

import pytest
from playwright.sync_api import expect

from publisher.cli.main import main
from tests.publish import samples


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("supplement")
    project = samples.paper(root / "paper")
    (project.root / "mkdocs.yml").write_text(
        "site_name: Coarsening\nsite_url: https://example.org/paper/\nuse_directory_urls: true\n"
        "theme: {name: material, font: false}\nplugins: [search, publisher]\nmarkdown_extensions: [tables]\n"
    )
    (project.root / "publisher.yml").write_text("paper: {title: Coarsening}\n")
    (project.root / "docs").mkdir()
    (project.root / "docs/index.md").write_text("# Coarsening\n\nDomains grow, and [why](theory.md).\n")
    (project.root / "docs/theory.md").write_text(
        "# Theory\n\nSurface tension drives the coarsening of droplets.\n\n| n | name |\n|--:|:--|\n| 1 | one |\n"
    )
    with contextlib.chdir(project.root):
        assert main(["build", "--zip", str(root / "supplement.zip")]) == 0
    with zipfile.ZipFile(root / "supplement.zip") as archive:
        archive.extractall(root / "unpacked")
    return root / "unpacked" / "coarsening"


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.asked, page.complaints = [], []

    def failed(request):
        if request.failure != "net::ERR_ABORTED":  # which is: the reader went on before it was there
            page.complaints.append(f"{request.url}: {request.failure}")

    page.on("request", lambda request: page.asked.append(request.url))
    page.on("requestfailed", failed)
    page.on("console", lambda said: page.complaints.append(f"{said.text} ({page.url})"))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    page.close()


def test_every_page_opens_asks_for_nothing_outside_and_breaks_no_rule(page, folder):
    addresses = sorted(folder.rglob("*.html"))
    assert len(addresses) > 20
    for address in addresses:
        page.goto(address.as_uri())
        page.wait_for_load_state()
        assert page.locator("html.js").count() == 1, address
    outside = [each for each in page.asked if not each.startswith((folder.as_uri(), "data:", "blob:"))]
    assert outside == []
    assert page.complaints == []


def test_a_word_typed_into_the_search_finds_its_page(page, folder):
    page.goto((folder / "index.html").as_uri())
    page.locator(".md-search__input").click()
    page.keyboard.type("droplets")
    found = page.locator(".md-search-result__link").first
    expect(found).to_contain_text("Theory")
    found.click()
    expect(page.locator("h1")).to_contain_text("Theory")
    assert page.url.partition("?")[0] == (folder / "theory.html").as_uri()
    assert page.complaints == []


def test_from_home_to_a_run_and_its_figure_by_clicks(page, folder):
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="Figures").first.click()
    page.locator(".pub-card-title").first.click()
    expect(page.locator("h1")).to_contain_text(samples.REASON)
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    page.goto((folder / "runs/index.html").as_uri())
    expect(page.get_by_role("link", name=samples.REASON).first).to_be_visible()
    assert page.complaints == []


def test_the_palette_is_there_before_the_page_is_drawn(page, folder):
    page.emulate_media(color_scheme="dark")
    page.goto((folder / "theory.html").as_uri())
    assert page.locator("td").first.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    assert not list((folder / "assets").rglob("*.map"))
