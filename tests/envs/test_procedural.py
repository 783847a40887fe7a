"""Drawn traffic: what an episode seed decides, what the settings bound, and what is never drawn."""

import itertools
from typing import Any

import numpy as np
import pytest

from envs.airspace.batch import DRAWN, SPLITS, AirspaceBatch
from envs.airspace.scenario import Scenario
from envs.airspace.settings import AirspaceSettings
from envs.airspace.suite import SUITE
from envs.airspace.traffic_settings import FAMILIES
from tests.envs.worlds_by_hand import drawn

START = ("num_aircraft", "family", "position", "heading", "cas", "kind", "waypoint")


def only(*families: str) -> dict[str, Any]:
    return {"families": {name: float(name in families) for name in FAMILIES}}


def distances(position: np.ndarray) -> np.ndarray:
    return np.sort([np.hypot(*(a - b)) for a, b in itertools.combinations(position, 2)])


def flown(batch: AirspaceBatch, w: int, field: str) -> np.ndarray:
    return getattr(batch.worlds, field)[w, : batch.worlds.num_aircraft[w]]


def test_the_same_episode_seed_gives_the_same_traffic() -> None:
    first = drawn(30, seed=1)
    again = drawn(30, seed=2)
    assert not np.array_equal(first.worlds.heading, again.worlds.heading)
    backwards = np.arange(30)[::-1]
    again.begin(backwards, np.full(30, DRAWN), first.worlds.episode_seed)
    for w, field in itertools.product(range(30), START[2:]):
        np.testing.assert_array_equal(flown(again, 29 - w, field), flown(first, w, field))
    assert again.worlds.family[backwards].tolist() == first.worlds.family.tolist()


def test_each_reset_draws_another_episode() -> None:
    batch = drawn(30)
    before = batch.worlds.episode_seed.copy()
    batch.reset()
    assert len({*before.tolist(), *batch.worlds.episode_seed.tolist()}) == 60


@pytest.mark.parametrize("split", SPLITS)
def test_the_two_highest_bits_of_an_episode_seed_name_its_split(split: str) -> None:
    batch = drawn(200, split=split)
    assert {int(seed) >> 62 for seed in batch.worlds.episode_seed} == {SPLITS[split]}
    assert sorted(SPLITS.values()) == [0, 1, 2]
    assert len({int(seed) >> 54 for seed in batch.worlds.episode_seed}) > 100  # the bits below differ


def test_equal_seeds_draw_other_episodes_in_each_split() -> None:
    seeds = [set(drawn(100, seed=5, split=split).worlds.episode_seed.tolist()) for split in SPLITS]
    assert len(set.union(*seeds)) == 300


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("start_separation_nm", [5.5, 9.0])
def test_starts_keep_their_separation(family: str, start_separation_nm: float) -> None:
    procedural = {**only(family), "start_separation_nm": start_separation_nm, "min_aircraft": 4}
    batch = drawn(60, procedural=procedural)
    assert (batch.worlds.family == FAMILIES.index(family)).all()
    assert batch.worlds.min_separation.min() >= start_separation_nm


@pytest.mark.parametrize("left_out", FAMILIES)
def test_a_family_with_weight_0_is_never_drawn(left_out: str) -> None:
    families = {name: float(name != left_out) for name in FAMILIES}
    drawn_families = set(drawn(300, procedural={"families": families}).worlds.family.tolist())
    assert drawn_families == {number for number, name in enumerate(FAMILIES) if name != left_out}


def test_families_are_drawn_by_their_weights() -> None:
    families = {**only("merging", "random")["families"], "merging": 3.0}
    family = drawn(2000, procedural={"families": families}).worlds.family
    assert np.mean(family == FAMILIES.index("merging")) == pytest.approx(0.75, abs=0.04)


def test_counts_cover_their_range() -> None:
    counts = drawn(300, procedural={"min_aircraft": 1, "max_aircraft": 3}).worlds.num_aircraft
    assert set(counts.tolist()) == {1, 2, 3}


def test_speeds_and_types_cover_their_ranges() -> None:
    procedural = {"cas_kt": {"low": 230.0, "high": 240.0}, "aircraft_types": ["A320", "B744"]}
    batch = drawn(300, procedural=procedural)
    cas = np.concatenate([flown(batch, w, "cas") for w in range(300)])
    assert 230.0 <= cas.min() < 230.5
    assert 239.5 < cas.max() <= 240.0
    assert {kind for w in range(300) for kind in flown(batch, w, "kind").tolist()} == {0, 1}
    assert batch._fleet["cas_max"].tolist() == [316.847, 349.892]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_or_none_fly_at_one_speed(share: float) -> None:
    batch = drawn(100, procedural={"equal_speed_share": share})
    alike = [len(set(flown(batch, w, "cas").tolist())) == 1 for w in range(100)]
    assert np.mean(alike) == share


def test_headings_cover_the_circle_and_lie_in_it() -> None:
    heading = np.concatenate([flown(batch, w, "heading") for batch in [drawn(300)] for w in range(300)])
    assert heading.min() >= 0.0
    assert heading.max() < 360.0
    assert np.histogram(heading, 8, (0.0, 360.0))[0].min() > 50


@pytest.mark.parametrize(
    ("family", "most"), [("crossing", 1e-6), ("merging", 1e-6), ("head_on", 1e-6), ("converging", 1e-6), ("random", 30)]
)
def test_drawn_aircraft_head_for_their_waypoints(family: str, most: float) -> None:
    batch = drawn(100, procedural=only(family))
    drift = np.concatenate([flown(batch, w, "drift") for w in range(100)])
    assert drift.max() <= most
    assert family != "random" or drift.max() > 20.0


def test_merging_aircraft_start_in_the_merge_range_and_a_jitter_of_5_nm() -> None:
    procedural = {**only("merging"), "merge_distance_nm": {"low": 40.0, "high": 60.0}, "max_aircraft": 2}
    batch = drawn(200, procedural=procedural)
    distance = batch.worlds.waypoint_distance[:, :2]
    assert distance.min() >= 35.0
    assert np.quantile(distance, 0.95) <= 65.0  # a draw too close together is drawn again, wider


def test_random_waypoints_lie_in_their_range() -> None:
    procedural = {**only("random"), "waypoint_distance_nm": {"low": 20.0, "high": 25.0}}
    procedural["start_distance_nm"] = {"low": 11.0, "high": 15.0}
    batch = drawn(200, procedural=procedural)
    distance = np.concatenate([flown(batch, w, "waypoint_distance") for w in range(200)])
    assert 20.0 <= distance.min() < 21.0
    assert 39.0 < distance.max() <= 40.0  # up to 25 + 15


def test_the_suite_is_never_drawn() -> None:
    suite = [distances(scenario.position_nm) for scenario in SUITE.values()]
    batch = drawn(1000)
    assert (batch.worlds.scenario == DRAWN).all()
    for w in range(1000):
        mine = distances(flown(batch, w, "position"))
        assert all(len(mine) != len(other) or np.abs(mine - other).max() > 1e-3 for other in suite)


@pytest.mark.parametrize("name", ["chase_2x2", "chase_3p1", "chase_4all"])
def test_a_chase_that_holds_never_goes_below_6_nm(name: str) -> None:
    batch = hold(SUITE[name])
    assert batch.worlds.done[0]
    assert batch.worlds.arrived[0].all()
    assert batch.worlds.min_separation[0] >= 6.0 - 1e-9


@pytest.mark.parametrize("name", [name for name in SUITE if name not in ("chase_2x2", "chase_3p1", "chase_4all")])
def test_every_other_suite_scenario_but_parallel_loses_separation_where_nobody_acts(name: str) -> None:
    lost = hold(SUITE[name]).worlds.min_separation[0] < 5.0
    assert lost == (name != "parallel")


def hold(scenario: Scenario) -> AirspaceBatch:
    batch = AirspaceBatch(AirspaceSettings(), 1, 0, scenarios=[scenario], discount=0.97)
    batch.reset()
    for _ in range(100):
        batch.step(np.zeros((1, batch.num_slots, 2)))
    return batch


def test_a_drawn_chase_at_equal_speeds_that_holds_keeps_its_distances() -> None:
    batch = drawn(100, procedural={**only("chasing"), "equal_speed_share": 1.0})
    before = batch.worlds.min_separation.copy()
    for _ in range(60):
        batch.step(np.zeros((100, batch.num_slots, 2)))
    assert batch.worlds.min_separation == pytest.approx(before, abs=1e-9)
