"""A reviewer on this repository's own site: each question is answered within three clicks from the home page."""

import contextlib
import json
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from publisher.store.project import project_at

ROOT = Path(__file__).resolve().parent.parent.parent
ENOUGH = 3  #: clicks


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("reviewer") / "paper"
    for name in ("docs", "records", "examples"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "out"))
    for name in ("mkdocs.yml", "publisher.yml", "CITATION.cff"):
        shutil.copy(ROOT / name, root)
    with contextlib.chdir(root):  # pages include files by paths from here
        report = build(project_at(root), root / "site", MkDocs(root / "mkdocs.yml"))
    assert report.warnings == []
    assert report.problems == []
    return root / "site"


class Reader:
    """Starts at the home page and counts clicks."""

    def __init__(self, page, home):
        self.page = page
        self.clicks = 0
        page.goto(home)

    def click(self, link):
        self.clicks += 1
        assert self.clicks <= ENOUGH, "too many clicks"
        link.click()

    def link(self, name, *, within="article"):
        return self.page.locator(within).get_by_role("link", name=name).first

    def to_the_run_of_the_figure(self):
        """From the line below the paper's figure."""
        self.click(self.page.locator(".pub-paper-figure .pub-made a").first)
        expect(self.page.locator(".pub-verdict")).to_be_visible()

    def to_a_run_of_the_study(self):
        """From the figure's run to one whose output it read."""
        self.to_the_run_of_the_figure()
        inputs = self.page.locator("#inputs + table, #inputs ~ table").first
        self.click(inputs.locator("tr", has_text="energy.csv").nth(1).locator("td").last.locator("a").first)
        expect(self.page.locator(".pub-path")).to_contain_text("coarsening")


@pytest.fixture
def reader(browser, origin):
    with contextlib.ExitStack() as stack:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
        stack.callback(context.close)
        yield Reader(context.new_page(), origin)


def section(page, name):
    """The text from a heading to the next."""
    return page.evaluate(
        """name => {
          let text = "";
          for (let at = document.getElementById(name).nextElementSibling; at && at.tagName !== "H2";
               at = at.nextElementSibling) text += at.innerText + "\\n";
          return text;
        }""",
        name,
    )


def test_which_run_made_the_figure(reader):
    figure = reader.page.locator(".pub-paper-figure")
    source = figure.locator("img").get_attribute("src").rpartition("/")[2]
    short = figure.locator(".pub-made a").first.inner_text()
    reader.to_the_run_of_the_figure()
    expect(reader.page.locator(".pub-path")).to_contain_text(short)
    expect(reader.page.locator(f'.pub-figures img[src$="{source}"]')).to_be_visible()


def test_which_run_made_a_file_that_i_have(reader, site):
    source = reader.page.locator(".pub-paper-figure img").get_attribute("src")
    reader.click(reader.link("Which run made this file?"))
    expect(reader.page.locator(".pub-drop")).to_be_visible()  # as soon as the script can take a file
    reader.page.locator('input[type="file"]').set_input_files(site / source)
    run = reader.page.locator('article a[href*="runs/c8571249dd5e"]').first
    expect(run).to_be_visible()
    reader.click(run)
    expect(reader.page.locator("h1")).to_contain_text("the paper's figure")


def test_which_code(reader):
    reader.to_the_run_of_the_figure()
    assert re.search(r"\b[0-9a-f]{40}\b", section(reader.page, "code"))
    assert "python -m nbconvert" in reader.page.locator(".pub-command").inner_text()


def test_which_data(reader):
    reader.to_the_run_of_the_figure()
    inputs = section(reader.page, "inputs")
    assert "energy.csv" in inputs
    assert inputs.count("as energy.csv") >= 24


def test_which_parameters(reader):
    reader.to_a_run_of_the_study()
    parameters = section(reader.page, "parameters")
    assert "mobility" in parameters
    assert "kappa" in parameters


def test_which_environment(reader):
    reader.to_the_run_of_the_figure()
    link = reader.page.locator('article a[href*="environments/"]').first
    expect(link).to_contain_text("packages")
    reader.click(link)
    expect(reader.page.locator("article")).to_contain_text("numpy")
    expect(reader.page.locator("article")).to_contain_text("2.4.6")


def test_what_was_different_in_the_run_beside_it(reader):
    reader.to_a_run_of_the_study()
    told = section(reader.page, "neighbour")
    beside = re.search(r"[Rr]un ([0-9a-f]{7})", told)[1]
    assert "the same commit" in told
    assert "Along mobility" in told
    reader.click(reader.link("Compare the two"))
    expect(reader.page.locator("article")).to_contain_text(beside)
    expect(reader.page.locator("article table").first).to_contain_text("seed")


def test_has_it_been_run_again_and_did_it_match(reader):
    made = reader.page.locator(".pub-paper-figure .pub-made")
    expect(made).to_contain_text("re-run matches: ≅ equivalent")
    expect(made.locator("time").last).to_have_attribute("datetime", re.compile(r"^2026-11-27T"))
    expect(reader.page.locator(".pub-numbers")).to_contain_text("re-run matches all 27 runs")
    reader.to_the_run_of_the_figure()
    expect(reader.page.locator(".pub-verdict")).to_contain_text("re-run matches: equivalent")


def test_how_do_i_run_it_myself(reader):
    reader.to_the_run_of_the_figure()
    lines = section(reader.page, "run-it-yourself").splitlines()
    assert any(re.fullmatch(r"git checkout [0-9a-f]{40}", line) for line in lines)
    assert "publisher run figure" in lines


def test_where_is_the_raw_number_behind_a_point(reader):
    reader.click(reader.link("How fast do domains grow?"))
    point = reader.page.locator(".pub-plot > svg a").first
    shown = re.search(r"exponent ([0-9.]+)", point.get_attribute("aria-label"))[1]
    reader.click(point)
    file = reader.page.locator("#outputs ~ table a", has_text="metrics.json")
    expect(file).to_be_visible()
    reader.click(file)
    reader.page.wait_for_url("**/artifacts/**")
    raw = json.loads(reader.page.locator("body").inner_text())["exponent"]
    assert f"{raw:.6g}" == shown


def test_where_is_the_raw_data_behind_the_figure(reader, site):
    reader.to_a_run_of_the_study()
    file = reader.page.locator("#outputs ~ table a", has_text="energy.csv")
    address = file.get_attribute("href")
    reader.clicks += 1
    assert reader.clicks <= ENOUGH
    assert (site / "runs" / address).read_text().startswith("time")


def test_no_question_leads_away_from_the_site(reader, origin):
    away = []
    reader.page.on(
        "request", lambda asked: away.append(asked.url) if not asked.url.startswith(origin) else None
    )
    reader.to_a_run_of_the_study()
    reader.click(reader.link("Compare the two"))
    reader.page.wait_for_load_state("networkidle")
    assert away == []
