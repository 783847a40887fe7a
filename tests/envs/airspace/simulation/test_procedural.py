"""Drawn traffic: what an episode seed decides, what the settings bound, and what is never drawn."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic import procedural as procedural_module
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.airspace.simulation.traffic.traffic_settings import DRAWN_FAMILIES, FAMILIES, SECTOR
from envs.ground.world import DRAWN, SPLITS
from tests.envs.airspace.simulation.worlds_by_hand import drawn

START = ("num_aircraft", "family", "position", "heading", "cas", "kind", "waypoint")


def only(*families: str) -> dict[str, Any]:
    """Settings in which these families are drawn and no other, held out or not."""
    return {"families": {name: float(name in families) for name in FAMILIES}, "held_out": {"families": []}}


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


def test_so_many_distinct_episodes_are_drawn_whatever_the_seed() -> None:
    seeds = [set(drawn(300, seed=seed, procedural={"distinct_episodes": 20}).worlds.episode_seed) for seed in (5, 6)]
    assert seeds[0] == seeds[1]
    assert len(seeds[0]) == 20


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("start_separation_nm", "count"), [(5.5, 4), (9.0, 4), (5.5, 16), (60.0, 16)])
def test_starts_keep_their_separation_however_crowded(family: str, start_separation_nm: float, count: int) -> None:
    numbers = {"min_aircraft": count, "max_aircraft": count}
    batch = drawn(60, procedural={**only(family), **numbers, "start_separation_nm": start_separation_nm})
    assert (batch.worlds.num_aircraft == count).all()
    assert (batch.worlds.family == FAMILIES.index(family)).all()
    assert batch.worlds.min_separation.min() >= start_separation_nm


@pytest.mark.parametrize("family", FAMILIES)
def test_sixteen_aircraft_start_within_the_reach_of_an_episode(family: str) -> None:
    """At 250 kt CAS 80 NM are flown in 1000 s; pairs that meet head-on stand side by side, 6 to 16 NM apart."""
    batch = drawn(60, procedural={**only(family), "min_aircraft": 16, "max_aircraft": 16})
    assert np.quantile(batch.worlds.waypoint_distance, 0.95) < 80.0
    assert np.abs(batch.worlds.position).max() < (125.0 if family == "head_on" else 80.0)


def test_the_numbers_of_families_in_compiled_code_are_their_places_in_the_settings() -> None:
    names = [name.upper() for name in FAMILIES]
    assert [getattr(procedural_module, name) for name in names] == list(range(len(FAMILIES)))
    assert DRAWN_FAMILIES[SECTOR] == "sector"


def test_a_family_that_is_held_out_is_never_drawn() -> None:
    held = ("area", "merging")
    family = drawn(400, procedural={"held_out": {"families": held}}).worlds.family
    assert set(family.tolist()) == {FAMILIES.index(name) for name in FAMILIES if name not in held}


def test_a_number_of_aircraft_that_is_held_out_is_never_drawn() -> None:
    procedural = {"min_aircraft": 1, "max_aircraft": 4, "held_out": {"num_aircraft": [2, 4, 9]}}
    counts = drawn(300, procedural=procedural).worlds.num_aircraft
    assert np.bincount(counts).tolist()[2:] == [0, np.sum(counts == 3)]
    assert np.mean(counts == 3) == pytest.approx(0.5, abs=0.1)


def test_a_band_of_speeds_that_is_held_out_is_never_drawn_and_the_rest_is_even() -> None:
    band = {"held_out": {"cas_kt": {"low": 230.0, "high": 270.0}}}
    batch = drawn(1000, procedural=band)
    in_order = batch.worlds.family != FAMILIES.index("overtaken_stream")
    cas = batch.worlds.cas[in_order, :2].ravel()
    assert np.histogram(cas, [220.0, 230.0, 270.0, 280.0])[0].tolist()[1] == 0
    assert np.mean(cas < 250.0) == pytest.approx(0.5, abs=0.05)
    fast = drawn(100, procedural={**band, **only("overtaken_stream"), "held_out": {"families": [], **band["held_out"]}})
    assert fast.worlds.cas[:, 0].max() <= 225.0
    last = [flown(fast, w, "cas")[-1] for w in range(100)]
    assert min(last) >= 270.0  # of 255 to 285 the upper half is left
    assert max(last) <= 285.0


def at(value: float) -> dict[str, float]:
    """A range of one value."""
    return {"low": value, "high": value}


def test_an_overtaken_stream_is_slow_in_front_and_fast_behind_on_one_track() -> None:
    stream = {"gap_nm": at(8.0), "behind_nm": at(10.0), "aside_nm": at(0.0), "waypoint_distance_nm": at(30.0)}
    speeds = {"slow_cas_kt": at(210.0), "fast_cas_kt": at(270.0)}
    counts = {"min_aircraft": 4, "max_aircraft": 4}
    batch = drawn(20, procedural={**only("overtaken_stream"), **counts, "overtaken_stream": {**stream, **speeds}})
    worlds = batch.worlds
    back = worlds.position[:, :1] - worlds.position
    assert np.hypot(back[..., 0], back[..., 1]) == pytest.approx(np.tile([0.0, 8.0, 18.0, 26.0], (20, 1)))
    assert worlds.waypoint_distance == pytest.approx(np.tile([30.0, 38.0, 48.0, 56.0], (20, 1)))
    assert worlds.drift == pytest.approx(np.zeros((20, 4)), abs=1e-6)
    assert worlds.cas == pytest.approx(np.tile([210.0, 210.0, 270.0, 270.0], (20, 1)))
    for _ in range(60):  # 34.6 NM at 60 kt CAS more: the first fast one gains 10 NM in about 510 s
        batch.step(np.zeros((20, 4, 2)))
    assert (worlds.min_separation < 0.5).all()


def test_an_area_has_its_waypoints_across_on_its_edge() -> None:
    area = {"radius_nm": at(25.0), "across_deg": at(0.0), "off_course_deg": at(40.0)}
    batch = drawn(50, procedural={**only("area"), "area": area, "start_separation_nm": 5.0})
    for w in range(50):
        position, waypoint = flown(batch, w, "position"), flown(batch, w, "waypoint")
        assert np.hypot(*waypoint.T) == pytest.approx(25.0)
        distance = np.hypot(*position.T)
        assert distance.max() <= 26.0
        assert flown(batch, w, "waypoint_distance") == pytest.approx(25.0 + distance)  # opposite: through the centre
        assert flown(batch, w, "drift") == pytest.approx(40.0)


@pytest.mark.parametrize(
    ("family", "key", "narrow", "measure", "low", "high"),
    [
        ("crossing", "start_distance_nm", at(50.0), "radius", 49.0, 75.0),
        ("crossing", "waypoint_distance_nm", at(90.0), "waypoint_distance", 100.0, 135.0),
        ("crossing", "angle_deg", at(90.0), "angle", 0.0, 1e-6),
        ("crossing", "spread_nm", at(0.0), "off_centre", 0.0, 1e-6),
        ("merging", "start_distance_nm", at(40.0), "waypoint_distance", 40.0, 45.0),
        ("merging", "aside_nm", at(100.0), "radius", 20.0, 155.0),
        ("chasing", "gap_nm", at(20.0), "min_separation", 7.0, 20.6),
        ("chasing", "lane_distance_nm", at(40.0), "min_separation", 6.0, 41.0),
        ("chasing", "waypoint_distance_nm", at(90.0), "waypoint_distance", 90.0, 103.0),
        ("head_on", "start_distance_nm", at(40.0), "waypoint_distance", 60.0, 86.0),
        ("converging", "start_distance_nm", at(40.0), "radius", 40.0, 40.9),
        ("converging", "near_waypoint_nm", at(100.0), "waypoint_distance", 19.0, 131.0),
        ("converging", "waypoint_distance_nm", at(60.0), "waypoint_distance", 12.0, 91.0),
        ("random", "radius_nm", at(90.0), "radius", 0.0, 92.0),
        ("random", "waypoint_distance_nm", at(20.0), "waypoint_distance", 20.0, 20.1),
        ("random", "off_course_deg", at(12.0), "drift", 12.0, 12.1),
    ],
)
def test_a_range_of_a_family_bounds_what_it_names(
    family: str, key: str, narrow: dict[str, float], measure: str, low: float, high: float
) -> None:
    batch = drawn(60, procedural={**only(family), family: {key: narrow}, "max_aircraft": 2})
    measured = MEASURES[measure](batch)
    assert low - 1e-6 <= measured.min() <= measured.max() <= high
    other = drawn(60, procedural={**only(family), "max_aircraft": 2})
    assert not np.allclose(MEASURES[measure](other), measured)


def test_the_second_head_on_pair_flies_beside_the_first_or_crosses_near_it() -> None:
    batch = drawn(100, procedural={**only("head_on"), "min_aircraft": 4, "head_on": {"track_distance_nm": at(50.0)}})
    assert off_centre(batch).max() <= 2.5 + 1e-9
    beside = off_centre(batch, slice(2, 4))
    parallel = beside > 25.0
    assert 0.4 < parallel.mean() < 0.8
    assert np.abs(beside[parallel] - 50.0).max() <= 2.5 + 1e-9
    assert beside[~parallel].max() <= 3.0


def off_right_angle(batch: AirspaceBatch) -> np.ndarray:
    heading = batch.worlds.heading[:, :2]
    return np.abs((heading[:, 0] - heading[:, 1]) % 180.0 - 90.0)


def off_centre(batch: AirspaceBatch, slots: slice = slice(2)) -> np.ndarray:
    """How far the tracks pass the origin."""
    position, direction = batch.worlds.position[:, slots], batch.worlds.direction[:, slots]
    return np.abs(position[..., 0] * direction[..., 1] - position[..., 1] * direction[..., 0])


MEASURES: dict[str, Callable[[AirspaceBatch], np.ndarray]] = {
    "radius": lambda batch: np.hypot(batch.worlds.position[:, :2, 0], batch.worlds.position[:, :2, 1]),
    "waypoint_distance": lambda batch: batch.worlds.waypoint_distance[:, :2].copy(),
    "min_separation": lambda batch: batch.worlds.min_separation.copy(),
    "drift": lambda batch: batch.worlds.drift[:, :2].copy(),
    "angle": off_right_angle,
    "off_centre": off_centre,
}


@pytest.mark.parametrize("left_out", FAMILIES)
def test_a_family_with_weight_0_is_never_drawn(left_out: str) -> None:
    procedural = only(*(name for name in FAMILIES if name != left_out))
    drawn_families = set(drawn(300, procedural=procedural).worlds.family.tolist())
    assert drawn_families == {number for number, name in enumerate(FAMILIES) if name != left_out}


def test_families_are_drawn_by_their_weights() -> None:
    families = {**only("merging", "random")["families"], "merging": 3.0}
    family = drawn(2000, procedural={"families": families}).worlds.family
    assert np.mean(family == FAMILIES.index("merging")) == pytest.approx(0.75, abs=0.04)


def test_counts_cover_their_range() -> None:
    counts = drawn(300, procedural={"min_aircraft": 1, "max_aircraft": 3}).worlds.num_aircraft
    assert set(counts.tolist()) == {1, 2, 3}


def test_speeds_and_types_cover_their_ranges() -> None:
    speeds = {"cas_kt": {"low": 230.0, "high": 240.0}, "aircraft_types": ["A320", "B744"]}
    procedural = {**only("crossing", "random"), **speeds}
    batch = drawn(300, procedural=procedural)
    cas = np.concatenate([flown(batch, w, "cas") for w in range(300)])
    assert 230.0 <= cas.min() < 230.5
    assert 239.5 < cas.max() <= 240.0
    assert {kind for w in range(300) for kind in flown(batch, w, "kind").tolist()} == {0, 1}
    assert batch._fleet["cas_max"].tolist() == [316.847, 349.892]


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_or_none_fly_at_one_speed(share: float) -> None:
    batch = drawn(100, procedural={**only("crossing", "random"), "equal_speed_share": share})
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


def test_merging_aircraft_start_in_their_range() -> None:
    procedural = {**only("merging"), "max_aircraft": 2}
    batch = drawn(200, procedural={**procedural, "merging": {"start_distance_nm": {"low": 40.0, "high": 60.0}}})
    distance = batch.worlds.waypoint_distance[:, :2]
    assert distance.min() >= 40.0
    assert np.quantile(distance, 0.95) <= 65.0  # a draw too close together is drawn again, wider


def test_random_waypoints_lie_in_their_range() -> None:
    waypoints = {"waypoint_distance_nm": {"low": 20.0, "high": 40.0}}
    batch = drawn(200, procedural={**only("random"), "random": waypoints})
    distance = np.concatenate([flown(batch, w, "waypoint_distance") for w in range(200)])
    assert 20.0 <= distance.min() < 21.0
    assert 39.0 < distance.max() <= 40.0


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
