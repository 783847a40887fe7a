"""A world's own pictures of an episode, as recordings keep them: PNG in the column `frame`, in one row of each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np

from envs.ground.png import pixels_of

if TYPE_CHECKING:
    import pandas as pd

COLUMN = "frame"


class Frames(Sequence[np.ndarray]):
    """Pictures (H, W, 3) uint8, read when they are asked for: those of a long episode do not fit into memory at once.

    One of another size than the first is cut, or filled up with black.
    """

    def __init__(self, pngs: Sequence[bytes]) -> None:
        """Of at least one PNG, as envs/ground/png.py writes them; raises ValueError where the first is none."""
        self._pngs = pngs
        self._shape = pixels_of(pngs[0]).shape

    def __len__(self) -> int:
        return len(self._pngs)

    @overload
    def __getitem__(self, index: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, index: slice) -> Frames: ...
    def __getitem__(self, index: int | slice) -> np.ndarray | Frames:
        if isinstance(index, slice):
            return Frames(self._pngs[index])
        pixels = pixels_of(self._pngs[index])
        if pixels.shape == self._shape:
            return pixels
        fitted = np.zeros(self._shape, np.uint8)
        height, width = np.minimum(self._shape, pixels.shape)[:2]
        fitted[:height, :width] = pixels[:height, :width]
        return fitted


def frames_of(recording: pd.DataFrame) -> Frames | None:
    """The pictures of one recorded episode, one for each step, in their order; None where it has none.

    A step without one has that of the step before, the first that of the first step that has one.
    """
    if COLUMN not in recording.columns:
        return None
    by_step = recording.groupby("step", sort=True)[COLUMN].first().ffill().bfill()
    return Frames(by_step.tolist()) if by_step.notna().all() and len(by_step) else None
