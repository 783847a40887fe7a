"""Figures of any world's episodes, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from robots import GAP, REACHED, ROBOTS, episodes

from envs.ground.intervals import mean_interval, wilson
from envs.ground.world import DRAWN_NAME
from pipeline.evaluation.figures import by_scenario, by_set, counterpart, summarise
from pipeline.evaluation.judged import compared_columns, leading_figures


def played(
    scenario: str = "a", set_name: str = "suite", modes: tuple[str, ...] = ("nothing", "random")
) -> pd.DataFrame:
    """The same by several contestants: rules play a named scenario once, the policy's draws four times."""
    once = 1 if set_name == "suite" else 4
    return pd.concat(
        [episodes(scenario, set_name, mode).head(4 if mode == "stochastic" else once) for mode in modes],
        ignore_index=True,
    )


def named(*groups: pd.DataFrame) -> pd.DataFrame:
    """Episodes of a set by the policy, and the first of each scenario by the rule to hold beside."""
    rules = [group.head(1).assign(mode="nothing") for group in groups]
    return pd.concat([*(group.assign(mode="stochastic") for group in groups), *rules], ignore_index=True)


def test_episodes_are_summed_up() -> None:
    figures = summarise(episodes(), ROBOTS, 0.95)
    assert (figures["episodes"], figures["crash_episodes"], figures["crash_rate"], figures["leading"]) == (
        4,
        1,
        0.25,
        0.25,
    )
    assert (figures["crash_low"], figures["crash_high"]) == wilson(1, 4, 0.95)
    assert (figures["reached"], figures["gap"]) == (0.875, 0.1)  # the mean of a share, the least gap
    assert figures["cost_per_goal"] == 1.0
    assert (figures["num_agents"], figures["length"]) == (1.75, 25.0)
    assert figures["return_mean"] == 2.5
    assert (figures["return_low"], figures["return_high"]) == mean_interval(np.array([1.0, 2.0, 3.0, 4.0]), 0.95)
    assert figures["reward_goal"] == 1.5


def test_returns_of_several_roles_stand_beside_their_mean() -> None:
    """A role that is called as an end of the return's interval does not stand in its place."""
    figures = summarise(episodes(return_seeker=[2.0, 4.0, 6.0, np.nan], return_low=-9.0), ROBOTS, 0.95)
    assert (figures["return_mean"], figures["return_seeker"]) == (2.5, 4.0)
    assert figures["return_low"] == summarise(episodes(), ROBOTS, 0.95)["return_low"]


def test_a_single_episode_has_no_interval() -> None:
    figures = summarise(episodes().head(1), ROBOTS, 0.95)
    assert figures["crash_rate"] == 1.0
    assert np.isnan([figures["crash_low"], figures["crash_high"]]).all()


def test_a_leading_share_has_students_interval_and_a_least_has_none() -> None:
    share, least = (leading_figures(episodes(), outcome, 0.95) for outcome in (REACHED, GAP))
    assert (share["reached"], share["leading"]) == (0.875, 0.875)
    assert (share["reached_low"], share["reached_high"]) == mean_interval(np.array([1.0, 0.5, 1.0, 1.0]), 0.95)
    assert (least["gap"], least["leading"]) == (0.1, 0.1)
    assert np.isnan([least["gap_low"], least["gap_high"]]).all()


def test_where_a_world_declares_no_outcome_the_return_leads() -> None:
    world = replace(ROBOTS, outcomes=())
    figures = by_set(named(episodes()), world, 0.95)["suite"]["stochastic"]
    assert (figures["leading"], figures["return"], figures["solved"]) == (2.5, 2.5, 0)
    assert [outcome["name"] for outcome in world.described()["outcomes"]] == ["return"]
    assert list(compared_columns(world)) == ["steps", "return"]
    assert list(compared_columns(ROBOTS)) == ["crash", "reached", "gap", "steps", "return"]


def test_a_rule_that_played_a_scenario_once_stands_for_all_its_repetitions() -> None:
    nothing = episodes("a").head(1).assign(episode=7, episode_seed=99)
    assert counterpart(nothing, episodes("a")).tolist() == [0] * 4
    ours = episodes("a", mode="stochastic", cost=[2.0, 3.0, 4.0, 7.0])
    found = by_set(pd.concat([ours, nothing], ignore_index=True), ROBOTS, 0.95)["suite"]
    assert found["stochastic"]["more_cost"] == (1 + 2 + 3 + 6) / 4


def test_drawn_episodes_are_paired_by_seed_whatever_their_order() -> None:
    drawn = episodes(DRAWN_NAME, "test")
    assert counterpart(drawn.iloc[::-1], drawn).tolist() == [3, 2, 1, 0]


def test_a_rule_that_did_not_play_the_same_episodes_is_named() -> None:
    drawn = episodes(DRAWN_NAME, "test")
    with pytest.raises(ValueError, match="did not play 2 of 4 episodes"):
        counterpart(drawn.head(2), drawn)
    with pytest.raises(ValueError, match="played some scenario twice"):
        counterpart(episodes("a"), episodes("a"))
    with pytest.raises(ValueError, match="did not play 4 of 4 episodes"):
        by_set(drawn.assign(mode="stochastic"), ROBOTS, 0.95)


def test_a_policy_is_held_against_a_rule_in_the_same_episodes() -> None:
    ours = episodes(DRAWN_NAME, "test", "deterministic", cost=[2.0, 3.0, 4.0, 9.0])
    both = pd.concat([ours.iloc[::-1], episodes(DRAWN_NAME, "test")], ignore_index=True)
    found = by_set(both, ROBOTS, 0.95)["test"]
    assert (found["deterministic"]["more_cost"], found["nothing"]["more_cost"]) == ((1 + 1 + 1 + 5) / 4, 0.0)


def test_each_scenario_and_mode_has_a_row() -> None:
    table = by_scenario(
        pd.concat([played("b"), played("a", modes=("nothing", "random", "stochastic"))]), ROBOTS, 3, 0.95
    )
    wanted = [["b", "nothing"], ["b", "random"], ["a", "nothing"], ["a", "random"], ["a", "stochastic"]]
    assert table[["scenario", "mode"]].to_numpy().tolist() == wanted
    assert table["seed"].tolist() == [3] * 5


def test_a_set_weighs_scenarios_by_their_episodes() -> None:
    one, many = episodes("one").head(1), pd.concat([episodes("many").tail(1)] * 9)
    many["episode"] = range(1, 10)
    figures = by_set(named(one, many), ROBOTS, 0.95)["suite"]["stochastic"]
    assert (figures["scenarios"], figures["solved"], figures["episodes"]) == (2, 1, 10)
    assert figures["crash_rate"] == pytest.approx(0.1)  # 1 of 10 episodes, not half of 2 scenarios
    assert figures["return_mean"] == pytest.approx((1 * 1.0 + 9 * 4.0) / 10)
    assert figures["gap"] == 0.1


def test_a_scenario_is_solved_where_nothing_failed_and_shares_are_whole() -> None:
    table = named(*(episodes(name).iloc[[row]] for row, name in enumerate("abc")))
    assert by_set(table, ROBOTS, 0.95)["suite"]["stochastic"]["solved"] == 1


def test_what_cannot_be_known_is_none_where_json_is_written() -> None:
    """One episode without goals: no interval, no cost of each."""
    figures = by_set(named(episodes("a").iloc[[2]].assign(goals=0)), ROBOTS, 0.95)["suite"]["stochastic"]
    assert (figures["crash_low"], figures["crash_high"], figures["cost_per_goal"]) == (None, None, None)


def test_sets_and_modes_are_kept_apart() -> None:
    modes = ("nothing", "random", "stochastic")
    table = pd.concat([played(modes=modes), played(DRAWN_NAME, "test")], ignore_index=True)
    found = {name: list(own) for name, own in by_set(table, ROBOTS, 0.95).items()}
    assert found == {"suite": list(modes), "test": ["nothing", "random"]}
