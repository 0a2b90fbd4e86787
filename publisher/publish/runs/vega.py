"""The plotting library that pages load on demand: Vega, taken from the package that ships it.

Making the bundle takes seconds and its bytes depend on the package's version alone, so it is kept under that
version in the user's cache, for all projects, or in the project's where that cannot be written. A site that is
built without the package has no plots. Why Vega: docs/decisions/0007-plots.md.
"""

from __future__ import annotations

import contextlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_cache_path

from publisher.errors import NotWritten
from publisher.store.folder import write_whole

PACKAGE = "vl-convert-python"

_NOTICE = """\
/*! Vega, Vega-Lite and Vega-Embed, https://vega.github.io, as bundled by vl-convert-python {version}.

Copyright (c) 2015-2026, University of Washington Interactive Data Lab and the Vega contributors. All rights
reserved.

Redistribution and use in source and binary forms, with or without modification, are permitted provided that
the following conditions are met: 1. Redistributions of source code must retain the above copyright notice,
this list of conditions and the following disclaimer. 2. Redistributions in binary form must reproduce the
above copyright notice, this list of conditions and the following disclaimer in the documentation and/or
other materials provided with the distribution. 3. Neither the name of the copyright holder nor the names of
its contributors may be used to endorse or promote products derived from this software without specific
prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED
WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A
PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY
DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO,
PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION)
HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING
NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE
POSSIBILITY OF SUCH DAMAGE. */
"""
_EXPORTED = "window.publisherVega = {embed: vegaEmbed};"


def plotting_version() -> str:
    """The version of the package that ships the library; empty when it is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return ""


def plotting_script(project_cache: Path) -> Path:
    """The library as one classic script that assigns `window.publisherVega`.

    Args:
        project_cache: Where it is kept when the user's own cache cannot be written. May be deleted at any time.

    Raises:
        ImportError: The package is not installed.
        NotWritten: It could be kept in neither.
    """
    name = f"vega-{plotting_version()}.js"
    places = [user_cache_path("publisher", appauthor=False), project_cache]
    for place in places:
        with contextlib.suppress(OSError):  # the home folder of somebody else, which may not be searched
            if (place / name).is_file():
                return place / name
    import vl_convert

    bundle = vl_convert.javascript_bundle(_EXPORTED)
    text = f"{_NOTICE.format(version=plotting_version())}(function () {{\n{bundle}\n}})();\n"
    try:
        write_whole(places[0] / name, text.encode())
        return places[0] / name
    except NotWritten:
        write_whole(places[1] / name, text.encode())
        return places[1] / name
