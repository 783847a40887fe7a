"""MuZero learns something real: what wins in tic-tac-toe, of whose rules it is told nothing, and to play by that."""

from __future__ import annotations

import numpy as np
import pytest

from envs.boards.scenarios.positions import prove, reachable_positions
from envs.boards.simulation.forking import Forks
from envs.boards.simulation.games import GAMES
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.modelled import LearnedModel
from pipeline.search.policy import searching
from tests.pipeline.algorithms.playing_boards import muzero

GAME = GAMES["tic_tac_toe"]
FORKS = Forks(GAME)
NETWORK = {"net_arch": {"representation": [128, 64], "dynamics": [128], "prediction": [128]}, "activation_fn": "relu"}


@pytest.mark.long
def test_it_learns_what_wins_and_looks_ahead_by_that() -> None:
    """In all 4,520 positions that go on; `python -m benchmarks.zero tic_tac_toe --algorithms muzero` learns on."""
    proven = prove(GAME, reachable_positions(GAME)[0])
    rows, allowed = FORKS.see(proven.stones)
    own = muzero(
        world={"openings": {"least": 0, "most": 7}},
        **{"learning_rate": {"start": 0.003, "end": 0.0005}, "num_simulations": 8, "num_considered": 9, "gamma": 0.99},
        **{"n_steps": 64, "gradient_steps": 60, "batch_size": 128, "buffer_size": 20_000, "reward_coef": 1.0},
        **{"unroll_steps": 2, "bootstrap_steps": 9, "reanalysed": 0, "priority_exponent": 0.0},
        policy_kwargs={"features_extractor": "flat", **NETWORK},
    )

    def mistaken_shares() -> list[float]:
        network = TorchPolicy(own.actor())
        searched = searching(_Asked(network), FORKS, 16, 0.99, LearnedModel(own.actor(), -0.99))
        assert searched is not None
        choices = [each.act(rows, None, allowed)[:, 0].astype(int) for each in (network, searched)]
        return [float((~proven.keeping[np.arange(len(one)), one]).mean()) for one in choices]

    before = mistaken_shares()
    own.learn(20_000, lambda learner: None)
    after = mistaken_shares()
    positions, moves = np.nonzero(allowed)
    model = LearnedModel(own.actor(), -0.99)
    _, paid, _ = FORKS.follow(proven.stones[positions], moves)
    _, said, _ = model.follow(model.begin(rows, allowed)[positions], moves)
    assert min(before) > 0.35
    assert said[paid == 1.0].mean() > 0.65
    assert said[paid == 0.0].mean() < 0.15
    assert after[1] < after[0] < 0.3


class _Asked:
    """A policy run by torch, as `searching` asks for it."""

    def __init__(self, policy: TorchPolicy) -> None:
        self.outputs, self.run = policy.network.outputs, policy.run

    def commands(self) -> np.ndarray:
        """Bare choices."""
        return GAME.commands
