"""Where on a picture a place is: one scale to the right and up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.ground.scene import Look, Scene
from pipeline.pictures.scales import rounded_up

ROOM = 1.25
"""How much wider than needed a view of an episode under way is, lest it moves all the time."""
_CLEAR, _SMALLEST = 1.4, 4.8
"""Around what has to be seen, and the least that is seen, in radii of an agent."""
_CLEAR_SHARE = 0.06
"""Around it where agents have no radius, of what is seen."""
_CLOSEST_GRID_PX = 56


@dataclass(frozen=True, eq=False)
class Camera:
    """A view of `width` x `height` pixels from `top` on, with its middle (2,) in a scene's unit.

    scale: pixels per unit. clear: what must lie around a place that is seen.
    """

    width: int
    height: int
    top: int
    middle: np.ndarray
    scale: float
    clear: float

    def at(self, places: np.ndarray) -> np.ndarray:
        """Pixels (..., 2), right and down, of places (..., 2), right and up."""
        offset = (np.asarray(places) - self.middle) * self.scale
        return np.array([self.width / 2, self.top + self.height / 2]) + offset * [1.0, -1.0]

    def sees(self, places: np.ndarray) -> bool:
        """Whether all places (N, 2) lie inside, with the clearance around them."""
        limit = np.array([self.width, self.height]) / (2 * self.scale) - self.clear + 1e-9
        return bool((np.abs(places - self.middle) <= limit).all())

    @property
    def grid(self) -> float:
        """The distance of grid lines."""
        return rounded_up(_CLOSEST_GRID_PX / self.scale)


def camera_of(places: np.ndarray, look: Look, width: int, height: int, top: int = 0, room: float = 1.0) -> Camera:
    """The view of all places (N, 2), `room` times as wide as needed."""
    low, high = places.min(0), places.max(0)
    wide = float((high - low).max())
    clear = _CLEAR * look.radius or _CLEAR_SHARE * wide or 1.0
    across, tall = np.maximum((high - low + 2 * clear) * room, _SMALLEST * look.radius)
    return Camera(width, height, top, (low + high) / 2, float(min(width / across, height / tall)), clear)


def places_to_see(scene: Scene) -> np.ndarray:
    """The goals, the lines, where all are until they have finished, and where something goes wrong after it, (N, 2).

    Where there is nothing of it, the middle.
    """
    matters = (scene.shown & ~scene.finished) | scene.alarm
    places = np.concatenate([scene.place[matters], scene.goal, *scene.lines])
    known = places[np.isfinite(places).all(1)]
    return known if len(known) else np.zeros((1, 2))
