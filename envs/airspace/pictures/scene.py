"""A flown episode as arrays over its samples, from a recording or sample by sample, and how it stands between two."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

SEPARATION_MINIMUM_NM = 5
ARRIVAL_RADIUS_NM = 1

_NUMBERS = ("east_nm", "north_nm", "heading_deg", "cas_kt", "separation_nm")
_FLAGS = ("present", "arrived")
_WAYPOINT = ["waypoint_east_nm", "waypoint_north_nm"]
RECORDING_COLUMNS = ("step", "time_s", "agent", "type", *_NUMBERS, *_WAYPOINT, *_FLAGS)
"""What a recording must have, a row per step and aircraft; it may have more."""


@dataclass(frozen=True, eq=False)
class Flight:
    """T samples of A aircraft.

    step, time_s: (T,), the first time is 0. position_nm: (T, A, 2), east and north. heading_deg, cas_kt: (T, A).
    separation_nm: (T, A), smallest since the sample before, infinite or NaN where there is no other. present, arrived:
    (T, A) bool. waypoint_nm: (A, 2). What is not known is NaN.
    """

    ids: tuple[str, ...]
    types: tuple[str, ...]
    step: np.ndarray
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
        return self.seen & (self.separation_nm < SEPARATION_MINIMUM_NM)

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

    @property
    def end_s(self) -> float:
        """The time of the last sample."""
        return float(self.time_s[-1])


@dataclass(frozen=True, eq=False)
class Moment:
    """A flight at a time: the sample before it, and of A aircraft where they are.

    position_nm, minute_nm: (A, 2), the latter flown in a minute (at the end: as before it). heading_deg, cas_kt: (A,).
    seen, arrived: (A,) bool. pairs: (first, second, distance in NM) of those seen, nearest first.
    """

    index: int
    time_s: float
    position_nm: np.ndarray
    minute_nm: np.ndarray
    heading_deg: np.ndarray
    cas_kt: np.ndarray
    seen: np.ndarray
    arrived: np.ndarray
    pairs: list[tuple[int, int, float]]

    @property
    def losses(self) -> list[tuple[int, int, float]]:
        """The pairs below the separation minimum."""
        return [pair for pair in self.pairs if pair[2] < SEPARATION_MINIMUM_NM]


def of_recording(recording: pd.DataFrame, name: str) -> Flight:
    """Return the one episode of a recording.

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
        types=tuple(map(str, first["type"])),
        step=steps,
        time_s=times - times[0],
        position_nm=np.stack([column["east_nm"], column["north_nm"]], axis=2),
        heading_deg=column["heading_deg"],
        cas_kt=column["cas_kt"],
        separation_nm=column["separation_nm"],
        present=column["present"] == 1.0,
        arrived=column["arrived"] == 1.0,
        waypoint_nm=_waypoints(recording, first.index),
    )


def moment(flight: Flight, time_s: float) -> Moment:
    """Return how a flight stands at a time between 0 and its end, on straight lines between samples.

    One that leaves on arrival flies on to where it was last; one that is absent otherwise stays where it is.
    """
    k = int(np.searchsorted(flight.time_s, time_s, side="right")) - 1
    following = min(k + 1, len(flight.time_s) - 1)
    duration_s = float(flight.time_s[following] - flight.time_s[k]) or 1.0
    share = (time_s - flight.time_s[k]) / duration_s
    after = np.where(flight.seen[following], following, k)
    slots = np.arange(len(flight.ids))
    flown_nm = flight.position_nm[after, slots] - flight.position_nm[k]
    at_end = following == k and k > 0
    ahead_nm = flight.position_nm[k] - flight.position_nm[k - 1] if at_end else flown_nm
    ahead_s = float(flight.time_s[k] - flight.time_s[k - 1]) if at_end else duration_s
    turned_deg = (flight.heading_deg[after, slots] - flight.heading_deg[k] + 180.0) % 360.0 - 180.0
    position_nm, seen = flight.position_nm[k] + share * flown_nm, flight.present[k]
    return Moment(
        index=k,
        time_s=time_s,
        position_nm=position_nm,
        minute_nm=np.nan_to_num(ahead_nm) * 60.0 / ahead_s,
        heading_deg=flight.heading_deg[k] + share * turned_deg,
        cas_kt=flight.cas_kt[k] + share * (flight.cas_kt[after, slots] - flight.cas_kt[k]),
        seen=seen,
        arrived=flight.arrived[k],
        pairs=_pairs(position_nm, np.flatnonzero(seen)),
    )


def _waypoints(recording: pd.DataFrame, aircraft: pd.Index) -> np.ndarray:
    """Where each goes when it is there first, (A, 2); NaN for one that never is."""
    there = recording[recording["present"].astype(bool)].sort_values("step", kind="stable")
    return there.drop_duplicates("agent").set_index("agent")[_WAYPOINT].reindex(aircraft).to_numpy(np.float64)


def _pairs(position_nm: np.ndarray, seen: np.ndarray) -> list[tuple[int, int, float]]:
    first, second = np.triu_indices(len(seen), 1)
    distance_nm = np.hypot(*(position_nm[seen[first]] - position_nm[seen[second]]).T)
    return [(int(seen[first[n]]), int(seen[second[n]]), float(distance_nm[n])) for n in np.argsort(distance_nm)]


def _check(recording: pd.DataFrame, name: str) -> None:
    missing = [column for column in RECORDING_COLUMNS if column not in recording.columns]
    if missing:
        raise ValueError(f"recording {name!r}: missing columns {', '.join(missing)}")
    if recording.empty:
        raise ValueError(f"recording {name!r}: no rows, wanted at least the initial state")
    twice = recording[recording.duplicated(["step", "agent"])]
    if len(twice):
        step, aircraft = twice.iloc[0][["step", "agent"]]
        raise ValueError(f"recording {name!r}: two rows for {aircraft} at step {step}, wanted one: several episodes?")
