"""A site as one zip file."""

import zipfile

import pytest

from publisher.errors import NotWritten
from publisher.publish.outlet.bundle import bundle, slug


@pytest.fixture
def site(tmp_path):
    root = tmp_path / "site"
    for address, text in {
        "index.html": "<p>home",
        "runs/index.html": "<p>runs" * 100,
        "404.html": "<p>missing",
        "sitemap.xml": "<urlset>",
        "assets/javascripts/bundle.min.js.map": "{}",
        ".publisher.json": "{}",
        "artifacts/ab.png": "png",
    }.items():
        (root / address).parent.mkdir(parents=True, exist_ok=True)
        (root / address).write_text(text)
    return root


ADDRESSES = [
    "runs/index.html",
    "index.html",
    "404.html",
    "sitemap.xml",
    "assets/javascripts/bundle.min.js.map",
    "artifacts/ab.png",
]


def made(site, name="s.zip", addresses=ADDRESSES):
    target = site.parent / name
    bundle(site, addresses, target, title="Coarsening: a Study", date="2026-11-23")
    return target


def test_everything_lies_in_one_folder_named_after_the_paper(site):
    with zipfile.ZipFile(made(site)) as found:
        assert found.namelist() == [
            f"coarsening-a-study/{each}"
            for each in ("README.txt", "artifacts/ab.png", "index.html", "runs/index.html")
        ]
        assert found.read("coarsening-a-study/index.html") == b"<p>home"
        assert b"open index.html" in found.read("coarsening-a-study/README.txt")


def test_times_are_those_of_the_newest_record_and_texts_are_compressed(site):
    with zipfile.ZipFile(made(site)) as found:
        assert {entry.date_time for entry in found.infolist()} == {(2026, 11, 23, 0, 0, 0)}
        runs = found.getinfo("coarsening-a-study/runs/index.html")
        assert runs.compress_size < runs.file_size


def test_the_same_site_gives_the_same_bytes(site):
    first = made(site).read_bytes()
    (site / "index.html").touch()
    assert made(site, "t.zip", reversed(ADDRESSES)).read_bytes() == first


def test_what_cannot_be_written_is_said_and_leaves_nothing(site):
    with pytest.raises(NotWritten, match="zip file cannot be written"):
        bundle(site, ["index.html"], site / "no" / "s.zip", title="", date="2026-11-23")
    with pytest.raises(NotWritten):
        bundle(site, ["is not there"], site.parent / "s.zip", title="", date="2026-11-23")
    assert not list(site.parent.glob("s.zip*"))


@pytest.mark.parametrize(
    ("title", "name"),
    [("Ö: a/b", "a-b"), ("../../x", "x"), ("", "supplement"), ("…", "supplement"), ("a" * 99, "a" * 60)],
)
def test_a_title_is_a_name_of_a_folder(title, name):
    assert slug(title) == name
