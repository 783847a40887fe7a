"""Worlds for tests whose numbers can be worked out by hand: at sea level, at 360 kt, with one steady aircraft type.

At sea level CAS is TAS, and 360 kt are 0.1 NM in a tick and 1 NM in a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.worlds import REWARD_PARTS
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.aircraft import NUM_ACCELERATIONS, AircraftType
from envs.airspace.simulation.traffic.atmosphere import KT_TO_MPS
from envs.airspace.simulation.traffic.scenario import Centre, Scenario

Row = tuple[float, float, float, float, float]
"""East, north, heading, waypoint east, waypoint north."""

STEADY = AircraftType("steady", 100.0, 400.0, (100.0, 20.0), (2 * KT_TO_MPS,) * NUM_ACCELERATIONS)
"""Gains and loses exactly 2 kt per second at every speed."""


def steady(name: str, alt_ft: float) -> AircraftType:
    """Every type at every level is the steady one."""
    return STEADY


def traffic(
    *rows: Row, cas_kt: float | Sequence[float] = 360.0, alt_ft: float = 0.0, name: str = "by hand"
) -> Scenario:
    table = np.array(rows, np.float64)
    return Scenario(
        name=name,
        ids=tuple(f"AC{number}" for number in range(1, len(rows) + 1)),
        types=("A320",) * len(rows),
        position_nm=table[:, :2],
        heading_deg=table[:, 2],
        cas_kt=np.broadcast_to(np.asarray(cas_kt, np.float64), len(rows)),
        waypoint_nm=table[:, 3:],
        centre=Centre(alt_ft=alt_ft),
    )


def begin(scenario: Scenario, discount: float = 0.97, **settings: Any) -> AirspaceBatch:
    """One world at the start of a scenario, flown by steady aircraft."""
    checked = AirspaceSettings.from_values(settings)
    batch = AirspaceBatch(checked, 1, 0, scenarios=[scenario], discount=discount, performance=steady)
    batch.begin(np.array([0]), np.array([0]), np.zeros(1, np.uint64))
    return batch


def world(*rows: Row, cas_kt: float | Sequence[float] = 360.0, discount: float = 0.97, **settings: Any) -> Any:
    return begin(traffic(*rows, cas_kt=cas_kt), discount, **settings)


def fly(batch: AirspaceBatch, *actions: tuple[float, float], num_steps: int = 1) -> Any:
    """Step with these actions (the rest hold) and return the world's arrays, of world 0 in front."""
    array = np.zeros((batch.num_worlds, batch.num_slots, 2))
    array[0, : len(actions)] = np.reshape(actions, (-1, 2))
    for _ in range(num_steps):
        batch.step(array)
    return batch.worlds


def put(batch: AirspaceBatch, positions: Sequence[tuple[float, float]], separation_nm: float) -> None:
    """Move aircraft where no scenario may start, as if the step before had had this smallest separation."""
    batch.worlds.position[0] = positions
    batch.worlds.separation[0] = separation_nm


def paid(batch: AirspaceBatch, part: str) -> np.ndarray:
    """What each aircraft of world 0 was paid for one part in the last step, (A,)."""
    return batch.worlds.reward_parts[0, :, REWARD_PARTS.index(part)].copy()


def drawn(num_worlds: int, seed: int = 0, split: str = "train", **settings: Any) -> AirspaceBatch:
    """Worlds at the start of procedural traffic."""
    checked = AirspaceSettings.from_values(settings)
    batch = AirspaceBatch(checked, num_worlds, seed, discount=0.97)
    batch.seed(seed, split)
    batch.reset()
    return batch
