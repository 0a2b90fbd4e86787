"""Pages that obey a Content-Security-Policy."""

import pytest

from publisher.publish.frame.policy import defused, obeying, policy

META = f'<meta http-equiv="Content-Security-Policy" content="{policy()}">'


def page(body="", head=""):
    return f"<!doctype html><html><head>{head}<title>x</title></head><body>{body}</body></html>"


def test_the_policy_stands_before_everything_else_in_the_head():
    assert f"<head>{META}<meta charset=utf-8>" in obeying(page(head="<meta charset=utf-8>"), "a.html").html


def test_a_page_without_a_head_has_the_policy_first():
    assert obeying("<p>x", "a.html").html == f"{META}<p>x"


def test_a_script_in_the_page_becomes_a_file_in_the_same_place():
    made = obeying(page("<p>1</p><script>go()</script><p>2</p>"), "runs/a.html")
    (address,) = made.files
    assert address.startswith("assets/inline/")
    assert made.files[address] == "go()"
    assert f'<p>1</p><script src="../{address}"></script><p>2</p>' in made.html


def test_pages_with_the_same_script_share_its_file():
    first, second = (obeying(page("<script>go()</script>"), address) for address in ("a.html", "b/c.html"))
    assert first.files == second.files


def test_what_a_script_is_told_of_itself_is_kept():
    made = obeying(page('<script id="x" type="module" data-a=\'1 > 0\'>go()</script>'), "a.html")
    assert '<script id="x" type="module" data-a=\'1 > 0\' src="assets/inline/' in made.html


@pytest.mark.parametrize(
    "kept",
    [
        '<script type="application/json">{"a": 1}</script>',
        '<script src="assets/x.js"></script>',
        "<!-- <script>no()</script> -->",
        "<textarea><script>no()</script></textarea>",
        "<script></script>",
    ],
)
def test_what_is_no_script_of_the_page_stays(kept):
    made = obeying(page(kept), "a.html")
    assert kept in made.html
    assert made.files == {}


def test_a_style_element_becomes_a_file():
    made = obeying(page(head='<style media="print">p{color:red}</style>'), "a/b.html")
    (address,) = made.files
    assert made.files[address] == "p{color:red}"
    assert f'<link rel="stylesheet" media="print" href="../{address}">' in made.html


def test_a_style_attribute_becomes_a_rule_that_is_as_strong():
    made = obeying(page('<td class="n" style="text-align: right;">1</td>'), "a.html")
    (address,) = made.files
    assert "style=" not in made.html.replace("data-inline-style=", "")
    assert ":is(#_#_,[data-inline-style='" in made.files[address]
    assert "{text-align: right;}" in made.files[address]
    assert f'<link rel="stylesheet" href="{address}"></head>' in made.html


def test_a_style_attribute_cannot_end_its_rule():
    made = obeying(page('<p style="color:red} body{display:none">1</p>'), "a.html")
    assert made.files == {}


@pytest.mark.parametrize(
    "element",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example.org/x.css">',
        '<img src="http://cdn.example.org/x.png">',
        "<IMG SRCSET='a.png 1x, https://cdn.example.org/b.png 2x'>",
    ],
)
def test_what_lies_elsewhere_is_named_with_its_page(element):
    (complaint,) = obeying(page(element), "docs/a.html").complaints
    assert complaint.startswith("docs/a.html: ")
    assert "cdn.example.org" in complaint


def test_a_link_that_a_reader_follows_is_no_complaint():
    made = obeying(
        page('<a href="https://example.org">x</a><link rel="canonical" href="https://example.org/">'),
        "a.html",
    )
    assert made.complaints == []


@pytest.mark.parametrize(
    "element", ['<p onclick="go()">', "<a href=' java\tscript:go()'>x</a>", '<iframe src="a.html"></iframe>']
)
def test_what_the_policy_stops_is_said(element):
    assert len(obeying(page(element), "a.html").complaints) == 1


def test_a_host_that_the_owner_allows_is_in_the_policy_and_no_complaint():
    hosts = ["https://cdn.example.org/npm/"]
    made = obeying(page('<script src="https://cdn.example.org/npm/x.js"></script>'), "a.html", hosts=hosts)
    assert made.complaints == []
    assert "default-src 'self' https://cdn.example.org/npm/;" in made.html


def test_the_page_of_what_is_missing_finds_its_files_from_any_address():
    html = page("<script>go()</script>", '<link href="/paper/assets/stylesheets/main.css" rel="stylesheet">')
    assert '<script src="/paper/assets/inline/' in obeying(html, "404.html").html


def test_titles_are_never_shown_as_html():
    config = '<script id="__config" type="application/json">{"features": ["a", "content.tooltips"]}</script>'
    assert "content.tooltips" not in obeying(page(config), "a.html").html


def test_the_first_script_brings_along_what_is_to_run_before_all():
    made = obeying(page("<script>a()</script><script>b()</script>"), "a.html", first="c()")
    assert sorted(made.files.values()) == ["a()\nc()", "b()"]


def test_a_page_is_made_to_obey_once():
    made = obeying(page("<script>go()</script>"), "a.html")
    assert obeying(made.html, "a.html").html == made.html


def test_a_script_in_the_content_never_becomes_a_file_of_the_site():
    html = "<p>1</p><script>go()</script><SCRIPT type=module>go()</SCRIPT ><script src=a.js></script><pre>&lt;script></pre>"
    assert defused(html) == ("<p>1</p><script src=a.js></script><pre>&lt;script></pre>", 2)
    assert obeying(page(defused(html)[0]), "a.html").files == {}
