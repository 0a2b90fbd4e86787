"""Frames without what their pages need not carry."""

from __future__ import annotations

import json

import pytest

from publisher.publish.addresses import FRAME_NAME
from publisher.publish.frame.frame import TITLE
from publisher.publish.frame.policy import obeying
from publisher.publish.frame.slim import sharing, slimmed

FRAME = "runs/publisher-frame.html"
SEARCH = (
    '<label class="md-header__button md-icon" for="__search"><svg><path d="M1"/></svg></label>'
    '<div class="md-search" data-md-component="search" role="dialog"><div><div>results</div></div></div>'
)
SWITCH = '<form class="md-header__option" data-md-component="palette"><input name="__palette"></form>'
SETTINGS = '<script id="__config" type="application/json">{"base": "..", "version": null}</script>'
MENU = (
    '<div class="md-sidebar md-sidebar--primary" data-md-component="sidebar" data-md-type="navigation" hidden>'
    "<div><nav>menu</nav></div></div>"
)


def shared(html: str) -> tuple[str, dict[str, str]]:
    page = obeying(html, FRAME)
    return sharing(page.html, page.files, FRAME)


@pytest.mark.parametrize(
    ("html", "slim"),
    [
        ("<div>\n\n   <p>one\n  two</p>\n</div>", "<div><p>one\ntwo</p></div>"),
        ("<p>a <em>b</em>\n <a href='x'>c</a></p>", "<p>a <em>b</em>\n<a href='x'>c</a></p>"),
        ("<p>a<!-- why -->b</p>", "<p>ab</p>"),
        ("<ul>\n<li>x\n</li>\n</ul>", "<ul><li>x</li></ul>"),
        ('<p title="a\n>  b">x</p>', '<p title="a\n>  b">x</p>'),
        ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0"/></svg>', '<svg viewBox="0 0 1 1"><path d="M0"/></svg>'),
    ],
)  # fmt: skip
def test_white_space_that_nobody_sees_goes(html: str, slim: str) -> None:
    assert slimmed(html) == slim


@pytest.mark.parametrize("tag", ["pre", "textarea", "script", "style"])
def test_texts_that_keep_their_form_are_left_alone(tag: str) -> None:
    kept = f"<{tag}>a\n\n   b <!-- c -->\n</{tag}>"
    assert slimmed(f"<div>\n\n{kept}</div>").endswith(f"{kept}</div>")


def test_what_only_scripts_can_use_is_put_in_by_one_script() -> None:
    html, files = shared(
        f"<head></head><header>{SWITCH}<script>set()</script>{SEARCH}</header><p>x</p>{SETTINGS}"
    )
    assert html.count("<script") == len(files) == 1
    ((address, script),) = files.items()
    assert f'<header><script src="../{address}"></script></header><p>x</p>' in html
    call, after = script.split("\n")
    inserted = json.loads(call.removeprefix("document.currentScript.insertAdjacentHTML('beforebegin',")[:-2])
    assert inserted == SWITCH + SEARCH + SETTINGS
    assert after == "set()", "it sets the switch, and comes behind it"


def test_a_menu_that_tabs_stand_for_is_put_in_by_a_script_in_its_place() -> None:
    html, files = shared(f"<head></head><main>{MENU}<article>x</article></main>")
    ((address, script),) = files.items()
    assert html.endswith(f'<main><script src="../{address}"></script><article>x</article></main>')
    assert "menu" in script


def test_a_menu_that_is_to_be_seen_stays() -> None:
    menu = MENU.replace(" hidden", "")
    assert menu in shared(f"<head></head>{menu}")[0]


def test_a_script_about_tabs_in_prose_goes() -> None:
    html, files = shared('<head></head><p>x</p><script>name.startsWith("__tabbed_")</script>')
    assert "<script" not in html
    assert files == {}


def test_an_element_that_is_not_whole_is_left_alone() -> None:
    broken = SWITCH.removesuffix("</form>")
    assert broken in shared(f"<head></head>{broken}")[0]


HEADER = (
    '<header class="md-header"><nav><a title="Site">Site</a>'
    f'<div data-md-component="header-topic"><span class="md-ellipsis">{TITLE}</span></div></nav>{SWITCH}<script>set()</script></header>'
)
TABS = (
    '<nav class="md-tabs"><ul><li><a href="../index.html" class="md-tabs__link"><svg></svg>Home</a></li>'
    '<li><a href="index.html" class="md-tabs__link">Runs</a></li></ul></nav>'
)
PAGE = f"<head><title>{TITLE} - Äpfel &amp; 𝒞o</title></head><body>{HEADER}<div>{TABS}<p>x</p></div></body>"


def test_the_header_with_its_tabs_is_put_in_by_one_script_that_all_pages_share() -> None:
    html, files = shared(PAGE)
    ((address, script),) = files.items()
    links = '<a href="../index.html">Home</a>'
    assert html.endswith(
        f'<body><script src="../{address}"></script><noscript><nav class="pub-nav">{links}</nav></noscript><div><p>x</p></div></body>'
    )
    call, topic, after = script.split("\n")
    inserted = json.loads(call.removeprefix("document.currentScript.insertAdjacentHTML('beforebegin',")[:-2])
    assert inserted == HEADER.replace(TITLE, "").replace("<script>set()</script>", "") + TABS
    assert topic.endswith(".textContent=document.title.slice(0,-14);"), "what the theme adds is not shown"
    assert after == "set()"
    assert html.count(TITLE) == 1, "the title is the page's own"


FOOTER = '<footer class="md-footer"><div>Made with care</div></footer>'
DIALOG = '<div class="md-dialog" data-md-component="dialog"><div></div></div>'


def test_what_comes_last_is_put_in_by_one_script_before_the_theme_runs() -> None:
    inner = f'<div class="md-main__inner md-grid">{MENU}<article>x</article></div>'
    html, files = shared(
        f'<head></head><main>{inner}</main>{FOOTER}{DIALOG}<script src="bundle.js"></script>'
    )
    ((address, script),) = files.items()
    assert html.endswith(
        '<main><div class="md-main__inner md-grid"><article>x</article></div></main>'
        f'<script src="../{address}"></script><script src="bundle.js"></script>'
    )
    dialog, footer, menu = script.splitlines()
    assert dialog == f"document.currentScript.insertAdjacentHTML('beforebegin',{json.dumps(DIALOG)});"
    assert footer == f'document.querySelector("main").insertAdjacentHTML("afterend",{json.dumps(FOOTER)});'
    assert menu.startswith('document.querySelector(".md-main__inner").insertAdjacentHTML("afterbegin",')
    assert json.dumps(MENU) in menu


def test_a_footer_that_names_its_own_page_stays() -> None:
    footer = FOOTER.replace("care", f'<a href="{FRAME_NAME}.html">care</a>')
    assert footer in shared(f"<head></head><main></main>{footer}{DIALOG}")[0]


def test_a_script_in_the_head_joins_that_of_the_header() -> None:
    html, files = shared(PAGE.replace("<title>", "<script>first()</script><title>"))
    ((_, script),) = files.items()
    assert html.count("<script") == 1
    assert script.startswith("first()\n")


def test_a_header_without_tabs_stays_because_its_links_would_be_lost() -> None:
    assert HEADER.split("<form")[0] in shared(PAGE.replace(TABS, ""))[0]


def test_a_header_that_names_its_own_page_stays() -> None:
    named = HEADER.replace("<nav>", f'<nav><a href="{FRAME_NAME}.html">')
    assert f'<a href="{FRAME_NAME}.html">' in shared(PAGE.replace(HEADER, named))[0]
