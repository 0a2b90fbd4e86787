import base64
import os
import re

import pytest
from jinja2 import Environment

from publisher.publish.notebooks.finding import find_notebooks
from publisher.publish.notebooks.rendering import rendered
from publisher.publish.svg import examine
from tests.publish import samples
from tests.publish.samples import code_cell, notebook, shows, text_cell


def page_of(tmp_path, *cells, name="paper.ipynb"):
    (tmp_path / name).write_text(notebook(*cells))
    found = find_notebooks(tmp_path, ["**/*.ipynb"])
    return rendered(tmp_path, found[0], tmp_path / ".cache")


def test_pictures_become_files(tmp_path):
    data = base64.b64encode(samples.png(8, 8)).decode()
    page, folder = page_of(tmp_path, code_cell("plot()", shows(image_png=data)))
    assert len(page.files) == 1
    assert (folder / page.files[0]).read_bytes() == samples.png(8, 8)
    assert f'src="paper_files/{page.files[0]}"' in page.html
    assert "base64" not in page.html
    assert 'width="8" height="8"' in page.html


def test_templates_are_compiled_for_the_first_notebook_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "publisher.publish.frame.templates.user_cache", lambda: tmp_path / "cache" / "publisher"
    )
    compiled = []

    def counted(self, *args, compile=Environment.compile, **options):
        compiled.append(args)
        return compile(self, *args, **options)

    monkeypatch.setattr(Environment, "compile", counted)
    first, _ = page_of(tmp_path, code_cell("1 + 1", shows(text_plain="2")))
    assert compiled and ">2<" in re.sub(r"\s", "", first.html)
    compiled.clear()
    second, _ = page_of(tmp_path, code_cell("1 + 2", shows(text_plain="3")))
    assert compiled == [] and ">3<" in re.sub(r"\s", "", second.html)


HOSTILE = [
    "<script>window.hacked=1</script>",
    "<img src=x onerror='window.hacked=1'>",
    "<svg onload='window.hacked=1'><script>window.hacked=1</script></svg>",
    "<iframe src='javascript:window.hacked=1'></iframe>",
    "<a href='javascript:window.hacked=1'>x</a>",
    "<style>body{display:none}</style>",
    "<form action='//evil'><input></form>",
    "<img src='https://evil.example/track.png'>",
    "<base href='https://evil.example/'>",
    "<math><mtext><style><img src=x onerror=window.hacked=1></style></mtext></math>",
    "<div style='position:fixed;background:url(https://evil.example/x)'>x</div>",
    "<img src='../../runs/index.html'>",
]


@pytest.mark.parametrize(
    "place", ["output", "markdown", "raw", "markdown output", "latex", "stream", "error", "code"]
)
def test_nothing_in_a_notebook_runs_or_leads_elsewhere(tmp_path, place):
    def cell(number, hostile):
        return {
            "output": code_cell(
                f"x{number}", shows(text_html=hostile, application_javascript="window.hacked=1")
            ),
            "markdown": text_cell(f"before {number}\n\n{hostile}\n\nafter"),
            "raw": {"cell_type": "raw", "id": f"raw{number}", "metadata": {}, "source": hostile},
            "markdown output": code_cell(f"x{number}", shows(text_markdown=hostile)),
            "latex": code_cell(f"x{number}", shows(text_latex=hostile)),
            "stream": code_cell(f"x{number}", {"output_type": "stream", "name": "stdout", "text": hostile}),
            "error": code_cell(
                f"x{number}",
                {"output_type": "error", "ename": hostile, "evalue": hostile, "traceback": [hostile]},
            ),
            "code": code_cell(hostile),
        }[place]

    page, _ = page_of(tmp_path, *(cell(number, hostile) for number, hostile in enumerate(HOSTILE)))
    html = page.html.lower()
    assert not page.problem
    for tag in ("<script", "<iframe", "<svg", "<style", "<form", "<base", "<input", "<math"):
        assert tag not in html
    for piece in (' onerror="', ' onload="', 'style="', 'href="javascript', 'src="https://evil', 'src="../'):
        assert piece not in html


def test_an_svg_picture_is_a_sanitised_file_that_an_image_shows(tmp_path):
    output = shows(text_plain="x")
    picture = '<svg xmlns="http://www.w3.org/2000/svg"><script>window.hacked=1</script></svg>'
    output["data"]["image/svg+xml"] = picture
    page, folder = page_of(tmp_path, code_cell("x", output))
    (name,) = page.files
    assert examine(picture.encode()).copy == (folder / name).read_bytes() != picture.encode()
    assert re.search(
        rf'<img[^>]* src="paper_files/{page.files[0]}"|<img src="paper_files/{page.files[0]}"', page.html
    )
    assert "<svg" not in page.html


def test_a_notebook_cannot_say_where_its_pictures_are_written(tmp_path):
    output = shows(image_png=base64.b64encode(samples.png(8, 8)).decode())
    output["metadata"] = {"filenames": {"image/png": "../../evil.png"}, "filename": "../evil.png"}
    page, _ = page_of(tmp_path, code_cell("x", output))
    assert "evil" not in " ".join(page.files) + page.html


def test_markdown_is_rendered_and_code_kept_exact(tmp_path):
    page, _ = page_of(
        tmp_path, text_cell("# Growth\n\n> quoted\n\n    a < b & c\n\n**bold**"), code_cell("a < b")
    )
    assert page.title == "Growth"
    assert "<h1>Growth</h1>" in page.html
    assert "<blockquote>" in page.html
    assert "a &lt; b &amp; c" in page.html
    assert "<strong>bold</strong>" in page.html


def test_a_table_keeps_its_form_and_loses_its_style(tmp_path):
    head = "<thead><tr><th>nx</th></tr></thead>"
    table = f"<style scoped>.x{{}}</style><table>{head}<tbody><tr><td>1</td></tr></tbody></table>"
    page, _ = page_of(tmp_path, code_cell("df", shows(text_html=table)))
    assert head in page.html
    assert "scoped" not in page.html


def test_it_is_told_how_much_was_executed(tmp_path):
    page, _ = page_of(tmp_path, code_cell("a"), code_cell("b", count=None), text_cell("c"))
    assert (page.cells, page.executed, page.failed) == (2, 1, False)


def test_an_unreadable_notebook_is_a_page_that_says_so(tmp_path):
    (tmp_path / "bad.ipynb").write_text("<<<<<<< HEAD\n{}")
    page, _ = rendered(tmp_path, find_notebooks(tmp_path, ["**/*.ipynb"])[0], tmp_path / ".cache")
    assert page.problem
    assert page.title == "bad"


def test_what_was_rendered_once_is_remembered_by_content(tmp_path):
    _, folder = page_of(tmp_path, code_cell("a"))
    (folder / "page.json").write_text(
        (folder / "page.json").read_text().replace("jp-", "xx-").replace('"cells":1', '"cells":7')
    )
    assert page_of(tmp_path, code_cell("a"))[0].cells == 7
    assert page_of(tmp_path, code_cell("b"))[0].cells == 1


def test_notebooks_are_looked_for_where_people_put_them(tmp_path):
    for path in (
        "a.ipynb",
        "sub/b.ipynb",
        ".hidden/c.ipynb",
        "venv/d.ipynb",
        "site/e.ipynb",
        ".ipynb_checkpoints/a.ipynb",
    ):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(notebook())
    (tmp_path / "venv/pyvenv.cfg").write_text("")
    found = find_notebooks(tmp_path, ["**/*.ipynb"], but=[tmp_path / "site"])
    assert [each.path for each in found] == ["a.ipynb", "sub/b.ipynb"]
    assert find_notebooks(tmp_path, ["sub/*.ipynb"])[0].path == "sub/b.ipynb"


@pytest.mark.skipif(os.name == "nt", reason="making links needs a right of its own there")
def test_a_link_to_a_file_elsewhere_is_no_notebook_of_ours(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "secret.ipynb").write_text(notebook(text_cell("secret")))
    (tmp_path / "project/link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    assert find_notebooks(tmp_path / "project", ["**/*.ipynb"]) == []
