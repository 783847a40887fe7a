"""Lines in the plane: straight, bent without a jump of curvature, around a middle; and a point of them each metre."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.roads.simulation.geometry.quintics import least_sharp

STEP_M = 1.0
"""Between two points of a route."""

_FINE_M = 0.25


@dataclass(frozen=True, eq=False)
class Line:
    """N + 1 points a metre apart: point_m (N + 1, 2), heading_rad (N + 1,) without jumps, curvature_per_m (N + 1,)."""

    point_m: np.ndarray
    heading_rad: np.ndarray
    curvature_per_m: np.ndarray

    @property
    def length_m(self) -> float:
        """N."""
        return STEP_M * (len(self.point_m) - 1)

    def beside(self, left_m: float) -> np.ndarray:
        """Points (N + 1, 2) so far to its left."""
        return self.point_m + left_m * normal(self.heading_rad)


def toward(heading_rad: np.ndarray | float) -> np.ndarray:
    """The unit vector (..., 2) of a heading."""
    return np.stack([np.cos(heading_rad), np.sin(heading_rad)], -1)


def normal(heading_rad: np.ndarray | float) -> np.ndarray:
    """The unit vector (..., 2) to the left of a heading."""
    return np.stack([-np.sin(heading_rad), np.cos(heading_rad)], -1)


def wrapped(angle_rad: np.ndarray | float) -> np.ndarray:
    """The angle in [-pi, pi)."""
    return np.asarray((np.asarray(angle_rad) + np.pi) % (2.0 * np.pi) - np.pi)


def straight(begin_m: np.ndarray, end_m: np.ndarray) -> np.ndarray:
    """Fine points (M, 2) from a place to a place."""
    count = max(2, int(np.hypot(*(end_m - begin_m)) / _FINE_M) + 1)
    return begin_m + np.linspace(0.0, 1.0, count)[:, None] * (end_m - begin_m)


def ring(middle_m: np.ndarray, radius_m: float, from_rad: float, until_rad: float) -> np.ndarray:
    """Fine points (M, 2) around a middle, counterclockwise where `until_rad` is the larger."""
    count = max(2, int(abs(until_rad - from_rad) * radius_m / _FINE_M) + 1)
    return middle_m + radius_m * toward(np.linspace(from_rad, until_rad, count))


def bend(
    begin_m: np.ndarray,
    begin_rad: float,
    end_m: np.ndarray,
    end_rad: float,
    begin_per_m: float = 0.0,
    end_per_m: float = 0.0,
) -> np.ndarray:
    """Fine points (M, 2) of the least sharp quintic with these places, headings and curvatures at its ends."""
    chord_m = float(np.hypot(*(end_m - begin_m)))
    half_rad = max(0.5 * abs(float(wrapped(end_rad - begin_rad))), 1e-3)
    length_m = chord_m * half_rad / np.sin(half_rad)
    begin, end = (*begin_m, begin_rad, begin_per_m), (*end_m, end_rad, end_per_m)
    count = max(8, int(length_m / _FINE_M) + 1)
    return np.asarray(least_sharp(np.array(begin), np.array(end), length_m, count))


def join(*pieces: np.ndarray) -> np.ndarray:
    """Fine points (M, 2) of pieces that follow one another; where two meet, their common point stands once."""
    points = np.concatenate(pieces)
    apart = np.hypot(*np.diff(points, axis=0).T) > 1e-9
    return points[np.concatenate([[True], apart])]


def sample(fine_m: np.ndarray) -> Line:
    """A point each metre of fine points (M, 2); what is left at the end is cut off."""
    step = np.diff(fine_m, axis=0)
    along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*step.T))])
    wanted_m = np.arange(0.0, along_m[-1] + 1e-6, STEP_M)
    point_m = np.stack([np.interp(wanted_m, along_m, fine_m[:, axis]) for axis in (0, 1)], -1)
    headings = np.unwrap(np.arctan2(step[:, 1], step[:, 0]))
    heading_rad = np.interp(wanted_m, 0.5 * (along_m[1:] + along_m[:-1]), headings)
    return Line(point_m, heading_rad, np.gradient(heading_rad, STEP_M))
