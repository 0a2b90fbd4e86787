"""The page of a run as a reviewer meets it, and what it leads to: neighbours, lineage, environment, notebook."""

import contextlib
import hashlib

import pytest
from playwright.sync_api import expect

from publisher.model.project import FigureText, Settings
from publisher.model.record import FileRef, Parameters, Parent
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from tests.publish import samples

ID = samples.run_id
SOURCE, COARSE, FINE, AGAIN, DRAWS, LONELY = 1, 2, 3, 4, 5, 6


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("run") / "paper")
    settings = Settings(figures={"out/*.png": FigureText(alt="Two panels of waves", caption="Waves")})
    project = type(project)(root=project.root, settings=settings, configured=False)
    raw = FileRef(path="data/raw.csv", sha256="a" * 64, size=5, seen_by="traced")
    clean = samples.kept(project, "data/clean.csv", b"1,2,3\n")
    samples.record(project, SOURCE, step="clean", inputs=[raw], outputs=[clean], parameters=None)
    for number, nx in ((COARSE, 64), (FINE, 128), (AGAIN, 128)):
        samples.record(
            project,
            number,
            inputs=[FileRef(path="data/clean.csv", sha256=clean.sha256, size=6, seen_by="traced")],
            outputs=[samples.kept(project, "out/energy.csv", b"%d\n" % nx)],
            parameters=Parameters(file="p.json", values={"mesh": {"nx": nx}, "seed": 1}),
            parent=Parent(repeats=ID(FINE)) if number == AGAIN else None,
        )
    notebook = samples.notebook(
        samples.text_cell("# Growth"), samples.code_cell("1", samples.shows(text_plain="1"))
    )
    (project.root / "growth.ipynb").write_text(notebook)
    samples.record(
        project,
        DRAWS,
        step="draw",
        parameters=None,
        log=samples.log(project, b"drawn\n"),
        inputs=[FileRef(path="e.csv", sha256=samples.kept(project, "e.csv", b"128\n").sha256, size=4)],
        outputs=[
            samples.kept(project, "out/fig.png", samples.png(seed=3)),
            FileRef(
                path="growth.ipynb", sha256=samples.kept(project, "n.ipynb", notebook.encode()).sha256, size=1
            ),
        ],
    )
    samples.record(project, LONELY, step="alone", inputs=[raw])
    build(project, project.root / "site", MkDocs(None))
    return project.root / "site"


@pytest.fixture
def opened(browser, site):
    with contextlib.ExitStack() as stack:

        def new(address, **options):
            options = {
                "viewport": {"width": 1280, "height": 900},
                "locale": "en-GB",
                "timezone_id": "UTC",
            } | options
            context = browser.new_context(**options)
            stack.callback(context.close)
            page = context.new_page()
            page.goto(f"{site.as_uri()}/{address}")
            return page

        yield new


def run(number):
    return f"runs/{ID(number)}.html"


def test_the_first_screen_says_what_came_out_and_whether_it_was_checked(opened):
    page = opened(run(DRAWS))
    figure = page.get_by_role("img", name="Two panels of waves")
    expect(figure).to_be_in_viewport()
    expect(page.get_by_text("no re-run of it has been recorded")).to_be_in_viewport()


def test_a_repetition_leads_to_the_run_that_it_repeats(opened):
    page = opened(run(AGAIN))
    expect(page.get_by_text("It repeats run")).to_contain_text("all 2 parameters are the same")
    page.get_by_text("It repeats run").get_by_role("link").first.click()
    expect(page.locator(".pub-path code")).to_have_text(ID(FINE)[:7])


def test_the_neighbour_is_linked_and_can_be_compared(opened):
    page = opened(run(FINE))
    row = page.get_by_role("row", name="mesh.nx")
    expect(row).to_have_text("mesh.nx12864")
    expect(page.get_by_role("link", name="Compare the two")).to_have_attribute(
        "href", f"../compare/index.html?runs={ID(FINE)},{ID(COARSE)}"
    )
    page.get_by_text("Along mesh.nx").get_by_role("link", name="64").click()
    expect(page.locator(".pub-path code")).to_have_text(ID(COARSE)[:7])


def test_the_lineage_leads_up_and_down_and_reads_as_a_list(opened):
    page = opened(run(FINE))
    drawing = page.get_by_role("group", name="Lineage")
    expect(drawing.get_by_role("link")).to_have_count(2)
    page.get_by_text("as a list").click()
    listed = page.locator("details[open] li")
    expect(listed.first).to_contain_text(f"clean.csv, made by {ID(SOURCE)[:7]} clean")
    expect(listed.filter(has_text="data/raw.csv").last).to_be_visible()
    drawing.get_by_role("link", name="draw").click()
    expect(page.locator(".pub-path")).to_contain_text("draw")
    box = page.get_by_role("group", name="Lineage").get_by_role("link", name="energy.csv")
    box.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pub-path code")).to_have_text(ID(FINE)[:7])


def test_a_run_that_no_content_links_to_another_has_no_picture(site):
    assert 'id="lineage"' in (site / run(FINE)).read_text()
    assert 'id="lineage"' not in (site / run(LONELY)).read_text()


def test_files_lead_to_who_made_and_who_read_them(opened):
    page = opened(run(FINE))
    expect(
        page.get_by_role("row", name="data/clean.csv").get_by_role("link", name=ID(SOURCE)[:7])
    ).to_be_visible()
    expect(
        page.get_by_role("row", name="out/energy.csv").get_by_role("link", name=ID(DRAWS)[:7])
    ).to_be_visible()


def test_the_whole_digest_of_a_kept_file_is_copied(opened):
    digest = hashlib.sha256(b"1,2,3\n").hexdigest()
    page = opened(run(FINE))
    row = page.get_by_role("row", name="data/clean.csv")
    expect(row.locator("code")).to_have_text(digest[:12])
    expect(row.locator("code")).to_have_attribute("title", digest)
    page.goto(page.url.replace(ID(FINE), ID(SOURCE)))
    expect(page.get_by_role("row", name="data/raw.csv").locator("code")).to_have_text(
        "a" * 12
    )  # the record has all


def test_the_environment_has_a_page_with_its_packages_and_the_runs_that_saw_it(opened):
    page = opened(run(FINE))
    page.get_by_role("link", name="CPython 3.11.7 with 42 packages").click()
    expect(page.locator(".pub-packages li").filter(has_text="numpy")).to_contain_text("2.4.6")
    page.get_by_role("link", name=ID(COARSE)[:7]).click()
    expect(page.locator(".pub-path code")).to_have_text(ID(COARSE)[:7])


def test_the_list_of_environments_leads_to_each(opened):
    page = opened("environments/index.html")
    row = page.locator("tbody tr").first
    expect(row.locator("[data-label=runs]")).to_have_text("6")
    row.get_by_role("link").click()
    expect(page.locator("#packages")).to_be_visible()


def test_a_notebook_names_the_run_that_executed_it_and_those_that_it_read(opened):
    page = opened("notebooks/growth.html")
    told = page.get_by_text("Executed by run")
    expect(told).to_contain_text("It read what 1 run wrote")
    told.get_by_role("link", name=ID(FINE)[:7]).click()
    expect(page.locator(".pub-path code")).to_have_text(ID(FINE)[:7])


def test_a_run_leads_to_the_notebook_that_it_executed(opened):
    page = opened(run(DRAWS))
    for link in (
        page.locator(".pub-note").get_by_role("link", name="growth.ipynb"),
        page.get_by_role("row", name="growth.ipynb").get_by_role("link"),
    ):
        expect(link).to_have_attribute("href", "../notebooks/growth.html")
    page.locator(".pub-note").get_by_role("link", name="growth.ipynb").click()
    expect(page.locator("h1")).to_have_text("Growth")


def test_a_citation_unfolds(opened):
    page = opened(f"{run(FINE)}#cite")
    expect(page.locator("#cite pre")).to_contain_text("@misc{run-" + ID(FINE))


@pytest.mark.parametrize(
    "address",
    [run(DRAWS), run(FINE), "environments/index.html", "figures/index.html", "notebooks/growth.html"],
)
def test_a_phone_shows_it_without_scrolling_sideways(opened, address):
    page = opened(address, viewport={"width": 360, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_on_a_phone_no_head_of_a_table_stands_above_the_cards_of_files(opened):
    page = opened(run(FINE), viewport={"width": 390, "height": 844})
    expect(page.locator(".pub-files th").locator("visible=true")).to_have_count(0)
    cell = page.locator("#inputs + .pub-files td:nth-child(4)")
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"made by "'


def test_on_paper_folds_are_open_but_for_the_log_and_the_list_beside_the_drawing(opened):
    page = opened(run(DRAWS), color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.locator("#cite pre")).to_be_visible()
    for fold in (page.locator("#log"), page.locator(".pub-wide:has(.pub-lineage) + details")):
        fold.evaluate("fold => { fold.open = true; }")
        expect(fold.locator("summary")).to_be_visible()
        expect(fold.locator("> :not(summary)").first).to_be_hidden()
    expect(
        page.locator(".pub-copy, .md-clipboard, .md-header, .md-tabs, .md-footer").locator("visible=true")
    ).to_have_count(0)
    expect(page.locator(".pub-note").first).to_have_css("color", "rgb(85, 85, 85)")


def test_without_scripts_the_page_reads(opened):
    page = opened(run(FINE), java_script_enabled=False)
    expect(page.get_by_role("row", name="out/energy.csv")).to_be_visible()
    page.get_by_text("Cite this run").click()
    expect(page.locator("#cite pre")).to_be_visible()
