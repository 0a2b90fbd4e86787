"""A frame without the bytes that its pages need not carry: a hundred thousand times each of them. Pure.

White space goes that no reader sees. What does nothing without a script (the search box, the switch of colours) is
put in by a script, which all pages share.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from publisher.publish.addresses import to_root
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
#: The menu of a theme that hides it on wide screens, where tabs say the same.
_MENU = (
    '<div class="md-sidebar md-sidebar--primary" data-md-component="sidebar" data-md-type="navigation" hidden'
)
_INSERT = "document.currentScript.insertAdjacentHTML('beforebegin',{});\n"
_FILE = re.compile(r'<script src="((?:\.\./)*)(assets/inline/[0-9a-f]{16}\.js)"></script>')
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
    for group in (_FOR_SCRIPTS, (_MENU,)):
        found = sorted((start, end) for each in group for start, end in [_element(html, each)] if end)
        if not found:
            continue
        insert = _INSERT.format(json.dumps("".join(html[start:end] for start, end in found)))
        place = found[0][0]
        for start, end in reversed(found):
            html = html[:start] + html[end:]
        behind = _FILE.match(html, place)
        if behind and behind[2] in needed:  # the script that sets the switch, which needs it to be there
            insert += needed.pop(behind[2])
            html = html[:place] + html[behind.end() :]
        name = f"{FOLDER}/{hashlib.sha256(insert.encode()).hexdigest()[:16]}.js"
        needed[name] = insert
        html = f'{html[:place]}<script src="{to_root(address)}{name}"></script>{html[place:]}'
    for each in list(_FILE.finditer(html)):
        if _TABBED in needed.get(each[2], ""):
            html = html.replace(each[0], "", 1)
            del needed[each[2]]
    return html, needed


def _element(html: str, beginning: str) -> tuple[int, int]:
    """Where the element that begins so starts and ends; zeros when there is none, or none that is whole."""
    start = html.find(beginning)
    if start < 0:
        return 0, 0
    tag = beginning[1:].split(" ")[0]
    depth = 0
    for each in re.compile(rf"<(/?){tag}\b").finditer(html, start):
        depth += -1 if each[1] else 1
        if not depth:
            return start, html.index(">", each.end()) + 1
    return 0, 0
