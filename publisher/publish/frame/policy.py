"""Makes a page that a generator wrote obey a Content-Security-Policy. Pure.

The policy stands in the page itself, because a site may lie on any server, or on none. It forbids what a page of
ours never needs: scripts and styles in the page, frames, forms that are sent, anything from elsewhere. Themes do
write scripts into their pages; each becomes a file, shared by all pages that have the same one, in its old place,
so that what it does happens when it did before. It does not know which theme it reads.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape, unescape

from msgspec import Struct, field

from publisher.model.project import origin_of
from publisher.publish.addresses import to_root

FOLDER = "assets/inline"  #: where scripts and styles go that stood in pages
_META = '<meta http-equiv="Content-Security-Policy" content="{}">'

#: The parts of a page that a policy is about. A comment, and the text of a script, a style, a text area or a
#: title, is passed over as a whole: what looks like an element there is none.
_PARTS = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<raw>script|style|textarea|title|noscript)(?P<given>(?=[\s/>])(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>"
    r"(?P<text>.*?)</(?P=raw)\s*>"
    r"|<(?P<tag>[a-z][a-z0-9-]*)(?P<attributes>(?:\s|/)(?:[^>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"(?P<space>[\s/]*)(?P<name>[^\s=/>\"']+)"
    r"(?P<is>\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s>\"']+)))?",
    re.DOTALL,
)
_SCRIPTS = {
    "",
    "module",
    "text/javascript",
    "application/javascript",
    "text/ecmascript",
    "application/ecmascript",
}
_LOADS = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "audio": ("src",),
    "video": ("src", "poster"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
}
_FETCHED = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "prefetch", "preconnect"}
_ELSEWHERE = re.compile(r"(?:https?:)?//[^/\s\"'<>]+", re.IGNORECASE)
_ASSETS = re.compile(r"(?:src|href)=[\"']?(?P<root>[^\s\"'>]*)assets/(?:javascripts|stylesheets)/")
_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_TOOLTIPS = re.compile(r"\"content\.tooltips\"(?:,\s*)?")


class Obedient(Struct, frozen=True, kw_only=True):
    """A page that works under the policy."""

    html: str
    files: dict[str, str] = field(default_factory=dict)  #: address -> what stood in the page
    complaints: list[str] = field(default_factory=list)  #: what the policy will not let happen, in sentences


def policy(hosts: Sequence[str] = ()) -> str:
    """The policy of a page.

    Args:
        hosts: Addresses whose scripts the site's owner allows, with what such scripts bring along: styles (also
            in the page, which libraries of formulas need), fonts and pictures. See `origin_of`.
    """
    also = "".join(f" {host}" for host in hosts)
    parts = [f"default-src 'self'{also}", f"img-src 'self' data:{also}"]
    if hosts:
        parts.append(f"style-src 'self' 'unsafe-inline'{also}")
    parts += [f"{kind} 'none'" for kind in ("object-src", "frame-src", "base-uri", "form-action")]
    return "; ".join(parts)


def with_frames(html: str) -> str:
    """A page that obeys our policy, and may show pages of the site in frames; the policy comes first in it."""
    return html.replace("frame-src 'none'", "frame-src 'self'", 1)


def obeying(html: str, address: str, *, hosts: Sequence[str] = (), first: str = "") -> Obedient:
    """A page whose scripts and styles are files, with the policy in its head.

    Args:
        html: As the generator wrote it. A page that has our policy already is left as it is.
        address: Its place below the site, which links to its files start from.
        hosts: See `policy`.
        first: A script that is to run before all that are loaded; it joins the first that stood in the page.
    """
    meta = _META.format(escape(policy(hosts), quote=False))
    if meta in html:
        return Obedient(html=html)
    page = _Page(html, address, hosts, first)
    html = _PARTS.sub(page.replaced, html)
    html, heads = _HEAD.subn(lambda head: f"{head[0]}{meta}", html, count=1)
    if not heads:
        html = f"{meta}{html}"
    if page.styles:
        rules = "".join(
            f":is(#_#_,[data-inline-style='{name}']){{{css}}}\n" for name, css in sorted(page.styles.items())
        )
        link = f'<link rel="stylesheet" href="{page.kept(rules, "css")}">'
        html = html.replace("</head>", f"{link}</head>", 1) if "</head>" in html else f"{link}{html}"
    return Obedient(html=html, files=page.files, complaints=list(dict.fromkeys(page.complaints)))


def defused(html: str) -> tuple[str, int]:
    """The content of a page, apart from its theme, with no script that would become a file; how many there were.

    A theme's scripts are its maker's. What stands between them comes from prose and records, and must not be made
    harmless in the eyes of the policy by being moved into a file of the site.
    """
    count = 0

    def without(part: re.Match[str]) -> str:
        nonlocal count
        if (part["raw"] or "").lower() != "script":
            return part[0]
        attributes = dict(_attributes(part["given"]))
        if (
            "src" in attributes
            or attributes.get("type", "").strip().lower() not in _SCRIPTS
            or not part["text"].strip()
        ):
            return part[0]
        count += 1
        return ""

    return _PARTS.sub(without, html), count


class _Page:
    """One page, under way."""

    def __init__(self, html: str, address: str, hosts: Sequence[str], first: str) -> None:
        self.address = address
        self.root = root_of(html, address)
        self.origins = {origin_of(host) for host in hosts}
        self.first = first
        self.files: dict[str, str] = {}
        self.styles: dict[str, str] = {}
        self.complaints: list[str] = []

    def replaced(self, part: re.Match[str]) -> str:
        """One part of the page, as it has to be."""
        if part["tag"]:
            return self._element(part)
        if not part["raw"]:
            return part[0]
        raw, attributes = part["raw"].lower(), dict(_attributes(part["given"]))
        if raw == "script":
            if "/iframe-worker/" in attributes.get("src", ""):
                return ""  # of Material's plugin for offline pages; `first` does the same without a network
            self._look(raw, attributes)
            return self._script(part, attributes)
        if raw == "style":
            rest = _without(part["given"], {"type"})
            return f'<link rel="stylesheet"{rest} href="{self.kept(part["text"], "css")}">'
        return part[0]

    def kept(self, text: str, suffix: str) -> str:
        """Have a file for a text, and the way to it from this page."""
        name = f"{FOLDER}/{_digest(text)}.{suffix}"
        self.files[name] = text
        return f"{self.root}{name}"

    def _script(self, part: re.Match[str], attributes: dict[str, str]) -> str:
        kind = attributes.get("type", "").strip().lower()
        if attributes.get("id") == "__config":
            # Material shows a `title` as HTML when `content.tooltips` is on, and our titles hold what records say.
            return part[0].replace(part["text"], _TOOLTIPS.sub("", part["text"]).replace(", ]", "]"))
        if "src" in attributes or kind not in _SCRIPTS or not part["text"].strip():
            return part[0]
        text = part["text"]
        if self.first:
            text, self.first = f"{text}\n{self.first}", ""
        return f'<script{part["given"]} src="{self.kept(text, "js")}"></script>'

    def _element(self, part: re.Match[str]) -> str:
        tag = part["tag"].lower()
        attributes = dict(_attributes(part["attributes"]))
        self._look(tag, attributes)
        style = attributes.get("style", "").strip()
        if not style or set(style) & set("{}<"):
            return part[0]
        name = _digest(style)[:8]
        self.styles[name] = style
        rest = _without(part["attributes"], {"style"})
        return f'<{part["tag"]} data-inline-style="{name}"{rest}>'

    def _look(self, tag: str, attributes: dict[str, str]) -> None:
        """Note what the policy will not let this element do."""
        fetched = tag != "link" or _FETCHED & set(attributes.get("rel", "").lower().split())
        for name in _LOADS.get(tag, ()) if fetched else ():
            for found in _ELSEWHERE.findall(attributes.get(name, "")):
                if f"https://{found.rpartition('//')[2]}" not in self.origins:
                    self.complaints.append(
                        f"{self.address}: <{tag}> names {attributes[name].strip()[:200]}, which pages do not load "
                        "because it lies elsewhere; put a copy into the documentation, or allow the host by "
                        "`site.scripts` in publisher.yml"
                    )
                    break
        if tag in ("iframe", "embed", "object"):
            self.complaints.append(f"{self.address}: <{tag}> is not shown: pages hold no other pages")
        for name, value in attributes.items():
            if name.startswith("on") or (
                name in ("href", "src", "action")
                and re.sub(r"[\s\x00-\x20]", "", value).lower().startswith("javascript:")
            ):
                self.complaints.append(
                    f"{self.address}: `{name}` of <{tag}> holds a script, which does not run; put it into a file "
                    "named by `extra_javascript`"
                )


def root_of(html: str, address: str) -> str:
    """The way from a page to the top of the site. A server shows the page of what is missing at any address."""
    found = _ASSETS.search(html) if address == "404.html" else None
    return found["root"] if found else to_root(address)


def _attributes(text: str) -> Iterable[tuple[str, str]]:
    """Names in small letters and values; the first of a name is the one that counts."""
    seen: set[str] = set()
    for found in _ATTRIBUTE.finditer(text):
        name = found["name"].lower()
        if name not in seen:
            seen.add(name)
            yield name, unescape(found["double"] or found["single"] or found["bare"] or "")


def _without(text: str, names: set[str]) -> str:
    return _ATTRIBUTE.sub(lambda found: "" if found["name"].lower() in names else found[0], text).rstrip()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
