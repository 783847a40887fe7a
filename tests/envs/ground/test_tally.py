"""Returns and lengths of agents' episodes while a policy learns."""

from __future__ import annotations

import numpy as np

from envs.ground.rows.tally import Tally


def step(tally: Tally, rewards: list[float], acting: list[int], dones: list[int]) -> None:
    tally.add(np.array(rewards), np.array(acting, bool), np.array(dones, bool))


def test_means_are_over_agents_whose_time_ended() -> None:
    tally = Tally(3)
    step(tally, [1.0, 2.0, 0.0], [1, 1, 0], [0, 0, 0])
    assert tally.take() == {}
    step(tally, [1.0, 4.0, 0.0], [1, 1, 0], [1, 0, 0])
    step(tally, [0.0, 0.5, 0.0], [0, 1, 0], [1, 1, 1])
    assert tally.take() == {"return": (2.0 + 6.5) / 2, "length": 2.5}
    assert tally.take() == {}
    assert tally.num_steps == 3


def test_what_is_paid_while_one_waits_counts_and_is_no_action() -> None:
    tally = Tally(1)
    step(tally, [0.0], [1], [0])
    step(tally, [-1.0], [0], [1])
    assert tally.take() == {"return": -1.0, "length": 1.0}


def test_episodes_that_are_begun_anew_do_not_count() -> None:
    tally = Tally(1)
    step(tally, [5.0], [1], [0])
    tally.begin()
    step(tally, [1.0], [1], [1])
    assert tally.take() == {"return": 1.0, "length": 1.0}
