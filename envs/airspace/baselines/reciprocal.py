"""The baseline orca: optimal reciprocal collision avoidance, with the waypoint at the speed it came with as the wish.

J. van den Berg, S. Guy, M. Lin and D. Manocha, "Reciprocal n-body collision avoidance", Robotics Research (2011). Each
aircraft is a disc of half the distance to keep that takes on half of every avoidance, and may take any velocity up to
its largest at once: the limits of turns and of speed changes are not known to it, they are applied afterwards.
"""

from __future__ import annotations

import numpy as np

from envs.airspace.baselines.compiled.half_planes import choose
from envs.airspace.baselines.direct import course_deg, towards
from envs.airspace.baselines.reports import air_velocity_kt, reports
from envs.airspace.baselines.settings import Orca
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.worlds import LOSS_NM, TICKS_PER_STEP

_S_PER_H = 3600.0
_HALF = 0.5  # beside the arrived, too, who act no more: all of it was no better (docs/airspace.md)


class Reciprocal:
    """Steers each aircraft to the velocity that orca finds; undisturbed to the waypoint at the speed it came with."""

    def __init__(self, settings: Orca) -> None:
        """Look ahead and keep margins as `settings` say."""
        self._settings = settings

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin."""
        self._cas_kt = batch.worlds.cas.copy()

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        worlds = batch.worlds
        chosen_kt = reciprocal_kt(batch, self._wanted_kt(batch), self._settings)
        heading_deg = np.degrees(np.arctan2(chosen_kt[..., 0], chosen_kt[..., 1]))
        speed_kt = np.hypot(chosen_kt[..., 0], chosen_kt[..., 1])
        return towards(batch, heading_deg, worlds.cas * speed_kt / np.maximum(worlds.tas, 1.0))

    def _wanted_kt(self, batch: AirspaceBatch) -> np.ndarray:
        worlds, course = batch.worlds, np.radians(course_deg(batch))
        cruise_kt = worlds.tas * self._cas_kt / np.maximum(worlds.cas, 1.0)  # near enough over small changes of speed
        return cruise_kt[..., None] * np.stack([np.sin(course), np.cos(course)], -1)


def reciprocal_kt(batch: AirspaceBatch, wanted_kt: np.ndarray, settings: Orca) -> np.ndarray:
    """The velocities (W, A, 2) through the air, kt, nearest to those wanted that keep apart as `settings` say.

    Where there are none, those that come least short of it; of who is not active those that they have.
    """
    worlds, told, found_kt = batch.worlds, reports(batch), air_velocity_kt(batch)
    choose(
        worlds.active & ~worlds.done[:, None],
        np.ascontiguousarray(worlds.position),
        found_kt.copy(),
        wanted_kt,
        worlds.tas * worlds.cas_range[..., 1] / np.maximum(worlds.cas, 1.0),
        told.heard,
        np.ascontiguousarray(told.position_nm),
        np.ascontiguousarray(told.velocity_kt),
        np.full(worlds.active.shape, _HALF),
        settings.margin * LOSS_NM,
        settings.time_horizon_s / _S_PER_H,
        TICKS_PER_STEP / _S_PER_H,
        found_kt,
    )
    return found_kt
