"""Where on a picture a place is: north up, east right, one scale for both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.airspace.pictures.scene import Flight

CLEAR_NM = 3.5
"""Around what has to be seen."""
SMALLEST_EXTENT_NM = 12.0
ROOM = 1.25
"""How much wider than needed a view of a flight under way is, lest it moves all the time."""
_GRIDS_NM = (1, 2, 5, 10, 20, 50, 100, 200)
_CLOSEST_GRID_PX = 56


@dataclass(frozen=True, eq=False)
class Camera:
    """A view of `width` x `height` pixels from `top` on, with its middle (2,) in NM, at `scale` pixels per NM."""

    width: int
    height: int
    top: int
    middle_nm: np.ndarray
    scale: float

    def at(self, places_nm: np.ndarray) -> np.ndarray:
        """Pixels (..., 2), right and down, of places (..., 2), east and north in NM."""
        offset = (np.asarray(places_nm) - self.middle_nm) * self.scale
        return np.array([self.width / 2, self.top + self.height / 2]) + offset * [1.0, -1.0]

    def sees(self, places_nm: np.ndarray) -> bool:
        """Whether all places (N, 2) lie inside, with the clearance around them."""
        limit_nm = np.array([self.width, self.height]) / (2 * self.scale) - CLEAR_NM + 1e-9
        return bool((np.abs(places_nm - self.middle_nm) <= limit_nm).all())

    @property
    def grid_nm(self) -> int:
        """The distance of grid lines."""
        return next((step for step in _GRIDS_NM if step * self.scale >= _CLOSEST_GRID_PX), _GRIDS_NM[-1])


def camera_of(places_nm: np.ndarray, width: int, height: int, top: int = 0, room: float = 1.0) -> Camera:
    """Return the view of all places (N, 2), `room` times as wide as needed."""
    low, high = places_nm.min(0), places_nm.max(0)
    wide, tall = np.maximum((high - low + 2 * CLEAR_NM) * room, SMALLEST_EXTENT_NM)
    return Camera(width, height, top, (low + high) / 2, float(min(width / wide, height / tall)))


def places_to_see(flight: Flight) -> np.ndarray:
    """Return the waypoints, all that is flown until arrival, and all losses of separation after it, (N, 2) in NM.

    Where there is nothing of it, the frame's middle.
    """
    matters = (flight.present & ~flight.arrived) | flight.lost
    places_nm = np.concatenate([flight.position_nm[matters], flight.waypoint_nm])
    known = places_nm[np.isfinite(places_nm).all(1)]
    return known if len(known) else np.zeros((1, 2))
