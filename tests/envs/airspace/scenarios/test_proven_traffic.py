"""Facts about proofs: what happens if nobody acts, plans that were flown, difficulty, and sets made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from envs.airspace.scenarios.room import SCENARIOS
from envs.airspace.scenarios.settings import AirspaceScenarioSettings, Difficulty, PlanSample, PlanSearch
from envs.airspace.scenarios.suite import SUITE
from envs.airspace.simulation.room import SIMULATION
from envs.airspace.simulation.settings import AirspaceSettings
from envs.airspace.simulation.traffic.scenario import Scenario
from envs.ground.play import Episodes, Space, play
from envs.ground.rooms import Way
from envs.ground.sets import DrawnSet
from envs.ground.steering import Nothing
from pipeline.scenarios.proofs import NOT_SOLVED, Prover, way_of
from pipeline.scenarios.proven_sets import draw_set, named_episodes, prove_named
from pipeline.settings.params import read_params
from pipeline.settings.worlds import baselines_settings, scenarios_settings, simulation_settings

PARAMS = read_params(ROOT / "params.yaml")
OWN = scenarios_settings(PARAMS, "airspace")
SAMPLE = PlanSample(plans=40, combinations=10_000)
NO_CONFLICT = {"parallel": 8.0, "chase_2x2": 6.0, "chase_3p1": 6.0, "chase_4all": 6.0}


def prover(scenarios: Sequence[Scenario] = (), seed: int = 0, **changes: object) -> Prover:
    """As params.yaml says, but for the difficulty's sample, which is small."""
    small = {"difficulty": Difficulty(named=SAMPLE, drawn=PlanSample(plans=8, combinations=200))}
    settings = OWN.model_copy(update={"proof": OWN.proof.model_copy(update=small | changes)})
    return of(Space(SIMULATION, simulation_settings(PARAMS, "airspace"), tuple(scenarios)), settings, seed)


def of(space: Space, settings: AirspaceScenarioSettings, seed: int = 0) -> Prover:
    """With all ways that the airspace knows."""
    ways = SCENARIOS.ways(settings, baselines_settings(PARAMS, "airspace"))
    return Prover(SCENARIOS, settings, space, tuple(ways), seed)


def without_resolvers(proving: Prover) -> Prover:
    return replace(proving, ways=(Way("hold"),))


def ring(count: int, radius_nm: float) -> Scenario:
    """So many aircraft around a point, all through it to waypoints 1.5 NM beyond, as in the suite's converging."""
    angle = 2 * np.pi * np.arange(count) / count
    from_centre = np.stack([np.sin(angle), np.cos(angle)], -1)
    ids = tuple(f"AC{n + 1}" for n in range(count))
    places = {"position_nm": radius_nm * from_centre, "waypoint_nm": -1.5 * from_centre}
    heading_deg = (np.degrees(angle) + 180.0) % 360.0
    return Scenario("ring", ids, ("A320",) * count, heading_deg=heading_deg, cas_kt=np.full(count, 250.0), **places)


@pytest.fixture(scope="module")
def suite() -> pd.DataFrame:
    return prove_named(prover(list(SUITE.values())), SUITE).set_index("scenario")


@pytest.mark.parametrize("name", SUITE)
def test_the_chases_and_parallel_keep_clear_if_nobody_acts_and_the_others_conflict(
    name: str, suite: pd.DataFrame
) -> None:
    row = suite.loc[name]
    assert bool(row["hold_los"]) == (name not in NO_CONFLICT)
    if name in NO_CONFLICT:
        assert row["hold_min_separation_nm"] == pytest.approx(NO_CONFLICT[name], abs=1e-6)
        assert (row["method"], row["hold_los_seconds"]) == ("hold", 0)
    else:
        assert row["hold_min_separation_nm"] < 1.0


def test_it_is_said_when_and_who_comes_closest(suite: pd.DataFrame) -> None:
    """Head-on, 36 NM at twice 288.73 kt TAS: after 36 / 577.46 h = 224.4 s; crossing, 12.5 NM: 155.9 s."""
    assert suite.loc["head_on", "hold_closest_s"] == pytest.approx(224.4, abs=0.1)
    assert suite.loc["head_on", "hold_pair"] == "AC1, AC2"
    assert suite.loc["canonical_crossing", "hold_closest_s"] == pytest.approx(155.9, abs=0.1)
    assert suite.loc["t_formation", "hold_pair"] == "AC1, AC2"
    assert suite.loc["merge_4all", "hold_pair"] == "AC2, AC3"  # 10 degrees apart, the smallest angle


def test_the_pair_that_is_watched_is_as_close_as_the_batch_says() -> None:
    seeds = np.arange(200, dtype=np.uint64)
    told = prover().nothing_done(Episodes.drawn(seeds))
    flown = play(prover().space, Episodes.drawn(seeds), Nothing(), record=range(200))
    assert told["hold_min_separation_nm"].equals(flown.episodes["min_separation_nm"])
    for n, recording in flown.recordings.items():
        after = recording[recording["time_s"] >= told["hold_closest_s"][n]].iloc[: told["num_agents"][n]]
        own = after.set_index("agent")["separation_nm"].loc[told["hold_pair"][n].split(", ")]
        assert own.max() == pytest.approx(told["hold_min_separation_nm"][n], abs=1e-6)


@pytest.mark.parametrize("name", SUITE)
def test_a_plan_is_found_for_each_of_the_fourteen_and_flies_again_as_it_was_written_down(
    name: str, suite: pd.DataFrame
) -> None:
    row = suite.loc[name]
    assert row["solved"]
    proving = prover(list(SUITE.values()))
    steering = SCENARIOS.steering_of([way_of(row["plan"])])
    flown = play(proving.space, named_episodes(proving.space, {name: SUITE[name]}), steering).episodes.iloc[0]
    assert not flown["los"]
    assert flown["all_arrived"]
    assert flown["min_separation_nm"] == row["plan_min_separation_nm"] >= 5.0
    assert 10.0 * flown["steps"] == row["plan_time_s"]


def test_the_method_is_the_first_that_worked(suite: pd.DataFrame) -> None:
    assert suite.loc["head_on", "method"] == "mvp"
    assert json.loads(suite.loc["head_on", "plan"]) == {"method": "mvp", **OWN.proof.mvp[0].model_dump()}
    assert suite.loc["converging", "method"] == "search"  # no resolver here brings all four to waypoints so close


def test_without_resolvers_the_search_solves_the_suite_by_itself() -> None:
    alone = replace(without_resolvers(prover(list(SUITE.values()))), settings=OWN)
    found = alone.solve(named_episodes(alone.space, SUITE), "suite")
    assert found["solved"].all()
    assert set(found["method"]) == {"hold", "search"}


def test_too_many_aircraft_at_a_point_are_reported_unsolved() -> None:
    crowd = ring(8, 10.0)
    row = prove_named(prover([crowd]), {"ring": crowd}).iloc[0]
    assert (row["solved"], row["method"], row["plan"]) == (False, NOT_SOLVED, "")
    assert np.isnan(row["plan_min_separation_nm"])
    assert row["hold_los"]
    assert row["difficulty"] == pytest.approx(np.log10((SAMPLE.combinations + 1) / 0.5))


def test_difficulty_grows_with_the_number_of_aircraft_at_a_point() -> None:
    rings = [ring(count, 20.0) for count in (2, 3, 4)]
    found = []
    for crowd in rings:
        proving = prover([crowd])
        found += proving.difficulty(named_episodes(proving.space, {"ring": crowd}), named=True).tolist()
    assert found == sorted(found)
    assert found[0] < 1.0 < found[-1]


def test_one_aircraft_alone_is_no_conflict_and_easy() -> None:
    alone = ring(1, 20.0)
    row = prove_named(prover([alone]), {"ring": alone}).iloc[0]
    assert (row["hold_los"], row["hold_pair"], row["method"]) == (False, "", "hold")
    assert np.isnan(row["hold_closest_s"])
    assert row["difficulty"] < 0.1


def test_what_is_found_depends_on_the_episode_and_the_seed_alone() -> None:
    seeds = np.random.default_rng(4).integers(0, 2**62, 36, dtype=np.uint64)
    chosen = np.flatnonzero(prover().nothing_done(Episodes.drawn(seeds))["conflicting"])
    few = chosen[::3]

    def found(rows: np.ndarray, seed: int = 0, worlds_per_block: int = OWN.worlds_per_block) -> pd.DataFrame:
        proving = without_resolvers(prover(seed=seed))
        proving = replace(proving, settings=proving.settings.model_copy(update={"worlds_per_block": worlds_per_block}))
        episodes = Episodes.drawn(seeds[rows])
        hard = proving.difficulty(episodes, named=False)
        return proving.solve(episodes, "drawn").assign(difficulty=hard)

    every = found(chosen)
    pd.testing.assert_frame_equal(every.iloc[::3].reset_index(drop=True), found(few))
    pd.testing.assert_frame_equal(found(few), found(few, worlds_per_block=37))
    assert not every["plan"].equals(found(chosen, seed=1)["plan"])


@pytest.mark.parametrize(("conflicting", "solvable"), [(True, True), (False, True), (True, False)])
def test_a_set_keeps_what_it_is_meant_to_and_is_the_same_again(conflicting: bool, solvable: bool) -> None:
    wanted = DrawnSet(num_episodes=30, only_conflicting=conflicting, only_solvable=solvable)
    table = draw_set(prover(), "test", wanted)
    assert len(table) == 30
    assert table["hold_los"].all() == conflicting
    assert table["solved"].all() or not solvable
    assert (table["episode_seed"] >> np.uint64(62) == 2).all()
    assert table["episode_seed"].is_unique
    assert table["difficulty"].between(0.0, 4.0).all()
    pd.testing.assert_frame_equal(draw_set(prover(), "test", wanted), table)
    assert set(draw_set(prover(seed=1), "test", wanted)["episode_seed"]).isdisjoint(table["episode_seed"])


def test_a_further_set_shares_no_episode_with_the_others_and_a_sector_is_not_proven() -> None:
    wanted = DrawnSet(num_episodes=3, only_conflicting=False, only_solvable=False)
    values = {"traffic": "sector", "episode": {"max_steps": 40, "after_arrival": "leave"}}
    settings = AirspaceSettings.from_values({**values, "sector": {"radius_nm": 15.0, "warm_up_s": 100.0}})
    sectors = of(Space(SIMULATION, settings), prover().settings)
    tables = {name: draw_set(sectors, name, wanted) for name in ("test", "calm", "busy")}
    assert len({seed for table in tables.values() for seed in table["episode_seed"]}) == 9
    proven = draw_set(prover(), "test", wanted)
    assert list(tables["calm"].columns) == list(proven.columns)
    assert (tables["calm"]["family"] == "sector").all()
    assert (tables["calm"]["num_agents"] == settings.most_drawn).all()
    assert not tables["calm"]["solved"].any()
    assert tables["calm"]["difficulty"].isna().all()


def test_unsolved_draws_are_left_out_only_where_that_is_wanted() -> None:
    """Nobody can arrive within 5 steps, so nothing is solvable."""
    hasty = AirspaceSettings.from_values({"episode": {"max_steps": 5}})
    proving = prover(search=PlanSearch(plans_per_round=4, rounds=1, tries=2))
    proving = without_resolvers(of(Space(SIMULATION, hasty), proving.settings))
    kept = draw_set(proving, "test", DrawnSet(num_episodes=4, only_conflicting=False, only_solvable=False))
    assert not kept["solved"].any()
    with pytest.raises(ValueError, match=r"only 0 of 100 draws are solvable, wanted 2; .* set only_solvable to false"):
        draw_set(proving, "test", DrawnSet(num_episodes=2, only_conflicting=False, only_solvable=True))


def test_ways_of_a_method_are_flown_together_and_others_are_not() -> None:
    ways = [Way("search", {"plans": np.zeros((count, 4)).tolist()}) for count in (2, 4)]
    sky = prover([SUITE["head_on"], SUITE["cross_4all"]]).space
    table = play(sky, Episodes.of_scenarios([0, 1], 1, 0), SCENARIOS.steering_of(ways)).episodes
    assert table["los"].all()
    with pytest.raises(AssertionError, match="one method"):
        SCENARIOS.steering_of([Way("hold"), Way("direct")])


def test_what_is_told_and_done_has_words(suite: pd.DataFrame) -> None:
    assert set(SCENARIOS.told) == {name for name in suite if name.startswith("hold_")}
    ways = [way_of(plan) for plan in suite["plan"]]
    assert {way.method for way in ways} <= set(SCENARIOS.methods)
    words = [SCENARIOS.methods[way.method].format(**way.arguments) for way in ways]
    assert words[0] == "modified voltage potential: look-ahead 300 s, margin 1.05"
