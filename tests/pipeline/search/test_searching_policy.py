"""A policy with a search: it plays by observations as any other, better than its network alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from envs.boards.simulation.room import SIMULATION
from envs.ground.play import Episodes, Space, play
from envs.ground.turn_game import turn_game_of
from pipeline.search.policy import searching

SETTINGS = SIMULATION.settings.from_values({"game": "tic_tac_toe", "opponent": {"kind": "random"}})
GAME = turn_game_of(SIMULATION, SETTINGS)


class KnowsNothing:
    """A network to which all choices are alike."""

    def __init__(self, *outputs: str) -> None:
        self.outputs = outputs

    def run(self, obs: np.ndarray, memory: np.ndarray | None) -> dict[str, np.ndarray]:
        """Zeros."""
        return {"logits": np.zeros((len(obs), 9), np.float32), "value": np.zeros(len(obs), np.float32)}

    def commands(self) -> np.ndarray:
        """Bare choices."""
        return np.arange(9, dtype=np.float32)[:, None]


def test_who_knows_nothing_wins_nearly_all_games_against_random_moves_with_a_search() -> None:
    episodes = Episodes.drawn(np.random.SeedSequence(1).generate_state(40, np.uint64))

    def returns(num_simulations: int) -> float:
        policy = searching(KnowsNothing("logits", "value"), GAME, num_simulations)
        assert policy is not None
        return float(play(Space(SIMULATION, SETTINGS), episodes, policy).episodes["return"].mean())

    assert returns(1) < 0.6
    assert returns(400) > 0.85


def test_a_search_does_not_depend_on_what_is_searched_beside() -> None:
    policy, batch = searching(KnowsNothing("logits", "value"), GAME, 20), SIMULATION.batch(SETTINGS, 12, seed=5)
    assert policy is not None
    batch.reset()
    rows = batch.observation[batch.active]
    together = policy.act(rows, None)
    assert together[:, 0].tolist() == [float(policy.act(row[None], None)[0, 0]) for row in rows]


@pytest.mark.parametrize(
    ("outputs", "game", "simulations"),
    [(("logits",), GAME, 8), (("logits", "value"), None, 8), (("logits", "value"), GAME, 0)],
)
def test_where_nothing_can_be_searched_there_is_no_such_policy(
    outputs: tuple[str, ...], game: Any, simulations: int
) -> None:
    assert searching(KnowsNothing(*outputs), game, simulations) is None
