"""Who learns by self-play, behind the contract of a learner: games, and beside them gradients of what was played."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch

from envs.ground.rows.vectorize import SharedPolicyVecEnv
from pipeline.algorithms.learner import Learner
from pipeline.algorithms.sb3 import alike, refuse_other_weights
from pipeline.algorithms.self_play.games import Ended
from pipeline.algorithms.self_play.playing import Look, SelfPlay
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


@dataclass(frozen=True)
class Now:
    """Where a training is.

    Attributes:
        iteration: from 0.
        remaining: the share of training that remains.
    """

    iteration: int
    remaining: float


class Memory(Protocol):
    """What is remembered of games, to be learned from.

    Attributes:
        size: positions in it.
    """

    @property
    def size(self) -> int:
        """See the class."""
        ...

    def add(self, games: Ended) -> None:
        """Remember games."""
        ...

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a `state`."""
        ...


M = TypeVar("M", bound=Memory)
M_contra = TypeVar("M_contra", bound=Memory, contravariant=True)


class Learning(Protocol[M_contra]):
    """A network, how it looks ahead, and how it learns from a kind of memory.

    Attributes:
        device: where it learns.
        network: all that is learned; it is what acts, too.
        num_simulations: of a search.
    """

    device: torch.device
    num_simulations: int

    @property
    def network(self) -> DeployedNetwork:
        """See the class."""
        ...

    def looking(self) -> Look:
        """Searches by the network as it is now, which may be asked while this one learns."""
        ...

    def learn(self, memory: M_contra, rng: np.random.Generator, pace: Pace, now: Now) -> dict[str, float]:
        """Learn what an iteration has to; the figures of its last step."""
        ...

    def optimizer_state(self) -> dict[str, Any]:
        """What `restore_optimizer` needs, on the CPU."""
        ...

    def restore_optimizer(self, state: Mapping[str, Any]) -> None:
        """Take over the state of an optimiser of the same weights."""
        ...


class SelfPlayLearner(Generic[M]):
    """See Learner. In an iteration all games move some times, by the weights as they are when it begins.

    Beside them weights change by what was played before, in another thread; both have draws of their own, and meet at
    the end. So weights that play lack one iteration of learning, always, and come out the same on any machine that
    computes alike, however busy it is.
    """

    gradient = "torch"

    def __init__(self, play: SelfPlay, learning: Learning[M], memory: M, pace: Pace, seed: int) -> None:
        """Before the first move."""
        self._play, self._learning, self._memory, self._pace = play, learning, memory, pace
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
        now = Now(self._iteration, 1.0 - self.num_timesteps / total)  # before games go on
        playing = beside.submit(self._play_on, self._learning.looking(), now.iteration)
        figures = self._learn(now)
        played, told = playing.result()
        for games in played:
            self._memory.add(games)
        self._iteration += 1
        figures |= told | {"self_play/weights_age": float(self._iteration - now.iteration)}
        self._write(figures, self.num_timesteps)

    def _learn(self, now: Now) -> dict[str, float]:
        """Steps of gradient on what is remembered, once that is enough; figures of the last."""
        if self._memory.size < self._pace.batch_size:
            return {}
        return self._learning.learn(self._memory, self._rngs["learn"], self._pace, now)

    def _play_on(self, look: Look, iteration: int) -> tuple[list[Ended], dict[str, float]]:
        """All games' next moves: games that ended, and figures."""
        began, before = time.perf_counter(), self.num_timesteps
        played = [self._play.move(look, self._rngs["play"], iteration) for _ in range(self._pace.n_steps)]
        searched = (self.num_timesteps - before) * self._learning.num_simulations
        return played, {
            "self_play/games": float(sum(len(games.lengths) for games in played)),
            "self_play/positions": float(sum(games.lengths.sum() for games in played)),
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
            "memory": self._memory.state(),
            "play": self._play.state(),
            "rngs": {name: rng.bit_generator.state for name, rng in self._rngs.items()},
            "iteration": self._iteration,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """See Learner.restore."""
        self.load_weights(state["weights"])
        self._learning.restore_optimizer(state["optimizer"])
        self._memory.restore(state["memory"])
        self._play.restore(state["play"])
        for name, rng in self._rngs.items():
            rng.bit_generator.state = state["rngs"][name]
        self._iteration = state["iteration"]

    def move_to(self, worlds: SharedPolicyVecEnv) -> None:
        """See Learner.move_to; what is under way is dropped, what is remembered goes on."""
        self._play.venv.venv.close()
        self._play.venv.venv = worlds
        self._play.begin_anew()

    def close(self) -> None:
        """See Learner.close."""
        self._play.venv.close()
