"""AlphaZero learns something real in seconds: to make few mistakes in tic-tac-toe, of which all positions are known."""

from __future__ import annotations

import numpy as np

from envs.boards.scenarios.positions import prove, reachable_positions
from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from pipeline.policies.deployed import TorchPolicy
from tests.pipeline.algorithms.playing_boards import alphazero

GAME = GAMES["tic_tac_toe"]


def test_after_seconds_of_learning_few_moves_lose_value() -> None:
    """In all 4,520 positions that go on; `python -m benchmarks.zero tic_tac_toe` learns until it is none."""
    proven = prove(GAME, reachable_positions(GAME)[0])
    rows, allowed = Forks(GAME).see(proven.stones)
    own = alphazero(
        world={"openings": {"least": 0, "most": 7}},
        **{"learning_rate": {"start": 0.003, "end": 0.0005}, "num_simulations": 16, "num_considered": 9},
        **{"n_steps": 32, "gradient_steps": 32, "batch_size": 128, "buffer_size": 10_000},
        policy_kwargs={"features_extractor": "flat", "net_arch": [128], "activation_fn": "relu"},
    )

    def mistaken_share() -> float:
        choices = TorchPolicy(own.actor()).act(rows, None, allowed)[:, 0].astype(int)
        return float((~proven.keeping[np.arange(len(choices)), choices]).mean())

    before = mistaken_share()
    own.learn(6000, lambda learner: None)
    assert before > 0.2
    assert mistaken_share() < 0.08
