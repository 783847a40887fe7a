"""Facts about proofs: ways are tried in their order, what worked is written down, sets keep what they are meant to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from envs.ground.play import Episodes, Space, play
from envs.ground.rooms import Way
from envs.ground.sets import DrawnSet, ScenarioSettings
from pipeline.scenarios.proofs import NOT_SOLVED, Prover, way_of, written
from pipeline.scenarios.proven_sets import draw_set, named_episodes, prove_named
from tests.pipeline.scenarios.counting import SCENARIOS, SIMULATION, STEPS, Counting, Number

NAMES = {name: Number(name, number) for name, number in (("none", 0), ("four", 4), ("five", 5), ("nine", 9))}
GIVEN = ScenarioSettings(worlds_per_block=3)


def prover(scenarios: Sequence[Number] = (), seed: int = 0, offset: int = 0) -> Prover:
    space = Space(SIMULATION, Counting(offset=offset), tuple(scenarios))
    return Prover(SCENARIOS, GIVEN, space, tuple(SCENARIOS.ways(GIVEN, None)), seed)


def wanted(count: int, *, conflicting: bool = False, solvable: bool = False) -> DrawnSet:
    return DrawnSet(num_episodes=count, only_conflicting=conflicting, only_solvable=solvable)


@pytest.fixture(scope="module")
def proven() -> pd.DataFrame:
    return prove_named(prover(list(NAMES.values())), NAMES).set_index("scenario")


def test_the_method_is_the_first_that_worked(proven: pd.DataFrame) -> None:
    assert proven["method"].to_dict() == {"none": "stay", "four": "push", "five": "search", "nine": NOT_SOLVED}
    assert proven["solved"].tolist() == [True, True, True, False]
    assert proven["conflicting"].tolist() == [False, True, True, True]
    assert proven["far"].tolist() == [0.0, 4.0, 5.0, 9.0]  # what the world tells of its own


def test_a_way_is_written_as_json_with_what_came_of_it(proven: pd.DataFrame) -> None:
    assert json.loads(proven.loc["five", "plan"]) == {"method": "search", "by": 1.25}
    assert proven.loc["five", ["plan_steps", "plan_missing", "plan_time_s"]].tolist() == [STEPS, 0.0, 2.0 * STEPS]
    assert proven.loc["nine", "plan"] == ""
    assert proven.loc["nine", ["plan_steps", "plan_missing", "plan_time_s"]].isna().all()


@pytest.mark.parametrize("name", ["none", "four", "five"])
def test_what_was_written_solves_the_scenario_again(name: str, proven: pd.DataFrame) -> None:
    space = prover(list(NAMES.values())).space
    steering = SCENARIOS.steering_of([way_of(proven.loc[name, "plan"])])
    episodes = named_episodes(space, {name: NAMES[name]})
    assert play(space, episodes, steering).episodes["missed"].tolist() == [False]
    assert episodes.seed[0] == proven.loc[name, "episode_seed"] == int(NAMES[name].digest()[:16], 16)


def test_a_way_comes_back_from_its_text() -> None:
    way = Way("search", {"by": 0.1, "plans": [[1.0, 2.0]]})
    assert way_of(written(way)) == way


def test_what_a_search_finds_is_played_before_it_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SCENARIOS, "search", lambda *_: [Way("search", {"by": 7.0})])
    row = prover(list(NAMES.values())).solve(named_episodes(prover(list(NAMES.values())).space, NAMES).take([2]), "x")
    assert row["method"].tolist() == [NOT_SOLVED]


def test_without_scenarios_nothing_is_proven_and_the_columns_stand(proven: pd.DataFrame) -> None:
    nothing = prove_named(prover(), {})
    assert (len(nothing), list(nothing)) == (0, ["scenario", *proven.columns])


def test_it_is_said_how_many_were_solved_by_which_method(capsys: pytest.CaptureFixture[str]) -> None:
    prove_named(prover(list(NAMES.values())), NAMES)
    assert capsys.readouterr().out == "scenarios: named: 4 solved by stay 1, push 1, search 1, none 1\n"


@pytest.mark.parametrize(("conflicting", "solvable"), [(True, True), (False, True), (True, False), (False, False)])
def test_a_set_keeps_what_it_is_meant_to_and_is_the_same_again(conflicting: bool, solvable: bool) -> None:
    asked = wanted(60, conflicting=conflicting, solvable=solvable)
    table = draw_set(prover(), "test", asked)
    assert len(table) == 60
    assert table["conflicting"].all() == conflicting
    assert table["solved"].all() == solvable
    assert (table["episode_seed"] >> np.uint64(62) == 2).all()
    assert table["episode_seed"].is_unique
    assert (table["difficulty"] == 0.0).all()
    assert "scenario" not in table
    pd.testing.assert_frame_equal(draw_set(prover(), "test", asked), table)
    assert set(draw_set(prover(seed=1), "test", asked)["episode_seed"]).isdisjoint(table["episode_seed"])


def test_validation_is_the_same_whatever_is_tested() -> None:
    rules = wanted(20, conflicting=True, solvable=True)
    alone = draw_set(prover(), "validation", rules)
    busy = prover()
    draw_set(busy, "test", wanted(33, conflicting=True, solvable=False))
    draw_set(replace(busy, space=replace(busy.space, settings=Counting(offset=1))), "apart", wanted(7))
    pd.testing.assert_frame_equal(draw_set(busy, "validation", rules), alone)


def test_sets_share_no_episode() -> None:
    names = ("validation", "test", "apart", "another")
    seeds = np.concatenate([draw_set(prover(), name, wanted(50))["episode_seed"] for name in names])
    assert len(set(seeds)) == 200
    assert [int(seed) >> 62 for seed in seeds[::50]] == [1, 2, 2, 2]


def test_a_set_that_cannot_be_filled_is_refused() -> None:
    """From 9 on nothing is solved: no way counts so far."""
    with pytest.raises(ValueError, match=r"^scenarios\.test: only 0 of 100 draws are solvable, wanted 2; widen what"):
        draw_set(prover(offset=20), "test", wanted(2, solvable=True))


def test_where_the_world_knows_no_proof_episodes_are_drawn_as_they_come() -> None:
    table = draw_set(prover(offset=100), "test", wanted(20))
    assert table.columns.tolist() == draw_set(prover(), "test", wanted(2)).columns.tolist()
    assert (table["far"] >= 100).all()
    assert not table["solved"].any()
    assert table["difficulty"].isna().all()
    rng = np.random.default_rng([0, 2])
    drawn = rng.integers(0, 2**62, 20, dtype=np.uint64) | np.uint64(2**63)
    assert table["episode_seed"].tolist() == drawn.tolist()
    assert Episodes.drawn(drawn).scenario.tolist() == [-1] * 20
