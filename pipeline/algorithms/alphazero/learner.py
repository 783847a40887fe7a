"""AlphaZero behind the contract of a learner: self-play, and steps of gradient on what it has left in the ring.

Silver et al., "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play", Science
2018; moves and what policies learn are those of Danihelka et al., "Policy improvement by planning with Gumbel", ICLR
2022.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv
from envs.ground.turn_game import TurnGame
from pipeline.algorithms.alphazero.learning import Learning
from pipeline.algorithms.alphazero.ring import Ring
from pipeline.algorithms.alphazero.self_play import Searching, SelfPlay
from pipeline.algorithms.learner import Learner
from pipeline.algorithms.sb3 import refuse_other_weights
from pipeline.policies.network import DeployedNetwork

_ADAM = "adam"


@dataclass(frozen=True)
class Pace:
    """How playing and learning follow each other.

    Attributes:
        n_steps: moves of each game in an iteration.
        gradient_steps: after them, of batch_size positions each.
        buffer_size: positions that are remembered.
    """

    n_steps: int
    gradient_steps: int
    batch_size: int
    buffer_size: int


class AlphaZeroLearner:
    """See Learner. In an iteration all games move some times, by the weights as they are, and then weights change."""

    gradient = "torch"

    def __init__(
        self, venv: ActiveVecNormalize, game: TurnGame, learning: Learning, searching: Searching, pace: Pace, seed: int
    ) -> None:
        """Before the first move."""
        self._learning, self._pace = learning, pace
        self._play = SelfPlay(venv, game, searching)
        self._simulations = searching.num_simulations
        self._ring = Ring(pace.buffer_size, self._play.state_size, self._play.num_choices)
        self._rng, self._iteration = np.random.default_rng(seed), 0
        self._write: Callable[[dict[str, Any], int], None] = lambda figures, step: None

    @property
    def num_timesteps(self) -> int:
        """See Learner."""
        return self._play.num_moves

    @property
    def world_steps(self) -> int:
        """See Learner."""
        return self._play.venv.tally.num_steps * self._play.venv.venv.num_worlds

    @property
    def device(self) -> str:
        """See Learner."""
        return self._learning.device.type

    def learn(self, total: int, between: Callable[[Learner], None]) -> None:
        """See Learner.learn."""
        while self.num_timesteps < total:
            between(self)
            self._iterate(total)

    def _iterate(self, total: int) -> None:
        remaining = 1.0 - self.num_timesteps / total
        figures = self._play_on()
        for _ in range(self._pace.gradient_steps if self._ring.size >= self._pace.batch_size else 0):
            drawn = self._ring.draw(self._rng, self._pace.batch_size)
            figures["train/positions_age"] = float(self._iteration - drawn.iterations.mean())
            figures |= self._learning.step(drawn, self._rng, remaining)
        self._iteration += 1
        self._write(figures, self.num_timesteps)

    def _play_on(self) -> dict[str, float]:
        """All games' next moves, with the weights as they are; figures of them."""
        began, before, added, games = time.perf_counter(), self.num_timesteps, 0, 0
        for _ in range(self._pace.n_steps):
            positions, ended = self._play.move(self._learning.ask, self._rng, self._iteration)
            self._ring.add(positions)
            added, games = added + len(positions), games + ended
        searched = (self.num_timesteps - before) * self._simulations
        return {
            "self_play/games": float(games),
            "self_play/positions": float(added),
            "self_play/simulations_per_second": searched / (time.perf_counter() - began),
        }

    def log_to(self, write: Callable[[dict[str, Any], int], None]) -> None:
        """See Learner.log_to."""
        self._write = write

    def episodes(self) -> dict[str, float]:
        """See Learner.episodes."""
        return self._play.venv.tally.take()

    def actor(self) -> DeployedNetwork:
        """See Learner.actor."""
        return copy.deepcopy(self._learning.network).cpu().eval()

    def weights(self) -> dict[str, torch.Tensor]:
        """See Learner.weights."""
        return {name: own.detach().cpu().clone() for name, own in self._learning.network.state_dict().items()}

    def load_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        """See Learner.load_weights."""
        self._learning.network.load_state_dict(dict(weights))

    def inheritance(self) -> dict[str, Any]:
        """See Learner.inheritance: also the optimiser."""
        return {"weights": self.weights(), "optimizers": {_ADAM: copy.deepcopy(self._learning.optimizer_state())}}

    def begin_with(self, inheritance: Mapping[str, Any]) -> tuple[str, ...]:
        """See Learner.begin_with."""
        refuse_other_weights(inheritance["weights"], self._learning.network.state_dict())
        self.load_weights(inheritance["weights"])
        optimizers = inheritance.get("optimizers", {})
        if _ADAM not in optimizers:
            return ("weights",)
        self._learning.restore_optimizer(optimizers[_ADAM])
        return "weights", "optimizers"

    def state(self) -> dict[str, Any]:
        """See Learner.state."""
        return {
            "weights": self.weights(),
            "optimizer": self._learning.optimizer_state(),
            "ring": self._ring.state(),
            "play": self._play.state(),
            "rng": self._rng.bit_generator.state,
            "iteration": self._iteration,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Learner.restore."""
        self.load_weights(state["weights"])
        self._learning.restore_optimizer(state["optimizer"])
        self._ring.restore(state["ring"])
        self._play.restore(state["play"])
        self._rng.bit_generator.state = state["rng"]
        self._iteration = state["iteration"]

    def move_to(self, worlds: SharedPolicyVecEnv) -> None:
        """See Learner.move_to; what is under way is dropped, the ring goes on."""
        self._play.venv.venv.close()
        self._play.venv.venv = worlds
        self._play.begin_anew()

    def close(self) -> None:
        """See Learner.close."""
        self._play.venv.close()
