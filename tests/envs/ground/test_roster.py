"""The roster: who is done, who is active, and what an inactive agent is shown and paid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.ground.rows.roster import Roster
from tests.envs.ground.leaving import Leaving


def fly(script: dict[str, tuple[int, str]], num_steps: int, max_steps: int = 6) -> tuple[Roster, list[tuple]]:
    roster = Roster(Leaving(script, max_steps), np.random.default_rng(0))
    roster.reset()
    actions = {agent: np.array([0.5]) for agent in roster.possible_agents}
    return roster, [roster.step(actions) for _ in range(num_steps)]


def column(steps: list[tuple], part: int, agent: str) -> list[Any]:
    return [step[part][agent] for step in steps]


OBS, REWARD, TERMINATED, TRUNCATED, INFO = range(5)


def test_an_agent_that_terminates_is_done_once_and_again_at_the_worlds_end() -> None:
    _, steps = fly({"a": (2, "terminated"), "b": (4, "terminated")}, 4)
    assert column(steps, TERMINATED, "a") == [False, True, False, True]
    assert column(steps, TRUNCATED, "a") == [False] * 4
    assert column(steps, REWARD, "a") == [1.5, 1.5, 0.0, 0.0]
    assert [obs[0] for obs in column(steps, OBS, "a")] == [1, 2, 2, 2]
    assert [info["active"] for info in column(steps, INFO, "a")] == [True, False, False, False]


def test_an_agent_truncated_alone_is_truncated_once_and_terminated_at_the_worlds_end() -> None:
    _, steps = fly({"a": (2, "truncated"), "b": (3, "terminated")}, 3)
    assert column(steps, TRUNCATED, "a") == [False, True, False]
    assert column(steps, TERMINATED, "a") == [False, False, True]


def test_an_agent_turning_inactive_counts_as_terminated_and_stays_silent() -> None:
    _, steps = fly({"a": (2, "inactive"), "b": (9, "terminated")}, 4, max_steps=4)
    assert column(steps, TERMINATED, "a") == [False, True, False, True]
    assert column(steps, TRUNCATED, "a") == [False, False, False, False]
    assert column(steps, TRUNCATED, "b") == [False, False, False, True]
    assert column(steps, REWARD, "a") == [1.5, 1.5, 0.0, 0.0]
    assert [obs[0] for obs in column(steps, OBS, "a")] == [1, 2, 2, 2]


def test_an_agent_turning_inactive_at_the_time_limit_is_terminated() -> None:
    _, steps = fly({"a": (3, "inactive"), "b": (9, "terminated")}, 3, max_steps=3)
    assert column(steps, TERMINATED, "a") == [False, False, True]
    assert column(steps, TERMINATED, "b") == [False, False, False]


def test_an_agent_that_vanishes_without_a_word_is_terminated() -> None:
    _, steps = fly({"a": (2, "vanished"), "b": (3, "terminated")}, 3)
    assert column(steps, TERMINATED, "a") == [False, True, True]


def test_an_agent_that_never_enters_shows_zeros_and_is_done_only_at_the_worlds_end() -> None:
    roster = Roster(
        Leaving({"a": (0, "absent"), "b": (0, "waiting"), "c": (2, "terminated")}), np.random.default_rng(0)
    )
    observations, _ = roster.reset()
    assert roster.active == {"a": False, "b": False, "c": True}
    np.testing.assert_array_equal(observations["a"], [0, 0])
    steps = [roster.step({agent: np.zeros(1) for agent in "abc"}) for _ in range(2)]
    for agent in "ab":
        assert column(steps, TERMINATED, agent) == [False, True]
        assert column(steps, REWARD, agent) == [0.0, 0.0]


def test_the_roster_is_constant_until_nobody_is_active() -> None:
    roster, _ = fly({"a": (1, "terminated"), "b": (2, "inactive")}, 1)
    assert roster.agents == ["a", "b"]
    roster.step({agent: np.zeros(1) for agent in "ab"})
    assert roster.agents == []


def test_actions_reach_only_those_who_are_in_the_world() -> None:
    roster, _ = fly({"a": (1, "terminated"), "b": (9, "terminated")}, 2)
    assert roster.unwrapped.passed == [{"a": 0.5, "b": 0.5}, {"b": 0.5}]


def test_each_episode_has_a_new_seed_from_the_rosters_generator() -> None:
    roster = Roster(Leaving(), np.random.default_rng(7))
    seeds = []
    for _ in range(3):
        _, infos = roster.reset()
        assert infos == {"a": {}, "b": {}, "c": {}}
        seeds.append(roster.reset_infos["a"]["seed"])
    rng = np.random.default_rng(7)
    assert seeds == [int(rng.integers(2**31)) for _ in range(3)]


def test_reset_with_a_seed_restarts_the_generator() -> None:
    roster = Roster(Leaving(), np.random.default_rng(7))
    first, _ = roster.reset(seed=3)
    second, _ = roster.reset()
    again, _ = roster.reset(seed=3)
    assert first["a"][1] == again["a"][1] != second["a"][1]


def test_an_environment_that_does_not_replay_cannot_be_resumed() -> None:
    class Forgetful(Leaving):
        def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
            return super().reset(None, options)

    roster = Roster(Forgetful(), np.random.default_rng(0))
    roster.reset()
    with pytest.raises(ValueError, match="leaving_v0: cannot be resumed"):
        roster.set_state(roster.get_state())
