"""Pages in a browser: what a reader meets, and what nothing in a record can do to them."""

import contextlib
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from tests.publish import samples

HOSTILE = (
    "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1><svg onload=window.hacked=1>"
)
WHOLE, FAILED, PLAIN, LOST, EVIL = (samples.run_id(number) for number in (9, 10, 13, 12, 66))
PAGES = [
    "index.html",
    "runs/index.html",
    f"runs/{WHOLE}.html",
    f"runs/{FAILED}.html",
    f"runs/{PLAIN}.html",
    f"runs/{LOST}.html",
    "figures/index.html",
    "reproduction/index.html",
    "notebooks/index.html",
    "notebooks/analysis.html",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = samples.paper(tmp_path_factory.mktemp("pages") / "paper")
    samples.record(project, 66, **samples.all_of(project, HOSTILE))
    (project.root / "evil.ipynb").write_text(
        samples.notebook(
            samples.text_cell(HOSTILE), samples.code_cell(HOSTILE, samples.shows(text_html=HOSTILE))
        )
    )
    build(project, project.root / "site", MkDocs(None))
    return project.root / "site"


@pytest.fixture
def opened(browser):
    with contextlib.ExitStack() as stack:

        def new(**options):
            options = {
                "viewport": {"width": 1280, "height": 900},
                "locale": "en-GB",
                "timezone_id": "UTC",
            } | options
            context = browser.new_context(**options)
            stack.callback(context.close)
            return context.new_page()

        yield new


def test_every_request_stays_on_the_site_and_none_fails(opened, origin):
    page = opened()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "response",
        lambda answer: complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
    )
    for address in PAGES:
        page.goto(origin + address)
    page.wait_for_load_state("networkidle")
    home = urlsplit(origin).netloc
    assert not [url for url in asked if urlsplit(url).netloc != home]
    assert len(asked) > 5 * len(PAGES)
    assert complaints == []


@pytest.mark.parametrize(
    "address", [f"runs/{EVIL}.html", "runs/index.html", "notebooks/evil.html", f"runs/{WHOLE}.html"]
)
def test_nothing_in_a_record_runs(opened, origin, address):
    page = opened()
    page.goto(origin + address)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".pub").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_readable_in_both_palettes(opened, origin, scheme):
    page = opened(color_scheme=scheme)
    page.goto(f"{origin}runs/index.html")
    assert (
        page.locator("body").get_attribute("data-md-color-scheme")
        == {"light": "default", "dark": "slate"}[scheme]
    )
    found = page.evaluate(
        CONTRASTS, ".pub-mark, .pub-quiet, .pub-summary, .pub-why a, .pub-line, thead th, .pub-tag"
    )
    page.goto(f"{origin}runs/{WHOLE}.html")
    found += page.evaluate(
        CONTRASTS, ".pub-mark, .pub-quiet, .pub-note, h1, dt, dd, td, th, summary, pre span, time"
    )
    assert len(found) > 100
    weak = [each for each in found if each["ratio"] < 4.5]
    assert weak == []


CONTRASTS = """selector => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  function over(layers) {
    canvas.clearRect(0, 0, 1, 1);
    for (const layer of layers) { canvas.fillStyle = layer; canvas.fillRect(0, 0, 1, 1); }
    return canvas.getImageData(0, 0, 1, 1).data;
  }
  function light(rgb) {
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = [0, 1, 2].map(at => linear(rgb[at] / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  return [...document.querySelectorAll(".pub " + selector.split(", ").join(", .pub "))]
    .filter(element => element.textContent.trim())
    .map(element => {
      const behind = [];
      for (let at = element; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
      const ground = over(["white", ...behind]);
      const text = over(["white", ...behind, getComputedStyle(element).color]);
      const [a, b] = [light(ground), light(text)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return {ratio, text: element.textContent.trim().slice(0, 40), kind: element.className};
    });
}"""


def test_a_phone_needs_no_sideways_scrolling(opened, origin):
    page = opened(viewport={"width": 360, "height": 740})
    widths = {}
    for address in [*PAGES, f"runs/{EVIL}.html"]:
        page.goto(origin + address)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        widths[address] = page.evaluate("document.documentElement.scrollWidth")
    assert {address: width for address, width in widths.items() if width > 360} == {}


def test_the_answer_stands_in_the_first_screen(opened, origin):
    page = opened(viewport={"width": 1280, "height": 800})
    page.goto(f"{origin}runs/{WHOLE}.html")
    for selector in ("h1", ".pub-state", ".pub-verdict", ".pub-outcome", ".pub-metrics"):
        box = page.locator(selector).first.bounding_box()
        assert box["y"] + box["height"] < 800, selector
    assert "unverified" in page.locator(".pub-verdict").inner_text()
    assert page.locator(".pub-figures img").first.bounding_box()["width"] > 400


def test_status_is_said_by_shape_and_word(opened, origin):
    page = opened()
    page.goto(f"{origin}runs/index.html")
    shown = {
        text.replace("\xa0", " ") for text in page.locator(".pub-ex-is-status > .pub-mark").all_inner_texts()
    }
    assert shown == {"✓ completed", "✕ failed", "‖ interrupted", "? lost"}
    broken = page.locator(".pub-broken").inner_text()
    assert f"{'b' * 12}.yml" in broken
    assert "line 3" in broken


def test_times_are_the_readers_with_the_exact_utc_in_the_title(opened, origin):
    page = opened(timezone_id="Asia/Tokyo")
    page.goto(f"{origin}runs/{WHOLE}.html")
    time = page.locator(".pub-state time")
    assert time.inner_text().startswith("1 Nov 2026, 09:09")
    assert time.get_attribute("title").startswith("2026-11-01 00:09:12.482913 UTC")


def test_without_scripts_everything_can_be_read(opened, origin):
    page = opened(java_script_enabled=False)
    page.goto(f"{origin}runs/index.html")
    assert page.locator("tbody tr").count() == 15
    assert page.locator(".pub-filter").is_hidden()
    page.goto(f"{origin}runs/{WHOLE}.html")
    assert page.locator(".pub-state time").inner_text() == "1 Nov 2026, 00:09 UTC"
    page.locator("#log summary").click()
    assert "step 2 energy 12.7" in page.locator("#log").inner_text()


def test_the_filter_leaves_the_rows_that_hold_all_words(opened, origin):
    page = opened()
    page.goto(f"{origin}runs/index.html")
    page.get_by_label("Filter runs").fill("FIG3 exponent")
    visible = page.locator(".pub-ex-body [role=row]")
    expect(visible).to_have_count(1)
    expect(visible).to_contain_text(samples.run_id(9)[:7])
    expect(page.locator(".pub-ex-bar-first output")).to_have_text("1 of 14 runs")


def test_the_commands_are_copied_as_they_stand(opened, origin):
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{origin}runs/{FAILED}.html")
    page.get_by_role("button", name="copy the commands").click()
    page.get_by_text("copied").wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0] == "git clone https://github.com/someone/paper"
    assert lines[-1] == "publisher run coarsening seed=10"


def test_a_link_into_a_fold_opens_it(opened, origin):
    page = opened()
    page.goto(f"{origin}runs/{WHOLE}.html#log")
    expect(page.locator("#log")).to_have_attribute("open", "")
    expect(page.locator("#cite")).not_to_have_attribute("open", "")


def test_from_a_figure_to_its_run_and_back_to_all_runs(opened, origin):
    page = opened()
    page.goto(f"{origin}figures/index.html")
    page.locator(".pub-card-title").first.click()
    expect(page.locator("h1")).to_have_text(samples.REASON)
    page.locator(".pub-path a").click()
    expect(page.locator("#pub-runs-table")).to_be_visible()


def test_pages_open_from_a_folder_without_a_server(opened, site):
    page = opened()
    page.goto((site / "figures/index.html").as_uri())
    page.locator(".pub-card-title").first.click()
    expect(page.locator("h1")).to_have_text(samples.REASON)
    expect(page.locator(".pub-copy").first).to_be_visible()
    page.wait_for_load_state()
    sizes = page.evaluate(
        "[...document.querySelectorAll('.pub-figures img')].map(image => image.naturalWidth)"
    )
    assert sizes
    assert all(sizes)
    page.locator(".md-tabs__link", has_text="Runs").click()
    expect(page.locator("#pub-runs-table")).to_be_visible()
