"""Every type of page is read by axe-core, in both palettes and on a phone: WCAG 2.2, levels A and AA."""

import contextlib
from pathlib import Path

import axe_playwright_python as axe
import pytest

from publisher.cli.main import main
from publisher.model.record import Annotations, FileRef
from tests.publish import samples

AXE = (Path(axe.__file__).parent / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WHOLE, FAILED, PLAIN, LOST, BUSY = (samples.run_id(number) for number in (9, 10, 13, 12, 15))
FOUR = ",".join(samples.run_id(number) for number in (1, 2, 3, 9))
TWO = f"{samples.run_id(1)},{samples.run_id(2)}"
PAGES = {
    "home": "index.html",
    "prose": "theory.html",
    "runs": "runs/index.html",
    "runs, filtered": "runs/index.html?q=status:failed",
    "run": f"runs/{WHOLE}.html",
    "failed run": f"runs/{FAILED}.html",
    "plain run": f"runs/{PLAIN}.html",
    "lost run": f"runs/{LOST}.html",
    "run of many files": f"runs/{BUSY}.html",
    "compare, nothing chosen": "compare/index.html",
    "compare": f"compare/index.html?runs={TWO}",
    "compare of four": f"compare/index.html?runs={FOUR}",
    "figures": "figures/index.html",
    "notebooks": "notebooks/index.html",
    "notebook": "notebooks/analysis.html",
    "notebook of long outputs": "notebooks/long.html",
    "environments": "environments/index.html",
    "environment": "environments/{environment}.html",
    "data": "data/index.html",
    "reproduction": "reproduction/index.html",
    "which": "which/index.html",
    "which, found": f"which/index.html?sha256={'1' * 64}",
    "missing": "404.html",
}
PROSE = """# Theory

Domains grow as the *cube root* of time; see [the runs](runs/index.md).

!!! note
    Surface tension drives it.

```python
print("grow")
```

| n | exponent |
|--:|:---------|
| 64 | 0.329 |
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = samples.paper(tmp_path_factory.mktemp("accessible") / "paper")
    _busy(project)
    (project.root / "docs").mkdir()
    (project.root / "docs/index.md").write_text("# Coarsening\n\nDomains grow. [Why?](theory.md)\n")
    (project.root / "docs/theory.md").write_text(PROSE)
    with contextlib.chdir(project.root):
        assert main(["build"]) == 0
    return project


def _busy(project):
    """A run of many files, of which some were made under another name; and a notebook that says very much."""
    made = [samples.kept(project, f"out/part-{n}.csv", b"%d\n" % n) for n in range(12)]
    samples.record(project, 14, step="split", outputs=made)
    samples.record(
        project,
        15,
        step="join",
        label="joined" * 20,
        annotations=Annotations(tags=["tagged" * 20]),
        inputs=[FileRef(path=f"in/copy-{n}.csv", sha256=each.sha256, size=2) for n, each in enumerate(made)],
        outputs=[samples.kept(project, f"out/all-{n}.csv", b"all %d\n" % n) for n in range(12)],
    )
    samples.record(
        project, 16, step="report", inputs=[samples.kept(project, "a.csv", b"all 1\n")], outputs=[]
    )
    (project.root / "long.ipynb").write_text(
        samples.notebook(
            samples.text_cell(
                "# Long\n\n```\n" + "a line of code that is wider than any page " * 9 + "\n```"
            ),
            samples.code_cell(
                "for n in range(300): print(n, 'x' * 400)",
                {
                    "output_type": "stream",
                    "name": "stdout",
                    "text": "".join(f"{n} {'x' * 400}\n" for n in range(300)),
                },
            ),
            samples.code_cell(
                "1 / 0", {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["x" * 400] * 60}
            ),
        )
    )


@pytest.fixture(scope="module")
def site(project):
    return project.root / "site"


@pytest.fixture(scope="module", params=["light", "dark", "phone"])
def page(request, browser):
    phone = request.param == "phone"
    context = browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
        color_scheme="dark" if request.param == "dark" else "light",
        reduced_motion="reduce",
        bypass_csp=True,  # axe-core is put into the page
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def phone(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("kind", PAGES)
def test_axe_finds_nothing(page, origin, project, kind):
    address = PAGES[kind].format(environment=samples.environment(project))
    page.goto(origin + address)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate(AXE)
    found = page.evaluate(
        """async tags => (await axe.run(document, {runOnly: {type: "tag", values: tags}})).violations.map(
             rule => [rule.id, rule.help, ...rule.nodes.slice(0, 5).map(node => node.html.slice(0, 200) + " | "
               + node.failureSummary.slice(0, 300))])""",
        TAGS,
    )
    assert found == []


@pytest.mark.parametrize("kind", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(phone, origin, project, kind):
    phone.goto(origin + PAGES[kind].format(environment=samples.environment(project)))
    phone.wait_for_load_state("networkidle")
    phone.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
