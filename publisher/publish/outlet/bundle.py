"""A site as one zip file, which opens by a double click on `index.html` once it is unpacked.

The same site gives the same bytes: names are sorted, and every time is that of the newest record.
"""

from __future__ import annotations

import contextlib
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from publisher.errors import NotWritten

_LEFT_OUT = re.compile(
    r"404\.html|sitemap\.xml(?:\.gz)?|CNAME|\.nojekyll|robots\.txt|(?:.*/)?[^/]+\.(?:js|css)\.map"
)
_STORED = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".gz",
    ".zip",
    ".mp4",
    ".woff2",
)  #: are compressed already

README = """\
{title}

This folder is a web site that needs no server and no network: open index.html with a browser.

  index.html            the beginning
  runs/index.html       every run behind the work, with filters; one page each, and its record as YAML
  figures/index.html    every figure, with the run that made it
  data/records.json     all runs, for programs

Dates are those of the records.
"""


def slug(title: str) -> str:
    """A title as the name of a folder: small letters, digits and hyphens.

    >>> slug("Coarsening in a two-phase mixture")
    'coarsening-in-a-two-phase-mixture'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60].strip("-") or "supplement"


def date_of_files(date: str) -> str:
    """Return the date nearest to another that both a zip file and a gzip file can hold: 1980 to 2105.

    A record may be of any year: clocks are wrong.
    """
    return min(max(date, "1980-01-01"), "2105-12-31")


def bundle(site: Path, addresses: Iterable[str], target: Path, *, title: str, date: str) -> int:
    """Write a zip file of a site, whole or not at all; its size in bytes.

    Args:
        site: The site's folder.
        addresses: Its files. What only a server needs is left out.
        target: The zip file; one that is there is replaced.
        title: Of the paper; its only folder is named after it.
        date: Of the newest record, as `2026-11-23`.

    Raises:
        NotWritten: The zip file cannot be written, or a file of the site not be read.
    """
    top = slug(title)
    year, month, day = (int(part) for part in date_of_files(date).split("-"))
    time = (year, month, day, 0, 0, 0)
    part = target.with_name(f"{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w") as made:
            contents: dict[str, Path | None] = {
                each: site / each for each in addresses if not _LEFT_OUT.fullmatch(each)
            }
            contents.setdefault("README.txt", None)
            for address in sorted(contents):
                place = contents[address]
                data = place.read_bytes() if place else README.format(title=title or top).encode()
                entry = zipfile.ZipInfo(f"{top}/{address}", time)
                entry.create_system = 3  # Unix, also when written on another system
                entry.external_attr = 0o100644 << 16
                stored = address.endswith(_STORED)
                entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
                made.writestr(entry, data)
        os.replace(part, target)
    except (OSError, zipfile.LargeZipFile) as error:
        with contextlib.suppress(OSError):
            part.unlink()
        reason = getattr(error, "strerror", None) or error
        raise NotWritten(f"the zip file cannot be written: {reason}", where=target) from error
    return target.stat().st_size
