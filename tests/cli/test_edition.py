"""The life of a paper: three tags, each published beside the others on a real remote, read in a real browser."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher import __version__
from publisher.publish.editions.redirects import to
from tests.conftest import ProjectFolder
from tests.tools import BROWSER_ARGS, chromium

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; open('energy.svg', 'w').write('<svg xmlns=\"http://www.w3.org/2000/svg\"/><!-- ' + sys.argv[1] + ' -->')\n"


class Paper(ProjectFolder):
    """A repository with a remote of its own, and what is published there."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.remote = root.parent / "remote.git"
        subprocess.run(["git", "init", "--quiet", "--bare", str(self.remote)], check=True)
        self.git("remote", "add", "origin", str(self.remote))
        self.write_files({".gitignore": ".publisher/\n", "publisher.yml": "paper: {title: How hot?}\n"})
        self.commit(heat_py=PROGRAM)

    def state_of(self, tag: str, word: str) -> None:
        """A run more, committed, with a tag on it."""
        assert self.publisher("run", "--", "python", "heat.py", word).returncode == 0
        self.commit(tag)
        self.git("tag", tag)

    def edition(self, *words: str, code: int = 0) -> str:
        """What one command says."""
        done = self.publisher("edition", *words)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def tip(self) -> str:
        return self._remote("rev-parse", "gh-pages").strip()

    def published(self) -> dict[str, str]:
        """Every file that the remote's branch holds, with git's id of its content."""
        lines = self._remote("ls-tree", "-r", "gh-pages").splitlines()
        return {line.split("\t")[1]: line.split()[2] for line in lines}

    def show(self, path: str) -> str:
        return self._remote("show", f"gh-pages:{path}")

    def of(self, name: str) -> dict[str, str]:
        return {path: blob for path, blob in self.published().items() if path.startswith(f"{name}/")}

    def _remote(self, *words: str) -> str:
        command = ["git", f"--git-dir={self.remote}", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A paper of one run, tagged v1."""
    paper = Paper(tmp_path / "heat study")
    paper.state_of("v1", "one")
    return paper


def test_editions_stand_side_by_side_in_one_commit_and_stay_to_the_byte(paper: Paper) -> None:
    paper.edition("publish", "v1", "--push")
    first, tip = paper.of("v1"), paper.tip()
    run = next(path for path in first if path.startswith("v1/runs/") and path.endswith(".yml"))
    run = run.removeprefix("v1/runs/").removesuffix(".yml")
    paper.state_of("v2", "two")
    paper.write(heat_py="changed and not committed\n")
    paper.edition("publish", "v2", "--push")
    assert paper.of("v1") == first
    assert paper.tip() != tip
    assert paper._remote("rev-list", "--count", "gh-pages") == "1\n"
    told = json.loads(paper.show("versions.json"))
    assert [each["version"] for each in told] == ["v2", "v1"]
    assert "v2/index.html" in paper.show("index.html")
    assert f"../v2/runs/{run}.html" in paper.show(f"runs/{run}.html")
    assert not any(path.endswith(".publisher.json") for path in paper.published())
    assert paper.git("branch", "--show-current") in ("main", "master")
    assert (paper.root / "heat.py").read_text() == "changed and not committed\n"
    assert paper.git("status", "--porcelain") == " M heat.py"


def test_a_published_edition_is_never_rebuilt_by_accident(paper: Paper) -> None:
    paper.edition("publish", "v1", "--push")
    tip = paper.tip()
    assert "published already, to the byte" in paper.edition("publish", "v1", "--push")
    assert paper.tip() == tip
    paper.state_of("v2", "two")
    paper.git("tag", "--force", "v1", "HEAD")
    said = paper.edition("publish", "v1", "--push", code=3)
    assert "its tag meant commit" in said and "files differ: " in said and "data/records.csv" in said
    assert paper.tip() == tip
    paper.edition("publish", "v1", "--push", "--replace")
    assert paper.tip() != tip


def test_aliases_lead_page_by_page_and_can_be_moved_and_removed(paper: Paper) -> None:
    paper.state_of("v2", "two")
    for tag in ("v1", "v2"):
        paper.edition("publish", tag)
    paper.edition("alias", "v1", "latest", "--push", code=1)  # nothing is published over there
    paper.edition("alias", "v1", "latest")
    paper.edition("default", "latest")
    listed = paper.edition("list")
    assert "v1" in listed and "latest, the top leads here" in listed
    assert paper.git("show", "gh-pages:latest/runs/index.html") == to(
        "latest/runs/index.html", "v1/runs/index.html"
    ).decode().removesuffix("\n")
    paper.edition("alias", "v2", "latest")
    assert "v2/index.html" in paper.git("show", "gh-pages:index.html")
    assert "is an edition of its own" in paper.edition("alias", "v1", "v2", code=2)
    assert "part of every site" in paper.edition("alias", "v1", "runs", code=2)
    paper.edition("remove", "latest")
    assert "latest" not in paper.git("ls-tree", "--name-only", "gh-pages").split()
    paper.edition("remove", "v1")
    told = json.loads(paper.edition("list", "--json"))
    assert [each["name"] for each in told["editions"]] == ["v2"]
    assert paper.git("tag", "--list").split() == ["v1", "v2"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["publish", "v9"], 1, "there is no tag `v9`"),
        (["publish", "--branch", "x; touch hacked", "v1"], 2, "is no name for a branch"),
        (["publish"], 2, "takes 1 name"),
        (["alias", "v1"], 2, "takes 2 names"),
        (["alias", "v7", "latest"], 1, "no edition `v7` is published"),
        (["publish", "v1", "--push", "--remote", "nowhere"], 3, "does not answer"),
        (["frobnicate"], 2, ""),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_published(
    words: list[str], code: int, said: str, paper: Paper
) -> None:
    assert said in paper.edition(*words, code=code)
    assert paper.git("branch", "--list", "gh-pages") == ""
    assert not list(paper.root.glob("**/hacked"))


def test_a_tag_that_looks_like_an_option_or_a_path_is_only_a_tag(paper: Paper) -> None:
    for tag in ("../../etc", "a/../b", "$(touch hacked)", "runs"):
        paper.publisher("edition", "publish", tag)
    assert paper.publisher("edition", "publish", "--", "--output=hacked").returncode != 0
    assert not list(paper.root.parent.glob("**/hacked"))
    assert paper.git("branch", "--list", "gh-pages") == ""


def test_records_that_cannot_be_read_at_that_commit_make_no_edition(paper: Paper) -> None:
    paper.write_files({"records/runs/2026-11/20261123T000000-aaaaaaaaaaaa.yml": "id: [\n"})
    paper.commit("broken")
    paper.git("tag", "broken")
    said = paper.edition("publish", "broken", code=1)
    assert "aaaaaaaaaaaa.yml" in said and "an edition stays as it is" in said
    assert paper.git("branch", "--list", "gh-pages") == ""


def test_a_branch_that_is_none_of_ours_or_was_changed_by_hand_is_left_alone(paper: Paper) -> None:
    paper.git("branch", "gh-pages")
    before = paper.git("rev-parse", "gh-pages")
    assert "holds no editions.json" in paper.edition("publish", "v1", code=1)
    assert paper.git("rev-parse", "gh-pages") == before
    paper.git("branch", "-D", "gh-pages")
    paper.edition("publish", "v1")
    paper.git("worktree", "add", "--quiet", "../pages", "gh-pages")
    (paper.root.parent / "pages/v1/index.html").write_text("mine")
    subprocess.run(["git", "commit", "-qam", "by hand"], cwd=paper.root.parent / "pages", check=True)
    assert "somebody changed it by hand" in paper.edition("list", code=1)


def test_who_was_raced_past_changes_nothing(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    from publisher.errors import PublisherError
    from publisher.probe import remote

    paper.edition("publish", "v1", "--push")
    tip = paper.tip()
    paper.state_of("v2", "two")
    paper.edition("publish", "v2", "--push")
    now, root = paper.tip(), paper.root
    with pytest.raises(PublisherError, match="does not take it"):
        remote.pushed(root, "origin", paper.git("rev-parse", "HEAD"), "gh-pages", before=tip)
    assert paper.tip() == now


@contextmanager
def pages(folder: Path) -> Iterator[str]:
    """A folder as Pages would show it; the address of its top."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def unpacked(paper: Paper, folder: Path) -> Path:
    """What the remote's branch holds, as files."""
    folder.mkdir()
    archive = ["git", f"--git-dir={paper.remote}", "archive", "gh-pages"]
    packed = subprocess.run(archive, check=True, capture_output=True)
    subprocess.run(["tar", "x", "-C", str(folder)], input=packed.stdout, check=True)
    return folder


@pytest.fixture
def served(paper: Paper, tmp_path: Path) -> Iterator[str]:
    """Three editions, as Pages would show them; the address of their top."""
    for tag in ("v2", "v3"):
        paper.state_of(tag, tag)
    for tag in ("v1", "v2", "v3"):
        paper.edition("publish", tag, "--push")
    paper.edition("alias", "v3", "latest", "--push")
    paper.edition("notice", "v1", "Figure 1 was drawn anew in v2.", "--push")
    with pages(unpacked(paper, tmp_path / "www")) as address:
        yield address


def test_a_reader_finds_the_selector_the_banner_and_the_redirects(served: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{served}/v1/runs/index.html")
        page.wait_for_selector(".pub-edition")
        banner = page.inner_text(".pub-edition")
        assert banner.startswith("This is edition v1 of 2025-11-24. The newest is v3")
        assert page.get_attribute(".pub-edition a >> nth=1", "href") == f"{served}/changes/v1...v3.html"
        assert banner.endswith("Figure 1 was drawn anew in v2.")
        page.wait_for_selector(".md-version__link", state="attached")
        names = page.eval_on_selector_all(
            ".md-version__link", "all => all.map(each => each.textContent.trim())"
        )
        assert names == ["v3latest", "v2", "v1"]
        page.wait_for_function(
            "document.querySelector('.pub-edition a').href.endsWith('/v3/runs/index.html')"
        )
        page.click(".pub-edition a")
        page.wait_for_url("**/v3/runs/index.html")
        assert page.query_selector(".pub-edition") is None
        page.goto(f"{served}/latest/compare/index.html?runs=a#x")
        page.wait_for_url(f"{served}/v3/compare/index.html?runs=a#x")
        page.goto(served)
        page.wait_for_url(f"{served}/v3/index.html")
        browser.close()
    assert said == []


def test_a_redirect_works_without_a_script(served: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{served}/latest/runs/index.html")
        page.wait_for_url(f"{served}/v3/runs/index.html")
        browser.close()


def test_an_edition_does_not_take_the_place_of_an_alias(paper: Paper) -> None:
    paper.edition("publish", "v1")
    paper.edition("alias", "v1", "latest")
    paper.git("tag", "latest")
    assert "is an alias of v1" in paper.edition("publish", "latest", code=2)


def test_two_who_publish_at_once_both_come_through(paper: Paper, tmp_path: Path) -> None:
    paper.edition("publish", "v1", "--push")
    for tag in ("v2", "v3"):
        paper.git("tag", tag)
    command = [sys.executable, "-m", "publisher", "edition", "publish", "--push"]
    clone = tmp_path / "clone"
    paper.git("push", "-q", "origin", "HEAD", "--tags")
    subprocess.run(["git", "clone", "-q", str(paper.remote), str(clone)], check=True, capture_output=True)
    subprocess.run(["git", "checkout", "-q", "v3"], cwd=clone, check=True, capture_output=True)
    both = [
        subprocess.Popen([*command, tag], cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for tag, where in (("v2", paper.root), ("v3", clone))
    ]
    said = [each.communicate(timeout=100)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    listed = json.loads(paper.edition("list", "--json", "--push"))
    assert {each["name"] for each in listed["editions"]} == {"v1", "v2", "v3"}


def test_changes_are_told_in_a_fresh_clone_of_what_editions_show(paper: Paper, tmp_path: Path) -> None:
    paper.edition("publish", "v1", "--push")
    paper.state_of("paper/v2", "two")
    paper.edition("publish", "paper/v2", "--push")
    paper.git("push", "-q", "origin", "HEAD", "--tags")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(paper.remote), str(clone)], check=True, capture_output=True)

    def changes(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "publisher", "changes", *words]
        return subprocess.run(command, cwd=clone, capture_output=True, text=True)

    assert "1 run added" in changes("v1", "paper-v2").stdout
    for name in ("v1..paper/v2", "^v1", "--output=x", "nowhere"):
        done = changes("--", name)
        assert done.returncode == 1 and "there is no state" in done.stderr, name


def test_a_draft_stands_beside_the_editions_and_is_published_nowhere(paper: Paper, tmp_path: Path) -> None:
    paper.edition("publish", "v1")
    tip = paper.git("rev-parse", "gh-pages")
    paper.state_of("v2", "two")
    out = tmp_path / "out"
    assert "holds draft, v1: " in paper.edition("unpack", str(out), "--draft", "draft")
    assert paper.git("rev-parse", "gh-pages") == tip and paper.git("status", "--porcelain") == ""
    names = [each["version"] for each in json.loads((out / "versions.json").read_text())]
    assert names == ["draft", "v1"]
    assert "url=v1/index.html" in (out / "index.html").read_text()
    assert (out / "changes/v1...draft.html").is_file()
    told = (out / "draft/edition/index.html").read_text()
    assert "It is no edition" in told and "It stays as it is" not in told
    inside = {path.relative_to(out / "v1").as_posix() for path in (out / "v1").rglob("*") if path.is_file()}
    assert inside == set(paper.git("ls-tree", "-r", "--name-only", "gh-pages:v1").splitlines())
    assert "something is in it" in paper.edition("unpack", str(out), code=2)
    paper.write_files({"publisher.yml": "site: {max_size: 10 kB}\n"})
    assert "more than `site.max_size` allows" in paper.edition("unpack", str(tmp_path / "small"), code=1)


def test_a_kill_at_any_point_leaves_the_published_site_whole(paper: Paper) -> None:
    paper.edition("publish", "v1", "--push")
    first = paper.of("v1")
    paper.state_of("v2", "two")
    command = [sys.executable, "-m", "publisher", "edition", "publish", "v2", "--push"]
    for tenths in (2, 5, 8, 12, 16, 20, 25, 30):
        before = paper.tip()
        started = subprocess.Popen(
            command,
            cwd=paper.root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            started.wait(tenths / 10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        assert paper.of("v1") == first
        listed = json.loads(paper.edition("list", "--json", "--push"))
        assert [each["name"] for each in listed["editions"]] == (
            ["v1"] if paper.tip() == before and not paper.of("v2") else ["v2", "v1"]
        )
    paper.edition("publish", "v2", "--push")
    assert paper.of("v1") == first and paper.of("v2")
    assert paper.git("fsck", "--no-dangling", "--no-progress") == ""


def test_pages_of_an_edition_name_the_address_at_which_they_stay(paper: Paper) -> None:
    settings = (
        "site_name: heat\nsite_url: https://someone.github.io/heat/\ntheme: {name: material, font: false}\n"
        "plugins: [publisher]\n"
    )
    paper.write_files({"mkdocs.yml": settings, "docs/index.md": "# Heat\n"})
    paper.commit("settings")
    paper.git("tag", "v2")
    paper.edition("publish", "v2")
    run = next(
        each for each in paper.git("ls-tree", "--name-only", "gh-pages:v2/runs").split() if "-" not in each
    )
    for page, address in (
        ("index.html", "v2/"),
        (f"runs/{Path(run).stem}.html", f"v2/runs/{Path(run).stem}.html"),
    ):
        html = paper.git("show", f"gh-pages:v2/{page}")
        assert f'<link rel="canonical" href="https://someone.github.io/heat/{address}">' in html
    assert "https://someone.github.io/heat/v2/" in paper.git("show", "gh-pages:v2/edition/index.html")


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel of another version of this project, whose pages about editions say so."""
    copy = tmp_path_factory.mktemp("older")
    for name in ("publisher", "site_template", "examples", ".github"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(CHECKOUT / name, copy / name)
    version = copy / "publisher/__init__.py"
    version.write_text(version.read_text().replace(f'"{__version__}"', '"0.0.9"'))
    page = copy / "site_template/templates/base/edition.html.j2"
    page.write_text(page.read_text().replace("<h1>This edition</h1>", "<h1>As it was then</h1>"))
    wheels = copy / "wheels"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(copy)]
    subprocess.run(command, check=True, capture_output=True)
    return wheels


def test_as_then_the_publisher_that_the_commit_pins_builds_it(
    paper: Paper, older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", str(older))
    paper.write_files({"requirements.txt": "provenance-publisher==0.0.9\n"})
    paper.commit("pinned")
    paper.git("tag", "v2")
    assert "publisher 0.0.9 builds it" in paper.edition("publish", "v2", "--as-then")
    assert "As it was then" in paper.git("show", "gh-pages:v2/edition/index.html")
    told = json.loads(paper.edition("list", "--json"))
    assert told["editions"][0]["publisher"] == "0.0.9"
    assert "publisher 0.0.9, and this is" in paper.edition("publish", "v2", code=3)


def test_as_then_needs_to_know_which_it_was(paper: Paper) -> None:
    paper.git("rm", "-rq", "records")
    paper.commit("no records")
    paper.git("tag", "v2")
    assert "which publisher there was" in paper.edition("build", "v2", "--as-then", code=1)


def test_the_life_of_a_paper(paper: Paper, tmp_path: Path) -> None:
    """Three tags, each published, a re-run in between, a figure that changes, a hotfix of a banner, a removal."""
    from playwright.sync_api import sync_playwright

    paper.edition("publish", "v1", "--push")
    first = paper.of("v1")
    assert paper.publisher("verify", "--all", "--environment", "current").returncode == 0
    paper.commit("verified")
    paper.state_of("v2", "two")
    paper.edition("publish", "v2", "--push")
    paper.state_of("v3", "three")
    paper.edition("publish", "v3", "--push")
    paper.edition("alias", "v3", "latest", "--push")
    paper.edition("notice", "v1", "Figure 1 was drawn anew.", "--push")
    assert paper.of("v1") == first
    told = paper.publisher("changes", "v1", "v2", "--markdown").stdout
    assert "| energy.svg | changed |" in told and "**Re-runs:** 1 of 1 match" in told
    seen = unpacked(paper, tmp_path / "www")
    run = next((seen / "v1/runs").glob("*.yml")).stem
    with pages(seen) as top, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=BROWSER_ARGS)
        page = browser.new_page()
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text))
        page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
        page.goto(f"{top}/runs/{run}.html")
        page.wait_for_url(f"{top}/v3/runs/{run}.html")
        page.click("text=cite it")
        page.wait_for_url("**/v3/edition/index.html")
        assert "edition v3, commit" in page.inner_text("article")
        page.click("text=What changed between editions")
        page.wait_for_url("**/changes/index.html")
        assert page.inner_text("h1") == "What changed from v2 to v3"
        assert page.title().startswith("What changed from v2 to v3")
        page.click("text=v1 → v3")
        page.wait_for_url(f"{top}/changes/v1...v3.html")
        shown = page.eval_on_selector_all(
            ".pub-sides img", "all => all.map(each => [each.naturalWidth > 0, each.getAttribute('src')])"
        )
        assert [(there, src.split("/")[1]) for there, src in shown] == [(True, "v1"), (True, "v3")]
        assert "2 runs added" in page.inner_text(".pub-summary")
        assert page.inner_text("#said + ul").endswith("verdict unverified → identical")
        page.click(".pub-sides figcaption a >> nth=0")
        page.wait_for_url("**/v1/runs/*.html")
        page.wait_for_load_state("networkidle")
        browser.close()
    assert wrong == []
    paper.edition("remove", "v2", "--push")
    assert paper.of("v1") == first and not paper.of("v2")
    assert "changes/v1...v3.html" in paper.published() and "changes/v1...v2.html" not in paper.published()
