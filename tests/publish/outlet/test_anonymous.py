"""A site that does not tell who made it."""

import base64
import io
import json
import struct
import unicodedata
import zipfile
import zlib

import msgspec
import numpy
import pytest

from publisher.cli.main import main
from publisher.model.environment import Environment, System
from publisher.model.paper import PaperFacts, Person
from publisher.model.record import Annotations, Author, Code, Note
from publisher.publish.outlet.anonymous.names import tell_tales
from publisher.publish.outlet.anonymous.pictures import clean_picture
from publisher.publish.outlet.anonymous.scrubber import Scrubber
from publisher.publish.outlet.anonymous.values import anonymous_record
from publisher.store.environments import keep_environment
from publisher.store.records import read_record
from tests.publish import samples

NAME = "Zoë Ångström"
SECOND = "Bertrand O'Malley"
EMAIL = "zangs@quux-lab.example.edu"
ORCID = "0000-0002-1825-0097"
REMOTE = "git@github.com:quux-lab/coarsening-paper.git"
PLACE = "/home/zangstrom/secret-project/data/in.csv"
SCRUBBER = Scrubber(
    tell_tales(
        [],
        [],
        [PaperFacts(authors=[Person(name=SECOND, orcid=ORCID)])],
        [NAME, EMAIL, REMOTE, "quuxbox.local"],
    )
)


def text_chunk(data, kind=b"tEXt", text=f"Author\0{NAME}"):
    """A picture that says who made it."""
    said = text.encode()
    chunk = struct.pack(">I", len(said)) + kind + said + struct.pack(">I", zlib.crc32(kind + said))
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("by Zoë Ångström.", "by (anonymous)."),
        ("Ångström (2024)", "(anonymous) (2024)"),
        ("Z. Ångström; Ångström, Z.", "(anonymous); (anonymous)"),
        (unicodedata.normalize("NFD", "Zoë Ångström"), "(anonymous)"),
        (json.dumps("Zoë Ångström"), '"(anonymous)"'),
        ("Bertrand O&#39;Malley and O&#x27;Malley", "(anonymous) and (anonymous)"),
        ("Bertrand\n  O'Malley", "(anonymous)"),
        (f"mail {EMAIL} or other.person@cs.example.com!", "mail (anonymous) or (anonymous)!"),
        (f"git clone {REMOTE}", "git clone (anonymous)"),
        ("see https://github.com/quux-lab/coarsening-paper/issues/3", "see (anonymous)/issues/3"),
        ("pip install git+https://github.com/quux-lab/other", "pip install git+https://(anonymous)/other"),
        ("at /home/zangstrom/secret-project/data/in.csv:", "at (anonymous)/in.csv:"),
        ("/Users/zangstrom", "(anonymous)"),
        (r"C:\Users\zangs\Desktop\in.csv", "(anonymous)/in.csv"),
        (json.dumps(r"C:\Users\zangs\Desktop\in.csv"), '"(anonymous)/in.csv"'),
        ("file:///home/zangstrom/x", "file://(anonymous)"),
        ("?path=%2Fhome%2Fzangstrom%2Fx&y=1", "?path=%28anonymous%29&y=1"),
        (f"https://orcid.org/{ORCID}", "https://orcid.org/(anonymous)"),
        ("on quuxbox at noon", "on (anonymous) at noon"),
    ],
)
def test_what_tells_is_replaced_in_every_form(text, left):
    assert SCRUBBER.text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "../work/x.html",
        "https://example.org/work/x",
        "10.1103/PhysRev.0000-0002",
        "numpy@2.4",
        "angstrom",
        "a/home/b",
        "out/field.png",
    ],
)
def test_what_does_not_tell_stays(text):
    assert SCRUBBER.text(text) == text


def test_words_of_a_group_are_no_names():
    tales = tell_tales([], [], [PaperFacts(authors=[Person(name="The solver developers")])])
    assert Scrubber(tales).text("the solver of the developers") == "the solver of the developers"
    assert Scrubber(tales).text("by The solver developers") == "by (anonymous)"


def test_a_record_stays_yaml_without_its_seal(tmp_path):
    project = samples.project_at(tmp_path)
    record = samples.record(
        project, 1, author=Author(name=NAME, email=EMAIL), reason=f"as {NAME} asked: at {PLACE}"
    )
    (path,) = (project.records / "runs").rglob("*.yml")
    made = SCRUBBER(f"runs/{record.id}.yml", path.read_bytes())
    assert made.startswith(b"# Anonymised for review")
    assert b"\nseal:" not in made
    path.write_bytes(made)
    read = read_record(path)
    assert read.author == Author(name="(anonymous)", email="(anonymous)")
    assert read.reason == "as (anonymous) asked: at (anonymous)/in.csv"
    assert read.seal is None


def test_a_record_as_a_value_names_nobody(tmp_path):
    project = samples.project_at(tmp_path)
    record = samples.record(project, 1, annotations=Annotations(notes=[Note(text="checked", by=NAME)]))
    made = anonymous_record(record)
    assert (made.author, made.code.repository, made.annotations.notes[0].by) == (None, None, None)
    assert made.code.commit == record.code.commit


def test_a_picture_says_nothing_and_shows_the_same():
    picture = samples.png()
    for kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME"):
        assert clean_picture(text_chunk(picture, kind)) == picture
    assert SCRUBBER("artifacts/a.png", text_chunk(picture)) == picture


def test_a_picture_inside_a_notebook_says_nothing():
    inside = base64.b64encode(text_chunk(samples.png())).decode()
    made = SCRUBBER("notebooks/a.ipynb", json.dumps({"image/png": inside + "\n"}).encode())
    assert base64.b64decode(json.loads(made)["image/png"]) == samples.png()


def harmless():
    data = io.BytesIO()
    numpy.save(data, numpy.arange(5.0))
    return data.getvalue()


def packed():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("meta.xml", f"<creator>{NAME}</creator>" * 50)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"\0\1" + NAME.encode(),
        b"\0\1" + NAME.encode("utf-16-le"),
        b"\0/home/somebody/x\0",
        packed(),
        harmless(),
        b"%PDF-1.7\n\0stream\n" + zlib.compress(f"/Author ({NAME})".encode() * 9) + b"\nendstream",
    ],
    ids=["bytes", "UTF-16", "path", "zip", "harmless", "PDF"],
)
def test_other_files_that_tell_are_left_out_and_named(data, request):
    scrubber = Scrubber(tell_tales([], [], [], [NAME]))
    harmless = "harmless" in request.node.name
    assert scrubber("artifacts/ab/ab.bin", data) == (data if harmless else None)
    assert scrubber.left_out == ([] if harmless else ["artifacts/ab/ab.bin"])


def test_an_address_that_tells_is_left_out():
    scrubber = Scrubber(tell_tales([], [], [], ["Grace Murray"]))
    assert scrubber("notebooks/Murray-plots.html", b"<p>") is None
    assert scrubber.left_out == ["notebooks/(anonymous)-plots.html"]


def test_programs_keep_their_words_and_the_policy_its_name():
    scrubber = Scrubber(tell_tales([], [], [], ["Ann Content", "Li Block"]))
    assert scrubber("assets/x.js", b"class Block {}") == b"class Block {}"
    assert scrubber("assets/x.js", b"// Li Block") == b"// (anonymous)"
    assert scrubber("data/runs.js", b'"Block"') == b'"(anonymous)"'
    page = b"""<meta http-equiv="Content-Security-Policy" content="x"><p>Content"""
    assert scrubber("a.html", page) == page.replace(b"<p>Content", b"<p>(anonymous)")


def test_a_link_that_would_lead_nowhere_is_none():
    assert SCRUBBER("a.html", f'<a class="x" href="{PLACE}">x</a>'.encode()) == b'<a class="x">x</a>'


MKDOCS = f"""
site_name: Coarsening
site_author: {NAME}
site_url: https://zangs.example.net/coarsening/
copyright: Copyright &copy; 2024 - 2026 <b>{SECOND}</b>
repo_url: https://github.com/quux-lab/coarsening-paper
edit_uri: edit/main/docs/
theme:
  name: material
  font: false
  features: [content.action.edit]
extra:
  social: [{{icon: fontawesome/brands/mastodon, link: "https://social.example/@zangs"}}]
plugins: [search, publisher]
"""
CITATION = f"""
cff-version: 1.2.0
message: cite it
title: Coarsening
authors:
  - {{family-names: Ångström, given-names: Zoë, orcid: "https://orcid.org/{ORCID}", email: {EMAIL}}}
repository-code: https://github.com/quux-lab/coarsening-paper
doi: 10.5281/zenodo.7654321
"""
TELLING = [
    *(form for name in (NAME, SECOND, "Ångström", "O'Malley") for form in (name, json.dumps(name)[1:-1])),
    *(
        "O&#39;Malley",
        "O&#x27;Malley",
        "zangs",
        "quux",
        "secret-project",
        "/home/",
        ORCID,
        "zenodo.7654321",
    ),
]


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("names") / "zangs-paper")
    root = project.root
    (root / "publisher.yml").write_text("paper: {title: Coarsening, authors: CITATION.cff}\n")
    (root / "CITATION.cff").write_text(CITATION)
    (root / "mkdocs.yml").write_text(MKDOCS)
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/run.yml").write_text("on: workflow_dispatch\n")
    (root / "requirements.txt").write_text("numpy==2.4.6\n")
    (root / "docs").mkdir()
    (root / "docs/index.md").write_text(
        f"# Coarsening\n\nBy {NAME} and {SECOND}, <{EMAIL}>.\n\n[code]({PLACE}) [x](more.md)\n"
    )
    (root / "docs/more.md").write_text("# More\n\nSee [us](https://github.com/quux-lab/other).\n")
    seen = Environment(
        schema=1, system=System(name="Linux", release="6", machine="x86_64", hostname="quuxbox")
    )
    said = f"started by {NAME} <{EMAIL}> on quuxbox in {PLACE}\n"
    for number in (1, 2):
        samples.record(
            project,
            number,
            author=Author(name=NAME, email=EMAIL),
            reason=f"{SECOND} asked",
            command=["python", "/home/zangstrom/secret-project/simulate.py", PLACE],
            code=Code(repository=REMOTE, commit=samples.COMMIT, branch="zangs/try", main_file="simulate.py",
                      patch=f"sha256:{samples.keep(project, b'# ' + said.encode() + samples.PATCH, 'x.patch')}"),
            environment=keep_environment(project, seen),
            inputs=[samples.FileRef(path=PLACE, sha256="1" * 64, size=10, seen_by="traced")],
            outputs=[
                samples.kept(project, "out/field.png", text_chunk(samples.png(seed=number))),
                samples.kept(project, "out/field.svg", f"<svg xmlns='http://www.w3.org/2000/svg'><desc>{SECOND}</desc></svg>".encode()),
                samples.kept(project, "out/raw.bin", b"\0\1" + NAME.encode()),
                samples.kept(project, "out/metrics.json", json.dumps({"by": NAME, "at": PLACE}).encode()),
            ],
            log=samples.log(project, said.encode(), said.encode("latin-1")),
            problems=[f"{PLACE} could not be read"],
            annotations=Annotations(tags=["Ångström"], outcome=f"as {SECOND} said", notes=[Note(text=said, by=SECOND)]),
        )  # fmt: skip
    (root / "plot.ipynb").write_text(
        samples.notebook(
            samples.text_cell(f"# Plot\n\n{said}"),
            samples.code_cell("plot()", {"output_type": "stream", "name": "stdout", "text": [said]},
                              samples.shows(image_png=base64.b64encode(text_chunk(samples.png())).decode())),
        )
    )  # fmt: skip
    return root


BUTTONS = (b">Codespaces</a>", b">Binder</a>", b">Colab</a>", b">GitHub Actions</a>")


def telling(data):
    """What of the tell-tales some bytes hold, also where they are packed."""
    return [each for each in TELLING if each.encode() in data]


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_no_byte_of_an_anonymous_site_tells(paper, monkeypatch, capsys, packed):
    monkeypatch.chdir(paper)
    words = ["--zip", "review.zip"] if packed else []
    assert main(["build", "--anonymous", *words]) == 0
    assert "left out, because it may name somebody" in capsys.readouterr().err
    if packed:
        with zipfile.ZipFile("review.zip") as archive:
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    else:
        files = {
            p.relative_to(paper / "site").as_posix(): p.read_bytes()
            for p in (paper / "site").rglob("*")
            if p.is_file()
        }
    assert len(files) > 30
    assert {
        name: found for name, data in files.items() if (found := telling(data) + telling(name.encode()))
    } == {}
    assert any(b"(anonymous)" in data for data in files.values())
    pages = b"".join(data for name, data in files.items() if name.endswith(".html"))
    assert not [each for each in BUTTONS if each in pages]
    assert any(name.endswith(".png") and "artifacts" in name for name in files)


def test_a_named_site_over_an_anonymous_one_is_made_anew_and_back(paper, monkeypatch):
    monkeypatch.chdir(paper)
    run = f"runs/{samples.run_id(1)}"
    for words, says in ([], True), (["--anonymous"], False), ([], True):
        assert main(["build", *words]) == 0
        assert (NAME in (paper / "site" / f"{run}.yml").read_text()) is says
        assert ("O&#39;Malley" in (paper / "site" / f"{run}.html").read_text()) is says


def test_two_anonymous_zip_files_are_the_same_bytes(paper, monkeypatch):
    monkeypatch.chdir(paper)
    made = []
    for name in ("a.zip", "b.zip"):
        assert main(["build", "--anonymous", "--zip", name]) == 0
        made.append((paper / name).read_bytes())
    assert made[0] == made[1]


def test_the_report_can_be_read_by_a_program(paper, monkeypatch, capsys):
    monkeypatch.chdir(paper)
    assert main(["build", "--json"]) == 0
    told = msgspec.json.decode(capsys.readouterr().out)
    assert told["runs"] == 2
    assert told["weight"]["size"] > 100_000
    assert {part["name"] for part in told["weight"]["parts"]} >= {"pages of runs", "data", "theme"}


def test_a_site_larger_than_its_owner_allows_ends_the_build_with_1(paper, monkeypatch, capsys):
    monkeypatch.chdir(paper)
    settings = (paper / "publisher.yml").read_text()
    (paper / "publisher.yml").write_text(f"{settings}site: {{max_size: 100 kB}}\n")
    try:
        assert main(["build", "--zip", "large.zip"]) == 1
    finally:
        (paper / "publisher.yml").write_text(settings)
    assert "more than the 100 kB that `site.max_size` allows" in capsys.readouterr().err
    assert not (paper / "large.zip").exists()
