"""Files of strangers that a site serves, each opened by its own address: nothing runs, nothing is asked for."""

import base64
import contextlib
import mimetypes
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from publisher.cli.main import main
from tests.publish import samples
from tests.support.hostile_svg import HOSTILE, RUN, svg

XML = f'<?xml version="1.0"?><x><script xmlns="http://www.w3.org/1999/xhtml">{RUN}</script></x>'
PAGE = f"<!doctype html><title>x</title><script>{RUN}</script>"
#: Endings for which Python, Apache, nginx, IANA or GitHub's list of types says XML or HTML, and some unknown ones.
ENDINGS = [
    "xml",
    "xpdl",
    "xsd",
    "rdf",
    "wsdl",
    "rss",
    "atom",
    "xhtml",
    "xht",
    "mathml",
    "mml",
    "html",
    "htm",
    "shtml",
    "svgz",
    "xsl",
    "xslt",
    "kml",
    "gpx",
    "owl",
    "rng",
    "dae",
    "x3d",
    "gml",
    "xspf",
    "smil",
    "musicxml",
    "sbml",
    "tei",
    "opf",
    "ncx",
    "xul",
    "wadl",
    "jnlp",
    "mpd",
    "ttml",
    "xop",
    "srx",
    "dtd",
    "ent",
    "mods",
    "vtu",
    "dat",
    "log",
    "h5",
    "vtk",
    "foam",
    "out",
    "unknown",
    "md",
    "yml",
]
#: What servers say of such endings at worst; of an ending that is not here, nothing, so that a browser looks itself.
CARELESS = {
    **{f".{ending}": "application/xml" for ending in ENDINGS[: ENDINGS.index("vtu")]},
    ".html": "text/html",
    ".htm": "text/html",
    ".shtml": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".svgz": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".ipynb": "application/json",
}


class Careless(SimpleHTTPRequestHandler):
    """A server that calls everything XML that some list does, and says nothing of what it does not know."""

    def guess_type(self, path):
        return CARELESS.get("." + str(path).rpartition(".")[2], "")

    def send_header(self, keyword, value):
        if keyword != "Content-type" or value:
            super().send_header(keyword, value)

    def log_message(self, *_):
        pass


class Usual(Careless):
    """A server that knows the types that Python does."""

    def guess_type(self, path):
        return mimetypes.guess_type(path)[0] or "application/octet-stream"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("files") / "paper")
    outputs = [samples.kept(project, f"out/{n}.svg", data) for n, data in enumerate(HOSTILE.values())]
    outputs += [samples.kept(project, "out/drawing.svg", svg("").encode())]
    for ending in ENDINGS:
        for number, text in enumerate((XML, PAGE, HOSTILE["script"].decode())):
            name = f"out/{ending}-{number}.{ending}"
            outputs.append(samples.kept(project, name, f"{text}<!-- {name} -->".encode()))
        outputs.append(
            samples.kept(project, f"out/{ending}-4.{ending}", f"{XML}<!-- {ending} -->".encode("utf-16"))
        )
    samples.record(project, 1, outputs=outputs)
    shown = []
    for data in HOSTILE.values():
        with contextlib.suppress(UnicodeDecodeError):
            shown.append(samples.shows(**{"image_svg+xml": data.decode()}))
    shown.append(samples.shows(image_png=base64.b64encode(PAGE.encode()).decode()))
    shown.append(samples.shows(image_jpeg=base64.b64encode(PAGE.encode()).decode()))
    (project.root / "evil.ipynb").write_text(samples.notebook(samples.code_cell("x", *shown)))
    samples.record(project, 2)
    for path in (project.records / "runs").rglob(f"*{samples.run_id(2)}.yml"):
        path.write_text(f"<script>{RUN}</script>: 1\n{path.read_text()}")
    (project.root / "page.ipynb").write_text(PAGE)
    (project.root / "drawing.ipynb").write_bytes(HOSTILE["script"])
    with contextlib.chdir(project.root):
        assert main(["build"]) == 0
    return project.root / "site"


@pytest.fixture(params=[Careless, Usual])
def served(request, site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(request.param, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_no_file_of_a_stranger_runs_or_asks_for_anything(browser, site, served):
    context = browser.new_context(accept_downloads=False)
    page = context.new_page()
    asked, ran = [], []
    context.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialog.dismiss())
    opened = 0
    files = [
        *site.glob("artifacts/**/*.*"),
        *site.glob("notebooks/*_files/*"),
        *site.glob("notebooks/*.ipynb*"),
    ]
    for path in sorted(each for each in files if each.suffix != ".png"):
        address = served + path.relative_to(site).as_posix()
        asked.clear()
        try:
            page.goto(address, wait_until="load")
        except Exception:  # a download is begun and refused
            continue
        opened += 1
        page.mouse.click(50, 50)
        page.wait_for_timeout(20)
        odd = [each for each in asked if each != address and not each.endswith("favicon.ico")]
        if (
            page.url.partition("#")[0] != address
            or page.evaluate("[document.title, window.hacked ?? '']") != ["", ""]
            or odd
        ):
            ran.append((path.name, path.read_bytes()[:200], odd))
    context.close()
    assert ran == [], "\n".join(map(str, ran))
    assert opened > 100


def test_a_page_shows_the_copy_and_offers_the_original_as_text(browser, site, served):
    page = browser.new_page()
    page.goto(f"{served}runs/{samples.run_id(1)}.html")
    drawn = page.locator("img[src$='.sanitised.svg']")
    assert drawn.count() > 50
    texts = page.locator("a[href$='.svg.txt']", has_text="as text")
    assert texts.count() == drawn.count()
    page.close()


def test_a_drawing_is_served_byte_for_byte(site):
    assert svg("").encode() in [each.read_bytes() for each in site.glob("artifacts/**/*.svg")]


def test_a_reader_who_saved_the_copy_finds_its_run(browser, site, served):
    copy = next(site.glob("artifacts/**/*.sanitised.svg"))
    page = browser.new_page()
    page.goto(f"{served}which/index.html")
    page.locator("#pub-file").set_input_files(copy)
    page.locator(".pub-sanitised").wait_for()
    assert copy.name[:64] in page.locator(".pub-found").first.inner_text()
    page.locator("#pub-digest").fill(copy.name[:64])
    page.get_by_role("button", name="Look it up").click()
    page.locator(".pub-sanitised").wait_for(state="detached")
    assert page.get_by_text("the kept copy").get_attribute("href").endswith(f"{copy.name[:64]}.svg.txt")
    page.close()
