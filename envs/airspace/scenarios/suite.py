"""The fourteen named scenarios that every policy is tested on; never drawn, never changed."""

from __future__ import annotations

import math

import numpy as np

from envs.airspace.simulation.traffic.scenario import Scenario

_CAS_KT = 250.0
_TYPE = "A320"
_MERGE_FROM_NM = 50.0

_Row = tuple[float, float, float, float, float]
"""East, north, heading, waypoint east, waypoint north."""


def _merge(heading_deg: float, east: float, north: float) -> _Row:
    """Return an aircraft that flies straight at its waypoint (east, north) from 50 NM before it."""
    sine, cosine = math.sin(math.radians(heading_deg)), math.cos(math.radians(heading_deg))
    return (east - _MERGE_FROM_NM * sine, north - _MERGE_FROM_NM * cosine, heading_deg, east, north)


# fmt: off
_TABLE: dict[str, tuple[_Row, ...]] = {
    "head_on": ((0, -18, 0, 0, 18), (0, 18, 180, 0, -18)),
    "t_formation": ((-7.5, 0, 90, 7.5, 0), (7.5, 0, 270, -7.5, 0), (0, 10, 180, 0, -10)),
    "parallel": ((0, -18, 0, 0, 18), (0, -10, 0, 0, 18), (0, -2, 0, 0, 18)),
    "converging": ((0, 12, 180, 0, -1.5), (12, 0, 270, -1.5, 0), (0, -12, 0, 0, 1.5), (-12, 0, 90, 1.5, 0)),
    "canonical_crossing": (
        (0, -12.5, 0, 0, 12.5), (-12.5, 0, 90, 12.5, 0), (0, 12.5, 180, 0, -12.5), (12.5, 0, 270, -12.5, 0),
    ),
    "chase_2x2": ((-8, -18, 0, -8, 12), (-8, -12, 0, -8, 12), (8, -18, 0, 8, 12), (8, -12, 0, 8, 12)),
    "chase_3p1": ((0, -18, 0, 0, 12), (0, -12, 0, 0, 12), (0, -6, 0, 0, 12), (15, -18, 0, 15, 12)),
    "chase_4all": ((0, -18, 0, 0, 12), (0, -12, 0, 0, 12), (0, -6, 0, 0, 12), (0, 0, 0, 0, 12)),
    "merge_2x2": (_merge(352.5, -15, 0), _merge(7.5, -15, 0), _merge(172.5, 15, 0), _merge(187.5, 15, 0)),
    "merge_3p1": (_merge(345, 0, 0), _merge(0, 0, 0), _merge(15, 0, 0), _merge(0, 25, 5)),
    "merge_4all": (_merge(340, 0, 0), _merge(355, 0, 0), _merge(5, 0, 0), _merge(20, 0, 0)),
    "cross_2x2": ((-12, -15, 0, -12, 15), (-27, 0, 90, 3, 0), (12, -15, 0, 12, 15), (-3, 0, 90, 27, 0)),
    "cross_3p1": ((0, -15, 0, 0, 15), (-15, 0, 90, 15, 0), (15, 0, 270, -15, 0), (18, -15, 0, 18, 12)),
    "cross_4all": ((0, -15, 0, 0, 15), (-15, 0, 90, 15, 0), (0, 15, 180, 0, -15), (15, 0, 270, -15, 0)),
}
# fmt: on


def _scenario(name: str, rows: tuple[_Row, ...]) -> Scenario:
    table = np.array(rows)
    return Scenario(
        name=name,
        ids=tuple(f"AC{number}" for number in range(1, len(rows) + 1)),
        types=(_TYPE,) * len(rows),
        position_nm=table[:, :2],
        heading_deg=table[:, 2],
        cas_kt=np.full(len(rows), _CAS_KT),
        waypoint_nm=table[:, 3:],
    )


SUITE: dict[str, Scenario] = {name: _scenario(name, rows) for name, rows in _TABLE.items()}
"""By name, in the order of the table: A320s at 250 kt CAS and 10,000 ft."""
