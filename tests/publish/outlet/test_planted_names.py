"""Names planted in files of many kinds, and looked for by a search that shares nothing with what takes them out."""

import contextlib
import json
import zipfile

import pytest

from publisher.cli.main import main
from publisher.model.environment import Environment, System
from publisher.model.paper import PaperFacts, Person
from publisher.model.record import Annotations, Author, Code, Note, Parameters
from publisher.publish.outlet.anonymous.names import tell_tales
from publisher.publish.outlet.anonymous.scrubber import Scrubber
from publisher.store.environments import keep_environment
from tests.publish import samples
from tests.support.name_search import find_names
from tests.support.planted_names import (
    EMAIL,
    EXIF_JPEG,
    HOST,
    NAME,
    NEEDLES,
    ORCID,
    PLACE,
    PLANTED,
    REMOTE,
    SECOND,
    SHORT,
    saved,
)  # fmt: skip

GLYPHS = "PDF glyphs"  #: which the independent search does not read


def scrubber():
    facts = PaperFacts(authors=[Person(name=SECOND, orcid=ORCID)])
    return Scrubber(tell_tales([], [], [facts], [NAME, EMAIL, REMOTE, HOST, SHORT, "zquarn"]))


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_name_is_found_before_and_not_after(name):
    suffix, data = PLANTED[name]
    assert name in (GLYPHS, "PDF encrypted") or find_names(data, NEEDLES)
    gate = scrubber()
    address = f"artifacts/ab/ab.{suffix}"
    made = gate(address, data)
    assert find_names(made or b"", NEEDLES) == set()
    if made is None:
        assert gate.left_out == [address]


@pytest.mark.parametrize(
    "name", [each for each in PLANTED if each.split()[0] in ("PNG", "JPEG", "GIF", "WebP")]
)
def test_a_picture_is_kept_and_shows_the_same(name):
    import io

    from PIL import Image

    _, data = PLANTED[name]
    made = scrubber()("artifacts/ab/ab.png", data)
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(made)) as after:
        assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()


@pytest.mark.parametrize(
    "name", ["PDF properties", "PDF XMP", "PDF octal", "PDF photo", "PDF script", "PDF annotation"]
)
def test_a_document_is_kept_with_its_page(name):
    import io

    import pikepdf

    made = scrubber()("artifacts/ab/ab.pdf", PLANTED[name][1])
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert b"(axis) Tj" in pdf.pages[0].Contents.read_bytes()
        assert set(pdf.Root.keys()) <= {"/Type", "/Pages", "/Version"}


@pytest.mark.parametrize(
    "text",
    [
        "the mark of a page: will may long, a field of brown noise, Newton's method and a pascal",
        "<main class='md-main'><table><td>1</td></table><script src='x'></script>",
        "quartz quarry plonkers malloways hq77 ahq7 hq7a",
        "def solve(mesh): return numpy.linalg.solve(a, b)  # 3.141592653589793",
        "5f4dcc3b5aa765d61d8327deb882cf99 sha256:" + "ab" * 32,
    ],
)
def test_other_words_stay(text):
    names = ["Mark Long", "Will Brown", "May Field", "Isaac Newton", "Blaise Pascal", "Ann Table", "Al Main"]
    facts = PaperFacts(authors=[Person(name=each) for each in names])
    for gate in (scrubber(), Scrubber(tell_tales([], [], [facts], [SHORT, "pi", "td"]))):
        assert gate.text(text) == text or "Newton's" in text
        assert gate("a.html", text.encode()) is not None


def test_a_name_that_is_a_word_is_replaced_as_a_name_and_as_a_folder():
    gate = Scrubber(tell_tales([], [], [PaperFacts(authors=[Person(name="Will Brown")])]))
    text = (
        "brown noise by Brown; BROWN; W. Brown; will brown; at /groups/brown/x and /data/brown/y, a brown fox"
    )
    assert gate.text(text) == (
        "brown noise by (anonymous); (anonymous); (anonymous); (anonymous); at /groups/(anonymous)/x and"
        " /data/(anonymous)/y, a brown fox"
    )


def test_a_short_host_is_replaced_by_itself_alone():
    assert scrubber().text("hq7: done on hq7, not hq77, chq7 or HQ7x") == (
        "(anonymous): done on (anonymous), not hq77, chq7 or HQ7x"
    )


MKDOCS = f"""
site_name: Us
site_author: {NAME.upper()}
site_description: by {NAME.lower()}
copyright: Zo&euml; Quarnstr&ouml;m
repo_url: https://github.com/plonk-lab/paper-of-us
theme: {{name: material, font: false}}
plugins: [search, publisher]
"""


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    project = samples.project_at(tmp_path_factory.mktemp("planted") / "zquarn-paper")
    root = project.root
    (root / "publisher.yml").write_text(
        json.dumps({"paper": {"title": "Coarsening", "authors": [{"name": NAME, "orcid": ORCID}, {"name": SECOND}],
                              "repository": REMOTE}})
    )  # fmt: skip
    (root / "mkdocs.yml").write_text(MKDOCS)
    (root / "docs").mkdir()
    said = f"By {NAME.upper()}, zoe quarnstrom, Quarnstroem, Zo&euml; Quarnstr&ouml;m, {EMAIL}, at /groups/quarnstrom-lab/x on plonkbox"
    (root / "docs/index.md").write_text(f"# Us\n\n{said}.\n\n![p](data:image/jpeg;base64,{EXIF_JPEG})\n")
    (root / "docs/photo.jpg").write_bytes(PLANTED["JPEG EXIF"][1])
    (root / "docs/slides.pdf").write_bytes(PLANTED["PDF octal"][1])
    seen = Environment(schema=1, system=System(name="Linux", release="6", machine="x86_64", hostname=HOST))
    outputs = [
        samples.kept(project, f"out/{number}.{suffix}", data)
        for number, (suffix, data) in enumerate(PLANTED.values())
    ]
    log = "\n".join(
        PLANTED[each][1].decode("latin-1")
        for each in ("text", "percent", "JSON", "octal", "colours", "base64")
    )
    samples.record(
        project, 1,
        author=Author(name=NAME, email=EMAIL),
        reason=f"{said}; {SECOND.upper()}",
        label="quarnstrom-run",
        command=["python", "x.py", "--by", NAME.lower(), "--at", "/data/QUARNSTROM/x"],
        code=Code(repository=REMOTE, commit=samples.COMMIT, branch="quarnstrom/try", main_file="x.py"),
        parameters=Parameters(file="p.json", values={"who": NAME.lower(), "zquarn": 1}),
        environment=keep_environment(project, seen),
        outputs=[*outputs, samples.kept(project, "out/quarnstrom-figure.png", saved("PNG"))],
        metrics={"of_quarnstrom": 1.0},
        log=samples.log(project, log.encode(), log.upper().encode("latin-1", "replace")),
        problems=[f"{PLACE} {NAME}"],
        annotations=Annotations(tags=["quarnström", "QUARNSTROM", "plonk-lab"], outcome=said, notes=[Note(text=said, by=SECOND)]),
    )  # fmt: skip
    shows = [
        samples.shows(image_jpeg=EXIF_JPEG),
        samples.shows(text_html=PLANTED["HTML photo"][1].decode()),
        samples.shows(**{"image_svg+xml": PLANTED["SVG description"][1].decode()}),
        samples.shows(**{"image_svg+xml": PLANTED["SVG photo"][1].decode()}),
        {"output_type": "stream", "name": "stdout", "text": [f"start\n{NAME.upper()}\n"]},
    ]
    book = json.loads(samples.notebook(samples.text_cell(said), samples.code_cell("x", *shows)))
    book["metadata"] = {"authors": [{"name": NAME.upper()}]}
    (root / "plot.ipynb").write_text(json.dumps(book))
    return root


@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_no_planted_name_is_in_an_anonymous_site(paper, capsys, packed):
    with contextlib.chdir(paper):
        assert main(["build", "--anonymous", *(["--zip", "review.zip"] if packed else [])]) == 0
    told = capsys.readouterr().err
    if packed:
        with zipfile.ZipFile(paper / "review.zip") as archive:
            files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    else:
        files = {
            path.relative_to(paper / "site").as_posix(): path.read_bytes()
            for path in (paper / "site").rglob("*")
            if path.is_file()
        }
    theme = ("assets/javascripts/", "assets/stylesheets/", "assets/vega.js")
    leaks = {
        name: found
        for name, data in files.items()
        if not any(each in name for each in theme)
        and (found := find_names(data + b"\n" + name.encode(), NEEDLES))
    }
    assert leaks == {}
    made = "\n".join(files)
    assert "runs/" in made and "plot.html" in made and "index.html" in made
    kept = {name.rpartition("/")[2] for name in files}
    missing = [
        out for out in sorted((paper / "records/artifacts").rglob("*.*"))
        if not any(name.startswith(out.name[:64]) for name in kept) and out.name[:64] not in told
    ]  # fmt: skip
    assert missing == []
