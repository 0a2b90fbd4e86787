"""A frame without the bytes that its pages need not carry: a hundred thousand times each of them. Pure.

White space goes that no reader sees. The header with its tabs is the same on all of them, and much in it does
nothing without a script (the search box, the switch of colours): so a script puts it in, which all pages share,
before anything is drawn. Another puts in, at the end, what stands beside and below a page. A reader without
scripts gets a link to the home page, which has the others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from html import unescape

from publisher.publish.addresses import FRAME_NAME, to_root
from publisher.publish.frame.frame import DESCRIPTION, TITLE
from publisher.publish.frame.policy import FOLDER

#: Elements between which, and at whose edges, white space means nothing.
_BLOCKS = (
    "html|head|body|meta|link|title|script|style|header|footer|main|nav|article|section|aside|div|form|ul|ol|li|dl|dt|dd"
    "|p|h[1-6]|table|thead|tbody|tr|th|td|figure|figcaption|details|summary|label|input|svg|path|button|!doctype"
)
_KEPT = re.compile(r"(<(pre|textarea|script|style)\b.*?</\2>)", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?!\[if)(?!>).*?-->", re.DOTALL)
_BLANK = re.compile(r"\s*\n\s*")
_AROUND = re.compile(rf"\n?(</?(?:{_BLOCKS})\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)\n?", re.IGNORECASE)
_NAMESPACE = re.compile(r'(<svg\b[^<>]*?) xmlns="http://www\.w3\.org/2000/svg"')
_EMPTY_COLUMN = re.compile(
    r'<div class="md-sidebar md-sidebar--secondary"[^<>]*><div class="md-sidebar__scrollwrap">'
    r'<div class="md-sidebar__inner"><nav class="md-nav md-nav--secondary"[^<>]*></nav></div></div></div>'
)
_SETTINGS = re.compile(r'(<script id="__config" type="application/json">)(.*?)(</script>)', re.DOTALL)


#: The beginnings of elements, as Material writes them, that are of use to scripts only.
_FOR_SCRIPTS = (
    '<form class="md-header__option" data-md-component="palette"',
    '<label class="md-header__button md-icon" for="__search"',
    '<div class="md-search" data-md-component="search"',
    '<script id="__config" type="application/json"',
)
#: What stands above every page, and what else there is before it.
_HEADER = ('<header class="md-header', '<nav class="md-tabs')
_BEFORE = (
    '<input class="md-toggle" data-md-toggle="drawer"',
    '<input class="md-toggle" data-md-toggle="search"',
    '<label class="md-overlay"',
    '<div data-md-component="skip"',
    '<div data-md-component="announce"',
)
#: The menu of a theme that hides it on wide screens, where tabs say the same.
_MENU = (
    '<div class="md-sidebar md-sidebar--primary" data-md-component="sidebar" data-md-type="navigation" hidden'
)
#: What comes last in a page, and the script in whose place all of it is put in.
_FOOTER = '<footer class="md-footer"'
_DIALOG = '<div class="md-dialog" data-md-component="dialog"'
_INNER, _MAIN = '<div class="md-main__inner md-grid">', "</main>"
_AT = "document.querySelector({}).insertAdjacentHTML({},{});\n"
_INSERT = "document.currentScript.insertAdjacentHTML('beforebegin',{});\n"
_FILE = re.compile(r'<script src="((?:\.\./)*)(assets/inline/[0-9a-f]{16}\.js)"></script>')
_TAB = re.compile(r'<a href="([^"]*)" class="md-tabs__link"[^<>]*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_GENERATOR = re.compile(r'<meta name="generator"[^<>]*>')
_SUFFIX = re.compile(rf"<title>{TITLE}(?P<suffix>[^<]*)</title>")
_TOPIC = (
    "document.querySelector('.md-header [data-md-component=header-topic] .md-ellipsis').textContent={};\n"
)
_TABBED = "__tabbed_"  #: of a script about tabs in prose, which pages of ours do not have


def slimmed(html: str) -> str:
    """A page that looks and works the same, in fewer bytes.

    Texts of `pre`, `textarea`, `script` and `style` stay as they are, and a blank that separates two words stays a
    blank.
    """
    pieces = _KEPT.split(html)
    out: list[str] = []
    for at in range(0, len(pieces), 3):  # what lies between, then what is kept with the name of its element
        between = _BLANK.sub("\n", _COMMENT.sub("", pieces[at]))
        out.append(_NAMESPACE.sub(r"\1", _AROUND.sub(r"\1", between)))
        out += pieces[at + 1 : at + 2]
    slim = _EMPTY_COLUMN.sub("", "".join(out))
    return _SETTINGS.sub(_compact, slim)


def _compact(found: re.Match[str]) -> str:
    try:
        settings = json.loads(found[2])
    except ValueError:
        return found[0]
    told = json.dumps(settings, separators=(",", ":")).replace("</", "<\\/")
    return f"{found[1]}{told}{found[3]}"


def sharing(html: str, files: Mapping[str, str], address: str) -> tuple[str, dict[str, str]]:
    """A page into which scripts put the elements that only scripts can use; and the files that it needs.

    Args:
        html: A page without white space between its elements, whose own scripts are files already.
        files: Those files, by their address.
        address: Of the page.
    """
    needed = dict(files)
    html, last = _last(_GENERATOR.sub("", html), address)
    needed |= last
    above = [html[start:end] for start, end in (_element(html, each) for each in _HEADER) if end]
    whole = len(above) == len(_HEADER) and not any(
        mark in "".join(above) for mark in (DESCRIPTION, FRAME_NAME)
    )
    for group in ((*_BEFORE, *_HEADER, *_FOR_SCRIPTS) if whole else _FOR_SCRIPTS, (_MENU,)):
        found = _outermost((start, end) for each in group for start, end in [_element(html, each)] if end)
        if not found:
            continue
        shared = "".join(html[start:end] for start, end in found)
        place = found[0][0]
        title = _SUFFIX.search(html)
        for start, end in reversed(found):
            html = html[:start] + html[end:]
        after = ""
        for script in list(_FILE.finditer(shared)):  # one that sets the switch, and needs it to be there
            if script[2] in needed:
                after += needed.pop(script[2])
                shared = shared.replace(script[0], "", 1)
        behind = _FILE.match(html, place)
        if behind and behind[2] in needed:
            after += needed.pop(behind[2])
            html = html[:place] + html[behind.end() :]
        before = ""
        scripts = list(_FILE.finditer(html, 0, place))
        if len(scripts) == 1 and scripts[0][2] in needed:  # one in the head, which is not needed any earlier
            before = f"{needed.pop(scripts[0][2])}\n"
            html = html[: scripts[0].start()] + html[scripts[0].end() :]
            place -= len(scripts[0][0])
        if TITLE in shared:
            shared = shared.replace(TITLE, "")
            after = _TOPIC.format(_title(title["suffix"] if title else "")) + after
        insert = before + _INSERT.format(json.dumps(shared)) + after
        name = f"{FOLDER}/{hashlib.sha256(insert.encode()).hexdigest()[:16]}.js"
        needed[name] = insert
        links = _plain_links(shared)
        html = f'{html[:place]}<script src="{to_root(address)}{name}"></script>{links}{html[place:]}'
    for each in list(_FILE.finditer(html)):
        if _TABBED in needed.get(each[2], ""):
            html = html.replace(each[0], "", 1)
            del needed[each[2]]
    return html, needed


def _last(html: str, address: str) -> tuple[str, dict[str, str]]:
    """A page without its footer, its menu and its dialog, which one script puts in; and that script."""
    start, end = _element(html, _DIALOG)
    if not end:
        return html, {}
    insert = _INSERT.format(json.dumps(html[start:end]))
    place = start
    html = html[:start] + html[end:]
    for beginning, before, where in ((_FOOTER, _MAIN, "afterend"), (_MENU, _INNER, "afterbegin")):
        start, end = _element(html, beginning)
        part = html[start:end]
        if (
            not end
            or not html.endswith(before, 0, start)
            or any(m in part for m in (TITLE, DESCRIPTION, FRAME_NAME))
        ):
            continue
        selector = "main" if where == "afterend" else ".md-main__inner"
        insert += _AT.format(json.dumps(selector), json.dumps(where), json.dumps(part))
        html = html[:start] + html[end:]
        place -= end - start
    name = f"{FOLDER}/{hashlib.sha256(insert.encode()).hexdigest()[:16]}.js"
    return f'{html[:place]}<script src="{to_root(address)}{name}"></script>{html[place:]}', {name: insert}


def _outermost(found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Elements in their order, without those that lie in another."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _title(suffix: str) -> str:
    """How a script says the title of its page without what the theme adds to it."""
    added = len(unescape(suffix).encode("utf-16-le")) // 2
    return f"document.title.slice(0,-{added})" if added else "document.title"


def _plain_links(shared: str) -> str:
    """The first of the tabs, which leads home, for who reads without scripts."""
    links = [
        f'<a href="{address}">{_TAG.sub("", text).strip()}</a>' for address, text in _TAB.findall(shared)[:1]
    ]
    return f'<noscript><nav class="pub-nav">{" ".join(links)}</nav></noscript>' if links else ""


def _element(html: str, beginning: str) -> tuple[int, int]:
    """Where the element that begins so starts and ends; zeros when there is none, or none that is whole."""
    start = html.find(beginning)
    if start < 0:
        return 0, 0
    tag = beginning[1:].split(" ")[0]
    if tag == "input":
        return start, html.index(">", start) + 1
    depth = 0
    for each in re.compile(rf"<(/?){tag}\b").finditer(html, start):
        depth += -1 if each[1] else 1
        if not depth:
            return start, html.index(">", each.end()) + 1
    return 0, 0
