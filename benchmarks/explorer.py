"""The runs page in Chromium with very many runs: its data, when it is usable, what a keystroke and a plot cost."""

from __future__ import annotations

import statistics
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.records import record, write_many
from publisher.model.row import row_of
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from publisher.publish.frame.frame import PART, Frame
from publisher.publish.frame.templates import Pages
from publisher.publish.outlet.preview import server
from publisher.publish.runs.chosen import chosen
from publisher.publish.runs.explorer import runs_script
from publisher.publish.runs.table import columns_of, runs_page
from publisher.store.project import project_at
from publisher.store.records import record_name

COUNTS = {
    10_000: (500, 20),
    100_000: (1500, 60),
}  #: runs -> ms until usable, ms of script a keystroke, at most
QUERY = "finer mesh"  #: typed letter by letter; found in no run, so every text is looked through
TIMES = 7

TYPED = """text => {
  const input = document.querySelector("#pub-ex-ask"), taken = [];
  for (let end = 1; end <= text.length; end++) {
    input.value = text.slice(0, end);
    const begin = performance.now();
    input.dispatchEvent(new Event("input"));
    taken.push(performance.now() - begin);
  }
  input.value = "";
  input.dispatchEvent(new Event("input"));
  return taken;
}"""
PLOTTED = """() => new Promise(done => {
  const begin = performance.now();
  document.querySelector("[aria-expanded]").click();
  const look = () => document.querySelector("[data-points]") ?
    requestAnimationFrame(() => done(performance.now() - begin)) : requestAnimationFrame(look);
  look();
})"""
USABLE = """() => {
  const at = name => performance.getEntriesByName(name)[0].startTime;
  const usable = at("publisher-explorer"), begins = at("publisher-explorer-begins");
  return [usable, begins, usable - begins];
}"""  #: milliseconds; the second is when the table without a script had been read, and the data had come


def explorer(folder: Path) -> None:
    """Print what the runs page costs, from a server and from a folder."""
    from playwright.sync_api import sync_playwright

    from tests.tools import BROWSER_ARGS, chromium

    few = folder / "explorer"
    few.mkdir()
    write_many(few / "records", 10)
    project = project_at(few)
    build(project, few / "site", MkDocs(None))
    around = _around((few / "site" / "runs" / "index.html").read_text("utf-8"))
    with sync_playwright() as playwright, server(few / "site", 0) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        for count, (usable, keystroke) in COUNTS.items():
            _write(few / "site", around, count)
            for origin in (f"http://127.0.0.1:{pages.server_address[1]}/", f"{(few / 'site').as_uri()}/"):
                found = _look(browser, f"{origin}runs/index.html")
                print(
                    f"{count} runs, {origin.split(':')[0]}: "
                    f"usable after {found['usable']:.0f} ms (under {usable}), "
                    f"of which {found['read']:.0f} until the data is read and {found['own']:.0f} in the explorer; "
                    f"a keystroke {found['keystroke']:.1f} ms, at most {found['worst']:.1f} (under {keystroke}); "
                    f"plot after {found['plot']:.0f} ms, a filter with it open {found['again']:.1f} ms"
                )
        browser.close()
        pages.shutdown()


def _around(page: str) -> Frame:
    """The frame of a page as readers get it, which is what it was before it was filled."""
    begin, end = page.index('<link rel="stylesheet" href="../assets/explorer.css">'), page.index("</article>")
    return Frame(f"{page[:begin]}{PART}{page[end:]}", "runs/index.html")


def _write(site: Path, around: Frame, count: int) -> None:
    rows = [row_of(each, record_name(each.started, each.id)) for each in map(record, range(count))]
    shown = chosen(rows, [])
    begin = time.process_time()
    columns = columns_of(rows)
    data = runs_script(shown, columns)
    took = time.process_time() - begin
    html = Pages().render("runs", {"page": runs_page(shown, columns, plots=True), "root": "../"})
    (site / "data" / "runs.js").write_bytes(data)
    (site / "runs" / "index.html").write_text(around.filled(html))
    print(
        f"{count} runs: data/runs.js {len(data) / 1e6:.2f} MB in {took:.2f} s of CPU, "
        f"the page {len(html) / 1e3:.0f} kB"
    )


def _look(browser: Any, address: str) -> dict[str, float]:
    usable: list[list[float]] = []
    keys: list[float] = []
    for _ in range(TIMES):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(address)
        page.locator("#pub-runs-table[role=grid]").wait_for()
        usable.append(page.evaluate(USABLE))
        page.evaluate(TYPED, "x")  # once, so that code is compiled as it is for a reader who types on
        keys += page.evaluate(TYPED, QUERY)
        if len(usable) < TIMES:
            page.close()
    plot = page.evaluate(PLOTTED)
    again = page.evaluate(TYPED, "7f")
    page.close()
    return {
        "usable": statistics.median(each[0] for each in usable),
        "read": statistics.median(each[1] for each in usable),
        "own": statistics.median(each[2] for each in usable),
        "keystroke": statistics.median(keys),
        "worst": max(keys),
        "plot": plot,
        "again": max(again),
    }
