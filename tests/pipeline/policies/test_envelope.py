"""Facts about the operating envelope: who is inside is left to the policy, who is not to the rule, and it is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.policies.deployed import ACTION, NEW_MEMORY, LearnedPolicy
from pipeline.policies.envelope import Envelope, Ranging, WithinEnvelope

FEATURES = ("height", "speed")
TESTED = ((0.0, 10.0), (-1.0, 1.0))
INSTEAD = 7.0


class Echo(LearnedPolicy):
    """Answers with the first number that it sees; one that remembers adds it up."""

    def __init__(self, memory_size: int = 0) -> None:
        self.memory_size = memory_size

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        answer = {ACTION: obs[:, :1]}
        return answer if memory is None else answer | {NEW_MEMORY: memory + obs[:, :1]}


class Rule:
    """Always does the same."""

    def begin(self, batch: Any, first: int) -> None:
        self.begun = True

    def steer(self, batch: Any, noise: np.ndarray | None) -> np.ndarray:
        return np.full((*batch.active.shape, 1), INSTEAD)


def batch(observation: Any, active: Any = True) -> Any:
    """Worlds (W, A, D) after step 3."""
    seen = np.array(observation, np.float32)
    shape = seen.shape[:2]
    return SimpleNamespace(
        num_worlds=shape[0],
        num_slots=shape[1],
        num_actions=1,
        observation=seen,
        active=np.broadcast_to(active, shape),
        done=np.zeros(shape[0], bool),
        steps=np.full(shape[0], 3),
        allowed=lambda: None,
    )


def watched(policy: LearnedPolicy, worlds: Any, margin: float = 0.0) -> WithinEnvelope:
    steering = WithinEnvelope(policy, Envelope.around(TESTED, margin, FEATURES), Rule())
    steering.begin(worlds, 0)
    return steering


def test_the_policy_keeps_who_is_inside_and_the_rule_takes_who_is_not() -> None:
    worlds = batch([[[5.0, 0.0], [10.0, 1.0], [10.1, 0.0], [3.0, -1.1]]])
    steering = watched(Echo(), worlds)
    np.testing.assert_array_equal(steering.steer(worlds, None)[0, :, 0], [5.0, 10.0, INSTEAD, INSTEAD])
    assert (steering.watched.decisions, steering.watched.outside) == (4, 2)
    assert steering.watched.first == "step 3, agent 2: height: got 10.1, wanted 0 to 10"
    steering.steer(worlds, None)
    assert (steering.watched.decisions, steering.watched.outside) == (8, 4)


def test_the_margin_is_a_share_of_the_range_at_either_end() -> None:
    worlds = batch([[[10.9, 0.0], [11.1, 0.0], [0.0, -1.19], [0.0, -1.21]]])
    found = watched(Echo(), worlds, margin=0.1).steer(worlds, None)[0, :, 0]
    assert (found == INSTEAD).tolist() == [False, True, False, True]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_outside_and_never_reaches_the_policy(value: float) -> None:
    worlds = batch([[[1.0, value], [2.0, 0.0]]])
    steering = watched(Echo(), worlds)
    np.testing.assert_array_equal(steering.steer(worlds, None)[0, :, 0], [INSTEAD, 2.0])
    assert steering.watched.first.startswith("step 3, agent 0: speed: got ")


def test_who_does_not_act_is_not_looked_at() -> None:
    worlds = batch([[[99.0, 0.0], [1.0, 0.0]]], active=[[False, True]])
    steering = watched(Echo(), worlds)
    steering.steer(worlds, None)
    assert (steering.watched.decisions, steering.watched.outside, steering.watched.first) == (1, 0, "")


def test_a_policy_that_remembers_is_shown_the_nearest_that_was_tested() -> None:
    worlds = batch([[[99.0, 0.0], [np.nan, 0.0], [1.0, 0.0]]])
    policy = Echo(memory_size=1)
    kept: list[np.ndarray] = []
    run = policy.run

    def looked_at(obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        kept.append(obs[:, 0].copy())
        return run(obs, memory)

    policy.run = looked_at  # type: ignore[method-assign]
    steering = watched(policy, worlds)
    np.testing.assert_array_equal(steering.steer(worlds, None)[0, :, 0], [INSTEAD, INSTEAD, 1.0])
    np.testing.assert_array_equal(kept[0], [10.0, 5.0, 1.0])


def test_ranges_are_of_all_that_was_shown() -> None:
    policy = Ranging(Echo(), 2)
    for rows in ([[1.0, 2.0]], [[-3.0, 5.0], [0.0, 4.0]], np.zeros((0, 2))):
        policy.act(np.array(rows, np.float32), None)
    assert policy.ranges() == [[-3.0, 1.0], [2.0, 5.0]]
