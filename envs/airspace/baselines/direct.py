"""The rule that turns to its waypoint, and how actions bring aircraft to headings and speeds."""

from __future__ import annotations

import math

import numpy as np

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.dynamics import ARRIVAL_NM, BANK_DEG
from envs.airspace.simulation.traffic.atmosphere import G0, KT_TO_MPS, NM_IN_M


class Direct:
    """The baseline that turns to its waypoint and looks at nobody."""

    def begin(self, batch: AirspaceBatch, first: int) -> None:
        """See Steering.begin; it remembers nothing."""

    def steer(self, batch: AirspaceBatch, noise: np.ndarray | None) -> np.ndarray:
        """See Steering.steer."""
        return towards(batch, course_deg(batch), batch.worlds.cas)


def towards(batch: AirspaceBatch, heading_deg: np.ndarray, cas_kt: np.ndarray) -> np.ndarray:
    """The actions (W, A, 2) that bring aircraft as near to headings and CAS (W, A) as one step allows."""
    limits, worlds = batch.settings.actions, batch.worlds
    turn = wrap_deg(heading_deg - worlds.heading) / limits.max_heading_change_deg
    speed = (cas_kt - worlds.cas) / limits.max_speed_change_kt
    return np.clip(np.stack([turn, speed], -1), -1.0, 1.0)


def course_deg(batch: AirspaceBatch) -> np.ndarray:
    """Headings (W, A) to the waypoints; straight on where the tightest turn would circle around the waypoint for ever.

    That is where the waypoint lies inside the turning circle, v^2 / (g0 tan 25 degrees) in radius, and further from it
    than the arrival radius: an aircraft that turns at once never gets there, one that first flies on does.
    """
    worlds = batch.worlds
    east_nm, north_nm = np.moveaxis(worlds.waypoint - worlds.position, -1, 0)
    heading = np.radians(worlds.heading)
    sine, cosine = np.sin(heading), np.cos(heading)
    ahead_nm, aside_nm = east_nm * sine + north_nm * cosine, np.abs(east_nm * cosine - north_nm * sine)
    radius_nm = turn_radius_nm(worlds.tas)
    inside_nm2 = np.maximum(radius_nm - ARRIVAL_NM, 0.0) ** 2
    circles = ahead_nm**2 + (aside_nm - radius_nm) ** 2 < inside_nm2
    return np.where(circles, worlds.heading, np.degrees(np.arctan2(east_nm, north_nm)))


def waypoint_bearing_deg(batch: AirspaceBatch) -> np.ndarray:
    """Bearings (W, A) of the waypoints."""
    east, north = np.moveaxis(batch.worlds.waypoint - batch.worlds.position, -1, 0)
    return np.degrees(np.arctan2(east, north))


def turn_radius_nm(tas_kt: np.ndarray) -> np.ndarray:
    """The radius of the tightest turn at a TAS: v^2 / (g0 tan(bank))."""
    return (tas_kt * KT_TO_MPS) ** 2 / (G0 * math.tan(math.radians(BANK_DEG))) / NM_IN_M


def wrap_deg(angle: np.ndarray) -> np.ndarray:
    """Angles in [-180, 180)."""
    return (angle + 180.0) % 360.0 - 180.0
