"""Every address of the site. They are a contract, because papers cite them. Pure.

An address is a path below the site's folder with `/` between the parts. It is made of ids, digests and checked
names only, so that no text of a record can lead out of the site.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from publisher.model.files import suffix

MISSING = "404.html"  #: what a server shows for an address that leads nowhere
HOME = "index.html"
RUNS = "runs/index.html"
FIGURES = "figures/index.html"
NOTEBOOKS = "notebooks/index.html"
ENVIRONMENTS = "environments/index.html"
DATA = "data/index.html"
WHICH = "which/index.html"
COMPARE = "compare/index.html"
REPRODUCTION = "reproduction/index.html"
BADGE = "badge.svg"  #: beside the home page, because READMEs name it
RECORDS = "data/records.json"
RECORDS_CSV = "data/records.csv"
FIGURES_DATA = "data/figures.json"
ENVIRONMENTS_DATA = "data/environments.json"
SCHEMA = "data/record.schema.json"
RUNS_DATA = "data/runs.js"
STYLE = "assets/publisher.css"
SCRIPT = "assets/publisher.js"
EDITION = "assets/edition.js"
EDITION_PAGE = "edition/index.html"
PLOTTING = "assets/vega.js"
SEARCH = "assets/search.js"
FRAME_NAME = "publisher-frame"  #: of the hidden pages that the generator renders and we fill
FRAMES = {name: f"{name}/{FRAME_NAME}.html" for name in ("runs", "notebooks", "environments")}  #: by section
RUN_FRAME, NOTEBOOK_FRAME, ENVIRONMENT_FRAME = FRAMES.values()

_RUN = re.compile(r"[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERIFICATION = re.compile(r"\d{8}T\d{6}-[0-9a-f]{12}(?:\.\d{1,4})?")
_ENVIRONMENT = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: What a browser would run or obey when it is opened by its address, or what a server would run; and XML, by the
#: lists of types that Python, Apache, nginx, IANA and GitHub Pages have.
_ACTIVE = _set_of(
    ".asis .asp .aspx .cgi .cjs .css .eml .htaccess .htc .htm .html .hta .jar .js .jsp .jspx .mht .mhtml"
    " .mjs .nws .phar .php .php3 .php4 .php5 .phtml .pl .shtm .shtml .stm .svgz .swf .var .wasm .xht"
    " .xhtml .ac3 .atom .atomcat .atomdeleted .atomsvc .ccxml .cdxml .collada .dae .davmount .dbk .dif"
    " .dtb .dtd .dvb .ecma .emma .et3 .ent .fdf .gml .gpx .gram .grxml .ink .inkml .its .jnlp .kml .lbe"
    " .les .link66 .lostxml .mads .mathml .meta4 .metalink .mets .mml .mods .mpd .mrcx .mscml .mxml"
    " .musicxml .ncx .omdoc .opf .opml .ovf .owl .owx .p3p .pls .plist .pskcxml .qps .qfx .rdf .rld .rng"
    " .rnc .rsd .rss .sbml .scxml .sdkd .sdkm .shf .smi .smil .sru .srx .ssdl .ssml .tei .teicorpus .tfi"
    " .tld .ttml .uoml .uvd .uvt .vxml .wadl .wbs .wsdl .wspolicy .x3d .x3dz .xacml .xaml .xbl .xcs .xdf"
    " .xdm .xdp .xdssc .xenc .xer .xfdf .xhvml .xlf .xliff .xmi .xml .xmp .xop .xpl .xpdl .xproc .xsd .xsf"
    " .xsl .xslt .xspf .xul .xvm .xvml .yang .yin .zaz .zmm"
)
#: Of which every server says a type that no browser runs, and of which no content changes that.
_INERT = _set_of(
    ".png .jpg .jpeg .gif .webp .tif .tiff .bmp .pdf .eps .ps .csv .tsv .txt .json .zip .tar"
    " .bz2 .mp3 .mp4 .webm .wav .nc .cdf .hdf"
)


def _checked(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text) or ".." in text:
        raise ValueError(f"{text!r} cannot be part of an address")
    return text


def run_page(run: str) -> str:
    """The page of a run."""
    return f"runs/{_checked(_RUN, run)}.html"


def run_raw(run: str) -> str:
    """The record of a run as it is."""
    return f"runs/{_checked(_RUN, run)}.yml"


def verification_raw(name: str, sha256: str) -> str:
    """A verification as it is, by the name of its file; by its content when somebody called it otherwise."""
    stem = name.rpartition("/")[2].removesuffix(".yml")
    return f"verifications/{stem if _VERIFICATION.fullmatch(stem) else sha256}.yml"


def environment_page(name: str) -> str:
    """The page of an environment."""
    return f"environments/{_checked(_ENVIRONMENT, name)}.html"


def artifact(sha256: str, name: str, *, as_text: bool = False) -> str:
    """The copy of an artifact.

    Args:
        sha256: 64 hex digits, also with `sha256:` before them.
        name: A file name, of which the suffix is kept. `.txt` is appended to what a browser or a server may
            run.
        as_text: It is appended to any other as well.
    """
    digest = _checked(_SHA256, sha256.removeprefix("sha256:"))
    end = suffix(name)
    return f"artifacts/{digest[:2]}/{digest}{end}{'.txt' if as_text or end in _ACTIVE else ''}"


def sanitised(sha256: str) -> str:
    """The copy of an SVG of which something is left out, by the digest of the original."""
    digest = _checked(_SHA256, sha256.removeprefix("sha256:"))
    return f"artifacts/{digest[:2]}/{digest}.sanitised.svg"


def is_inert(address: str) -> bool:
    """Whether the ending alone says that no browser runs a file, whatever it holds."""
    return suffix(address) in _INERT


def content_shard(name: str) -> str:
    """A script that holds the files whose digests begin with these digits."""
    return f"data/contents/{_checked(_NAME, name)}.js"


def run_shard(name: str) -> str:
    """A script that holds the runs whose ids begin with these digits."""
    return f"data/details/{_checked(_NAME, name)}.js"


def environment_data(name: str) -> str:
    """A script that holds an environment."""
    return f"data/environments/{_checked(_ENVIRONMENT, name)}.js"


def notebook_page(name: str) -> str:
    """The page of an executed notebook; `name` comes from `notebook_names`."""
    return f"notebooks/{_checked(_NAME, name)}.html"


def notebook_raw(name: str, *, as_text: bool = False) -> str:
    """A notebook as it is; `as_text` for one that is none, which a browser may take for a page."""
    return f"notebooks/{_checked(_NAME, name)}.ipynb{'.txt' if as_text else ''}"


def notebook_file(name: str, file: str) -> str:
    """A file that a notebook's page shows."""
    return f"notebooks/{_checked(_NAME, name)}_files/{_checked(_NAME, file)}"


def notebook_names(paths: Iterable[str]) -> dict[str, str]:
    """A name for each notebook that is good in an address, no two alike, whatever the order.

    >>> notebook_names(["paper figures.ipynb", "old/plot.ipynb", "plot.ipynb"])
    {'old/plot.ipynb': 'old-plot', 'paper figures.ipynb': 'paper-figures', 'plot.ipynb': 'plot'}
    """
    ordered = sorted(set(paths))
    short = {path: _slug(PurePosixPath(path).stem) for path in ordered}
    often = Counter(name.lower() for name in short.values())
    wished = {
        path: name if often[name.lower()] == 1 else _slug(path.removesuffix(".ipynb"))
        for path, name in short.items()
    }
    taken = Counter(name.lower() for name in wished.values()) + Counter({"index": 1, FRAME_NAME: 1})
    return {
        path: name if taken[name.lower()] == 1 else f"{name}-{_digest(path)[:7]}"
        for path, name in wished.items()
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _slug(text: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")
    return slug[:80] or "notebook"


def to_root(address: str) -> str:
    """From a page to the top of the site: `../` for each folder that it lies in."""
    return "../" * address.count("/")


def is_inside(address: str) -> bool:
    """Whether a path stays below the folder that it is joined to."""
    parts = address.split("/")
    return bool(address) and all(
        part not in ("", ".", "..") and not set(part) & set("\\\0:") for part in parts
    )
