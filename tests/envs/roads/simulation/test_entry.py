"""Cars enter when their time has come and where it is clear."""

from __future__ import annotations

import numpy as np
from cars_by_hand import act, begun, roads

from envs.roads.simulation.batch import RoadsBatch
from envs.roads.simulation.compiled.worlds import DRIVES, WAITS
from envs.roads.simulation.settings import RoadsSettings


def test_who_comes_later_waits_inactive_and_is_paid_nothing() -> None:
    batch = begun(roads(0.0, 90.0), (0, 10.0, 10.0), (1, 10.0, 10.0), enters=(0, 3))
    act(batch, steps=2)
    assert list(batch.status[0]) == [DRIVES, WAITS]
    assert batch.reward[0, 1] == 0.0
    act(batch)
    assert (batch.status[0, 1], batch.s_m[0, 1], batch.entered_step[0, 1]) == (DRIVES, 10.0, 3)


def test_who_would_enter_too_close_behind_another_waits() -> None:
    batch = begun(roads(0.0), (0, 10.0, 5.0), (0, 4.0, 5.0), cars={"entry_gap_m": 5.0})
    assert list(batch.status[0]) == [DRIVES, WAITS]
    act(batch, steps=4)  # it comes on by 1 m in a step: 2 m free at first, 5 after three
    assert list(batch.status[0]) == [DRIVES, DRIVES]
    assert batch.entered_step[0, 1] == 3


def test_who_enters_ahead_of_another_is_not_slowed() -> None:
    batch = begun(roads(0.0), (0, 4.0, 5.0), (0, 20.0, 12.0))
    assert batch.speed_mps[0].tolist() == [5.0, 12.0]


def test_who_enters_behind_a_slower_one_is_slowed() -> None:
    batch = begun(roads(0.0), (0, 20.0, 2.0), (0, 4.0, 12.0))
    assert batch.status[0, 1] == DRIVES
    assert batch.speed_mps[0, 1] < 12.0


def test_drawn_cars_come_as_many_and_as_soon_as_the_settings_say() -> None:
    wanted = {"min_cars": 3, "max_cars": 5, "entries_within_s": 8.0}
    batch = RoadsBatch(RoadsSettings.from_values({"cars": wanted, "num_roads": 8}), 64, 0)
    batch.reset()
    assert set(batch.num_cars) == {3, 4, 5}
    there = batch.present
    assert batch.entry_step[there].max() <= 8.0 / 0.2
    assert (batch.entry_step[:, 0] == 0).all()
    assert (np.diff(batch.entry_step, axis=1)[there[:, 1:]] >= 0).all()
    routes = np.array([road.num_routes for road in batch.roads])
    assert (batch.route[there] < np.repeat(routes[batch.road], batch.num_slots).reshape(there.shape)[there]).all()


def test_the_splits_have_roads_of_their_own() -> None:
    batch = RoadsBatch(RoadsSettings.from_values({"num_roads": 8}), 32, 0)
    found = []
    for split in ("train", "validation", "test"):
        batch.seed(0, split)
        batch.reset()
        found.append({batch.roads[road].digest() for road in batch.road})
    assert len(set.union(*found)) == sum(map(len, found))
    assert min(map(len, found)) > 1
