"""The reproduction page and the badge in a browser, and what a verification changes on the rest of the site."""

import contextlib
from html import unescape
from pathlib import Path

import axe_playwright_python as axe
import pytest
from playwright.sync_api import expect

from publisher.model.project import Project, Settings, Step
from publisher.model.record import Annotations, Author
from publisher.model.verification import Deviation, Finding, Machine, Measured
from publisher.plugin.remembered import MkDocs
from publisher.publish.build import build
from publisher.store.artifacts import keep
from tests.publish import samples

AXE = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
HOSTILE = "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
SECRET = "the run that nobody may see"
JOB = "https://github.com/someone/paper/actions/runs/7"
SAME, PICTURE, BLOCKED, NEVER, DISPUTED, HIDDEN = (samples.run_id(number) for number in range(1, 7))


def study(root):
    """Runs of every verdict, by the authors, in CI and by somebody else; one of them is not published."""
    samples.project_at(root)
    (root / "publisher.yml").write_text(
        "paper: {title: A walk, authors: [Ada Example]}\n"
        "steps: {coarsening: {command: python simulate.py}, fit: {command: python fit.py}}\n"
    )
    project = Project(
        root=root,
        settings=Settings(
            steps={"coarsening": Step(command="python simulate.py"), "fit": Step(command="python fit.py")}
        ),
        configured=True,
    )
    made = {
        number: samples.record(
            project,
            number,
            reason=SECRET if number == 6 else f"question {number}",
            annotations=Annotations(publish=False) if number == 6 else Annotations(),
        )
        for number in range(1, 7)
    }
    picture = f"sha256:{keep(project, samples.png(120, 80), 'difference.png')}"
    check = samples.verification
    for day, outcome in enumerate(("identical", "equivalent", "close", "identical"), 1):
        check(project, made[1], outcome, started=f"2026-11-0{day}T02:00:00.000000Z")
    check(
        project,
        made[2],
        verdict="different",
        started="2026-11-12T04:00:00.000000Z",
        machine=Machine(system="Linux 6.1, x86_64", job=JOB),
        author=None,
        findings=[
            Finding(
                path=f"out/{HOSTILE}.png",
                outcome="different",
                how="pixels",
                picture=picture,
                measured=Measured(compared=9600, differing=40, absolute=12.0, rms=1.5),
                said=f"`{HOSTILE}` differs",
                steady=False,
            )
        ],
        deviations=[
            Deviation(what="numpy", recorded="2.4.6", found="2.3.5"),
            Deviation(what="wheel", found="0.45"),
        ],
    )
    check(project, made[3], verdict="blocked", reason=f"`data/{HOSTILE}` is nowhere", unblock="put `it` back")
    check(
        project,
        made[5],
        "different",
        author=Author(name="Bo Reader"),
        machine=Machine(system="macOS 15, arm64"),
    )
    check(project, made[5], "identical", started="2026-11-12T03:00:00.000000Z")
    check(project, made[6], "different", author=Author(name="Nobody Known"))
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = study(tmp_path_factory.mktemp("reproduction") / "a walk")
    assert build(project, project.root / "site", MkDocs(None)).warnings == []
    return project


@pytest.fixture(scope="module")
def site(project):
    return project.root / "site"


@pytest.fixture
def opened(browser):
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
            page.said = []
            page.on(
                "console",
                lambda said: page.said.append(said.text) if said.type in ("error", "warning") else None,
            )
            page.on("pageerror", lambda error: page.said.append(str(error)))
            page.goto(address)
            return page

        yield new


@pytest.fixture
def page(opened, origin):
    return opened(f"{origin}reproduction/index.html")


def test_the_answer_comes_first_with_numbers_a_day_and_a_place(page):
    answer = page.locator(".pub-answer")
    expect(answer).to_contain_text("Not all of it. Of 5 runs, 2 match and 1 differs when re-run;")
    expect(answer).to_contain_text("1 could not be re-run, 1 has not been re-run.")
    expect(answer).to_contain_text("Last checked 12 Nov 2026, 04:00")
    expect(answer).to_contain_text("on GitHub Actions")
    assert answer.bounding_box()["y"] < 400


def test_it_answers_without_a_script(opened, origin):
    page = opened(f"{origin}reproduction/index.html", java_script_enabled=False)
    expect(page.locator(".pub-answer")).to_contain_text(
        "Last checked 12 Nov 2026, 04:00 UTC, on GitHub Actions."
    )


@pytest.mark.parametrize("told", ["2 = identical", "1 ≠ different", "1 ⊘ blocked", "1 · unverified"])
def test_each_verdict_leads_to_its_runs_in_the_explorer(page, told):
    page.get_by_role("list", name="Runs by verdict").locator("a", has_text=told).click()
    expect(page.locator("output[for='pub-ex-ask']")).to_have_text(f"{told[0]} of 5 runs")


def test_steps_stand_in_full(page):
    lines = page.locator(".pub-steps tbody tr")
    expect(lines).to_have_count(2)
    expect(lines.nth(0)).to_contain_text("coarsening")
    expect(lines.nth(0)).to_contain_text("= identical")
    expect(lines.nth(1)).to_contain_text("no run of it is on this site")


def test_what_differs_leads_to_its_evidence(page):
    page.get_by_role("link", name="question 2").click()
    page.wait_for_url("**/runs/*.html#re-runs")
    expect(page.locator("#re-runs")).to_be_in_viewport()
    shown = page.locator(".pub-where img")
    assert shown.evaluate("async image => { await image.decode(); return image.naturalWidth }") == 120
    expect(page.locator(".pub-checked")).to_contain_text("so it is not deterministic")


def test_of_the_environment_what_the_run_imported_is_told_and_the_rest_counted(opened, origin):
    page = opened(f"{origin}runs/{PICTURE}.html")
    told = page.locator("details", has_text="The environment differed in 2 things")
    expect(told.locator("summary")).to_contain_text("1 of them in what it did not import")
    assert told.locator("tr").all_inner_texts() == ["\trun\tre-run", "numpy\t2.4.6\t2.3.5"]


def test_what_is_blocked_says_what_would_unblock_it(page):
    blocked = page.get_by_role("article", name="1 blocked run")
    expect(blocked).to_contain_text("To unblock it: put it back.")
    expect(blocked.locator("code").nth(1)).to_have_text("it")


def test_other_parties_stand_beside_the_authors(page):
    table = page.locator("#who ~ table").first
    expect(table.locator("tr", has_text="Bo Reader")).to_contain_text("somebody else's")
    expect(table.locator("tr", has_text="someone/paper")).to_contain_text("the authors'")
    expect(table.get_by_role("link", name="on GitHub Actions")).to_have_attribute("href", JOB)
    disputed = page.locator("#disputed ~ article").first
    expect(disputed).to_contain_text("question 5")
    expect(disputed.locator("li").nth(1)).to_contain_text("different Bo Reader, on macOS 15, arm64")


def test_a_run_that_is_not_published_is_nowhere(page, project):
    text = page.locator("body").inner_text()
    for each in (SECRET, "Nobody Known", HIDDEN, HIDDEN[:7]):
        assert each not in text
    badge = (project.root / "site/badge.svg").read_text()
    assert "re-run differs: 1 of 5 runs" in badge


def test_no_badge_is_awarded(page):
    expect(page.locator(".pub-reproduction")).to_contain_text(
        "people decide about them. This site awards none."
    )
    before = page.locator(".pub-answer").inner_text() + page.locator(".pub-badge").get_attribute("alt")
    assert "reproduced" not in before.lower()


def test_the_badge_is_drawn_and_its_snippet_names_this_site(page, origin):
    image = page.get_by_role("img", name="re-run differs: 1 of 5 runs")
    assert image.evaluate("async image => { await image.decode(); return image.naturalHeight }") == 20
    snippet = page.locator("#badge ~ div code")
    expect(snippet).to_have_text(
        f"[![Re-runs of this work]({origin}badge.svg)]({origin}reproduction/index.html)"
    )


def test_the_badge_reads_as_a_picture_of_its_own(opened, origin):
    page = opened(f"{origin}badge.svg")
    expect(
        page.get_by_role("img", name="re-run differs: 1 of 5 runs, last checked 12 Nov 2026")
    ).to_be_visible()
    wide = page.evaluate(
        "[...document.querySelectorAll('text')].map(e => e.getBBox().width - e.textLength.baseVal.value)"
    )
    assert max(map(abs, wide)) < 1


def test_home_says_when_it_was_checked_and_leads_here(opened, origin):
    page = opened(f"{origin}index.html")
    line = page.locator(".pub-numbers li", has_text="re-run differs")
    expect(line).to_contain_text("1 of 5 runs; 2 match, 1 blocked, 1 not re-run; last checked 12 Nov 2026")
    line.get_by_role("link").click()
    expect(page.locator(".pub-answer")).to_be_visible()


def test_the_history_of_a_run_is_read_in_shapes_and_in_words(opened, origin):
    page = opened(f"{origin}runs/{SAME}.html")
    strip = page.get_by_role("list", name="Re-runs, oldest first")
    expect(strip.locator("[aria-hidden]")).to_have_text(["=", "≅", "≈", "="])
    expect(strip.get_by_role("listitem").nth(1)).to_contain_text("equivalent, 2 Nov 2026")
    page.get_by_text("Each of them").click()
    expect(page.locator("#re-runs ~ details table tr").nth(1)).to_contain_text("Ada Example")


PAGES = {"reproduction": "reproduction/index.html", "home": "index.html"} | {
    name: f"runs/{run}.html" for name, run in (("same", SAME), ("picture", PICTURE), ("blocked", BLOCKED))
}


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_nothing(opened, origin, kind, look):
    page = opened(
        origin + PAGES[kind],
        viewport={"width": 390, "height": 844} if look == "phone" else {"width": 1280, "height": 900},
        color_scheme="dark" if look == "dark" else "light",
        bypass_csp=True,  # axe-core is put into the page
    )
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(AXE)
    found = page.evaluate(
        """async tags => (await axe.run(document, {runOnly: {type: "tag", values: tags}})).violations.map(
             rule => [rule.id, ...rule.nodes.slice(0, 3).map(node => node.html.slice(0, 200))])""",
        TAGS,
    )
    assert found == []


@pytest.mark.parametrize("kind", PAGES)
def test_a_phone_needs_no_sideways_scrolling(opened, origin, kind):
    page = opened(origin + PAGES[kind], viewport={"width": 360, "height": 740})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("kind", PAGES)
def test_nothing_runs_and_nothing_is_refused(opened, origin, kind):
    page = opened(origin + PAGES[kind])
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hacked") is None
    assert page.said == []


def test_two_builds_give_the_same_bytes(project, tmp_path):
    first, second = project.root / "site", tmp_path / "again"
    build(project, second, MkDocs(None))
    for name in ("reproduction/index.html", "badge.svg", "index.html", f"runs/{PICTURE}.html"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_an_anonymous_site_names_no_verifier(project, tmp_path):
    build(project, tmp_path / "blind", MkDocs(None, anonymous=True), anonymous=[])
    text = unescape((tmp_path / "blind/reproduction/index.html").read_text())
    assert "Of 5 runs, 2 match and 1 differs" in text
    for each in ("Ada Example", "Bo Reader", "someone/paper", "Nobody Known"):
        assert each not in text
    assert "somebody else's" not in text


def test_a_new_verification_changes_what_shows_it_and_nothing_else(tmp_path):
    project = samples.project_at(tmp_path / "paper")
    one, _two = samples.record(project, 1), samples.record(project, 2)
    (project.root / "docs").mkdir()
    (project.root / "docs/index.md").write_text("# Growth\n\n```paper\n```\n")
    site = project.root / "site"
    build(project, site, MkDocs(None))
    assert "not re-run" in (site / "index.html").read_text()
    assert ">not re-run: 2 runs<" in (site / "badge.svg").read_text()
    assert build(project, site, MkDocs(None)).changes.written == []
    samples.verification(project, one, "identical")
    written = build(project, site, MkDocs(None)).changes.written
    assert {"index.html", "badge.svg", "reproduction/index.html", f"runs/{one.id}.html"} <= set(written)
    assert f"runs/{samples.run_id(2)}.html" not in written
    assert "last checked" in (site / "index.html").read_text()


def test_an_authors_file_does_not_take_the_place_of_the_badge(tmp_path):
    project = samples.project_at(tmp_path / "paper")
    samples.record(project, 1)
    (project.root / "docs").mkdir()
    (project.root / "docs/index.md").write_text("# Growth\n")
    (project.root / "docs/badge.svg").write_text("<svg/>")
    build(project, project.root / "site", MkDocs(None))
    assert "not re-run: 1 run" in (project.root / "site/badge.svg").read_text()
