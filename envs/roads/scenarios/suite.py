"""The twelve named junctions that every policy is tested on; never drawn, never changed."""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.roads.simulation.geometry.building import roads_of
from envs.roads.simulation.geometry.ground_plans import (
    ArmsGround,
    GroundPlan,
    LanesGround,
    Lights,
    Phase,
    RingGround,
    SideRoadsGround,
)
from envs.roads.simulation.geometry.scenario import Scenario

_LIMIT_MPS = 10.0
_SQUARE_DEG = (0.0, 90.0, 180.0, 270.0)
_EAST_WEST_SOUTH_DEG = (0.0, 180.0, 270.0)
_CAR_M, _TRUCK_M = (4.5, 1.8), (12.0, 2.5)

_Car = tuple[int, int, int]
"""Entry, exit, and the step at which it may enter."""


def _arms(arms_deg: tuple[float, ...], family: str = "four_arms", **others: Any) -> GroundPlan:
    values = {
        "entry_m": 70.0,
        "exit_m": 50.0,
        "lane_m": 3.5,
        "corner_m": 10.0,
        "touch_m": 3.0,
        "limit_mps": _LIMIT_MPS,
        "rights": "right",
        "main_arms": (),
        "left_turns": True,
        "lights": None,
    }
    return ArmsGround(family=family, arms_deg=arms_deg, **(values | others))  # type: ignore[arg-type]


def _lanes(family: str, ramp_deg: float) -> GroundPlan:
    return LanesGround(
        family=family,  # type: ignore[arg-type]
        before_m=90.0,
        beside_m=50.0,
        taper_m=40.0,
        after_m=70.0,
        ramp_deg=ramp_deg,
        lane_m=3.5,
        limit_mps=15.0,
        touch_m=3.0,
    )


def _ring(arms_deg: tuple[float, ...], num_lanes: int) -> GroundPlan:
    return RingGround(
        family="roundabout_one" if num_lanes == 1 else "roundabout_two",
        arms_deg=arms_deg,
        radius_m=16.0 if num_lanes == 1 else 20.0,
        num_lanes=num_lanes,
        entry_m=60.0,
        exit_m=40.0,
        lane_m=3.6,
        limit_mps=_LIMIT_MPS,
        touch_m=3.0,
    )


_LIGHTS = Lights(phases=(Phase(arms=(0, 2), green_s=7.0), Phase(arms=(1, 3), green_s=7.0)), amber_s=2.0, clear_s=1.0)
_SIDES = SideRoadsGround(
    family="two_junctions",
    side_deg=(-90.0, 90.0),
    apart_m=45.0,
    entry_m=70.0,
    exit_m=50.0,
    lane_m=3.5,
    corner_m=10.0,
    limit_mps=_LIMIT_MPS,
    touch_m=3.0,
)
_WIDE: dict[str, Any] = {"lane_m": 5.4, "corner_m": 22.0, "touch_m": 4.8}

# fmt: off
_TABLE: dict[str, tuple[GroundPlan, tuple[_Car, ...]]] = {
    "merge_in_turn": (_lanes("merge", 12.0), ((0, 2, 0), (1, 2, 0), (0, 2, 8), (1, 2, 8), (0, 2, 16))),
    "lane_drop_side_by_side": (_lanes("lane_drop", 0.0), ((0, 2, 0), (1, 2, 0), (0, 2, 8), (1, 2, 8))),
    "tee_out_of_the_side_road": (
        _arms(_EAST_WEST_SOUTH_DEG, "tee", rights="main", main_arms=(0, 1)),
        ((2, 1, 0), (0, 1, 0), (1, 0, 0), (0, 2, 12), (1, 0, 12)),
    ),
    "tee_by_the_right": (_arms(_EAST_WEST_SOUTH_DEG, "tee"), ((2, 1, 0), (1, 0, 0), (0, 2, 0))),
    "four_from_all_sides": (_arms(_SQUARE_DEG), ((0, 2, 0), (1, 3, 0), (2, 0, 0), (3, 1, 0))),
    "four_lefts": (_arms(_SQUARE_DEG), ((0, 3, 0), (1, 0, 0), (2, 1, 0), (3, 2, 0))),
    "four_askew": (_arms((8.0, 80.0, 184.0, 275.0)), ((0, 2, 0), (3, 0, 0), (1, 0, 6), (2, 3, 6), (0, 3, 12))),
    "signals_two_phases": (
        _arms(_SQUARE_DEG, "signals", rights="nobody", left_turns=False, lights=_LIGHTS),
        ((0, 2, 0), (1, 3, 0), (2, 0, 6), (3, 1, 6), (0, 1, 14), (1, 2, 14)),
    ),
    "roundabout_of_four": (
        _ring(_SQUARE_DEG, 1), ((0, 2, 0), (1, 3, 0), (2, 0, 0), (3, 1, 0), (0, 3, 12), (2, 1, 12)),
    ),
    "roundabout_two_lanes": (
        _ring((0.0, 120.0, 240.0), 2), ((0, 1, 0), (3, 2, 0), (1, 2, 0), (4, 0, 0), (2, 0, 6), (5, 1, 6)),
    ),
    "two_junctions_in_a_row": (_SIDES, ((0, 1, 0), (1, 0, 0), (2, 0, 0), (3, 1, 0), (0, 2, 12), (1, 3, 12))),
    "trucks_at_four_arms": (_arms(_SQUARE_DEG, "trucks", **_WIDE), ((0, 3, 0), (1, 3, 0), (2, 1, 0), (3, 1, 8))),
}
# fmt: on


def _scenario(name: str, ground: GroundPlan, rows: tuple[_Car, ...]) -> Scenario:
    roads = roads_of(ground, name)
    ways = list(zip(roads.entry.tolist(), roads.exit.tolist(), strict=True))
    size = np.array([_TRUCK_M if ground.family == "trucks" and car % 2 == 0 else _CAR_M for car in range(len(rows))])
    return Scenario(
        name=name,
        roads=roads,
        ids=tuple(f"CAR{number}" for number in range(1, len(rows) + 1)),
        route=np.array([ways.index(row[:2]) for row in rows]),
        entry_step=np.array([row[2] for row in rows]),
        s_m=0.5 * size[:, 0],
        speed_mps=np.full(len(rows), 0.8 * ground.limit_mps),
        length_m=size[:, 0],
        width_m=size[:, 1],
    )


SUITE: dict[str, Scenario] = {name: _scenario(name, *row) for name, row in _TABLE.items()}
"""By name, in the order of the table."""
