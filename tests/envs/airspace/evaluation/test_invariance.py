"""Turning or moving all traffic, or naming aircraft in another order, changes no metric of an episode."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from envs.airspace.evaluation.flight import Flight
from envs.airspace.evaluation.recorder import FlightRecorder
from envs.airspace.evaluation.table import measure
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings


@pytest.fixture(scope="module")
def flown() -> Flight:
    """48 drawn episodes of four in wind, under commands at random that last for some time."""
    values = {"procedural": {"min_aircraft": 4, "max_aircraft": 4}, "wind": {"from_deg": 200.0, "speed_kt": 25.0}}
    batch = AirspaceBatch(AirspaceSettings.from_values(values), 48, seed=11, discount=0.97)
    batch.reset()
    recorder, rng = FlightRecorder(batch), np.random.default_rng(12)
    recorder.keep()
    while not batch.worlds.done.all():
        if batch.worlds.step.max() % 5 == 0:
            actions = rng.uniform(-1.0, 1.0, (48, 4, 2))
        batch.step(actions)
        recorder.keep()
    return recorder.flight()


def turned(flight: Flight, angle_deg: float, move_nm: tuple[float, float]) -> Flight:
    """All traffic turned clockwise about the origin, then moved."""
    angle = math.radians(angle_deg)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return replace(
        flight,
        position_nm=flight.position_nm @ turn + move_nm,
        velocity_kt=flight.velocity_kt @ turn,
        waypoint_nm=flight.waypoint_nm @ turn + move_nm,
        heading_deg=(flight.heading_deg + angle_deg) % 360.0,
    )


def in_other_order(flight: Flight, order: list[int]) -> Flight:
    """Slot n of the result is slot order[n]."""
    of_slots = (
        "position_nm",
        "velocity_kt",
        "heading_deg",
        "tas_kt",
        "cas_kt",
        "present",
        "active",
        "change",
        "active_s",
    )
    of_worlds = ("waypoint_nm", "cas_range_kt", "remaining_nm", "arrived", "kind")
    arrays = {name: np.take(getattr(flight, name), order, axis=2) for name in of_slots}
    arrays |= {name: np.take(getattr(flight, name), order, axis=1) for name in of_worlds}
    places = {tuple(pair): p for p, pair in enumerate(flight.pairs.tolist())}
    pairs = [places[tuple(sorted((order[a], order[b])))] for a, b in flight.pairs]
    return replace(flight, **arrays, pair_separation_nm=flight.pair_separation_nm[:, :, pairs])


def assert_same_episodes(left: Flight, right: Flight) -> None:
    ours, theirs = measure(left).episodes, measure(right).episodes
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(
    ("angle_deg", "move_nm"), [(0.0, (300.0, -40.0)), (37.0, (0.0, 0.0)), (180.0, (5.0, 5.0)), (271.5, (-12.0, 80.0))]
)
def test_turning_and_moving_change_nothing(flown: Flight, angle_deg: float, move_nm: tuple[float, float]) -> None:
    assert_same_episodes(flown, turned(flown, angle_deg, move_nm))
    left, right = measure(flown).conflicts, measure(turned(flown, angle_deg, move_nm)).conflicts
    pd.testing.assert_frame_equal(left, right, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("order", [[3, 2, 1, 0], [1, 2, 3, 0]])
def test_the_order_of_aircraft_changes_nothing(flown: Flight, order: list[int]) -> None:
    assert_same_episodes(flown, in_other_order(flown, order))
    left, right = measure(flown).conflicts, measure(in_other_order(flown, order)).conflicts
    same = ["episode", "time_in_s", "time_out_s", "min_separation_nm", "dcpa_nm", "secondary", "open"]
    tables = [table[same].sort_values(same).reset_index(drop=True) for table in (left, right)]
    pd.testing.assert_frame_equal(*tables, atol=1e-9)
