"""Which run made this file? A file is chosen, dropped, or named by its SHA-256, in a browser."""

import hashlib
import random

import pytest
from playwright.sync_api import expect

from publisher.model.record import FileRef
from publisher.plugin.generator import MkDocs
from publisher.publish.build import build
from tests.publish import samples

HOSTILE = (
    "\"'><script>window.hacked=1</script><img src=x onerror=window.hacked=1><svg onload=window.hacked=1>"
)
TABLE = b"time,energy\n0,12.9\n1,12.7\n"
MAKER, READER, EVIL = (samples.run_id(number) for number in (1, 2, 3))
NO_SUBTLE = "Object.defineProperty(crypto, 'subtle', {value: undefined})"


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("which") / "paper")
    table = FileRef(path="data/table.csv", sha256=digest(TABLE), size=len(TABLE), seen_by="argument")
    samples.record(project, 1, outputs=[samples.kept(project, "out/table.csv", TABLE)])
    samples.record(project, 2, inputs=[table], outputs=[], reason="reads the table")
    evil = FileRef(path=HOSTILE, sha256="e" * 64, size=3)
    samples.record(project, 3, **(samples.all_of(project, HOSTILE) | {"inputs": [evil], "outputs": [evil]}))
    build(project, project.root / "site", MkDocs(None))
    return project.root / "site"


@pytest.fixture(scope="module")
def address(origin):
    return f"{origin}which/index.html"


@pytest.fixture(params=["server", "file"])
def start(request, site, address):
    """The address of the page, from a server and from a folder."""
    return address if request.param == "server" else (site / "which/index.html").as_uri()


@pytest.fixture
def page(browser):
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    made = context.new_page()
    complaints = []
    made.on("pageerror", lambda error: complaints.append(str(error)))
    made.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield made
    context.close()
    assert complaints == []


def choose(page, data, name="mine.csv"):
    page.locator("#pub-file").set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})


def test_a_chosen_file_leads_to_the_run_that_made_it_and_to_those_that_read_it(page, start):
    page.goto(start)
    choose(page, TABLE)
    expect(page.locator(".pub-found h2")).to_have_text(
        f"mine.csv was made by run {MAKER[:7]}, as out/table.csv"
    )
    expect(page.locator(".pub-uses").last).to_contain_text(f"{READER[:7]} as data/table.csv · ✓ completed")
    expect(page.locator(".pub-uses").last).to_contain_text("reads the table")
    page.locator(".pub-found h2 a").click()
    expect(page.locator("h1")).to_have_text(samples.REASON)


def test_the_answer_has_an_address_that_is_a_link(page, start):
    page.goto(start)
    choose(page, TABLE)
    expect(page.locator(".pub-found")).to_have_count(1)
    assert page.url == f"{start}?sha256={digest(TABLE)}"
    page.reload()
    expect(page.locator(".pub-found h2")).to_contain_text(MAKER[:7])
    page.go_back()
    expect(page.locator(".pub-found")).to_have_count(0)


def test_a_dropped_file_is_looked_up(page, start):
    page.goto(start)
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.items.add(new File([text], "dropped.csv"));
          document.querySelector(".pub-drop").dispatchEvent(
            new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        TABLE.decode(),
    )
    expect(page.locator(".pub-found h2")).to_contain_text(f"dropped.csv was made by run {MAKER[:7]}")


@pytest.mark.parametrize(
    "form", ["{whole}", "sha256:{whole}", "  {WHOLE}  ", "{short}", "{whole}  out/table.csv", "{SHORT}"]
)
def test_a_digest_is_understood_as_people_paste_it(page, address, form):
    whole = digest(TABLE)
    page.goto(address)
    page.locator("#pub-digest").fill(
        form.format(whole=whole, WHOLE=whole.upper(), short=whole[:8], SHORT=whole[:9].upper())
    )
    page.keyboard.press("Enter")
    expect(page.locator(".pub-found h2")).to_contain_text(f"made by run {MAKER[:7]}")


@pytest.mark.parametrize("text", ["1234567", "no digest at all", HOSTILE, "a" * 65, ""])
def test_what_is_no_digest_is_said_to_be_none(page, address, text):
    page.goto(address)
    page.locator("#pub-digest").fill(text)
    page.get_by_role("button", name="Look it up").click()
    expect(page.locator(".pub-problems")).to_contain_text("is no SHA-256")
    assert page.evaluate("window.hacked") is None


def test_a_file_that_no_run_made_or_read_is_said_to_be_unknown(page, start):
    page.goto(start)
    choose(page, TABLE + b"2,12.6\n")
    expect(page.locator(".pub-answer")).to_contain_text("No run of this site made or read a file")


def test_a_text_of_which_only_the_line_ends_changed_is_recognised_and_told(page, start):
    page.goto(start)
    choose(page, TABLE.replace(b"\n", b"\r\n"))
    expect(page.locator(".pub-found h2")).to_contain_text(MAKER[:7])
    expect(page.locator(".pub-ends")).to_contain_text("your file has CRLF where the recorded one has LF")


def test_nothing_of_a_file_leaves_the_browser(page, address):
    asked = []
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.on(
        "request",
        lambda request: (
            asked.append((request.method, request.url, request.post_data))
            if "favicon" not in request.url  # which the browser asks for by itself
            else None
        ),
    )
    choose(page, TABLE, name="secret-name.csv")
    expect(page.locator(".pub-uses").last).to_contain_text("completed")
    top = address.removesuffix("which/index.html")
    assert {(method, url.removeprefix(top), body) for method, url, body in asked} == {
        ("GET", "data/contents/all.js", None),
        ("GET", "data/details/all.js", None),
    }
    choose(page, b"another\n", name="secret-name.csv")
    expect(page.locator(".pub-answer")).to_contain_text("No run")
    assert len(asked) == 2


def test_our_sha256_answers_as_another_implementation_does(page, start):
    page.add_init_script(NO_SUBTLE)
    page.goto(start)
    assert page.evaluate("crypto.subtle") is None
    source = random.Random(7)
    for length in (0, 1, 55, 56, 63, 64, 65, 119, 120, 1_000_000, 9_000_001):
        data = source.randbytes(length)
        choose(page, data)
        expect(page.locator("#pub-digest")).to_have_value(digest(data))


def test_nothing_in_a_record_runs(page, start):
    page.goto(f"{start}?sha256={'e' * 64}")
    expect(page.locator(".pub-found h2")).to_contain_text(EVIL[:7])
    expect(page.locator(".pub-uses").last).to_contain_text("<img src=x")
    assert page.locator(".pub-answer img, .pub-answer svg, .pub-answer script").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_file_can_be_chosen_by_keyboard(page, start):
    file = {"name": "k.csv", "mimeType": "text/csv", "buffer": TABLE}
    # Listened for before there is a page: a listener that comes just before the key can come after it.
    page.on("filechooser", lambda chooser: chooser.set_files(file))
    page.goto(start)
    page.locator("#pub-file").press("Enter")
    expect(page.locator(".pub-found h2")).to_contain_text("k.csv was made by run")


def test_without_scripts_it_says_what_to_do_instead(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert "publisher which FILE" in page.locator(".pub-which").inner_text()
    assert page.locator(".pub-drop").is_hidden()
    context.close()


def test_on_the_data_page_a_path_breaks_between_its_parts_and_stays_text(page, address):
    page.goto(address.replace("/which/", "/data/"))
    path = page.locator(".pub-contents th > code").filter(has_text="out/table.csv")
    assert path.inner_html() == "out/<wbr>table<wbr>.csv"
    assert page.evaluate("window.hacked") is None
    assert page.locator(".pub-contents img").count() == 0
