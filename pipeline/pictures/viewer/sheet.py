"""A sheet to draw on: smooth lines, circles and shapes by drawing twice as large, words on top."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

FINENESS = 2
_HALO_PX = 2

Place = np.ndarray | Sequence[float]
"""Pixels (2,), right and down."""
Places = np.ndarray | Sequence[Place]
"""Pixels (N, 2)."""
Colour = tuple[int, int, int]
Dash = tuple[float, float]
"""Pixels drawn, pixels left out."""


def colour_of(name: str) -> Colour:
    """The red, green and blue of a colour such as #2f7fc1."""
    red, green, blue = ImageColor.getrgb(name)[:3]
    return red, green, blue


def mixed(colour: Colour, ground: Colour, share: float) -> Colour:
    """`share` of a colour on a ground."""
    red, green, blue = (round(share * a + (1 - share) * b) for a, b in zip(colour, ground, strict=True))
    return red, green, blue


class Sheet:
    """A picture under way; all places (..., 2) and lengths are pixels of the finished one, right and down."""

    def __init__(self, width: int, height: int, ground: Colour) -> None:
        """Begin with an even ground."""
        self._image = Image.new("RGB", (width * FINENESS, height * FINENESS), ground)
        self._draw = ImageDraw.Draw(self._image)
        self._words: list[tuple[str, tuple[float, float], Colour, int, str]] = []
        self.width, self.height, self.ground = width, height, ground

    def line(self, places: Places, colour: Colour, width: float = 1.0) -> None:
        """A line through places (N, 2)."""
        self._draw.line(_large(places), colour, max(1, round(width * FINENESS)), joint="curve")

    def dashed(self, start: Place, end: Place, colour: Colour, width: float, dash: Dash) -> None:
        """A dashed straight line."""
        whole = np.subtract(end, start)
        length = float(np.hypot(*whole))
        for begun in np.arange(0.0, length, sum(dash)):
            ends = np.array([begun, min(begun + dash[0], length)])[:, None]
            self.line(np.asarray(start) + whole / length * ends, colour, width)

    def circle(
        self, middle: Place, radius: float, colour: Colour, width: float = 1.0, dash: Dash | None = None
    ) -> None:
        """A ring, dashed where `dash` is given."""
        (x, y), reach = np.multiply(middle, FINENESS).tolist(), radius * FINENESS
        box, thick = (x - reach, y - reach, x + reach, y + reach), max(1, round(width * FINENESS))
        if dash is None:
            self._draw.ellipse(box, outline=colour, width=thick)
            return
        count = max(4, round(2 * np.pi * radius / sum(dash)))
        drawn_deg = 360.0 / count * dash[0] / sum(dash)
        for start_deg in np.arange(count) * 360.0 / count:
            self._draw.arc(box, start_deg, start_deg + drawn_deg, colour, thick)

    def shape(self, corners: np.ndarray, fill: Colour, edge: Colour, width: float) -> None:
        """A filled polygon (N, 2) with an edge around it."""
        around = np.concatenate([corners, corners[:2]])
        self._draw.line(_large(around), edge, max(1, round(2 * width * FINENESS)), joint="curve")
        self._draw.polygon(_large(corners), fill)

    def area(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """A filled rectangle."""
        self._draw.rectangle(tuple(value * FINENESS for value in (left, top, right, bottom)), fill)

    def paste(self, picture: np.ndarray, left: int, top: int, right: int, bottom: int) -> None:
        """A picture (H, W, 3) uint8 in the middle of a rectangle, as large as fits into it."""
        scale = min((right - left) / picture.shape[1], (bottom - top) / picture.shape[0]) * FINENESS
        size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        how = Image.Resampling.NEAREST if scale >= 2 * FINENESS else Image.Resampling.BILINEAR  # pixels stay pixels
        middle = (left + right) * FINENESS // 2, (top + bottom) * FINENESS // 2
        fitted = Image.fromarray(np.ascontiguousarray(picture, np.uint8)).resize(size, how)
        self._image.paste(fitted, (middle[0] - size[0] // 2, middle[1] - size[1] // 2))

    def words(self, text: str, at: Place, colour: Colour, size: int = 12, anchor: str = "lm") -> None:
        """A line of text with a halo of the ground; `anchor` as in Pillow: lm begins at its left middle."""
        self._words.append((text, (float(at[0]), float(at[1])), colour, size, anchor))

    def finish(self) -> np.ndarray:
        """The picture (H, W, 3) uint8."""
        picture = self._image.reduce(FINENESS)
        for text, (x, y), colour, size, anchor in self._words:
            stamp, left, top = _stamp(text, colour, self.ground, size, anchor)
            picture.paste(stamp, (round(x) + left, round(y) + top), stamp)
        return np.array(picture)


def width_of(text: str, size: int = 12) -> float:
    """How wide a text is in pixels."""
    return float(_font(size).getlength(text))


def _large(places: Places) -> list[float]:
    return (np.asarray(places, np.float64) * FINENESS).ravel().tolist()


@lru_cache(maxsize=1024)
def _stamp(text: str, colour: Colour, halo: Colour, size: int, anchor: str) -> tuple[Image.Image, int, int]:
    """A text in its halo, and where its left top lies from the anchor; most texts are the same in many pictures."""
    box = _font(size).getbbox(text, anchor=anchor, stroke_width=_HALO_PX)
    left, top = int(box[0]) - 1, int(box[1]) - 1
    image = Image.new("RGBA", (int(box[2]) - left + 2, int(box[3]) - top + 2), (*halo, 0))
    draw = ImageDraw.Draw(image)
    draw.text((-left, -top), text, colour, _font(size), anchor, stroke_width=_HALO_PX, stroke_fill=halo)
    return image, left, top


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font
