"""Two aircraft on straight tracks: when and how close they pass, and when they enter a zone around each other.

The field's state-based prediction (Hoekstra, van Gent, Ruigrok, "Designing for safety: the free flight air traffic
management concept", Reliability Engineering and System Safety 75, 2002), with the conventions of BlueSky 1.1.1
(traffic/asas/statebased.py). All functions take relative positions (NM) and velocities (kt) and may be called from
compiled code; `predict` takes arrays.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, vectorize

STILL_KT = 0.1
"""Below this relative speed a pair keeps its distance: TCPA 0, DCPA the distance."""

_S_PER_H = 3600.0


@njit(cache=True, inline="always")
def closest_approach(east_nm, north_nm, east_kt, north_kt):
    """TCPA (s, negative: it is past) and DCPA (NM) of straight relative motion.

    TCPA = -(r . v) / (v . v), DCPA = |r x v| / |v|; at less than 0.1 kt: 0 and |r|.
    """
    speed_squared = east_kt * east_kt + north_kt * north_kt
    if speed_squared < STILL_KT * STILL_KT:
        return 0.0, math.sqrt(east_nm * east_nm + north_nm * north_nm)
    tcpa_s = -(east_nm * east_kt + north_nm * north_kt) / speed_squared * _S_PER_H
    return tcpa_s, abs(east_nm * north_kt - north_nm * east_kt) / math.sqrt(speed_squared)


@njit(cache=True, inline="always")
def entry_time(east_nm, north_nm, east_kt, north_kt, zone_nm):
    """Seconds until the distance falls below `zone_nm`: 0 where it is, inf where it never will.

    Entry is at TCPA - sqrt(zone^2 - DCPA^2) / |v|.
    """
    if east_nm * east_nm + north_nm * north_nm < zone_nm * zone_nm:
        return 0.0
    tcpa_s, dcpa_nm = closest_approach(east_nm, north_nm, east_kt, north_kt)
    if tcpa_s <= 0.0 or dcpa_nm >= zone_nm:
        return math.inf
    half_nm = math.sqrt(zone_nm * zone_nm - dcpa_nm * dcpa_nm)
    return max(0.0, tcpa_s - half_nm / math.sqrt(east_kt * east_kt + north_kt * north_kt) * _S_PER_H)


@njit(cache=True, inline="always")
def relative(position_nm, velocity_kt, t, w, a, b):
    """Position and velocity of b relative to a, east and north each, in arrays (T, W, A, 2)."""
    return (
        position_nm[t, w, b, 0] - position_nm[t, w, a, 0],
        position_nm[t, w, b, 1] - position_nm[t, w, a, 1],
        velocity_kt[t, w, b, 0] - velocity_kt[t, w, a, 0],
        velocity_kt[t, w, b, 1] - velocity_kt[t, w, a, 1],
    )


@vectorize(cache=True)
def _tcpa_s(east_nm, north_nm, east_kt, north_kt):
    return closest_approach(east_nm, north_nm, east_kt, north_kt)[0]


@vectorize(cache=True)
def _dcpa_nm(east_nm, north_nm, east_kt, north_kt):
    return closest_approach(east_nm, north_nm, east_kt, north_kt)[1]


@vectorize(cache=True)
def _entry_s(east_nm, north_nm, east_kt, north_kt, zone_nm):
    return entry_time(east_nm, north_nm, east_kt, north_kt, zone_nm)


def predict(offset_nm: np.ndarray, velocity_kt: np.ndarray, zone_nm: float) -> tuple[np.ndarray, ...]:
    """TCPA (s), DCPA (NM) and time to entry (s; inf: never) for relative positions and velocities (.., 2)."""
    parts = (offset_nm[..., 0], offset_nm[..., 1], velocity_kt[..., 0], velocity_kt[..., 1])
    return _tcpa_s(*parts), _dcpa_nm(*parts), _entry_s(*parts, zone_nm)
