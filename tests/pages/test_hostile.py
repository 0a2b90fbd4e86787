"""What a stranger may write into a record, a notebook, a log or a file name, opened in a browser: nothing of it runs.

Every page is opened twice: as it is, and without its Content-Security-Policy, so that escaping is tested by itself.
"""

import contextlib
import json
import re

import pytest
from playwright.sync_api import expect

from publisher.cli.main import main
from publisher.model.environment import Environment, Python, System
from publisher.model.record import Annotations, Note, Parameters
from publisher.store.artifacts import keep
from publisher.store.environments import keep_environment
from tests.publish import samples

RUN = "window.hacked=1"
VECTORS = {
    "script": f"<script class=evil>{RUN}</script>",
    "script after an attribute": f"\"'><script class=evil>{RUN}</script>",
    "script after a script": f"</script><script class=evil>{RUN}</script>",
    "script after a title": f"</title></style></textarea><script class=evil>{RUN}</script>",
    "script after a comment": f"--><script class=evil>{RUN}</script><!--",
    "script of a string": f"'+({RUN})+'",
    "script of a template": f"`${{{RUN}}}`\\u003cscript\\u003e{RUN}//\u2028{RUN}//\u2029{RUN}",
    "comment and script": f"<!--<script>{RUN}",
    "picture": f"<img class=evil src=x onerror={RUN}>",
    "drawing": f"<svg class=evil onload={RUN}><a xlink:href='javascript:{RUN}'><text>x</text></a></svg>",
    "mathematics": f"<math class=evil href=javascript:{RUN}><mi>x</mi></math>",
    "attribute": f'" class=evil onmouseover={RUN} autofocus onfocus={RUN} x="',
    "attribute in single quotes": f"' class=evil onfocus={RUN} autofocus x='",
    "address": f"javascript:{RUN}",
    "address with a line end": f"java\nscript:{RUN}",
    "link": f"[x](javascript:{RUN})<a class=evil href='javascript:{RUN}'>x</a>",
    "data": f"data:text/html,<script>{RUN}</script>",
    "refresh": "<meta class=evil http-equiv=refresh content='0;url=https://evil.example/'>",
    "base": "<base class=evil href='https://evil.example/'>",
    "frame": f"<iframe class=evil srcdoc='<script>parent.hacked=1</script>' src='javascript:{RUN}'></iframe>",
    "object": "<object class=evil data=https://evil.example/></object><embed class=evil src=https://evil.example/>",
    "form": "<form class=evil action=https://evil.example/><button autofocus>x</button></form>",
    "style": "<style class=evil>*{background:url(https://evil.example/)}</style><link class=evil rel=stylesheet href=https://evil.example/>",
    "style of an element": 'x" style="background:url(https://evil.example/)" class="evil',
    "template": "{{7*7}}{% raw %}{{ config }}${7*7}<%= 7*7 %>",
    "characters": "\u202eevil\u202c\u0000\u0007\x1b]8;;https://evil.example\x07x\x1b]8;;\x07\x1b[31m\u2066\ufeff",
    "long word": "W" * 3000,
    "path": "../../../../etc/passwd",
    "path of Windows": "..\\..\\x\\C:\\y",
    "prototype": "__proto__",
    "constructor": "constructor",
    "noscript": f"<noscript><p title='</noscript><img class=evil src=x onerror={RUN}>'></noscript>",
    "unfinished": f"<img class=evil src=x onerror={RUN} x=",
}
SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="{RUN}"><script>{RUN};fetch("https://evil.example/")</script>'
    '<image href="https://evil.example/x.png"/><foreignObject><iframe src="https://evil.example/"/></foreignObject></svg>'
)
PATCH = "diff --git a/<b>x</b> b/{0}\n--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@ {0}\n-{0}\n+{0}\n"
FOUND = """() => {
  // A notebook may hold harmless elements, and links that a reader follows: sanitised, not escaped.
  const harmless = each => each.closest(".pub-notebook") && each.matches("a[rel~=noopener], img:not([src])");
  return {
    hacked: window.hacked ?? null, polluted: ({}).evil ?? null,
    elements: [...document.querySelectorAll(".evil, [onerror], [onload], [onfocus], [onmouseover], base, object, embed, "
      + "iframe, meta[http-equiv=refresh], [autofocus], math, [srcdoc]")]
      .filter(each => !harmless(each)).map(each => each.outerHTML.slice(0, 200)),
    addresses: [...document.querySelectorAll("[href], [src], [action], [data]")].filter(each => !harmless(each)).flatMap(each =>
      ["href", "src", "action", "data"].map(name => each.getAttribute(name) || "")).filter(each =>
      /^[\\s\\0-\\x20]*(javascript|vbscript):|^data:text|evil\\.example/i.test(each)),
  };
}"""
NOTHING = {"hacked": None, "polluted": None, "elements": [], "addresses": []}


def run_of(number):
    return samples.run_id(1000 + number)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = samples.paper(tmp_path_factory.mktemp("hostile") / "paper")
    root = project.root
    (root / "secret.txt").write_text("TOP SECRET")
    every = " ".join(VECTORS.values())
    (root / "publisher.yml").write_text(
        json.dumps(
            {
                "paper": {"title": every, "abstract": every, "licence": every, "version": every,
                          "authors": [{"name": every, "affiliation": every}]},
                "figures": {"out/*": {"alt": every, "caption": every}},
            }
        )
    )  # fmt: skip
    for number, text in enumerate(VECTORS.values()):
        facts = samples.all_of(project, text)
        name = re.sub(r"[\0]", "", text)
        facts["code"] = samples.msgspec.structs.replace(
            facts["code"], patch=f"sha256:{keep(project, PATCH.format(text).encode(), 'x.patch')}"
        )
        if number % 3 == 0:
            facts["step"] = "coarsening"  # so that it has neighbours
        samples.record(
            project,
            1000 + number,
            **facts
            | {
                "parameters": Parameters(file=text, values={text or "x": text, "mesh": {text: [text, {text: 1}]}, "seed": number}),
                "metrics": {name: float(number), "exponent": 0.3},
                "environment": keep_environment(
                    project,
                    Environment(
                        schema=1,
                        system=System(name=text, release=text, machine=text, distribution=text, hostname=text, cpu=text),
                        python=Python(implementation=text, version=text, packages={text: text, "numpy": text}),
                        locks={text: text},
                        variables={text: text},
                    ),
                ),
                "inputs": [samples.FileRef(path=text, sha256="1" * 64, size=1), samples.FileRef(path=f"../{text}", sha256=None)],
                "outputs": [
                    samples.kept(project, f"out/{text}.png", samples.png(40, 30, seed=number)),
                    samples.kept(project, f"{text}.svg", (SVG + f"<!-- {number} -->").encode()),
                    samples.kept(project, f"{text}.html", f"<script>{RUN}</script>{number}".encode()),
                ],
                "annotations": Annotations(tags=[text, "evil"], outcome=text, notes=[Note(text=text, by=text)]),
            },
        )  # fmt: skip
    outputs = [
        samples.shows(**{kind: text})
        for text in VECTORS.values()
        for kind in ("text_html", "text_markdown", "text_latex", "text_plain", "application_javascript")
    ]
    outputs += [samples.shows(**{"image_svg+xml": SVG}), samples.shows(application_json={"x": every})]
    outputs += [
        {"output_type": "stream", "name": "stderr", "text": every},
        {"output_type": "error", "ename": every, "evalue": every, "traceback": [every]},
    ]
    cells = [samples.text_cell(f"# {text}\n\n{text}") for text in VECTORS.values()]
    (root / "evil.ipynb").write_text(samples.notebook(*cells, samples.code_cell(every, *outputs)))
    for name in ("linked.ipynb", "records/runs/2026-11/20261101T000831-cccccccccccc.yml"):
        (root / name).symlink_to(root / "secret.txt")
    digest = keep(project, b"a file that is replaced by a link", "x.txt")
    (kept,) = (project.records / "artifacts").rglob(f"{digest}*")
    kept.unlink()
    kept.symlink_to(root / "secret.txt")
    samples.record(
        project, 2000, reason="a link among the artifacts",
        outputs=[samples.FileRef(path="out/x.txt", sha256=digest, size=10, artifact=True)],
    )  # fmt: skip
    (root / "docs").mkdir()
    (root / "docs/index.md").write_text(
        "# Home\n\n```paper\n```\n\n```runs\ntag:evil\n```\n\n"
        "```plot\nquery: tag:evil\nx: seed\ny: exponent\nalt: a plot\n```\n\n"
        f"[](run:{run_of(0)})\n\n![a](figure:{samples.run_id(9)}/field.png)\n"
    )
    with contextlib.chdir(root):
        assert main(["build"]) == 0
    return project


@pytest.fixture(scope="module")
def site(project):
    return project.root / "site"


@pytest.fixture(scope="module", params=[True, False], ids=["with the policy", "without the policy"])
def visit(request, browser, origin):
    context = browser.new_context()
    page = context.new_page()
    page.events = []
    if not request.param:

        def without(route):
            answer = route.fetch()
            body = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", answer.text())
            assert "Content-Security-Policy" not in body.partition("</head>")[0]
            route.fulfill(response=answer, body=body)

        page.route(re.compile(r".*\.html(\?.*)?$"), without)

    def dialog(shown):
        page.events.append(f"dialog: {shown.message}")
        shown.dismiss()

    page.on("dialog", dialog)
    page.on("popup", lambda other: page.events.append(f"window: {other.url}"))
    page.on(
        "request",
        lambda asked: (
            page.events.append(asked.url) if not asked.url.startswith((origin, "data:", "blob:")) else None
        ),
    )
    page.on("pageerror", lambda error: page.events.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: page.events.append(f"console: {said.text}") if "Content Security" in said.text else None,
    )

    def visit(address, until="networkidle"):
        page.events.clear()
        page.goto(origin + address)
        page.wait_for_load_state(until)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.evaluate(
            "document.querySelectorAll('.pub a, .pub th, .pub td').forEach(e => e.dispatchEvent(new Event('mouseover')))"
        )
        found = page.evaluate(FOUND)
        assert page.events == []
        assert found == NOTHING
        assert page.locator(".pub").count() >= 1
        return page

    yield visit
    context.close()


@pytest.mark.parametrize("number", range(len(VECTORS)), ids=list(VECTORS))
def test_nothing_on_the_page_of_a_run_runs(visit, number):
    visit(f"runs/{run_of(number)}.html")


@pytest.mark.parametrize(
    "address",
    [
        "index.html",
        "runs/index.html",
        "figures/index.html",
        "notebooks/index.html",
        "notebooks/evil.html",
        "environments/index.html",
        "reproduction/index.html",
        "data/index.html",
        f"compare/index.html?runs={','.join(run_of(n) for n in range(4))}",
        f"compare/index.html?runs={run_of(0)},{samples.run_id(9)}",
        f"which/index.html?sha256={'1' * 64}",
    ],
)
def test_nothing_on_the_other_pages_runs(visit, address):
    visit(address)


def test_nothing_that_a_search_finds_runs(visit):
    page = visit("index.html")
    page.locator(".md-search__input").click()
    page.keyboard.type("onerror")
    expect(page.locator(".md-search-result__link").first).to_be_attached()
    assert page.evaluate(FOUND) == NOTHING
    assert page.events == []


def test_nothing_in_the_environments_runs(visit, project):
    for path in sorted((project.root / "site/environments").glob("*.html")):
        visit(f"environments/{path.name}", until="load")  # it asks for nothing more


@pytest.mark.parametrize(
    "text",
    [VECTORS[name] for name in ("script after an attribute", "drawing", "attribute", "address", "prototype")],
)
def test_nothing_in_an_address_runs(visit, text):
    from urllib.parse import quote

    for address in ("runs/index.html?q=", "compare/index.html?runs=", "which/index.html?sha256="):
        visit(f"{address}{quote(text)}#{quote(text)}")


def test_a_drawing_opened_by_its_address_is_not_linked_as_a_page(project):
    names = {path.suffix for path in (project.root / "site/artifacts").rglob("*") if path.is_file()}
    assert ".html" not in names
    assert ".js" not in names


def test_no_link_is_followed_out_of_the_project(project):
    site = project.root / "site"
    held = [path for path in site.rglob("*") if path.is_file() and b"TOP SECRET" in path.read_bytes()]
    assert held == []
    assert not [path for path in site.rglob("*") if path.is_symlink()]


def test_no_file_is_written_outside_the_site(project):
    there = {path.name for path in project.root.iterdir()}
    assert there == {
        ".publisher",
        "analysis.ipynb",
        "docs",
        "evil.ipynb",
        "linked.ipynb",
        "publisher.yml",
        "records",
        "secret.txt",
        "site",
    }
