"""Search is loaded by who searches: from a server and from a folder."""

import contextlib

import pytest
from playwright.sync_api import expect

from publisher.cli.main import main
from tests.publish import samples

RUN = f"runs/{samples.run_id(1)}.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("search") / "paper")
    samples.record(project, 1)
    (project.root / "docs").mkdir()
    (project.root / "docs/index.md").write_text("# Coarsening\n\nDomains grow.\n")
    (project.root / "docs/theory.md").write_text("# Theory\n\nSurface tension drives droplets.\n")
    with contextlib.chdir(project.root):
        assert main(["build"]) == 0
    return project.root / "site"


@pytest.fixture(params=["server", "folder"])
def start(request, site, origin):
    return origin if request.param == "server" else f"{site.as_uri()}/"


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    yield page
    page.close()
    assert page.complaints == []


def kinds(page, start):
    """What was asked for, without digests; the icon of the tab is the browser's wish."""
    names = [address.removeprefix(start).partition("?")[0] for address in page.asked]
    return [name for name in names if not name.endswith("favicon.png")]


def test_a_run_page_asks_for_what_it_shows_and_no_more(start, page):
    page.goto(start + RUN)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    asked = kinds(page, start)
    assert [each for each in asked if "search" in each] == []
    assert sorted(each.rpartition(".")[2] for each in asked) == ["css"] * 3 + ["html"] + ["js"] * 4


def test_a_permalink_is_whole_on_a_server_that_the_site_does_not_know(start, page):
    page.goto(start + RUN)
    expect(page.locator(".pub-permalink + .pub-copy")).to_be_visible()
    link = page.locator(".pub-permalink").get_attribute("href")
    assert link == (start + RUN if start.startswith("http") else RUN.removeprefix("runs/"))


@pytest.mark.parametrize("by", ["pointer", "key", "address"])
def test_who_searches_finds(start, page, by):
    page.goto(start + RUN + ("?q=droplets" if by == "address" else ""))
    if by == "pointer":
        page.locator(".md-search__input").click()
    elif by == "key":
        page.locator("h1").click()
        page.keyboard.press("s")
        expect(page.locator(".md-search__input")).to_be_focused()
    if by != "address":
        page.keyboard.type("droplets")
    found = page.locator(".md-search-result__link").first
    expect(found).to_contain_text("Theory")
    found.click()
    expect(page.locator("h1")).to_contain_text("Theory")


def test_a_phone_finds_too(start, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(start + RUN)
    page.locator("label[for=__search].md-header__button").click()
    page.keyboard.type("droplets")
    expect(page.locator(".md-search-result__link").first).to_contain_text("Theory")
