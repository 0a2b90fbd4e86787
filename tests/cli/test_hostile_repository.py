"""A repository that somebody prepared: what it brought is neither believed, nor followed, nor written through."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ProjectFolder

SETTINGS = 'paper: {title: "$(touch PWNED)"}\nsteps: {sim: {command: python sim.py}}\n'
PROGRAM = 'import json, os\nos.makedirs("out", exist_ok=True)\njson.dump({"energy": 0.5}, open("out/metrics.json", "w"))\n'
SECRET = "a line that only this machine has"
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": 1,
            "id": "a",
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": "honest words\n"}],
            "source": "print('honest words')",
        }
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def theirs(tmp_path: Path) -> ProjectFolder:
    """A paper of one run, without a `.gitignore`, so that anything may be committed."""
    theirs = ProjectFolder(tmp_path / "their paper")
    theirs.write_files(
        {"publisher.yml": SETTINGS, "sim.py": PROGRAM, "docs/index.md": "# Paper\n", ".gitignore": "site/\n"}
    )
    theirs.commit()
    assert theirs.publisher("run", "sim").returncode == 0
    shutil.rmtree(theirs.root / ".publisher", ignore_errors=True)
    theirs.git("add", "--force", "records", "out")
    theirs.git("commit", "--quiet", "--message", "a run")
    return theirs


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder and a file of the user's own, beside everything else."""
    folder = tmp_path / "thesis"
    (folder / "deep").mkdir(parents=True)
    (folder / "chapter.tex").write_text(SECRET)
    (folder / "deep" / "data.csv").write_text(SECRET)
    return folder


def plant(theirs: ProjectFolder, links: dict[str, Path | str]) -> None:
    """Commit symbolic links, over whatever git is told to ignore."""
    for path, target in links.items():
        place = theirs.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)
    theirs.git("add", "--force", "--", *links)
    theirs.git("commit", "--quiet", "--message", "planted")


def clone(theirs: ProjectFolder, tmp_path: Path) -> Path:
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(theirs.root), str(folder)], check=True)
    return folder


def publisher(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "publisher", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        input="",
    )


def content(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def holding(folder: Path, words: str) -> list[str]:
    """Every file below a folder, packed ones unpacked, in which words stand."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and words.encode() in path.read_bytes()
    ]


COMMANDS = [
    ["build"],
    ["build", "--anonymous", "--site-dir", "../a site"],
    ["build", "--zip", "../site.zip"],
    ["run", "sim"],
    ["list"],
    ["check"],
    ["status"],
    ["verify", "latest", "--environment", "current"],
    ["setup", "--check"],
    ["edition", "build", "--draft"],
]

#: Every name that some version of ours has used in the cache, and the folder itself.
CACHED = [
    *("staging", "staging-anonymous", "staging-portable", "staging-anonymous-portable", "docs", "notebooks"),
    *("live", "environments", "data", "built", "plots", "setup", "supplement", "locks", "rendered", "sites"),
]


@pytest.mark.parametrize("whole", [False, True], ids=["links in it", "it is a link"])
def test_a_committed_cache_of_links_leads_nothing_to_the_users_files(
    whole: bool, theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    (victim / "profile").write_text("echo hello\n")
    outside = Path(os.path.relpath(victim, theirs.root))
    links: dict[str, Path | str] = {".publisher": outside}
    if not whole:
        links = {f".publisher/{name}": Path("..") / outside for name in CACHED}
        files = (
            "mkdocs.yml",
            "written",
            "size",
            "index.sqlite",
            ".gitignore",
            "token",
            "project",
            "build.lock",
        )
        links |= {f".publisher/{name}": Path("..") / outside / "profile" for name in files}
    plant(theirs, links)
    before = content(victim)
    there = clone(theirs, tmp_path)
    for words in COMMANDS:
        done = publisher(there, *words)
        assert "Traceback" not in done.stderr and "mistake of publisher" not in done.stderr, (
            words,
            done.stderr,
        )
        assert content(victim) == before, words
    assert (there / "site" / "index.html").is_file()
    assert ".publisher" in publisher(there, "check").stdout + publisher(there, "check").stderr


def test_a_reviewers_command_leaves_the_users_files_alone(
    theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    outside = Path("..", "..", "..", "..") / os.path.relpath(victim, tmp_path)
    plant(theirs, {f".publisher/{name}": outside for name in CACHED})
    before = content(victim)
    (tmp_path / "home" / "here").mkdir(parents=True)
    done = publisher(
        tmp_path / "home" / "here",
        *("verify", "--from", str(theirs.root), "--to", "seen", "--yes", "--environment", "current"),
    )
    assert "1 of 1" in done.stdout + done.stderr, done.stderr
    assert content(victim) == before


def forge_index(path: Path, **changes: object) -> None:
    """Change what an index says of every run, and leave the digests as they are."""
    import msgspec

    with sqlite3.connect(path) as database:
        for name, row in database.execute("SELECT name, row FROM files").fetchall():
            if name.startswith("runs/"):
                values = msgspec.msgpack.decode(row) | changes
                packed = msgspec.msgpack.encode(values)
                database.execute("UPDATE files SET row = ? WHERE name = ?", (packed, name))
    database.close()


def test_an_index_that_came_with_a_clone_or_a_pull_is_not_believed(
    theirs: ProjectFolder, tmp_path: Path
) -> None:
    assert publisher(theirs.root, "list").returncode == 0
    found = [*Path.home().rglob("index.sqlite"), *theirs.root.rglob(".publisher/**/index.sqlite")]
    assert found, "there is an index somewhere"
    there = clone(theirs, tmp_path)
    publisher(there, "list")
    forged = tmp_path / "forged.sqlite"
    forged.write_bytes(found[0].read_bytes())
    forge_index(forged, metrics={"energy": 999.25}, verdict="identical", reason="forged")
    inner = found[0].relative_to(theirs.root) if found[0].is_relative_to(theirs.root) else Path(found[0].name)
    for path in {str(inner), ".publisher/index.sqlite", ".publisher/live/index.sqlite"}:
        (theirs.root / path).parent.mkdir(parents=True, exist_ok=True)
        (theirs.root / path).write_bytes(forged.read_bytes())
        theirs.git("add", "--force", path)
    theirs.git("commit", "--quiet", "--message", "forged")
    subprocess.run(["git", "pull", "--quiet"], cwd=there, check=True)
    for folder in (there, clone(theirs, tmp_path / "second")):
        told = json.loads(publisher(folder, "list", "--json").stdout)
        assert [run["metric.energy"] for run in told] == [0.5]
        assert [run.get("verdict") for run in told] in ([None], ["unverified"], [""])
        assert publisher(folder, "build").returncode == 0
        assert not holding(folder / "site", "999.25") and not holding(folder / "site", "forged")


def test_rendered_notebooks_that_came_with_a_clone_are_not_believed(
    theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    theirs.write_files({"nb.ipynb": json.dumps(NOTEBOOK)})
    theirs.git("add", "nb.ipynb")
    theirs.git("commit", "--quiet", "--message", "a notebook")
    there = clone(theirs, tmp_path)
    assert publisher(there, "build").returncode == 0
    pages = [*Path.home().rglob("notebooks/*/page.json"), *there.glob(".publisher/**/notebooks/*/page.json")]
    key = pages[0].parent.name  # anybody can compute it
    page = json.loads(pages[0].read_text())
    page |= {"html": "<script src=nb_files/evil.js></script>", "files": ["evil.js", "host.txt"]}
    forged = f".publisher/notebooks/{key}"
    theirs.write_files(
        {f"{forged}/page.json": json.dumps(page), f"{forged}/evil.js": "document.title = 'RAN'"}
    )
    plant(theirs, {f"{forged}/host.txt": victim / "chapter.tex"})
    theirs.git("add", "--force", ".publisher")
    theirs.git("commit", "--quiet", "--message", "forged")
    for path in there.glob("site"):
        subprocess.run(["rm", "-r", str(path)], check=True)
    subprocess.run(["git", "pull", "--quiet"], cwd=there, check=True)
    for folder in (there, clone(theirs, tmp_path / "second")):
        assert publisher(folder, "build").returncode == 0
        assert holding(folder / "site", "honest words")
        assert not holding(folder / "site", "evil.js") and not holding(folder / "site", SECRET)


def test_pages_that_came_with_a_clone_are_not_taken_for_current(
    theirs: ProjectFolder, tmp_path: Path
) -> None:
    there = clone(theirs, tmp_path)
    assert publisher(there, "build").returncode == 0
    page = next(each for each in (there / "site/runs").glob("*.html") if each.name != "index.html")
    name = f"runs/{page.name}"
    honest = page.read_bytes()
    # What a stranger commits: the site as it was built, its list of files, and one page of the same length.
    subprocess.run(["cp", "-r", str(there / "site"), str(theirs.root / "site")], check=True)
    forged = honest.replace(b"completed", b"excellent")
    assert forged != honest and len(forged) == len(honest)
    (theirs.root / "site" / name).write_bytes(forged)
    theirs.git("add", "--force", "site")
    theirs.git("commit", "--quiet", "--message", "forged")
    second = clone(theirs, tmp_path / "second")
    assert (second / "site" / name).read_bytes() == forged
    assert publisher(second, "build").returncode == 0
    assert not holding(second / "site", "excellent")
    # ... and the same by a pull, over the pages that were built here.
    subprocess.run(["git", "pull", "--quiet"], cwd=there, check=True)
    assert (there / "site" / name).read_bytes() == forged
    assert publisher(there, "build").returncode == 0
    assert not holding(there / "site", "excellent")


LINKS = {
    "docs/leak.txt": "chapter.tex",
    "docs/leak.md": "chapter.tex",
    "docs/dir": "",
    "docs/deep/down.csv": "deep/data.csv",
}
INNER = {
    "docs/config.txt": "../.git/config",
    "docs/git": "../.git",
    "docs/loop": ".",
    "docs/nowhere.txt": "../nothing.txt",
    "docs/untracked.txt": "../untracked.txt",
}


@pytest.mark.parametrize("link", [*LINKS, *INNER, "docs"])
def test_a_link_in_docs_that_leads_to_what_git_does_not_track_stops_the_build(
    link: str, theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    (victim / "index.md").write_text(SECRET)
    if link == "docs":
        theirs.git("rm", "-r", "--quiet", "docs")
    target = INNER.get(link) or os.path.relpath(victim / LINKS.get(link, ""), (theirs.root / link).parent)
    plant(theirs, {link: target})
    there = clone(theirs, tmp_path)
    (there / "untracked.txt").write_text(SECRET)
    for words in (["build"], ["build", "--zip", "../s.zip", "--anonymous"]):
        done = publisher(there, *words)
        assert done.returncode == 1 and link in done.stderr and "publishe" in done.stderr, done.stderr
    for place in (there / "site", tmp_path / "s.zip", Path.home() / ".cache"):
        assert not place.is_dir() or not holding(place, SECRET)
        assert not place.is_file()


def test_no_link_reaches_an_edition_a_certificate_or_a_plain_build(
    theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    theirs.write_files({"mkdocs.yml": "site_name: P\nplugins: [publisher]\n"})
    theirs.git("add", "mkdocs.yml")
    plant(theirs, {"docs/leak.txt": Path("..", os.path.relpath(victim, theirs.root), "chapter.tex")})
    theirs.git("tag", "v1")
    there = clone(theirs, tmp_path)
    done = publisher(there, "edition", "build", "v1")
    assert done.returncode == 1 and "leak.txt" in done.stderr
    assert (
        subprocess.run(
            ["git", "branch", "--all", "--list", "*gh-pages*"], cwd=there, capture_output=True
        ).stdout
        == b""
    )
    plain = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"], cwd=there, capture_output=True, text=True
    )
    assert plain.returncode and "leak.txt" in plain.stdout + plain.stderr and not (there / "site").exists()
    words = ("verify", "--from", str(theirs.root), "--to", "seen", "--yes", "--environment", "current")
    (tmp_path / "reader").mkdir()
    done = publisher(tmp_path / "reader", *words)
    assert "leak.txt" in done.stderr and (tmp_path / "reader/seen/certificate/certificate.md").is_file()
    assert not holding(tmp_path / "reader", SECRET)


def test_a_link_to_what_git_tracks_is_followed(theirs: ProjectFolder, tmp_path: Path) -> None:
    theirs.write_files({"figures/a.txt": "tracked\n", "figures/deep/b.txt": "tracked too\n"})
    theirs.git("add", "figures")
    plant(
        theirs,
        {"docs/program.txt": "../sim.py", "docs/chain.txt": "program.txt", "docs/figures": "../figures"},
    )
    there = clone(theirs, tmp_path)
    assert publisher(there, "build").returncode == 0
    assert (there / "site/program.txt").read_text() == (there / "site/chain.txt").read_text() == PROGRAM
    assert (there / "site/figures/deep/b.txt").read_text() == "tracked too\n"
    (there / "figures/new.txt").write_text(SECRET)
    done = publisher(there, "build")
    assert done.returncode == 1 and "figures/new.txt" in done.stderr, done.stderr


CONFIGURATION = """\
site_name: Paper
docs_dir: {docs}
theme: {{name: material, font: false{theme}}}
plugins: [publisher]
markdown_extensions:
  - pymdownx.snippets: {{base_path: {base}, restrict_base_path: false}}
  - pymdownx.b64
"""


@pytest.mark.parametrize(
    ("docs", "theme", "base"),
    [
        ("docs", "", "[.]"),
        ("docs", "", "[/]"),
        ("../thesis", "", "[.]"),
        (".git", "", "[.]"),
        ("docs", ", custom_dir: overrides", "[.]"),
    ],
)
def test_other_ways_out_of_the_repository_are_closed(
    docs: str, theme: str, base: str, theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    (victim / "index.md").write_text(f"# Thesis\n\n{SECRET}\n")
    (victim / "main.html").write_text(SECRET)
    (victim / "picture.png").write_text(SECRET)
    inner = os.path.relpath(victim, theirs.root)
    there = tmp_path / "clone"
    snippets = "\n\n".join(
        f'--8<-- "{each}"'
        for each in (
            ".git/config",
            f"{inner}/chapter.tex",
            str(victim / "chapter.tex"),
            "linked.md",
            str(there / ".git/config"),
        )
    )
    theirs.write_files(
        {
            "mkdocs.yml": CONFIGURATION.format(docs=docs, theme=theme, base=base),
            "docs/index.md": f"# Paper\n\n{snippets}\n\n![x]({inner}/../thesis/picture.png) <img src='/{victim}/picture.png'>\n",
        }
    )
    theirs.git("add", "--force", "mkdocs.yml", "docs")
    plant(theirs, {"linked.md": victim / "chapter.tex"})
    if theme:
        plant(
            theirs,
            {"overrides/main.html": victim / "main.html", "overrides/leak.css": victim / "chapter.tex"},
        )
    clone(theirs, tmp_path)
    done = publisher(there, "build")
    assert "Traceback" not in done.stderr and "mistake of publisher" not in done.stderr, done.stderr
    for place in (there / "site", Path.home() / ".cache"):
        if place.exists():
            assert not holding(place, SECRET), done.stderr
            assert not holding(place, "repositoryformatversion"), done.stderr
            assert not holding(place, "YSBsaW5lIHRoYXQ"), "base64 of it"
    again = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-d", "by-mkdocs"],
        cwd=there,
        capture_output=True,
        text=True,
    )
    assert not (there / "by-mkdocs").exists() or not holding(there / "by-mkdocs", SECRET), again.stderr


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("records", ["run", "--", sys.executable, "sim.py"]),
        ("records/runs", ["run", "--", sys.executable, "sim.py"]),
        ("records/artifacts", ["run", "--", sys.executable, "sim.py"]),
        ("records/environments", ["run", "--", sys.executable, "sim.py"]),
        ("site", ["build"]),
        ("deep/site", ["build", "--site-dir", "deep/site/inner"]),
        (".github", ["init", "--github"]),
        (".github/workflows", ["init", "--github"]),
    ],
)
def test_nothing_is_written_through_a_link(
    link: str, words: list[str], theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    if (theirs.root / link).exists():
        theirs.git("rm", "-r", "--quiet", link)
    plant(theirs, {link: Path(os.path.relpath(victim, (theirs.root / link).parent))})
    before = content(victim)
    there = clone(theirs, tmp_path)
    done = publisher(there, *words)
    assert "Traceback" not in done.stderr and "mistake of publisher" not in done.stderr, done.stderr
    assert "symbolic link" in done.stderr, done.stderr
    assert content(victim) == before
    assert done.returncode == (0 if words[0] == "run" else done.returncode)


def test_mkdocs_does_not_empty_what_a_committed_link_leads_to(
    theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    theirs.write_files({"mkdocs.yml": "site_name: P\nplugins: [publisher]\n"})
    theirs.git("add", "mkdocs.yml")
    plant(theirs, {"site": Path(os.path.relpath(victim, theirs.root))})
    before = content(victim)
    there = clone(theirs, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"], cwd=there, capture_output=True, text=True
    )
    assert "symbolic link" in done.stdout + done.stderr
    assert content(victim) == before


@pytest.mark.parametrize(
    "name", ["records/runs/2026-11/20261123T100000-abcdefabcdef.yml", "nb.ipynb", "docs/x.md"]
)
def test_a_pipe_in_the_place_of_a_file_holds_nothing_up(name: str, theirs: ProjectFolder) -> None:
    place = theirs.root / name
    place.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place)
    for words in (["list"], ["check"], ["build"], ["status"], ["run", "sim"]):
        done = publisher(theirs.root, *words)
        assert "Traceback" not in done.stderr and "mistake of publisher" not in done.stderr, (
            words,
            done.stderr,
        )
    if name.startswith("docs/"):
        assert name in publisher(theirs.root, "build").stderr
    else:
        assert (theirs.root / "site/index.html").is_file()


@pytest.mark.parametrize(
    ("link", "words"),
    [("publisher.yml", ["list"]), ("mkdocs.yml", ["build"]), (".gitignore", ["init"])],
)
def test_settings_are_not_read_through_a_link_that_leads_out(
    link: str, words: list[str], theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    if (theirs.root / link).exists():
        theirs.git("rm", "--quiet", link)
    plant(theirs, {link: os.path.relpath(victim / "chapter.tex", theirs.root)})
    there = clone(theirs, tmp_path)
    done = publisher(there, *words)
    assert done.returncode and "symbolic link" in done.stderr and SECRET not in done.stderr, done.stderr
    assert (there / link).is_symlink() and not holding(there, SECRET)


def test_builds_of_one_project_wait_for_each_other(theirs: ProjectFolder, tmp_path: Path) -> None:
    there = clone(theirs, tmp_path)
    for _ in range(3):
        shutil.rmtree(there / "site", ignore_errors=True)
        shutil.rmtree(Path.home() / ".cache", ignore_errors=True)
        command = [sys.executable, "-m", "publisher", "build"]
        builds = [
            subprocess.Popen(command, cwd=there, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        said = [each.communicate()[1] for each in builds]
        assert [each.returncode for each in builds] == [0, 0, 0], said
        assert any("another build of this project is under way" in each for each in said)
        assert not list((there / "site").rglob("*.part"))
        assert "not ours" not in "".join(said)


def test_what_a_pull_adds_to_the_folder_of_runs_under_way_is_neither_followed_nor_waited_for(
    theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    there = clone(theirs, tmp_path)
    assert publisher(there, "run", "sim").returncode == 0
    live = there / ".publisher" / "live"
    assert live.is_dir(), "this folder is ours"
    record = next((there / "records" / "runs").glob("*/*.yml"))
    left = "0123456789ab"
    facts = record.read_text().partition("\nseal:")[0].replace(record.stem[-12:], left)
    facts = "\n".join(line for line in facts.splitlines() if not line.startswith(("duration", "exit_code")))
    running = record.with_name(f"{record.name[:16]}{left}.yml")
    running.write_text(facts.replace("status: completed", "status: running") + "\n")
    place = live / left
    (place / "witness").mkdir(parents=True)
    for name in (
        "stdout.00000000000000000000",
        "stderr.00000000000000000000",
        "lock",
        "left-behind",
        "ended",
    ):
        (place / name).symlink_to(victim / "chapter.tex")
    os.mkfifo(place / "about")
    os.mkfifo(place / "witness" / "1-1")
    (live / "aaaaaaaaaaaa").symlink_to(victim)
    for name in (".new-aaaaaaaaaaaa", ".new-build-aaaaaaaaaaaa"):
        (live / name).symlink_to(victim)
        os.utime(live / name, (1, 1), follow_symlinks=False)
    other = live / "bbbbbbbbbbbb"
    other.mkdir()
    (other / "witness").symlink_to(victim)
    (other / "lock").write_text("")
    (other / "left-behind").write_text(str(victim / "chapter.tex"))
    (other / "ended").write_text("")
    (other / "deep").symlink_to(victim)
    before = content(victim)
    for words in (["list"], ["run", "sim"], ["show", left], ["check"], ["build"]):
        done = publisher(there, *words)
        assert "Traceback" not in done.stderr and "mistake of publisher" not in done.stderr, (
            words,
            done.stderr,
        )
        assert content(victim) == before, words
    assert not holding(there / "records", SECRET) and not holding(there / "site", SECRET)


def test_a_link_in_the_place_of_that_folder_is_not_used(
    theirs: ProjectFolder, victim: Path, tmp_path: Path
) -> None:
    there = clone(theirs, tmp_path)
    assert publisher(there, "run", "sim").returncode == 0
    shutil.rmtree(there / ".publisher" / "live")
    (there / ".publisher" / "live").symlink_to(victim)
    before = content(victim)
    assert publisher(there, "run", "sim").returncode == 0
    assert content(victim) == before
