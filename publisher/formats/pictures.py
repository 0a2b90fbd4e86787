"""Pictures by their pixels, all frames of them: in levels of 0 to 255, or as numbers when they hold such.

What Pillow would round to 8 bits, and channels that it would leave out, are not looked into: pictures are never
the same because they were made coarser. What follows the end of a picture must be the same.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from publisher.formats import endings, png
from publisher.formats.source import Source, Unreadable
from publisher.formats.tally import Tally

if TYPE_CHECKING:
    from PIL import Image

_LARGEST = 100_000_000  #: pixels of a frame
_ALL = 20 * _LARGEST  #: of all frames
_LEVELS = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"}
_NUMBERS = {"F", "I", "I;16", "I;16B", "I;16L"}
_SHOWN = 1600  #: pixels of the longer side of a picture of differences
_MARK = (213, 94, 0)  #: vermilion, which eyes of all kinds tell from grey (Wong, Nature Methods 8, 441, 2011)

_ORIENTATION = 274
#: Tags of TIFF that say how it is stored, when, and by what; and where the data of cameras are.
_STORAGE = {
    259, 266, 273, 278, 279, 284, 288, 289, 305, 306, 315, 316, 317, 322, 323, 324, 325, 347, 34665, 34853,
}  # fmt: skip
_BITS, _SAMPLES, _MORE_PICTURES = 258, 277, 330
_COUNTS = (
    "duration", "loop", "transparency", "background", "icc_profile", "gamma", "blend", "disposal", "dpi",
    "aspect", "jfif_density", "jfif_unit", "default_image",
)  # fmt: skip


@contextmanager
def _opened(source: Source) -> Iterator[Image.Image]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with source.open() as file, Image.open(file) as picture:
            if picture.width * picture.height > _LARGEST:
                raise Unreadable(f"has more than {_LARGEST // 10**6} million pixels")
            yield picture


def _check(picture: Image.Image, source: Source) -> None:
    """Sees that all of a frame is decoded.

    Raises:
        Unreadable: It would be rounded, or has channels or pictures that are left out.
    """
    tags = getattr(picture, "tag_v2", {})
    bits = source.head()[24] if picture.format == "PNG" else max(tags.get(_BITS, (8,)))
    if picture.mode not in _LEVELS | _NUMBERS or bits > (32 if picture.mode in _NUMBERS else 8):
        raise Unreadable("holds more bits than are looked into")
    if tags and tags.get(_SAMPLES, 1) != len(picture.getbands()):
        raise Unreadable("holds more channels than are looked into")
    if _MORE_PICTURES in tags:
        raise Unreadable("holds pictures inside of pictures, which are not looked into")


def compare(recorded: Source, found: Source, tally: Tally) -> None:
    """Compares two pictures frame by frame and pixel by pixel.

    Of the tally, `rms` is the root of the mean square over all channels and `drawn` shows the first frame that
    differs; pictures of numbers are measured as numbers.
    """
    with _opened(recorded) as one, _opened(found) as other:
        frames, frames_found = getattr(one, "n_frames", 1), getattr(other, "n_frames", 1)
        if frames != frames_found:
            tally.differs(f"has {frames_found} frames where {frames} were recorded", shape=True)
            return
        if frames * one.width * one.height > _ALL:
            raise Unreadable(f"has more than {_ALL // 10**6} million pixels in all its frames")
        _compare_rest(one, other, recorded, found, tally)
        squares, channels = 0.0, 0
        for frame in range(frames):
            one.seek(frame)
            other.seek(frame)
            _check(one, recorded)
            _check(other, found)
            if one.size != other.size:
                sizes = (
                    f"{other.width} × {other.height} pixels where {one.width} × {one.height} were recorded"
                )
                tally.differs(f"has {sizes}", shape=True)
                return
            if one.mode != other.mode:
                tally.differs(f"has the mode {other.mode} where {one.mode} was recorded", shape=True)
                return
            if _beside(one) != _beside(other):
                tally.differs("has another colour profile, transparency, orientation, timing or tag")
            more_squares, more_channels = _compare_frame(
                one, other, f", frame {frame + 1}" * (frames > 1), tally
            )
            squares, channels = squares + more_squares, channels + more_channels
        if channels:
            tally.rms = math.sqrt(squares / channels)


def _compare_rest(
    one: Image.Image, other: Image.Image, recorded: Source, found: Source, tally: Tally
) -> None:
    """Compares what the library for pictures does not show: chunks of PNG, and what follows the end."""
    kind = one.format or ""
    if kind != (other.format or ""):
        tally.differs(f"is a picture of the kind {other.format} where {kind} was recorded")
    elif kind == "PNG":
        beside, beside_found = (png.beside_the_pixels(each) for each in (recorded, found))
        for name in sorted({name for name, _ in set(beside) ^ set(beside_found)}):
            tally.differs(f"has another {name.decode('latin-1')} chunk, or lacks it")
        if beside != beside_found and set(beside) == set(beside_found):
            tally.differs("has a chunk more or less often")
    elif endings.after_the_end(recorded, kind) != endings.after_the_end(found, kind):
        tally.differs("has something else after the end of the picture")


def _beside(picture: Image.Image) -> Any:
    """What changes how pixels are seen, or says what they mean."""
    tags = dict(getattr(picture, "tag_v2", {}))
    info = {name: picture.info.get(name) for name in _COUNTS if name not in {"transparency", "background"}}
    return (
        info,
        picture.getexif().get(_ORIENTATION) or 1,
        {key: value for key, value in tags.items() if key not in _STORAGE},
        picture.info.get("transparency") if picture.mode != "P" else None,
    )


def _compare_frame(recorded: Image.Image, found: Image.Image, frame: str, tally: Tally) -> tuple[float, int]:
    import numpy as np

    def where(n: int) -> str:
        return f"pixel {n % width}, {n // width}{frame}"

    width = recorded.width
    if recorded.mode in _NUMBERS:
        one, other = (np.asarray(each).reshape(-1) for each in (recorded, found))
        tally.numbers(one, other, where)
        return 0.0, 0
    one, other = (_levels(each) for each in (recorded, found))
    squares = 0.0
    tally.same(len(one))
    for start in range(0, len(one), 1_000_000):
        error = np.abs(one[start : start + 1_000_000].astype(np.int16) - other[start : start + 1_000_000])
        largest = error.max(axis=1)
        if not largest.any():
            continue
        squares += float((error.astype(np.float64) ** 2).sum())
        tally.differing += int((largest > 0).sum())
        n = int(largest.argmax())
        if tally.absolute is None or largest[n] > tally.absolute:
            tally.absolute, tally.where = float(largest[n]), where(start + n)
    if squares and tally.drawn is None:
        unlike = (one != other).any(axis=1).reshape(recorded.height, width)
        drawn = drawing(found.convert("RGBA"), unlike)
        tally.drawn = lambda: drawn
    return squares, one.size


def _levels(picture: Image.Image) -> Any:
    """Levels of the pixels, shape (pixels, channels)."""
    import numpy as np

    if picture.mode in {"P", "PA"}:
        picture = picture.convert("RGBA")  # a palette's indices mean nothing without it
    elif picture.mode == "1":
        picture = picture.convert("L")
    return np.asarray(picture).reshape((picture.width * picture.height, -1))


def drawing(found: Image.Image, unlike: Any) -> bytes:
    """The picture that came out, pale and grey, with the pixels that differ marked in one colour, as PNG.

    Args:
        found: The picture, RGBA.
        unlike: Booleans, shape (height, width).
    """
    from PIL import Image, ImageFilter

    on_white = Image.alpha_composite(Image.new("RGBA", found.size, "white"), found).convert("L")
    pale = on_white.point(lambda level: 160 + level * 95 // 255)
    mask = Image.fromarray(unlike).convert("L")
    small = math.ceil(max(found.size) / _SHOWN)
    if small > 1:
        pale, mask = pale.reduce(small), mask.reduce(small).point(lambda level: 255 if level else 0)
    mask = mask.filter(ImageFilter.MaxFilter(3))  # one pixel alone would not be seen
    shown = pale.convert("RGB")
    shown.paste(_MARK, mask=mask)
    file = io.BytesIO()
    shown.save(file, "PNG", optimize=True)
    return file.getvalue()
