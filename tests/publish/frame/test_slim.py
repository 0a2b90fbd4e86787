"""Frames without what their pages need not carry."""

from __future__ import annotations

import json

import pytest

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
