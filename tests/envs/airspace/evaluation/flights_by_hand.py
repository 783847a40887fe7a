"""Flights whose metrics can be worked out by hand: straight tracks, by default at 360 kt, which is 1 NM in a step.

Commands are written down beside the tracks and change nothing: metrics read both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np

from envs.airspace.evaluation.flight import Flight, all_pairs
from envs.airspace.evaluation.pair_separation import pair_separations


@dataclass(frozen=True)
class Track:
    """One aircraft: from (east, north) straight on; commands by step as (heading change, speed change)."""

    east_nm: float
    north_nm: float
    heading_deg: float
    tas_kt: float = 360.0
    waypoint_nm: tuple[float, float] = (0.0, 1000.0)
    commands: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    arrives_after_s: float = math.inf
    leaves: bool = False
    cas_range_kt: tuple[float, float] = (200.0, 400.0)

    def seconds(self, step: int) -> float:
        """Seconds of a step until arrival."""
        return min(10.0, max(0.0, self.arrives_after_s - 10.0 * step))

    def position(self, state: int) -> tuple[float, float]:
        flown_s = 10.0 * state if not self.leaves else min(10.0 * state, self.arrives_after_s)
        distance, angle = self.tas_kt / 3600.0 * flown_s, math.radians(self.heading_deg)
        return self.east_nm + distance * math.sin(angle), self.north_nm + distance * math.cos(angle)


def flight(
    *tracks: Track,
    num_steps: int,
    wind_kt: tuple[float, float] = (0.0, 0.0),
    los_seconds: int = 0,
    warm_up_steps: int = 0,
) -> Flight:
    """One world of these tracks; the wind adds to the velocity over the ground and carries them along."""
    states, steps = range(num_steps + 1), range(num_steps)
    heading = np.array([[track.heading_deg for track in tracks]] * (num_steps + 1))
    tas = np.array([[track.tas_kt for track in tracks]] * (num_steps + 1))
    velocity = tas[..., None] * np.stack([np.sin(np.radians(heading)), np.cos(np.radians(heading))], -1) + wind_kt
    position = np.array([[track.position(state) for track in tracks] for state in states])
    position = position + np.array(wind_kt) * np.arange(num_steps + 1)[:, None, None] / 360.0
    arrived = [[10.0 * state >= track.arrives_after_s for track in tracks] for state in states]
    gone = np.array([[track.leaves for track in tracks]]) & arrived
    active_s = np.array([[track.seconds(step) for track in tracks] for step in steps])
    waypoint = np.array([track.waypoint_nm for track in tracks])
    worldly = [array[:, None] for array in (position, velocity, ~gone, active_s)]
    return Flight(
        position_nm=worldly[0],
        velocity_kt=worldly[1],
        heading_deg=heading[:, None],
        tas_kt=tas[:, None],
        cas_kt=tas[:, None],
        present=worldly[2],
        active=~np.array(arrived)[:, None],
        change=np.array([[[track.commands.get(step, (0.0, 0.0)) for track in tracks]] for step in steps]),
        active_s=worldly[3],
        pair_separation_nm=pair_separations(*worldly, np.array([num_steps])),
        cas_range_kt=np.array([[track.cas_range_kt for track in tracks]]),
        waypoint_nm=waypoint[None],
        remaining_nm=np.zeros((1, len(tracks))),
        arrived=np.array(arrived[-1])[None],
        kind=np.zeros((1, len(tracks)), np.int64),
        num_steps=np.array([num_steps]),
        num_aircraft=np.array([len(tracks)]),
        warm_up_steps=np.array([warm_up_steps]),
        los_seconds=np.array([los_seconds]),
        types=(("A320", 10_000.0),),
    )


def side_by_side(*flights: Flight) -> Flight:
    """Several one-world flights as one block, with room for the longest and the largest, the rest filled with junk."""
    most_steps = max(one.max_steps for one in flights)
    num_slots = max(one.num_slots for one in flights)
    blank = flight(*[Track(0.0, 0.0, 0.0)] * num_slots, num_steps=most_steps)
    blank = replace(blank, present=np.zeros_like(blank.present), active=np.zeros_like(blank.active))
    columns: dict[str, list[np.ndarray]] = {name.name: [] for name in fields(Flight) if name.name != "types"}
    for one in flights:
        places = [_pair_place(num_slots, pair) for pair in one.pairs]
        for name, column in columns.items():
            column.append(_fill(np.array(getattr(blank, name)), getattr(one, name), name, places))
    axis = {name: 0 if column[0].shape[0] == 1 else 1 for name, column in columns.items()}
    return Flight(
        **{name: np.concatenate(column, axis[name]) for name, column in columns.items()}, types=flights[0].types
    )


OF_WORLDS = (
    "arrived",
    "kind",
    "num_steps",
    "num_aircraft",
    "warm_up_steps",
    "los_seconds",
    "remaining_nm",
    "waypoint_nm",
    "cas_range_kt",
)


def _pair_place(num_slots: int, pair: np.ndarray) -> int:
    return int(np.flatnonzero((all_pairs(num_slots) == pair).all(1))[0])


def _fill(room: np.ndarray, array: np.ndarray, name: str, places: list[int]) -> np.ndarray:
    if name == "pair_separation_nm":
        room[...] = np.inf
        room[: len(array), :, places] = array
    elif name in OF_WORLDS:
        room[tuple(slice(size) for size in array.shape)] = array
    else:
        junk = room.dtype.type(7) if room.dtype != np.bool_ else False
        room[...] = junk
        room[tuple(slice(size) for size in array.shape)] = array
    return room
