"""Notebooks that are broken, as a whole or in one place, or too large."""

import base64
import json
import os

import pytest

from publisher.cli.main import main
from publisher.publish.notebooks.finding import find_notebooks, look_for_notebooks
from publisher.publish.notebooks.reading import MOST_OUTPUTS_OF_CELL, read_notebook
from publisher.publish.notebooks.rendering import rendered
from tests.publish import samples
from tests.publish.samples import code_cell, notebook, shows, text_cell

PNG = base64.b64encode(samples.png(8, 8)).decode()
GOOD = notebook(text_cell("# Title"), code_cell("1 + 1", shows(text_plain="kept")))


def old(*cells, version=3):
    return json.dumps(
        {"nbformat": version, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": list(cells)}]}
    )


def printed(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


#: By name: the bytes of a notebook of which nothing can be shown, and a word of the reason.
UNREADABLE = {
    "truncated": (GOOD[:-20].encode(), "not JSON"),
    "empty": (b"", "empty"),
    "blank": (b" \n", "empty"),
    "no JSON": (b"hello", "not JSON, line 1"),
    "conflict": (
        b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> x\n]}',
        "merge conflict, first in line 2",
    ),
    "Latin 1": (GOOD.replace("kept", "é").encode("latin-1"), "not UTF-8: byte 0xe9"),
    "format 99": (GOOD.replace('"nbformat": 4', '"nbformat": 99').encode(), "`nbformat` 99"),
    "format of text": (GOOD.replace('"nbformat": 4', '"nbformat": "4"').encode(), "`nbformat` 4"),
    "no format": (GOOD.replace('"nbformat": 4, ', "").encode(), "no `nbformat`"),
    "list": (b"[]", "not an object"),
    "number": (b"1", "not an object"),
    "no cells": (b'{"nbformat": 4}', "no list of `cells`"),
    "cells of text": (b'{"nbformat": 4, "cells": "x"}', "no list of `cells`"),
    "deep": (b'{"nbformat": 4, "x":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", "Git LFS"),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0", "not UTF-8"),
    "large number": (b'{"nbformat": 4, "x": ' + b"9" * 5000 + b"}", "not JSON"),
}
#: By name: an output, or a cell, that is broken beside others that are not, and a word of the reason.
BROKEN = {
    "unknown output": (code_cell("x", {"output_type": "hologram"}), "unknown type `hologram`"),
    "no type": (code_cell("x", {"data": {}}), "unknown type `None`"),
    "output of text": (code_cell("x", "text"), "not an object"),
    "base64": (code_cell("x", shows(image_png="!!!")), "not base64"),
    "half base64": (code_cell("x", shows(image_png=PNG[:-3])), "not base64"),
    "another picture": (code_cell("x", shows(image_jpeg=PNG)), "not such a picture"),
    "page as picture": (
        code_cell("x", shows(image_jpeg=base64.b64encode(b"<html>").decode())),
        "not such a picture",
    ),
    "picture of numbers": (code_cell("x", shows(image_png=[1, 2])), "not text"),
    "no data": (code_cell("x", {"output_type": "display_data", "metadata": {}}), "no `data`"),
    "stream of numbers": (code_cell("x", {"output_type": "stream", "name": "stdout", "text": 5}), "not text"),
    "html of objects": (code_cell("x", shows(text_html={"a": 1})), "not text"),
    "outputs of text": (code_cell("x") | {"outputs": "x"}, "not a list"),
    "unknown cell": (text_cell("x") | {"cell_type": "hologram"}, "unknown type `hologram`"),
    "cell of text": ("x", "not an object"),
    "source of numbers": (code_cell("x") | {"source": 5}, "not text"),
    "missing attachment": (text_cell("![a](attachment:b.png)"), "missing or broken"),
    "attachment": (
        text_cell("![a](attachment:a.png)") | {"attachments": {"a.png": {"image/png": "!!"}}},
        "not base64",
    ),
}
#: By name: what is odd and yet can be read as a whole.
ODD = {
    "mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "UTF-16": GOOD.encode("utf-16"),
    "star": old({"cell_type": "code", "prompt_number": "*", "input": "1 + 1", "language": "python", "metadata": {},
                 "outputs": [{"output_type": "stream", "stream": "stdout", "text": "kept"}]}).encode(),
    "star in 4": notebook(code_cell("1", shows(text_plain="kept"), count="*")).encode(),
    "metadata": GOOD.replace('"metadata": {}', '"metadata": []').encode(),
    "language": GOOD.replace('"metadata": {}', '"metadata": {"language_info": {"name": 5}, "kernelspec": 1}').encode(),
    "minor": GOOD.replace('"nbformat_minor": 5', '"nbformat_minor": "x"').encode(),
    "old picture": old({"cell_type": "code", "input": "x", "language": "python", "metadata": {}, "outputs": [
        {"output_type": "pyout", "prompt_number": 1, "text": "kept"}, {"output_type": "display_data", "png": PNG}]}).encode(),
}  # fmt: skip


def page_of(tmp_path, data, name="nb.ipynb"):
    (tmp_path / name).write_bytes(data)
    (found,) = find_notebooks(tmp_path, ["**/*.ipynb"])
    return rendered(tmp_path, found, tmp_path / ".cache")[0]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_notebook_that_cannot_be_read_says_why(tmp_path, name):
    data, reason = UNREADABLE[name]
    page = page_of(tmp_path, data)
    assert reason in page.problem
    (broken,) = look_for_notebooks(tmp_path, ["**/*.ipynb"]).broken
    assert broken.path == "nb.ipynb" and broken.reason == f"{page.problem}; it is not shown"


@pytest.mark.parametrize("name", BROKEN)
def test_a_note_stands_for_what_is_broken_and_the_rest_is_shown(tmp_path, name):
    cell, reason = BROKEN[name]
    good = code_cell("2 + 2", printed("kept before"), shows(image_png=PNG))
    page = page_of(
        tmp_path, notebook(good, cell, code_cell("3 + 3", shows(text_plain="kept after"))).encode()
    )
    assert (page.problem, page.broken, len(page.files)) == ("", 1, 1)
    assert "kept before" in page.html and "kept after" in page.html
    if "attachment" not in name:
        assert "cannot be shown" in page.html
    (broken,) = look_for_notebooks(tmp_path, ["**/*.ipynb"]).broken
    assert "cell 2" in broken.reason and reason in broken.reason


@pytest.mark.parametrize("name", ODD)
def test_what_is_only_odd_is_shown(tmp_path, name):
    page = page_of(tmp_path, ODD[name])
    assert (page.problem, page.broken) == ("", 0)
    assert "kept" in page.html
    assert look_for_notebooks(tmp_path, ["**/*.ipynb"]).broken == []


def test_an_ending_in_capitals_is_one_of_a_notebook(tmp_path):
    page = page_of(tmp_path, GOOD.encode(), name="UPPER.IPYNB")
    assert (page.title, page.problem) == ("Title", "")
    assert page_of(tmp_path, b"x", name="UPPER.IPYNB").title == "UPPER"


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right of its own there")
def test_what_is_no_regular_file_is_named_and_does_not_hang(tmp_path):
    (tmp_path / "real").write_text(GOOD)
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "link.ipynb").symlink_to("real")
    (tmp_path / "nowhere.ipynb").symlink_to("gone")
    os.mkfifo(tmp_path / "pipe.ipynb")
    seen = look_for_notebooks(tmp_path, ["**/*.ipynb"])
    assert seen.found == []
    assert [(each.path, each.reason.partition(",")[0]) for each in seen.broken] == [
        ("folder.ipynb", "is a folder"),
        ("link.ipynb", "is a symbolic link"),
        ("nowhere.ipynb", "is a symbolic link"),
        ("pipe.ipynb", "is not a regular file"),
    ]


def test_many_streams_are_one_and_a_page_has_a_bound(tmp_path):
    streams = [printed(f"line {number}\n") for number in range(50_000)]
    page = page_of(tmp_path, notebook(code_cell("x", *streams)).encode())
    assert "line 0\n" in page.html and "line 49999" in page.html
    assert len(page.html) < 100_000


@pytest.mark.parametrize(
    "outputs",
    [
        [printed(f"{n}\n", ("stdout", "stderr")[n % 2]) for n in range(20_000)],
        [shows(text_html="<b>x</b>" * 5_000)] * 500,
        [shows(text_plain="y" * 10_000)] * 1_500,
    ],
    ids=["streams in turn", "tables", "texts"],
)
def test_what_is_too_much_is_cut_with_a_note(tmp_path, outputs):
    cells = [code_cell(f"x{n}", *outputs[n * 100 : n * 100 + 100]) for n in range(29)]
    page = page_of(tmp_path, notebook(*cells, code_cell("y", *outputs)).encode())
    assert page.cut and not page.broken and not page.problem
    assert "not shown here; the notebook holds them" in page.html
    assert len(page.html) < 12_000_000


def test_a_source_and_a_traceback_have_bounds():
    data = notebook(
        code_cell("x" * 1_000_000, {"output_type": "error", "ename": "E", "evalue": "", "traceback": ["t"]})
    )
    reading = read_notebook(data.encode())
    assert reading.cut
    assert len(reading.tree["cells"][0]["source"]) < 60_000
    many = notebook(code_cell("x", *[shows(text_plain="1")] * (MOST_OUTPUTS_OF_CELL + 5)))
    outputs = read_notebook(many.encode()).tree["cells"][0]["outputs"]
    assert len(outputs) == MOST_OUTPUTS_OF_CELL + 1 and "5 more outputs" in outputs[-1]["data"]["text/html"]


@pytest.fixture
def paper(tmp_path, monkeypatch):
    project = samples.project_at(tmp_path / "paper")
    samples.record(project, 1)
    monkeypatch.chdir(project.root)
    return project.root


def build(paper, *words):
    assert main(["build", *words]) in (0, 1)
    return {
        path.stem: path.read_text().partition('class="pub pub-notebook"')[2]
        for path in (paper / "site/notebooks").glob("*.html")
    }


def test_build_and_check_name_broken_notebooks_and_strict_fails(paper, capsys):
    (paper / "cut.ipynb").write_bytes(UNREADABLE["truncated"][0])
    (paper / "part.ipynb").write_text(notebook(BROKEN["base64"][0]))
    (paper / "good.ipynb").write_text(GOOD)
    for _ in range(2):  # also when nothing has changed
        assert main(["build"]) == 0
        told = capsys.readouterr().err
        assert (
            "cut.ipynb: is not JSON" in told
            and "part.ipynb: is shown without what is broken in it: cell 1, output 1" in told
        )
        assert "good.ipynb" not in told
    assert main(["build", "--strict"]) == 1
    capsys.readouterr()
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "cut.ipynb: is not JSON" in told and "part.ipynb: is shown without" in told and "good" not in told


def test_what_a_page_says_of_a_notebook_is_so(paper):
    (paper / "unreadable.ipynb").write_bytes(b"")
    (paper / "broken.ipynb").write_text(notebook(BROKEN["unknown output"][0]))
    (paper / "prose.ipynb").write_text(notebook(text_cell("only words")))
    (paper / "none.ipynb").write_text(notebook())
    (paper / "good.ipynb").write_text(GOOD)
    (paper / "part.ipynb").write_text(notebook(code_cell("1"), code_cell("2", count=None)))
    (paper / "long.ipynb").write_text(notebook(code_cell("1" * 60_000)))
    pages = build(paper)
    says = {name for name, page in pages.items() if "shown as it was executed" in page}
    assert says == {"good"}
    assert "This notebook cannot be shown: <code>unreadable.ipynb</code> is empty." in pages["unreadable"]
    assert "executed, shown without what is broken in it" in pages["broken"]
    assert "has no cells with code" in pages["prose"] and "has no cells with code" in pages["none"]
    assert "1 of 2 cells with code were executed" in pages["part"]
    assert "executed, shown in part" in pages["long"]
    listed = (paper / "site/notebooks/index.html").read_text()
    assert "all 0 cells" not in listed and "no code" in listed


def places(tree, place=()):
    """Every place of a tree, as the keys that lead to it."""
    yield place
    for key, inner in (
        tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    ):
        yield from places(inner, (*place, key))


STRANGE = [
    None,
    True,
    -1,
    1e308,
    "",
    "*",
    [],
    {},
    [1],
    [[]],
    {"a": 1},
    "\ud800",
    ["a", 1],
    "code",
    "heading",
    "pyout",
    "error",
]


@pytest.mark.parametrize("base", ["4", "3"])
def test_no_value_at_any_place_hides_more_than_its_cell(tmp_path, base):
    drawn = code_cell(
        "1",
        shows(text_html="<b>", image_png=PNG),
        printed(["a"]),
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
    )
    text = notebook(
        drawn, text_cell("x") | {"attachments": {"a": {"image/png": PNG}}}, code_cell("2", printed("kept"))
    )
    tree = json.loads(text if base == "4" else ODD["old picture"])
    cell = tree["cells"][0] if base == "4" else tree["worksheets"][0]["cells"][0]
    made = []
    for place in list(places(cell))[1:]:
        for value in STRANGE:
            changed = json.loads(json.dumps(tree))
            at = changed["cells"][0] if base == "4" else changed["worksheets"][0]["cells"][0]
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = value
            reading = read_notebook(json.dumps(changed).encode())
            assert reading.problem == ""
            made.append((len(json.dumps(reading.tree)), json.dumps(changed)))
    for _, changed in sorted(set(made))[:: max(1, len(made) // 25)]:
        page = page_of(tmp_path, changed.encode())
        assert page.problem == "" and ("kept" in page.html or base == "3")
