"""Elements in Markdown: where they stand, where they do not, and the line of what does not resolve."""

import re

import pytest
from markdown import Markdown

from publisher.errors import BrokenSite
from publisher.plugin.generator import MkDocs
from publisher.plugin.markdown import Desk, Place
from publisher.publish.build import build
from publisher.publish.paper.blocks import Unresolved
from publisher.publish.paper.elements import Link
from tests.publish import samples

RUN = "7f3a9c1e5b02"


class Known:
    """Knows one run, `7f3a`, and one figure, `walk/a.png`; answers with what it was asked."""

    def link(self, name):
        if name not in ("7f3a", "my run"):
            raise Unresolved(f"no run `{name}`", hint="nearest: 7f3a")
        return Link(run=RUN, short=RUN[:7], title="a walk")

    def figure(self, name, alt, caption, root):
        if not name.startswith("walk/"):
            raise Unresolved(f"no figure `{name}`")
        return f"<figure>{name}|{alt}|{caption}|{root}</figure>"

    def block(self, kind, text, root, *, titled):
        for number, line in enumerate(text.splitlines(), 1):
            if line == "wrong":
                raise Unresolved("is wrong", line=number)
        return f"<div>{kind}|{text}|{root}|{titled}</div>"


EXTENSIONS = ["attr_list", "tables", "fenced_code", "admonition"]


def html(text, *, address="index.html", extensions=EXTENSIONS, before=""):
    desk = Desk(Known())
    desk.place = Place(address=address, file="docs/page.md", text=before + text)
    config = {"publisher.plugin.markdown": {"desk": desk}}
    return Markdown(extensions=[*extensions, "publisher.plugin.markdown"], extension_configs=config).convert(
        text
    )


LINK = f'href="runs/{RUN}.html" title="a walk"'


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[words](run:7f3a)", f"<a {LINK}>words</a>"),
        ("[words][r]\n\n[r]: run:7f3a", f"<a {LINK}>words</a>"),
        ("see [](run:7f3a)", f"see <a {LINK}><code>7f3a9c1</code></a>"),
        ("see <run:7f3a>!", f"see <a {LINK}><code>7f3a9c1</code></a>!"),
        ("<run:7f3a>", f"<a {LINK}><code>7f3a9c1</code></a>"),
        ('[w](run:7f3a "mine")', f'<a href="runs/{RUN}.html" title="mine">w</a>'),
        ("[*w*](<run:my run>)", f"<a {LINK}><em>w</em></a>"),
    ],
)
def test_a_link_leads_to_the_run(text, wanted):
    assert html(text) == f"<p>{wanted}</p>"


@pytest.mark.parametrize(
    ("address", "root"), [("a/b/index.html", "../../"), ("a/b.html", "../"), ("b.html", "")]
)
def test_addresses_are_right_wherever_the_page_lies(address, root):
    assert f'href="{root}runs/{RUN}.html"' in html("[w](run:7f3a)", address=address)
    assert f"|{root}</figure>" in html("![x](figure:walk/a.png)", address=address)
    assert f"|{root}|" in html("```runs\n```", address=address)


@pytest.mark.parametrize(
    "text",
    [
        "`run:zz` and `<run:zz>` and ``![](figure:zz)``",
        "    [w](run:zz)\n    ![](figure:zz)",
        "```\n[w](run:zz)\n```",
        "````text\n```plot\nwrong\n```\n````",
        "~~~\n```runs\nwrong\n```\n~~~",
        "    ```runs\n    wrong\n    ```",
        "<!--\n```runs\nwrong\n```\n-->",
        '<a href="run:zz">raw</a>',
    ],
)
def test_code_and_raw_html_stay_as_they_are(text):
    found = html(text)
    assert "zz" in found or "wrong" in found
    assert "<div>" not in found
    assert "<figure>" not in found


def test_a_figure_takes_the_place_of_its_paragraph():
    found = html('![the *walk* & "more"](figure:walk/a%20b.png "A caption")')
    assert found == '<figure>walk/a b.png|the *walk* & "more"|A caption|</figure>'


def test_figures_of_one_paragraph_stand_side_by_side():
    found = html("![x](figure:walk/a.png)\n![y](figure:walk/b.png)")
    assert re.sub(r"\s", "", found).startswith('<divclass="pubpub-figures"><figure>walk/a.png')
    assert found.count("<figure>") == 2


def test_a_figure_may_stand_in_a_list_or_a_table():
    assert "<li><figure>walk/a.png" in html("- ![x](figure:walk/a.png)\n- y")
    assert "<td><figure>walk/a.png" in html("a | b\n--|--\n![x](figure:walk/a.png) | c")


@pytest.mark.parametrize("text", ["![x](figure:walk/a.png) and words", "[![x](figure:walk/a.png)](b.md)"])
def test_a_figure_within_a_line_of_text_is_refused(text):
    with pytest.raises(BrokenSite, match="stands within a line of text"):
        html(text)


@pytest.mark.parametrize("extensions", [[], ["fenced_code"], ["pymdownx.superfences"], ["extra"]])
def test_a_block_is_replaced_whichever_other_fences_there_are(extensions):
    assert "<div>runs|tag:a\nsort: n||False</div>" in html(
        "text\n```runs\ntag:a\nsort: n\n```\ntext", extensions=extensions
    )


def test_a_block_may_stand_in_a_list_and_in_an_admonition():
    assert re.search(r"<li>.*<div>paper\|", html("- first\n\n    ```paper\n    ```\n"), re.DOTALL)
    assert "<div>paper|" in html('!!! note "x"\n    ```paper\n    ```\n')


def test_a_page_with_a_heading_has_a_title():
    assert "|True</div>" in html("# Mine\n\n```paper\n```")
    assert "|False</div>" in html("```sh\n# no title\n```\n\n```paper\n```")


FRONT = "---\ntitle: run:zz\n---\n\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("one\n\n[w](run:zz)", 3),
        ("`run:zz`\n\n```\nrun:zz\n```\n\n[w](run:zz)", 7),
        ("[w][r]\n\n[r]: run:zz", 3),
        ("a\n\n<run:zz>", 3),
        ("a\n\n![x](figure:zz/a.png)", 3),
        ("a\n\n```runs\nfine\nwrong\n```", 5),
        ("```runs\nfine\n```\n\n```runs\nwrong\n```", 6),
        ("- x\n\n    ```runs\n    wrong\n    ```".replace("    wrong", "wrong"), 4),
    ],
)
@pytest.mark.parametrize("before", ["", FRONT])
def test_what_does_not_resolve_is_named_with_file_and_line(text, line, before):
    with pytest.raises(BrokenSite) as caught:
        html(text, before=before)
    assert caught.value.where == f"docs/page.md:{line + before.count(chr(10))}"


def test_whoever_knows_nobody_says_so():
    with pytest.raises(BrokenSite, match="nobody who knows"):
        Markdown(extensions=["publisher.plugin.markdown"]).convert("[w](run:7f3a)")


def test_a_page_without_elements_asks_for_nothing():
    desk = Desk(Known())
    config = {"publisher.plugin.markdown": {"desk": desk}}
    md = Markdown(extensions=["publisher.plugin.markdown"], extension_configs=config)
    md.convert("words `run:7f3a`")
    assert not desk.asked
    md.convert("<run:7f3a>")
    assert desk.asked


# -- in a site


@pytest.fixture
def project(tmp_path):
    made = samples.project_at(tmp_path)
    picture = samples.kept(made, "out/field.png", samples.png(8, 8))
    samples.record(made, 1, outputs=[picture])
    (tmp_path / "docs/deep").mkdir(parents=True)
    return made


def site(project, text, *, directory_urls):
    (project.root / "docs/deep/page.md").write_text(text)
    (project.root / "docs/index.md").write_text("# Home\n")
    (project.root / "mkdocs.yml").write_text(
        f"site_name: x\nstrict: true\nuse_directory_urls: {str(directory_urls).lower()}\n"
        "theme: {name: material, font: false}\nplugins: [search, publisher]\n"
        "markdown_extensions: [pymdownx.superfences, attr_list]\n"
    )
    report = build(project, project.root / "site", MkDocs(project.root / "mkdocs.yml"))
    assert report.warnings == []
    return project.root / "site"


PAGE = "# Deep\n\n![waves](figure:coarsening/field.png)\n\n[w](run:latest)\n\n```runs\n```\n\n```paper\n```\n"


@pytest.mark.parametrize("directory_urls", [True, False])
def test_every_link_of_an_element_leads_to_a_file_of_the_site(project, directory_urls):
    built = site(project, PAGE, directory_urls=directory_urls)
    page = built / ("deep/page/index.html" if directory_urls else "deep/page.html")
    text = page.read_text()
    content = text[text.index("<h1") : text.index("</article>")]
    found = re.findall(r'(?:href|src)="((?:\.\./)+[^"#]+)"', content)
    assert len(found) > 7
    for address in found:
        target = page.parent / address
        assert (target / "index.html" if target.is_dir() else target).is_file(), address


def test_an_error_names_the_file_of_the_project_and_its_line(project):
    text = "---\ntitle: x\n---\n\n# Deep\n\n![waves](figure:coarsning/field.png)\n"
    with pytest.raises(BrokenSite) as caught:
        site(project, text, directory_urls=True)
    assert caught.value.where == "docs/deep/page.md:7"
    assert caught.value.hint == "nearest: coarsening"


def test_the_same_error_is_one_of_mkdocs_when_nobody_drives_it(project, caplog):
    from mkdocs.commands.build import build as mkdocs_build
    from mkdocs.config.base import load_config
    from mkdocs.exceptions import Abort

    (project.root / "docs/index.md").write_text("<run:ffff>\n")
    (project.root / "mkdocs.yml").write_text("site_name: x\nplugins: [publisher]\n")
    with pytest.raises(Abort):
        mkdocs_build(load_config(str(project.root / "mkdocs.yml"), site_dir=str(project.root / "out")))
    assert "docs/index.md:1: no published run has the label or the id `ffff`" in caplog.text
