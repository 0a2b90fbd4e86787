"""What it costs and where a click runs it, on the pages of a paper in a browser."""

import contextlib
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from playwright.sync_api import expect

from publisher.model.environment import Environment, Python, System
from publisher.model.record import FileRef
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from publisher.store.environments import keep_environment
from publisher.store.project import project_at
from tests.publish import samples
from tests.tools import need

PRICED = datetime(2026, 6, 18, tzinfo=UTC)  #: the day of the cheapest machine's price in the shipped table
DRAWS, SIMULATES, BARE = 1, 2, 3
LINKS = ".pub-launch > a:is([href^=https], .pub-run-it)"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = tmp_path_factory.mktemp("launch") / "paper"
    project = samples.project_at(root)
    (root / "publisher.yml").write_text(
        "paper: {title: A walk}\nsteps: {coarsening: {command: python a.py}, draw: {command: python b.py}}\n"
    )
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/run.yml").write_text("on: workflow_dispatch\n")
    seen = keep_environment(
        project,
        Environment(
            schema=1,
            system=System(name="Linux", release="6.1", machine="x86_64"),
            python=Python(implementation="CPython", version="3.11.7"),
            locks={"requirements.txt": "1" * 64},
        ),
    )
    notebook = samples.notebook(samples.text_cell("# Growth"))
    (root / "growth.ipynb").write_text(notebook)
    sha256 = samples.kept(project, "n.ipynb", notebook.encode()).sha256
    samples.record(
        project,
        DRAWS,
        step="draw",
        environment=seen,
        outputs=[FileRef(path="growth.ipynb", sha256=sha256, size=1)],
    )
    samples.record(project, SIMULATES, environment=seen)
    samples.record(project, BARE, step="bare", resources=None)
    report = build(project_at(root), root / "site", MkDocs(None))
    assert report.warnings == [] and report.complaints == []
    return root / "site"


@pytest.fixture
def opened(browser, site):
    with contextlib.ExitStack() as stack:

        def new(address, *, now=PRICED + timedelta(days=20), **options):
            options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | options
            context = browser.new_context(**options)
            stack.callback(context.close)
            page = context.new_page()
            if options.get("java_script_enabled", True):
                page.clock.set_fixed_time(now)
            page.goto(f"{site.as_uri()}/{address}")
            return page

        yield new


def run(number):
    return f"runs/{samples.run_id(number)}.html"


def links(page):
    return {each.inner_text(): each.get_attribute("href") for each in page.locator(LINKS).all()}


def test_a_runs_page_says_what_it_costs_and_starts_it_at_its_commit(opened):
    page = opened(run(SIMULATES))
    expect(page.locator(".pub-launch")).to_contain_text("About $0.01 (up to $0.02), D2s_v5, Azure eastus")
    expect(page.locator(".pub-launch")).to_contain_text("prices of 18 Jun 2026")
    assert links(page) == {
        "Codespaces": "https://codespaces.new/someone/paper?quickstart=1",
        "Binder": f"https://mybinder.org/v2/gh/someone/paper/{samples.COMMIT}",
        "GitHub Actions": "https://github.com/someone/paper/actions/workflows/run.yml",
    }


def test_a_run_of_which_too_little_is_recorded_says_so(opened):
    page = opened(run(BARE))
    expect(page.locator(".pub-launch")).to_contain_text("What it costs is not known: CPU time, memory are")
    assert "$" not in page.locator(".pub-launch").inner_text()
    assert "Binder" not in links(page)


def test_the_home_page_leads_to_what_the_paper_costs(opened):
    page = opened("index.html")
    assert [*links(page)] == ["Run it: about $0.01", "Codespaces", "Binder", "GitHub Actions"]
    page.get_by_role("link", name="Run it: about $0.01").click()
    expect(page.get_by_role("heading", name="Run the paper")).to_be_in_viewport()
    rows = page.locator(".pub-costs tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="GitHub Actions")).to_contain_text("free on public repositories")
    named = " ".join(samples.run_id(each)[:7] for each in (SIMULATES, DRAWS))
    expect(page.locator("#cost + div code")).to_contain_text(f"publisher verify {named}")


def test_a_notebook_opens_in_colab(opened):
    found = links(opened("notebooks/growth.html"))
    assert found["Colab"].endswith(f"/someone/paper/blob/{samples.COMMIT}/growth.ipynb")
    assert found["Binder"].endswith(f"{samples.COMMIT}?labpath=growth.ipynb")


@pytest.mark.parametrize(("days", "old"), [(180, False), (181, True), (400, True)])
def test_prices_past_half_a_year_say_that_they_are_old(opened, days, old):
    page = opened(run(SIMULATES), now=PRICED + timedelta(days=days, hours=1))
    expect(page.locator(".pub-launch time")).to_have_text("18 Jun 2026")
    told = page.locator(".pub-launch time + .pub-old")
    if old:
        expect(told).to_have_text(f"(old: {round(days / 30.44)} months)")
    else:
        expect(told).to_have_count(0)


def test_without_scripts_the_day_of_the_price_stands_there(opened):
    page = opened(run(SIMULATES), java_script_enabled=False)
    expect(page.locator(".pub-launch")).to_contain_text("prices of 2026-06-18")
    assert [*links(page)] == ["Binder", "GitHub Actions"]


@pytest.mark.parametrize("address", [run(SIMULATES), "reproduction/index.html"])
def test_the_words_for_a_rented_machine_are_the_commands_of_the_page(opened, address, tmp_path):
    page = opened(address)
    fold = page.locator(".pub-cloud")
    expect(fold).to_have_count(1)
    fold.locator("summary").click()
    expect(fold.get_by_role("button", name="copy the user data")).to_be_visible()
    text = fold.locator("code").text_content()
    assert text.startswith("#cloud-config\n")
    told = yaml.safe_load(text)
    (file,) = told["write_files"]
    assert told["runcmd"] == [["bash", file["path"]]]
    shown = page.locator(":is(#run-it-yourself, #cost) + div code").first.text_content().strip()
    assert shown.startswith("git clone ")
    assert file["content"].endswith(f"\n{shown}\n")
    subprocess.run([need("bash"), "-n"], input=file["content"], text=True, check=True)


@pytest.mark.parametrize("address", ["index.html", run(SIMULATES), "reproduction/index.html"])
def test_a_phone_shows_it_without_scrolling_sideways(opened, address):
    page = opened(address, viewport={"width": 360, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
