"""Runs side by side in a browser: what differs, figures, the address, the copy for a pull request."""

import re

import pytest
from playwright.sync_api import expect

from publisher.model.environment import Environment, Python, System
from publisher.model.record import Annotations, Code, FileRef, Parameters
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from publisher.store.environments import keep_environment
from tests.publish import samples

HOSTILE = (
    "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1><svg onload=window.hacked=1>"
)
OTHER = "b" * 40
FIRST, SECOND, THIRD, EVIL = (samples.run_id(number) for number in (1, 2, 3, 66))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("compare") / "paper")
    older = keep_environment(
        project,
        Environment(
            schema=1,
            system=System(name="Linux", release="6.1.0", machine="x86_64"),
            python=Python(
                implementation="CPython", version="3.11.7", packages={"numpy": "2.4.1", "pandas": "2.2.3"}
            ),
        ),
    )
    values = {"mesh": {"nx": 64}, "dt": 0.1, "scheme": "a|b"}
    same = samples.kept(project, "out/legend.png", samples.png(32, 24, 9))
    for number in (1, 2, 3):
        samples.record(
            project,
            number,
            reason=f"run number {number}",
            parameters=Parameters(values=values | {"mesh": {"nx": 64 * number}}),
            metrics={"exponent": 0.25 * number, "energy": 12.7},
            code=Code(
                repository="https://github.com/someone/paper",
                commit=OTHER if number == 3 else samples.COMMIT,
                branch="main",
            ),
            environment=older if number == 2 else samples.environment(project),
            label="baseline" if number == 3 else None,
            annotations=Annotations(tags=["fig3", "mesh study"] if number == 3 else []),
            outputs=[
                samples.kept(project, "out/field.png", samples.png(64, 48, number)),
                same,
                FileRef(path="out/energy.csv", sha256=str(min(number, 2)) * 64, size=2210),
            ],
        )
    for number in range(10):
        samples.record(
            project, 100 + number, reason="an old run", started=f"2026-10-01T00:{number:02d}:00.000000Z"
        )
    samples.record(
        project,
        66,
        **samples.all_of(project, HOSTILE),
        inputs=[FileRef(path=HOSTILE, sha256="5" * 64, size=3)],
        outputs=[samples.kept(project, f"{HOSTILE}.png", samples.png(32, 24, 5))],
    )
    build(project, project.root / "site", MkDocs(None))
    return project.root / "site"


@pytest.fixture(scope="module")
def address(origin):
    return f"{origin}compare/index.html"


@pytest.fixture(params=["server", "file"])
def start(request, site, address):
    """The address of the page, from a server and from a folder."""
    return address if request.param == "server" else (site / "compare/index.html").as_uri()


@pytest.fixture
def page(browser):
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        locale="en-GB",
        timezone_id="UTC",
        permissions=["clipboard-read", "clipboard-write"],
    )
    made = context.new_page()
    complaints = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield made
    context.close()
    assert complaints == []


def line(page, name):
    """The cells of a fact."""
    return page.locator(
        ".pub-comparison tbody tr", has=page.get_by_role("rowheader", name=name, exact=True)
    ).locator("td")


def test_only_what_differs_is_shown_and_the_first_sentence_counts_it(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND}")
    expect(line(page, "mesh.nx")).to_have_text(["64", "128"])
    expect(line(page, "dt")).to_have_count(0)
    expect(page.locator(".pub-summary")).to_have_text(
        "1 parameter, 1 metric, 43 packages and 2 outputs differ; 13 facts are the same."
    )


def test_what_is_the_same_is_shown_on_request_and_in_the_address(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND}")
    page.get_by_label("show what is the same").check()
    expect(line(page, "dt")).to_have_text(["0.1", "0.1"])
    page.reload()
    expect(line(page, "dt")).to_have_text(["0.1", "0.1"])
    expect(page.get_by_label("show what is the same")).to_be_checked()


def test_a_metric_is_told_with_its_difference_to_the_first(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND},{THIRD}")
    expect(line(page, "exponent")).to_have_text(["0.25", "0.5+0.25 (+100 %)", "0.75+0.5 (+200 %)"])


def test_packages_of_two_environments_are_compared(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND}")
    expect(line(page, "numpy")).to_have_text(["2.4.6", "2.4.1"])
    expect(line(page, "pandas")).to_have_text(["–none", "2.2.3"])
    expect(line(page, "python")).to_have_count(0)


def test_a_difference_of_commits_leads_to_the_page_that_shows_it(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND},{THIRD}")
    expect(line(page, "difference of the code").nth(1)).to_have_text("")
    expect(line(page, "difference of the code").nth(2).locator("a")).to_have_attribute(
        "href", f"https://github.com/someone/paper/compare/{samples.COMMIT}...{OTHER}"
    )


def test_files_are_the_same_when_their_content_is(page, start):
    page.goto(f"{start}?runs={SECOND},{THIRD}&same=1")
    expect(line(page, "out/energy.csv").nth(1)).to_have_text("= the same")
    expect(line(page, "out/field.png").nth(1)).not_to_have_text("= the same")


def test_figures_of_one_path_stand_side_by_side_and_over_each_other(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND}")
    block = page.locator(".pub-compared", has_text="out/field.png")
    expect(block.locator("img")).to_have_count(2)
    block.get_by_label("overlay").check()
    above = block.locator(".pub-overlay img").nth(1)
    expect(above).to_have_css("clip-path", "inset(0px 0px 0px 50%)")
    block.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(above).to_have_css("clip-path", "inset(0px 0px 0px 51%)")
    expect(block.get_by_role("slider")).to_have_attribute(
        "aria-valuetext", f"51 % {FIRST[:7]}, then {SECOND[:7]}"
    )
    block.get_by_label("difference").check()
    expect(block.locator(".pub-overlay img").nth(1)).to_have_css("mix-blend-mode", "difference")
    expect(block.locator(".pub-overlay img").nth(1)).to_have_js_property("naturalWidth", 64)


def test_one_picture_in_all_runs_is_shown_once_and_said_to_be_the_same(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND}")
    block = page.locator(".pub-compared", has_text="out/legend.png")
    expect(block).to_contain_text("The same picture in all of them, byte by byte.")
    expect(block.locator("img")).to_have_count(1)


def test_runs_are_added_removed_and_reordered_and_the_address_follows(page, start):
    heads = page.locator(".pub-comparison thead a")
    page.goto(f"{start}?runs={FIRST},{SECOND}")
    page.get_by_label("Add a run by its id").fill(THIRD[:6])
    page.keyboard.press("Enter")
    expect(heads).to_have_text([FIRST[:7], SECOND[:7], THIRD[:7]])
    page.get_by_role("button", name=f"make {THIRD[:7]} the first").click()
    expect(heads).to_have_text([THIRD[:7], FIRST[:7], SECOND[:7]])
    page.get_by_role("button", name=f"remove {FIRST[:7]} from the comparison").click()
    expect(heads).to_have_text([THIRD[:7], SECOND[:7]])
    expect(page.locator(".pub-summary")).to_be_focused()
    assert page.url == f"{start}?runs={THIRD},{SECOND}"
    page.go_back()
    expect(heads).to_have_text([THIRD[:7], FIRST[:7], SECOND[:7]])


def test_a_run_is_found_by_its_words_and_taken_by_keyboard(page, start):
    page.goto(f"{start}?runs={FIRST}")
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press_sequentially("NUMBER")
    options = page.get_by_role("listbox", name="Runs").get_by_role("option")
    expect(options).to_have_text([re.compile(f"^{each[:7]} run number") for each in (THIRD, SECOND)])
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_text("2 runs", exact=True)).to_be_visible()
    for key, pointed in (
        ("ArrowDown", 0),
        ("ArrowDown", 1),
        ("ArrowUp", 0),
        ("ArrowUp", None),
        ("ArrowUp", 1),
    ):
        box.press(key)
        expect(options.and_(page.locator("[aria-selected=true]"))).to_have_count(int(pointed is not None))
        if pointed is not None:
            expect(options.nth(pointed)).to_have_attribute("aria-selected", "true")
            told = options.nth(pointed).get_attribute("id")
            expect(box).to_have_attribute("aria-activedescendant", told)
    box.press("Enter")
    expect(page.locator(".pub-comparison thead a")).to_have_text([FIRST[:7], SECOND[:7]])
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    expect(page.get_by_role("listbox")).to_have_count(0)
    assert page.url == f"{start}?runs={FIRST},{SECOND}"


def test_a_run_is_found_by_label_step_tag_or_a_query_and_taken_by_a_click(page, start):
    page.goto(f"{start}?runs={FIRST}")
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    for words in ("baseline", "fig3 baseline", "tag:fig3", "mesh.nx>128 label:baseline", THIRD[3:9]):
        box.fill(words)
        expect(options).to_have_count(1)
        expect(options).to_contain_text(f"{THIRD[:7]} run number 3")
        expect(options).to_contain_text("baseline · coarsening · fig3, mesh study · nx 192 · dt 0.1")
    options.click()
    expect(page.locator(".pub-comparison thead a")).to_have_text([FIRST[:7], THIRD[:7]])


def test_enter_takes_the_only_run_that_is_found_and_else_points_at_the_first(page, address):
    page.goto(f"{address}?runs={FIRST}")
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    box.fill("number")
    expect(options).to_have_count(2)
    box.press("Enter")
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.fill("baseline")
    expect(options).to_have_count(1)
    box.press("Enter")
    expect(page.locator(".pub-comparison thead a")).to_have_text([FIRST[:7], THIRD[:7]])


def test_escape_closes_the_list_and_then_empties_the_box(page, address):
    page.goto(f"{address}?runs={FIRST},{SECOND}")
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    box.fill("number")
    expect(options).to_have_count(1)
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("number")
    box.press("ArrowDown")
    expect(options).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    box.press("Escape")
    expect(box).to_have_value("")


def test_what_finds_nothing_says_so_and_a_wrong_query_says_why(page, address):
    page.goto(f"{address}?runs={FIRST},{SECOND}")
    box, told = page.get_by_role("combobox"), page.locator(".pub-found-count")
    box.fill("nothing says this")
    expect(told).to_have_text("no other run is found by this")
    box.press("Enter")
    expect(page.locator(".pub-comparison thead a")).to_have_count(2)
    box.fill("dt<many")
    expect(told).to_contain_text("`many` is no number")


def test_of_many_runs_eight_are_offered_and_the_others_counted(page, address):
    page.goto(address)
    page.get_by_role("combobox").fill("an old run")
    expect(page.get_by_role("option")).to_have_count(8)
    expect(page.locator(".pub-found-count")).to_have_text("the newest 8 of 10 runs")


def test_an_id_that_means_no_run_is_named_and_the_others_are_compared(page, start):
    page.goto(f"{start}?runs={FIRST},{SECOND},ffffffffffff,zz")
    expect(page.get_by_role("alert").locator("li")).to_have_count(2)
    expect(page.get_by_role("alert")).to_contain_text("no run on this site has an id that begins with ffff")
    expect(page.get_by_role("alert")).to_contain_text("“zz” is no run's id")
    expect(line(page, "mesh.nx")).to_have_text(["64", "128"])


def test_without_runs_it_says_how_to_choose_and_offers_the_two_newest(page, start):
    page.goto(start)
    expect(page.locator(".pub-choose")).to_contain_text("Choose runs on the runs page")
    page.get_by_role("link", name="the two newest").click()
    expect(page.locator(".pub-comparison thead a")).to_have_text([EVIL[:7], THIRD[:7]])


def test_the_table_is_copied_for_a_pull_request(page, address):
    page.goto(f"{address}?runs={FIRST},{SECOND}")
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_text("copied")).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    top = address.removesuffix("compare/index.html")
    assert (
        lines[0] == f"| | [{FIRST[:7]}]({top}runs/{FIRST}.html) | [{SECOND[:7]}]({top}runs/{SECOND}.html) |"
    )
    assert lines[1] == "|---|---|---|"
    assert "| mesh.nx | 64 | 128 |" in lines
    assert "| numpy | 2.4.6 | 2.4.1 |" in lines
    assert lines[-1] == f"[Compared on the site]({address}?runs={FIRST},{SECOND})"


def test_a_text_cannot_leave_its_cell_in_the_copy(page, address):
    page.goto(f"{address}?runs={FIRST},{EVIL}&same=1")
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_text("copied")).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert '| scheme | `"a\\|b"` | – |' in lines
    assert f"| step | coarsening | `{HOSTILE}` |" in lines
    tables = [each.replace("\\|", "").count("|") for each in lines if each.startswith("|")]
    assert set(tables) == {4}


def test_nothing_in_a_record_runs(page, start):
    page.goto(f"{start}?runs={FIRST},{EVIL},{HOSTILE.replace('&', '')}&same=1")
    expect(page.locator(".pub-comparison thead a")).to_have_count(2)
    page.locator(".pub-compared img").last.scroll_into_view_if_needed()
    expect(page.locator(".pub-result script, .pub-result svg, .pub-result img[onerror]")).to_have_count(0)
    page.goto(start)
    page.get_by_role("combobox").fill("onerror")
    expect(page.get_by_role("option")).to_contain_text("<img src=x onerror")
    expect(page.get_by_role("listbox").locator("img, svg, script")).to_have_count(0)
    assert page.evaluate("window.hacked") is None


def test_without_scripts_it_names_the_command(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert "publisher diff A B" in page.locator(".pub-compare").inner_text()
    context.close()


def test_on_paper_ids_are_whole_and_nothing_is_cut_off(page, address):
    page.goto(f"{address}?runs={FIRST},{SECOND},{THIRD}")
    expect(page.locator(".pub-comparison thead a")).to_have_count(3)
    page.set_viewport_size({"width": 700, "height": 900})
    page.emulate_media(media="print")
    expect(page.locator(".pub-add, .pub-options, .pub-run-doors").locator("visible=true")).to_have_count(0)
    told = page.locator(".pub-run-head code").first.evaluate(
        "code => getComputedStyle(code, '::after').content"
    )
    assert told == f'"{FIRST}"'
    assert page.locator(".pub-comparison").evaluate("table => table.getBoundingClientRect().right") <= 700


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_needs_no_sideways_scrolling_of_the_page(browser, origin, scheme):
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    widths = {}
    for address in (f"compare/index.html?runs={FIRST},{EVIL}&same=1", "data/index.html", "which/index.html"):
        page.goto(origin + address)
        page.wait_for_load_state("networkidle")
        widths[address] = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert set(widths.values()) == {360}
