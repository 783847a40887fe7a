"""Facts about a world's own pictures as one small image."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from pipeline.pictures.viewer import strip
from pipeline.pictures.viewer.strip import LONGEST_PX, MOST_BYTES, MOST_FRAMES, Strip, strip_of


def square(k: int, height: int = 24, width: int = 32) -> np.ndarray:
    """A red square that goes right, a pixel a frame."""
    made = np.full((height, width, 3), 255, np.uint8)
    made[4:8, k % 28 : k % 28 + 4] = (200, 0, 0)
    return made


def image_of(made: Strip) -> np.ndarray:
    kind, data = made.uri.split(";base64,")
    assert kind == "data:image/webp"
    return np.array(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def frame(made: Strip, n: int) -> np.ndarray:
    """As the page takes it out."""
    left, top = n % made.columns * made.width, n // made.columns * made.height
    return image_of(made)[top : top + made.height, left : left + made.width]


def test_a_few_small_pictures_are_all_kept_as_they_are() -> None:
    made = strip_of([square(k) for k in range(7)])
    assert (made.width, made.height, made.samples) == (32, 24, (0, 1, 2, 3, 4, 5, 6))
    for k in range(7):
        np.testing.assert_array_equal(frame(made, k), square(k))


def test_of_many_so_many_are_kept_and_the_first_and_the_last_are_among_them() -> None:
    made = strip_of([square(k) for k in range(1000)])
    assert len(made.samples) == MOST_FRAMES
    assert (made.samples[0], made.samples[-1]) == (0, 999)
    np.testing.assert_array_equal(frame(made, MOST_FRAMES - 1), square(999))


def test_large_ones_are_made_smaller_in_their_proportions() -> None:
    made = strip_of([np.zeros((500, 1000, 3), np.uint8)] * 2)
    assert (made.width, made.height) == (LONGEST_PX, LONGEST_PX // 2)


def test_what_cannot_be_packed_well_becomes_coarser_but_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strip, "MOST_BYTES", MOST_BYTES // 40)
    rng = np.random.default_rng(0)
    made = strip_of([rng.integers(0, 256, (120, 160, 3), np.uint8) for _ in range(20)])
    assert len(made.uri) <= MOST_BYTES // 40 * 4 / 3 + 100
    assert made.width < 160
    assert image_of(made).shape[1] == made.columns * made.width
