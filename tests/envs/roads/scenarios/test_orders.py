"""Orders of passage: proven by driving, kept within a lane, and the suite that they solve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.ground.outcomes import solved
from envs.ground.play import Episodes, Space, play
from envs.roads.scenarios.orders import Alone, by_arrival
from envs.roads.scenarios.room import SCENARIOS
from envs.roads.scenarios.settings import RoadsScenarioSettings
from envs.roads.simulation.room import SIMULATION
from envs.roads.simulation.settings import RoadsSettings

_IDM = {
    "spacing_m": 2.0,
    "headway_s": 1.2,
    "acceleration_mps2": 2.0,
    "braking_mps2": 4.0,
    "exponent": 4.0,
    "reach_m": 80.0,
    "lateral_mps2": 2.0,
    "approach_mps2": 2.0,
}


def _settings(**search: Any) -> RoadsScenarioSettings:
    wanted = {"rounds": 1, "orders_per_round": 2, "spread_s": 1.0} | search
    proof = {"idm": _IDM, "search": wanted}
    return RoadsScenarioSettings.from_values({"suite": [], "test_sets": {}, "worlds_per_block": 64, "proof": proof})


def _named(*names: str) -> tuple[Space, Episodes]:
    suite = SCENARIOS.suite()
    scenarios = tuple(suite[name] for name in names)
    seeds = np.arange(len(names), dtype=np.uint64)
    return Space(SIMULATION, RoadsSettings(), scenarios), Episodes(np.arange(len(names)), seeds)


def test_the_suite_has_twelve_junctions_of_all_families() -> None:
    suite = SCENARIOS.suite()
    assert len(suite) == 12
    assert [scenario.name for scenario in suite.values()] == list(suite)
    assert len({scenario.roads.family for scenario in suite.values()}) == 9


def test_every_junction_of_the_suite_can_be_written_down() -> None:
    for name, scenario in SCENARIOS.suite().items():
        document = SIMULATION.document_of(scenario, name)
        again = SIMULATION.scenario_from(document, name)
        assert again.route.tolist() == scenario.route.tolist()
        assert again.entry_step.tolist() == scenario.entry_step.tolist()


def test_what_the_search_finds_solves_when_it_is_driven_again() -> None:
    space, episodes = _named("four_from_all_sides", "tee_by_the_right", "merge_in_turn")
    ways = SCENARIOS.search(_settings(rounds=3), space, episodes, 0)
    assert all(way is not None for way in ways)
    found = [way for way in ways if way is not None]
    table = play(space, episodes, SCENARIOS.steering_of(found)).episodes
    assert solved(table, SIMULATION.outcomes(space.settings)).all()
    assert [len(way.arguments["order"]) for way in found] == [4, 3, 5]


def test_what_is_found_does_not_depend_on_the_company() -> None:
    space, episodes = _named("four_lefts", "tee_out_of_the_side_road")
    together = SCENARIOS.search(_settings(), space, episodes, 7)
    alone = SCENARIOS.search(_settings(), space, episodes.take(np.array([1])), 7)
    assert together[1] == alone[0]


def test_no_rounds_find_nothing() -> None:
    space, episodes = _named("tee_by_the_right")
    assert SCENARIOS.search(_settings(rounds=0), space, episodes, 0) == [None]


def test_an_order_keeps_cars_of_one_entry_as_they_came() -> None:
    found = Alone(np.array([[1.0, 2.0, 3.0, np.inf]]), np.array([[0, 0, 1, 0]]), np.zeros(1))
    late_s = np.array([[5.0, 0.0, 0.0, 0.0]])
    assert by_arrival(found, late_s).tolist() == [[2, 0, 1, -1]]


def test_who_keeps_its_speed_meets_others() -> None:
    space, episodes = _named("four_from_all_sides", "roundabout_of_four")
    table = SCENARIOS.nothing_done(_settings(), space, episodes)
    assert table["conflicting"].iloc[0]
    assert {"scenario", "episode_seed", "family", "num_agents", "conflicting", *SCENARIOS.told} == set(table)


def test_difficulty_is_the_time_that_two_share() -> None:
    space, episodes = _named("four_from_all_sides", "four_lefts", "tee_by_the_right")
    found = SCENARIOS.difficulty(_settings(), space, episodes, 0, named=True)
    assert (found > 0.0).all()
    again = SCENARIOS.difficulty(_settings(), space, episodes.take(np.array([2])), 1, named=False)
    assert again[0] == found[2]


def test_a_set_draws_its_own_families_alone() -> None:
    sets = {
        "wide": {
            "num_episodes": 1,
            "only_conflicting": False,
            "only_solvable": False,
            "families": ["trucks"],
            "simulation": {},
        }
    }
    values = {**_settings().model_dump(mode="json"), "test_sets": sets}
    wanted = RoadsScenarioSettings.from_values(values).test_sets["wide"]
    weights = SCENARIOS.varied(RoadsSettings(), wanted)["roads"]["families"]
    assert [family for family, weight in weights.items() if weight] == ["trucks"]


def test_an_unknown_family_of_a_set_is_named() -> None:
    sets = {"wide": {"num_episodes": 1, "only_conflicting": False, "only_solvable": False, "families": ["truks"]}}
    values = {**_settings().model_dump(mode="json"), "test_sets": {"wide": sets["wide"] | {"simulation": {}}}}
    with pytest.raises(ValueError, match="unknown 'truks', did you mean 'trucks'"):
        RoadsScenarioSettings.from_values(values)
