"""AlphaZero behind the contract of a learner: self-play, and beside it steps of gradient on what the ring holds.

Silver et al., "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play", Science
2018; moves and what policies learn are those of Danihelka et al., "Policy improvement by planning with Gumbel", ICLR
2022.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from envs.ground.rows.normalize import ActiveVecNormalize
from envs.ground.rows.vectorize import SharedPolicyVecEnv
from envs.ground.turn_game import TurnGame
from pipeline.algorithms.alphazero.learning import Learning
from pipeline.algorithms.alphazero.ring import Positions, Ring
from pipeline.algorithms.alphazero.self_play import Searching, SelfPlay
from pipeline.algorithms.learner import Learner
from pipeline.algorithms.sb3 import alike, refuse_other_weights
from pipeline.policies.network import DeployedNetwork
from pipeline.search.rules import Ask

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
    """See Learner. In an iteration all games move some times, by the weights as they are when it begins.

    Beside them weights change by what was played before, in another thread; both have draws of their own, and meet at
    the end. So weights that play lack one iteration of learning, always, and come out the same on any machine that
    computes alike, however busy it is.
    """

    gradient = "torch"

    def __init__(
        self, venv: ActiveVecNormalize, game: TurnGame, learning: Learning, searching: Searching, pace: Pace, seed: int
    ) -> None:
        """Before the first move."""
        self._learning, self._pace = learning, pace
        self._play = SelfPlay(venv, game, searching)
        self._simulations = searching.num_simulations
        self._ring = Ring(pace.buffer_size, self._play.state_size, self._play.num_choices)
        self._rngs = {name: np.random.default_rng([seed, number]) for number, name in enumerate(("play", "learn"))}
        self._iteration = 0
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
        with ThreadPoolExecutor(1) as beside:
            while self.num_timesteps < total:
                between(self)
                self._iterate(total, beside)

    def _iterate(self, total: int, beside: Executor) -> None:
        iteration, remaining = self._iteration, 1.0 - self.num_timesteps / total  # before games go on
        playing = beside.submit(self._play_on, self._learning.snapshot(), iteration)
        figures = self._learn(remaining)
        played, told = playing.result()
        for positions in played:
            self._ring.add(positions)
        self._iteration += 1
        figures |= told | {"self_play/weights_age": float(self._iteration - iteration)}
        self._write(figures, self.num_timesteps)

    def _learn(self, remaining: float) -> dict[str, float]:
        """Steps of gradient on what the ring holds, once that is enough; figures of the last."""
        figures = dict[str, float]()
        for _ in range(self._pace.gradient_steps if self._ring.size >= self._pace.batch_size else 0):
            drawn = self._ring.draw(self._rngs["learn"], self._pace.batch_size)
            figures = self._learning.step(drawn, self._rngs["learn"], remaining)
            figures["train/positions_age"] = float(self._iteration - drawn.iterations.mean())
        return figures

    def _play_on(self, ask: Ask, iteration: int) -> tuple[list[Positions], dict[str, float]]:
        """All games' next moves: positions of those that ended, and figures."""
        began, before = time.perf_counter(), self.num_timesteps
        moves = [self._play.move(ask, self._rngs["play"], iteration) for _ in range(self._pace.n_steps)]
        searched = (self.num_timesteps - before) * self._simulations
        return [positions for positions, _ in moves], {
            "self_play/games": float(sum(ended for _, ended in moves)),
            "self_play/positions": float(sum(len(positions) for positions, _ in moves)),
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
        given = inheritance.get("optimizers", {}).get(_ADAM)
        if given is None or not alike(given, self._learning.optimizer_state()):
            return ("weights",)
        self._learning.restore_optimizer(given)
        return "weights", "optimizers"

    def state(self) -> dict[str, Any]:
        """See Learner.state."""
        return {
            "weights": self.weights(),
            "optimizer": self._learning.optimizer_state(),
            "ring": self._ring.state(),
            "play": self._play.state(),
            "rngs": {name: rng.bit_generator.state for name, rng in self._rngs.items()},
            "iteration": self._iteration,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Learner.restore."""
        self.load_weights(state["weights"])
        self._learning.restore_optimizer(state["optimizer"])
        self._ring.restore(state["ring"])
        self._play.restore(state["play"])
        for name, rng in self._rngs.items():
            rng.bit_generator.state = state["rngs"][name]
        self._iteration = state["iteration"]

    def move_to(self, worlds: SharedPolicyVecEnv) -> None:
        """See Learner.move_to; what is under way is dropped, the ring goes on."""
        self._play.venv.venv.close()
        self._play.venv.venv = worlds
        self._play.begin_anew()

    def close(self) -> None:
        """See Learner.close."""
        self._play.venv.close()
