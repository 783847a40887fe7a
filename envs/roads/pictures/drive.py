"""A driven episode as arrays over its samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from envs.ground.tables import check_numbers, check_steps
from envs.roads.pictures.gaps import smallest_gap_m
from envs.roads.simulation.compiled.worlds import ARRIVED, COLLIDED, DRIVES
from envs.roads.simulation.geometry.building import roads_of
from envs.roads.simulation.geometry.ground_plans import AnyGround, GroundPlan
from envs.roads.simulation.geometry.roads import Roads

_NUMBERS = ("x_m", "y_m", "yaw_rad", "speed_mps", "status", "length_m", "width_m", "route")
RECORDING_COLUMNS = ("step", "time_s", "agent", *_NUMBERS, "ground")
"""What a recording must have, a row per step and car; it may have more."""

_GROUND: TypeAdapter[GroundPlan] = TypeAdapter(AnyGround)


@dataclass(frozen=True, eq=False)
class Drive:
    """T samples of A cars on a road.

    time_s: (T,), the first is 0. place_m: (T, A, 2). yaw_rad, speed_mps: (T, A). status: (T, A), as in worlds. size_m:
    (A, 2), length and width. route: (A,). What is not known is NaN.
    """

    ids: tuple[str, ...]
    roads: Roads
    time_s: np.ndarray
    place_m: np.ndarray
    yaw_rad: np.ndarray
    speed_mps: np.ndarray
    status: np.ndarray
    size_m: np.ndarray
    route: np.ndarray

    @cached_property
    def drives(self) -> np.ndarray:
        """(T, A) bool: on its way at this sample."""
        return np.asarray(self.status == DRIVES)

    @cached_property
    def seen(self) -> np.ndarray:
        """(T, A) bool: on its way, or since the sample before no more."""
        before = np.vstack([np.zeros_like(self.drives[:1]), self.drives[:-1]])
        return self.drives | before

    @cached_property
    def arrived(self) -> np.ndarray:
        """(T, A) bool."""
        return np.asarray(self.status == ARRIVED)

    @cached_property
    def lost(self) -> np.ndarray:
        """(T, A) bool: has crashed, left the road or run a red light since the sample before."""
        gone = self.status >= COLLIDED
        before = np.vstack([np.zeros_like(gone[:1]), gone[:-1]])
        return np.asarray(gone & ~before)

    @cached_property
    def gap_m(self) -> np.ndarray:
        """(T,): the smallest room between two cars; NaN where there are not two."""
        return smallest_gap_m(np.where(self.seen[..., None], self.place_m, np.nan), self.yaw_rad, self.size_m)

    @property
    def goal_m(self) -> np.ndarray:
        """(A, 2), the ends of their routes."""
        last = self.roads.length_m[self.route].astype(int)
        return np.asarray(self.roads.point_m[self.route, last])

    def green(self, sample: int) -> tuple[int, ...]:
        """The lights that are green at a sample."""
        since_s = self.time_s[sample] % np.maximum(self.roads.cycle_s, 1e-9)
        shows = (self.roads.green_from_s <= since_s) & (since_s < self.roads.green_until_s)
        return tuple(np.flatnonzero(shows).tolist())


def of_recording(recording: pd.DataFrame, name: str) -> Drive:
    """The one episode of a recording, rows in any order.

    Raises:
        ValueError: a missing column, no row, two rows for a step and a car, no ground plan; names the recording.
    """
    _check(recording, name)
    first = recording.drop_duplicates("agent").set_index("agent")
    steps, samples, place = np.unique(recording["step"], return_index=True, return_inverse=True)
    slot = first.index.get_indexer(pd.Index(recording["agent"]))
    column = {key: np.full((len(steps), len(first)), np.nan) for key in _NUMBERS}
    for key, values in column.items():
        values[place, slot] = recording[key].to_numpy(np.float64)
    times = recording["time_s"].to_numpy(np.float64)[samples]
    return Drive(
        ids=tuple(map(str, first.index)),
        roads=_roads(str(first["ground"].iloc[0]), name),
        time_s=times - times[0],
        place_m=np.stack([column["x_m"], column["y_m"]], -1),
        yaw_rad=column["yaw_rad"],
        speed_mps=column["speed_mps"],
        status=column["status"],
        size_m=first[["length_m", "width_m"]].to_numpy(np.float64),
        route=first["route"].to_numpy(np.int64),
    )


def _roads(ground: str, name: str) -> Roads:
    try:
        return roads_of(_GROUND.validate_json(ground), name)
    except (ValidationError, ValueError) as error:
        raise ValueError(f"recording {name!r}: column ground: got {ground[:60]!r}, wanted a ground plan") from error


def _check(recording: pd.DataFrame, name: str) -> None:
    place = f"recording {name!r}"
    missing = [column for column in RECORDING_COLUMNS if column not in recording.columns]
    if missing:
        raise ValueError(f"{place}: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"{place}: no rows, wanted at least the initial state")
    check_steps(recording, place)
    check_numbers(recording, _NUMBERS, place)
    twice = recording[recording.duplicated(["step", "agent"])]
    if len(twice):
        step, car = twice.iloc[0][["step", "agent"]]
        raise ValueError(f"{place}: two rows for {car} at step {step}, wanted one: several episodes?")
