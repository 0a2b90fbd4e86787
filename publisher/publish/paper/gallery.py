"""Every figure of every run, by the path that it was written to. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from publisher.model.project import Settings
from publisher.model.row import Row, varying
from publisher.publish import words
from publisher.publish.listing import visible
from publisher.publish.run.page import Figure, FindKept, opens_safely

MOST_VALUES = 6  #: parameters that are named below a figure
MOST_SEEN = 12  #: figures of one path that are seen at once
MOST_SHOWN = 48  #: figures of one path that are on the page, also folded
MOST_ON_PAGE = 480  #: figures on the page, of all paths together; the newest of each path is always there


class GalleryFigure(Struct, frozen=True, kw_only=True):
    """A figure in the gallery, with the run that made it."""

    figure: Figure
    run: str
    short: str
    title: str
    mark: words.Mark
    verdict: words.Mark
    started: str
    when: str
    differs: str  #: the parameters that tell it from the others, on one line


class GalleryGroup(Struct, frozen=True, kw_only=True):
    """The figures that were written to one path."""

    path: str
    caption: str
    anchor: str
    figures: list[GalleryFigure]  #: newest first; those that are seen at once
    folded: list[GalleryFigure]
    count: int  #: of all, also those that are not on the page


class FiguresPage(Struct, frozen=True, kw_only=True):
    """The gallery."""

    groups: list[GalleryGroup]


def figures_page(rows: Sequence[Row], kept: FindKept, settings: Settings) -> FiguresPage:
    """Every figure that a browser can draw, by the path that it was written to; of many the newest.

    Args:
        rows: The runs, oldest first.
        kept: Finds kept copies.
        settings: What is said of figures.
    """
    found: dict[str, list[tuple[Row, str]]] = {}  # of each path the newest
    counts: dict[str, int] = {}
    for row in reversed(rows):
        for out in row.pictures:
            if copy := kept(out.sha256 or ""):
                counts[out.path] = counts.get(out.path, 0) + 1
                newest = found.setdefault(out.path, [])
                if len(newest) < MOST_SHOWN:
                    newest.append((row, copy.address))
    most = max(1, min(MOST_SHOWN, MOST_ON_PAGE // max(1, len(found))))
    vary = varying(rows) if found else []
    groups: list[GalleryGroup] = []
    for number, (path, newest) in enumerate(sorted(found.items()), 1):
        text = settings.figure(path)
        shown = [_figure(row, path, address, vary, visible(text.alt)) for row, address in newest[:most]]
        groups.append(
            GalleryGroup(
                path=visible(path),
                caption=visible(text.caption),
                anchor=f"figure-{number}",
                figures=shown[:MOST_SEEN],
                folded=shown[MOST_SEEN:],
                count=counts[path],
            )
        )
    return FiguresPage(groups=groups)


def _figure(row: Row, path: str, address: str, vary: Sequence[str], alt: str) -> GalleryFigure:
    told = [f"{name} {words.value(row.parameters[name])}" for name in vary if name in row.parameters]
    return GalleryFigure(
        figure=Figure(
            path=visible(path),
            address=address,
            alt=alt or f"{visible(path)} of run {words.short(row.id)}",
            opens=opens_safely(address),
        ),
        run=row.id,
        short=words.short(row.id),
        title=words.title_of(row),
        mark=words.STATUS[row.status],
        verdict=words.VERDICT[row.verdict],
        started=row.started,
        when=words.moment(row.started),
        differs=visible(" · ".join(told[:MOST_VALUES])),
    )
