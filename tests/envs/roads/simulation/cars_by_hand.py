"""Roads and cars made by hand: straight routes through one place, and a batch of one world on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.geometry.drawing import draw_roads
from envs.roads.simulation.geometry.road_settings import RoadSettings
from envs.roads.simulation.geometry.roads import Roads
from envs.roads.simulation.geometry.scenario import Scenario
from envs.roads.simulation.settings import RoadsSettings

LIMIT_MPS = 15.0
LENGTH_M = 200


def roads(*headings_deg: float, half_m: float = 5.0, signal: bool = False) -> Roads:
    """Straight routes of 200 m, whose middles are the origin; each pair meets at 95 to 105 m. The first goes first."""
    count, along = len(headings_deg), np.arange(LENGTH_M + 1.0) - LENGTH_M / 2
    heading = np.radians(headings_deg)
    toward = np.stack([np.cos(heading), np.sin(heading)], -1)
    shape = (count, LENGTH_M + 1)
    meets = np.where(np.eye(count, dtype=bool), 0.0, 95.0), np.where(np.eye(count, dtype=bool), 200.0, 105.0)
    number = np.arange(count)
    return Roads(
        family="four_arms",
        name="by_hand",
        point_m=along[None, :, None] * toward[:, None],
        heading_rad=np.broadcast_to(heading[:, None], shape).copy(),
        curvature_per_m=np.zeros(shape),
        limit_mps=np.full(shape, LIMIT_MPS),
        left_m=np.full(shape, half_m),
        right_m=np.full(shape, half_m),
        length_m=np.full(count, float(LENGTH_M)),
        entry=number,
        exit=number,
        stop_m=np.full(count, 90.0 if signal else np.inf),
        signal=np.full(count, 0 if signal else -1),
        cycle_s=np.full(int(signal), 20.0),
        green_from_s=np.full(int(signal), 5.0),
        green_until_s=np.full(int(signal), 10.0),
        amber_s=np.full(int(signal), 2.0),
        meets_from_m=meets[0],
        meets_until_m=meets[1],
        ground=draw_roads(0, RoadSettings(), "merge").ground,  # of pictures; no kernel reads it
        priority=np.sign(number[None] - number[:, None]).astype(np.int8),
    )


def scenario(road: Roads, *cars: tuple[int, float, float], enters: tuple[int, ...] = ()) -> Scenario:
    """Cars of 4 by 2 m, each by route, place and speed."""
    count = len(cars)
    return Scenario(
        name="by_hand",
        roads=road,
        ids=tuple(f"CAR{n + 1}" for n in range(count)),
        route=np.array([car[0] for car in cars]),
        entry_step=np.array(enters or (0,) * count),
        s_m=np.array([float(car[1]) for car in cars]),
        speed_mps=np.array([float(car[2]) for car in cars]),
        length_m=np.full(count, 4.0),
        width_m=np.full(count, 2.0),
    )


def begun(road: Roads, *cars: tuple[int, float, float], enters: tuple[int, ...] = (), **settings: Any) -> RoadsBatch:
    """One world in which these cars have just begun, however close to each other."""
    record = RoadsSettings.from_values({"cars": {"entry_gap_m": 0.1}} | settings)
    batch = RoadsBatch(record, 1, 0, scenarios=[scenario(road, *cars, enters=enters)])
    batch.begin(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.uint64))
    return batch


def act(batch: RoadsBatch, *actions: tuple[float, float], steps: int = 1) -> None:
    """Drive some steps by these actions, the other cars by none."""
    wanted = np.zeros((1, batch.num_slots, 2))
    for car, action in enumerate(actions):
        wanted[0, car] = action
    for _ in range(steps):
        batch.step(wanted)
