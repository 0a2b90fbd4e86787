"""The badge for a README, as a picture: what re-runs came to, in a claim and a count. Pure.

It is drawn by hand, so that the same records give the same bytes on every machine. Shape and words carry the
meaning, the colour repeats it, and both halves bring their own ground, so that it is read on a light page and on
a dark one. Nothing in it comes from a record but numbers and a day.
"""

from __future__ import annotations

from publisher.publish import words
from publisher.publish.reproduction.standing import Standing, State

_LEFT = "#3d4148"  #: white on each of these has a contrast of 5 to 1 or more
_GROUNDS: dict[State, str] = {
    "matches": "#1b7540",
    "partly": "#8a5300",
    "differs": "#b3261e",
    "blocked": "#8a5300",
    "unknown": "#5d636d",
}
_SHAPES: dict[State, str] = {  #: within 10 by 10
    "matches": "M1.5 5.5 4 8 8.5 2",
    "partly": "M1.5 5.5 4 8 8.5 2",
    "differs": "M1 3.5H9M1 6.5H9M7.3 .8 2.7 9.2",
    "blocked": "M5 1a4 4 0 1 0 .001 0M2.2 7.8 7.8 2.2",
    "unknown": "M5 4.4a.6 .6 0 1 0 .001 0",
}
#: Widths of characters in Verdana, in thousandths of the size; the text is then held to their sum by `textLength`.
_WIDTHS = dict.fromkeys("0123456789", 636) | {
    " ": 352,
    "\u202f": 200,
    "-": 454,
    "a": 601,
    "b": 623,
    "c": 521,
    "d": 623,
    "e": 596,
    "f": 352,
    "h": 633,
    "i": 274,
    "l": 274,
    "m": 973,
    "n": 633,
    "o": 607,
    "r": 427,
    "s": 521,
    "t": 394,
    "u": 633,
}
_SIZE = 11
_HEIGHT = 20
_PAD = 7
_SHAPE = 15  #: width of the shape with the space behind it


def badge_svg(told: Standing) -> bytes:
    """The badge.

    Args:
        told: What re-runs of the published runs came to.
    """
    claim, count = told.mark.word, told.count
    when = f", last checked {words.day(told.checked)}" if told.checked else ""
    title = f"{claim}: {count}{when}"
    left, right = _width(claim) + _SHAPE, _width(count)
    middle, whole = left + 2 * _PAD, left + right + 4 * _PAD
    about = (
        "A program re-ran recorded runs of this work and compared what came out. "
        "It says nothing of whether somebody else obtained the same results."
    )
    text = 'y="14" lengthAdjust="spacingAndGlyphs"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HEIGHT}" '
        f'viewBox="0 0 {whole} {_HEIGHT}" role="img" aria-labelledby="title about">',
        f'<title id="title">{title}</title>',
        f'<desc id="about">{about}</desc>',
        f'<clipPath id="round"><rect width="{whole}" height="{_HEIGHT}" rx="3"/></clipPath>',
        f'<g clip-path="url(#round)"><rect width="{whole}" height="{_HEIGHT}" fill="{_LEFT}"/>'
        f'<rect x="{middle}" width="{whole - middle}" height="{_HEIGHT}" fill="{_GROUNDS[told.state]}"/></g>',
        f'<rect x=".5" y=".5" width="{whole - 1}" height="{_HEIGHT - 1}" rx="2.5" fill="none" '
        'stroke="#fff" stroke-opacity=".3"/>',
        f'<path transform="translate({_PAD} 5)" d="{_SHAPES[told.state]}" fill="none" stroke="#fff" '
        'stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/>',
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="{_SIZE}">'
        f'<text x="{_PAD + _SHAPE}" {text} textLength="{left - _SHAPE}">{claim}</text>'
        f'<text x="{middle + _PAD}" {text} textLength="{right}">{count}</text></g>',
        "</svg>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _width(text: str) -> int:
    """How wide a text is drawn, in pixels."""
    return round(sum(_WIDTHS[each] for each in text) * _SIZE / 1000)
