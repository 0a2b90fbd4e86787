import pytest

from publisher.publish.notebooks.finding import find_notebooks
from publisher.publish.notebooks.outputs import FOLD, MOST_HTML, MOST_LINES, MOST_TEXT, NOT_SHOWN, prepare
from publisher.publish.notebooks.rendering import rendered
from tests.publish.samples import code_cell, notebook, shows


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def prepared(output):
    prepare(output)
    return output


def page_of(tmp_path, *outputs):
    (tmp_path / "a.ipynb").write_text(notebook(code_cell("x", *outputs)))
    return rendered(tmp_path, find_notebooks(tmp_path, ["**"])[0], tmp_path / ".cache")[0].html


def test_a_long_output_is_folded_and_says_how_long_it_is(tmp_path):
    html = page_of(tmp_path, stream("line\n" * (MOST_LINES + 1)), stream("short\n"))
    assert html.count("<details>") == 1
    assert f"<summary>Output, {MOST_LINES + 1} lines</summary>" in html
    assert html.index("</details>") < html.index("short")


def test_a_long_table_is_folded(tmp_path):
    table = "<table>" + "<tr><td>1</td></tr>" * (MOST_LINES + 1) + "</table>"
    assert "<details>" in page_of(tmp_path, shows(text_html=table))


def test_a_very_long_text_keeps_its_beginning_and_its_end():
    text = "".join(f"line {number}\n" for number in range(100_000))
    shown = prepared(stream(text))["text"]
    assert shown.startswith("line 0\n")
    assert shown.endswith("line 99999\n")
    assert len(shown) < MOST_TEXT + 200
    assert "characters are not shown here" in shown


def test_a_text_in_pieces_is_joined():
    assert prepared(stream(["a\n", "b\n"]))["text"] == "a\nb\n"


def test_very_much_html_is_not_shown_and_the_page_says_so():
    shown = prepared(shows(text_html="<b>" * MOST_HTML))["data"]["text/html"]
    assert len(shown) < 200
    assert "not shown here" in shown


@pytest.mark.parametrize(
    "data",
    [
        {"text_html": "<div id=plot></div><SCRIPT>draw()</SCRIPT>"},
        {"application_javascript": "draw()"},
        {"application_vnd.plotly.v1+json": {}, "text_plain": "Figure()"},
    ],
)
def test_instead_of_what_a_script_would_draw_stands_a_sentence(tmp_path, data):
    html = page_of(tmp_path, shows(**data))
    assert "Interactive output is not shown." in html
    assert "draw()" not in html


def test_a_picture_stands_for_an_interactive_one():
    output = shows(image_png="iVBOR", text_plain="x")
    output["data"]["application/vnd.plotly.v1+json"] = {}
    assert NOT_SHOWN not in str(prepared(output)["data"])


def test_metadata_of_an_output_is_dropped():
    output = shows(text_plain="x") | {
        "metadata": {"filenames": {"image/png": "../../evil.png"}, FOLD: "evil"}
    }
    assert prepared(output)["metadata"] == {}


def test_every_picture_has_words_for_who_does_not_see_it(tmp_path):
    import base64

    from tests.publish.samples import png

    html = page_of(tmp_path, shows(image_png=base64.b64encode(png(8, 8)).decode()))
    assert 'alt="picture drawn by the cell above"' in html


def test_outputs_scroll_by_keyboard(tmp_path):
    assert '<div class="pub-scroll" tabindex="0">' in page_of(tmp_path, stream("x"))
    assert 'tabindex="5"' not in page_of(tmp_path / "", shows(text_html='<div tabindex="5">x</div>'))
