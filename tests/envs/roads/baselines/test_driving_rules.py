"""The rules on drawn junctions: what they command, that worlds do not mix, and that the best of them lose nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from envs.ground.play import Episodes, Space, play
from envs.roads.baselines.room import BASELINES
from envs.roads.baselines.rules import CarFollowing, GapAcceptance
from envs.roads.baselines.settings import IdmYield
from envs.roads.baselines.view import cars_of, commanded, net_of
from envs.roads.simulation.room import SIMULATION
from envs.roads.simulation.settings import RoadsSettings
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings

SETTINGS = baselines_settings(read_params(ROOT / "params.yaml"), "roads")
RULES = BASELINES.make(SETTINGS)
FEW = {"num_roads": 12, "cars": {"min_cars": 3, "max_cars": 6}}


def space(**changes) -> Space:
    return Space(SIMULATION, RoadsSettings.from_values(FEW | changes))


def begun(num: int, **changes):
    batch = space(**changes).batch(num)
    batch.begin(np.arange(num), np.full(num, -1), np.arange(num, dtype=np.uint64))
    return batch


def played(rule: str, seeds: np.ndarray, **changes) -> pd.DataFrame:
    return play(space(**changes), Episodes.drawn(seeds), RULES[rule]).episodes.drop(columns="episode")


def test_hold_asks_for_nothing() -> None:
    batch = begun(4)
    RULES["hold"].begin(batch, 0)
    assert not RULES["hold"].steer(batch, None).any()


def test_accelerations_and_offsets_become_shares_of_what_is_allowed() -> None:
    """3 m/s2 at most, 6 m/s2 of braking, 0.5 m aside."""
    batch = begun(1)
    shape = batch.worlds.status.shape
    found = commanded(batch, np.full(shape, 1.5), np.full(shape, -0.25))
    assert found[0, 0].tolist() == [0.5, -0.5]
    assert commanded(batch, np.full(shape, -3.0), np.full(shape, 9.0))[0, 0].tolist() == [-0.5, 1.0]


def test_rules_see_each_route_metre_by_metre() -> None:
    batch = begun(2)
    net, roads = net_of(batch.table), batch.roads[int(batch.worlds.road[1])]
    n, count = int(batch.worlds.road[1]), int(roads.length_m[0]) + 1
    np.testing.assert_allclose(net.point_m[n, 0, :count], roads.point_m[0, :count], atol=1e-5)
    np.testing.assert_allclose(np.cos(net.heading_rad[n, 0, :count] - roads.heading_rad[0, :count]), 1.0)
    np.testing.assert_array_equal(net.priority[n, : roads.num_routes, : roads.num_routes], roads.priority)


def test_rules_see_who_drives() -> None:
    cars = cars_of(begun(3))
    assert cars.drives.any(axis=1).all()
    assert (cars.there == cars.drives).all()


@pytest.mark.parametrize("rule", RULES)
def test_a_world_alone_is_driven_as_among_others(rule: str) -> None:
    seeds = np.arange(4, dtype=np.uint64)
    together = played(rule, seeds)
    alone = pd.concat([played(rule, seeds[n : n + 1]) for n in range(4)], ignore_index=True)
    pd.testing.assert_frame_equal(together, alone)


def test_a_driver_does_what_it_decided_a_while_before() -> None:
    batch = begun(4)
    late, at_once = (GapAcceptance(SETTINGS.idm, IdmYield(gap_s=1.0, reaction_s=seconds)) for seconds in (0.6, 0.0))
    done, decided = [], []
    for rule in (late, at_once):
        rule.begin(batch, 0)
    for _ in range(8):
        decided.append(at_once.steer(batch, None))
        done.append(late.steer(batch, None))
        batch.step(done[-1])
    assert not np.array(done[:3]).any()
    assert np.array(decided[:5]).any()
    np.testing.assert_array_equal(done[3:], decided[:5])


def test_who_yields_loses_fewer_than_who_follows_and_who_follows_fewer_than_who_holds() -> None:
    seeds = np.arange(40, dtype=np.uint64)
    failed = [played(rule, seeds)["failed"].mean() for rule in ("hold", "idm", "idm_yield", "reserve")]
    assert failed == sorted(failed, reverse=True)
    assert failed[0] > 0.3
    assert failed[3] == 0.0


def test_where_actions_steer_a_rule_keeps_to_the_road() -> None:
    batch = begun(8, actions={"kind": "bicycle"})
    rule = CarFollowing(SETTINGS.idm)
    rule.begin(batch, 0)
    for _ in range(60):
        batch.step(rule.steer(batch, None))
    assert (batch.worlds.status != 4).all()
    assert np.abs(batch.worlds.d_m[batch.worlds.active]).max() < 0.6
