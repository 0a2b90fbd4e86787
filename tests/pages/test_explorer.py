"""The explorer of runs in a browser: the query, the table and its keyboard, what is saved, the plot."""

import itertools
import json
import re
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import expect

from publisher.model.record import Annotations, Parameters
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from publisher.publish.runs.chosen import chosen
from publisher.publish.runs.explorer import runs_script
from publisher.publish.runs.table import columns_of
from publisher.publish.runs.vega import plotting_version
from publisher.shipped import shipped
from tests import query_cases
from tests.publish import samples

HOSTILE = "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
ASSETS = shipped("site_template") / "assets"
RUNS = 300
EVIL = RUNS + 1
needs_plots = pytest.mark.skipif(not plotting_version(), reason="needs vl-convert-python (the `site` extra)")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("explorer") / "paper")
    for number in range(1, RUNS + 1):
        samples.record(
            project,
            number,
            status="failed" if number % 50 == 0 else "completed",
            step=("coarsening", "figure")[number % 5 == 0],
            parameters=Parameters(
                values={"seed": number, "mesh": {"nx": (64, 128, 256)[number % 3]}, "dt": 0.1}
            ),
            metrics={"exponent": 0.3 + number / 1000, "energy": 12.7},
            annotations=Annotations(tags=["fig3"] if number % 10 == 0 else []),
        )
    samples.record(project, EVIL, **samples.all_of(project, HOSTILE))
    broken = project.records / "runs" / "2026-11" / f"20261101T000830-{'b' * 12}.yml"
    broken.write_text("schema: 1\nid: bbbbbbbbbbbb\n<<<<<<< HEAD\nstatus: completed\n")
    build(project, project.root / "site", MkDocs(None))
    return project.root / "site"


@pytest.fixture(scope="module")
def address(origin):
    return f"{origin}runs/index.html"


@pytest.fixture
def page(browser):
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC", accept_downloads=True
    )
    complaints = []
    made = context.new_page()
    made.set_default_timeout(8000)
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on(
        "console",
        lambda said: (
            complaints.append(said.text) if said.type == "error" and "404" not in said.text else None
        ),
    )
    yield made
    context.close()
    assert complaints == []


def told(page):
    return page.locator(".pub-ex-bar-first output")


def body(page):
    return page.locator(".pub-ex-body .pub-ex-row")


def active(page):
    return page.evaluate(
        "(e => [Number(e.parentElement.getAttribute('aria-rowindex')), Number(e.getAttribute('aria-colindex'))])"
        "(document.activeElement)"
    )


# -- cells of CSV, the same as in Python ---------------------------------------------------------------------------


def test_a_cell_is_the_same_in_python_and_on_the_page(browser):
    cases = json.loads((Path(__file__).parents[1] / "cases" / "cells.json").read_text("utf-8"))
    page = browser.new_page()
    page.add_script_tag(path=ASSETS / "runs-query.js")
    found = page.evaluate("cases => cases.map(each => publisher.csvCell(each.value, each.float))", cases)
    page.close()
    assert found == [each["cell"] for each in cases]


# -- the query, the same as in Python -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked(browser):
    """Asks the language of the pages: names of the runs that a query takes, sorted, or `refused`."""
    runs = query_cases.rows()
    shown = chosen(list(runs.values()), [])
    page = browser.new_page()
    page.add_script_tag(content=runs_script(shown, columns_of(shown.rows)).decode())
    page.add_script_tag(path=ASSETS / "runs-query.js")
    names = {row.id: name for name, row in runs.items()}
    page.evaluate("() => { window.table = publisher.runs(publisherData.runs); }")

    def ask(query):
        found = page.evaluate(
            """query => {
              try { return [...table.query(query)].map((taken, row) => taken ? table.id(row) : "").filter(Boolean); }
              catch (error) { if (error instanceof publisher.QueryError) return null; throw error; }
            }""",
            query,
        )
        return "refused" if found is None else " ".join(sorted(names[run] for run in found))

    yield ask
    page.close()


def test_a_query_takes_the_same_runs_in_python_and_on_the_page(asked):
    wrong = {
        query: (taken, found) for query, taken in query_cases.cases() if (found := asked(query)) != taken
    }
    assert wrong == {}


def test_case_is_set_aside_as_python_does(browser):
    page = browser.new_page()
    page.add_script_tag(path=ASSETS / "runs-query.js")
    letters = [chr(code) for code in range(1, 0x10000) if unicodedata.name(chr(code), "")]
    folded = page.evaluate("letters => letters.map(publisher.fold)", letters)
    page.close()
    other = [letter for letter, found in zip(letters, folded, strict=True) if found != letter.casefold()]
    # Cherokee, whose small letters Python makes capitals; and letters that are younger than one of the two.
    assert [
        letter for letter in other if "CHEROKEE" not in unicodedata.name(letter, "") and letter < "\ua7c0"
    ] == []


# -- the table ------------------------------------------------------------------------------------------------------


def test_the_first_rows_stand_in_the_page_without_a_script(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#pub-runs-table tbody tr").count() == 50
    assert "252 older ones" in page.locator(".pub-older").first.inner_text()
    context.close()


def test_only_rows_in_sight_are_in_the_page_and_scrolling_brings_the_others(page, address):
    page.goto(address)
    expect(told(page)).to_have_text("301 runs")
    grid = page.get_by_role("grid")
    expect(grid).to_have_attribute("aria-rowcount", "303")
    assert body(page).count() < 60
    grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    expect(page.locator("[aria-rowindex='303']")).to_contain_text(samples.run_id(1)[:7])


def test_the_first_screen_says_which_run_why_and_whether_it_can_be_trusted(page, address):
    page.goto(address)
    heads = page.get_by_role("columnheader")
    assert heads.all_inner_texts()[1:7] == ["when\n▼", "run", "why", "verdict", "status", "tags"]
    assert heads.last.inner_text() == "took"
    for column in ("verdict", "status", "tags"):
        cell = page.locator(f".pub-ex-is-{column}").first
        assert cell.bounding_box()["x"] + cell.bounding_box()["width"] < 1280 - 46
    assert page.get_by_role("grid").bounding_box()["y"] < 300
    tagged = page.get_by_role("row").filter(has_text=samples.run_id(300)[:7]).locator(".pub-ex-is-tags")
    expect(tagged.locator(".pub-tag")).to_have_text("fig3")
    expect(page.locator(".pub-ex-is-verdict").first).to_have_text("· unverified")


def test_why_has_two_lines_and_is_not_bold(page, address):
    page.goto(address + "?query=seed%3C3")
    why = page.locator(".pub-ex-is-title > a").first
    expect(why).to_have_css("font-weight", "400")
    assert why.evaluate("link => link.scrollHeight <= link.clientHeight"), "nothing of it is cut off"


def test_decimal_points_of_a_column_stand_in_line(page, address):
    page.goto(address + "?query=seed%3E5+seed%3C12")
    cells = page.locator(".pub-ex-body .pub-ex-cell.pub-number:nth-last-child(3)")
    places = cells.evaluate_all(
        """cells => cells.map(cell => {
          const range = document.createRange(), at = cell.textContent.indexOf(".");
          range.setStart(cell.firstChild, at); range.setEnd(cell.firstChild, at + 1);
          return Math.round(range.getBoundingClientRect().left);
        })"""
    )
    texts = {text.strip() for text in cells.all_inner_texts()}
    assert {"0.31", "0.311"} <= texts
    assert len(set(places)) == 1


def test_a_comparison_under_way_asks_for_its_number_and_keeps_the_runs(page, address):
    page.goto(address)
    page.get_by_label("Filter runs").fill("dt<")
    expect(page.locator("#pub-ex-problem")).to_contain_text("dt<: a number is missing")
    expect(page.locator("#pub-ex-problem code")).to_have_text("dt<")
    expect(told(page)).to_have_text("301 runs")


def test_the_help_sets_commands_as_code(page, address):
    page.goto(address)
    page.locator(".pub-ex-help > summary").click()
    expect(page.locator(".pub-ex-panel .pub-note code")).to_have_text("publisher list")
    expect(page.locator(".pub-ex-panel").first).not_to_contain_text("`")


def test_how_many_runs_there_are_is_said_once(page, address):
    page.goto(address)
    expect(page.locator(".pub-ex-whole")).to_contain_text("completed")
    assert page.locator(".pub-runs").inner_text().count("301 runs") == 1
    page.get_by_label("Filter runs").fill("seed<3")
    expect(page.locator(".pub-ex-whole")).to_be_hidden()


def test_verdict_and_tags_are_saved_without_being_chosen(page, address):
    page.goto(address + "?query=seed%3D300")
    page.locator("summary", has_text="Save").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    head, line = Path(saved.value.path()).read_text().splitlines()
    assert head.startswith("started,id,why,verdict,status,tags,step,")
    assert f",{samples.run_id(300)},{samples.REASON},unverified,failed,fig3,figure," in line


def test_an_unreadable_record_stands_in_its_place(page, address):
    page.goto(address)
    page.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    broken = page.locator(".pub-broken")
    expect(page.locator("[aria-rowindex='303']")).to_be_visible()
    page.get_by_label("Filter runs").fill("seed<=302")
    expect(broken).to_have_count(0)
    page.get_by_label("Filter runs").fill("")
    place = page.evaluate("[...publisher.explorer.items].indexOf(-1)")
    page.get_by_role("grid").evaluate(
        f"grid => {{ grid.scrollTop = {place} * publisher.explorer.height - 100; }}"
    )
    expect(broken).to_contain_text("line 3: has merge-conflict markers")
    expect(body(page).locator("xpath=//*[@aria-rowindex]", has_text=samples.run_id(301)[:7])).to_have_count(0)


def test_a_query_leaves_its_runs_and_stands_in_the_address(page, address):
    page.goto(address)
    page.get_by_label("Filter runs").fill("nx=128 seed<20 coarsening")
    expect(told(page)).to_have_text("6 of 301 runs")
    expect(page).to_have_url(address + "?query=nx%3D128+seed%3C20+coarsening")
    page.reload()
    expect(told(page)).to_have_text("6 of 301 runs")
    expect(page.get_by_label("Filter runs")).to_have_value("nx=128 seed<20 coarsening")


def test_a_query_that_is_none_says_why_and_keeps_the_runs(page, address):
    page.goto(address + "?query=stat:failed")
    expect(page.locator("#pub-ex-problem")).to_contain_text("did you mean status:?")
    expect(page.get_by_label("Filter runs")).to_have_attribute("aria-invalid", "true")
    expect(told(page)).to_have_text("301 runs")


def test_no_run_is_like_that_and_the_way_back(page, address):
    page.goto(address + "?query=unheard&status=failed")
    expect(page.get_by_text("No run is like that.")).to_be_visible()
    expect(page.get_by_role("grid")).to_be_hidden()
    page.get_by_role("button", name="show all runs").click()
    expect(told(page)).to_have_text("301 runs")
    expect(page.get_by_label("Filter runs")).to_be_focused()


def test_a_facet_counts_and_narrows_and_goes_back(page, address):
    page.goto(address)
    page.locator("summary", has_text="status").click()
    failed = page.get_by_label("failed")
    expect(failed.locator("xpath=..")).to_contain_text("✕ failed")
    expect(failed.locator("xpath=..")).to_contain_text("6")
    failed.check()
    expect(told(page)).to_have_text("6 of 301 runs")
    expect(page).to_have_url(address + "?status=failed")
    page.keyboard.press("Escape")
    expect(page.locator("summary", has_text="status: failed")).to_be_focused()
    page.locator("summary", has_text="step").click()
    page.get_by_label("coarsening").check()
    expect(page.get_by_text("No run is like that.")).to_be_visible()
    page.go_back()
    expect(told(page)).to_have_text("6 of 301 runs")
    page.go_back()
    expect(told(page)).to_have_text("301 runs")


def test_a_range_becomes_terms_of_the_query(page, address):
    page.goto(address + "?query=coarsening+exponent%3C0.9")
    page.locator("summary", has_text="range").click()
    page.get_by_label("Range of").select_option("metric.exponent")
    expect(page.get_by_label("to", exact=True)).to_have_value("0.9")
    page.get_by_label("from").fill("0.5")
    page.get_by_label("from").blur()
    expect(page.get_by_label("Filter runs")).to_have_value("coarsening exponent<0.9 exponent>=0.5")
    page.get_by_label("to", exact=True).fill("0.51")
    page.get_by_label("to", exact=True).blur()
    expect(page.get_by_label("Filter runs")).to_have_value("coarsening exponent>=0.5 exponent<=0.51")
    expect(told(page)).to_have_text("8 of 301 runs")


def test_sorting_by_a_column_puts_runs_without_a_value_last(page, address):
    page.goto(address)
    head = page.get_by_role("columnheader", name="exponent")
    head.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page.locator("[aria-rowindex='2']")).to_contain_text(samples.run_id(300)[:7])
    head.click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("[aria-rowindex='2']")).to_contain_text(samples.run_id(1)[:7])
    expect(page).to_have_url(address + "?sort=metric.exponent")
    page.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    expect(page.locator("[aria-rowindex='302']")).to_contain_text(samples.run_id(EVIL)[:7])


def test_columns_are_chosen_and_stand_in_the_address(page, address):
    page.goto(address)
    expect(page.get_by_role("columnheader", name="commit")).to_have_count(0)
    page.locator("summary", has_text="Columns").click()
    page.get_by_label("commit").check()
    page.get_by_label("seed", exact=True).uncheck()
    expect(page.get_by_role("columnheader", name="commit")).to_have_count(1)
    expect(page.get_by_role("columnheader", name="seed")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("columnheader", name="commit")).to_have_count(1)
    page.locator("summary", has_text="Columns").click()
    page.get_by_role("button", name="As it was").click()
    expect(page.get_by_role("columnheader", name="commit")).to_have_count(0)
    expect(page).to_have_url(address)


def test_the_grid_is_one_stop_and_arrows_walk_it(page, address):
    page.goto(address)
    page.get_by_label("Filter runs").press("ArrowDown")
    assert active(page) == [2, 1]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert active(page) == [3, 2]
    page.keyboard.press("End")
    last = page.get_by_role("columnheader").count()
    assert active(page) == [3, last]
    page.keyboard.press("Control+End")
    assert active(page) == [303, last]
    page.keyboard.press("PageUp")
    assert active(page)[0] < 300
    page.keyboard.press("Control+Home")
    assert active(page) == [2, 1]
    page.keyboard.press("ArrowUp")
    assert active(page) == [1, 1]
    assert page.locator(".pub-ex-grid [tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.pub-ex-grid')") is None


def test_the_active_cell_keeps_the_focus_when_it_is_scrolled_out_of_sight(page, address):
    page.goto(address)
    page.get_by_label("Filter runs").press("ArrowDown")
    page.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    expect(page.locator("[aria-rowindex='303']")).to_be_visible()
    assert active(page) == [2, 1]
    page.keyboard.press("ArrowDown")
    assert active(page) == [3, 1]


def test_enter_sorts_in_the_head_and_opens_the_run_in_a_row(page, address):
    page.goto(address + "?query=seed%3C3")
    page.get_by_label("Filter runs").press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="when")).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{samples.run_id(1)}.html")
    page.go_back()
    expect(told(page)).to_have_text("2 of 301 runs")


def test_space_selects_runs_to_compare(page, address):
    page.goto(address + "?query=seed%3C3")
    page.get_by_label("Filter runs").press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator(".pub-ex-strong")).to_be_hidden()
    expect(page.get_by_text("select another to compare")).to_be_visible()
    page.get_by_label(f"select run {samples.run_id(1)[:7]}").click()
    both = f"../compare/index.html?runs={samples.run_id(2)},{samples.run_id(1)}"
    expect(page.get_by_role("link", name="Compare 2")).to_have_attribute("href", both)
    expect(page.locator("[aria-selected=true]")).to_have_count(2)
    page.get_by_role("button", name="Unselect").click()
    expect(page.locator("[aria-selected=true]")).to_have_count(0)


def test_what_is_listed_is_saved_exactly(page, address):
    page.goto(
        address
        + "?query=seed%3C3&column=id&column=started&column=param.seed&column=param.dt&column=metric.exponent"
    )
    page.locator("summary", has_text="Save").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    assert Path(saved.value.path()).read_text().splitlines() == [
        "started,id,param.seed,param.dt,metric.exponent",
        f"2026-11-01T00:02:12.482913Z,{samples.run_id(2)},2,0.1,0.302",
        f"2026-11-01T00:01:12.482913Z,{samples.run_id(1)},1,0.1,0.301",
    ]
    with page.expect_download() as saved:
        page.get_by_role("button", name="JSON").click()
    assert json.loads(Path(saved.value.path()).read_text())[1] == {
        "started": "2026-11-01T00:01:12.482913Z",
        "id": samples.run_id(1),
        "param.seed": 1,
        "param.dt": 0.1,
        "metric.exponent": 0.301,
    }


def test_nothing_in_a_record_runs(page, address):
    page.goto(address)
    page.locator("summary", has_text="Columns").click()
    page.evaluate(
        "document.querySelectorAll('.pub-ex-panel input:not(:checked)').forEach(box => box.click())"
    )
    page.keyboard.press("Escape")
    expect(body(page).first).to_contain_text("<script>")
    for name in ("step", "tag", "range"):
        page.locator("summary", has_text=name).first.click()
    assert page.evaluate("window.hacked") is None
    assert page.locator(".pub-runs img").count() == 0


def test_a_phone_shows_cards_and_needs_no_sideways_scrolling(page, address):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)
    expect(page.locator(".pub-ex-as-cards")).to_be_visible()
    expect(page.locator("[aria-rowindex='3']")).to_contain_text(samples.REASON)
    for menu in page.locator(".pub-ex-menu > summary").all():
        menu.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        menu.click()
    page.get_by_label("Order").select_option("metric.exponent")
    expect(page.locator("[aria-rowindex='2'] [data-label=exponent]")).to_have_text("0.301")


def test_the_explorer_works_from_a_folder(page, site):
    address = (site / "runs/index.html").as_uri()
    page.goto(address)
    page.get_by_label("Filter runs").fill("seed<3")
    expect(told(page)).to_have_text("2 of 301 runs")
    expect(page).to_have_url(address + "?query=seed%3C3")
    page.reload()
    expect(told(page)).to_have_text("2 of 301 runs")


# -- the plot ---------------------------------------------------------------------------------------------------------


@needs_plots
@pytest.mark.parametrize("folder", [False, True], ids=["server", "folder"])
def test_a_drag_over_the_plot_narrows_the_table_down(page, address, site, folder):
    page.goto(((site / "runs/index.html").as_uri() if folder else address) + "?query=coarsening")
    page.get_by_role("button", name="Plot").click()
    canvas = page.locator(".pub-ex-canvas[data-points]")
    page.get_by_label("across").first.select_option("param.seed")
    page.get_by_label("up", exact=True).select_option("metric.exponent")
    page.get_by_label("colour").select_option("param.mesh.nx")
    expect(canvas).to_have_attribute("data-drawn", "param.seed metric.exponent param.mesh.nx")
    expect(canvas).to_have_attribute("data-points", "240")
    over = page.locator(".pub-ex-over")
    box = over.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 2, steps=4)
    page.mouse.up()
    expect(page.get_by_label("Filter runs")).to_have_value(
        re.compile(r"^coarsening seed>=\S+ seed<=\S+ exponent>=\S+ exponent<=\S+$")
    )
    expect(told(page)).to_have_text(re.compile(r"^1[0-9][0-9] of 301 runs$"))
    page.go_back()
    expect(told(page)).to_have_text("240 of 301 runs")


@needs_plots
def test_a_point_leads_to_its_run(page, address):
    page.goto(address + "?query=seed%3D7&x=param.seed&y=metric.exponent")
    over = page.locator(".pub-ex-over")
    expect(over).to_have_count(1)
    box = over.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".pub-ex-tip")).to_contain_text(f"run {samples.run_id(7)[:7]}")
    page.mouse.down()
    page.mouse.up()
    page.wait_for_url(f"**/runs/{samples.run_id(7)}.html")


@needs_plots
def test_the_plotting_library_is_loaded_only_when_it_is_wanted(page, address):
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    page.goto(address)
    expect(told(page)).to_have_text("301 runs")
    assert "vega.js" not in asked
    page.get_by_role("button", name="Plot").click()
    expect(page.locator(".pub-ex-over")).to_have_count(1)
    assert asked.count("vega.js") == asked.count("plot.js") == 1


# -- paper --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1000, 700])
def test_on_paper_every_row_stands_below_the_other_and_within_the_page(page, address, width):
    shown = [
        "started",
        "id",
        "status",
        "title",
        "step",
        "param.seed",
        "param.mesh.nx",
        "metric.exponent",
        "duration",
        "verdict",
    ]
    page.goto(f"{address}?query=seed<=60{''.join(f'&column={key}' for key in shown)}")
    expect(told(page)).to_have_text(f"60 of {RUNS + 1} runs")
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(body(page)).to_have_count(60)
    expect(page.locator(".pub-ex-head [title=exponent]")).to_be_visible()
    expect(page.locator(".pub-ex-is-id").first).to_have_css("display", "table-cell")
    edges = body(page).evaluate_all(
        "rows => rows.map(row => row.getBoundingClientRect()).map(at => [at.top, at.bottom, at.right])"
    )
    assert all(above[1] <= below[0] + 1 for above, below in itertools.pairwise(edges))
    assert max(right for _, _, right in edges) <= width
    ask = page.locator(".pub-ex-ask, .pub-ex-doings, .pub-ex-bar-second, .pub-ex-select")
    expect(ask.locator("visible=true")).to_have_count(0)
