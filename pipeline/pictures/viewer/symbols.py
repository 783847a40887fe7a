"""The symbols of agents, as polygons."""

from __future__ import annotations

import numpy as np

from envs.ground.scene import Look

_LEAST_PX = 4.0
_FULL_PX = 14.0
"""A circle as large as this has an outline of full size in it; in smaller ones it is smaller."""
_ROUND = np.linspace(0.0, 2 * np.pi, 24, endpoint=False)
_OF_RADIUS_1 = {
    "dot": np.stack([np.cos(_ROUND), np.sin(_ROUND)], 1),
    "car": np.array([(-0.45, -1.0), (0.45, -1.0), (0.45, 1.0), (-0.45, 1.0)]),
    "piece": np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]),
}


def corners_of(look: Look, scale: float) -> np.ndarray:
    """The symbol of an agent that points up, (M, 2) pixels, right and down, from its middle.

    Args:
        scale: pixels per unit.
    """
    radius = look.radius * scale
    if look.shape == "outline":
        return look.outline * (min(max(radius / _FULL_PX, 0.5), 1.0) if look.radius else 1.0)
    return _OF_RADIUS_1[look.shape] * max(radius, _LEAST_PX)


def turned(corners: np.ndarray, course: float) -> np.ndarray:
    """The symbol that points to a course, in degrees, clockwise from up."""
    turn = np.radians(course)
    return corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
