"""A flown episode as arrays over its samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from envs.airspace.simulation.compiled.worlds import LOSS_NM
from envs.ground.tables import check_numbers, check_steps

_NUMBERS = ("east_nm", "north_nm", "heading_deg", "cas_kt", "separation_nm")
_FLAGS = ("present", "arrived")
_WAYPOINT = ["waypoint_east_nm", "waypoint_north_nm"]
RECORDING_COLUMNS = ("step", "time_s", "agent", *_NUMBERS, *_WAYPOINT, *_FLAGS)
"""What a recording must have, a row per step and aircraft; it may have more."""


@dataclass(frozen=True, eq=False)
class Flight:
    """T samples of A aircraft.

    time_s: (T,), the first is 0. position_nm: (T, A, 2), east and north. heading_deg, cas_kt: (T, A).
    separation_nm: (T, A), smallest since the sample before, infinite or NaN where there is no other. present, arrived:
    (T, A) bool. waypoint_nm: (A, 2). What is not known is NaN.
    """

    ids: tuple[str, ...]
    time_s: np.ndarray
    position_nm: np.ndarray
    heading_deg: np.ndarray
    cas_kt: np.ndarray
    separation_nm: np.ndarray
    present: np.ndarray
    arrived: np.ndarray
    waypoint_nm: np.ndarray

    @cached_property
    def seen(self) -> np.ndarray:
        """(T, A) bool: present, or leaving: one that goes on arrival was there for a part of that step."""
        before = np.vstack([np.zeros_like(self.present[:1]), self.present[:-1]])
        return self.present | (before & self.arrived)

    @cached_property
    def lost(self) -> np.ndarray:
        """(T, A) bool: below the separation minimum at some time since the sample before."""
        return self.seen & (self.separation_nm < LOSS_NM)

    @cached_property
    def smallest_nm(self) -> np.ndarray:
        """(T,): the smallest separation since the sample before; NaN where there is no pair."""
        smallest = np.where(self.seen & np.isfinite(self.separation_nm), self.separation_nm, np.inf).min(1)
        return np.where(np.isfinite(smallest), smallest, np.nan)

    @property
    def minimum_nm(self) -> float | None:
        """The smallest separation of all; None where there never is a pair."""
        known = self.smallest_nm[np.isfinite(self.smallest_nm)]
        return float(known.min()) if len(known) else None


def of_recording(recording: pd.DataFrame, name: str) -> Flight:
    """The one episode of a recording.

    `recording` has a row per step and aircraft with the columns of RECORDING_COLUMNS (NM, degrees, kt, s), in any
    order; an aircraft without a row at a step is absent then.

    Raises:
        ValueError: a missing column, no row, or two rows for a step and an aircraft, naming the recording.
    """
    _check(recording, name)
    first = recording.drop_duplicates("agent").set_index("agent")
    steps, samples, place = np.unique(recording["step"], return_index=True, return_inverse=True)
    slot = first.index.get_indexer(pd.Index(recording["agent"]))
    column = {key: np.full((len(steps), len(first)), np.nan) for key in (*_NUMBERS, *_FLAGS)}
    for key, values in column.items():
        values[place, slot] = recording[key].to_numpy(np.float64)
    times = recording["time_s"].to_numpy(np.float64)[samples]
    return Flight(
        ids=tuple(map(str, first.index)),
        time_s=times - times[0],
        position_nm=np.stack([column["east_nm"], column["north_nm"]], axis=2),
        heading_deg=column["heading_deg"],
        cas_kt=column["cas_kt"],
        separation_nm=column["separation_nm"],
        present=column["present"] == 1.0,
        arrived=column["arrived"] == 1.0,
        waypoint_nm=_waypoints(recording, first.index),
    )


def _waypoints(recording: pd.DataFrame, aircraft: pd.Index) -> np.ndarray:
    """Where each goes when it is there first, (A, 2); NaN for one that never is."""
    there = recording[recording["present"].astype(bool)].sort_values("step", kind="stable")
    return there.drop_duplicates("agent").set_index("agent")[_WAYPOINT].reindex(aircraft).to_numpy(np.float64)


def _check(recording: pd.DataFrame, name: str) -> None:
    missing = [column for column in RECORDING_COLUMNS if column not in recording.columns]
    if missing:
        raise ValueError(f"recording {name!r}: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"recording {name!r}: no rows, wanted at least the initial state")
    place = f"recording {name!r}"
    check_steps(recording, place)
    check_numbers(recording, (*_NUMBERS, *_FLAGS, *_WAYPOINT), place)
    if not np.isfinite(recording["time_s"].to_numpy(np.float64)).all():
        raise ValueError(f"{place}: column time_s: got a time that is not finite")
    twice = recording[recording.duplicated(["step", "agent"])]
    if len(twice):
        step, aircraft = twice.iloc[0][["step", "agent"]]
        raise ValueError(f"recording {name!r}: two rows for {aircraft} at step {step}, wanted one: several episodes?")
