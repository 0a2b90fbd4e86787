import json
import re

import pytest

from publisher.model.project import Site
from publisher.publish.notebooks.finding import find_notebooks
from publisher.publish.notebooks.frames import MOST, POLICY, height, needs_frame
from publisher.publish.notebooks.outputs import NOT_SHOWN, prepare
from publisher.publish.notebooks.rendering import rendered
from tests.publish.samples import code_cell, notebook, shows, text_cell

DRAWN = "<div id=plot></div><script>draw()</script>"


def page_of(tmp_path, *cells, scripts=True):
    (tmp_path / "a.ipynb").write_text(notebook(*cells))
    (found,) = find_notebooks(tmp_path, ["**"], scripts=scripts)
    return rendered(tmp_path, found, tmp_path / ".cache")


def test_unless_the_owner_says_otherwise_no_script_runs(tmp_path):
    assert Site().notebook_scripts is False
    page, _ = page_of(tmp_path, code_cell("x", shows(text_html=DRAWN)), scripts=False)
    assert "<iframe" not in page.html
    assert "Interactive output is not shown." in page.html
    assert (page.files, page.frames) == ([], 0)


@pytest.mark.parametrize(
    "html",
    [
        DRAWN,
        "<SCRIPT\nsrc=x>",
        "<style>td{color:red}</style><table></table>",
        '<style type="text/css">',
        "<iframe srcdoc='x'>",
    ],
)
def test_what_needs_scripts_or_styles_is_a_file_in_a_sandboxed_frame(tmp_path, html):
    page, folder = page_of(tmp_path, text_cell("words"), code_cell("x", shows(text_html=html)))
    assert page.files == ["frame-1.html"]
    (frame,) = re.findall("<iframe.*?</iframe>", page.html)
    assert 'sandbox="allow-scripts"' in frame
    assert 'src="a_files/frame-1.html"' in frame
    assert 'title="Interactive output 1, of cell 2"' in frame
    text = (folder / "frame-1.html").read_text("utf-8")
    assert f"<body>{html}</body>" in text
    assert text.index(POLICY) < text.index("<script>") < text.index(html)
    assert "draw()" not in page.html


@pytest.mark.parametrize(
    "html", ["<b>x</b>", "<style scoped>td{}</style><table></table>", "&lt;script&gt;", "<styled>"]
)
def test_what_needs_none_stays_in_the_page(html):
    assert not needs_frame(html)


def test_what_carries_its_own_html_beside_data_for_a_program_is_shown_by_that(tmp_path):
    shown = shows(text_html=DRAWN, text_plain="Figure()", image_png="aGVsbG8=")
    shown["data"]["application/vnd.plotly.v1+json"] = {}
    page, _ = page_of(tmp_path, code_cell("x", shown))
    assert page.frames == 1
    assert NOT_SHOWN not in page.html


def test_data_without_html_stay_a_sentence(tmp_path):
    shown = shows(application_javascript="draw()")
    shown["data"]["application/vnd.vegalite.v5+json"] = {}
    page, _ = page_of(tmp_path, code_cell("x", shown))
    assert page.frames == 0
    assert "Interactive output is not shown." in page.html


def test_what_is_too_long_is_told_instead():
    taken = []
    output = shows(text_html="<script>" + "x" * MOST)
    prepare(output, lambda html: taken.append(html) or "")
    assert taken == []
    assert "characters of HTML are not shown here" in output["data"]["text/html"]


def test_a_notebook_cannot_name_a_frame_nor_bring_one(tmp_path):
    cell = code_cell("x", shows(text_html=DRAWN))
    page, _ = page_of(tmp_path, cell)
    (folder := tmp_path / "other").mkdir()
    forged = "<iframe class='pub-interactive' src='a_files/frame-1.html'></iframe>"
    also, _ = page_of(folder, text_cell(forged), cell, code_cell("y", shows(text_markdown=forged)))
    assert page.html.count("<iframe") == also.html.count("<iframe") == 1


def test_a_page_that_is_remembered_without_frames_is_made_again_when_they_are_allowed(tmp_path):
    cell = code_cell("x", shows(text_html=DRAWN))
    assert [page_of(tmp_path, cell, scripts=scripts)[0].frames for scripts in (False, True, False)] == [
        0,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("html", "pixels"),
    [
        ("<p>x", 480),
        ('<div style="height:450px; width:100%">', 474),
        (json.dumps({"height": 300}), 324),
        ('<svg height="10000">', 900),
        ("<hr height=10px>", 480),
        ("<i style='line-height:150px'>", 480),
        ('<div style="height: 100%">', 480),
        ("<style></style><table>" + "<tr>" * 3, 120),
        ("<style></style><table>" + "<tr>" * 10, 300),
        ("<script></script><table><tr>", 480),
        ("x" * 300_000 + "height=800" + "x" * 300_000, 480),
    ],
)
def test_a_frame_is_as_high_as_its_output_says_within_bounds(html, pixels):
    assert height(html) == pixels
