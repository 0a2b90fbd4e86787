"""The home page, made from records or written by the author with elements of ours, in a browser."""

import contextlib

import pytest
from playwright.sync_api import expect

from publisher.model.record import Parameters
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from publisher.store.project import project_at
from tests.publish import samples

HOSTILE = "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
CITATION = """\
cff-version: 1.2.0
title: How domains grow
abstract: The exponent is measured.
doi: 10.5281/zenodo.1234
license: CC-BY-4.0
url: javascript:window.hacked=1
authors:
  - {given-names: Ada, family-names: Example, orcid: 0000-0002-1825-0097, affiliation: An institute}
  - {given-names: Bo, family-names: Example}
"""
PROSE = """\
# Growth

![Waves](figure:coarsening/field.png "Figure 1. Waves")

The best is [this one](run:final).

```plot
query: step:coarsening
x: mesh.nx
y: exponent
colour: mesh.nx
alt: no trend
```

```runs
tag:fig3
columns: exponent reason
```

```paper
```
"""


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """A site whose home page we make, and one whose author wrote it."""
    made = {}
    for name in ("made", "written"):
        root = tmp_path_factory.mktemp("home") / name
        samples.paper(root)
        (root / "CITATION.cff").write_text(CITATION)
        (root / "publisher.yml").write_text("paper: {authors: CITATION.cff}\n")
        samples.record(
            samples.project_at(root), 66, reason=HOSTILE, parameters=Parameters(values={"x": HOSTILE})
        )
        if name == "written":
            (root / "docs").mkdir()
            (root / "docs/index.md").write_text(PROSE)
        report = build(project_at(root), root / "site", MkDocs(None))
        assert report.warnings == []
        made[name] = root / "site/index.html"
    return made


@pytest.fixture
def opened(browser, sites):
    with contextlib.ExitStack() as stack:

        def new(which, **options):
            context = browser.new_context(
                **{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | options
            )
            stack.callback(context.close)
            page = context.new_page()
            page.goto(sites[which].as_uri())
            return page

        yield new


def test_the_paper_leads(opened):
    page = opened("made")
    expect(page.locator("h1")).to_have_text("How domains grow")
    expect(page.locator(".pub-authors li").first).to_contain_text(
        "Ada Example 0000-0002-1825-0097 An institute"
    )
    expect(page.locator(".pub-orcid")).to_have_attribute("href", "https://orcid.org/0000-0002-1825-0097")
    expect(page.get_by_role("link", name="doi:10.5281/zenodo.1234")).to_be_visible()
    expect(page.locator(".pub-abstract")).to_have_text("The exponent is measured.")
    expect(page.locator(".pub-facts-line")).to_contain_text("licence CC-BY-4.0")
    expect(page.locator(".pub-numbers")).to_contain_text("14 runs")
    assert page.locator('a[href^="javascript"]').count() == 0


def test_each_figure_says_which_run_made_it(opened):
    page = opened("made")
    line = page.locator(".pub-paper-figure", has=page.locator('img[alt*="field.png"]')).locator(".pub-made")
    expect(line).to_contain_text("made by run")
    expect(line).to_contain_text("at commit 08d04df")
    expect(line).to_contain_text("unverified")
    line.get_by_role("link").first.click()
    expect(page.locator("h1")).to_have_text(samples.REASON)


@pytest.mark.parametrize("name", ["Runs", "Figures", "Which run made this file?", "Data"])
def test_four_links_say_where_to_start(opened, name):
    page = opened("made")
    link = page.get_by_role("list", name="Where to start").get_by_role("link", name=name, exact=True)
    link.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def test_the_authors_page_holds_our_elements(opened):
    page = opened("written")
    expect(page.locator("h1")).to_have_text("Growth")
    expect(page.locator(".pub-paper-figure .pub-caption")).to_have_text("Figure 1. Waves")
    expect(page.get_by_role("img", name="Waves")).to_be_visible()
    expect(page.locator(".pub-query tbody tr")).to_have_count(1)
    expect(page.locator(".pub-authors li")).to_have_count(2)
    page.get_by_role("link", name="this one").click()
    expect(page.locator("h1")).to_have_text(samples.REASON)


def test_a_point_of_a_plot_leads_to_its_run(opened):
    page = opened("written")
    point = page.locator(".pub-plot > svg a").first
    name = point.get_attribute("aria-label")
    point.click()
    page.wait_for_url("**/runs/*.html")
    assert f"run {page.url.rpartition('/')[2][:7]}: mesh.nx" in name


def test_the_points_are_reached_by_keyboard(opened):
    page = opened("written")
    page.locator(".pub-made a").last.focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.pub-plot > svg a')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*.html")


def test_the_numbers_of_a_plot_stand_below_it(opened):
    page = opened("written", java_script_enabled=False)
    page.locator(".pub-plot summary").click()
    points = page.locator(".pub-plot > svg a").count()
    expect(page.locator(".pub-plot tbody tr")).to_have_count(points)
    assert points > 8


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_points_are_told_from_their_ground_in_both_palettes(opened, scheme):
    page = opened("written", color_scheme=scheme)
    colours = page.evaluate(
        """() => [...document.querySelectorAll('.pub-plot > svg a path')].map(e => getComputedStyle(e).fill)"""
    )
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len(set(colours)) == 3
    assert min(contrast(each, ground) for each in colours) >= 3


def contrast(one, other):
    def light(colour):
        parts = [float(each) / 255 for each in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("which", ["made", "written"])
def test_a_phone_needs_no_sideways_scrolling(opened, which):
    page = opened(which, viewport={"width": 360, "height": 740})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("which", ["made", "written"])
def test_nothing_from_a_record_or_a_citation_runs(opened, which):
    page = opened(which)
    page.wait_for_load_state()
    assert page.evaluate("window.hacked") is None
