"""What an agent sees: the nearest within sight, none behind an obstacle, and each in its own columns."""

from __future__ import annotations

import numpy as np
import pytest
from planes_by_hand import act, batch_of, scenario, seen

from envs.swarm.simulation.compiled.observation import layout
from envs.swarm.simulation.room import SIMULATION
from envs.swarm.simulation.settings import SwarmSettings


def test_others_are_seen_within_sight_and_mates_apart_from_them() -> None:
    batch = batch_of(scenario([(20.0, 30.0), (20.0, 36.0)], [(29.0, 30.0), (36.0, 30.0)]))
    assert seen(batch, 0, "mate_0_y") == pytest.approx(6.0 / 15.0)
    assert seen(batch, 0, "other_0_x") == pytest.approx(9.0 / 15.0)
    assert seen(batch, 0, "other_1_presence") == 0.0  # 16 m away
    assert seen(batch, 0, "mate_1_presence") == 0.0


def test_nobody_sees_through_an_obstacle() -> None:
    hidden = batch_of(scenario([(20.0, 30.0)], [(30.0, 30.0)], obstacles=((25.0, 30.5, 1.0),)))
    assert seen(hidden, 0, "other_0_presence") == 0.0
    assert seen(hidden, 0, "obstacle_0_x") == pytest.approx(5.0 / 15.0)
    assert seen(hidden, 0, "obstacle_0_radius") == pytest.approx(1.0 / 15.0)
    beside = batch_of(scenario([(20.0, 30.0)], [(30.0, 30.0)], obstacles=((25.0, 31.5, 1.0),)))
    assert seen(beside, 0, "other_0_presence") == 1.0


def test_the_nearest_come_first_and_those_beyond_the_slots_are_left_out() -> None:
    mates = [(20.0, 30.0), *((22.0 + k, 30.0) for k in range(7))]
    batch = batch_of(scenario(mates))
    places = [seen(batch, 0, f"mate_{k}_x") * 15.0 for k in range(5)]
    assert places == pytest.approx([2.0, 3.0, 4.0, 5.0, 6.0])


def test_hives_are_seen_from_afar_and_resources_tell_what_they_lack() -> None:
    own = scenario(
        [(20.0, 30.0)], [(50.0, 50.0)], hives=((20.0, 33.0), (50.0, 50.0)), resources=((21.0, 30.0, 20.0, 2),)
    )
    batch = batch_of(own)
    act(batch, (0.0, 0.0, 1.0))
    assert [seen(batch, 0, f"hive_{k}_mine") for k in range(3)] == [1.0, -1.0, 0.0]
    assert seen(batch, 0, "hive_1_x") == pytest.approx(30.0 / 50.0)
    assert seen(batch, 0, "is_home") == 1.0
    assert seen(batch, 0, "resource_0_needed") == pytest.approx(0.5)
    assert seen(batch, 0, "resource_0_lacks") == seen(batch, 0, "lacks") == pytest.approx(0.25)
    assert seen(batch, 0, "resource_0_held_by_mates") == 1.0
    assert seen(batch, 0, "holds") == 1.0
    assert seen(batch, 0, "carries") == 0.0


def test_disturbed_sight_misses_and_moves_things() -> None:
    own = scenario([(20.0, 30.0), (24.0, 30.0)])
    blind = batch_of(own, disturbance={"dropped_objects": 1.0})
    assert seen(blind, 0, "mate_0_presence") == 0.0
    noisy = batch_of(own, disturbance={"position_noise_m": 0.5})
    assert seen(noisy, 0, "mate_0_x") not in (0.0, pytest.approx(4.0 / 15.0))


def test_slots_tell_where_each_group_stands() -> None:
    settings = SwarmSettings()
    names = layout(settings.observation)
    for group in SIMULATION.slots(settings):
        assert names[group.first] == f"{group.name}_0_presence"
        assert names[group.first + group.num * group.width - 1].startswith(f"{group.name}_{group.num - 1}_")
    assert len(names) == len(set(names)) == batch_of(scenario([(20.0, 30.0)])).observation.shape[2]
    assert np.abs(batch_of(scenario([(20.0, 30.0)])).observation).max() <= 5.0
