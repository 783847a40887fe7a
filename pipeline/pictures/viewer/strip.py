"""A world's own pictures of an episode as one small image that a page shows piece by piece."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

MOST_FRAMES, LONGEST_PX, MOST_BYTES = 120, 320, 1_100_000
"""The last is 1.5 MB once it is written as text in a page."""
_WEBP: tuple[dict[str, Any], ...] = ({"lossless": True, "quality": 0}, {"quality": 80}, {"quality": 50})


@dataclass(frozen=True)
class Strip:
    """Frames of `width` x `height` pixels in rows of `columns`; samples: which of the episode each is."""

    uri: str
    width: int
    height: int
    columns: int
    samples: tuple[int, ...]


def strip_of(frames: Sequence[np.ndarray]) -> Strip:
    """At most MOST_FRAMES of the pictures (H, W, 3) uint8, no side above LONGEST_PX, and in all of MOST_BYTES.

    Without loss where that is small enough, else with as little as need be, and where nothing else helps smaller.
    """
    samples = np.unique(np.linspace(0, len(frames) - 1, MOST_FRAMES).round().astype(int)).tolist()
    chosen = [Image.fromarray(np.ascontiguousarray(frames[k], np.uint8)) for k in samples]
    longest = float(LONGEST_PX)
    while True:
        small = [_shrunk(image, longest) for image in chosen]
        columns = math.ceil(math.sqrt(len(small) * small[0].height / small[0].width))
        for data in _encodings(_sheet(small, columns)):
            if len(data) <= MOST_BYTES:
                uri = f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"
                return Strip(uri, small[0].width, small[0].height, columns, tuple(samples))
        longest *= 0.9 * math.sqrt(MOST_BYTES / len(data))


def _shrunk(image: Image.Image, longest: float) -> Image.Image:
    share = longest / max(image.size)
    if share >= 1.0:
        return image
    width, height = (max(1, round(side * share)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BOX)


def _sheet(images: Sequence[Image.Image], columns: int) -> Image.Image:
    width, height = images[0].size
    sheet = Image.new("RGB", (width * columns, height * math.ceil(len(images) / columns)))
    for n, image in enumerate(images):
        sheet.paste(image, (n % columns * width, n // columns * height))
    return sheet


def _encodings(sheet: Image.Image) -> Iterator[bytes]:
    """The sheet as WebP, the best first."""
    for how in _WEBP:
        data = io.BytesIO()
        sheet.save(data, "WEBP", method=1, **how)
        yield data.getvalue()
