"""Strikes, hives, death and return, with numbers worked out by hand; and who has won."""

from __future__ import annotations

import numpy as np
import pytest
from planes_by_hand import act, batch_of, scenario

from envs.swarm.simulation.recording import points

FACE_TO_FACE = scenario([(20.0, 30.0)], [(21.2, 30.0)])


def test_both_lose_what_a_strike_takes_and_pay_for_striking() -> None:
    batch = batch_of(FACE_TO_FACE)
    act(batch)
    assert batch.worlds.health[0].tolist() == [95.0, 95.0]  # 10 per second for half of one
    assert batch.worlds.energy[0].tolist() == [100.0 - 0.5 * 0.5 - 0.1 * 0.5] * 2
    parts = dict(zip(("strike", "hurt"), batch.worlds.state.parts[0, 0, 4:6], strict=True))
    assert parts == {"strike": pytest.approx(0.05), "hurt": pytest.approx(-0.05)}


def test_who_is_out_of_reach_or_holds_on_to_something_does_not_strike() -> None:
    far = batch_of(scenario([(20.0, 30.0)], [(22.0, 30.0)]))
    act(far)
    assert far.worlds.health[0].tolist() == [100.0, 100.0]
    busy = scenario([(20.0, 30.0)], [(21.2, 30.0)], hives=((50.0, 50.0),), resources=((20.0, 31.0, 10.0, 2),))
    batch = batch_of(busy)
    act(batch, (0.0, 0.0, 1.0))
    assert batch.worlds.health[0].tolist() == [95.0, 100.0]


def test_who_dies_for_good_is_done_and_the_last_team_has_won() -> None:
    batch = batch_of(FACE_TO_FACE)
    batch.worlds.health[0, 1] = 4.0
    act(batch)
    assert batch.worlds.there[0].tolist() == [True, False]
    assert batch.worlds.row_terminated[0].tolist() == [True, True]
    assert batch.done[0]
    assert batch.worlds.over[0]
    assert batch.outcomes()["points"][0] == 1.0
    assert batch.outcomes()["survivors"][0] == 0.5


def test_who_died_for_good_is_paid_for_dying_and_then_nothing() -> None:
    """Its hive is struck all along, which costs its mate."""
    batch = batch_of(scenario([(20.0, 30.0), (50.0, 50.0)], [(10.0, 10.0)], hives=((10.0, 12.0),)))
    batch.worlds.health[0, 0] = -1.0
    act(batch)
    died = -1.0 - 0.001 * 0.05 - 0.005 * 0.5  # and 5 health of the hive, by heads
    assert batch.reward[0, 0] == pytest.approx(died - 0.01 * 5.0 / 2)
    act(batch)
    assert batch.reward[0, 0] == 0.0
    assert batch.reward[0, 1] == pytest.approx(-0.001 * 0.05 - 0.005 * 0.5 - 0.01 * 5.0 / 2)
    assert batch.worlds.reward_sums[0, 0].sum() == pytest.approx(died - 0.01 * 5.0 / 2)


def test_who_may_return_waits_and_costs_its_hive_energy() -> None:
    own = scenario([(20.0, 30.0), (40.0, 30.0)], hives=((10.0, 10.0),), resources=((5.0, 50.0, 9.0, 1),), returns=True)
    batch = batch_of(own)
    batch.worlds.health[0, 0] = -1.0
    act(batch)
    assert not batch.active[0, 0]
    assert not batch.worlds.row_terminated[0, 0]
    for _ in range(9):
        act(batch)
    assert not batch.active[0, 0]
    act(batch)  # five seconds have gone by
    assert batch.active[0, 0]
    assert batch.worlds.state.hives["store"][0, 0] == 180.0
    assert batch.worlds.energy[0, 0] == 20.0
    assert np.hypot(batch.worlds.x_m[0, 0] - 10.0, batch.worlds.y_m[0, 0] - 10.0) <= 4.0


def test_without_energy_health_is_lost_and_at_home_both_come_back() -> None:
    batch = batch_of(scenario([(20.0, 30.0), (40.0, 30.0)], hives=((40.0, 30.0),)))
    batch.worlds.energy[0, :2] = 0.0, 50.0
    batch.worlds.health[0, 1] = 50.0
    act(batch)
    assert batch.worlds.health[0, :2].tolist() == [99.0, 51.0]
    assert batch.worlds.energy[0, 1] == pytest.approx(50.0 - 0.05 + 5.0)


def test_a_hive_goes_to_who_strikes_it_and_the_contest_is_decided() -> None:
    batch = batch_of(scenario([(50.0, 50.0)], [(10.0, 10.0)], hives=((10.0, 12.0),)))
    batch.worlds.state.hives["health"][0, 0] = 12.0
    act(batch)
    assert batch.worlds.state.hives["health"][0, 0] == 7.0
    act(batch)
    act(batch)
    hive = batch.worlds.state.hives[0, 0]
    assert (hive["team"], hive["health"], hive["captures"]) == (1, 150.0, 1)
    assert batch.done[0]
    assert batch.outcomes()["points"][0] == 0.0
    assert batch.worlds.state.parts[0, :2, 8].tolist() == [-5.0, 5.0]


def test_points_are_one_half_where_several_stand_best() -> None:
    standing = np.array([[1.0, 0.5, np.nan], [1.0, 1.0, np.nan], [0.2, 0.1, 0.3]])
    assert points(standing, np.array([0, 1, 0])).tolist() == [1.0, 0.5, 0.0]
